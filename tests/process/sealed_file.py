"""Sealed files made by other hands than the program's: docs/document-seal.md in a page of Python. A
seal knows nothing of PDF, so these are a few lines of text that begin as one.
"""
import hashlib
import pathlib
import sys

sys.path.append(str(pathlib.Path(__file__).resolve().parents[1] / "independent"))
import verify_seal  # noqa: E402

from signed_code import DOCUMENT, Code  # noqa: E402

ORIGINAL = b"%PDF-1.7\nA permit.\n"
AFTER = b"the rest of the update\n%%EOF\n"
LENGTH = 40_000


def seal(host, subject, key, original=ORIGINAL, document=None, **claims):
    """Seals a file with a key; `document`: more members of the document's claims."""
    before = original + b"a stamp\n"
    begin = len(before) + 59
    before += b"%%CityID-Seal 1 %012d %012d %08d %08d\n" % (
        len(original), begin, LENGTH, len(AFTER))
    said = {1: "permit", 2: "2026-000123", 4: hashlib.sha256(before + AFTER).digest()}
    code = Code(subject, key, purpose=DOCUMENT, document=said | (document or {}), **claims)
    return before + verify_seal.draw(code.url(host), 3, LENGTH) + AFTER


def altered(file, old=b"permit", new=b"Permit"):
    """The file with some bytes exchanged."""
    assert file.count(old) >= 1 and len(old) == len(new)
    return file.replace(old, new, 1)
