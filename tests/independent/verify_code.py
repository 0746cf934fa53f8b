#!/usr/bin/python3
"""Verifies CityID codes without any of CityID's code, as docs/city-code.md describes them.

    verify_code.py URL|FILE.cose PUBLIC-KEY-HEX
    verify_code.py --vectors city-codes.json
    verify_code.py --cityid PATH [--zbar]

The first form verifies one code and prints its claims. The second one accepts and refuses the
vectors of tests/vectors as they say. The third one lets the program at PATH make a key and codes of
every purpose, verifies each here, compares the COSE bytes rebuilt from the URL with those the
program wrote, and checks that changed bytes fail. --zbar also reads a drawn symbol back with
zbarimg. Exit status: 0 all is well, 1 not. Needs python3-cbor2 and python3-nacl.
"""
import hashlib
import io
import json
import os
import re
import subprocess
import sys
import tempfile

import cbor2
from nacl.exceptions import BadSignatureError
from nacl.signing import VerifyKey

TYP = "application/cityid+cwt"
PURPOSES = {1: "city", 2: "unit", 3: "device", 4: "document"}
BYTES_OF_LAST_GROUP = {3: 1, 5: 2, 8: 3, 10: 4, 13: 5, 15: 6}
ID = re.compile(r"(?=.{1,64}\Z)[A-Z0-9]{2,3}\.[0-9]{3}(\.[A-Z0-9]{1,16}){1,8}\Z")
LABEL = r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
HOST = re.compile(rf"(?=.{{1,253}}\Z){LABEL}(\.{LABEL})*\Z")
FORBIDDEN = re.compile("[\\0-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069"
                       "\ufff9-\ufffb\ufdd0-\ufdef"
                       + "".join(chr(plane << 16 | 0xFFFE) + chr(plane << 16 | 0xFFFF)
                                 for plane in range(17)) + "]")


class Refused(Exception):
    pass


def need(condition, why):
    if not condition:
        raise Refused(why)


def bytes_of_digits(digits):
    need(re.fullmatch(r"[0-9]{0,1329}", digits), "a token has at most 1329 digits, and only them")
    out = b""
    for start in range(0, len(digits), 17):
        group = digits[start:start + 17]
        length = 7 if len(group) == 17 else BYTES_OF_LAST_GROUP.get(len(group))
        need(length, "a last group of digits of a wrong length")
        value = int(group)
        need(value < 256**length, "a group of digits is out of range")
        out += value.to_bytes(length, "big")
    return out


def canonical(item):
    try:
        return cbor2.dumps(item, canonical=True)
    except Exception as error:
        raise Refused(f"CBOR: {error}") from error


def decode(data):
    """One item and nothing behind it; written again it must give the same bytes."""
    stream = io.BytesIO(data)
    try:
        item = cbor2.load(stream)
    except Exception as error:
        raise Refused(f"CBOR: {error}") from error
    need(stream.read() == b"", "CBOR: trailing bytes")
    need(canonical(item) == data, "CBOR: not deterministic")
    return item


def cose_of_url(url):
    """Section 4: the COSE bytes that a URL stands for."""
    need(url.startswith("https://"), "not an https URL")
    parts = url[8:].split("/")
    need(len(parts) == 3, "not https://<host>/<ID>/<digits>")
    host, sub, digits = parts
    need(HOST.match(host), "no plain host name")
    need(ID.match(sub), "no canonical identifier")
    token = bytes_of_digits(digits)
    need(len(token) >= 79, "too few digits")
    need(token[0] >> 4 == 0, "unknown profile")
    purpose, kid = token[0] & 15, token[1:5]
    iat = int.from_bytes(token[5:9], "big")
    days = int.from_bytes(token[9:11], "big")
    claims = {2: sub}
    if days:
        claims[4] = iat + 86400 * days
    claims.update({6: iat, 7: kid + token[11:15], -65537: purpose})
    if token[15:-64]:
        claims[-65538] = decode(token[15:-64])
    header = cbor2.dumps({1: -8, 4: kid, 16: TYP})
    fields = [header, {}, cbor2.dumps(claims), token[-64:]]
    return cbor2.dumps(cbor2.CBORTag(18, fields))


def members(item, required, optional, name):
    """Checks a map: every required member, perhaps optional ones, each of its type, no others."""
    need(type(item) is dict, f"{name} is not a map")
    known = required | optional
    for key, value in item.items():
        need(type(key) is int and key in known, f"{name}: {key} is unknown")
        need(type(value) is known[key], f"{name}: {key} is of a wrong type")
    for key in required:
        need(key in item, f"{name}: {key} is missing")


def check_document(document):
    """Section 2.1."""
    members(document, {1: str, 2: str}, {3: int, 4: bytes, 5: list}, "document")
    for key in (1, 2):
        check_text(document[key], 64)
    need(0 <= document.get(3, 0) < 2**20, "document: date is out of range")
    need(len(document.get(4, bytes(32))) == 32, "document: digest is not 32 bytes")
    if 5 in document:
        check_facts(document[5])


def check_text(text, most):
    need(type(text) is str, "document: no text where one must be")
    need(1 <= len(text.encode()) <= most, "document: a text is empty or too long")
    need(not FORBIDDEN.search(text), "document: a text has a forbidden character")


def check_facts(facts):
    """Section 2.2."""
    need(1 <= len(facts) <= 8, "document: not 1 to 8 facts")
    need(all(type(fact) is list and len(fact) == 2 for fact in facts), "document: no fact")
    for label, value in facts:
        check_text(label, 64)
        check_text(value, 192)
    need(len({label for label, _ in facts}) == len(facts), "document: a label twice")
    need(sum(len(text.encode()) for fact in facts for text in fact) <= 256,
         "document: facts over 256 bytes")


def check_claims(claims, kid):
    """Section 2."""
    members(claims, {2: str, 6: int, 7: bytes, -65537: int}, {4: int, -65538: dict}, "claims")
    need(ID.match(claims[2]), "no canonical identifier")
    need(0 <= claims[6] < 2**32, "iat is out of range")
    need(len(claims[7]) == 8 and claims[7][:4] == kid, "cti is not kid and serial")
    need(claims[-65537] in PURPOSES, "unknown purpose")
    need((claims[-65537] == 4) == (-65538 in claims), "document claims go with purpose document")
    if -65538 in claims:
        check_document(claims[-65538])
    if 4 in claims:
        days, rest = divmod(claims[4] - claims[6], 86400)
        need(rest == 0 and 1 <= days <= 65535, "exp is not whole days after iat")


def verify(cose, key):
    """Section 3, then 2; returns the claims."""
    item = decode(cose)
    need(type(item) is cbor2.CBORTag and item.tag == 18, "no COSE_Sign1")
    need(type(item.value) is list and len(item.value) == 4, "no COSE_Sign1")
    need([type(field) for field in item.value] == [bytes, dict, bytes, bytes], "no COSE_Sign1")
    protected, unprotected, payload, signature = item.value
    need(unprotected == {}, "the unprotected header is not empty")
    header = decode(protected)
    members(header, {1: int, 4: bytes, 16: str}, {}, "protected header")
    need(header[1] == -8 and header[16] == TYP, "another profile")
    need(header[4] == hashlib.sha256(key).digest()[:4], "kid is that of another key")
    try:
        VerifyKey(key).verify(cbor2.dumps(["Signature1", protected, b"", payload]), signature)
    except (BadSignatureError, ValueError) as error:
        raise Refused("the signature does not verify") from error
    claims = decode(payload)
    check_claims(claims, header[4])
    return claims


def run(*command):
    done = subprocess.run(command, capture_output=True, text=True)
    need(done.returncode == 0, f"{' '.join(command)}: {done.stderr.strip()}")
    return done.stdout.strip()


CODES = [
    ("city", "MA.156.1301", []),
    ("city", "MA.156.1301", ["--days", "365"]),
    ("unit", "MA.156.1301.02", ["--purpose", "unit"]),
    ("device", "MA.156.1301.02.L0001", ["--purpose", "device", "--days", "65535"]),
    ("document", "MA.156.1301", ["--purpose", "document", "--document-type", "permit",
                                 "--document-number", "2026-000123"]),
    ("document", "MA.156.1301", ["--purpose", "document", "--document-type", "permit",
                                 "--document-number", "2026-000124", "--days", "30",
                                 "--document-date", "2026-11-22", "--document-file", "{permit}"]),
    ("document", "MA.156.1301", ["--purpose", "document", "--document-type", "permit",
                                 "--document-number", "2026-000125", "--fact", "Valid for=2 cars",
                                 "--fact", " 区域 = 市中心 = A "]),
]
FACTS = [["Valid for", "2 cars"], ["区域", "市中心 = A"]]


def check_program(cityid, with_zbar):
    with tempfile.TemporaryDirectory() as directory:
        key_file = os.path.join(directory, "k")
        permit = os.path.join(directory, "permit.txt")
        with open(permit, "wb") as file:
            file.write(b"A permit.\n")
        key = bytes.fromhex(run(cityid, "key", "new", key_file, "--no-passphrase"))
        need(len(key) == 32, "key new does not print the public key")
        serial = 0
        for purpose, sub, options in CODES:
            options = [permit if option == "{permit}" else option for option in options]
            for extension in (".txt", ".cose"):
                output = os.path.join(directory, "code" + extension)
                url = run(cityid, "code", "new", sub, "--key", key_file, "--host",
                          "id.example.cn", "-o", output, *options)
                cose = cose_of_url(url)
                claims = verify(cose, key)
                serial += 1
                need(claims[2] == sub, "another subject")
                need(PURPOSES[claims[-65537]] == purpose, "another purpose")
                need(int.from_bytes(claims[7][4:], "big") == serial, "serials do not count up")
                if extension == ".cose":
                    with open(output, "rb") as file:
                        need(file.read() == cose, "the .cose file differs from the URL's code")
                if "--document-file" in options:
                    digest = hashlib.sha256(b"A permit.\n").digest()
                    need(claims[-65538][4] == digest, "another digest")
                if "--fact" in options:
                    need(claims[-65538][5] == FACTS, "other facts")
                check_changes(cose, key)
            print(f"{purpose}: {sub}, {len(cose)} bytes, {len(url)} characters: verified")
        if with_zbar:
            check_symbol(cityid, directory, key_file)


def check_changes(cose, key):
    """No byte of a code can be changed."""
    for at in range(len(cose)):
        for bit in (0x01, 0x80):
            changed = bytearray(cose)
            changed[at] ^= bit
            try:
                verify(bytes(changed), key)
            except Refused:
                continue
            raise Refused(f"verifies with byte {at} changed")


def check_symbol(cityid, directory, key_file):
    image = os.path.join(directory, "x.png")
    url = run(cityid, "code", "new", "MA.156.1301", "--key", key_file, "--host", "id.example.cn",
              "-o", image)
    read = run("zbarimg", "--raw", "-q", image)
    need(read == url, f"zbarimg reads {read}, not {url}")
    print("zbarimg reads the drawn symbol as the same URL")


def check_vectors(path):
    with open(path, encoding="utf-8") as file:
        vectors = json.load(file)
    for vector in vectors["valid"]:
        cose = cose_of_url(vector["url"])
        need(cose.hex() == vector["cose"], f"{vector['name']}: other COSE bytes")
        verify(cose, bytes.fromhex(vector["public_key"]))
    for vector in vectors["invalid"]:
        try:
            cose = cose_of_url(vector["url"]) if "url" in vector else bytes.fromhex(vector["cose"])
            verify(cose, bytes.fromhex(vector["public_key"]))
        except Refused:
            continue
        raise Refused(f"{vector['name']}: accepted")
    print(f"{len(vectors['valid'])} accepted, {len(vectors['invalid'])} refused, as they should be")


def main(arguments):
    if arguments[:1] == ["--vectors"] and len(arguments) == 2:
        check_vectors(arguments[1])
        return 0
    if arguments[:1] == ["--cityid"] and arguments[2:] in ([], ["--zbar"]):
        check_program(arguments[1], arguments[2:] == ["--zbar"])
        return 0
    if len(arguments) != 2 or arguments[0].startswith("-"):
        print(__doc__, file=sys.stderr)
        return 1
    if arguments[0].startswith("https:"):
        cose = cose_of_url(arguments[0])
    else:
        with open(arguments[0], "rb") as file:
            cose = file.read()
    claims = verify(cose, bytes.fromhex(arguments[1]))
    print(f"verified: {claims[2]}, {PURPOSES[claims[-65537]]}, issued {claims[6]}, "
          f"expires {claims.get(4, 'never')}, serial {int.from_bytes(claims[7][4:], 'big')}")
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except (Refused, OSError, ValueError) as failure:
        print(f"refused: {failure}", file=sys.stderr)
        sys.exit(1)
