"""Records that a registry refuses, and what it says then."""
import time

from nacl.signing import SigningKey

import cityid_process
import registry_cases
import signed_record
from cityid_process import SHIJIAZHUANG, cityid
from registry_cases import APPLICATIONS, OTHER, QUORUM, RegistryCase
from signed_record import HOLDER, INSTITUTE, NEW_KEY, Record


def setUpModule():
    registry_cases.set_up()


class Refusals(RegistryCase):
    """Records that the program would not make, sent as they are."""

    def expect_refused_entry(self, entry, status, rule):
        size = self.size()
        self.expect_problem(self.post(entry), status, rule)
        self.assertEqual(self.size(), size)

    def test_k_minus_one_institutes_only_wait(self):
        record, new_key = self.assignment()
        for signers in ([new_key], [new_key, *self.institutes(1)], [new_key, *self.institutes(1)]):
            reply = self.post(record.signed(*signers))
            self.assertEqual((reply.status, reply.json()["state"]), (202, "waiting"), reply)
        self.assertEqual(reply.json()["missing"]["signatures"], 1)
        self.assertEqual(self.size(), 2)

    def test_without_the_new_keys_signature_it_waits(self):
        record, new_key = self.assignment()
        reply = self.post(record.signed(*self.institutes(1, 2)))
        self.assertEqual((reply.status, reply.json()["missing"]["new_keys"]),
                         (202, [new_key[1].verify_key.encode().hex()]), reply)
        self.assertEqual(self.listed()[reply.json()["id"]]["missing"], reply.json()["missing"])
        self.assertEqual(self.post(record.signed(new_key)).status, 201)

    def test_strangers_signatures_are_worth_nothing_and_spoil_nothing(self):
        record, new_key = self.assignment()
        stranger = SigningKey.generate()
        self.expect_refused_entry(record.signed((INSTITUTE, stranger)), 409, "signer-stranger")
        self.expect_refused_entry(record.signed((HOLDER, stranger)), 409, "signer-stranger")
        both = record.signed(new_key, *self.institutes(1), (INSTITUTE, stranger))
        self.assertEqual(self.post(both).status, 202)
        reply = self.post(record.signed(*self.institutes(3)))
        self.assertEqual((reply.status, reply.json()["index"]), (201, 2), reply)
        _, signers = signed_record.opened(self.served.request("/ledger/entry/2").body)
        self.assertEqual([role for role, _ in signers], [INSTITUTE, INSTITUTE, NEW_KEY])

    def test_an_institute_signs_as_nothing_else(self):
        record, new_key = self.assignment()
        key = self.consortium.signing_key("institute1")
        for role in (signed_record.REGISTRAR, signed_record.ANCESTOR, HOLDER):
            self.expect_refused_entry(record.signed((role, key)), 409, "signer-stranger")

    def test_another_log(self):
        record, new_key = self.assignment(log=bytes(32))
        self.expect_refused_entry(record.signed(new_key, *self.institutes(1, 2)), 409, "log-other")

    def test_too_late_and_too_long(self):
        now = int(time.time())
        for not_after in (now - 10, 0, now + 91 * signed_record.DAY, (1 << 64) - 1, None):
            record, new_key = self.assignment(not_after=not_after)
            with self.subTest(not_after=not_after):
                self.expect_refused_entry(record.signed(new_key, *self.institutes(1, 2)), 409,
                                          "inbox-not-after")
        self.refused("inbox-not-after", *self.application(), "--days", 91, keys=QUORUM)

    def test_a_stale_predecessor_and_a_record_that_comes_again(self):
        self.assigned()
        updates = [self.path(f"update{i}") for i in range(2)]
        for i, path in enumerate(updates):
            self.expect_done(self.registry("update", SHIJIAZHUANG, "--content",
                                           self.content(f"Name{i}"), "-o", path,
                                           keys=[f"{SHIJIAZHUANG}.record"]))
        index = self.done("submit", updates[0])
        self.refused("previous-stale", "submit", updates[1])
        self.assertEqual(self.done("submit", updates[0]), index)
        self.assertEqual(self.size(), 6)

    def test_an_identifier_that_exists_and_one_that_does_not(self):
        self.assigned()
        self.refused("assign-exists", *self.application(tag="b"), keys=QUORUM)
        for command in ("suspend", "revoke"):
            self.refused("is not registered", command, OTHER, keys=QUORUM)
        record = self.record(signed_record.SUSPEND, {}, OTHER, previous=bytes(32))
        self.expect_refused_entry(record.signed(*self.institutes(1, 2)), 409, "subject-unknown")

    def test_a_key_that_is_used_elsewhere(self):
        self.assigned()
        used = ("apply", OTHER, "--content", self.content(), "--record-key",
                self.key(f"{SHIJIAZHUANG}.record"))
        self.refused("key-used", *used, keys=QUORUM)
        self.refused("key-used", "apply", OTHER, "--content", self.content(), "--record-key",
                     self.key("institute3"), keys=QUORUM)

    def test_a_subject_that_is_no_identifier(self):
        for subject in ("MA.156", "ma.156.1301", "", "MA.156.1301-UB", None):
            record, new_key = self.assignment(subject)
            with self.subTest(subject=subject):
                self.expect_refused_entry(record.signed(new_key, *self.institutes(1, 2)), 409,
                                          "subject")

    def test_content_that_the_rules_refuse(self):
        for rule, metadata in (("names", {"names": {}, "level": "city"}),
                               ("level", {"names": {"en": "A"}, "level": "City!"}),
                               ("country", {"names": {"en": "A"}, "level": "city", "country": "x"}),
                               ("names", {"names": {"en": "A\u0001"}, "level": "city"}),
                               ("names", {"names": {"en": "A" * 513}, "level": "city"})):
            content = self.consortium.file("bad.json", {"metadata": metadata})
            with self.subTest(metadata=metadata):
                self.refused(rule, *self.application(content=content), keys=QUORUM)
        for rule, href in (("endpoint-address", "not a uri"),
                           ("inbox-address", "https://10.0.0.1/"),
                           ("inbox-address", "https://localhost/"),
                           ("inbox-address", "https://[::1]/"),
                           ("inbox-address", "coaps://192.168.1.1/")):
            content = self.content(endpoints=[{"rel": "about", "href": href, "access": "open"}])
            with self.subTest(href=href):
                self.refused(rule, *self.application(content=content), keys=QUORUM)

    def test_content_that_is_not_its_json(self):
        for text in ("", "{", "[]", "null", '{"metadata":{}}', '{"metadata":7}',
                     '{"metadata":{"names":{"en":"A"},"level":"city"},"colour":"red"}',
                     '{"metadata":{"names":{"en":7},"level":"city"}}', "[" * 100_000):
            content = self.consortium.file("bad.json", text)
            with self.subTest(text=text[:40]):
                self.refused("content", *self.application(content=content))

    def test_a_flipped_bit_is_forged_or_malformed_and_never_taken(self):
        record, new_key = self.assignment()
        entry = record.signed(new_key, *self.institutes(1, 2))
        flipped = bytearray(entry)
        flipped[-1] ^= 1
        self.expect_refused_entry(bytes(flipped), 403, "does not verify")
        generator = cityid_process.seeded(self.id())
        statuses = set()
        with self.served.connect() as connection:
            for bit in generator.sample(range(len(entry) * 8), 200):
                flipped = bytearray(entry)
                flipped[bit // 8] ^= 1 << bit % 8
                connection.send(cityid_process.message(APPLICATIONS, bytes(flipped)))
                status = connection.reply().status
                self.assertIn(status, (400, 403), f"bit {bit}")
                statuses.add(status)
        self.assertEqual(statuses, {400, 403})
        self.assertEqual((self.size(), self.listed()), (2, {}))

    def test_bytes_that_are_no_record(self):
        record, new_key = self.assignment()
        entry = record.signed(new_key, *self.institutes(1, 2))
        payload = record.payload()
        one = [signed_record.signature(payload, *new_key)]
        twice = payload[:1] + payload[1:3] + payload[1:]
        unknown = signed_record.encode(signed_record.cbor2.loads(payload) | {9: 1})
        wide = signed_record.entry_of(payload, one).replace(b"\xd8\x62\x84", b"\xd8\x62\x98\x04", 1)
        again = signed_record.cbor2.loads(entry)
        again.value[3].append(again.value[3][-1])
        for name, body in (
                ("nothing", b""), ("garbage", b"garbage"), ("zeros", bytes(1000)),
                ("trailing", entry + b"\0"), ("truncated", entry[:-1]),
                ("nobody", signed_record.entry_of(payload, [])),
                ("long-form", wide),
                ("header", signed_record.entry_of(payload, one, body_header={16: "text/plain"})),
                ("unprotected", signed_record.entry_of(payload, one, unprotected={1: -8})),
                ("a-signer-twice", signed_record.encode(again)),
                ("a-key-twice", signed_record.entry_of(
                    twice, [signed_record.signature(twice, *new_key)])),
                ("unknown-field", signed_record.entry_of(
                    unknown, [signed_record.signature(unknown, *new_key)])),
                ("unknown-type", Record(12, {}, log=self.log).signed(new_key)),
                ("unknown-role", record.signed((6, new_key[1])))):
            with self.subTest(name):
                self.expect_refused_entry(body, 400, "")
        self.expect_done(self.registry("applications"))

    def test_one_that_is_too_large(self):
        self.expect_problem(self.post(bytes(33 * 1024)), 413, "large")
        file = self.path("large")
        file.write_bytes(bytes(33 * 1024))
        finished = self.registry("submit", file)
        self.assertIn(finished.status, (1, 3), finished)
        self.expect_one_line(finished, file)
        content = self.content(endpoints=[
            {"rel": "about", "href": "https://city.example/" + "x" * 2000, "access": "open"}] * 20)
        self.expect_one_line(self.registry(*self.application(content=content)), "32 KiB")

    def test_a_file_that_is_no_record(self):
        file = self.path("file")
        file.write_text("not a record")
        self.refused("", "submit", file)
        self.expect_refused(cityid("approve", file, "--key", self.key("institute1"), "-o",
                                   self.path("out")), 1)
        self.expect_refused(self.registry("submit", self.path("missing")), 3, "missing")

    def test_genesis_is_not_handed_in(self):
        reply = self.post(self.consortium.keys.genesis)
        self.assertEqual((reply.status, reply.json()["index"]), (201, 0), reply)
        again = Record(signed_record.GENESIS, signed_record.opened(
            self.consortium.keys.genesis)[0][7] | {1: "other.example/ledger"}, not_after=None)
        self.expect_refused_entry(again.signed(*self.institutes(1, 2, 3)), 409, "")

    def test_too_many_strangers_for_one_identifier(self):
        entries = []
        for _ in range(17):
            record, new_key = self.assignment()
            entries.append(record.signed(new_key))
        statuses = [self.post(entry).status for entry in entries]
        self.assertEqual(statuses, [202] * 16 + [503])
        file = self.path("last")
        file.write_bytes(entries[-1])
        finished = self.registry("submit", file)
        self.expect_refused(finished, 3, f"too many applications for {SHIJIAZHUANG}")
        # Other identifiers do not suffer, nor does what an institute has signed.
        record, new_key = self.assignment(OTHER)
        self.assertEqual(self.post(record.signed(new_key)).status, 202)
        record, new_key = self.assignment()
        self.assertEqual(self.post(record.signed(new_key, *self.institutes(1))).status, 202)
        self.assertEqual(self.post(record.signed(*self.institutes(2))).status, 201)

    def test_what_is_asked_of_the_inbox_amiss(self):
        for target, status in ((f"{APPLICATIONS}/{'ab' * 32}", 404), (f"{APPLICATIONS}/xyz", 400),
                               (f"{APPLICATIONS}/abcd", 400), (f"{APPLICATIONS}?after=x", 400),
                               (f"{APPLICATIONS}?after=abcd", 400),
                               (f"{APPLICATIONS}?limit=0", 400),
                               (f"{APPLICATIONS}?limit=101", 400), (f"{APPLICATIONS}?limit=x", 400),
                               (f"{APPLICATIONS}?limit=-1", 400), ("/ledger/entry/x", 404),
                               ("/ledger/entry/18446744073709551616", 404),
                               ("/ledger/state/xyz", 400), (f"/ledger/state/{'ab' * 300}", 400),
                               ("/ledger/state/4b", 404)):
            with self.subTest(target):
                self.expect_problem(self.served.request(target), status, "")
        self.refused("no such application", "approve", "ab" * 32, keys=["institute1"])
        reply = self.served.request(f"{APPLICATIONS}", "PUT")
        self.assertEqual((reply.status, reply["allow"]), (405, "OPTIONS, POST, GET, HEAD"), reply)


if __name__ == "__main__":
    cityid_process.main()
