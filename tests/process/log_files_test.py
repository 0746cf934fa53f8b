"""The log as files: what is served and exported, and what a ledger directory is compared with."""
import base64
import os
import re
import shutil
import time

import cbor2
from nacl.signing import VerifyKey

import cityid_process
import proofs
from cityid_process import cityid, run
from proofs import (INSTITUTES, ORIGIN, PROOF_TYPE, ChangingCase, ProofCase, TrustFile,
                    identifier_key, joined, line_parts, note_parts, quorum_time, static_files, uv,
                    vkey_parts)
from signed_record import encode, leaf_hash, payload_of, sha256

BEIJING = "MA.156.1100"
HOUR = 3600


def setUpModule():
    global DEMO, LOG_CHECKER
    DEMO = proofs.set_up()
    LOG_CHECKER = proofs.log_checker()


class LogFiles(ProofCase):
    def setUp(self):
        super().setUp()
        self.served = self.enterContext(cityid_process.resolver(self.ledger))
        self.files = self.directory / "files"
        self.expect_done(cityid("ledger", "export", "--ledger", self.ledger, "-o", self.files))

    def paths(self):
        return sorted(str(path.relative_to(self.files)) for path in self.files.rglob("*")
                      if path.is_file())

    def log_check(self, url, *more):
        trust = TrustFile(self.trust)
        witnesses = [word for vkey in trust.witnesses for word in ("-witness", vkey)]
        return run(LOG_CHECKER, *witnesses, url, trust.logs[0], *more)

    def test_the_checkpoint_is_a_note_that_others_can_read(self):
        reply = self.served.request("/ledger/checkpoint")
        self.assertEqual(reply.status, 200, reply)
        self.assertEqual(reply["content-type"], "text/plain; charset=utf-8")
        self.assertNotIn("max-age", reply["cache-control"])
        text, lines = note_parts(reply.text)
        status = DEMO.status()
        root = base64.b64encode(bytes.fromhex(status["root"])).decode()
        self.assertEqual(text, f"{ORIGIN}\n{status['size']}\n{root}\n")
        trust = TrustFile(self.trust)
        name, identifier, key = vkey_parts(trust.logs[0])
        found, found_id, signature = line_parts(lines[0])
        self.assertEqual((found, found_id), (name, identifier))
        VerifyKey(key).verify(text.encode(), signature)
        self.assertEqual(len(lines), 1 + len(INSTITUTES))
        self.assertLess(abs(quorum_time(reply.text, trust.witnesses, 3) - time.time()), HOUR)

    def test_tiles_and_bundles_are_served_for_ever(self):
        for path in self.paths():
            with self.subTest(path=path):
                reply = self.served.request(f"/ledger/{path}")
                self.assertEqual((reply.status, reply.body),
                                 (200, (self.files / path).read_bytes()))
                if path.startswith("tile/"):
                    self.assertEqual(reply["content-type"], "application/octet-stream")
                if path.startswith("policies/"):
                    self.assertEqual(reply["content-type"], PROOF_TYPE)
                if path != "checkpoint":
                    self.assertIn("immutable", reply["cache-control"])

    def test_every_narrower_part_is_served_too(self):
        full = self.served.request("/ledger/tile/0/000").body
        self.assertEqual(len(full), 256 * 32)
        for width in (1, 2, 128, 255):
            part = self.served.request(f"/ledger/tile/0/000.p/{width}").body
            self.assertEqual(part, full[:width * 32])
            bundle = self.served.request(f"/ledger/tile/entries/000.p/{width}").body
            self.assertTrue(self.served.request("/ledger/tile/entries/000").body.startswith(bundle))

    def test_no_other_spelling_is_a_file(self):
        size = DEMO.status()["size"]
        rest = size % 256
        good = f"tile/0/002.p/{rest}"
        self.assertEqual(self.served.request(f"/ledger/{good}").status, 200)
        for path in ("tile/0/2", "tile/0/0", "tile/0/0000", "tile/0/00", "tile/00/000",
                     "tile/0/x000/000", "tile/0/000/000", "tile/0/001/000", "tile/0/x001",
                     f"tile/0/x000/002.p/{rest}", f"tile/0/2.p/{rest}", "tile/0/000.p/0",
                     "tile/0/000.p/256", "tile/0/000.p/01", "tile/0/000.p/", "tile/0/000.p",
                     "tile/0/000.p/1/", "tile/0/000/", "tile/0/", "tile/8/000.p/1", "tile/-1/000",
                     "tile/data/000", "tile/8/0/000", "tile/Entries/000", "tile/entries/0",
                     "tile/0/%30%30%30", "tile/0//000", "tile/0/+00", "tile/0/000.P/1"):
            with self.subTest(path=path):
                self.assertEqual(self.served.request(f"/ledger/{path}").status, 404)

    def test_nothing_lies_past_the_end(self):
        rest = DEMO.status()["size"] % 256
        for path in ("tile/0/002", f"tile/0/002.p/{rest + 1}", "tile/0/003.p/1", "tile/1/000",
                     "tile/1/000.p/3", "tile/2/000.p/1", "tile/7/000.p/1", "tile/entries/002",
                     f"tile/entries/002.p/{rest + 1}", "tile/0/x999/999",
                     "tile/0/x999/x999/x999/x999/x999/999", "policies/0", "policies/2",
                     "policies/01", "policies/-1", "policies/99999999999999999999"):
            with self.subTest(path=path):
                self.assertEqual(self.served.request(f"/ledger/{path}").status, 404)

    def test_an_independent_program_verifies_the_log(self):
        size = DEMO.status()["size"]
        finished = self.log_check(f"{self.served.url}/ledger", 100)
        self.expect_done(finished)
        self.assertRegex(finished.out, rf"(?m)^{size} entries, 4 tiles, \d+ pairs", finished)
        self.assertEqual(finished.out.count("cosigned by institute-"), 3, finished)

    def test_it_verifies_the_files_and_finds_any_flipped_bit(self):
        generator = cityid_process.seeded(self.id())
        with static_files(self.files) as url:
            self.expect_done(self.log_check(url))
            targets = [path for path in self.paths() if path.startswith("tile/")] * 2
            for path in targets:
                file = self.files / path
                good = file.read_bytes()
                bit = generator.randrange(len(good) * 8)
                bad = bytearray(good)
                bad[bit // 8] ^= 1 << bit % 8
                file.write_bytes(bad)
                with self.subTest(path=path, bit=bit):
                    finished = self.log_check(url)
                    self.assertEqual((finished.status, finished.out), (1, ""), finished)
                    self.assertRegex(finished.err, r"\Alog_check: [^\n]+\n\Z", finished)
                file.write_bytes(good)
            self.expect_done(self.log_check(url))

    def test_it_finds_a_changed_checkpoint(self):
        file = self.files / "checkpoint"
        good = file.read_bytes()
        text = note_parts(good.decode())[0]
        # In origin, size and root, and in each line's signature.
        places = [0, len(ORIGIN) + 1, len(text) - 10]
        places += [match.start() + 30 for match in re.finditer("\u2014".encode(), good)]
        with static_files(self.files) as url:
            for place in places:
                bad = bytearray(good)
                bad[place] ^= 1
                file.write_bytes(bad)
                with self.subTest(place=place):
                    finished = self.log_check(url)
                    self.assertEqual((finished.status, finished.out), (1, ""), finished)
                    self.assertIn("log_check: ", finished.err)

    def test_it_finds_an_older_checkpoint(self):
        with static_files(self.files) as url:
            finished = self.log_check(url, DEMO.status()["size"] + 1)
            self.assertEqual(finished.status, 1, finished)
            self.assertIn("it was", finished.err)


class Export(ChangingCase):
    def export(self, *options, repaired=0):
        """How many files it wrote; so many of them were wrong before."""
        finished = cityid("ledger", "export", "--ledger", self.ledger, "-o",
                          self.directory / "files", *options)
        self.expect_done(finished)
        said = re.fullmatch(r"\d+ entries, (\d+) files written(?:, (\d+) of them repaired)?\n",
                            finished.out)
        self.assertEqual(int(said[2] or 0), repaired, finished)
        return int(said[1])

    def files(self):
        root = self.directory / "files"
        return {str(path.relative_to(root)): (path.stat().st_ino, path.read_bytes())
                for path in root.rglob("*") if path.is_file()}

    def test_a_second_one_writes_only_what_is_missing(self):
        self.assertEqual(self.export(), 9)
        first = self.files()
        self.assertEqual(self.export(), 0)
        second = self.files()
        self.assertEqual({k: v for k, v in first.items() if k != "checkpoint"},
                         {k: v for k, v in second.items() if k != "checkpoint"})
        self.suspend()
        self.assertGreater(self.export(), 1)
        third = self.files()
        size = DEMO.status()["size"] + 2
        self.assertEqual(set(third) - set(second),
                         {f"tile/0/002.p/{size % 256}", f"tile/entries/002.p/{size % 256}"})
        self.assertEqual({k: v for k, v in third.items() if k in second and k != "checkpoint"},
                         {k: v for k, v in second.items() if k != "checkpoint"})

    def test_another_log_in_the_directory_is_refused(self):
        self.export()
        checkpoint = self.directory / "files" / "checkpoint"
        note = checkpoint.read_text()
        text, lines = note_parts(note)
        origin, size, root = text.splitlines()
        other = base64.b64encode(sha256(b"other")).decode()
        for changed in ((origin, size, other), (origin, int(size) + 1, root),
                        (origin, int(size) - 1, root)):
            checkpoint.write_text(joined("".join(f"{line}\n" for line in changed), lines))
            before = self.files()
            with self.subTest(changed=changed):
                finished = cityid("ledger", "export", "--ledger", self.ledger, "-o",
                                  self.directory / "files")
                self.expect_refused(finished, 1, "another log")
                self.assertEqual(self.files(), before)

    def test_files_that_are_gone_or_cut_are_repaired_and_with_a_check_changed_ones(self):
        self.export()
        right = {name: content for name, (_, content) in self.files().items()}
        generator = cityid_process.seeded(self.id())
        for name, content in right.items():
            file = self.directory / "files" / name
            flipped = bytearray(content)
            flipped[generator.randrange(len(content))] ^= 1 << generator.randrange(8)
            for wrong, options in ((None, ()), (b"", ()), (content[:-1], ()),
                                   (content + b"x", ()), (bytes(flipped), ("--check",))):
                if name == "checkpoint" and options:
                    continue  # it may say something else now: the test above
                file.unlink()
                if wrong is not None:
                    file.write_bytes(wrong)
                with self.subTest(name=name, wrong=wrong and len(wrong), options=options):
                    new = wrong is None and not name.startswith("tile/")
                    self.assertEqual(self.export(*options, repaired=0 if new else 1), 1)
                    self.assertEqual({k: v for k, (_, v) in self.files().items()}, right)
        with static_files(self.directory / "files") as url:
            trust = TrustFile(self.trust)
            self.expect_done(run(LOG_CHECKER, "-witness", trust.witnesses[0], url, trust.logs[0]))

    def test_a_broken_checkpoint_is_written_anew_where_the_files_are_this_logs(self):
        files, elsewhere = self.directory / "files", self.directory / "elsewhere"
        self.suspend()
        for number, broken in enumerate((None, b"", b"no checkpoint\n", bytes(100_000))):
            def break_it(place):
                (place / "checkpoint").unlink()
                if broken is not None:
                    (place / "checkpoint").write_bytes(broken)
            with self.subTest(broken=broken and broken[:20]):
                for place in (files, elsewhere):
                    shutil.rmtree(place, ignore_errors=True)
                self.export()
                # The shorter ledger must not replace the longer log.
                break_it(files)
                before = self.files()
                self.expect_refused(cityid("ledger", "export", "--ledger", DEMO.ledger, "-o",
                                           files), 1, "more of this one")
                self.assertEqual(self.files(), before)
                # The longer one may go on from the shorter log.
                self.expect_done(cityid("ledger", "export", "--ledger", DEMO.ledger, "-o",
                                        elsewhere))
                break_it(elsewhere)
                self.expect_done(cityid("ledger", "export", "--ledger", self.ledger, "-o",
                                        elsewhere))
                self.expect_done(cityid("follow", "--once", "--from", elsewhere, "--ledger",
                                        self.directory / f"replica-{number}", "--trust", self.trust))

    def test_an_older_ledger_does_not_replace_a_newer_log(self):
        self.suspend()
        self.export()
        finished = cityid("ledger", "export", "--ledger", DEMO.ledger, "-o",
                          self.directory / "files")
        self.expect_refused(finished, 1, "more of this one")

    def test_a_ledger_without_a_checkpoint_has_nothing_to_export(self):
        with cityid_process.resolver(self.copied_second(), "--registry") as other:
            keys = [word for name in INSTITUTES[:2]
                    for word in ("--key", DEMO.keys / f"{name}.record.key")]
            self.expect_done(cityid("suspend", BEIJING, "--registry", other.url, *keys))
            self.assertEqual(other.request("/ledger/checkpoint").status, 404)
            self.assertEqual(other.request(f"/{BEIJING}/proof").status, 404)
        finished = cityid("ledger", "export", "--ledger", self.directory / "second", "-o",
                          self.directory / "nothing")
        self.expect_refused(finished, 3, "no checkpoint")
        self.assertFalse((self.directory / "nothing").exists())

    def copied_second(self):
        second = self.directory / "second"
        second.mkdir()
        shutil.copyfile(DEMO.ledger / "data.mdb", second / "data.mdb")
        return second


class Verifying(ProofCase):
    def setUp(self):
        super().setUp()
        self.served = self.enterContext(cityid_process.resolver(DEMO.ledger))
        self.broken = self.copied_ledger()

    def state_of(self, key):
        reply = self.served.request(f"/ledger/state/{key.hex()}")
        self.assertEqual(reply.status, 200)
        return reply.body

    def entry(self, index):
        return self.served.request(f"/ledger/entry/{index}").body

    def replace(self, old, new):
        data = self.broken / "data.mdb"
        content = data.read_bytes()
        self.assertIn(old, content)
        self.assertEqual(len(old), len(new))
        data.write_bytes(content.replace(old, new))

    def flip(self, value, at):
        """Flips a bit of every copy of `value` that the database has."""
        changed = bytearray(value)
        changed[at] ^= 1
        self.replace(value, bytes(changed))

    def verify(self):
        finished = cityid("ledger", "verify", "--ledger", self.broken)
        # Nothing is left behind.
        self.assertEqual(sorted(os.listdir(self.directory)), ["ledger", "ledger.signed"])
        return finished

    def expect_broken(self, *words):
        finished = self.verify()
        self.expect_refused(finished, finished.status, *words)
        self.assertIn(finished.status, (1, 3))

    def test_it_succeeds(self):
        finished = self.verify()
        self.expect_done(finished)
        self.assertIn(f"{DEMO.status()['size']} entries", finished.out)

    def test_an_entry(self):
        self.flip(b"Traffic sensors (demonstration)", 0)
        self.expect_broken("entry", "not the one in the tree")

    def test_a_leaf_hash(self):
        self.flip(leaf_hash(self.entry(5)), 7)
        self.expect_broken("tiles")

    def test_a_hash_of_a_tile_above(self):
        tile = self.served.request("/ledger/tile/1/000.p/2").body
        self.flip(tile[:32], 31)
        self.expect_broken()

    def test_a_value_of_the_state(self):
        value = self.state_of(identifier_key(BEIJING))
        self.flip(value, len(value) - 1)
        self.expect_broken("table state", identifier_key(BEIJING).hex())

    def test_a_node_of_the_map(self):
        key = identifier_key(BEIJING)
        value = self.state_of(key)
        self.flip(sha256(b"\0" + uv(len(key)) + key + uv(len(value)) + value), 0)
        self.expect_broken("table map")

    def test_a_draft(self):
        # The key of a row, and the row's value behind it.
        draft = sha256(payload_of(self.entry(3)))
        self.flip(draft + (3).to_bytes(8, "big"), 39)
        self.expect_broken("table drafts", draft.hex())

    def test_the_root_of_a_checkpoint(self):
        text, _ = note_parts(self.served.request("/ledger/checkpoint").text)
        root = text.splitlines()[2]
        other = base64.b64encode(sha256(b"other")).decode()
        self.replace(root.encode(), other.encode())
        self.expect_broken("checkpoint", "another tree")

    def test_a_signature_of_a_checkpoint(self):
        _, lines = note_parts(self.served.request("/ledger/checkpoint").text)
        name, identifier, signature = line_parts(lines[1])
        changed = signature[:20] + bytes([signature[20] ^ 1]) + signature[21:]
        self.replace(base64.b64encode(identifier + signature),
                     base64.b64encode(identifier + changed))
        self.expect_broken("checkpoint")

    def test_a_policy_proof(self):
        proof = self.served.request("/ledger/policies/1").body
        generator = cityid_process.seeded(self.id())
        for _ in range(5):
            # Its first bytes are found elsewhere, too.
            place = generator.randrange(len(proof))
            with self.subTest(place=place):
                shutil.copyfile(DEMO.ledger / "data.mdb", self.broken / "data.mdb")
                self.flip(proof, place)
                self.expect_broken("policy proof")

    def head(self):
        """The value of the head as the table has it."""
        status = DEMO.status()
        pattern = (b"\xa6\x01.{1,9}?\x02\x58\x20" + re.escape(bytes.fromhex(status["root"]))
                   + b"\x03\x58\x20" + re.escape(bytes.fromhex(status["map"]))
                   + b"\x04\x1a....\x05\x1a....\x06\x00")
        found = set(re.findall(pattern, (self.broken / "data.mdb").read_bytes(), re.DOTALL))
        self.assertTrue(found)
        return found

    def test_the_root_the_map_and_the_rules_time_of_the_head(self):
        for value in self.head():
            fields = cbor2.loads(value)
            for field, changed in ((2, sha256(b"other")), (3, sha256(b"other")),
                                   (4, fields[4] + 1)):
                with self.subTest(field=field):
                    shutil.copyfile(DEMO.ledger / "data.mdb", self.broken / "data.mdb")
                    self.replace(value, encode({**fields, field: changed}))
                    self.expect_broken("ledger")

    def test_the_time_of_the_head(self):
        for value in self.head():
            fields = cbor2.loads(value)
            self.replace(value, encode({**fields, 5: fields[5] + 1000}))
        self.expect_broken("head")

    def test_another_format_is_refused_with_what_to_do(self):
        self.replace(b"cityid-ledger 3", b"cityid-ledger 1")
        self.expect_broken("'cityid-ledger 1'", "make the directory anew")

    def test_a_directory_without_the_newer_tables_is_refused_with_what_to_do(self):
        self.replace(b"cityid-ledger 3", b"cityid-ledger 1")
        # The name of a table in the database: the head of a row, its length, itself.
        self.replace(b"\x02\x00\x03\x00map", b"\x02\x00\x03\x00mbp")
        self.expect_broken("'cityid-ledger 1'", "make the directory anew")


if __name__ == "__main__":
    cityid_process.main()
