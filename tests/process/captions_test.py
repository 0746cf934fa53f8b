"""What `code new` draws: how large it is in print, what stands below the code, that readers which
are not ours find the code all the same."""
import contextlib
import http.server
import json
import re
import threading
import unittest

import cityid_process
import drawn_code
import picture
from cityid_process import HOST, SHIJIAZHUANG, cityid
from drawn_code import pdf_objects, zbar

RIYADH = "MA.682.G108410"  # has names in Chinese, English and Arabic
MODULES = 53  # of a city's code at level M, with the quiet zone
SEED = 20261129


def setUpModule():
    global DEMO, FILES
    DEMO = unittest.enterModuleContext(cityid_process.demo())
    FILES = unittest.enterModuleContext(cityid_process.temporary_directory())


def code_new(output, *options, **how):
    return drawn_code.code_new(DEMO, output, *options, **how)


def dark_columns(row):
    return [x for x, pixel in enumerate(row) if pixel < 128]


@contextlib.contextmanager
def lying_resolver(names):
    """A resolver that calls every code valid and every city by these names."""
    answer = json.dumps({"verdict": "valid", "id": SHIJIAZHUANG, "names": names,
                         "ledger": {"hosts": [HOST]}}).encode()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


class DrawnCase(cityid_process.Case):
    def draw(self, name, *options, **how):
        """A code that was drawn: its file and its URL."""
        finished = code_new(FILES / name, *options, **how)
        self.expect_done(finished)
        return FILES / name, finished.out.strip()

    def expect_quiet(self, file, scale=8):
        """The code has its quiet zone on all sides, and the caption its own margin."""
        rows = picture.grey_rows(file.read_bytes())
        margin = 4 * scale
        code = rows[:MODULES * scale]
        self.assertEqual(dark_columns(bytes(map(min, *code)))[0], margin)
        self.assertEqual(dark_columns(bytes(map(min, *code)))[-1], (MODULES - 4) * scale - 1)
        for zone in (rows[:margin], rows[(MODULES - 4) * scale:MODULES * scale], rows[-2 * scale:]):
            self.assertEqual({pixel for row in zone for pixel in row}, {255})
        everywhere = bytes(map(min, *rows))
        self.assertGreaterEqual(everywhere.find(bytes([0])), margin)
        self.assertEqual(set(everywhere[:margin] + everywhere[-margin:]), {255})


class Size(DrawnCase):
    def test_a_png_says_how_large_it_is_in_print(self):
        for options, wide in ((("--scale", 8), 42.4), (("--scale", 3), 42.4),
                              (("--size", 60), 60), (("--size", 60, "--bare", "--scale", 11), 60)):
            with self.subTest(options=options):
                file, _ = self.draw("size.png", *options)
                self.assertAlmostEqual(picture.millimetres(file.read_bytes())[0], wide, delta=0.05)

    def test_an_svg_says_how_large_it_is_in_print(self):
        for options, wide in (((), "42.4mm"), (("--size", 60), "60mm"),
                              (("--size", 60, "--bare"), "60mm")):
            file, _ = self.draw("size.svg", *options)
            self.assertIn(f' width="{wide}" ', file.read_text(), options)
        self.assertIn(' height="60mm" ', file.read_text(), "without a caption it is a square")

    def test_a_pdf_is_as_wide_as_was_asked_for(self):
        file, _ = self.draw("size.pdf", "--size", 60)
        box = re.search(rb"/MediaBox \[ 0 0 ([\d.]+) ([\d.]+) \]", pdf_objects(file.read_bytes()))
        self.assertAlmostEqual(float(box[1]) * 25.4 / 72, 60, delta=0.01)
        self.assertGreater(float(box[2]), float(box[1]))


class Captions(DrawnCase):
    def test_another_reader_finds_the_code_above_a_caption_at_every_size(self):
        for scale in (3, 4, 8):  # 0.8 mm in 3 pixels are 95 dpi
            file, url = self.draw("read.png", "--scale", scale, "--ledger", DEMO.ledger)
            self.assertEqual(zbar(file), [url], scale)
            self.expect_quiet(file, scale)

    def test_names_of_three_scripts_are_below_the_code(self):
        url = ("--ledger", DEMO.ledger)
        with_names, _ = self.draw("names.png", *url, identifier=RIYADH)
        without, _ = self.draw("no-names.png", identifier=RIYADH)
        bare, _ = self.draw("bare.png", *url, "--bare", identifier=RIYADH)
        heights = [len(picture.grey_rows(file.read_bytes())) for file in (with_names, without, bare)]
        self.assertEqual(heights, sorted(heights, reverse=True))
        self.assertEqual(len(set(heights)), 3)
        self.assertEqual(heights[2], MODULES * 8)
        for file in (with_names, without):
            self.expect_quiet(file)

    def test_an_svg_needs_no_fonts_and_a_pdf_has_none(self):
        svg, _ = self.draw("c.svg", "--ledger", DEMO.ledger)
        self.assertEqual(svg.read_text().count("<path"), 2)
        self.assertNotIn("<text", svg.read_text())
        pdf, _ = self.draw("c.pdf", "--ledger", DEMO.ledger)
        objects = pdf_objects(pdf.read_bytes())
        self.assertIn(b"/MediaBox", objects)
        self.assertNotRegex(objects, rb"/Type\s*/Font\b|/BaseFont|/FontFile")

    def test_lines_of_ones_own_stand_instead(self):
        one, _ = self.draw("one.png", "--caption", "Entrance B")
        two, _ = self.draw("two.png", "--caption", "Entrance B", "--caption", "东门")
        self.expect_quiet(one)
        self.assertLess(len(picture.grey_rows(one.read_bytes())),
                        len(picture.grey_rows(two.read_bytes())))

    def test_hostile_names_stay_below_and_between_the_margins(self):
        for names in ({"en": "W" * 10240}, {"ar": "ش" * 5000, "zh": "石" * 3000, "en": "x" * 9000},
                      {"en": "Z" + "\u0301" * 200}, {"en": "a\u202eb\u2066c\nd\x1b[31m\x00"},
                      {"x\n<y>": "a", "en": "</svg><script>"}, {"en": "\u3000"}, {"en": ""},
                      {"en": "👩‍👩‍👧 city"}, {"en": 7, "zh": {"a": 1}},
                      {f"x{i}": chr(0x0E01 + i * 128) for i in range(80)}):
            with self.subTest(names=str(names)[:60]), lying_resolver(names) as resolver:
                file, url = self.draw("hostile.png", "--resolver", resolver)
                self.assertEqual(zbar(file), [url])
                self.expect_quiet(file)
                svg, _ = self.draw("hostile.svg", "--resolver", resolver)
                self.assertNotIn("script", svg.read_text())

    def test_what_no_font_shows_is_said(self):
        with lying_resolver({"akk": "\U00012000", "en": "Babylon"}) as resolver:
            finished = code_new(FILES / "a.png", "--resolver", resolver)
        self.expect_done(finished)
        self.assertIn("\U00012000", finished.err)
        self.assertIn("akk", finished.err)
        self.assertEqual(finished.err.count("\n"), 1, finished)

    def test_codes_of_the_demonstration_have_captions(self):
        for file in (DEMO.png(RIYADH), DEMO.directory / "revoked.png"):
            self.expect_quiet(file)
            self.assertGreater(len(picture.grey_rows(file.read_bytes())), MODULES * 8)


class Carriers(DrawnCase):
    HELD_AT_ANY_ANGLE = {"tilt": 0.12, "degrees": 7, "noise": 6, "module": 5.5}
    # The reader of Debian 12 finds an Aztec symbol in little more than a scan of its sheet.
    LAID_FLAT = {"tilt": 0.03, "degrees": 1, "noise": 8, "module": 4}

    def test_a_raw_code_is_read_back_from_a_drawing_and_a_photograph(self):
        for options, camera in ((("--symbol", "datamatrix"), self.HELD_AT_ANY_ANGLE),
                                (("--raw",), self.HELD_AT_ANY_ANGLE),
                                (("--symbol", "aztec"), self.LAID_FLAT)):
            with self.subTest(options=options):
                file, url = self.draw("raw.png", *options, "--ledger", DEMO.ledger)
                rows = picture.grey_rows(file.read_bytes())
                photograph = FILES / "photograph.png"
                photograph.write_bytes(picture.photographed(rows, SEED, **camera))
                for seen in (file, photograph):
                    scanned = cityid("scan", "--json", "--ledger", DEMO.ledger, seen)
                    self.expect_done(scanned)
                    (line,) = scanned.json_lines()
                    self.assertEqual(line["verdict"], "valid")
                    self.assertEqual(line["code"]["serial"], self.serial_of(url))

    def serial_of(self, url):
        return json.loads(cityid("code", "inspect", "--json", url).out)["serial"]

    def test_they_are_drawn_in_every_format_that_is_a_picture_and_in_no_other(self):
        for ending in ("svg", "pdf"):
            self.draw(f"aztec.{ending}", "--symbol", "aztec")
        for ending in ("txt", "cose"):
            finished = code_new(FILES / f"no.{ending}", "--symbol", "aztec")
            self.expect_refused(finished, 2, "--symbol aztec")
            self.assertFalse((FILES / f"no.{ending}").exists())


class Text(DrawnCase):
    """A text file is seen in a window whose colours and line spacing nobody knows."""

    def test_any_reader_finds_the_code_on_a_dark_and_on_a_light_background(self):
        file, url = self.draw("code.txt")
        for ink, paper in ((220, 17), (17, 255)):
            seen = FILES / "window.png"
            seen.write_bytes(picture.typeset(file.read_text(), ink, paper, gap=0))
            self.assertEqual(set(zbar(seen)), {url}, (ink, paper))

    def test_gaps_between_lines_do_no_harm_to_a_reader_of_inverted_codes(self):
        file, url = self.draw("code.txt")
        for ink, paper in ((220, 17), (17, 255)):
            for gap in (1, 2, 4):
                seen = FILES / "window.png"
                seen.write_bytes(picture.typeset(file.read_text(), ink, paper, gap))
                self.assertEqual(set(zbar(seen, "-Stest-inverted")), {url}, (ink, paper, gap))

    def test_colours_are_set_for_a_terminal_or_if_one_wants_them(self):
        plain, _ = self.draw("plain.txt")
        self.assertNotIn("\x1b", plain.read_text())
        colored, _ = self.draw("colored.txt", "--color")
        lines = colored.read_text().splitlines()
        self.assertEqual(len(lines), (MODULES + 1) // 2)
        for line in lines:
            self.assertTrue(line.startswith("\x1b[38;5;231;48;5;16m"))
            self.assertTrue(line.endswith("\x1b[0m"))


if __name__ == "__main__":
    cityid_process.main()
