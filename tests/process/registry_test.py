"""Applications to a registry: online, with files, at the same time; and when it takes none."""
import concurrent.futures

import cityid_process
import registry_cases
from cityid_process import SHIJIAZHUANG, cityid
from registry_cases import APPLICATIONS, OTHER, QUORUM, RegistryCase

RACES = 10


def setUpModule():
    registry_cases.set_up()


class Online(RegistryCase):
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


class Offline(RegistryCase):
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
                ("'ftp://x'", ("submit", draft, "--registry", "ftp://x"))):
            with self.subTest(arguments=arguments):
                finished = cityid(*arguments)
                self.assertEqual((finished.status, finished.out), (2, ""), finished)
        self.assertFalse(self.path("x").exists())


class Races(RegistryCase):
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


class Serving(RegistryCase):
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
