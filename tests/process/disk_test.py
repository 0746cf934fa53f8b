"""Disks that are full or read-only, each a small file system in a mount namespace of its own.

That takes CAP_SYS_ADMIN, or user namespaces: CMake leaves this test out, by name, where a machine
lets a process have neither.
"""
import json
import os
import threading
import unittest

import cityid_process
import following_test
import pdf_file
from cityid_process import Finished, run, wait_until
from consortium import free_port
from handmade_log import serving

ALL = (0, 1, 2)
NAMESPACE = ["unshare", "--mount"] + (["--map-root-user"] if os.getuid() else [])


def setUpModule():
    global DEMO
    following_test.setUpModule()
    DEMO = unittest.enterModuleContext(cityid_process.demo())


class Demonstration(cityid_process.Case):

    def setUp(self):
        self.directory = self.enterContext(cityid_process.temporary_directory())
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
        environment = {**os.environ, "disk": str(self.disk), "notes": str(self.notes),
                       "cityid": cityid_process.program(), "demo": str(DEMO.directory)}
        done = run(*NAMESPACE, "sh", "-c", prologue + script, env=environment)
        self.expect_done(done)

    def noted(self, name):
        status, out, err = ((self.notes / f"{name}.{kind}").read_text()
                            for kind in ("status", "out", "err"))
        return Finished([name], int(status), out, err)

    def test_full_while_a_document_is_sealed_nothing_is_half_written(self):
        # With its seal it is larger than the disk; the register has room for its row.
        permit = self.notes / "permit.pdf"
        permit.write_bytes(pdf_file.pdf(filler=bytes(50_000)))
        key = DEMO.code_key()
        self.on_disk(f"""
            seal() {{
              "$cityid" document seal "{permit}" --id {cityid_process.SHIJIAZHUANG} --key "{key}" \\
                --host {cityid_process.HOST} --type permit --number "$1" --at bottom-right \\
                --register "$disk/$2" -o "$disk/sealed.pdf"
            }}
            note output seal n-1 old.csv
            ls -A "$disk" >"$notes/left"
            cat /dev/zero >"$disk/ballast" 2>/dev/null || true
            cp "{key}.serial" "$notes/serial"
            note register seal n-2 new.csv
            cmp "{key}.serial" "$notes/serial"
            rm "$disk/ballast"
            resize size=1m
            note room seal n-3 old.csv
            note again seal n-4 new.csv
            "$cityid" document verify "$disk/sealed.pdf" --ledger "$demo/ledger" >/dev/null
            cp "$disk/old.csv" "$disk/new.csv" "$notes"
        """)
        self.expect_refused(self.noted("output"), 3, "sealed.pdf", "is spent", "register has a row")
        self.assertEqual((self.notes / "left").read_text().split(), ["old.csv"])
        self.expect_refused(self.noted("register"), 3, "new.csv")
        self.expect_done(self.noted("room"))
        self.expect_done(self.noted("again"))
        for name, numbers in (("old.csv", ["n-1", "n-3"]), ("new.csv", ["n-4"])):
            rows = (self.notes / name).read_text().splitlines()
            self.assertEqual([row.split(",")[5] for row in rows], ["number", *numbers])

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

    def test_full_at_any_point_a_batch_loses_nothing_and_goes_on_when_there_is_room(self):
        """Files, then sheets, of 1,200 codes; a key whose serials are on the same disk."""
        sizes = ["40k", "64k", "1m", "3m", "5m", "6m", "8m"]
        of_sheets = ["100k", "500k", "1m", "1500k"]
        rows = "\n".join(f"{cityid_process.SHIJIAZHUANG},Lamp {i}" for i in range(1200))
        (self.directory / "list.csv").write_text(f"id,caption\n{rows}\n")
        command = f"""code batch "{self.directory}/list.csv" --host id.example.cn --bare \\
                      --key "$disk/key" """
        self.on_disk("""
            "$cityid" key new "$disk/key" --no-passphrase
            for size in """ + " ".join(sizes) + f"""; do
              resize size=$size
              note codes-$size "$cityid" {command} -o "$disk/codes"
              note sums-$size sh -c 'cd "$disk/codes" && sha256sum *.svg manifest.csv'
            done
            resize size=32m,nr_inodes=$(($(find "$disk" | wc -l) + 10))
            note inodes "$cityid" {command} -o "$disk/codes"
            resize nr_inodes=10000
            note codes "$cityid" {command} -o "$disk/codes"
            note sums sh -c 'cd "$disk/codes" && sha256sum *.svg'
            cp "$disk/codes/manifest.csv" "$notes"
            rm -r "$disk/codes"
            for size in {" ".join(of_sheets)}; do
              resize size=$size
              note sheets-$size "$cityid" {command} -o "$disk/codes.pdf" --sheet a4:3x8
              note there-$size test -e "$disk/codes.pdf"
            done
            resize size=32m
            note sheets "$cityid" {command} -o "$disk/codes.pdf" --sheet a4:3x8
        """)
        for name in [f"codes-{size}" for size in sizes] + ["inodes"] + [
                f"sheets-{size}" for size in of_sheets]:
            with self.subTest(name):
                self.expect_refused(self.noted(name), 3, "space")
        for name in ("codes", "sheets"):
            self.expect_done(self.noted(name))
        finally_there = set(self.noted("sums").out.splitlines())
        self.assertEqual(len(finally_there), 1200)
        counts = []
        for size in sizes:
            svgs = {line for line in self.noted(f"sums-{size}").out.splitlines() if ".svg" in line}
            self.assertLessEqual(svgs, finally_there, "what was there at that time stayed as it was")
            counts.append(len(svgs))
        self.assertGreater(len(set(counts)), 3, counts)
        rows = [line.split(",") for line in (self.notes / "manifest.csv").read_text().splitlines()]
        self.assertEqual(len({row[4] for row in rows}), 1201, "a serial each, below the column's name")
        self.assertEqual({f"{row[8]}  {row[7]}" for row in rows[1:]}, finally_there)
        for size in of_sheets:
            self.assertEqual(self.noted(f"there-{size}").status, 1, "no sheets that aren't whole")

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


class Replicas(following_test.Case):
    """A file system that has no room, and later has."""

    SCRIPT = """
set -u
mount -t tmpfs -o size=8m none "$1" || exit 1
shift
exec "$@"
"""

    def in_small_place(self, place, *command):
        return run(*NAMESPACE, "sh", "-c", self.SCRIPT, "sh", place, *command, timeout=120)

    def setUp(self):
        super().setUp()
        self.place = self.directory / "small"
        self.place.mkdir()

    def test_a_replica_goes_on_when_there_is_room(self):
        web = self.handmade()
        script = f"""
p={self.place}
"$0" follow --once --ledger $p/r --from {web.url} --trust {self.consortium.trust} || exit 10
dd if=/dev/zero of=$p/filler bs=4096 2>/dev/null
touch {self.directory}/full
while ! [ -e {self.directory}/larger ]; do sleep 0.05; done
"$0" follow --once --ledger $p/r --from {web.url}; echo "full $?" >&2
"$0" ledger status --ledger $p/r --json || exit 11
rm $p/filler
"$0" follow --once --ledger $p/r --from {web.url} || exit 12
"$0" ledger verify --ledger $p/r || exit 13
"""
        larger = self.larger()
        def enlarge():
            wait_until((self.directory / "full").exists, "a full disk")
            web.answer = serving(larger, larger.note(witnesses=ALL))
            (self.directory / "larger").touch()
        thread = threading.Thread(target=enlarge)
        thread.start()
        finished = self.in_small_place(self.place, "sh", "-c", script, cityid_process.program())
        thread.join()
        self.expect_done(finished)
        self.assertIn("full 3", finished.err)
        self.assertRegex(finished.err, r"(?i)no space|full")
        self.assertIn(f'"size":{len(self.log)}', finished.out.replace(" ", ""))
        self.assertIn(f"{len(larger)} entries, as of", finished.out)

    def larger(self):
        """More than fits into what is left."""
        return self.log.closed(*(bytes([i]) * 30_000 for i in range(60)))

    def test_a_registry_goes_on_when_there_is_room(self):
        made, port = self.consortium, free_port()
        keys = " ".join(map(str, made.witness_keys()))
        script = f"""
p={self.place}
cp -r {made.ledger} $p/r
cp {made.ledger}.signed $p/r.signed
"$0" serve --registry --ledger $p/r --listen 127.0.0.1:{port} --log-key {made.key('log')} {keys} &
pid=$!
step() {{
  touch {self.directory}/$1
  while ! [ -e {self.directory}/$1.done ]; do sleep 0.05; done
}}
step started
dd if=/dev/zero of=$p/filler bs=4096 2>/dev/null
step full
rm $p/filler
step room
kill $pid; wait $pid
"$0" ledger verify --ledger $p/r
"""
        results = {}
        def steps():
            def at(name, action):
                wait_until((self.directory / name).exists, name, 60)
                try:
                    results[name] = action()
                finally:
                    (self.directory / f"{name}.done").touch()
            def until_listening():
                def try_it():
                    try:
                        return cityid_process.fetch(port, "/healthz")
                    except OSError:
                        return None
                return wait_until(try_it, "the registry")
            def post(entry):
                reply = cityid_process.hand_in(cityid_process.Resolver(port, None), entry, 2)
                return reply.status, reply.json()
            entries = [made.assignment(f"MA.156.F{i:03}") for i in range(200)]
            at("started", until_listening)
            def fill():
                """Until one is not taken; what has a place may still wait for the disk."""
                acknowledged = {}
                for entry in entries:
                    status, answer = post(entry)
                    if status > 202:
                        return acknowledged, entry, status, answer
                    if "index" in answer:
                        acknowledged[answer["index"]] = entry
                return acknowledged, None, 0, None
            at("full", fill)
            def go_on():
                acknowledged, refused, _, _ = results["full"]
                def try_again():
                    said = post(refused)
                    return said if said[0] == 201 else None
                again = wait_until(try_again, "a record that is sequenced")
                kept = {index: cityid_process.fetch(port, f"/ledger/entry/{index}").body
                        for index in acknowledged}
                return again, kept == acknowledged
            at("room", go_on)
        thread = threading.Thread(target=steps)
        thread.start()
        finished = self.in_small_place(self.place, "sh", "-c", script, cityid_process.program())
        thread.join()
        self.expect_done(finished)
        _, refused, status, answer = results["full"]
        self.assertIsNotNone(refused, "it never was full")
        self.assertIn(status, (500, 503, 507), answer)
        (status, answer), all_kept = results["room"]
        self.assertEqual((status, answer.get("state")), (201, "sequenced"), answer)
        self.assertTrue(all_kept, "an acknowledged record was lost")


if __name__ == "__main__":
    cityid_process.main()
