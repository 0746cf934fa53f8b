"""How a ledger is founded with the command line alone, each institute on its own."""
import json
import unittest

import cityid_process
import signed_record
from cityid_process import HOST, cityid, on_terminal
from consortium import Consortium, done
from signed_record import sha256

ORIGIN = "id.example.cn/ledger"


def setUpModule():
    global FOUNDED
    FOUNDED = unittest.enterModuleContext(
        Consortium(unittest.enterModuleContext(cityid_process.temporary_directory()), found=False))
    found_ledger(FOUNDED)


def draft_genesis(consortium, output, policy=None, options=("--indispensable",)):
    """What the first institute hands round: with the signatures of its own keys."""
    file = consortium.file("policy.json", policy or policy_of(consortium))
    return cityid("ledger", "init", "--policy", file, "--origin", ORIGIN, "-o", output,
                  "--key", consortium.key("institute1"), "--key", consortium.key("witness1"),
                  "--key", consortium.key("log"), *options)


def policy_of(consortium, **other):
    return {"version": 1, "log_keys": [consortium.public("log")],
            "institutes": [consortium.institute(i) for i in (1, 2, 3)], "quorum": 2,
            "witness_quorum": 0, "hosts": [HOST], "rules": 2, **other}


def found_ledger(consortium):
    """Each institute signs on its own, with nothing but a file; the last one founds the ledger."""
    for name in ("log", *(f"{what}{i}" for what in ("institute", "witness") for i in (1, 2, 3))):
        consortium.key_file(name).unlink()
        done(cityid("key", "new", "--no-passphrase", consortium.key_file(name)))
    entry = consortium.directory / "genesis.0"
    done(draft_genesis(consortium, entry))
    for number in (2, 3):
        for role, name in (("institute", "institute"), ("new-key", "witness")):
            signed = entry.with_name(f"genesis.{number}.{role}")
            done(cityid("approve", entry, "--key", consortium.key(f"{name}{number}"),
                             "--as", role, "-o", signed))
            entry = signed
    entry.rename(consortium.genesis)
    done(cityid("ledger", "init", "--genesis", consortium.genesis, "--ledger",
                     consortium.ledger))


class Founding(cityid_process.Case):
    def setUp(self):
        directory = self.enterContext(cityid_process.temporary_directory())
        self.consortium = self.enterContext(Consortium(directory, found=False))
        self.draft = self.consortium.directory / "draft"

    def test_it_is_founded_offline_each_institute_on_its_own(self):
        status = FOUNDED.status()
        self.assertEqual((status["origin"], status["size"], status["quorum"]), (ORIGIN, 2, 2))
        self.assertEqual(status["institutes"], FOUNDED.names())
        self.assertEqual(status["log"], sha256(FOUNDED.genesis.read_bytes()).hex())
        log = cityid("ledger", "log", "--ledger", FOUNDED.ledger)
        self.assertRegex(log.out, r"\A +0  genesis +- +signed by 3 institute, 4 new-key\n +1  state-root [^\n]*\n\Z")

    def test_the_genesis_is_what_another_implementation_reads(self):
        payload, signers = signed_record.opened(FOUNDED.genesis.read_bytes())
        self.assertEqual((payload[1], payload[7][1]), (signed_record.GENESIS, ORIGIN))
        self.assertEqual([role for role, _ in signers], [1] * 3 + [5] * 4)

    def test_as_long_as_one_has_not_signed_nothing_is_founded(self):
        self.expect_done(draft_genesis(self.consortium, self.draft))
        finished = cityid("ledger", "init", "--genesis", self.draft, "--ledger",
                          self.consortium.ledger)
        self.expect_refused(finished, 1, "signer-")
        self.assertFalse(self.consortium.ledger.exists())

    def test_the_role_follows_from_the_key_and_what_is_missing_is_said_with_the_command(self):
        draft, signed = self.draft, self.draft.with_name("signed")
        drafted = draft_genesis(self.consortium, draft)
        self.assertIn(f"cityid approve {draft} --key KEY", drafted.err)
        keys = [word for name in ("institute2", "witness2")
                for word in ("--key", self.consortium.key(name))]
        approved = cityid("approve", draft, *keys, "-o", signed)
        self.expect_done(approved)
        self.assertIn("still missing: ", approved.err)
        witness = self.consortium.public("witness3")[:16]
        for said in (approved.err, cityid("ledger", "init", "--genesis", signed, "--ledger",
                                          self.consortium.ledger).err):
            self.assertIn(witness, said)
            self.assertIn(f"cityid approve {signed} --key KEY", said)
        keys = [word for name in ("institute3", "witness3")
                for word in ("--key", self.consortium.key(name))]
        whole = cityid("approve", signed, *keys, "-o", draft)
        self.expect_done(whole)
        self.assertIn(f"cityid ledger init --genesis {draft}", whole.err)
        self.expect_done(cityid("ledger", "init", "--genesis", draft, "--ledger",
                                self.consortium.ledger))
        roles = [role for role, _ in signed_record.opened(draft.read_bytes())[1]]
        self.assertEqual(roles, [1] * 3 + [5] * 4)

    def test_a_policy_that_depends_on_one_party_is_refused_with_who_and_why(self):
        spare = self.consortium.public("spare")
        log_keys = [self.consortium.public("log"), spare]
        outside = [{"name": "outside.example", "key": self.consortium.public("outside")}]
        safe = policy_of(self.consortium, log_keys=log_keys)
        for who, other in (
                ("the log key", {"log_keys": log_keys[:1]}),
                ("institute0.example", {"quorum": 3}),
                ("outside.example", {"witnesses": outside, "witness_quorum": 1})):
            with self.subTest(who=who):
                policy = safe | other
                self.expect_refused(draft_genesis(self.consortium, self.draft, policy, ()), 1, who,
                                    "because", "--indispensable")
                self.assertFalse(self.draft.exists())
                self.expect_done(draft_genesis(self.consortium, self.draft, policy))
                self.draft.unlink()
        self.expect_done(draft_genesis(self.consortium, self.draft, safe, ()))

    def test_nobody_signs_twice(self):
        finished = cityid("approve", FOUNDED.genesis, "--key", FOUNDED.key("institute2"), "--as",
                          "institute", "-o", self.draft)
        self.expect_refused(finished, 1, "has signed as institute already")
        self.assertFalse(self.draft.exists())

    def test_a_ledger_is_not_founded_twice(self):
        finished = cityid("ledger", "init", "--genesis", FOUNDED.genesis, "--ledger",
                          FOUNDED.ledger)
        self.expect_refused(finished, 1, "holds a ledger already")

    def test_a_policy_that_the_rules_refuse_is_not_even_signed(self):
        twice = [self.consortium.institute(1)] * 2
        for rule, other in (("policy-quorum", {"quorum": 1}), ("policy-quorum", {"quorum": 4}),
                            ("policy-quorum", {"quorum": 0}),
                            ("policy-keys", {"institutes": twice}),
                            ("policy-hosts", {"hosts": []}), ("policy-log-keys", {"log_keys": []}),
                            ("policy-witnesses", {"witness_quorum": 1}),
                            ("policy-version", {"version": 2}), ("policy-rules", {"rules": 0}),
                            ("policy-rules", {"rules": 3})):
            with self.subTest(rule=rule, other=other):
                policy = policy_of(self.consortium, **other)
                self.expect_refused(draft_genesis(self.consortium, self.draft, policy), 1, rule)
                self.assertFalse(self.draft.exists())

    def test_json_that_is_no_policy_names_what_is_wrong(self):
        policy = policy_of(self.consortium)
        institute = {"name": "a", "record_key": "00"}
        for word, changed in (("policy.json", "{"), ("policy.json", "[]"),
                              ("version is missing", {}),
                              ("quorum", policy | {"quorum": "two"}),
                              ("quorum", policy | {"quorum": 256}),
                              ("quorum", policy | {"quorum": -1}),
                              ("unknown", policy | {"quorums": 2}),
                              ("record_key", policy | {"institutes": [institute]})):
            text = changed if isinstance(changed, str) else json.dumps(changed)
            with self.subTest(word=word, text=text):
                self.expect_refused(draft_genesis(self.consortium, self.draft, text), 1, word)

    def test_usage(self):
        self.expect_refused(cityid("ledger", "init", "--origin", ORIGIN, "-o", self.draft), 2,
                            "--policy")
        self.expect_refused(cityid("ledger", "init", "--genesis", FOUNDED.genesis), 2, "--ledger")
        stranger = self.consortium.key("stranger")
        policy = self.consortium.file("policy.json", policy_of(self.consortium))
        finished = cityid("ledger", "init", "--policy", policy, "--origin", ORIGIN, "-o",
                          self.draft, "--key", stranger, "--indispensable")
        self.expect_refused(finished, 2, "has no say")


NAMES = ["a.example", "b.example", "c.example"]


class WithAPlan(cityid_process.Case):
    """`ledger init PLAN`: each institute runs the same command until nothing is left to do."""

    def setUp(self):
        self.directory = self.enterContext(cityid_process.temporary_directory())

    def write_plan(self, name, **other):
        plan = {"origin": ORIGIN, "hosts": [HOST], "institutes": NAMES} | other
        (self.directory / name).mkdir(exist_ok=True)
        file = self.directory / name / "plan.toml"
        file.write_text("".join(f"{key} = {json.dumps(value)}\n" for key, value in plan.items()))
        return file

    def init(self, name, *options, **other):
        return cityid("ledger", "init", self.write_plan(name, **other), "--as", name,
                      "--no-passphrase", *options)

    def give(self, file, *names):
        """Copies a file of the first to the others."""
        for name in names[1:]:
            (self.directory / name / file).write_bytes(
                (self.directory / names[0] / file).read_bytes())

    def make_keys(self):
        for name in NAMES:
            self.expect_done(self.init(name))
        for name in NAMES[1:]:
            self.give(f"{name}.public", name, NAMES[0])

    def test_each_run_does_what_can_be_done_and_names_the_next_party(self):
        self.make_keys()
        for name, following in zip(NAMES, NAMES[1:]):
            finished = self.init(name)
            self.expect_done(finished)
            self.assertIn(f"next: {following} signs", finished.err)
            self.assertIn(f"cityid ledger init plan.toml --as {following}", finished.err)
            self.give("genesis", name, following)
        self.assertIn("every institute has signed", self.init(NAMES[2]).err)
        self.give("genesis", NAMES[2], NAMES[0])
        founded = self.init(NAMES[0])
        self.expect_done(founded)
        status = json.loads(cityid("ledger", "status", "--ledger",
                                   self.directory / NAMES[0] / "ledger", "--json").out)
        self.assertEqual((status["origin"], status["quorum"], status["institutes"]),
                         (ORIGIN, 2, NAMES))
        self.assertEqual(founded.out.strip(), status["log"])
        self.expect_done(self.init(NAMES[0]))
        trust = [(self.directory / name / "trust.txt").read_text().splitlines()[2:]
                 for name in NAMES]
        self.assertEqual(trust[1:], trust[:1] * 2)

    def test_who_waits_for_whom_is_said(self):
        self.assertIn("b.example, c.example", self.init("a.example").err)
        self.assertIn("send b.example.public to a.example", self.init("b.example").err)

    def test_a_genesis_that_is_not_what_was_agreed_is_not_signed(self):
        self.make_keys()
        self.expect_done(self.init("a.example"))
        self.give("genesis", "a.example", "b.example")
        for word, other in (("hosts", {"hosts": ["other.example"]}), ("quorum", {"quorum": 3}),
                            ("origin", {"origin": "other"}),
                            ("institutes", {"institutes": NAMES[::-1], "operator": "a.example"})):
            with self.subTest(word=word):
                self.expect_refused(self.init("b.example", **other), 1, f"another {word}")
        strangers = self.directory / "b.example" / "b.example.record.key"
        for file in (strangers, strangers.with_name(f"{strangers.name}.serial")):
            file.unlink(missing_ok=True)
        finished = self.init("b.example")
        self.assertEqual(finished.status, 2, finished)
        self.assertIn("has no say", finished.err)

    def test_two_institutes_depend_on_each_other_and_that_is_refused(self):
        both = {"institutes": NAMES[:2]}
        for name in NAMES[:2]:
            self.expect_done(self.init(name, **both))
        self.give("b.example.public", "b.example", "a.example")
        self.expect_refused(self.init("a.example", **both), 1, "a.example, b.example", "2 of 2")
        self.expect_done(self.init("a.example", "--indispensable", **both))

    def test_a_plan_that_is_none_names_what_is_wrong(self):
        for word, other in (("hosts", {"hosts": []}), ("quorum", {"quorum": 1}),
                            ("titles", {"titles": ["A"]}), ("a/b", {"institutes": ["a/b"]}),
                            ("operator", {"operator": "d.example"}),
                            ("there is no key", {"quorums": 2})):
            with self.subTest(word=word):
                self.expect_refused(self.init("a.example", **other), 2, "plan.toml", word)
        self.expect_refused(cityid("ledger", "init", self.write_plan("a.example"), "--as", "x"), 2,
                            "--as")

    def test_without_a_plan_it_asks_for_one_on_a_terminal(self):
        finished = on_terminal([HOST, "", " ".join(NAMES), "b.example", "", "c.example"],
                               "ledger", "init", "--no-passphrase", cwd=self.directory)
        self.expect_done(finished)
        self.assertIn("send c.example.public to b.example", finished.err)
        plan = (self.directory / "founding.toml").read_text()
        for line in (f'origin = "{HOST}/ledger"', "quorum = 2", 'operator = "b.example"'):
            self.assertIn(line, plan.splitlines())
        self.assertTrue((self.directory / "c.example.record.key").exists())


if __name__ == "__main__":
    cityid_process.main()
