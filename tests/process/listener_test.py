"""The listener as a client meets it: raw bytes over a socket, well-formed and otherwise."""
import contextlib
import os
import socket
import threading
import time

import cityid_process
import listener_cases
from cityid_process import HOST, SHIJIAZHUANG, head
from listener_cases import BROWSER, CITY, ListenerCase, code_path, get, key
from signed_code import Code

HEAD_DEADLINE = 10  # seconds a client has for the head of a request
HONEST = 2  # seconds in which an honest client must have its answer


def setUpModule():
    global RESOLVER
    listener_cases.set_up()
    RESOLVER = listener_cases.RESOLVER


class Methods(ListenerCase):
    def test_head_is_get_without_the_body(self):
        for target in (CITY, code_path(Code(SHIJIAZHUANG, key())), "/healthz"):
            for accept in ("*/*", BROWSER):
                with self.subTest(target=target[:30], accept=accept):
                    with RESOLVER.connect() as connection:
                        connection.send(head(target, "HEAD", accept=accept, accept_encoding="x"))
                        first = connection.reply(bodiless=True)
                        connection.send(head(target, accept=accept, connection="close"))
                        second = connection.reply()
                        self.assertEqual(connection.rest(), b"")
                    self.assertEqual(first.status, second.status)
                    self.assertEqual(first["content-type"], second["content-type"])
                    self.assertEqual(first["content-length"], second["content-length"])

    def test_head_of_a_problem_has_no_body_either(self):
        with RESOLVER.connect() as connection:
            for target, status in (("/MA.156.0000", 404), ("/a/b/c", 404), ("/nothing", 400)):
                connection.send(head(target, "HEAD"))
                reply = connection.reply(bodiless=True)
                self.assertEqual(reply.status, status)
                self.assertGreater(int(reply["content-length"]), 0)
            connection.send(head(CITY, connection="close"))
            self.assertEqual(connection.reply().status, 200)

    def test_options_says_what_is_allowed(self):
        for target in (CITY, f"{CITY}/1", "/healthz"):
            reply = RESOLVER.request(target, "OPTIONS")
            self.assertEqual((reply.status, reply.body), (204, b""))
            allowed = {method.strip() for method in reply["allow"].split(",")}
            self.assertLessEqual({"GET", "HEAD", "OPTIONS"}, allowed)

    def test_another_method_is_405_and_says_what_is_allowed(self):
        for method in ("POST", "PUT", "DELETE", "PATCH", "TRACE", "CONNECT", "BREW", "get", "PRI"):
            with self.subTest(method):
                reply = RESOLVER.request(CITY, method)
                self.expect_problem(reply, 405)
                allowed = {name.strip() for name in reply["allow"].split(",")}
                self.assertLessEqual({"GET", "HEAD"}, allowed)

    def test_another_method_on_nothing_is_404(self):
        self.expect_problem(RESOLVER.request("/a/b/c", "POST"), 404)


class Framing(ListenerCase):
    def test_pipelined_requests_are_answered_in_order(self):
        ids = cityid_process.city_ids()[:40]
        with RESOLVER.connect() as connection:
            connection.send(b"".join(head(f"/{identifier}") for identifier in ids))
            self.assertEqual([connection.reply().json()["id"] for _ in ids], ids)

    def test_pipelined_requests_of_every_kind_are_answered_in_order(self):
        with RESOLVER.connect() as connection:
            connection.send(head(CITY) + head(CITY, "HEAD") + head("/nothing") +
                            head(CITY, "OPTIONS") + head(CITY, "POST") + head(CITY))
            found = [connection.reply(bodiless=bodiless).status
                     for bodiless in (False, True, False, False, False, False)]
        self.assertEqual(found, [200, 200, 400, 204, 405, 200])

    def test_a_bad_request_ends_a_pipeline(self):
        with RESOLVER.connect() as connection:
            connection.send(head(CITY) + b"GET /\n\r\n\r\n" + head(CITY))
            self.assertEqual(connection.reply().status, 200)
            self.assertEqual(connection.reply().status, 400)
            self.assertEqual(connection.rest(), b"")

    def test_a_request_may_come_byte_by_byte(self):
        with RESOLVER.connect() as connection:
            for byte in head(CITY, accept=BROWSER, accept_language="zh"):
                connection.send(bytes((byte,)))
            self.assertIn(">已注册</span></h1>", connection.reply().text)

    def test_a_request_may_be_cut_anywhere(self):
        raw = head(CITY)
        for cut in range(1, len(raw)):
            with RESOLVER.connect() as connection:
                connection.send(raw[:cut])
                connection.send(raw[cut:] + raw[:cut])
                self.assertEqual(connection.reply().status, 200, cut)
                connection.send(raw[cut:])
                self.assertEqual(connection.reply().status, 200, cut)

    def test_what_other_servers_take_is_taken(self):
        """RFC 9112: an empty line before a request, an absolute target, extensions of chunks, trailers."""
        body = b'["MA.156.1301"]'
        chunked = (head("/resolve", "POST", content_type="application/json", transfer_encoding="chunked") +
                   b"f;a=b;c=\"d\"\r\n" + body + b"\r\n0;e\r\nX-Checksum: 1\r\nCookie: a=b\r\n\r\n")
        with RESOLVER.connect() as connection:
            connection.send(b"\r\n" + head(CITY) + b"\r\n" + chunked + head(f"http://{HOST}{CITY}?lang=en") +
                            head(f"HTTPS://{HOST}{CITY}") + head("/MA%2E156%2e1301/children"))
            first, many, *rest = [connection.reply() for _ in range(5)]
        self.assertEqual((first.json()["id"], many.json()["results"][0]["id"]), (SHIJIAZHUANG,) * 2)
        self.assertEqual([reply.status for reply in rest], [200, 200, 200])
        self.assertEqual(rest[2].json()["of"], SHIJIAZHUANG)

    def test_a_method_that_a_path_does_not_take_is_405_whatever_its_body(self):
        for method in ("POST", "PUT", "PATCH"):
            for raw in (b"Content-Length: 5\r\n\r\nhello", b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello",
                        b"Content-Length: 9999999\r\nExpect: 100-continue\r\n\r\n",
                        b"Content-Type: image/png\r\nContent-Length: 100000\r\n\r\n"):
                with self.subTest(method, raw=raw), RESOLVER.connect() as connection:
                    connection.send(head(CITY, method)[:-2] + raw)
                    reply = connection.reply()
                    self.assertEqual((reply.status, reply["connection"]), (405, "close"), reply)
                    self.assertEqual(reply["allow"], "OPTIONS, GET, HEAD")
                    self.assertEqual(reply["access-control-allow-origin"], "*")

    def test_a_type_that_is_not_taken_is_415_and_says_which_are(self):
        for target in ("/resolve", "/verify"):
            reply = RESOLVER.post(target, b"x", content_type="application/zip")
            self.expect_problem(reply, 415)
            self.assertIn("application/json", reply["accept"].split(", "))

    def test_a_connection_is_used_again(self):
        with RESOLVER.connect() as connection:
            for _ in range(200):
                connection.send(head(CITY))
                reply = connection.reply()
                self.assertEqual((reply.status, reply["connection"]), (200, None))

    def test_a_connection_is_closed_for_who_asks(self):
        with RESOLVER.connect() as connection:
            connection.send(head(CITY, connection="close"))
            self.assertEqual(connection.reply()["connection"], "close")
            self.assertEqual(connection.rest(), b"")

    def test_http_1_0_is_answered_and_closed(self):
        with RESOLVER.connect() as connection:
            connection.send(f"GET {CITY} HTTP/1.0\r\n\r\n".encode())
            self.assertEqual(connection.reply().json()["verdict"], "registered")
            self.assertEqual(connection.rest(), b"")

    def test_a_client_that_stops_sending_still_gets_its_answer(self):
        with socket.create_connection(("127.0.0.1", RESOLVER.port), 10) as plain:
            plain.sendall(head(CITY))
            plain.shutdown(socket.SHUT_WR)
            self.assertTrue(plain.recv(64).startswith(b"HTTP/1.1 200 OK\r\n"))


    def test_who_asks_whether_to_send_a_body_is_told(self):
        with RESOLVER.connect() as connection:
            connection.send(head("/registry/applications", method="POST", content_length="3",
                                 expect="100-continue"))
            self.assertEqual(connection.reply(bodiless=True).status, 100)
            connection.send(b"abc")
            self.expect_problem(connection.reply(), 404)
            connection.send(head(CITY))
            self.assertEqual(connection.reply().json()["verdict"], "registered")

    def test_who_has_sent_the_body_already_is_not(self):
        with RESOLVER.connect() as connection:
            connection.send(head("/registry/applications", method="POST", content_length="3",
                                 expect="100-continue") + b"abc")
            self.expect_problem(connection.reply(), 404)

    def test_a_body_that_is_too_large_is_not_asked_for(self):
        self.expect_refused_and_closed(head("/registry/applications", method="POST",
                                            content_length="10000000", expect="100-continue"), 413)


class Refusals(ListenerCase):
    """What parsers disagree about, and what is too much."""

    def tearDown(self):
        self.expect_served()

    def test_a_path_of_100_kilobytes(self):
        for raw in (head("/" + "A" * 100_000), b"GET /" + b"A" * 100_000):
            self.expect_refused_and_closed(raw, 414, 431)

    def test_a_head_of_9_kilobytes(self):
        self.expect_refused_and_closed(head(CITY, x="y" * 9000), 431)

    def test_a_head_of_7_kilobytes_is_fine(self):
        self.assertEqual(get(CITY, x="y" * 7000).status, 200)

    def test_300_fields(self):
        many = {f"x{i}": "y" for i in range(300)}
        self.expect_refused_and_closed(head(CITY, **many), 400, 431)

    def test_a_stream_that_never_ends_a_line_is_cut_off(self):
        deadline = time.monotonic() + HEAD_DEADLINE
        with RESOLVER.connect() as connection, contextlib.suppress(ConnectionError):
            while time.monotonic() < deadline:
                connection.send(b"A" * (1 << 16))
            self.fail("it was still listened to")

    def test_heads_that_are_not_http(self):
        start = f"GET {CITY} HTTP/1.1\r\nHost: {HOST}\r\n".encode()
        for name, raw in {
                "a bare LF": start.replace(b"\r\n", b"\n") + b"\n\r\n\r\n",
                "a bare LF in a field": start + b"X: y\nZ: z\r\n\r\n",
                "a bare CR": start + b"X: y\rZ: z\r\n\r\n",
                "a folded field": start + b"X: y\r\n z\r\n\r\n",
                "a folded field with a tab": start + b"X: y\r\n\tz\r\n\r\n",
                "a fold before the first field": start.replace(b"Host", b" Host") + b"\r\n",
                "NUL in a value": start + b"X: y\0z\r\n\r\n",
                "NUL in the target": start.replace(b"1301", b"13\00001", 1) + b"\r\n",
                "DEL in a value": start + b"X: \x7f\r\n\r\n",
                "a blank before the colon": start + b"X : y\r\n\r\n",
                "a field without a name": start + b": y\r\n\r\n",
                "a field without a colon": start + b"X\r\n\r\n",
                "length and chunks": start + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n"
                                             b"\r\n0\r\n\r\n",
                "two lengths": start + b"Content-Length: 0\r\nContent-Length: 5\r\n\r\nhello",
                "two equal lengths": start + b"Content-Length: 0\r\nContent-Length: 0\r\n\r\n",
                "a list of lengths": start + b"Content-Length: 0, 0\r\n\r\n",
                "a negative length": start + b"Content-Length: -1\r\n\r\n",
                "a signed length": start + b"Content-Length: +0\r\n\r\n",
                "a hexadecimal length": start + b"Content-Length: 0x0\r\n\r\n",
                "a length of 30 digits": start + b"Content-Length: " + b"9" * 30 + b"\r\n\r\n",
                "no Host": start.replace(f"Host: {HOST}\r\n".encode(), b"") + b"\r\n",
                "two Hosts": start + b"Host: other.example\r\n\r\n",
                "a target of another scheme": start.replace(b" /", b" ftp://id.example.cn/", 1) + b"\r\n",
                "no target": start.replace(CITY.encode(), b"", 1) + b"\r\n",
                "a blank in the target": start.replace(b"1301", b"13 01", 1) + b"\r\n",
                "an asterisk": start.replace(CITY.encode(), b"*", 1) + b"\r\n",
                "no version": start.replace(b" HTTP/1.1", b"") + b"\r\n",
                "another protocol": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
                "nothing": b"\r\n\r\n"}.items():
            with self.subTest(name):
                self.expect_refused_and_closed(raw, 400)

    def test_an_unknown_transfer_coding(self):
        for coding, status in ((b"gzip, chunked", 501), (b"chunked, chunked", 400), (b"identity", 501),
                               (b"xchunked", 501), (b"gzip", 501), (b"chunked;q=1", 400)):
            with self.subTest(coding):
                raw = head(CITY)[:-2] + b"Transfer-Encoding: " + coding + b"\r\n\r\n0\r\n\r\n"
                self.expect_refused_and_closed(raw, status)

    def test_another_version(self):
        for version, status in ((b"HTTP/2.0", 505), (b"HTTP/0.9", 505), (b"HTTP/1.2", 505),
                                (b"HTTP/3.0", 505), (b"HTTP/3", 400), (b"http/1.1", 400),
                                (b"TTP/1.1", 400)):
            with self.subTest(version):
                raw = head(CITY).replace(b"HTTP/1.1", version)
                self.expect_refused_and_closed(raw, status)
        self.expect_refused_and_closed(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505)

    def test_scripts_of_any_site_may_read_what_the_listener_refuses(self):
        start = head(CITY)[:-2]
        for raw, status in ((start + b"Content-Length: 5\r\n\r\nhello", 413), (head("/" + "x" * 5000), 414),
                            (head(CITY, x="y" * 9000), 431), (start + b"X : y\r\n\r\n", 400),
                            (start + b"Content-Encoding: gzip\r\n\r\n", 415)):
            reply = self.expect_refused_and_closed(raw, status)
            self.assertEqual(reply["access-control-allow-origin"], "*")
            self.assertIn("Retry-After", reply["access-control-expose-headers"])
            self.assertEqual(reply["accept-encoding"], "identity" if status == 415 else None)

    def test_a_body_where_none_belongs(self):
        start = head(CITY)[:-2]
        for name, raw in {
                "chunked": start + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
                "with a length": start + b"Content-Length: 5\r\n\r\nhello",
                "of an exabyte": start + b"Content-Length: 1000000000000000000\r\n\r\n",
                "of an exabyte in a chunk": start + b"Transfer-Encoding: chunked\r\n\r\n"
                                                    b"de0b6b3a7640000\r\nhello"}.items():
            with self.subTest(name):
                self.expect_refused_and_closed(raw, 413)

    def test_chunks_that_are_none(self):
        start = head(CITY)[:-2] + b"Transfer-Encoding: chunked\r\n\r\n"
        for name, raw in {"no number": b"x\r\n", "a sign": b"-1\r\n",
                          "too large": b"f" * 40 + b"\r\n",
                          "an endless extension": b"0;" + b"a" * 40_000}.items():
            with self.subTest(name):
                self.expect_refused_and_closed(start + raw, 400, 413)

    def test_an_empty_body_is_none(self):
        start = head(CITY)[:-2]
        for raw in (start + b"Content-Length: 0\r\n\r\n",
                    start + b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"):
            self.assertEqual(RESOLVER.send(raw).status, 200)

    def test_noise(self):
        generator = cityid_process.seeded(self.id())
        for _ in range(100):
            with RESOLVER.connect() as connection:
                connection.send(generator.randbytes(generator.randrange(1, 4000)) + b"\r\n\r\n")
                reply = connection.reply()
                self.assertIn(reply.status, (400, 431), reply)

    def test_a_good_request_with_one_byte_changed(self):
        generator = cityid_process.seeded(self.id())
        raw = head(CITY, accept=BROWSER, connection="close")
        for _ in range(300):
            changed = bytearray(raw)
            changed[generator.randrange(len(raw) - 4)] = generator.randrange(256)
            with RESOLVER.connect() as connection:
                connection.send(changed)
                self.assertIn(connection.reply().status, (200, 400, 404, 405, 406, 413, 431, 505))


class Hostile(ListenerCase):
    """Clients that hold on to what they have."""

    def expect_honest_clients_are_served(self):
        start = time.monotonic()
        self.expect_served()
        self.assertLess(time.monotonic() - start, HONEST)

    def test_a_head_that_drips_is_gone_at_its_deadline_and_harms_nobody(self):
        raw = head(CITY, x="y" * 100)
        gone = []

        def drip(connection):
            start = time.monotonic()
            with contextlib.suppress(ConnectionError, AssertionError):
                for byte in raw[:2 * HEAD_DEADLINE]:
                    connection.send(bytes((byte,)))
                    # One byte a second, and at once when the other side has closed.
                    with contextlib.suppress(AssertionError):
                        connection.rest(1)
                        break
            gone.append(time.monotonic() - start)

        with contextlib.ExitStack() as stack:
            drips = [threading.Thread(target=drip, args=(stack.enter_context(RESOLVER.connect()),))
                     for _ in range(8)]
            for thread in drips:
                thread.start()
            served = 0
            while any(thread.is_alive() for thread in drips):
                self.expect_honest_clients_are_served()
                served += 1
                drips[0].join(0.1)
        self.assertEqual(len(gone), len(drips))
        self.assertGreater(served, 10)
        self.assertLess(max(gone), HEAD_DEADLINE + 5)
        self.assertGreater(min(gone), HEAD_DEADLINE / 2)

    def test_200_half_open_connections_do_not_delay_an_honest_client(self):
        with contextlib.ExitStack() as stack:
            for i in range(200):
                connection = stack.enter_context(RESOLVER.connect())
                connection.send(head(CITY)[:i % 40])
            for _ in range(20):
                self.expect_honest_clients_are_served()

    def test_clients_that_never_read_do_not_delay_an_honest_one(self):
        with contextlib.ExitStack() as stack:
            for _ in range(20):
                connection = stack.enter_context(RESOLVER.connect())
                connection.send(head(CITY, accept=BROWSER) * 300)
            for _ in range(20):
                self.expect_honest_clients_are_served()

    def test_clients_that_go_away_at_once_leave_nothing_behind(self):
        for _ in range(300):
            with RESOLVER.connect() as connection:
                connection.send(head(CITY, accept=BROWSER) * 3)
        self.expect_honest_clients_are_served()
        files = f"/proc/{RESOLVER.served.process.pid}/fd"
        cityid_process.wait_until(lambda: len(os.listdir(files)) < 50, "the sockets are closed")


if __name__ == "__main__":
    cityid_process.main()
