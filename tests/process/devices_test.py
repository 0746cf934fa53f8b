"""Claim: the examples of docs/devices.md lead a fresh device to its city's broker, in C and in Python,
and nobody can lead it elsewhere. CITYID_BROKER: the built example in C.
"""
import os
import pathlib
import unittest

import checker
import cityid_process
import proofs
from cityid_process import SHIJIAZHUANG, run
from proofs import ProofCase, liar

BROKER = os.environ.get("CITYID_BROKER", "")
EXAMPLES = pathlib.Path(__file__).resolve().parents[2] / "sdk" / "examples"
PROGRAMS = ([BROKER], ["/usr/bin/python3", EXAMPLES / "broker.py"])


def setUpModule():
    global DEMO, RESOLVER
    DEMO = proofs.set_up()
    RESOLVER = unittest.enterModuleContext(cityid_process.resolver(DEMO.ledger))


class Devices(ProofCase):
    def setUp(self):
        super().setUp()
        answer = RESOLVER.request(f"/{SHIJIAZHUANG}", Accept="application/json").json()
        self.endpoint = next(item for item in answer["endpoints"] if "href" in item)

    def broker(self, program, resolver=None, identifier=SHIJIAZHUANG, rel=None, kept="kept"):
        return run(*program, self.trust, self.directory / kept, resolver or RESOLVER.url,
                   identifier, rel or self.endpoint["rel"],
                   env={**os.environ, "CITYID_LIBRARY": checker.LIBRARY})

    def test_a_fresh_device_finds_its_citys_broker_and_keeps_the_head(self):
        for program in PROGRAMS:
            (self.directory / "kept").unlink(missing_ok=True)
            for _ in range(2):  # the second time with a kept head
                found = self.broker(program)
                self.assertEqual((found.status, found.out), (0, self.endpoint["href"] + "\n"), found)
                self.assertEqual((self.directory / "kept").read_text().splitlines()[0], proofs.ORIGIN)

    def test_what_is_not_there_is_a_no(self):
        for program in PROGRAMS:
            for asked in ({"identifier": f"{SHIJIAZHUANG}.99"}, {"rel": "no-such-rel"}):
                self.assertEqual(self.broker(program, **asked).status, 1, asked)

    def test_a_kept_head_that_cannot_be_read_is_no_missing_one(self):
        (self.directory / "empty").write_bytes(b"")
        (self.directory / "directory").mkdir()
        for program in PROGRAMS:
            for kept in ("empty", "directory"):
                told = self.broker(program, kept=kept)
                self.assertEqual((told.status, told.out), (3, ""), told)

    def test_a_resolver_that_lies_is_not_believed(self):
        of_another = self.prove(checker.BEIJING).read_bytes()
        for program in PROGRAMS:
            for body in (b"", of_another, of_another[:-1]):
                with liar(200, body) as url:
                    told = self.broker(program, resolver=url, kept=f"kept{len(body)}")
                self.assertEqual((told.status, told.out), (3, ""), told)
                self.assertFalse((self.directory / f"kept{len(body)}").exists())


if __name__ == "__main__":
    cityid_process.main()
