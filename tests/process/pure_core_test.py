"""The pure core, linked to libsodium alone and built without exceptions, against the program: the
same proofs, the same answers."""
import json
import os
import time
import unittest

import cityid_process
import proofs
from cityid_process import SHIJIAZHUANG, cityid, run

PURE_CHECK = os.environ.get("CITYID_PURE_CHECK", "")


def setUpModule():
    global DEMO
    DEMO = proofs.set_up()


class PureCore(cityid_process.Case):
    def setUp(self):
        self.trust = DEMO.directory / "trust.txt"
        self.proof = DEMO.directory / "pure.proof"

    def prove(self, about):
        self.expect_done(
            cityid("prove", about, "--ledger", DEMO.directory / "ledger", "-o", self.proof))

    def pure_check(self):
        return run(PURE_CHECK, self.proof, self.trust, int(time.time()))

    def test_the_core_alone_comes_to_the_programs_answers(self):
        for about in (SHIJIAZHUANG, f"{SHIJIAZHUANG}.99", DEMO.url(), "MA.156.1301.02"):
            with self.subTest(about):
                self.prove(about)
                expected = cityid("check", self.proof, "--trust", self.trust, "--json")
                alone = self.pure_check()
                self.assertEqual(alone.status, expected.status, alone)
                wanted = json.loads(expected.out)
                del wanted["proof"]
                self.assertEqual(json.loads(alone.out), wanted)

    def test_the_core_alone_refuses_a_changed_proof(self):
        self.prove(SHIJIAZHUANG)
        document = bytearray(self.proof.read_bytes())
        document[len(document) // 2] ^= 1
        self.proof.write_bytes(document)
        refused = self.pure_check()
        self.assertEqual((refused.status, refused.out), (3, ""), refused)


if __name__ == "__main__":
    if not os.access(PURE_CHECK, os.X_OK):
        raise SystemExit("set CITYID_PURE_CHECK to the program pure_check of the build")
    cityid_process.main()
