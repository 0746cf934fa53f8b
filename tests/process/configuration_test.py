"""What `cityid serve` is told by flags and files, and what a reload takes over."""
import contextlib
import datetime
import re
import signal
import urllib.robotparser

import cityid_process
import operations_cases
from cityid_process import HOST, SLOW, cityid, fetch, head, metrics_port, running, toml, wait_until
from operations_cases import APPLICATIONS, CITY, LOCAL, OperationsCase


def setUpModule():
    global DEMO
    DEMO = operations_cases.set_up()


def flags():
    """What `serve` can be told, by the words of its help: name and kind of value."""
    found = dict(re.findall(r"^  --([a-z-]+)(?: (TEXT|UINT)\S*(?: \.\.\.)?)?",
                            re.sub(r"(TEXT) \.\.\.", r"\1...", cityid("serve", "--help").out),
                            re.MULTILINE))
    del found["config"], found["check"]
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
        (self.directory / "robots.txt").write_text("User-agent: *\nDisallow: /\n")
        made = cityid_process.run(
            "openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=x",
            "-out", self.directory / "tls.pem", "-keyout", self.directory / "tls.key")
        self.assertEqual(made.status, 0, made)
        witnesses = [str(DEMO.keys / f"institute-{x}.witness.key") for x in "abc"]
        ledger = self.copied_ledger()
        web = self.directory / "web"
        web.mkdir(exist_ok=True)
        (web / "main.js").write_text("1;\n")
        return {
            "ledger": str(ledger), "map-size": 65,
            "listen": [LOCAL], "listen-tls": [LOCAL, LOCAL],
            "listen-redirect": [LOCAL], "tls-certificate": str(self.directory / "tls.pem"),
            "tls-key": str(self.directory / "tls.key"), "name": [HOST, "id2.example.cn"],
            "proxy": ["10.0.0.0/8", "2001:db8::/32", "192.0.2.1"], "metrics": LOCAL, "threads": 2,
            "registry": True, "log-key": [str(DEMO.keys / "log.key")], "witness-key": witnesses,
            "witness": [], "signed": f"{ledger}.signed", "without": [], "passphrase-file": str(self.directory / "passphrase"),
            "snapshots": str(self.directory), "robots": str(self.directory / "robots.txt"),
            "security-contact": ["mailto:a@city.example"], "security-language": ["en", "zh-Hans"],
            "pictures": 1, "web": str(web), "follow": [], "trust": "", "poll": 500,
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
            self.assertEqual(fetch(port, "/robots.txt").text, "User-agent: *\nDisallow: /\n")
            self.check_security(fetch(port, "/.well-known/security.txt"))
            self.assertEqual(served.stop().status, 0)

    def check_security(self, reply):
        self.assertEqual((reply.status, reply["content-type"]), (200, "text/plain; charset=utf-8"))
        fields = [line.split(": ", 1) for line in reply.text.splitlines()]
        self.assertEqual([fields[0], *fields[2:]], [
            ["Contact", "mailto:a@city.example"], ["Preferred-Languages", "en, zh-Hans"],
            ["Canonical", f"https://{HOST}/.well-known/security.txt"]])
        expires = datetime.datetime.fromisoformat(fields[1][1].replace("Z", "+00:00"))
        left = expires - datetime.datetime.now(datetime.timezone.utc)
        self.assertEqual(fields[1][0], "Expires")
        self.assertTrue(datetime.timedelta(days=30) < left < datetime.timedelta(days=365), left)

    def test_without_a_contact_there_is_no_security_txt_and_crawlers_have_rules(self):
        with running("serve", "--ledger", self.copied_ledger(), "--listen", LOCAL) as served:
            port = int(served.wait_for("err", r" on http://127\.0\.0\.1:(\d+);")[1])
            self.assertEqual(fetch(port, "/.well-known/security.txt").status, 404)
            rules = fetch(port, "/robots.txt")
            self.assertEqual((rules.status, rules.media_type), (200, "text/plain"))
            closed = urllib.robotparser.RobotFileParser()
            closed.parse(rules.text.splitlines())
            for target, may in ((CITY, True), ("/", True), (f"{CITY}/children", True),
                                ("/search?q=a", False), (APPLICATIONS, False)):
                self.assertEqual(closed.can_fetch("x", f"https://{HOST}{target}"), may, target)

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
                                (base | {"security-contact": ["a@city.example"]}, ("mailto:",)),
                                (base | {"security-contact": ["mailto:a\nExpires: 1"]}, ("mailto:",)),
                                (base | {"security-language": ["en, zh"]}, ("language tag",)),
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


if __name__ == "__main__":
    cityid_process.main()
