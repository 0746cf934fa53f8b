"""cityid demo: from an empty directory to a scanned, verified city, whatever happens on the way."""
import contextlib
import os
import resource
import shlex
import signal
import socket
import stat
import time
import unittest

import cityid_process
from cityid_process import (DEPARTMENT, HOST, PARTNER, SHIJIAZHUANG, Demo, cityid, make_demo, run,
                            wait_until)

SAMPLE = 20
STORY = (("assign", SHIJIAZHUANG), ("assign", DEPARTMENT), ("assign", PARTNER),
         ("update", SHIJIAZHUANG), ("update", SHIJIAZHUANG), ("revoke-codes", SHIJIAZHUANG))
STORY_IDS = (DEPARTMENT, PARTNER)
ROUNDS = 10


def setUpModule():
    global DEMO
    DEMO = unittest.enterModuleContext(cityid_process.demo())


def code_bytes(demo):
    return {path.name: path.read_bytes() for path in demo.codes.iterdir()}


class DemoCase(cityid_process.Case):
    def expect_valid_codes(self, demo, ids):
        finished = cityid("scan", "--json", "--ledger", demo.ledger, *map(demo.png, ids))
        found = [(line["id"], line["verdict"]) for line in finished.json_lines()]
        self.assertEqual(found, [(identifier, "valid") for identifier in ids], finished.err)
        self.assertEqual(finished.status, 0, finished.err)

    def expect_complete(self, demo):
        """A code for each city, each of them valid; the whole story; and not an identifier more."""
        ids = cityid_process.city_ids()
        self.expect_valid_codes(demo, ids)
        self.assertEqual(demo.status()["identifiers"], len(ids) + len(STORY_IDS))
        self.expect_story(demo)

    def expect_story(self, demo):
        """Each step of the story once, in order, accepted."""
        finished = cityid("ledger", "log", "--json", "--ledger", demo.ledger, "--id", SHIJIAZHUANG)
        steps = [(line["type"], line["subject"], line["accepted"])
                 for line in finished.json_lines()]
        self.assertEqual(steps, [(what, identifier, True) for what, identifier in STORY], finished)
        revoked = cityid("scan", "--json", "--ledger", demo.ledger, demo.directory / "revoked.png")
        self.assertEqual([line["verdict"] for line in revoked.json_lines()], ["revoked"], revoked)


class Once(DemoCase):
    def test_it_prints_a_verified_answer(self):
        finished = make_demo(DEMO.directory)
        self.expect_done(finished)
        lines = finished.out.splitlines()
        answer = lines[lines.index("valid: Genuine"):]
        self.assertRegex(answer[1], r"^  name .*Shijiazhuang", finished)
        self.assertRegex(answer[2], rf"^  id +{SHIJIAZHUANG}-[0-9A-Z]{{2}}$", finished)
        self.assertIn(DEMO.url(), lines, finished)
        self.assertEqual(finished.err, "", finished)

    def test_the_line_that_scans_again_does_so(self):
        finished = make_demo(DEMO.directory)
        line = finished.out.splitlines()[-1]
        self.assertRegex(line, r"^Again:  ", finished)
        again = run(*shlex.split(line.removeprefix("Again:")))
        self.expect_done(again)
        self.assertIn("valid: Genuine\n", again.out, again)

    def test_there_is_a_picture_for_each_city(self):
        names = sorted(path.name for path in DEMO.codes.iterdir())
        self.assertEqual(names, sorted(f"{i}.png" for i in cityid_process.city_ids()))

    def test_the_pictures_scan_to_valid(self):
        chosen = cityid_process.seeded(self.id()).sample(cityid_process.city_ids(), SAMPLE)
        self.expect_valid_codes(DEMO, chosen)

    def test_every_city_is_in_the_ledger(self):
        status = DEMO.status()
        self.assertEqual(status["identifiers"], len(cityid_process.city_ids()) + len(STORY_IDS))
        self.assertGreater(status["size"], status["identifiers"])
        self.assertEqual(status["hosts"], [HOST])

    def test_it_tells_the_story_and_it_can_be_checked(self):
        finished = make_demo(DEMO.directory)
        log = cityid("ledger", "log", "--ledger", DEMO.ledger, "--id", SHIJIAZHUANG)
        self.assertEqual(len(log.out.splitlines()), len(STORY), log)
        self.assertIn(log.out, finished.out)
        self.assertIn("signed by 2 institute, 2 new-key\n", log.out)
        self.expect_story(DEMO)

    def test_a_second_run_makes_no_new_codes(self):
        before = code_bytes(DEMO)
        self.expect_done(make_demo(DEMO.directory))
        self.assertEqual(code_bytes(DEMO), before)

    def test_a_second_run_adds_nothing_to_the_ledger(self):
        before = DEMO.status()
        self.expect_done(make_demo(DEMO.directory))
        after = DEMO.status()
        self.assertEqual((after["size"], after["root"]), (before["size"], before["root"]))

    def test_a_second_run_is_fresh_again(self):
        before = DEMO.status()["time"]

        def newer():
            self.expect_done(make_demo(DEMO.directory))
            return DEMO.status()["time"] > before
        wait_until(newer, "a newer time of the ledger")
        self.assertLess(DEMO.status()["age"], 60)

    def test_another_host_is_refused(self):
        before = code_bytes(DEMO)
        finished = make_demo(DEMO.directory, "--host", "other.example")
        self.expect_refused(finished, 1, DEMO.directory, HOST)
        self.assertEqual(code_bytes(DEMO), before)

    def test_a_host_that_is_none_is_bad_usage_and_makes_nothing(self):
        with cityid_process.temporary_directory() as parent:
            empty = make_demo(parent / "new", "--host", "")
            self.expect_refused(empty, 2, "--host", "empty")
            for host in ("ID.example.cn", "id.example.cn:8080", "https://id.example.cn", "a_b"):
                with self.subTest(host=host):
                    finished = make_demo(parent / "new", "--host", host)
                    self.expect_refused(finished, 2, "host name")
                    self.assertFalse((parent / "new").exists())

    def test_keys_are_for_their_owner_only(self):
        self.assertEqual(stat.S_IMODE(DEMO.keys.stat().st_mode), 0o700)
        modes = {path.name: oct(stat.S_IMODE(path.stat().st_mode)) for path in DEMO.keys.iterdir()}
        self.assertEqual({n: m for n, m in modes.items() if m != "0o600"}, {})
        self.assertGreater(len(modes), 2 * len(cityid_process.city_ids()))

    def test_a_key_that_others_can_read_is_refused(self):
        key = DEMO.code_key()
        self.addCleanup(key.chmod, 0o600)
        for mode in (0o644, 0o640, 0o604):
            key.chmod(mode)
            finished = cityid("code", "new", SHIJIAZHUANG, "--key", key, "--host", HOST, "-o",
                              DEMO.directory / "never.png")
            self.expect_refused(finished, 1, key, "chmod 600")
            self.assertFalse((DEMO.directory / "never.png").exists())

    def test_a_directory_that_can_not_be_made_is_3(self):
        with cityid_process.temporary_directory() as parent:
            (parent / "file").write_text("in the way")
            self.expect_refused(make_demo(parent / "file"), 3, parent / "file")


class Interrupted(DemoCase):
    def setUp(self):
        parent = self.enterContext(cityid_process.temporary_directory())
        self.demo = Demo(parent / "demo")

    @contextlib.contextmanager
    def killed(self):
        """A run that is killed when the context ends."""
        with cityid_process.running("demo", "--dir", self.demo.directory, "--once") as started:
            yield started.process

    def files(self):
        """How many files there are."""
        count = 0
        for directory in (self.demo.keys, self.demo.codes, self.demo.ledger):
            with contextlib.suppress(FileNotFoundError):
                count += len(os.listdir(directory))
        return count

    def test_killed_at_random_points_it_is_completed_by_the_next_run(self):
        whole = 5 * len(cityid_process.city_ids())  # two keys, two counters, one picture
        points = sorted(cityid_process.seeded(self.id()).sample(range(whole), ROUNDS))
        for point in points:
            with self.killed() as process:
                wait_until(lambda: self.files() >= point or process.poll() is not None,
                           f"{point} files")
                self.assertIsNone(process.poll(), f"it ended before it had made {point} files")
        self.assertLess(self.files(), whole + ROUNDS, "no kill came before the end")
        self.expect_done(make_demo(self.demo.directory))
        self.expect_complete(self.demo)

    def test_killed_while_it_founds_the_ledger_it_is_completed_by_the_next_run(self):
        generator = cityid_process.seeded(self.id())
        for turn in range(ROUNDS):
            self.demo = Demo(self.demo.directory.with_name(f"demo-{turn}"))
            data = self.demo.ledger / "data.mdb"
            delay = generator.uniform(0, 0.01)
            with self.killed() as process:
                while not data.exists():
                    self.assertIsNone(process.poll())
                # The point of the kill, a few milliseconds into the first transactions.
                start = time.monotonic()
                while time.monotonic() < start + delay:
                    pass
            with self.subTest(turn=turn, milliseconds=round(delay * 1000, 2)):
                with self.killed() as process:
                    founded = ("ledger", "status", "--ledger", self.demo.ledger)
                    wait_until(lambda: cityid(*founded).status == 0 or process.poll() is not None,
                               "a ledger")
                    self.assertIn(process.poll(), (None, 0), cityid(*founded))

    def end_inside_a_write(self, limit):
        """A run that may write so many bytes of a file: what goes past them is not written, and the
        process is killed by the kernel or told of the short write."""
        finished = make_demo(self.demo.directory, preexec_fn=lambda:
                             resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit)))
        self.assertIn(finished.status, (-signal.SIGXFSZ, 3), f"limit {limit}{finished}")
        if finished.status == 3:
            self.expect_refused(finished, 3)

    def test_ended_inside_any_write_it_is_completed_by_the_next_run(self):
        # In a counter, a key, the lock, and the batches of the ledger.
        for limit in (1, 100, 16384, 65536, 300_000, 700_000, 1_000_000):
            self.end_inside_a_write(limit)
        self.expect_done(make_demo(self.demo.directory))
        self.expect_complete(self.demo)

    def test_ended_inside_the_founding_write_it_is_completed_by_the_next_run(self):
        self.end_inside_a_write(32768)
        self.expect_done(make_demo(self.demo.directory))

    def test_pictures_that_are_gone_are_drawn_again(self):
        gone = [SHIJIAZHUANG, "MA.156.1100"]
        old = DEMO.url(gone[1])
        for identifier in gone:
            DEMO.png(identifier).unlink()
        self.expect_done(make_demo(DEMO.directory))
        self.expect_valid_codes(DEMO, gone)
        # With the next serial, never the same one.
        self.assertNotEqual(DEMO.url(gone[1]), old)


class Listening(DemoCase):
    def test_a_port_in_use_is_3(self):
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
            finished = cityid("demo", "--dir", DEMO.directory, "--listen", f"127.0.0.1:{port}")
            self.assertEqual(finished.status, 3, finished)
            self.expect_one_line(finished, f"port {port}", "in use", "--listen")

    def test_a_port_that_another_resolver_serves_is_3(self):
        with cityid_process.resolver(DEMO.ledger) as other:
            finished = cityid("serve", "--ledger", DEMO.ledger, "--listen",
                              f"127.0.0.1:{other.port}")
            self.expect_refused(finished, 3, f"port {other.port}", "in use")

    def test_an_address_that_is_none_is_bad_usage(self):
        for address in ("127.0.0.1", "8080", "127.0.0.1:", "127.0.0.1:65536", "127.0.0.1:-1",
                        "localhost:0", "127.0.0.1:80 ", ":0"):
            with self.subTest(address=address):
                finished = cityid("serve", "--ledger", DEMO.ledger, "--listen", address)
                self.expect_refused(finished, 2, address.rsplit(":", 1)[0])


class Serving(DemoCase):
    """The lines that the demonstration prints to paste."""

    def setUp(self):
        self.started = self.enterContext(cityid_process.running(
            "demo", "--dir", DEMO.directory, "--listen", "127.0.0.1:0"))
        printed = self.started.wait_for("out", r"To paste, in another terminal:\n\n((.+\n){7})")
        self.lines = dict((line[:17].strip(), line[17:].strip())
                          for line in printed[1].splitlines())

    def get(self, line, **headers):
        """What the URL of a printed command line answers."""
        words = shlex.split(self.lines[line], comments=True)
        scheme, _, address, path = words[-1].split("/", 3)
        self.assertEqual(scheme, "http:")
        host, port = address.split(":")
        self.assertEqual(host, "127.0.0.1")
        return words[0], cityid_process.fetch(int(port), f"/{path}", **headers)

    def test_there_are_seven(self):
        self.assertEqual(list(self.lines), ["open the page", "ask for JSON", "scan the code",
                                            "open the scanner", "one digit off", "seal a permit",
                                            "is it genuine"])

    def test_a_permit_is_sealed_and_verified(self):
        self.expect_done(run(*shlex.split(self.lines["seal a permit"])))
        finished = run(*shlex.split(self.lines["is it genuine"]))
        self.expect_done(finished)
        self.assertRegex(finished.out, r"\Aunchanged: [^\n]*\nvalid: Genuine\n(.*\n)*.*Height: 12 m")

    def test_the_scanner_opens(self):
        program, reply = self.get("open the scanner", accept="text/html", accept_language="en")
        self.assertEqual(program, "xdg-open")
        self.assertEqual((reply.status, reply.media_type), (200, "text/html"), reply)
        self.assertIn("<title>Scan a code", reply.text)

    def test_the_page_opens(self):
        program, reply = self.get("open the page", accept="text/html", accept_language="en")
        self.assertEqual(program, "xdg-open")
        self.assertEqual((reply.status, reply.media_type), (200, "text/html"), reply)
        self.assertIn(">Genuine</span></h1>", reply.text)
        self.assertIn("Shijiazhuang", reply.text)

    def test_curl_gets_json(self):
        program, reply = self.get("ask for JSON", accept="*/*")
        self.assertEqual(program, "curl")
        self.assertEqual((reply.status, reply.media_type), (200, "application/json"), reply)
        self.assertEqual((reply.json()["verdict"], reply.json()["id"]), ("valid", SHIJIAZHUANG))

    def test_the_code_scans(self):
        finished = run(*shlex.split(self.lines["scan the code"]))
        self.expect_done(finished)
        self.assertIn("valid: Genuine\n", finished.out, finished)

    def test_one_digit_off_is_forged(self):
        program, reply = self.get("one digit off", accept="*/*")
        self.assertEqual(program, "curl")
        self.assertEqual((reply.status, reply.json()["verdict"]), (403, "forged"), reply)

    def test_one_digit_is_off(self):
        good, changed = (self.lines[line].split("#")[0].strip()
                         for line in ("ask for JSON", "one digit off"))
        self.assertEqual(len(good), len(changed))
        self.assertEqual(sum(a != b for a, b in zip(good, changed)), 1)

    def test_ctrl_c_ends_it_with_0(self):
        self.expect_done(self.started.stop(signal.SIGINT))

    def test_sigterm_ends_it_with_0(self):
        self.expect_done(self.started.stop(signal.SIGTERM))

    def test_an_open_connection_does_not_keep_it_from_ending(self):
        port = int(self.lines["ask for JSON"].split("/")[2].split(":")[1])
        with cityid_process.Connection(port) as connection:
            connection.send(b"GET / HTTP/1.1\r\n")
            self.expect_done(self.started.stop())
            self.assertEqual(connection.rest(), b"")

    def test_it_is_served_again_on_the_same_port_at_once(self):
        port = self.lines["ask for JSON"].split("/")[2].split(":")[1]
        self.get("ask for JSON")
        self.expect_done(self.started.stop())
        with cityid_process.running("demo", "--dir", DEMO.directory, "--listen",
                                    f"127.0.0.1:{port}") as again:
            again.wait_for("out", "To paste")
            self.expect_done(again.stop())


if __name__ == "__main__":
    cityid_process.main()
