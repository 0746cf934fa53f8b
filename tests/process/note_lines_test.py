"""Signature lines that nobody here knows: they do no harm, and go no further."""
import os
import shutil
import unittest

import cityid_process
import consortium
import handmade_log
from cityid_process import cityid, wait_until
from consortium import Consortium
from handmade_log import Log, Web, mirror_of, serving

ALL = (0, 1, 2)
ML_DSA = 6  # a type of signature that this program doesn't know


def setUpModule():
    """A small history and its keys."""
    global BASE, LOG
    BASE = unittest.enterModuleContext(cityid_process.temporary_directory())
    with Consortium(BASE / "base") as made:
        registry = made.alone().start()
        made.publish("MA.156.T1")
        LOG = Log(made.keys, registry.entries())
        registry.stop()


def unknown(count, size=2428, name="stranger{}.example"):
    """Lines by keys that nobody knows."""
    return "".join(handmade_log.line(name.format(i), ML_DSA, os.urandom(1312), os.urandom(size))
                   for i in range(count))


def names_in(note):
    """Whose lines a note has."""
    return {line.split(" ")[1] for line in note.rsplit("\n\n", 1)[1].splitlines()}


class Case(cityid_process.Case):
    def setUp(self):
        self.directory = self.enterContext(cityid_process.temporary_directory())
        shutil.copytree(BASE / "base", self.directory / "consortium")
        self.consortium = self.enterContext(Consortium(self.directory / "consortium"))
        self.log = Log(self.consortium.keys, LOG.entries)
        self.note = self.log.note(witnesses=ALL)
        self.known = names_in(self.note)

    def web(self, answer):
        return self.enterContext(Web(answer))

    def mixed(self, count=16, size=2428, log=None, **how):
        """The log's note with lines of strangers before, between and behind the others."""
        text, lines = (log or self.log).note(**({"witnesses": ALL} | how)).split("\n\n")
        own = lines.splitlines(keepends=True)
        return (f"{text}\n\n" + own[0] + unknown(count - 2, size) + "".join(own[1:])
                # By a known name, and twice by one key.
                + unknown(1, name="institute0.example") + handmade_log.line(
                    "twice.example", ML_DSA, bytes(8), bytes(8)) * 2)

    def once(self, note, ledger="once"):
        web = self.web(serving(self.log, note))
        return cityid("follow", "--once", "--from", web.url, "--ledger", self.directory / ledger,
                      "--trust", self.consortium.trust)


class Followed(Case):
    def test_sixteen_large_lines_of_strangers(self):
        self.expect_done(self.once(self.mixed()))

    def test_sixty_large_lines_are_too_many_bytes(self):
        finished = self.once(self.mixed(55))
        self.assertEqual(finished.status, 3, finished)
        self.assertIn("more than it should", finished.err)

    def test_sixty_four_lines_and_no_more(self):
        self.expect_done(self.once(self.mixed(64 - 3 - 2, size=100)))
        finished = self.once(self.mixed(64 - 3 - 1, size=100), "another")
        self.assertEqual(finished.status, 3, finished)
        self.assertIn("more than 64", finished.err)

    def test_a_line_of_a_known_key_twice(self):
        finished = self.once(self.note + self.note.splitlines(keepends=True)[-1])
        self.assertEqual(finished.status, 3, finished)
        self.assertIn("two signatures", finished.err)

    def test_nothing_of_them_is_served_exported_or_put_into_a_snapshot(self):
        web = self.web(serving(self.log, self.mixed()))
        replica = self.consortium.replica("replica", web.url).start()
        wait_until(replica.note, "the checkpoint")
        self.assertEqual(names_in(replica.note()), self.known)
        # The same head, confirmed later.
        later = int(handmade_log.time.time()) + 100
        web.answer = serving(self.log, self.mixed(when=later))
        wait_until(lambda: self.log.note(witnesses=ALL, when=later) == replica.note(),
                   "the confirmation")
        proof = self.directory / "proof"
        self.expect_done(cityid("prove", "MA.156.T1", "--resolver", replica.url, "-o", proof))
        self.assertNotIn(b"stranger", proof.read_bytes())
        files, snapshot = self.directory / "files", self.directory / "snapshot"
        self.expect_done(cityid("ledger", "export", "--ledger", replica.ledger, "-o", files))
        self.assertEqual(names_in((files / "checkpoint").read_text()), self.known)
        self.expect_done(cityid("ledger", "snapshot", "--ledger", replica.ledger, "-o", snapshot))
        self.assertNotIn(b"stranger", snapshot.read_bytes())
        replica.stop()
        consortium.verify(replica.ledger)

    def test_nothing_of_them_is_kept_as_evidence(self):
        self.expect_done(self.once(self.note, "frozen"))
        other = self.log.but(size=2).closed(self.consortium.assignment("MA.156.X"))
        note = self.mixed(log=other)
        web = self.web(serving(other, note))
        finished = cityid("follow", "--once", "--from", web.url, "--ledger",
                          self.directory / "frozen", "--trust", self.consortium.trust)
        self.assertEqual(finished.status, 1, finished)
        kept = consortium.evidence_in(self.directory / "frozen")["notes"]
        self.assertEqual([names_in(each) for each in kept], [self.known, self.known])


class Cosigned(Case):
    def test_a_witness_takes_and_forgets_them(self):
        web = self.web(serving(self.log))
        witness = self.consortium.witness(1, log=web.url).start()
        request = self.log.request(0, self.mixed(witnesses=()))
        self.assertEqual(witness.post("/add-checkpoint", request).status, 200)
        self.assertGreater(len(request), 32 * 1024)
        path = f"/{handmade_log.sha256(self.consortium.keys.origin.encode()).hex()}/checkpoint"
        self.assertEqual(names_in(witness.request(path).text),
                         {self.consortium.keys.origin, "institute0.example"})

    def test_beside_a_cosignature_they_do_not_hide_it(self):
        ports = self.consortium.witness_ports[:2]
        others = [unknown(3), "\u2014 institute0.example !!!\n", "a comment\n", "\n",
                  unknown(1, 10_000), unknown(1, name="institute0.example")]

        def adding(lines):
            def lie(path, reply):
                if path == "/add-checkpoint" and reply.status == 200:
                    reply.body = lines.encode() + reply.body + lines.encode()
                return reply
            return lie
        webs = [self.web(mirror_of(consortium.url_of(port))) for port in ports]
        registry = self.consortium.registry(witnesses=[web.url for web in webs]).launch()
        for number in (1, 2):
            self.consortium.witness(number, "--nothing-newer").launch()
        registry.wait_ready()
        for number, lines in enumerate(others):
            with self.subTest(lines[:40]):
                for web, port in zip(webs, ports):
                    web.answer = mirror_of(consortium.url_of(port), adding(lines))
                entry = self.consortium.assignment(f"MA.156.L{number}")
                wait_until(lambda entry=entry: self.consortium.submit(entry)[0] == 201, "a record")
                self.assertEqual(names_in(registry.note()), {
                    self.consortium.keys.origin, "institute0.example", "institute1.example"})


class Trusted(Case):
    def test_a_key_of_an_unknown_type_is_a_member_that_never_signs(self):
        text = self.consortium.trust.read_text()
        vkey = handmade_log.base64.b64encode(bytes([ML_DSA]) + bytes(1312)).decode()
        more = f"witness NEW new.example+01234567+{vkey}\n"
        trust = self.directory / "trust"
        trust.write_text(text.replace("group institutes 2", more + "group institutes 2 NEW"))
        web = self.web(serving(self.log, self.note))
        follow = ("follow", "--once", "--from", web.url, "--trust", trust, "--ledger")
        self.expect_done(cityid(*follow, self.directory / "once"))
        trust.write_text(text.replace("group institutes 2 ", more + "group institutes 4 NEW "))
        self.expect_refused(cityid(*follow, self.directory / "never"), 1, "quorum needs keys")


if __name__ == "__main__":
    cityid_process.main()
