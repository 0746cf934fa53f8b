"""How a ledger is founded with the command line alone, each institute on its own."""
import json
import unittest

import cityid_process
import signed_record
from cityid_process import HOST, cityid
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
            "witness_quorum": 0, "hosts": [HOST], "rules": 1, **other}


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
                            ("policy-version", {"version": 2}), ("policy-rules", {"rules": 2})):
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


if __name__ == "__main__":
    cityid_process.main()
