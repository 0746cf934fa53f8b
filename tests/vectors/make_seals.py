#!/usr/bin/python3
"""Writes seals.json: sealed files and what was done to them, from docs/document-seal.md alone.

Shares nothing with the C++ code. A verifier of seals knows nothing of PDF, so these files are short
texts. Needs Debian's python3-cbor2, python3-nacl and python3-qrcode. Deterministic.
Usage: make_seals.py > seals.json
"""
import hashlib
import json
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "independent"))

import make_city_codes as codes
import verify_seal

ORIGINAL = b"%PDF-1.7\nA permit.\n"
BEFORE = b"a stamp\n"
AFTER = b"the rest of the update\n%%EOF\n"
LENGTH = 15000


def seal(original, serial, mask=3, sub="MA.156.1301", host=codes.HOST, digest=None, **more):
    """Seals a file, perhaps with the digest of something else."""
    before = original + BEFORE
    begin = len(before) + 59
    before += b"%%CityID-Seal 1 %012d %012d %08d %08d\n" % (
        len(original), begin, LENGTH, len(AFTER))
    if digest is None:
        digest = hashlib.sha256(before + AFTER).digest()
    document = {"type": "permit", "number": "2026-000123", "digest": digest.hex()} | more
    url = codes.Code(codes.key_of(1), sub, "document", serial, codes.IAT, 0, document).url(host=host)
    return before + verify_seal.draw(url, mask, LENGTH) + AFTER


def edit(at, new, cut=None):
    return {"at": at, "cut": len(new) if cut is None else cut, "hex": new.hex()}


def main():
    once = seal(ORIGINAL, 1)
    marker = once.index(b"%CityID-Seal")
    region = marker + 59
    files = {
        "sealed": once,
        "sealed twice": seal(once, 2),
        "sealed with another file's digest": seal(ORIGINAL, 3, digest=hashlib.sha256(b"x").digest()),
        "sealed with mask 7 under another host": seal(ORIGINAL, 4, mask=7, host="permits.example"),
        # Version 10, whose last bit before the padding ends a byte.
        "sealed with facts": seal(ORIGINAL, 5, type="Building permit", date=codes.IAT // codes.DAY,
                                  facts=[["Height", "12 m"], ["Storeys", "3"]]),
        "not sealed": ORIGINAL,
    }
    unchanged, changed = {"state": "unchanged", "added": 0}, {"state": "changed", "added": 0}
    added = len(files["sealed twice"]) - len(once)
    other = once.replace(b"1 re\n", b"2 re\n", 1)
    url = once.index(b"https://", region)
    vectors = [
        ("as it was sealed", "sealed", [], [unchanged]),
        ("with another mask", "sealed with mask 7 under another host", [], [unchanged]),
        ("sealed twice", "sealed twice", [], [{"state": "added-to", "added": added}, unchanged]),
        ("a code with facts", "sealed with facts", [], [unchanged]),
        ("no seal", "not sealed", [], []),
        ("the digest is another file's", "sealed with another file's digest", [], [changed]),
        ("a byte of the original", "sealed", [edit(12, b"P")], [changed]),
        ("a byte of the update before the region", "sealed", [edit(len(ORIGINAL), b"A")], [changed]),
        ("the last byte", "sealed", [edit(len(once) - 1, b"\r")], [changed]),
        ("a byte added at the end", "sealed", [edit(-1, b"\n", 0)],
         [{"state": "added-to", "added": 1}]),
        ("an update added", "sealed", [edit(-1, b"another page\n%%EOF\n", 0)],
         [{"state": "added-to", "added": 19}]),
        ("the last byte missing", "sealed", [edit(len(once) - 1, b"", 1)], [changed]),
        ("a byte put before the file", "sealed", [edit(0, b"\n", 0)], [changed]),
        ("the marker's begin changed", "sealed", [edit(marker + 28, b"0000000001")], [changed]),
        ("the marker's length one less", "sealed",
         [edit(marker + 41, b"%08d" % (LENGTH - 1))], [changed]),
        ("the marker's rest one less", "sealed",
         [edit(marker + 50, b"%08d" % (len(AFTER) - 1))], [changed]),
        ("a sign in a number", "sealed", [edit(marker + 15, b"+")], [changed]),
        ("version 2 of the marker", "sealed", [edit(marker + 13, b"2")], [changed]),
        ("no line before the marker", "sealed", [edit(marker - 1, b" ")], []),
        ("a module more", "sealed", [edit(other.index(b"2 re\n"), b"2")], [changed]),
        ("a blank more between numbers", "sealed",
         [edit(once.index(b" 1 re\n", region), b"  1 re\n", 6), edit(region + LENGTH - 1, b"", 1)],
         [changed]),
        ("another mask in the comment", "sealed", [edit(region + 1, b"4")], [changed]),
        ("mask 8", "sealed", [edit(region + 1, b"8")], [changed]),
        ("another host in the comment alone", "sealed", [edit(url + 8, b"ie")], [changed]),
        ("the filling is not blank", "sealed", [edit(region + LENGTH - 2, b"x")], [changed]),
        ("the region moved a byte", "sealed",
         [edit(marker - 2, b" ", 0), edit(region + LENGTH + 1, b"", 1)], [changed]),
        ("seventeen markers", "not sealed", [edit(-1, b"\n%CityID-Seal " * 17, 0)],
         [changed] * 16),
        ("sixteen markers", "not sealed", [edit(-1, b"\n%CityID-Seal " * 16, 0)], [changed] * 16),
    ]
    json.dump({
        "comment": "docs/document-seal.md: files, what was done to them (each edit replaces `cut` bytes "
                   "at `at`; -1 is the end), and the seals that are found. The key is that of "
                   "city-codes.json",
        "files": {name: file.decode("ascii") for name, file in files.items()},
        "vectors": [{"name": name, "file": file, "edits": edits, "seals": seals,
                     "more": name == "seventeen markers"} for name, file, edits, seals in vectors],
    }, sys.stdout, ensure_ascii=False, indent=1)
    print()


if __name__ == "__main__":
    main()
