"""What an operator does with `cityid serve`: configure, reload, stop, read its logs and metrics."""
import contextlib
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import stat
import time
import unittest
import unittest.mock

import cityid_process
import signed_code
from cityid_process import (HONEST, HOST, SHIJIAZHUANG, SLOW, cityid, fetch, head,
                            message, metrics_port, running, toml, wait_until)
from signed_code import Code, with_other_last_digit

CITY = f"/{SHIJIAZHUANG}"
APPLICATIONS = "/registry/applications"
MIB = 1 << 20
LOCAL = "127.0.0.1:0"


def setUpModule():
    global DEMO
    DEMO = unittest.enterModuleContext(cityid_process.demo())


def code_path(**claims):
    code = Code(SHIJIAZHUANG, signed_code.read_key(DEMO.code_key()), **claims)
    return f"/{code.subject}/{code.token()}"


class OperationsCase(cityid_process.Case):
    def setUp(self):
        super().setUp()
        self.directory = self.enterContext(cityid_process.temporary_directory())
        self.config = self.directory / "serve.toml"

    def copied_ledger(self):
        ledger = self.directory / "ledger"
        ledger.mkdir()
        shutil.copyfile(DEMO.ledger / "data.mdb", ledger / "data.mdb")
        return ledger

    def write(self, **settings):
        self.config.write_text("".join(f"{name.replace('_', '-')} = {toml(value)}\n"
                                       for name, value in settings.items()))

    def serve(self, *options, **more):
        self.served = self.enterContext(
            cityid_process.resolver(more.get("ledger", DEMO.ledger), *options, metrics=True))
        self.process = self.served.served
        return self.served

    def serve_config(self, *options, **settings):
        """With all that the file says, and flags."""
        self.write(**{"ledger": str(DEMO.ledger), "listen": [LOCAL], **settings})
        self.process = self.enterContext(running("serve", "--config", self.config, *options))
        port = int(self.process.wait_for("err", r"on http://127\.0\.0\.1:(\d+);")[1])
        self.served = cityid_process.Resolver(port, self.process)

    def lines(self):
        return self.process.text("err").splitlines()


def flags():
    """What `serve` can be told, by the words of its help: name and kind of value."""
    found = dict(re.findall(r"^  --([a-z-]+)(?: (TEXT|UINT)\S*(?: \.\.\.)?)?",
                            re.sub(r"(TEXT) \.\.\.", r"\1...", cityid("serve", "--help").out),
                            re.MULTILINE))
    del found["config"]
    lists = set(re.findall(r"^  --([a-z-]+) TEXT \.\.\.", cityid("serve", "--help").out,
                           re.MULTILINE))
    kinds = {"TEXT": str, "UINT": int, "": bool}
    return {name: list if name in lists else kinds[kind] for name, kind in found.items()}


class Configuration(OperationsCase):
    WRONG = {str: (1, True, ["x"]), int: ("1", True, 1.5, -1, 1 << 32, [1]),
             bool: ("true", 1, [True]), list: ("x", 1, [1], ["x", 1], True)}
    WANTED = {str: "a text in quotes", int: "a whole number", bool: "true or false",
              list: "a list of texts"}

    def expect_bad_config(self, *words, options=()):
        self.expect_refused(cityid("serve", "--config", self.config, *options), 2, *words)

    def values(self):
        """A value for each key, of a server that follows nobody."""
        (self.directory / "passphrase").write_text("unused\n")
        made = cityid_process.run(
            "openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=x",
            "-out", self.directory / "tls.pem", "-keyout", self.directory / "tls.key")
        self.assertEqual(made.status, 0, made)
        witnesses = [str(DEMO.keys / f"institute-{x}.witness.key") for x in "abc"]
        return {
            "ledger": str(self.copied_ledger()), "listen": [LOCAL], "listen-tls": [LOCAL, LOCAL],
            "listen-redirect": [LOCAL], "tls-certificate": str(self.directory / "tls.pem"),
            "tls-key": str(self.directory / "tls.key"), "name": [HOST, "id2.example.cn"],
            "proxy": ["10.0.0.0/8", "2001:db8::/32", "192.0.2.1"], "metrics": LOCAL, "threads": 2,
            "registry": True, "log-key": [str(DEMO.keys / "log.key")], "witness-key": witnesses,
            "witness": [], "passphrase-file": str(self.directory / "passphrase"),
            "snapshots": str(self.directory), "follow": [], "trust": "", "poll": 500,
            "soft-age": 1000, "hard-age": 2000, "keep": 30, "cache": 1, "head-time": 5,
            "body-time": 6, "idle-time": 7, "write-time": 8, "drain-time": 9, "connections": 100,
            "client-connections": 50, "client-requests": 40, "client-burst": 80, "held": 2,
            "limit-loopback": True, "log-format": "json", "log-requests": True,
            "log-addresses": True}

    def test_every_flag_is_a_key_of_the_file(self):
        values = self.values()
        self.assertEqual({name: type(value) for name, value in values.items()}, flags())
        self.write(**values)
        with running("serve", "--config", self.config) as served:
            served.wait_for("err", r"(?s)(serving [^\n]* on http[^\n]*.*){4}")
            port = int(served.wait_for("err", r" on http://127\.0\.0\.1:(\d+);")[1])
            reply = fetch(port, CITY)
            self.assertEqual(reply.status, 200)
            self.assertEqual(fetch(metrics_port(served), "/readyz").body, b"ready\n")
            self.assertLessEqual(int(reply["cache-control"].split("=")[1]), 30)
            wait_until(lambda: '"address":"127.0.0.1"' in served.text("err"), "it is logged")
            self.assertEqual(fetch(port, APPLICATIONS).status, 200)
            self.assertEqual(served.stop().status, 0)

    def test_every_key_of_a_server_that_follows(self):
        with running("serve", "--ledger", self.copied_ledger(), "--listen", LOCAL) as mirror:
            url = mirror.wait_for("err", r"on (http://\S+);")[1]
            trust = DEMO.directory / "trust.txt"
            self.write(ledger=str(self.directory / "replica"), listen=[LOCAL], follow=[url],
                       trust=str(trust), poll=100)
            with running("serve", "--config", self.config) as served:
                port = int(served.wait_for("err", r"on http://127\.0\.0\.1:(\d+);")[1])
                wait_until(lambda: fetch(port, CITY).status == 200, "it followed")

    def test_a_value_of_another_type_is_refused_with_file_line_and_what_to_write(self):
        for name, kind in flags().items():
            value = self.WRONG[kind][len(name) % len(self.WRONG[kind])]
            with self.subTest(name, value=value):
                self.config.write_text(f"# A comment\n\n{name} = {toml(value)}\n")
                self.expect_bad_config(f"{self.config}, line 3: {name} must be {self.WANTED[kind]}")

    def test_every_wrong_type_is_refused(self):
        for name, kind in (("metrics", str), ("keep", int), ("registry", bool), ("name", list)):
            for value in self.WRONG[kind]:
                with self.subTest(name, value=value):
                    self.config.write_text(f"{name} = {toml(value)}\n")
                    self.expect_bad_config(
                        f"{self.config}, line 1: {name} must be {self.WANTED[kind]}")

    def test_an_unknown_key_is_refused_with_those_that_there_are(self):
        for line, key in (("lisen = []", "lisen"), ("LISTEN = []", "LISTEN"), ("[serve]", "serve"),
                          ("config = \"x\"", "config"), ("log_key = []", "log_key"),
                          ("tls.key = \"x\"", "tls")):
            with self.subTest(line):
                self.config.write_text(f"keep = 1\n{line}\n")
                self.expect_bad_config(f"{self.config}, line 2: there is no key '{key}'", *flags())

    def test_what_is_no_toml_is_refused_with_file_and_line(self):
        for text, line in (("keep = \n", 1), ("keep = 1\nkeep\n", 2), ("keep = 1\nkeep = 2\n", 2),
                           ("\n\nname = [\"a\n", 3), ("keep = 1\nname = [\"a\", \"b\"", 2),
                           ("a = 'b\n", 1), ("keep = 01\n", 1), ("\n= 1\n", 2),
                           ("name = [\"\\x\"]\n", 1), ("keep: 1\n", 1)):
            with self.subTest(text):
                self.config.write_text(text)
                self.expect_bad_config(f"{self.config}, line {line}: ")

    def test_bytes_that_are_no_text_are_refused(self):
        for content in (b"name = [\"\xff\"]\n", b"\x00", b"keep = 1\n\x1b[2J = 2\n"):
            with self.subTest(content):
                self.config.write_bytes(content)
                self.expect_bad_config(self.config)

    def test_a_file_that_is_not_there_is_said(self):
        self.expect_refused(cityid("serve", "--config", self.config), 3, self.config)

    def test_what_does_not_fit_together_is_refused(self):
        base = {"ledger": str(DEMO.ledger), "listen": [LOCAL]}
        for settings, words in (({"listen": [LOCAL]}, ("ledger directory",)),
                                (base | {"log-format": "xml"}, ("log-format", "text or json")),
                                (base | {"soft-age": 10, "hard-age": 9}, ("hard-age", "soft-age")),
                                (base | {"listen": ["127.0.0.1"]}, ("ADDRESS:PORT",)),
                                (base | {"listen": ["localhost:0"]}, ("no IP address",)),
                                (base | {"listen": ["127.0.0.1:99999"]}, ("ADDRESS:PORT",)),
                                (base | {"proxy": ["10.0.0.1/8"]}, ("proxy", "10.0.0.1/8")),
                                (base | {"proxy": ["example.cn"]}, ("proxy", "example.cn")),
                                (base | {"name": ["a b"]}, ("name", "a b")),
                                (base | {"registry": True, "follow": ["x"]}, ("--follow",))):
            with self.subTest(settings):
                self.write(**settings)
                self.expect_bad_config(*words)

    def test_flags_count_more_than_the_file(self):
        self.serve_config("--keep", "9", "--name", "flag.example", "--log-requests",
                          keep=7, name=["file.example"], log_requests=False, soft_age=5000)
        reply = self.served.request(CITY, host="flag.example")
        self.assertEqual(reply.status, 200)
        self.assertIn(reply["cache-control"], ("public, max-age=9", "public, max-age=8"))
        self.assertEqual(self.served.request(CITY, host="file.example").status, 421)
        wait_until(lambda: "request" in self.process.text("err"), "a request in the log")

    def test_flags_count_more_even_if_they_say_what_is_the_default(self):
        self.serve_config("--keep", "60", keep=7)
        self.assertGreater(int(self.served.request(CITY)["cache-control"].split("=")[1]), 7)

    def test_without_a_flag_the_file_counts(self):
        self.serve_config(keep=7, name=["file.example"])
        reply = self.served.request(CITY, host="file.example")
        self.assertIn(reply["cache-control"], ("public, max-age=7", "public, max-age=6"))
        self.assertEqual(self.served.request(CITY).status, 421)


class Reloads(OperationsCase):
    def reload(self, **settings):
        if settings:
            self.write(**{"ledger": str(DEMO.ledger), "listen": [LOCAL], **settings})
        before = len(self.process.text("err"))
        self.process.process.send_signal(signal.SIGHUP)
        return wait_until(
            lambda: re.search(r"(not )?reloaded\b.*\n", self.process.text("err")[before:]),
            "it was told")[0]

    def status(self, **headers):
        return self.served.request(CITY, **headers).status

    def expect_soon(self, what, condition):
        wait_until(condition, what, 5 * SLOW)

    def test_names_limits_and_proxies_are_read_again(self):
        self.serve_config("--log-requests", "--log-addresses", name=[HOST])
        self.assertEqual(self.status(host="new.example"), 421)
        self.assertRegex(self.reload(name=["new.example"]), r"\Areloaded")
        self.expect_soon("the new name", lambda: self.status(host="new.example") == 200)
        self.expect_soon("the old one is gone", lambda: self.status() == 421)
        self.reload(name=[])
        self.expect_soon("any name", lambda: self.status(host="x") == 200)
        self.reload(proxy=["127.0.0.1"])
        self.expect_soon("the proxy is believed", lambda: self.status(
            x_forwarded_for="203.0.113.9") and "address=203.0.113.9" in self.process.text("err"))
        self.reload(limit_loopback=True, client_requests=1, client_burst=2)
        self.expect_soon("requests are limited", lambda: self.status() == 429)
        self.reload(limit_loopback=False)
        self.expect_soon("they are not", lambda: {self.status() for _ in range(9)} == {200})
        self.reload(limit_loopback=True, client_connections=1)

        def two():
            with self.served.connect() as first, contextlib.suppress(ConnectionError):
                first.send(head(CITY))
                if not first.take(1):
                    return False  # one before it is still counted
                with self.served.connect() as second:
                    return second.closed_within(1)
        self.expect_soon("connections are limited", two)

    def test_times_are_read_again_for_new_connections(self):
        self.serve_config(idle_time=600)
        with self.served.connect() as old:
            old.send(head(CITY))
            self.assertEqual(old.reply().status, 200)
            self.reload(idle_time=1)

            def new_ends():
                with self.served.connect() as new:
                    return new.closed_within(1 + 3 * SLOW)
            self.expect_soon("the new time", new_ends)
            old.send(head(CITY))
            self.assertEqual(old.reply().status, 200)

    def test_a_broken_file_is_said_and_all_stays_as_it_was(self):
        self.serve_config(name=[HOST])
        for text, word in (("keep = \n", "line 1"), ("lisen = 1\n", "lisen"),
                           ('name = ["a b"]\n', "a b"), ('proxy = ["x"]\n', "'x'"),
                           ("client-requests = 0\n", "at least")):
            with self.subTest(text):
                self.config.write_text(text)
                said = self.reload()
                self.assertRegex(said, r"\Anot reloaded, all stays as it was: ")
                self.assertIn(word, said)
                self.assertEqual((self.status(), self.status(host="x")), (200, 421))
        self.config.unlink()
        self.assertRegex(self.reload(), r"\Anot reloaded")
        self.assertEqual(self.status(), 200)
        self.assertRegex(self.reload(name=[HOST]), r"\Areloaded")

    def test_flags_count_more_afterwards_too(self):
        self.serve_config("--name", "flag.example", name=["file.example"])
        self.assertRegex(self.reload(name=["new.example"]), r"\Areloaded")
        for _ in range(8):
            self.assertEqual(self.status(host="flag.example"), 200)
            self.assertEqual(self.status(host="new.example"), 421)

    def test_without_a_file_it_goes_on(self):
        self.serve()
        self.reload()
        self.assertEqual(self.status(), 200)

    def test_nothing_is_lost_while_it_is_told_again_and_again(self):
        self.serve_config()
        with cityid_process.HonestClient(self.served.port) as honest:
            reloads = 0
            while reloads < 20 or len(honest.times) < 3:  # on a busy machine it asks less often
                self.assertLess(reloads, 1000)
                self.reload()
                reloads += 1


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


SAMPLE = re.compile(r'([a-z_]+)(?:\{((?:[a-z]+="(?:[^"\\\n]|\\["\\n])*",?)+)\})? (\S+)')


def parse(text):
    """The samples of a page in the text format 0.0.4, by family: [(name, labels, value)]. Refuses
    what is not in order."""
    families, kinds, order = {}, {}, []
    assert text.endswith("\n")
    for line in text.splitlines():
        if line.startswith("# HELP "):
            family = line.split(" ")[2]
            assert family not in families and len(line.split(" ", 3)[3]) > 5, line
            families[family] = []
            order.append(family)
        elif line.startswith("# TYPE "):
            _, _, family, kind = line.split(" ")
            assert family == order[-1] and family not in kinds and not families[family], line
            assert kind in ("counter", "gauge", "histogram"), line
            kinds[family] = kind
        else:
            match = SAMPLE.fullmatch(line)
            assert match, line
            labels = dict(re.findall(r'([a-z]+)="((?:[^"\\]|\\.)*)"', match[2] or ""))
            family = order[-1]
            endings = ("_bucket", "_sum", "_count") if kinds[family] == "histogram" else ("",)
            assert match[1] in [family + ending for ending in endings], line
            families[family].append((match[1], labels, float(match[3])))
    for family, samples in families.items():
        names = [(name, tuple(sorted(labels.items()))) for name, labels, _ in samples]
        assert len(set(names)) == len(names), family
        assert (kinds[family] == "counter") == family.endswith("_total"), family
        if kinds[family] == "counter":
            assert all(value >= 0 and value == int(value) for _, _, value in samples), family
        if kinds[family] == "histogram":
            check_histogram(family, samples)
    return families


def check_histogram(family, samples):
    series = {}
    for name, labels, value in samples:
        rest = tuple(sorted((k, v) for k, v in labels.items() if k != "le"))
        series.setdefault(rest, {"bucket": [], "sum": [], "count": []})[
            name.removeprefix(family + "_")].append((labels.get("le"), value))
    for parts in series.values():
        bounds = [float(le) for le, _ in parts["bucket"]]
        counts = [count for _, count in parts["bucket"]]
        assert bounds == sorted(set(bounds)) and bounds[-1] == float("inf"), bounds
        assert parts["bucket"][-1][0] == "+Inf" and counts == sorted(counts), parts
        assert parts["count"] == [(None, counts[-1])], parts
        assert len(parts["sum"]) == 1 and parts["sum"][0][1] >= 0, parts


class Metrics(OperationsCase):
    def families(self):
        reply = fetch(self.served.metrics, "/metrics")
        self.assertEqual((reply.status, reply["content-type"]),
                         (200, "text/plain; version=0.0.4; charset=utf-8"))
        return parse(reply.text)

    def counted(self, family):
        """By the values of its labels."""
        return {tuple(labels.values()): value for _, labels, value in self.families()[family]
                if value}

    def test_a_known_sequence_of_requests_is_counted_right(self):
        self.serve("--threads", "2")
        self.families()  # before anything
        code = code_path()
        tag = self.served.request(CITY)["etag"]
        for target, headers in ((CITY, {}), (CITY, {"accept": "text/html"}), (code, {}), (code, {}),
                                (with_other_last_digit(code), {}), ("/MA.156.0000", {}),
                                ("/nothing", {}), (code_path(issued=1, days=1), {}),
                                ("/healthz", {}), ("/readyz", {}), ("/a/b/c", {}), ("/a/b/c", {}),
                                ("/problems/forged", {}), ("/ledger/entry/0", {}),
                                ("/ledger/entry/99999999", {}), (CITY, {"accept": "image/png"}),
                                (CITY, {"if_none_match": tag})):
            if "if_none_match" in headers:
                with self.served.connect() as connection:
                    connection.send(head(target, **headers))
                    self.assertEqual(connection.reply(bodiless=True).status, 304)
            else:
                self.served.request(target, **headers)
        self.served.request(CITY, "HEAD")
        self.served.request(CITY, "POST")
        self.served.request(CITY, "OPTIONS")
        self.served.send(b"x\r\n\r\n")
        self.served.send(head("/" + "x" * 5000))
        self.served.send(head(CITY)[:-2] + b"Content-Length: 9\r\n\r\n")
        requests = self.counted("cityid_requests_total")
        self.assertEqual(requests, {
            ("GET", "/{id}", "2xx"): 4, ("GET", "/{id}", "3xx"): 1, ("GET", "/{id}", "4xx"): 3,
            ("GET", "/{id}/{token}", "2xx"): 2, ("GET", "/{id}/{token}", "4xx"): 2,
            ("GET", "/healthz", "2xx"): 1, ("GET", "/readyz", "2xx"): 1,
            ("GET", "/problems/{type}", "2xx"): 1, ("GET", "/ledger/entry/{index}", "2xx"): 1,
            ("GET", "/ledger/entry/{index}", "4xx"): 1, ("", "none", "4xx"): 3,
            ("", "none", "2xx"): 1})
        self.assertEqual(self.counted("cityid_verdicts_total"), {
            ("registered",): 5, ("valid",): 2, ("forged",): 1, ("unknown-id",): 1,
            ("malformed",): 1, ("expired",): 1})
        self.assertEqual(self.counted("cityid_refusals_total"),
                         {("malformed",): 1, ("too-large",): 2})
        connections = 18 + 3 + 3
        self.assertEqual(self.counted("cityid_connections_total"), {(): connections})
        durations = self.families()["cityid_request_duration_seconds"]
        self.assertEqual(sum(value for name, _, value in durations if name.endswith("_count")),
                         sum(requests.values()))
        wait_until(lambda: not self.counted("cityid_connections_open"), "all are closed")

    def test_what_is_asked_of_the_metrics_is_not_counted(self):
        self.serve()
        for _ in range(3):
            self.families()
        self.assertEqual(self.counted("cityid_requests_total"), {})
        self.assertEqual(self.counted("cityid_connections_total"), {})

    def test_every_verdict_and_every_reason_is_there_from_the_start(self):
        self.serve()
        families = self.families()
        self.assertEqual({labels["reason"] for _, labels, _ in families["cityid_refusals_total"]},
                         {"connections", "client-connections", "evicted", "rate", "timeout",
                          "malformed", "too-large", "host", "slow-reader", "tls"})
        verdicts = {labels["verdict"] for _, labels, _ in families["cityid_verdicts_total"]}
        self.assertLessEqual({"valid", "registered", "forged", "revoked", "ledger-stale"}, verdicts)
        for verdict in verdicts:
            self.assertEqual(self.served.request(f"/problems/{verdict}").status, 200)

    def test_the_ledger_is_told(self):
        self.serve()
        status = DEMO.status()
        values = {name: samples[0][2] for name, samples in self.families().items()
                  if name.startswith("cityid_ledger")}
        self.assertEqual(values["cityid_ledger_entries"], status["size"])
        self.assertEqual((values["cityid_ledger_readable"], values["cityid_ledger_stale"],
                          values["cityid_ledger_frozen"]), (1, 0, 0))
        self.assertLess(abs(time.time() - values["cityid_ledger_confirmed_timestamp_seconds"] -
                            values["cityid_ledger_age_seconds"]), 3)

    def test_metrics_are_on_their_own_listener_only_and_health_is_on_both(self):
        self.serve()
        self.assertIn(self.served.request("/metrics").status, (400, 404))
        self.assertNotIn("cityid_requests_total", self.served.request("/metrics").text)
        for port in (self.served.port, self.served.metrics):
            self.assertEqual(fetch(port, "/healthz").body, b"ok\n")
            self.assertEqual(fetch(port, "/readyz").body, b"ready\n")
            self.assertEqual(fetch(port, "/healthz")["cache-control"], "no-store")
        for target in (CITY, "/", "/metrics/", "/ledger/checkpoint", APPLICATIONS):
            self.assertEqual(fetch(self.served.metrics, target).status, 404, target)
        self.assertEqual(fetch(self.served.metrics, "/metrics", "HEAD").status, 200)
        self.assertEqual(fetch(self.served.metrics, "/metrics", "POST").status, 405)
        self.assertEqual(cityid_process.post(self.served.metrics, "/metrics", b"x").status, 413)

    def test_metrics_on_a_unix_socket_are_for_its_group_and_end_with_the_server(self):
        path = self.directory / "metrics.sock"
        with socket.socket(socket.AF_UNIX) as left:  # by a server that was killed
            left.bind(str(path))
        with running("serve", "--ledger", DEMO.ledger, "--listen", LOCAL,
                     "--metrics", f"unix:{path}") as served:
            served.wait_for("err", rf"metrics on http://unix:{path}:/metrics\n")
            self.assertEqual(stat.S_IMODE(path.stat().st_mode), 0o660)
            for target, words in (("/metrics", b"\ncityid_ledger_readable 1\n"),
                                  ("/healthz", b"ok\n"), ("/readyz", b"ready\n")):
                with socket.socket(socket.AF_UNIX) as asking:
                    asking.settimeout(cityid_process.DEADLINE)
                    asking.connect(str(path))
                    asking.sendall(head(target))
                    reply = b"".join(iter(lambda asking=asking: asking.recv(65536), b""))
                    self.assertTrue(reply.startswith(b"HTTP/1.1 200 "), reply)
                    self.assertIn(words, reply)
            self.expect_refused(cityid("serve", "--ledger", DEMO.ledger, "--listen", LOCAL,
                                       "--metrics", f"unix:{path}"), 3, "in use", str(path))
            self.assertEqual(served.stop().status, 0)
        self.assertFalse(path.exists())

    def test_metrics_are_for_this_machine_only(self):
        for address in ("0.0.0.0:0", "[::]:0", "192.0.2.1:9090"):
            self.expect_refused(cityid("serve", "--ledger", DEMO.ledger, "--listen", LOCAL,
                                       "--metrics", address), 2, address, "loopback", "unix:/PATH")

    def test_a_ledger_past_its_ages_is_told_and_not_ready_but_healthy(self):
        self.serve("--soft-age", "1", "--hard-age", "2")
        wait_until(lambda: fetch(self.served.metrics, "/readyz").status == 503, "it is too old")
        for port in (self.served.port, self.served.metrics):
            self.assertIn("hard age", fetch(port, "/readyz").text)
            self.assertEqual(fetch(port, "/healthz").status, 200)
        self.assertEqual(self.served.metric("cityid_ledger_stale"), 1)
        self.assertEqual(self.served.request(CITY).json()["verdict"], "ledger-stale")
        self.assertEqual(self.served.metric("cityid_verdicts_total", verdict="ledger-stale"), 1)


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
