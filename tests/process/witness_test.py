"""An institute's witness (C2SP tlog-witness) with requests written by hand."""
import base64
import concurrent.futures
import hashlib
import shutil
import threading
import time

from nacl.signing import SigningKey

import cityid_process
import consortium
import handmade_log
import signed_record
import witness_cases
from handmade_log import Reply, serving
from signed_record import sha256
from witness_cases import WitnessCase


def setUpModule():
    witness_cases.set_up()


class Protocol(WitnessCase):
    def test_it_cosigns_step_by_step_and_again(self):
        for size, old in ((2, 0), (4, 2), (4, 4), (8, 4)):
            part = self.publish(self.log.but(size=size))
            self.expect_cosigned(part, old)
        self.expect_size(8)
        self.expect_no_evidence()
        self.assertEqual(self.witness.ready_now(), (200, "ready at 8 entries\n"))
        self.witness.stop()
        consortium.verify(self.witness.ledger)
        self.witness.start()
        self.expect_size(8)

    def test_all_of_it_at_once_and_with_the_lines_of_others(self):
        note = self.log.note(witnesses=(1, 2))
        stranger = handmade_log.signed(self.log.text(), "stranger.example", SigningKey.generate())
        self.expect_cosigned(self.log, note=note + stranger)

    def test_malformed_requests(self):
        note = self.log.note()
        text, line = note.split("\n\n")
        node = base64.b64encode(bytes(32)).decode() + "\n"
        origin, size, root = self.log.text().splitlines()
        unsigned = text + "\n\n"
        other_text = f"{origin}\n{size}\n{root}\nextension\n"
        bodies = {
            "nothing": "", "only a note": note, "no empty line": f"old 0\n{text}",
            "nothing behind": "old 0\n\n", "no old": f"0\n\n{note}",
            "no number": f"old x\n\n{note}", "a blank more": f"old  0\n\n{note}",
            "a blank behind": f"old 0 \n\n{note}", "a leading zero": f"old 00\n\n{note}",
            "another leading zero": f"old 04\n\n{note}", "a sign": f"old +4\n\n{note}",
            "a negative": f"old -1\n\n{note}", "hexadecimal": f"old 0x4\n\n{note}",
            "over 64 bits": f"old {1 << 64}\n\n{note}", "in capitals": f"OLD 0\n\n{note}",
            "carriage returns": f"old 0\r\n\r\n{note}",
            "a short hash": f"old 4\n{base64.b64encode(bytes(31)).decode()}\n\n{note}",
            "a long hash": f"old 4\n{base64.b64encode(bytes(33)).decode()}\n\n{note}",
            "no base64": f"old 4\n{'!' * 44}\n\n{note}",
            "base64 without padding": f"old 4\n{node.strip().rstrip('=')}\n\n{note}",
            "64 hashes": f"old 4\n{node * 64}\n{note}",
            "old larger": f"old 9\n\n{note}", "without signature": f"old 0\n\n{unsigned}",
            "a cut signature": f"old 0\n\n{note[:-10]}", "no newline at the end":
                f"old 0\n\n{note[:-1]}", "a line too much": f"old 0\n\n{note}\n",
            "no size": "old 0\n\n" + self.log.note(text=f"{origin}\nx\n{root}\n"),
            "a root too short": "old 0\n\n" + self.log.note(
                text=f"{origin}\n{size}\n{base64.b64encode(bytes(31)).decode()}\n"),
            "two lines of text": "old 0\n\n" + self.log.note(text=f"{origin}\n{size}\n"),
            "size with a leading zero": "old 0\n\n" + self.log.note(
                text=f"{origin}\n0{size}\n{root}\n"),
            "an extension line": "old 0\n\n" + self.log.note(text=other_text),
            "65 lines": f"old 0\n\n{note}" + "".join(
                handmade_log.signed(text + "\n", f"n{i}.example", SigningKey.generate())
                for i in range(64)),
            "not UTF-8": b"old 0\n\n" + note.encode().replace(b"example", b"\xff\xfe"),
            "zeros": bytes(1000), "noise": hashlib.shake_128(b"noise").digest(5000)}
        for name, body in bodies.items():
            with self.subTest(name):
                self.expect_answer(400, body)
        reply = self.post(f"old 0\n\n{note}{'x' * 100_000}")
        self.assertIn(reply.status, (400, 413), reply)
        self.expect_cosigned(self.log)

    def test_other_methods_and_paths(self):
        reply = self.witness.request("/add-checkpoint")
        self.assertEqual((reply.status, reply["allow"]), (405, "OPTIONS, POST"), reply)
        self.assertEqual(self.post("", "/").status, 404)
        self.assertEqual(self.post("", "/healthz").status, 405)
        self.assertEqual(self.post(self.log.request(0), "/").status, 404)
        self.assertEqual(self.witness.request("/").status, 404)
        self.assertEqual(self.witness.request("/healthz").status, 200)

    def test_who_has_not_signed(self):
        text = self.log.text()
        origin = text.split("\n", 1)[0]
        key, stranger = self.consortium.keys.log_key, SigningKey.generate()
        good = handmade_log.signed(text, origin, key)
        public = signed_record.public(key)
        wrong = handmade_log.line(origin, 1, public, key.sign(b"another text").signature)
        named = handmade_log.line("other.example", 1, public, key.sign(text.encode()).signature)
        by_witness = handmade_log.cosigned(text, self.name, self.consortium.keys.witnesses[0],
                                           int(time.time()))
        by_log = handmade_log.cosigned(text, origin, key, int(time.time()))
        for name, lines in (("a stranger", handmade_log.signed(text, origin, stranger)),
                            ("a wrong signature", wrong), ("under another name", named),
                            ("a witness alone", by_witness), ("as a cosignature", by_log), ("twice", good + good)):
            with self.subTest(name):
                self.expect_answer(403, self.log.request(0, f"{text}\n{lines}"))
        self.expect_cosigned(self.log, note=f"{text}\n{good}{named}")

    def test_another_log(self):
        for origin in ("other.example/ledger", "id.example.cn/ledger2", "id.example.cn"):
            text = self.log.text(origin=origin)
            self.expect_answer(404, self.log.request(0, self.log.note(text=text)))

    def test_from_another_size(self):
        self.expect_cosigned(self.publish(self.log.but(size=4)))
        whole = self.publish(self.log)
        for old in (0, 2, 3, 5, 8):
            with self.subTest(old):
                reply = self.expect_answer(409, whole.request(old))
                self.assertEqual((reply["content-type"], reply.text), ("text/x.tlog.size", "4\n"))
        older = self.log.but(size=2)
        self.expect_answer(409, older.request(2))
        self.expect_answer(400, older.request(4))
        self.expect_cosigned(whole, 4)

    def test_wrong_proofs(self):
        part = self.publish(self.log.but(size=3).closed())
        self.expect_answer(422, part.request(0, path=[bytes(32)]))
        first = self.publish(self.log.but(size=2))
        self.expect_cosigned(first)
        whole = self.publish(self.log)
        path = self.path(2)
        for name, wrong in (("none", []), ("one less", path[:-1]), ("one more", path + path[:1]),
                            ("reversed", path[::-1]),
                            ("a bit", [bytes([path[0][0] ^ 1]) + path[0][1:], *path[1:]])):
            with self.subTest(name):
                self.expect_answer(422, whole.request(2, path=wrong))
        self.expect_no_evidence()
        self.expect_cosigned(whole, 2)
        self.expect_answer(422, whole.request(8, path=path))

    def test_a_wrong_proof_that_was_compared_is_not_compared_again(self):
        first = self.publish(self.log.but(size=2))
        self.expect_cosigned(first)
        self.expect_answer(422, first.request(2, path=[bytes(32)]))
        whole = self.publish(self.log)
        self.expect_answer(422, whole.request(2, path=[bytes(32)]))
        asked = self.web.times_asked("/tile/")
        for number in range(5):
            self.expect_answer(422, whole.request(2, path=[bytes([number]) * 32]))
        self.assertEqual(self.web.times_asked("/tile/"), asked)
        self.expect_cosigned(whole, 2)

    def test_what_the_log_signed_waits_for_its_turn(self):
        """A log that takes its time is asked because of somebody's wrong proof."""
        self.expect_cosigned(self.publish(self.log.but(size=2)))
        at_the_log, go_on = threading.Event(), threading.Event()
        whole = serving(self.log)
        def answer(path, headers):
            if "/tile/" in path:
                at_the_log.set()
                go_on.wait(cityid_process.DEADLINE)
            return whole(path, headers)
        self.web.answer = answer
        with concurrent.futures.ThreadPoolExecutor() as pool:
            wrong = pool.submit(self.post, self.log.request(2, path=[bytes(32)]))
            self.assertTrue(at_the_log.wait(cityid_process.DEADLINE))
            # Nobody waits because of a note that the log didn't sign.
            right = pool.submit(self.post, self.log.request(2))
            stranger = self.post(self.log.request(2, self.log.note(key=SigningKey.generate())))
            self.assertIn(stranger.status, (403, 503))
            self.assertFalse(right.done())
            go_on.set()
            self.assertEqual(wrong.result().status, 422)
            self.assertEqual(right.result().status, 200, right.result())

    def test_while_the_entries_can_not_be_fetched(self):
        self.web.answer = lambda path, headers: Reply(404)
        self.expect_answer(503, self.log.request(0))
        self.web.answer = lambda path, headers: Reply(500)
        self.expect_answer(503, self.log.request(0))
        self.publish(self.log.but(size=4))
        self.expect_answer(503, self.log.request(0))
        self.web.server.shutdown()
        self.web.server.server_close()
        self.expect_answer(503, self.log.request(0))
        self.expect_no_evidence()

    def test_tiles_and_entries_that_are_not_those_of_the_checkpoint(self):
        """The log's web server is wrong, the checkpoint isn't: nothing is kept against it."""
        good = serving(self.log)
        def flipped(what, at):
            def answer(path, headers):
                reply = good(path, headers)
                if what in path and reply.body:
                    body = bytearray(reply.body)
                    body[at] ^= 1
                    reply.body = bytes(body)
                return reply
            return answer
        for what, at in (("/tile/0/", 0), ("/tile/0/", 33), ("/tile/entries/", 0),
                         ("/tile/entries/", 300), ("/tile/entries/", -1)):
            with self.subTest(what=what, at=at):
                self.web.answer = flipped(what, at)
                self.assertIn(self.post(self.log.request(0)).status, (422, 503))
        self.expect_no_evidence()
        self.publish(self.log)
        self.expect_cosigned(self.log)

    def empty(self, root):
        text = f"{self.consortium.keys.origin}\n0\n{base64.b64encode(root).decode()}\n"
        return f"old 0\n\n{self.log.note(text=text)}"

    def test_an_empty_tree(self):
        self.assertIn(self.post(self.empty(sha256(b""))).status, (200, 422))

    def test_an_empty_tree_has_one_root(self):
        self.expect_answer(422, self.empty(bytes(32)))


class Flooded(cityid_process.Case):
    def test_many_that_send_wrong_proofs_keep_nothing_from_being_published(self):
        directory = self.enterContext(cityid_process.temporary_directory())
        made = self.enterContext(consortium.Consortium(directory / "consortium")).start()
        registry, (first, _, third) = made["registry"], made.witnesses()
        made.publish("MA.156.BEFORE")
        third.stop()  # the other two are needed
        over = threading.Event()
        def attack(number):
            while not over.is_set():
                note = registry.note()
                size, _ = consortium.head_of(note)
                path = base64.b64encode(number.to_bytes(32, "big")).decode()
                for old in (size, size, size, size - 2):
                    first.post("/add-checkpoint", f"old {old}\n{path}\n\n{note}".encode())
        with concurrent.futures.ThreadPoolExecutor(32) as pool:
            attacks = [pool.submit(attack, number) for number in range(32)]
            try:
                for number in range(5):
                    made.publish(f"MA.156.N{number}")
            finally:
                over.set()
            for each in attacks:
                each.result()
        self.assertNotIn("because of another request", registry.err)


class Busy(cityid_process.Case):
    def test_a_witness_that_is_busy_is_asked_again_in_the_same_round(self):
        directory = self.enterContext(cityid_process.temporary_directory())
        made = self.enterContext(consortium.Consortium(directory / "consortium"))
        busy = []
        def answer(path, headers):
            if headers.body is not None and busy:
                return Reply(503, busy.pop().encode())
            reply = (first.request(path) if headers.body is None
                     else first.post(path, headers.body))
            return Reply(reply.status, reply.body, Content_Type=reply["content-type"])
        web = self.enterContext(handmade_log.Web(answer))
        addresses = [web.url, *map(consortium.url_of, made.witness_ports[1:])]
        registry = made.registry(witnesses=addresses).launch()
        first, second = made.witness(1).launch(), made.witness(2).launch()
        for member in (registry, first, second):
            member.wait_ready()
        made.publish("MA.156.BEFORE")
        busy += ["busy\n"] * 3
        made.publish("MA.156.AFTER")
        self.assertEqual(busy, [])
        self.assertNotIn("503 busy", registry.err)


class Monitoring(WitnessCase):
    """What others can read below <address>/<SHA-256 of the origin>."""

    def setUp(self):
        super().setUp()
        self.prefix = "/" + hashlib.sha256(self.consortium.keys.origin.encode()).hexdigest()

    def kept(self):
        return self.witness.request(f"{self.prefix}/checkpoint")

    def expect_own(self, size):
        """The checkpoint of this size, with the log's line and its own."""
        reply = self.kept()
        self.assertEqual((reply.status, reply.media_type), (200, "text/plain"), reply)
        text, lines = reply.text.split("\n\n")
        self.assertEqual(f"{text}\n", self.log.text(size))
        self.assertIn(self.log.note(size).split("\n\n")[1], reply.text)
        own = [line for line in lines.splitlines() if f" {self.name} " in line]
        self.assertEqual(len(own), 1, reply.text)
        handmade_log.checked_cosignature(
            own[0], f"{text}\n", self.name,
            signed_record.public(self.consortium.keys.witnesses[0]))

    def test_nothing_before_it_has_cosigned(self):
        self.assertEqual(self.kept().status, 404)
        self.assertEqual(self.witness.request(f"{self.prefix}/tile/0/000.p/1").status, 404)

    def test_the_newest_checkpoint_that_it_cosigned(self):
        for size, old in ((2, 0), (4, 2), (8, 4)):
            self.expect_cosigned(self.publish(self.log.but(size=size)), old)
            self.expect_own(size)
        self.assertEqual(self.witness.request(f"/{'0' * 64}/checkpoint").status, 404)
        self.assertEqual(self.witness.request(f"{self.prefix.upper()}/checkpoint").status, 404)
        self.witness.restart()
        self.expect_own(8)

    def test_what_its_journal_has_is_shown_although_it_was_killed_in_between(self):
        """It writes the journal first, and then what it shows."""
        ledger = self.witness.ledger
        journal = ledger.with_name(f"{ledger.name}.signed")
        self.expect_cosigned(self.publish(self.log.but(size=2)))
        self.witness.stop()
        before = shutil.copytree(ledger, ledger.with_name("before")), journal.read_bytes()
        self.witness.start()
        newest = self.publish(self.log.but(size=4))
        self.expect_cosigned(newest, 2)
        self.witness.stop()
        signed = journal.read_bytes()
        # The same once more, and this time the journal can't be written.
        shutil.rmtree(ledger)
        shutil.copytree(before[0], ledger)
        journal.write_bytes(before[1])
        self.witness.start()
        journal.unlink()
        (journal / "full").mkdir(parents=True)
        self.assertNotEqual(self.post(newest.request(2)).status, 200)
        self.expect_own(2)
        self.witness.kill()
        shutil.rmtree(journal)
        journal.write_bytes(signed)
        self.witness.start()
        self.expect_own(4)
        self.expect_cosigned(newest, 4)

    def test_what_others_cosigned_is_not_its_own(self):
        self.witness.stop()
        self.publish(self.log, self.log.note(witnesses=(1, 2)))
        self.witness.start()
        self.assertEqual(self.witness.ready_now(), (200, "ready at 8 entries\n"))
        self.assertEqual(self.kept().status, 404)
        self.expect_cosigned(self.log, 8)
        self.expect_own(8)

    def test_what_was_published_without_it_does_not_hide_what_it_cosigned(self):
        part = self.publish(self.log.but(size=4))
        self.expect_cosigned(part)
        for log in (part, self.log):
            later = int(time.time()) + 100
            self.publish(log, log.note(witnesses=(1, 2), when=later))
            self.witness.restart()
            self.assertEqual(self.witness.ready_now()[1], f"ready at {len(log)} entries\n")
            self.expect_own(4)

    def test_tiles_and_entries_of_every_width_up_to_its_head(self):
        self.expect_cosigned(self.publish(self.log.but(size=4)))
        self.publish(self.log)
        for kind in ("0", "entries"):
            for width in range(1, 10):
                path = f"tile/{kind}/000.p/{width}"
                with self.subTest(path):
                    reply = self.witness.request(f"{self.prefix}/{path}")
                    if width > 4:
                        self.assertEqual(reply.status, 404, reply)
                        continue
                    self.assertEqual(reply.body, self.log.file(path))
                    self.assertEqual(reply["content-type"], "application/octet-stream")
                    self.assertIn("immutable", reply["cache-control"])
        for path in ("tile/0/0.p/1", "tile/0/000", "tile/x/000", "policies/1", "policies/x"):
            self.assertEqual(self.witness.request(f"{self.prefix}/{path}").status, 404, path)
        self.assertEqual(self.witness.request(f"/{'0' * 64}/tile/0/000.p/1").status, 404)

    def test_an_unchanged_checkpoint_has_its_tag(self):
        self.expect_cosigned(self.log)
        tag = self.kept()["etag"]
        self.assertEqual(self.kept()["cache-control"], "no-cache")
        self.expect_cosigned(self.log, 8)
        self.assertRegex(tag, r'\A"[0-9a-f]{32}"\Z')


if __name__ == "__main__":
    cityid_process.main()
