"""cityid resolve, search and peers: from a ledger, from a resolver, and from one that lies."""
import contextlib
import http.server
import itertools
import json
import unittest

import cityid_process
import proofs
from cityid_process import DEPARTMENT, HOST, SHIJIAZHUANG, cityid
from signed_code import with_other_last_digit

BEIJING, ABSENT = "MA.156.1100", "MA.156.9999"
BROKER = "https://data.shijiazhuang.example/ngsi-ld/v1"
UNCHECKED = "nothing was checked"


def setUpModule():
    global DEMO, RESOLVER, TRUST
    DEMO = unittest.enterModuleContext(cityid_process.demo())
    RESOLVER = unittest.enterModuleContext(cityid_process.resolver(DEMO.ledger))
    TRUST = DEMO.directory / "trust.txt"


@contextlib.contextmanager
def forger(forge):
    """A resolver that lies: `forge(target, body)` returns what it says in place of the true body,
    or a status and a body. The targets that it was asked for are in a list."""
    asked = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            true = RESOLVER.request(self.path)
            said = forge(self.path, true.body)
            status, body = said if isinstance(said, tuple) else (true.status, said)
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            with contextlib.suppress(ConnectionError):  # who asked may refuse a long reply
                self.wfile.write(body)

        def log_message(self, *_):
            pass
    with proofs.http_server(Handler) as url:
        yield url, asked


def in_json(change):
    """A forger of JSON: `change(target, value)` changes a value that was parsed; proofs stay."""
    def forge(target, body):
        if target.split("?")[0].endswith("/proof"):
            return body
        value = json.loads(body)
        return json.dumps(change(target, value) or value).encode()
    return forge


class AskCase(cityid_process.Case):
    def by_ledger(self, *arguments):
        return cityid(*arguments, "--ledger", DEMO.ledger)

    def by_resolver(self, *arguments, url=None):
        return cityid(*arguments, "--resolver", url or RESOLVER.url)

    def by_proof(self, *arguments, url=None):
        return self.by_resolver(*arguments, "--trust", TRUST, url=url)

    def forger(self, forge):
        return self.enterContext(forger(forge))


class Resolve(AskCase):
    def expect(self, verdict, what):
        """Every way comes to this verdict, and the exit status is the verdict's."""
        status = 0 if verdict in ("registered", "valid") else 1
        for way in (self.by_ledger, self.by_resolver, self.by_proof):
            with self.subTest(way=way.__name__, what=what):
                finished = way("resolve", "--json", what)
                self.assertEqual((json.loads(finished.out)["verdict"], finished.status),
                                 (verdict, status), finished)
                told = way("resolve", what)
                self.assertTrue(told.out.startswith(f"{verdict}: "), told)
                self.assertEqual(told.status, status, told)
                # Nobody is asked about what can't be a code.
                unchecked = way == self.by_resolver and verdict != "malformed"
                self.assertEqual(UNCHECKED in told.err, unchecked, told)
        return json.loads(finished.out)

    def test_the_json_is_what_the_resolver_answers(self):
        for way in (self.by_ledger, self.by_resolver):
            for path in (SHIJIAZHUANG, DEPARTMENT, ABSENT):
                finished = way("resolve", path, "--json")
                self.assertEqual(json.loads(finished.out), RESOLVER.request(f"/{path}").json())
        answer = json.loads(self.by_proof("resolve", SHIJIAZHUANG, "--json").out)
        size = answer.pop("proof")["size"]
        self.assertEqual(answer, RESOLVER.request(f"/{SHIJIAZHUANG}").json())
        self.assertEqual(size, answer["ledger"]["size"])

    def test_metadata_and_endpoints_for_people(self):
        for way in (self.by_ledger, self.by_resolver, self.by_proof):
            lines = way("resolve", SHIJIAZHUANG).out.splitlines()
            self.assertEqual(lines[0].split(":")[0], "registered")
            for line in ("  name       Shijiazhuang · 石家庄市", f"  id         {SHIJIAZHUANG}-UB",
                         "  level      prefecture",
                         f"  endpoint   {BROKER} (_contextBroker, restricted)"):
                self.assertIn(line, lines)

    def test_what_may_be_asked(self):
        for what in (SHIJIAZHUANG, "ma.156.1301-ub", "gbt2260:130100", "geonames:1795270",
                     f"https://{HOST}/{SHIJIAZHUANG}", f"https://{HOST}/{SHIJIAZHUANG}-UB"):
            self.assertEqual(self.expect("registered", what)["id"], SHIJIAZHUANG)
        self.expect("valid", DEMO.url())
        self.expect("forged", with_other_last_digit(DEMO.url()))
        self.expect("unknown-id", ABSENT)
        for what in (f"HTTPS://{HOST.upper()}/{SHIJIAZHUANG}", f"{HOST}/{SHIJIAZHUANG.lower()}",
                     "GBT2260:130100"):
            self.assertEqual(self.expect("registered", what)["id"], SHIJIAZHUANG)
        self.expect("valid", DEMO.url().removeprefix(f"https://{HOST}/"))
        self.expect("malformed", f"http://{HOST}/{SHIJIAZHUANG}")
        for path in ("", "search", "healthz", f"{SHIJIAZHUANG}/did.json", f"{SHIJIAZHUANG}/peers"):
            self.expect("malformed", f"https://{HOST}/{path}")

    def test_what_is_nothing_that_can_be_asked_is_bad_usage_and_no_verdict(self):
        for what in ("", "-", "130100", "Shijiazhuang", "search", "nosuch:1", "gbt2260:", "gbt2260:\n",
                     "gbt2260:" + "1" * 200, f"{SHIJIAZHUANG}/did.json", f"{SHIJIAZHUANG}/"):
            for way in (self.by_ledger, self.by_resolver, self.by_proof):
                with self.subTest(what=what, way=way.__name__):
                    finished = way("resolve", "--json", what)
                    self.expect_refused(finished, 2, "cityid search")
                    self.assertNotIn(UNCHECKED, finished.err)

    def test_an_empty_option_is_not_the_same_as_none(self):
        """A script's variable that isn't set must not switch a check off."""
        for option in ("--trust", "--state", "--resolver", "--ledger"):
            finished = self.by_resolver("resolve", SHIJIAZHUANG, option, "")
            self.assertEqual((finished.status, finished.out), (2, ""), finished)
            self.assertIn("empty", finished.err)

    def test_what_people_paste_around_it(self):
        url = DEMO.url()
        for what in (f" <{url}>. ", f"{url}?lang=zh", f"]Q1{url}", f"{url[:60]}\n{url[60:]}"):
            self.expect("valid", what)
            self.assertIn(f"read as {url}\n", self.by_ledger("resolve", what).err)
        self.expect("registered", f"“https://{HOST}/{SHIJIAZHUANG}?lang=ar#top”")

    def test_a_host_that_is_not_the_consortiums(self):
        self.expect("wrong-host", DEMO.url().replace(HOST, "evil.example"))
        self.expect("wrong-host", f"https://evil.example/{SHIJIAZHUANG}")

    def test_wrong_check_characters_suggest_what_was_meant(self):
        for way in (self.by_ledger, self.by_resolver):
            finished = way("resolve", "MA.156.1310-UB")
            self.assertEqual(finished.status, 1, finished)
            self.assertIn(f"  perhaps    {SHIJIAZHUANG}\n", finished.out)

    def test_an_alias_that_nobody_has(self):
        for way in (self.by_ledger, self.by_resolver):
            finished = way("resolve", "gbt2260:000000")
            self.expect_refused(finished, 1, "no identifier has the gbt2260 code 000000")
        # That nobody has it is not proven.
        self.expect_refused(self.by_proof("resolve", "gbt2260:000000"), 3, "nothing proves it")

    def test_a_head_that_was_seen_is_kept(self):
        with cityid_process.temporary_directory() as directory:
            state = directory / "head"
            self.expect_done(self.by_proof("resolve", SHIJIAZHUANG, "--state", state))
            self.assertIn(f"{HOST}/ledger", state.read_text())
            self.expect_done(self.by_proof("search", "Shijia", "--state", state))


    def test_a_head_or_a_trust_file_that_is_none_says_nothing_of_the_code(self):
        with cityid_process.temporary_directory() as directory:
            broken = directory / "broken"
            broken.write_text("x")
            for more in (("--trust", broken), ("--trust", TRUST, "--state", broken)):
                self.expect_refused(self.by_resolver("resolve", SHIJIAZHUANG, *more), 3, broken)


class Usage(AskCase):
    COMMANDS = (("resolve", SHIJIAZHUANG), ("search", "x"),
                ("peers", SHIJIAZHUANG, "--rel", "_contextBroker"))

    def test_one_ledger_or_one_resolver(self):
        for command in self.COMMANDS:
            with self.subTest(command=command):
                for wrong in ((), ("--ledger", DEMO.ledger, "--resolver", RESOLVER.url),
                              ("--ledger", DEMO.ledger, "--trust", TRUST), ("--trust", TRUST)):
                    self.expect_refused(cityid(*command, *wrong), 2, "--ledger", "--resolver")
                self.expect_refused(self.by_resolver(*command, "--state", "x"), 2, "--trust")
                self.expect_refused(cityid(*command, "--resolver", "id.example.cn"), 2, "--resolver")

    def test_nobody_there(self):
        for command in self.COMMANDS:
            with self.subTest(command=command):
                self.expect_refused(cityid(*command, "--resolver", "http://127.0.0.1:1"), 3)
                self.expect_refused(cityid(*command, "--ledger", DEMO.directory / "no"), 3)
                finished = cityid(*command, "--resolver", f"{RESOLVER.url}/some/where")
                self.expect_refused(finished, 3, "not as a resolver does")

    def test_what_lists_take(self):
        for arguments, words in (
                (("search", ""), "empty"), (("search", "x" * 300), "256"), (("search", "a\x01b"), "control"),
                (("search", "x", "--limit", "0"), "--limit"),
                (("search", "x", "--limit", "10001"), "--limit"),
                (("peers", SHIJIAZHUANG), "--rel"), (("peers", "x", "--rel", "_y"), "prefix"),
                (("peers", SHIJIAZHUANG, "--rel", "a b"), "rel must be"),
                (("peers", SHIJIAZHUANG, "--rel", "_x", "--scope", "far"), "scope must be"),
                (("peers", "MA.156", "--rel", "_x", "--scope", "above"), "below")):
            with self.subTest(arguments=arguments):
                self.expect_refused(self.by_ledger(*arguments), 2, words)

    def test_each_help_has_an_example(self):
        for command, example in (("resolve", "gbt2260:130100"), ("search", "e.g. shijia"),
                                 ("peers", "--rel _contextBroker --scope above")):
            self.assertIn(example, cityid(command, "--help").out)


class Lists(AskCase):
    def test_one_hit_a_line(self):
        line = f"{SHIJIAZHUANG}\tShijiazhuang · 石家庄市\tprefecture\tactive\n"
        for way in (self.by_ledger, self.by_resolver, self.by_proof):
            finished = way("search", "石家")
            self.expect_done(finished)
            self.assertEqual(finished.out, line)
            self.assertEqual(UNCHECKED in finished.err, "--trust" not in finished.arguments
                             and "--resolver" in finished.arguments, finished)

    def test_the_best_come_first_and_more_is_said(self):
        for way in (self.by_ledger, self.by_resolver, self.by_proof):
            finished = way("search", "guang", "--limit", "2")
            self.expect_done(finished)
            self.assertEqual([line.split("\t")[0] for line in finished.out.splitlines()],
                             ["MA.156.4401", "MA.156.5116"])
            self.assertIn("there are more", finished.err)
            everything = way("search", "guang")
            self.assertNotIn("there are more", everything.err)
            self.assertGreater(len(everything.out.splitlines()), 2)

    def test_pages_are_followed(self):
        text = "a"
        finished = self.by_ledger("search", text, "--limit", "10000")
        found = [line.split("\t")[0] for line in finished.out.splitlines()]
        self.assertEqual(len(found), len(set(found)))
        expected, target = [], f"/search?q={text}"
        while target:
            page = RESOLVER.request(target).json()
            expected += [item["id"] for item in page["results"]]
            target = page.get("next")
        self.assertEqual(found, expected)

    def test_the_json_is_what_the_resolver_answers(self):
        for command, target in ((("search", "guang", "--limit", "2"), "/search?q=guang&limit=2"),
                                (("peers", "MA.156", "--rel", "_contextBroker"),
                                 "/MA.156/peers?rel=_contextBroker&limit=20")):
            for way in (self.by_ledger, self.by_resolver):
                finished = way(*command, "--json")
                self.expect_done(finished)
                self.assertEqual(json.loads(finished.out), RESOLVER.request(target).json())

    def test_checked_json_has_a_proof_an_item_and_says_that_more_may_be_missing(self):
        answer = json.loads(self.by_proof("search", "石家", "--json").out)
        self.assertIs(answer["complete"], False)
        self.assertNotIn("ledger", answer)
        item, = answer["results"]
        self.assertEqual(item.pop("proof")["origin"], f"{HOST}/ledger")
        self.assertEqual([item], RESOLVER.request("/search?q=%E7%9F%B3%E5%AE%B6").json()["results"])

    def test_nothing_found(self):
        for command in (("search", "nobody"), ("peers", SHIJIAZHUANG, "--rel", "_nothing")):
            for way in (self.by_ledger, self.by_resolver):
                finished = way(*command)
                self.assertEqual((finished.status, finished.out), (1, ""), finished)
                self.assertIn("nothing was found", finished.err)
            finished = self.by_proof(*command)
            self.assertEqual((finished.status, finished.out), (3, ""), "no proof of absence")

    def test_which_broker_has_my_city(self):
        line = f"{SHIJIAZHUANG}\t{BROKER}\t_contextBroker\trestricted\tShijiazhuang · 石家庄市\n"
        for way in (self.by_ledger, self.by_resolver, self.by_proof):
            for command in ((DEPARTMENT, "--rel", "_contextBroker", "--scope", "above"),
                            (SHIJIAZHUANG.lower(), "--conforms-to", "https://uri.etsi.org/ngsi-ld/"),
                            ("MA.156", "--rel", "_contextBroker")):
                finished = way("peers", *command)
                self.expect_done(finished)
                self.assertEqual(finished.out, line, finished)

    def test_peers_of_nobody(self):
        command = ("peers", ABSENT, "--rel", "_contextBroker")
        for way in (self.by_ledger, self.by_resolver):
            self.expect_refused(way(*command), 1, f"{ABSENT} is not registered")
        self.expect_refused(self.by_proof(*command), 3, "nothing proves it")


class Liars(AskCase):
    def test_what_is_said_in_place_of_the_proof_counts_for_nothing(self):
        def everything_is_valid(target, answer):
            verdict = "valid" if target.count("/") > 1 else "registered"
            answer.update(verdict=verdict, names={"en": "Potemkin"}, endpoints=[])
        url, _ = self.forger(in_json(everything_is_valid))
        forged = with_other_last_digit(DEMO.url())
        for what, verdict, status in ((SHIJIAZHUANG, "registered", 0), (ABSENT, "unknown-id", 1),
                                      (forged, "forged", 1), (DEMO.url(), "valid", 0)):
            finished = self.by_proof("resolve", what, url=url)
            self.assertEqual((finished.out.split(":")[0], finished.status), (verdict, status))
            self.assertNotIn("Potemkin", finished.out)
            believed = self.by_resolver("resolve", what, url=url)
            self.assertIn("Potemkin", believed.out)
            self.assertIn(UNCHECKED, believed.err)

    def test_a_proof_that_is_withheld_is_no_answer(self):
        url, _ = self.forger(lambda target, body: (404, b"") if "/proof" in target else body)
        for command in (("resolve", SHIJIAZHUANG), ("resolve", "gbt2260:130100"),
                        ("search", "石家"), ("peers", "MA.156", "--rel", "_contextBroker")):
            self.expect_refused(self.by_proof(*command, url=url), 3, "answered 404")

    def test_the_proof_of_another_is_refused(self):
        other = RESOLVER.request(f"/{BEIJING}/proof").body
        url, _ = self.forger(lambda target, body: other if "/proof" in target else body)
        for command in (("resolve", SHIJIAZHUANG), ("search", "石家")):
            self.expect_refused(self.by_proof(*command, url=url), 3, "does not reach")

    def test_an_alias_is_proven_too(self):
        beijing = RESOLVER.request(f"/{BEIJING}").body
        url, _ = self.forger(lambda target, body: beijing if "/alias/" in target else body)
        finished = self.by_proof("resolve", "gbt2260:130100", url=url)
        self.expect_refused(finished, 3, f"{BEIJING} has the gbt2260 code 130100", "doesn't")
        for said in (b"{}", b'{"verdict":"registered"}', b'{"verdict":"registered","id":"../x"}'):
            url, asked = self.forger(lambda target, body, said=said:
                                     said if "/alias/" in target else body)
            self.expect_refused(self.by_proof("resolve", "gbt2260:130100", url=url), 3)
            self.assertEqual(len(asked), 1, asked)

    def test_endpoints_come_from_the_proof(self):
        def redirected(_, page):
            for peer in page["peers"]:
                peer["endpoint"]["href"] = "https://evil.example/"
                peer["names"] = {"en": "Potemkin"}
        url, _ = self.forger(in_json(redirected))
        command = ("peers", "MA.156", "--rel", "_contextBroker")
        self.assertIn("evil.example", self.by_resolver(*command, url=url).out)
        for more in ((), ("--json",)):
            finished = self.by_proof(*command, *more, url=url)
            self.expect_done(finished)
            self.assertIn(BROKER, finished.out)
            self.assertNotIn("evil", finished.out)
            self.assertNotIn("Potemkin", finished.out)

    def test_what_no_proof_bears_out_is_left_out(self):
        def more(target, page):
            name = "peers" if "/peers" in target else "results"
            page[name] = [{**page[name][0], "id": identifier}
                          for identifier in (ABSENT, BEIJING, SHIJIAZHUANG, SHIJIAZHUANG)]
        url, _ = self.forger(in_json(more))
        finished = self.by_proof("peers", "MA.156", "--rel", "_contextBroker", url=url)
        self.expect_done(finished)
        self.assertEqual([line.split("\t")[0] for line in finished.out.splitlines()],
                         [SHIJIAZHUANG])
        for left_out in (ABSENT, BEIJING):
            self.assertIn(f"{left_out} is left out", finished.err)
        # A true broker, but not that of the one who asks.
        above = ("peers", DEPARTMENT, "--rel", "_contextBroker", "--scope", "above")
        url, _ = self.forger(in_json(lambda _, page: page["peers"][0].update(id="MA.156.4401")))
        finished = self.by_proof(*above, url=url)
        self.assertEqual((finished.status, finished.out), (3, ""), finished)
        self.assertIn("MA.156.4401 is left out", finished.err)

    def test_an_answer_about_something_else_is_none(self):
        beijing = RESOLVER.request(f"/{BEIJING}").body
        valid = json.dumps({"verdict": "valid", "id": SHIJIAZHUANG}).encode()
        nothing = b'{"verdict":"registered"}'
        malformed = RESOLVER.request("/foo").body
        for said, asked in ((beijing, SHIJIAZHUANG), (beijing, DEMO.url()), (valid, SHIJIAZHUANG),
                            (valid, "gbt2260:130100"), (nothing, SHIJIAZHUANG),
                            (malformed, SHIJIAZHUANG)):
            url, _ = self.forger(lambda *_, said=said: (200, said))
            finished = self.by_resolver("resolve", asked, url=url)
            self.expect_refused(finished, 3, "about something else")

    def test_a_resolvers_no_is_its_word(self):
        for command in (("resolve", "gbt2260:99"), ("peers", ABSENT, "--rel", "_contextBroker")):
            self.expect_refused(self.by_resolver(*command), 1, UNCHECKED)

    def test_pages_without_an_end_end(self):
        page = RESOLVER.request("/search?q=shijia").json()
        count = itertools.count()
        for results, status in (([], 3), (page["results"], 0)):
            url, asked = self.forger(lambda *_, results=results: (200, json.dumps(
                {**page, "results": results, "next": f"/search?after={next(count)}"}).encode()))
            finished = self.by_resolver("search", "shijia", "--limit", "10000", url=url)
            self.assertEqual(finished.status, status, finished)
            self.assertIn("there are more", finished.err)
            self.assertLessEqual(len(asked), 200)

    def test_the_next_page_is_one_of_the_same_list(self):
        for target in ("https://evil.example/search?q=x", "//evil.example/", "@evil.example/",
                       "/search", f"/{SHIJIAZHUANG}/proof", "/search?q=a b", "/search?q=\r\nX: y",
                       "", "/search?q=é"):
            with self.subTest(target=target):
                url, asked = self.forger(in_json(lambda _, page, to=target: page.update(next=to)))
                finished = self.by_resolver("search", "guang", url=url)
                self.expect_refused(finished, 3, "not as a resolver does")
                self.assertEqual(len(asked), 1, asked)

    def test_replies_that_no_resolver_gives(self):
        deep = b"[" * 100_000 + b"]" * 100_000
        for body in (b"", deep, b'{"verdict":' + deep + b"}", b'{"results":' + deep + b"}",
                     b'{"results":[1],"peers":[1]}', b'{"results":[{"id":"x"}],"peers":[{}]}',
                     b'{"verdict":"splendid","results":{},"peers":"x"}',
                     b"{" + b'"a":1,' * 200_000 + b'"b":1}', b"x" * (2 << 20)):
            url, _ = self.forger(lambda _, __, body=body: (200, body))
            for command in (("resolve", SHIJIAZHUANG), ("search", "x"),
                            ("peers", "MA.156", "--rel", "_x")):
                with self.subTest(command=command, body=body[:40]):
                    self.expect_refused(self.by_resolver(*command, url=url), 3)

    def test_nothing_of_it_controls_the_terminal(self):
        evil = "\x1b]0;x\x07\r\n\u202e\tvalid"

        def everywhere(value):
            if isinstance(value, dict):
                return {key: item if key in ("verdict", "id", "next") else everywhere(item)
                        for key, item in value.items()}
            return [everywhere(item) for item in value] if isinstance(value, list) else evil
        url, _ = self.forger(in_json(lambda _, value: everywhere(value)))
        for command, columns in ((("resolve", SHIJIAZHUANG), 1), (("search", "石家"), 4),
                                 (("peers", "MA.156", "--rel", "_contextBroker"), 5)):
            finished = self.by_resolver(*command, url=url)
            self.assertEqual(finished.status, 0, finished)
            self.assertNotRegex(finished.out + finished.err, "[\x1b\x07\r\u202e]")
            for line in finished.out.splitlines():
                self.assertEqual(len(line.split("\t")), columns, line)
        url, _ = self.forger(lambda *_: (503, json.dumps({"detail": evil}).encode()))
        finished = self.by_resolver("search", "x", url=url)
        self.expect_refused(finished, 3, "answered 503")
        self.assertNotRegex(finished.err, "[\x1b\x07\r\u202e]")


if __name__ == "__main__":
    cityid_process.main()
