"""A registry whose directory was put back, moved or lost: it never signs a second history, finds the
records again that its witnesses have, and says what it waits for.
"""
import shutil
import time

import cbor2

import cityid_process
import consortium
import handmade_log
from cityid_process import wait_until
from consortium import Consortium, evidence_in

UNCONFIRMED = "unconfirmed"


class Case(cityid_process.Case):
    """A consortium with its registry and three witnesses, and copies of the registry's directory."""

    def setUp(self):
        directory = self.enterContext(cityid_process.temporary_directory())
        self.consortium = self.enterContext(Consortium(directory / "consortium"))
        self.consortium.start()
        self.registry = self.consortium["registry"]
        self.witnesses = self.consortium.witnesses()
        self.journal = self.registry.ledger.with_name("registry.signed")
        self.copy = directory / "copy"
        self.let_all_cosign()

    def let_all_cosign(self):
        """Two of three make a quorum: the third knows what it cosigned once it is asked in time."""
        def journals():
            return all(witness.ledger.with_name(witness.ledger.name + ".signed").exists()
                       for witness in self.witnesses)
        for number in range(20):
            if journals():
                return
            self.consortium.publish(f"MA.156.S{number}")
            time.sleep(0.2)
        self.fail("a witness is never asked")

    def back_up(self):
        """Copies the directory as it is at rest; the registry goes on."""
        self.registry.kill()
        shutil.copytree(self.registry.ledger, self.copy)
        self.registry.start()
        wait_until(self.takes_records, "the registry again")

    def put_back(self, journal=True):
        """Kills the registry and puts the copy back, with the journal as it is or without it."""
        self.registry.kill()
        shutil.rmtree(self.registry.ledger)
        shutil.copytree(self.copy, self.registry.ledger)
        if not journal:
            self.journal.unlink()

    def takes_records(self):
        return UNCONFIRMED not in self.registry.ready_now()[1]

    def wait_confirmed(self):
        try:
            wait_until(self.takes_records, "the registry is confirmed")
        except AssertionError as error:
            raise AssertionError(f"{error}; {self.registry.ready_now()}; {self.registry.err}")

    def expect_goes_on(self, head, *subjects):
        """The old head is part of the log, every record is there, a new one comes in, nobody found a
        second history."""
        wait_until(lambda: self.registry.head()[0] >= head[0],
                   f"{head[0]} entries; {self.registry.err}")
        for subject in subjects:
            self.assertEqual(self.registry.request(f"/{subject}").status, 200, subject)
        if self.registry.head()[0] == head[0]:
            self.assertEqual(self.registry.head(), head)
        self.consortium.publish("MA.156.NEXT")
        for witness in self.witnesses:
            if witness.alive():
                self.assertEqual(witness.ready_now()[0], 200, witness.ready_now())
                self.assertIsNone(evidence_in(witness.ledger))
        self.registry.stop()
        consortium.verify(self.registry.ledger)


class PutBack(Case):
    def test_with_its_journal_it_has_the_last_batch_at_once(self):
        self.back_up()
        self.consortium.publish("MA.156.LATER")
        head = self.registry.head()
        self.put_back()
        self.registry.start()
        self.wait_confirmed()
        self.expect_goes_on(head, "MA.156.LATER")

    def test_with_its_journal_it_takes_older_batches_from_a_witness(self):
        self.back_up()
        for subject in ("MA.156.T1", "MA.156.T2", "MA.156.T3"):
            self.consortium.publish(subject)
        head = self.registry.head()
        self.put_back()
        self.registry.start()
        self.wait_confirmed()
        self.expect_goes_on(head, "MA.156.T1", "MA.156.T2", "MA.156.T3")

    def test_without_its_journal_it_asks_the_witnesses(self):
        self.back_up()
        for subject in ("MA.156.T1", "MA.156.T2"):
            self.consortium.publish(subject)
        head = self.registry.head()
        self.put_back(journal=False)
        self.registry.start()
        self.wait_confirmed()
        self.expect_goes_on(head, "MA.156.T1", "MA.156.T2")

    def test_a_record_that_one_witness_alone_cosigned_is_not_lost(self):
        self.back_up()
        for witness in self.witnesses[1:]:
            witness.stop()
        status, answer = self.consortium.submit(self.consortium.assignment("MA.156.ALONE"))
        self.assertEqual((status, answer["state"]), (202, "unpublished"))
        wait_until(lambda: f"ready at {answer['index'] + 2} entries" in self.witnesses[0].ready_now()[1],
                   "the witness that runs has cosigned it")
        self.put_back(journal=False)
        for witness in self.witnesses[1:]:
            witness.start()
        self.registry.start()
        self.wait_confirmed()
        wait_until(lambda: self.registry.request("/MA.156.ALONE").status == 200, "the record")
        self.assertEqual(self.consortium.submit(self.consortium.assignment("MA.156.X"))[1]["index"],
                         answer["index"] + 2)

    def test_together_with_its_journal_it_is_found_out_by_the_witnesses(self):
        self.back_up()
        journal = self.journal.read_bytes()
        self.consortium.publish("MA.156.LATER")
        head = self.registry.head()
        self.put_back()
        self.journal.write_bytes(journal)
        self.registry.start()
        self.wait_confirmed()
        self.expect_goes_on(head, "MA.156.LATER")


    def test_a_directory_with_a_batch_that_waits_follows_a_mirror(self):
        replica = self.consortium.replica().start()
        for witness in self.witnesses[:2]:
            witness.stop()
        status, answer = self.consortium.submit(self.consortium.assignment("MA.156.WAITS"))
        self.assertEqual((status, answer["state"]), (202, "unpublished"))
        self.registry.kill()
        shutil.copytree(self.registry.ledger, self.copy)
        for witness in self.witnesses[:2]:
            witness.start()
        self.registry.start()
        wait_until(lambda: self.registry.request("/MA.156.WAITS").status == 200, "it is public")
        self.consortium.publish("MA.156.T1")
        self.consortium.publish("MA.156.T2")
        head = self.consortium.wait_level("replica")
        self.put_back()
        finished = cityid_process.cityid("follow", "--from", replica.url, "--ledger",
                                         self.registry.ledger, "--once")
        self.expect_done(finished)
        self.registry.start()
        self.wait_confirmed()
        self.expect_goes_on(head, "MA.156.WAITS", "MA.156.T1", "MA.156.T2")


class Unconfirmed(Case):
    def lose_journal(self):
        self.registry.kill()
        self.journal.unlink()

    def test_it_answers_reads_takes_nothing_in_and_says_why(self):
        for witness in self.witnesses[:2]:
            witness.stop()
        head = self.registry.head()
        self.lose_journal()
        self.registry.start()
        wait_until(lambda: "have confirmed" in self.registry.ready_now()[1], self.registry.err)
        status, text = self.registry.ready_now()
        self.assertEqual(status, 503)
        self.assertIn(UNCONFIRMED, text)
        self.assertIn("1 of 2 institutes have confirmed", text)
        self.assertIn("not heard of: institute0.example, institute1.example", text)
        status, answer = self.consortium.submit(self.consortium.assignment("MA.156.X"))
        self.assertEqual(status, 503, answer)
        self.assertIn("takes nothing in yet", answer["detail"])
        self.assertEqual(self.registry.head(), head)
        # One more confirms, and the third was named by nobody.
        self.witnesses[1].start()
        wait_until(lambda: "2 of 2 institutes have confirmed" in self.registry.ready_now()[1],
                   "the second confirms")
        time.sleep(1.5)
        self.assertFalse(self.takes_records())
        self.witnesses[0].start()
        self.wait_confirmed()
        self.consortium.publish("MA.156.X")

    def test_the_operator_names_a_witness_that_is_gone(self):
        self.witnesses[0].stop()
        self.lose_journal()
        self.consortium.registry("--without", "institute0.example").start()
        self.registry = self.consortium["registry"]
        self.wait_confirmed()
        self.consortium.publish("MA.156.X")

    def test_a_name_that_the_policy_lacks_is_no_word_for_anybody(self):
        self.lose_journal()
        registry = self.consortium.registry("--without", "institute9.example").launch()
        registry.wait_for("'institute9.example' is no institute or witness of the policy")

    def test_one_witness_that_claims_more_and_shows_nothing_stops_nobody(self):
        self.witnesses[0].stop()
        self.lose_journal()

        def liar(path, _):
            if path == "/add-checkpoint":
                return handmade_log.Reply(409, b"999999\n", Content_Type="text/x.tlog.size")
            return handmade_log.Reply(404)
        web = self.enterContext(handmade_log.Web(liar))
        addresses = [web.url] + [witness.url for witness in self.witnesses[1:]]
        self.registry = self.consortium.registry(witnesses=addresses).start()
        self.wait_confirmed()
        self.consortium.publish("MA.156.X")

    def test_a_replica_becomes_the_registry(self):
        replica = self.consortium.replica().start()
        self.consortium.publish("MA.156.T1")
        self.consortium.wait_level("replica")
        replica.stop()
        self.registry.kill()
        self.registry = self.consortium.registry(ledger=replica.ledger).start()
        self.wait_confirmed()
        self.consortium.publish("MA.156.T2")
        self.assertEqual(self.registry.request("/MA.156.T1").status, 200)


class TwoBranches(Case):
    """Two batches on one head, each with one witness: the operator gave one up that a witness has."""

    def unpublished(self, subject, witness):
        """A batch that only this witness has cosigned."""
        status, answer = self.consortium.submit(self.consortium.assignment(subject))
        self.assertEqual((status, answer["state"]), (202, "unpublished"), answer)
        wait_until(lambda: f"ready at {answer['index'] + 2} entries" in witness.ready_now()[1], subject)

    def setUp(self):
        super().setUp()
        self.back_up()
        first, second, third = self.witnesses
        second.stop()
        third.stop()
        self.unpublished("MA.156.A", first)
        first.stop()
        self.put_back(journal=False)
        second.start()
        third.start()
        self.registry = self.consortium.registry("--without", "institute0.example").start()
        self.wait_confirmed()
        third.stop()
        self.unpublished("MA.156.B", second)
        first.start()
        third.start()

    def test_the_registry_says_so_and_takes_the_branch_that_can_have_a_quorum(self):
        self.registry.kill()
        self.registry = self.consortium.registry().start()
        self.registry.wait_for("has another history of .* entries, signed by this log's key")
        self.assertEqual(self.registry.ready_now()[0], 503)
        self.registry.kill()
        finished = cityid_process.cityid("ledger", "adopt", "--from", self.witnesses[0].url,
                                         "--ledger", self.registry.ledger)
        self.expect_done(finished)
        self.registry = self.consortium.registry("--without", "institute1.example").start()
        wait_until(lambda: self.registry.request("/MA.156.A").status == 200, self.registry.err)
        # The record of the other branch comes again, behind it.
        wait_until(lambda: self.registry.request("/MA.156.B").status == 200, self.registry.err)
        self.assertIsNone(evidence_in(self.witnesses[0].ledger))
        self.registry.stop()
        consortium.verify(self.registry.ledger)

    def test_a_machine_whose_witness_key_may_have_cosigned_the_other_one_takes_none(self):
        self.registry.kill()
        stored = cbor2.loads(self.journal.read_bytes())
        stored[2].append(bytes.fromhex(self.consortium.public("witness3")))
        self.journal.write_bytes(cbor2.dumps(stored))
        finished = cityid_process.cityid("ledger", "adopt", "--from", self.witnesses[0].url,
                                         "--ledger", self.registry.ledger)
        self.expect_refused(finished, 1, "the witness key of institute2.example is on this machine")
        # Its own tree is no other one.
        finished = cityid_process.cityid("ledger", "adopt", "--from", self.witnesses[1].url,
                                         "--ledger", self.registry.ledger)
        self.expect_done(finished)

    def test_a_witness_without_a_branch_gives_none(self):
        self.registry.kill()
        finished = cityid_process.cityid("ledger", "adopt", "--from", self.witnesses[2].url,
                                         "--ledger", self.registry.ledger)
        self.expect_refused(finished, 1, "has no more than what is published here")


class Witnesses(Case):
    def test_a_witness_whose_directory_was_put_back_takes_its_last_tree_from_its_journal(self):
        witness = self.witnesses[0]
        witness.stop()
        shutil.copytree(witness.ledger, self.copy)
        witness.start()
        self.consortium.publish("MA.156.T1")
        wait_until(lambda: f"ready at {self.registry.head()[0]} entries" in witness.ready_now()[1],
                   "the witness")
        self.registry.kill()
        witness.kill()
        shutil.rmtree(witness.ledger)
        shutil.copytree(self.copy, witness.ledger)
        witness.start()
        self.assertIn(f"ready at {consortium.status_of(self.registry.ledger)['size']} entries",
                      witness.ready_now()[1])


if __name__ == "__main__":
    cityid_process.main()
