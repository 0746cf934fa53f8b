"""An institute's witness (C2SP tlog-witness) with requests written by hand, and with logs that no
honest program makes.
"""
import base64
import hashlib
import json
import shutil
import time
import unittest

from nacl.signing import SigningKey

import cityid_process
import consortium
import handmade_log
import signed_record
from cityid_process import cityid, wait_until
from consortium import Consortium
from handmade_log import Log, Reply, Web, serving
from signed_record import NEW_KEY, sha256

CITIES = ("MA.156.T1", "MA.156.T2", "MA.156.T3")
ALL = (0, 1, 2)


def setUpModule():
    """A small history whose map roots are the program's own, and the keys that made it."""
    global BASE, LOG
    BASE = unittest.enterModuleContext(cityid_process.temporary_directory())
    with Consortium(BASE / "base") as made:
        # All witness keys on this machine: a checkpoint needs nobody else.
        keys = [word for i in (1, 2, 3) for word in ("--witness-key", made.key(f"witness{i}"))]
        registry = made.registry(*keys, witnesses=[]).start()
        for city in CITIES:
            made.publish(city)
        LOG = Log(made.keys, registry.entries())
        registry.stop()


class Case(cityid_process.Case):
    """A witness whose log is a web server of this test."""

    def setUp(self):
        directory = self.enterContext(cityid_process.temporary_directory())
        shutil.copytree(BASE / "base", directory / "consortium")
        self.consortium = self.enterContext(Consortium(directory / "consortium"))
        self.log = Log(self.consortium.keys, LOG.entries)
        self.web = self.enterContext(Web(serving(self.log)))
        self.witness = self.consortium.witness(1, log=self.web.url).start()
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
        self.assertTrue(before <= when <= int(time.time()), when)
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


class Protocol(Case):
    def test_it_cosigns_step_by_step_and_again(self):
        for size, old in ((2, 0), (4, 2), (4, 4), (8, 4)):
            part = self.publish(self.log.but(size=size))
            self.expect_cosigned(part, old)
        self.expect_size(8)
        self.expect_no_evidence()
        self.assertEqual(self.witness.ready_now(), (200, "ready at 8 entries\n"))
        self.witness.stop()
        consortium.verify(self.witness.ledger)
        self.witness.start()
        self.expect_size(8)

    def test_all_of_it_at_once_and_with_the_lines_of_others(self):
        note = self.log.note(witnesses=(1, 2))
        stranger = handmade_log.signed(self.log.text(), "stranger.example", SigningKey.generate())
        self.expect_cosigned(self.log, note=note + stranger)

    def test_malformed_requests(self):
        note = self.log.note()
        text, line = note.split("\n\n")
        node = base64.b64encode(bytes(32)).decode() + "\n"
        origin, size, root = self.log.text().splitlines()
        unsigned = text + "\n\n"
        other_text = f"{origin}\n{size}\n{root}\nextension\n"
        bodies = {
            "nothing": "", "only a note": note, "no empty line": f"old 0\n{text}",
            "nothing behind": "old 0\n\n", "no old": f"0\n\n{note}",
            "no number": f"old x\n\n{note}", "a blank more": f"old  0\n\n{note}",
            "a blank behind": f"old 0 \n\n{note}", "a leading zero": f"old 00\n\n{note}",
            "another leading zero": f"old 04\n\n{note}", "a sign": f"old +4\n\n{note}",
            "a negative": f"old -1\n\n{note}", "hexadecimal": f"old 0x4\n\n{note}",
            "over 64 bits": f"old {1 << 64}\n\n{note}", "in capitals": f"OLD 0\n\n{note}",
            "carriage returns": f"old 0\r\n\r\n{note}",
            "a short hash": f"old 4\n{base64.b64encode(bytes(31)).decode()}\n\n{note}",
            "a long hash": f"old 4\n{base64.b64encode(bytes(33)).decode()}\n\n{note}",
            "no base64": f"old 4\n{'!' * 44}\n\n{note}",
            "base64 without padding": f"old 4\n{node.strip().rstrip('=')}\n\n{note}",
            "64 hashes": f"old 4\n{node * 64}\n{note}",
            "old larger": f"old 9\n\n{note}", "without signature": f"old 0\n\n{unsigned}",
            "a cut signature": f"old 0\n\n{note[:-10]}", "no newline at the end":
                f"old 0\n\n{note[:-1]}", "a line too much": f"old 0\n\n{note}\n",
            "no size": "old 0\n\n" + self.log.note(text=f"{origin}\nx\n{root}\n"),
            "a root too short": "old 0\n\n" + self.log.note(
                text=f"{origin}\n{size}\n{base64.b64encode(bytes(31)).decode()}\n"),
            "two lines of text": "old 0\n\n" + self.log.note(text=f"{origin}\n{size}\n"),
            "size with a leading zero": "old 0\n\n" + self.log.note(
                text=f"{origin}\n0{size}\n{root}\n"),
            "an extension line": "old 0\n\n" + self.log.note(text=other_text),
            "17 lines": f"old 0\n\n{note}" + "".join(
                handmade_log.signed(text + "\n", f"n{i}.example", SigningKey.generate())
                for i in range(16)),
            "not UTF-8": b"old 0\n\n" + note.encode().replace(b"example", b"\xff\xfe"),
            "zeros": bytes(1000), "noise": hashlib.shake_128(b"noise").digest(5000)}
        for name, body in bodies.items():
            with self.subTest(name):
                self.expect_answer(400, body)
        reply = self.post(f"old 0\n\n{note}{'x' * 100_000}")
        self.assertIn(reply.status, (400, 413), reply)
        self.expect_cosigned(self.log)

    def test_other_methods_and_paths(self):
        reply = self.witness.request("/add-checkpoint")
        self.assertEqual((reply.status, reply["allow"]), (405, "POST"), reply)
        self.assertEqual(self.post(self.log.request(0), "/").status, 405)
        self.assertEqual(self.witness.request("/").status, 404)
        self.assertEqual(self.witness.request("/healthz").status, 200)

    def test_who_has_not_signed(self):
        text = self.log.text()
        origin = text.split("\n", 1)[0]
        key, stranger = self.consortium.keys.log_key, SigningKey.generate()
        good = handmade_log.signed(text, origin, key)
        public = signed_record.public(key)
        wrong = handmade_log.line(origin, 1, public, key.sign(b"another text").signature)
        named = handmade_log.line("other.example", 1, public, key.sign(text.encode()).signature)
        by_witness = handmade_log.cosigned(text, self.name, self.consortium.keys.witnesses[0],
                                           int(time.time()))
        by_log = handmade_log.cosigned(text, origin, key, int(time.time()))
        for name, lines in (("a stranger", handmade_log.signed(text, origin, stranger)),
                            ("a wrong signature", wrong), ("under another name", named),
                            ("a witness alone", by_witness), ("as a cosignature", by_log)):
            with self.subTest(name):
                self.expect_answer(403, self.log.request(0, f"{text}\n{lines}"))
        self.expect_cosigned(self.log, note=f"{text}\n{good}{named}")

    def test_another_log(self):
        for origin in ("other.example/ledger", "id.example.cn/ledger2", "id.example.cn"):
            text = self.log.text(origin=origin)
            self.expect_answer(404, self.log.request(0, self.log.note(text=text)))

    def test_from_another_size(self):
        self.expect_cosigned(self.publish(self.log.but(size=4)))
        whole = self.publish(self.log)
        for old in (0, 2, 3, 5, 8):
            with self.subTest(old):
                reply = self.expect_answer(409, whole.request(old))
                self.assertEqual((reply["content-type"], reply.text), ("text/x.tlog.size", "4\n"))
        older = self.log.but(size=2)
        self.expect_answer(409, older.request(2))
        self.expect_answer(400, older.request(4))
        self.expect_cosigned(whole, 4)

    def test_wrong_proofs(self):
        part = self.publish(self.log.but(size=3).closed())
        self.expect_answer(422, part.request(0, path=[bytes(32)]))
        first = self.publish(self.log.but(size=2))
        self.expect_cosigned(first)
        whole = self.publish(self.log)
        path = self.path(2)
        for name, wrong in (("none", []), ("one less", path[:-1]), ("one more", path + path[:1]),
                            ("reversed", path[::-1]),
                            ("a bit", [bytes([path[0][0] ^ 1]) + path[0][1:], *path[1:]])):
            with self.subTest(name):
                self.expect_answer(422, whole.request(2, path=wrong))
        self.expect_no_evidence()
        self.expect_cosigned(whole, 2)
        self.expect_answer(422, whole.request(8, path=path))

    def test_while_the_entries_can_not_be_fetched(self):
        self.web.answer = lambda path, headers: Reply(404)
        self.expect_answer(503, self.log.request(0))
        self.web.answer = lambda path, headers: Reply(500)
        self.expect_answer(503, self.log.request(0))
        self.publish(self.log.but(size=4))
        self.expect_answer(503, self.log.request(0))
        self.web.server.shutdown()
        self.web.server.server_close()
        self.expect_answer(503, self.log.request(0))
        self.expect_no_evidence()

    def test_tiles_and_entries_that_are_not_those_of_the_checkpoint(self):
        """The log's web server is wrong, the checkpoint isn't: nothing is kept against it."""
        good = serving(self.log)
        def flipped(what, at):
            def answer(path, headers):
                reply = good(path, headers)
                if what in path and reply.body:
                    body = bytearray(reply.body)
                    body[at] ^= 1
                    reply.body = bytes(body)
                return reply
            return answer
        for what, at in (("/tile/0/", 0), ("/tile/0/", 33), ("/tile/entries/", 0),
                         ("/tile/entries/", 300), ("/tile/entries/", -1)):
            with self.subTest(what=what, at=at):
                self.web.answer = flipped(what, at)
                self.assertIn(self.post(self.log.request(0)).status, (422, 503))
        self.expect_no_evidence()
        self.publish(self.log)
        self.expect_cosigned(self.log)

    def empty(self, root):
        text = f"{self.consortium.keys.origin}\n0\n{base64.b64encode(root).decode()}\n"
        return f"old 0\n\n{self.log.note(text=text)}"

    def test_an_empty_tree(self):
        self.assertIn(self.post(self.empty(sha256(b""))).status, (200, 422))

    def test_an_empty_tree_has_one_root(self):
        self.expect_answer(422, self.empty(bytes(32)))


class Monitoring(Case):
    def test_the_newest_checkpoint_has_its_own_cosignature(self):
        self.expect_cosigned(self.log)
        self.assertIn(self.name, handmade_log.cosigners(self.kept().text))

    def test_the_newest_checkpoint_by_the_hash_of_the_origin(self):
        self.assertEqual(self.kept().status, 404)
        note = self.log.note()
        self.expect_cosigned(self.log, note=note)
        self.assertTrue(self.kept().text.startswith(note))
        self.assertEqual(self.witness.request(f"/{'0' * 64}/checkpoint").status, 404)

    def kept(self):
        origin = self.consortium.keys.origin.encode()
        return self.witness.request(f"/{hashlib.sha256(origin).hexdigest()}/checkpoint")


class Histories(Case):
    """What the log signed and must not be cosigned."""

    def setUp(self):
        super().setUp()
        self.publish(self.log)
        self.expect_cosigned(self.log)
        self.own = self.log.note()

    def refuse(self, log, words=""):
        self.publish(log)
        self.expect_answer(422, log.request(8), words)
        self.expect_size(8)

    def test_a_wrong_map_root(self):
        self.refuse(self.log.closed(map_root=bytes(32)), "state root")

    def test_a_state_root_with_a_wrong_size(self):
        self.refuse(self.log.closed(size=7), "state root")

    def test_a_time_that_goes_back(self):
        self.refuse(self.log.closed(when=self.log.state_root()[1] - 1), "state root")

    def test_a_time_ahead(self):
        self.refuse(self.log.closed(when=int(time.time()) + 3600), "a minute ahead")
        near = self.publish(self.log.closed(when=int(time.time()) + 30))
        self.expect_cosigned(near, 8)

    def test_no_state_root_at_the_end(self):
        self.refuse(self.log.but(self.consortium.assignment("MA.156.NEW")), "state root")

    def test_a_record_without_its_effect_in_the_state(self):
        self.refuse(self.log.closed(self.consortium.assignment("MA.156.NEW")), "state root")

    def test_entries_that_the_rules_refuse_stop_nobody(self):
        again = self.consortium.assignment(CITIES[0])
        key = SigningKey.generate()
        unsigned = self.consortium.keys.assign("MA.156.NEW", key).signed((NEW_KEY, key))
        refused = [again, unsigned, b"noise", b"\0" * 100, LOG.entries[0], LOG.entries[2]]
        log = self.publish(self.log.closed(*refused))
        self.expect_cosigned(log, 8)
        self.witness.stop()
        consortium.verify(self.witness.ledger)

    def of_another_log(self, log=bytes(32)):
        """What would be the next state root, if it were this log's."""
        map_root, when = self.log.state_root()
        record = signed_record.Record(signed_record.STATE_ROOT,
                                      {1: map_root, 2: len(self.log), 3: when}, log=log,
                                      not_after=None)
        return signed_record.entry_of(record.payload(), [])

    def test_a_state_root_of_another_log_stops_nobody(self):
        others = [self.of_another_log(), self.of_another_log(sha256(b"another genesis"))]
        log = self.publish(self.log.closed(*others))
        self.expect_cosigned(log, 8)
        self.witness.stop()
        consortium.verify(self.witness.ledger)

    def test_a_state_root_of_another_log_ends_no_checkpoint(self):
        self.refuse(self.log.but(self.of_another_log()), "state root")

    def test_two_histories_of_one_size(self):
        other = self.log.but(size=6).closed(self.consortium.assignment("MA.156.B"))
        self.assertEqual(len(other), len(self.log))
        self.publish(other)
        note = other.note()
        self.expect_answer(422, other.request(8, note), "two histories")
        self.expect_evidence(self.own, note)
        self.expect_size(8)
        # It is kept over a restart, and a third note doesn't replace it.
        self.witness.kill()
        self.publish(self.log)
        self.witness.start()
        self.expect_evidence(self.own, note)
        third = self.log.but(size=6).closed(self.consortium.assignment("MA.156.C"))
        self.expect_answer(422, third.request(8), "two histories")
        self.expect_evidence(self.own, note)

    def test_two_histories_of_another_size(self):
        other = self.log.but(size=6).closed(self.consortium.assignment("MA.156.B")).closed()
        self.publish(other)
        note = other.note()
        self.expect_answer(422, other.request(8, note), "two histories")
        self.expect_evidence(self.own, note)

    def test_a_proof_that_does_not_show_it_is_no_evidence(self):
        """The tiles are not those of the checkpoint: anybody could serve them."""
        other = self.log.but(size=6).closed(self.consortium.assignment("MA.156.B")).closed()
        self.publish(self.log.closed())
        self.expect_answer(422, other.request(8))
        self.expect_no_evidence()


class RolledBack(Case):
    """Its directory is an old copy of itself."""

    def setUp(self):
        super().setUp()
        self.publish(self.log.but(size=4))
        self.expect_cosigned(self.log.but(size=4))
        self.witness.stop()
        self.copy = self.witness.ledger.with_name("copy")
        shutil.copytree(self.witness.ledger, self.copy)
        self.witness.start()
        self.publish(self.log)
        self.expect_cosigned(self.log, 4)

    def roll_back(self):
        self.witness.kill()
        shutil.rmtree(self.witness.ledger)
        shutil.copytree(self.copy, self.witness.ledger)

    def test_it_replays_up_to_what_is_published_and_goes_on(self):
        self.publish(self.log, self.log.note(witnesses=ALL))
        self.roll_back()
        self.witness.start()
        self.assertEqual(self.witness.ready_now(), (200, "ready at 8 entries\n"))
        self.expect_size(8)
        further = self.publish(self.log.closed())
        self.expect_cosigned(further, 8)
        self.expect_no_evidence()

    def test_an_empty_disk_too(self):
        self.publish(self.log, self.log.note(witnesses=ALL))
        self.witness.kill()
        shutil.rmtree(self.witness.ledger)
        self.witness.start()
        self.expect_size(8)

    def test_a_log_that_was_forked_meanwhile(self):
        other = self.log.but(size=2).closed(self.consortium.assignment("MA.156.B")).closed()
        note = other.note(witnesses=ALL)
        self.publish(other, note)
        self.roll_back()
        self.witness.launch()
        self.assertEqual(self.witness.running.process.wait(cityid_process.DEADLINE), 1)
        self.assertRegex(self.witness.err, "two histories|evidence against the log")
        self.expect_kept(self.log.but(size=4).note(), note)

    def test_a_log_that_is_gone_when_it_starts(self):
        self.roll_back()
        self.web.answer = lambda path, headers: Reply(500)
        self.witness.start()
        self.assertRegex(self.witness.err, r"answered 500")

    def test_a_log_that_is_back_later_is_asked_before_anything_is_cosigned(self):
        self.roll_back()
        self.web.answer = lambda path, headers: Reply(500)
        self.witness.start()
        published = serving(self.log, self.log.note(witnesses=ALL))
        other = self.log.but(size=4).closed(b"refused").closed(b"refused too")
        forked = serving(other)
        def answer(path, headers):
            return (published if path.endswith("/checkpoint") else forked)(path, headers)
        self.web.answer = answer
        reply = self.post(other.request(4))
        self.assertNotEqual(reply.status, 200, "it has cosigned two histories")


class TwoAddresses(cityid_process.Case):
    """One witness that is configured for two institutes' addresses counts once."""

    def test_it_counts_once(self):
        directory = self.enterContext(cityid_process.temporary_directory())
        made = self.enterContext(Consortium(directory / "consortium"))
        made.witness(1).launch()
        # The second one has the same key; the third is away.
        made.witness(2, key=made.key("witness1")).launch()
        registry = made.registry().launch()
        for member in (registry, made["witness1"], made["witness2"]):
            member.wait_ready()
        registry.wait_for("no quorum of the trusted witnesses")
        for witness in (made["witness1"], made["witness2"]):
            wait_until(lambda w=witness: "ready at 2 " in w.ready_now()[1], "its cosignature")
        self.assertIsNone(registry.note())
        self.assertEqual(made.submit(made.assignment("MA.156.T"))[1]["state"], "unpublished")
        self.assertIsNone(registry.note())
        made.witness(3).start()
        wait_until(lambda: registry.head()[0] == 4, "two of three")
        self.assertEqual(set(handmade_log.cosigners(registry.note())),
                         {"institute0.example", "institute2.example"})


class WhileAPolicyWaits(cityid_process.Case):
    """A batch with a new policy lacks its quorum: one witness of three has cosigned it."""

    def setUp(self):
        directory = self.enterContext(cityid_process.temporary_directory())
        self.consortium = made = self.enterContext(Consortium(directory / "consortium"))
        new = SigningKey.generate()
        consortium.write_key(made.key("log2"), new)
        registry = made.registry("--log-key", made.key("log2")).launch()
        for number in (1, 2, 3):
            made.witness(number).launch()
        for member in (registry, *made.witnesses()):
            member.wait_ready()
        wait_until(registry.note, "the first checkpoint")
        made.publish("MA.156.T1")
        self.published = registry.head()
        self.registry, self.witness = registry, made["witness1"]
        for number in (2, 3):
            made[f"witness{number}"].kill()
        policy = json.loads(cityid("policy", "--registry", registry.url).out)
        policy |= {"version": 2, "log_keys": [signed_record.public(new).hex()]}
        (directory / "policy.json").write_text(json.dumps(policy))
        keys = [word for name in ("institute1", "institute2", "log2")
                for word in ("--key", made.key(name))]
        cityid("policy", "--file", directory / "policy.json", "--registry", registry.url, *keys)
        self.waiting = f"ready at {self.published[0] + 2} entries\n"
        wait_until(lambda: self.witness.ready_now() == (200, self.waiting), "its cosignature")

    def expect_goes_on(self):
        """Nothing is published meanwhile; with a second witness it is, and what follows too."""
        self.assertEqual(self.witness.ready_now(), (200, self.waiting), self.witness.err)
        self.assertEqual(self.registry.head(), self.published)
        self.consortium["witness2"].start()
        wait_until(lambda: self.registry.head()[0] == self.published[0] + 2,
                   f"the new policy; {self.registry.err}{self.witness.err}")
        self.assertEqual(handmade_log.cosigners(self.registry.note()).count(
            "institute0.example"), 1)
        self.consortium.publish("MA.156.T2")
        self.assertEqual(set(handmade_log.cosigners(self.registry.note())),
                         {"institute0.example", "institute1.example"})
        self.assertIsNone(consortium.evidence_in(self.witness.ledger))
        self.assertEqual(consortium.status_of(self.witness.ledger)["policy"], 2)
        self.registry.stop()
        self.witness.stop()
        consortium.verify(self.registry.ledger)

    def test_a_witness_that_was_killed_goes_on(self):
        self.witness.kill()
        self.witness.start()
        self.expect_goes_on()
        consortium.verify(self.witness.ledger)

    def test_a_witness_and_the_registry_that_were_killed_go_on(self):
        self.registry.kill()
        self.witness.kill()
        self.registry.start()
        self.witness.start()
        self.expect_goes_on()
        consortium.verify(self.witness.ledger)

    def test_a_witness_that_lost_its_disk_goes_on(self):
        self.witness.kill()
        shutil.rmtree(self.witness.ledger)
        self.witness.start()
        wait_until(lambda: self.witness.ready_now() == (200, self.waiting), "its cosignature")
        self.expect_goes_on()


if __name__ == "__main__":
    cityid_process.main()
