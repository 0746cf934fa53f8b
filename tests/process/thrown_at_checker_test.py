"""Claim: whatever proof_test.py and packs_test.py throw at `cityid check` and `cityid scan --pack` comes to the
same end through the C interface: the same verdicts, answers, refusals and kept heads. The same tests run, with
the checker in the program's place. CITYID_LIBRARY: libcityid.so of the build; with CITYID_PACKAGE, the folder
that the preset `wasm` builds, it is the checker in WebAssembly instead.
"""
import json
import os
import time
import unittest

import cbor2

import checker
import cityid_process
import packs_test
import proof_test
import proofs
from cityid_process import HOST, Finished

PACKAGE = os.environ.get("CITYID_PACKAGE")
# What the program ends with, by what the checker says.
STATUSES = {"malformed": 1, "forged": 1, "refused": 1, "too-large": 3, "unreached": 3}
VERDICTS = {"valid": 0, "registered": 0, "ledger-stale": 3}


def setUpModule():
    global ASK
    proof_test.DEMO = packs_test.DEMO = proofs.set_up()
    if PACKAGE:
        ASK = unittest.enterModuleContext(checker.WebChecker(PACKAGE)).ask
    else:
        ASK = checker.Checker().ask


def about(document):
    try:
        return cbor2.loads(document)[proofs.ABOUT]
    except Exception:  # bytes that are no document: whatever is asked of them
        return cityid_process.SHIJIAZHUANG


class ByTheChecker:
    """The program's commands, by the checker."""

    def finished(self, case, state):
        kept = state.read_bytes() if state and state.exists() else b""
        if state and state.exists() and not kept:  # which a caller has to tell from a missing one
            return Finished([], 1, "", "cityid: kept head: it is empty\n")
        case = {"trust": (case.pop("trust")).read_bytes(), "now": int(time.time()), "kept": kept, **case}
        words = [case["call"], case["asked"][:200]]
        error, verdict, text, line = ASK(case)
        if error:
            reason = f"can't tell: {line}" if error == "unreached" else line
            return Finished(words, STATUSES[error], "", f"cityid: {reason}\n")
        if state:
            opened = ASK({**case, "call": "open"})
            self.assertEqual(opened[0], "", opened)
            state.write_text(opened[2])
        return Finished(words, VERDICTS.get(verdict, 1), text + "\n", "")

    @staticmethod
    def option(options, name):
        return options[options.index(name) + 1] if name in options else None

    def check(self, proof, *options, trust=None):
        document = proof.read_bytes()
        says, asked = about(document), self.option(options, "--about")
        trust = trust or self.trust
        # What the program alone decides: other ages, whose proof it is, that a pack has no question.
        if ("--max-age" in options or (asked and says != asked) or not says or not trust.exists()
                or says.endswith("/pack")):
            return super().check(proof, *options, trust=trust)
        case = {"trust": trust, "document": document, "call": "look_up", "asked": says.encode()}
        if "/" in says:
            case |= {"call": "judge", "asked": f"https://{HOST}/{says}".encode(), "host": False}
        return self.finished(case, self.option(options, "--state"))

    def scan(self, packs, *what, options=(), trust=None):
        if len(packs) > 1 or len(what) > 1:
            return super().scan(packs, *what, options=options, trust=trust)
        case = {"trust": trust or self.trust, "document": packs[0].read_bytes(), "pack": True,
                "call": "judge", "asked": what[0].encode()}
        finished = self.finished(case, self.option(options, "--state"))
        if not finished.out:  # whoever scans can't tell by such a pack, whatever is wrong with it
            finished.status = 3
        else:  # the program says of what it speaks
            finished.out = f'{finished.out[:-2]},"file":{json.dumps(what[0])}}}\n'
        return finished


class Answers(ByTheChecker, proof_test.Answers):
    pass


class Damage(ByTheChecker, proof_test.Damage):
    pass


class Freshness(ByTheChecker, proof_test.Freshness):
    pass


class KeptHeads(ByTheChecker, proof_test.KeptHeads):
    pass


class Judging(ByTheChecker, packs_test.Judging):
    test_options_that_make_no_sense = None  # the program's own


class BadPacks(ByTheChecker, packs_test.BadPacks):
    pass


class Kept(ByTheChecker, packs_test.Kept):
    # The program's own, and the resolver's.
    test_served_as_it_is_written = test_the_trust_file_in_force = None


if __name__ == "__main__":
    cityid_process.main()
