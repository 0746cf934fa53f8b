"""What is handed to operators - units, example configuration, a proxy's, documents - says what the
program does. Each check is a function of a text, and is also tried on broken texts."""
import contextlib
import json
import pathlib
import re
import shutil
import socket
import ssl
import subprocess
import tomllib
import unittest

import cityid_process
from cityid_process import (DEADLINE, HOST, SHIJIAZHUANG, Connection, cityid, fetch, head,
                            metrics_port, running, toml, wait_until)

ROOT = pathlib.Path(__file__).resolve().parents[2]
ASSETS = ROOT / "assets"
CITY = f"/{SHIJIAZHUANG}"
LOCAL = "127.0.0.1:0"
SEARCHED = "/usr/sbin:/usr/bin:/sbin:/bin:/usr/local/sbin:/usr/local/bin"
CLIENT = "127.0.0.5"  # who asks through the proxy, which is 127.0.0.1
FORGED = "203.0.113.9"


def setUpModule():
    global DEMO, DIRECTORY, CERTIFICATE, KEY
    DEMO = unittest.enterModuleContext(cityid_process.demo())
    DIRECTORY = unittest.enterModuleContext(cityid_process.temporary_directory())
    CERTIFICATE, KEY = DIRECTORY / "tls.pem", DIRECTORY / "tls.key"
    made = cityid_process.run(
        tool("openssl"), "req", "-x509", "-newkey", "ec", "-pkeyopt",
        "ec_paramgen_curve:prime256v1", "-nodes", "-subj", "/CN=x",
        "-addext", f"subjectAltName=DNS:{HOST}", "-out", CERTIFICATE, "-keyout", KEY)
    assert made.status == 0, made


def tool(name):
    path = shutil.which(name, path=SEARCHED)
    assert path, f"{name} is not installed: ./dev deps test"
    return path


def read(path):
    return (ROOT / path).read_text(encoding="utf-8")


def replaced(text, *pairs):
    """With each first one of the pair, which must be there, replaced by the second."""
    for old, new in pairs:
        assert old in text, f"there is no {old!r} to replace"
        text = text.replace(old, str(new))
    return text


class DeploymentCase(cityid_process.Case):
    def setUp(self):
        super().setUp()
        self.directory = self.enterContext(cityid_process.temporary_directory())

    def expect_caught(self, check, text, *changes):
        """`check` holds for the text, and for none that has one of the changes."""
        check(text)
        for old, new in changes:
            with self.subTest(f"broken: {old!r} is {new!r}"):
                broken = replaced(text, (old, new))
                with self.assertRaises(AssertionError):
                    check(broken)


class Units(DeploymentCase):
    MOST = 2.0
    UNITS = {"cityid.service": "ExecStart=cityid serve ",
             "cityid-witness.service": "ExecStart=cityid witness "}

    def analyze(self, name, text, drop_in, *arguments):
        """What systemd-analyze says of these texts, with the program that is tested in them."""
        with cityid_process.temporary_directory() as directory:
            start = self.UNITS[name]
            (directory / name).write_text(replaced(
                text, (start, start.replace("cityid", cityid_process.program(), 1))))
            if drop_in:
                (directory / f"{name}.d").mkdir()
                (directory / f"{name}.d" / "ports-80-443.conf").write_text(drop_in)
            return cityid_process.run(tool("systemd-analyze"), *arguments, directory / name)

    def check_exposure(self, name, text, drop_in=""):
        said = self.analyze(name, text, drop_in, "security", "--offline=true", "--no-pager")
        level = re.search(rf"Overall exposure level for {re.escape(name)}: (\d+\.\d+) ", said.out)
        self.assertTrue(said.status == 0 and level, said)
        self.assertLessEqual(float(level[1]), self.MOST, said)

    def check_sound(self, name, text, drop_in=""):
        said = self.analyze(name, text, drop_in, "verify", "--man=no")
        self.assertEqual((said.status, said.out, said.err), (0, "", ""), said)

    def test_the_sandbox_leaves_little(self):
        for name in self.UNITS:
            self.expect_caught(lambda text, name=name: self.check_exposure(name, text),
                               read(f"assets/systemd/{name}"),
                               ("SystemCallFilter=", "#SystemCallFilter="),
                               ("Protect", "#Protect"), ("Restrict", "#Restrict"),
                               ("CapabilityBoundingSet=", "#CapabilityBoundingSet="))

    def test_the_ports_below_1024_cost_little_of_it(self):
        unit = read("assets/systemd/cityid.service")
        self.expect_caught(lambda text: self.check_exposure("cityid.service", unit, text),
                           read("assets/systemd/ports-80-443.conf"),
                           ("CapabilityBoundingSet=CAP_NET_BIND_SERVICE",
                            "CapabilityBoundingSet=~"),
                           ("PrivateUsers=no", "PrivateUsers=no\nSystemCallFilter="))

    def test_the_units_are_sound(self):
        for name, start in self.UNITS.items():
            self.expect_caught(lambda text, name=name: self.check_sound(name, text),
                               read(f"assets/systemd/{name}"),
                               ("ProtectSystem=", "ProtectSytem="),
                               ("WatchdogSec=60", "WatchdogSec=often"),
                               ("[Install]", "[Instal]"),
                               (start, f"ExecStart=/nowhere\nExecStart={start[10:]}"))
        unit = read("assets/systemd/cityid.service")
        self.expect_caught(lambda text: self.check_sound("cityid.service", unit, text),
                           read("assets/systemd/ports-80-443.conf"),
                           ("PrivateUsers=no", "PrivateUsers=perhaps"), ("[Service]", "[Servic]"))


def flags():
    """What `serve --help` says, in its order: the default of each flag but --config and --check;
    None where it says none."""
    # CLI11 2.4 writes a default as "UINT [0]", earlier ones as "UINT=0".
    text = re.sub(r"(TEXT|UINT) \[([^\]\s]*)\] ", r"\1=\2", cityid("serve", "--help").out)
    found = {}
    flag = re.compile(r"^  --([a-z-]+)(?: (TEXT|UINT)(?:=(\S+))?(?: +\.\.\.)?)?[ \n]+(.*)$",
                      re.MULTILINE)
    for name, kind, default, rest in flag.findall(text):
        in_words = re.search(r"\((\d\S+)\)$", rest)
        found[name] = default or (in_words and in_words[1]) or (None if kind else "false")
    del found["config"], found["check"]
    assert len(found) == len(re.findall(r"^  --", text, re.MULTILINE)) - 2 > 30, text
    return found


class Keys(DeploymentCase):
    EXAMPLE = "assets/config/serve.example.toml"
    KEY_LINE = re.compile(r"^(?:# )?([a-z-]+) = .*$", re.MULTILINE)

    def configured(self, text, commented_too=True, **values):
        """The example with other values; None: without this key."""
        def line(match):
            key = match[1].replace("-", "_")
            if match[0].startswith("# ") and not commented_too:
                return match[0]
            if key not in values:
                return match[0].removeprefix("# ")
            return "" if values[key] is None else f"{match[1]} = {toml(values[key])}"
        return self.KEY_LINE.sub(line, text)

    def check_example_keys(self, text):
        self.assertEqual(self.KEY_LINE.findall(text), list(flags()))
        stated = tomllib.loads(self.configured(text))
        for key, default in flags().items():
            value = stated[key]
            if key == "registry":  # an example: with `follow` it can't be
                self.assertIs(value, True)
            elif default is not None:
                self.assertEqual(value, [default] if isinstance(value, list) else
                                 default if isinstance(value, str) else json.loads(default), key)

    def test_the_example_has_every_key_in_the_order_of_the_help_and_its_defaults(self):
        self.expect_caught(self.check_example_keys, read(self.EXAMPLE),
                           ("# poll = 1000\n", ""), ("# held = 64", "# helt = 64"),
                           ("# cache = 64", "# cache = 64\n# more = 1"), ("keep = 60", "keep = 61"),
                           ("# soft-age = 3600\n# hard-age = 604800",
                            "# hard-age = 604800\n# soft-age = 3600"),
                           ('log-format = "text"', 'log-format = "json"'),
                           ("limit-loopback = false", "limit-loopback = true"),
                           ("127.0.0.1:8080", "127.0.0.1:8081"))

    @contextlib.contextmanager
    def serving(self, text):
        """Ports, in the order of their lines, and that of the metrics."""
        config = self.directory / "serve.toml"
        config.write_text(text)
        with running("serve", "--config", config) as served:
            served.wait_for("err", r"serving [^\n]* on http://127")
            count = text.count(LOCAL) - 1
            wait_until(lambda: len(re.findall("; stop with", served.text("err"))) == count, "all")
            yield ([int(port) for port in re.findall(r"//127\.0\.0\.1:(\d+);", served.text("err"))],
                   metrics_port(served))
            self.assertEqual(served.stop().status, 0)

    def expect_city(self, port, **options):
        with Connection(port, **options) as connection:
            connection.send(head(CITY))
            reply = connection.reply()
        self.assertEqual(reply.status, 200, reply)
        self.assertEqual(reply.json()["id"], SHIJIAZHUANG)

    def check_example_as_registry(self, text):
        with cityid_process.temporary_directory() as directory:
            ledger = directory / "ledger"
            ledger.mkdir()
            cityid_process.copy_ledger(DEMO.ledger, ledger)
            (directory / "passphrase").write_text("unused\n")
            (directory / "web").mkdir()
            (directory / "web" / "main.js").write_text("1;\n")
            witnesses = [str(DEMO.keys / f"institute-{x}.witness.key") for x in "abc"]
            with self.serving(self.configured(
                    text, ledger=str(ledger), listen=[LOCAL], listen_tls=[LOCAL],
                    listen_redirect=[LOCAL], tls_certificate=str(CERTIFICATE), tls_key=str(KEY),
                    metrics=LOCAL, log_key=[str(DEMO.keys / "log.key")], witness_key=witnesses,
                    witness=[], signed=f"{ledger}.signed", without=None,
                    passphrase_file=str(directory / "passphrase"),
                    snapshots=str(directory), robots=None, web=str(directory / "web"), follow=None,
                    trust=None)) as (ports, metrics):
                plain, tls, redirect = ports
                self.expect_city(plain)
                self.expect_city(tls, tls=ssl.create_default_context(cafile=CERTIFICATE))
                reply = fetch(redirect, CITY)
                self.assertEqual((reply.status, reply["location"]), (308, f"https://{HOST}{CITY}"))
                self.assertEqual(fetch(plain, "/registry/applications").status, 200)
                self.assertIn("/main.js", fetch(plain, "/scan").text)
                self.assertEqual(fetch(plain, CITY, host="other.example").status, 421)
                self.assertEqual(fetch(metrics, "/readyz").body, b"ready\n")

    def check_example_as_replica(self, text, commented_too):
        without = {key: None for key in ("registry", "log_key", "witness_key", "witness",
                                         "signed", "without", "robots", "web",
                                         "passphrase_file", "listen_tls", "listen_redirect",
                                         "tls_certificate", "tls_key")}
        with cityid_process.resolver(DEMO.ledger) as mirror, \
                cityid_process.temporary_directory() as directory:
            with self.serving(self.configured(
                    text, commented_too, ledger=str(directory / "replica"), listen=[LOCAL],
                    metrics=LOCAL, snapshots=str(directory), follow=[mirror.url],
                    trust=str(DEMO.directory / "trust.txt"), **without)) as (ports, metrics):
                wait_until(lambda: fetch(metrics, "/readyz").status == 200, "it followed")
                self.expect_city(ports[0])

    def test_the_example_serves_as_a_registry(self):
        self.expect_caught(self.check_example_as_registry, read(self.EXAMPLE),
                           ("client-burst = 1000", "client-burst = 0"),
                           ("# held = 64", "# held = \"\""),
                           ("registry = true", "registry = false"),
                           (f'name = ["{HOST}"]', 'name = ["b.example"]'))

    def test_the_example_serves_as_a_replica(self):
        for commented_too in (False, True):
            self.expect_caught(
                lambda text, all=commented_too: self.check_example_as_replica(text, all),
                read(self.EXAMPLE), ("proxy = [", 'proxy = ["x", '))

    @staticmethod
    def rows(text):
        """Key, default and words of each row of section 2."""
        section = text.split("## 2 ", 1)[1].split("\n## ", 1)[0]
        return re.findall(r"^\| `([a-z-]+)` \| ([^|]+) \| (.*) \|$", section, re.MULTILINE)

    def check_documented_keys(self, text):
        self.assertEqual([(key, default) for key, default, _ in self.rows(text)],
                         [(key, default or "none") for key, default in flags().items()])

    def test_the_document_has_every_key_in_the_order_of_the_help_and_its_defaults(self):
        text = read("docs/operations.md")
        rows = {key: f"| `{key}` | {default} | {words} |\n"
                for key, default, words in self.rows(text)}
        self.expect_caught(self.check_documented_keys, text,
                           ("| `held` | 64 ", "| `held` | 63 "),
                           ("| `held` | 64 ", "| `helt` | 64 "),
                           (rows["poll"], ""), (rows["poll"], 2 * rows["poll"]),
                           (rows["name"] + rows["proxy"], rows["proxy"] + rows["name"]),
                           ("| `registry` | false", "| `registry` | none"),
                           ("| `listen` | 127.0.0.1:8080", "| `listen` | none"))

    def check_zeros(self, text):
        """Zero is refused for just those numbers whose row says so."""
        numbers = re.findall(r"--([a-z-]+) UINT", cityid("serve", "--help").out)
        for key, _, words in self.rows(text):
            if key in numbers:
                said = cityid("serve", "--ledger", self.directory / "nothing", f"--{key}", "0")
                refused = f"{key} must be at least 1" in said.err
                self.assertEqual("At least 1" in words, refused, said)

    def test_the_document_says_what_may_not_be_zero(self):
        text = read("docs/operations.md")
        held = next(words for key, _, words in self.rows(text) if key == "held")
        self.expect_caught(self.check_zeros, text, (held, "MiB"),
                           ("| 1000 | Milliseconds", "| 1000 | At least 1: milliseconds"))


class Metrics(DeploymentCase):
    def setUp(self):
        super().setUp()
        with cityid_process.resolver(DEMO.ledger, metrics=True) as served:
            served.request(CITY)
            self.page = fetch(served.metrics, "/metrics").text

    def check(self, text):
        kinds = re.findall(r"^# TYPE (\S+) (\S+)$", self.page, re.MULTILINE)
        served = {name for name, _ in kinds}
        self.assertEqual(sorted(re.findall(r"^\| `(cityid_\w+)` \| (\w+) \|", text, re.MULTILINE)),
                         sorted(kinds))
        elsewhere = {"cityid_registry_waiting_seconds", "cityid_witness_refusals_total",
                     "cityid_inbox_unsupported_applications"}
        self.assertEqual(set(re.findall(r"\bcityid_\w+", text)) - served - elsewhere, set())
        table = text.split("| `reason` | |\n", 1)[1].split("\n\n", 1)[0]
        self.assertEqual(sorted(re.findall(r"^\| `([a-z-]+)` \|", table, re.MULTILINE)),
                         sorted(re.findall(r'reason="([a-z-]+)"', self.page)))
        for label, values in re.findall(r'cityid_\w+\{(\w+)=~?"([^"]+)"', text):
            known = set(re.findall(rf'{label}="([^"]+)"', self.page)) | {"5xx"}
            self.assertLessEqual(set(values.split("|")), known)

    def test_every_family_is_documented_and_every_documented_one_is_there(self):
        self.expect_caught(self.check, read("docs/operations.md"),
                           ("| `cityid_held_bytes` | gauge | Bytes", "| held | gauge | Bytes"),
                           ("| `cityid_held_bytes` | gauge", "| `cityid_held_bytes` | counter"),
                           ("| `cityid_held_bytes` |", "| `cityid_hold_bytes` |"),
                           ("expr: cityid_ledger_frozen", "expr: cityid_ledger_freezed"),
                           ("| `evicted` | an", "| `removed` | an"),
                           ("connections|evicted|", "connections|removed|"),
                           ("| `tls` | no handshake |\n", ""))


class ManPage(DeploymentCase):
    def check(self, text):
        subcommands = re.findall(r"^  ([a-z-]+) ", cityid("--help").out.split("Subcommands:")[1],
                                 re.MULTILINE)
        self.assertGreater(len(subcommands), 20)
        named = set()
        for line in re.findall(r"^\.TP\n(.*)$", text.replace("\\-", "-"), re.MULTILINE):
            firsts = (re.match(r"\\fB([a-z-]+)", part) for part in line.split(", "))
            named |= {first[1] for first in firsts if first}
        self.assertEqual(named, set(subcommands))

    def test_it_names_every_subcommand(self):
        self.expect_caught(self.check, read("docs/man/cityid.1"), ("\\fBscan\\fR", "\\fBscam\\fR"),
                           ("\\fBrevoke\\-codes\\fR, ", ""), ("\\fBapprove\\fR, ", ""),
                           (".TP\n\\fBscan", ".PP\n\\fBscan"))


class CommandLine(DeploymentCase):
    def test_a_word_that_is_no_command_is_named(self):
        for words in (("scna",), ("key", "nwe", "city.key"), ("ledger", "stats", "--json")):
            with self.subTest(words=words):
                finished = cityid(*words)
                self.assertEqual((finished.status, finished.out), (2, ""), finished)
                self.assertIn(f"'{words[0] if len(words) == 1 else words[1]}'", finished.err)

    def test_without_a_command_there_is_none_to_name(self):
        for words in ((), ("key",)):
            finished = cityid(*words)
            self.assertEqual(finished.status, 2, finished)
            self.assertIn("A subcommand is required", finished.err)


def free_port(address):
    with socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET) as probe:
        probe.bind((address, 0))
        return probe.getsockname()[1]


def second_address():
    """For lines that listen on IPv6: its loopback address where there is one."""
    with contextlib.suppress(OSError):
        free_port("::1")
        return "[::1]"
    return "127.0.0.3"


class Proxy(DeploymentCase):
    """nginx as assets/proxy/nginx.conf says, before a resolver as its comment says."""

    FILE = "assets/proxy/nginx.conf"

    @staticmethod
    def resolver_settings(text):
        """What the comment wants in serve.toml."""
        line = re.search(r"^# serve\.toml: (.*)$", text, re.MULTILINE)[1]
        return tomllib.loads("\n".join(re.findall(r"[a-z-]+ = \[[^\]]*\]", line)))

    def write(self, text, directory, upstream, plain, tls):
        other = second_address()
        text = replaced(
            text, ("server 127.0.0.1:8080;", f"server 127.0.0.1:{upstream};"),
            ("listen 80;", f"listen 127.0.0.1:{plain};"),
            ("listen [::]:80;", f"listen {other}:{plain};"),
            ("listen 443 ", f"listen 127.0.0.1:{tls} "),
            ("listen [::]:443 ", f"listen {other}:{tls} "),
            ("/etc/cityid/tls/fullchain.pem", CERTIFICATE), ("/etc/cityid/tls/key.pem", KEY))
        paths = "".join(f"{name}_temp_path {directory}/{name};\n"
                        for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
        file = directory / "nginx.conf"
        file.write_text(f"daemon off;\nmaster_process off;\npid {directory}/nginx.pid;\n"
                        f"error_log stderr;\nevents {{}}\nhttp {{\n{paths}{text}}}\n")
        return [tool("nginx"), "-e", "stderr", "-p", str(directory), "-c", str(file)]

    def check_syntax(self, text):
        with cityid_process.temporary_directory() as directory:
            said = cityid_process.run(*self.write(text, directory, 8080, free_port("127.0.0.1"),
                                                  free_port("127.0.0.1")), "-t")
            self.assertEqual(said.status, 0, said)
            self.assertIn("test is successful", said.err)

    def test_nginx_takes_it(self):
        self.expect_caught(self.check_syntax, read(self.FILE), ("keepalive 64;", "keepalive 64"),
                           ("limit_conn cityid_connections", "limit_conn other"),
                           ("proxy_http_version", "proxy_http_versoin"),
                           ("proxy_pass http://cityid;", "proxy_pass http://cityid:;"),
                           ("max_body_size 64k", "max_body_size 64x"))

    @contextlib.contextmanager
    def nginx(self, text, upstream):
        """Ports for HTTP and HTTPS; ended by its process id, whatever happens."""
        with cityid_process.temporary_directory() as directory, \
                open(directory / "said", "w+b") as said:
            ports = free_port("127.0.0.1"), free_port("127.0.0.1")
            with subprocess.Popen(self.write(text, directory, upstream, *ports),
                                  stdin=subprocess.DEVNULL, stdout=said, stderr=said) as process:
                def listens():
                    self.assertIsNone(process.poll(), (directory / "said").read_text())
                    with contextlib.suppress(OSError):
                        socket.create_connection(("127.0.0.1", ports[1]), DEADLINE).close()
                        return True
                try:
                    wait_until(listens, "nginx listens")
                    yield ports
                finally:
                    process.kill()

    @contextlib.contextmanager
    def resolver(self):
        settings = self.resolver_settings(read(self.FILE))
        self.assertEqual(settings["listen"], ["127.0.0.1:8080"])
        config = self.directory / "serve.toml"
        settings |= {"listen": [LOCAL], "ledger": str(DEMO.ledger)}
        config.write_text("".join(f"{key} = {toml(value)}\n" for key, value in settings.items()))
        with running("serve", "--config", config, "--log-requests", "--log-addresses") as served:
            yield served, int(served.wait_for("err", r"on http://127\.0\.0\.1:(\d+);")[1])

    def check_proxied(self, text, served, upstream):
        """A city can be asked for through it, and what the client says of its address is not
        believed."""
        context = ssl.create_default_context(cafile=CERTIFICATE)
        with self.nginx(text, upstream) as (plain, tls):
            before = len(served.text("err"))
            odd = "/%4DA.156.1301//x?lang=zh&n=%2F"
            with Connection(tls, source=CLIENT, tls=context) as connection:
                for target in (CITY, odd):
                    connection.send(head(target, x_forwarded_for=FORGED))
                    reply = connection.reply()
                    self.assertEqual(reply["strict-transport-security"], "max-age=63072000", reply)
                    if target == CITY:
                        self.assertEqual(reply.status, 200, reply)
                        self.assertEqual(reply.json(), fetch(upstream, CITY).json())
            found = wait_until(lambda: len(logged := re.findall(
                r"request method=GET target=(\S+) status=\d+ microseconds=\d+ address=(\S+)\n",
                served.text("err")[before:])) >= 3 and logged, "they are logged")
            self.assertEqual(found, [(CITY, CLIENT), (CITY, "127.0.0.1"), (odd, CLIENT)])
            reply = fetch(plain, odd)
            self.assertEqual((reply.status, reply["location"]), (308, f"https://{HOST}{odd}"))

    def test_a_city_is_asked_for_through_it_and_a_forged_address_is_not_believed(self):
        with self.resolver() as (served, upstream):
            # Who comes from a listed proxy is believed: it is nginx that does not pass it on.
            fetch(upstream, CITY, x_forwarded_for=FORGED)
            served.wait_for("err", f"address={re.escape(FORGED)}\n")
            self.expect_caught(
                lambda text: self.check_proxied(text, served, upstream), read(self.FILE),
                ("X-Forwarded-For $remote_addr", "X-Forwarded-For $http_x_forwarded_for"),
                ("    proxy_set_header X-Forwarded-For $remote_addr;\n", ""),
                ("    proxy_set_header Host $host;\n", ""),
                ("proxy_pass http://cityid;", "proxy_pass http://cityid/;"),
                ("https://$host$request_uri", "https://$host$uri"),
                ("add_header Strict-Transport-Security", "add_header Strict-Security"))


if __name__ == "__main__":
    cityid_process.main()
