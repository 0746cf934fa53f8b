"""What one signs, one sees: every command that signs shows it first, and asks on a terminal; without
one it refuses, unless it is told not to ask."""
import json
import os

import cityid_process
import registry_cases
from cityid_process import SHIJIAZHUANG, cityid, on_terminal, unasked
from registry_cases import QUORUM, RegistryCase


def setUpModule():
    registry_cases.set_up()


class Showing(RegistryCase):
    def shown(self, *arguments, keys=()):
        finished = self.registry(*arguments, keys=keys)
        self.expect_done(finished)
        return finished.err.splitlines()

    def test_an_update_is_shown_as_a_difference_with_key_and_role(self):
        self.assigned()
        name = f"{SHIJIAZHUANG}.record"
        lines = self.shown("update", SHIJIAZHUANG, "--content",
                           self.content("Renamed", ownCodesOnly=True), keys=[name])
        self.assertEqual(lines[0], f"update {SHIJIAZHUANG}: changes content or keys")
        self.assertIn("  ~ holding.metadata.names.en: Shijiazhuang -> Renamed", lines)
        self.assertIn("  + holding.ownCodesOnly: yes", lines)
        self.assertFalse([line for line in lines if "level" in line], "what stays isn't listed")
        self.assertIn(f"to be signed as holder {self.consortium.public(name)[:16]} with "
                      f"{self.key(name)}", lines)

    def test_a_policy_is_shown_as_a_difference(self):
        policy = json.loads(self.registry("policy").out)
        policy |= {"version": 2, "hosts": ["new.example.cn"]}
        file = self.consortium.file("next.json", policy)
        lines = self.shown("policy", "--file", file, "--indispensable", "-o", self.path("change"),
                           keys=["institute1"])
        self.assertIn("  ~ policy.version: 1 -> 2", lines)
        self.assertIn("  ~ policy.hosts: id.example.cn -> new.example.cn", lines)
        self.assertFalse([line for line in lines if "quorum" in line])
        approved = cityid("approve", self.path("change"), "--ledger", self.consortium.ledger,
                          "--key", self.key("institute2"), "-o", self.path("approved"))
        self.expect_done(approved)
        self.assertIn("  ~ policy.hosts: id.example.cn -> new.example.cn", approved.err)
        self.assertIn("signed so far by institute institute0.example " + self.consortium.public("institute1")[:16],
                      approved.err)

    def test_without_a_state_that_is_said_and_the_whole_record_is_shown(self):
        draft = self.path("draft")
        self.expect_done(self.registry(*self.application(), "-o", draft))
        approved = cityid("approve", draft, "--key", self.key("institute1"), "-o",
                          self.path("signed"))
        self.expect_done(approved)
        self.assertIn("What holds now is not known", approved.err)
        self.assertIn("  + holding.metadata.names.en: Shijiazhuang", approved.err)

    def test_a_genesis_is_shown_before_it_is_signed(self):
        shown = cityid("approve", self.consortium.genesis, "--key", self.key("institute4"),
                       "-o", self.path("signed"))
        self.expect_refused(shown, 2, "has no say")
        policy = json.loads(self.registry("policy").out)
        drafted = cityid("ledger", "init", "--policy", self.consortium.file("first.json", policy),
                         "--origin", "other.example/ledger", "--indispensable", "--key",
                         self.key("institute1"), "-o", self.path("genesis.2"))
        self.expect_done(drafted)
        for line in ("  + origin: other.example/ledger", "  + policy.quorum: 2",
                     "  + policy.institutes institute0.example: name: institute0.example"):
            self.assertIn(line, drafted.err.splitlines())

    def test_status_changes_say_what_becomes_of_it(self):
        self.assigned()
        for command, line in (("suspend", "  ~ status: active -> suspended"),
                              ("resume", "  ~ status: suspended -> active"),
                              ("revoke", "  ~ status: active -> withdrawn")):
            self.assertIn(line, self.shown(command, SHIJIAZHUANG, keys=QUORUM))

    def test_a_recovery_shows_the_keys_that_it_ends(self):
        self.assigned()
        old = self.consortium.public(f"{SHIJIAZHUANG}.record")
        lines = self.shown("recover", SHIJIAZHUANG, "--record-key", self.key("record2"),
                           keys=QUORUM)
        self.assertIn(f"  ~ keys {old[:16]}: status: active -> compromised", lines)
        self.assertIn(f"  + keys {self.consortium.public('record2')[:16]}: status: active", lines)

    def test_an_application_that_waits_is_shown_in_the_same_way(self):
        self.assigned()
        changed = ("update", SHIJIAZHUANG, "--content", self.content("Renamed"))
        entry = self.path("entry")
        self.expect_done(self.registry("suspend", SHIJIAZHUANG, "-o", entry, keys=["institute1"]))
        identifier = self.waits("submit", entry)
        shown = self.registry("applications", identifier)
        self.expect_done(shown)
        self.assertEqual(shown.out.splitlines()[:2], [
            f"suspend {SHIJIAZHUANG}: suspends it: no code of it holds",
            "  ~ status: active -> suspended"])
        self.assertIn("missing: 1 of institutes", shown.out.splitlines())
        index = self.done("approve", identifier, keys=["institute2"])
        self.assertEqual(self.registry("applications", identifier).out, f"sequenced {index}\n")
        self.assertEqual(self.registry(*changed, keys=[f"{SHIJIAZHUANG}.record"]).status, 1)

    def test_json_is_printed_and_nothing_is_signed(self):
        size = self.size()
        finished = self.registry(*self.application(), "--json", keys=QUORUM)
        self.expect_done(finished)
        (shown,) = finished.json_lines()
        self.assertEqual((shown["record"]["type"], shown["record"]["subject"]),
                         ("assign", SHIJIAZHUANG))
        self.assertEqual([signer["role"] for signer in shown["signs"]],
                         ["new-key", "new-key", "institute", "institute"])
        self.assertIn({"name": "holding.metadata.names.en", "after": "Shijiazhuang"},
                      shown["changes"])
        self.assertEqual((self.listed(), self.size()), ({}, size))

    def test_what_is_written_from_right_to_left_moves_nothing_beside_it(self):
        arabic, hebrew = "\u0645\u062f\u064a\u0646\u0629", "\u05e2\u05d9\u05e8 7"
        before, after = (self.consortium.file(f"content-{number}.json", {
            "metadata": {"names": {"ar": name}, "level": "city"}})
            for number, name in enumerate((arabic, hebrew)))
        self.assigned(content=before)
        lines = self.shown("update", SHIJIAZHUANG, "--content", after,
                           keys=[f"{SHIJIAZHUANG}.record"])
        isolated = [f"\u2068{name}\u2069" for name in (arabic, hebrew)]
        self.assertIn(f"  ~ holding.metadata.names.ar: {isolated[0]} -> {isolated[1]}", lines)
        self.assertNotIn("\u2068", "".join(line for line in lines if arabic not in line))
        entry = self.path("entry")
        reason = f"{hebrew} no"
        self.expect_done(self.registry("suspend", SHIJIAZHUANG, "--reason", reason, "-o", entry,
                                       keys=["institute1"]))
        identifier = self.waits("submit", entry)
        shown = self.registry("applications", identifier)
        self.assertIn(f"\u2068{reason}\u2069", shown.out)
        as_json = self.registry("applications", identifier, "--json")
        self.expect_done(as_json)
        self.assertNotIn("\u2068", as_json.out)

    def test_texts_of_others_do_not_control_the_terminal(self):
        self.assigned()
        finished = self.registry("suspend", SHIJIAZHUANG, "--reason", "a\x1b[2Jb", "--json")
        self.assertNotIn("\x1b", finished.out)
        finished = self.registry("suspend", SHIJIAZHUANG, "--reason", "a\x1b[2Jb", "-o",
                                 self.path("x"), keys=["institute1"])
        self.assertNotIn("\x1b", finished.err)


class Asking(RegistryCase):
    def suspend(self, answer, *options):
        return on_terminal([answer], "suspend", SHIJIAZHUANG, "--registry", self.served.url, *options,
                           "--key", self.key("institute1"), "--key", self.key("institute2"))

    def setUp(self):
        super().setUp()
        self.assigned()

    def test_on_a_terminal_nothing_is_signed_without_a_yes(self):
        for answer in ("", "n", "yes please"):
            with self.subTest(answer=answer):
                finished = self.suspend(answer)
                self.assertEqual((finished.status, finished.out), (1, ""), finished)
                self.assertIn("Sign this? [y/N]", finished.err)
                self.assertIn("the answer was not yes; nothing was done", finished.err)
                self.expect_verdict(200, "registered")

    def test_a_yes_signs(self):
        self.expect_done(self.suspend("y"))
        self.expect_verdict(403, "suspended")

    def test_with_yes_it_does_not_ask(self):
        finished = self.suspend("n", "--yes")
        self.expect_done(finished)
        self.assertNotIn("Sign this?", finished.err)
        self.expect_verdict(403, "suspended")

    def test_without_a_terminal_nothing_is_signed_unless_it_is_told_not_to_ask(self):
        keys = ("--key", self.key("institute1"), "--key", self.key("institute2"))
        suspend = ("suspend", SHIJIAZHUANG, "--registry", self.served.url, *keys)
        self.expect_refused(unasked(*suspend), 2, "--json", "--yes")
        draft, files = self.path("draft"), (self.path("x"), self.path("y"))
        self.expect_done(unasked(*suspend, "--yes", "-o", draft))
        identifier = self.waits("apply", "MA.156.1302", "--content", self.content(), "--record-key",
                                self.key("new"), "--code-key", self.key("new code"))
        policy = self.consortium.file("first.json", json.loads(self.registry("policy").out))
        for command in (("approve", draft, "--key", self.key("institute3"), "-o", files[0]),
                        ("approve", draft, "--as", "institute", "--key", self.key("institute3"),
                         "--registry", self.served.url),
                        ("reject", identifier, "--reason", "no", *keys, "--registry", self.served.url),
                        ("withdraw", identifier, "--key", self.key("new"), "--registry",
                         self.served.url),
                        ("ledger", "init", "--policy", policy, "--origin", "b.example/ledger", *keys,
                         "--indispensable", "-o", files[1])):
            with self.subTest(command=command):
                self.expect_refused(unasked(*command), 2, "--json", "--yes")
        self.assertEqual(set(self.listed()), {identifier})
        self.assertFalse(any(map(os.path.exists, files)))
        self.expect_verdict(200, "registered")


class Ending(RegistryCase):
    """Applications that are withdrawn or rejected: signed statements off the log."""

    def setUp(self):
        super().setUp()
        self.entry = self.path("entry")
        self.expect_done(self.registry(*self.application(), "-o", self.entry))
        self.identifier = self.waits("submit", self.entry)
        self.mine = f"{SHIJIAZHUANG}.record"

    def end(self, command, key, *options):
        return self.registry(command, self.identifier, *options, keys=[key])

    def reject(self, key="institute2", reason="the name is wrong"):
        return self.end("reject", key, "--reason", reason)

    def test_who_made_it_withdraws_it_and_it_does_not_come_back(self):
        finished = self.end("withdraw", self.mine)
        self.expect_done(finished)
        self.assertEqual(finished.out, "withdrawn\n")
        self.assertIn("  + holding.metadata.names.en: Shijiazhuang", finished.err.splitlines())
        self.assertEqual(self.listed(), {})
        mine = self.consortium.public(self.mine)[:16]
        self.refused(f"withdrawn by new-key {mine}", "submit", self.entry)
        shown = self.registry("applications", self.identifier)
        self.assertEqual((shown.status, shown.out), (1, f"withdrawn by new-key {mine}\n"))
        reply = self.served.request(f"/registry/applications/{self.identifier}/state")
        self.assertEqual(reply.json(), {"id": self.identifier, "state": "withdrawn",
                                        "why": f"withdrawn by new-key {mine}"})
        self.refused("withdrawn by", "approve", self.identifier, keys=["institute1"])
        self.assigned(tag="again")

    def test_a_rejected_one_says_who_and_why_and_stays_so_over_a_restart(self):
        self.assertEqual(self.reject().out, "rejected\n")
        why = "rejected by institute1.example: the name is wrong"
        self.refused(why, "submit", self.entry)
        self.expect_done(self.served.served.stop())
        self.served = self.enterContext(
            cityid_process.resolver(self.consortium.ledger, "--registry"))
        self.refused(why, "submit", self.entry)
        self.assertEqual(self.registry("applications", self.identifier).out, why + "\n")
        self.assertEqual(self.listed(), {})

    def test_a_stranger_does_neither(self):
        self.expect_refused(self.end("withdraw", "stranger"), 2, "has not signed")
        finished = self.reject("stranger")
        self.assertEqual(finished.status, 1, finished)
        self.assertIn("signer-stranger", finished.err)
        self.assertEqual(self.reject(self.mine).status, 1, "nor the applicant")
        self.assertEqual(set(self.listed()), {self.identifier})

    def test_an_institute_does_not_withdraw_in_anothers_name(self):
        self.waits("approve", self.identifier, keys=["institute1"])
        finished = self.end("withdraw", "institute1")
        self.assertEqual(finished.status, 1, finished)
        self.assertIn("only who made an application withdraws it", finished.err)
        self.assertEqual(set(self.listed()), {self.identifier})
        self.assertEqual(self.end("withdraw", self.mine).out, "withdrawn\n")

    def test_a_record_is_no_statement_and_a_statement_no_record(self):
        posted = self.served.post("/registry/statements", self.entry.read_bytes())
        self.assertEqual(posted.status, 400, posted)
        self.expect_done(self.reject())
        statement = self.served.request(f"/registry/statements/{self.identifier}")
        self.assertEqual((statement.status, statement.media_type), (200, "application/cose"))
        self.assertEqual(self.post(statement.body).status, 400)

    def test_json_is_printed_and_nothing_is_withdrawn(self):
        (shown,) = self.end("withdraw", self.mine, "--json").json_lines()
        self.assertEqual((shown["kind"], shown["application"]["id"]),
                         ("withdraw", self.identifier))
        self.assertEqual(set(self.listed()), {self.identifier})

    def test_what_does_not_wait_is_neither_withdrawn_nor_rejected(self):
        self.done("approve", self.identifier, keys=QUORUM)
        finished = self.reject()
        self.assertEqual(finished.status, 1, finished)
        self.assertIn("sequenced", finished.err)


if __name__ == "__main__":
    cityid_process.main()
