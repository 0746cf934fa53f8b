"""Hostile peers of the command line: JSON of a hundred thousand levels, bodies, heads and lists without
end, bytes that come one at a time. Each command ends with status 3 and one line, soon, and in little
memory.
"""
import concurrent.futures
import contextlib
import gzip
import http.server
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
import cityid_process
import proofs
from cityid_process import SHIJIAZHUANG, SLOW, Finished, cityid

LEVELS = 100_000
SOON = 45 * SLOW  # seconds; a command may ask more than once, and has 10 for each time
MEMORY = 256 << 20
REPEATED = b"x" * 65536


def deep(opening, closing=b""):
    return opening * LEVELS + b"1" + closing * LEVELS


def reply(body, *fields, length=True):
    """The bytes of a reply."""
    head = [b"HTTP/1.1 200 OK", *fields]
    if length:
        head.append(b"Content-Length: %d" % len(body))
    return b"\r\n".join(head) + b"\r\n\r\n" + body


JSON = b"Content-Type: application/json"


def endless(start, more, pause=0.0):
    def send(write):
        write(start)
        while True:
            write(more)
            time.sleep(pause)
    return send


def whole(raw):
    return lambda write: write(raw)


BOMB = gzip.compress(bytes(64 << 20))
HOSTILE = {
    "arrays": whole(reply(deep(b"[", b"]"), JSON)),
    "objects": whole(reply(deep(b'{"a":', b"}"), JSON)),
    "never closed": whole(reply(deep(b'[{"id":'), JSON)),
    "deep inside what is right": whole(reply(
        b'{"verdict":"valid","applications":[{"id":"' + b"0" * 64 + b'","body":'
        + deep(b"[", b"]") + b"}]}", JSON)),
    "body without end": endless(reply(b"[", JSON, length=False), REPEATED),
    "chunks without end": endless(reply(b"", JSON, b"Transfer-Encoding: chunked", length=False),
                                  b"10000\r\n" + REPEATED + b"\r\n"),
    "a length of terabytes": endless(reply(b"", JSON, b"Content-Length: 9999999999999",
                                           length=False), REPEATED),
    "fields without end": endless(b"HTTP/1.1 200 OK\r\n", b"X: " + b"y" * 1000 + b"\r\n"),
    "a field without end": endless(b"HTTP/1.1 200 OK\r\nX: ", REPEATED),
    "a bomb": whole(reply(BOMB, JSON, b"Content-Encoding: gzip")),
    "a byte now and then": endless(reply(b"{", JSON, b"Content-Length: 1000000", length=False),
                                   b" ", 0.3),
    "a head now and then": endless(b"H", b"T", 0.3),
    "nothing": lambda write: time.sleep(60),
    "redirection": whole(b"HTTP/1.1 302 Found\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n"),
    "no HTTP": whole(b"\x00\xff" * 500),
    "no JSON": whole(reply(b"\xff\x00\x1b[2J", JSON)),
}


@contextlib.contextmanager
def peer(answer):
    """Sends the same to everybody, whatever they ask; `answer` sends by what it is given."""
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            with contextlib.suppress(OSError):
                self.rfile.read(int(self.headers.get("Content-Length") or 0))
                answer(self.write)
            self.close_connection = True

        do_POST = do_GET

        def write(self, data):
            self.wfile.write(data)
            self.wfile.flush()

        def log_message(self, *_):
            pass
    with proofs.http_server(Handler) as url:
        yield url


def measured(*arguments):
    """The command, how long it took, and the most memory that it had."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        begin = time.monotonic()
        process = subprocess.Popen([cityid_process.program(), *map(str, arguments)],
                                   stdin=subprocess.DEVNULL, stdout=out, stderr=err)
        late = threading.Timer(2 * SOON, process.kill)
        late.start()
        _, status, usage = os.wait4(process.pid, 0)
        late.cancel()
        process.returncode = os.waitstatus_to_exitcode(status)
        texts = [os.pread(file.fileno(), 1 << 20, 0).decode("utf-8", "replace")
                 for file in (out, err)]
        return (Finished(arguments, process.returncode, *texts), time.monotonic() - begin,
                usage.ru_maxrss * 1024)


def setUpModule():
    global DEMO
    DEMO = proofs.set_up()


class Peers(cityid_process.Case):
    def setUp(self):
        self.directory = self.enterContext(cityid_process.temporary_directory())
        self.trust = self.directory / "trust.txt"
        self.expect_done(cityid("trust", "new", "--ledger", DEMO.ledger, "-o", self.trust))
        self.content = self.directory / "content.json"
        self.content.write_text(json.dumps({"metadata": {"names": {"en": "A"}, "level": "city"}}))
        for name in ("record", "code"):
            self.expect_done(cityid("key", "new", "--no-passphrase", self.directory / f"{name}.key"))

    def commands(self, url, number):
        key = self.directory / "record.key"
        yield "scan", DEMO.url(), "--resolver", url
        yield "scan", "--json", DEMO.url(), "--resolver", url, "--trust", self.trust
        yield ("prove", SHIJIAZHUANG, "--resolver", url, "-o", self.directory / f"proof{number}")
        yield "applications", "--registry", url
        yield "applications", "0" * 64, "--registry", url
        yield ("apply", "MA.156.1499", "--content", self.content, "--record-key", key, "--code-key",
               self.directory / "code.key", "--key", key, "--yes", "--registry", url)
        yield "approve", "0" * 64, "--key", key, "--yes", "--registry", url
        yield "policy", "--registry", url
        yield ("trust", "update", self.trust, "--from", url, "-o", self.directory / f"t{number}")
        yield ("follow", "--once", "--from", url, "--trust", self.trust, "--ledger",
               self.directory / f"followed{number}")

    def expect_ended(self, arguments):
        finished, seconds, memory = measured(*arguments)
        # A source that says nothing right about a trust file is refused like one that lies.
        self.assertIn(finished.status, (1, 3) if arguments[0] in ("scan", "trust") else (3,), finished)
        self.expect_one_line(finished)
        self.assertRegex(finished.err, r"\A[\x20-\x7e]+\n\Z")
        self.assertLess(seconds, SOON, finished)
        self.assertLess(memory, MEMORY, finished)

    def test_each_command_ends_with_one_line(self):
        with contextlib.ExitStack() as stack, concurrent.futures.ThreadPoolExecutor(12) as many:
            running = []
            for number, (what, answer) in enumerate(HOSTILE.items()):
                url = stack.enter_context(peer(answer))
                running += [(what, arguments, many.submit(self.expect_ended, arguments))
                            for arguments in self.commands(url, number)]
            for what, arguments, future in running:
                with self.subTest(what=what, command=arguments[0]):
                    future.result()

    def test_pages_that_never_end_are_followed_to_no_end(self):
        number = iter(range(1, 1 << 40))

        def page(items, following):
            body = json.dumps({"applications": items, "next": following}).encode()
            return whole(reply(body, JSON))
        one = {"id": "0" * 64, "type": "assign", "subject": "MA.156.1"}
        for what, answer in {
                "ahead": lambda write: page([one], f"{next(number):064x}")(write),
                "ahead, with nothing": lambda write: page([], f"{next(number):064x}")(write),
                "in a circle": page([one], "f" * 64), "back": page([one], "0" * 64),
                "nowhere": page([one], "../../x")}.items():
            with self.subTest(what=what), peer(answer) as url:
                finished, seconds, _ = measured("applications", "--registry", url)
                self.assertEqual(finished.status, 3, finished)
                self.expect_one_line(finished, "page")
                self.assertLess(seconds, 2 * SOON, finished)

    def test_pages_of_many_values_and_of_many_bytes_are_not_read(self):
        values = whole(reply(b'{"applications":[' + b"[]," * 2_600_000 + b"[]]}", JSON))
        filled = {"id": "0" * 64, "type": "x" * (7 << 20)}
        number = iter(range(1, 1 << 40))

        def full(write):
            body = {"applications": [filled], "next": f"{next(number):064x}"}
            return whole(reply(json.dumps(body).encode(), JSON))(write)
        for what, answer, message in (("values", values, "does not answer as a registry does"),
                                      ("bytes", full, "")):
            with self.subTest(what=what), peer(answer) as url:
                finished, seconds, memory = measured("applications", "--registry", url)
                self.assertEqual(finished.status, 3, finished.err)
                self.expect_one_line(finished, message)
                self.assertLess(seconds, 2 * SOON, finished.err)
                self.assertLess(memory, MEMORY, finished.err)
        self.assertLessEqual(next(number), 12, "64 MiB in all")


if __name__ == "__main__":
    cityid_process.main()
