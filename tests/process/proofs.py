"""Proofs of the demonstration's ledger for tests: notes, maps and documents read, changed and sealed
again by other hands than the program's, and web servers that lie.
"""
import base64
import contextlib
import http.server
import json
import os
import pathlib
import shutil
import threading
import unittest

import cbor2
from nacl.signing import VerifyKey

import cityid_process
import signed_code
from cityid_process import HOST, SHIJIAZHUANG, cityid, run
from signed_record import encode, leaf_hash, opened, sha256

INSTITUTES = ("institute-a", "institute-b", "institute-c")
ORIGIN = f"{HOST}/ledger"
PROOF_TYPE = "application/cityid-proof+cbor"
ABOUT, NOTE, STATE_ROOT, INCLUSION, MAP, RECORDS, CONSISTENCY, DIGEST = range(1, 9)
LOG_CHECK = pathlib.Path(__file__).resolve().parents[1] / "independent" / "log_check" / "main.go"


def set_up():
    """The demonstration, as long as a module's tests last: for `setUpModule`."""
    global DEMO
    DEMO = unittest.enterModuleContext(cityid_process.demo())
    return DEMO


def log_checker():
    """The independent checker of a log, as long."""
    return build_log_checker(unittest.enterModuleContext(cityid_process.temporary_directory()))


def build_log_checker(directory):
    """The independent checker of a log, compiled with Debian's Go packages alone."""
    environment = {**os.environ, "GO111MODULE": "off", "GOPATH": "/usr/share/gocode",
                   "GOCACHE": str(directory / "go-cache"), "GOFLAGS": "", "HOME": str(directory)}
    built = run("go", "build", "-o", directory / "log_check", LOG_CHECK, env=environment,
                timeout=300)
    shutil.rmtree(directory / "go-cache", ignore_errors=True)
    if built.status != 0:
        raise AssertionError(f"no checker; golang-go and golang-golang-x-mod-dev build it: {built}")
    return directory / "log_check"


# Notes (C2SP signed-note, tlog-checkpoint, tlog-cosignature)

def vkey_parts(vkey):
    """Name, id and public key of name+id+base64(type | key)."""
    name, identifier, material = vkey.split("+", 2)
    return name, bytes.fromhex(identifier), base64.b64decode(material)[1:]


def note_parts(note):
    text, lines = note.rsplit("\n\n", 1)
    return text + "\n", lines.splitlines()


def line_parts(line):
    """Key name, key id and signature."""
    dash, name, encoded = line.split(" ")
    assert dash == "\u2014", line
    raw = base64.b64decode(encoded)
    return name, raw[:4], raw[4:]


def signature_line(name, kind, key, signature):
    identifier = sha256(name.encode() + b"\n" + bytes([kind]) + bytes(key.verify_key))[:4]
    return f"\u2014 {name} {base64.b64encode(identifier + signature).decode()}"


def cosigned(text, name, key, when):
    """A witness's line of that time."""
    message = f"cosignature/v1\ntime {when}\n{text}".encode()
    return signature_line(name, 4, key, when.to_bytes(8, "big") + key.sign(message).signature)


def joined(text, lines):
    return text + "\n" + "".join(line + "\n" for line in lines)


def quorum_time(note, vkeys, threshold):
    """The time of the k-th newest cosignature that verifies by one of the keys."""
    text, lines = note_parts(note)
    times = []
    for name, identifier, key in map(vkey_parts, vkeys):
        for found, found_id, signature in map(line_parts, lines):
            if (found, found_id) == (name, identifier):
                when = int.from_bytes(signature[:8], "big")
                message = f"cosignature/v1\ntime {when}\n{text}".encode()
                VerifyKey(key).verify(message, signature[8:])
                times.append(when)
    return sorted(times, reverse=True)[threshold - 1]


class TrustFile:
    """The lines of a trust file as the program writes it."""

    def __init__(self, path):
        words = [line.split() for line in path.read_text().splitlines()]
        self.logs = [line[1] for line in words if line[0] == "log"]
        self.witnesses = [line[2] for line in words if line[0] == "witness"]
        self.threshold = next(int(line[2]) for line in words if line[0] == "group")


# The state map (docs/proof.md 2), in a page

def uv(number):
    out = bytearray()
    while number >= 0x80:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes(out) + bytes([number])


class PartialMap:
    """A part of a map, which can be read, cut and written again."""

    def __init__(self, raw):
        self._raw, self._at = raw, 0
        self.top = self._node()
        assert self._at == len(raw)

    def _take(self, count):
        self._at += count
        return self._raw[self._at - count:self._at]

    def _number(self):
        value = shift = 0
        while True:
            byte = self._take(1)[0]
            value |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return value

    def _node(self):
        tag = self._take(1)[0]
        if tag == 0:
            key = self._take(self._number())
            return "leaf", key, self._take(self._number())
        if tag == 1:
            bit = self._number()
            return "inner", bit, self._node(), self._node()
        assert tag == 2
        return "hash", self._take(32)

    def root(self):
        return self.hash_of(self.top)

    def hash_of(self, node):
        if node[0] == "hash":
            return node[1]
        if node[0] == "leaf":
            return sha256(b"\0" + b"".join(uv(len(part)) + part for part in node[1:]))
        return sha256(b"\1" + uv(node[1]) + self.hash_of(node[2]) + self.hash_of(node[3]))

    def write(self, node):
        if node[0] == "hash":
            return b"\2" + node[1]
        if node[0] == "leaf":
            return b"\0" + b"".join(uv(len(part)) + part for part in node[1:])
        return b"\1" + uv(node[1]) + self.write(node[2]) + self.write(node[3])

    def leaves(self):
        def visit(node):
            if node[0] == "leaf":
                yield node[1:]
            if node[0] == "inner":
                yield from visit(node[2])
                yield from visit(node[3])
        return dict(visit(self.top))

    def without(self, key):
        """The bytes of this part with the leaf of `key` as nothing but its hash."""
        def cut(node):
            if node[0] == "leaf" and node[1] == key:
                return "hash", self.hash_of(node)
            if node[0] == "inner":
                return "inner", node[1], cut(node[2]), cut(node[3])
            return node
        return self.write(cut(self.top))


def identifier_key(identifier):
    return b"I" + bytes([identifier.count(".") - 1]) + identifier.encode()


# Proof documents

def read_proof(path):
    return cbor2.loads(path.read_bytes())


def resealed(document):
    """The bytes of a document with the digest that they ask for."""
    blank = {**document, DIGEST: bytes(32)}
    return encode({**document, DIGEST: sha256(encode(blank))})


def root_by_inclusion(leaf, index, size, path):
    """RFC 9162, 2.1.3.2: the root to which an inclusion proof leads."""
    assert index < size
    node, last, hash_ = index, size - 1, leaf
    for sibling in path:
        assert last > 0, "too long"
        if node & 1 or node == last:
            hash_ = sha256(b"\1" + sibling + hash_)
            while not node & 1 and node:
                node, last = node >> 1, last >> 1
        else:
            hash_ = sha256(b"\1" + hash_ + sibling)
        node, last = node >> 1, last >> 1
    assert last == 0, "too short"
    return hash_


def open_proof(raw, trust):
    """The leaves of the map that a document proves, as docs/proof.md 3 says."""
    document = cbor2.loads(raw)
    assert resealed(document) == raw, "digest or encoding"
    text, lines = note_parts(document[NOTE])
    origin, size, root = text.splitlines()
    name, identifier, key = vkey_parts(trust.logs[0])
    assert name == origin
    by_log = [sig for found, found_id, sig in map(line_parts, lines)
              if (found, found_id) == (name, identifier)]
    VerifyKey(key).verify(text.encode(), by_log[0])
    quorum_time(document[NOTE], trust.witnesses, trust.threshold)
    leaf = leaf_hash(document[STATE_ROOT])
    included = root_by_inclusion(leaf, int(size) - 1, int(size), document[INCLUSION])
    assert included == base64.b64decode(root), "inclusion"
    payload, signers = opened(document[STATE_ROOT])
    assert (payload[1], signers, payload[7][2]) == (12, [], int(size) - 1), "state root"
    part = PartialMap(document[MAP])
    assert part.root() == payload[7][1], "map"
    named = {ref[2] for key, value in part.leaves().items() if key[:1] in (b"I", b"P", b"G")
             for ref in cbor2.loads(value).values() if isinstance(ref, dict) and len(ref) == 2}
    assert {sha256(record) for record in document.get(RECORDS, [])} <= named, "records"
    return part.leaves()


# Servers that are not ours

@contextlib.contextmanager
def http_server(handler):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def static_files(directory):
    """Any web server: the files of a directory."""
    class Handler(http.server.SimpleHTTPRequestHandler):
        def __init__(self, *arguments):
            super().__init__(*arguments, directory=str(directory))

        def log_message(self, *_):
            pass
    return http_server(Handler)


def liar(status, body):
    """A resolver that gives everybody the same answer."""
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(status)
            self.send_header("Content-Type", PROOF_TYPE)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass
    return http_server(Handler)


class ProofCase(cityid_process.Case):
    """A directory for files, and the demonstration's ledger and trust file."""

    def setUp(self):
        self.directory = self.enterContext(cityid_process.temporary_directory())
        self.ledger = DEMO.ledger
        self.trust = DEMO.directory / "trust.txt"

    def file(self, name, content):
        path = self.directory / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    def prove(self, about=SHIJIAZHUANG, *options, name=None):
        path = self.directory / (name or f"{len(os.listdir(self.directory))}.proof")
        finished = cityid("prove", about, "--ledger", self.ledger, "-o", path, *options)
        self.expect_done(finished)
        self.assertEqual(finished.out, "")
        return path

    def check(self, proof, *options, trust=None):
        return cityid("check", proof, "--trust", trust or self.trust, "--json", *options)

    def expect_answer(self, verdict, proof, *options, **how):
        finished = self.check(proof, *options, **how)
        answer = json.loads(finished.out)
        self.assertEqual(answer["verdict"], verdict, finished)
        expected = {"valid": 0, "registered": 0, "ledger-stale": 3}.get(verdict, 1)
        self.assertEqual(finished.status, expected, finished)
        return answer

    def expect_no(self, proof, *words, options=(), trust=None):
        self.expect_refused(self.check(proof, *options, trust=trust), 1, *words)

    def expect_not_reached(self, proof, *words, options=()):
        """Neither yes nor no."""
        self.expect_refused(self.check(proof, *options), 3, *words)

    def changed(self, proof, **fields):
        """A copy of a proof with other fields, sealed again: {NOTE: ...} by name."""
        document = read_proof(proof)
        for name, value in fields.items():
            document[globals()[name]] = value
        return self.file(f"changed-{len(os.listdir(self.directory))}", resealed(
            {key: value for key, value in document.items() if value is not None}))

    def cosigned_at(self, proof, times):
        """A copy whose checkpoint these witnesses have cosigned at these times, and nobody else."""
        text, lines = note_parts(read_proof(proof)[NOTE])
        lines = [line for line in lines if line_parts(line)[0] == ORIGIN]
        for institute, when in times.items():
            key = signed_code.read_key(DEMO.keys / f"{institute}.witness.key")
            lines.append(cosigned(text, f"{institute}.example", key, when))
        return self.changed(proof, NOTE=joined(text, lines))

    def copied_ledger(self):
        ledger = self.directory / "ledger"
        ledger.mkdir()
        cityid_process.copy_ledger(DEMO.ledger, ledger)
        return ledger


def publishing(ledger, *more_keys):
    """A registry that publishes with the demonstration's keys and others."""
    options = ["--registry", "--log-key", DEMO.keys / "log.key"]
    for institute in INSTITUTES:
        options += ["--witness-key", DEMO.keys / f"{institute}.witness.key"]
    return cityid_process.resolver(ledger, *options, *more_keys)


class ChangingCase(ProofCase):
    """A copy of the ledger behind a registry that publishes."""

    def setUp(self):
        super().setUp()
        self.ledger = self.copied_ledger()
        self.serve()

    def serve(self, *more_keys):
        self.served = self.enterContext(publishing(self.ledger, *more_keys))

    def change(self, *words, keys=("institute-a", "institute-b"), files=()):
        """A record that is sequenced at once."""
        signing = [word for name in keys for word in ("--key", DEMO.keys / f"{name}.record.key")]
        signing += [word for path in files for word in ("--key", path)]
        finished = cityid(*words, "--registry", self.served.url, *signing)
        self.expect_done(finished)
        self.assertRegex(finished.out, r"\Asequenced \d+\n\Z", finished)

    def suspend(self, identifier=SHIJIAZHUANG):
        self.change("suspend", identifier)

    def resume(self, identifier=SHIJIAZHUANG):
        self.change("resume", identifier)
