#!/usr/bin/python3
"""Writes city-codes.json: valid and invalid signed codes, from docs/city-code.md alone.

Shares nothing with the C++ code, so that the two check each other. Needs Debian's python3-cbor2
and python3-nacl. Deterministic. Usage: make_city_codes.py > city-codes.json
"""
import datetime
import hashlib
import json

import cbor2
from nacl.signing import SigningKey

HOST = "id.example.cn"
PURPOSES = {"city": 1, "unit": 2, "device": 3, "document": 4}
LAST_GROUP = [0, 3, 5, 8, 10, 13, 15]
DAY = 86400


class Raw(bytes):
    """One item that is already encoded."""


def encode(item):
    """CBOR with the shortest heads; maps keep the order they were written in."""
    if isinstance(item, Raw):
        return bytes(item)
    if isinstance(item, list):
        return head(4, len(item)) + b"".join(map(encode, item))
    if isinstance(item, dict):
        return head(5, len(item)) + b"".join(encode(k) + encode(v) for k, v in item.items())
    return cbor2.dumps(item)


def head(major, count):
    number = bytearray(cbor2.dumps(count))
    number[0] |= major << 5
    return bytes(number)


def tagged(tag, item):
    return head(6, tag) + encode(item)


def digits(data):
    text = ""
    for start in range(0, len(data), 7):
        group = data[start:start + 7]
        width = 17 if len(group) == 7 else LAST_GROUP[len(group)]
        text += str(int.from_bytes(group, "big")).zfill(width)
    return text


def document_map(document):
    """Section 2.1: 1 type, 2 number, 3 date (days since 1970), 4 SHA-256, 5 facts."""
    names = {"type": 1, "number": 2, "date": 3, "digest": 4, "facts": 5}
    return {key: bytes.fromhex(document[name]) if name == "digest" else document[name]
            for name, key in names.items() if name in document}


def bytes_of(facts):
    return sum(len(text.encode()) for fact in facts for text in fact)


class Code:
    """One code in its parts, which a caller may change before it is signed."""

    def __init__(self, key, sub, purpose, serial, iat, days, document=None):
        public = key.verify_key.encode()
        self.key, self.sub = key, sub
        self.kid = hashlib.sha256(public).digest()[:4]
        self.purpose, self.serial, self.iat, self.days = PURPOSES[purpose], serial, iat, days
        self.document = document_map(document) if document else None
        self.header = {1: -8, 4: self.kid, 16: "application/cityid+cwt"}
        self.claims = {2: sub, 4: iat + days * DAY, 6: iat,
                       7: self.kid + serial.to_bytes(4, "big"), -65537: self.purpose}
        if days == 0:
            del self.claims[4]
        if document:
            self.claims[-65538] = self.document

    def to_be_signed(self):
        return encode(["Signature1", encode(self.header), b"", encode(self.claims)])

    def signature(self):
        return self.key.sign(self.to_be_signed()).signature

    def fields(self):
        return [encode(self.header), {}, encode(self.claims), self.signature()]

    def cose(self):
        return tagged(18, self.fields())

    def token_bytes(self, first=None, document=None):
        if document is None:
            document = encode(self.document) if self.document else b""
        return (bytes([self.purpose if first is None else first]) + self.kid
                + self.iat.to_bytes(4, "big") + self.days.to_bytes(2, "big")
                + self.serial.to_bytes(4, "big") + document + self.signature())

    def url(self, token=None, host=HOST, sub=None):
        token = digits(self.token_bytes()) if token is None else token
        return f"https://{host}/{self.sub if sub is None else sub}/{token}"


def key_of(number):
    return SigningKey(hashlib.sha256(b"CityID test vector key %d" % number).digest())


IAT = int(datetime.datetime(2026, 11, 22, tzinfo=datetime.timezone.utc).timestamp())
DIGEST = hashlib.sha256(b"A permit.\n").hexdigest()
# 64 characters
LONG = "ABC.999.ABCDEFGHIJKLMNOP.QRSTUVWXYZ012345.6789ABCDEFGHIJKL.MNOPQ"
# 256 bytes in as many texts of 24 bytes, which have longer heads, as there can be
LONGEST_FACTS = [[f"{number}" + "l" * 23, "v" * 24 if number < 2 else "v" * size]
                 for number, size in enumerate([24, 24, 2, 2, 3, 3, 3, 3])]
VALID = [
    ("city without end", 1, "MA.156.1301", "city", 1, IAT, 0, None),
    ("city for one day", 1, "MA.156.1301", "city", 2, IAT, 1, None),
    ("unit for a year", 1, "MA.156.1301.02", "unit", 3, IAT, 365, None),
    ("unit without end", 1, "MA.156.1301.02", "unit", 4, IAT, 0, None),
    ("device without end", 2, "MA.156.1301.02.L0001", "device", 0x00ABCDEF, IAT + 1, 0, None),
    ("device with the longest validity", 2, "ISO.276.G2950159.7", "device", 0xFFFFFFFF,
     0xFFFFFFFF, 65535, None),
    ("zero wherever zero is allowed", 3, "QC.000.0", "city", 0, 0, 0, None),
    ("longest identifier", 3, LONG, "unit", 24, 255, 256, None),
    ("eight nodes", 3, "MA.156.1.2.3.4.5.6.7.8", "unit", 256, 65536, 23, None),
    ("document with type and number", 4, "MA.156.1301", "document", 5, IAT, 0,
     {"type": "permit", "number": "2026-000123"}),
    ("document with a date", 4, "MA.156.1301", "document", 6, IAT, 30,
     {"type": "permit", "number": "2026-000124", "date": IAT // DAY}),
    ("document with a digest", 4, "MA.156.1301", "document", 7, IAT, 30,
     {"type": "permit", "number": "2026-000125", "digest": DIGEST}),
    ("document with all members", 4, "MA.156.1301.02", "document", 8, IAT, 3650,
     {"type": "建设工程规划许可证", "number": "建字第130100202600126号", "date": IAT // DAY,
      "digest": DIGEST}),
    ("document with the longest members", 4, LONG, "document", 9, IAT, 65535,
     {"type": "t" * 64, "number": "é" * 32, "date": 0xFFFFF, "digest": "ff" * 32}),
    ("document with the shortest members", 4, "MA.156.1301", "document", 10, IAT, 1,
     {"type": "a", "number": "1", "date": 0}),
    ("document with a fact", 4, "MA.156.1301", "document", 11, IAT, 0,
     {"type": "permit", "number": "2026-000126", "facts": [["Valid for", "2 cars"]]}),
    ("document with facts in the order of the office", 4, "MA.156.1301", "document", 12, IAT, 30,
     {"type": "طلب", "number": "12/7", "date": IAT // DAY, "digest": DIGEST,
      "facts": [["车牌", "冀A·12345"], ["a", "1"], ["Z", "=<b>&"], ["المنطقة", "وسط المدينة"]]}),
    ("document with the shortest facts", 4, "MA.156.1301", "document", 13, IAT, 0,
     {"type": "a", "number": "1", "facts": [[label, "1"] for label in "hgfedcba"]}),
    ("document with the longest label and value", 4, "MA.156.1301", "document", 14, IAT, 0,
     {"type": "a", "number": "1", "facts": [["l" * 64, "城" * 64]]}),
    ("longest document", 4, LONG, "document", 15, IAT, 65535,
     {"type": "t" * 64, "number": "n" * 64, "date": 0xFFFFF, "digest": "ff" * 32,
      "facts": LONGEST_FACTS}),
]


def valid():
    for name, number, sub, purpose, serial, iat, days, document in VALID:
        key = key_of(number)
        code = Code(key, sub, purpose, serial, iat, days, document)
        claims = {"sub": sub, "purpose": purpose, "kid": code.kid.hex(), "serial": serial,
                  "iat": iat, "days": days}
        if document:
            claims["document"] = document
        yield {"name": name, "seed": key.encode().hex(),
               "public_key": key.verify_key.encode().hex(), "claims": claims,
               "to_be_signed": code.to_be_signed().hex(), "cose": code.cose().hex(),
               "host": HOST, "token": digits(code.token_bytes()), "url": code.url()}


def city():
    return Code(key_of(1), "MA.156.1301", "city", 1, IAT, 30)


def document():
    return Code(key_of(4), "MA.156.1301", "document", 5, IAT, 0,
                {"type": "permit", "number": "2026-000123"})


def with_claims(change, code=None):
    """COSE bytes, signed over claims that `change` (an item for None removes) has altered."""
    code = code or city()
    for key, value in change.items():
        if value is None:
            del code.claims[key]
        else:
            code.claims[key] = value
    code.claims = dict(sorted(code.claims.items(), key=lambda pair: encode(pair[0])))
    return code.cose()


def with_header(header):
    code = city()
    code.header = header
    return code.cose()


def invalid_urls():
    good = city()
    token = digits(good.token_bytes())
    bad = "kMalformed"
    yield "scheme is http", bad, good.url().replace("https", "http")
    yield "scheme in upper case", bad, good.url().replace("https", "HTTPS")
    yield "no scheme", bad, good.url()[8:]
    yield "host in upper case", bad, good.url(host="ID.example.cn")
    yield "host is empty", bad, good.url(host="")
    yield "host with a trailing dot", bad, good.url(host="id.example.cn.")
    yield "host with an empty label", bad, good.url(host="id..example.cn")
    yield "host label begins with a hyphen", bad, good.url(host="-id.example.cn")
    yield "host label ends with a hyphen", bad, good.url(host="id-.example.cn")
    yield "host with an underscore", bad, good.url(host="i_d.example.cn")
    yield "host label of 64 characters", bad, good.url(host="a" * 64 + ".example.cn")
    yield "host of 254 characters", bad, good.url(host="a." * 126 + "cn")
    yield "host is an IPv6 address", bad, good.url(host="[2001:db8::1]")
    yield "userinfo", bad, good.url(host="id.example.cn@id.example.cn")
    yield "port", bad, good.url(host="id.example.cn:443")
    yield "query", bad, good.url() + "?lang=zh"
    yield "fragment", bad, good.url() + "#a"
    yield "percent-encoding", bad, good.url().replace("MA.", "MA%2E")
    yield "trailing slash", bad, good.url() + "/"
    yield "trailing newline", bad, good.url() + "\n"
    yield "leading space", bad, " " + good.url()
    yield "two slashes", bad, good.url(sub="/MA.156.1301")
    yield "no identifier", bad, "https://id.example.cn/" + token
    yield "no path", bad, "https://id.example.cn"
    yield "no token", bad, "https://id.example.cn/MA.156.1301"
    yield "token is empty", bad, good.url(token="")
    yield "identifier in lower case", bad, good.url(sub="ma.156.1301")
    yield "identifier with check characters", bad, good.url(sub="MA.156.1301-UB")
    yield "identifier is a prefix", bad, good.url(sub="MA.156")
    yield "identifier with a country of letters", bad, good.url(sub="MA.CHN.1301")
    yield "identifier with nine nodes", bad, good.url(sub="MA.156.1.2.3.4.5.6.7.8.9")
    yield "identifier of 65 characters", bad, good.url(sub=LONG + "R")
    yield "letter among the digits", bad, good.url(token="A" + token[1:])
    yield "full-width digit", bad, good.url(token="\uff10" + token[1:])
    yield "group of 17 digits is 2^56", bad, good.url(token=str(1 << 56).zfill(17) + token[17:])
    yield "group of 17 digits is all nines", bad, good.url(token="9" * 17 + token[17:])
    yield "last group of 5 digits is 2^16", bad, good.url(token=token[:-5] + "65536")
    for width in (1, 2, 4, 6, 7, 9, 11, 12, 14, 16):
        group = token[-5:].zfill(width) if width > 5 else token[-width:]
        yield f"last group of {width} digits", bad, good.url(token=token[:-5] + group)
    yield "one byte too short", bad, good.url(token=digits(good.token_bytes()[:-1]))
    yield "one byte too long", bad, good.url(token=digits(good.token_bytes() + b"\0"))
    yield "1330 digits", bad, good.url(token="0" * 1330)
    yield "profile 1", "kUnsupported", good.url(token=digits(good.token_bytes(first=0x11)))
    yield "profile 15", "kUnsupported", good.url(token=digits(good.token_bytes(first=0xF1)))
    for purpose in (0, 5, 15):
        yield (f"purpose {purpose}", "kUnsupported",
               good.url(token=digits(good.token_bytes(first=purpose))))
    yield "purpose document without document claims", bad, good.url(
        token=digits(good.token_bytes(first=4)))
    yield "purpose city with document claims", bad, good.url(
        token=digits(good.token_bytes(document=encode({1: "permit", 2: "1"}))))


def invalid_documents():
    """Section 2.1, each in both carriers."""
    yield "is not a map", encode(["permit", "1"])
    yield "is an empty map", encode({})
    yield "has no type", encode({2: "1"})
    yield "has no number", encode({1: "permit"})
    yield "has an empty type", encode({1: "", 2: "1"})
    yield "has an empty number", encode({1: "permit", 2: ""})
    yield "has a type of 65 bytes", encode({1: "t" * 65, 2: "1"})
    yield "has a number of 65 bytes", encode({1: "permit", 2: "é" * 32 + "1"})
    yield "has a type of bytes", encode({1: b"permit", 2: "1"})
    yield "has a type that is not UTF-8", encode({1: Raw(b"\x62\xc3\x28"), 2: "1"})
    yield "has a surrogate in its number", encode({1: "permit", 2: Raw(b"\x63\xed\xa0\x80")})
    yield "has an unknown member", encode({1: "permit", 2: "1", 6: [["a", "1"]]})
    yield "has member 0", encode({0: 0, 1: "permit", 2: "1"})
    yield "has members out of order", encode({2: "1", 1: "permit"})
    yield "has a member twice", b"\xa3\x01\x61a\x01\x61b\x02\x611"
    yield "has a date before 1970", encode({1: "permit", 2: "1", 3: -1})
    yield "has a date of 2^20 days", encode({1: "permit", 2: "1", 3: 1 << 20})
    yield "has a date as a float", encode({1: "permit", 2: "1", 3: 20000.0})
    yield "has a date as a text", encode({1: "permit", 2: "1", 3: "2026-11-22"})
    yield "has a date not in its shortest form", encode({1: "permit", 2: "1", 3: Raw(b"\x18\x17")})
    yield "has a digest of 31 bytes", encode({1: "permit", 2: "1", 4: bytes(31)})
    yield "has a digest of 33 bytes", encode({1: "permit", 2: "1", 4: bytes(33)})
    for name, facts in invalid_facts():
        yield f"has facts {name}", encode({1: "permit", 2: "1", 5: facts})
    yield "has facts before its digest", encode({1: "permit", 2: "1", 5: [["a", "1"]],
                                                 4: bytes(32)})
    yield "has an indefinite length", b"\xbf" + encode({1: "permit", 2: "1"})[1:] + b"\xff"
    yield "is followed by a byte", encode({1: "permit", 2: "1"}) + b"\0"
    yield "is cut off", encode({1: "permit", 2: "1"})[:-1]


def invalid_facts():
    """Section 2.2."""
    yield "that are none", []
    yield "that are nine", [[str(number), "1"] for number in range(9)]
    yield "of 257 bytes", [["a" * 64, "b" * 150], ["c" * 40, "d" * 3]]
    yield "of 258 bytes", [["a" * 64, "b" * 192], ["c", "1"]]
    yield "that are a map", {"a": "1"}
    yield "that are a text", "a=1"
    yield "that are not in an array each", ["a", "1"]
    yield "with a label alone", [["a"]]
    yield "with a third part", [["a", "1", "2"]]
    yield "with an empty label", [["", "1"]]
    yield "with an empty value", [["a", ""]]
    yield "with a label of 65 bytes", [["a" * 65, "1"]]
    yield "with a value of 193 bytes", [["a", "城" * 64 + "1"]]
    yield "with one label twice", [["a", "1"], ["b", "1"], ["a", "2"]]
    yield "with the same twice", [["a", "1"], ["a", "1"]]
    yield "with a label of bytes", [[b"a", "1"]]
    yield "with a number for a value", [["a", 1]]
    yield "with null for a value", [["a", Raw(b"\xf6")]]
    yield "with a value that is not UTF-8", [["a", Raw(b"\x62\xc3\x28")]]
    yield "with a label not in its shortest form", [[Raw(b"\x78\x01a"), "1"]]
    yield "with an indefinite length", Raw(b"\x9f" + encode(["a", "1"]) + b"\xff")
    yield "with a fact of indefinite length", Raw(b"\x81\x9f\x61a\x611\xff")
    yield "with a label of indefinite length", [[Raw(b"\x7f\x61a\xff"), "1"]]
    yield "with a count that is not there", Raw(b"\x82" + encode(["a", "1"]))
    yield "with a third part that is not there", Raw(b"\x81\x83\x61a\x611")
    yield "with a second part beyond its count", Raw(b"\x81\x81\x61a\x611")
    yield "with a count not in its shortest form", Raw(b"\x98\x01" + encode(["a", "1"]))
    yield "with a tag", Raw(tagged(1, [["a", "1"]]))
    yield "with a line feed in a value", [["a", "1\n2"]]
    yield "with a mark of direction in a label", [["a\u202e", "1"]]


def invalid_cose():
    good = city()
    fields = good.fields()
    kid, typ = good.kid, "application/cityid+cwt"
    bad, unknown = "kMalformed", "kUnsupported"
    yield "empty", bad, b""
    yield "no tag", bad, encode(fields)
    yield "tag 61 around", bad, tagged(61, Raw(good.cose()))
    yield "tag 98", bad, tagged(98, fields)
    yield "tag 18 not in its shortest form", bad, b"\xd8\x12" + encode(fields)
    yield "trailing byte", bad, good.cose() + b"\0"
    yield "last byte missing", bad, good.cose()[:-1]
    yield "three fields", bad, tagged(18, fields[:3])
    yield "five fields", bad, tagged(18, fields + [b""])
    yield "array of indefinite length", bad, b"\xd2\x9f" + encode(fields)[1:] + b"\xff"
    yield "kid in the unprotected header too", bad, tagged(18, [fields[0], {4: kid}, *fields[2:]])
    yield "unprotected header is null", bad, tagged(18, [fields[0], None, *fields[2:]])
    yield "detached payload", bad, tagged(18, [fields[0], {}, None, fields[3]])
    yield "protected header is a map, not bytes", bad, tagged(18, [good.header, *fields[1:]])
    yield "signature of 63 bytes", bad, tagged(18, [*fields[:3], fields[3][:63]])
    yield "signature of 65 bytes", bad, tagged(18, [*fields[:3], fields[3] + b"\0"])
    yield "signature is a text", bad, tagged(18, [*fields[:3], "a" * 64])
    yield "alg is ES256", unknown, with_header({1: -7, 4: kid, 16: typ})
    yield "alg is Ed25519 of RFC 9864", unknown, with_header({1: -19, 4: kid, 16: typ})
    yield "alg is a text", unknown, with_header({1: "EdDSA", 4: kid, 16: typ})
    yield "alg is missing", unknown, with_header({4: kid, 16: typ})
    yield "protected header is empty", unknown, tagged(18, [b"", *fields[1:]])
    yield "protected header is no map", bad, with_header([1, -8])
    yield "protected header out of order", bad, with_header({4: kid, 1: -8, 16: typ})
    yield "protected header has alg twice", bad, tagged(
        18, [b"\xa2\x01\x27\x01\x27", *fields[1:]])
    yield "protected header with a trailing byte", bad, tagged(
        18, [fields[0] + b"\0", *fields[1:]])
    yield "typ is missing", bad, with_header({1: -8, 4: kid})
    yield "typ is another", bad, with_header({1: -8, 4: kid, 16: "application/cwt"})
    yield "typ in upper case", bad, with_header({1: -8, 4: kid, 16: typ.upper()})
    yield "crit is there", bad, with_header({1: -8, 2: [16], 4: kid, 16: typ})
    yield "content type is there", bad, with_header({1: -8, 3: 61, 4: kid, 16: typ})
    yield "kid is missing", bad, with_header({1: -8, 16: typ})
    yield "kid of 3 bytes", bad, with_header({1: -8, 4: kid[:3], 16: typ})
    yield "kid of 8 bytes", bad, with_header({1: -8, 4: kid + kid, 16: typ})
    yield "kid is a text", bad, with_header({1: -8, 4: "abcd", 16: typ})
    yield "claims are no map", bad, tagged(18, [fields[0], {}, encode([1]), fields[3]])
    yield "claims with a trailing byte", bad, tagged(
        18, [fields[0], {}, fields[2] + b"\0", fields[3]])
    yield "sub is missing", bad, with_claims({2: None})
    yield "sub in lower case", bad, with_claims({2: "ma.156.1301"})
    yield "sub is a prefix", bad, with_claims({2: "MA.156"})
    yield "sub is bytes", bad, with_claims({2: b"MA.156.1301"})
    yield "exp is iat", bad, with_claims({4: IAT})
    yield "exp is before iat", bad, with_claims({4: IAT - DAY})
    yield "exp is not whole days after iat", bad, with_claims({4: IAT + DAY + 1})
    yield "exp is 65536 days after iat", bad, with_claims({4: IAT + 65536 * DAY})
    yield "exp is a float", bad, with_claims({4: float(IAT + DAY)})
    yield "exp is null", bad, with_claims({4: Raw(b"\xf6")})
    yield "iat is missing", bad, with_claims({6: None})
    yield "iat is negative", bad, with_claims({4: None, 6: -1})
    yield "iat is 2^32", bad, with_claims({4: None, 6: 1 << 32})
    yield "iat is 2^34", bad, with_claims({4: None, 6: 1 << 34})
    yield "iat is a float", bad, with_claims({4: None, 6: float(IAT)})
    yield "cti is missing", bad, with_claims({7: None})
    yield "cti of 7 bytes", bad, with_claims({7: kid + b"\0\0\1"})
    yield "cti of 9 bytes", bad, with_claims({7: kid + b"\0\0\0\0\1"})
    yield "cti with another kid", bad, with_claims({7: bytes(4) + b"\0\0\0\1"})
    yield "purpose is missing", bad, with_claims({-65537: None})
    yield "purpose is a text", bad, with_claims({-65537: "city"})
    yield "purpose is 0", unknown, with_claims({-65537: 0})
    yield "purpose is 5", unknown, with_claims({-65537: 5})
    yield "purpose is 256", unknown, with_claims({-65537: 256})
    yield "iss is there", bad, with_claims({1: "id.example.cn"})
    yield "nbf is there", bad, with_claims({5: IAT})
    yield "unknown private claim", bad, with_claims({-65539: 0})
    yield "claims out of order", bad, tagged(18, [fields[0], {}, encode(
        dict(reversed(good.claims.items()))), fields[3]])
    yield "iat twice", bad, tagged(18, [fields[0], {}, b"\xa6" + fields[2][1:] + b"\x06\x00",
                                        fields[3]])
    yield "city with document claims", bad, with_claims({-65538: {1: "permit", 2: "1"}})
    yield "document without document claims", bad, with_claims({-65538: None}, document())


def forged():
    """Well-formed codes whose signature does not verify under the key given."""
    public = city().key.verify_key.encode().hex()
    changed = city()
    flipped = bytearray(changed.token_bytes())
    flipped[-1] ^= 1
    yield "last byte of the signature changed", changed.url(token=digits(bytes(flipped))), public
    yield "token under another identifier", changed.url(sub="MA.156.1302"), public
    zeros = changed.token_bytes()[:-64] + bytes(64)
    yield "signature of zeros", changed.url(token=digits(zeros)), public
    other = key_of(2).verify_key.encode().hex()
    yield "another key", changed.url(), other
    later = bytearray(changed.token_bytes())
    later[10] += 1
    yield "one day longer", changed.url(token=digits(bytes(later))), public


def invalid():
    public = city().key.verify_key.encode().hex()
    for name, errc, url in invalid_urls():
        yield {"name": "url: " + name, "errc": errc, "url": url, "public_key": public}
    good = document()
    documents = good.key.verify_key.encode().hex()
    for name, item in invalid_documents():
        yield {"name": "url: document " + name, "errc": "kMalformed",
               "url": good.url(token=digits(good.token_bytes(document=item))),
               "public_key": documents}
        yield {"name": "cose: document " + name, "errc": "kMalformed",
               "cose": with_claims({-65538: Raw(item)}, document()).hex(),
               "public_key": documents}
    for name, errc, cose in invalid_cose():
        key = documents if name.startswith("document") else public
        yield {"name": "cose: " + name, "errc": errc, "cose": cose.hex(), "public_key": key}
    for name, url, public in forged():
        yield {"name": "forged: " + name, "errc": "kForged", "url": url, "public_key": public}


if __name__ == "__main__":
    print(json.dumps({"valid": list(valid()), "invalid": list(invalid())}, indent=1))
