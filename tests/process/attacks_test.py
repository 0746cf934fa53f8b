"""Clients that mean harm. While each attack lasts, and afterwards, an honest client is served; what
the listener refuses, it counts. Attacks on TLS: tls_test.py.
"""
import contextlib
import gzip
import re
import selectors
import shutil
import time
import unittest

import cityid_process
from cityid_process import (HOST, SHIJIAZHUANG, SLOW, HonestClient, head, message, wait_until)

CITY = f"/{SHIJIAZHUANG}"
APPLICATIONS = "/registry/applications"
HEAD_TIME, BODY_TIME, WRITE_TIME = 1, 2, 1  # seconds that a server here gives
LATE = 3 * SLOW  # seconds after its deadline in which a client must be gone
MOST_RECORD = 32 * 1024  # bytes of an application
MIB = 1 << 20


def setUpModule():
    global DEMO
    DEMO = unittest.enterModuleContext(cityid_process.demo())


class AttackCase(cityid_process.Case):
    def serve(self, *options, ledger=None):
        self.served = self.enterContext(
            cityid_process.resolver(ledger or DEMO.ledger, *options, metrics=True))
        return self.served

    def serve_registry(self, *options):
        """With a copy of the ledger, which takes bodies."""
        ledger = self.enterContext(cityid_process.temporary_directory()) / "ledger"
        ledger.mkdir()
        shutil.copyfile(DEMO.ledger / "data.mdb", ledger / "data.mdb")
        return self.serve("--registry", *options, ledger=ledger)

    def serve_snapshot(self, size, *options):
        """With a file to hand out; the target under which it is there."""
        directory = self.enterContext(cityid_process.temporary_directory())
        with open(directory / "1", "wb") as file:
            file.truncate(size)
        self.serve("--snapshots", directory, *options)
        return "/ledger/snapshot/1"

    def honest(self, **options):
        return HonestClient(self.served.port, **options)

    def connect(self, **options):
        return self.enterContext(self.served.connect(**options))

    def expect_counted(self, reason, times):
        wait_until(lambda: self.served.refused(reason) >= times,
                   f"{times} refusals because of {reason}", LATE)
        self.assertEqual(self.served.refused(reason), times)

    def expect_bounded_memory(self, before):
        self.assertLess(self.served.memory() - before, 16 * MIB * SLOW)

    def expect_gone_at(self, deadline, seconds):
        """When clients were gone that had so long."""
        self.assertGreater(min(seconds), deadline / 2)
        self.assertLess(max(seconds), deadline + LATE)

    def refuse(self, raw, *statuses):
        """The one reply to these bytes is a problem of such a status, and the connection's end."""
        with self.served.connect() as connection:
            connection.send(raw)
            reply = connection.reply()
            self.assertIn(reply.status, statuses, reply)
            self.assertEqual((reply.media_type, reply["connection"]),
                             ("application/problem+json", "close"), reply)
            self.assertEqual(connection.rest(), b"")

    def cut_off(self, start, more, most):
        """Sends `start` and then `more` again and again, as long as the other side lets it."""
        sent = len(start)
        with self.served.connect() as connection, contextlib.suppress(ConnectionError):
            connection.send(start)
            while sent < most:
                connection.send(more)
                sent += len(more)
            self.fail(f"{sent} bytes were taken")
        return sent


def drip(clients, every, seconds):
    """From each client its head and then its drops, one at a time; seconds until each was gone."""
    start = time.monotonic()
    gone = []
    with selectors.DefaultSelector() as selector:
        for connection, (first, drops) in clients.items():
            connection.send(first)
            selector.register(connection.fileno(), selectors.EVENT_READ, (connection, iter(drops)))
        next_drop = start + every
        while selector.get_map():
            if time.monotonic() > start + seconds:
                raise AssertionError(f"{len(selector.get_map())} clients are still there")
            for event, _ in selector.select(max(next_drop - time.monotonic(), 0)):
                selector.unregister(event.fileobj)  # whatever was said, it is the end
                event.data[0].rest()
                gone.append(time.monotonic() - start)
            if time.monotonic() >= next_drop:
                next_drop += every
                for connection, drops in [key.data for key in selector.get_map().values()]:
                    with contextlib.suppress(ConnectionError):
                        connection.send(next(drops))
    return gone


class Floods(AttackCase):
    def test_thousands_that_send_nothing_or_half_a_head_make_room_for_newcomers(self):
        cityid_process.many_files()
        room, flood = 200, 3000
        self.serve("--connections", room, "--idle-time", "600", "--head-time", "600")
        with self.honest():
            for i in range(flood):
                connection = self.connect()
                if i % 2:
                    connection.send(head(CITY)[:i % 40])
        self.assertLessEqual(self.served.metric("cityid_connections_open"), room)
        self.assertGreaterEqual(self.served.refused("evicted"), flood - room)
        self.assertEqual(self.served.refused("connections"), 0)

    def test_10000_connections_of_one_address_leave_others_alone(self):
        flood = min(10_000, cityid_process.many_files() - 500)
        print(f"\n{self.id()}: {flood} connections", end=" ")
        self.serve("--limit-loopback", "--client-connections", "256", "--idle-time", "600",
                   "--client-requests", "100000", "--client-burst", "100000")
        with self.honest(source="127.0.0.2"):
            for _ in range(flood):
                with contextlib.suppress(ConnectionError):  # refused before it could say a word
                    self.connect()
            self.expect_counted("client-connections", flood - 256)
        wait_until(lambda: self.served.metric("cityid_connections_open") == 256, "256 stay open")

    def test_a_client_that_is_refused_is_closed_at_once_and_taken_again_later(self):
        self.serve("--limit-loopback", "--client-connections", "2")
        first, second = self.served.connect(), self.served.connect()
        with first, second:
            wait_until(lambda: self.served.metric("cityid_connections_open") == 2, "two are open")
            self.assertEqual(self.connect().rest(), b"")
        wait_until(lambda: self.served.metric("cityid_connections_open") == 0, "both are gone")
        self.assertEqual(self.served.request(CITY).status, 200)
        self.expect_counted("client-connections", 1)


class SlowClients(AttackCase):
    def test_64_heads_that_drip_are_gone_at_their_deadline(self):
        self.serve("--head-time", HEAD_TIME)
        raw = head(CITY, x="y" * 1000)
        with self.honest():
            gone = drip({self.connect(): (raw[:i + 1], [bytes([b]) for b in raw[i + 1:]])
                         for i in range(64)}, 0.2, HEAD_TIME + LATE)
        self.expect_gone_at(HEAD_TIME, gone)
        self.expect_counted("timeout", 64)

    def test_clients_that_say_nothing_are_gone_at_their_deadline_and_no_refusal(self):
        self.serve("--idle-time", "1")
        with self.honest():
            gone = drip({self.connect(): (b"", [b""] * 1000) for _ in range(64)}, 0.2, 1 + LATE)
        self.expect_gone_at(1, gone)
        self.expect_counted("timeout", 0)

    def test_the_rest_of_a_pipeline_has_no_more_time_than_its_head(self):
        self.serve("--head-time", HEAD_TIME, "--idle-time", "600")
        connection = self.connect()
        start = time.monotonic()
        connection.send(head(CITY) + head(CITY)[:20])
        self.assertEqual(connection.reply().status, 200)
        self.assertEqual(connection.rest(), b"")
        self.expect_gone_at(HEAD_TIME, [time.monotonic() - start])

    def test_bodies_that_drip_are_gone_at_their_deadline(self):
        self.serve_registry("--body-time", BODY_TIME)
        plain = head(APPLICATIONS, "POST", content_length=10_000)
        chunked = head(APPLICATIONS, "POST", transfer_encoding="chunked")
        with self.honest():
            gone = drip({self.connect(): [(plain, [b"x"] * 1000),
                                          (chunked, [b"1\r\nx\r\n"] * 1000)][i % 2]
                         for i in range(64)}, 0.2, BODY_TIME + LATE)
        self.expect_gone_at(BODY_TIME, gone)
        self.expect_counted("timeout", 64)

    def test_clients_that_do_not_read_a_large_reply_are_gone_at_its_deadline(self):
        snapshot = self.serve_snapshot(64 * MIB, "--write-time", WRITE_TIME)
        with self.honest():
            start = time.monotonic()
            clients = [self.connect() for _ in range(30)]
            for connection in clients:
                connection.send(head(snapshot))
            self.expect_counted("timeout", 30)
            self.expect_gone_at(WRITE_TIME, [time.monotonic() - start])
        wait_until(lambda: self.served.metric("cityid_connections_open") == 0, "all are gone")
        self.assertEqual(self.served.metric("cityid_held_bytes"), 0)

    def test_clients_that_do_not_read_many_replies_are_gone_at_their_deadline(self):
        self.serve("--write-time", WRITE_TIME)
        with self.honest():
            clients = [self.connect() for _ in range(10)]
            for connection in clients:
                connection.send(head(CITY, accept="text/html") * 1500)
            self.expect_counted("timeout", 10)

    def test_a_reader_that_takes_a_piece_now_and_then_gets_all_of_it(self):
        snapshot = self.serve_snapshot(12 * MIB, "--write-time", WRITE_TIME)
        with self.served.connect() as connection:
            connection.send(head(snapshot, connection="close"))
            start, taken = time.monotonic(), 0
            while piece := connection.take(MIB):
                taken += len(piece)
                # Slower than a reply may be as a whole, and never as slow as a piece may be.
                while time.monotonic() < start + taken / (4 * MIB):
                    time.sleep(0.01)
            self.assertGreater(time.monotonic() - start, 2 * WRITE_TIME)
        self.assertGreater(taken, 12 * MIB)

    def test_what_is_held_for_clients_that_do_not_read_is_bounded(self):
        snapshot = self.serve_snapshot(64 * MIB, "--held", "1", "--write-time", "600")
        with self.honest():
            for _ in range(100):
                self.connect().send(head(snapshot))
            wait_until(lambda: self.served.refused("slow-reader") > 10, "slow readers are refused")
            self.assertLessEqual(self.served.metric("cityid_held_bytes"), MIB)
        self.expect_counted("timeout", 0)


class TooMuch(AttackCase):
    def test_a_header_line_of_200_megabytes_is_cut_off_in_bounded_memory(self):
        self.serve()
        before = self.served.memory()
        with self.honest():
            sent = self.cut_off(head(CITY)[:-2] + b"X: ", b"y" * 65536, 200 * MIB)
        self.assertLess(sent, 32 * MIB)  # what sockets hold, and what is read on for a moment
        self.expect_bounded_memory(before)
        self.expect_counted("too-large", 1)

    def test_300000_headers_are_cut_off_in_bounded_memory(self):
        self.serve()
        before = self.served.memory()
        with self.honest():
            self.cut_off(head(CITY)[:-2], b"x: y\r\n" * 300_000, 100 * MIB)
        self.expect_bounded_memory(before)
        self.expect_counted("too-large", 1)

    def test_65_headers_are_too_many_in_a_small_head(self):
        self.serve()
        self.refuse(head(CITY)[:-2] + b"x: y\r\n" * 64 + b"\r\n", 431)
        self.assertEqual(self.served.send(head(CITY)[:-2] + b"x: y\r\n" * 63 + b"\r\n").status, 200)
        self.expect_counted("too-large", 1)

    def test_a_body_without_end_is_cut_off_at_its_limit_in_bounded_memory(self):
        self.serve_registry()
        before = self.served.memory()
        start = head(APPLICATIONS, "POST", transfer_encoding="chunked")
        with self.honest():
            for chunk in (b"1\r\nx\r\n" * 10_000, b"10000\r\n" + b"x" * 65536 + b"\r\n"):
                self.cut_off(start, chunk, 200 * MIB)
            self.cut_off(start + b"ffffffffffffff0\r\n", b"x" * 65536, 200 * MIB)
            self.cut_off(start + b"5;", b"x" * 65536, 200 * MIB)
            self.cut_off(start + b"0\r\n", b"X: y\r\n" * 10_000, 200 * MIB)
        self.expect_bounded_memory(before)
        refused = self.served.refused("too-large") + self.served.refused("malformed")
        self.assertEqual(refused, 5)

    def test_a_body_one_byte_over_its_limit_is_413(self):
        self.serve_registry()
        for body, status in ((b"x" * MOST_RECORD, 400), (b"x" * (MOST_RECORD + 1), 413)):
            self.assertEqual(self.served.post(APPLICATIONS, body).status, status)
            chunk = f"{len(body):x}\r\n".encode() + body + b"\r\n0\r\n\r\n"
            raw = head(APPLICATIONS, "POST", transfer_encoding="chunked") + chunk
            self.assertEqual(self.served.send(raw).status, status)
        self.expect_counted("too-large", 2)

    def test_a_compressed_body_is_415_and_never_inflated(self):
        self.serve_registry()
        bomb = gzip.compress(bytes(30 * MIB))
        before = self.served.memory()
        for coding in ("gzip", "GZIP", "x-gzip", "deflate", "br", "zstd", "identity, gzip",
                       "gzip "):
            with self.subTest(coding):
                self.refuse(message(APPLICATIONS, bomb[:30_000], content_encoding=coding), 415)
        self.expect_bounded_memory(before)
        self.expect_counted("too-large", 8)

    def test_a_compressed_transfer_is_refused(self):
        self.serve_registry()
        for coding in ("gzip, chunked", "gzip", "chunked, gzip", "deflate, chunked"):
            with self.subTest(coding):
                self.refuse(head(APPLICATIONS, "POST", transfer_encoding=coding) + b"0\r\n\r\n",
                            400, 501)
        self.expect_counted("malformed", 4)

    def test_overlapping_ranges_are_one_whole_reply(self):
        snapshot = self.serve_snapshot(MIB)
        for ranges in ("0-," * 1000 + "0-", "0-0", "-1", "5-1", "0-0,2-2", "0-9999999999999999999"):
            for target in (CITY, snapshot, "/ledger/tile/0/000"):
                with self.subTest(ranges=ranges[:20], target=target):
                    plain = self.served.request(target)
                    reply = self.served.request(target, range=f"bytes={ranges}", if_range='"x"')
                    self.assertEqual((reply.status, reply.media_type, reply["content-range"]),
                                     (200, plain.media_type, None))
                    self.assertEqual(reply.body, plain.body)

    def test_a_path_of_100_kilobytes_is_refused(self):
        self.serve()
        for target in ("/" + "A" * 100_000, CITY + "?" + "a=b&" * 25_000, "/" * 100_000):
            with self.served.connect() as connection:
                connection.send(head(target))
                self.assertIn(connection.reply().status, (414, 431))
                self.assertEqual(connection.rest(), b"")
        self.refuse(head("/" + "A" * 4096), 414)
        self.expect_counted("too-large", 4)


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
        with self.served.connect() as connection:
            connection.send(message(CITY, self.second))
            self.assertEqual(connection.reply().status, 413)
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
