"""Ledger directories that are none, are damaged, busy, read-only or on a full disk."""
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


class Disk(LedgerCase):
    """In a mount namespace of its own, with a file system of a few kilobytes."""

    def setUp(self):
        super().setUp()
        self.disk = self.directory / "disk"
        self.disk.mkdir()
        self.notes = self.directory / "notes"
        self.notes.mkdir()

    def on_disk(self, script):
        """Runs a shell script where "$disk" is an empty file system. `note NAME COMMAND...` keeps
        what a command did, for `noted`."""
        prologue = """
            set -e
            mount -t tmpfs -o size=64k cityid-test "$disk"
            note() {
              name=$1; shift; status=0
              "$@" >"$notes/$name.out" 2>"$notes/$name.err" || status=$?
              echo $status >"$notes/$name.status"
            }
            resize() { mount -o "remount,$1" cityid-test "$disk"; }
        """
        namespace = ["unshare", "--mount"] + (["--map-root-user"] if os.getuid() else [])
        environment = {**os.environ, "disk": str(self.disk), "notes": str(self.notes),
                       "cityid": cityid_process.program(), "demo": str(DEMO.directory)}
        done = cityid_process.run(*namespace, "sh", "-c", prologue + script, env=environment)
        self.expect_done(done)

    def noted(self, name):
        status, out, err = ((self.notes / f"{name}.{kind}").read_text()
                            for kind in ("status", "out", "err"))
        return cityid_process.Finished([name], int(status), out, err)

    def test_full_while_it_founds_the_ledger_it_founds_it_when_there_is_room(self):
        sizes = ["40k", "48k", "56k", "64k", "72k", "80k", "96k", "112k", "128k"]
        self.on_disk("for size in " + " ".join(sizes) + """; do
              resize size=$size
              note small-$size "$cityid" demo --dir "$disk/demo" --once
              # Room for a ledger, but not for the keys of the first batch.
              resize size=1m
              note larger-$size "$cityid" demo --dir "$disk/demo" --once
              note ledger-$size "$cityid" ledger status --json --ledger "$disk/demo/ledger"
              rm -r "$disk/demo"
            done
        """)
        for size in sizes:
            with self.subTest(size=size):
                self.expect_refused(self.noted(f"small-{size}"), 3, "space")
                self.expect_refused(self.noted(f"larger-{size}"), 3, "space")
                self.expect_done(self.noted(f"ledger-{size}"))
                self.assertEqual(json.loads(self.noted(f"ledger-{size}").out)["identifiers"], 0)

    def test_full_at_any_later_point_it_loses_nothing_and_goes_on_when_there_is_room(self):
        sizes = ["1m", "2m", "4m", "4500k", "5m", "6m", "8m", "9m", "9500k", "10m", "11m", "12m"]
        self.on_disk("for size in " + " ".join(sizes) + """; do
              resize size=$size
              note demo-$size "$cityid" demo --dir "$disk/demo" --once
              note ledger-$size "$cityid" ledger status --json --ledger "$disk/demo/ledger"
            done
            resize size=64m
            note demo "$cityid" demo --dir "$disk/demo" --once
            note scan "$cityid" scan --json --ledger "$disk/demo/ledger" "$disk"/demo/codes/*.png
        """)
        identifiers = []
        for size in sizes:
            with self.subTest(size=size):
                self.expect_refused(self.noted(f"demo-{size}"), 3, "space")
                self.expect_done(self.noted(f"ledger-{size}"))
                found = json.loads(self.noted(f"ledger-{size}").out)["identifiers"]
                identifiers.append(found)
        self.assertEqual(identifiers, sorted(identifiers))
        # It was full before the first batch, after the last one, and in between; the city of the
        # story comes after the batches.
        every = len(cityid_process.city_ids())
        self.assertEqual(identifiers[0], 0)
        self.assertGreaterEqual(identifiers[-1], every - 1)
        self.assertGreater(len(set(identifiers)), 2, identifiers)
        self.expect_done(self.noted("demo"))
        verdicts = [line["verdict"] for line in self.noted("scan").json_lines()]
        self.assertEqual(verdicts, ["valid"] * every)

    def test_without_room_for_more_files_it_is_refused_and_completed_later(self):
        self.on_disk("""
            for inodes in 4 10 100 1500 2500; do
              resize size=64m,nr_inodes=$inodes
              note demo-$inodes "$cityid" demo --dir "$disk/demo" --once
            done
            resize nr_inodes=10000
            note demo "$cityid" demo --dir "$disk/demo" --once
        """)
        for inodes in (4, 10, 100, 1500, 2500):
            with self.subTest(inodes=inodes):
                self.expect_refused(self.noted(f"demo-{inodes}"), 3, "No space left")
        self.expect_done(self.noted("demo"))

    def test_a_full_disk_does_not_keep_readers_from_reading(self):
        self.on_disk("""
            resize size=64m
            cp -r "$demo" "$disk/demo"
            rm "$disk/demo/ledger/lock.mdb"
            resize size=$(du -sk "$disk" | cut -f1)k
            head -c 1m /dev/zero >"$disk/full" || true
            note demo "$cityid" demo --dir "$disk/demo" --once
            note status "$cityid" ledger status --ledger "$disk/demo/ledger"
        """)
        for name in ("demo", "status"):
            with self.subTest(name):
                self.assertIn(self.noted(name).status, (0, 3), self.noted(name))

    def test_a_read_only_disk_is_refused_by_writers(self):
        self.on_disk("""
            resize ro
            note new "$cityid" demo --dir "$disk/demo" --once
            resize rw,size=64m
            cp -r "$demo" "$disk/demo"
            resize ro
            note again "$cityid" demo --dir "$disk/demo" --once
            note code "$cityid" code new MA.156.1301 --key "$demo/keys/MA.156.1301.code.key" \\
                --host id.example.cn -o "$disk/code.png"
        """)
        for name in ("new", "again", "code"):
            with self.subTest(name):
                self.expect_refused(self.noted(name), 3, "Read-only file system", self.disk)

    def test_a_read_only_disk_can_be_read(self):
        self.on_disk("""
            resize size=64m
            cp -r "$demo" "$disk/demo"
            resize ro
            note status "$cityid" ledger status --ledger "$disk/demo/ledger"
            note scan "$cityid" scan "$disk/demo/codes/MA.156.1301.png" \\
                --ledger "$disk/demo/ledger"
        """)
        self.expect_done(self.noted("status"))
        self.expect_done(self.noted("scan"))


if __name__ == "__main__":
    cityid_process.main()
