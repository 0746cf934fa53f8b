"""Lists of codes (docs/batch.md): what `code batch` says of rows that are wrong, and what is left of it
when it is ended anywhere."""
import contextlib
import csv
import fcntl
import os
import pathlib
import re
import shutil
import signal
import subprocess
import unittest

import cityid_process
from batch_case import HEADER, BatchCase, digest
from cityid_process import HOST, SHIJIAZHUANG, cityid


def setUpModule():
    global DEMO
    DEMO = unittest.enterModuleContext(cityid_process.demo())


class Lists(BatchCase):
    """Lists that are wrong."""

    def test_wrong_rows_are_said_by_line_and_the_rest_is_written(self):
        wrong = [["MA.1"], ["", "city"], [SHIJIAZHUANG, "king"], [SHIJIAZHUANG, "", "65536"],
                 [SHIJIAZHUANG, "", "-1"], [SHIJIAZHUANG, "document"],
                 [SHIJIAZHUANG, "city", "", "permit", "1"],
                 [SHIJIAZHUANG, "document", "", "p" * 65, "1"],
                 [SHIJIAZHUANG, "document", "", "permit", "1", "2026-13-01"],
                 [SHIJIAZHUANG, "document", "", "permit", "1", "", "missing.pdf"],
                 [SHIJIAZHUANG, "document", "", "permit", "1", "", "."],
                 [SHIJIAZHUANG, "", "", "", "", "", "", "|".join("abcdefghijklmn")],
                 [SHIJIAZHUANG] + [""] * 8 + ["gif"],
                 [SHIJIAZHUANG] + [""] * 7 + ["a.png", "svg"]]
        names = ["../x", "/etc/x", "-o", "=1", "a/b", ".cityid-batch", ".", "a\\b", "c:x", "x" * 201,
                 "a\u202eb", "a\nb", "twice.svg", "TWICE.svg", "con.svg", "Lpt1"]
        wrong += [[SHIJIAZHUANG] + [""] * 7 + [name, ""] for name in names]
        padded = [row + [""] * (len(HEADER) - len(row)) for row in wrong]
        good = [SHIJIAZHUANG] + [""] * 7 + ["twice.svg", ""]
        raw = ['5" wide,,,,,,,,,\r\n', "one,two\r\n", b"\xff".decode("latin-1") + ",,,,,,,,,\r\n"]
        self.write_list([good, *padded, *raw, [SHIJIAZHUANG] + [""] * 9])
        done = self.batch("--bare")
        self.assertEqual(done.status, 1, done)
        lines = [int(line) for line in re.findall(r"^\S*/list\.csv:(\d+): ", done.err, re.MULTILINE)]
        begins = 1
        with open(self.list, encoding="utf-8", newline="") as file:
            reader = csv.reader(file)
            starts = []
            for _ in reader:
                starts.append(begins)
                begins = reader.line_num + 1
        self.assertEqual(sorted(lines), starts[2:-1], done)
        self.assertIn(f"{len(wrong) + 3} rows failed", done.err)
        self.assertEqual(len(self.manifest()), 2)
        self.assertEqual(self.next_serial(), 3, "no serial is spent for what is known to be wrong")
        self.assertEqual(sorted(os.listdir(self.directory)), ["key", "key.serial", "list.csv", "out"])

    def test_corrected_rows_are_written_and_the_others_stay(self):
        self.write_list([[SHIJIAZHUANG], ["nothing"], [SHIJIAZHUANG]], ["id"])
        self.assertEqual(self.batch().status, 1)
        before = self.written()
        self.assertEqual(len(before), 2)
        self.write_list([[SHIJIAZHUANG]] * 4, ["id"])
        done = self.batch()
        self.expect_done(done)
        self.assertIn("wrote 2 codes", done.err)
        self.assertIn("2 codes had been written before", done.err)
        self.expect_whole(4)
        self.assertEqual(self.written() | before, self.written())

    def test_a_list_that_says_something_else_where_serials_are_given_is_refused(self):
        self.lamps(5)
        self.expect_done(self.batch())
        before = self.written()
        rows = [[SHIJIAZHUANG, "unit", f"Lamp {i}|路灯 {i}"] for i in range(5)]
        other = [SHIJIAZHUANG, "unit", "another"]
        for changed in ([*rows[:3], other, rows[4]], [*rows[:2], *rows[3:]], [other, *rows],
                        rows[:3], rows[:4]):
            self.write_list(changed, ["id", "purpose", "caption"])
            done = self.batch()
            self.expect_refused(done, 1, "list.csv:", "another -o")
        self.assertEqual(self.written(), before)
        self.lamps(5)
        for options, word in ((("--host", "other.example"), "host"), (("--scale", 3), "scale"),
                              (("--bare",), "--bare"), (("--key", DEMO.code_key()), "key")):
            command = self.command()
            if options[0] in command:
                command[command.index(options[0]) + 1] = options[1]
            else:
                command += options
            self.expect_refused(cityid(*command), 1, word, "-o")
        self.assertEqual(self.written(), before)
        self.assertEqual(self.next_serial(), 6)

    def test_a_document_that_has_changed_is_not_signed_with_the_serial_of_the_old_one(self):
        row = [SHIJIAZHUANG, "document", "permit", "1", "permit.txt"]
        self.write_list([row, row[:4] + [""]],
                        ["id", "purpose", "document_type", "document_number", "document_file"])
        (self.directory / "permit.txt").write_text("one")
        self.expect_done(self.batch())
        before = self.written()
        for name in before:
            (self.out / name).unlink()
        (self.directory / "permit.txt").write_text("two")
        done = self.batch()
        self.assertEqual(done.status, 1, done)
        self.assertRegex(done.err, r"list\.csv:2: document_file: permit\.txt is not what it was")
        self.assertEqual(len(self.written()), 1)
        (self.directory / "permit.txt").write_text("one")
        self.expect_done(self.batch())
        self.assertEqual(self.written(), before)

    def test_lists_that_are_none_are_refused_before_anything_is_signed(self):
        line = f"{SHIJIAZHUANG},x"
        for content, words in (
                (b"", ["empty"]), (b"\r\n\r\n", ["empty"]),
                (b"id,colour\n", ["list.csv:1:", "colour", "caption"]),
                (b"id;caption\n", ["commas"]), (b"id,id\n", ["twice"]),
                ("id,caption\n".encode("utf-16"), ["UTF-16"]),
                (f'id,caption\n{line}\n{SHIJIAZHUANG},"x\n{line}\n'.encode(), ["list.csv:3:", "quote"]),
                (f'id,caption\n{line}\n{SHIJIAZHUANG},"x"y\n{line}\n'.encode(), ["list.csv:3:", "quote"]),
                (f'id,caption\n{line}\n"{"x" * 20_000}\n'.encode(), ["list.csv:3:"])):
            with self.subTest(content[:30]):
                self.list.write_bytes(content)
                done = self.batch()
                self.assertIn(done.status, (1, 3), done)
                self.expect_refused(done, done.status, *words)
                self.expect_nothing_signed()
        self.expect_refused(cityid("code", "batch", "-", "-o", self.out, "--key", self.key, "--host",
                                   HOST), 2, "file")

    def test_a_list_from_a_spreadsheet_is_read_as_it_is(self):
        rows = [f'{SHIJIAZHUANG},"Lamp ""1"", north"', "", f'{SHIJIAZHUANG},"two\r\nlines"', ","]
        written = []
        for mark in (b"", b"\xef\xbb\xbf"):
            for end in ("\n", "\r\n"):
                self.list.write_bytes(mark + end.join(["id,caption", *rows, ""]).encode())
                out = self.directory / f"out{len(written)}"
                self.expect_done(self.batch(out=out))
                written.append([(row["row"], row["line"]) for row in self.manifest(out)])
        self.assertEqual(written, [[("2", "2"), ("3", "4")]] * 4)

    def test_thousands_of_wrong_rows_fill_no_terminal(self):
        self.write_list([["nothing"]] * 5000 + [[SHIJIAZHUANG]], ["id"])
        done = self.batch()
        self.assertEqual(done.status, 1, done)
        self.assertLess(done.err.count("\n"), 110)
        self.assertIn("5,000 rows failed", done.err)
        self.assertEqual(len(self.manifest()), 1)



class Interruptions(BatchCase):
    def killed(self, *options, after, out=None, how=signal.SIGKILL):
        """Starts a batch and ends it after so many seconds. Returns whether it was still running."""
        process = subprocess.Popen([cityid_process.program(),
                                    *map(str, self.command(*options, out=out))],
                                   stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                   stderr=subprocess.DEVNULL)
        try:
            process.wait(after)
            return False
        except subprocess.TimeoutExpired:
            process.send_signal(how)
            process.wait()
            return True

    def killed_until_done(self, draw, *options, look=lambda: None, out=None):
        """Ends a batch at random times until it comes to its end. Returns how often."""
        kills = 0
        seconds = 0.02
        while self.killed(*options, after=draw.uniform(0, seconds), out=out):
            kills += 1
            look()
            seconds *= 1.15
        look()
        return kills

    def test_killed_anywhere_it_goes_on_and_signs_nothing_in_two_ways(self):
        draw = cityid_process.seeded("batch")
        count = 1300
        for round_ in range(3):
            with self.subTest(round=round_):
                self.lamps(count)
                out = self.directory / f"out{round_}"
                first = self.next_serial()
                seen = {}

                def look():
                    """What has its name is whole, and stays as it is."""
                    if not out.exists():
                        return
                    now = {name: digest(content) for name, content in self.written(out).items()}
                    self.assertEqual(seen | now, now, "a file that was there is there")
                    self.assertEqual({name: now[name] for name in seen}, seen)
                    seen.update(now)

                options = [("--bare",), (), ("--format", "png", "--scale", 2)][round_]
                kills = self.killed_until_done(draw, *options, look=look, out=out)
                print(f"killed {kills} times", flush=True)
                rows = self.expect_whole(count, out)
                self.assertEqual(os.listdir(out / ".cityid-batch" / "tmp"), [])
                self.assertTrue(all(first <= int(row["serial"]) < self.next_serial() for row in rows))
                # One run with the same plan gives the same, byte for byte.
                again = self.directory / f"again{round_}"
                (again / ".cityid-batch").mkdir(parents=True)
                shutil.copy(out / ".cityid-batch" / "plan", again / ".cityid-batch" / "plan")
                self.expect_done(self.batch(*options, out=again))
                self.assertEqual(self.written(again), self.written(out))
                self.assertEqual((again / "manifest.csv").read_bytes(),
                                 (out / "manifest.csv").read_bytes())

    def test_sheets_that_were_killed_are_the_same_as_those_of_one_run(self):
        draw = cityid_process.seeded("sheets")
        self.lamps(1300)
        out = self.directory / "sheets.pdf"
        options = ("--sheet", "a4:3x8", "--bare")
        kills = self.killed_until_done(draw, *options, out=out)
        print(f"killed {kills} times", flush=True)
        again = self.directory / "again" / "sheets.pdf"
        pathlib.Path(f"{again}.batch").mkdir(parents=True)
        shutil.copy(f"{out}.batch/plan", f"{again}.batch/plan")
        self.expect_done(self.batch(*options, out=again))
        self.assertEqual(again.read_bytes(), out.read_bytes())
        rows = self.manifest(out)
        self.assertEqual(rows, self.manifest(again))
        self.assertEqual(len({row["serial"] for row in rows}), 1300)

    def test_a_place_of_the_plan_that_was_torn_is_none(self):
        self.lamps(3)
        self.expect_done(self.batch())
        before = {row["row"]: row["serial"] for row in self.manifest()}
        plan = self.out / ".cityid-batch" / "plan"
        content = bytearray(plan.read_bytes())
        content[1024 + 80 * 2 + 70] ^= 1  # in the place of row 3
        plan.write_bytes(content)
        name = self.manifest()[1]["file"]
        (self.out / name).unlink()
        manifest = (self.out / "manifest.csv").read_bytes().splitlines(keepends=True)
        (self.out / "manifest.csv").write_bytes(b"".join(manifest[:2]) + manifest[3] + b'4,"to')
        self.expect_done(self.batch())
        after = {row["row"]: row["serial"] for row in self.manifest()}
        self.assertEqual(after, before | {"3": "4"})

    def test_ctrl_c_says_that_the_same_command_goes_on(self):
        self.lamps(20_000)
        with cityid_process.running(*self.command()) as batch:
            manifest = self.out / "manifest.csv"
            cityid_process.wait_until(lambda: manifest.exists() and manifest.stat().st_size > 1000,
                                      "the first codes")
            batch.process.send_signal(signal.SIGINT)
            self.assertEqual(batch.process.wait(cityid_process.DEADLINE), 3)
            self.assertIn("the same command goes on", batch.text("err"))
        rows = self.manifest()
        self.assertLess(len(rows), 20_000)
        self.expect_whole(len(rows))

    def test_two_batches_of_one_key_take_different_serials(self):
        self.lamps(1500)
        outs = [self.directory / name for name in ("a", "b", "c")]
        with contextlib.ExitStack() as stack:
            both = [stack.enter_context(cityid_process.running(*self.command("--bare", out=out)))
                    for out in outs]
            for batch in both:
                self.assertEqual(batch.process.wait(cityid_process.DEADLINE), 0, batch.text("err"))
        serials = [row["serial"] for out in outs for row in self.expect_whole(1500, out)]
        self.assertEqual(len(set(serials)), 4500)

    def test_a_second_batch_in_one_place_is_refused(self):
        self.lamps(1)
        self.expect_done(self.batch())
        with (self.out / ".cityid-batch" / "plan").open("r+b") as plan:
            fcntl.flock(plan, fcntl.LOCK_EX)  # as another one has it
            self.expect_refused(self.batch(), 3, "another batch")
        self.expect_done(self.batch())
        self.expect_whole(1)

    def test_what_is_no_regular_file_holds_nothing_up(self):
        os.mkfifo(self.directory / "document")
        columns = ["id", "purpose", "document_type", "document_number", "document_file"]
        self.write_list([[SHIJIAZHUANG, "document", "permit", "1", "document"]], columns)
        finished = self.batch()
        self.assertEqual(finished.status, 1, finished)
        self.assertIn("list.csv:2: document_file: document is no regular file", finished.err)

    def test_a_row_that_could_not_be_drawn_is_corrected_in_its_place(self):
        self.write_list([[SHIJIAZHUANG, "a"], [SHIJIAZHUANG, "\U000e0001\U0001f9ff\U00012000"],
                         [SHIJIAZHUANG, "c"]], ["id", "caption"])
        finished = self.batch()
        if finished.status == 0:
            self.skipTest("a font here shows everything")
        self.assertEqual(finished.status, 1, finished)
        self.write_list([[SHIJIAZHUANG, "a"], [SHIJIAZHUANG, "b"], [SHIJIAZHUANG, "c"]], ["id", "caption"])
        self.expect_done(self.batch())
        self.expect_whole(3)

    def test_what_a_quote_might_hide_is_not_signed(self):
        text = f'id,caption\n{SHIJIAZHUANG}, "Hello\n{SHIJIAZHUANG},evil\nbye"\n'
        self.list.write_text(text)
        finished = self.batch()
        self.assertNotEqual(finished.status, 0, finished)
        self.assertFalse((self.out / "manifest.csv").exists() and self.manifest())

    def test_a_list_is_not_replaced_by_what_is_written(self):
        name = self.directory / "s.pdf.csv"
        name.write_text(f"id\n{SHIJIAZHUANG}\n")
        finished = cityid("code", "batch", name, "-o", self.directory / "s.pdf", "--sheet", "a4:3x8",
                          "--key", DEMO.code_key(), "--host", HOST)
        self.expect_refused(finished, 2, "would replace")
        self.assertEqual(name.read_text(), f"id\n{SHIJIAZHUANG}\n")



class Memory(BatchCase):
    def memory(self, count, *options):
        """How many bytes a batch of so many codes takes at most."""
        self.lamps(count)
        out = self.directory / f"{count}{'.pdf' if options else ''}"
        process = subprocess.Popen([cityid_process.program(),
                                    *map(str, self.command("--bare", *options, out=out))],
                                   stdin=subprocess.DEVNULL, stderr=subprocess.PIPE)
        _, status, used = os.wait4(process.pid, 0)
        process.stderr.close()
        process.returncode = os.waitstatus_to_exitcode(status)
        self.assertEqual(process.returncode, 0)
        return used.ru_maxrss * 1024

    def test_a_longer_list_takes_no_more_memory(self):
        for options in ((), ("--sheet", "a4:3x8")):
            with self.subTest(options):
                small, large = self.memory(1000, *options), self.memory(10_000, *options)
                self.assertLess(large - small, 6 << 20)


if __name__ == "__main__":
    cityid_process.main()
