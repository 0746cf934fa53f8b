#!/usr/bin/python3
"""Reads packs and judges codes by them without any of CityID's code, as docs/proof.md and
docs/city-code.md describe them.

    read_pack.py PACK TRUST-FILE [ID|URL...]

Prints the verdict on each identifier or code, or `can't tell`. Exit status: 0 the pack is good,
1 not. Needs python3-cbor2 and python3-nacl.
"""
import base64
import hashlib
import pathlib
import re
import sys
import time

import cbor2
from nacl.exceptions import BadSignatureError
from nacl.signing import VerifyKey

import naive_map
import verify_code

ABOUT, NOTE, STATE_ROOT, INCLUSION, MAP, RECORDS, CONSISTENCY, DIGEST = range(1, 9)
MAX_PROOF, MAX_PACK = 1 << 20, 16 << 20
SKEW, HARD_AGE = 300, 7 * 86400
STATUSES = {2: "suspended", 3: "superseded", 4: "withdrawn"}
CODE_USE, RETIRED, COMPROMISED = 2, 2, 3


class Refused(Exception):
    """The pack is no good."""


class NotReached(Exception):
    """The pack doesn't say."""


def need(condition, why):
    if not condition:
        raise Refused(why)


def sha256(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


# The trust file and the checkpoint

def read_trust(text):
    """(log keys, members by name, name of the quorum): a member is a key or (threshold, names)."""
    logs, members, quorum = [], {}, None
    for line in text.splitlines():
        words = line.split()
        if words[:1] == ["log"]:
            logs.append(words[1])
        elif words[:1] == ["witness"]:
            members[words[1]] = words[2]
        elif words[:1] == ["group"]:
            names = words[3:]
            threshold = {"any": 1, "all": len(names)}.get(words[2]) or int(words[2])
            members[words[1]] = threshold, names
        elif words[:1] == ["quorum"]:
            quorum = words[1]
    return logs, members, quorum


def verifies(key, message, signature):
    try:
        VerifyKey(key).verify(message, signature)
        return True
    except BadSignatureError:
        return False


class NoteText:
    def __init__(self, note):
        head, signatures = note.rsplit("\n\n", 1)
        self.text = head + "\n"
        self.lines = []
        for line in signatures.splitlines():
            dash, name, encoded = line.split(" ")
            need(dash == "\u2014", "a signature line")
            raw = base64.b64decode(encoded)
            self.lines.append((name, raw[:4], raw[4:]))
        self.origin, size, root = self.text.splitlines()[:3]
        self.size, self.root = int(size), base64.b64decode(root)

    def of_key(self, vkey):
        """The key, and the signature of its line; None if it has none."""
        name, identifier, material = vkey.split("+", 2)
        found = [signature for line_name, line_id, signature in self.lines
                 if (line_name, line_id) == (name, bytes.fromhex(identifier))]
        need(len(found) < 2, "a key has two lines")
        return base64.b64decode(material)[1:], found[0] if found else None

    def check_log(self, logs):
        signed = False
        for vkey in logs:
            key, signature = self.of_key(vkey)
            if signature is not None and vkey.split("+")[0] == self.origin:
                need(verifies(key, self.text.encode(), signature), "the log's signature")
                signed = True
        need(signed, "no log of the trust file signed it")

    def time_of(self, name, members, now):
        """When a witness cosigned, or the k-th newest of a group did; None if too few did."""
        member = members[name]
        if isinstance(member, tuple):
            threshold, names = member
            times = [self.time_of(one, members, now) for one in names]
            times = sorted((one for one in times if one is not None), reverse=True)
            return times[threshold - 1] if len(times) >= threshold else None
        key, signature = self.of_key(member)
        if signature is None:
            return None
        when = int.from_bytes(signature[:8], "big")
        message = f"cosignature/v1\ntime {when}\n{self.text}".encode()
        need(verifies(key, message, signature[8:]), "a cosignature")
        return when if when <= now + SKEW else None


def tree_root(leaf, index, size, path):
    """The root to which an inclusion proof of RFC 6962 leads."""
    if size == 1:
        need(not path, "the inclusion proof is too long")
        return leaf
    need(path, "the inclusion proof is too short")
    left = 1 << (size - 1).bit_length() - 1
    if index < left:
        return sha256(b"\1", tree_root(leaf, index, left, path[:-1]), path[-1])
    return sha256(b"\1", path[-1], tree_root(leaf, index - left, size - left, path[:-1]))


def payload_of(entry):
    item = cbor2.loads(entry)
    need(isinstance(item, cbor2.CBORTag) and item.tag == 98, "no COSE_Sign")
    return cbor2.loads(item.value[2])


def references(value):
    """The records that a value names: (hash, index)."""
    for item in cbor2.loads(value).values():
        if isinstance(item, dict) and set(item) == {1, 2} and isinstance(item[2], bytes):
            yield item[2], item[1]


# The pack

class Pack:
    def __init__(self, raw, trust, now=None):
        """Raises `Refused` unless log and quorum of the trust file stand for all of it."""
        self.now = int(time.time()) if now is None else now
        need(len(raw) <= MAX_PACK, "over 16 MiB")
        document = verify_code.decode(raw)
        need({1, 2, 3, 5, 8} <= set(document) <= set(range(1, 9)), "its members")
        self.about = document[ABOUT]
        is_pack = re.fullmatch(r"[A-Z0-9]{2,3}\.[0-9]{3}(\.[A-Z0-9]{1,16}){0,8}/pack", self.about)
        need(is_pack or len(raw) <= MAX_PROOF, "over 1 MiB")
        blank = verify_code.canonical({**document, DIGEST: bytes(32)})
        need(sha256(blank) == document[DIGEST], "the digest")

        note = NoteText(document[NOTE])
        logs, members, quorum = read_trust(trust)
        note.check_log(logs)
        self.time = note.time_of(quorum, members, self.now)
        need(self.time is not None, "no quorum")
        self.size = note.size
        leaf = sha256(b"\0", document[STATE_ROOT])
        path = document.get(INCLUSION, [])
        need(tree_root(leaf, note.size - 1, note.size, path) == note.root, "the inclusion proof")
        state_root = payload_of(document[STATE_ROOT])
        need(state_root[1] == 12 and state_root[7][2] == note.size - 1, "the state root")
        reader = naive_map.Reader(document[MAP])
        self.map = naive_map.Part(reader)
        need(not reader.data and self.map.hash == state_root[7][1], "the map")
        named = {digest: index for key, value in self.map.leaves() if key[:1] in (b"I", b"P", b"G")
                 for digest, index in references(value)}
        self.records = {}
        for record in document.get(RECORDS, []):
            need(sha256(record) in named, "a record that nothing names")
            need(named[sha256(record)] not in self.records, "a record stands there twice")
            self.records[named[sha256(record)]] = record
        self.hosts = self.value(b"G")[4][7]

    def value(self, key):
        try:
            found = self.map.find(key)
        except naive_map.Wrong as error:
            raise NotReached(key) from error
        return None if found is None else cbor2.loads(found)

    def body(self, reference):
        if reference[1] not in self.records:
            raise NotReached(reference[1])
        record = self.records[reference[1]]
        need(sha256(record) == reference[2], "another record")
        return payload_of(record)[7]

    def identifier(self, text):
        return self.value(b"I" + bytes([text.count(".") - 1]) + text.encode())

    def levels(self, subject):
        """(state, keys, own codes only) of the subject, then of each level above; None if one of
        them is missing."""
        found = []
        while subject.count(".") >= 2:
            state = self.identifier(subject)
            if state is None:
                return None
            holding = self.body(state[4])[1]
            keys = holding[3]
            if state[5] != state[4]:
                keys = self.body(state[5])[1]
            found.append((state, keys, holding.get(4, False)))
            subject = subject.rsplit(".", 1)[0]
        return found

    def is_revoked(self, key, issued, serial):
        digest = sha256(key)
        cut_off = self.value(b"R" + digest) or {}
        if issued < cut_off.get(1, 0) or serial < cut_off.get(2, 0):
            return True
        bitmap = self.value(b"R" + digest + (serial >> 8).to_bytes(3, "big"))
        return bitmap is not None and bitmap[serial % 256 // 8] >> (7 - serial % 8) & 1 == 1

    def verdict(self, question):
        """On an identifier or the URL of a code. Raises `NotReached`."""
        cose = claims = None
        subject = question
        if question.startswith("https://"):
            try:
                cose = verify_code.cose_of_url(question)
            except verify_code.Refused:
                return "malformed"
            claims = cbor2.loads(cbor2.loads(cose).value[2])
            subject = claims[2]
        if self.now - self.time > HARD_AGE:
            return "ledger-stale"
        if cose and question.split("/")[2] not in self.hosts:
            return "wrong-host"
        levels = self.levels(subject)
        if levels is None:
            return "unknown-id"
        for state, _, _ in levels:
            if state[1] != 1:
                return STATUSES[state[1]]
        return self.verdict_on_code(cose, claims, levels) if cose else "registered"

    def verdict_on_code(self, cose, claims, levels):
        kid = claims[7][:4]
        own_only = levels[0][2]
        candidates = [grant for distance, (_, keys, _) in enumerate(levels) for grant in keys
                      if grant[2] == CODE_USE and grant[4] >= distance
                      and not (own_only and distance) and sha256(grant[1])[:4] == kid]
        if not candidates:
            return "unknown-key"
        signer = next((grant for grant in candidates if self.signed(cose, grant[1])), None)
        if signer is None:
            return "forged"
        if claims[-65537] not in signer[3]:
            return "wrong-purpose"
        issued, serial = claims[6], int.from_bytes(claims[7][4:], "big")
        if issued > self.now + SKEW:
            return "not-yet-valid"
        if 4 in claims and claims[4] <= self.now:
            return "expired"
        if signer[5] == COMPROMISED or signer[5] == RETIRED and issued > signer[6]:
            return "revoked"
        return "revoked" if self.is_revoked(signer[1], issued, serial) else "valid"

    @staticmethod
    def signed(cose, key):
        try:
            verify_code.verify(cose, key)
            return True
        except verify_code.Refused:
            return False

    def answer(self, question):
        try:
            return self.verdict(question)
        except NotReached:
            return "can't tell"


def main(arguments):
    if len(arguments) < 2:
        print(__doc__, file=sys.stderr)
        return 1
    try:
        pack = Pack(pathlib.Path(arguments[0]).read_bytes(), pathlib.Path(arguments[1]).read_text())
        for question in arguments[2:]:
            print(pack.answer(question))
    except (Refused, verify_code.Refused, naive_map.Wrong) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
