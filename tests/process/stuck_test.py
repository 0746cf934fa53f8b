"""A consortium with witnesses on machines of their own whose log key is gone for good: it goes on by a
trust file made by hand (docs/operations.md 12).
"""
import json
import re

import cityid_process
import consortium
from cityid_process import cityid, wait_until
from consortium import Consortium, done


class Stuck(cityid_process.Case):
    def setUp(self):
        self.directory = self.enterContext(cityid_process.temporary_directory())
        self.consortium = self.enterContext(Consortium(self.directory / "consortium"))

    def by_hand(self, key):
        """The trust file with this log key, for the policy that comes next."""
        origin = re.search(r"log ([^+]+)\+", self.consortium.trust.read_text())[1]
        line = done(cityid("key", "show", key, "--as-log", origin)).out
        text = re.sub("# confirmed .*\n", "", self.consortium.trust.read_text())
        text = re.sub("# policy 1\n", "# policy 2\n", text)
        return re.sub("log .*\n", lambda _: line, text)

    def change_log_key(self, registry, key):
        policy = json.loads(done(cityid("policy", "--registry", registry.url)).out)
        public = json.loads(done(cityid("key", "show", "--json", key)).out)["key"]
        policy |= {"version": policy["version"] + 1, "log_keys": [public]}
        file = self.consortium.file("policy.json", policy)
        signing = [word for name in (self.consortium.key("institute1"),
                                     self.consortium.key("institute2"), key)
                   for word in ("--key", name)]
        return cityid("policy", "--indispensable", "--file", file, "--registry", registry.url,
                      *signing)

    def test_with_witnesses_of_their_own(self):
        members = self.consortium.start()
        members.publish("MA.156.S1")
        registry = members["registry"]
        replica = members.replica().start()
        members.wait_level("replica")
        replica.stop()
        # The log key is gone. Everybody gets a file made by hand, and is started with it.
        registry.kill()
        new_key = members.key("log-2")
        trust = members.file("by-hand.txt", self.by_hand(new_key))
        members.trust.write_text(trust.read_text())
        for witness in members.witnesses():
            witness.restart()
        registry = members.add(consortium.Server(
            "registry", ["serve", "--registry", "--ledger", members.ledger, "--listen",
                         f"127.0.0.1:{members.port}", "--log-key", new_key, "--trust", trust,
                         *(word for port in members.witness_ports
                           for word in ("--witness", consortium.url_of(port)))],
            r"serving .* on http", members.port, members.ledger)).start()
        wait_until(lambda: registry.ready_now()[0] == 200, "a registry that is confirmed: "
                   + registry.ready_now()[1])
        finished = self.change_log_key(registry, new_key)
        self.assertEqual(finished.status, 0, finished)
        wait_until(lambda: members.status()["policy"] == 2, "the new policy")
        members.publish("MA.156.S2")
        # Whoever follows with the file gets there, and from then on without it.
        self.assertEqual(cityid("follow", "--once", "--ledger", replica.ledger, "--from",
                                registry.url, "--trust", trust).status, 0)
        self.assertEqual(status := consortium.status_of(replica.ledger)["policy"], 2, status)
        for witness in members.witnesses():
            witness.restart()
        registry.restart()
        wait_until(lambda: registry.ready_now()[0] == 200, "ready again")
        members.publish("MA.156.S3")

    def test_where_every_institute_is_needed_nobody_replaces_one_that_is_gone(self):
        """k = n: docs/operations.md 12 says that only a new ledger helps."""
        members = self.enterContext(Consortium(self.directory / "all", quorum=3))
        registry = members.alone().start()
        policy = json.loads(done(cityid("policy", "--registry", registry.url)).out)
        self.assertEqual((policy["quorum"], len(policy["institutes"])), (3, 3))
        keys = [word for name in ("institute1", "institute2", "new") for word in ("--key", members.key(name))]
        policy["version"] += 1
        policy["institutes"][2]["record_key"] = members.public("new")
        change = ("policy", "--registry", registry.url, *keys, "--file")
        self.expect_refused(cityid(*change, members.file("same.json", policy)), 1,
                            "institute2.example", "the quorum is 3 of 3", "--indispensable")
        fewer = members.file("fewer.json", policy | {"quorum": 2})
        waits = done(cityid(*change, fewer, "--indispensable"))
        self.assertIn("waiting ", waits.out)
        self.assertIn("still missing: 1 of institutes", waits.err)
        self.assertEqual(members.status()["policy"], 1)

    def test_another_policy_than_the_file_says_is_refused(self):
        members = self.consortium
        registry = members.alone().start()
        members.publish("MA.156.S1")
        registry.kill()
        new_key, other_key = members.key("log-2"), members.key("log-3")
        trust = members.file("by-hand.txt", self.by_hand(new_key))
        registry = members.alone("--log-key", new_key, "--log-key", other_key, "--trust",
                                 trust).start()
        finished = self.change_log_key(registry, other_key)
        self.assertEqual(finished.status, 1, finished)
        self.assertIn("another policy than the trust file", finished.err)

    def test_a_file_that_is_too_far_ahead_is_refused(self):
        members = self.consortium
        members.alone().start().kill()
        trust = members.file("by-hand.txt", re.sub("# policy 2", "# policy 7",
                                                   self.by_hand(members.key("log-2"))))
        finished = cityid("serve", "--registry", "--ledger", members.ledger, "--trust", trust)
        self.expect_refused(finished, 1, "policy 7", "policy 2")


if __name__ == "__main__":
    cityid_process.main()
