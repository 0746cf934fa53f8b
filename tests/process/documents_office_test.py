"""An office that seals many documents: its register, lists, and what it takes back."""
import csv
import hashlib
import json
import resource
import signal
import subprocess
import time

import cityid_process
import pdf_file
from cityid_process import SHIJIAZHUANG, cityid, seeded
from document_cases import Case, file, options, seal, set_up, verify

COLUMNS = ["time", "serial", "kid", "id", "type", "number", "date", "digest", "file"]


def setUpModule():
    global DEMO, FILES, PERMIT, SEALED
    DEMO, FILES = set_up()
    PERMIT = file("permit.pdf", pdf_file.pdf())
    SEALED = FILES / "sealed.pdf"
    done = seal(PERMIT, SEALED)
    assert done.status == 0, done


class OfficeRegister(Case):
    def setUp(self):
        self.register = self.enterContext(cityid_process.temporary_directory()) / "register.csv"

    def rows(self):
        with self.register.open(encoding="utf-8", newline="") as opened:
            return list(csv.DictReader(opened))

    def revoke(self, *more, number="2026-000123"):
        return cityid("document", "revoke", "--number", number, "--register", self.register, "--ledger",
                      DEMO.ledger, "--key", DEMO.keys / f"{SHIJIAZHUANG}.record.key", "--yes", *more)

    def test_a_row_says_what_was_sealed(self):
        output = FILES / 'a "permit", sealed.pdf'
        done = self.seal(PERMIT, output, "--date", "2026-11-22", "--register", self.register)
        [row] = self.rows()
        self.assertEqual(list(row), COLUMNS)
        code = json.loads(cityid("code", "inspect", "--json", done.out.strip()).out)
        self.assertEqual((row["serial"], row["id"], row["type"], row["number"], row["date"],
                          row["digest"], row["file"]),
                         (str(code["serial"]), SHIJIAZHUANG, "permit", "2026-000123", "2026-11-22",
                          code["document"]["sha256"], str(output)))
        self.assertEqual(row["time"], code["issued"])

    def test_a_permit_is_taken_back_by_its_number(self):
        output = FILES / "back.pdf"
        self.seal(PERMIT, output, "--register", self.register, number="back-1")
        self.seal(PERMIT, FILES / "kept.pdf", "--register", self.register, number="back-2")
        self.expect_done(self.revoke(number="back-1"))
        self.assertEqual(self.states(output, 1), [("unchanged", "revoked")])
        self.assertEqual(self.states(FILES / "kept.pdf", 0), [("unchanged", "valid")])

    def test_several_of_one_number_are_listed(self):
        outputs = [FILES / f"several{at}.pdf" for at in range(3)]
        for output in outputs:
            self.seal(PERMIT, output, "--register", self.register, number="several")
        serials = [row["serial"] for row in self.rows()]
        finished = self.revoke(number="several")
        self.assertEqual((finished.status, finished.out), (2, ""), finished)
        for serial in serials:
            self.assertIn(f"serial {serial} ", finished.err)
        self.expect_done(self.revoke("--serial", serials[1], number="several"))
        self.assertEqual([self.states(output, status)[0][1] for output, status in
                          zip(outputs, (0, 1, 0))], ["valid", "revoked", "valid"])
        self.expect_done(self.revoke("--all", number="several"))
        self.assertEqual(self.states(outputs[2], 1), [("unchanged", "revoked")])

    def test_a_number_that_is_not_there(self):
        self.seal(PERMIT, FILES / "x.pdf", "--register", self.register)
        self.expect_refused(self.revoke(number="2026"), 1, "no document with the number 2026")
        self.expect_refused(self.revoke("--type", "licence"), 1, "of the type licence")

    def test_a_torn_row_is_said_and_costs_no_other(self):
        self.seal(PERMIT, FILES / "x.pdf", "--register", self.register, number="torn")
        whole = self.register.read_bytes()
        self.register.write_bytes(whole + b'2026-11-22T06:50:09Z,17,"00')
        finished = self.revoke("--json", number="torn")
        self.expect_done(finished)
        self.assertIn("register.csv:3", finished.err)
        self.seal(PERMIT, FILES / "x.pdf", "--register", self.register, number="next")
        self.assertTrue(self.register.read_bytes().startswith(whole))
        self.assertEqual([row["number"] for row in self.rows()], ["torn", "next"])

    def test_a_last_row_without_line_end_is_kept(self):
        self.seal(PERMIT, FILES / "x.pdf", "--register", self.register, number="edited")
        self.register.write_bytes(self.register.read_bytes()[:-1])
        self.seal(PERMIT, FILES / "x.pdf", "--register", self.register, number="next")
        self.assertEqual([row["number"] for row in self.rows()], ["edited", "next"])

    def test_another_file_is_no_register(self):
        self.register.write_text("a,b\n1,2\n")
        self.expect_refused(seal(PERMIT, FILES / "x.pdf", "--register", self.register), 1, "first row")
        self.expect_refused(self.revoke(), 1, "no register")

    def test_two_offices_at_one_key_and_one_register(self):
        seals = [subprocess.Popen(
            [cityid_process.program(), "document", "seal", PERMIT, *map(str, options(number=str(at))),
             "--register", self.register, "-o", FILES / f"both{at}.pdf"], stdout=subprocess.PIPE,
            stderr=subprocess.PIPE) for at in range(6)]
        for process in seals:
            _, err = process.communicate(timeout=cityid_process.DEADLINE * 4)
            self.assertEqual(process.returncode, 0, err)
        rows = self.rows()
        self.assertEqual(sorted(row["number"] for row in rows), [str(at) for at in range(6)])
        self.assertEqual(len({row["serial"] for row in rows}), 6)

    def test_killed_at_any_moment_no_sealed_file_is_without_its_row(self):
        big = file("big.pdf", pdf_file.pdf(filler=bytes(8_000_000)))
        draw = seeded("moments at which sealing is killed")
        output = FILES / "killed.pdf"
        start = time.monotonic()
        self.seal(big, output, "--at", "top-left", "--register", self.register, number="whole")
        takes = time.monotonic() - start
        for at in range(15):
            output.unlink(missing_ok=True)
            process = subprocess.Popen(
                [cityid_process.program(), "document", "seal", big,
                 *map(str, options(number=f"killed-{at}")), "--at", "top-left", "--register",
                 self.register, "-o", output], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            time.sleep(draw.random() * takes * 1.2)
            process.send_signal(signal.SIGKILL)
            process.wait()
            if not output.exists():
                continue
            finished = verify(output, "--json")
            self.expect_done(finished)
            [found] = finished.json_lines()
            serial = str(found["answer"]["code"]["serial"])
            self.assertIn((serial, f"killed-{at}"),
                          [(row["serial"], row["number"]) for row in self.rows()])
        # What was left behind stands in nobody's way.
        self.seal(big, output, "--at", "top-left", "--register", self.register)

    def test_a_file_that_cannot_be_written_leaves_its_serial_in_the_register(self):
        def limited():
            resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
        output = FILES / "unwritten.pdf"
        finished = cityid("document", "seal", file("long.pdf", pdf_file.pdf(filler=bytes(9000))),
                          *options(), "--register", self.register, "-o", output, preexec_fn=limited)
        [row] = self.rows()
        self.expect_refused(finished, 3, f"serial {row['serial']} is spent", "register")
        self.assertFalse(output.exists())
        self.assertEqual([path for path in FILES.iterdir() if "unwritten" in path.name], [])


class Batch(Case):
    def setUp(self):
        self.place = self.enterContext(cityid_process.temporary_directory())
        for at in range(6):
            (self.place / f"{at}.pdf").write_bytes(pdf_file.pdf(lines=(f"Permit {at}",)))
        self.list = self.place / "list.csv"
        self.out = self.place / "out"
        self.register = self.place / "register.csv"
        self.write(f"{at}.pdf,n-{at}" for at in range(6))

    def write(self, rows, header="file,number"):
        self.list.write_text("\n".join([header, *rows, ""]), encoding="utf-8")

    def command(self, output=None):
        return ["document", "seal", "--batch", self.list, *options()[:8], "--register", self.register,
                "-o", output or self.out]

    def manifest(self):
        with (self.out / "manifest.csv").open(encoding="utf-8", newline="") as opened:
            return list(csv.DictReader(opened))

    def test_every_document_of_a_list(self):
        self.write(['0.pdf,n-0,2026-11-22,"a, b",1,"10,20",first.pdf', "1.pdf,n-1,,,last,top-left,",
                    f"{self.place}/2.pdf,n-2,,,,,"], "file,number,date,fact:Plot,page,at,output")
        finished = cityid(*self.command(), "--json")
        self.expect_done(finished)
        *lines, summary = finished.json_lines()
        self.assertEqual(summary["summary"]["written"], 3)
        self.assertEqual({line["file"] for line in lines}, {"first.pdf", "1.pdf", "2.pdf"})
        for row in self.manifest():
            sealed = self.out / row["file"]
            self.assertEqual(row["sha256"], hashlib.sha256(sealed.read_bytes()).hexdigest())
            finished = verify(sealed, "--json")
            self.expect_done(finished)
            [found] = finished.json_lines()
            self.assertEqual((found["url"], found["answer"]["code"]["document"]["number"]),
                             (row["url"], row["number"]))
        first = json.loads(verify(self.out / "first.pdf", "--json").out)["answer"]["code"]["document"]
        self.assertEqual((first["date"], first["facts"]),
                         ("2026-11-22", [{"label": "Plot", "value": "a, b"}]))

    def test_a_wrong_row_stops_no_other(self):
        (self.place / "1.pdf").write_bytes(b"%PDF-1.7\nno PDF\n")
        (self.place / "2.pdf").write_bytes(SEALED.read_bytes())
        self.write(["0.pdf,n-0,", "1.pdf,n-1,", "2.pdf,n-2,", "missing.pdf,n-3,", ",n-4,", "5.pdf,,",
                    "5.pdf,n-5,0.pdf", "5.pdf,n-5,../up.pdf", "4.pdf,n-4,"], "file,number,output")
        finished = cityid(*self.command())
        self.assertEqual(finished.status, 1, finished)
        for line in (3, 4, 5, 6, 7, 8, 9):
            self.assertIn(f"list.csv:{line}: ", finished.err)
        self.assertEqual({row["number"] for row in self.manifest()}, {"n-0", "n-4"})
        self.assertEqual(sorted(path.name for path in self.out.glob("*.pdf")), ["0.pdf", "4.pdf"])

    def test_the_same_again_writes_nothing(self):
        self.expect_done(cityid(*self.command()))
        before = {path.name: path.stat().st_mtime_ns for path in self.out.glob("*.pdf")}
        self.expect_done(cityid(*self.command()))
        self.assertEqual({path.name: path.stat().st_mtime_ns for path in self.out.glob("*.pdf")}, before)
        self.assertEqual(len(self.manifest()), 6)

    def test_killed_at_any_moment_it_goes_on_with_the_same_serials(self):
        draw = seeded("moments at which a batch is killed")
        start = time.monotonic()
        self.expect_done(cityid(*self.command(self.place / "whole")))
        takes = time.monotonic() - start
        self.register.unlink()
        sealed = {}
        for _ in range(6):
            process = subprocess.Popen([cityid_process.program(), *map(str, self.command())],
                                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            time.sleep(draw.random() * takes)
            process.kill()
            process.wait()
            for path in self.out.glob("*.pdf"):
                content = path.read_bytes()
                self.assertEqual(sealed.setdefault(path.name, content), content)
        self.expect_done(cityid(*self.command()))
        rows = self.manifest()
        self.assertEqual({row["number"] for row in rows}, {f"n-{at}" for at in range(6)})
        self.assertEqual(len({row["serial"] for row in rows}), 6)
        with self.register.open(encoding="utf-8", newline="") as opened:
            noted = {(row["number"], row["serial"]) for row in csv.DictReader(opened)}
        self.assertEqual(noted, {(row["number"], row["serial"]) for row in rows})

    def test_what_could_not_be_written_is_sealed_later_with_the_serial_that_it_has(self):
        def limited():
            resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
        self.assertEqual(cityid(*self.command(), preexec_fn=limited).status, 3)
        self.assertEqual(list(self.out.glob("*.pdf*")), [])
        self.expect_done(cityid(*self.command()))
        with self.register.open(encoding="utf-8", newline="") as opened:
            noted = [(row["number"], row["serial"]) for row in csv.DictReader(opened)]
        self.assertEqual(set(noted), {(row["number"], row["serial"]) for row in self.manifest()})
        # The register has two rows of one by now, and one code to take back.
        number, spent = next(row for row in noted if noted.count(row) == 2)
        finished = cityid("document", "revoke", "--number", number, "--register", self.register,
                          "--ledger", DEMO.ledger, "--key",
                          DEMO.keys / f"{SHIJIAZHUANG}.record.key", "--json")
        self.expect_done(finished)
        self.assertEqual(json.loads(finished.out)["record"]["body"]["serials"][0]["first"],
                         int(spent))

    def test_files_that_are_not_of_the_batch_are_not_replaced(self):
        self.out.mkdir()
        (self.out / "3.pdf").write_bytes(b"mine")
        (self.out / "4.pdf").symlink_to(self.place / "nowhere")
        finished = cityid(*self.command())
        self.assertEqual(finished.status, 1, finished)
        self.assertRegex(finished.err, r"list\.csv:5: 3\.pdf exists already, and is not of this batch")
        self.assertIn("list.csv:6: 4.pdf exists already", finished.err)
        self.assertEqual((self.out / "3.pdf").read_bytes(), b"mine")
        (self.out / "3.pdf").unlink()
        (self.out / "4.pdf").unlink()
        self.expect_done(cityid(*self.command()))

    def test_names_that_are_one_file_elsewhere(self):
        self.write(["1.pdf,n-1,", "2.pdf,n-2,same.pdf", "3.pdf,n-3,SAME.pdf", "4.pdf,n-4,con.pdf"],
                   "file,number,output")
        finished = cityid(*self.command())
        self.assertEqual(finished.status, 1, finished)
        self.assertIn("list.csv:4: ", finished.err)
        self.assertIn("list.csv:5: output: ", finished.err)
        self.assertEqual(len(self.manifest()), 2)

    def test_what_was_sealed_and_is_another_now_is_not_passed_over(self):
        self.expect_done(cityid(*self.command()))
        (self.place / "3.pdf").write_bytes(pdf_file.pdf(lines=("Another permit",)))
        finished = cityid(*self.command())
        self.assertEqual(finished.status, 1, finished)
        self.assertIn("list.csv:5: this row, its document or an option is not what it was", finished.err)
        self.write([f"{at}.pdf,n-{at}" for at in range(5)] + ["5.pdf,n-55"])
        self.assertIn("list.csv:7: ", cityid(*self.command()).err)

    def test_another_caption_is_another_batch(self):
        self.expect_done(cityid(*self.command()))
        (self.out / "3.pdf").unlink()
        finished = cityid(*self.command(), "--caption", "Keep this")
        self.expect_refused(finished, 1, "caption")
        self.assertFalse((self.out / "3.pdf").exists())

    def test_nothing_that_the_batch_needs_is_written_over(self):
        key_file, content = DEMO.code_key(), DEMO.code_key().read_bytes()
        (self.out).mkdir()
        (self.out / "key.pdf").hardlink_to(self.place / "0.pdf")
        self.write(["1.pdf,n-1,manifest.csv", "2.pdf,n-2,key.pdf", "3.pdf,n-3,3.pdf", "0.pdf,n-0,0.pdf"],
                   "file,number,output")
        finished = cityid(*self.command())
        self.assertEqual(finished.status, 1, finished)
        self.assertRegex(finished.err, r"list.csv:3: [^\n]*which this batch needs")
        self.assertEqual({row["number"] for row in self.manifest()} - {"n-1"}, {"n-3", "n-0"})
        self.assertEqual(key_file.read_bytes(), content)

    def test_a_document_that_is_another_now_is_not_sealed_with_its_old_serial(self):
        self.expect_done(cityid(*self.command()))
        (self.out / "3.pdf").unlink()
        (self.place / "3.pdf").write_bytes(pdf_file.pdf(lines=("Another permit",)))
        finished = cityid(*self.command())
        self.assertEqual(finished.status, 1, finished)
        self.assertIn("list.csv:5: ", finished.err)
        self.assertFalse((self.out / "3.pdf").exists())

    def test_bad_lists(self):
        for header, words in (("file,number,colour", "unknown column 'colour'"), ("number", "'file'"),
                              ("file,file", "twice"), ("file,fact:", "label"),
                              ("file,fact:a=b", "label"), ("file;number", "unknown column")):
            self.write([], header)
            self.expect_refused(cityid(*self.command()), 1, "list.csv:1", words)


if __name__ == "__main__":
    cityid_process.main()
