"""Requests that two readers would understand in two ways, paths that lead elsewhere, fields that lie."""
import re

import attack_cases
import cityid_process
from attack_cases import APPLICATIONS, AttackCase, CITY
from cityid_process import HOST, head, message, wait_until


def setUpModule():
    attack_cases.set_up()


class Smuggling(AttackCase):
    """Two requests that a proxy might take for one, or one for two: what is left of an ambiguous
    one is never taken for a request."""

    def setUp(self):
        super().setUp()
        self.serve_registry()
        self.second = head(CITY)  # that may not be answered
        self.start = head(APPLICATIONS, "POST")[:-2]
        self.chunked = self.start + b"Transfer-Encoding: chunked\r\n\r\n"

    def expect_refused(self, cases, *statuses):
        for name, raw in cases.items():
            with self.subTest(name):
                self.refuse(raw + self.second, *(statuses or (400,)))
        self.expect_counted("malformed", len(cases))
        self.assertEqual(self.served.request(CITY).status, 200)
        self.assertEqual(self.served.metric("cityid_verdicts_total", verdict="registered"), 1)

    def test_two_ways_to_tell_a_length(self):
        length, chunks = b"Content-Length: 6\r\n", b"Transfer-Encoding: chunked\r\n"
        rest = b"\r\n0\r\n\r\nX"
        self.expect_refused({
            "CL.TE": self.start + length + chunks + rest,
            "TE.CL": self.start + chunks + length + rest,
            "CL.TE, fitting": self.start + b"Content-Length: 5\r\n" + chunks + rest[:-1],
            "CL.CL": self.start + length + b"Content-Length: 7\r\n" + rest,
            "CL.CL, equal": self.start + length + length + rest,
            "TE.TE": self.start + chunks + b"Transfer-Encoding: identity\r\n" + rest,
            "TE.TE, equal": self.start + chunks + chunks + rest,
            "TE.TE, other case": self.start + chunks + b"TRANSFER-ENCODING: x\r\n" + rest,
        })

    def test_transfer_codings_that_only_some_know(self):
        rest = b"Content-Length: 5\r\n\r\n0\r\n\r\n"
        self.expect_refused({name: self.start + field + rest for name, field in {
            "xchunked": b"Transfer-Encoding: xchunked\r\n",
            "quoted": b"Transfer-Encoding: \"chunked\"\r\n",
            "a list": b"Transfer-Encoding: chunked, identity\r\n",
            "an empty one": b"Transfer-Encoding:\r\n",
            "with a parameter": b"Transfer-Encoding: chunked;q=1\r\n",
            "a vertical tab": b"Transfer-Encoding: \x0bchunked\r\n",
            "a form feed": b"Transfer-Encoding: chunked\x0c\r\n",
            "NUL": b"Transfer-Encoding: chunked\0\r\n",
            "NUL in the name": b"Transfer-Encoding\0: chunked\r\n",
            "a blank behind the name": b"Transfer-Encoding : chunked\r\n",
            "a tab behind the name": b"Transfer-Encoding\t: chunked\r\n",
            "a blank before the name": b" Transfer-Encoding: chunked\r\n",
            "folded": b"Transfer-Encoding:\r\n chunked\r\n",
            "folded with a tab": b"Transfer-Encoding:\r\n\tchunked\r\n",
            "behind a bare LF": b"X: y\nTransfer-Encoding: chunked\r\n",
            "behind a bare CR": b"X: y\rTransfer-Encoding: chunked\r\n",
            "ended by a bare LF": b"Transfer-Encoding: chunked\n",
        }.items()})

    def test_folded_fields(self):
        for fold in (b"X: y\r\n z\r\n", b"X: y\r\n\tz\r\n", b"X:\r\n Content-Length: 6\r\n"):
            self.refuse(self.start + fold + b"Content-Length: 5\r\n\r\nhello" + self.second, 400)

    def test_lengths_that_only_some_can_read(self):
        self.expect_refused({value: self.start + f"Content-Length: {value}\r\n\r\nhello".encode()
                             for value in ("+5", "-5", "5 5", "0x5", "5,5", "5, 5", "5;", "5.0",
                                           "5e0", "", "five", "5\x0b", "\u00a05", "5_0",
                                           "18446744073709551621", "9" * 40)})

    def test_chunks_that_only_some_can_read(self):
        rest = b"hello\r\n0\r\n\r\n"
        self.expect_refused({name: self.chunked + size + rest for name, size in {
            "a sign": b"+5\r\n", "minus": b"-5\r\n", "0x": b"0x5\r\n", "a blank first": b" 5\r\n",
            "a blank behind": b"5 \r\n", "a tab behind": b"5\t\r\n", "no number": b"\r\n",
            "a bare LF": b"5\n", "a bare CR": b"5\r", "NUL": b"5\0\r\n", "two numbers": b"5 5\r\n",
            "a number that wraps around": b"10000000000000005\r\n",
            "one that nearly does": b"fffffffffffffffffff5\r\n",
            "a line feed in an extension": b"5;a\nb\r\n",
            "a line feed in a quoted extension": b"5;a=\"\n\"\r\n",
            "a carriage return in an extension": b"5;a\rb\r\n",
            "a quoted carriage return in an extension": b"5;a=\"\r\"\r\n",
        }.items()} | {name: self.chunked + raw for name, raw in {
            "more than it said": b"4\r\nhello\r\n0\r\n\r\n",
            "less than it said": b"6\r\nhello\r\n0\r\n\r\n",
            "a bare LF behind it": b"5\r\nhello\n0\r\n\r\n",
            "a last one of bare LF": b"5\r\nhello\r\n0\n\n",
            "a last one without an end": b"5\r\nhello\r\n0\r\n",
        }.items()})

    def test_a_chunk_extension_is_ignored_or_refused_and_hides_nothing(self):
        for extension in (b";a", b";a=b", b';a="b"', b";" + b"a" * 200):
            with self.subTest(extension), self.served.connect() as connection:
                connection.send(self.chunked + b"5" + extension + b"\r\nhello\r\n0\r\n\r\n" +
                                head(CITY, connection="close"))
                reply = connection.reply()
                self.assertEqual(reply.status, 400)
                if reply["connection"] != "close":
                    self.assertEqual(connection.reply().status, 200)
                self.assertEqual(connection.rest(), b"")

    def test_a_trailer_that_no_header_may_be(self):
        self.expect_refused({name: self.chunked + b"5\r\nhello\r\n0\r\n" + field + b"\r\n"
                             for name, field in {
                                 "a length": b"Content-Length: 50\r\n",
                                 "a coding": b"Transfer-Encoding: chunked\r\n",
                                 "NUL": b"X: y\0z\r\n", "a bare LF": b"X: y\nZ: z\r\n",
                                 "folded": b"X: y\r\n z\r\n", "a blank": b"X : y\r\n",
                                 "another host": b"Host: other.example\r\n",
                                 "no colon": b"X\r\n"}.items()})

    def test_an_absolute_target_is_the_only_host(self):
        raw = head(f"http://{HOST}{CITY}").replace(f"Host: {HOST}".encode(), b"Host: other.example")
        self.assertEqual(self.served.send(raw).json()["id"], CITY[1:])
        self.serve("--name", HOST)
        self.assertEqual(self.served.send(raw).status, 200)
        for target in (f"http://other.example{CITY}", f"http://{HOST}@other.example{CITY}",
                       f"http://other.example#@{HOST}{CITY}", f"http://{HOST}:80:80{CITY}",
                       f"http://{HOST}\\@other.example{CITY}", f"http://{CITY}", f"//{HOST}{CITY}",
                       f"ftp://{HOST}{CITY}", f"{HOST}{CITY}", f"http:{CITY}"):
            with self.subTest(target):
                reply = self.served.request(target)
                self.assertNotEqual(reply.status, 200)
                self.assertNotIn(b"other.example", reply.body)

    def test_a_host_that_is_none_is_refused_before_anything_shows_it(self):
        self.serve()
        for value in ("<b>x</b>", "x/y", "a b", "a,b", "u@x", "x:y", "x:80:81", "[::1", "", '"x"', "x?y",
                      "%41", "x\\y"):
            with self.subTest(value):
                self.refuse(f"GET {CITY} HTTP/1.1\r\nHost: {value}\r\nAccept: text/html\r\n\r\n".encode(),
                            400)

    def test_chunks_in_http_1_0_are_refused_or_the_end(self):
        # RFC 9112, 6.1: the framing is faulty, close.
        raw = (f"POST {APPLICATIONS} HTTP/1.0\r\nHost: {HOST}\r\nConnection: keep-alive\r\n"
               "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n").encode()
        self.refuse(raw + self.second, 400)

    def test_more_than_one_host_in_any_version(self):
        # RFC 9112, 3.2
        self.expect_refused({version: (f"GET {CITY} HTTP/{version}\r\nHost: {HOST}\r\n"
                                       "Host: other.example\r\n\r\n").encode()
                             for version in ("1.0", "1.1")})

    def test_what_is_left_of_a_refused_body_is_no_request(self):
        self.serve()  # takes no bodies there
        for method, status in (("POST", 405), ("GET", 413), ("OPTIONS", 204)):
            for framing in ({"content_length": len(self.second)}, {"transfer_encoding": "chunked"}):
                with self.subTest(method, **framing), self.served.connect() as connection:
                    connection.send(head(CITY, method, **framing) + self.second)
                    if framing.get("transfer_encoding") and method == "GET":
                        status = 400  # it is no chunk, either
                    reply = connection.reply(bodiless=method == "OPTIONS")
                    self.assertEqual((reply.status, reply["connection"]), (status, "close"))
                    self.assertEqual(connection.rest(), b"")

    def test_a_body_that_looks_like_a_request_is_a_body(self):
        with self.served.connect() as connection:
            connection.send(message(APPLICATIONS, self.second) +
                            head("/healthz", connection="close"))
            self.assertEqual(connection.reply().status, 400)
            self.assertEqual(connection.reply().body, b"ok\n")
            self.assertEqual(connection.rest(), b"")


class Paths(AttackCase):
    def setUp(self):
        super().setUp()
        self.serve()

    def test_control_characters_in_a_path_are_refused(self):
        for byte in [*range(0x20), 0x7F]:
            with self.subTest(byte):
                raw = f"GET /MA.156{chr(byte)}.1301 HTTP/1.1\r\nHost: x\r\n\r\n"
                self.refuse(raw.encode(), 400)
        self.expect_counted("malformed", 33)

    def test_bytes_that_are_not_utf_8_are_no_identifier_and_never_come_back(self):
        for raw in (b"\xff", b"\xc0\x80", b"\xed\xa0\x80", b"\xc3\x28", b"\x9b31m", b"\xf5\x80"):
            for accept in ("application/json", "text/html"):
                with self.subTest(raw, accept=accept), self.served.connect() as connection:
                    connection.send(head(CITY, accept=accept).replace(b"1301", raw))
                    reply = connection.reply()
                    self.assertEqual(reply.status, 400)
                    self.assertNotIn(raw, reply.body)
                    self.assertIsInstance(reply.text, str)

    def test_percent_encoded_bytes_are_no_identifier(self):
        for target in ("/%00", f"{CITY}%00", f"{CITY}%00.html", "/%ff", "/%c0%ae%c0%ae/", "/%0a",
                       f"{CITY}%0d%0aSet-Cookie:%20a=b", f"{CITY}/%00", "/%", "/%2", "/%zz"):
            for accept in ("application/json", "text/html"):
                with self.subTest(target, accept=accept):
                    reply = self.served.request(target, accept=accept)
                    self.assertIn(reply.status, (400, 404))
                    self.assertIsNone(reply["set-cookie"])

    def test_paths_upwards_reach_no_file(self):
        snapshot = self.serve_snapshot(10)
        self.assertEqual(self.served.request(snapshot).status, 200)
        for target in ("/ledger/snapshot/../../1", "/ledger/snapshot/..", "/ledger/snapshot/.",
                       "/ledger/snapshot//1", "/ledger/snapshot/1/", "/ledger/snapshot/01",
                       "/ledger/snapshot/%31", "/ledger/tile/../../data.mdb",
                       "/ledger/tile/0/../../../etc/passwd", "/ledger/tile//etc/passwd",
                       "/../../../etc/passwd", "/..%2f..%2fetc/passwd"):
            with self.subTest(target):
                self.assertIn(self.served.request(target).status, (400, 404))


class Spoofing(AttackCase):
    """Who a client says it is."""

    FIELDS = ("X-Forwarded-For", "Remote-Addr", "REMOTE_ADDR", "Forwarded", "X-Real-IP",
              "Client-IP", "X-Client-IP", "True-Client-IP", "CF-Connecting-IP", "X-Forwarded",
              "Via", "X-Host", "X-Cluster-Client-IP", "X-Original-Forwarded-For", "Forwarded-For",
              "X-Remote-Addr")

    def expect_limited(self, raws, of=20):
        """Of many requests at once, the first few pass; then the client has to wait."""
        with self.served.connect() as connection:
            connection.send(b"".join(raws(i) for i in range(of)))
            found = [connection.reply().status for _ in range(of)]
        self.assertEqual(found[0], 200)
        self.assertEqual(set(found), {200, 429})
        self.assertGreater(found.count(429), of / 4)
        return found

    def address(self, *fields, target=CITY):
        """What the log says of a client with these header fields."""
        before = len(self.served.served.text("err").splitlines())
        raw = head(target)[:-2] + "".join(f"{field}\r\n" for field in fields).encode() + b"\r\n"
        self.assertEqual(self.served.send(raw).status, 200)
        return self.logged_after(before)

    def logged_after(self, before):
        def look():
            lines = self.served.served.text("err").splitlines()[before:]
            return lines and re.search(r" address=(\S+)$", lines[-1])
        return wait_until(look, "a request in the log")[1]

    def test_a_client_that_is_no_proxy_is_limited_whoever_it_says_it_is(self):
        for field in self.FIELDS:
            with self.subTest(field):
                self.serve("--limit-loopback", "--client-requests", "1", "--client-burst", "5")
                self.expect_limited(lambda i: head(CITY)[:-2] +
                                    f"{field}: 203.0.113.{i}\r\n\r\n".encode())
                self.assertGreaterEqual(self.served.refused("rate"), 5)

    def test_a_client_that_is_no_proxy_is_logged_with_the_address_of_its_socket(self):
        self.serve("--log-requests", "--log-addresses", "--proxy", "10.0.0.0/8")
        for field in self.FIELDS:
            self.assertEqual(self.address(f"{field}: 203.0.113.9"), "127.0.0.1", field)

    def test_behind_a_proxy_the_last_address_that_is_no_proxy_is_the_client(self):
        self.serve("--log-requests", "--log-addresses", "--proxy", "127.0.0.1", "--proxy",
                   "10.0.0.0/8", "--proxy", "2001:db8::/32")
        for chain, client in (
                ("203.0.113.9", "203.0.113.9"), ("198.51.100.1, 203.0.113.9", "203.0.113.9"),
                ("198.51.100.1,203.0.113.9", "203.0.113.9"),
                ("198.51.100.1, 203.0.113.9, 10.1.2.3", "203.0.113.9"),
                ("198.51.100.1, 203.0.113.9, 10.1.2.3, 127.0.0.1", "203.0.113.9"),
                ("127.0.0.1, 203.0.113.9", "203.0.113.9"), ("10.0.0.1", "10.0.0.1"),
                ("garbage, 203.0.113.9", "203.0.113.9"), (",, 203.0.113.9", "203.0.113.9"),
                ("2001:db9::7, 2001:db8::1", "2001:db9::7"), ("203.0.113.9, garbage", "127.0.0.1"),
                ("203.0.113.9, unknown", "127.0.0.1"), ("garbage", "127.0.0.1"),
                ("203.0.113.9, garbage, 10.0.0.1", "10.0.0.1"), ("", "127.0.0.1"),
                ("203.0.113.9:4711", "203.0.113.9"), ("[2001:db9::7]:4711", "2001:db9::7"),
                ("[2001:db9::7]", "2001:db9::7"), ("[", "127.0.0.1"), ("[]", "127.0.0.1"),
                ("203.0.113.9, 10.0.0.1:80, [2001:db8::1]:80", "203.0.113.9"), (":", "127.0.0.1"),
                ("203.0.113.9 " * 9, "127.0.0.1"), ("203.0.113.9, " + "1" * 3000, "127.0.0.1")):
            with self.subTest(chain[:60]):
                self.assertEqual(self.address(f"X-Forwarded-For: {chain}"), client)
        for field in self.FIELDS[1:]:
            self.assertEqual(self.address(f"{field}: 203.0.113.9"), "127.0.0.1", field)

    def test_behind_a_proxy_lines_of_a_field_are_one_list(self):
        # RFC 9110, 5.3; HAProxy adds a line of its own.
        self.serve("--log-requests", "--log-addresses", "--proxy", "127.0.0.1", "--proxy",
                   "10.0.0.0/8")
        for lines in (("198.51.100.1", "203.0.113.9"), ("198.51.100.1", "203.0.113.9", "10.0.0.1"),
                      ("198.51.100.1, 203.0.113.9", "10.0.0.1"), ("203.0.113.9", "10.0.0.1")):
            with self.subTest(lines):
                found = self.address(*(f"X-Forwarded-For: {line}" for line in lines))
                self.assertEqual(found, "203.0.113.9")

    def test_a_trailer_does_not_say_who_the_client_is(self):
        self.serve_registry("--log-requests", "--log-addresses", "--proxy", "127.0.0.1")
        before = len(self.served.served.text("err").splitlines())
        raw = head(CITY, x_forwarded_for="203.0.113.9", transfer_encoding="chunked")
        reply = self.served.send(raw + b"0\r\nX-Forwarded-For: 198.51.100.1\r\n\r\n")
        if reply.status == 200:
            self.assertEqual(self.logged_after(before), "203.0.113.9")
        else:
            self.assertEqual(reply.status, 400)

    def test_behind_a_proxy_each_client_is_limited_and_spoofed_addresses_do_not_help(self):
        self.serve("--client-requests", "1", "--client-burst", "5", "--proxy", "127.0.0.1")

        def asked(client):
            return lambda i: head(CITY, x_forwarded_for=f"198.51.100.{i}, {client}")
        self.expect_limited(asked("203.0.113.9"))
        self.assertEqual(self.served.send(asked("203.0.113.10")(0)).status, 200)
        self.expect_limited(asked("203.0.113.11"))
        self.assertGreaterEqual(self.served.refused("rate"), 10)
        # The proxy itself is not: it asks for its own health.
        self.assertEqual({self.served.request(CITY).status for _ in range(20)}, {200})

    def test_behind_a_proxy_clients_that_it_can_not_name_are_limited_together(self):
        self.serve("--client-requests", "1", "--client-burst", "5", "--proxy", "127.0.0.1")
        self.expect_limited(lambda i: head(CITY, x_forwarded_for=f"203.0.113.{i}, unknown"))

    def test_behind_a_proxy_a_client_can_not_spend_what_another_has(self):
        self.serve("--client-requests", "1", "--client-burst", "5", "--proxy", "127.0.0.1")
        self.expect_limited(lambda i: head(CITY, x_forwarded_for="198.51.100.7, 203.0.113.9"))
        self.assertEqual(self.served.send(head(CITY, x_forwarded_for="198.51.100.7")).status, 200)


if __name__ == "__main__":
    cityid_process.main()
