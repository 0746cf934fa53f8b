"""What the system, or a setting, lets a ledger have: address space, the size of files, permissions,
readers; and long work that is told to stop."""
import json
import os
import pathlib
import re
import resource
import signal
import struct
import subprocess
import threading
import time
import unittest

import cityid_process
import following_test
from cityid_process import cityid, make_demo, running, wait_until
from consortium import done
from handmade_log import serving

ALL = (0, 1, 2)
GIB = 1 << 30


def setUpModule():
    global DEMO, TRUST
    following_test.setUpModule()
    DEMO = unittest.enterModuleContext(cityid_process.demo())
    TRUST = DEMO.directory / "trust"
    done(cityid("trust", "new", "--ledger", DEMO.ledger, "-o", TRUST))


def limited(kind, least):
    """What a process does before it becomes `cityid`: lower one of its limits, which others may
    raise again."""
    return lambda: resource.setrlimit(kind, (least, resource.getrlimit(kind)[1]))


class ResourceCase(following_test.Case):
    def fill(self, registry):
        """Hands in records until one isn't taken: that one, and what was said of it."""
        for number in range(300):
            entry = self.consortium.assignment(f"MA.156.F{number:03}")
            reply = cityid_process.hand_in(registry, entry, 1)
            if reply.status > 202:
                return entry, reply
        raise AssertionError("there was room for everything")

    def expect_taken(self, registry, entry):
        wait_until(lambda: registry.post("/registry/applications", entry).status == 201,
                   "a record that is sequenced")


class Map(ResourceCase):
    PAGE = 4096
    PAGES = 64 * GIB // PAGE  # of the map that is reserved if nothing is said

    def fill_map(self):
        """Makes every page of the map count as used: the newer of the two first pages says which is
        the last one (MDB_meta). The file gets holes, not bytes."""
        with open(self.consortium.ledger / "data.mdb", "r+b") as data:
            def version(page):
                return struct.unpack("<Q", os.pread(data.fileno(), 8, page + 144))[0]
            newest = max((0, self.PAGE), key=version)
            os.pwrite(data.fileno(), struct.pack("<Q", self.PAGES - 1), newest + 136)
            data.truncate(self.PAGES * self.PAGE)

    def test_a_full_map_says_how_to_raise_it_and_the_ledger_goes_on_when_it_is_raised(self):
        self.fill_map()
        registry = self.consortium.alone().start()
        entry, reply = self.fill(registry)
        self.assertIn("a larger map-size", reply.json()["detail"])
        self.assertNotIn("free some space", reply.json()["detail"])
        self.assertEqual(registry.stop(), 0)
        registry = self.consortium.alone("--map-size", 65).start()
        self.expect_taken(registry, entry)
        self.assertEqual(registry.stop(), 0)
        # The database remembers it, so that no other command needs to be told.
        registry = self.consortium.alone().start()
        self.consortium.publish("MA.156.MORE")

    def test_a_small_map_fits_into_a_small_address_space(self):
        few = {"preexec_fn": limited(resource.RLIMIT_AS, 16 * GIB)}
        log = self.handmade()
        follow = ("follow", "--once", "--from", log.url, "--trust", self.consortium.trust,
                  "--ledger", self.directory / "small")
        self.expect_refused(cityid(*follow, **few), 3, "map-size", "ulimit -v")
        self.expect_followed(cityid(*follow, "--map-size", 1, **few))


class FileSize(ResourceCase):
    """The limit of `ulimit -f`, at which the system ends a process that doesn't ask it not to."""

    def test_an_export_says_which_limit_to_raise_and_goes_on_when_it_is_raised(self):
        export = ("ledger", "export", "--ledger", DEMO.ledger, "-o", self.directory / "files")
        self.expect_refused(cityid(*export, preexec_fn=limited(resource.RLIMIT_FSIZE, 65536)), 3,
                            self.directory / "files", "ulimit -f")
        self.expect_done(cityid(*export))
        self.expect_done(cityid("follow", "--once", "--ledger", self.directory / "replica",
                                "--from", self.directory / "files", "--trust", TRUST))

    def test_a_registry_says_so_too_and_goes_on_when_it_is_raised(self):
        registry = self.consortium.alone().start()
        size = (self.consortium.ledger / "data.mdb").stat().st_size
        pid, kind = registry.running.process.pid, resource.RLIMIT_FSIZE
        hard = resource.prlimit(pid, kind)[1]
        resource.prlimit(pid, kind, (size + 200_000, hard))
        entry, reply = self.fill(registry)
        self.assertIn("ulimit -f", reply.json()["detail"])
        resource.prlimit(pid, kind, (hard, hard))
        self.expect_taken(registry, entry)
        self.assertEqual(registry.stop(), 0)
        done(cityid("ledger", "verify", "--ledger", self.consortium.ledger))


class Permissions(ResourceCase):
    # Root may open everything, unless it gives up what lets it.
    PREFIX = ([] if os.getuid() else
              ["setpriv", "--bounding-set=-dac_override,-dac_read_search"])

    def as_anybody(self, *arguments):
        return cityid_process.run(*self.PREFIX, cityid_process.program(), *arguments)

    def test_the_file_that_may_not_be_opened_is_named(self):
        ledger = self.consortium.ledger
        self.expect_done(cityid("ledger", "status", "--ledger", ledger))  # makes lock.mdb
        read = ("ledger", "status", "--ledger", ledger)
        write = ("serve", "--registry", "--ledger", ledger, "--listen", "127.0.0.1:0")
        for name, mode, command in (("data.mdb", 0, read), ("data.mdb", 0o444, write),
                                    ("lock.mdb", 0, read), ("lock.mdb", 0o444, read),
                                    ("writer.lock", 0, write)):
            with self.subTest(name=name, mode=oct(mode), command=command[0]):
                (ledger / name).chmod(mode)
                self.expect_refused(self.as_anybody(*command), 3, ledger / name,
                                    "Permission denied")
                (ledger / name).chmod(0o644)
        ledger.chmod(0)
        refused = self.as_anybody(*read)
        ledger.chmod(0o755)
        self.expect_refused(refused, 3, ledger / "data.mdb", "Permission denied")


class Readers(ResourceCase):
    def test_the_age_of_the_oldest_reader_is_in_the_metrics_until_it_ends(self):
        def age():
            return served.metric("cityid_ledger_oldest_reader_seconds")
        with cityid_process.resolver(DEMO.ledger, metrics=True) as served, \
                running("ledger", "verify", "--ledger", DEMO.ledger, "--copy-in",
                        self.directory) as reader:
            wait_until(lambda: list(self.directory.glob("ledger.verify-*")), "a verification")
            reader.process.send_signal(signal.SIGSTOP)
            self.assertEqual(age(), 0)
            self.expect_done(make_demo(DEMO.directory))
            wait_until(lambda: age() >= 1, "a reader that gets older")
            reader.process.kill()
            reader.process.wait()
            wait_until(lambda: age() == 0, "the slot of a dead reader is freed")

    def test_output_that_nobody_reads_keeps_no_reader_open(self):
        command = (cityid_process.program(), "ledger", "log", "--json", "--ledger", DEMO.ledger)
        def waits(process):
            return pathlib.Path(f"/proc/{process.pid}/stat").read_text().split()[2] == "S"
        size = DEMO.status()["size"]
        with subprocess.Popen(command, stdout=subprocess.PIPE) as process, \
                cityid_process.resolver(DEMO.ledger, metrics=True) as served:
            first = process.stdout.read(1)  # there is more than fits into a pipe
            wait_until(lambda: waits(process), "a command that waits for its reader")
            self.expect_done(make_demo(DEMO.directory))
            self.assertEqual(served.metric("cityid_ledger_oldest_reader_commits"), 0)
            lines = (first + process.stdout.read()).splitlines()
        self.assertEqual([json.loads(line)["index"] for line in lines], list(range(size)))

    def test_a_copy_for_the_verification_is_made_where_there_is_room(self):
        place = self.directory / "elsewhere"
        place.mkdir()
        command = ("ledger", "verify", "--ledger", DEMO.ledger, "--copy-in", place)
        with running(*command) as verifying:
            wait_until(lambda: list(place.iterdir()), "the copy")
            self.assertEqual(list(DEMO.directory.glob("*verify*")), [])
            self.assertEqual(verifying.process.wait(cityid_process.DEADLINE), 0)
        self.assertEqual(list(place.iterdir()), [])


def told_to_stop():
    """What a process does before it becomes `cityid`: a SIGTERM waits for it, blocked."""
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
    os.kill(os.getpid(), signal.SIGTERM)


class LongWork(ResourceCase):
    """A first replay that takes long, because its mirror is slow."""

    def setUp(self):
        super().setUp()
        self.long = self.log
        for _ in range(3):
            self.long = self.long.closed(*(b"entry %d" % i for i in range(4000)))
        self.signalled = threading.Event()
        self.reached = threading.Event()
        self.mirror = self.web(self.slow(serving(self.long, self.long.note(witnesses=ALL))))

    def slow(self, answer):
        """The first bundles come at once. Those behind them wait until the signal was sent, and
        come slowly then."""
        def slowly(path, headers):
            number = re.fullmatch(r"/ledger/tile/entries/(\d+)(\.p/\d+)?", path)
            if number and int(number[1]) >= 20 and not self.fast:
                self.reached.set()
                self.signalled.wait(5)
                time.sleep(0.05)
            return answer(path, headers)
        self.fast = False
        return slowly

    def stop(self, process, number=signal.SIGTERM):
        """Sends a signal in the middle of the replay: how the process ended."""
        self.assertTrue(self.reached.wait(cityid_process.DEADLINE))
        process.send_signal(number)
        self.signalled.set()
        return process.wait(cityid_process.DEADLINE)

    def expect_part(self, ledger):
        """It has a part of the log, and goes on with the rest."""
        size = json.loads(done(cityid("ledger", "status", "--json", "--ledger", ledger)).out)["size"]
        self.assertGreater(size, len(self.log))
        self.assertLess(size, len(self.long))
        self.fast = True
        self.expect_followed(self.once(self.mirror.url, ledger=ledger, trust=False),
                             len(self.long))

    def test_a_follower_stops_at_once_and_goes_on_later(self):
        follow = ("follow", "--from", self.mirror.url, "--trust", self.consortium.trust)
        for number in (signal.SIGTERM, signal.SIGINT):
            with self.subTest(number=number):
                ledger = self.directory / f"replica-{number}"
                self.fast = False
                self.reached.clear()
                self.signalled.clear()
                with running(*follow, "--ledger", ledger) as follower:
                    self.assertEqual(self.stop(follower.process, number), 0, follower.finished())
                self.expect_part(ledger)

    def test_so_does_one_that_would_end_by_itself(self):
        ledger = self.directory / "replica"
        with running("follow", "--once", "--from", self.mirror.url, "--ledger", ledger, "--trust",
                     self.consortium.trust) as follower:
            self.assertEqual(self.stop(follower.process), 3)
            self.expect_one_line(follower.finished(), "stopped", "goes on")
        self.expect_part(ledger)

    def test_so_does_a_resolver_that_follows(self):
        replica = self.consortium.replica("replica", self.mirror.url).start()
        self.assertEqual(self.stop(replica.running.process), 0)
        self.expect_part(replica.ledger)

    def test_so_does_a_witness_before_it_serves(self):
        witness = self.consortium.witness(1, log=self.mirror.url).launch()
        self.assertEqual(self.stop(witness.running.process), 0)
        self.assertNotIn("witness on", witness.err)
        self.expect_part(witness.ledger)

    def test_a_restore_and_a_verification_that_are_stopped_leave_nothing_behind(self):
        snapshot = self.directory / "snapshot"
        self.expect_done(cityid("ledger", "snapshot", "--ledger", DEMO.ledger, "-o", snapshot))
        before = sorted(self.directory.iterdir())
        for command in (("restore", snapshot, "--ledger", self.directory / "new", "--trust",
                         TRUST),
                        ("verify", "--ledger", DEMO.ledger, "--copy-in", self.directory)):
            with self.subTest(command=command[0]):
                self.expect_refused(cityid("ledger", *command, preexec_fn=told_to_stop), 3,
                                    "stopped")
                self.assertEqual(sorted(self.directory.iterdir()), before)


if __name__ == "__main__":
    cityid_process.main()
