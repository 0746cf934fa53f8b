"""Clients that are many, slow or send too much: an honest client is served meanwhile and afterwards. Attacks on
TLS: tls_test.py.
"""
import contextlib
import gzip
import selectors
import time

import attack_cases
import cityid_process
from attack_cases import APPLICATIONS, AttackCase, CITY, LATE, MIB
from cityid_process import head, message, wait_until

HEAD_TIME, BODY_TIME, WRITE_TIME = 1, 2, 1  # seconds that a server here gives
MOST_RECORD = 32 * 1024  # bytes of an application


def setUpModule():
    attack_cases.set_up()


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


if __name__ == "__main__":
    cityid_process.main()
