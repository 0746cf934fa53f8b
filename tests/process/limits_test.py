"""What a client is given: requests a second, names that a server goes by, answers that may be kept
and for how long, and what is kept inside.
"""
import re
import time
import unittest

import cityid_process
import signed_code
from cityid_process import HOST, SHIJIAZHUANG, SLOW, cityid, head
from signed_code import DAY, Code, with_other_last_digit

CITY = f"/{SHIJIAZHUANG}"
INSTITUTES = ("institute-a", "institute-b", "institute-c")
KEEP = 60  # seconds that others may keep an answer, if nothing else is said
SKEW = 300  # seconds by which clocks may differ
CLOCK = 0.05  # seconds by which the time in whole seconds may be behind


def setUpModule():
    global DEMO
    DEMO = unittest.enterModuleContext(cityid_process.demo())


def key(identifier=SHIJIAZHUANG):
    return signed_code.read_key(DEMO.code_key(identifier))


def path_of(code):
    return f"/{code.subject}/{code.token()}"


def expiring(when, serial=4_000_000_001):
    """A code that holds until then."""
    return Code(SHIJIAZHUANG, key(), issued=when - DAY, days=1, serial=serial)


class LimitsCase(cityid_process.Case):
    def serve(self, *options, ledger=None):
        self.served = self.enterContext(
            cityid_process.resolver(ledger or DEMO.ledger, *options, metrics=True))
        return self.served

    def get(self, target, **headers):
        return self.served.request(target, **headers)

    def cached(self):
        """Hits and misses so far."""
        return tuple(int(self.served.metric("cityid_cache_total", result=result))
                     for result in ("hit", "miss"))

    def max_age(self, reply):
        match = re.fullmatch(r"public, max-age=(\d+)", reply["cache-control"] or "")
        self.assertTrue(match, reply)
        return int(match[1])


class RequestsASecond(LimitsCase):
    def test_the_first_at_once_pass_and_then_only_so_many_a_second(self):
        self.serve("--limit-loopback", "--client-requests", "1", "--client-burst", "6")
        with self.served.connect() as connection:
            connection.send(head(CITY) * 30)
            replies = [connection.reply() for _ in range(30)]
        passed = [reply.status for reply in replies].count(200)
        self.assertEqual([reply.status for reply in replies[:6]], [200] * 6)
        self.assertLessEqual(passed, 6 + 3 * SLOW)
        refused = [reply for reply in replies if reply.status != 200]
        for reply in refused:
            self.assertEqual((reply.status, reply.media_type), (429, "application/problem+json"))
            self.assertGreaterEqual(int(reply["retry-after"]), 1)
            self.assertIsNone(reply["connection"])  # which goes on
        self.assertEqual(self.served.refused("rate"), len(refused))

    def test_who_waits_as_long_as_it_was_told_passes(self):
        self.serve("--limit-loopback", "--client-requests", "1", "--client-burst", "2")
        with self.served.connect() as connection:
            for _ in range(2):
                connection.send(head(CITY) * 6)
                replies = [connection.reply() for _ in range(6)]
                self.assertEqual(replies[-1].status, 429)
                time.sleep(int(replies[-1]["retry-after"]))  # what the server asked for
                connection.send(head(CITY))
                self.assertEqual(connection.reply().status, 200)

    def test_a_new_connection_is_no_new_client_and_another_address_is(self):
        self.serve("--limit-loopback", "--client-requests", "1", "--client-burst", "3")
        statuses = [self.get(CITY).status for _ in range(12)]
        self.assertIn(429, statuses)
        for host in range(2, 6):
            with self.served.connect(source=f"127.0.0.{host}") as connection:
                connection.send(head(CITY))
                self.assertEqual(connection.reply().status, 200)

    def test_every_kind_of_request_counts(self):
        self.serve("--limit-loopback", "--client-requests", "1", "--client-burst", "3")
        with self.served.connect() as connection:
            connection.send(head("/nothing") + head(CITY, "POST") + head("/healthz", "OPTIONS") +
                            head(CITY))
            found = [connection.reply().status for _ in range(4)]
        self.assertEqual(found, [400, 405, 204, 429])

    def test_lists_are_limited_more_than_single_questions(self):
        self.serve("--limit-loopback")
        replies = [self.served.post("/resolve", b'["MA.156.1301"]', content_type="application/json")
                   for _ in range(40)]
        passed = [reply.status for reply in replies].count(200)
        self.assertEqual([reply.status for reply in replies[:20]], [200] * 20)
        self.assertLess(passed, 20 + 20 * SLOW)
        self.assertEqual(replies[-1].status, 429)
        self.assertGreaterEqual(int(replies[-1]["retry-after"]), 1)
        self.assertEqual(self.get(CITY).status, 200)

    def test_loopback_is_not_limited_unless_that_is_wanted(self):
        self.serve("--client-requests", "1", "--client-burst", "1", "--client-connections", "1")
        with self.served.connect(), self.served.connect() as connection:
            connection.send(head(CITY) * 50)
            self.assertEqual({connection.reply().status for _ in range(50)}, {200})
        self.assertEqual(self.served.refused("rate"), 0)

    def test_limits_of_nothing_are_refused_at_the_start(self):
        for option in ("--client-requests", "--client-burst", "--connections", "--head-time"):
            self.expect_refused(cityid("serve", "--ledger", DEMO.ledger, "--listen", "127.0.0.1:0",
                                       option, "0"), 2, option.removeprefix("--"), "at least")


class Names(LimitsCase):
    def test_a_server_answers_to_its_names_only(self):
        self.serve("--name", HOST, "--name", "id2.example.cn")
        for host in (HOST, f"{HOST}:80", f"{HOST}:8443", "ID.Example.CN", "Id.ExamPle.cN:1",
                     "id2.example.cn", f"{HOST}:"):
            with self.subTest(host):
                self.assertEqual(self.get(CITY, host=host).status, 200)
        others = ("example.cn", f"x.{HOST}", f"{HOST}.evil.example", f"{HOST}.", "127.0.0.1", "[::1]",
                  "[::1]:80", "localhost")
        no_hosts = (f" {HOST} x", "", f"{HOST}@evil.example", f"{HOST}/", f"evil.example:{HOST}",
                    f"{HOST}:80:80")
        for host in (*others, *no_hosts):
            with self.subTest(host), self.served.connect() as connection:
                connection.send(head(CITY, host=host))
                reply = connection.reply()
                self.assertEqual((reply.status, reply.media_type, reply["connection"]),
                                 (421 if host in others else 400, "application/problem+json", "close"))
                self.assertEqual(connection.rest(), b"")
        self.assertEqual(self.served.refused("host"), len(others))
        self.assertEqual(self.served.refused("malformed"), len(no_hosts))

    def test_no_host_is_400_and_in_http_1_0_it_is_misdirected(self):
        self.serve("--name", HOST)
        for raw, status in ((f"GET {CITY} HTTP/1.1\r\n\r\n", 400),
                            (f"GET {CITY} HTTP/1.1\r\nX-Host: {HOST}\r\n\r\n", 400),
                            (f"GET {CITY} HTTP/1.1\r\nHost: {HOST}\r\nHost: {HOST}\r\n\r\n", 400),
                            (f"GET {CITY} HTTP/1.0\r\n\r\n", 421),
                            (f"GET {CITY} HTTP/1.0\r\nHost: {HOST}\r\n\r\n", 200),
                            (f"GET https://{HOST}{CITY} HTTP/1.1\r\nHost: x\r\n\r\n", 200),
                            (f"GET https://x{CITY} HTTP/1.1\r\nHost: {HOST}\r\n\r\n", 421)):
            with self.subTest(raw):
                self.assertEqual(self.served.send(raw.encode()).status, status)

    def test_without_a_name_any_host_is_right(self):
        self.serve()
        for host in (HOST, "other.example", "127.0.0.1:8080", "[::1]"):
            self.assertEqual(self.get(CITY, host=host).status, 200)

    def test_what_is_no_host_name_is_refused_at_the_start(self):
        for name in ("a b", "id.example.cn:80", "https://id.example.cn", "-x.example",
                     "id_x.example", "x..example"):
            self.expect_refused(cityid("serve", "--ledger", DEMO.ledger, "--listen", "127.0.0.1:0",
                                       f"--name={name}"), 2, "host name")


class Caching(LimitsCase):
    """What may be kept, outside and inside."""

    def setUp(self):
        super().setUp()
        self.serve("--threads", "1")

    def test_every_answer_that_the_ledger_settles_may_be_kept_for_a_while(self):
        now = int(time.time())
        for verdict, status, target in (
                ("registered", 200, CITY), ("valid", 200, path_of(Code(SHIJIAZHUANG, key()))),
                ("unknown-id", 404, "/MA.156.0000"), ("malformed", 400, "/nothing"),
                ("expired", 410, path_of(expiring(now - DAY))),
                ("not-yet-valid", 403, path_of(Code(SHIJIAZHUANG, key(), issued=now + 9999)))):
            for accept in ("application/json", "text/html"):
                with self.subTest(verdict, accept=accept):
                    reply = self.get(target, accept=accept)
                    self.assertEqual(reply.status, status)
                    self.assertTrue(0 < self.max_age(reply) <= KEEP, reply["cache-control"])

    def test_keep_says_how_long_at_the_most(self):
        self.serve("--keep", "7")
        self.assertTrue(0 < self.max_age(self.get(CITY)) <= 7)

    def test_nothing_is_kept_past_the_hour_at_which_a_code_begins_to_hold(self):
        begins = int(time.time()) + 30
        reply = self.get(path_of(Code(SHIJIAZHUANG, key(), issued=begins + SKEW)))
        self.assertEqual(reply.json()["verdict"], "not-yet-valid")
        self.assertLessEqual(self.max_age(reply), 30)

    def test_a_code_that_ends_soon_is_kept_no_longer_and_is_expired_at_its_end(self):
        ends = int(time.time() + 4 * SLOW)
        target = path_of(expiring(ends))
        ages = []
        while True:
            before = time.time()
            reply = self.get(target)
            if time.time() < ends:
                self.assertEqual(reply.json()["verdict"], "valid")
                self.assertLessEqual(self.max_age(reply), ends - int(before - CLOCK))
                ages.append(self.max_age(reply))
            elif before >= ends + CLOCK:
                break  # the first one that was asked for at its end
        self.assertEqual((reply.status, reply.json()["verdict"]), (410, "expired"))
        self.assertEqual(ages, sorted(ages, reverse=True))
        self.assertGreater(self.cached()[0], 10)  # it was in the cache all the time

    def test_forged_codes_are_not_kept_anywhere(self):
        stranger = signed_code.read_key(DEMO.code_key("MA.156.1100"))
        good = Code(SHIJIAZHUANG, key())
        self.assertEqual(self.get(path_of(good)).status, 200)
        for verdict, target in (("forged", with_other_last_digit(path_of(good))),
                                ("unknown-key", path_of(Code(SHIJIAZHUANG, stranger)))):
            before = self.cached()
            for _ in range(5):
                reply = self.get(target)
                self.assertEqual((reply.status, reply.json()["verdict"]), (403, verdict))
                self.assertEqual(reply["cache-control"], "no-store")
            self.assertEqual(self.cached(), (before[0], before[1] + 5))

    def test_what_anybody_can_make_up_is_not_remembered(self):
        for target in ("/MA.156.0000", "/nothing", f"{CITY}/1", CITY.lower(), f"{CITY}?x=y",
                       f"{CITY}?lang=zh&x=y"):
            before = self.cached()[0]
            for _ in range(3):
                self.get(target)
            self.assertEqual(self.cached()[0], before, target)

    def test_what_is_asked_twice_is_kept_and_hits_and_misses_are_counted(self):
        code = path_of(Code(SHIJIAZHUANG, key()))
        page, chinese = {"accept": "text/html"}, {"accept": "text/html", "accept_language": "zh"}
        self.assertEqual(self.cached(), (0, 0))
        for target, headers, expected in (
                (CITY, {}, (0, 1)), (CITY, {}, (0, 2)), (CITY, {}, (1, 2)), (CITY, {}, (2, 2)),
                (code, {}, (2, 3)), (code, {}, (2, 4)), (code, {}, (3, 4)),
                (CITY, page, (3, 5)), (CITY, page, (3, 6)), (CITY, page, (4, 6)),
                (CITY, chinese, (4, 7)), (f"{CITY}?lang=zh", page, (4, 8)),
                (f"{CITY}?lang=zh", page, (5, 8)),
                (CITY, {"accept": "application/json", "accept_language": "zh"}, (6, 8)),
                ("/healthz", {}, (6, 8)), ("/a/b/c", {}, (6, 8)), ("/nothing", {}, (6, 9))):
            self.get(target, **headers)
            self.assertEqual(self.cached(), expected, (target, headers))

    def test_a_hit_says_the_same_as_a_miss(self):
        for target, headers in ((CITY, {}), (CITY, {"accept": "text/html"}),
                                (path_of(Code(SHIJIAZHUANG, key())), {}),
                                (path_of(expiring(int(time.time()) - DAY)), {})):
            first, _, second = (self.get(target, **headers) for _ in range(3))
            ours = {"date", "cache-control"}
            self.assertEqual([field for field in first.fields if field[0] not in ours],
                             [field for field in second.fields if field[0] not in ours])
            self.assertEqual((first.status, first.body), (second.status, second.body))
        self.assertEqual(self.cached(), (4, 8))

    def test_head_is_served_from_what_get_left(self):
        self.get(CITY)
        plain = self.get(CITY)
        reply = self.served.request(CITY, "HEAD")
        self.assertEqual((reply.status, reply["etag"], reply["content-length"]),
                         (200, plain["etag"], plain["content-length"]))
        self.assertEqual(self.cached(), (1, 2))

    def test_without_a_cache_there_are_no_hits(self):
        self.serve("--threads", "1", "--cache", "0")
        for _ in range(5):
            self.assertEqual(self.get(CITY).status, 200)
        self.assertEqual(self.cached(), (0, 5))


class Tags(LimitsCase):
    """Entity tags, and requests with a condition."""

    def setUp(self):
        super().setUp()
        self.serve()
        self.code = path_of(Code(SHIJIAZHUANG, key()))

    def test_each_representation_has_a_strong_tag_of_its_own(self):
        targets = [(target, {"accept": accept, "accept_language": language})
                   for target in (CITY, self.code, "/MA.156.1100", "/MA.156.0000", "/nothing")
                   for accept, language in (("application/json", ""), ("text/html", "en"),
                                            ("text/html", "zh"), ("text/html", "ar"))]
        tags = [self.get(target, **headers)["etag"] for target, headers in targets]
        for tag in tags:
            self.assertRegex(tag, r'\A"[0-9a-f]{16,}"\Z')
        self.assertEqual(len(set(tags)), len(tags))
        self.assertEqual(tags, [self.get(target, **headers)["etag"] for target, headers in targets])

    def test_who_has_it_gets_304_without_a_body(self):
        for target, headers in ((CITY, {}), (self.code, {}), (self.code, {"accept": "text/html"})):
            plain = self.get(target, **headers)
            tag = plain["etag"]
            for condition in (tag, "*", f'"x", {tag}', f'{tag},"x"', f"W/{tag}",
                              f'"a" , W/{tag} ,"b"', f'"x",{tag},"y"'):
                for method in ("GET", "HEAD"):
                    with self.subTest(condition=condition, method=method), \
                            self.served.connect() as connection:
                        connection.send(head(target, method, if_none_match=condition, **headers) +
                                        head("/healthz", connection="close"))
                        reply = connection.reply(bodiless=True)
                        self.assertEqual((reply.status, reply["etag"], reply["vary"],
                                          reply["content-length"]),
                                         (304, tag, plain["vary"], None))
                        self.max_age(reply)
                        self.assertEqual(connection.reply().body, b"ok\n")

    def test_who_has_something_else_gets_all_of_it(self):
        plain = self.get(CITY)
        other = self.get(CITY, accept="text/html")["etag"]
        for condition in (other, '"x"', plain["etag"].strip('"'), f'{plain["etag"]}x', '""', ",,",
                          plain["etag"][:-2] + '"', f'w/{plain["etag"]}', '"*"'):
            with self.subTest(condition):
                reply = self.get(CITY, if_none_match=condition)
                self.assertEqual((reply.status, reply.body), (200, plain.body))

    def test_a_condition_changes_nothing_about_a_refusal(self):
        for target, status in (("/MA.156.0000", 404), ("/nothing", 400),
                               (with_other_last_digit(self.code), 403)):
            tag = self.get(target)["etag"]
            for condition in ("*", tag):
                self.assertEqual(self.get(target, if_none_match=condition).status, status)


class Changes(LimitsCase):
    """A ledger that another process appends to."""

    def setUp(self):
        super().setUp()
        ledger = self.enterContext(cityid_process.temporary_directory()) / "ledger"
        ledger.mkdir()
        cityid_process.copy_ledger(DEMO.ledger, ledger)
        keys = [word for name in INSTITUTES
                for word in ("--witness-key", DEMO.keys / f"{name}.witness.key")]
        self.registry = self.enterContext(cityid_process.resolver(
            ledger, "--registry", "--log-key", DEMO.keys / "log.key", *keys))
        self.serve("--threads", "1", ledger=ledger)

    def change(self, what):
        keys = [word for name in INSTITUTES[:2]
                for word in ("--key", DEMO.keys / f"{name}.record.key")]
        done = cityid(what, SHIJIAZHUANG, "--registry", self.registry.url, *keys)
        self.expect_done(done)
        self.assertRegex(done.out, r"\Asequenced \d+\n\Z", done)

    def test_an_answer_in_the_cache_is_gone_with_the_very_next_request(self):
        code = path_of(Code(SHIJIAZHUANG, key()))
        pages = [(CITY, {}, "registered"), (code, {}, "valid"),
                 (code, {"accept": "text/html"}, None)]
        for _ in range(2):
            before = self.cached()[0]
            for target, headers, verdict in pages * 3:
                reply = self.get(target, **headers)
                self.assertEqual(reply.status, 200)
                self.assertTrue(not verdict or reply.json()["verdict"] == verdict)
            self.assertGreaterEqual(self.cached()[0], before + len(pages))
            tag = self.get(code)["etag"]
            self.change("suspend")
            for condition in (tag, "*", ""):
                reply = self.get(code, if_none_match=condition)
                self.assertEqual((reply.status, reply.json()["verdict"]), (403, "suspended"))
                self.assertNotEqual(reply["etag"], tag)
            for target, headers, _ in pages:
                self.assertEqual(self.get(target, **headers).status, 403)
            self.change("resume")
            # The same verdict of another ledger: not what a client has.
            reply = self.get(code, if_none_match=tag)
            self.assertEqual((reply.status, reply.json()["verdict"]), (200, "valid"))

    def test_every_loop_sees_a_change_at_once(self):
        self.serve("--threads", "4", ledger=self.served.served.arguments[2])
        connections = [self.enterContext(self.served.connect()) for _ in range(32)]

        def asked():
            for connection in connections:
                connection.send(head(CITY))
            return {connection.reply().json()["verdict"] for connection in connections}
        for _ in range(3):
            self.assertEqual(asked(), {"registered"})
            self.change("suspend")
            self.assertEqual(asked(), {"suspended"})
            self.change("resume")


if __name__ == "__main__":
    cityid_process.main()
