"""What an operator sees of `cityid serve`: how it stops, its logs, its supervision by systemd."""
import json
import os
import pathlib
import re
import signal
import socket
import time
import unittest.mock

import cityid_process
import operations_cases
from cityid_process import HONEST, SLOW, cityid, head, message, running, wait_until
from operations_cases import APPLICATIONS, CITY, LOCAL, OperationsCase

MIB = 1 << 20


def setUpModule():
    global DEMO
    DEMO = operations_cases.set_up()


class Stops(OperationsCase):
    def expect_ended(self, within):
        start = time.monotonic()
        self.process.process.wait(within)
        self.assertEqual(self.process.finished().status, 0, self.process.finished())
        return time.monotonic() - start

    def stop(self, number=signal.SIGTERM):
        """Returns when it takes no more connections."""
        self.process.process.send_signal(number)

        def refused():
            try:
                with self.served.connect() as connection:
                    return connection.closed_within(0.01)
            except ConnectionError:
                return True
        wait_until(refused, "no new connections", 5 * SLOW)

    def test_idle_connections_end_at_once(self):
        for number in (signal.SIGTERM, signal.SIGINT):
            self.serve("--drain-time", "60")
            fresh = [self.enterContext(self.served.connect()) for _ in range(10)]
            used = [self.enterContext(self.served.connect()) for _ in range(10)]
            for connection in used:
                connection.send(head(CITY))
                self.assertEqual(connection.reply().status, 200)
            wait_until(lambda: self.served.metric("cityid_connections_open") == 20, "all are there")
            self.process.process.send_signal(number)
            for connection in fresh + used:
                self.assertEqual(connection.rest(HONEST), b"")
            self.expect_ended(HONEST)

    def test_a_request_under_way_is_answered_and_idle_ones_do_not_wait_for_it(self):
        self.serve("--registry", "--drain-time", "60", ledger=self.copied_ledger())
        with self.served.connect() as idle, self.served.connect() as body, \
                self.served.connect() as half:
            raw = message(APPLICATIONS, b"x" * 1000)
            body.send(raw[:-500])
            half.send(head(CITY)[:-5])
            # The server has them when it has served somebody who came later.
            wait_until(lambda: self.served.metric("cityid_connections_open") == 3, "all are there")
            self.wait_for_bytes_read()
            self.stop()
            self.assertEqual(idle.rest(HONEST), b"")
            self.assertIsNone(self.process.process.poll())
            body.send(raw[-500:])
            reply = body.reply()
            self.assertEqual((reply.status, reply["connection"]), (400, "close"))
            self.assertEqual(body.rest(), b"")
            self.assertIsNone(self.process.process.poll())
            half.send(head(CITY)[-5:] + head(CITY))
            reply = half.reply()
            self.assertEqual((reply.status, reply["connection"]), (200, "close"))
            self.assertEqual(half.rest(), b"")
            self.expect_ended(5 * SLOW)

    def wait_for_bytes_read(self):
        """Until no socket of the server has bytes that it has not read."""
        def unread():
            table = pathlib.Path("/proc/net/tcp").read_text().splitlines()[1:]
            local = f"0100007F:{self.served.port:04X}"
            return [line for line in table
                    if line.split()[1] == local and line.split()[3] == "01"
                    and not line.split()[4].endswith(":00000000")]
        wait_until(lambda: not unread(), "all is read")

    def test_a_large_reply_under_way_is_finished(self):
        content = os.urandom(32 * MIB)
        (self.directory / "1").write_bytes(content)
        self.serve("--snapshots", self.directory, "--drain-time", "60")
        with self.served.connect() as connection:
            connection.send(head("/ledger/snapshot/1"))
            taken = bytearray(connection.take(MIB))
            self.stop()
            while piece := connection.take(MIB):
                taken += piece
        self.assertTrue(taken.endswith(content[-MIB:]))
        self.assertEqual(taken.split(b"\r\n\r\n", 1)[1], content)
        self.expect_ended(5 * SLOW)

    def test_who_does_not_end_is_ended_when_the_time_is_over(self):
        (self.directory / "1").write_bytes(bytes(32 * MIB))
        self.serve("--registry", "--snapshots", self.directory, "--drain-time", "1",
                   ledger=self.copied_ledger())
        with self.served.connect() as reader, self.served.connect() as writer:
            reader.send(head("/ledger/snapshot/1"))
            writer.send(message(APPLICATIONS, b"x" * 1000)[:-1])
            self.assertTrue(reader.take(1))
            self.wait_for_bytes_read()
            start = time.monotonic()
            self.process.process.send_signal(signal.SIGTERM)
            self.expect_ended(1 + 2 * SLOW)
            self.assertGreater(time.monotonic() - start, 0.5)
            self.assertEqual(writer.rest(HONEST), b"")

    def test_it_can_start_again_at_once_on_the_same_port(self):
        self.serve()
        port = self.served.port
        for _ in range(3):
            with self.served.connect() as connection:
                connection.send(head(CITY))
                self.assertEqual(connection.reply().status, 200)
                self.assertEqual(self.process.stop().status, 0)
            self.process = self.enterContext(
                running("serve", "--ledger", DEMO.ledger, "--listen", f"127.0.0.1:{port}"))
            self.process.wait_for("err", f"on http://127.0.0.1:{port};")
            self.served = cityid_process.Resolver(port, self.process)

    def test_two_can_not_have_the_same_port(self):
        self.serve()
        self.expect_refused(cityid("serve", "--ledger", DEMO.ledger, "--listen",
                                   f"127.0.0.1:{self.served.port}"), 3, "in use", "--listen")


class Logs(OperationsCase):
    def request_lines(self, count):
        """The lines of so many requests."""
        def look():
            lines = self.process.raw("err").split(b"\n")[:-1]
            found = [line for line in lines if b"request" in line]
            return found if len(found) >= count else None
        found = wait_until(look, f"{count} requests in the log")
        self.assertEqual(len(found), count)
        return found

    def test_requests_are_not_logged_unless_that_is_wanted(self):
        self.serve("--log-addresses")
        before = self.lines()
        for target in (CITY, "/nothing", "/a/b/c"):
            self.served.request(target)
        self.served.send(b"x\r\n\r\n")
        self.assertEqual(self.process.stop().status, 0)
        self.assertEqual(self.lines(), before)

    def test_text_logs_say_no_address_unless_that_is_wanted(self):
        for options, pattern in (
                ((), r"\Acityid: request method=GET target=(\S+) status=(\d+) "
                     r"microseconds=\d+\Z"),
                (("--log-addresses",), r"\Acityid: request method=GET target=(\S+) status=(\d+) "
                                       r"microseconds=\d+ address=127\.0\.0\.1\Z")):
            self.serve("--log-requests", *options)
            asked = [(CITY, 200), ("/nothing", 400), ("/a/b/c", 404), (f"{CITY}?lang=zh", 200)]
            for target, _ in asked:
                self.served.request(target, x_forwarded_for="203.0.113.9", user_agent="spy/1.0")
            found = [re.search(pattern, line.decode()) for line in self.request_lines(4)]
            self.assertTrue(all(found), self.lines())
            self.assertEqual([(match[1], int(match[2])) for match in found], asked)

    def test_json_logs_are_one_object_a_line(self):
        self.serve_config("--metrics", LOCAL, log_format="json", log_requests=True)
        targets = [CITY, '/"', "/\\", '/"},{"x":"', "/\\u0000", "/%22%00", "/'", "/\xff",
                   "/\xc2\x85", "/{}", "/%s%n%d{}", f"{CITY}?\"=\\"]
        for target in targets:
            self.served.request(target)
        self.process.process.send_signal(signal.SIGHUP)
        self.process.wait_for("err", "reloaded")
        self.assertEqual(self.process.stop().status, 0)
        entries = [json.loads(line) for line in self.lines()]
        for entry in entries:
            self.assertRegex(entry["time"], r"\A\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z\Z")
            self.assertIn(entry["level"], ("info", "error"))
            self.assertTrue(entry["message"])
        found = [entry for entry in entries if entry["message"] == "request"]
        self.assertEqual([set(entry) for entry in found],
                         [{"time", "level", "message", "method", "target", "status",
                           "microseconds"}] * len(targets))
        self.assertEqual([entry["target"] for entry in found],
                         [re.sub(r"[^ -~]", "?", target) for target in targets])
        for entry in found:
            self.assertEqual((type(entry["status"]), type(entry["microseconds"])), (int, int))

    def test_json_logs_say_the_address_if_that_is_wanted(self):
        self.serve_config(log_format="json", log_requests=True, log_addresses=True)
        self.served.request(CITY)
        self.assertEqual(json.loads(self.request_lines(1)[0])["address"], "127.0.0.1")

    def test_no_control_character_and_no_broken_text_of_a_client_reaches_the_log(self):
        raws = [b"\x9b31m", b"\xc2\x9b31m", b"\xc2\x85", b"\x85", b"\xff", b"\xe2\x80\xa8",
                b"\xe2\x80\xae", b"\xed\xa0\x80", b"%1b[31m", b"%0a", b"\\x1b", b"\xef\xbb\xbf"]
        for form in ("text", "json"):
            with self.subTest(form):
                self.serve("--log-requests", "--log-addresses", "--log-format", form, "--proxy",
                           "127.0.0.1")
                for raw in raws:
                    with self.served.connect() as connection:
                        connection.send(b"GET /" + raw + b" HTTP/1.1\r\nHost: x\r\n"
                                        b"X-Forwarded-For: " + raw + b"\r\n\r\n")
                        connection.reply()
                for line in self.request_lines(len(raws)):
                    self.assertRegex(line, rb"\A[ -~]+\Z")


class Supervision(OperationsCase):
    """What a service manager is told (sd_notify)."""

    def setUp(self):
        super().setUp()
        self.manager = self.enterContext(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM))
        self.manager.settimeout(cityid_process.DEADLINE)
        self.manager.bind(str(self.directory / "notify"))
        self.enterContext(unittest.mock.patch.dict(
            os.environ, NOTIFY_SOCKET=str(self.directory / "notify")))

    def told(self):
        """The next thing that is not a sign of life."""
        while True:
            lines = self.manager.recv(4096).decode().splitlines()
            if lines != ["WATCHDOG=1"]:
                return lines[0]

    def test_ready_reloading_ready_stopping(self):
        self.serve_config()
        self.assertEqual(self.told(), "READY=1")
        self.assertEqual(self.served.request(CITY).status, 200)
        for broken in (False, True):
            if broken:
                self.config.write_text("lisen = 1\n")
            self.process.process.send_signal(signal.SIGHUP)
            self.assertEqual((self.told(), self.told()), ("RELOADING=1", "READY=1"))
        with self.served.connect() as half:
            half.send(head(CITY)[:-2])
            self.process.process.send_signal(signal.SIGTERM)
            self.assertEqual(self.told(), "STOPPING=1")
        self.process.process.wait(cityid_process.DEADLINE)
        self.assertEqual(self.process.finished().status, 0)

    def test_signs_of_life(self):
        self.serve()
        found = [self.manager.recv(4096) for _ in range(3)]
        self.assertEqual(found, [b"READY=1", b"WATCHDOG=1", b"WATCHDOG=1"])

    def test_nothing_is_told_before_it_can_serve(self):
        with self.serve_nothing() as process:
            process.process.wait(cityid_process.DEADLINE)
            self.assertEqual(process.finished().status, 2)
        self.manager.setblocking(False)
        with self.assertRaises(BlockingIOError):
            self.manager.recv(4096)

    def serve_nothing(self):
        return running("serve", "--ledger", DEMO.ledger, "--listen", "nowhere:1")


if __name__ == "__main__":
    cityid_process.main()
