"""cityid scan and code inspect: every verdict a code can bring about, and every bad picture."""
import json
import pathlib
import time
import unittest

import cityid_process
import picture
import signed_code
from cityid_process import DEPARTMENT, HOST, SHIJIAZHUANG, cityid
from signed_code import Code, digits, with_other_last_digit

BEIJING = "MA.156.1100"


def setUpModule():
    global DEMO, RESOLVER, FILES
    DEMO = unittest.enterModuleContext(cityid_process.demo())
    RESOLVER = unittest.enterModuleContext(cityid_process.resolver(DEMO.ledger))
    FILES = unittest.enterModuleContext(cityid_process.temporary_directory())


def key(identifier=SHIJIAZHUANG):
    return signed_code.read_key(DEMO.code_key(identifier))


def file(name, content):
    """A file with this content; its path."""
    path = FILES / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def scan(*files, by_resolver=False):
    whom = ("--resolver", RESOLVER.url) if by_resolver else ("--ledger", DEMO.ledger)
    return cityid("scan", "--json", *whom, *files)


class ScanCase(cityid_process.Case):
    def expect_verdict(self, verdict, what):
        """Ledger and resolver agree on it, and the exit status says whether it is valid."""
        answers = []
        for by_resolver in (False, True):
            finished = scan(what, by_resolver=by_resolver)
            lines = finished.json_lines()
            self.assertEqual([line["verdict"] for line in lines], [verdict], finished)
            self.assertEqual(lines[0]["file"], str(what), finished)
            self.assertEqual(finished.status, 0 if verdict == "valid" else 1, finished)
            self.assertEqual(finished.err, "", finished)
            answers.append(lines[0])
        return answers[0]


class Verdicts(ScanCase):
    def test_a_code_as_it_was_drawn_is_valid(self):
        answer = self.expect_verdict("valid", DEMO.png())
        self.assertEqual(answer["id"], SHIJIAZHUANG)
        self.assertEqual(answer["names"]["en"], "Shijiazhuang")
        self.assertEqual(answer["code"]["signedBy"], SHIJIAZHUANG)

    def test_a_code_of_another_implementation_is_valid(self):
        self.expect_verdict("valid", Code(SHIJIAZHUANG, key()).url(HOST))

    def test_a_cose_file_of_another_implementation_is_valid(self):
        code = Code(SHIJIAZHUANG, key(), days=2)
        answer = self.expect_verdict("valid", file("other.cose", code.cose()))
        self.assertIn("expires", answer["code"])

    def test_a_url_in_a_text_file_is_valid(self):
        self.expect_verdict("valid", file("url.txt", Code(SHIJIAZHUANG, key()).url(HOST) + "\n"))

    def test_one_digit_changed_is_forged(self):
        self.expect_verdict("forged", with_other_last_digit(DEMO.url()))

    def test_every_claim_is_signed(self):
        good = Code(SHIJIAZHUANG, key()).token_bytes()
        # The last byte of issue time, validity and serial, and the last one of the signature.
        for position in (8, 10, 14, 78):
            changed = bytearray(good)
            changed[position] ^= 1
            with self.subTest(position=position):
                url = f"https://{HOST}/{SHIJIAZHUANG}/{digits(changed)}"
                self.expect_verdict("forged", url)

    def test_the_signature_covers_purpose(self):
        changed = bytearray(Code(SHIJIAZHUANG, key()).token_bytes())
        changed[0] = signed_code.UNIT
        self.expect_verdict("forged", f"https://{HOST}/{SHIJIAZHUANG}/{digits(changed)}")

    def test_a_changed_cose_file_is_forged(self):
        changed = bytearray(Code(SHIJIAZHUANG, key()).cose())
        changed[-1] ^= 1
        self.expect_verdict("forged", file("changed.cose", changed))

    def test_a_code_moved_to_another_city_is_of_an_unknown_key(self):
        self.expect_verdict("unknown-key", DEMO.url().replace(SHIJIAZHUANG, BEIJING))

    def test_a_strangers_key_is_unknown(self):
        stranger = FILES / "stranger.key"
        self.expect_done(cityid("key", "new", "--no-passphrase", stranger))
        made = cityid("code", "new", SHIJIAZHUANG, "--key", stranger, "--host", HOST,
                      "-o", FILES / "stranger.png")
        self.expect_done(made)
        self.expect_verdict("unknown-key", FILES / "stranger.png")

    def test_a_record_key_does_not_sign_codes(self):
        record_key = signed_code.read_key(DEMO.keys / f"{SHIJIAZHUANG}.record.key")
        self.expect_verdict("unknown-key", Code(SHIJIAZHUANG, record_key).url(HOST))

    def test_a_code_is_expired_after_its_days(self):
        past = int(time.time()) - 2 * signed_code.DAY
        code = Code(SHIJIAZHUANG, key(), issued=past, days=1)
        self.expect_verdict("expired", code.url(HOST))
        self.expect_verdict("expired", file("expired.cose", code.cose()))

    def test_a_code_without_days_never_expires(self):
        self.expect_verdict("valid", Code(SHIJIAZHUANG, key(), issued=1).url(HOST))

    def test_a_code_from_the_future_is_not_valid_yet(self):
        future = int(time.time()) + signed_code.DAY
        self.expect_verdict("not-yet-valid", Code(SHIJIAZHUANG, key(), issued=future).url(HOST))

    def test_a_clock_that_is_two_minutes_ahead_does_no_harm(self):
        ahead = int(time.time()) + 120
        self.expect_verdict("valid", Code(SHIJIAZHUANG, key(), issued=ahead).url(HOST))

    def test_an_identifier_that_nobody_assigned_is_unknown(self):
        self.expect_verdict("unknown-id", Code("MA.156.0000", key()).url(HOST))

    def test_a_unit_of_a_city_that_nobody_assigned_is_unknown_and_names_the_city(self):
        answer = self.expect_verdict("unknown-id", Code(f"{SHIJIAZHUANG}.99", key()).url(HOST))
        self.assertEqual(answer["nearest"], SHIJIAZHUANG)

    def test_a_unit_of_a_city_has_codes_by_the_citys_key(self):
        answer = self.expect_verdict("valid", Code(DEPARTMENT, key()).url(HOST))
        self.assertEqual((answer["id"], answer["code"]["signedBy"]), (DEPARTMENT, SHIJIAZHUANG))

    def test_codes_of_a_retired_key_hold_if_they_are_older_than_that(self):
        retired = signed_code.read_key(DEMO.keys / f"{SHIJIAZHUANG}.code.key")
        self.expect_verdict("valid", Code(SHIJIAZHUANG, retired, issued=1).url(HOST))
        answer = self.expect_verdict("revoked", Code(
            SHIJIAZHUANG, retired, issued=int(time.time()) + 60).url(HOST))
        self.assertIn("retired", answer["detail"])

    def test_the_code_that_the_city_took_back_is_revoked(self):
        self.expect_verdict("revoked", DEMO.directory / "revoked.png")

    def test_a_host_that_is_not_the_consortiums_is_wrong(self):
        for host in ("id.example.cn.evil.example", "evil.example", "d.example.cn"):
            with self.subTest(host=host):
                self.expect_verdict("wrong-host", Code(SHIJIAZHUANG, key()).url(host))

    def test_a_host_that_is_wrong_is_said_before_all_else_of_the_code(self):
        code = Code("MA.156.0000", key(), issued=1, days=1)
        self.expect_verdict("wrong-host", code.url("evil.example"))

    def test_an_unknown_profile_or_purpose_is_unsupported(self):
        for first in (0x11, 0xF1, 0x00, 0x05):
            changed = bytearray(Code(SHIJIAZHUANG, key()).token_bytes())
            changed[0] = first
            with self.subTest(first=first):
                url = f"https://{HOST}/{SHIJIAZHUANG}/{digits(changed)}"
                self.expect_verdict("unsupported", url)


class MalformedCodes(ScanCase):
    def expect_malformed(self, text):
        self.expect_verdict("malformed", text)
        self.expect_verdict("malformed", file("malformed.cose" if isinstance(text, bytes) else
                                              "malformed.txt", text))

    def test_digit_groups_that_overflow(self):
        token = Code(SHIJIAZHUANG, key()).token()
        start = f"https://{HOST}/{SHIJIAZHUANG}/"
        for changed in (str(1 << 56) + token[17:], "9" * 17 + token[17:],
                        token[:-5] + "65536", token[:-5] + "99999"):
            with self.subTest(token=changed):
                self.expect_malformed(start + changed)

    def test_a_last_group_of_a_length_that_no_bytes_have(self):
        url = Code(SHIJIAZHUANG, key()).url(HOST)
        for changed in (url[:-1], url + "0", url[:-4], url + "00000000000", url + "0" * 13):
            with self.subTest(url=changed):
                self.expect_malformed(changed)

    def test_too_few_and_too_many_digits(self):
        start = f"https://{HOST}/{SHIJIAZHUANG}/"
        for token in ("", "0", "0" * 17, "0" * 187, "0" * 17 * 80, "1" * 20000):
            with self.subTest(length=len(token)):
                self.expect_malformed(start + token)

    def test_a_lower_case_identifier(self):
        url = Code(SHIJIAZHUANG, key()).url(HOST)
        self.expect_malformed(url.replace(SHIJIAZHUANG, SHIJIAZHUANG.lower()))

    def test_an_identifier_with_check_characters(self):
        url = Code(SHIJIAZHUANG, key()).url(HOST)
        self.expect_malformed(url.replace(SHIJIAZHUANG, f"{SHIJIAZHUANG}-UB"))

    def test_percent_encoding(self):
        url = Code(SHIJIAZHUANG, key()).url(HOST)
        for changed in (url.replace("MA.", "MA%2E"), url.replace("MA.", "%4dA."),
                        url.replace(f"{SHIJIAZHUANG}/", f"{SHIJIAZHUANG}%2F"),
                        url[:-1] + f"%3{url[-1]}", url + "%00", url.replace(HOST, f"{HOST}%2f")):
            with self.subTest(url=changed):
                self.expect_malformed(changed)

    def test_anything_else_that_a_url_may_have(self):
        url = Code(SHIJIAZHUANG, key()).url(HOST)
        for changed in (url + "/", url + "?", url + "?lang=en", url + "#", url + "#top",
                        url.replace(HOST, f"{HOST}:443"), url.replace(HOST, f"a@{HOST}"),
                        url.replace(HOST, f"{HOST}."), url.replace(HOST, HOST.upper()),
                        url.replace(HOST, ""), url.replace(f"{HOST}/", f"{HOST}//"),
                        url.replace(f"{HOST}/", f"{HOST}/./"), url.replace(HOST, "[::1]"),
                        url[:-1] + "a", url[:40] + " " + url[40:], f"https://{HOST}",
                        f"https://{HOST}/{SHIJIAZHUANG}", "https://", "https:///"):
            with self.subTest(url=changed):
                self.expect_malformed(changed)

    def test_digits_of_other_scripts(self):
        url = Code(SHIJIAZHUANG, key()).url(HOST)
        self.expect_malformed(url[:-1] + "٣")

    def test_cose_with_a_byte_too_many_or_too_few(self):
        good = Code(SHIJIAZHUANG, key()).cose()
        for name, changed in (("more", good + b"\0"), ("fewer", good[:-1]), ("tag", good[:1])):
            with self.subTest(name):
                self.expect_verdict("malformed", file(f"{name}.cose", changed))

    def test_cose_that_is_not_deterministic(self):
        good = Code(SHIJIAZHUANG, key()).cose()
        # An array of four, its length in a byte of its own.
        self.assertEqual(good[:2], b"\xd2\x84")
        self.expect_verdict("malformed", file("long.cose", b"\xd2\x98\x04" + good[2:]))

    def test_cose_with_an_unprotected_header(self):
        good = Code(SHIJIAZHUANG, key()).cose()
        header = good.index(b"\xa0")
        changed = good[:header] + b"\xa1\x01\x27" + good[header + 1:]
        self.expect_verdict("malformed", file("unprotected.cose", changed))

    def test_cose_without_its_tag_and_with_another_says_so(self):
        good = Code(SHIJIAZHUANG, key()).cose()
        for name, changed, words in (("untagged", good[1:], "tag 18 of COSE_Sign1 is missing"),
                                     ("tag61", b"\xd8\x3d" + good, "tag 61 where tag 18")):
            with self.subTest(name):
                answer = self.expect_verdict("malformed", file(f"{name}.cose", changed))
                self.assertIn(words, answer["detail"])


class Pictures(ScanCase):
    def expect_no_answer(self, what, statuses, *words):
        for by_resolver in (False, True):
            finished = scan(what, by_resolver=by_resolver)
            self.assertIn(finished.status, statuses, finished)
            self.expect_refused(finished, finished.status, what, *words)

    def test_a_blank_picture_has_no_code(self):
        blank = file("blank.png", picture.blank_png())
        self.expect_no_answer(blank, (3,), "no QR code")

    def test_a_truncated_picture_is_no_picture(self):
        whole = DEMO.png().read_bytes()
        # 20 points, among them inside the signature, the header and the check of the pixels. (With
        # nothing missing but the closing chunk, every pixel is there and was checked.)
        points = sorted({1, 4, 8, 20, 33, len(whole) - 13, len(whole) - 16,
                         *(len(whole) * i // 14 for i in range(1, 14))})
        self.assertEqual(len(points), 20)
        for point in points:
            with self.subTest(point=point):
                self.expect_no_answer(file("cut.png", whole[:point]), (3,))

    def test_a_damaged_picture_is_no_picture(self):
        whole = bytearray(DEMO.png().read_bytes())
        whole[len(whole) // 2] ^= 0x10
        self.expect_no_answer(file("damaged.png", whole), (3,), "damaged")

    def test_a_picture_larger_than_any_camera_makes_is_refused_by_its_header(self):
        for width, height in ((100000, 100000), (2**31 - 1, 1), (1, 2**31 - 1), (16384, 16384)):
            with self.subTest(width=width, height=height):
                huge = picture.png_header(width, height) + picture.chunk(b"IDAT", b"x" * 100)
                self.expect_no_answer(file("huge.png", huge), (3,))

    def test_a_picture_that_unpacks_to_more_than_it_says_is_refused(self):
        bomb = (picture.png_header(16, 16) +
                picture.blank_png(3000)[len(picture.png_header(1, 1)):])
        finished = scan(file("bomb.png", bomb))
        self.assertEqual(finished.status, 3, finished)
        self.expect_one_line(finished, "bomb.png")

    def test_an_empty_file(self):
        self.expect_no_answer(file("empty.png", b""), (3,))

    def test_a_file_that_is_no_picture(self):
        self.expect_no_answer(file("notes.txt", "nothing to scan here\n"), (3,))

    def test_a_directory(self):
        self.expect_no_answer(FILES, (3,), "directory")

    def test_a_missing_file(self):
        self.expect_no_answer(FILES / "missing.png", (3,), "No such file")

    def test_a_symbol_of_each_level_and_format_scans_back(self):
        for level in "LMQH":
            for kind in ("png", "cose"):
                with self.subTest(level=level, kind=kind):
                    output = FILES / f"level-{level}.{kind}"
                    made = cityid("code", "new", SHIJIAZHUANG, "--key", DEMO.code_key(), "--host",
                                  HOST, "--level", level, "-o", output)
                    self.expect_done(made)
                    self.expect_verdict("valid", output)


class Foreign(ScanCase):
    """Symbols that are none of CityID's."""

    def expect_foreign(self, text, name):
        path = file(name, picture.qr_png(text))
        for by_resolver in (False, True):
            finished = scan(path, by_resolver=by_resolver)
            line, = finished.json_lines()
            self.assertEqual((finished.status, line["file"]), (3, str(path)), finished)
            self.assertEqual((line["foreign"]["format"], line["foreign"]["text"]),
                             ("QR code", text), finished)
            self.assertEqual(len(line["foreign"]["corners"]), 4)
            self.expect_one_line(finished, name, "none of the symbols")
        return path

    def test_another_qr_code_is_said_and_not_judged(self):
        path = self.expect_foreign("see our menu", "menu.png")
        finished = cityid("scan", path, "--ledger", DEMO.ledger)
        self.assertEqual((finished.status, finished.out), (3, "another QR code: see our menu\n"))

    def test_a_web_address_elsewhere_is_foreign(self):
        self.expect_foreign("http://a.example", "http.png")

    def test_what_controls_a_terminal_is_not_printed(self):
        path = file("escape.png", picture.qr_png("a\x1b[31mred"))
        finished = cityid("scan", path, "--ledger", DEMO.ledger)
        self.assertEqual(finished.out, "another QR code: a?[31mred\n")


class SeveralFiles(ScanCase):
    def setUp(self):
        self.blank = file("nothing.png", picture.blank_png())
        self.forged = with_other_last_digit(DEMO.url())
        self.damaged = file("damaged.png", DEMO.png().read_bytes()[:300])

    def test_each_has_a_line_of_json_with_its_name(self):
        finished = scan(DEMO.png(), DEMO.png(BEIJING), self.forged)
        found = [(line["file"], line["verdict"], line["id"]) for line in finished.json_lines()]
        self.assertEqual(found, [(str(DEMO.png()), "valid", SHIJIAZHUANG),
                                 (str(DEMO.png(BEIJING)), "valid", BEIJING),
                                 (self.forged, "forged", SHIJIAZHUANG)], finished)

    def test_all_valid_is_0(self):
        self.assertEqual(scan(DEMO.png(), DEMO.png(BEIJING)).status, 0)

    def test_one_forged_is_1_wherever_it_stands(self):
        self.assertEqual(scan(self.forged, DEMO.png()).status, 1)
        self.assertEqual(scan(DEMO.png(), self.forged).status, 1)

    def test_one_without_a_code_is_3_and_the_others_are_answered(self):
        finished = scan(self.blank, DEMO.png())
        self.assertEqual(finished.status, 3, finished)
        self.assertEqual([line["verdict"] for line in finished.json_lines()], ["valid"], finished)

    def test_one_damaged_is_3_and_the_others_are_answered(self):
        finished = scan(self.damaged, DEMO.png())
        self.assertEqual(finished.status, 3, finished)
        self.assertEqual([line["verdict"] for line in finished.json_lines()], ["valid"], finished)

    def test_one_missing_is_3_and_never_hides_a_code_that_is_not_valid(self):
        missing = FILES / "missing.png"
        for files, status in (((missing, DEMO.png()), 3), ((DEMO.png(), missing), 3),
                              ((self.damaged, missing), 3), ((missing, self.forged), 1),
                              ((self.forged, missing), 1), ((self.forged, self.blank), 1)):
            with self.subTest(files=files):
                self.assertEqual(scan(*files).status, status)

    def test_for_people_each_answer_stands_under_its_file(self):
        finished = cityid("scan", "--ledger", DEMO.ledger, DEMO.png(), self.forged)
        lines = finished.out.splitlines()
        self.assertEqual(lines[lines.index(str(DEMO.png())) + 1], "valid: Genuine", finished)
        self.assertEqual(lines[lines.index(self.forged) + 1], "forged: Forged or damaged", finished)


class Usage(ScanCase):
    def test_a_resolver_that_is_not_there_is_3(self):
        with cityid_process.resolver(DEMO.ledger) as gone:
            url = gone.url
        finished = cityid("scan", "--resolver", url, DEMO.png())
        self.expect_refused(finished, 3, url)

    def test_a_resolver_that_is_something_else_is_3(self):
        finished = cityid("scan", "--resolver", f"{RESOLVER.url}/somewhere", DEMO.png())
        self.expect_refused(finished, 3, "/somewhere answered 404, but not as a resolver does")

    def test_neither_ledger_nor_resolver_is_2(self):
        self.expect_refused(cityid("scan", DEMO.png()), 2, "--ledger", "--resolver")

    def test_both_ledger_and_resolver_is_2(self):
        finished = cityid("scan", DEMO.png(), "--ledger", DEMO.ledger, "--resolver", RESOLVER.url)
        self.expect_refused(finished, 2, "--ledger", "--resolver")

    def test_no_file_is_2(self):
        self.assertEqual(cityid("scan", "--ledger", DEMO.ledger).status, 2)


class Inspect(ScanCase):
    def test_it_prints_the_claims_and_says_that_nothing_was_verified(self):
        forged = with_other_last_digit(DEMO.url())
        finished = cityid("code", "inspect", forged)
        self.expect_done(finished)
        for line in (f"subject   {SHIJIAZHUANG}", "purpose   city", "expires   never",
                     "serial    1", f"host      {HOST}"):
            self.assertIn(line, finished.out.splitlines(), finished)
        self.assertIn("nothing was verified", finished.err)

    def test_its_json_says_so_too(self):
        finished = cityid("code", "inspect", "--json", DEMO.png())
        self.expect_done(finished)
        claims = json.loads(finished.out)
        self.assertIs(claims["verified"], False)
        self.assertEqual((claims["id"], claims["host"], claims["serial"]), (SHIJIAZHUANG, HOST, 1))

    def test_it_reads_what_another_implementation_wrote(self):
        code = Code(SHIJIAZHUANG, key(), issued=0, days=1, serial=7, purpose=signed_code.DEVICE)
        claims = json.loads(cityid("code", "inspect", "--json", file("c.cose", code.cose())).out)
        self.assertEqual(claims, {"verified": False, "id": SHIJIAZHUANG, "purpose": "device",
                                  "issued": "1970-01-01T00:00:00Z",
                                  "expires": "1970-01-02T00:00:00Z", "serial": 7,
                                  "kid": code.kid.hex()})

    def test_raw_prints_any_symbol_as_it_is(self):
        finished = cityid("code", "inspect", "--raw", file("any.png", picture.qr_png("a <b> ü")))
        self.expect_done(finished)
        self.assertEqual(finished.out, "a <b> ü\n")
        self.assertEqual(cityid("code", "inspect", "--raw", DEMO.png()).out, DEMO.url() + "\n")

    def test_another_symbol_has_no_claims(self):
        finished = cityid("code", "inspect", file("any.png", picture.qr_png("anything")))
        self.assertEqual((finished.status, finished.out), (3, "another QR code: anything\n"))
        self.expect_one_line(finished, "any.png", "none of the symbols")

    def test_a_picture_without_a_code_is_not_a_missing_file(self):
        blank = file("blank.png", picture.blank_png())
        self.expect_refused(cityid("code", "inspect", blank), 3, blank, "no QR code")

    def test_a_missing_file_is_3(self):
        missing = pathlib.Path("missing.png")
        self.expect_refused(cityid("code", "inspect", missing), 3, missing)


if __name__ == "__main__":
    cityid_process.main()
