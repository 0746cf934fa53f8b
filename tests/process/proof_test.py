"""Proof documents with the real program: what they prove, how fresh they are, and who lies."""
import base64
import shutil
import time

import cbor2

import cityid_process
import proofs
import signed_code
from cityid_process import DEPARTMENT, HOST, SHIJIAZHUANG, cityid
from proofs import (CONSISTENCY, INCLUSION, INSTITUTES, MAP, NOTE, ORIGIN, PROOF_TYPE, RECORDS,
                    STATE_ROOT, ChangingCase, PartialMap, ProofCase, TrustFile, cosigned,
                    identifier_key, joined, line_parts, note_parts, open_proof, read_proof,
                    resealed)
from signed_code import Code, with_other_last_digit
from signed_record import encode, sha256

ABSENT = "MA.156.9999"
BEIJING = "MA.156.1100"
FLIPS = 60
HOUR = 3600


def setUpModule():
    global DEMO
    DEMO = proofs.set_up()


class Answers(ProofCase):
    def revoked(self):
        return cityid("code", "inspect", "--raw", DEMO.directory / "revoked.png").out.strip()

    def test_an_identifier_that_is_there(self):
        answer = self.expect_answer("registered", self.prove())
        self.assertEqual(answer["names"]["en"], "Shijiazhuang")
        status = DEMO.status()
        self.assertEqual((answer["proof"]["origin"], answer["proof"]["size"],
                          answer["proof"]["root"]), (ORIGIN, status["size"], status["root"]))

    def test_identifiers_that_are_not_there(self):
        for absent in (ABSENT, f"{ABSENT}.1", f"{SHIJIAZHUANG}.99", f"{DEPARTMENT}.99.1",
                       "AA.999.Z"):
            with self.subTest(absent=absent):
                self.expect_answer("unknown-id", self.prove(absent))

    def test_the_nearest_ancestor_is_proven_with_it(self):
        answer = self.expect_answer("unknown-id", self.prove(f"{SHIJIAZHUANG}.99"))
        self.assertEqual(answer["nearest"], SHIJIAZHUANG)

    def test_a_valid_code(self):
        answer = self.expect_answer("valid", self.prove(DEMO.url()))
        self.assertEqual(answer["code"]["signedBy"], SHIJIAZHUANG)

    def test_a_revoked_code(self):
        self.expect_answer("revoked", self.prove(self.revoked()))

    def test_a_forged_code_and_one_of_a_stranger(self):
        self.expect_answer("forged", self.prove(with_other_last_digit(DEMO.url())))
        moved = DEMO.url().replace(SHIJIAZHUANG, BEIJING)
        self.expect_answer("unknown-key", self.prove(moved))

    def test_a_code_of_an_ancestor(self):
        key = signed_code.read_key(DEMO.code_key())
        url = Code(DEPARTMENT, key, purpose=signed_code.UNIT).url(HOST)
        answer = self.expect_answer("valid", self.prove(url))
        self.assertEqual(answer["code"]["signedBy"], SHIJIAZHUANG)

    def test_each_is_what_another_implementation_checks(self):
        trust = TrustFile(self.trust)
        for about in (SHIJIAZHUANG, ABSENT, DEPARTMENT, DEMO.url(), self.revoked()):
            with self.subTest(about=about):
                leaves = open_proof(self.prove(about).read_bytes(), trust)
                self.assertIn(b"G", leaves)
                known = identifier_key(SHIJIAZHUANG) in leaves
                self.assertEqual(known, about != ABSENT)

    def test_it_is_the_one_that_the_resolver_serves(self):
        with cityid_process.resolver(self.ledger) as served:
            for about in (SHIJIAZHUANG, ABSENT, DEMO.url().split("/", 3)[3]):
                reply = served.request(f"/{about}/proof")
                self.assertEqual((reply.status, reply.media_type), (200, PROOF_TYPE), reply)
                self.assertEqual(reply.body, self.prove(about).read_bytes())
            for since, status in (("0", 200), ("1", 200), ("-1", 400), ("01", 400), ("x", 400),
                                  ("999999", 400)):
                reply = served.request(f"/{SHIJIAZHUANG}/proof?since={since}")
                self.assertEqual(reply.status, status, since)
            self.assertEqual(served.request("/ma.156..1/proof").status, 400)

    def test_it_is_about_what_it_says(self):
        proof = self.prove()
        code = self.prove(DEMO.url())
        self.expect_answer("registered", proof, "--about", SHIJIAZHUANG.lower())
        self.expect_answer("valid", code, "--about", DEMO.url())
        for path, about in ((proof, BEIJING), (proof, DEMO.url()), (proof, DEPARTMENT),
                            (code, SHIJIAZHUANG), (code, self.revoked())):
            with self.subTest(about=about):
                self.expect_no(path, "the proof is about", options=("--about", about))

    def test_what_it_says_of_itself_does_not_reach_the_terminal_raw(self):
        hostile = self.changed(self.prove(), ABOUT="X\x1b[31m\nvalid: Genuine\n")
        finished = self.check(hostile, "--about", SHIJIAZHUANG)
        self.expect_refused(finished, 1, "the proof is about")
        self.assertNotIn("\x1b", finished.err)

    def test_proving_from_nowhere_is_bad_usage(self):
        finished = cityid("prove", SHIJIAZHUANG, "-o", self.directory / "never")
        self.expect_refused(finished, 2, "--ledger", "--resolver")

    def test_another_subject_written_into_it_is_not_reached(self):
        for about in (BEIJING, DEPARTMENT):
            with self.subTest(about=about):
                changed = self.changed(self.prove(), ABOUT=about)
                self.expect_not_reached(changed, "does not reach")
                self.expect_not_reached(changed, "does not reach", options=("--about", about))

    def test_what_is_absent_by_the_keys_that_it_shows_is_absent(self):
        """No key that begins as one of 9999 is below the node at which that of 1301 stands."""
        self.expect_answer("unknown-id", self.changed(self.prove(), ABOUT=ABSENT))

    def test_a_policy_proof_answers_nothing(self):
        files = self.directory / "files"
        self.expect_done(cityid("ledger", "export", "--ledger", self.ledger, "-o", files))
        open_proof((files / "policies" / "1").read_bytes(), TrustFile(self.trust))
        self.expect_no(files / "policies" / "1", "no identifier")

    def test_it_is_as_small_as_is_promised(self):
        for about, most in ((BEIJING, 3 * 1024), (DEMO.url(BEIJING), 4608)):
            proof = self.prove(about)
            records = sum(map(len, read_proof(proof)[RECORDS]))
            self.assertLess(proof.stat().st_size - records, most)


class Damage(ProofCase):
    def test_any_flipped_bit_is_found(self):
        small = self.prove(ABSENT).read_bytes()
        generator = cityid_process.seeded(self.id())
        for bit in generator.sample(range(len(small) * 8), FLIPS):
            bad = bytearray(small)
            bad[bit // 8] ^= 1 << bit % 8
            with self.subTest(bit=bit):
                self.expect_no(self.file("flipped", bad))

    def test_no_bit_of_what_is_signed_or_hashed_can_be_changed_with_the_digest(self):
        proof = self.prove(SHIJIAZHUANG)
        document = read_proof(proof)
        generator = cityid_process.seeded(self.id())
        for field in (NOTE, STATE_ROOT, MAP, INCLUSION, RECORDS):
            for _ in range(8):
                value = document[field]
                parts = list(value) if isinstance(value, list) else [value]
                which = generator.randrange(len(parts))
                raw = parts[which].encode() if field == NOTE else parts[which]
                bad = bytearray(raw)
                # What is left over of a signature's last digit in base 64 is for the other test.
                bit = generator.randrange((len(note_parts(value)[0]) if field == NOTE
                                           else len(raw)) * 8)
                bad[bit // 8] ^= 1 << bit % 8
                if field == NOTE and bad[bit // 8] >= 0x80:
                    continue
                parts[which] = bad.decode() if field == NOTE else bytes(bad)
                changed = {**document, field: parts if isinstance(value, list) else parts[0]}
                with self.subTest(field=field, which=which, bit=bit):
                    self.expect_no(self.file("changed", resealed(changed)))

    def test_cut_or_longer_or_nothing(self):
        good = self.prove(ABSENT).read_bytes()
        for bad in (b"", b"\0", good[:-1], good[:100], good + b"\0", good * 2, bytes(2 << 20)):
            with self.subTest(size=len(bad)):
                finished = self.check(self.file("bad", bad))
                self.assertIn(finished.status, (1, 3), finished)
                self.expect_refused(finished, finished.status)

    def test_a_field_more_or_less(self):
        proof = self.prove()
        document = read_proof(proof)
        for name in ("ABOUT", "NOTE", "STATE_ROOT", "MAP", "DIGEST"):
            with self.subTest(without=name):
                less = {k: v for k, v in document.items() if k != getattr(proofs, name)}
                self.expect_no(self.file("less", encode(less)))
        self.expect_no(self.file("more", resealed({**document, 9: b""})))
        self.expect_no(self.file("empty", resealed({**document, RECORDS: []})))

    def test_a_part_of_the_map_that_is_needed_is_never_absence(self):
        proof = self.prove(DEMO.url())
        document = read_proof(proof)
        part = PartialMap(document[MAP])
        for key in (identifier_key(SHIJIAZHUANG), b"G"):
            with self.subTest(key=key):
                cut = part.without(key)
                self.assertEqual(PartialMap(cut).root(), part.root())
                self.expect_not_reached(self.changed(proof, MAP=cut, RECORDS=None),
                                        "does not reach")
        self.expect_no(self.changed(proof, MAP=part.without(identifier_key(SHIJIAZHUANG))),
                       "state doesn't name")

    def test_a_revocation_left_out_does_not_make_a_code_valid(self):
        url = cityid("code", "inspect", "--raw", DEMO.directory / "revoked.png").out.strip()
        proof = self.prove(url)
        part = PartialMap(read_proof(proof)[MAP])
        revocations = [key for key in part.leaves() if key[:1] == b"R" and len(key) > 33]
        self.assertTrue(revocations)
        for key in revocations:
            self.expect_not_reached(self.changed(proof, MAP=part.without(key)), "does not reach")

    def test_a_record_that_is_needed_is_never_left_out(self):
        proof = self.prove(DEPARTMENT)
        records = read_proof(proof)[RECORDS]
        self.assertGreater(len(records), 1)
        for i in range(len(records)):
            with self.subTest(record=i):
                left = records[:i] + records[i + 1:]
                self.expect_not_reached(self.changed(proof, RECORDS=left),
                                        "a record that is needed")
        self.expect_not_reached(self.changed(proof, RECORDS=None), "a record that is needed")

    def test_a_record_that_the_state_does_not_name(self):
        proof = self.prove()
        records = read_proof(proof)[RECORDS]
        other = read_proof(self.prove(BEIJING))[RECORDS]
        self.expect_no(self.changed(proof, RECORDS=records + other), "doesn't name")
        self.expect_no(self.changed(proof, RECORDS=records + records[:1]), "twice")

    def test_another_entry_is_no_state_root(self):
        proof = self.prove()
        record = read_proof(proof)[RECORDS][0]
        self.expect_no(self.changed(proof, STATE_ROOT=record))


class Freshness(ProofCase):
    """How many cosigned it, and when."""

    def test_as_many_cosignatures_as_the_quorum_and_no_fewer(self):
        proof = self.prove()
        text, lines = note_parts(read_proof(proof)[NOTE])
        self.assertEqual(len(lines), 1 + 2)
        self.expect_answer("registered", proof)
        stricter = self.file("trust.3", self.trust.read_text().replace("group institutes 2",
                                                                       "group institutes 3"))
        self.expect_no(proof, "no quorum", trust=stricter)
        self.expect_no(self.changed(proof, NOTE=joined(text, lines[:2])), "no quorum")
        self.expect_no(self.changed(proof, NOTE=joined(text, lines[:1])), "no quorum")
        self.expect_no(self.changed(proof, NOTE=joined(text, lines[1:])), "no trusted log")

    def test_all_of_them_satisfy_a_stricter_file(self):
        stricter = self.file("trust.3", self.trust.read_text().replace("group institutes 2",
                                                                       "group institutes 3"))
        now = int(time.time())
        self.expect_answer("registered", self.cosigned_at(self.prove(), dict.fromkeys(
            INSTITUTES, now)), trust=stricter)

    def test_one_of_them_twice_is_not_two(self):
        proof = self.prove()
        text, lines = note_parts(read_proof(proof)[NOTE])
        twice = joined(text, [*lines[:2], lines[1]])
        self.expect_no(self.changed(proof, NOTE=twice), "two signatures")

    def test_lines_of_keys_that_nobody_knows_are_ignored(self):
        proof = self.prove()
        text, lines = note_parts(read_proof(proof)[NOTE])
        key = signed_code.read_key(DEMO.keys / f"{BEIJING}.code.key")
        stranger = cosigned(text, "stranger.example", key, int(time.time()))
        same_name = cosigned(text, "institute-a.example", key, int(time.time()))
        other_type = "\u2014 future.example " + base64.b64encode(b"idid" + bytes(300)).decode()
        added = joined(text, [stranger, *lines, same_name, other_type])
        self.expect_answer("registered", self.changed(proof, NOTE=added))
        # But they are nobody's.
        self.expect_no(self.changed(proof, NOTE=joined(text, [*lines[:2], stranger, same_name])),
                       "no quorum")

    def test_a_signature_of_a_known_key_that_is_wrong_is_not_ignored(self):
        proof = self.prove()
        text, lines = note_parts(read_proof(proof)[NOTE])
        other = base64.b64encode(sha256(b"another root")).decode()
        origin, size, _ = text.splitlines()
        wrong = f"{origin}\n{size}\n{other}\n"
        key = signed_code.read_key(DEMO.keys / "institute-a.witness.key")
        forged = cosigned(wrong, "institute-a.example", key, int(time.time()))
        rest = [line for line in lines if line_parts(line)[0] != "institute-a.example"]
        self.expect_no(self.changed(proof, NOTE=joined(text, [*rest, forged])), "does not verify")

    def test_old_cosignatures_are_stale(self):
        now = int(time.time())
        old = self.cosigned_at(self.prove(), dict.fromkeys(INSTITUTES, now - 8 * 24 * HOUR))
        self.expect_answer("ledger-stale", old)
        self.expect_answer("registered", old, "--max-age", 9 * 24)

    def test_the_age_is_that_of_the_quorum_not_of_the_newest(self):
        now = int(time.time())
        mixed = self.cosigned_at(self.prove(), {"institute-a": now, "institute-b": now - 3 * HOUR,
                                                "institute-c": now - 30 * HOUR})
        self.expect_answer("ledger-stale", mixed, "--max-age", 2)
        answer = self.expect_answer("registered", mixed, "--max-age", 4)
        cosigned_time = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(now - 3 * HOUR))
        self.assertEqual(answer["proof"]["cosigned"], cosigned_time)

    def test_zero_hours_are_zero(self):
        old = self.cosigned_at(self.prove(), dict.fromkeys(INSTITUTES, int(time.time()) - 10))
        self.expect_answer("ledger-stale", old, "--max-age", 0)
        self.expect_answer("registered", old, "--max-age", 1)

    def test_a_cosignature_of_the_future_does_not_count(self):
        now = int(time.time())
        proof = self.prove()
        times = {"institute-a": now, "institute-b": now + HOUR}
        self.expect_no(self.cosigned_at(proof, times), "no quorum")
        times["institute-b"] = now + 100
        self.expect_answer("registered", self.cosigned_at(proof, times))

    def test_keys_of_another_consortium(self):
        with cityid_process.temporary_directory() as parent:
            shutil.copytree(DEMO.keys, parent / "demo" / "keys", ignore=lambda *_: ["log.key"])
            self.expect_done(cityid_process.make_demo(parent / "demo"))
            trust = parent / "demo" / "trust.txt"
            self.expect_no(self.prove(), "no trusted log", trust=trust)

    def test_a_trust_file_that_asks_for_nobody_says_nothing_of_freshness(self):
        log = f"log {TrustFile(self.trust).logs[0]}\nquorum none\n"
        self.expect_no(self.prove(), "no witnesses", trust=self.file("none", log))

    def test_trust_files_that_are_none(self):
        good = self.trust.read_text()
        for bad in ("", "quorum\n", "log x\nquorum none\n", good + good, good + "quorum none\n",
                    good.replace("quorum institutes", "quorum nobody"), good[:-1],
                    good.replace("I1 I2 I3", "I1 I1 I3"), good + "unknown line\n",
                    good.replace("+AAA", "+")[:-40]):
            self.expect_no(self.prove(), "trust file", trust=self.file("bad", bad))
        missing = self.check(self.prove(), trust=self.directory / "missing")
        self.expect_refused(missing, 3, "missing")


class KeptHeads(ChangingCase):
    def setUp(self):
        super().setUp()
        self.state = self.directory / "state"
        self.before = self.prove(name="before")
        self.suspend()
        self.after = self.prove(name="after")

    def keep(self, proof):
        return self.check(proof, "--state", self.state)

    def expect_kept_refusal(self, proof, *words):
        """Refused, and what was kept stays."""
        kept = self.state.read_bytes()
        self.expect_no(proof, *words, options=("--state", self.state))
        self.assertEqual(self.state.read_bytes(), kept)

    def test_the_first_is_kept_as_a_checkpoints_text(self):
        self.expect_done(self.keep(self.before))
        self.assertEqual(self.state.read_text(), note_parts(read_proof(self.before)[NOTE])[0])

    def test_never_back_to_an_older_one(self):
        self.assertEqual(self.keep(self.after).status, 1)  # suspended, and kept
        self.expect_kept_refusal(self.before, "a later one")
        self.expect_answer("registered", self.before)

    def test_the_same_one_again(self):
        for _ in range(3):
            self.expect_answer("registered", self.before, "--state", self.state)

    def test_a_newer_one_must_say_how_it_goes_on(self):
        self.expect_done(self.keep(self.before))
        self.expect_kept_refusal(self.after, "seen before", "since that size")
        since = self.prove(SHIJIAZHUANG, "--state", self.state)
        size = int(self.state.read_text().splitlines()[1])
        self.assertEqual(read_proof(since)[CONSISTENCY][1], size)
        self.expect_answer("suspended", since, "--state", self.state)
        self.assertEqual(int(self.state.read_text().splitlines()[1]), size + 2)
        self.expect_kept_refusal(self.before, "a later one")
        self.expect_answer("suspended", since, "--state", self.state)

    def test_it_is_asked_for_over_http(self):
        self.expect_done(self.keep(self.before))
        since = self.directory / "since"
        self.expect_done(cityid("prove", SHIJIAZHUANG, "--resolver", self.served.url, "-o", since,
                                "--state", self.state))
        self.expect_answer("suspended", since, "--state", self.state)

    def test_a_consistency_proof_that_is_changed(self):
        self.expect_done(self.keep(self.before))
        since = self.prove(SHIJIAZHUANG, "--state", self.state)
        good = read_proof(since)[CONSISTENCY]
        path = good[2]
        flipped = bytes([path[0][0] ^ 1]) + path[0][1:]
        for bad in ({**good, 2: [flipped, *path[1:]]}, {**good, 2: path[:-1]},
                    {**good, 2: [*path, bytes(32)]}, {**good, 2: path[::-1]},
                    {**good, 1: good[1] - 1}, {**good, 1: good[1] + 1}):
            self.expect_kept_refusal(self.changed(since, CONSISTENCY=bad))
        self.expect_answer("suspended", since, "--state", self.state)

    def test_another_history(self):
        self.expect_done(self.keep(self.before))
        origin, size, _ = self.state.read_text().splitlines()
        other = base64.b64encode(sha256(b"another root")).decode()
        self.state.write_text(f"{origin}\n{size}\n{other}\n")
        self.expect_kept_refusal(self.before, "another history")
        since = self.prove(SHIJIAZHUANG, "--state", self.state)
        self.expect_kept_refusal(since)
        self.state.write_text(f"other.example/log\n{size}\n{other}\n")
        self.expect_kept_refusal(self.before, "another log")

    def test_a_kept_head_that_can_not_be_read_is_not_overlooked(self):
        for bad in ("", "x", f"{ORIGIN}\n1\n", f"{ORIGIN}\n01\n{'A' * 43}=\n",
                    note_parts(read_proof(self.before)[NOTE])[0] + "more\n"):
            self.state.write_text(bad)
            self.expect_kept_refusal(self.before, "kept head")

    def test_a_refused_proof_is_not_kept(self):
        broken = bytearray(self.before.read_bytes())
        broken[500] ^= 1
        self.expect_no(self.file("broken", broken), options=("--state", self.state))
        self.assertFalse(self.state.exists())

    def test_a_fresh_checkpoint_on_an_old_proof(self):
        old, new = read_proof(self.before), read_proof(self.after)
        self.expect_no(self.changed(self.before, NOTE=new[NOTE]))
        self.expect_no(self.changed(self.before, NOTE=new[NOTE], INCLUSION=new[INCLUSION]))
        self.expect_no(self.changed(self.before, NOTE=new[NOTE], INCLUSION=new[INCLUSION],
                                    STATE_ROOT=new[STATE_ROOT]), "another root")
        self.expect_no(self.changed(self.after, NOTE=old[NOTE]))
        # The state root of an old batch is not the last entry of the new tree.
        self.expect_no(self.changed(self.after, STATE_ROOT=old[STATE_ROOT]))

    def test_a_suspended_ancestor_is_part_of_the_answer(self):
        proof = self.prove(DEPARTMENT)
        answer = self.expect_answer("suspended", proof)
        self.assertIn(SHIJIAZHUANG, answer["detail"])
        key = signed_code.read_key(DEMO.code_key())
        url = Code(DEPARTMENT, key, purpose=signed_code.UNIT).url(HOST)
        self.expect_answer("suspended", self.prove(url))
        self.expect_answer("suspended", self.prove(DEMO.url()))

    def test_a_suspended_ancestor_can_not_be_left_out(self):
        proof = self.prove(DEPARTMENT)
        document = read_proof(proof)
        part = PartialMap(document[MAP])
        cut = part.without(identifier_key(SHIJIAZHUANG))
        self.expect_no(self.changed(proof, MAP=cut), "state doesn't name")
        named = {sha256(record) for record in document[RECORDS]}
        for value in (part.leaves()[identifier_key(SHIJIAZHUANG)],):
            named -= {ref[2] for ref in cbor2.loads(value).values() if isinstance(ref, dict)}
        own = [record for record in document[RECORDS] if sha256(record) in named]
        self.expect_not_reached(self.changed(proof, MAP=cut, RECORDS=own), "does not reach")
        self.expect_not_reached(self.changed(proof, RECORDS=own), "a record that is needed")

    def test_a_resumed_one_holds_again(self):
        self.resume()
        self.expect_answer("registered", self.prove(DEPARTMENT))


if __name__ == "__main__":
    cityid_process.main()
