"""cityid document seal and verify: a permit leaves the house, and comes back as whatever somebody made
of it."""
import hashlib
import os
import pathlib
import unittest

import cityid_process
import pdf_file
import picture
import sealed_file
import verify_seal
from cityid_process import HOST, SHIJIAZHUANG, cityid, run, seeded
from document_cases import Case, file, key, options, seal, set_up, verify
from signed_code import with_other_last_digit

INDEPENDENT = pathlib.Path(__file__).resolve().parents[1] / "independent" / "verify_seal.py"
BEIJING = "MA.156.1100"


def setUpModule():
    global DEMO, RESOLVER, FILES, PERMIT, SEALED, SEALED_URL
    DEMO, FILES = set_up()
    RESOLVER = unittest.enterModuleContext(cityid_process.resolver(DEMO.ledger))
    PERMIT = file("permit.pdf", pdf_file.pdf())
    SEALED = FILES / "sealed.pdf"
    done = seal(PERMIT, SEALED, "--date", "2026-11-22", "--fact", "Storeys=3")
    assert done.status == 0, done
    SEALED_URL = done.out.strip()


def region_of(sealed):
    """The region of a sealed file, and the file without it."""
    _, begin, length, _ = map(int, verify_seal.FORM.search(sealed).groups())
    return sealed[begin:begin + length], sealed[:begin] + sealed[begin + length:]


class Genuine(Case):
    def test_a_sealed_file_is_its_input_and_an_update(self):
        sealed = SEALED.read_bytes()
        self.assertTrue(sealed.startswith(PERMIT.read_bytes()))
        self.expect_done(run("qpdf", "--check", SEALED))

    def test_it_verifies_in_every_way_that_codes_are_judged(self):
        proof, pack = FILES / "permit.proof", FILES / "city.pack"
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
        self.assertEqual((found["original"], found["sealed"]), (PERMIT.stat().st_size, len(sealed)))
        _, without_region = region_of(sealed)
        self.assertEqual(found["answer"]["code"]["document"]["sha256"],
                         hashlib.sha256(without_region).hexdigest())

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


class Outputs(Case):
    def test_a_link_leads_where_it_led_and_a_pipe_stays_one(self):
        target, link = FILES / "target.pdf", FILES / "leads.pdf"
        target.write_bytes(b"old")
        link.symlink_to(target)
        self.seal(PERMIT, link)
        self.assertTrue(link.is_symlink())
        self.expect_done(verify(target))
        pipe = FILES / "pipe.pdf"
        os.mkfifo(pipe)
        with open(os.open(pipe, os.O_RDWR), "rb") as reader:
            self.seal(PERMIT, pipe)
            self.assertTrue(pipe.is_fifo())
            self.assertEqual(reader.read(5), b"%PDF-")
        self.expect_refused(seal(PERMIT, "/dev/full"), 3, "is spent")
        self.assertTrue(pathlib.Path("/dev/full").is_char_device())


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

    def test_what_is_called_a_pdf_and_is_none(self):
        for name, content in (("junk", b"<html>no</html>"), ("empty", b""),
                              ("cut", PERMIT.read_bytes()[1:]), ("late", bytes(2000) + PERMIT.read_bytes())):
            with self.subTest(name):
                self.expect_unsealed(seal(file(f"{name}.PDF", content), FILES / "x.pdf"), 1,
                                     "called a PDF", "make it anew")
        self.expect_unsealed(seal(PERMIT, FILES / "x.png"), 2, "-o", ".pdf")

    def test_an_option_that_is_given_twice(self):
        self.expect_unsealed(seal(PERMIT, FILES / "x.pdf", "--page", "1", "--page", "last"), 2,
                             "--page is given twice")

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

    def test_scan_judges_seals_that_nobody_sees(self):
        # The seal is broken, its code still shown, and another seal appended that shows nothing.
        broken = SEALED.read_bytes().replace(b"%CityID-Seal", b"%CityID-seal", 1)
        for name, signer in (("stranger", key(BEIJING)), ("own", key())):
            with self.subTest(name):
                forged = file("forged.pdf", sealed_file.seal(HOST, SHIJIAZHUANG, signer, original=broken))
                finished = cityid("scan", "--ledger", DEMO.ledger, forged)
                self.assertEqual(finished.status, 1, finished)
                self.assertNotIn("is unchanged", finished.err)
        finished = cityid("scan", "--ledger", DEMO.ledger, file("forged.pdf", broken))
        self.assertIn("belongs to another file", finished.err)

    def test_a_sealed_file_without_its_region_is_another_file(self):
        _, without_region = region_of(SEALED.read_bytes())
        cut = file("cut.pdf", without_region)
        finished = verify(cut, "--code", SEALED_URL)
        self.assertEqual(finished.status, 1, finished)
        self.assertRegex(finished.out, r"\Achanged: it has a seal of its own, or had one")
        # And no code is made for such a file.
        other = file("cut.csv", b"x" * 1024 + without_region)
        self.expect_refused(seal(other, FILES / "cut.png"), 1, "seal of its own")
        self.expect_refused(cityid("code", "new", SHIJIAZHUANG, "--key", DEMO.code_key(), "--host", HOST,
                                   "--purpose", "document", "--document-type", "permit",
                                   "--document-number", "1", "--document-file", other, "-o",
                                   FILES / "cut.png"), 1, "sealed already")

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
        refused = seal(SEALED, FILES / "other.pdf", "--again", identifier=BEIJING)
        self.expect_refused(refused, 1, f"sealed by {SHIJIAZHUANG}", "seal the original")
        other = file("other.pdf", sealed_file.seal(HOST, BEIJING, key(BEIJING),
                                                   original=SEALED.read_bytes()))
        self.assertEqual(self.states(other, 1), [("added-to", "valid"), ("unchanged", "valid")])
        part = FILES / "part.pdf"
        finished = verify(other, "--extract", part)
        self.assertIn("--of", finished.err)
        self.assertFalse(part.exists())
        verify(other, "--extract", part, "--of", SHIJIAZHUANG)
        self.assertEqual(part.read_bytes(), SEALED.read_bytes())

    def test_what_a_stranger_sealed_is_never_taken_out(self):
        shadow = pdf_file.with_other_page(SEALED.read_bytes())
        forged = file("forged.pdf", sealed_file.seal(HOST, SHIJIAZHUANG, key(BEIJING), original=shadow))
        part, original = FILES / "stranger-part.pdf", FILES / "stranger-original.pdf"
        finished = verify(forged, "--extract", part, "--original", original)
        self.assertEqual(finished.status, 1, finished)
        self.assertEqual(part.read_bytes(), SEALED.read_bytes())
        self.assertEqual(original.read_bytes(), PERMIT.read_bytes())

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
        blank = file("blank.png", picture.png([bytes([255]) * 64] * 64))
        self.expect_refused(verify(PERMIT, "--code", blank), 3, "no QR code")

    def test_options_of_a_pdf(self):
        table = file("table.csv", b"plot,height\n7,12\n")
        self.expect_refused(seal(table, FILES / "t.png", "--at", "top-left"), 2, "for a PDF")


if __name__ == "__main__":
    cityid_process.main()
