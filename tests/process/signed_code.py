"""Codes made by other hands than the program's: docs/city-code.md in a page of Python.

Signed with the demonstration's own keys, so that tests can make codes that the program will not
make: from the past, from the future, with parts that do not fit.
"""
import dataclasses
import hashlib
import struct
import time

import cbor2
from nacl.signing import SigningKey

DAY = 86400
CITY, UNIT, DEVICE, DOCUMENT = 1, 2, 3, 4
LAST_DIGITS = {0: 0, 1: 3, 2: 5, 3: 8, 4: 10, 5: 13, 6: 15}


def read_key(path):
    """The signing key in an unencrypted key file (docs/key-file.md)."""
    magic, public, protection, secret = path.read_text().splitlines()
    assert (magic, protection) == ("cityid-key 1", "protection none"), path
    key = SigningKey(bytes.fromhex(secret.removeprefix("secret ")))
    assert public == f"public {bytes(key.verify_key).hex()}", path
    return key


def digits(raw):
    """Seven bytes a group of 17 digits; the last group has as few as its bytes need."""
    text = ""
    for start in range(0, len(raw), 7):
        group = raw[start:start + 7]
        text += str(int.from_bytes(group, "big")).zfill(LAST_DIGITS.get(len(group), 17))
    return text


@dataclasses.dataclass
class Code:
    """The claims of a code and, once sealed, its two forms."""
    subject: str
    key: SigningKey
    issued: int = dataclasses.field(default_factory=lambda: int(time.time()))
    days: int = 0
    serial: int = 4_000_000_000  # far from those that the program takes
    purpose: int = CITY
    document: dict | None = None  # by the numbers of its members

    @property
    def kid(self):
        return hashlib.sha256(bytes(self.key.verify_key)).digest()[:4]

    @property
    def header(self):
        return cbor2.dumps({1: -8, 4: self.kid, 16: "application/cityid+cwt"})

    @property
    def payload(self):
        claims = {2: self.subject}
        if self.days:
            claims[4] = self.issued + self.days * DAY
        claims |= {6: self.issued, 7: self.kid + struct.pack(">I", self.serial),
                   -65537: self.purpose}
        if self.document:
            claims[-65538] = self.document
        return cbor2.dumps(claims)

    @property
    def signature(self):
        signed = cbor2.dumps(["Signature1", self.header, b"", self.payload])
        return self.key.sign(signed).signature

    def cose(self):
        fields = [self.header, {}, self.payload, self.signature]
        return cbor2.dumps(cbor2.CBORTag(18, fields))

    def token_bytes(self):
        fixed = struct.pack(">B4sIHI", self.purpose, self.kid, self.issued, self.days, self.serial)
        return fixed + (cbor2.dumps(self.document) if self.document else b"") + self.signature

    def token(self):
        return digits(self.token_bytes())

    def url(self, host):
        return f"https://{host}/{self.subject}/{self.token()}"


def with_other_last_digit(text):
    """The code with its last digit changed: still in range, so forged and not malformed."""
    last = int(text[-1])
    return text[:-1] + str(last - 1 if last else 1)
