"""Ledger directories that are none, are damaged or busy. Full and read-only disks: disk_test.py."""
import json
import os
import shutil
import unittest

import cityid_process
from cityid_process import SHIJIAZHUANG, cityid, make_demo


def setUpModule():
    global DEMO
    DEMO = unittest.enterModuleContext(cityid_process.demo())


def readers(ledger):
    """The commands that open a ledger to read it."""
    return (("ledger", "status", "--ledger", ledger),
            ("scan", DEMO.png(), "--ledger", ledger),
            ("serve", "--ledger", ledger, "--listen", "127.0.0.1:0"))


class LedgerCase(cityid_process.Case):
    def setUp(self):
        self.directory = self.enterContext(cityid_process.temporary_directory())

    def copied(self):
        """A copy of the ledger with nobody in it."""
        ledger = self.directory / "ledger"
        ledger.mkdir()
        shutil.copyfile(DEMO.ledger / "data.mdb", ledger / "data.mdb")
        return ledger

    def patched(self, old, new):
        """A copy of the ledger with every `old` in its data replaced."""
        assert len(old) == len(new)
        data = self.copied() / "data.mdb"
        content = data.read_bytes()
        self.assertIn(old, content)
        data.write_bytes(content.replace(old, new))
        return data.parent

    def contents(self, directory):
        """Everything in it but the lock files, which a reader may make."""
        return {str(path.relative_to(directory)): path.read_bytes()
                for path in sorted(directory.rglob("*"))
                if path.is_file() and path.name not in ("lock.mdb", "writer.lock")}

    def expect_refused_by_all(self, ledger, *words):
        """Every command refuses it with these words and changes nothing."""
        before = self.contents(self.directory)
        for command in readers(ledger):
            with self.subTest(command=command[0]):
                self.expect_refused(cityid(*command), 3, *words)
        self.assertEqual(self.contents(self.directory), before)


class NoLedger(LedgerCase):
    def test_a_directory_that_is_not_there(self):
        missing = self.directory / "missing"
        self.expect_refused_by_all(missing, missing, "not a ledger directory")
        self.assertFalse(missing.exists())

    def test_an_empty_directory_stays_empty(self):
        self.expect_refused_by_all(self.directory, self.directory, "not a ledger directory")
        self.assertEqual(list(self.directory.iterdir()), [])

    def test_a_directory_of_something_else(self):
        (self.directory / "notes.txt").write_text("not a ledger")
        self.expect_refused_by_all(self.directory, self.directory, "not a ledger directory")

    def test_a_file(self):
        file = self.directory / "ledger"
        file.write_text("not a ledger")
        self.expect_refused_by_all(file, file)

    def test_garbage_where_the_data_should_be(self):
        for content in (b"garbage\n" * 10000, b"x", bytes(4096)):
            (self.directory / "data.mdb").write_bytes(content)
            with self.subTest(content=content[:10]):
                self.expect_refused_by_all(self.directory, self.directory)

    def test_a_database_of_another_program(self):
        ledger = self.patched(b"tiles", b"tools")
        self.expect_refused_by_all(ledger, ledger, "not a ledger of this program")

    def test_a_truncated_ledger(self):
        ledger = self.copied()
        whole = (ledger / "data.mdb").stat().st_size
        for size in (0, 100, 4096, 8192):
            os.truncate(ledger / "data.mdb", size)
            with self.subTest(size=size, whole=whole):
                self.expect_refused_by_all(ledger)
            shutil.copyfile(DEMO.ledger / "data.mdb", ledger / "data.mdb")

    def test_a_file_of_no_bytes_is_a_lost_ledger(self):
        ledger = self.copied()
        os.truncate(ledger / "data.mdb", 0)
        self.expect_refused_by_all(ledger, ledger / "data.mdb", "0 bytes", "restore a copy")
        for command in (("serve", "--registry"), ("follow", "--once", "--from", DEMO.directory)):
            self.expect_refused(cityid(*command, "--ledger", ledger), 3, "0 bytes")
        self.assertEqual((ledger / "data.mdb").stat().st_size, 0)

    def test_a_ledger_cut_in_the_middle_is_no_crash(self):
        ledger = self.copied()
        whole = (ledger / "data.mdb").stat().st_size
        for part in (4, 2, 4 / 3):
            os.truncate(ledger / "data.mdb", int(whole / part) // 4096 * 4096)
            for command in readers(ledger)[:2]:
                with self.subTest(part=part, command=command[0]):
                    finished = cityid(*command)
                    # What is missing may not have been needed; but never a signal.
                    self.assertIn(finished.status, (0, 3), finished)
            shutil.copyfile(DEMO.ledger / "data.mdb", ledger / "data.mdb")


class Snapshots(LedgerCase):
    def test_in_a_directory_a_snapshot_is_named_by_its_size(self):
        size = json.loads(cityid("ledger", "status", "--ledger", DEMO.ledger, "--json").out)["size"]
        made = cityid("ledger", "snapshot", "--ledger", DEMO.ledger, "-o", self.directory)
        self.assertEqual((made.status, made.out), (0, f"{self.directory}/{size}\n"), made)
        self.assertEqual([path.name for path in self.directory.iterdir()], [str(size)])

    def test_snapshots_are_handed_out_of_a_directory_and_of_nothing_else(self):
        file = self.directory / "snapshots"
        for kind in ("a missing one", "a file"):
            with self.subTest(kind=kind):
                self.expect_refused(cityid("serve", "--ledger", DEMO.ledger, "--listen",
                                           "127.0.0.1:0", "--snapshots", file), 2, str(file))
            file.touch()


class OtherFormat(LedgerCase):
    def setUp(self):
        super().setUp()
        self.ours = DEMO.status()["format"]
        name, number = self.ours.split(" ")
        self.other = f"{name} {(int(number) + 1) % 10}"
        self.ledger = self.patched(self.ours.encode(), self.other.encode())

    def test_readers_refuse_it_and_say_which_it_is(self):
        self.expect_refused_by_all(self.ledger, self.ledger, f"'{self.other}'", f"'{self.ours}'",
                                   "make the directory anew")

    def test_the_demonstration_does_not_write_to_it(self):
        shutil.copytree(DEMO.keys, self.directory / "keys")
        before = self.contents(self.directory)
        self.expect_refused(make_demo(self.directory), 3, self.ledger, f"'{self.other}'")
        self.assertEqual(self.contents(self.directory), before)


class TwoWriters(LedgerCase):
    def test_the_second_is_told_what_the_first_one_is_doing(self):
        with cityid_process.running("demo", "--dir", DEMO.directory, "--listen",
                                    "127.0.0.1:0") as first:
            first.wait_for("out", "To paste")
            self.expect_refused(make_demo(DEMO.directory), 3, DEMO.ledger,
                                "being written by another process")
            self.expect_done(first.stop())
        self.expect_done(make_demo(DEMO.directory))

    def test_readers_do_not_mind_a_writer(self):
        with cityid_process.running("demo", "--dir", DEMO.directory, "--listen",
                                    "127.0.0.1:0") as writer:
            writer.wait_for("out", "To paste")
            for command in readers(DEMO.ledger)[:2]:
                self.expect_done(cityid(*command))
            with cityid_process.resolver(DEMO.ledger) as resolver:
                self.assertEqual(resolver.request(f"/{SHIJIAZHUANG}").status, 200)

    def test_a_writer_does_not_mind_readers(self):
        with cityid_process.resolver(DEMO.ledger) as resolver:
            before = resolver.request(f"/{SHIJIAZHUANG}").json()["ledger"]["time"]

            def confirmed():
                self.expect_done(make_demo(DEMO.directory))
                return resolver.request(f"/{SHIJIAZHUANG}").json()["ledger"]["time"] > before
            cityid_process.wait_until(confirmed, "the resolver sees a newer head")

    def test_a_writer_that_was_killed_leaves_no_lock(self):
        with cityid_process.running("demo", "--dir", DEMO.directory, "--listen",
                                    "127.0.0.1:0") as first:
            first.wait_for("out", "To paste")
            first.process.kill()
            first.process.wait()
        self.expect_done(make_demo(DEMO.directory))


if __name__ == "__main__":
    cityid_process.main()
