"""Replicas that follow: from the registry, from files, from each other; logs that shrink or go
silent; policies that change on the way. Mirrors that lie: mirrors_test.py. Forks: forks_test.py.
"""
import json
import re
import shutil
import time
import unittest

import cityid_process
import consortium
import handmade_log
from cityid_process import cityid, wait_until
from consortium import Consortium, evidence_in
from handmade_log import Log, Reply, Web, mirror_of, serving

CITIES = [f"MA.156.T{number}" for number in range(6)]
ALL = (0, 1, 2)
HOUR = 3600


def setUpModule():
    """A small history, its keys, and the log as files."""
    global BASE, LOG
    BASE = unittest.enterModuleContext(cityid_process.temporary_directory())
    with Consortium(BASE / "base") as made:
        registry = made.alone().start()
        for city in CITIES:
            made.publish(city)
        LOG = Log(made.keys, registry.entries())
        registry.stop()


class Case(cityid_process.Case):
    """A copy of that consortium; nothing runs yet."""

    def setUp(self):
        self.directory = self.enterContext(cityid_process.temporary_directory())
        shutil.copytree(BASE / "base", self.directory / "consortium")
        self.consortium = self.enterContext(Consortium(self.directory / "consortium"))
        self.log = Log(self.consortium.keys, LOG.entries)
        self.note = self.log.note(witnesses=ALL)

    def web(self, answer):
        return self.enterContext(Web(answer))

    def handmade(self, log=None, **how):
        """A web server with this log, cosigned."""
        log = log or self.log
        return self.web(serving(log, log.note(**({"witnesses": ALL} | how))))

    def once(self, *mirrors, ledger=None, trust=True):
        sources = [word for url in mirrors for word in ("--from", url)]
        trusting = ["--trust", self.consortium.trust] if trust else []
        return cityid("follow", "--once", "--ledger", ledger or self.directory / "once", *sources,
                      *trusting)

    def expect_followed(self, finished, size=None):
        self.expect_done(finished)
        self.assertRegex(finished.out, rf"\A{size or len(self.log)} entries, as of \S+Z\n\Z")

    def expect_level(self, replica, log=None):
        log = log or self.log
        wait_until(lambda: replica.head() == (len(log), log.root()),
                   f"{replica.name} at {len(log)} entries; {replica.err}")


class Sources(Case):
    def exported(self):
        files = self.directory / "files"
        self.expect_done(cityid("ledger", "export", "--ledger", self.consortium.ledger, "-o",
                                files))
        return files

    def test_from_the_registry_and_on_from_there(self):
        registry = self.consortium.alone().start()
        replica = self.consortium.replica().start()
        self.consortium.wait_level("replica")
        self.consortium.publish("MA.156.NEW")
        self.consortium.wait_level("replica")
        for path in ("/ledger/checkpoint", "/ledger/tile/entries/000.p/5", "/ledger/policies/1",
                     "/ledger/tile/0/000.p/16"):
            self.assertEqual(replica.request(path).body, registry.request(path).body, path)
        answer = replica.request("/MA.156.NEW").json()
        self.assertEqual((answer["verdict"], answer["ledger"]["stale"]), ("registered", False))
        self.assertNotIn("frozen", answer["ledger"])
        self.assertEqual(replica.ready_now(), (200, "ready\n"))
        self.assertEqual(replica.stop(), 0)
        consortium.verify(replica.ledger)
        # It follows without a trust file now.
        self.consortium.publish("MA.156.LATER")
        self.consortium.replica(trust=False).start()
        self.consortium.wait_level("replica")

    def test_from_an_exported_directory(self):
        files = self.exported()
        replica = self.consortium.replica("replica", files).start()
        self.expect_level(replica)
        registry = self.consortium.alone().start()
        self.consortium.publish("MA.156.NEW")
        registry.stop()
        self.exported()
        wait_until(lambda: replica.head()[0] == len(self.log) + 2, "what was exported later")
        self.assertEqual(replica.request("/MA.156.NEW").status, 200)
        replica.stop()
        consortium.verify(replica.ledger)

    def test_from_a_replica(self):
        self.consortium.alone().start()
        first = self.consortium.replica("first").start()
        second = self.consortium.replica("second", first.url).start()
        third = self.consortium.replica("third", second.url).start()
        self.consortium.publish("MA.156.NEW")
        self.consortium.wait_level("first", "second", "third")
        self.assertEqual(third.request("/MA.156.NEW").status, 200)

    def test_once(self):
        self.expect_followed(self.once(self.exported()))
        self.expect_followed(self.once(self.exported(), trust=False))
        web = self.handmade(self.log.closed())
        self.expect_followed(self.once(web.url), len(self.log) + 1)
        consortium.verify(self.directory / "once")

    def test_once_with_nobody_there(self):
        gone = f"http://127.0.0.1:{consortium.free_port()}"
        finished = self.once(gone)
        self.assertEqual(finished.status, 3, finished)
        self.assertIn(f"{gone}/ledger: cannot reach", finished.err)
        finished = self.once(self.directory / "no-such")
        self.assertEqual(finished.status, 3, finished)
        self.assertIn("publishes no checkpoint", finished.err)
        self.expect_followed(self.once(gone, self.handmade().url))

    def test_once_with_an_empty_checkpoint(self):
        finished = self.once(self.web(lambda path, headers: Reply(200)).url)
        self.assertEqual(finished.status, 3, finished)

    def test_an_empty_replica_must_be_told_whom_to_trust(self):
        web = self.handmade()
        self.expect_refused(self.once(web.url, trust=False), 2, "--trust")
        finished = cityid("serve", "--ledger", self.directory / "new", "--listen", "127.0.0.1:0",
                          "--follow", web.url)
        self.expect_refused(finished, 2, "--trust")

    def test_an_empty_replica_says_that_it_knows_nothing(self):
        web = self.web(lambda path, headers: Reply(404))
        replica = self.consortium.replica("replica", web.url).start()
        self.assertEqual(replica.ready_now()[0], 503)
        reply = replica.request("/MA.156.T1")
        self.assertEqual(reply.status, 503, reply)
        self.assertEqual(reply.media_type, "application/problem+json")
        self.assertEqual(replica.request("/ledger/checkpoint").status, 404)
        self.assertEqual(replica.request("/healthz").status, 200)
        self.assertIn(replica.request("/MA.156.T1/proof").status, (404, 503))
        web.answer = serving(self.log, self.note)
        self.expect_level(replica)
        self.assertEqual(replica.ready_now(), (200, "ready\n"))
        self.assertEqual(replica.request("/MA.156.T1").status, 200)

    def test_another_consortiums_trust_file(self):
        with Consortium(self.directory / "others") as others:
            finished = cityid("follow", "--once", "--from", self.handmade().url, "--ledger",
                              self.directory / "new", "--trust", others.trust)
        self.assertEqual(finished.status, 3, finished)
        self.assertIn("no trusted log signed it", finished.err)

    def test_an_unchanged_log_costs_a_304(self):
        registry = self.consortium.alone().start()
        web = self.web(mirror_of(registry.url))
        replica = self.consortium.replica("replica", web.url).start()
        self.consortium.wait_level("replica")
        known = len(web.asked)
        wait_until(lambda: len(web.asked) >= known + 20, "twenty polls")
        polls = web.asked[known + 1:known + 20]
        self.assertEqual(set(polls), {("/ledger/checkpoint", 304)})
        self.consortium.publish("MA.156.NEW")
        self.consortium.wait_level("replica")
        self.assertEqual(replica.err.count("\n"), 1, replica.err)

    def test_without_a_resolver(self):
        registry = self.consortium.alone().start()
        ledger = self.directory / "followed"
        with cityid_process.running("follow", "--from", registry.url, "--ledger", ledger, "--trust",
                                    self.consortium.trust, "--poll", 20) as follower:
            follower.wait_for("err", "following into")
            self.consortium.publish("MA.156.NEW")
            size = registry.head()[0]
            wait_until(lambda: consortium.status_of(ledger)["size"] == size, "its head")
            self.expect_done(follower.stop())
        consortium.verify(ledger)

    def test_killed_at_any_point_it_goes_on(self):
        """At each request of its mirror in turn, and a little later."""
        registry = self.consortium.alone().start()
        web = self.web(mirror_of(registry.url))
        replica = self.consortium.replica("replica", web.url)
        for number in range(8):
            self.consortium.publish(f"MA.156.K{number}")
            known = len(web.asked)
            replica.launch()
            wait_until(lambda known=known, number=number: len(web.asked) > known + number % 4,
                       "requests")
            time.sleep(number / 1000)
            replica.kill()
        replica.start()
        self.consortium.wait_level("replica")
        replica.stop()
        consortium.verify(replica.ledger)


class Silence(Case):
    def stale(self, replica):
        return replica.request("/MA.156.T1").json()["ledger"]["stale"]

    def test_a_log_that_shrinks_is_not_followed_back(self):
        web = self.handmade()
        replica = self.consortium.replica("replica", web.url).start()
        self.expect_level(replica)
        shorter = self.log.but(size=8)
        web.answer = serving(shorter, shorter.note(witnesses=ALL))
        known = len(web.asked)
        wait_until(lambda: len(web.asked) > known + 10, "ten polls")
        self.assertEqual(replica.head(), (len(self.log), self.log.root()))
        self.assertEqual(replica.request("/MA.156.T5").status, 200)
        self.assertIsNone(evidence_in(replica.ledger))
        replica.restart()
        self.assertEqual(replica.head()[0], len(self.log))

    def forget_when(self):
        """The trust file doesn't say when it was confirmed: older logs are answered from, too."""
        trust = self.consortium.trust
        trust.write_text(re.sub("# confirmed .*\n", "", trust.read_text()))

    def test_how_old_it_is_the_quorum_says(self):
        self.forget_when()
        now = int(time.time())
        web = self.handmade(when=now - 2 * HOUR)
        replica = self.consortium.replica("replica", web.url).start()
        self.expect_level(replica)
        self.assertTrue(self.stale(replica))
        # One fresh cosignature is not the quorum's time; the log's line has no time at all.
        keys = self.consortium.keys
        def lines(*times):
            text = self.log.text()
            return text + "\n" + handmade_log.signed(text, keys.origin, keys.log_key) + "".join(
                handmade_log.cosigned(text, f"institute{i}.example", keys.witnesses[i], when)
                for i, when in enumerate(times))
        web.answer = serving(self.log, lines(now, now - 2 * HOUR, now - 3 * HOUR))
        known = len(web.asked)
        wait_until(lambda: len(web.asked) > known + 5, "five polls")
        self.assertTrue(self.stale(replica))
        # Those of the future do not count.
        web.answer = serving(self.log, lines(now + HOUR, now + HOUR, now - HOUR * 3))
        known = len(web.asked)
        wait_until(lambda: len(web.asked) > known + 5, "five polls")
        self.assertTrue(self.stale(replica))
        web.answer = serving(self.log, lines(now, now - 60, now - 3 * HOUR))
        wait_until(lambda: not self.stale(replica), "fresh cosignatures")
        # Older ones do not make it older again.
        web.answer = serving(self.log, lines(now - 2 * HOUR, now - 2 * HOUR, now - 3 * HOUR))
        known = len(web.asked)
        wait_until(lambda: len(web.asked) > known + 5, "five polls")
        self.assertFalse(self.stale(replica))
        replica.restart()
        self.assertFalse(self.stale(replica))

    def test_older_than_its_trust_file_it_says_nothing(self):
        now = int(time.time())
        web = self.handmade(when=now - 60)
        replica = self.consortium.replica("replica", web.url).launch()
        replica.wait_for("older than the trust file")
        reply = replica.request("/MA.156.T1")
        self.assertEqual(reply.status, 503, reply)
        self.assertIn("older than the trust file", reply.json()["detail"])
        self.assertEqual(replica.ready_now()[0], 503)
        web.answer = serving(self.log, self.log.note(witnesses=ALL))
        wait_until(lambda: replica.request("/MA.156.T1").status == 200, "fresh cosignatures")
        self.assertEqual(replica.ready_now()[0], 200)

    def test_past_a_week_it_says_nothing_any_more(self):
        self.forget_when()
        web = self.handmade(when=int(time.time()) - 8 * 24 * HOUR)
        replica = self.consortium.replica("replica", web.url).start()
        wait_until(lambda: replica.head()[0] == len(self.log), "its head")
        reply = replica.request("/MA.156.T1")
        self.assertEqual((reply.status, reply.json()["verdict"]), (503, "ledger-stale"))
        self.assertEqual(replica.ready_now()[0], 503)

    def test_a_log_that_goes_silent(self):
        registry = self.consortium.alone().start()
        replica = self.consortium.replica().start()
        self.consortium.wait_level("replica")
        registry.kill()
        replica.wait_for("cannot reach")
        self.assertEqual(replica.request("/MA.156.T1").status, 200)
        self.assertEqual(replica.ready_now(), (200, "ready\n"))
        registry.start()
        self.consortium.publish("MA.156.NEW")
        self.consortium.wait_level("replica")


class Policies(Case):
    """Another log key, and an institute more, without anybody's help."""

    def setUp(self):
        super().setUp()
        self.keys = self.consortium.keys
        self.registry = self.consortium.alone(
            "--log-key", self.consortium.key("log2"), "--witness-key",
            self.consortium.key("witness4")).start()

    def policy(self):
        return json.loads(cityid("policy", "--registry", self.registry.url).out)

    def change(self, new_keys, **fields):
        policy = self.policy()
        policy |= {"version": policy["version"] + 1, **fields}
        path = self.directory / "policy.json"
        path.write_text(json.dumps(policy))
        keys = [word for name in ("institute1", "institute2", *new_keys)
                for word in ("--key", self.consortium.key(name))]
        finished = cityid("policy", "--indispensable", "--file", path, "--registry", self.registry.url, *keys)
        self.expect_done(finished)
        self.assertRegex(finished.out, r"\Asequenced \d+\n\Z", finished)

    def new_log_key(self):
        self.change(["log2"], log_keys=[self.consortium.public("log2")])

    def new_institute(self):
        self.change(["institute4", "witness4"], quorum=3, institutes=self.policy()["institutes"] + [
            {"name": "institute3.example", "record_key": self.consortium.public("institute4"),
             "witness_key": self.consortium.public("witness4")}])
        self.keys.k = 3

    def test_while_following(self):
        replica = self.consortium.replica().start()
        self.consortium.wait_level("replica")
        self.new_log_key()
        self.consortium.wait_level("replica")
        self.consortium.publish("MA.156.P1")
        self.consortium.wait_level("replica")
        second = self.consortium.replica("second", replica.url).start()
        self.consortium.wait_level("second")
        self.consortium.publish("MA.156.P2")
        self.consortium.wait_level("replica", "second")
        for server in (replica, second):
            server.stop()
            consortium.verify(server.ledger)

    def test_a_new_institute_while_following(self):
        replica = self.consortium.replica().start()
        self.consortium.wait_level("replica")
        self.new_institute()
        self.consortium.publish("MA.156.P1")
        self.consortium.wait_level("replica")
        self.assertEqual(len(consortium.status_of(replica.ledger)["institutes"]), 4)

    def test_away_over_two_changes(self):
        replica = self.consortium.replica().start()
        self.consortium.wait_level("replica")
        replica.stop()
        self.new_log_key()
        self.consortium.publish("MA.156.P1")
        self.new_institute()
        self.consortium.publish("MA.156.P2")
        # The log's first key is gone: only the chain leads to the present head.
        web = self.web(mirror_of(self.registry.url))
        self.consortium.replica("replica", web.url, trust=False).start()
        self.consortium.wait_level("replica")
        for version in (2, 3):
            wait_until(lambda: web.times_asked(f"/policies/{version}$", 200) > 0,
                       f"policy {version} of the chain")
        # And an empty one with the first trust file.
        empty = self.consortium.replica("empty", self.registry.url).start()
        self.consortium.wait_level("empty")
        for server in (self.consortium["replica"], empty):
            wait_until(lambda: server.request("/ledger/policies/2").body
                       == self.registry.request("/ledger/policies/2").body, "the proof of a policy")
            server.stop()
            consortium.verify(server.ledger)

    def without_a_link(self, *more):
        """A replica whose first mirror lacks the second policy's proof."""
        self.new_log_key()
        self.new_institute()
        def without(path, reply):
            return Reply(404) if path.endswith("/policies/2") else reply
        lying = self.web(mirror_of(self.registry.url, without))
        return self.consortium.replica("replica", lying.url, *more).start()

    def test_a_mirror_without_a_link_of_the_chain_is_complained_of(self):
        replica = self.without_a_link()
        replica.wait_for("no trusted log signed it", seconds=5)

    def test_another_mirror_has_the_link(self):
        replica = self.without_a_link(self.registry.url)
        wait_until(lambda: replica.head() == self.registry.head(), "the head", 5)

    def test_another_mirror_has_the_link_of_the_next_checkpoint(self):
        replica = self.without_a_link(self.registry.url)
        wait_until(lambda: replica.head()[0] > 0, "the first policy")
        self.consortium.publish("MA.156.P1")
        self.consortium.wait_level("replica")


if __name__ == "__main__":
    cityid_process.main()
