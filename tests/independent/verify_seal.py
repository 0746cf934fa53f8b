#!/usr/bin/python3
"""Verifies sealed files without any of CityID's code, as docs/document-seal.md describes them.

    verify_seal.py FILE [PUBLIC-KEY-HEX]
    verify_seal.py --vectors seals.json

The first form prints the state of each seal of a file, and with a key whether it signed the code. The
second one compares with the vectors of tests/vectors. Exit status: 0 all is well, 1 not. Needs
python3-cbor2, python3-nacl and python3-qrcode.
"""
import hashlib
import json
import re
import sys

import qrcode
from qrcode import util

import verify_code

MARKER = re.compile(rb"\n%CityID-Seal ")
FORM = re.compile(rb"%CityID-Seal 1 (\d{12}) (\d{12}) (\d{8}) (\d{8})\n")
COMMENT = re.compile(rb"%([0-7]) (https://[!-~]+)\n")
MAX_REGION, MAX_REST, MAX_SEALS = 262144, 1048576, 16


def draw(url, mask, length):
    """Section 1.2, or nothing if there is no such region."""
    path, token = url.index("/", 8), url.rindex("/") + 1
    symbol = qrcode.QRCode(error_correction=qrcode.ERROR_CORRECT_M, mask_pattern=mask, border=0)
    for part, mode in ((url[:path], util.MODE_8BIT_BYTE), (url[path:token], util.MODE_ALPHA_NUM),
                       (url[token:], util.MODE_NUMBER)):
        symbol.add_data(util.QRData(part, mode))
    rows = symbol.get_matrix()
    lines = [f"%{mask} {url}"]
    for y, row in enumerate(rows):
        dark = "".join(str(int(module)) for module in row)
        lines += [f"{run.start()} {len(rows) - 1 - y} {len(run[0])} 1 re"
                  for run in re.finditer("1+", dark)]
    region = "\n".join(lines + ["f", ""]).encode()
    return region.ljust(length - 1) + b"\n" if len(region) < length else None


def digest_of(url):
    """Returns the digest of the code in a URL, or nothing."""
    claims = verify_code.decode(verify_code.decode(verify_code.cose_of_url(url)).value[2])
    return claims.get(-65538, {}).get(4)


def judge(file, at):
    """Returns the state of the seal whose marker begins there, its URL, and how much was added."""
    form = FORM.match(file, at)
    if not form:
        return "changed", None, 0
    original, begin, length, rest = map(int, form.groups())
    end = begin + length + rest
    if (begin != form.end() or not 0 < original < begin or not 0 < length <= MAX_REGION
            or not 0 < rest <= MAX_REST or end > len(file)):
        return "changed", None, 0
    region = file[begin:begin + length]
    comment = COMMENT.match(region)
    try:
        url = comment[2].decode()
        claimed = digest_of(url)
        drawn = draw(url, int(comment[1]), length)
    except (TypeError, ValueError, verify_code.Refused):
        return "changed", None, 0
    digest = hashlib.sha256(file[:begin] + file[begin + length:end]).digest()
    if drawn != region or claimed != digest:
        return "changed", url, 0
    return ("unchanged", url, 0) if end == len(file) else ("added-to", url, len(file) - end)


def seals_of(file):
    starts = [match.start() + 1 for match in MARKER.finditer(file)]
    return [judge(file, at) for at in starts[:MAX_SEALS]], len(starts) > MAX_SEALS


def edited(file, edits):
    """Applies the edits of a vector: each replaces `cut` bytes at `at`."""
    for edit in edits:
        at = edit["at"] if edit["at"] >= 0 else len(file) + edit["at"] + 1
        file = file[:at] + bytes.fromhex(edit["hex"]) + file[at + edit.get("cut", 0):]
    return file


def check_vectors(path):
    with open(path, encoding="utf-8") as stream:
        vectors = json.load(stream)
    files = {name: text.encode() for name, text in vectors["files"].items()}
    wrong = 0
    for vector in vectors["vectors"]:
        file = edited(files[vector["file"]], vector["edits"])
        found, more = seals_of(file)
        states = [{"state": state, "added": added} for state, _, added in found]
        if states != vector["seals"] or more != vector["more"]:
            wrong += 1
            print(f"{vector['name']}: {states}, more: {more}")
    print(f"{len(vectors['vectors'])} vectors, {wrong} wrong")
    return wrong == 0


def check_file(path, key):
    with open(path, "rb") as stream:
        found, more = seals_of(stream.read())
    well = bool(found) and not more
    for state, url, added in found:
        signed = ""
        if url and key:
            try:
                verify_code.verify(verify_code.cose_of_url(url), bytes.fromhex(key))
            except verify_code.Refused as error:
                signed, well = f" (not signed by this key: {error})", False
        well = well and state == "unchanged"
        print(f"{state} {added} {url}{signed}")
    return well


def main(arguments):
    if len(arguments) == 2 and arguments[0] == "--vectors":
        return check_vectors(arguments[1])
    if len(arguments) in (1, 2):
        return check_file(arguments[0], arguments[1] if len(arguments) == 2 else None)
    raise SystemExit(__doc__)


if __name__ == "__main__":
    sys.exit(0 if main(sys.argv[1:]) else 1)
