"""Trust files that follow the policies of their log."""
import contextlib
import json
import os
import re
import time

import cbor2

import cityid_process
import proofs
from cityid_process import HOST, SHIJIAZHUANG, cityid, run, wait_until
from proofs import (INSTITUTES, MAP, NOTE, ORIGIN, ChangingCase, PartialMap, ProofCase, TrustFile,
                    joined, line_parts, note_parts, quorum_time, read_proof, resealed, static_files,
                    uv, vkey_parts)
from signed_record import encode

BEIJING = "MA.156.1100"
HOUR = 3600


def setUpModule():
    global DEMO, LOG_CHECKER
    DEMO = proofs.set_up()
    LOG_CHECKER = proofs.log_checker()


class Policies(ChangingCase):
    """Two changes: another log key; then an institute more, and one more that must sign."""

    def setUp(self):
        ProofCase.setUp(self)
        self.ledger = self.copied_ledger()
        self.old = self.file("old.txt", self.trust.read_text())
        self.old_proof = self.prove(name="old.proof")
        for name in ("log2", "institute-d.record", "institute-d.witness"):
            self.expect_done(cityid("key", "new", "--no-passphrase", self.key(name)))
        self.serve("--log-key", self.key("log2"), "--witness-key", self.key("institute-d.witness"))

    def key(self, name):
        return self.directory / f"{name}.key"

    def public(self, name):
        return json.loads(cityid("key", "show", "--json", self.key(name)).out)["key"]

    def policy(self):
        return json.loads(cityid("policy", "--registry", self.served.url).out)

    def change_policy(self, new_keys, **fields):
        policy = self.policy()
        policy |= {"version": policy["version"] + 1, **fields}
        path = self.file(f"policy-{policy['version']}.json", json.dumps(policy))
        self.change("policy", "--indispensable", "--file", path, files=[self.key(name) for name in new_keys])

    def new_log_key(self):
        self.change_policy(["log2"], log_keys=[self.public("log2")])

    def new_institute(self):
        institutes = self.policy()["institutes"]
        institutes.append({"name": "institute-d.example",
                           "record_key": self.public("institute-d.record"),
                           "witness_key": self.public("institute-d.witness")})
        self.change_policy(["institute-d.record", "institute-d.witness"], institutes=institutes,
                           quorum=3)

    def both(self):
        self.new_log_key()
        self.new_institute()

    def update(self, source, trust=None, *options):
        path = self.directory / f"updated-{len(os.listdir(self.directory))}"
        return path, cityid("trust", "update", trust or self.old, "--from", source, "-o", path,
                            *options)

    def expect_update(self, source, version, trust=None):
        path, finished = self.update(source, trust)
        self.expect_done(finished)
        self.assertRegex(finished.out, rf"\Apolicy {version}(?: \(was \d\))?, confirmed \S+Z\n\Z")
        self.assertIn(f"# policy {version}\n", path.read_text())
        made = self.directory / f"new-{version}"
        self.expect_done(cityid("trust", "new", "--ledger", self.ledger, "-o", made))
        self.assertEqual(self.lines(path), self.lines(made))
        return path

    def lines(self, path):
        """Without comments."""
        return [line for line in path.read_text().splitlines() if line[0] != "#"]

    def exported(self):
        files = self.directory / f"files-{len(os.listdir(self.directory))}"
        self.expect_done(cityid("ledger", "export", "--ledger", self.ledger, "-o", files))
        return files

    def expect_not_updated(self, source, *words, trust=None, status=1):
        path, finished = self.update(source, trust)
        self.expect_refused(finished, status, *words)
        self.assertFalse(path.exists())

    def test_nothing_changed(self):
        path = self.expect_update(self.served.url, 1)
        self.assertEqual(self.lines(path), self.lines(self.old))

    def test_after_a_change_the_old_file_no_longer_suffices(self):
        self.new_log_key()
        self.expect_no(self.prove(), "no trusted log", trust=self.old)
        self.expect_answer("registered", self.old_proof, trust=self.old)

    def test_two_changes_from_a_resolver(self):
        self.both()
        updated = self.expect_update(self.served.url, 3)
        self.expect_answer("registered", self.prove(), trust=updated)
        self.expect_no(self.prove(), trust=self.old)

    def test_two_changes_from_files_by_http_and_from_the_disk_and_a_ledger(self):
        self.both()
        files = self.exported()
        self.assertEqual(sorted(os.listdir(files / "policies")), ["1", "2", "3"])
        expected = self.lines(self.expect_update(files, 3))
        (self.directory / "web").mkdir()
        (self.directory / "web" / "ledger").symlink_to(files)
        with static_files(self.directory / "web") as url:
            self.assertEqual(self.lines(self.expect_update(url, 3)), expected)
        self.assertEqual(self.lines(self.expect_update(self.ledger, 3)), expected)

    def test_one_after_the_other_in_place(self):
        self.new_log_key()
        self.expect_done(cityid("trust", "update", self.old, "--from", self.served.url))
        self.assertIn("# policy 2\n", self.old.read_text())
        self.new_institute()
        finished = cityid("trust", "update", self.old, "--from", self.served.url)
        self.expect_done(finished)
        self.assertIn("policy 3 (was 2)", finished.out)
        self.expect_answer("registered", self.prove(), trust=self.old)

    def test_the_first_checkpoint_under_a_policy_satisfies_both(self):
        self.both()
        files = self.exported()
        first, second, third = (read_proof(files / "policies" / n)[NOTE] for n in "123")
        names = [[line_parts(line)[0] for line in note_parts(note)[1]]
                 for note in (first, second, third)]
        self.assertEqual(names[1].count(ORIGIN), 2)  # by the old log key and the new
        self.assertEqual(names[2].count(ORIGIN), 1)
        self.assertIn("institute-d.example", names[2])
        trust = TrustFile(self.trust)
        quorum_time(second, trust.witnesses, 2)

    def test_the_independent_program_follows_too(self):
        self.both()
        updated = TrustFile(self.expect_update(self.served.url, 3))
        witnesses = [word for vkey in updated.witnesses for word in ("-witness", vkey)]
        finished = run(LOG_CHECKER, *witnesses, f"{self.served.url}/ledger", updated.logs[0],
                       DEMO.status()["size"])
        self.expect_done(finished)

    def test_a_link_that_was_changed(self):
        self.both()
        files = self.exported()
        link = files / "policies" / "2"
        good = link.read_bytes()
        bad = bytearray(good)
        bad[len(bad) // 2] ^= 1
        link.write_bytes(bad)
        self.expect_not_updated(files)
        for other in ("1", "3"):
            link.write_bytes((files / "policies" / other).read_bytes())
            with self.subTest(other=other):
                self.expect_not_updated(files)
        text, lines = note_parts(cbor2.loads(good)[NOTE])
        document = cbor2.loads(good)
        # Without the old log's line, and with one institute only.
        old_id = vkey_parts(TrustFile(self.trust).logs[0])[1]
        for left in ([line for line in lines if line_parts(line)[1] != old_id],
                     [line for line in lines if not line_parts(line)[0].startswith("institute-")]
                     + [line for line in lines if line_parts(line)[0] == "institute-a.example"]):
            link.write_bytes(resealed({**document, NOTE: joined(text, left)}))
            self.expect_not_updated(files, "the policy after 1")

    def hostile(self, link, **fields):
        """A policy proof whose map says a policy with other fields; it is sealed again."""
        number = {"quorum": 4, "institutes": 3, "log_keys": 2, "version": 1, "hosts": 7}
        document = cbor2.loads(link)
        state = cbor2.loads(PartialMap(document[MAP]).leaves()[b"G"])
        for name, value in fields.items():
            state[4][number[name]] = value
            if value is None:
                del state[4][number[name]]
        value = encode(state)
        return resealed({**document, MAP: b"\0\1G" + uv(len(value)) + value})

    def test_a_link_to_a_policy_that_no_log_would_have(self):
        self.both()
        for version in ("1", "2", "3"):
            files = self.exported()
            link = files / "policies" / version
            good = link.read_bytes()
            if version != "1":  # the first one only says whose policy the trust file is
                link.write_bytes(self.hostile(good, hosts=["other.example"]))
                self.expect_not_updated(files, "proof: the map has another root")
            for fields in ({"quorum": 0}, {"quorum": 0, "institutes": None}, {"quorum": 255},
                           {"quorum": 1}, {"log_keys": None}, {"quorum": 0, "version": 1 << 63}):
                with self.subTest(link=version, fields=fields):
                    link.write_bytes(self.hostile(good, **fields))
                    self.expect_not_updated(files, "policy-" if version == "1" else "")
            edited = self.file("edited", self.old.read_text().replace("group institutes 2",
                                                                      "group institutes 3"))
            link.write_bytes(self.hostile(good, quorum=0))
            # A file whose text nobody has signed has no place in the chain.
            self.expect_not_updated(files, "policy-quorum" if version == "1" else "not known to be",
                                    trust=edited)

    def test_a_link_that_is_missing(self):
        self.both()
        files = self.exported()
        (files / "policies" / "2").unlink()
        self.expect_not_updated(files)

    def test_a_source_without_a_checkpoint(self):
        files = self.exported()
        (files / "checkpoint").unlink()
        self.expect_not_updated(files, "checkpoint", status=3)
        self.expect_not_updated(self.directory / "nothing", "nothing", status=3)

    def test_a_file_of_no_policy_of_this_log(self):
        edited = self.file("edited", self.old.read_text().replace("group institutes 2",
                                                                  "group institutes 3"))
        self.expect_not_updated(self.served.url, "by hand", trust=edited)

    def test_a_time_that_is_ahead_is_kept_and_holds_up_nothing(self):
        self.new_log_key()
        ahead = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 24 * HOUR))
        old = self.file("ahead", re.sub("# confirmed .*", f"# confirmed {ahead}",
                                        self.old.read_text()))
        path, finished = self.update(self.served.url, old)
        self.expect_done(finished)
        self.assertIn(f"confirmed at {ahead}, which is ahead of this clock", finished.err)
        self.assertIn("stays in the file", finished.err)
        self.assertNotIn(ahead, finished.out)
        self.assertEqual(re.findall("# (?:policy|confirmed) .*", path.read_text()),
                         ["# policy 2", f"# confirmed {ahead}"])

    def test_a_file_that_was_not_confirmed_for_long_is_renewed_by_hand(self):
        self.both()
        text = self.old.read_text()
        for days, refused in ((366, True), (364, False)):
            when = time.strftime("%Y-%m-%dT%H:%M:%SZ",
                                 time.gmtime(time.time() - days * 24 * HOUR))
            aged = self.file("aged", re.sub("# confirmed .*", f"# confirmed {when}", text))
            if refused:
                self.expect_not_updated(self.served.url, when, "by hand", trust=aged)
            else:
                self.expect_update(self.served.url, 3, trust=aged)
                _, shorter = self.update(self.served.url, aged, "--max-age", 300)
                self.expect_refused(shorter, 1, when, "by hand")
        unsaid = self.file("unsaid", "\n".join(self.lines(self.old)) + "\n")
        self.expect_not_updated(self.served.url, "by hand", trust=unsaid)
        nonsense = self.file("nonsense", re.sub("# confirmed .*", "# confirmed today", text))
        self.expect_not_updated(self.served.url, "nonsense", trust=nonsense)

    def served_with(self, *log_keys):
        """The registry again, with these log keys only."""
        self.expect_done(self.served.served.stop())
        options = [word for key in log_keys for word in ("--log-key", key)]
        options += [word for name in INSTITUTES
                    for word in ("--witness-key", DEMO.keys / f"{name}.witness.key")]
        self.served = self.enterContext(cityid_process.resolver(self.ledger, "--registry",
                                                                *options))

    def status(self):
        return json.loads(cityid("ledger", "status", "--ledger", self.ledger, "--json").out)

    def test_nothing_is_published_that_the_old_policy_or_the_new_would_refuse(self):
        published = [self.status()[name] for name in ("size", "root", "policy")]
        self.served_with(DEMO.keys / "log.key")
        with contextlib.suppress(AssertionError):  # whether it is kept or sent back
            self.new_log_key()
        self.assertEqual([self.status()[name] for name in ("size", "root", "policy")], published)
        self.served_with(DEMO.keys / "log.key", self.key("log2"))
        if self.status()["policy"] == 1:
            with contextlib.suppress(AssertionError):  # it may have gone on meanwhile
                self.new_log_key()
        wait_until(lambda: self.status()["policy"] == 2, "the new policy")
        self.expect_update(self.served.url, 2)

    def by_hand(self, name, version, *changes):
        """A trust file that nobody's checkpoint has confirmed."""
        made = self.directory / f"now-{name}"
        self.expect_done(cityid("trust", "new", "--ledger", self.ledger, "-o", made))
        text = re.sub("# confirmed .*\n", "", made.read_text())
        for old, new in (("# policy .*", f"# policy {version}"), *changes):
            text, count = re.subn(old, new, text)
            self.assertGreater(count, 0, old)
        return self.file(name, text)

    def registry_by(self, *options):
        self.expect_done(self.served.served.stop())
        keys = [word for name in INSTITUTES
                for word in ("--witness-key", DEMO.keys / f"{name}.witness.key")]
        self.served = self.enterContext(cityid_process.resolver(
            self.ledger, "--registry", *keys, *options))

    def follow(self, ledger, *trust):
        return cityid("follow", "--once", "--ledger", ledger, "--from", self.served.url, *trust)

    def expect_goes_on_by_hand(self, file, change, *options):
        """Nobody can satisfy the policy any more. With a file made by hand it goes on, and so does
        who has got the file; others stay where they are."""
        with_file, without = self.directory / "with-file", self.directory / "without"
        now = self.directory / "now"
        self.expect_done(cityid("trust", "new", "--ledger", self.ledger, "-o", now))
        for ledger in (with_file, without):
            self.expect_done(self.follow(ledger, "--trust", now))
        before = self.status()["size"]
        self.registry_by(*options)
        with contextlib.suppress(AssertionError):  # whether it is staged or sent back
            self.change("suspend", BEIJING)
        self.assertEqual(self.status()["size"], before)
        self.registry_by(*options, "--trust", file)
        change()
        wait_until(lambda: self.status()["policy"] == 3, "the policy")
        self.registry_by(*options)
        self.change("suspend", SHIJIAZHUANG)
        finished = self.follow(without)
        self.assertEqual(finished.status, 3, finished)
        self.expect_done(self.follow(with_file, "--trust", file))
        self.expect_done(self.follow(with_file))
        self.expect_not_updated(self.served.url, trust=now)
        made = self.directory / "made"
        self.expect_done(cityid("trust", "new", "--ledger", with_file, "-o", made))
        self.expect_answer("suspended", self.prove(), trust=made)

    def test_a_lost_outside_witness_does_not_end_the_ledger(self):
        self.expect_done(cityid("key", "new", "--no-passphrase", self.key("outside")))
        self.registry_by("--log-key", DEMO.keys / "log.key", "--witness-key", self.key("outside"))
        self.change_policy([], witness_quorum=1, witnesses=[
            {"name": "outside.example", "key": self.public("outside")}])
        file = self.by_hand("hand.txt", 3, ("witness W1 .*\n", ""), ("group witnesses .*\n", ""),
                            ("group quorum .*\n", ""), ("quorum quorum\n", "quorum institutes\n"))
        self.expect_goes_on_by_hand(
            file, lambda: self.change_policy([], witness_quorum=0, witnesses=[]),
            "--log-key", DEMO.keys / "log.key")

    def test_a_lost_log_key_does_not_end_the_ledger(self):
        self.change_policy([], hosts=[HOST, "other.example"])
        shown = cityid("key", "show", self.key("log2"), "--as-log", ORIGIN)
        self.assertRegex(shown.out, r"\Alog \S+\n\Z")
        file = self.by_hand("hand.txt", 3, ("log .*\n", shown.out.replace("\\", r"\\")))
        self.expect_goes_on_by_hand(file, self.new_log_key, "--log-key", self.key("log2"))

    def test_a_policy_that_would_never_be_published_is_refused(self):
        self.expect_done(self.served.served.stop())
        self.served = self.enterContext(cityid_process.resolver(self.ledger, "--registry"))
        with self.assertRaisesRegex(AssertionError, "inbox-policy: .*without log keys"):
            self.new_log_key()
        self.assertEqual(self.status()["policy"], 1)


if __name__ == "__main__":
    cityid_process.main()
