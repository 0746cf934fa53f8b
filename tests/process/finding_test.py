"""Search, children, aliases, peers, and what is said of identifiers that ended or never were.
"""
import signal
import subprocess
import urllib.parse

import answer_cases
import cityid_process
from answer_cases import (AnswerCase, BELOW_SUSPENDED, BROWSER, CITY, DEVICES, HUSHED, LAMP,
                          LANGFANG, LONG, LONG_DID, MANY, NGSI, OFFICE, SAO_PAULO, SUCCESSOR,
                          SUPERSEDED, SUSPENDED, TANGSHAN, WITHDRAWN, get, quoted)
from cityid_process import SHIJIAZHUANG
from signed_record import sha256


def setUpModule():
    global WORLD
    WORLD = answer_cases.set_up()


class Finding(AnswerCase):
    def search(self, text, **more):
        query = urllib.parse.urlencode({"q": text, **more})
        reply = get(f"/search?{query}")
        self.assertEqual(reply.status, 200, reply)
        self.assertEqual(reply.json()["query"], text)
        return [item["id"] for item in reply.json()["results"]]

    def test_by_name_in_any_language_and_by_what_else_it_is_called(self):
        for text in ("Shijiazhuang", "shijiazhuang", "SHIJIAZHUANG", "Shijia", "石家庄市", "石家", "家庄",
                     "石家莊", "Shíjiāzhuāng Shì", "shijiazhuang shi", "Shíjiā", "  Shijiazhuang  ",
                     "Ｓｈｉｊｉａ", "shi jia zhuang", "shijiazhuangshi", "Shi'jia'zhuang", "130100", "CNSJW", SHIJIAZHUANG, SHIJIAZHUANG.lower(),
                     f"{SHIJIAZHUANG}-{self.check()}"):
            with self.subTest(text):
                self.assertEqual(self.search(text), [SHIJIAZHUANG])
        for text in ("São Paulo", "sao paulo", "Paulo", "PAUL", "município", "de são", "3448439",
                     "saopaulo", "São-Paulo", "paulo sao", "paulo município"):
            with self.subTest(text):
                self.assertEqual(self.search(text), [SAO_PAULO])
        for text in ("ijiazhuang", "aulo", "nobody", "", " ", "...", "%", "_", "*", "\u200b", "CNSJ",
                     f"{SHIJIAZHUANG}-00", "MA.156", "São  Paolo"):
            with self.subTest(text):
                self.assertEqual(self.search(text), [])

    def test_the_best_match_comes_first(self):
        found = self.search("Quokka")
        self.assertEqual((set(found[:2]), found[2:]), ({"MA.250.G2", LONG}, ["MA.250.G3"]))
        self.assertEqual(self.search("Q58584"), [SHIJIAZHUANG, LONG], "an alias before a name")

    def test_terms_of_another_folding_are_made_anew(self):
        """As a program with other tables of Unicode left them."""
        with cityid_process.temporary_directory() as directory:
            ledger = directory / "ledger"
            self.expect_done(cityid_process.cityid("ledger", "restore", "--ledger", ledger,
                                                   "--trust", WORLD.trust, WORLD.snapshot))
            with cityid_process.resolver(ledger) as resolver:
                self.assertNotIn("anew", resolver.served.text("err"))
            for more in ((), ("--follow", WORLD.resolver.url, "--trust", WORLD.trust)):
                database = (ledger / "data.mdb").read_bytes()
                self.assertIn(b"Unihan 15.0.0", database)
                (ledger / "data.mdb").write_bytes(
                    database.replace(b"Unihan 15.0.0", b"Unihan 14.0.0"))
                with cityid_process.resolver(ledger, *more) as resolver:
                    resolver.served.wait_for("err", "indexed anew.*")
                    resolver.served.wait_for("err", "names of .* are indexed\n")
                    reply = resolver.request("/search?q=shi+jia")
                    self.assertEqual([item["id"] for item in reply.json()["results"]],
                                     [SHIJIAZHUANG])

    def test_a_stop_is_heard_while_names_are_indexed(self):
        with cityid_process.temporary_directory() as directory:
            ledger = directory / "ledger"
            self.expect_done(cityid_process.cityid("ledger", "restore", "--ledger", ledger,
                                                   "--trust", WORLD.trust, WORLD.snapshot))
            database = (ledger / "data.mdb").read_bytes()
            (ledger / "data.mdb").write_bytes(database.replace(b"Unihan 15.0.0", b"Unihan 14.0.0"))
            # The signal is there before the program begins, and stays until it is looked for.
            process = subprocess.Popen(
                [cityid_process.program(), "serve", "--ledger", ledger, "--listen", "127.0.0.1:0"],
                stderr=subprocess.PIPE, encoding="utf-8",
                preexec_fn=lambda: signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM}))
            process.send_signal(signal.SIGTERM)
            said = process.communicate(timeout=cityid_process.DEADLINE)[1]
            self.assertEqual(process.returncode, 0, said)
            self.assertIn("indexed anew", said)
            self.assertNotIn("serving", said)
            with cityid_process.resolver(ledger) as resolver:
                self.assertEqual(resolver.request("/search?q=shi+jia").status, 200)

    def check(self):
        return get(CITY).json()["check"]

    def test_those_that_ended_are_found_and_say_so(self):
        status = {item["id"]: item["status"] for word in ("Suspended", "Withdrawn", "Superseded")
                  for item in get(f"/search?q={word}").json()["results"]}
        self.assertEqual(status, {SUSPENDED: "suspended", WITHDRAWN: "withdrawn",
                                  SUPERSEDED: "superseded"})
        below, = get(f"/search?q={BELOW_SUSPENDED}").json()["results"]
        self.assertEqual(below["status"], "suspended", "as its own answer says")

    def test_pages_of_a_search_have_everything_once(self):
        expected = [f"{MANY}.C{i:02}" for i in range(25)]
        for limit in (1, 2, 3, 7, 24, 25, 26, 100):
            pages = self.pages(f"/search?q=Springfield&limit={limit}", "results")
            self.assertEqual([item["id"] for page in pages for item in page], expected)
            self.assertTrue(all(len(page) == limit for page in pages[:-1]), limit)
        self.assertEqual(len(get("/search?q=Springfield").json()["results"]), 20)

    def test_pages_of_a_search_lose_nobody(self):
        for limit in (1, 2, 3):
            pages = self.pages(f"/search?q=quokka&limit={limit}", "results")
            self.assertEqual({item["id"] for page in pages for item in page},
                             {LONG, "MA.250.G2", "MA.250.G3"})

    def test_pages_of_a_search_repeat_nobody_who_has_two_names(self):
        for limit in (1, 2):
            pages = self.pages(f"/search?q=quokka&limit={limit}", "results")
            found = [item["id"] for page in pages for item in page]
            self.assertEqual(len(found), len(set(found)), found)

    def test_a_page_of_a_search_is_no_longer_than_its_limit(self):
        """Q58584 is an alias of one and in the name of another."""
        self.assertEqual(set(self.search("Q58584")), {SHIJIAZHUANG, LONG})
        self.assertEqual(len(self.search("Q58584", limit=1)), 1)

    def test_pages_of_children(self):
        expected = [f"{MANY}.C{i:02}" for i in range(25)] + [f"{MANY}.G{i}" for i in (1, 2, 3)]
        for limit in (1, 2, 3, 5, 14, 27, 28, 29):
            pages = self.pages(f"/{MANY}/children?limit={limit}", "children")
            self.assertEqual([item["id"] for page in pages for item in page], expected, limit)
            self.assertTrue(all(len(page) == limit for page in pages[:-1]), limit)
        below = [DEVICES, OFFICE, HUSHED, f"{SHIJIAZHUANG}.04", f"{SHIJIAZHUANG}.05"]
        pages = self.pages(f"{CITY}/children?limit=2&lang=zh", "children")
        self.assertEqual([item["id"] for page in pages for item in page], sorted(below))

    def test_children_of_whom(self):
        for target in (f"/{SHIJIAZHUANG.lower()}/children", f"{CITY}-{self.check()}/children"):
            self.assertEqual(get(target).json()["of"], SHIJIAZHUANG)
        self.assertEqual(get(f"/{LAMP}/children").json()["children"], [])
        self.assertEqual(get("/MA.999/children").json()["children"], [])
        self.problem(get("/MA.156.9999/children"), 404, "unknown-id")
        for wrong in ("x", "MA", "MA.1", f"{SHIJIAZHUANG}-00", "MA.156.", "MA..156"):
            self.problem(get(f"/{wrong}/children"), 400, "bad-request")

    def test_aliases_lead_to_their_identifier(self):
        for scheme, value in {"gbt2260": "130100", "unlocode": "CNSJW", "wikidata": "Q58584"}.items():
            reply = get(f"/alias/{scheme}/{value}")
            self.assertEqual((reply.status, reply["content-location"]), (200, CITY))
            self.assertEqual(reply.json(), get(CITY).json())
            self.assertEqual(reply["etag"], get(CITY)["etag"])
        self.assertEqual(get("/alias/unlocode/%43NSJW")["content-location"], CITY)
        self.assertIn("<h1>", get("/alias/gbt2260/130100", accept=BROWSER).text)

    def test_unknown_aliases(self):
        for target in ("/alias/gbt2260/130101", "/alias/nothing/130100", "/alias/unlocode/CNSJ",
                       "/alias/unlocode/CNSJW%20", "/alias/%67bt2260/", "/alias/gbt2260/%7C",
                       "/alias/gbt2260%7C130100/x", "/alias/A/%F0%9F%98%80"):
            if target.endswith("/"):
                self.problem(get(target), 404, "not-found")
            else:
                self.problem(get(target), 404, "unknown-alias")
        for value in ("%FF", "%0", "%00", "%C0%AF", "%ED%A0%80"):
            self.problem(get(f"/alias/gbt2260/{value}"), 400)

    def test_an_alias_as_long_as_the_rules_let_it_be(self):
        """128 characters (docs/ledger-format.md 3)."""
        self.assertEqual(get(f"/alias/did/{LONG_DID}").status, 200)
        self.assertEqual(self.search(LONG_DID), [SHIJIAZHUANG])

    def test_an_alias_is_no_form(self):
        """In a path '+' and '&' stand for themselves."""
        self.assertEqual(get("/alias/did/did:example:a%2Bb")["content-location"], f"/{LANGFANG}")
        self.assertEqual(get("/alias/did/did:example:a+b").status, 200)
        self.assertEqual(get("/alias/gbt2260/130100&x").status, 404)

    # Peers

    def peers(self, subject, query):
        pages = self.pages(f"/{subject}/peers?{query}", "peers")
        items = [item for page in pages for item in page]
        for item in items:
            self.assertEqual(item["status"], "active")
            self.assertTrue(item["endpoint"]["href"].startswith("https://"), item)
        return [item["id"] for item in items]

    def test_peers_beside_below_and_above(self):
        siblings = [SHIJIAZHUANG, TANGSHAN, LANGFANG]
        below = [OFFICE, HUSHED, f"{SHIJIAZHUANG}.04", f"{SHIJIAZHUANG}.05", LAMP]
        for by in ("rel=_broker", f"conformsTo={quoted(NGSI)}",
                   f"rel=_broker&conformsTo={quoted(NGSI)}"):
            for limit in ("", "&limit=1", "&limit=2"):
                with self.subTest(by + limit):
                    plain = by == "rel=_broker"
                    known = (lambda ids: ids) if plain else (
                        lambda ids: [x for x in ids if x not in (LANGFANG, LAMP)])
                    self.assertEqual(self.peers(TANGSHAN, by + limit), known(siblings))
                    self.assertEqual(self.peers(SHIJIAZHUANG, f"{by}&scope=siblings{limit}"),
                                     known(siblings))
                    self.assertEqual(self.peers(SHIJIAZHUANG, f"{by}&scope=below{limit}"),
                                     sorted(known(below)))
                    self.assertEqual(self.peers("MA.156", by + limit),
                                     sorted(known(siblings + below)))
                    self.assertEqual(self.peers(LAMP, f"{by}&scope=above{limit}"), [SHIJIAZHUANG])
                    self.assertEqual(self.peers(LAMP, f"{by}&scope=siblings{limit}"), known([LAMP]))
        self.assertEqual(self.peers(SHIJIAZHUANG, "rel=_nobody"), [])
        self.assertEqual(self.peers(SHIJIAZHUANG, "conformsTo=x"), [])
        self.assertEqual(self.peers(TANGSHAN, "rel=_mixed"), [SHIJIAZHUANG])

    def test_nobody_is_a_peer_who_is_suspended_or_below_or_ended(self):
        everywhere = self.peers("MA.156", "rel=_broker&limit=100")
        for absent in (SUSPENDED, BELOW_SUSPENDED, WITHDRAWN):
            self.assertNotIn(absent, everywhere)
        self.assertEqual(self.peers(SUSPENDED, "rel=_broker&scope=below"), [])

    def test_peers_of_whom_and_which(self):
        for target in (f"{CITY}/peers", f"{CITY}/peers?rel=", f"{CITY}/peers?rel=A",
                       f"{CITY}/peers?rel=_a-b", f"{CITY}/peers?rel=%22", f"{CITY}/peers?rel=_a&scope=x",
                       "/MA.156/peers?rel=_broker&scope=above", "/x/peers?rel=_broker",
                       "/MA.156/peers?rel=_broker&scope=siblings", f"{CITY}/peers?rel=_broker&limit=0",
                       f"{CITY}/peers?rel=_broker&after={SAO_PAULO}"):
            self.problem(get(target), 400, "bad-request")
        self.problem(get("/MA.156.9999/peers?rel=_broker"), 404, "unknown-id")

    # What is wrong is said so that it can be put right

    def test_the_nearest_ancestor_is_named(self):
        for subject, nearest in ((f"{LAMP}.X.Y", LAMP), (f"{SHIJIAZHUANG}.99", SHIJIAZHUANG),
                                 (f"{WITHDRAWN}.1", WITHDRAWN), ("MA.156.9999", None)):
            problem = self.problem(get(f"/{subject}"), 404, "unknown-id")
            self.assertEqual((problem["verdict"], problem["id"], problem.get("nearest")),
                             ("unknown-id", subject, nearest))

    def test_wrong_check_characters_suggest_what_may_be_meant(self):
        check = self.check()
        # a swapped pair of digits, and a digit off
        for typed in (f"MA.156.1310-{check}", f"MA.156.1301-{check[::-1]}", "MA.156.1391-" + check):
            problem = self.problem(get(f"/{typed}"), 400, "malformed")
            self.assertEqual(problem["verdict"], "malformed")
        self.assertIn(SHIJIAZHUANG, self.problem(get(f"/MA.156.1391-{check}"), 400)["suggestions"])
        self.assertIn(SHIJIAZHUANG, self.problem(get(f"/MA.156.1031-{check}"), 400)["suggestions"])
        self.assertNotIn("suggestions", self.problem(get("/x-yz"), 400))
        for suggestion in self.problem(get(f"/MA.156.1391-{check}"), 400)["suggestions"]:
            self.answered(f"/{suggestion}")

    def test_what_ended_says_why_and_where_to_go(self):
        reply = get(f"/{SUPERSEDED}")
        problem = self.problem(reply, 410, "superseded")
        self.assertEqual((problem["successor"], problem["endedBy"]["reason"]), (SUCCESSOR, "merged"))
        self.assertIn(f'</{SUCCESSOR}>; rel="successor-version"', reply["link"])
        self.assertEqual(get(f"/{SUCCESSOR}").json()["predecessors"], [SUPERSEDED])
        problem = self.problem(get(f"/{WITHDRAWN}"), 410, "withdrawn")
        self.assertEqual((problem["inactive"], problem["endedBy"]["reason"]), (WITHDRAWN, "dissolved"))
        entry = get(f"/ledger/entry/{problem['endedBy']['index']}").body
        self.assertEqual(sha256(entry).hex(), problem["endedBy"]["hash"])
        self.assertEqual(sha256(entry), WORLD.authority[WITHDRAWN])
        for subject in (SUSPENDED, BELOW_SUSPENDED):
            problem = self.problem(get(f"/{subject}"), 403, "suspended")
            self.assertEqual((problem["id"], problem["inactive"], problem["endedBy"]["reason"]),
                             (subject, SUSPENDED, "a dispute about the name"))
        for subject, status in ((WITHDRAWN, 410), (SUPERSEDED, 410), (SUSPENDED, 403),
                                (BELOW_SUSPENDED, 403)):
            for target in (f"/{subject}/{WORLD.code(subject).token()}", f"/{subject}?linkType=_broker",
                           f"/{subject}?linkType=linkset"):
                reply = get(target)
                self.problem(reply, status)
                self.assertIsNone(reply["location"])


if __name__ == "__main__":
    cityid_process.main()
