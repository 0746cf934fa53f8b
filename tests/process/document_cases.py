"""Sealing and verifying documents beside a demonstration: what the tests of documents share."""
import unittest

import cityid_process
import signed_code
from cityid_process import HOST, SHIJIAZHUANG, cityid


def set_up():
    """A demonstration and an empty directory, for as long as a module's tests run."""
    global DEMO, FILES
    DEMO = unittest.enterModuleContext(cityid_process.demo())
    FILES = unittest.enterModuleContext(cityid_process.temporary_directory())
    return DEMO, FILES


def file(name, content):
    """A file with this content; its path."""
    path = FILES / name
    path.write_bytes(content)
    return path


def key(identifier=SHIJIAZHUANG):
    return signed_code.read_key(DEMO.code_key(identifier))


def options(identifier=SHIJIAZHUANG, number="2026-000123"):
    return ["--id", identifier, "--key", DEMO.code_key(identifier), "--host", HOST, "--type", "permit",
            "--number", number]


def seal(document, output, *more, **said):
    return cityid("document", "seal", document, *options(**said), *more, "-o", output)


def verify(document, *more):
    return cityid("document", "verify", document, "--ledger", DEMO.ledger, *more)


class Case(cityid_process.Case):
    def seal(self, document, output, *more, **said):
        done = seal(document, output, *more, **said)
        self.expect_done(done)
        return done

    def states(self, document, status, *more):
        """The states of a file by its seals, and the verdicts of their codes."""
        finished = verify(document, "--json", *more)
        self.assertEqual(finished.status, status, finished)
        found = finished.json_lines()
        self.assertEqual({line["file"] for line in found}, {str(document)}, finished)
        return [(line["state"], line.get("answer", {}).get("verdict")) for line in found]

    def expect_changed(self, content, why, status=1):
        """It is said why, and the code is not made the file's."""
        path = file("changed.pdf", content)
        finished = verify(path)
        self.assertEqual(finished.status, status, finished)
        self.assertRegex(finished.out, rf"\Achanged: .*{why}", finished)
        return finished
