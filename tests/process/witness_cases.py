"""An institute's witness whose log is a web server of the test."""
import shutil
import time
import unittest

import cityid_process
import consortium
import handmade_log
import signed_record
from consortium import Consortium
from handmade_log import Log, Web, serving

CITIES = ("MA.156.T1", "MA.156.T2", "MA.156.T3")


def set_up():
    """A small history whose map roots are the program's own, and the keys that made it."""
    global BASE, LOG
    BASE = unittest.enterModuleContext(cityid_process.temporary_directory())
    with Consortium(BASE / "base") as made:
        registry = made.alone().start()
        for city in CITIES:
            made.publish(city)
        LOG = Log(made.keys, registry.entries())
        registry.stop()


class WitnessCase(cityid_process.Case):
    """A witness whose log is a web server of this test."""

    def setUp(self):
        directory = self.enterContext(cityid_process.temporary_directory())
        shutil.copytree(BASE / "base", directory / "consortium")
        self.consortium = self.enterContext(Consortium(directory / "consortium"))
        self.log = Log(self.consortium.keys, LOG.entries)
        self.web = self.enterContext(Web(serving(self.log)))
        self.witness = self.consortium.witness(1, "--nothing-newer", log=self.web.url).start()
        self.name = "institute0.example"

    def publish(self, log, note=None):
        """From now on this is what the log serves; as its checkpoint this note, or none."""
        self.web.answer = serving(log, note)
        return log

    def post(self, body, path="/add-checkpoint"):
        return self.witness.post(path, body if isinstance(body, bytes) else body.encode())

    def expect_cosigned(self, log, old=0, note=None):
        before = int(time.time())
        reply = self.post(log.request(old, note))
        self.assertEqual((reply.status, reply.media_type), (200, "text/plain"), reply)
        self.assertRegex(reply.text, r"\A[^\n]+\n\Z")
        when = handmade_log.checked_cosignature(
            reply.text, log.text(), self.name,
            signed_record.public(self.consortium.keys.witnesses[0]))
        # The same request within two seconds has the same cosignature.
        self.assertTrue(before - 2 <= when <= int(time.time()), when)
        return reply

    def expect_answer(self, status, body, words=""):
        reply = self.post(body)
        self.assertEqual(reply.status, status, reply)
        self.assertIn(words, reply.text)
        return reply

    def expect_size(self, size):
        """It has cosigned up to there, and says so in the form that the protocol has for it."""
        reply = self.expect_answer(409, self.log.request(1, path=self.path(1)))
        self.assertEqual((reply["content-type"], reply.text), ("text/x.tlog.size", f"{size}\n"))

    def path(self, old, log=None):
        return handmade_log.proof(old, (log or self.log).leaves())

    def expect_no_evidence(self):
        self.assertIsNone(consortium.evidence_in(self.witness.ledger))

    def expect_kept(self, own, other):
        """Both notes are kept; its own may have its line as well."""
        found = consortium.evidence_in(self.witness.ledger)
        self.assertTrue(found["notes"][0].startswith(own), found)
        self.assertEqual(found["notes"][1:], [other], found)
        self.assertIn("two histories", found["reason"])

    def expect_evidence(self, own, other):
        """And it says so to whoever asks."""
        self.expect_kept(own, other)
        self.assertEqual(self.witness.ready_now()[0], 503)
        self.assertIn("two histories", self.witness.ready_now()[1])
