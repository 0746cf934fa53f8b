"""A registry and its institutes' witnesses as processes: what is public when some of them are gone,
and what a registry keeps that waits for them.
"""
import concurrent.futures
import itertools
import json
import re
import time

from nacl.signing import SigningKey

import cityid_process
import consortium
import handmade_log
from cityid_process import cityid, wait_until
from consortium import APPLICATIONS, Consortium, status_of
from handmade_log import Reply, Web

IT_WAITS = r"waiting: note: no quorum of the trusted witnesses cosigned it"
IT_ASKS = r"waiting: \d of 2 institutes have confirmed that they cosigned nothing newer"
IT_GOES_ON = r"the ledger goes on: a quorum has cosigned"


class Case(cityid_process.Case):
    """A consortium with its registry and three witnesses."""

    def setUp(self):
        directory = self.enterContext(cityid_process.temporary_directory())
        self.consortium = self.enterContext(Consortium(directory / "consortium"))
        self.consortium.start()
        self.registry = self.consortium["registry"]
        self.witnesses = self.consortium.witnesses()
        self.said = len(self.registry.err)  # while it was started

    def expect_unpublished(self, entry, index):
        status, answer = self.consortium.submit(entry)
        self.assertEqual((status, answer["state"], answer["index"]), (202, "unpublished", index))

    def expect_waiting(self, entry):
        status, answer = self.consortium.submit(entry, seconds=0)
        self.assertEqual((status, answer["state"]), (202, "waiting"), answer)
        self.assertEqual(answer["missing"], {"who": "", "signatures": 0, "new_keys": []})
        return answer["id"]

    def expect_verdict(self, status, *subjects, of=None):
        for subject in subjects:
            self.assertEqual((of or self.registry).request(f"/{subject}").status, status, subject)

    def wait_published(self, size):
        wait_until(lambda: self.registry.head()[0] == size, f"{size} entries; {self.registry.err}")

    def cosigned_by(self, server=None):
        return set(handmade_log.cosigners((server or self.registry).note()))

    def stop_two(self):
        """Nothing becomes public any more."""
        for witness in self.witnesses[:2]:
            self.assertEqual(witness.stop(), 0)

    def known_to(self, witness):
        """Size and root of what a witness that doesn't run holds."""
        status = status_of(witness.ledger)
        return status["size"], status["root"]


class Quorum(Case):
    def test_with_one_stopped_records_go_on_being_published(self):
        self.assertEqual(self.witnesses[0].stop(), 0)
        for turn in range(3):
            size = self.registry.head()[0]
            self.assertEqual(self.consortium.publish(f"MA.156.T{turn}"), size)
            self.assertEqual(self.registry.head()[0], size + 2)
        self.assertEqual(self.cosigned_by(), {"institute1.example", "institute2.example"})
        # It comes back, and cosigns what it has missed.
        self.witnesses[0].start()
        self.consortium.publish("MA.156.BACK")
        wait_until(lambda: "ready at 10 entries" in self.witnesses[0].ready_now()[1],
                   "the witness that was away")

    def test_with_one_that_hangs_too(self):
        self.witnesses[2].pause()
        for turn in range(3):
            self.consortium.publish(f"MA.156.T{turn}")
        self.assertEqual(self.cosigned_by(), {"institute0.example", "institute1.example"})
        self.witnesses[2].resume()

    def test_all_three_are_in_the_checkpoint_when_they_answer_at_once(self):
        names = set(self.consortium.names())
        def publish():
            self.consortium.publish(f"MA.156.T{time.monotonic_ns()}")
            return self.cosigned_by() == names
        wait_until(publish, "three cosignatures")

    def test_an_address_twice_does_not_make_a_quorum(self):
        self.registry.stop()
        urls = [self.witnesses[0].url, f"http://localhost:{self.witnesses[0].port}"]
        registry = self.consortium.registry(witnesses=urls).launch()
        registry.wait_for(IT_ASKS)
        registry.wait_ready()
        size, _ = registry.head()
        self.expect_waiting(self.consortium.assignment("MA.156.T"))
        self.expect_verdict(404, "MA.156.T", of=registry)
        registry.stop()
        registry = self.consortium.registry(witnesses=[*urls, self.witnesses[1].url]).start()
        wait_until(lambda: registry.head()[0] == size + 2, "a quorum of two")


class Waiting(Case):
    """Two witnesses are gone."""

    def test_nothing_of_it_is_visible_and_nothing_is_lost(self):
        replica = self.consortium.replica().start()
        self.consortium.wait_level("replica")
        self.stop_two()
        note, size = self.registry.note(), self.registry.head()[0]
        first = self.consortium.assignment("MA.156.T0")
        self.expect_unpublished(first, size)
        waiting = [self.consortium.assignment(f"MA.156.T{turn}") for turn in range(1, 4)]
        ids = [self.expect_waiting(entry) for entry in waiting]

        # Registry says who is missing.
        self.registry.wait_for(IT_WAITS, self.said)
        for witness in self.witnesses[:2]:
            self.registry.wait_for(re.escape(witness.url) + ": cannot reach", self.said)
        self.assertNotIn(self.witnesses[2].url, self.registry.err[self.said:])

        self.assertEqual(self.registry.note(), note, "the old checkpoint is the newest")
        self.expect_verdict(404, *(f"MA.156.T{turn}" for turn in range(4)))
        self.expect_verdict(404, "MA.156.T0", of=replica)
        self.assertEqual(self.registry.entry(size), None)
        listed = self.registry.request(APPLICATIONS).json()["applications"]
        self.assertEqual({one["id"] for one in listed}, set(ids))
        status, text = self.registry.ready_now()
        self.assertEqual(status, 200)
        self.assertRegex(text, r"\Aready\nwaiting for \d+ s: note: no quorum .*" +
                         re.escape(self.witnesses[0].url) + ": cannot reach")

        self.witnesses[1].start()
        self.registry.wait_for(IT_GOES_ON, self.said)
        wait_until(lambda: not self.registry.request(APPLICATIONS).json()["applications"],
                   "an empty inbox")
        self.assertEqual(self.registry.entry(size), first)
        # Those that waited may share batches.
        self.assertLessEqual(set(waiting), set(self.registry.entries()))
        self.consortium.wait_level("replica")
        self.expect_verdict(200, *(f"MA.156.T{turn}" for turn in range(4)), of=replica)
        for server in (self.registry, replica, *self.witnesses[1:]):
            server.stop()
            consortium.verify(server.ledger)

    def test_the_commands_say_so(self):
        key = self.consortium.directory / "new.key"
        content = self.consortium.directory / "content.json"
        content.write_text(json.dumps({"metadata": {"names": {"en": "City"}, "level": "city"}}))
        self.expect_done(cityid("key", "new", "--no-passphrase", key))
        self.stop_two()
        size, _ = self.registry.head()
        entry = self.consortium.directory / "entry"
        finished = cityid("apply", "MA.156.T", "--content", content, "--record-key", key, "--key",
                          self.consortium.key("institute1"), "--key",
                          self.consortium.key("institute2"), "--registry", self.registry.url,
                          "--wait", "2")
        self.assertEqual((finished.status, finished.out), (0, f"sequenced {size}\n"), finished)
        self.assertIn("a quorum of the institutes has not cosigned it yet", finished.err)
        entry.write_bytes(self.consortium.assignment("MA.156.U"))
        finished = cityid("submit", entry, "--registry", self.registry.url, "--wait", "0")
        self.assertEqual(finished.status, 0, finished)
        self.assertRegex(finished.out, r"\Awaiting [0-9a-f]{64}\n\Z")
        self.assertIn("it is complete and waits for its place", finished.err)

    def test_two_that_hang(self):
        size, _ = self.registry.head()
        for witness in self.witnesses[:2]:
            witness.pause()
        with concurrent.futures.ThreadPoolExecutor(1) as pool:
            answer = pool.submit(self.consortium.submit, self.consortium.assignment("MA.156.T"))
            status, said = answer.result()
        self.assertEqual((status, said["state"], said["index"]), (202, "unpublished", size))
        self.registry.wait_for(IT_WAITS + ".*has not answered", self.said)
        self.expect_verdict(404, "MA.156.T")
        self.witnesses[0].resume()
        self.wait_published(size + 2)
        self.expect_verdict(200, "MA.156.T")
        self.witnesses[1].resume()

    def test_a_registry_that_is_killed_keeps_the_head_that_it_signed(self):
        size, _ = self.registry.head()
        self.stop_two()
        first = self.consortium.assignment("MA.156.T0")
        self.expect_unpublished(first, size)
        second = self.consortium.assignment("MA.156.T1")
        self.expect_waiting(second)
        self.witnesses[2].stop()
        cosigned = self.known_to(self.witnesses[2])
        self.assertEqual(cosigned[0], size + 2, "the third has cosigned it")
        self.witnesses[2].start()

        for _ in range(3):
            self.registry.kill()
            self.registry.start()
            self.registry.wait_for(IT_ASKS)
            self.assertEqual(self.registry.head()[0], size)
            self.expect_verdict(404, "MA.156.T0", "MA.156.T1")
        self.witnesses[0].start()
        self.wait_published(size + 4)
        self.assertEqual((self.registry.entry(size), self.registry.entry(size + 2)),
                         (first, second))
        # The head that was signed before the kill is the one that became public.
        entries = self.registry.entries()
        log = handmade_log.Log(self.consortium.keys, entries)
        self.assertEqual(log.root(size + 2).hex(), cosigned[1])
        self.assertEqual(log.root(), self.registry.head()[1])
        self.witnesses[2].stop()
        consortium.verify(self.witnesses[2].ledger)
        self.assertIsNone(consortium.evidence_in(self.witnesses[2].ledger))

    def test_the_same_record_again_has_the_same_place(self):
        size, _ = self.registry.head()
        self.stop_two()
        entry = self.consortium.assignment("MA.156.T")
        self.expect_unpublished(entry, size)
        self.expect_unpublished(entry, size)

    def test_the_same_record_again_while_it_becomes_public(self):
        size, _ = self.registry.head()
        self.witnesses[0].stop()
        self.witnesses[1].pause()
        entry = self.consortium.assignment("MA.156.T")
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            first = pool.submit(self.consortium.submit, entry)
            self.assertEqual(first.result()[0], 202)
            # The registry asks the paused one again every second, and waits for its answer.
            again = pool.submit(self.consortium.submit, entry)
            time.sleep(0.5)  # it has arrived, or the test shows less than it could
            self.witnesses[1].resume()
            status, answer = again.result()
        self.assertIn(status, (201, 202), answer)
        self.assertEqual(answer.get("index"), size, answer)
        self.wait_published(size + 2)
        self.assertEqual(self.registry.entry(size), entry)
        self.assertEqual(self.registry.request(APPLICATIONS).json()["applications"], [])


class LyingWitness(Case):
    """The third address belongs to somebody else."""

    def setUp(self):
        super().setUp()
        self.registry.stop()
        self.web = self.enterContext(Web(lambda path, headers: Reply(404)))
        urls = [*(witness.url for witness in self.witnesses[:2]), self.web.url]
        self.registry = self.consortium.registry(witnesses=urls).start()
        wait_until(lambda: self.registry.ready_now()[0] == 200, "a registry that was confirmed")

    def answers(self):
        """What it may say, by name."""
        text = "id.example.cn/ledger\n2\n" + "A" * 43 + "=\n"
        names, stranger = self.consortium.names(), SigningKey.generate()
        now = int(time.time())
        yield "nothing", Reply(200)
        yield "noise", Reply(200, b"\xff\0" * 1000)
        yield "a line of a stranger", Reply(200, handmade_log.cosigned(
            text, "stranger.example", stranger, now).encode())
        yield "in another's name", Reply(200, handmade_log.cosigned(
            text, names[2], stranger, now).encode())
        yield "of another text", Reply(200, handmade_log.cosigned(
            text, names[2], self.consortium.keys.witnesses[2], now).encode())
        for size in (b"2\n", b"0\n", b"999999\n", b"x", b"", b"18446744073709551616\n"):
            yield f"it has cosigned {size}", Reply(409, size, Content_Type="text/x.tlog.size")
        for status in (400, 403, 404, 422, 500, 503, 302):
            yield f"{status}", Reply(status, b"no")

    def test_whatever_it_says_two_others_suffice(self):
        for number, (name, reply) in enumerate(self.answers()):
            with self.subTest(name):
                self.web.answer = lambda path, headers, reply=reply: reply
                self.consortium.publish(f"MA.156.L{number}")
                self.assertEqual(self.cosigned_by(), {"institute0.example", "institute1.example"})
        sizes = itertools.cycle((b"2\n", b"4\n"))
        self.web.answer = lambda path, headers: Reply(409, next(sizes))
        self.consortium.publish("MA.156.LAST")

    def test_a_reply_with_a_long_status_line(self):
        def raw(out):
            out.write(b"HTTP/1.1 200 " + b"x" * (1 << 20) + b"\r\nContent-Length: 0\r\n\r\n")
        self.web.answer = lambda path, headers: Reply(raw=raw)
        self.consortium.publish("MA.156.L1")
        self.consortium.publish("MA.156.L2")
        self.assertTrue(self.registry.alive())

    def test_with_one_other_it_does_not(self):
        self.witnesses[1].stop()
        for number, (name, reply) in enumerate(self.answers()):
            with self.subTest(name):
                self.web.answer = lambda path, headers, reply=reply: reply
                size = self.registry.head()[0]
                status, answer = self.consortium.submit(
                    self.consortium.assignment(f"MA.156.L{number}"), seconds=1)
                self.assertEqual(status, 202, answer)
                self.assertEqual(self.registry.head()[0], size)


class OneWriter(Case):
    def test_nobody_else_writes_in_a_directory_in_use(self):
        replica = self.consortium.replica().start()
        busy = "being written by another process"
        for ledger in (self.registry.ledger, replica.ledger, self.witnesses[0].ledger):
            follow = cityid("follow", "--once", "--from", self.registry.url, "--ledger", ledger,
                            "--trust", self.consortium.trust)
            self.expect_refused(follow, 3, busy)
            serve = cityid("serve", "--follow", self.registry.url, "--ledger", ledger, "--trust",
                           self.consortium.trust, "--listen", "127.0.0.1:0")
            self.expect_refused(serve, 3, busy)
            registry = cityid("serve", "--registry", "--ledger", ledger, "--listen", "127.0.0.1:0",
                              "--log-key", self.consortium.key("log"))
            self.expect_refused(registry, 3, busy)
            config = self.consortium.directory / "second.toml"
            config.write_text(self.consortium.directory.joinpath("witness1.toml").read_text()
                              .replace(f'ledger = "{self.witnesses[0].ledger}"',
                                       f'ledger = "{ledger}"'))
            self.expect_refused(cityid("witness", "--config", config), 3, busy)


class Configured(cityid_process.Case):
    def setUp(self):
        self.directory = self.enterContext(cityid_process.temporary_directory())
        self.consortium = self.enterContext(Consortium(self.directory / "consortium"))

    def test_a_witness_says_what_its_file_lacks(self):
        good = {"ledger": "w", "key": self.consortium.key("witness1"), "trust":
                self.consortium.trust, "log": "http://127.0.0.1:1", "listen": "127.0.0.1:0"}
        for lacking in ("ledger", "key", "trust", "log"):
            self.expect_config(2, lacking, **{k: v for k, v in good.items() if k != lacking})
        self.expect_config(2, "tyop", **good, tyop="x")
        self.expect_config(2, "ADDRESS:PORT", **(good | {"listen": "nowhere"}))
        self.expect_config(3, "no-such", **(good | {"key": "/no-such"}))
        self.expect_config(3, "no-such", **(good | {"trust": "/no-such"}))
        path = self.directory / "config.toml"
        path.write_text("ledger = ")
        self.expect_refused(cityid("witness", "--config", path), 2, "config.toml, line 1")
        path.write_text("ledger = 3\n")
        self.expect_refused(cityid("witness", "--config", path), 2, "must be a text in quotes")
        self.expect_refused(cityid("witness", "--config", self.directory / "no-such"), 3,
                            "no-such")

    def expect_config(self, status, word, **fields):
        path = self.directory / "config.toml"
        path.write_text("".join(f'{key} = "{value}"\n' for key, value in fields.items()))
        self.expect_refused(cityid("witness", "--config", path), status, word)

    def test_a_registry_does_not_follow(self):
        finished = cityid("serve", "--registry", "--follow", "http://127.0.0.1:1", "--ledger",
                          self.consortium.ledger, "--listen", "127.0.0.1:0")
        self.expect_refused(finished, 2, "--follow")
        finished = cityid("serve", "--registry", "--witness", "http://127.0.0.1:1", "--ledger",
                          self.consortium.ledger, "--listen", "127.0.0.1:0")
        self.expect_refused(finished, 2, "--log-key")

    def test_a_registry_with_a_strangers_log_key_says_so(self):
        stranger = self.directory / "stranger.key"
        self.expect_done(cityid("key", "new", "--no-passphrase", stranger))
        registry = self.consortium.registry()
        registry.arguments[registry.arguments.index("--log-key") + 1] = stranger
        registry.launch().wait_for("none of the log keys given is one of the policy's")
        registry.wait_ready()
        self.assertEqual(registry.note(), None)


if __name__ == "__main__":
    cityid_process.main()
