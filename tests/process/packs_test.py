"""Packs with the real program: what they judge without a network, what they can't tell, how they
are served and kept; and the same by a reader that shares no code with the program."""
import base64
import gzip
import hashlib
import pathlib
import sys
import time
import unittest

from nacl.signing import SigningKey

import cityid_process
import proofs
import signed_code
from cityid_process import DEPARTMENT, HOST, SHIJIAZHUANG, cityid, fetch
from proofs import (MAP, PROOF_TYPE, RECORDS, ChangingCase, PartialMap, ProofCase, identifier_key,
                    read_proof)
from signed_code import Code, with_other_last_digit

sys.path.append(str(pathlib.Path(__file__).resolve().parents[1] / "independent"))
import read_pack  # noqa: E402

CHINA = "MA.156"
BEIJING = "MA.156.1100"
ABSENT = "MA.156.9999"
TARGET = 400_000  # bytes of the pack of China's cities
MAX_PACK = 16 << 20


def setUpModule():
    global DEMO
    DEMO = proofs.set_up()


def key(identifier=SHIJIAZHUANG):
    return signed_code.read_key(DEMO.code_key(identifier))


class PackCase(ProofCase):
    def pack(self, prefix=CHINA, *options, name="pack"):
        path = self.directory / name
        self.expect_done(cityid("pack", prefix, "--ledger", self.ledger, "-o", path, *options))
        return path

    def scan(self, packs, *what, options=(), trust=None):
        given = [word for pack in packs for word in ("--pack", pack)]
        return cityid("scan", "--json", *given, "--trust", trust or self.trust, *options, *what)

    def expect_verdict(self, verdict, pack, url, *options):
        finished = self.scan([pack], url, options=options)
        self.assertEqual([line["verdict"] for line in finished.json_lines()], [verdict], finished)
        self.assertEqual(finished.status, 0 if verdict == "valid" else 1, finished)

    def expect_unknown(self, packs, url, *options):
        finished = self.scan(packs, url, options=options)
        self.assertEqual((finished.status, finished.out), (3, ""), finished)
        self.assertIn("can't tell", finished.err)

    def reader(self, pack):
        return read_pack.Pack(pack.read_bytes(), self.trust.read_text())

    def revoked(self):
        return cityid("code", "inspect", "--raw", DEMO.directory / "revoked.png").out.strip()


def codes():
    """By what it is: the URL of a code. The pack of the country decides all of them."""
    now = int(time.time())
    good = Code(SHIJIAZHUANG, key())
    return {
        "of the city": DEMO.url(),
        "of another": DEMO.url(BEIJING),
        "by other hands": good.url(HOST),
        "of the department": Code(DEPARTMENT, key(), purpose=signed_code.UNIT).url(HOST),
        "forged": with_other_last_digit(good.url(HOST)),
        "of a stranger": Code(SHIJIAZHUANG, SigningKey.generate()).url(HOST),
        "of another city's key": Code(BEIJING, key()).url(HOST),
        "of nothing": Code(ABSENT, key()).url(HOST),
        "from the future": Code(SHIJIAZHUANG, key(), issued=now + 7200).url(HOST),
        "expired": Code(SHIJIAZHUANG, key(), issued=now - 200_000, days=1).url(HOST),
        "of another host": good.url("other.example"),
        "of a device": Code(f"{SHIJIAZHUANG}.0.0", key(), purpose=signed_code.DEVICE).url(HOST),
    }


class Judging(PackCase):
    def test_the_country_is_small_enough(self):
        self.assertLessEqual(self.pack().stat().st_size, TARGET)

    def test_every_code_has_the_verdict_of_the_ledger_here_and_by_other_hands(self):
        pack = self.pack()
        reader = self.reader(pack)
        asked = {**codes(), "revoked": self.revoked()}
        verdicts = set()
        for name, url in asked.items():
            with self.subTest(name):
                right = cityid("scan", "--json", "--ledger", self.ledger, url).json_lines()[0]
                found = self.scan([pack], url).json_lines()[0]
                self.assertEqual(found.pop("proof")["size"], reader.size)
                self.assertEqual({**found, "ledger": None}, {**right, "ledger": None})
                self.assertEqual(reader.answer(url), right["verdict"])
                verdicts.add(right["verdict"])
        self.assertGreaterEqual(len(verdicts), 8)

    def test_every_city_is_known_to_another_reader(self):
        reader = self.reader(self.pack())
        cities = [city for city in cityid_process.city_ids() if city.startswith(CHINA)]
        self.assertGreater(len(cities), 250)
        for city in [*cities, DEPARTMENT]:
            self.assertIn(reader.answer(city), ("registered", "withdrawn", "superseded"), city)
        for absent in (ABSENT, f"{SHIJIAZHUANG}.77", f"{BEIJING}.A.B.C", f"{DEPARTMENT}.1"):
            self.assertEqual(reader.answer(absent), "unknown-id", absent)

    def test_check_answers_any_identifier_below(self):
        pack = self.pack()
        self.expect_answer("registered", pack, "--about", BEIJING)
        self.expect_answer("unknown-id", pack, "--about", ABSENT)
        self.expect_no(pack, "no question of its own")

    def test_what_it_does_not_reach_nobody_can_tell(self):
        pack = self.pack(SHIJIAZHUANG)
        self.expect_verdict("valid", pack, DEMO.url())
        self.expect_unknown([pack], DEMO.url(BEIJING))
        self.assertEqual(self.reader(pack).answer(DEMO.url(BEIJING)), "can't tell")
        both = self.scan([pack], DEMO.url(BEIJING), DEMO.url())
        self.assertEqual([line["verdict"] for line in both.json_lines()], ["valid"])
        self.assertEqual(both.status, 3)

    def test_of_several_packs_one_is_enough(self):
        packs = [self.pack(SHIJIAZHUANG, name="one"), self.pack(BEIJING, name="two")]
        finished = self.scan(packs, DEMO.url(BEIJING), DEMO.url())
        self.assertEqual([line["verdict"] for line in finished.json_lines()], ["valid", "valid"])
        self.assertEqual(finished.status, 0)

    def test_the_department_has_the_citys_key(self):
        pack = self.pack(DEPARTMENT)
        url = codes()["of the department"]
        expected = self.reader(self.pack(name="whole")).answer(url)
        self.assertEqual(self.scan([pack], url).json_lines()[0]["verdict"], expected)
        self.assertEqual(self.reader(pack).answer(url), expected)

    def test_of_nothing_it_proves_that_there_is_nothing(self):
        pack = self.pack(ABSENT)
        self.expect_verdict("unknown-id", pack, codes()["of nothing"])
        self.assertEqual(self.reader(pack).answer(f"{ABSENT}.1.2"), "unknown-id")

    def test_options_that_make_no_sense(self):
        pack = self.pack()
        self.expect_refused(cityid("scan", "--pack", pack, DEMO.url()), 2, "--trust")
        self.expect_refused(self.scan([pack], DEMO.url(), options=("--ledger", self.ledger)), 2)
        self.expect_refused(cityid("pack", "nothing", "--ledger", self.ledger, "-o", "-"), 2)
        self.expect_refused(self.scan([self.prove()], DEMO.url()), 2, "no pack")


class BadPacks(PackCase):
    def expect_bad(self, pack, *words, trust=None):
        self.expect_refused(self.scan([pack], DEMO.url(), trust=trust), 3, *words)
        with self.assertRaises((read_pack.Refused, read_pack.verify_code.Refused,
                                read_pack.naive_map.Wrong)):
            read_pack.Pack(pack.read_bytes(), (trust or self.trust).read_text())

    def test_of_another_log(self):
        lines = self.trust.read_text().splitlines()
        name = next(line for line in lines if line.startswith("log ")).split()[1].split("+")[0]
        public = bytes(SigningKey.generate().verify_key)
        identifier = hashlib.sha256(name.encode() + b"\n\1" + public).hexdigest()[:8]
        other = f"log {name}+{identifier}+{base64.b64encode(b'%c' % 1 + public).decode()}"
        trust = self.file("other.trust", "\n".join(
            other if line.startswith("log ") else line for line in lines) + "\n")
        self.expect_bad(self.pack(), trust=trust)

    def test_a_pruned_revocation_never_makes_a_code_valid(self):
        url = self.revoked()
        pack = self.pack()
        self.expect_verdict("revoked", pack, url)
        part = PartialMap(read_proof(pack)[MAP])
        pruned = [name for name in part.leaves() if name[:1] == b"R"]
        self.assertTrue(pruned)
        for name in pruned:
            cut = self.changed(pack, MAP=part.without(name))
            found = self.reader(cut).answer(url)
            self.assertIn(found, ("can't tell", "revoked"))
            if found == "can't tell":
                self.expect_unknown([cut], url)
        self.assertIn("can't tell", [self.reader(self.changed(pack, MAP=part.without(name)))
                                     .answer(url) for name in pruned])

    def test_a_pruned_city_or_record(self):
        pack = self.pack()
        document = read_proof(pack)
        cut = PartialMap(document[MAP]).without(identifier_key(SHIJIAZHUANG))
        self.expect_bad(self.changed(pack, MAP=cut))  # its records are named by nothing now
        self.expect_unknown([self.changed(pack, RECORDS=None)], DEMO.url())
        self.expect_bad(self.changed(pack, RECORDS=document[RECORDS] + [b"more"]))

    def test_cut_damaged_or_too_large(self):
        pack = self.pack()
        whole = pack.read_bytes()
        for size in (0, 1, 1000, len(whole) // 2, len(whole) - 1):
            self.expect_bad(self.file("cut", whole[:size]))
        damaged = bytearray(whole)
        damaged[len(whole) // 3] ^= 4
        self.expect_bad(self.file("damaged", damaged), "damaged")
        self.expect_bad(self.file("large", whole + bytes(MAX_PACK)))


class Kept(ChangingCase, PackCase):
    """Packs before and after a change, and what a reader keeps of them."""

    def setUp(self):
        super().setUp()
        self.state = self.directory / "state"
        self.keep = ("--state", self.state)

    def test_a_pack_that_was_accepted_stays_good_and_no_other_old_one(self):
        old, never = self.pack(name="old"), self.pack(BEIJING, name="never")
        self.expect_verdict("valid", old, DEMO.url(BEIJING), *self.keep)
        self.suspend(BEIJING)
        # A pack that doesn't say how it goes on from what was kept is refused.
        silent = self.pack(name="silent")
        self.expect_refused(self.scan([silent], DEMO.url(), options=self.keep), 3, "goes on")
        new = self.pack(CHINA, *self.keep, name="new")
        self.expect_verdict("suspended", new, DEMO.url(BEIJING), *self.keep)
        kept = self.state.read_text()
        self.assertEqual(kept.count("pack "), 2, kept)
        # The newer head was seen meanwhile.
        self.expect_verdict("valid", old, DEMO.url(BEIJING), *self.keep)
        self.expect_refused(self.scan([never], DEMO.url(BEIJING), options=self.keep), 3,
                            "later one")
        self.assertEqual(self.state.read_text().splitlines()[:3], kept.splitlines()[:3])
        # Of both, the newer one is asked.
        finished = self.scan([old, new], DEMO.url(BEIJING), options=self.keep)
        self.assertEqual(finished.json_lines()[0]["verdict"], "suspended")

    def test_parts_of_two_packs_never_make_one(self):
        old = self.pack(name="old")
        self.suspend(BEIJING)
        new, before = self.pack(name="new"), read_proof(old)
        names = ("NOTE", "STATE_ROOT", "INCLUSION", "MAP")
        for mixture in range(1, 15):  # all but the new one and the old one
            parts = {name: before.get(getattr(proofs, name)) for place, name in enumerate(names)
                     if mixture >> place & 1}
            with self.subTest(of_the_old_one=list(parts)):
                self.expect_refused(self.scan([self.changed(new, **parts)], DEMO.url(BEIJING)), 3)
        self.expect_verdict("valid", self.changed(new, **{
            name: before.get(getattr(proofs, name)) for name in names}), DEMO.url(BEIJING))

    def test_a_proof_keeps_which_packs_were_accepted(self):
        old = self.pack(name="old")
        self.expect_verdict("valid", old, DEMO.url(), *self.keep)
        self.suspend(BEIJING)
        proof = self.prove(BEIJING, *self.keep)
        self.expect_answer("suspended", proof, *self.keep)
        self.expect_verdict("valid", old, DEMO.url(), *self.keep)

    def expect_unchanged(self, target, etag, **headers):
        with cityid_process.Connection(self.served.port) as connection:
            connection.send(cityid_process.head(target, if_none_match=etag, **headers))
            self.assertEqual(connection.reply(bodiless=True).status, 304)

    def test_served_as_it_is_written(self):
        self.suspend(BEIJING)  # so the head was confirmed by now
        port = self.served.port
        plain = fetch(port, f"/{CHINA}/pack", accept_encoding="identity")
        self.assertEqual((plain.status, plain["content-type"]), (200, PROOF_TYPE), plain)
        self.assertEqual(plain.body, self.pack().read_bytes())
        self.assertEqual(plain["cache-control"], "no-cache")
        self.assertIn("Accept-Encoding", plain["vary"])
        packed = fetch(port, f"/{CHINA}/pack", accept_encoding="gzip")
        self.assertEqual(packed["content-encoding"], "gzip")
        self.assertEqual(gzip.decompress(packed.body), plain.body)
        self.assertLess(len(packed.body), len(plain.body) // 2 + 20_000)
        self.assertNotEqual(packed["etag"], plain["etag"])
        for answer, coding in ((plain, "identity"), (packed, "gzip")):
            self.expect_unchanged(f"/{CHINA}/pack", answer["etag"], accept_encoding=coding)
        head = fetch(port, f"/{CHINA}/pack", method="HEAD", accept_encoding="identity")
        self.assertEqual((head.status, head["etag"]), (200, plain["etag"]))
        self.resume(BEIJING)
        changed = fetch(port, f"/{CHINA}/pack", accept_encoding="identity",
                        if_none_match=plain["etag"])
        self.assertEqual(changed.status, 200)
        size = read_pack.Pack(plain.body, self.trust.read_text()).size
        since = fetch(port, f"/{CHINA}/pack?since={size}")
        self.assertEqual(since.status, 200)
        for target in ("/nothing/pack", "/MA/pack", f"/{CHINA}/pack?since=x",
                       f"/{CHINA}/pack?since=999999"):
            self.assertEqual(fetch(port, target).status, 400, target)

    def test_fetched_from_a_resolver(self):
        path = self.directory / "fetched"
        self.expect_done(cityid("pack", SHIJIAZHUANG.lower(), "--resolver", self.served.url,
                                "-o", path, *self.keep))
        self.assertEqual(path.read_bytes(), self.pack(SHIJIAZHUANG).read_bytes())
        self.expect_verdict("valid", path, DEMO.url(), *self.keep)
        self.suspend(BEIJING)
        self.expect_done(cityid("pack", CHINA, "--resolver", self.served.url, "-o", path,
                                *self.keep))
        self.expect_verdict("suspended", path, DEMO.url(BEIJING), *self.keep)

    def test_the_trust_file_in_force(self):
        self.suspend(BEIJING)  # so the head was confirmed by now
        answer = fetch(self.served.port, "/ledger/trust")
        self.assertEqual((answer.status, answer["content-type"]),
                         (200, "text/plain; charset=utf-8"), answer)
        path = self.directory / "trust"
        self.expect_done(cityid("trust", "new", "--ledger", self.ledger, "-o", path))
        self.assertEqual(answer.body, path.read_bytes())
        self.expect_unchanged("/ledger/trust", answer["etag"])


if __name__ == "__main__":
    cityid_process.main()
