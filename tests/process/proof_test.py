"""Proofs with the real program: the log as files, documents and trust files, and who lies."""
import base64
import contextlib
import http.server
import json
import os
import pathlib
import re
import shutil
import threading
import time
import unittest

import cbor2
from nacl.signing import VerifyKey

import cityid_process
import signed_code
from cityid_process import DEPARTMENT, HOST, SHIJIAZHUANG, cityid, run, wait_until
from signed_code import Code, with_other_last_digit
from signed_record import encode, leaf_hash, opened, payload_of, sha256

ABSENT = "MA.156.9999"
BEIJING = "MA.156.1100"
INSTITUTES = ("institute-a", "institute-b", "institute-c")
ORIGIN = f"{HOST}/ledger"
PROOF_TYPE = "application/cityid-proof+cbor"
FLIPS = 60
HOUR = 3600
ABOUT, NOTE, STATE_ROOT, INCLUSION, MAP, RECORDS, CONSISTENCY, DIGEST = range(1, 9)
LOG_CHECK = pathlib.Path(__file__).resolve().parents[1] / "independent" / "log_check" / "main.go"


def setUpModule():
    global DEMO, PLACE, LOG_CHECKER
    DEMO = unittest.enterModuleContext(cityid_process.demo())
    PLACE = unittest.enterModuleContext(cityid_process.temporary_directory())
    LOG_CHECKER = build_log_checker(PLACE)


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
        shutil.copyfile(DEMO.ledger / "data.mdb", ledger / "data.mdb")
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


# The log as files

class LogFiles(ProofCase):
    def setUp(self):
        super().setUp()
        self.served = self.enterContext(cityid_process.resolver(self.ledger))
        self.files = self.directory / "files"
        self.expect_done(cityid("ledger", "export", "--ledger", self.ledger, "-o", self.files))

    def paths(self):
        return sorted(str(path.relative_to(self.files)) for path in self.files.rglob("*")
                      if path.is_file())

    def log_check(self, url, *more):
        trust = TrustFile(self.trust)
        witnesses = [word for vkey in trust.witnesses for word in ("-witness", vkey)]
        return run(LOG_CHECKER, *witnesses, url, trust.logs[0], *more)

    def test_the_checkpoint_is_a_note_that_others_can_read(self):
        reply = self.served.request("/ledger/checkpoint")
        self.assertEqual(reply.status, 200, reply)
        self.assertEqual(reply["content-type"], "text/plain; charset=utf-8")
        self.assertNotIn("max-age", reply["cache-control"])
        text, lines = note_parts(reply.text)
        status = DEMO.status()
        root = base64.b64encode(bytes.fromhex(status["root"])).decode()
        self.assertEqual(text, f"{ORIGIN}\n{status['size']}\n{root}\n")
        trust = TrustFile(self.trust)
        name, identifier, key = vkey_parts(trust.logs[0])
        found, found_id, signature = line_parts(lines[0])
        self.assertEqual((found, found_id), (name, identifier))
        VerifyKey(key).verify(text.encode(), signature)
        self.assertEqual(len(lines), 1 + len(INSTITUTES))
        self.assertLess(abs(quorum_time(reply.text, trust.witnesses, 3) - time.time()), HOUR)

    def test_tiles_and_bundles_are_served_for_ever(self):
        for path in self.paths():
            with self.subTest(path=path):
                reply = self.served.request(f"/ledger/{path}")
                self.assertEqual((reply.status, reply.body),
                                 (200, (self.files / path).read_bytes()))
                if path.startswith("tile/"):
                    self.assertEqual(reply["content-type"], "application/octet-stream")
                if path.startswith("policies/"):
                    self.assertEqual(reply["content-type"], PROOF_TYPE)
                if path != "checkpoint":
                    self.assertIn("immutable", reply["cache-control"])

    def test_every_narrower_part_is_served_too(self):
        full = self.served.request("/ledger/tile/0/000").body
        self.assertEqual(len(full), 256 * 32)
        for width in (1, 2, 128, 255):
            part = self.served.request(f"/ledger/tile/0/000.p/{width}").body
            self.assertEqual(part, full[:width * 32])
            bundle = self.served.request(f"/ledger/tile/entries/000.p/{width}").body
            self.assertTrue(self.served.request("/ledger/tile/entries/000").body.startswith(bundle))

    def test_no_other_spelling_is_a_file(self):
        size = DEMO.status()["size"]
        rest = size % 256
        good = f"tile/0/002.p/{rest}"
        self.assertEqual(self.served.request(f"/ledger/{good}").status, 200)
        for path in ("tile/0/2", "tile/0/0", "tile/0/0000", "tile/0/00", "tile/00/000",
                     "tile/0/x000/000", "tile/0/000/000", "tile/0/001/000", "tile/0/x001",
                     f"tile/0/x000/002.p/{rest}", f"tile/0/2.p/{rest}", "tile/0/000.p/0",
                     "tile/0/000.p/256", "tile/0/000.p/01", "tile/0/000.p/", "tile/0/000.p",
                     "tile/0/000.p/1/", "tile/0/000/", "tile/0/", "tile/8/000.p/1", "tile/-1/000",
                     "tile/data/000", "tile/8/0/000", "tile/Entries/000", "tile/entries/0",
                     "tile/0/%30%30%30", "tile/0//000", "tile/0/+00", "tile/0/000.P/1"):
            with self.subTest(path=path):
                self.assertEqual(self.served.request(f"/ledger/{path}").status, 404)

    def test_nothing_lies_past_the_end(self):
        rest = DEMO.status()["size"] % 256
        for path in ("tile/0/002", f"tile/0/002.p/{rest + 1}", "tile/0/003.p/1", "tile/1/000",
                     "tile/1/000.p/3", "tile/2/000.p/1", "tile/7/000.p/1", "tile/entries/002",
                     f"tile/entries/002.p/{rest + 1}", "tile/0/x999/999",
                     "tile/0/x999/x999/x999/x999/x999/999", "policies/0", "policies/2",
                     "policies/01", "policies/-1", "policies/99999999999999999999"):
            with self.subTest(path=path):
                self.assertEqual(self.served.request(f"/ledger/{path}").status, 404)

    def test_an_independent_program_verifies_the_log(self):
        size = DEMO.status()["size"]
        finished = self.log_check(f"{self.served.url}/ledger", 100)
        self.expect_done(finished)
        self.assertRegex(finished.out, rf"(?m)^{size} entries, 4 tiles, \d+ pairs", finished)
        self.assertEqual(finished.out.count("cosigned by institute-"), 3, finished)

    def test_it_verifies_the_files_and_finds_any_flipped_bit(self):
        generator = cityid_process.seeded(self.id())
        with static_files(self.files) as url:
            self.expect_done(self.log_check(url))
            targets = [path for path in self.paths() if path.startswith("tile/")] * 2
            for path in targets:
                file = self.files / path
                good = file.read_bytes()
                bit = generator.randrange(len(good) * 8)
                bad = bytearray(good)
                bad[bit // 8] ^= 1 << bit % 8
                file.write_bytes(bad)
                with self.subTest(path=path, bit=bit):
                    finished = self.log_check(url)
                    self.assertEqual((finished.status, finished.out), (1, ""), finished)
                    self.assertRegex(finished.err, r"\Alog_check: [^\n]+\n\Z", finished)
                file.write_bytes(good)
            self.expect_done(self.log_check(url))

    def test_it_finds_a_changed_checkpoint(self):
        file = self.files / "checkpoint"
        good = file.read_bytes()
        text = note_parts(good.decode())[0]
        # In origin, size and root, and in each line's signature.
        places = [0, len(ORIGIN) + 1, len(text) - 10]
        places += [match.start() + 30 for match in re.finditer("\u2014".encode(), good)]
        with static_files(self.files) as url:
            for place in places:
                bad = bytearray(good)
                bad[place] ^= 1
                file.write_bytes(bad)
                with self.subTest(place=place):
                    finished = self.log_check(url)
                    self.assertEqual((finished.status, finished.out), (1, ""), finished)
                    self.assertIn("log_check: ", finished.err)

    def test_it_finds_an_older_checkpoint(self):
        with static_files(self.files) as url:
            finished = self.log_check(url, DEMO.status()["size"] + 1)
            self.assertEqual(finished.status, 1, finished)
            self.assertIn("it was", finished.err)


class Export(ChangingCase):
    def export(self):
        finished = cityid("ledger", "export", "--ledger", self.ledger, "-o",
                          self.directory / "files")
        self.expect_done(finished)
        return int(re.fullmatch(r"\d+ entries, (\d+) files written\n", finished.out)[1])

    def files(self):
        root = self.directory / "files"
        return {str(path.relative_to(root)): (path.stat().st_ino, path.read_bytes())
                for path in root.rglob("*") if path.is_file()}

    def test_a_second_one_writes_only_what_is_missing(self):
        self.assertEqual(self.export(), 9)
        first = self.files()
        self.assertEqual(self.export(), 1)  # the checkpoint, always
        second = self.files()
        self.assertEqual({k: v for k, v in first.items() if k != "checkpoint"},
                         {k: v for k, v in second.items() if k != "checkpoint"})
        self.suspend()
        self.assertGreater(self.export(), 1)
        third = self.files()
        size = DEMO.status()["size"] + 2
        self.assertEqual(set(third) - set(second),
                         {f"tile/0/002.p/{size % 256}", f"tile/entries/002.p/{size % 256}"})
        self.assertEqual({k: v for k, v in third.items() if k in second and k != "checkpoint"},
                         {k: v for k, v in second.items() if k != "checkpoint"})

    def test_another_log_in_the_directory_is_refused(self):
        self.export()
        checkpoint = self.directory / "files" / "checkpoint"
        note = checkpoint.read_text()
        text, lines = note_parts(note)
        origin, size, root = text.splitlines()
        other = base64.b64encode(sha256(b"other")).decode()
        for changed in ((origin, size, other), (origin, int(size) + 1, root),
                        (origin, int(size) - 1, root)):
            checkpoint.write_text(joined("".join(f"{line}\n" for line in changed), lines))
            before = self.files()
            with self.subTest(changed=changed):
                finished = cityid("ledger", "export", "--ledger", self.ledger, "-o",
                                  self.directory / "files")
                self.expect_refused(finished, 1, "another log")
                self.assertEqual(self.files(), before)
        checkpoint.write_text("no checkpoint\n")
        finished = cityid("ledger", "export", "--ledger", self.ledger, "-o",
                          self.directory / "files")
        self.expect_refused(finished, 1, checkpoint)

    def test_an_older_ledger_does_not_replace_a_newer_log(self):
        self.suspend()
        self.export()
        finished = cityid("ledger", "export", "--ledger", DEMO.ledger, "-o",
                          self.directory / "files")
        self.expect_refused(finished, 1, "more of this one")

    def test_a_ledger_without_a_checkpoint_has_nothing_to_export(self):
        with cityid_process.resolver(self.copied_second(), "--registry") as other:
            keys = [word for name in INSTITUTES[:2]
                    for word in ("--key", DEMO.keys / f"{name}.record.key")]
            self.expect_done(cityid("suspend", BEIJING, "--registry", other.url, *keys))
            self.assertEqual(other.request("/ledger/checkpoint").status, 404)
            self.assertEqual(other.request(f"/{BEIJING}/proof").status, 404)
        finished = cityid("ledger", "export", "--ledger", self.directory / "second", "-o",
                          self.directory / "nothing")
        self.expect_refused(finished, 3, "no checkpoint")
        self.assertFalse((self.directory / "nothing").exists())

    def copied_second(self):
        second = self.directory / "second"
        second.mkdir()
        shutil.copyfile(DEMO.ledger / "data.mdb", second / "data.mdb")
        return second


# Proofs of answers

class Answers(ProofCase):
    def revoked(self):
        return cityid("code", "inspect", "--raw", DEMO.directory / "revoked.png").out.strip()

    def test_an_identifier_that_is_there(self):
        answer = self.expect_answer("registered", self.prove())
        self.assertEqual(answer["names"]["en"], "Shijiazhuang")
        status = DEMO.status()
        self.assertEqual((answer["proof"]["origin"], answer["proof"]["size"],
                          answer["proof"]["root"]), (ORIGIN, status["size"], status["root"]))

    def test_identifiers_that_are_not_there(self):
        for absent in (ABSENT, f"{ABSENT}.1", f"{SHIJIAZHUANG}.99", f"{DEPARTMENT}.99.1",
                       "AA.999.Z"):
            with self.subTest(absent=absent):
                self.expect_answer("unknown-id", self.prove(absent))

    def test_the_nearest_ancestor_is_proven_with_it(self):
        answer = self.expect_answer("unknown-id", self.prove(f"{SHIJIAZHUANG}.99"))
        self.assertEqual(answer["nearest"], SHIJIAZHUANG)

    def test_a_valid_code(self):
        answer = self.expect_answer("valid", self.prove(DEMO.url()))
        self.assertEqual(answer["code"]["signedBy"], SHIJIAZHUANG)

    def test_a_revoked_code(self):
        self.expect_answer("revoked", self.prove(self.revoked()))

    def test_a_forged_code_and_one_of_a_stranger(self):
        self.expect_answer("forged", self.prove(with_other_last_digit(DEMO.url())))
        moved = DEMO.url().replace(SHIJIAZHUANG, BEIJING)
        self.expect_answer("unknown-key", self.prove(moved))

    def test_a_code_of_an_ancestor(self):
        key = signed_code.read_key(DEMO.code_key())
        url = Code(DEPARTMENT, key, purpose=signed_code.UNIT).url(HOST)
        answer = self.expect_answer("valid", self.prove(url))
        self.assertEqual(answer["code"]["signedBy"], SHIJIAZHUANG)

    def test_each_is_what_another_implementation_checks(self):
        trust = TrustFile(self.trust)
        for about in (SHIJIAZHUANG, ABSENT, DEPARTMENT, DEMO.url(), self.revoked()):
            with self.subTest(about=about):
                leaves = open_proof(self.prove(about).read_bytes(), trust)
                self.assertIn(b"G", leaves)
                known = identifier_key(SHIJIAZHUANG) in leaves
                self.assertEqual(known, about != ABSENT)

    def test_it_is_the_one_that_the_resolver_serves(self):
        with cityid_process.resolver(self.ledger) as served:
            for about in (SHIJIAZHUANG, ABSENT, DEMO.url().split("/", 3)[3]):
                reply = served.request(f"/{about}/proof")
                self.assertEqual((reply.status, reply.media_type), (200, PROOF_TYPE), reply)
                self.assertEqual(reply.body, self.prove(about).read_bytes())
            for since, status in (("0", 200), ("1", 200), ("-1", 400), ("01", 400), ("x", 400),
                                  ("999999", 400)):
                reply = served.request(f"/{SHIJIAZHUANG}/proof?since={since}")
                self.assertEqual(reply.status, status, since)
            self.assertEqual(served.request("/ma.156..1/proof").status, 400)

    def test_it_is_about_what_it_says(self):
        proof = self.prove()
        code = self.prove(DEMO.url())
        self.expect_answer("registered", proof, "--about", SHIJIAZHUANG.lower())
        self.expect_answer("valid", code, "--about", DEMO.url())
        for path, about in ((proof, BEIJING), (proof, DEMO.url()), (proof, DEPARTMENT),
                            (code, SHIJIAZHUANG), (code, self.revoked())):
            with self.subTest(about=about):
                self.expect_no(path, "the proof is about", options=("--about", about))

    def test_what_it_says_of_itself_does_not_reach_the_terminal_raw(self):
        hostile = self.changed(self.prove(), ABOUT="X\x1b[31m\nvalid: Genuine\n")
        finished = self.check(hostile, "--about", SHIJIAZHUANG)
        self.expect_refused(finished, 1, "the proof is about")
        self.assertNotIn("\x1b", finished.err)

    def test_proving_from_nowhere_is_bad_usage(self):
        finished = cityid("prove", SHIJIAZHUANG, "-o", self.directory / "never")
        self.expect_refused(finished, 2, "--ledger", "--resolver")

    def test_another_subject_written_into_it_is_not_reached(self):
        for about in (BEIJING, DEPARTMENT, ABSENT):
            with self.subTest(about=about):
                changed = self.changed(self.prove(), ABOUT=about)
                self.expect_no(changed, "does not reach")
                self.expect_no(changed, "does not reach", options=("--about", about))

    def test_a_policy_proof_answers_nothing(self):
        files = self.directory / "files"
        self.expect_done(cityid("ledger", "export", "--ledger", self.ledger, "-o", files))
        open_proof((files / "policies" / "1").read_bytes(), TrustFile(self.trust))
        self.expect_no(files / "policies" / "1", "no identifier")

    def test_it_is_as_small_as_is_promised(self):
        for about, most in ((BEIJING, 3 * 1024), (DEMO.url(BEIJING), 4608)):
            proof = self.prove(about)
            records = sum(map(len, read_proof(proof)[RECORDS]))
            self.assertLess(proof.stat().st_size - records, most)


class Damage(ProofCase):
    def test_any_flipped_bit_is_found(self):
        small = self.prove(ABSENT).read_bytes()
        generator = cityid_process.seeded(self.id())
        for bit in generator.sample(range(len(small) * 8), FLIPS):
            bad = bytearray(small)
            bad[bit // 8] ^= 1 << bit % 8
            with self.subTest(bit=bit):
                self.expect_no(self.file("flipped", bad))

    def test_no_bit_of_what_is_signed_or_hashed_can_be_changed_with_the_digest(self):
        proof = self.prove(SHIJIAZHUANG)
        document = read_proof(proof)
        generator = cityid_process.seeded(self.id())
        for field in (NOTE, STATE_ROOT, MAP, INCLUSION, RECORDS):
            for _ in range(8):
                value = document[field]
                parts = list(value) if isinstance(value, list) else [value]
                which = generator.randrange(len(parts))
                raw = parts[which].encode() if field == NOTE else parts[which]
                bad = bytearray(raw)
                # What is left over of a signature's last digit in base 64 is for the other test.
                bit = generator.randrange((len(note_parts(value)[0]) if field == NOTE
                                           else len(raw)) * 8)
                bad[bit // 8] ^= 1 << bit % 8
                if field == NOTE and bad[bit // 8] >= 0x80:
                    continue
                parts[which] = bad.decode() if field == NOTE else bytes(bad)
                changed = {**document, field: parts if isinstance(value, list) else parts[0]}
                with self.subTest(field=field, which=which, bit=bit):
                    self.expect_no(self.file("changed", resealed(changed)))

    def test_cut_or_longer_or_nothing(self):
        good = self.prove(ABSENT).read_bytes()
        for bad in (b"", b"\0", good[:-1], good[:100], good + b"\0", good * 2, bytes(2 << 20)):
            with self.subTest(size=len(bad)):
                finished = self.check(self.file("bad", bad))
                self.assertIn(finished.status, (1, 3), finished)
                self.expect_refused(finished, finished.status)

    def test_a_field_more_or_less(self):
        proof = self.prove()
        document = read_proof(proof)
        for name in ("ABOUT", "NOTE", "STATE_ROOT", "MAP", "DIGEST"):
            with self.subTest(without=name):
                less = {k: v for k, v in document.items() if k != globals()[name]}
                self.expect_no(self.file("less", encode(less)))
        self.expect_no(self.file("more", resealed({**document, 9: b""})))
        self.expect_no(self.file("empty", resealed({**document, RECORDS: []})))

    def test_a_part_of_the_map_that_is_needed_is_never_absence(self):
        proof = self.prove(DEMO.url())
        document = read_proof(proof)
        part = PartialMap(document[MAP])
        for key in (identifier_key(SHIJIAZHUANG), b"G"):
            with self.subTest(key=key):
                cut = part.without(key)
                self.assertEqual(PartialMap(cut).root(), part.root())
                self.expect_no(self.changed(proof, MAP=cut, RECORDS=None), "does not reach")
        self.expect_no(self.changed(proof, MAP=part.without(identifier_key(SHIJIAZHUANG))),
                       "state doesn't name")

    def test_a_revocation_left_out_does_not_make_a_code_valid(self):
        url = cityid("code", "inspect", "--raw", DEMO.directory / "revoked.png").out.strip()
        proof = self.prove(url)
        part = PartialMap(read_proof(proof)[MAP])
        revocations = [key for key in part.leaves() if key[:1] == b"R" and len(key) > 33]
        self.assertTrue(revocations)
        for key in revocations:
            self.expect_no(self.changed(proof, MAP=part.without(key)), "does not reach")

    def test_a_record_that_is_needed_is_never_left_out(self):
        proof = self.prove(DEPARTMENT)
        records = read_proof(proof)[RECORDS]
        self.assertGreater(len(records), 1)
        for i in range(len(records)):
            with self.subTest(record=i):
                left = records[:i] + records[i + 1:]
                self.expect_no(self.changed(proof, RECORDS=left), "a record that is needed")
        self.expect_no(self.changed(proof, RECORDS=None), "a record that is needed")

    def test_a_record_that_the_state_does_not_name(self):
        proof = self.prove()
        records = read_proof(proof)[RECORDS]
        other = read_proof(self.prove(BEIJING))[RECORDS]
        self.expect_no(self.changed(proof, RECORDS=records + other), "doesn't name")
        self.expect_no(self.changed(proof, RECORDS=records + records[:1]), "twice")

    def test_another_entry_is_no_state_root(self):
        proof = self.prove()
        record = read_proof(proof)[RECORDS][0]
        self.expect_no(self.changed(proof, STATE_ROOT=record))


class Freshness(ProofCase):
    """How many cosigned it, and when."""

    def test_as_many_cosignatures_as_the_quorum_and_no_fewer(self):
        proof = self.prove()
        text, lines = note_parts(read_proof(proof)[NOTE])
        self.assertEqual(len(lines), 1 + 2)
        self.expect_answer("registered", proof)
        stricter = self.file("trust.3", self.trust.read_text().replace("group institutes 2",
                                                                       "group institutes 3"))
        self.expect_no(proof, "no quorum", trust=stricter)
        self.expect_no(self.changed(proof, NOTE=joined(text, lines[:2])), "no quorum")
        self.expect_no(self.changed(proof, NOTE=joined(text, lines[:1])), "no quorum")
        self.expect_no(self.changed(proof, NOTE=joined(text, lines[1:])), "no trusted log")

    def test_all_of_them_satisfy_a_stricter_file(self):
        stricter = self.file("trust.3", self.trust.read_text().replace("group institutes 2",
                                                                       "group institutes 3"))
        now = int(time.time())
        self.expect_answer("registered", self.cosigned_at(self.prove(), dict.fromkeys(
            INSTITUTES, now)), trust=stricter)

    def test_one_of_them_twice_is_not_two(self):
        proof = self.prove()
        text, lines = note_parts(read_proof(proof)[NOTE])
        twice = joined(text, [*lines[:2], lines[1]])
        self.expect_no(self.changed(proof, NOTE=twice), "two signatures")

    def test_lines_of_keys_that_nobody_knows_are_ignored(self):
        proof = self.prove()
        text, lines = note_parts(read_proof(proof)[NOTE])
        key = signed_code.read_key(DEMO.keys / f"{BEIJING}.code.key")
        stranger = cosigned(text, "stranger.example", key, int(time.time()))
        same_name = cosigned(text, "institute-a.example", key, int(time.time()))
        other_type = "\u2014 future.example " + base64.b64encode(b"idid" + bytes(300)).decode()
        added = joined(text, [stranger, *lines, same_name, other_type])
        self.expect_answer("registered", self.changed(proof, NOTE=added))
        # But they are nobody's.
        self.expect_no(self.changed(proof, NOTE=joined(text, [*lines[:2], stranger, same_name])),
                       "no quorum")

    def test_a_signature_of_a_known_key_that_is_wrong_is_not_ignored(self):
        proof = self.prove()
        text, lines = note_parts(read_proof(proof)[NOTE])
        other = base64.b64encode(sha256(b"another root")).decode()
        origin, size, _ = text.splitlines()
        wrong = f"{origin}\n{size}\n{other}\n"
        key = signed_code.read_key(DEMO.keys / "institute-a.witness.key")
        forged = cosigned(wrong, "institute-a.example", key, int(time.time()))
        rest = [line for line in lines if line_parts(line)[0] != "institute-a.example"]
        self.expect_no(self.changed(proof, NOTE=joined(text, [*rest, forged])), "does not verify")

    def test_old_cosignatures_are_stale(self):
        now = int(time.time())
        old = self.cosigned_at(self.prove(), dict.fromkeys(INSTITUTES, now - 8 * 24 * HOUR))
        self.expect_answer("ledger-stale", old)
        self.expect_answer("registered", old, "--max-age", 9 * 24)

    def test_the_age_is_that_of_the_quorum_not_of_the_newest(self):
        now = int(time.time())
        mixed = self.cosigned_at(self.prove(), {"institute-a": now, "institute-b": now - 3 * HOUR,
                                                "institute-c": now - 30 * HOUR})
        self.expect_answer("ledger-stale", mixed, "--max-age", 2)
        answer = self.expect_answer("registered", mixed, "--max-age", 4)
        cosigned_time = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(now - 3 * HOUR))
        self.assertEqual(answer["proof"]["cosigned"], cosigned_time)

    def test_zero_hours_are_zero(self):
        old = self.cosigned_at(self.prove(), dict.fromkeys(INSTITUTES, int(time.time()) - 10))
        self.expect_answer("ledger-stale", old, "--max-age", 0)
        self.expect_answer("registered", old, "--max-age", 1)

    def test_a_cosignature_of_the_future_does_not_count(self):
        now = int(time.time())
        proof = self.prove()
        times = {"institute-a": now, "institute-b": now + HOUR}
        self.expect_no(self.cosigned_at(proof, times), "no quorum")
        times["institute-b"] = now + 100
        self.expect_answer("registered", self.cosigned_at(proof, times))

    def test_keys_of_another_consortium(self):
        with cityid_process.temporary_directory() as parent:
            shutil.copytree(DEMO.keys, parent / "demo" / "keys", ignore=lambda *_: ["log.key"])
            self.expect_done(cityid_process.make_demo(parent / "demo"))
            trust = parent / "demo" / "trust.txt"
            self.expect_no(self.prove(), "no trusted log", trust=trust)

    def test_a_trust_file_that_asks_for_nobody_says_nothing_of_freshness(self):
        log = f"log {TrustFile(self.trust).logs[0]}\nquorum none\n"
        self.expect_no(self.prove(), "no witnesses", trust=self.file("none", log))

    def test_trust_files_that_are_none(self):
        good = self.trust.read_text()
        for bad in ("", "quorum\n", "log x\nquorum none\n", good + good, good + "quorum none\n",
                    good.replace("quorum institutes", "quorum nobody"), good[:-1],
                    good.replace("I1 I2 I3", "I1 I1 I3"), good + "unknown line\n",
                    good.replace("+AAA", "+")[:-40]):
            self.expect_no(self.prove(), "trust file", trust=self.file("bad", bad))
        missing = self.check(self.prove(), trust=self.directory / "missing")
        self.expect_refused(missing, 3, "missing")


# What is seen once

class KeptHeads(ChangingCase):
    def setUp(self):
        super().setUp()
        self.state = self.directory / "state"
        self.before = self.prove(name="before")
        self.suspend()
        self.after = self.prove(name="after")

    def keep(self, proof):
        return self.check(proof, "--state", self.state)

    def expect_kept_refusal(self, proof, *words):
        """Refused, and what was kept stays."""
        kept = self.state.read_bytes()
        self.expect_no(proof, *words, options=("--state", self.state))
        self.assertEqual(self.state.read_bytes(), kept)

    def test_the_first_is_kept_as_a_checkpoints_text(self):
        self.expect_done(self.keep(self.before))
        self.assertEqual(self.state.read_text(), note_parts(read_proof(self.before)[NOTE])[0])

    def test_never_back_to_an_older_one(self):
        self.assertEqual(self.keep(self.after).status, 1)  # suspended, and kept
        self.expect_kept_refusal(self.before, "a later one")
        self.expect_answer("registered", self.before)

    def test_the_same_one_again(self):
        for _ in range(3):
            self.expect_answer("registered", self.before, "--state", self.state)

    def test_a_newer_one_must_say_how_it_goes_on(self):
        self.expect_done(self.keep(self.before))
        self.expect_kept_refusal(self.after, "seen before", "since that size")
        since = self.prove(SHIJIAZHUANG, "--state", self.state)
        size = int(self.state.read_text().splitlines()[1])
        self.assertEqual(read_proof(since)[CONSISTENCY][1], size)
        self.expect_answer("suspended", since, "--state", self.state)
        self.assertEqual(int(self.state.read_text().splitlines()[1]), size + 2)
        self.expect_kept_refusal(self.before, "a later one")
        self.expect_answer("suspended", since, "--state", self.state)

    def test_it_is_asked_for_over_http(self):
        self.expect_done(self.keep(self.before))
        since = self.directory / "since"
        self.expect_done(cityid("prove", SHIJIAZHUANG, "--resolver", self.served.url, "-o", since,
                                "--state", self.state))
        self.expect_answer("suspended", since, "--state", self.state)

    def test_a_consistency_proof_that_is_changed(self):
        self.expect_done(self.keep(self.before))
        since = self.prove(SHIJIAZHUANG, "--state", self.state)
        good = read_proof(since)[CONSISTENCY]
        path = good[2]
        flipped = bytes([path[0][0] ^ 1]) + path[0][1:]
        for bad in ({**good, 2: [flipped, *path[1:]]}, {**good, 2: path[:-1]},
                    {**good, 2: [*path, bytes(32)]}, {**good, 2: path[::-1]},
                    {**good, 1: good[1] - 1}, {**good, 1: good[1] + 1}):
            self.expect_kept_refusal(self.changed(since, CONSISTENCY=bad))
        self.expect_answer("suspended", since, "--state", self.state)

    def test_another_history(self):
        self.expect_done(self.keep(self.before))
        origin, size, _ = self.state.read_text().splitlines()
        other = base64.b64encode(sha256(b"another root")).decode()
        self.state.write_text(f"{origin}\n{size}\n{other}\n")
        self.expect_kept_refusal(self.before, "another history")
        since = self.prove(SHIJIAZHUANG, "--state", self.state)
        self.expect_kept_refusal(since)
        self.state.write_text(f"other.example/log\n{size}\n{other}\n")
        self.expect_kept_refusal(self.before, "another log")

    def test_a_kept_head_that_can_not_be_read_is_not_overlooked(self):
        for bad in ("", "x", f"{ORIGIN}\n1\n", f"{ORIGIN}\n01\n{'A' * 43}=\n",
                    note_parts(read_proof(self.before)[NOTE])[0] + "more\n"):
            self.state.write_text(bad)
            self.expect_kept_refusal(self.before, "kept head")

    def test_a_refused_proof_is_not_kept(self):
        broken = bytearray(self.before.read_bytes())
        broken[500] ^= 1
        self.expect_no(self.file("broken", broken), options=("--state", self.state))
        self.assertFalse(self.state.exists())

    def test_a_fresh_checkpoint_on_an_old_proof(self):
        old, new = read_proof(self.before), read_proof(self.after)
        self.expect_no(self.changed(self.before, NOTE=new[NOTE]))
        self.expect_no(self.changed(self.before, NOTE=new[NOTE], INCLUSION=new[INCLUSION]))
        self.expect_no(self.changed(self.before, NOTE=new[NOTE], INCLUSION=new[INCLUSION],
                                    STATE_ROOT=new[STATE_ROOT]), "another root")
        self.expect_no(self.changed(self.after, NOTE=old[NOTE]))
        # The state root of an old batch is not the last entry of the new tree.
        self.expect_no(self.changed(self.after, STATE_ROOT=old[STATE_ROOT]))

    def test_a_suspended_ancestor_is_part_of_the_answer(self):
        proof = self.prove(DEPARTMENT)
        answer = self.expect_answer("suspended", proof)
        self.assertIn(SHIJIAZHUANG, answer["detail"])
        key = signed_code.read_key(DEMO.code_key())
        url = Code(DEPARTMENT, key, purpose=signed_code.UNIT).url(HOST)
        self.expect_answer("suspended", self.prove(url))
        self.expect_answer("suspended", self.prove(DEMO.url()))

    def test_a_suspended_ancestor_can_not_be_left_out(self):
        proof = self.prove(DEPARTMENT)
        document = read_proof(proof)
        part = PartialMap(document[MAP])
        cut = part.without(identifier_key(SHIJIAZHUANG))
        self.expect_no(self.changed(proof, MAP=cut), "state doesn't name")
        named = {sha256(record) for record in document[RECORDS]}
        for value in (part.leaves()[identifier_key(SHIJIAZHUANG)],):
            named -= {ref[2] for ref in cbor2.loads(value).values() if isinstance(ref, dict)}
        own = [record for record in document[RECORDS] if sha256(record) in named]
        self.expect_no(self.changed(proof, MAP=cut, RECORDS=own), "does not reach")
        self.expect_no(self.changed(proof, RECORDS=own), "a record that is needed")

    def test_a_resumed_one_holds_again(self):
        self.resume()
        self.expect_answer("registered", self.prove(DEPARTMENT))


# Scanning with proof

class Scanning(ChangingCase):
    def scan(self, what, *options):
        return cityid("scan", "--json", what, "--trust", self.trust, *options)

    def expect_scan(self, verdict, what, *options):
        finished = self.scan(what, *options)
        self.assertEqual([line["verdict"] for line in finished.json_lines()], [verdict], finished)
        self.assertEqual(finished.status, 0 if verdict == "valid" else 1, finished)
        self.assertEqual(finished.err, "", finished)
        return finished.json_lines()[0]

    def test_offline_with_proofs_of_several_codes(self):
        revoked = DEMO.directory / "revoked.png"
        text = cityid("code", "inspect", "--raw", revoked).out.strip()
        proofs = [word for url in (DEMO.url(), text, DEMO.url(BEIJING))
                  for word in ("--proof", self.prove(url))]
        answer = self.expect_scan("valid", DEMO.png(), *proofs)
        self.assertEqual(answer["proof"]["origin"], ORIGIN)
        self.expect_scan("valid", DEMO.png(BEIJING), *proofs)
        self.expect_scan("revoked", revoked, *proofs)

    def test_offline_a_code_that_no_proof_is_about(self):
        proof = self.prove(DEMO.url())
        finished = self.scan(DEMO.png(BEIJING), "--proof", proof)
        self.expect_refused(finished, 3, "none of the proofs")
        finished = self.scan(DEMO.png(), "--proof", self.prove())
        self.expect_refused(finished, 3, "none of the proofs")

    def test_offline_the_host_is_judged_too(self):
        url = DEMO.url().replace(HOST, "evil.example")
        self.expect_scan("wrong-host", url, "--proof", self.prove(DEMO.url()))

    def test_a_resolver_is_checked(self):
        key = signed_code.read_key(DEMO.code_key())
        asked = ("--resolver", self.served.url)
        self.expect_scan("valid", DEMO.png(), *asked)
        self.expect_scan("revoked", DEMO.directory / "revoked.png", *asked)
        self.expect_scan("forged", with_other_last_digit(DEMO.url()), *asked)
        self.expect_scan("wrong-host", Code(SHIJIAZHUANG, key).url("evil.example"), *asked)
        self.expect_scan("unknown-id", Code(ABSENT, key).url(HOST), *asked)
        self.expect_scan("malformed", DEMO.url() + "x", *asked)
        late = int(time.time()) + 2 * HOUR
        self.expect_scan("not-yet-valid", Code(SHIJIAZHUANG, key, issued=late).url(HOST), *asked)
        old = int(time.time()) - 3 * signed_code.DAY
        self.expect_scan("expired", Code(SHIJIAZHUANG, key, issued=old, days=1).url(HOST), *asked)

    def test_with_a_state_it_goes_on_from_what_was_seen(self):
        state = self.directory / "state"
        asked = ("--resolver", self.served.url, "--state", state)
        self.expect_scan("valid", DEMO.png(), *asked)
        before = state.read_text()
        self.suspend(BEIJING)
        self.expect_scan("valid", DEMO.png(), *asked)
        self.assertNotEqual(state.read_text(), before)

    def test_usage(self):
        proof = self.prove(DEMO.url())
        for words in ((), ("--ledger", self.ledger), ("--proof", proof, "--ledger", self.ledger),
                      ("--proof", proof, "--resolver", self.served.url)):
            self.expect_refused(self.scan(DEMO.png(), *words), 2, "--proof")
        finished = cityid("scan", DEMO.png(), "--proof", proof)
        self.expect_refused(finished, 2, "--trust")

    def expect_caught(self, answer, status, *words, state=()):
        """The lie is found out; without a trust file it may not be."""
        with liar(*answer) as url:
            finished = self.scan(DEMO.png(), "--resolver", url, *state)
            self.expect_refused(finished, status, *words)

    def test_a_resolver_that_answers_another_identifiers_proof(self):
        for other in (BEIJING, DEPARTMENT, ABSENT, DEMO.url(BEIJING)):
            with self.subTest(other=other):
                proof = self.prove(other).read_bytes()
                self.expect_caught((200, proof), 1)

    def test_a_resolver_that_answers_an_old_proof(self):
        state = self.directory / "state"
        old = self.prove(DEMO.url()).read_bytes()
        self.suspend()
        self.expect_scan("suspended", DEMO.png(), "--resolver", self.served.url, "--state", state)
        kept = state.read_bytes()
        self.expect_caught((200, old), 1, "a later one", state=("--state", state))
        self.assertEqual(state.read_bytes(), kept)

    def test_a_resolver_that_answers_an_old_cosigned_proof_is_stale(self):
        when = int(time.time()) - 8 * 24 * HOUR
        old = self.cosigned_at(self.prove(DEMO.url()), dict.fromkeys(INSTITUTES, when))
        with liar(200, old.read_bytes()) as url:
            finished = self.scan(DEMO.png(), "--resolver", url)
            self.assertEqual(finished.status, 3, finished)
            self.assertEqual(finished.json_lines()[0]["verdict"], "ledger-stale")

    def test_a_resolver_that_answers_garbage(self):
        proof = self.prove(DEMO.url()).read_bytes()
        for garbage in (b"", b"{}", b'{"verdict": "valid"}', b"\xff" * 1000, proof[:-1],
                        proof + b"\0", encode({1: "x"})):
            with self.subTest(garbage=garbage[:20]):
                self.expect_caught((200, garbage), 1, "proof")

    def test_a_resolver_that_answers_no_proof(self):
        for status in (404, 500, 302):
            with self.subTest(status=status):
                self.expect_caught((status, b"no"), 3, f"answered {status}")

    def test_a_resolver_that_answers_without_end(self):
        self.expect_caught((200, bytes(4 << 20)), 3)

    def test_a_lie_that_only_a_trust_file_finds(self):
        claim = {"verdict": "valid", "id": SHIJIAZHUANG, "ledger": {"hosts": [HOST]}}
        with liar(200, json.dumps(claim).encode()) as url:
            finished = cityid("scan", "--json", DEMO.png(), "--resolver", url)
            self.assertEqual(finished.json_lines()[0]["verdict"], "valid", finished)
            self.expect_refused(self.scan(DEMO.png(), "--resolver", url), 1)

    def test_a_proof_written_by_a_liar_is_refused_by_check(self):
        other = self.prove(BEIJING).read_bytes()
        with liar(200, other) as url:
            path = self.directory / "fetched"
            cityid("prove", SHIJIAZHUANG, "--resolver", url, "-o", path)
            self.expect_no(path, "the proof is about", options=("--about", SHIJIAZHUANG))


# Trust over time

class Policies(ChangingCase):
    """Two changes: another log key; then an institute more, and one more that must sign."""

    def setUp(self):
        ProofCase.setUp(self)
        self.ledger = self.copied_ledger()
        self.old = self.file("old.txt", self.trust.read_text())
        self.old_proof = self.prove(name="old.proof")
        for name in ("log2", "institute-d.record", "institute-d.witness"):
            self.expect_done(cityid("key", "new", "--no-passphrase", self.key(name)))
        self.serve("--log-key", self.key("log2"), "--witness-key", self.key("institute-d.witness"))

    def key(self, name):
        return self.directory / f"{name}.key"

    def public(self, name):
        return json.loads(cityid("key", "show", "--json", self.key(name)).out)["key"]

    def policy(self):
        return json.loads(cityid("policy", "--registry", self.served.url).out)

    def change_policy(self, new_keys, **fields):
        policy = self.policy()
        policy |= {"version": policy["version"] + 1, **fields}
        path = self.file(f"policy-{policy['version']}.json", json.dumps(policy))
        self.change("policy", "--file", path, files=[self.key(name) for name in new_keys])

    def new_log_key(self):
        self.change_policy(["log2"], log_keys=[self.public("log2")])

    def new_institute(self):
        institutes = self.policy()["institutes"]
        institutes.append({"name": "institute-d.example",
                           "record_key": self.public("institute-d.record"),
                           "witness_key": self.public("institute-d.witness")})
        self.change_policy(["institute-d.record", "institute-d.witness"], institutes=institutes,
                           quorum=3)

    def both(self):
        self.new_log_key()
        self.new_institute()

    def update(self, source, trust=None, *options):
        path = self.directory / f"updated-{len(os.listdir(self.directory))}"
        return path, cityid("trust", "update", trust or self.old, "--from", source, "-o", path,
                            *options)

    def expect_update(self, source, version, trust=None):
        path, finished = self.update(source, trust)
        self.expect_done(finished)
        self.assertRegex(finished.out, rf"\Apolicy {version}(?: \(was \d\))?, confirmed \S+Z\n\Z")
        self.assertIn(f"# policy {version}\n", path.read_text())
        made = self.directory / f"new-{version}"
        self.expect_done(cityid("trust", "new", "--ledger", self.ledger, "-o", made))
        self.assertEqual(self.lines(path), self.lines(made))
        return path

    def lines(self, path):
        """Without comments."""
        return [line for line in path.read_text().splitlines() if line[0] != "#"]

    def exported(self):
        files = self.directory / f"files-{len(os.listdir(self.directory))}"
        self.expect_done(cityid("ledger", "export", "--ledger", self.ledger, "-o", files))
        return files

    def expect_not_updated(self, source, *words, trust=None, status=1):
        path, finished = self.update(source, trust)
        self.expect_refused(finished, status, *words)
        self.assertFalse(path.exists())

    def test_nothing_changed(self):
        path = self.expect_update(self.served.url, 1)
        self.assertEqual(self.lines(path), self.lines(self.old))

    def test_after_a_change_the_old_file_no_longer_suffices(self):
        self.new_log_key()
        self.expect_no(self.prove(), "no trusted log", trust=self.old)
        self.expect_answer("registered", self.old_proof, trust=self.old)

    def test_two_changes_from_a_resolver(self):
        self.both()
        updated = self.expect_update(self.served.url, 3)
        self.expect_answer("registered", self.prove(), trust=updated)
        self.expect_no(self.prove(), trust=self.old)

    def test_two_changes_from_files_by_http_and_from_the_disk_and_a_ledger(self):
        self.both()
        files = self.exported()
        self.assertEqual(sorted(os.listdir(files / "policies")), ["1", "2", "3"])
        expected = self.lines(self.expect_update(files, 3))
        (self.directory / "web").mkdir()
        (self.directory / "web" / "ledger").symlink_to(files)
        with static_files(self.directory / "web") as url:
            self.assertEqual(self.lines(self.expect_update(url, 3)), expected)
        self.assertEqual(self.lines(self.expect_update(self.ledger, 3)), expected)

    def test_one_after_the_other_in_place(self):
        self.new_log_key()
        self.expect_done(cityid("trust", "update", self.old, "--from", self.served.url))
        self.assertIn("# policy 2\n", self.old.read_text())
        self.new_institute()
        finished = cityid("trust", "update", self.old, "--from", self.served.url)
        self.expect_done(finished)
        self.assertIn("policy 3 (was 2)", finished.out)
        self.expect_answer("registered", self.prove(), trust=self.old)

    def test_the_first_checkpoint_under_a_policy_satisfies_both(self):
        self.both()
        files = self.exported()
        first, second, third = (read_proof(files / "policies" / n)[NOTE] for n in "123")
        names = [[line_parts(line)[0] for line in note_parts(note)[1]]
                 for note in (first, second, third)]
        self.assertEqual(names[1].count(ORIGIN), 2)  # by the old log key and the new
        self.assertEqual(names[2].count(ORIGIN), 1)
        self.assertIn("institute-d.example", names[2])
        trust = TrustFile(self.trust)
        quorum_time(second, trust.witnesses, 2)

    def test_the_independent_program_follows_too(self):
        self.both()
        updated = TrustFile(self.expect_update(self.served.url, 3))
        witnesses = [word for vkey in updated.witnesses for word in ("-witness", vkey)]
        finished = run(LOG_CHECKER, *witnesses, f"{self.served.url}/ledger", updated.logs[0],
                       DEMO.status()["size"])
        self.expect_done(finished)

    def test_a_link_that_was_changed(self):
        self.both()
        files = self.exported()
        link = files / "policies" / "2"
        good = link.read_bytes()
        bad = bytearray(good)
        bad[len(bad) // 2] ^= 1
        link.write_bytes(bad)
        self.expect_not_updated(files)
        for other in ("1", "3"):
            link.write_bytes((files / "policies" / other).read_bytes())
            with self.subTest(other=other):
                self.expect_not_updated(files)
        text, lines = note_parts(cbor2.loads(good)[NOTE])
        document = cbor2.loads(good)
        # Without the old log's line, and with one institute only.
        old_id = vkey_parts(TrustFile(self.trust).logs[0])[1]
        for left in ([line for line in lines if line_parts(line)[1] != old_id],
                     [line for line in lines if not line_parts(line)[0].startswith("institute-")]
                     + [line for line in lines if line_parts(line)[0] == "institute-a.example"]):
            link.write_bytes(resealed({**document, NOTE: joined(text, left)}))
            self.expect_not_updated(files, "the policy after 1")

    def test_a_link_that_is_missing(self):
        self.both()
        files = self.exported()
        (files / "policies" / "2").unlink()
        self.expect_not_updated(files)

    def test_a_source_without_a_checkpoint(self):
        files = self.exported()
        (files / "checkpoint").unlink()
        self.expect_not_updated(files, "checkpoint", status=3)
        self.expect_not_updated(self.directory / "nothing", "nothing", status=3)

    def test_a_file_of_no_policy_of_this_log(self):
        edited = self.file("edited", self.old.read_text().replace("group institutes 2",
                                                                  "group institutes 3"))
        self.expect_not_updated(self.served.url, "by hand", trust=edited)

    def test_a_file_that_was_not_confirmed_for_long_is_renewed_by_hand(self):
        self.both()
        text = self.old.read_text()
        for days, refused in ((366, True), (364, False)):
            when = time.strftime("%Y-%m-%dT%H:%M:%SZ",
                                 time.gmtime(time.time() - days * 24 * HOUR))
            aged = self.file("aged", re.sub("# confirmed .*", f"# confirmed {when}", text))
            if refused:
                self.expect_not_updated(self.served.url, when, "by hand", trust=aged)
            else:
                self.expect_update(self.served.url, 3, trust=aged)
                _, shorter = self.update(self.served.url, aged, "--max-age", 300)
                self.expect_refused(shorter, 1, when, "by hand")
        unsaid = self.file("unsaid", "\n".join(self.lines(self.old)) + "\n")
        self.expect_not_updated(self.served.url, "by hand", trust=unsaid)
        nonsense = self.file("nonsense", re.sub("# confirmed .*", "# confirmed today", text))
        self.expect_not_updated(self.served.url, "nonsense", trust=nonsense)

    def served_with(self, *log_keys):
        """The registry again, with these log keys only."""
        self.expect_done(self.served.served.stop())
        options = [word for key in log_keys for word in ("--log-key", key)]
        options += [word for name in INSTITUTES
                    for word in ("--witness-key", DEMO.keys / f"{name}.witness.key")]
        self.served = self.enterContext(cityid_process.resolver(self.ledger, "--registry",
                                                                *options))

    def status(self):
        return json.loads(cityid("ledger", "status", "--ledger", self.ledger, "--json").out)

    def test_nothing_is_published_that_the_old_policy_or_the_new_would_refuse(self):
        published = [self.status()[name] for name in ("size", "root", "policy")]
        self.served_with(DEMO.keys / "log.key")
        with contextlib.suppress(AssertionError):  # whether it is kept or sent back
            self.new_log_key()
        self.assertEqual([self.status()[name] for name in ("size", "root", "policy")], published)
        self.served_with(DEMO.keys / "log.key", self.key("log2"))
        if self.status()["policy"] == 1:
            with contextlib.suppress(AssertionError):  # it may have gone on meanwhile
                self.new_log_key()
        wait_until(lambda: self.status()["policy"] == 2, "the new policy")
        self.expect_update(self.served.url, 2)

    def test_a_policy_that_was_never_published_is_passed_over(self):
        self.expect_done(self.served.served.stop())
        self.served = self.enterContext(cityid_process.resolver(self.ledger, "--registry"))
        self.both()
        self.expect_done(self.served.served.stop())
        self.serve("--log-key", self.key("log2"), "--witness-key", self.key("institute-d.witness"))
        self.expect_answer("registered", self.prove(),
                           trust=self.expect_update(self.served.url, 3))


# The whole directory

class Verifying(ProofCase):
    def setUp(self):
        super().setUp()
        self.served = self.enterContext(cityid_process.resolver(DEMO.ledger))
        self.broken = self.copied_ledger()

    def state_of(self, key):
        reply = self.served.request(f"/ledger/state/{key.hex()}")
        self.assertEqual(reply.status, 200)
        return reply.body

    def entry(self, index):
        return self.served.request(f"/ledger/entry/{index}").body

    def replace(self, old, new):
        data = self.broken / "data.mdb"
        content = data.read_bytes()
        self.assertIn(old, content)
        self.assertEqual(len(old), len(new))
        data.write_bytes(content.replace(old, new))

    def flip(self, value, at):
        """Flips a bit of every copy of `value` that the database has."""
        changed = bytearray(value)
        changed[at] ^= 1
        self.replace(value, bytes(changed))

    def verify(self):
        finished = cityid("ledger", "verify", "--ledger", self.broken)
        # Nothing is left behind.
        self.assertEqual(sorted(os.listdir(self.directory)), ["ledger"])
        return finished

    def expect_broken(self, *words):
        finished = self.verify()
        self.expect_refused(finished, finished.status, *words)
        self.assertIn(finished.status, (1, 3))

    def test_it_succeeds(self):
        finished = self.verify()
        self.expect_done(finished)
        self.assertIn(f"{DEMO.status()['size']} entries", finished.out)

    def test_an_entry(self):
        self.flip(b"Traffic sensors (demonstration)", 0)
        self.expect_broken("entry", "not the one in the tree")

    def test_a_leaf_hash(self):
        self.flip(leaf_hash(self.entry(5)), 7)
        self.expect_broken("tiles")

    def test_a_hash_of_a_tile_above(self):
        tile = self.served.request("/ledger/tile/1/000.p/2").body
        self.flip(tile[:32], 31)
        self.expect_broken()

    def test_a_value_of_the_state(self):
        value = self.state_of(identifier_key(BEIJING))
        self.flip(value, len(value) - 1)
        self.expect_broken("table state", identifier_key(BEIJING).hex())

    def test_a_node_of_the_map(self):
        key = identifier_key(BEIJING)
        value = self.state_of(key)
        self.flip(sha256(b"\0" + uv(len(key)) + key + uv(len(value)) + value), 0)
        self.expect_broken("table map")

    def test_a_draft(self):
        # The key of a row, and the row's value behind it.
        draft = sha256(payload_of(self.entry(3)))
        self.flip(draft + (3).to_bytes(8, "big"), 39)
        self.expect_broken("table drafts", draft.hex())

    def test_the_root_of_a_checkpoint(self):
        text, _ = note_parts(self.served.request("/ledger/checkpoint").text)
        root = text.splitlines()[2]
        other = base64.b64encode(sha256(b"other")).decode()
        self.replace(root.encode(), other.encode())
        self.expect_broken("checkpoint", "another tree")

    def test_a_signature_of_a_checkpoint(self):
        _, lines = note_parts(self.served.request("/ledger/checkpoint").text)
        name, identifier, signature = line_parts(lines[1])
        changed = signature[:20] + bytes([signature[20] ^ 1]) + signature[21:]
        self.replace(base64.b64encode(identifier + signature),
                     base64.b64encode(identifier + changed))
        self.expect_broken("checkpoint")

    def test_a_policy_proof(self):
        proof = self.served.request("/ledger/policies/1").body
        generator = cityid_process.seeded(self.id())
        for _ in range(5):
            # Its first bytes are found elsewhere, too.
            place = generator.randrange(len(proof))
            with self.subTest(place=place):
                shutil.copyfile(DEMO.ledger / "data.mdb", self.broken / "data.mdb")
                self.flip(proof, place)
                self.expect_broken("policy proof")

    def head(self):
        """The value of the head as the table has it."""
        status = DEMO.status()
        pattern = (b"\xa6\x01.{1,9}?\x02\x58\x20" + re.escape(bytes.fromhex(status["root"]))
                   + b"\x03\x58\x20" + re.escape(bytes.fromhex(status["map"]))
                   + b"\x04\x1a....\x05\x1a....\x06\x00")
        found = set(re.findall(pattern, (self.broken / "data.mdb").read_bytes(), re.DOTALL))
        self.assertTrue(found)
        return found

    def test_the_root_the_map_and_the_rules_time_of_the_head(self):
        for value in self.head():
            fields = cbor2.loads(value)
            for field, changed in ((2, sha256(b"other")), (3, sha256(b"other")),
                                   (4, fields[4] + 1)):
                with self.subTest(field=field):
                    shutil.copyfile(DEMO.ledger / "data.mdb", self.broken / "data.mdb")
                    self.replace(value, encode({**fields, field: changed}))
                    self.expect_broken("ledger")

    def test_the_time_of_the_head(self):
        for value in self.head():
            fields = cbor2.loads(value)
            self.replace(value, encode({**fields, 5: fields[5] + 1000}))
        self.expect_broken("head")

    def test_another_format_is_refused_with_what_to_do(self):
        self.replace(b"cityid-ledger 2", b"cityid-ledger 1")
        self.expect_broken("'cityid-ledger 1'", "make the directory anew")

    def test_a_directory_without_the_newer_tables_is_refused_with_what_to_do(self):
        self.replace(b"cityid-ledger 2", b"cityid-ledger 1")
        # The name of a table in the database: the head of a row, its length, itself.
        self.replace(b"\x02\x00\x03\x00map", b"\x02\x00\x03\x00mbp")
        self.expect_broken("'cityid-ledger 1'", "make the directory anew")


if __name__ == "__main__":
    cityid_process.main()
