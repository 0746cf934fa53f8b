"""cityid scan on what people and attackers take for pictures: sheets, posters, PDFs, broken files, bombs;
and what becomes of the program when the one that reads pictures misbehaves."""
import itertools
import os
import pathlib
import re
import shutil
import signal
import struct
import subprocess
import threading
import time
import unittest
import zlib

import cityid_process
import pdf_file
import picture
import signed_code
from cityid_process import HOST, SHIJIAZHUANG, cityid, seeded
from picture import chunk, grey_rows, png, png_header
from signed_code import Code, with_other_last_digit

# Seconds in which every picture has its answer: two for the reader, the rest for a busy machine.
ANSWERED = 15 * cityid_process.SLOW
DRAWN = {}  # by text: the same codes are drawn again and again


def setUpModule():
    global DEMO, FILES
    DEMO = unittest.enterModuleContext(cityid_process.demo())
    FILES = unittest.enterModuleContext(cityid_process.temporary_directory())


def key():
    return signed_code.read_key(DEMO.code_key())


def file(name, content):
    path = FILES / name
    path.write_bytes(content)
    return path


def scan(*files, **options):
    return cityid("scan", "--json", "--ledger", DEMO.ledger, *files, **options)


def drawn(serial):
    """The rows of a picture of a valid code that has this serial."""
    return rows_of(Code(SHIJIAZHUANG, key(), serial=serial).url(HOST))


def rows_of(text, scale=3):
    """The rows of a picture of a QR code with any text."""
    if text not in DRAWN:
        # Two characters a module.
        lines = subprocess.run(["qrencode", "-t", "ASCII", "-m", "4", "-l", "M", "-o", "-", text],
                               check=True, stdout=subprocess.PIPE).stdout.decode().splitlines()
        DRAWN[text] = [b"".join((b"\0" if module == "#" else b"\xff") * scale for module in line[::2])
                       for line in lines for _ in range(scale)]
    return DRAWN[text]


def filled(rows, millimetres, left, bottom):
    """The operators of a PDF that fill the dark modules of a symbol of one pixel a module."""
    side = millimetres * 72 / 25.4
    return "".join(f"{left + x * side:.3f} {bottom - y * side:.3f} {side:.3f} {side:.3f} re\n"
                   for y, row in enumerate(rows) for x, pixel in enumerate(row) if pixel < 128) + "f\n"


def revoked_rows():
    rows = grey_rows((DEMO.directory / "revoked.png").read_bytes())
    return rows[:len(rows[0])]  # without its caption


def smaller(rows, divisor):
    return [row[::divisor] for row in rows[::divisor]]


def sheet(pictures, columns):
    """Pictures beside and below each other, each in a cell as large as the largest one."""
    width = max(len(rows[0]) for rows in pictures)
    height = max(len(rows) for rows in pictures)
    lines = []
    for start in range(0, len(pictures), columns):
        cells = pictures[start:start + columns]
        for y in range(height):
            line = b""
            for cell in cells:
                row = cell[y] if y < len(cell) else b""
                line += row + b"\xff" * (width - len(row))
            lines.append(line + b"\xff" * (width * columns - len(line)))
    return lines


class Pictures(cityid_process.Case):
    def expect_verdicts(self, finished, *verdicts):
        found = sorted(line["verdict"] for line in finished.json_lines() if "verdict" in line)
        self.assertEqual(found, sorted(verdicts), finished)

    def expect_unanswered(self, path, *words, limit=ANSWERED):
        """Status 3, one line, in time, and the next picture is read."""
        started = time.monotonic()
        finished = scan(path, DEMO.png())
        self.assertLess(time.monotonic() - started, limit)
        self.assertEqual(finished.status, 3, finished)
        self.expect_verdicts(finished, "valid")
        self.expect_one_line(finished, path.name, *words)


class Sheets(Pictures):
    def test_a_revoked_code_on_a_sheet_is_never_passed_over(self):
        random = seeded("sheets")
        for columns, rows in ((2, 2), (3, 2), (4, 3), (6, 5)):
            with self.subTest(columns=columns, rows=rows):
                count = columns * rows
                place = random.randrange(count)
                cells = [drawn(1000 + i) for i in range(count)]
                cells[place] = smaller(revoked_rows(), 2)
                finished = scan(file("sheet.png", png(sheet(cells, columns))))
                self.assertEqual(finished.status, 1, finished)
                self.expect_verdicts(finished, "revoked", *["valid"] * (count - 1))

    def test_a_revoked_code_that_nobody_can_read_is_said_to_be_there(self):
        random = seeded("damaged sheets")
        for _ in range(5):
            bad = [bytearray(row) for row in smaller(revoked_rows(), 2)]
            # Its patterns stay, and what is between them is gone.
            side = min(len(bad), len(bad[0]))  # there may be words below it
            for y in range(side // 3, side):
                for x in range(side // 3, side):
                    bad[y][x] = random.choice((0, 255))
            cells = [drawn(1000 + i) for i in range(3)]
            cells.insert(random.randrange(4), bad)
            path = file("damaged-sheet.png", png(sheet(cells, 2)))
            finished = scan(path)
            self.assertEqual(finished.status, 3, finished)
            self.expect_verdicts(finished, "valid", "valid", "valid")
            self.assertTrue([line for line in finished.json_lines() if "unread" in line], finished)
            self.assertRegex(finished.err, "like (a QR code|QR codes) could not be read", finished)

    def test_more_than_32_codes_are_all_judged(self):
        cells = [drawn(1000 + i) for i in range(42)]
        cells[40] = rows_of(with_other_last_digit(Code(SHIJIAZHUANG, key(), serial=7).url(HOST)))
        finished = scan(file("many.png", png(sheet(cells, 7))))
        self.assertEqual(finished.status, 1, finished)
        self.expect_verdicts(finished, "forged", *["valid"] * 41)

    def test_a_poster_with_a_wifi_code_is_valid_and_the_other_is_said(self):
        path = file("poster.png", png(sheet([drawn(5), grey_rows(picture.qr_png("WIFI:S:Town;;"))], 2)))
        finished = scan(path)
        self.expect_done(finished)
        lines = finished.json_lines()
        self.assertEqual([line["foreign"]["text"] for line in lines if "foreign" in line],
                         ["WIFI:S:Town;;"], finished)
        self.expect_verdicts(finished, "valid")
        for_people = cityid("scan", "--ledger", DEMO.ledger, path)
        self.assertIn("another QR code: WIFI:S:Town;;\n", for_people.out)
        self.assertIn("valid: Genuine", for_people.out)

    def test_a_long_foreign_text_is_shortened(self):
        finished = cityid("scan", "--ledger", DEMO.ledger,
                          file("long.png", png(rows_of("https://a.example/" + "x" * 300))))
        self.assertEqual(finished.status, 3, finished)
        self.assertRegex(finished.out, r"\Aanother QR code: https://a\.example/x+\.\.\. \(shortened\)\n\Z")
        self.assertLess(len(finished.out), 160)

    def test_a_code_beside_a_valid_one_is_not_passed_over_in_whatever_symbol_it_is(self):
        """Signed by another city: unknown-key where it is seen."""
        stranger = DEMO.keys / "MA.156.1100.code.key"
        good = drawn(9)
        for symbol in ("datamatrix", "aztec"):
            path = FILES / f"{symbol}.png"
            self.expect_done(cityid("code", "new", SHIJIAZHUANG, "--key", stranger, "--host", HOST,
                                    "--bare", "--scale", "4", "--symbol", symbol, "-o", path))
            rows = grey_rows(path.read_bytes())
            inverted = [bytes(255 - pixel for pixel in row) for row in rows]
            mirrored = [row[::-1] for row in rows]
            for name, cells, columns in (("beside", [good, rows], 2), ("before", [rows, good], 2),
                                         ("below", [good, rows], 1), ("inverted", [good, inverted], 2),
                                         ("mirrored", [good, mirrored], 2)):
                with self.subTest(f"{symbol} {name}"):
                    finished = scan(file("beside.png", png(sheet(cells, columns))))
                    self.assertEqual(finished.status, 1, finished)
                    self.expect_verdicts(finished, "unknown-key", "valid")

    def test_a_pale_code_beside_a_valid_one_is_not_passed_over(self):
        for dark in (200, 230, 243):
            with self.subTest(dark):
                pale = [bytes(dark if pixel < 128 else 255 for pixel in row)
                        for row in smaller(revoked_rows(), 2)]
                finished = scan(file("pale.png", png(sheet([drawn(9), pale], 2))))
                self.assertEqual(finished.status, 1, finished)
                self.expect_verdicts(finished, "revoked", "valid")

    def test_what_stands_before_an_address_makes_no_foreign_code_of_it(self):
        url = Code(SHIJIAZHUANG, key(), serial=8).url(HOST)
        for text in (" " + url, "\ufeff" + url, "]Q1" + url, "URL:" + url, url[len("https://"):]):
            with self.subTest(text[:20]):
                finished = scan(file("before.png", png(sheet([drawn(9), rows_of(text)], 2))))
                self.assertEqual(finished.status, 1, finished)
                self.expect_verdicts(finished, "malformed", "valid")

    def test_an_address_at_a_host_of_the_policy_is_judged(self):
        finished = scan(file("ours.png", png(rows_of(f"https://{HOST}/menu"))))
        self.assertEqual(finished.status, 1, finished)
        self.expect_verdicts(finished, "malformed")


class Pdf(Pictures):
    def pdf(self, serials):
        """A PDF with a page for each code."""
        names = []
        for serial in serials:
            path = FILES / f"page-{serial}.pdf"
            self.expect_done(cityid("code", "new", SHIJIAZHUANG, "--key", DEMO.code_key(), "--host",
                                    HOST, "-o", path))
            names.append(path)
        if len(names) == 1:
            return names[0]
        path = FILES / "pages.pdf"
        subprocess.run(["pdfunite", *names, path], check=True)
        return path

    def test_every_page_is_read(self):
        finished = scan(self.pdf((1, 2, 3)))
        self.expect_done(finished)
        self.expect_verdicts(finished, "valid", "valid", "valid")

    def test_a_small_code_on_a_poster_is_not_passed_over(self):
        """A page of A1 with a large code that is valid, and one of 0.4 mm a module that is not."""
        good = Code(SHIJIAZHUANG, key(), serial=9).url(HOST)
        bad = with_other_last_digit(Code(SHIJIAZHUANG, key(), serial=7).url(HOST))
        drawing = filled(smaller(rows_of(good), 3), 8, 300, 1500) + filled(smaller(rows_of(bad), 3), 0.4, 900, 300)
        finished = scan(file("poster.pdf", pdf_file.pdf(width=1684, height=2384, drawing=drawing)))
        self.assertEqual(finished.status, 1, finished)
        self.expect_verdicts(finished, "forged", "valid")

    def test_pages_that_are_not_read_are_said(self):
        path = self.pdf((1,))
        many = FILES / "many.pdf"
        subprocess.run(["pdfunite", *[path] * 23, many], check=True)
        finished = scan(many)
        self.assertEqual(finished.status, 3, finished)
        self.expect_verdicts(finished, *["valid"] * 20)
        self.assertIn("only 20 pages", finished.err)

    def test_what_is_no_pdf_has_no_pages(self):
        whole = self.pdf((1,)).read_bytes()
        for name, content in (("cut.pdf", whole[:200]), ("text.pdf", b"%PDF-1.7\nnothing\n")):
            self.expect_unanswered(file(name, content), "no page", limit=30 * cityid_process.SLOW)

    def test_without_pdftoppm_its_package_is_named(self):
        finished = scan(self.pdf((1,)), env=dict(os.environ, PATH="/nowhere"))
        self.expect_refused(finished, 3, "poppler-utils")


class BadFiles(Pictures):
    def test_other_kinds_of_pictures_say_how_to_convert(self):
        for name, content, word in (
                ("a.heic", b"\0\0\0\x1cftypheic\0\0\0\0mif1heic" + b"\0" * 100, "heif-convert"),
                ("a.avif", b"\0\0\0\x1cftypavif\0\0\0\0mif1miaf" + b"\0" * 100, "avifdec"),
                ("a.tiff", b"II*\0" + b"\0" * 100, "convert it"),
                ("a.bmp", b"BM" + b"\0" * 100, "convert it"),
                ("a.mp4", b"\0\0\0\x1cftypisom\0\0\0\0mp42" + b"\0" * 100, "neither")):
            with self.subTest(name):
                self.expect_unanswered(file(name, content), word)

    def test_pixels_that_a_header_promises_take_no_memory(self):
        for width, height in ((20000, 20000), (16384, 16384), (2**31 - 1, 2**31 - 1), (1, 2**31 - 1)):
            with self.subTest(width=width, height=height):
                rows = zlib.compress(b"\0" * 900000)
                self.expect_unanswered(file("promise.png", png_header(width, height) +
                                            chunk(b"IDAT", rows[:900]) + chunk(b"IEND", b"")))

    def test_a_png_that_says_one_thing_and_holds_another(self):
        rows = zlib.compress(b"\0" + b"\xff" * 64)
        head = png_header(64, 64)
        for name, content in (
                ("too few rows", head + chunk(b"IDAT", rows) + chunk(b"IEND", b"")),
                ("no pixels", head + chunk(b"IEND", b"")),
                ("a second header", head + head[8:] + chunk(b"IDAT", rows) + chunk(b"IEND", b"")),
                ("a wrong check", head[:-1] + b"x" + chunk(b"IDAT", rows) + chunk(b"IEND", b"")),
                ("a chunk of two gigabytes", head + b"\x7f\xff\xff\xffIDAT" + rows),
                ("a chunk of no size", head + b"\xff\xff\xff\xffIDAT" + rows),
                ("a bomb of a text", head + chunk(b"zTXt", b"a\0\0" + zlib.compress(b"x" * 50_000_000))
                 + chunk(b"IDAT", rows) + chunk(b"IEND", b"")),
                ("a palette that is not there", head[:25] + b"\x03" + head[26:29] +
                 struct.pack(">I", zlib.crc32(head[12:25] + b"\x03" + head[26:29])) +
                 chunk(b"IDAT", rows) + chunk(b"IEND", b""))):
            with self.subTest(name):
                self.expect_unanswered(file("fault.png", content))

    def test_a_jpeg_that_says_one_thing_and_holds_another(self):
        def segment(marker, content):
            return b"\xff" + bytes([marker]) + struct.pack(">H", len(content) + 2) + content
        frame = segment(0xC0, struct.pack(">BHHB", 8, 64, 64, 1) + b"\1\x11\0")
        scan_head = segment(0xDA, b"\1\1\0\0\x3f\0")
        for name, content in (
                ("nothing", b"\xff\xd8\xff\xd9"),
                ("no tables", b"\xff\xd8" + frame + scan_head + b"\0" * 100 + b"\xff\xd9"),
                ("a size of nothing", b"\xff\xd8" + segment(0xC0, struct.pack(">BHHB", 8, 0, 0, 1) +
                                                           b"\1\x11\0") + scan_head + b"\xff\xd9"),
                ("65500 x 65500", b"\xff\xd8" + segment(0xC0, struct.pack(">BHHB", 8, 65500, 65500, 1) +
                                                       b"\1\x11\0") + scan_head + b"\xff\xd9"),
                ("a segment over the end", b"\xff\xd8\xff\xe1\xff\xff" + b"Exif\0\0" + b"II*\0" * 9),
                ("markers without end", b"\xff\xd8" + b"\xff" * 100000)):
            with self.subTest(name):
                self.expect_unanswered(file("fault.jpg", content))

    def test_a_gif_of_a_hundred_thousand_frames_is_its_first_frame(self):
        # 16 x 16 white pixels: a clear code, 256 zeros, an end, in codes of 9 bits or fewer.
        head = b"GIF89a" + struct.pack("<HHBBB", 16, 16, 0x80, 0, 0) + b"\xff\xff\xff\0\0\0"
        pixels = "".join(f"{code:03b}"[::-1] for code in itertools.chain.from_iterable(
            (4, 0) for _ in range(256))) + f"{5:03b}"[::-1]
        data = bytes(int(pixels[i:i + 8].ljust(8, "0")[::-1], 2) for i in range(0, len(pixels), 8))
        image = b"," + struct.pack("<HHHHB", 0, 0, 16, 16, 0) + b"\2"
        image += b"".join(bytes([len(data[i:i + 255])]) + data[i:i + 255]
                          for i in range(0, len(data), 255)) + b"\0"
        many = scan(file("many.gif", head + image * 100_000 + b";"))
        self.assertEqual(many.status, 3, many)
        self.assertIn("of a moving picture the first frame alone was read", many.err)
        self.expect_unanswered(file("one.gif", head + image + b";"), "no QR code")
        self.expect_unanswered(file("cut.gif", head + image[:-3]), "damaged")
        huge = head[:6] + struct.pack("<HH", 65535, 65535) + head[10:]
        self.expect_unanswered(file("huge.gif", huge + image[:5] + struct.pack("<HH", 65535, 65535) +
                                    image[9:] + b";"), "too many pixels")

    def test_a_png_that_moves_is_its_first_frame(self):
        still = png(drawn(9))
        for frames, status in ((1, 0), (2, 3)):
            moving = still[:33] + chunk(b"acTL", struct.pack(">II", frames, 0)) + still[33:]
            finished = scan(file("moving.png", moving))
            self.assertEqual(finished.status, status, finished)
            self.expect_verdicts(finished, "valid")
            self.assertEqual("moving picture" in finished.err, frames == 2, finished)

    def test_a_webp_that_unpacks_to_more_than_is_read(self):
        def webp(content):
            return b"RIFF" + struct.pack("<I", len(content) + 4) + b"WEBP" + content
        # VP8L: a byte 2F, then width - 1 and height - 1 in 14 bits each.
        size = struct.pack("<I", 16382 | 16382 << 14)
        bomb = b"\x2f" + size + b"\0" * 40
        self.expect_unanswered(file("bomb.webp", webp(b"VP8L" + struct.pack("<I", len(bomb)) + bomb)))
        self.expect_unanswered(file("cut.webp", webp(b"VP8L\x10\0\0\0\x2f")))
        self.expect_unanswered(file("none.webp", webp(b"VP8X\x0a\0\0\0" + b"\2" + b"\0" * 9)))

    def test_a_file_of_two_kinds_is_what_it_begins_as(self):
        whole = DEMO.png().read_bytes()
        forged = with_other_last_digit(DEMO.url())
        for tail in (b"%PDF-1.7\n", forged.encode(), b"\xff\xd8\xff\xd9", whole):
            finished = scan(file("polyglot.png", whole + tail))
            self.expect_done(finished)
            self.expect_verdicts(finished, "valid")
        # A URL at the beginning is a URL, whatever follows.
        finished = scan(file("polyglot.txt", forged.encode() + b"\n" + whole))
        self.assertEqual(finished.status, 1, finished)

    def test_patterns_without_end_are_answered_in_time(self):
        pattern = [0b1111111, 0b1000001, 0b1011101, 0b1011101, 0b1011101, 0b1000001, 0b1111111, 0]
        for scale in (2, 3, 8):
            with self.subTest(scale=scale):
                line = [b"".join((b"\0" if row >> bit & 1 else b"\xff") * scale
                                 for bit in range(6, -2, -1) if bit >= 0) + b"\xff" * scale
                        for row in pattern]
                count = 1600 // (8 * scale)
                rows = [row * count for row in line for _ in range(scale)] * count
                self.expect_unanswered(file("tiles.png", png(rows)))

    def test_noise_and_dithers_have_no_codes(self):
        random = seeded("noise")
        noise = [random.randbytes(800) for _ in range(800)]
        dither = [bytes(255 * (random.randrange(800) < x) for x in range(800)) for _ in range(800)]
        for name, rows in (("noise.png", noise), ("dither.png", dither)):
            started = time.monotonic()
            finished = scan(file(name, png(rows)))
            self.assertLess(time.monotonic() - started, ANSWERED)
            self.assertEqual(finished.status, 3, finished)
            self.expect_verdicts(finished)


class Reader(Pictures):
    """The program that reads pictures, and what it may do."""

    def reader(self):
        return pathlib.Path(cityid_process.program()).with_name("cityid-reader")

    def test_it_has_no_files_no_network_and_no_children(self):
        process = subprocess.Popen([self.reader()], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        try:
            def filtered():
                status = pathlib.Path(f"/proc/{process.pid}/status").read_text()
                return "Seccomp:\t2" in status and "NoNewPrivs:\t1" in status
            cityid_process.wait_until(filtered, "a filter of system calls")
            limits = pathlib.Path(f"/proc/{process.pid}/limits").read_text()
            for name, most in (("cpu time", 4), ("address space", 1 << 30), ("file size", 0)):
                limit = re.search(rf"Max {name}\s+(\d+)\s+(\d+)", limits)
                self.assertEqual((int(limit[1]), int(limit[2])), (most, most), name)
            files = os.listdir(f"/proc/{process.pid}/fd")
            self.assertEqual(sorted(files), ["0", "1", "2"])
        finally:
            process.kill()
            process.wait()
            process.stdin.close()
            process.stdout.close()

    def test_it_ends_when_nobody_needs_it(self):
        process = subprocess.Popen([self.reader()], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)
        process.stdin.close()
        self.assertEqual(process.wait(cityid_process.DEADLINE), 0)

    def test_it_refuses_what_is_no_request(self):
        for request in (b"GET / HTTP/1.1\r\n\r\n", b"CYP1\2\0" + b"\0" * 20,
                        b"CYP1\0\0\xff\xff\xff\xff"):
            done = subprocess.run([self.reader()], input=request, stdout=subprocess.PIPE,
                                  timeout=cityid_process.DEADLINE, check=False)
            self.assertEqual((done.returncode, done.stdout), (2, b""), request)

    def test_only_it_links_what_decodes_images(self):
        linked = cityid_process.run("ldd", cityid_process.program()).out
        reads = cityid_process.run("ldd", self.reader()).out
        for library in ("libZXing", "libzbar", "libturbojpeg", "libwebp", "libgif", "libexif"):
            self.assertNotIn(library, linked)
            self.assertIn(library, reads)

    def test_without_it_pictures_are_not_read_and_codes_still_are(self):
        with cityid_process.temporary_directory() as place:
            alone = place / "cityid"
            shutil.copy(cityid_process.program(), alone)
            told = cityid_process.run(alone, "scan", DEMO.png(), "--ledger", DEMO.ledger)
            self.expect_refused(told, 3, "cityid-reader is not installed")
            self.expect_done(cityid_process.run(alone, "scan", DEMO.url(), "--ledger", DEMO.ledger))

    def test_one_that_misbehaves_is_said_and_harms_nothing(self):
        for name, body, words in (
                ("ends", "exit 1", "broke down"), ("crashes", "kill -SEGV $$", "broke down"),
                ("talks", "while :; do echo nonsense; done", "broke down"),
                ("hangs", "sleep 60", "too long")):
            with self.subTest(name), cityid_process.temporary_directory() as place:
                shutil.copy(cityid_process.program(), place / "cityid")
                reader = place / "cityid-reader"
                reader.write_text(f"#!/bin/sh\n{body}\n")
                reader.chmod(0o700)
                started = time.monotonic()
                told = cityid_process.run(place / "cityid", "scan", DEMO.png(), "--ledger",
                                          DEMO.ledger)
                self.assertLess(time.monotonic() - started, ANSWERED)
                self.expect_refused(told, 3, words)

    def test_a_kill_in_the_middle_harms_the_next_picture_nothing(self):
        # A picture over which the reader is busy for a second.
        busy = file("busy.png", png([os.urandom(1500) for _ in range(1500)]))
        with cityid_process.running("scan", "--json", "--ledger", DEMO.ledger, busy,
                                    DEMO.png()) as scanning:
            def at_work():
                for path in pathlib.Path("/proc").glob("[0-9]*/stat"):
                    try:
                        words = path.read_text().rsplit(")", 1)
                        ticks = sum(map(int, words[1].split()[11:13]))
                    except (OSError, ValueError, IndexError):
                        continue
                    parent = int(words[1].split()[1])
                    if parent == scanning.process.pid and "cityid-reader" in words[0] and ticks > 5:
                        return int(path.parent.name)
                return None
            os.kill(cityid_process.wait_until(at_work, "a reader at work"), signal.SIGKILL)
            scanning.process.wait(cityid_process.DEADLINE)
            finished = scanning.finished()
        self.assertEqual(finished.status, 3, finished)
        self.expect_verdicts(finished, "valid")


if __name__ == "__main__":
    cityid_process.main()
