"""Clocks that were wrong: a ledger goes on when they are right again, and says what it waits for."""
import json
import re
import time

import cityid_process
import consortium
from cityid_process import SLOW, cityid, wait_until
from clock import Clock
from consortium import Consortium

DAY = 24 * 3600


class Case(cityid_process.Case):
    """A consortium whose processes have one clock, and its registry."""

    def setUp(self):
        self.directory = self.enterContext(cityid_process.temporary_directory())
        self.clock = self.enterContext(Clock(self.directory / "clock", 0))
        self.consortium = self.enterContext(
            Consortium(self.directory / "consortium", env=self.clock.env))
        self.consortium.start()
        self.registry = self.consortium["registry"]
        self.witnesses = self.consortium.witnesses()

    def wait_published(self, subject, of=None):
        of = of or self.registry
        wait_until(lambda: of.request(f"/{subject}").status == 200,
                   f"{subject}; {of.err}; {of.ready_now()}")

    def submit(self, subject):
        return self.consortium.submit(self.consortium.assignment(subject), seconds=3 * SLOW)


class AllWereAhead(Case):
    """All clocks were ahead by ten days for one batch."""

    def setUp(self):
        super().setUp()
        self.away = self.witnesses[2]
        self.away.stop()
        self.replica = self.consortium.replica().start()
        self.clock.advance(10 * DAY)
        self.submit("MA.156.AHEAD")
        self.wait_published("MA.156.AHEAD")
        self.wait_published("MA.156.AHEAD", self.replica)
        self.clock.advance(-10 * DAY)

    def test_records_go_on_being_published(self):
        self.submit("MA.156.NEXT")
        self.wait_published("MA.156.NEXT")
        self.wait_published("MA.156.NEXT", self.replica)
        self.assertRegex(self.registry.ready_now()[1], r"the log's time is (9|10) days ahead")
        self.registry.stop()
        consortium.verify(self.registry.ledger)

    def test_a_witness_that_was_away_goes_on_too(self):
        self.away.start()
        self.witnesses[0].stop()
        self.submit("MA.156.NEXT")
        self.wait_published("MA.156.NEXT")

    def test_after_a_restart_too(self):
        for member in (self.registry, *self.witnesses[:2]):
            member.restart()
        self.submit("MA.156.NEXT")
        self.wait_published("MA.156.NEXT")

    def test_the_commands_take_the_logs_time(self):
        finished = cityid(
            "suspend", "MA.156.AHEAD", "--registry", self.registry.url, "--days", "5", "--key",
            self.consortium.key("institute1"), "--key", self.consortium.key("institute2"))
        self.expect_done(finished)
        wait_until(lambda: self.registry.request("/MA.156.AHEAD").status != 200, "suspended")

    def test_who_comes_too_late_by_the_logs_time_is_told_so(self):
        entry = self.consortium.directory / "late"
        finished = cityid(
            "suspend", "MA.156.AHEAD", "--ledger", self.replica.ledger, "--days", "0", "-o", entry,
            "--key", self.consortium.key("institute1"), "--key", self.consortium.key("institute2"))
        self.expect_done(finished)
        self.clock.advance(11 * DAY)
        self.submit("MA.156.LATER")
        self.wait_published("MA.156.LATER")
        self.clock.advance(-11 * DAY)
        reply = cityid_process.hand_in(self.registry, entry.read_bytes())
        self.assertEqual(reply.status, 409, reply)
        self.assertRegex(reply.json()["detail"], r"too late .*the log's time is \d+ days ahead")

    def test_a_replicas_head_that_was_confirmed_ahead_is_confirmed_again(self):
        status = json.loads(self.replica.request("/MA.156.AHEAD").text)["ledger"]["time"]
        self.submit("MA.156.NEXT")
        self.wait_published("MA.156.NEXT", self.replica)
        later = json.loads(self.replica.request("/MA.156.AHEAD").text)["ledger"]["time"]
        self.assertLess(later, status)


class OneJumps(Case):
    """The registry's clock alone jumps."""

    def setUp(self):
        super().setUp()
        self.own = self.enterContext(Clock(self.directory / "own", 0))
        self.registry.env = self.own.env
        self.registry.restart()
        wait_until(lambda: self.registry.ready_now()[1] == "ready\n", "the registry")
        self.consortium.publish("MA.156.BEFORE")

    def test_ahead_it_gives_no_places_until_it_is_right_again(self):
        head = self.registry.head()
        self.own.advance(3600)
        status, answer = self.submit("MA.156.X")
        self.assertEqual((status, answer["state"]), (202, "waiting"), answer)
        self.registry.wait_for("clock has jumped; this machine's clock is ahead of the quorum's")
        self.assertEqual(self.registry.head()[0], head[0])
        self.assertRegex(self.registry.ready_now()[1], "clock has jumped")
        self.own.advance(-3600)
        self.wait_published("MA.156.X")

    def test_behind_it_says_so_and_goes_on_when_it_is_right_again(self):
        self.own.advance(-3600)
        self.submit("MA.156.X")
        self.registry.wait_for("clock has jumped; .* the log's time is 59 minutes ahead")
        self.own.advance(3600)
        self.wait_published("MA.156.X")

    def test_a_witness_logs_why_it_refuses(self):
        published = time.time()
        for witness in self.witnesses[:2]:
            clock = self.enterContext(Clock(self.directory / f"{witness.name}.clock", -7200))
            witness.env = clock.env
            witness.restart()
        # A time in the same second as the one before would be taken.
        wait_until(lambda: time.time() > published + 2, "a later second")
        status, answer = self.submit("MA.156.X")
        self.assertEqual((status, answer["state"]), (202, "unpublished"), answer)
        self.registry.wait_for("answered 422 its time is more than a minute ahead of this witness's clock")
        self.witnesses[0].wait_for(r"refused \d+ checkpoints \(time\): 422 its time is")
        self.assertEqual(len(re.findall("refused", self.witnesses[0].err)), 1)


if __name__ == "__main__":
    cityid_process.main()
