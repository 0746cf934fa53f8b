"""POST /verify with a picture: verdicts for every code in it, and few pictures at once."""
import concurrent.futures
import contextlib
import os
import pathlib
import signal
import subprocess
import threading
import time
import unittest

import cityid_process
import picture
import sealed_file
import signed_code
from cityid_process import HOST, SHIJIAZHUANG, head, wait_until

BOUNDARY = "----a boundary"
FORM = f'multipart/form-data; boundary="{BOUNDARY}"'
MAX_BODY = 12 << 20


def setUpModule():
    global DEMO, RESOLVER
    DEMO = unittest.enterModuleContext(cityid_process.demo())
    RESOLVER = unittest.enterModuleContext(cityid_process.resolver(DEMO.ledger, metrics=True))


def form(*fields):
    """A form with files, as a browser sends it."""
    body = b""
    for name, content in fields:
        body += (f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"; filename="x.png"\r\n'
                 "Content-Type: image/png\r\n\r\n").encode() + content + b"\r\n"
    return body + f"--{BOUNDARY}--\r\n".encode()


def beside(*pictures):
    """One picture with these grey PNGs in a row."""
    parts = [picture.grey_rows(content) for content in pictures]
    height = max(map(len, parts))
    gap = b"\xff" * 40
    rows = []
    for y in range(height):
        rows.append(gap + gap.join(part[y] if y < len(part) else b"\xff" * len(part[0])
                                   for part in parts) + gap)
    return picture.png([b"\xff" * len(rows[0])] * 40 + rows + [b"\xff" * len(rows[0])] * 40)


def readers(server):
    """The processes of its pool that wait for a picture."""
    children = pathlib.Path(f"/proc/{server.served.process.pid}/task")
    found = []
    for task in children.iterdir():
        with contextlib.suppress(OSError):
            found += (task / "children").read_text().split()
    return [int(child) for child in found]


class Pictures(cityid_process.Case):
    def send(self, body, kind="image/png", target="/verify", **headers):
        return RESOLVER.post(target, body, content_type=kind, **headers)

    def verdicts(self, body, kind="image/png"):
        reply = self.send(body, kind)
        self.assertEqual((reply.status, reply.media_type, reply["cache-control"]),
                         (200, "application/json", "no-store"), reply)
        return reply.json()

    def setUp(self):
        self.valid = DEMO.png().read_bytes()
        self.revoked = (DEMO.directory / "revoked.png").read_bytes()

    def test_a_code_is_judged_as_its_text_is(self):
        answer = self.verdicts(self.valid)
        result, = answer["results"]
        self.assertEqual(result.pop("symbol"), "QR code")
        told = RESOLVER.post("/verify", DEMO.url().encode(), content_type="text/plain").json()
        self.assertEqual(answer["ledger"]["root"], told.pop("ledger")["root"])
        self.assertEqual(result, told)
        self.assertEqual((answer["complete"], answer["foreign"]), (True, []))

    def test_every_code_of_a_picture_is_judged_and_others_are_named(self):
        wifi = picture.qr_png("WIFI:S:a;;")
        answer = self.verdicts(beside(self.valid, self.revoked, wifi))
        self.assertEqual(sorted(result["verdict"] for result in answer["results"]),
                         ["revoked", "valid"])
        self.assertEqual(answer["foreign"], [{"symbol": "QR code", "text": "WIFI:S:a;;"}])
        self.assertIs(answer["complete"], True)

    def test_nothing_found_is_no_verdict(self):
        answer = self.verdicts(picture.blank_png())
        self.assertEqual((answer["results"], answer["foreign"]), ([], []))

    def test_forms_of_browsers(self):
        for body in (form(("picture", self.valid)), form(("camera", b""), ("picture", self.valid)),
                     form(("camera", self.valid), ("picture", b""))):
            self.assertEqual(self.verdicts(body, FORM)["results"][0]["verdict"], "valid")
        for body, words in ((form(("picture", b""), ("picture", b"")), "no picture"),
                            (form(("other", self.valid)), "no picture"),
                            (form(("camera", self.valid), ("picture", self.valid)), "one picture"),
                            (form(("picture", self.valid))[:-9], "ends in the middle"),
                            (b"", "boundary")):
            reply = self.send(body, FORM)
            self.assertEqual(reply.status, 400, reply)
            self.assertIn(words, reply.json()["detail"])

    def test_pages_in_three_languages(self):
        both = beside(self.valid, self.revoked)
        for language, good, bad in (("en", "Genuine", "must not be trusted"), ("zh", "", "不可信"),
                                    ("ar", "", "لا يُوثق به")):
            one = self.send(form(("picture", self.valid)), FORM, f"/verify?lang={language}",
                            accept="text/html")
            self.assertEqual((one.status, one.media_type), (200, "text/html"), one)
            self.assertIn('class="v good"', one.text)
            self.assertIn(good, one.text)
            two = self.send(form(("picture", both)), FORM, f"/verify?lang={language}",
                            accept="text/html")
            self.assertIn('class="v bad"', two.text)
            self.assertNotIn('class="v good"', two.text)
            self.assertIn(bad, two.text)
            start = RESOLVER.request(f"/verify?lang={language}", accept="text/html").text
            for needed in ('type="file"', 'accept="image/*"', "capture", 'enctype="multipart/form-data"'):
                self.assertIn(needed, start)

    def test_hostile_text_of_other_codes_is_text(self):
        page = self.send(picture.qr_png("<script>alert(1)"[:17]), accept="text/html").text
        self.assertNotIn("<script", page)
        self.assertIn("&lt;script&gt;", page)

    def test_what_is_no_picture(self):
        for body, kind, status, words in (
                (b"hello", "image/png", 400, ""), (self.valid[:60], "image/png", 400, ""),
                (b"\0\0\0\x18ftypheic" + b"\0" * 40, "image/heic", 400, "JPEG"),
                (b"", "image/png", 400, "")):
            reply = self.send(body, kind)
            self.assertEqual(reply.status, status, reply)
            self.assertIn(words, reply.json()["detail"])
        self.assertEqual(self.send(b"hello", "application/pdf").status, 400)

    def test_a_pdf_is_judged_by_its_seals_whatever_it_is_sent_as(self):
        key = signed_code.read_key(DEMO.code_key())
        sealed = sealed_file.seal(HOST, SHIJIAZHUANG, key)
        for body, kind in ((sealed, "application/pdf"), (sealed, "image/png"),
                           (form(("picture", sealed)), FORM)):
            answer = self.verdicts(body, kind)
            [result] = answer["results"]
            self.assertEqual((result["verdict"], result["symbol"], result["seal"]["state"],
                              answer["intact"]), ("valid", "seal", "unchanged", True))
        self.assertIs(self.verdicts(sealed + b" ", "application/pdf")["intact"], False)
        empty = self.verdicts(b"%PDF-1.7\n", "application/pdf")
        self.assertEqual((empty["results"], empty["intact"]), ([], False))
        for name, file, title in (("genuine", sealed, "The file is genuine and unchanged"),
                                  ("changed", sealed_file.altered(sealed, b"A permit", b"B permit"),
                                   "The file was changed after it was sealed"),
                                  ("more", sealed + b" ", "Something was added to the file"),
                                  ("none", b"%PDF-1.7\n", "The file has no seal")):
            with self.subTest(name):
                page = self.send(file, "application/pdf", accept="text/html").text
                self.assertIn(f"<span>{title}", page)
                self.assertEqual('class="v good"' in page, name == "genuine")

    def test_a_text_is_not_as_long_as_a_picture_may_be(self):
        self.assertEqual(self.send(b"x" * 100_000, "text/plain").status, 413)

    def test_too_large_is_said_before_it_is_read(self):
        with RESOLVER.connect() as connection:
            connection.send(head("/verify", "POST", content_type="image/jpeg",
                                 content_length=MAX_BODY + 1))
            self.assertEqual(connection.reply().status, 413)

    def test_a_picture_made_to_be_expensive_ends_and_the_next_is_read(self):
        side = 3000
        finder = [bytes(255 * (not pixel) for pixel in row) for row in (
            (1, 1, 1, 1, 1, 1, 1, 0), (1, 0, 0, 0, 0, 0, 1, 0), (1, 0, 1, 1, 1, 0, 1, 0),
            (1, 0, 1, 1, 1, 0, 1, 0), (1, 0, 1, 1, 1, 0, 1, 0), (1, 0, 0, 0, 0, 0, 1, 0),
            (1, 1, 1, 1, 1, 1, 1, 0), (0, 0, 0, 0, 0, 0, 0, 0))]
        tiled = picture.png([finder[y % 8] * (side // 8) for y in range(side)])
        answer = self.verdicts(tiled)
        self.assertEqual(answer["results"], [])
        self.assertIs(answer["complete"], False)
        self.assertTrue(answer["missing"])
        self.assertEqual(self.verdicts(self.valid)["results"][0]["verdict"], "valid")

    def test_readers_that_die_are_replaced(self):
        for _ in range(3):
            before = wait_until(lambda: readers(RESOLVER), "readers that wait")
            for process in before:
                os.kill(process, signal.SIGKILL)
            self.assertEqual(self.verdicts(self.valid)["results"][0]["verdict"], "valid")
        self.assertEqual(RESOLVER.request("/healthz").status, 200)


class Bounds(cityid_process.Case):
    def test_pictures_that_drip_take_a_clients_places_only(self):
        """Each holds its place until its body is there; nobody else waits for that."""
        with cityid_process.resolver(DEMO.ledger, "--limit-loopback", metrics=True) as server, \
                contextlib.ExitStack() as stack:
            for _ in range(2):
                slow = stack.enter_context(server.connect(source="127.0.0.2"))
                slow.send(head("/verify", "POST", content_type="image/png", content_length=1 << 20))
            refused = server.refused("queue")

            def third():
                with server.connect(source="127.0.0.2") as connection:
                    connection.send(head("/verify", "POST", content_type="image/png",
                                         content_length=1 << 20))
                    return connection.reply()
            reply = third()
            with server.connect(source="127.0.0.2") as whole:  # as browsers do
                whole.send(cityid_process.message("/verify", bytes(5 << 20), content_type="image/png"))
                self.assertEqual(whole.reply().status, 429)
            self.assertEqual((reply.status, reply["retry-after"]), (429, "1"), reply)
            self.assertEqual(server.refused("queue"), refused + 2)
            with server.connect(source="127.0.0.3") as other:
                content = DEMO.png().read_bytes()
                other.send(cityid_process.message("/verify", content, content_type="image/png"))
                self.assertEqual(other.reply().json()["results"][0]["verdict"], "valid")

    def test_pictures_that_drip_from_everywhere_make_room(self):
        """All places are taken by clients that send a byte now and then, and come again."""
        def drip(server, source, done):
            while not done.is_set():
                with contextlib.suppress(OSError), server.connect(source=source) as slow:
                    slow.send(head("/verify", "POST", content_type="image/png", content_length=1 << 20))
                    while not done.wait(0.5):
                        slow.send(b"x")
                # One that is refused has to wait, as its address has so many pictures a second.
                done.wait(1)

        content = DEMO.png().read_bytes()

        def judged():
            time.sleep(0.5)  # an address has so many pictures a second
            with server.connect(source="127.0.0.2") as honest:
                honest.send(cityid_process.message("/verify", content, content_type="image/png"))
                reply = honest.reply()
            self.assertIn(reply.status, (200, 429, 503), reply)
            return reply.status == 200 and reply.json()["results"][0]["verdict"] == "valid"

        with cityid_process.resolver(DEMO.ledger, "--limit-loopback", metrics=True) as server, \
                concurrent.futures.ThreadPoolExecutor(18) as pool:
            done = threading.Event()
            try:
                for i in range(18):
                    pool.submit(drip, server, f"127.0.0.{10 + i // 2}", done)
                wait_until(lambda: server.refused("queue") or server.refused("timeout"),
                           "all places are taken")
                # Long before the time for a body ends, which is 30 s.
                wait_until(judged, "a verdict", 20)
            finally:
                done.set()

    def test_a_client_has_so_many_pictures_a_second(self):
        with cityid_process.resolver(DEMO.ledger, "--limit-loopback") as server:
            content = picture.blank_png()
            statuses = [server.post("/verify", content, content_type="image/png").status
                        for _ in range(30)]
            self.assertIn(429, statuses)
            self.assertEqual(statuses[0], 200)

    def test_more_at_once_than_there_are_readers(self):
        content = DEMO.png().read_bytes()
        with concurrent.futures.ThreadPoolExecutor(24) as pool:
            replies = list(pool.map(lambda _: RESOLVER.post(
                "/verify", content, content_type="image/png"), range(48)))
        for reply in replies:
            self.assertIn(reply.status, (200, 503), reply)
            if reply.status == 503:
                self.assertTrue(reply["retry-after"], reply)
        self.assertIn(200, [reply.status for reply in replies])

    def test_without_readers_nothing_else_changes(self):
        with cityid_process.resolver(DEMO.ledger, "--pictures", "0") as server:
            for content in (DEMO.png().read_bytes(), bytes(5 << 20)):
                reply = server.post("/verify", content, content_type="image/png")
                self.assertEqual(reply.status, 415, reply)
            self.assertIn("send the text", reply.json()["detail"])
            told = server.post("/verify", DEMO.url().encode(), content_type="text/plain")
            self.assertEqual(told.json()["verdict"], "valid")
            self.assertNotIn('type="file"', server.request("/verify", accept="text/html").text)

    def test_readers_have_nothing_of_the_server(self):
        with cityid_process.resolver(DEMO.ledger) as server:
            first = set(readers(server))
            with server.connect() as connection:
                connection.send(head(f"/{SHIJIAZHUANG}"))
                connection.reply()
                server.post("/verify", DEMO.png().read_bytes(), content_type="image/png")
                new = wait_until(lambda: set(readers(server)) - first, "another reader")
                for process in {*new, *readers(server)}:
                    # While it starts, it opens its libraries.
                    status = pathlib.Path(f"/proc/{process}/status")
                    wait_until(lambda status=status: "Seccomp:\t2" in status.read_text(), "a filter")
                    opened = {entry.name for entry in pathlib.Path(f"/proc/{process}/fd").iterdir()}
                    self.assertEqual(opened, {"0", "1", "2"})

    def test_readers_end_with_the_server(self):
        with cityid_process.resolver(DEMO.ledger) as server:
            children = wait_until(lambda: readers(server), "readers that wait")
            server.served.process.kill()
            server.served.process.wait()
            for child in children:
                wait_until(lambda child=child: not pathlib.Path(f"/proc/{child}").exists()
                           or "Z" in pathlib.Path(f"/proc/{child}/stat").read_text().split(")")[1][:3],
                           "a reader's end")


if __name__ == "__main__":
    cityid_process.main()
