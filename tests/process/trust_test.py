"""Scanning with a trust file, offline and from a resolver that may lie."""
import json
import time

import cityid_process
import proofs
import signed_code
from cityid_process import DEPARTMENT, HOST, SHIJIAZHUANG, cityid
from proofs import (INSTITUTES, NOTE, ORIGIN, ChangingCase, joined, liar, note_parts, read_proof,
                    resealed)
from signed_code import Code, with_other_last_digit
from signed_record import encode

ABSENT = "MA.156.9999"
BEIJING = "MA.156.1100"
HOUR = 3600


def setUpModule():
    global DEMO
    DEMO = proofs.set_up()


class Scanning(ChangingCase):
    def scan(self, what, *options):
        return cityid("scan", "--json", what, "--trust", self.trust, *options)

    def expect_scan(self, verdict, what, *options):
        finished = self.scan(what, *options)
        self.assertEqual([line["verdict"] for line in finished.json_lines()], [verdict], finished)
        self.assertEqual(finished.status, 0 if verdict == "valid" else 1, finished)
        self.assertEqual(finished.err, "", finished)
        return finished.json_lines()[0]

    def test_offline_with_proofs_of_several_codes(self):
        revoked = DEMO.directory / "revoked.png"
        text = cityid("code", "inspect", "--raw", revoked).out.strip()
        proofs = [word for url in (DEMO.url(), text, DEMO.url(BEIJING))
                  for word in ("--proof", self.prove(url))]
        answer = self.expect_scan("valid", DEMO.png(), *proofs)
        self.assertEqual(answer["proof"]["origin"], ORIGIN)
        self.expect_scan("valid", DEMO.png(BEIJING), *proofs)
        self.expect_scan("revoked", revoked, *proofs)

    def another_code(self):
        """A genuine code of the same identifier, that is not the one on its sign."""
        return Code(SHIJIAZHUANG, signed_code.read_key(DEMO.code_key())).url(HOST)

    def test_offline_a_code_that_no_proof_is_about(self):
        of_sign = self.prove(DEMO.url())
        of_identifier = self.prove()
        for what, proof in ((DEMO.png(BEIJING), of_sign), (DEMO.png(), of_identifier),
                            (self.another_code(), of_identifier),
                            (DEMO.png(), self.prove(DEPARTMENT)), (DEMO.png(), self.prove(ABSENT))):
            with self.subTest(what=what, proof=proof):
                finished = self.scan(what, "--proof", proof)
                self.expect_refused(finished, 3, "none of the proofs is about this code",
                                    "cityid prove ")

    def test_offline_a_proof_of_another_code_of_the_same_key_settles_it(self):
        """It holds what the ledger says of that key, revocations included."""
        of_sign = self.prove(DEMO.url())
        self.expect_scan("valid", self.another_code(), "--proof", of_sign)
        finished = self.scan(DEMO.directory / "revoked.png", "--proof", of_sign)
        self.assertNotEqual(finished.status, 0, finished)
        self.assertNotIn('"valid"', finished.out)

    def test_offline_a_tampered_code_is_known_by_any_proof_of_its_identifier(self):
        for tampered in (with_other_last_digit(DEMO.url()),
                         with_other_last_digit(self.another_code())):
            for about in (SHIJIAZHUANG, DEMO.url(), self.another_code(), tampered):
                with self.subTest(tampered=tampered, about=about):
                    answer = self.expect_scan("forged", tampered, "--proof", self.prove(about))
                    self.assertEqual(answer["proof"]["origin"], ORIGIN)

    def test_offline_a_tampered_code_is_not_judged_by_a_proof_of_another_identifier(self):
        tampered = with_other_last_digit(DEMO.url())
        for about in (BEIJING, DEMO.url(BEIJING), DEPARTMENT, ABSENT, "MA.156.130", "MA.156.13010"):
            with self.subTest(about=about):
                finished = self.scan(tampered, "--proof", self.prove(about))
                self.expect_refused(finished, 3, "none of the proofs is about this code")

    def test_offline_a_proof_of_its_identifier_must_hold_itself(self):
        tampered = with_other_last_digit(DEMO.url())
        document = read_proof(self.prove())
        text, lines = note_parts(document[NOTE])
        proof = self.file("one", resealed({**document, NOTE: joined(text, lines[:2])}))
        finished = self.scan(tampered, "--proof", proof)
        self.expect_refused(finished, 3, "none of the proofs is about this code", "no quorum")

    def test_offline_the_host_is_judged_too(self):
        url = DEMO.url().replace(HOST, "evil.example")
        self.expect_scan("wrong-host", url, "--proof", self.prove(DEMO.url()))

    def test_a_resolver_is_checked(self):
        key = signed_code.read_key(DEMO.code_key())
        asked = ("--resolver", self.served.url)
        self.expect_scan("valid", DEMO.png(), *asked)
        self.expect_scan("revoked", DEMO.directory / "revoked.png", *asked)
        self.expect_scan("forged", with_other_last_digit(DEMO.url()), *asked)
        self.expect_scan("wrong-host", Code(SHIJIAZHUANG, key).url("evil.example"), *asked)
        self.expect_scan("unknown-id", Code(ABSENT, key).url(HOST), *asked)
        self.expect_scan("malformed", DEMO.url() + "x", *asked)
        late = int(time.time()) + 2 * HOUR
        self.expect_scan("not-yet-valid", Code(SHIJIAZHUANG, key, issued=late).url(HOST), *asked)
        old = int(time.time()) - 3 * signed_code.DAY
        self.expect_scan("expired", Code(SHIJIAZHUANG, key, issued=old, days=1).url(HOST), *asked)

    def test_with_a_state_it_goes_on_from_what_was_seen(self):
        state = self.directory / "state"
        asked = ("--resolver", self.served.url, "--state", state)
        self.expect_scan("valid", DEMO.png(), *asked)
        before = state.read_text()
        self.suspend(BEIJING)
        self.expect_scan("valid", DEMO.png(), *asked)
        self.assertNotEqual(state.read_text(), before)

    def test_usage(self):
        proof = self.prove(DEMO.url())
        for words in ((), ("--ledger", self.ledger), ("--proof", proof, "--ledger", self.ledger),
                      ("--proof", proof, "--resolver", self.served.url)):
            self.expect_refused(self.scan(DEMO.png(), *words), 2, "--proof")
        finished = cityid("scan", DEMO.png(), "--proof", proof)
        self.expect_refused(finished, 2, "--trust")

    def expect_caught(self, answer, status, *words, state=()):
        """The lie is found out; without a trust file it may not be."""
        with liar(*answer) as url:
            finished = self.scan(DEMO.png(), "--resolver", url, *state)
            self.expect_refused(finished, status, *words)

    def test_a_resolver_that_answers_another_identifiers_proof(self):
        for other in (BEIJING, DEPARTMENT, ABSENT, DEMO.url(BEIJING)):
            with self.subTest(other=other):
                proof = self.prove(other).read_bytes()
                self.expect_caught((200, proof), 3, "does not reach")

    def test_a_resolver_that_answers_an_old_proof(self):
        state = self.directory / "state"
        old = self.prove(DEMO.url()).read_bytes()
        self.suspend()
        self.expect_scan("suspended", DEMO.png(), "--resolver", self.served.url, "--state", state)
        kept = state.read_bytes()
        self.expect_caught((200, old), 3, "a later one", state=("--state", state))
        self.assertEqual(state.read_bytes(), kept)

    def test_a_resolver_that_answers_an_old_cosigned_proof_is_stale(self):
        when = int(time.time()) - 8 * 24 * HOUR
        old = self.cosigned_at(self.prove(DEMO.url()), dict.fromkeys(INSTITUTES, when))
        with liar(200, old.read_bytes()) as url:
            finished = self.scan(DEMO.png(), "--resolver", url)
            self.assertEqual(finished.status, 3, finished)
            self.assertEqual(finished.json_lines()[0]["verdict"], "ledger-stale")

    def test_a_resolver_that_answers_garbage(self):
        proof = self.prove(DEMO.url()).read_bytes()
        for garbage in (b"", b"{}", b'{"verdict": "valid"}', b"\xff" * 1000, proof[:-1],
                        proof + b"\0", encode({1: "x"})):
            with self.subTest(garbage=garbage[:20]):
                self.expect_caught((200, garbage), 3, "proof")

    def test_a_resolver_that_answers_no_proof(self):
        for status in (404, 500, 302):
            with self.subTest(status=status):
                self.expect_caught((status, b"no"), 3, f"answered {status}")

    def test_why_a_resolver_answers_no_proof(self):
        for about in (f"{SHIJIAZHUANG}/123", f"{SHIJIAZHUANG}/x", "x/1"):
            with self.subTest(about=about):
                path = self.directory / "none"
                finished = cityid("prove", about, "--resolver", self.served.url, "-o", path)
                reply = self.served.request(f"/{about}/proof")
                self.assertIn(reply.status, (400, 404), reply)
                self.assertTrue(reply.json()["detail"], reply)
                self.expect_refused(finished, 3,
                                    f"answered {reply.status}: {reply.json()['detail']}\n")
                self.assertFalse(path.exists())
        for body in (b"", b"no", b"[]", b'{"detail": 1}', b'{"detail"', b"\xff"):
            with self.subTest(body=body), liar(400, body) as url:
                finished = cityid("prove", SHIJIAZHUANG, "--resolver", url, "-o",
                                  self.directory / "none")
                self.expect_refused(finished, 3, "answered 400\n")

    def test_a_resolver_that_answers_without_end(self):
        self.expect_caught((200, bytes(4 << 20)), 3)

    def test_a_lie_that_only_a_trust_file_finds(self):
        claim = {"verdict": "valid", "id": SHIJIAZHUANG, "ledger": {"hosts": [HOST]}}
        with liar(200, json.dumps(claim).encode()) as url:
            finished = cityid("scan", "--json", DEMO.png(), "--resolver", url)
            self.assertEqual(finished.json_lines()[0]["verdict"], "valid", finished)
            self.expect_refused(self.scan(DEMO.png(), "--resolver", url), 3, "no proof that holds")

    def test_a_proof_written_by_a_liar_is_refused_by_check(self):
        other = self.prove(BEIJING).read_bytes()
        with liar(200, other) as url:
            path = self.directory / "fetched"
            cityid("prove", SHIJIAZHUANG, "--resolver", url, "-o", path)
            self.expect_no(path, "the proof is about", options=("--about", SHIJIAZHUANG))


if __name__ == "__main__":
    cityid_process.main()
