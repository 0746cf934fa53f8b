"""A consortium's registry with the command line alone: founding, applications, life, refusals."""
import concurrent.futures
import json
import shutil
import time
import unittest

from nacl.signing import SigningKey

import cityid_process
import signed_code
import signed_record
from cityid_process import HOST, SHIJIAZHUANG, cityid
from signed_code import Code
from signed_record import HOLDER, INSTITUTE, NEW_KEY, Record

ORIGIN = "id.example.cn/ledger"
APPLICATIONS = "/registry/applications"
OTHER = "MA.156.1302"
QUORUM = ("institute1", "institute2")
RACES = 10


def setUpModule():
    global FOUNDED
    FOUNDED = Consortium(unittest.enterModuleContext(cityid_process.temporary_directory()))
    FOUNDED.found()


def expect(status, finished):
    if finished.status != status:
        raise AssertionError(str(finished))
    return finished


class Consortium:
    """Key files by name, and a ledger that was founded with them."""

    def __init__(self, directory):
        self.directory = directory
        self.ledger = directory / "ledger"

    def key(self, name):
        """A key file; it is made when it is asked for the first time."""
        path = self.directory / f"{name}.key"
        if not path.exists():
            expect(0, cityid("key", "new", "--no-passphrase", path))
        return path

    def signing_key(self, name):
        return signed_code.read_key(self.key(name))

    def public(self, name):
        shown = expect(0, cityid("key", "show", "--json", self.key(name)))
        return json.loads(shown.out)["key"]

    def file(self, name, content):
        path = self.directory / name
        path.write_text(content if isinstance(content, str) else json.dumps(content))
        return path

    def institute(self, number):
        return {"name": f"institute{number}.example", "title": {"en": f"Institute {number}"},
                "record_key": self.public(f"institute{number}"),
                "witness_key": self.public(f"witness{number}")}

    def policy(self, **other):
        return {"version": 1, "log_keys": [self.public("log")],
                "institutes": [self.institute(i) for i in (1, 2, 3)], "quorum": 2,
                "witness_quorum": 0, "hosts": [HOST], "rules": 1, **other}

    def draft_genesis(self, output, policy=None):
        """What the first institute hands round: with the signatures of its own keys."""
        policy = self.file("policy.json", policy or self.policy())
        return cityid("ledger", "init", "--policy", policy, "--origin", ORIGIN, "-o", output,
                      "--key", self.key("institute1"), "--key", self.key("witness1"),
                      "--key", self.key("log"))

    def found(self):
        """Each institute signs on its own, with nothing but a file; the last one founds it."""
        entry = self.directory / "genesis.0"
        expect(0, self.draft_genesis(entry))
        for number in (2, 3):
            for role, name in (("institute", "institute"), ("new-key", "witness")):
                signed = entry.with_name(f"genesis.{number}.{role}")
                expect(0, cityid("approve", entry, "--key", self.key(f"{name}{number}"),
                                 "--as", role, "-o", signed))
                entry = signed
        self.genesis = entry
        self.log = signed_record.sha256(entry.read_bytes())
        return expect(0, cityid("ledger", "init", "--genesis", entry, "--ledger", self.ledger))

    def status(self):
        return json.loads(cityid("ledger", "status", "--ledger", self.ledger, "--json").out)


class Case(cityid_process.Case):
    """A copy of the consortium's ledger, and a registry that serves it."""

    serving = True

    def setUp(self):
        directory = self.enterContext(cityid_process.temporary_directory())
        self.consortium = Consortium(directory)
        for key in FOUNDED.directory.glob("*.key*"):
            shutil.copy(key, directory)
        self.consortium.ledger.mkdir()
        shutil.copy(FOUNDED.ledger / "data.mdb", self.consortium.ledger)
        self.log = FOUNDED.log
        self.key = self.consortium.key
        if self.serving:
            self.served = self.enterContext(
                cityid_process.resolver(self.consortium.ledger, "--registry"))

    def path(self, name):
        return self.consortium.directory / name

    # Commands

    def registry(self, *arguments, keys=()):
        """A command that asks the registry and hands in to it."""
        signing = [word for name in keys for word in ("--key", self.key(name))]
        return cityid(*arguments, "--registry", self.served.url, *signing)

    def done(self, *arguments, keys=()):
        """One that is sequenced."""
        finished = self.registry(*arguments, keys=keys)
        self.expect_done(finished)
        self.assertRegex(finished.out, r"\Asequenced \d+\n\Z", finished)
        return int(finished.out.split()[1])

    def waits(self, *arguments, keys=()):
        """One that waits for more signatures: the application's id."""
        finished = self.registry(*arguments, keys=keys)
        self.expect_done(finished)
        self.assertRegex(finished.out, r"\Awaiting [0-9a-f]{64}\n\Z", finished)
        return finished.out.split()[1]

    def refused(self, rule, *arguments, keys=()):
        """One that is not taken: status 1, no data, and the last line names the rule."""
        finished = self.registry(*arguments, keys=keys)
        self.assertEqual((finished.status, finished.out), (1, ""), finished)
        self.assertRegex(finished.err.splitlines()[-1], r"\Acityid: .", finished)
        self.assertIn(rule, finished.err.splitlines()[-1], finished)

    def content(self, name="Shijiazhuang", **other):
        return self.consortium.file(
            f"content-{name}.json", {"metadata": {"names": {"en": name}, "level": "city"}, **other})

    def application(self, identifier=SHIJIAZHUANG, *, tag="", content=None):
        """The words of an `apply` with new keys of its own."""
        return ("apply", identifier, "--content", content or self.content(),
                "--record-key", self.key(f"{identifier}{tag}.record"),
                "--code-key", self.key(f"{identifier}{tag}.code"))

    def assigned(self, identifier=SHIJIAZHUANG, keys=QUORUM, **options):
        """Makes the identifier, all signatures at once."""
        self.done(*self.application(identifier, **options), keys=keys)

    def listed(self):
        finished = self.registry("applications", "--json")
        self.expect_done(finished)
        return {line["id"]: line for line in finished.json_lines()}

    # Answers

    def answer(self, identifier=SHIJIAZHUANG):
        reply = self.served.request(f"/{identifier}")
        return reply.status, reply.json()

    def expect_verdict(self, status, verdict, identifier=SHIJIAZHUANG):
        found, answer = self.answer(identifier)
        self.assertEqual((found, answer["verdict"]), (status, verdict), answer)
        return answer

    def code(self, key, identifier=SHIJIAZHUANG):
        """A new code, signed by this key: the file."""
        path = self.path(f"{identifier}-{time.monotonic_ns()}.cose")
        self.expect_done(cityid("code", "new", identifier, "--key", self.key(key), "--host", HOST,
                                "-o", path))
        return path

    def expect_scans(self, verdicts):
        """What resolver and ledger say of codes: {file or URL: verdict}."""
        for whom in (("--resolver", self.served.url), ("--ledger", self.consortium.ledger)):
            finished = cityid("scan", "--json", *whom, *verdicts)
            found = {line["file"]: line["verdict"] for line in finished.json_lines()}
            self.assertEqual(found, {str(k): v for k, v in verdicts.items()}, finished)

    # Records that the command line will not make

    def record(self, kind, body, subject=SHIJIAZHUANG, **fields):
        return Record(kind, body, **({"log": self.log, "subject": subject} | fields))

    def assignment(self, subject=SHIJIAZHUANG, key=None, **fields):
        key = key or SigningKey.generate()
        content = signed_record.holding("City", signed_record.grant(key))
        return self.record(signed_record.ASSIGN, {1: content}, subject, **fields), (NEW_KEY, key)

    def institutes(self, *numbers):
        return [(INSTITUTE, self.consortium.signing_key(f"institute{i}")) for i in numbers]

    def post(self, entry):
        return self.served.post(APPLICATIONS, entry)

    def expect_problem(self, reply, status, rule):
        self.assertEqual((reply.status, reply.media_type), (status, "application/problem+json"),
                         reply)
        self.assertIn(rule, reply.json()["detail"])

    def size(self):
        return self.consortium.status()["size"]


class Founding(cityid_process.Case):
    def setUp(self):
        self.consortium = Consortium(self.enterContext(cityid_process.temporary_directory()))
        for key in FOUNDED.directory.glob("*.key*"):
            shutil.copy(key, self.consortium.directory)
        self.draft = self.consortium.directory / "draft"

    def test_it_is_founded_offline_each_institute_on_its_own(self):
        status = FOUNDED.status()
        self.assertEqual((status["origin"], status["size"], status["quorum"]), (ORIGIN, 2, 2))
        self.assertEqual(status["institutes"], [f"institute{i}.example" for i in (1, 2, 3)])
        self.assertEqual(status["log"], FOUNDED.log.hex())
        log = cityid("ledger", "log", "--ledger", FOUNDED.ledger)
        self.assertRegex(log.out, r"\A +0  genesis +- +signed by 3 institute, 4 new-key\n +1  state-root [^\n]*\n\Z")

    def test_the_genesis_is_what_another_implementation_reads(self):
        payload, signers = signed_record.opened(FOUNDED.genesis.read_bytes())
        self.assertEqual((payload[1], payload[7][1]), (signed_record.GENESIS, ORIGIN))
        self.assertEqual([role for role, _ in signers], [1] * 3 + [5] * 4)

    def test_as_long_as_one_has_not_signed_nothing_is_founded(self):
        self.expect_done(self.consortium.draft_genesis(self.draft))
        finished = cityid("ledger", "init", "--genesis", self.draft, "--ledger",
                          self.consortium.ledger)
        self.expect_refused(finished, 1, "signer-")
        self.assertFalse(self.consortium.ledger.exists())

    def test_the_role_follows_from_the_key_and_what_is_missing_is_said_with_the_command(self):
        draft, signed = self.draft, self.draft.with_name("signed")
        drafted = self.consortium.draft_genesis(draft)
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
                policy = self.consortium.policy(**other)
                self.expect_refused(self.consortium.draft_genesis(self.draft, policy), 1, rule)
                self.assertFalse(self.draft.exists())

    def test_json_that_is_no_policy_names_what_is_wrong(self):
        policy = self.consortium.policy()
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
                self.expect_refused(self.consortium.draft_genesis(self.draft, text), 1, word)

    def test_usage(self):
        self.expect_refused(cityid("ledger", "init", "--origin", ORIGIN, "-o", self.draft), 2,
                            "--policy")
        self.expect_refused(cityid("ledger", "init", "--genesis", FOUNDED.genesis), 2, "--ledger")
        stranger = self.consortium.key("stranger")
        policy = self.consortium.file("policy.json", self.consortium.policy())
        finished = cityid("ledger", "init", "--policy", policy, "--origin", ORIGIN, "-o",
                          self.draft, "--key", stranger)
        self.expect_refused(finished, 2, "has no say")


class Online(Case):
    def test_it_waits_until_two_institutes_have_approved_and_is_answered_at_once(self):
        self.expect_verdict(404, "unknown-id")
        identifier = self.waits(*self.application())
        self.assertEqual(self.listed()[identifier]["missing"]["signatures"], 2)
        again = self.waits("approve", identifier, keys=["institute3"])
        self.assertEqual(again, identifier)
        self.assertEqual(self.listed()[identifier]["missing"]["signatures"], 1)
        self.expect_verdict(404, "unknown-id")
        index = self.done("approve", identifier, keys=["institute1"])
        self.assertEqual(index, 2)
        answer = self.expect_verdict(200, "registered")
        self.assertEqual((answer["names"]["en"], answer["record"]["index"]), ("Shijiazhuang", 2))
        self.assertEqual(self.listed(), {})

    def test_the_listing_says_who_applies_for_what_and_what_is_missing(self):
        identifier = self.waits(*self.application(), keys=["institute2"])
        (found,) = self.listed().values()
        self.assertEqual((found["id"], found["type"], found["subject"], found["log"]),
                         (identifier, "assign", SHIJIAZHUANG, self.log.hex()))
        self.assertEqual(found["body"]["holding"]["metadata"]["names"], {"en": "Shijiazhuang"})
        self.assertEqual(found["missing"], {"who": "institutes", "signatures": 1})
        self.assertEqual(found["conflicts"], [])
        self.assertNotIn("refused", found)
        signers = {(s["role"], s["key"]) for s in found["signers"]}
        self.assertEqual(signers, {("institute", self.consortium.public("institute2")),
                                   ("new-key", self.consortium.public(f"{SHIJIAZHUANG}.record")),
                                   ("new-key", self.consortium.public(f"{SHIJIAZHUANG}.code"))})
        text = self.registry("applications").out
        for line in (f"{identifier}  assign {SHIJIAZHUANG}", "    missing: 1 of institutes",
                     "    signed as institute by " + self.consortium.public("institute2")[:16]):
            self.assertIn(line, text.splitlines())

    def test_conflicting_applications_name_each_other_and_the_first_wins(self):
        first = self.waits(*self.application(tag="a"))
        second = self.waits(*self.application(tag="b"))
        other = self.waits(*self.application(OTHER))
        found = {i: a["conflicts"] for i, a in self.listed().items()}
        self.assertEqual(found, {first: [second], second: [first], other: []})
        self.done("approve", second, keys=QUORUM)
        listed = self.listed()
        self.assertEqual(set(listed), {first, other})
        self.assertIn("assign-exists", listed[first]["refused"])
        self.refused("assign-exists", "approve", first, keys=QUORUM)

    def test_an_institute_that_approves_twice_counts_once(self):
        identifier = self.waits(*self.application(), keys=["institute1"])
        self.refused("has signed as institute already", "approve", identifier, keys=["institute1"])
        self.assertEqual(self.listed()[identifier]["missing"]["signatures"], 1)

    def test_signatures_come_together_whoever_gathered_them(self):
        draft, one, two = self.path("draft"), self.path("one"), self.path("two")
        self.expect_done(self.registry(*self.application(), "-o", draft))
        for name, output in (("institute1", one), ("institute2", two)):
            self.expect_done(cityid("approve", draft, "--key", self.key(name), "-o", output))
        self.waits("submit", one)
        self.done("submit", two)
        self.expect_verdict(200, "registered")

    def test_the_same_again_is_answered_with_where_it_stands(self):
        entry = self.path("entry")
        self.expect_done(self.registry(*self.application(), "-o", entry, keys=QUORUM))
        index = self.done("submit", entry)
        self.assertEqual(self.done("submit", entry), index)
        self.assertEqual(self.size(), 4)

    def test_what_waits_goes_on_waiting_over_a_restart(self):
        identifier = self.waits(*self.application(), keys=["institute1"])
        before = self.listed()
        self.expect_done(self.served.served.stop())
        self.served = self.enterContext(
            cityid_process.resolver(self.consortium.ledger, "--registry"))
        self.assertEqual(self.listed(), before)
        self.done("approve", identifier, keys=["institute2"])

    def test_pages_have_everything_once(self):
        ids = set()
        for number in range(120):
            record, new_key = self.assignment(f"MA.156.P{number:03d}")
            reply = self.post(record.signed(new_key))
            self.assertEqual(reply.status, 202, reply)
            ids.add(reply.json()["id"])
        self.assertEqual(set(self.listed()), ids)
        pages, after = [], ""
        while after is not None:
            page = self.served.request(f"{APPLICATIONS}?limit=50{after}").json()
            pages.append([a["id"] for a in page["applications"]])
            after = f"&after={page['next']}" if "next" in page else None
        self.assertEqual([len(page) for page in pages], [50, 50, 20])
        self.assertEqual([i for page in pages for i in page], sorted(ids))


class Offline(Case):
    def test_with_files_only(self):
        files = [self.path(f"application.{i}") for i in range(3)]
        made = self.registry(*self.application(), "-o", files[0])
        self.expect_done(made)
        self.assertIn("still missing: 2 of institutes", made.err)
        self.assertEqual(self.listed(), {})
        for i, name in enumerate(QUORUM):
            self.expect_done(cityid("approve", files[i], "--key", self.key(name), "--as",
                                    "institute", "-o", files[i + 1]))
        self.done("submit", files[2])
        self.expect_verdict(200, "registered")

    def test_with_a_ledger_directory_instead_of_a_registry(self):
        self.expect_done(self.served.served.stop())
        ledger = ("--ledger", self.consortium.ledger)
        waiting = cityid(*self.application(), *ledger)
        self.assertRegex(waiting.out, r"\Awaiting [0-9a-f]{64}\n\Z", waiting)
        done = cityid(*self.application(OTHER), *ledger, "--key", self.key("institute1"), "--key",
                      self.key("institute2"))
        self.assertEqual(done.out, "sequenced 2\n", done)
        log = cityid("ledger", "log", *ledger, "--json").json_lines()
        self.assertEqual([(x["index"], x["type"]) for x in log],
                         [(0, "genesis"), (1, "state-root"), (2, "assign"), (3, "state-root")])

    # It does: nothing is written down of a state root that `ledger log` would find.
    def test_the_log_does_not_say_that_a_state_root_was_refused(self):
        log = cityid("ledger", "log", "--ledger", self.consortium.ledger, "--json").json_lines()
        self.assertEqual([(x["type"], x["accepted"]) for x in log],
                         [("genesis", True), ("state-root", True)])

    def test_a_wrong_role_is_refused_when_it_is_handed_in(self):
        draft, signed = self.path("draft"), self.path("signed")
        self.expect_done(self.registry(*self.application(), "-o", draft))
        for role in ("registrar", "ancestor", "holder"):
            # Only the applicant's own keys have a say; the rest is taken off.
            self.expect_done(cityid("approve", draft, "--key", self.key("institute1"), "--as", role,
                                    "-o", signed))
            identifier = self.waits("submit", signed)
            self.assertEqual(self.listed()[identifier]["missing"]["signatures"], 2)

    def test_usage(self):
        draft = self.path("draft")
        self.expect_done(self.registry(*self.application(), "-o", draft))
        key = ("--key", self.key("institute1"))
        for word, arguments in (
                ("--as", ("approve", draft, *key, "--as", "king", "-o", self.path("x"))),
                ("--key", ("approve", draft, "-o", self.path("x"))),
                ("-o FILE", ("approve", draft, *key)),
                ("--registry", ("approve", "ab" * 32, *key, "-o", self.path("x"))),
                ("--registry", ("submit", draft)),
                ("--registry", ("apply", SHIJIAZHUANG, "--content", self.content(), "--record-key",
                                self.key("a"))),
                ("'/x'", ("submit", draft, "--registry", self.served.url + "/x"))):
            with self.subTest(arguments=arguments):
                finished = cityid(*arguments)
                self.assertEqual((finished.status, finished.out), (2, ""), finished)
        self.assertFalse(self.path("x").exists())


class Life(Case):
    def setUp(self):
        super().setUp()
        self.assigned()
        self.holder = [f"{SHIJIAZHUANG}.record"]
        self.code_key = f"{SHIJIAZHUANG}.code"

    def test_update_changes_the_content(self):
        endpoint = {"rel": "service-desc", "href": "https://data.city.example/api",
                    "access": "open", "conforms_to": ["https://uri.etsi.org/ngsi-ld/"]}
        content = self.content("Renamed", endpoints=[endpoint])
        self.done("update", SHIJIAZHUANG, "--content", content, keys=self.holder)
        answer = self.expect_verdict(200, "registered")
        self.assertEqual(answer["names"], {"en": "Renamed"})
        (found,) = answer["endpoints"]
        self.assertEqual({name: found[name] for name in ("rel", "href", "access", "conformsTo")},
                         {"rel": "service-desc", "href": "https://data.city.example/api",
                          "access": "open", "conformsTo": ["https://uri.etsi.org/ngsi-ld/"]})
        self.assertEqual(len(answer["keys"]), 2)

    def test_content_has_the_names_of_answers_or_those_of_the_record(self):
        def changed(metadata, own_codes_only, languages, conforms_to):
            endpoint = {"rel": "service-doc", "href": "https://city.example/", "access": "open",
                        languages: ["zh", "en"], conforms_to: ["https://uri.etsi.org/ngsi-ld/"]}
            content = {"metadata": {"names": {"en": metadata}, "level": "city",
                                    metadata: "Asia/Shanghai"},
                       own_codes_only: True, "endpoints": [endpoint]}
            return self.registry("update", SHIJIAZHUANG, "--content",
                                 self.consortium.file("content.json", content),
                                 "--key", self.key(self.holder[0]))

        for names in (("time_zone", "own_codes_only", "languages", "conforms_to"),
                      ("timeZone", "ownCodesOnly", "hreflang", "conformsTo")):
            self.expect_done(changed(*names))
            answer = self.expect_verdict(200, "registered")
            (endpoint,) = answer["endpoints"]
            self.assertEqual((answer["timeZone"], endpoint["hreflang"], endpoint["conformsTo"]),
                             ("Asia/Shanghai", ["zh", "en"], ["https://uri.etsi.org/ngsi-ld/"]))
            last = cityid("ledger", "log", "--ledger", self.consortium.ledger, "--id",
                          SHIJIAZHUANG, "--json").json_lines()[-1]["body"]["holding"]
            self.assertEqual((last["metadata"]["timeZone"], last["ownCodesOnly"],
                              last["endpoints"][0]["hreflang"], last["endpoints"][0]["conformsTo"]),
                             ("Asia/Shanghai", True, ["zh", "en"],
                              ["https://uri.etsi.org/ngsi-ld/"]))
        for name, content in (
                ("time_zone", {"timeZone": "Asia/Shanghai", "time_zone": "Asia/Shanghai"}),
                ("timezone", {"timezone": "Asia/Shanghai"})):
            file = self.consortium.file("content.json", {"metadata": {
                "names": {"en": "a"}, "level": "city", **content}})
            self.expect_refused(self.registry("update", SHIJIAZHUANG, "--content", file),
                                1, "content.json", "metadata", f"'{name}'")

    def test_a_retired_keys_codes_go_on_holding_and_a_compromised_ones_do_not(self):
        printed = self.code(self.code_key)
        self.done("update", SHIJIAZHUANG, "--add-code-key", self.key("code2"), "--retire",
                  self.key(self.code_key), keys=self.holder)
        later = Code(SHIJIAZHUANG, self.consortium.signing_key(self.code_key),
                     issued=int(time.time()) + 100).url(HOST)
        self.expect_scans({printed: "valid", later: "revoked", self.code("code2"): "valid"})
        self.done("update", SHIJIAZHUANG, "--compromised", self.consortium.public(self.code_key),
                  keys=self.holder)
        self.expect_scans({printed: "revoked", self.code("code2"): "valid"})

    def test_a_record_key_is_rotated(self):
        self.done("update", SHIJIAZHUANG, "--add-record-key", self.key("record2"), "--retire",
                  self.key(self.holder[0]), keys=self.holder)
        content = ("update", SHIJIAZHUANG, "--content", self.content("Two"))
        finished = self.registry(*content, keys=self.holder)
        self.expect_refused(finished, 2, "has no say")
        self.done(*content, keys=["record2"])

    def recover(self, *options):
        old = self.code(self.code_key)
        self.done("recover", SHIJIAZHUANG, "--record-key", self.key("record2"), "--code-key",
                  self.key("code2"), *options, keys=QUORUM)
        new = self.code("code2")
        self.expect_refused(self.registry("update", SHIJIAZHUANG, "--content", self.content("Mine"),
                                          keys=self.holder), 2, "has no say")
        self.done("update", SHIJIAZHUANG, "--content", self.content("Back"), keys=["record2"])
        return old, new

    def test_recover_after_theft_takes_the_old_codes_back(self):
        old, new = self.recover()
        self.expect_scans({old: "revoked", new: "valid"})

    def test_recover_after_loss_lets_the_old_codes_hold(self):
        old, new = self.recover("--lost")
        self.expect_scans({old: "valid", new: "valid"})

    def test_what_was_signed_before_a_recovery_does_not_follow_it(self):
        stolen = self.path("stolen")
        self.expect_done(self.registry("update", SHIJIAZHUANG, "--content", self.content("Thief"),
                                       "-o", stolen, keys=self.holder))
        self.recover()
        self.refused("previous-stale", "submit", stolen)

    def test_a_thief_who_updates_can_not_hold_up_a_suspension(self):
        suspension = self.path("suspension")
        self.expect_done(self.registry("suspend", SHIJIAZHUANG, "--reason", "theft", "-o",
                                       suspension, keys=QUORUM))
        for name in ("A", "B", "C"):
            self.done("update", SHIJIAZHUANG, "--content", self.content(name), keys=self.holder)
        self.done("submit", suspension)
        self.expect_verdict(403, "suspended")
        self.refused("status", "update", SHIJIAZHUANG, "--content", self.content("D"),
                     keys=self.holder)

    def test_suspend_and_resume(self):
        code = self.code(self.code_key)
        self.done("suspend", SHIJIAZHUANG, "--reason", "dispute", keys=QUORUM)
        self.expect_verdict(403, "suspended")
        self.expect_scans({code: "suspended"})
        self.refused("status", "suspend", SHIJIAZHUANG, keys=QUORUM)
        self.done("resume", SHIJIAZHUANG, keys=QUORUM)
        self.expect_verdict(200, "registered")
        self.expect_scans({code: "valid"})
        self.refused("status", "resume", SHIJIAZHUANG, keys=QUORUM)

    def test_the_holder_suspends_itself_and_does_not_resume(self):
        self.done("suspend", SHIJIAZHUANG, "--as-holder", keys=self.holder)
        self.expect_verdict(403, "suspended")
        self.expect_refused(self.registry("resume", SHIJIAZHUANG, keys=self.holder), 2,
                            "has no say")

    def test_a_suspended_ancestor_suspends_all_below_it(self):
        department = f"{SHIJIAZHUANG}.02"
        self.assigned(department, keys=self.holder)
        code = self.code(f"{department}.code", department)
        self.expect_scans({code: "valid"})
        self.done("suspend", SHIJIAZHUANG, keys=QUORUM)
        self.expect_scans({code: "suspended"})
        self.expect_verdict(403, "suspended", department)
        self.refused("parent-inactive", *self.application(f"{SHIJIAZHUANG}.03"), keys=QUORUM)

    def test_supersede_names_the_successor(self):
        code = self.code(self.code_key)
        self.refused("successor", "supersede", SHIJIAZHUANG, "--by", OTHER, keys=QUORUM)
        self.assigned(OTHER)
        self.refused("successor", "supersede", SHIJIAZHUANG, "--by", SHIJIAZHUANG, keys=QUORUM)
        self.done("supersede", SHIJIAZHUANG, "--by", OTHER, "--reason", "merged", keys=QUORUM)
        self.assertEqual(self.expect_verdict(410, "superseded")["successor"], OTHER)
        self.expect_scans({code: "superseded"})
        self.assertEqual(self.answer(OTHER)[1]["predecessors"], [SHIJIAZHUANG])
        self.refused("status", "resume", SHIJIAZHUANG, keys=QUORUM)

    def test_revoke_is_for_ever(self):
        code = self.code(self.code_key)
        self.done("revoke", SHIJIAZHUANG, "--reason", "dissolved", keys=QUORUM)
        self.expect_verdict(410, "withdrawn")
        self.expect_scans({code: "withdrawn"})
        self.refused("status", "resume", SHIJIAZHUANG, keys=QUORUM)
        self.refused("assign-exists", *self.application(tag="again"), keys=QUORUM)

    def test_a_revoked_parents_authority_moves_up(self):
        department = f"{SHIJIAZHUANG}.02"
        self.assigned(department, keys=self.holder)
        self.done("revoke", SHIJIAZHUANG, keys=QUORUM)
        self.expect_refused(self.registry("revoke", department, keys=self.holder), 2, "has no say")
        self.done("revoke", department, keys=QUORUM)

    def test_aliases(self):
        self.done("aliases", SHIJIAZHUANG, "--alias", "gbt2260=130100", "--alias",
                  "unlocode=CNSJW", keys=QUORUM)
        self.assertEqual(self.answer()[1]["aliases"], {"gbt2260": "130100", "unlocode": "CNSJW"})
        self.assigned(OTHER)
        taken = ("aliases", OTHER, "--alias", "gbt2260=130100")
        self.refused("alias-taken", *taken, keys=QUORUM)
        self.refused("alias-scheme", "aliases", OTHER, "--alias", "phone=1", keys=QUORUM)
        self.done("aliases", SHIJIAZHUANG, keys=QUORUM)
        self.assertEqual(self.answer()[1]["aliases"], {})
        self.done(*taken, keys=QUORUM)
        self.expect_refused(self.registry("aliases", OTHER, "--alias", "x", keys=QUORUM), 2,
                            "SCHEME=VALUE")

    def test_revoke_codes_by_serial_range_and_cut_off(self):
        codes = [self.code(self.code_key) for _ in range(8)]  # serials 1 to 8
        revoke = ("revoke-codes", SHIJIAZHUANG, "--code-key", self.key(self.code_key))
        self.done(*revoke, "--serials", "8,5-6", keys=self.holder)
        self.expect_scans({code: "revoked" if serial in (5, 6, 8) else "valid"
                           for serial, code in enumerate(codes, 1)})
        self.refused("revoke-nothing", *revoke, "--serials", "6", keys=self.holder)
        self.done(*revoke, "--serial-below", 3, keys=self.holder)
        self.expect_scans({code: "revoked" if serial in (1, 2, 5, 6, 8) else "valid"
                           for serial, code in enumerate(codes, 1)})
        key = self.consortium.signing_key(self.code_key)
        old, new = (Code(SHIJIAZHUANG, key, issued=issued).url(HOST) for issued in (86399, 86400))
        self.expect_scans({old: "valid", new: "valid"})
        self.done(*revoke, "--issued-before", "1970-01-02", keys=self.holder)
        self.expect_scans({old: "revoked", new: "valid", codes[3]: "valid"})

    def test_revocations_that_are_none(self):
        revoke = ("revoke-codes", SHIJIAZHUANG, "--code-key")
        of_code = (*revoke, self.key(self.code_key))
        self.refused("revoke-nothing", *of_code, keys=self.holder)
        self.refused("revoke-serials", *of_code, "--serials", "1-70000", keys=self.holder)
        self.refused("revoke-serials", *of_code, "--serials", "5-4", keys=self.holder)
        self.refused("revoke-serials", *of_code, "--serials", "1-5,3", keys=self.holder)
        self.refused("revoke-key", *revoke, self.key(self.holder[0]), "--serials", "1",
                     keys=self.holder)
        for serials in ("x", "1-", "-1", "1--2", "1,,2", "4294967296"):
            with self.subTest(serials=serials):
                finished = self.registry(*of_code, f"--serials={serials}", keys=self.holder)
                self.expect_refused(finished, 2, "--serials")
        for day in ("2026-13-01", "2026-02-30", "yesterday", "2026-1-1x", "1969-12-31"):
            with self.subTest(day=day):
                finished = self.registry(*of_code, "--issued-before", day, keys=self.holder)
                self.expect_refused(finished, 2, "is not a date")

    def test_the_log_of_an_identifier_tells_its_life(self):
        self.done("update", SHIJIAZHUANG, "--content", self.content("Two"), keys=self.holder)
        self.assigned(f"{SHIJIAZHUANG}.02", keys=self.holder)
        self.assigned(OTHER)
        self.done("suspend", SHIJIAZHUANG, "--reason", "dispute", keys=QUORUM)
        log = ("ledger", "log", "--ledger", self.consortium.ledger)
        of_one = cityid(*log, "--id", SHIJIAZHUANG.lower(), "--json").json_lines()
        self.assertEqual([(x["index"], x["type"], x["subject"]) for x in of_one],
                         [(2, "assign", SHIJIAZHUANG), (4, "update", SHIJIAZHUANG),
                          (6, "assign", f"{SHIJIAZHUANG}.02"), (10, "suspend", SHIJIAZHUANG)])
        self.assertTrue(all(x["accepted"] and x["log"] == self.log.hex() for x in of_one))
        self.assertEqual(of_one[3]["body"], {"reason": "dispute"})
        self.assertEqual(of_one[3]["previous"], signed_record.sha256(self.entry(2)).hex())
        self.assertEqual(of_one[1]["signers"], [
            {"role": "holder", "key": self.consortium.public(self.holder[0])}])
        self.assertEqual(len(cityid(*log, "--json").json_lines()), 12)
        self.expect_refused(cityid(*log, "--id", "nothing"), 2)

    def entry(self, index):
        return self.served.request(f"/ledger/entry/{index}").body

    def test_every_entry_is_what_another_implementation_reads(self):
        self.done("revoke-codes", SHIJIAZHUANG, "--code-key", self.key(self.code_key), "--serials",
                  "1", keys=self.holder)
        self.done("aliases", SHIJIAZHUANG, "--alias", "wikidata=Q58401", keys=QUORUM)
        entries = [self.entry(i) for i in range(8)]
        types = [signed_record.opened(entry)[0][1] for entry in entries[::2]]
        self.assertEqual(types, [signed_record.GENESIS, signed_record.ASSIGN,
                                 signed_record.REVOKE_CODES, signed_record.ALIASES])
        roots = [signed_record.state_root(entry) for entry in entries[1::2]]
        self.assertEqual([(log, size) for log, _, size, _ in roots],
                         [(self.log, 1), (self.log, 3), (self.log, 5), (self.log, 7)])
        self.assertEqual(len({root for _, root, _, _ in roots}), 4, "each record changed the state")
        root = signed_record.root([signed_record.leaf_hash(entry) for entry in entries])
        self.assertEqual(self.consortium.status()["root"], root.hex())
        self.assertEqual(self.served.request("/ledger/entry/8").status, 404)


class Delegation(Case):
    def delegate(self, *names, keys=QUORUM, threshold=1):
        words = [word for name in names for word in ("--registrar-key", self.key(name))]
        return self.done("delegate", "MA.156", "--title", "National registrar", "--threshold",
                         threshold, *words, keys=keys)

    def test_a_registrar_assigns_is_rotated_and_withdrawn(self):
        application = self.application()
        self.expect_refused(self.registry(*application, keys=["registrar"]), 2, "has no say")
        self.delegate("registrar")
        self.assigned(keys=["registrar"])
        self.delegate("registrar2", "registrar3", threshold=2)
        self.expect_refused(self.registry(*self.application(OTHER), keys=["registrar"]), 2,
                            "has no say")
        identifier = self.waits(*self.application(OTHER), keys=["registrar2"])
        self.assertEqual(self.listed()[identifier]["missing"],
                         {"who": "registrar of MA.156", "signatures": 1})
        self.done("approve", identifier, keys=["registrar3"])
        self.done("delegate", "MA.156", "--withdraw", keys=QUORUM)
        third = self.application("MA.156.1303")
        self.expect_refused(self.registry(*third, keys=["registrar2"]), 2, "has no say")
        self.done(*third, keys=QUORUM)
        for identifier in (SHIJIAZHUANG, OTHER, "MA.156.1303"):
            self.expect_verdict(200, "registered", identifier)

    def test_institutes_may_always_act(self):
        self.delegate("registrar")
        self.assigned()

    def test_a_city_assigns_below_itself_and_its_department_below_that(self):
        self.assigned()
        self.assigned(f"{SHIJIAZHUANG}.02", keys=[f"{SHIJIAZHUANG}.record"])
        self.assigned(f"{SHIJIAZHUANG}.02.7", keys=[f"{SHIJIAZHUANG}.02.record"])
        # The nearest one has the say, not the one above it.
        finished = self.registry(*self.application(f"{SHIJIAZHUANG}.02.8"),
                                 keys=[f"{SHIJIAZHUANG}.record"])
        self.expect_refused(finished, 2, "has no say")
        self.refused("parent-unknown", *self.application(f"{OTHER}.1"), keys=QUORUM)

    def test_delegations_that_the_rules_refuse(self):
        self.refused("registrar-keys", "delegate", "MA.156", "--withdraw", keys=QUORUM)
        self.refused("registrar-threshold", "delegate", "MA.156", "--registrar-key",
                     self.key("registrar"), "--threshold", 2, keys=QUORUM)
        self.refused("key-used", "delegate", "MA.156", "--registrar-key", self.key("institute1"),
                     keys=QUORUM)
        finished = self.registry("delegate", "MA..156", "--registrar-key", self.key("registrar"))
        self.expect_refused(finished, 2)

    def test_the_policy_changes_by_quorum_and_the_old_one_no_longer_suffices(self):
        policy = json.loads(expect(0, self.registry("policy")).out)
        self.assertEqual((policy["version"], policy["quorum"]), (1, 2))
        policy |= {"version": 2, "quorum": 3}
        policy["institutes"].append(self.consortium.institute(4))
        change = ("policy", "--file", self.consortium.file("next.json", policy))
        new = ["institute4", "witness4"]
        identifier = self.waits(*change, keys=["institute1"])
        self.assertEqual(self.listed()[identifier]["missing"]["signatures"], 1)
        self.assertEqual(len(self.listed()[identifier]["missing"]["new_keys"]), 2)
        self.waits("approve", identifier, keys=new)
        self.done("approve", identifier, keys=["institute3"])
        status = self.consortium.status()
        self.assertEqual((status["policy"], status["quorum"], len(status["institutes"])), (2, 3, 4))
        waiting = self.waits(*self.application(), keys=QUORUM)
        self.expect_verdict(404, "unknown-id")
        self.done("approve", waiting, keys=["institute4"])
        self.expect_verdict(200, "registered")

    def test_policies_that_the_rules_refuse(self):
        policy = json.loads(self.registry("policy").out)
        for rule, other in (("policy-version", {}), ("policy-version", {"version": 3}),
                            ("policy-quorum", {"version": 2, "quorum": 1}),
                            ("policy-quorum", {"version": 2, "quorum": 4}),
                            ("policy-hosts", {"version": 2, "hosts": ["no host"]})):
            with self.subTest(rule=rule, other=other):
                file = self.consortium.file("next.json", policy | other)
                self.refused(rule, "policy", "--file", file, keys=QUORUM)


class Refusals(Case):
    """Records that the program would not make, sent as they are."""

    def expect_refused_entry(self, entry, status, rule):
        size = self.size()
        self.expect_problem(self.post(entry), status, rule)
        self.assertEqual(self.size(), size)

    def test_k_minus_one_institutes_only_wait(self):
        record, new_key = self.assignment()
        for signers in ([new_key], [new_key, *self.institutes(1)], [new_key, *self.institutes(1)]):
            reply = self.post(record.signed(*signers))
            self.assertEqual((reply.status, reply.json()["state"]), (202, "waiting"), reply)
        self.assertEqual(reply.json()["missing"]["signatures"], 1)
        self.assertEqual(self.size(), 2)

    def test_without_the_new_keys_signature_it_waits(self):
        record, new_key = self.assignment()
        reply = self.post(record.signed(*self.institutes(1, 2)))
        self.assertEqual((reply.status, reply.json()["missing"]["new_keys"]),
                         (202, [new_key[1].verify_key.encode().hex()]), reply)
        self.assertEqual(self.listed()[reply.json()["id"]]["missing"], reply.json()["missing"])
        self.assertEqual(self.post(record.signed(new_key)).status, 201)

    def test_strangers_signatures_are_worth_nothing_and_spoil_nothing(self):
        record, new_key = self.assignment()
        stranger = SigningKey.generate()
        self.expect_refused_entry(record.signed((INSTITUTE, stranger)), 409, "signer-stranger")
        self.expect_refused_entry(record.signed((HOLDER, stranger)), 409, "signer-stranger")
        both = record.signed(new_key, *self.institutes(1), (INSTITUTE, stranger))
        self.assertEqual(self.post(both).status, 202)
        reply = self.post(record.signed(*self.institutes(3)))
        self.assertEqual((reply.status, reply.json()["index"]), (201, 2), reply)
        _, signers = signed_record.opened(self.served.request("/ledger/entry/2").body)
        self.assertEqual([role for role, _ in signers], [INSTITUTE, INSTITUTE, NEW_KEY])

    def test_an_institute_signs_as_nothing_else(self):
        record, new_key = self.assignment()
        key = self.consortium.signing_key("institute1")
        for role in (signed_record.REGISTRAR, signed_record.ANCESTOR, HOLDER):
            self.expect_refused_entry(record.signed((role, key)), 409, "signer-stranger")

    def test_another_log(self):
        record, new_key = self.assignment(log=bytes(32))
        self.expect_refused_entry(record.signed(new_key, *self.institutes(1, 2)), 409, "log-other")

    def test_too_late_and_too_long(self):
        now = int(time.time())
        for not_after in (now - 10, 0, now + 91 * signed_record.DAY, (1 << 64) - 1, None):
            record, new_key = self.assignment(not_after=not_after)
            with self.subTest(not_after=not_after):
                self.expect_refused_entry(record.signed(new_key, *self.institutes(1, 2)), 409,
                                          "inbox-not-after")
        self.refused("inbox-not-after", *self.application(), "--days", 91, keys=QUORUM)

    def test_a_stale_predecessor_and_a_record_that_comes_again(self):
        self.assigned()
        updates = [self.path(f"update{i}") for i in range(2)]
        for i, path in enumerate(updates):
            self.expect_done(self.registry("update", SHIJIAZHUANG, "--content",
                                           self.content(f"Name{i}"), "-o", path,
                                           keys=[f"{SHIJIAZHUANG}.record"]))
        index = self.done("submit", updates[0])
        self.refused("previous-stale", "submit", updates[1])
        self.assertEqual(self.done("submit", updates[0]), index)
        self.assertEqual(self.size(), 6)

    def test_an_identifier_that_exists_and_one_that_does_not(self):
        self.assigned()
        self.refused("assign-exists", *self.application(tag="b"), keys=QUORUM)
        for command in ("suspend", "revoke"):
            self.refused("is not registered", command, OTHER, keys=QUORUM)
        record = self.record(signed_record.SUSPEND, {}, OTHER, previous=bytes(32))
        self.expect_refused_entry(record.signed(*self.institutes(1, 2)), 409, "subject-unknown")

    def test_a_key_that_is_used_elsewhere(self):
        self.assigned()
        used = ("apply", OTHER, "--content", self.content(), "--record-key",
                self.key(f"{SHIJIAZHUANG}.record"))
        self.refused("key-used", *used, keys=QUORUM)
        self.refused("key-used", "apply", OTHER, "--content", self.content(), "--record-key",
                     self.key("institute3"), keys=QUORUM)

    def test_a_subject_that_is_no_identifier(self):
        for subject in ("MA.156", "ma.156.1301", "", "MA.156.1301-UB", None):
            record, new_key = self.assignment(subject)
            with self.subTest(subject=subject):
                self.expect_refused_entry(record.signed(new_key, *self.institutes(1, 2)), 409,
                                          "subject")

    def test_content_that_the_rules_refuse(self):
        for rule, metadata in (("names", {"names": {}, "level": "city"}),
                               ("level", {"names": {"en": "A"}, "level": "City!"}),
                               ("country", {"names": {"en": "A"}, "level": "city", "country": "x"}),
                               ("names", {"names": {"en": "A\u0001"}, "level": "city"}),
                               ("names", {"names": {"en": "A" * 513}, "level": "city"})):
            content = self.consortium.file("bad.json", {"metadata": metadata})
            with self.subTest(metadata=metadata):
                self.refused(rule, *self.application(content=content), keys=QUORUM)
        for rule, href in (("endpoint-address", "not a uri"),
                           ("inbox-address", "https://10.0.0.1/"),
                           ("inbox-address", "https://localhost/"),
                           ("inbox-address", "https://[::1]/"),
                           ("inbox-address", "coaps://192.168.1.1/")):
            content = self.content(endpoints=[{"rel": "about", "href": href, "access": "open"}])
            with self.subTest(href=href):
                self.refused(rule, *self.application(content=content), keys=QUORUM)

    def test_content_that_is_not_its_json(self):
        for text in ("", "{", "[]", "null", '{"metadata":{}}', '{"metadata":7}',
                     '{"metadata":{"names":{"en":"A"},"level":"city"},"colour":"red"}',
                     '{"metadata":{"names":{"en":7},"level":"city"}}', "[" * 100_000):
            content = self.consortium.file("bad.json", text)
            with self.subTest(text=text[:40]):
                self.refused("content", *self.application(content=content))

    def test_a_flipped_bit_is_forged_or_malformed_and_never_taken(self):
        record, new_key = self.assignment()
        entry = record.signed(new_key, *self.institutes(1, 2))
        flipped = bytearray(entry)
        flipped[-1] ^= 1
        self.expect_refused_entry(bytes(flipped), 403, "does not verify")
        generator = cityid_process.seeded(self.id())
        statuses = set()
        with self.served.connect() as connection:
            for bit in generator.sample(range(len(entry) * 8), 200):
                flipped = bytearray(entry)
                flipped[bit // 8] ^= 1 << bit % 8
                connection.send(cityid_process.message(APPLICATIONS, bytes(flipped)))
                status = connection.reply().status
                self.assertIn(status, (400, 403), f"bit {bit}")
                statuses.add(status)
        self.assertEqual(statuses, {400, 403})
        self.assertEqual((self.size(), self.listed()), (2, {}))

    def test_bytes_that_are_no_record(self):
        record, new_key = self.assignment()
        entry = record.signed(new_key, *self.institutes(1, 2))
        payload = record.payload()
        one = [signed_record.signature(payload, *new_key)]
        twice = payload[:1] + payload[1:3] + payload[1:]
        unknown = signed_record.encode(signed_record.cbor2.loads(payload) | {9: 1})
        wide = signed_record.entry_of(payload, one).replace(b"\xd8\x62\x84", b"\xd8\x62\x98\x04", 1)
        again = signed_record.cbor2.loads(entry)
        again.value[3].append(again.value[3][-1])
        for name, body in (
                ("nothing", b""), ("garbage", b"garbage"), ("zeros", bytes(1000)),
                ("trailing", entry + b"\0"), ("truncated", entry[:-1]),
                ("nobody", signed_record.entry_of(payload, [])),
                ("long-form", wide),
                ("header", signed_record.entry_of(payload, one, body_header={16: "text/plain"})),
                ("unprotected", signed_record.entry_of(payload, one, unprotected={1: -8})),
                ("a-signer-twice", signed_record.encode(again)),
                ("a-key-twice", signed_record.entry_of(
                    twice, [signed_record.signature(twice, *new_key)])),
                ("unknown-field", signed_record.entry_of(
                    unknown, [signed_record.signature(unknown, *new_key)])),
                ("unknown-type", Record(12, {}, log=self.log).signed(new_key)),
                ("unknown-role", record.signed((6, new_key[1])))):
            with self.subTest(name):
                self.expect_refused_entry(body, 400, "")
        self.expect_done(self.registry("applications"))

    def test_one_that_is_too_large(self):
        self.expect_problem(self.post(bytes(33 * 1024)), 413, "large")
        file = self.path("large")
        file.write_bytes(bytes(33 * 1024))
        finished = self.registry("submit", file)
        self.assertIn(finished.status, (1, 3), finished)
        self.expect_one_line(finished, file)
        content = self.content(endpoints=[
            {"rel": "about", "href": "https://city.example/" + "x" * 2000, "access": "open"}] * 20)
        self.expect_one_line(self.registry(*self.application(content=content)), "32 KiB")

    def test_a_file_that_is_no_record(self):
        file = self.path("file")
        file.write_text("not a record")
        self.refused("", "submit", file)
        self.expect_refused(cityid("approve", file, "--key", self.key("institute1"), "-o",
                                   self.path("out")), 1)
        self.expect_refused(self.registry("submit", self.path("missing")), 3, "missing")

    def test_genesis_is_not_handed_in(self):
        reply = self.post(FOUNDED.genesis.read_bytes())
        self.assertEqual((reply.status, reply.json()["index"]), (201, 0), reply)
        again = Record(signed_record.GENESIS, signed_record.opened(
            FOUNDED.genesis.read_bytes())[0][7] | {1: "other.example/ledger"}, not_after=None)
        self.expect_refused_entry(again.signed(*self.institutes(1, 2, 3)), 409, "")

    def test_too_many_strangers_for_one_identifier(self):
        entries = []
        for _ in range(17):
            record, new_key = self.assignment()
            entries.append(record.signed(new_key))
        statuses = [self.post(entry).status for entry in entries]
        self.assertEqual(statuses, [202] * 16 + [503])
        file = self.path("last")
        file.write_bytes(entries[-1])
        finished = self.registry("submit", file)
        self.expect_refused(finished, 3, f"too many applications for {SHIJIAZHUANG}")
        # Other identifiers do not suffer, nor does what an institute has signed.
        record, new_key = self.assignment(OTHER)
        self.assertEqual(self.post(record.signed(new_key)).status, 202)
        record, new_key = self.assignment()
        self.assertEqual(self.post(record.signed(new_key, *self.institutes(1))).status, 202)
        self.assertEqual(self.post(record.signed(*self.institutes(2))).status, 201)

    def test_what_is_asked_of_the_inbox_amiss(self):
        for target, status in ((f"{APPLICATIONS}/{'ab' * 32}", 404), (f"{APPLICATIONS}/xyz", 400),
                               (f"{APPLICATIONS}/abcd", 400), (f"{APPLICATIONS}?after=x", 400),
                               (f"{APPLICATIONS}?after=abcd", 400),
                               (f"{APPLICATIONS}?limit=0", 400),
                               (f"{APPLICATIONS}?limit=101", 400), (f"{APPLICATIONS}?limit=x", 400),
                               (f"{APPLICATIONS}?limit=-1", 400), ("/ledger/entry/x", 404),
                               ("/ledger/entry/18446744073709551616", 404),
                               ("/ledger/state/xyz", 400), (f"/ledger/state/{'ab' * 300}", 400),
                               ("/ledger/state/4b", 404)):
            with self.subTest(target):
                self.expect_problem(self.served.request(target), status, "")
        self.refused("no such application", "approve", "ab" * 32, keys=["institute1"])
        reply = self.served.request(f"{APPLICATIONS}", "PUT")
        self.assertEqual((reply.status, reply["allow"]), (405, "OPTIONS, POST, GET, HEAD"), reply)


class Races(Case):
    def test_of_two_conflicting_applications_exactly_one_is_sequenced(self):
        for turn in range(RACES):
            subject = f"MA.156.R{turn}"
            finals = []
            for _ in range(2):
                record, new_key = self.assignment(subject)
                self.assertEqual(self.post(record.signed(new_key, *self.institutes(1))).status, 202)
                finals.append(record.signed(*self.institutes(2)))
            with concurrent.futures.ThreadPoolExecutor(2) as pool:
                replies = sorted(pool.map(self.post, finals), key=lambda reply: reply.status)
            with self.subTest(turn=turn):
                self.assertEqual(replies[0].status, 201, replies[0])
                self.expect_problem(replies[1], 409, "assign-exists")
                self.expect_verdict(200, "registered", subject)
        self.assertEqual(self.size(), 2 * (1 + RACES))

    def test_two_officers_who_approve_at_once_are_both_answered(self):
        identifier = self.waits(*self.application())
        def approve(name):
            return self.registry("approve", identifier, keys=[name])
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            finished = list(pool.map(approve, QUORUM))
        for one in finished:
            self.expect_done(one)
        self.assertIn("sequenced 2\n", [one.out for one in finished])
        self.expect_verdict(200, "registered")


class Serving(Case):
    serving = False

    def test_without_registry_there_are_no_applications(self):
        self.served = self.enterContext(cityid_process.resolver(self.consortium.ledger))
        record, new_key = self.assignment()
        self.expect_problem(self.post(record.signed(new_key)), 404, "takes no applications")
        self.expect_problem(self.served.request(APPLICATIONS), 404, "takes no applications")
        self.refused("takes no applications", *self.application())
        self.assertEqual(self.registry("applications").status, 3)

    def test_one_process_a_ledger_writes(self):
        with cityid_process.resolver(self.consortium.ledger, "--registry") as self.served:
            second = cityid("serve", "--registry", "--ledger", self.consortium.ledger, "--listen",
                            "127.0.0.1:0")
            self.expect_refused(second, 3, "being written by another process")
            entry = self.path("entry")
            self.expect_done(self.registry(*self.application(), "-o", entry, keys=QUORUM))
            self.expect_refused(cityid("submit", entry, "--ledger", self.consortium.ledger), 3,
                                "being written by another process")
            with cityid_process.resolver(self.consortium.ledger) as reader:
                self.done("submit", entry)
                self.assertEqual(reader.request(f"/{SHIJIAZHUANG}").json()["verdict"], "registered")

    def test_a_registry_that_is_not_there_is_3(self):
        with cityid_process.resolver(self.consortium.ledger, "--registry") as self.served:
            pass
        self.expect_refused(self.registry("applications"), 3, self.served.url)
        self.expect_refused(self.registry(*self.application()), 3, self.served.url)

    def test_the_demonstration_takes_applications(self):
        demo = cityid_process.Demo(self.path("demo"))
        keys = [demo.keys / f"institute-{name}.record.key" for name in "ab"]
        with cityid_process.running("demo", "--dir", demo.directory, "--listen",
                                    "127.0.0.1:0") as started:
            printed = started.wait_for("out", r"ask for JSON +curl -s (http://127\.0\.0\.1:(\d+))/")
            self.served = cityid_process.Resolver(int(printed[2]), started)
            identifier = self.waits(*self.application("MA.156.NEW"))
            self.assertEqual(self.listed()[identifier]["missing"]["signatures"], 2)
            approved = cityid("approve", identifier, "--registry", self.served.url, "--key",
                              keys[0], "--key", keys[1])
            self.assertRegex(approved.out, r"\Asequenced \d+\n\Z", approved)
            self.expect_verdict(200, "registered", "MA.156.NEW")
            self.expect_done(started.stop())


if __name__ == "__main__":
    cityid_process.main()
