"""Input to resolvers that is none of what they take: fields, targets, parameters, cursors.
"""
import json

import answer_cases
import cityid_process
from answer_cases import AnswerCase, CHANGING, CITY, MANY, SAO_PAULO, get, quoted, raw_target
from cityid_process import Connection, SHIJIAZHUANG


def setUpModule():
    global WORLD, RESOLVER
    WORLD = answer_cases.set_up()
    RESOLVER = WORLD.resolver


class BadInput(AnswerCase):
    def tearDown(self):
        self.expect_alive()

    def send(self, raw):
        """The reply; whatever was asked, one that is meant."""
        with RESOLVER.connect() as connection:
            connection.send(raw)
            reply = connection.reply()
        self.assertLess(reply.status, 500, f"{raw[:300]}{reply}")
        if reply.status >= 400:
            self.assertIn(reply.media_type, ("application/problem+json", "text/html", "application/cbor"))
        return reply

    def test_header_fields_of_every_kind(self):
        random = cityid_process.seeded("bad_input_test.header_fields")
        pieces = [b"text/html", b"*/*", b"application/json", b"application/cbor", b"text/*", b";q=", b"q=0",
                  b"0.5", b"1.0000", b"-1", b"1e9", b",", b";", b"=", b'"', b"\\", b"/", b"*", b" ", b"\t",
                  b"zh-Hant", b"en", b"ar", b"-", b"W/", b'"x"', b"\xff\xfe", b"\xe7\x9f\xb3", b"%00", b"(",
                  b"{}", b"a" * 300, b"<script>", b"''", b"q", b"Q=1", b";;;;", b",,,,"]
        names = (b"Accept", b"Accept-Language", b"If-None-Match", b"Accept-Charset", b"Range", b"Cookie",
                 b"Content-Type")
        targets = (CITY, "/search?q=s", f"{CITY}/children", "/MA.156.9999", "/", "/problems/forged",
                   f"{CITY}?linkType=service-doc", f"{CITY}/{WORLD.code().token()}", "/openapi.json")
        with Patient() as pool:
            for _ in range(500):
                lines = [random.choice(names) + b": " +
                         b"".join(random.choices(pieces, k=random.randrange(8)))
                         for _ in range(random.randrange(1, 4))]
                raw = raw_target(random.choice(targets), "GET", *lines)
                reply = pool.ask(raw)
                self.assertIn(reply.status, (200, 304, 307, 400, 404, 406, 431), f"{raw}{reply}")
                if reply.status == 200:
                    self.assertTrue(reply.body)

    def test_targets_of_every_kind(self):
        random = cityid_process.seeded("bad_input_test.targets")
        pieces = ["MA.156.1301", "/", "?", "&", "=", "%", "%00", "%0D%0A", "%FF", "%C0%AF", "q", "limit",
                  "after", "before", "lang", "linkType", "versionTime", "rel", "conformsTo", "scope", "since",
                  "search", "alias", "children", "peers", "history", "proof", "1", "0", "-1", "a" * 70,
                  "MA.156", "_broker", "linkset", "2026-01-01T00:00:00Z", "+", "..", "//", "\\", "<", '"',
                  "'", "石", "\x80", "ledger", "tile", "entry", "problems", "rel", "|"]
        with Patient() as pool:
            for _ in range(500):
                target = "/" + "".join(random.choices(pieces, k=random.randrange(1, 10)))
                reply = pool.ask(raw_target(target))
                self.assertIn(reply.status, (200, 307, 400, 404, 413, 403, 410), f"{target}{reply}")

    def test_ten_thousand_parameters(self):
        for pair in ("a=b", "q=s", "&", "lang=zh", "limit=1", "linkType=x"):
            for target in (CITY, "/search", f"{CITY}/children"):
                self.assertEqual(self.send(raw_target(f"{target}?" + "&".join([pair] * 10_000))).status,
                                 431 if len(pair) > 0 else 414)
        many = "&".join(["x"] * 1_900)  # as many as a request line can have
        for target in (CITY, "/search", f"{CITY}/children", "/", f"{CITY}/history"):
            self.assertEqual(self.send(raw_target(f"{target}?{many}")).status, 200)

    def test_what_is_no_text(self):
        for value in ("%", "%0", "%zz", "%%", "%F", "%u0041", "%FF", "%C0%AF", "%E0%80%AF", "%ED%A0%80",
                      "%F4%90%80%80", "%80", "%00", "a%00b", "%01", "%7F", "%E7%9F", "\x80".encode("latin-1"),
                      "石"[:1].encode()[:2]):
            raw = value if isinstance(value, bytes) else value.encode()
            for target in (b"/search?q=", f"{CITY}?linkType=".encode(), f"{CITY}?versionTime=".encode(),
                           f"{CITY}/children?after=".encode(), f"{CITY}/peers?rel=".encode(),
                           f"{CITY}/peers?conformsTo=".encode(), f"{CITY}/history?before=".encode(),
                           b"/search?limit=", b"/alias/gbt2260/", b"/alias/"):
                tail = b"/x" if target == b"/alias/" else b""
                self.problem(self.send(raw_target(target + raw + tail)), 400)
        # What need not be escaped may be (RFC 3986, 2.3); nothing else is undone.
        self.assertEqual(self.send(raw_target("/" + "%4D" + SHIJIAZHUANG[1:])).status, 200)
        self.problem(self.send(raw_target(f"/{SHIJIAZHUANG}%00")), 400)

    def test_limits_that_are_none(self):
        for target in ("/search?q=s", f"{CITY}/children?x", f"{CITY}/history?x",
                       f"{CITY}/peers?rel=_broker", "/registry/applications?x"):
            for limit in ("0", "-1", "101", "1000000000", "1e9", "abc", "1.0", "%31%00", "+1", " 1",
                          "18446744073709551617", "0x1", "١", "1,1"):
                self.problem(self.send(raw_target(f"{target}&limit={quoted(limit)}")), 400, "bad-request")
            for limit in ("1", "100"):
                self.assertEqual(get(f"{target}&limit={limit}").status, 200)

    def test_cursors_that_were_tampered_with(self):
        random = cityid_process.seeded("bad_input_test.cursors")
        for target, name, member in (("/search?q=Springfield&limit=3", "after", "results"),
                                     (f"/{MANY}/children?limit=3", "after", "children"),
                                     ("/MA.156/peers?rel=_broker&limit=2", "after", "peers"),
                                     (f"/{CHANGING}/history?limit=2", "before", "changes")):
            following = get(target).json()["next"]
            start, cursor = following.split(f"{name}=")
            statuses = set()
            for _ in range(60):
                changed = bytearray(cursor.encode())
                changed[random.randrange(len(changed))] ^= 1 << random.randrange(7)
                reply = self.send(raw_target(f"{start}{name}={quoted(changed.decode('latin-1'))}"))
                self.assertIn(reply.status, (200, 400), reply)
                statuses.add(reply.status)
                if reply.status == 200:
                    json.loads(reply.body)[member]
            self.assertIn(400, statuses, target)
            for cursor in ("", "0", "z", "00", "6e", "ff" * 255, "6e" * 250, "MA.156", SAO_PAULO, "-1", "1e3",
                           "18446744073709551616", f"{MANY}.C00/..", "a" * 5000, "72" + "00" * 20,
                           "6e" + "ff" * 100):
                self.assertIn(self.send(raw_target(f"{start}{name}={cursor}")).status, (200, 400, 413, 414))
        # Never out of what is asked about: another term, another subtree.
        self.problem(get("/search?q=Springfield&after=" + b"rservice-doc\0MA.156.1301".hex()), 400)
        self.problem(get(f"/{MANY}/children?after={SHIJIAZHUANG}"), 400)

    def test_identifiers_that_are_none(self):
        for text in ("x", "MA", "MA.156", "MA.156.", ".MA.156.1", "MA.156.1301..", "MA.15.1", "MA.156.石",
                     "MA.156." + "1" * 17, "MA.156" + ".1" * 9, "M" * 3000, "%", "MA.156.1301%00",
                     "MA.156.1301%20", "favicon.ico", "robots.html", "index.html", "..", "~", "@", "MA.156.1301;x"):
            reply = self.send(raw_target(f"/{text}"))
            self.assertEqual(self.problem(reply, 400, "malformed")["verdict"], "malformed")


class Patient:
    """A connection that is made again when the other side has closed it."""

    def __enter__(self):
        self.connection = Connection(RESOLVER.port)
        return self

    def __exit__(self, *_):
        self.connection.__exit__()

    def ask(self, raw):
        self.connection.send(raw)
        reply = self.connection.reply(bodiless=True)
        length = 0 if reply.status in (204, 304) else int(reply["content-length"])
        while len(reply.body) < length:
            reply.body += self.connection.take(length - len(reply.body))
        if reply["connection"] == "close":
            self.connection.__exit__()
            self.connection = Connection(RESOLVER.port)
        return reply


if __name__ == "__main__":
    cityid_process.main()
