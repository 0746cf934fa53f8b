"""Pictures that were hard to read, made elsewhere after reports of people: each gives what the list
beside them says. The codes in them are of a demonstration's thrown-away keys, so only what is read counts.

Usage: photos_test.py --cityid PATH --photos FOLDER
"""
import os
import pathlib
import re
import sys
import time
import unittest

import cityid_process
from cityid_process import cityid

FOLDER = None
CITY = re.compile(r"https://id\.example\.cn/MA\.\d{3}\.\S+\Z")


def expectations():
    """The names of the files, and what is said of each."""
    found = {}
    for line in (FOLDER / "EXPECT").read_text().splitlines():
        words = line.split()
        names = [word for word in words if word.endswith((".png", ".jpg", ".cose"))]
        if line.startswith("#") or not names:
            continue
        rest = line.split(names[-1], 1)[1]
        for name in names:
            found[name] = rest.strip()
    return found


class Photos(cityid_process.Case):
    def test_every_file_is_in_the_list(self):
        files = {path.name for path in FOLDER.iterdir() if path.name != "EXPECT"}
        self.assertEqual(set(expectations()), files)

    def test_each_gives_what_the_list_says(self):
        kinds = set()
        for name, expected in expectations().items():
            with self.subTest(name, expected=expected):
                if counted := re.match(r"(\d+) x CITY( and 1 x a Wi-Fi code)?", expected):
                    kinds.add("codes")
                    self.expect_read(name, int(counted[1]), int(bool(counted[2])))
                elif expected.startswith("nothing, within 2 s"):
                    kinds.add("nothing")
                    self.expect_nothing(name)
                else:
                    self.assertTrue(expected.startswith("malformed"), expected)
                    kinds.add("malformed")
                    self.expect_malformed(name)
        self.assertEqual(kinds, {"codes", "nothing", "malformed"})

    def expect_read(self, name, codes, others):
        finished = cityid("code", "inspect", "--raw", FOLDER / name)
        contents = finished.out.splitlines()
        self.assertEqual(sum(bool(CITY.match(line)) for line in contents), codes, finished)
        self.assertEqual(sum(line.startswith("WIFI:") for line in contents), others, finished)
        self.assertEqual(len(contents), len(set(contents)), finished)
        self.assertEqual(len(contents), codes + others, finished)
        self.assertEqual((finished.status, finished.err), (0, ""), finished)

    def expect_nothing(self, name):
        started = time.monotonic()
        finished = cityid("code", "inspect", "--raw", FOLDER / name)
        # The reader is stopped after two seconds; a busy machine needs time for the rest.
        self.assertLess(time.monotonic() - started, 10 * cityid_process.SLOW)
        self.expect_refused(finished, 3, name)

    def expect_malformed(self, name):
        finished = cityid("code", "inspect", FOLDER / name)
        self.expect_refused(finished, 1, "malformed", "tag 18")

    def test_a_document_says_what_it_is_about(self):
        finished = cityid("code", "inspect", FOLDER / "F9_document.png")
        self.expect_done(finished)
        for line in ("document +许可证", "number +.*رقم 12/Ü.*", "date +2026-11-22"):
            self.assertRegex(finished.out, f"(?m)^{line}$")


if __name__ == "__main__":
    if "--photos" in sys.argv:
        at = sys.argv.index("--photos")
        os.environ["CITYID_PHOTOS"] = sys.argv[at + 1]
        del sys.argv[at:at + 2]
    FOLDER = pathlib.Path(os.environ["CITYID_PHOTOS"])
    cityid_process.main()
