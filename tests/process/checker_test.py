"""Claim: libcityid.so gives the answers of `cityid check` and `scan`, byte for byte, through its C
interface, and says no by errors and not by crashing."""
import json
import os
import re
import threading
import time

import cbor2

import checker
import cityid_process
import hostile
import proofs
import signed_code
from checker import ABSENT, BEIJING, as_bytes
from cityid_process import DEPARTMENT, HOST, SHIJIAZHUANG, cityid, temporary_directory
from proofs import ProofCase
from signed_code import Code


def setUpModule():
    global DEMO, CHECKER
    DEMO = proofs.set_up()
    CHECKER = checker.Checker()


class CheckerCase(ProofCase):
    def setUp(self):
        super().setUp()
        self.base = {"trust": self.trust.read_bytes(), "now": int(time.time())}

    def outcome(self, call, **inputs):
        return CHECKER.ask({**self.base, "call": call, **inputs})

    def expect_error(self, code, outcome):
        self.assertEqual((outcome[0], outcome[1], outcome[2]), (code, "", ""), outcome)
        self.assertNotEqual(outcome[3], "")


class Answers(CheckerCase):
    def test_identifiers_are_answered_as_check_answers(self):
        for about in (SHIJIAZHUANG, DEPARTMENT, ABSENT, f"{SHIJIAZHUANG}.99"):
            with self.subTest(about):
                proof = self.prove(about)
                expected = self.check(proof)
                code, verdict, text, _ = self.outcome(
                    "look_up", document=proof.read_bytes(), asked=about.encode())
                self.assertEqual((code, text + "\n"), ("", expected.out), expected)
                self.assertEqual(verdict, json.loads(text)["verdict"])

    def test_codes_are_judged_as_scan_and_check_judge_them(self):
        verdicts = set()
        for number, content in enumerate(checker.codes(DEMO)):
            with self.subTest(content):
                file = self.file(f"code{number}", content)
                path = CHECKER.ask({"call": "about", "asked": as_bytes(content)})[2]
                proof = self.prove(path)
                document = proof.read_bytes()
                scanned = cityid("scan", "--json", file, "--trust", self.trust, "--proof", proof)
                line = scanned.json_lines()[0]
                _, verdict, text, _ = self.outcome("judge", document=document,
                                                   asked=as_bytes(content))
                verdicts.add(verdict)
                with_file = f'{text[:-1]},"file":{json.dumps(str(file))}}}\n'
                self.assertEqual(scanned.out, with_file)
                self.assertEqual(line["verdict"], verdict)
                _, _, text, _ = self.outcome("judge", document=document, asked=as_bytes(content),
                                             host=False)
                self.assertEqual(text + "\n", self.check(proof).out)
        self.assertEqual(verdicts, {"valid", "forged", "wrong-host", "expired", "not-yet-valid"})

    def test_a_revoked_code(self):
        url = cityid("code", "inspect", "--raw", DEMO.directory / "revoked.png").out.strip()
        document = self.prove(url).read_bytes()
        self.assertEqual(self.outcome("judge", document=document, asked=url.encode())[1], "revoked")

    def test_all_vectors_claim_what_inspect_says(self):
        for content in checker.contents():
            file = self.file("content", content)
            code, _, text, detail = CHECKER.ask({"call": "parse", "asked": content})
            inspected = cityid("code", "inspect", "--json", file)
            # The program reads other files as pictures, and takes blanks off the end of a URL.
            url = content.startswith(b"https://") and content == content.strip()
            if not url and not content.startswith(b"\xd2"):
                self.assertIn(code, ("malformed", "unsupported"), detail)
            elif code == "":
                self.assertEqual(text + "\n", inspected.out)
            else:
                self.assertNotEqual(inspected.status, 0, content)

    def test_the_seals_of_files_are_those_of_the_vectors(self):
        for name, file, vector in checker.sealed_files():
            with self.subTest(name):
                code, verdict, text, _ = CHECKER.ask({"call": "seals", "asked": file})
                self.assertEqual((code, verdict), ("", ""))
                found = json.loads(text)
                self.assertEqual([{"state": seal["state"], "added": seal.get("added", 0)}
                                  for seal in found["seals"]], vector["seals"])
                self.assertEqual(found["more"], vector["more"])
                states = {seal["state"] for seal in vector["seals"]}
                self.assertEqual(found["intact"], states == {"unchanged"} or name == "sealed twice")

    def test_no_code_is_malformed_and_no_error(self):
        document = self.prove().read_bytes()
        for content in (b"", b"hello", SHIJIAZHUANG.encode()):
            self.assertEqual(self.outcome("judge", document=document, asked=content)[:2],
                             ("", "malformed"))

    def test_an_old_proof_is_stale(self):
        document = self.prove().read_bytes()
        later = self.base["now"] + 8 * checker.DAY
        self.assertEqual(self.outcome("look_up", document=document, asked=SHIJIAZHUANG.encode(),
                                      now=later)[1], "ledger-stale")


class Refusals(CheckerCase):
    def test_what_a_proof_does_not_reach_cannot_be_told(self):
        document = self.prove().read_bytes()
        self.expect_error("unreached", self.outcome("look_up", document=document,
                                                    asked=BEIJING.encode()))

    def test_a_changed_proof_opens_nothing_and_answers_nothing(self):
        document = bytearray(self.prove().read_bytes())
        document[len(document) // 2] ^= 1
        for call in ("open", "judge", "look_up"):
            self.expect_error("malformed", self.outcome(call, document=bytes(document)))

    def test_a_proof_without_a_quorum_is_refused(self):
        all_of_them = self.trust.read_text().replace("group institutes 2", "group institutes 3")
        self.assertNotEqual(all_of_them, self.trust.read_text())
        document = self.prove().read_bytes()
        self.expect_error("refused", self.outcome("open", trust=all_of_them.encode(),
                                                  document=document))

    def test_half_a_trust_file_is_none(self):
        document, trust = self.prove().read_bytes(), self.base["trust"]
        for text in (b"", trust[:50], trust + b"\xff\n"):
            self.expect_error("malformed", self.outcome("open", trust=text, document=document))

    def test_an_older_head_than_was_kept_is_refused(self):
        document = self.prove().read_bytes()
        code, _, kept, _ = self.outcome("open", document=document)
        self.assertEqual(code, "")
        origin, size, root = kept.splitlines()
        self.assertEqual(self.outcome("open", document=document, kept=kept.encode())[0], "")
        later = f"{origin}\n{int(size) + 1}\n{root}\n".encode()
        self.expect_error("refused", self.outcome("open", document=document, kept=later))
        self.expect_error("malformed", self.outcome("open", document=document, kept=b"x"))

    def test_a_proof_that_calls_itself_a_pack_is_refused_and_not_kept(self):
        document = self.prove().read_bytes()
        relabelled = proofs.resealed({**cbor2.loads(document), proofs.ABOUT: "MA.156/pack"})
        self.expect_error("refused", self.outcome("open", document=relabelled))
        self.expect_error("refused", self.outcome("open", document=document, pack=True))
        code, _, kept, detail = self.outcome("open", document=relabelled, pack=True)
        self.assertEqual((code, kept.count("pack ")), ("", 1), detail)
        origin, size, root, pack = kept.splitlines()
        later = f"{origin}\n{int(size) + 1}\n{root}\n{pack}\n".encode()
        self.expect_error("refused", self.outcome("open", document=relabelled, kept=later))
        self.assertEqual(self.outcome("open", document=relabelled, kept=later, pack=True)[0], "")

    def test_what_is_made_to_cost_much_is_refused(self):
        proof = self.prove().read_bytes()
        documents = [document for _, document in hostile.costly_documents(proof)]
        for document in [*documents, *hostile.broken_encodings(proof)]:
            for inputs in ({"call": "open"}, {"call": "open", "pack": True},
                           {"call": "look_up", "asked": SHIJIAZHUANG.encode()}):
                code, verdict, text, line = self.outcome(document=document, **inputs)
                self.assertIn(code, ("malformed", "forged", "too-large", "refused"), document[:99])
                self.assertEqual((verdict, text), ("", ""))
                self.assertRegex(line, r"\A[^\n]{1,300}\Z")
            self.assertIn(self.outcome("update", proofs=[document], asked=b"")[0], ("refused",))

    def test_a_clock_that_went_back_gets_no_answer(self):
        document, c = self.prove(DEMO.url()).read_bytes(), CHECKER
        trust, now, url = self.base["trust"], self.base["now"], DEMO.url().encode()
        opened = now + 6 * checker.DAY
        proof = c.open(trust, len(trust), document, len(document), b"", 0, opened)
        self.addCleanup(c.close, proof)
        for asked, expected in ((opened, ""), (opened - 300, ""), (opened - 301, "refused"),
                                (now, "refused"), (0, "refused"), (opened + 2 * checker.DAY, "")):
            for result in (c.judge(proof, url, len(url), asked, 1),
                           c.look_up(proof, SHIJIAZHUANG.encode(), len(SHIJIAZHUANG), asked)):
                self.assertEqual(c.outcome(result)[0], expected, asked - opened)
                c.free(result)

    def test_without_a_clock_nothing_is_opened(self):
        self.expect_error("refused", self.outcome("open", document=self.prove().read_bytes(),
                                                  now=0))

    def test_times_out_of_range_are_errors(self):
        document = self.prove().read_bytes()
        for now in (-1, 253402300800, 2**63 - 1, -2**63):
            self.expect_error("usage", self.outcome("open", document=document, now=now))

    def test_null_pointers_with_a_length_are_errors_and_without_are_empty(self):
        c = CHECKER
        for proof in (c.open(None, 5, b"", 0, b"", 0, 0), c.open(b"", 0, None, 5, b"", 0, 0),
                      c.open(b"", 0, b"", 0, None, 5, 0), c.open(None, 0, None, 0, None, 0, 0)):
            self.assertIn(c.outcome(c.opened(proof))[0], ("usage", "malformed"))
            for result in (c.judge(proof, None, 9, 0, 1), c.look_up(proof, None, 0, 0)):
                self.assertIn(c.outcome(result)[0], ("usage", "malformed"))
                c.free(result)
            c.close(proof)
        for result in (c.parse(None, 3), c.about(None, 3), c.judge(None, b"", 0, 0, 1),
                       c.update_trust(None, 1, None, None, 0, None, 0, 0),
                       c.update_trust(b"", 0, None, None, 7, b"", 0, 0), None):
            self.expect_error("usage", (*c.outcome(result)[:3], "line"))
            c.free(result)
        self.assertIsNone(c.opened(None))
        self.assertEqual(c.trust_version(None, 4), -1)
        c.close(None)


class Packs(CheckerCase):
    def pack(self):
        path = self.directory / "pack"
        self.expect_done(cityid("pack", "MA.156", "--ledger", self.ledger, "-o", path))
        return path.read_bytes()

    def test_a_pack_judges_good_and_revoked_codes(self):
        revoked = cityid("code", "inspect", "--raw", DEMO.directory / "revoked.png").out.strip()
        for url, verdict in ((DEMO.url(), "valid"), (revoked, "revoked")):
            self.assertEqual(self.outcome("judge", document=self.pack(), pack=True,
                                          asked=url.encode())[:2], ("", verdict))

    def test_a_pack_of_another_log_or_of_an_older_head_is_refused(self):
        pack = self.pack()
        _, _, kept, _ = self.outcome("open", document=self.prove().read_bytes())
        origin, size, root = kept.splitlines()
        older = f"{origin}\n{int(size) + 1}\n{root}\n".encode()
        other = f"other.example/ledger\n{size}\n{root}\n".encode()
        self.expect_error("refused", self.outcome("open", document=pack, pack=True, kept=older))
        self.expect_error("forged", self.outcome("open", document=pack, pack=True, kept=other))


    def test_times_count_to_the_second(self):
        confirmed = self.base["now"] - 60
        times = dict.fromkeys(proofs.INSTITUTES, confirmed)
        self.pack()
        pack = self.cosigned_at(self.directory / "pack", times).read_bytes()
        key, day = signed_code.read_key(DEMO.code_key()), checker.DAY

        def judged(at, **code):
            url = Code(SHIJIAZHUANG, key, issued=confirmed - 1000, **code).url(HOST).encode()
            return self.outcome("judge", document=pack, pack=True, asked=url, now=at)[:2]

        for at, expected in ((confirmed - 301, ("refused", "")), (confirmed - 300, ("", "valid")),
                             (confirmed + 7 * day, ("", "valid")),
                             (confirmed + 7 * day + 1, ("", "ledger-stale"))):
            self.assertEqual(judged(at), expected, at - confirmed)
        expires = confirmed - 1000 + day
        for at, expected in ((expires - 1, "valid"), (expires, "expired")):
            self.assertEqual(judged(at, days=1), ("", expected))
        for issued, expected in ((300, "valid"), (301, "not-yet-valid")):
            url = Code(SHIJIAZHUANG, key, issued=confirmed + 10 + issued).url(HOST).encode()
            self.assertEqual(self.outcome("judge", document=pack, pack=True, asked=url,
                                          now=confirmed + 10)[:2], ("", expected))


class TrustFiles(CheckerCase):
    def test_a_time_that_is_ahead_stays_in_the_file(self):
        with cityid_process.resolver(self.ledger) as served:
            proof = served.request("/ledger/policies/1").body
            note = served.request("/ledger/checkpoint").body
        stamp = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(self.base["now"] + checker.DAY))
        ahead = re.sub("# confirmed .*", f"# confirmed {stamp}", self.trust.read_text())
        code, _, text, detail = self.outcome("update", trust=ahead.encode(), proofs=[proof],
                                             asked=note)
        self.assertEqual(code, "", detail)
        self.assertIn(f"# confirmed {stamp}\n", text)

    def test_a_version_that_fits_no_signed_number_is_none(self):
        for version, expected in ((2**63 - 1, 2**63 - 1), (2**63, -1)):
            text = re.sub("# policy .*", f"# policy {version}", self.trust.read_text()).encode()
            self.assertEqual(CHECKER.trust_version(text, len(text)), expected)

    def test_a_trust_file_comes_to_the_policy_in_force_as_the_program_brings_it(self):
        with cityid_process.resolver(self.ledger) as served:
            proof = served.request("/ledger/policies/1").body
            note = served.request("/ledger/checkpoint").body
            mine = self.file("trust.txt", self.trust.read_text())
            self.expect_done(cityid("trust", "update", mine, "--from", served.url))
        self.assertEqual(CHECKER.trust_version(self.base["trust"], len(self.base["trust"])), 1)
        code, _, text, detail = self.outcome("update", proofs=[proof], asked=note)
        self.assertEqual((code, text), ("", mine.read_text()), detail)
        self.expect_error("refused", self.outcome("update", proofs=[], asked=note))
        self.expect_error("refused", self.outcome("update", proofs=[b""], asked=note))
        several = [b"", proofs.resealed({**cbor2.loads(proof), proofs.ABOUT: "x"})[:-1], proof]
        self.assertEqual(self.outcome("update", proofs=several, asked=note)[:3],
                         ("", "", mine.read_text()))
        late = self.base["now"] + 366 * checker.DAY
        self.expect_error("refused", self.outcome("update", proofs=[proof], asked=note, now=late))


class Objects(CheckerCase):
    def test_one_proof_is_read_by_several_threads(self):
        document, c = self.prove().read_bytes(), CHECKER
        trust, now = self.base["trust"], self.base["now"]
        proof = c.open(trust, len(trust), document, len(document), b"", 0, now)
        verdicts = []

        def look_up():
            for _ in range(20):
                result = c.look_up(proof, SHIJIAZHUANG.encode(), len(SHIJIAZHUANG), now)
                verdicts.append(c.outcome(result)[1])
                c.free(result)

        threads = [threading.Thread(target=look_up) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        c.close(proof)
        self.assertEqual(verdicts, ["registered"] * 80)

    def test_names_and_texts_of_verdicts(self):
        c = CHECKER
        self.assertEqual([c.verdict_name(number) for number in (0, 14, 17, -1)],
                         [b"", b"valid", b"", b""])
        self.assertNotEqual(c.verdict_title(14, b"zh-CN"), b"")
        self.assertNotEqual(c.verdict_title(14, b"zh-CN"), c.verdict_title(14, None))
        self.assertEqual(c.verdict_advice(0, b"en"), b"")
        self.assertRegex(c.version().decode(), r"\A\d+\.\d+\.\d+\Z")


if __name__ == "__main__":
    if not os.access(checker.LIBRARY, os.R_OK):
        raise SystemExit("set CITYID_LIBRARY to libcityid.so of the build")
    cityid_process.main()
