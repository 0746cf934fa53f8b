"""HTTPS: versions, certificates that change while it runs, clients that stop half-way."""
import contextlib
import hashlib
import random
import re
import signal
import ssl
import threading
import time
import unittest

import cityid_process
from cityid_process import (HOST, SHIJIAZHUANG, SLOW, Connection, HonestClient, cityid, head, run,
                            running, wait_until)

CITY = f"/{SHIJIAZHUANG}"
LATE = 3 * SLOW  # seconds after its deadline in which a client must be gone
MIB = 1 << 20
# What a browser of 2015 sent first: no forward secrecy, or no authenticated encryption.
WEAK = ("AES128-SHA", "AES256-SHA", "AES128-GCM-SHA256", "AES256-GCM-SHA384", "AES128-SHA256",
        "ECDHE-RSA-AES128-SHA", "ECDHE-RSA-AES256-SHA", "ECDHE-RSA-AES128-SHA256",
        "ECDHE-RSA-AES256-SHA384", "DHE-RSA-AES128-GCM-SHA256", "DHE-RSA-AES256-SHA")
STRONG = ("ECDHE-RSA-AES128-GCM-SHA256", "ECDHE-RSA-AES256-GCM-SHA384",
          "ECDHE-RSA-CHACHA20-POLY1305")


class Certificate:
    """A self-signed certificate and its key."""

    def __init__(self, directory, name, *kind):
        self.file, self.key = directory / f"{name}.pem", directory / f"{name}.key"
        made = run("openssl", "req", "-x509", "-newkey", *(kind or ("rsa:2048",)), "-nodes", "-days", "2",
                   "-subj", f"/CN={name}", "-addext", f"subjectAltName=DNS:{HOST}",
                   "-out", self.file, "-keyout", self.key)
        if made.status != 0:
            raise AssertionError(f"no certificate: {made}")
        self.der = ssl.PEM_cert_to_DER_cert(self.file.read_text())

    def trusted(self, **settings):
        """What a client needs that trusts this certificate."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.load_verify_locations(self.file)
        for name, value in settings.items():
            setattr(context, name, value)
        return context


def setUpModule():
    global DEMO, FIRST, SECOND, ELLIPTIC
    DEMO = unittest.enterModuleContext(cityid_process.demo())
    directory = unittest.enterModuleContext(cityid_process.temporary_directory())
    FIRST, SECOND = Certificate(directory, "first"), Certificate(directory, "second")
    ELLIPTIC = Certificate(directory, "elliptic", "ec", "-pkeyopt", "ec_paramgen_curve:P-256")


def anybody(version=None, ciphers=None):
    """A client that believes any certificate and knows old protocols."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.set_ciphers((ciphers or "ALL") + ":@SECLEVEL=0")
    if version:
        context.minimum_version = context.maximum_version = version
    return context


class TlsCase(cityid_process.Case):
    def setUp(self):
        super().setUp()
        self.directory = self.enterContext(cityid_process.temporary_directory())
        self.config = self.directory / "serve.toml"
        self.settings = {"ledger": str(DEMO.ledger), "listen": ["127.0.0.1:0"],
                         "listen-tls": ["127.0.0.1:0"], "metrics": "127.0.0.1:0"}
        self.use(FIRST)

    def use(self, certificate):
        """Puts it where the server reads it."""
        for name, file in (("tls-certificate", certificate.file), ("tls-key", certificate.key)):
            path = self.directory / name
            path.write_bytes(file.read_bytes())
            self.settings[name] = str(path)

    def write_config(self):
        self.config.write_text("".join(
            f"{name} = {cityid_process.toml(value)}\n" for name, value in self.settings.items()))

    def serve(self, *options, name=HOST, **settings):
        """Plain, TLS and, with a name, redirecting."""
        if name:
            self.settings |= {"name": [name], "listen-redirect": ["127.0.0.1:0"]}
        self.settings |= {key.replace("_", "-"): value for key, value in settings.items()}
        self.write_config()
        self.served = self.enterContext(running("serve", "--config", self.config, *options))
        kinds = ("plain", "tls", "redirect") if name else ("plain", "tls")
        last = r"(?s)" + r"serving [^\n]* on (https?)://127\.0\.0\.1:(\d+);.*" * len(kinds)
        ports = self.served.wait_for("err", last).groups()[1::2]
        self.port = dict(zip(kinds, map(int, ports)))
        self.plain = cityid_process.Resolver(self.port["plain"], self.served,
                                             cityid_process.metrics_port(self.served))

    def serve_snapshot(self, content, **settings):
        (self.directory / "1").write_bytes(content)
        self.serve(snapshots=str(self.directory), **settings)
        return "/ledger/snapshot/1"

    def connect(self, tls=None):
        return Connection(self.port["tls"], tls=tls or FIRST.trusted())

    def get(self, target=CITY, method="GET", tls=None, **headers):
        with self.connect(tls) as connection:
            connection.send(head(target, method, **headers))
            return connection.reply(bodiless=method == "HEAD")

    def reload(self):
        """Tells it to read its files again, and what it said then."""
        before = len(self.served.text("err"))
        self.served.process.send_signal(signal.SIGHUP)
        return wait_until(
            lambda: re.search(r"(not )?reloaded\b.*\n", self.served.text("err")[before:]),
            "it was told")[0]

    def expect_served(self, tls=None):
        self.assertEqual(self.get(tls=tls).json()["verdict"], "registered")
        self.assertEqual(self.plain.request(CITY).status, 200)

    def expect_counted(self, times):
        wait_until(lambda: self.plain.refused("tls") >= times, f"{times} refusals", LATE)
        self.assertEqual(self.plain.refused("tls"), times)


class Handshakes(TlsCase):
    def test_tls_1_2_and_1_3_are_spoken(self):
        self.serve()
        for version, name in ((ssl.TLSVersion.TLSv1_2, "TLSv1.2"),
                              (ssl.TLSVersion.TLSv1_3, "TLSv1.3")):
            tls = FIRST.trusted(minimum_version=version, maximum_version=version)
            with self.connect(tls) as connection:
                self.assertEqual(connection.socket.version(), name)
                connection.send(head(CITY) * 3)
                self.assertEqual([connection.reply().status for _ in range(3)], [200] * 3)
        self.expect_counted(0)

    def test_older_versions_are_refused_by_the_server(self):
        self.serve()
        for version in (ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1):
            with self.subTest(version), \
                    self.assertRaisesRegex(ssl.SSLError, "ALERT_PROTOCOL_VERSION"):
                self.connect(anybody(version))
        self.expect_counted(2)
        self.expect_served()

    def test_weak_ciphers_are_refused_by_the_server_and_strong_ones_are_not(self):
        self.serve()
        for cipher in STRONG:
            with self.connect(anybody(ssl.TLSVersion.TLSv1_2, cipher)) as connection:
                self.assertEqual(connection.socket.cipher()[0], cipher)
        for cipher in WEAK:
            with self.subTest(cipher), \
                    self.assertRaisesRegex(ssl.SSLError, "ALERT_HANDSHAKE_FAILURE"):
                self.connect(anybody(ssl.TLSVersion.TLSv1_2, cipher))
        self.expect_counted(len(WEAK))

    def test_a_client_can_not_negotiate_again(self):
        self.serve(head_time=1, idle_time=1)
        done = run("/bin/sh", "-c", 'echo R | openssl s_client -tls1_2 -connect "$0"',
                   f"127.0.0.1:{self.port['tls']}", timeout=30 * SLOW)
        self.assertIn("Secure Renegotiation IS supported", done.out, done)  # or it would not try
        self.assertRegex(done.err, r"RENEGOTIATING\n.*\bno renegotiation\b", done)
        self.expect_served()

    def test_clients_that_stop_in_the_handshake_are_gone_at_its_deadline(self):
        self.serve(head_time=1, idle_time=600)
        hello = client_hello()
        start = time.monotonic()
        with HonestClient(self.port["tls"], tls=FIRST.trusted()), contextlib.ExitStack() as stack:
            clients = [stack.enter_context(Connection(self.port["tls"])) for _ in range(40)]
            for i, connection in enumerate(clients):
                # Nothing, a part, and all of it without an answer to what the server said.
                connection.send(hello[:len(hello) * (i % 5) // 4])
            for connection in clients:
                connection.rest(1 + LATE)
                self.assertLess(time.monotonic() - start, 1 + LATE)
            self.assertGreater(time.monotonic() - start, 0.5)
        self.expect_counted(40)

    def test_a_handshake_that_drips_is_gone_at_its_deadline(self):
        self.serve(head_time=1, idle_time=600)
        start = time.monotonic()
        with Connection(self.port["tls"]) as connection:
            for byte in client_hello():
                with contextlib.suppress(ConnectionError):
                    connection.send(bytes([byte]))
                if connection.closed_within(0.1):
                    break
            else:
                self.fail("all of it was taken")
            self.assertLess(time.monotonic() - start, 1 + LATE)
        self.expect_counted(1)

    def test_plain_http_on_the_port_of_tls_is_refused_and_never_answered(self):
        self.serve(head_time=1)
        raws = (head(CITY), b"\r\n", b"\x16\x03\x01\xff\xff" + b"x" * 100, b"\x80\x2e\x01\x00\x02")
        for raw in raws:
            with Connection(self.port["tls"]) as connection:
                connection.send(raw)
                said = connection.rest(1 + LATE)
                self.assertNotIn(b"HTTP/", said)
                self.assertLess(len(said), 20)  # an alert, if anything
        self.expect_counted(len(raws))
        self.expect_served()

    def test_tls_on_the_port_of_plain_http_is_refused(self):
        self.serve(head_time=1)
        with self.assertRaises((ssl.SSLError, ConnectionError)):
            Connection(self.port["plain"], tls=FIRST.trusted())
        self.expect_served()

    def test_deadlines_hold_behind_the_handshake(self):
        self.serve(head_time=1, idle_time=1)
        for raw in (b"", head(CITY)[:30]):
            start = time.monotonic()
            with self.connect() as connection:
                connection.send(raw)
                self.assertEqual(connection.rest(1 + LATE), b"")
            self.assertGreater(time.monotonic() - start, 0.5)
        self.assertEqual(self.plain.refused("timeout"), 1)


def client_hello():
    """The first bytes of a handshake."""
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = FIRST.trusted().wrap_bio(incoming, outgoing, server_hostname=HOST)
    with contextlib.suppress(ssl.SSLWantReadError):
        client.do_handshake()
    return outgoing.read()


class Redirects(TlsCase):
    def ask(self, target, method="GET", **headers):
        return cityid_process.fetch(self.port["redirect"], target, method, **headers)

    def test_whoever_comes_in_the_clear_is_sent_to_the_same_path_of_the_first_name(self):
        self.serve()
        for target in (CITY, f"{CITY}?lang=zh&x=%20", "/", "//evil.example/", "/a/b/c",
                       "/healthz", f"{CITY}/{'1' * 100}"):
            for method in ("GET", "HEAD", "POST"):
                with self.subTest(target=target[:30], method=method):
                    reply = self.ask(target, method)
                    self.assertEqual((reply.status, reply["location"]),
                                     (308, f"https://{HOST}{target}"))
                    self.assertIsNone(reply["strict-transport-security"])

    def test_the_name_is_the_servers_and_not_what_the_client_wrote(self):
        self.serve()
        for host in (HOST.upper(), f"{HOST}:8080", f"{HOST}:"):
            self.assertEqual(self.ask(CITY, host=host)["location"], f"https://{HOST}{CITY}")

    def test_pictures_are_not_taken_there_and_take_nobodys_place(self):
        self.serve("--limit-loopback")
        content = DEMO.png().read_bytes()
        with contextlib.ExitStack() as stack:
            for size in (len(content), 5 << 20):
                for _ in range(5):
                    slow = stack.enter_context(Connection(self.port["redirect"]))
                    slow.send(head("/verify", "POST", content_type="image/png", content_length=size))
                    reply = slow.reply()
                    self.assertEqual((reply.status, reply["location"]),
                                     (308, f"https://{HOST}/verify"))
            reply = self.plain.post("/verify", content, content_type="image/png")
            self.assertEqual(reply.json()["results"][0]["verdict"], "valid")
        # A browser sends all of it before it reads.
        with Connection(self.port["redirect"]) as whole:
            whole.send(cityid_process.message("/verify", content, content_type="image/png"))
            self.assertEqual(whole.reply().status, 308)

    def test_another_host_is_not_sent_anywhere(self):
        self.serve()
        reply = self.ask(CITY, host="evil.example")
        self.assertEqual((reply.status, reply["location"]), (421, None))

    def test_redirecting_needs_a_name(self):
        self.expect_refused(cityid("serve", "--ledger", DEMO.ledger, "--listen-redirect",
                                   "127.0.0.1:0"), 2, "name")

    def test_tls_needs_a_certificate_and_its_key(self):
        for options in ((), ("--tls-certificate", FIRST.file), ("--tls-key", FIRST.key)):
            self.expect_refused(cityid("serve", "--ledger", DEMO.ledger, "--listen-tls",
                                       "127.0.0.1:0", *options), 2, "certificate")
        nothing = self.directory / "nothing.pem"
        nothing.write_text("nothing\n")
        for certificate, key, about in ((nothing, FIRST.key, nothing),
                                        (FIRST.file, nothing, nothing),
                                        (FIRST.file, SECOND.key, SECOND.key),
                                        (self.directory / "none", FIRST.key, "none")):
            self.expect_refused(cityid("serve", "--ledger", DEMO.ledger, "--listen-tls",
                                       "127.0.0.1:0", "--tls-certificate", certificate,
                                       "--tls-key", key), 2, about)

    def test_hsts_is_said_over_tls_and_with_a_name_only(self):
        self.serve()
        tag = self.get()["etag"]
        for target, headers, status in ((CITY, {}, 200), ("/nothing", {}, 400), ("/a/b/c", {}, 404),
                                        (CITY, {"host": "evil.example"}, 421)):
            reply = self.get(target, **headers)
            self.assertEqual(reply.status, status)
            self.assertRegex(reply["strict-transport-security"], r"\Amax-age=\d{7,}\b")
        with self.connect() as connection:
            connection.send(head(CITY, if_none_match=tag))
            reply = connection.reply(bodiless=True)
            self.assertEqual(reply.status, 304)
            self.assertIsNotNone(reply["strict-transport-security"])
        self.assertIsNone(self.plain.request(CITY)["strict-transport-security"])
        self.assertIsNone(self.ask(CITY)["strict-transport-security"])

    def test_hsts_is_not_said_without_a_name(self):
        self.serve(name=None)
        reply = self.get()
        self.assertEqual((reply.status, reply["strict-transport-security"]), (200, None))


class Reloads(TlsCase):
    def certificate(self, port=None):
        with Connection(port or self.port["tls"], tls=anybody()) as connection:
            return connection.socket.getpeercert(binary_form=True)

    def test_a_new_certificate_is_for_new_connections_and_an_open_one_goes_on(self):
        self.serve()
        with self.connect() as old:
            old.send(head(CITY))
            self.assertEqual(old.reply().status, 200)
            self.assertEqual(self.certificate(), FIRST.der)
            self.use(SECOND)
            self.assertEqual(self.certificate(), FIRST.der)  # not told yet
            self.assertRegex(self.reload(), r"\Areloaded")
            wait_until(lambda: self.certificate() == SECOND.der, "the new certificate")
            old.send(head(CITY))
            self.assertEqual(old.reply().status, 200)
        self.expect_served(SECOND.trusted())
        with self.assertRaises(ssl.SSLCertVerificationError):
            self.get()

    def test_a_broken_certificate_is_said_and_the_old_one_goes_on(self):
        self.serve()
        certificate, key = self.directory / "tls-certificate", self.directory / "tls-key"
        whole, whole_key = certificate.read_bytes(), key.read_bytes()
        for what, file, content in (("half of it", certificate, whole[:len(whole) // 2]),
                                    ("nothing", certificate, b""), ("noise", key, b"\0\1\2"),
                                    ("another's key", key, SECOND.key.read_bytes()),
                                    ("a key of another kind", key, ELLIPTIC.key.read_bytes()),
                                    ("another's certificate", certificate,
                                     SECOND.file.read_bytes()),
                                    ("no file", certificate, None)):
            with self.subTest(what):
                file.unlink()
                if content is not None:
                    file.write_bytes(content)
                said = self.reload()
                self.assertRegex(said, r"\Anot reloaded, all stays as it was: ")
                self.assertIn(str(self.directory), said)
                for _ in range(4):  # each loop
                    self.assertEqual(self.certificate(), FIRST.der)
                self.expect_served()
                certificate.write_bytes(whole)
                key.write_bytes(whole_key)
        self.assertRegex(self.reload(), r"\Areloaded")

    def test_settings_without_a_certificate_are_refused_while_tls_is_served(self):
        self.serve()
        del self.settings["tls-certificate"], self.settings["tls-key"]
        self.write_config()
        self.assertRegex(self.reload(), r"\Anot reloaded")
        self.expect_served()

    def test_settings_without_a_name_are_refused_while_redirecting(self):
        self.serve()
        del self.settings["name"]
        self.write_config()
        self.assertRegex(self.reload(), r"\Anot reloaded")
        reply = cityid_process.fetch(self.port["redirect"], CITY)
        self.assertEqual((reply.status, reply["location"]), (308, f"https://{HOST}{CITY}"))


class Load(TlsCase):
    def test_a_large_reply_is_whole(self):
        content = random.Random(1).randbytes(8 * MIB + 12345)
        snapshot = self.serve_snapshot(content)
        for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
            with self.connect(FIRST.trusted(maximum_version=version)) as connection:
                for _ in range(2):
                    connection.send(head(snapshot))
                    taken = b""
                    while b"\r\n\r\n" not in taken:
                        taken += connection.take(65536)
                    fields, body = taken.split(b"\r\n\r\n", 1)
                    self.assertIn(f"Content-Length: {len(content)}".encode(), fields)
                    digest, size = hashlib.sha256(body), len(body)
                    while size < len(content):
                        piece = connection.take(len(content) - size)
                        self.assertTrue(piece, "it ended early")
                        digest.update(piece)
                        size += len(piece)
                    self.assertEqual(digest.digest(), hashlib.sha256(content).digest())

    def test_readers_that_take_nothing_are_gone_at_their_deadline(self):
        snapshot = self.serve_snapshot(bytes(32 * MIB), write_time=1)
        with HonestClient(self.port["tls"], tls=FIRST.trusted()), contextlib.ExitStack() as stack:
            for _ in range(20):
                stack.enter_context(self.connect()).send(head(snapshot))
            wait_until(lambda: self.plain.refused("timeout") == 20, "20 are gone", 1 + 2 * LATE)
        self.assertEqual(self.plain.refused("slow-reader"), 0)

    def test_readers_that_take_nothing_do_not_keep_out_others_when_no_more_is_held(self):
        snapshot = self.serve_snapshot(bytes(32 * MIB), held=1, write_time=600)
        with contextlib.ExitStack() as stack:
            for _ in range(60):
                stack.enter_context(self.connect()).send(head(snapshot))
            wait_until(lambda: self.plain.refused("slow-reader") > 10, "slow readers are refused")
            self.assertLessEqual(self.plain.metric("cityid_held_bytes"), MIB)
            with HonestClient(self.port["plain"]), \
                    HonestClient(self.port["tls"], tls=FIRST.trusted()):
                pass

    def test_all_kinds_of_clients_at_once(self):
        snapshot = self.serve_snapshot(bytes(2 * MIB), head_time=1, write_time=1)
        old = FIRST.trusted(maximum_version=ssl.TLSVersion.TLSv1_2)
        problems = []

        def busy(tls):
            try:
                for _ in range(10):
                    with Connection(self.port["tls" if tls else "plain"], tls=tls) as connection:
                        connection.send(head(CITY) * 20 + head(snapshot) + head(CITY, "HEAD"))
                        for _ in range(20):
                            if connection.reply().json()["verdict"] != "registered":
                                problems.append("another verdict")
                        if connection.reply().body != bytes(2 * MIB):
                            problems.append("another snapshot")
                        if connection.reply(bodiless=True).status != 200:
                            problems.append("another status")
            except (OSError, AssertionError) as error:
                problems.append(repr(error))

        threads = [threading.Thread(target=busy, args=(tls,))
                   for tls in (FIRST.trusted(), old, FIRST.trusted(), None)]
        with HonestClient(self.port["tls"], tls=FIRST.trusted()), \
                HonestClient(self.port["plain"]), contextlib.ExitStack() as stack:
            for thread in threads:
                thread.start()
            try:
                for i in range(200):
                    raw = stack.enter_context(Connection(self.port["tls" if i % 2 else "plain"]))
                    raw.send(client_hello()[:i] if i % 2 else head(CITY)[:i % 40])
                for _ in range(10):
                    stack.enter_context(self.connect()).send(head(snapshot) * 20)
            finally:
                for thread in threads:
                    thread.join()
        self.assertEqual(problems, [])
        self.expect_served()


if __name__ == "__main__":
    cityid_process.main()
