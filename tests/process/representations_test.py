"""Answers as a client meets them: their representations, identifiers, codes, pages."""
import datetime
import html.parser
import time

import cityid_process
import listener_cases
import signed_code
from cityid_process import DEPARTMENT, HOST, SHIJIAZHUANG
from listener_cases import BROWSER, CITY, ListenerCase, code_path, get, key
from signed_code import Code, with_other_last_digit


def setUpModule():
    global DEMO
    DEMO = listener_cases.set_up()


class Representations(ListenerCase):
    def test_json_for_whoever_does_not_say(self):
        for headers in ({}, {"accept": "*/*"}, {"accept": "application/json"},
                        {"accept": "application/*"}, {"accept": "image/png, */*;q=0.1"}):
            with self.subTest(headers):
                reply = get(CITY, **headers)
                self.assertEqual((reply.status, reply.media_type), (200, "application/json"))
                self.assertEqual(reply.json()["verdict"], "registered")
                self.assertEqual(reply.json()["id"], SHIJIAZHUANG)

    def test_html_for_browsers(self):
        reply = get(CITY, accept=BROWSER)
        self.assertEqual((reply.status, reply["content-type"]), (200, "text/html; charset=utf-8"))
        self.assertIn(">Registered</span></h1>", reply.text)
        self.assertIn("Shijiazhuang", reply.text)

    def test_html_in_the_languages_of_the_reader(self):
        for wanted, tag, title in (("en-GB,en;q=0.9", "en", "Registered"),
                                   ("zh-CN,zh;q=0.9,en;q=0.8", "zh-CN", "已注册"),
                                   ("ar-EG", "ar", "مسجّل"), ("fr", "en", "Registered"),
                                   ("fr, zh;q=0.5, en;q=0.1", "zh-CN", "已注册")):
            with self.subTest(wanted):
                reply = get(CITY, accept=BROWSER, accept_language=wanted)
                self.assertIn(f'<html lang="{tag}"', reply.text)
                self.assertEqual('dir="rtl">' in reply.text.split("<head>")[0], tag == "ar")
                self.assertEqual(reply["content-language"], tag)
                self.assertIn(f">{title}</span></h1>", reply.text)

    def test_a_language_in_the_link_wins(self):
        for language, title in (("en", "Registered"), ("zh", "已注册"), ("ar", "مسجّل")):
            reply = get(f"{CITY}?lang={language}", accept=BROWSER, accept_language="ar, en;q=0.1")
            self.assertIn(f">{title}</span></h1>", reply.text)

    def test_an_unknown_language_in_the_link_is_ignored(self):
        for language in ("", "xx", "%3Cscript%3E", "zh" * 100):
            reply = get(f"{CITY}?lang={language}", accept=BROWSER, accept_language="zh")
            self.assertEqual(reply.status, 200)
            self.assertIn(">已注册</span></h1>", reply.text)

    def test_what_it_depends_on_is_said_to_caches(self):
        for accept in ("*/*", BROWSER):
            vary = {name.strip().lower() for name in get(CITY, accept=accept)["vary"].split(",")}
            self.assertLessEqual({"accept", "accept-language"}, vary)

    def test_what_nobody_can_make_is_406(self):
        for accept in ("image/png", "text/html;q=0, application/xml", "application/json;q=0"):
            with self.subTest(accept):
                self.expect_problem(get(CITY, accept=accept), 406)

    def test_pages_need_nothing_from_elsewhere(self):
        reply = get(CITY, accept=BROWSER)
        self.assertIn("default-src 'none'", reply["content-security-policy"])
        self.assertEqual(reply["x-content-type-options"], "nosniff")
        for unwanted in ("<script", "<img", "<link", "@import", "url("):
            self.assertNotIn(unwanted, reply.text)


class Identifiers(ListenerCase):
    def test_typed_in_lower_case(self):
        for typed in (SHIJIAZHUANG.lower(), "Ma.156.1301"):
            reply = get(f"/{typed}")
            self.assertEqual((reply.status, reply.json()["verdict"]), (200, "registered"))
            self.assertEqual(reply.json()["id"], SHIJIAZHUANG)

    def test_typed_with_check_characters(self):
        check = get(CITY).json()["check"]
        for typed in (f"{SHIJIAZHUANG}-{check}", f"{SHIJIAZHUANG}-{check}".lower()):
            self.assertEqual(get(f"/{typed}").json()["verdict"], "registered", typed)

    def test_wrong_check_characters_are_refused(self):
        check = get(CITY).json()["check"]
        wrong = check[::-1] if check != check[::-1] else "00"
        for typed in (f"{SHIJIAZHUANG}-{wrong}", f"{SHIJIAZHUANG}-", f"{SHIJIAZHUANG}-{check[0]}",
                      f"{SHIJIAZHUANG}-{check}0", f"MA.156.1310-{check}", f"MA.1561.301-{check}"):
            with self.subTest(typed):
                self.expect_problem(get(f"/{typed}"), 400, "malformed")

    def test_one_that_nobody_assigned(self):
        self.expect_problem(get("/MA.156.0000"), 404, "unknown-id")

    def test_one_below_a_city_names_the_city(self):
        problem = self.expect_problem(get(f"{CITY}.99.7"), 404, "unknown-id")
        self.assertEqual(problem["nearest"], SHIJIAZHUANG)

    def test_one_below_a_department_names_the_department(self):
        problem = self.expect_problem(get(f"/{DEPARTMENT}.7"), 404, "unknown-id")
        self.assertEqual(problem["nearest"], DEPARTMENT)

    def test_what_is_none(self):
        for typed in ("MA", "MA.156", "MA.156.", "MA..1301", "M.156.1301", "MA.1560.1301",
                      "MA.156.13_01", "MA.156." + "1" * 17, "MA.156" + ".1" * 9, "favicon.ico",
                      "MA.156.1301;v=1", "MA.156.1301=", "%20", "..", "."):
            with self.subTest(typed):
                self.expect_problem(get(f"/{typed}"), 400, "malformed")

    def test_characters_that_need_no_encoding_may_have_one(self):
        """RFC 3986, 6.2.2.2"""
        token = Code(SHIJIAZHUANG, key()).token()
        for target, verdict in (("/%4dA.156.1301", "registered"), ("/ma%2e156%2E1301", "registered"),
                                ("/MA%2E156%2E1301/" + token, "valid"), ("/%6da.156.1301%2DUB", "registered")):
            with self.subTest(target):
                self.assertEqual(get(target).json()["verdict"], verdict)

    def test_no_other_percent_encoding_is_undone(self):
        token = Code(SHIJIAZHUANG, key()).token()
        for target in ("/MA.156.1301%00", "/MA.156.1301%2F", "/MA%252E156.1301", "/MA.156.1301%20",
                       f"/MA.156.1301/%3{token[0]}{token[1:]}"):
            with self.subTest(target):
                self.expect_problem(get(target), 400, "malformed")

    def test_other_paths_are_not_found(self):
        for target in ("//", "//MA.156.1301", "/MA.156.1301/", "/a/b/c", "/MA.156.1301/1/2",
                       "/../MA.156.1301/.."):
            with self.subTest(target):
                self.expect_problem(get(target), 404)

    def test_health_is_plain(self):
        reply = get("/healthz")
        self.assertEqual((reply.status, reply.media_type, reply.body), (200, "text/plain", b"ok\n"))


class Codes(ListenerCase):
    def test_a_genuine_one(self):
        path = DEMO.url().removeprefix(f"https://{HOST}")
        reply = get(path)
        self.assertEqual((reply.status, reply.media_type), (200, "application/json"))
        self.assertEqual((reply.json()["verdict"], reply.json()["code"]["serial"]), ("valid", 1))
        page = get(path, accept=BROWSER)
        self.assertEqual(page.status, 200)
        self.assertIn(">Genuine</span></h1>", page.text)

    def test_each_verdict_has_its_status(self):
        now = int(time.time())
        good = Code(SHIJIAZHUANG, key())
        stranger = signed_code.read_key(DEMO.code_key("MA.156.1100"))
        other_profile = signed_code.digits(b"\x11" + good.token_bytes()[1:])
        for verdict, status, path in (
                ("forged", 403, with_other_last_digit(code_path(good))),
                ("unknown-key", 403, code_path(Code(SHIJIAZHUANG, stranger))),
                ("unknown-id", 404, code_path(Code("MA.156.0000", key()))),
                ("not-yet-valid", 403, code_path(Code(SHIJIAZHUANG, key(), issued=now + 9999))),
                ("expired", 410, code_path(Code(SHIJIAZHUANG, key(), issued=1, days=1))),
                ("malformed", 400, code_path(good)[:-1]),
                ("malformed", 400, code_path(good).lower()),
                ("malformed", 400, f"{CITY}/token"),
                ("unsupported", 400, f"{CITY}/{other_profile}")):
            with self.subTest(verdict=verdict):
                problem = self.expect_problem(get(path), status, verdict)
                self.assertEqual(problem["type"], f"/problems/{verdict}")
                # Only an authentic code is told whose it is.
                self.assertEqual("names" in problem, verdict in ("not-yet-valid", "expired"))
                self.assertNotIn("endpoints", problem)
                page = get(path, accept=BROWSER)
                self.assertEqual((page.status, page.media_type), (status, "text/html"))
                self.assertNotIn("Genuine", page.text)

    def test_a_query_is_no_part_of_the_code(self):
        path = code_path(Code(SHIJIAZHUANG, key()))
        self.assertEqual(get(f"{path}?lang=zh").json()["verdict"], "valid")

    def test_every_answer_says_how_fresh_the_ledger_is(self):
        now = datetime.datetime.now(datetime.timezone.utc)
        for target in (CITY, "/MA.156.0000", "/nothing", code_path(Code(SHIJIAZHUANG, key()))):
            ledger = get(target).json()["ledger"]
            self.assertEqual(ledger["stale"], False)
            time = datetime.datetime.fromisoformat(ledger["time"])
            self.assertLess(abs(now - time), datetime.timedelta(hours=1), ledger)
            # It would make two answers from one head differ.
            self.assertNotIn("age", ledger)

    def test_two_answers_from_one_head_are_the_same_bytes(self):
        for target in (CITY, "/MA.156.0000", code_path(Code(SHIJIAZHUANG, key()))):
            self.assertEqual(get(target).body, get(target).body)


class Tags(html.parser.HTMLParser):
    """The elements of a page, with their attributes."""

    def __init__(self, page):
        super().__init__()
        self.found = []
        self.feed(page)

    def handle_starttag(self, tag, attributes):
        self.found.append((tag, dict(attributes)))


class Pages(ListenerCase):
    """What a client sends comes back as text, if at all."""

    def expect_harmless(self, reply):
        self.assertNotIn("<script", reply.text.lower())
        self.assertNotIn("<b>", reply.text.lower())
        tags = Tags(reply.text).found
        self.assertEqual([tag for tag, _ in tags][:4], ["html", "head", "meta", "meta"])
        for tag, attributes in tags:
            self.assertNotIn(tag, ("script", "img", "iframe", "b", "base"))
            self.assertIn(attributes.get("action", "/search"), ("/search",))
            self.assertFalse([name for name in attributes if name.startswith("on")], attributes)
            self.assertRegex(attributes.get("href", "/"), r"^(/(?![/\\])|https://|geo:)")

    def test_a_script_as_an_identifier(self):
        for target in ("/%3Cscript%3Ealert(1)%3C/script%3E", "/%3Cscript%3E", "/<script>",
                       "/<script>alert(1)<%2fscript>", "/\"><script>alert(1)<%2fscript>",
                       f"{CITY}/<script>", "/\"onmouseover=\"alert(1)", "/'><b>",
                       f"{CITY}?lang=<script>", f"{CITY}?<script>", "/javascript:alert(1)",
                       "//evil.example", "//evil.example/MA.156.1301", "/\\evil.example"):
            with self.subTest(target):
                reply = get(target, accept="text/html")
                self.assertIn(reply.status, (200, 400, 404), reply)
                if reply.media_type == "text/html":
                    self.expect_harmless(reply)
                else:
                    self.expect_problem(reply, reply.status)

    def test_a_script_as_a_host(self):
        for host in ("<script>alert(1)</script>", "\"><b>", "a'onclick='b"):
            with self.subTest(host):
                reply = get(CITY, accept="text/html", host=host)
                self.assertIn(reply.status, (200, 400))
                if reply.media_type == "text/html":
                    self.expect_harmless(reply)

    def test_a_script_as_a_language(self):
        reply = get(CITY, accept="text/html", accept_language="<script>,\"onclick=\"b")
        self.expect_harmless(reply)

    def test_bytes_that_are_not_utf_8(self):
        for target in ("/MA.156.\xff", "/\xc3\x28", "/\xed\xa0\x80", f"{CITY}/\xff"):
            for accept in ("text/html", "application/json"):
                with self.subTest(target=target, accept=accept):
                    reply = get(target, accept=accept)
                    self.assertEqual(reply.status, 400, reply)
                    self.assertIsInstance(reply.text, str)  # it is UTF-8
                    if accept == "application/json":
                        self.expect_problem(reply, 400, "malformed")

    def test_a_target_can_not_add_fields(self):
        reply = get("/%0d%0aSet-Cookie:%20a=b", accept="text/html")
        self.assertIsNone(reply["set-cookie"])


if __name__ == "__main__":
    cityid_process.main()
