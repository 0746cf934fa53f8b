"""cityid document seal, verify and revoke: a permit leaves the house, and comes back as whatever
somebody made of it."""
import csv
import hashlib
import json
import os
import pathlib
import resource
import signal
import subprocess
import time
import unittest

import cityid_process
import pdf_file
import sealed_file
import signed_code
from cityid_process import HOST, SHIJIAZHUANG, cityid, run, seeded
from signed_code import with_other_last_digit

INDEPENDENT = pathlib.Path(__file__).resolve().parents[1] / "independent" / "verify_seal.py"
BEIJING = "MA.156.1100"
COLUMNS = ["time", "serial", "kid", "id", "type", "number", "date", "digest", "file"]


def setUpModule():
    global DEMO, RESOLVER, FILES, PERMIT, SEALED, SEALED_URL
    DEMO = unittest.enterModuleContext(cityid_process.demo())
    RESOLVER = unittest.enterModuleContext(cityid_process.resolver(DEMO.ledger))
    FILES = unittest.enterModuleContext(cityid_process.temporary_directory())
    PERMIT = file("permit.pdf", pdf_file.pdf())
    SEALED = FILES / "sealed.pdf"
    done = seal(PERMIT, SEALED, "--date", "2026-11-22", "--fact", "Storeys=3")
    assert done.status == 0, done
    SEALED_URL = done.out.strip()


def file(name, content):
    """A file with this content; its path."""
    path = FILES / name
    path.write_bytes(content)
    return path


def key(identifier=SHIJIAZHUANG):
    return signed_code.read_key(DEMO.code_key(identifier))


def options(identifier=SHIJIAZHUANG, number="2026-000123"):
    return ["--id", identifier, "--key", DEMO.code_key(identifier), "--host", HOST, "--type", "permit",
            "--number", number]


def seal(document, output, *more, **said):
    return cityid("document", "seal", document, *options(**said), *more, "-o", output)


def verify(document, *more):
    return cityid("document", "verify", document, "--ledger", DEMO.ledger, *more)


class Case(cityid_process.Case):
    def seal(self, document, output, *more, **said):
        done = seal(document, output, *more, **said)
        self.expect_done(done)
        return done

    def states(self, document, status, *more):
        """The states of a file by its seals, and the verdicts of their codes."""
        finished = verify(document, "--json", *more)
        self.assertEqual(finished.status, status, finished)
        found = finished.json_lines()
        self.assertEqual({line["file"] for line in found}, {str(document)}, finished)
        return [(line["state"], line.get("answer", {}).get("verdict")) for line in found]

    def expect_changed(self, content, why, status=1):
        """It is said why, and the code is not made the file's."""
        path = file("changed.pdf", content)
        finished = verify(path)
        self.assertEqual(finished.status, status, finished)
        self.assertRegex(finished.out, rf"\Achanged: .*{why}", finished)
        return finished


class Genuine(Case):
    def test_a_sealed_file_is_its_input_and_an_update(self):
        sealed = SEALED.read_bytes()
        self.assertTrue(sealed.startswith(PERMIT.read_bytes()))
        self.expect_done(run("qpdf", "--check", SEALED))

    def test_it_verifies_in_every_way_that_codes_are_judged(self):
        proof, pack = FILES / "permit.proof", FILES / "city.pack"
        url = cityid("code", "inspect", "--json", SEALED_URL)
        self.expect_done(url)
        about = SEALED_URL.removeprefix(f"https://{HOST}/")
        self.expect_done(cityid("prove", about, "--ledger", DEMO.ledger, "-o", proof))
        self.expect_done(cityid("pack", SHIJIAZHUANG, "--ledger", DEMO.ledger, "-o", pack))
        trust = ("--trust", DEMO.directory / "trust.txt")
        for whom in (("--ledger", DEMO.ledger), ("--resolver", RESOLVER.url),
                     ("--resolver", RESOLVER.url, *trust), (*trust, "--proof", proof),
                     (*trust, "--pack", pack)):
            with self.subTest(whom=whom):
                finished = cityid("document", "verify", SEALED, *whom)
                self.expect_done(finished)
                self.assertRegex(finished.out, r"\Aunchanged: [^\n]*\nvalid: ", finished)
                self.assertIn("2026-000123", finished.out)

    def test_an_independent_verifier_agrees(self):
        public = bytes(key().verify_key).hex()
        done = run("/usr/bin/python3", INDEPENDENT, SEALED, public)
        self.expect_done(done)
        self.assertIn("unchanged", done.out)

    def test_the_code_on_the_page_is_the_one_that_is_sealed(self):
        finished = cityid("scan", "--json", "--ledger", DEMO.ledger, SEALED)
        self.expect_done(finished)
        self.assertEqual([line["verdict"] for line in finished.json_lines()], ["valid"])
        self.assertRegex(finished.err, r"has a seal, and is unchanged; [^\n]*document verify")
        raw = cityid("code", "inspect", "--raw", SEALED)
        self.assertEqual(raw.out.strip(), SEALED_URL)

    def test_json_says_where_the_seal_is(self):
        finished = verify(SEALED, "--json")
        self.expect_done(finished)
        [found] = finished.json_lines()
        sealed = SEALED.read_bytes()
        self.assertEqual(found["url"], SEALED_URL)
        place = found["place"]
        self.assertEqual(place["original"], PERMIT.stat().st_size)
        self.assertEqual(place["begin"] + place["length"] + place["rest"], len(sealed))
        digest = hashlib.sha256(sealed[:place["begin"]] + sealed[place["begin"] + place["length"]:])
        self.assertEqual(found["answer"]["code"]["document"]["sha256"], digest.hexdigest())

    def test_the_stamp_is_where_it_is_told(self):
        for at, x, y in (("top-left", 8, 8), ("30,40.5", 30, 40)):
            finished = self.seal(PERMIT, FILES / "placed.pdf", "--at", at, "--page", "1")
            self.assertRegex(finished.err, rf"stamped page 1, {x} mm from its left edge and {y}")
            self.assertEqual(self.states(FILES / "placed.pdf", 0), [("unchanged", "valid")])

    def test_by_itself_it_covers_nothing(self):
        # Only the upper right corner is empty.
        drawing = "0 0 595 500 re 0 500 300 400 re f\n"
        full = file("full.pdf", pdf_file.pdf(lines=(), drawing=drawing))
        finished = self.seal(full, FILES / "placed.pdf")
        self.assertNotIn("warning", finished.err)
        left = int(finished.err.split("page 1, ")[1].split(" mm")[0])
        self.assertGreater(left, 106)
        nowhere = file("nowhere.pdf", pdf_file.pdf(lines=(), drawing="0 0 300 842 re f\n" + "".join(
            f"{x} 0 9 842 re f\n" for x in range(300, 595, 18))))
        finished = self.seal(nowhere, FILES / "placed.pdf")
        self.assertIn("the stamp covers something", finished.err)

    def test_without_pdftoppm_it_asks_for_the_place(self):
        env = {**os.environ, "PATH": str(FILES)}
        finished = cityid("document", "seal", PERMIT, *options(), "-o", FILES / "none.pdf", env=env)
        self.expect_refused(finished, 3, "--at", "poppler-utils")
        self.assertFalse((FILES / "none.pdf").exists())
        finished = cityid("document", "seal", PERMIT, *options(), "--at", "top-right", "-o",
                          FILES / "placed.pdf", env=env)
        self.expect_done(finished)


class Refused(Case):
    """What is not sealed takes no serial."""

    def setUp(self):
        self.serial = pathlib.Path(f"{DEMO.code_key()}.serial").read_text()

    def expect_unsealed(self, finished, status, *words):
        self.expect_refused(finished, status, *words)
        self.assertEqual(pathlib.Path(f"{DEMO.code_key()}.serial").read_text(), self.serial)

    def test_its_own_input_is_not_written_over(self):
        link = FILES / "link.pdf"
        link.symlink_to(PERMIT)
        for output in (PERMIT, link, FILES / "." / "permit.pdf"):
            self.expect_unsealed(seal(PERMIT, output), 2, "-o", "another file")
        self.expect_unsealed(seal(PERMIT, FILES / "x.pdf", "--register", PERMIT), 2, "--register")

    def test_what_is_sealed_already(self):
        self.expect_unsealed(seal(SEALED, FILES / "x.pdf"), 1, "sealed already", "--again")
        added = file("added.pdf", SEALED.read_bytes() + b"\n%%EOF\n")
        self.expect_unsealed(seal(added, FILES / "x.pdf", "--again"), 1, "ADDED TO", "--extract")

    def test_signatures_and_scripts(self):
        catalog = "<< /Type /Catalog /Pages 2 0 R /OpenAction << /S /JavaScript /JS (1) >> >>"
        script = file("script.pdf", pdf_file.update(PERMIT.read_bytes(), {1: catalog}))
        self.expect_unsealed(seal(script, FILES / "x.pdf"), 1, "--dynamic")
        field = ("<< /Type /Catalog /Pages 2 0 R /AcroForm << /SigFlags 3 /Fields [<< /FT /Sig /T (s) "
                 "/V << /Type /Sig /ByteRange [0 1 2 3] /Contents <00> >> >>] >> >>")
        signed = file("signed.pdf", pdf_file.update(PERMIT.read_bytes(), {1: field}))
        self.expect_unsealed(seal(signed, FILES / "x.pdf"), 1, "--after-signatures", "seal first")
        self.seal(script, FILES / "x.pdf", "--dynamic")
        self.seal(signed, FILES / "x.pdf", "--after-signatures")

    def test_wrong_places_and_sizes(self):
        for words, *more in (("--at is", "--at", "middle"), ("beyond the page", "--at", "200,290"),
                             ("--page", "--page", "0"), ("page", "--page", "2"),
                             ("mm", "--size", "400"), ("--level", "--level", "H")):
            self.expect_unsealed(seal(PERMIT, FILES / "x.pdf", *more), 2, words)

    def test_what_is_no_pdf_inside(self):
        broken = file("broken.pdf", b"%PDF-1.7\nnothing of the kind\n")
        self.expect_unsealed(seal(broken, FILES / "x.pdf"), 1)

    def test_a_document_without_type_or_number(self):
        finished = cityid("document", "seal", PERMIT, *options()[:6], "-o", FILES / "x.pdf")
        self.expect_unsealed(finished, 2, "--type")


class Changed(Case):
    def test_no_byte_can_be_another(self):
        sealed = SEALED.read_bytes()
        draw = seeded("positions of changed bytes")
        for at in draw.sample(range(len(sealed)), 60):
            content = bytearray(sealed)
            content[at] ^= 1 << draw.randrange(8)
            finished = verify(file("byte.pdf", bytes(content)), "--json")
            self.assertIn(finished.status, (1, 3), f"byte {at}: {finished}")
            self.assertNotIn('"state":"unchanged"', finished.out, f"byte {at}")

    def test_a_seal_of_another_document(self):
        sealed, original = SEALED.read_bytes(), PERMIT.read_bytes()
        other = original.replace(b"It permits nothing", b"It permits a lot! ")
        self.expect_changed(other + sealed[len(original):], "not those that were sealed")
        longer = original + b"\n"
        self.expect_changed(longer + sealed[len(original):], "another place")

    def test_a_genuine_code_with_the_digest_of_another_file(self):
        code = sealed_file.seal(HOST, SHIJIAZHUANG, key(), document={4: hashlib.sha256().digest()})
        self.expect_changed(code, "not those that were sealed")

    def test_a_seal_whose_code_is_another(self):
        sealed = SEALED.read_bytes()
        url = SEALED_URL.encode()
        other = with_other_last_digit(SEALED_URL).encode()
        self.expect_changed(sealed.replace(url, other, 1), "not its code")

    def test_a_file_that_was_cut_off(self):
        self.expect_changed(SEALED.read_bytes()[:-1], "cut off")

    def test_scan_does_not_let_it_pass(self):
        changed = file("permits.pdf", SEALED.read_bytes().replace(b"It permits nothing",
                                                                  b"It permits a lot! "))
        for path, words in ((changed, "WAS CHANGED"),
                            (file("more.pdf", SEALED.read_bytes() + b" "), "WAS ADDED TO: 1 byte")):
            finished = cityid("scan", "--ledger", DEMO.ledger, path)
            self.assertEqual(finished.status, 1, finished)
            self.assertIn("valid: Genuine", finished.out)
            self.assertIn(words, finished.err)

    def test_nothing_of_it_is_written(self):
        changed = file("changed.pdf", SEALED.read_bytes().replace(b"permits", b"Permits", 1))
        for option in ("--extract", "--original"):
            finished = verify(changed, option, FILES / "taken.pdf")
            self.assertEqual(finished.status, 1, finished)
            self.assertIn("nothing was written", finished.err)
            self.assertFalse((FILES / "taken.pdf").exists())

    def test_a_code_that_nobody_accepts_is_not_valid_in_an_unchanged_file(self):
        foreign = sealed_file.seal(HOST, SHIJIAZHUANG, key(BEIJING))
        self.assertEqual(self.states(file("foreign.pdf", foreign), 1), [("unchanged", "unknown-key")])


class AddedTo(Case):
    def test_whatever_is_appended_is_said_and_the_sealed_part_can_be_taken_out(self):
        sealed = SEALED.read_bytes()
        for name, content, looks_signed in (
                ("page", pdf_file.with_other_page(sealed), False),
                ("annotation", pdf_file.with_annotation(sealed), False),
                ("end", sealed + b"%%EOF\n", False), ("byte", sealed + b"\n", False),
                ("signature", pdf_file.with_signature(sealed), True)):
            with self.subTest(name):
                path = file("more.pdf", content)
                finished = verify(path, "--json")
                self.assertEqual(finished.status, 1, finished)
                [found] = finished.json_lines()
                self.assertEqual((found["state"], found["added"], found["looksSigned"]),
                                 ("added-to", len(content) - len(sealed), looks_signed))
                part, original = FILES / "part.pdf", FILES / "original.pdf"
                finished = verify(path, "--extract", part, "--original", original)
                self.assertEqual(finished.status, 1, finished)
                self.assertRegex(finished.out, r"\Aadded to: \d+ bytes? follows? what was sealed")
                self.assertEqual("signature" in finished.out.splitlines()[0], looks_signed)
                self.assertEqual(part.read_bytes(), sealed)
                self.assertEqual(original.read_bytes(), PERMIT.read_bytes())
                self.assertEqual(self.states(part, 0), [("unchanged", "valid")])

    def test_the_file_itself_is_not_written_over(self):
        path = file("kept.pdf", SEALED.read_bytes() + b"\n")
        link = FILES / "kept-link.pdf"
        link.symlink_to(path)
        for option in ("--extract", "--original"):
            for output in (path, link):
                self.expect_refused(verify(path, option, output), 2, option)
        self.assertEqual(path.read_bytes(), SEALED.read_bytes() + b"\n")

    def test_a_file_that_is_sealed_again_by_the_same_office(self):
        twice = FILES / "twice.pdf"
        self.seal(SEALED, twice, "--again", number="2026-000124")
        finished = verify(twice, "--json")
        self.expect_done(finished)
        first, second = finished.json_lines()
        self.assertEqual((first["state"], first["sealedAgain"], second["state"]),
                         ("added-to", True, "unchanged"))
        original = FILES / "original.pdf"
        self.expect_done(verify(twice, "--original", original))
        self.assertEqual(original.read_bytes(), SEALED.read_bytes())

    def test_or_by_another_office(self):
        other = FILES / "other.pdf"
        self.seal(SEALED, other, "--again", identifier=BEIJING)
        self.assertEqual(self.states(other, 1), [("added-to", "valid"), ("unchanged", "valid")])

    def test_or_by_nobody(self):
        forged = file("forged.pdf", sealed_file.seal(HOST, SHIJIAZHUANG, key(BEIJING),
                                                     original=SEALED.read_bytes()))
        self.assertEqual(self.states(forged, 1), [("added-to", "valid"), ("unchanged", "unknown-key")])
        self.assertNotIn("sealed again", verify(forged).out)

    def test_eight_times_and_no_more(self):
        content = SEALED.read_bytes()
        for _ in range(7):
            content = sealed_file.seal(HOST, SHIJIAZHUANG, key(), original=content)
        eight = file("eight.pdf", content)
        self.assertEqual(len(self.states(eight, 0)), 8)
        self.expect_refused(seal(eight, FILES / "nine.pdf", "--again"), 1, "8 seals")

    def test_more_seals_than_are_looked_at(self):
        content = pdf_file.pdf()
        for _ in range(17):
            content = sealed_file.seal(HOST, SHIJIAZHUANG, key(), original=content)
        finished = verify(file("many.pdf", content))
        self.assertEqual(finished.status, 1, finished)
        self.assertIn("16", finished.err)


class NoSeal(Case):
    def test_says_what_to_do(self):
        for path in (PERMIT, DEMO.png(), file("empty", b"")):
            self.expect_refused(verify(path), 3, "no seal", "cityid scan", "--code")

    def test_a_resolver_that_does_not_answer_changes_nothing_about_a_changed_file(self):
        nobody = ("--resolver", "http://127.0.0.1:9")
        finished = cityid("document", "verify", SEALED, *nobody)
        self.assertEqual(finished.status, 3, finished)
        self.assertIn("unchanged", finished.out)
        changed = file("changed.pdf", SEALED.read_bytes().replace(b"permits", b"Permits", 1))
        finished = cityid("document", "verify", changed, *nobody)
        self.assertEqual(finished.status, 1, finished)


class OtherFiles(Case):
    def test_the_code_is_written_beside_and_compared(self):
        table = file("table.csv", b"plot,height\n7,12\n")
        other = file("other.csv", b"plot,height\n7,13\n")
        for ending in ("png", "pdf", "cose"):
            with self.subTest(ending):
                code = FILES / f"table.{ending}"
                finished = self.seal(table, code)
                for given in (code, finished.out.strip()):
                    said = verify(table, "--code", given)
                    self.expect_done(said)
                    self.assertRegex(said.out, r"\Aunchanged: [^\n]*\nvalid: ")
                    said = verify(other, "--code", given)
                    self.assertEqual(said.status, 1, said)
                    self.assertRegex(said.out, r"\Achanged: its bytes are not those")

    def test_a_code_that_says_nothing_of_a_file(self):
        self.expect_refused(verify(PERMIT, "--code", DEMO.png()), 3, "nothing of any file")

    def test_a_picture_without_a_code(self):
        finished = verify(PERMIT, "--code", PERMIT)
        self.expect_refused(finished, 3, "no QR code")

    def test_options_of_a_pdf(self):
        table = file("table.csv", b"plot,height\n7,12\n")
        self.expect_refused(seal(table, FILES / "t.png", "--at", "top-left"), 2, "for a PDF")


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
                              ("file,file", "twice"), ("file;number", "unknown column")):
            self.write([], header)
            self.expect_refused(cityid(*self.command()), 1, "list.csv:1", words)


if __name__ == "__main__":
    cityid_process.main()
