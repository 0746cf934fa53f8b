"""Records made by other hands than the program's: docs/ledger-format.md in two pages of Python.

COSE_Sign over deterministic CBOR with integer keys, and the Merkle tree over the entries. Tests use
it to make records quickly, and records that the program will not make.
"""
import dataclasses
import hashlib
import time

import cbor2
from nacl.signing import SigningKey, VerifyKey

DAY = 86400
GENESIS, POLICY, DELEGATE, ASSIGN, UPDATE, RECOVER, SUSPEND, RESUME = range(1, 9)
SUPERSEDE, REVOKE, REVOKE_CODES, STATE_ROOT, ALIASES = range(9, 14)
INSTITUTE, REGISTRAR, ANCESTOR, HOLDER, NEW_KEY = range(1, 6)
RECORD_KEY, CODE_KEY = 1, 2
ACTIVE, RETIRED, COMPROMISED = 1, 2, 3

COSE_SIGN = 98
BODY_HEADER = {16: "application/cityid-record+cose"}
ROLE_HEADER = -65537


def encode(value):
    return cbor2.dumps(value, canonical=True)


def public(key):
    return bytes(key.verify_key)


def sha256(data):
    return hashlib.sha256(data).digest()


@dataclasses.dataclass
class Record:
    """What is signed; `None` and what is empty are left out."""
    type: int
    body: dict
    log: bytes = None
    subject: str = None
    previous: bytes = None
    authority: bytes = None
    not_after: int = dataclasses.field(default_factory=lambda: int(time.time()) + 30 * DAY)

    def payload(self):
        envelope = [self.type, self.log, self.subject, self.previous, self.authority,
                    self.not_after, self.body]
        return encode({i: v for i, v in enumerate(envelope, 1) if v is not None})

    def signed(self, *signers):
        """The entry with these signatures, each a role and a key."""
        return entry_of(self.payload(), [signature(self.payload(), *s) for s in signers])

    def draft_id(self):
        return sha256(self.payload()).hex()


def signature(payload, role, key):
    """One signer of a COSE_Sign (RFC 9052, 4.1 and 4.4)."""
    header = encode({1: -8, 4: public(key), ROLE_HEADER: role})
    signed = encode(["Signature", encode(BODY_HEADER), header, b"", payload])
    return [header, {}, key.sign(signed).signature]


def entry_of(payload, signatures, body_header=None, unprotected=None):
    def order(one):
        header = cbor2.loads(one[0])
        return header[ROLE_HEADER], header[4]
    header = encode(BODY_HEADER if body_header is None else body_header)
    return encode(cbor2.CBORTag(COSE_SIGN, [header, unprotected or {}, payload,
                                            sorted(signatures, key=order)]))


def opened(entry):
    """The payload, decoded, and the signers as (role, public key); every signature is verified."""
    tag = cbor2.loads(entry)
    assert tag.tag == COSE_SIGN and encode(tag) == entry, "not the one encoding"
    body_header, unprotected, payload, signers = tag.value
    assert cbor2.loads(body_header) == BODY_HEADER and unprotected == {}
    found = []
    for header, also_unprotected, signed in signers:
        fields = cbor2.loads(header)
        assert set(fields) == {1, 4, ROLE_HEADER} and fields[1] == -8 and also_unprotected == {}
        to_be_signed = encode(["Signature", body_header, header, b"", payload])
        VerifyKey(fields[4]).verify(to_be_signed, signed)
        found.append((fields[ROLE_HEADER], fields[4]))
    assert found == sorted(set(found)), "signers out of order or twice"
    return cbor2.loads(payload), found


def payload_of(entry):
    return cbor2.loads(entry).value[2]


# Content

def grant(key, use=RECORD_KEY, status=ACTIVE, retired_at=None):
    fields = {1: public(key), 2: use}
    if use == CODE_KEY:
        fields[3] = [1, 2, 3, 4]
    fields |= {4: 1 if use == CODE_KEY else 0, 5: status}
    if retired_at is not None:
        fields[6] = retired_at
    return fields


def holding(name, *grants, population=None, endpoints=()):
    metadata = {1: {"en": name}, 2: "city"}
    if population is not None:
        metadata[7] = population
    fields = {1: metadata}
    if endpoints:
        fields[2] = list(endpoints)
    return fields | {3: list(grants)}


@dataclasses.dataclass
class Consortium:
    """`n` institutes of which `k` must sign, and their log."""
    n: int = 3
    k: int = 2
    origin: str = "id.example.cn/ledger"
    host: str = "id.example.cn"
    rules: int = 2

    def __post_init__(self):
        self.institutes = [SigningKey.generate() for _ in range(self.n)]
        self.witnesses = [SigningKey.generate() for _ in range(self.n)]
        self.log_key = SigningKey.generate()
        members = [{1: f"institute{i}.example", 3: public(record), 4: public(witness)}
                   for i, (record, witness) in enumerate(zip(self.institutes, self.witnesses))]
        policy = {1: 1, 2: [public(self.log_key)], 3: members, 4: self.k, 6: 0, 7: [self.host],
                  8: self.rules}
        self.genesis = Record(GENESIS, {1: self.origin, 2: policy}, not_after=None).signed(
            *((INSTITUTE, key) for key in self.institutes),
            *((NEW_KEY, key) for key in (self.log_key, *self.witnesses)))
        self.log = sha256(self.genesis)

    def quorum(self):
        """The signers of the first k institutes."""
        return [(INSTITUTE, key) for key in self.institutes[:self.k]]

    def record(self, kind, subject, body, **fields):
        return Record(kind, body, log=self.log, subject=subject, **fields)

    def assign(self, subject, key, **content):
        return self.record(ASSIGN, subject, {1: holding(f"City {subject}", grant(key), **content)})


def state_root(entry):
    """What a state root says as (log, map root, size, time); None of any other entry."""
    payload, signers = opened(entry)
    if payload[1] != STATE_ROOT:
        return None
    assert set(payload) == {1, 2, 7} and not signers, "not the one form of a state root"
    body = payload[7]
    assert set(body) == {1, 2, 3} and len(body[1]) == 32
    return payload[2], body[1], body[2], body[3]


# The tree (RFC 6962, 2.1)

def leaf_hash(entry):
    return sha256(b"\0" + entry)


def root(leaves):
    """The root over leaf hashes."""
    if not leaves:
        return sha256(b"")
    if len(leaves) == 1:
        return leaves[0]
    split = 1 << (len(leaves) - 1).bit_length() - 1
    return sha256(b"\1" + root(leaves[:split]) + root(leaves[split:]))
