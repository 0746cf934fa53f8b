"""Codes by the thousand (docs/batch.md): what `code batch` writes from a list, what it says of rows
that are wrong, and what is left of it when it is ended anywhere."""
import contextlib
import csv
import fcntl
import hashlib
import os
import pathlib
import pty
import re
import shutil
import signal
import subprocess
import unittest
import xml.etree.ElementTree

import cityid_process
from cityid_process import HOST, SHIJIAZHUANG, cityid, run
from drawn_code import zbar

HEADER = ["id", "purpose", "days", "document_type", "document_number", "document_date",
          "document_file", "caption", "file", "format"]


def setUpModule():
    global DEMO
    DEMO = unittest.enterModuleContext(cityid_process.demo())


def digest(content):
    return hashlib.sha256(content).hexdigest()


class BatchCase(cityid_process.Case):
    def setUp(self):
        self.directory = self.enterContext(cityid_process.temporary_directory())
        self.key = self.directory / "key"
        self.expect_done(cityid("key", "new", self.key, "--no-passphrase"))
        self.list = self.directory / "list.csv"
        self.out = self.directory / "out"

    def write_list(self, rows, header=HEADER):
        """Rows are fields in the order of the header, or a text that stands in the list as it is."""
        with open(self.list, "w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(header)
            for row in rows:
                if isinstance(row, str):
                    file.write(row)
                else:
                    writer.writerow(row)

    def lamps(self, count, begin=0):
        """A list of lamps, each with a caption."""
        self.write_list([[SHIJIAZHUANG, "unit", f"Lamp {i}|路灯 {i}"] for i in range(begin, count)],
                        ["id", "purpose", "caption"])

    def command(self, *options, out=None, key=None):
        return ["code", "batch", self.list, "-o", out or self.out, "--key", key or self.key,
                "--host", HOST, *options]

    def batch(self, *options, **how):
        return cityid(*self.command(*options, **how), cwd=self.directory)

    def manifest(self, out=None):
        out = out or self.out
        path = pathlib.Path(f"{out}.csv") if str(out).endswith(".pdf") else out / "manifest.csv"
        with open(path, encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))

    def next_serial(self):
        return int(pathlib.Path(f"{self.key}.serial").read_text())

    def expect_nothing_signed(self):
        self.assertEqual(self.next_serial(), 1)

    def written(self, out=None):
        """The files of a batch by their names, but for its own."""
        return {path.name: path.read_bytes() for path in (out or self.out).iterdir()
                if path.is_file() and path.name != "manifest.csv"}

    def expect_whole(self, count, out=None):
        """Every row has one file, which is what the manifest says, and a serial of its own."""
        rows = self.manifest(out)
        self.assertEqual(sorted(int(row["row"]) for row in rows), list(range(2, count + 2)))
        self.assertEqual(len({row["serial"] for row in rows}), count)
        files = self.written(out)
        self.assertEqual({row["file"]: row["sha256"] for row in rows},
                         {name: digest(content) for name, content in files.items()})
        return rows


class Files(BatchCase):
    def test_another_reader_finds_in_every_file_what_the_manifest_says(self):
        (self.directory / "permit.txt").write_text("a permit")
        document = [SHIJIAZHUANG, "document", "365", "permit", "XC-17", "2026-11-29", "permit.txt",
                    "Permit XC-17|石家庄市", "", "png"]
        plain = [SHIJIAZHUANG, "", "", "", "", "", "", "", "plain", ""]
        large = [SHIJIAZHUANG, "unit", "30", "", "", "", "", 'A "bridge",\r\nتصريح', "a b.pdf", ""]
        self.write_list([document, plain, large])
        done = self.batch("--check", key=DEMO.code_key())
        self.expect_done(done)
        self.assertIn("3 codes read back", done.err)
        rows = self.expect_whole(3)
        self.assertEqual([row["file"] for row in rows], ["000002-XC-17.png", "plain.svg", "a b.pdf"])
        self.assertEqual([row["line"] for row in rows], ["2", "3", "4"])
        picture = self.directory / "page"
        self.expect_done(run("pdftoppm", "-png", "-singlefile", "-r", 150, self.out / "a b.pdf", picture))
        for row, file in ((rows[0], self.out / rows[0]["file"]), (rows[2], f"{picture}.png")):
            self.assertEqual(zbar(file), [row["url"]])
        self.expect_done(cityid("scan", "--ledger", DEMO.ledger, self.out / rows[0]["file"],
                                rows[1]["url"], self.out / "a b.pdf"))
        claims = cityid("code", "inspect", "--json", rows[0]["url"]).json_lines()[0]
        self.assertEqual(str(claims["serial"]), rows[0]["serial"])
        self.assertIn(digest(b"a permit"), str(claims))

    def test_facts_of_a_document_have_columns_of_their_own(self):
        row = [SHIJIAZHUANG, "document", "permit"]
        self.write_list([[*row, "1", "2 cars", "<b>"], [*row, "2", "", "x"], [*row, "3", "", ""],
                         [*row, "4", "y" * 193, ""], [*row, "5", "y" * 190, "y" * 60]],
                        ["id", "purpose", "document_type", "document_number", "fact:Valid for",
                         " fact: Place"])
        done = self.batch("--bare")
        self.assertEqual(done.status, 1, done)
        self.assertRegex(done.err, r"list\.csv:5: .*\n\S*list\.csv:6: .*\n")
        facts = [cityid("code", "inspect", "--json", written["url"]).json_lines()[0]["document"].get("facts")
                 for written in self.manifest()]
        self.assertEqual(facts, [[{"label": "Valid for", "value": "2 cars"}, {"label": "Place", "value": "<b>"}],
                                 [{"label": "Place", "value": "x"}], None])
        for header, word in (("fact:", "LABEL"), ("fact:a,fact: a", "twice")):
            self.list.write_text(f"id,{header}\n")
            self.expect_refused(self.batch(), 1, word)

    def test_names_and_captions_with_markup_do_no_harm(self):
        self.write_list([[SHIJIAZHUANG, '<script>alert("1")</script>|&amp;|=1+1|' + "x" * 3000]],
                        ["id", "caption"])
        for form in ("svg", "png", "pdf"):
            self.expect_done(self.batch("--format", form, out=self.directory / form))
        svg = next((self.directory / "svg").glob("*.svg"))
        kinds = {element.tag.rpartition("}")[2] for element in
                 xml.etree.ElementTree.parse(svg).iter()}
        self.assertEqual(kinds, {"svg", "rect", "path"})

    def test_defaults_stand_where_the_list_says_nothing(self):
        self.write_list([["a"], ["b"]], ["file"])
        self.expect_refused(self.batch("--id", "nothing"), 2, "--id")
        self.expect_done(self.batch("--id", SHIJIAZHUANG, "--purpose", "device", "--days", 9,
                                    "--format", "png", "--bare"))
        rows = self.manifest()
        self.assertEqual([row["file"] for row in rows], ["a.png", "b.png"])
        claims = cityid("code", "inspect", "--json", rows[1]["url"]).json_lines()[0]
        self.assertEqual((claims["id"], claims["purpose"]), (SHIJIAZHUANG, "device"))
        self.assertIn("expires", str(claims))

    def test_programs_get_a_line_for_each_row_and_a_summary(self):
        self.write_list([[SHIJIAZHUANG], ["nothing"], [SHIJIAZHUANG]], ["id"])
        done = self.batch("--json", "--check")
        self.assertEqual((done.status, done.err), (1, ""), done)
        lines = done.json_lines()
        self.assertEqual([line["line"] for line in lines if "url" in line], [2, 4])
        self.assertEqual([line["line"] for line in lines if "error" in line], [3])
        self.assertEqual(lines[-1]["summary"] | {"output": ""},
                         {"output": "", "manifest": str(self.out / "manifest.csv"), "written": 2,
                          "before": 0, "failed": 1, "checked": 2, "unreadable": 0})

    def test_a_file_of_somebody_else_is_not_replaced(self):
        self.lamps(2)
        self.out.mkdir()
        (self.out / f"000003-{SHIJIAZHUANG}.svg").write_text("mine")
        done = self.batch()
        self.assertEqual(done.status, 1, done)
        self.assertIn("list.csv:3: ", done.err)
        self.assertEqual((self.out / f"000003-{SHIJIAZHUANG}.svg").read_text(), "mine")
        self.assertEqual(len(self.manifest()), 1)
        (self.out / "manifest.csv").write_text("mine\n")
        self.expect_refused(self.batch(), 1, "manifest.csv")
        self.assertEqual((self.out / "manifest.csv").read_text(), "mine\n")

    def test_without_the_program_that_draws_captions_no_serial_is_spent(self):
        self.lamps(2)
        alone = self.directory / "cityid"
        shutil.copy(cityid_process.program(), alone)
        self.expect_refused(run(alone, *self.command()), 3, "cityid-print", "--bare")
        self.expect_nothing_signed()
        self.expect_done(run(alone, *self.command("--bare")))

    def test_small_codes_are_said_to_be_unreadable(self):
        self.lamps(2)
        for form in ("svg", "png", "pdf"):
            with self.subTest(form):
                done = self.batch("--check", "--size", 12, "--format", form, out=self.directory / form)
                self.assertEqual(done.status, 1, done)
                for line in (2, 3):
                    self.assertRegex(done.err, rf"list\.csv:{line}: .*can't be read at 100 dpi")
                self.assertIn("2 codes not", done.err)

    def test_a_file_that_was_changed_is_not_what_was_written(self):
        self.lamps(2)
        self.expect_done(self.batch())
        file = self.out / self.manifest()[0]["file"]
        file.write_bytes(file.read_bytes().replace(b"h1v1h-1z", b"h2v1h-2z", 1))
        done = self.batch("--check")
        self.assertEqual(done.status, 1, done)
        self.assertIn("list.csv:2: ", done.err)


    def test_a_file_that_is_gone_is_drawn_as_it_was_or_not_at_all(self):
        self.lamps(2)
        self.expect_done(self.batch())
        before = self.written()
        first, second = (self.out / row["file"] for row in self.manifest())
        first.unlink()
        self.expect_done(self.batch("--check"))
        self.assertEqual(self.written(), before)
        manifest = self.out / "manifest.csv"
        manifest.write_text(manifest.read_text().replace(digest(second.read_bytes()), "0" * 64))
        second.unlink()
        done = self.batch()
        self.assertEqual(done.status, 1, done)
        self.assertRegex(done.err, rf"list\.csv:3: {re.escape(second.name)} is gone, and would be drawn")
        self.assertFalse(second.exists())


class Sheets(BatchCase):
    def setUp(self):
        super().setUp()
        self.out = self.directory / "sheets.pdf"

    def drawn(self, page, dpi, *options):
        """A page of the sheets as a picture."""
        picture = self.directory / "page"
        self.expect_done(run("pdftoppm", "-png", "-singlefile", "-r", dpi, "-f", page, *options, self.out,
                             picture))
        return f"{picture}.png"

    def label(self, page, left, top, width, height, dpi):
        """A label of the sheets, cut out along its edges, as a picture."""
        return self.drawn(page, dpi, *(str(round(side * dpi / 25.4)) if isinstance(side, float) else side
                                       for side in ("-x", left, "-y", top, "-W", width, "-H", height)))

    def test_another_reader_finds_every_label_on_its_page(self):
        """zbar confuses the corners of neighbours now and then: what it misses is cut out for it."""
        self.lamps(27)
        # The options, the columns, and of the first label left, top, width and height; the gap.
        for options, columns, left, top, width, height, gap in (
                (("--sheet", "a4:3x8"), 3, 10.0, 10.0, 190 / 3, 277 / 8, 0.0),
                (("--sheet", "a4", "--label", "70x37"), 3, 0.0, 0.5, 70.0, 37.0, 0.0),
                (("--sheet", "letter:3x8", "--cut-marks", "--gap", "1.5"), 3, 10.0, 10.0,
                 (195.9 - 3) / 3, (259.4 - 10.5) / 8, 1.5),
                (("--sheet", "300x210:4x6", "--bare"), 4, 10.0, 10.0, 70.0, 190 / 6, 0.0)):
            with self.subTest(options):
                done = self.batch("--check", *options)
                self.expect_done(done)
                self.assertIn("27 codes read back", done.err)
                rows = self.manifest()
                self.assertEqual({row["sha256"] for row in rows}, {digest(self.out.read_bytes())})
                self.assertEqual([(row["page"], row["label"]) for row in rows],
                                 [(str(i // 24 + 1), str(i % 24 + 1)) for i in range(27)])
                self.assertRegex(run("pdfinfo", self.out).out, r"Pages: +2\n")
                for page in (1, 2):
                    wanted = {row["url"]: int(row["label"]) - 1 for row in rows if row["page"] == str(page)}
                    found = set(zbar(self.drawn(page, 150)))
                    self.assertLessEqual(found, set(wanted))
                    self.assertGreaterEqual(len(found), len(wanted) * 0.8)
                    for url in set(wanted) - found:
                        x = left + wanted[url] % columns * (width + gap)
                        y = top + wanted[url] // columns * (height + gap)
                        alone = [zbar(self.label(page, x, y, width, height, dpi)) for dpi in (200, 300)]
                        self.assertIn([url], alone)
        # The layout changed, and the codes are the same.
        self.assertEqual(self.next_serial(), 28)

    def test_other_programs_open_it_without_complaint(self):
        self.lamps(600)
        self.expect_done(self.batch("--sheet", "a5:1x2", "--bare"))  # two nodes of pages
        checked = run("qpdf", "--check", self.out)
        self.expect_done(checked)
        self.assertNotIn("WARNING", checked.out + checked.err)
        info = run("pdfinfo", self.out)
        self.assertRegex(info.out, r"Pages: +300\n")
        self.assertRegex(info.out, r"Page size: +419\.5\d* x 595\.2\d* pts")
        self.assertNotIn("Date", info.out)
        if shutil.which("gs"):
            self.expect_done(run("gs", "-q", "-dBATCH", "-dNOPAUSE", "-dPDFSTOPONERROR",
                                 "-sDEVICE=nullpage", self.out))

    def test_wrong_rows_take_no_label_and_get_theirs_when_they_are_corrected(self):
        self.write_list([[SHIJIAZHUANG, "a"], ["nothing", "b"], [SHIJIAZHUANG, "c"]], ["id", "caption"])
        options = ("--sheet", "a4:2x2")
        done = self.batch(*options)
        self.assertEqual(done.status, 1, done)
        before = {row["row"]: row["url"] for row in self.manifest()}
        self.assertEqual(list(before), ["2", "4"])
        self.write_list([[SHIJIAZHUANG, "a"], [SHIJIAZHUANG, "b"], [SHIJIAZHUANG, "c"]], ["id", "caption"])
        self.expect_done(self.batch(*options))
        after = {row["row"]: row["url"] for row in self.manifest()}
        self.assertEqual(list(after), ["2", "3", "4"])
        self.assertEqual(after | before, after)

    def test_what_is_there_is_not_drawn_again(self):
        self.lamps(3)
        self.expect_done(self.batch("--sheet", "a4:2x2"))
        before = self.out.stat()
        done = self.batch("--sheet", "a4:2x2")
        self.expect_done(done)
        self.assertIn("3 codes had been written before", done.err)
        self.assertEqual(self.out.stat().st_ino, before.st_ino)

    def test_labels_without_room_are_refused_by_line(self):
        self.lamps(2)
        done = self.batch("--sheet", "100x100:10x10", "--margin", "0", "--bare")
        self.assertEqual(done.status, 1, done)
        self.assertRegex(done.err, r"list\.csv:2: the label has no room.*\n.*list\.csv:3: ")
        self.assertFalse(self.out.exists())

    def test_labels_that_are_too_small_to_be_read_are_said(self):
        self.lamps(2)
        done = self.batch("--sheet", "a4:3x8", "--size", 12, "--check")
        self.assertEqual(done.status, 1, done)
        self.assertRegex(done.err, r"list\.csv:2: page 1, label 1: .*can't be read at 100 dpi")

    def test_a_pdf_that_was_changed_is_not_the_one_that_was_written(self):
        self.lamps(2)
        self.expect_done(self.batch("--sheet", "a4:3x8", "--check"))
        with open(self.out, "ab") as file:
            file.write(b"%\n")
        self.expect_refused(self.batch("--sheet", "a4:3x8", "--check"), 1, "is not the file that", "remove it")
        self.out.unlink()
        self.expect_done(self.batch("--sheet", "a4:3x8", "--check"))

    def test_sheets_that_make_no_sense_are_refused(self):
        self.lamps(1)
        for options, word in ((["--sheet", "a4"], "--label"), (["--sheet", "b4:3x8"], "--sheet"),
                              (["--sheet", "a4:0x8"], "--sheet"), (["--sheet", "a4:20x20"], "200"),
                              (["--sheet", "a4:3x8", "--label", "71x37"], "--label"),
                              (["--sheet", "a4:3x8", "--margin", "-1"], "--margin"),
                              (["--sheet", "a4:3x8", "--margin", "1e9"], "--margin"),
                              (["--sheet", "a4:3x8", "--margin", "100"], "--sheet"),
                              (["--sheet", "a4:3x8", "--margin", "0", "--cut-marks"], "--cut-marks"),
                              (["--sheet", "a4", "--label", "70x37", "--size", "38"], "37 mm"),
                              (["--label", "70x37"], "--sheet")):
            with self.subTest(options):
                self.expect_refused(self.batch(*options), 2, word)
        self.expect_refused(self.batch("--sheet", "a4:3x8", out=self.directory / "x"), 2, ".pdf")
        self.out.write_text("mine")
        self.expect_refused(self.batch("--sheet", "a4:3x8"), 1, "exists already")
        self.assertEqual(self.out.read_text(), "mine")
        self.expect_nothing_signed()


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


class Words(BatchCase):
    def test_a_terminal_sees_how_fast_it_goes_and_how_long_the_rest_takes(self):
        self.lamps(8000)
        ours, theirs = pty.openpty()
        process = subprocess.Popen([cityid_process.program(), *map(str, self.command("--bare"))],
                                   stdin=subprocess.DEVNULL, stderr=theirs)
        os.close(theirs)
        said = b""
        with contextlib.suppress(OSError):  # as Linux says that nobody writes any more
            while part := os.read(ours, 4096):
                said += part
        os.close(ours)
        self.assertEqual(process.wait(), 0)
        self.assertRegex(said.decode(), r"codes: \d+ of 8000, \d+ a second, \d+ s left")
        self.assertRegex(said.decode(), r"\r\x1b\[Kwrote 8,000 codes to [^\n]*\n\Z")


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
