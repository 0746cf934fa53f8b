"""Two mirrors of a log, of which the first one lies, stalls or sends without end: the replica
complains of it, takes nothing wrong, and goes on from the other.
"""
import gzip
import os
import pathlib
import shutil
import threading

import cityid_process
import following_test
import signed_record
from cityid_process import wait_until
from consortium import evidence_in, verify
from handmade_log import Log, Reply, serving

ALL = (0, 1, 2)
MOST_MEMORY = 256 << 10  # KiB


def setUpModule():
    following_test.setUpModule()


class Case(following_test.Case):
    """An honest web server, and one that does what the test says."""

    def setUp(self):
        super().setUp()
        self.log = following_test.LOG.but()
        self.honest_answer = serving(self.log, self.log.note(witnesses=ALL))
        self.honest = self.web(lambda path, headers: self.honest_answer(path, headers))
        self.liar = self.web(lambda path, headers: Reply(404))
        self.ended = threading.Event()
        self.addCleanup(self.ended.set)

    def start(self):
        self.replica = self.consortium.replica("replica", self.liar.url, self.honest.url).start()
        return self.replica

    def publish_more(self):
        """The honest log goes on, and the replica with it."""
        self.log = self.log.closed(b"more")
        self.honest_answer = serving(self.log, self.log.note(witnesses=ALL))
        self.expect_level(self.replica)

    def changed(self, pattern, change):
        """As the honest one, but for the bodies of these paths."""
        def answer(path, headers):
            reply = self.honest_answer(path, headers)
            if pattern in path and reply.status == 200:
                reply.body = change(reply.body)
            return reply
        return answer

    def expect_overcome(self, answer, complaint=None):
        self.liar.answer = answer
        self.start()
        self.expect_level(self.replica)
        if complaint is not None:
            self.replica.wait_for(f"{self.liar.url}/ledger: .*{complaint}")
        self.publish_more()
        self.assertIsNone(evidence_in(self.replica.ledger))
        self.assertEqual(self.replica.ready_now(), (200, "ready\n"))
        self.replica.stop()
        verify(self.replica.ledger)
        shutil.rmtree(self.replica.ledger)


class Lies(Case):
    def test_flipped_bits(self):
        size = len(self.log.file(f"tile/entries/000.p/{len(self.log)}"))
        def flip(at):
            return lambda body: body[:at] + bytes([body[at] ^ 4]) + body[at + 1:]
        for pattern, at in (("/tile/0/", 0), ("/tile/0/", 200), ("/tile/0/", 32 * 13 + 31),
                            ("/tile/entries/", 0), ("/tile/entries/", 1),
                            ("/tile/entries/", size // 2), ("/tile/entries/", size - 1)):
            with self.subTest(pattern=pattern, at=at):
                self.expect_overcome(self.changed(pattern, flip(at)), "")

    def test_cut_longer_or_empty_files(self):
        for pattern in ("/tile/0/", "/tile/entries/"):
            for name, change in (("cut", lambda body: body[:-1]), ("half", lambda body: body[
                    :len(body) // 2]), ("longer", lambda body: body + b"x"),
                    ("twice", lambda body: body * 2), ("empty", lambda body: b"")):
                with self.subTest(pattern=pattern, name=name):
                    self.expect_overcome(self.changed(pattern, change), "")

    def test_widths_that_were_not_asked_for(self):
        """It always gives the first eight."""
        def answer(path, headers):
            for kind in ("/tile/0/", "/tile/entries/"):
                if kind in path:
                    return Reply(200, self.log.file(path[len("/ledger/"):].split(".p/")[0] +
                                                    ".p/8"))
            return self.honest_answer(path, headers)
        self.expect_overcome(answer, "")

    def test_files_that_are_not_there(self):
        for pattern, status in (("/tile/0/", 404), ("/tile/entries/", 404), ("/tile/", 500),
                                ("/tile/", 302), ("/checkpoint", 404), ("/checkpoint", 500),
                                ("/checkpoint", 304), ("/", 403)):
            with self.subTest(pattern=pattern, status=status):
                def answer(path, headers, pattern=pattern, status=status):
                    return (Reply(status, b"no", Location="/elsewhere") if pattern in path
                            else self.honest_answer(path, headers))
                self.expect_overcome(answer, "")

    def test_garbage_for_a_note(self):
        good = self.log.note(witnesses=ALL)
        text, lines = good.split("\n\n")
        stranger = Log(signed_record.Consortium(), self.log.entries)
        for name, note in (("nothing", ""), ("noise", "\0\xff" * 500), ("text", text + "\n"),
                           ("html", "<html>404</html>"), ("cut", good[:-5]),
                           ("other text", f"{text}x\n\n{lines}"), ("two", good + good),
                           ("unsigned", self.log.note()), ("one witness",
                            self.log.note(witnesses=(1,))),
                           ("another consortium's", stranger.note(witnesses=ALL)),
                           ("larger", good.replace("\n14\n", "\n15\n")),
                           ("long", good + "\u2014 x " + "A" * 20000 + "\n")):
            with self.subTest(name):
                def answer(path, headers, note=note):
                    return (Reply(200, note.encode()) if path.endswith("/checkpoint")
                            else self.honest_answer(path, headers))
                self.expect_overcome(answer, "")

    def test_a_head_that_is_old_but_cosigned(self):
        old = self.log.but(size=6)
        self.expect_overcome(serving(old, old.note(witnesses=ALL)))

    def test_a_cosigned_head_without_the_entries(self):
        further = self.log.closed(b"further")
        published = serving(further, further.note(witnesses=ALL))
        self.liar.answer = lambda path, headers: (
            published if path.endswith("/checkpoint") else self.honest_answer)(path, headers)
        self.start().wait_for(f"{self.liar.url}/ledger: .*lacks tile")
        self.expect_level(self.replica)
        self.log = further
        self.honest_answer = serving(further, further.note(witnesses=ALL))
        self.expect_level(self.replica)

    def test_policies_that_are_none(self):
        for body in (b"", b"noise", bytes(10_000)):
            def answer(path, headers, body=body):
                if "/policies/" in path:
                    return Reply(200, body)
                return self.honest_answer(path, headers)
            self.expect_overcome(answer)

    def test_what_it_says_does_not_reach_the_terminal_raw(self):
        note = self.log.note(text="\x1b[2Jevil\n14\n" + self.log.text().split("\n")[2] + "\n")
        self.liar.answer = lambda path, headers: Reply(200, note.encode())
        self.start().wait_for(self.liar.url)
        self.assertNotIn("\x1b", self.replica.err)


class WithoutEnd(Case):
    def memory(self):
        """The most that the replica ever had, in KiB."""
        with open(f"/proc/{self.replica.running.process.pid}/status", encoding="ascii") as file:
            return next(int(line.split()[1]) for line in file if line.startswith("VmHWM"))

    def expect_overcome_in_little_memory(self, what, raw):
        def answer(path, headers):
            return Reply(raw=raw) if what in path else self.honest_answer(path, headers)
        self.liar.answer = answer
        self.start()
        self.expect_level(self.replica)
        self.assertLess(self.memory(), MOST_MEMORY)
        self.publish_more()
        self.replica.kill()
        shutil.rmtree(self.replica.ledger)

    def test_bodies(self):
        def endless(head):
            def raw(out):
                out.write(head)
                while not self.ended.is_set():
                    out.write(b"x" * 65536)
            return raw
        for what in ("/checkpoint", "/tile/0/", "/tile/entries/"):
            for name, head in (
                    ("until it closes", b"HTTP/1.1 200 OK\r\n\r\n"),
                    ("a gigabyte", b"HTTP/1.1 200 OK\r\nContent-Length: 1073741824\r\n\r\n"),
                    ("not found", b"HTTP/1.1 404 Not Found\r\n\r\n")):
                with self.subTest(what=what, name=name):
                    self.expect_overcome_in_little_memory(what, endless(head))

    def test_chunks_and_what_unpacks_to_a_lot(self):
        def chunks(out):
            out.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
            while not self.ended.is_set():
                out.write(b"10000\r\n" + b"x" * 65536 + b"\r\n")
        self.expect_overcome_in_little_memory("/checkpoint", chunks)
        packed = gzip.compress(bytes(64 << 20))
        def bomb(out):
            out.write(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n"
                      % len(packed) + packed)
        self.expect_overcome_in_little_memory("/checkpoint", bomb)

    def test_a_long_reason(self):
        def raw(out):
            out.write(b"HTTP/1.1 200 " + b"x" * (1 << 20) + b"\r\nContent-Length: 0\r\n\r\n")
        self.expect_overcome_in_little_memory("/checkpoint", raw)

    def test_it_never_answers(self):
        self.expect_overcome_in_little_memory("/checkpoint", lambda out: self.ended.wait())

    def test_it_answers_byte_by_byte(self):
        self.expect_slow_overcome(b"HTTP/1.1 200 OK\r\nContent-Length: 10000\r\n\r\n")

    def test_its_header_comes_byte_by_byte(self):
        self.expect_slow_overcome(b"HTTP/1.1 200 OK\r\nX-Long: ")

    def test_its_checkpoint_is_always_slow(self):
        """It is the end of the line for it, as for one whose tiles are slow."""
        def answer(path, headers):
            if path.endswith("/checkpoint"):
                self.ended.wait(6)
            return self.honest_answer(path, headers)
        self.liar.answer = answer
        self.start().wait_for(f"{self.liar.url}/ledger: .*is too slow", seconds=60)
        self.expect_level(self.replica)

    def test_a_name_server_that_says_nothing(self):
        """The look-up counts, too; what is left of it holds up nobody."""
        library = (pathlib.Path(cityid_process.program()).parent / "tests" /
                   "libtest_hanging_names.so")
        assert library.exists(), f"{library} is built with the tests"
        self.consortium.env = {**os.environ, "LD_PRELOAD": str(library)}
        self.replica = self.consortium.replica("replica", "http://mirror.hangs.example",
                                               self.honest.url).start()
        self.replica.wait_for("cannot reach http://mirror.hangs.example.*timed out")
        self.expect_level(self.replica)
        self.assertEqual(self.replica.stop(), 0)

    def test_headers(self):
        def lines(number):
            return b"".join(b"X-%d: %s\r\n" % (number + i, b"y" * 4000) for i in range(16))
        self.expect_slow_overcome(b"HTTP/1.1 200 OK\r\n", lines, pause=0)

    def test_one_long_line(self):
        self.expect_slow_overcome(b"HTTP/1.1 200 ", lambda number: b"x" * 65536, pause=0)

    def expect_slow_overcome(self, head, more=lambda number: b"x", pause=0.2):
        """At least not slower than with a mirror that says nothing."""
        def raw(out):
            out.write(head)
            number = 0
            while not self.ended.wait(pause):
                out.write(more(number))
                number += 16
        self.liar.answer = lambda path, headers: Reply(raw=raw)
        replica = self.start()
        wait_until(lambda: replica.head()[0] == len(self.log), "the other mirror's head", 13)


if __name__ == "__main__":
    cityid_process.main()
