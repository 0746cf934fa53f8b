"""The checker (sdk/cityid.h) by ctypes, and the cases that it is asked in: the same ones natively and in
WebAssembly. CITYID_LIBRARY: libcityid.so of the build.
"""
import base64
import ctypes
import json
import os
import pathlib
import subprocess
import sys
import time

import cbor2

import hostile
import proofs
import signed_code
from cityid_process import HOST, SHIJIAZHUANG
from signed_code import Code, with_other_last_digit

sys.path.append(str(pathlib.Path(__file__).resolve().parents[1] / "independent"))
import verify_seal  # noqa: E402

LIBRARY = os.environ.get("CITYID_LIBRARY", "")
TESTS = pathlib.Path(__file__).resolve().parents[1]
CODES = ("", "usage", "malformed", "unsupported", "too-large", "forged", "refused", "unreached",
         "other")
BEIJING, ABSENT = "MA.156.1100", "MA.156.9999"
DAY = 86400


class Checker:
    """The functions of the interface. Every outcome is (error, verdict, text, line)."""

    def __init__(self, path=None):
        self._c = ctypes.CDLL(path or LIBRARY)
        text, pointer, number = ctypes.c_char_p, ctypes.c_void_p, ctypes.c_int64
        size = ctypes.c_size_t
        data = [text, size]
        for name, result, arguments in (
                ("version", text, []), ("open", pointer, data * 3 + [number]),
                ("open_pack", pointer, data * 3 + [number]),
                ("opened", pointer, [pointer]), ("close", None, [pointer]),
                ("judge", pointer, [pointer, *data, number, ctypes.c_int]),
                ("look_up", pointer, [pointer, *data, number]), ("parse", pointer, data),
                ("about", pointer, data), ("seals", pointer, data), ("trust_version", number, data),
                ("update_trust", pointer, [*data, pointer, pointer, size, *data, number]),
                ("status", ctypes.c_int, [pointer]), ("verdict", ctypes.c_int, [pointer]),
                ("text", pointer, [pointer, ctypes.POINTER(size)]), ("detail", text, [pointer]),
                ("free", None, [pointer]), ("verdict_name", text, [ctypes.c_int]),
                ("verdict_title", text, [ctypes.c_int, text]),
                ("verdict_advice", text, [ctypes.c_int, text])):
            function = getattr(self._c, f"cityid_{name}")
            function.restype, function.argtypes = result, arguments
            setattr(self, name, function)

    def outcome(self, result):
        size = ctypes.c_size_t()
        at = self.text(result, ctypes.byref(size))
        return (CODES[self.status(result)], self.verdict_name(self.verdict(result)).decode(),
                ctypes.string_at(at, size.value).decode(), self.detail(result).decode())

    def _taken(self, result):
        try:
            return self.outcome(result)
        finally:
            self.free(result)

    def ask(self, case):
        """The outcome of a case; of `open` and the questions to what it opened."""
        call, asked = case["call"], case.get("asked", b"")
        if call in ("parse", "about", "seals"):
            return self._taken(getattr(self, call)(asked, len(asked)))
        trust = case["trust"]
        if call == "update":
            given = case["proofs"]
            places = (ctypes.c_char_p * len(given))(*given)
            sizes = (ctypes.c_size_t * len(given))(*map(len, given))
            return self._taken(self.update_trust(
                trust, len(trust), places, sizes, len(given), asked, len(asked), case["now"]))
        document, kept = case["document"], case.get("kept", b"")
        opener = self.open_pack if case.get("pack") else self.open
        proof = opener(trust, len(trust), document, len(document), kept, len(kept), case["now"])
        try:
            if call == "open":
                return self.outcome(self.opened(proof))
            if call == "look_up":
                return self._taken(self.look_up(proof, asked, len(asked), case["now"]))
            return self._taken(self.judge(proof, asked, len(asked), case["now"],
                                          int(case.get("host", True))))
        finally:
            self.close(proof)


def as_json(case):
    def text(value):
        if isinstance(value, bytes):
            return base64.b64encode(value).decode()
        return [text(item) for item in value] if isinstance(value, list) else value
    return json.dumps({name: text(value) for name, value in case.items()})


class WebChecker:
    """The same in WebAssembly, in a process of its own: a context."""

    def __init__(self, package):
        self._command = ["node", TESTS / "web" / "checker.mjs", pathlib.Path(package) / "cityid.js"]

    def __enter__(self):
        self._node = subprocess.Popen(self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        return self

    def __exit__(self, *_):
        self._node.stdin.close()
        self._node.wait(timeout=30)
        self._node.stdout.close()

    def ask(self, case):
        self._node.stdin.write(as_json(case).encode() + b"\n")
        self._node.stdin.flush()
        line = self._node.stdout.readline()
        if not line:
            raise AssertionError(f"the checker in WebAssembly has ended: {self._node.wait(timeout=30)}")
        return tuple(json.loads(line))


def vectors():
    return json.loads((TESTS / "vectors" / "city-codes.json").read_text())


def contents():
    """What a scanner may have read: all vectors, what fuzzing kept, and no codes at all."""
    for vector in vectors()["valid"] + vectors()["invalid"]:
        if "url" in vector:
            yield vector["url"].encode()
        if "cose" in vector:
            yield bytes.fromhex(vector["cose"])
    for path in sorted((TESTS / "fuzz" / "corpus" / "code").iterdir()):
        yield path.read_bytes()
    yield from (b"", b"https://", b"\xd2", b"\0", "门".encode(), b"x" * 100_000)


def corpora(*names):
    for name in names:
        for path in sorted((TESTS / "fuzz" / "corpus" / name).iterdir()):
            yield path.read_bytes()


def codes(demo):
    """Codes of the demonstration's city, one for each verdict that a code can bring about."""
    key = signed_code.read_key(demo.code_key())
    now = int(time.time())
    url = Code(SHIJIAZHUANG, key).url(HOST)
    return [url, with_other_last_digit(url), Code(SHIJIAZHUANG, key).url("wrong.example"),
            Code(SHIJIAZHUANG, key, issued=now - 9 * DAY, days=2).url(HOST),
            Code(SHIJIAZHUANG, key, issued=now + 9 * DAY).url(HOST),
            Code(SHIJIAZHUANG, key).cose()]


def as_bytes(content):
    return content.encode() if isinstance(content, str) else content


def changed(document, rng):
    """The document with a byte changed, cut, or sealed again with a part of another length."""
    raw = bytearray(document)
    raw[rng.randrange(len(raw))] ^= 1 << rng.randrange(8)
    if rng.random() < 0.2:
        raw = raw[:rng.randrange(len(raw))]
    return bytes(raw)


def resealed_changes(document, rng, count):
    """Changes behind a digest that is right again, so that they reach the checks after it."""
    for _ in range(count):
        fields = cbor2.loads(document)
        name = rng.choice([proofs.NOTE, proofs.STATE_ROOT, proofs.MAP])
        value = fields[name]
        part = bytearray(as_bytes(value))
        part[rng.randrange(len(part))] ^= 1
        fields[name] = part.decode("utf-8", "replace") if isinstance(value, str) else bytes(part)
        yield proofs.resealed(fields)


def sealed_files():
    """The vectors of docs/document-seal.md: name, file, and the seals that it has."""
    vectors = json.loads((TESTS / "vectors" / "seals.json").read_text())
    return [(vector["name"],
             verify_seal.edited(vectors["files"][vector["file"]].encode(), vector["edits"]), vector)
            for vector in vectors["vectors"]]


def cases(trust, documents, asked, rng):
    """Every question to every document, and many documents that were changed."""
    now = int(time.time())
    base = {"trust": trust, "now": now}
    result = [{"call": call, "asked": content} for content in contents()
              for call in ("parse", "about")]
    result += [{"call": "seals", "asked": file} for _, file, _ in sealed_files()]
    for document in documents:
        result += [{**base, "call": "judge", "document": document, "asked": content, "host": host}
                   for content in asked for host in (True, False)]
        result += [{**base, "call": "look_up", "document": document, "asked": content}
                   for content in (SHIJIAZHUANG.encode(), f"{SHIJIAZHUANG}.99".encode(), b"", b"?",
                                   ABSENT.encode(), SHIJIAZHUANG.lower().encode())]
        result.append({**base, "call": "look_up", "document": document, "now": now + 8 * DAY,
                       "asked": SHIJIAZHUANG.encode()})
        result.append({**base, "call": "open", "document": document})
        result += [{**base, "call": "open", "document": other} for other in
                   [changed(document, rng) for _ in range(40)]
                   + list(resealed_changes(document, rng, 20))]
    result += [{**base, "call": "judge", "document": documents[0], "asked": content}
               for content in contents()]
    result += [{**base, "call": "open", "document": document, "pack": pack} for pack in (False, True)
               for document in hostile.broken_encodings(documents[0])]
    for _, document in hostile.costly_documents(documents[0]):
        result += [{**base, "call": "open", "document": document, "pack": True},
                   {**base, "call": "look_up", "document": document, "asked": SHIJIAZHUANG.encode()},
                   {**base, "call": "update", "proofs": [document], "asked": b""}]
    for document in corpora("proof"):
        result += [{**base, "call": "open", "document": document},
                   {**base, "call": "update", "proofs": [document], "asked": b""}]
    for text in corpora("trust", "note"):
        result += [{**base, "trust": text, "call": "open", "document": documents[0]},
                   {**base, "call": "open", "document": documents[0], "kept": text},
                   {**base, "call": "update", "proofs": [], "asked": text}]
    return result
