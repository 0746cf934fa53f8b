"""Codes by the thousand (docs/batch.md): what `code batch` writes from a list, as files and on sheets."""
import contextlib
import os
import pty
import re
import shutil
import subprocess
import unittest
import xml.etree.ElementTree

import cityid_process
from batch_case import BatchCase, digest
from cityid_process import SHIJIAZHUANG, cityid, run
from drawn_code import zbar


def setUpModule():
    global DEMO
    DEMO = unittest.enterModuleContext(cityid_process.demo())


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


if __name__ == "__main__":
    cityid_process.main()
