"""One log key and a quorum's keys, two histories: who followed the one freezes at the other, and
who cosigned the one refuses the other. Both notes are kept.
"""
import shutil
import time

import cityid_process
import consortium
import following_test
from cityid_process import cityid, wait_until
from consortium import evidence_in
from handmade_log import serving


def setUpModule():
    following_test.setUpModule()


class Forks(following_test.Case):
    """One log key and a quorum's keys, two histories."""

    def setUp(self):
        super().setUp()
        self.followed = self.log.closed(b"only here")
        self.own = self.followed.note(witnesses=following_test.ALL)
        self.web_a = self.web(serving(self.followed, self.own))
        self.replica = self.consortium.replica("replica", self.web_a.url).start()
        self.expect_level(self.replica, self.followed)
        other = self.directory / "other"
        shutil.copytree(self.consortium.ledger, other)
        shutil.copy(f"{self.consortium.ledger}.signed", f"{other}.signed")
        self.b = self.consortium.alone(ledger=other, name="b", port=consortium.free_port()).start()

    def point_at_b(self):
        self.replica.kill()
        replica = self.consortium.replica("replica", self.b.url, trust=False,
                                          ledger=self.replica.ledger).start()
        replica.wait_for("frozen: there is evidence against the log")
        return replica

    def expect_frozen(self, replica, note):
        status, text = replica.ready_now()
        self.assertEqual(status, 503)
        self.assertIn("frozen: there is evidence against the log", text)
        reply = replica.request("/MA.156.T1")
        self.assertEqual((reply.status, reply.json()["ledger"].get("frozen")), (200, True))
        self.assertEqual(replica.head(), (len(self.followed), self.followed.root()))
        found = evidence_in(replica.ledger)
        self.assertEqual((found["notes"], found["frozen"]), ([self.own, note], True), found)
        self.assertIn("a quorum cosigned two histories", found["reason"])
        shown = cityid("ledger", "evidence", "--ledger", replica.ledger)
        self.assertEqual(shown.status, 1)
        self.assertIn(self.own, shown.out)
        self.assertIn(note, shown.out)

    def test_the_same_size_with_another_root(self):
        self.consortium.publish("MA.156.B", to="b")
        self.assertEqual(self.b.head()[0], len(self.followed))
        note = self.b.note()
        replica = self.point_at_b()
        self.expect_frozen(replica, note)
        replica.restart()
        self.expect_frozen(replica, note)
        # Not even the history that it had before is followed any more.
        self.web_a.answer = serving(self.followed.closed(),
                                    self.followed.closed().note(witnesses=following_test.ALL))
        replica.kill()
        replica = self.consortium.replica("replica", self.web_a.url, ledger=replica.ledger).start()
        replica.wait_for("frozen")
        self.expect_frozen(replica, note)
        finished = self.once(self.web_a.url, ledger=replica.ledger)
        self.assertEqual(finished.status, 3, "it is being written")
        replica.stop()
        finished = self.once(self.web_a.url, ledger=replica.ledger)
        self.expect_refused(finished, 1, "frozen")

    def test_a_larger_size(self):
        for name in ("MA.156.B", "MA.156.C"):
            self.consortium.publish(name, to="b")
        replica = self.point_at_b()
        self.expect_frozen(replica, self.b.note())
        replica.restart()
        self.expect_frozen(replica, self.b.note())

    def test_a_smaller_size(self):
        self.replica.kill()
        longer = self.followed.closed(b"and here")
        self.web_a.answer = serving(longer, longer.note(witnesses=following_test.ALL))
        self.replica.start()
        self.expect_level(self.replica, longer)
        self.followed, self.own = longer, self.replica.note()
        self.consortium.publish("MA.156.B", to="b")
        self.assertLess(self.b.head()[0], len(longer))
        self.expect_frozen(self.point_at_b(), self.b.note())

    def test_without_a_quorum_it_is_a_complaint(self):
        """Anybody with the log's key alone can do that."""
        other = self.log.closed(b"something else")
        for witnesses in ((), (0,)):
            self.web_a.answer = serving(other, other.note(witnesses=witnesses))
            self.replica.wait_for("no quorum of the trusted witnesses")
        self.assertEqual(self.replica.ready_now(), (200, "ready\n"))
        self.assertIsNone(evidence_in(self.replica.ledger))

    def test_a_state_that_the_entries_do_not_come_to(self):
        for wrong in (self.followed.closed(map_root=bytes(32)), self.followed.closed(
                when=self.followed.state_root()[1] - 1)):
            with self.subTest(len(wrong)):
                replica = self.consortium.replica(f"r{time.monotonic_ns()}", self.web_a.url)
                self.web_a.answer = serving(self.followed, self.own)
                self.expect_level(replica.start(), self.followed)
                note = wrong.note(witnesses=following_test.ALL)
                self.web_a.answer = serving(wrong, note)
                replica.wait_for("frozen")
                self.assertEqual(replica.ready_now()[0], 503)
                found = evidence_in(replica.ledger)
                self.assertEqual(found["notes"], [self.own, note])
                self.assertIn("state root", found["reason"])
                self.assertEqual(replica.head()[0], len(self.followed))

    def test_a_second_registry_with_the_same_keys_goes_on_where_the_first_one_was(self):
        """A copy of the directory that is started later never makes a second history."""
        made = self.consortium
        self.b.stop()
        a = made.registry().launch()
        for number in (1, 2, 3):
            # The registry signed for them before: they have no journal of their own.
            made.witness(number, "--nothing-newer").launch()
        for member in (a, *made.witnesses()):
            member.wait_ready()
        # Fresh cosignatures mean that each of them has replayed it.
        wait_until(lambda: all(w.ready_now()[1].startswith("ready at 14 ")
                               for w in made.witnesses()), "three witnesses")
        wait_until(lambda: a.ready_now()[1] == "ready\n", "the registry has asked its witnesses")
        made.publish("MA.156.A")
        wait_until(lambda: all(w.ready_now()[1].startswith("ready at 16 ")
                               for w in made.witnesses()), "three witnesses")
        a.stop()
        b = made.registry(name="b", ledger=self.b.ledger).start()
        wait_until(lambda: b.ready_now()[1] == "ready\n", f"the second registry; {b.err}")
        self.assertEqual(b.request("/MA.156.A").status, 200)
        made.publish("MA.156.B", to="b")
        for witness in made.witnesses():
            self.assertIsNone(evidence_in(witness.ledger))
            self.assertEqual(witness.ready_now()[0], 200)


if __name__ == "__main__":
    cityid_process.main()
