"""A witness, and logs that no honest registry would serve: other histories, rolled back, of other keys."""
import json
import shutil
import time

from nacl.signing import SigningKey

import cityid_process
import consortium
import handmade_log
import signed_record
import witness_cases
from cityid_process import cityid, wait_until
from consortium import Consortium
from handmade_log import Reply, serving
from signed_record import NEW_KEY, sha256
from witness_cases import CITIES, WitnessCase

ALL = (0, 1, 2)


def setUpModule():
    global LOG
    witness_cases.set_up()
    LOG = witness_cases.LOG


class Histories(WitnessCase):
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


class GivenUp(WitnessCase):
    def test_a_repeat_of_what_continues_a_tree_that_was_given_up(self):
        part = self.publish(self.log.but(size=4))
        self.expect_cosigned(part)
        self.publish(self.log)
        self.expect_cosigned(self.log, 4)
        self.witness.stop()
        origin, size, root = part.text().splitlines()
        base = self.log.but(size=2).text().splitlines()
        text = (f"cityid-release 1\n{origin}\nbase {base[1]} {base[2]}\nkeep {base[1]} {base[2]}\n"
                f"give-up {size} {root}\n")
        self.publish(self.log, self.log.but(size=2).note(witnesses=ALL))
        release = self.witness.ledger.with_name("release")
        release.write_text(text + "\n" + handmade_log.signed(
            text, self.name, self.consortium.keys.institutes[0]))
        config = self.witness.ledger.with_name("witness1.toml")
        consortium.done(cityid("witness", "--config", config, "--yes", "--promise", release))
        # Its directory has more than it cosigned.
        self.publish(self.log.closed(), self.log.closed().note(witnesses=ALL))
        self.witness.start()
        self.assertEqual(self.witness.ready_now(), (200, "ready at 9 entries\n"))
        self.expect_answer(422, self.log.request(8), "has promised never to cosign")
        self.expect_answer(422, part.request(4), "has promised never to cosign")


class RolledBack(WitnessCase):
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
        # Its journal knows more than its directory.
        self.expect_kept(self.log.note(), note)

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
        policy |= {"version": 2, "log_keys": [made.public("log2")]}
        (directory / "policy.json").write_text(json.dumps(policy))
        keys = [word for name in ("institute1", "institute2", "log2")
                for word in ("--key", made.key(name))]
        cityid("policy", "--indispensable", "--file", directory / "policy.json", "--registry", registry.url, *keys)
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
