"""A stamp lies where it was asked for on the page as it is shown, upright and in its size, whatever the
page's boxes, turns and contents are, and nothing else on the page changes. Judged by pictures of
another program's."""
import subprocess
import unittest

import cityid_process
import handmade_pdf
from handmade_pdf import one_page, stream
from stamper import QUIET, Gray, Refused, Stamper, drawn, region, symbol

A6 = "/MediaBox [0 0 298 420]"
# Something in every part of a page, so that what moves or is covered shows.
PICTURE = "".join(f"{x} {y} {6 + x % 7} {4 + y % 5} re f\n"
                  for x in range(-200, 900, 23) for y in range(-200, 1000, 31))
CAPTION = ["MA.156.1301.02-K7", "id.example.cn"]
MODULE = 0.8
LENGTH = 20_000


def setUpModule():
    global SYMBOL
    SYMBOL = symbol("HTTPS://ID.EXAMPLE.CN/TEST")


def sealed(content, page=-1, x=6.0, y=9.0):
    """A file with a stamp, the number of its page, and that page's size in mm."""
    with Stamper(content) as stamper:
        _, number, width, height, _ = stamper.look(page)
        before, after = stamper.stamp(page, x, y, len(SYMBOL), MODULE, CAPTION, LENGTH)
    return content + before + region(SYMBOL, LENGTH) + after, number, (width, height)


class Places(unittest.TestCase):
    def expect_stamp(self, content, page=-1, x=6.0, y=9.0, lines=""):
        """Stamps a page and compares its picture with what it should be. `lines`: what poppler says
        about the original, too."""
        out, number, (width, _) = sealed(content, page, x, y)
        with cityid_process.temporary_directory() as directory:
            path = f"{directory}/out.pdf"
            with open(path, "wb") as file:
                file.write(out)
            check = subprocess.run(["qpdf", "--check", path], capture_output=True, text=True)
            self.assertEqual(check.returncode, 0, check.stdout + check.stderr)
        before, _ = drawn(content, number)
        after, said = drawn(out, number)
        self.assertEqual(said, lines)
        self.assertEqual((before.width, before.height), (after.width, after.height))
        scale = after.width / width  # pixels a mm; poppler knows no user units
        side = len(SYMBOL)
        left, top = (x + QUIET * MODULE) * scale, (y + QUIET * MODULE) * scale
        for row in range(-QUIET, side + QUIET):
            for column in range(-QUIET, side + QUIET):
                dark = 0 <= row < side and 0 <= column < side and SYMBOL[row][column]
                pixel = after.at(left + (column + 0.5) * MODULE * scale,
                                 top + (row + 0.5) * MODULE * scale)
                self.assertEqual(pixel < 128, dark, f"module {column}, {row}")
        self.expect_the_rest(before, after, x * scale, y * scale,
                             (side + 2 * QUIET) * MODULE * scale)
        return out

    def expect_the_rest(self, before: Gray, after: Gray, left, top, width):
        """Nothing changed but in the stamp's rectangle, which reaches a caption's height below."""
        bottom = top + width * 1.4
        for row in range(after.height):
            line = slice(row * after.width, (row + 1) * after.width)
            old, new = before.pixels[line], after.pixels[line]
            if old == new:
                continue
            self.assertTrue(top - 1 <= row <= bottom + 1, f"row {row}")
            first = next(i for i, pair in enumerate(zip(old, new)) if pair[0] != pair[1])
            last = next(i for i in range(len(old) - 1, -1, -1) if old[i] != new[i])
            self.assertGreaterEqual(first, left - 1, f"row {row}")
            self.assertLessEqual(last, left + width + 1, f"row {row}")

    def test_plain_page(self):
        self.expect_stamp(one_page(A6, PICTURE))

    def test_turned_pages(self):
        for turn in (90, 180, 270, 360, -90, 450):
            with self.subTest(turn):
                self.expect_stamp(one_page(f"{A6} /Rotate {turn}", PICTURE))

    def test_boxes_that_begin_elsewhere(self):
        for box in ("[-100 -50 198 370]", "[398 520 100 100]", "[12.5 7.25 310.75 427.5]"):
            with self.subTest(box):
                self.expect_stamp(one_page(f"/MediaBox {box}", PICTURE))

    def test_cropped_pages(self):
        for turn in (0, 90, 180, 270):
            with self.subTest(turn):
                self.expect_stamp(
                    one_page(f"/MediaBox [0 0 500 700] /CropBox [60 90 380 600] /Rotate {turn}", PICTURE))

    def test_user_units(self):
        self.expect_stamp(one_page("/MediaBox [0 0 149 210] /UserUnit 2", PICTURE))
        self.expect_stamp(one_page("/MediaBox [0 0 149 210] /UserUnit 2 /Rotate 90", PICTURE))
        self.expect_stamp(one_page("/MediaBox [0 0 2980 4200] /UserUnit 0.1", PICTURE))

    def test_inherited_attributes(self):
        inherited = ("/MediaBox [0 0 500 700] /CropBox [60 90 380 600] /Rotate 270 /Resources << "
                     "/ExtGState << /S << /LW 9 >> >> >>")
        self.expect_stamp(one_page("", "/S gs 70 300 m 300 500 l S\n" + PICTURE, pages=inherited))

    def test_inherited_attributes_that_are_overruled(self):
        self.expect_stamp(one_page(f"{A6} /Rotate 0", PICTURE, pages="/MediaBox [0 0 9 9] /Rotate 90"))

    def test_one_of_many_pages(self):
        kids = [f"<< /Type /Page /Parent 2 0 R {A6} /Contents 3 0 R >>" for _ in range(5)]
        content = handmade_pdf.pdf(["<< /Type /Catalog /Pages 2 0 R >>",
                                    "<< /Type /Pages /Kids [4 0 R 5 0 R 6 0 R 7 0 R 8 0 R] /Count 5 >>",
                                    stream(PICTURE), *kids])
        out = self.expect_stamp(content, page=3)
        for page in (1, 2, 4, 5):
            self.assertEqual(drawn(content, page)[0].pixels, drawn(out, page)[0].pixels)

    def test_states_that_the_content_leaves(self):
        for left in ("q 0.5 0 0 0.5 30 30 cm q", "0 1 -1 0 300 0 cm", "1 0 0 rg 1 0 0 RG 20 w",
                     "0 0 10 10 re W n", "q 0 0 10 10 re W n q", "BT /None 12 Tf 100 100 Td",
                     "/Span BMC /Span BMC", "BX", "40 40 m 200 200 l", "0 0 200 200 re W"):
            with self.subTest(left):
                expected = "" if "/None" not in left else None
                content = one_page(A6, PICTURE + left)
                lines = drawn(content, 1)[1] if expected is None else ""
                self.expect_stamp(content, lines=lines)

    def test_states_that_nobody_saved(self):
        for stray in ("Q", "Q Q Q", "q Q Q q", "Q q 2 0 0 2 0 0 cm"):
            with self.subTest(stray):
                self.expect_stamp(one_page(A6, f"{PICTURE}\n{stray}"))
        with self.assertRaisesRegex(Refused, "never saved"):
            sealed(one_page(A6, f"Q\n{PICTURE}"))

    def test_content_that_a_viewer_gives_up(self):
        with self.assertRaisesRegex(Refused, "which there is not"):
            sealed(one_page(A6, f"{PICTURE}\nxxx 0 0 yyy 0 0 cm"))

    def test_forms_of_contents(self):
        self.expect_stamp(one_page(A6, contents=""))
        self.expect_stamp(one_page(A6, PICTURE, contents="/Contents [4 0 R]"))
        self.expect_stamp(one_page(A6, PICTURE, contents="/Contents 5 0 R",
                                   more=["[4 0 R 6 0 R]", stream("0 0 20 20 re f")]))
        self.expect_stamp(one_page(A6, "q 1 0 0", contents="/Contents [4 0 R 5 0 R]",
                                   more=[stream(f"1 5 5 cm {PICTURE} Q")]))

    def test_forms_of_resources(self):
        use = "/S gs 70 300 m 200 400 l S\n"
        states = "<< /ExtGState << /S << /LW 9 >> >> >>"
        self.expect_stamp(one_page(f"{A6} /Resources {states}", use + PICTURE))
        self.expect_stamp(one_page(f"{A6} /Resources 5 0 R", use + PICTURE, more=[states]))
        self.expect_stamp(one_page(f"{A6} /Resources << /ColorSpace 5 0 R >>",
                                   "/CityIDGray cs 0 0.5 0 sc\n" + PICTURE,
                                   more=["<< /CityIDGray /DeviceRGB >>"]))

    def test_a_page_in_a_transparency_group(self):
        self.expect_stamp(one_page(
            f"{A6} /Group << /S /Transparency /CS /DeviceCMYK /I true >> "
            "/Resources << /ExtGState << /S << /ca 0.3 /CA 0.3 /BM /Multiply >> >> >>",
            "/S gs\n" + PICTURE))

    def test_files_written_anew(self):
        with cityid_process.temporary_directory() as directory:
            with open(f"{directory}/in.pdf", "wb") as file:
                file.write(one_page(A6, PICTURE))
            for options in (["--object-streams=generate"], ["--linearize"],
                            ["--linearize", "--object-streams=generate"], ["--qdf"],
                            ["--force-version=2.0", "--object-streams=generate"]):
                with self.subTest(options):
                    subprocess.run(["qpdf", *options, "in.pdf", "out.pdf"], cwd=directory, check=True)
                    with open(f"{directory}/out.pdf", "rb") as file:
                        self.expect_stamp(file.read())

    def test_a_file_without_its_last_line_feed(self):
        self.expect_stamp(one_page(A6, PICTURE)[:-1])

    def test_a_stamp_beside_another(self):
        once, _, _ = sealed(one_page("/MediaBox [0 0 600 420]", PICTURE))
        twice = self.expect_stamp(once, x=120)
        self.assertTrue(twice.startswith(once))

    def test_corners(self):
        content = one_page(A6, PICTURE)
        width, height = 298 / 72 * 25.4, 420 / 72 * 25.4
        side = (len(SYMBOL) + 2 * QUIET) * MODULE
        self.expect_stamp(content, x=0, y=0)
        self.expect_stamp(content, x=width - side, y=0)
        for x, y in ((width - side + 0.1, 0), (0, height - side)):
            with self.assertRaisesRegex(Refused, "isn't within the page"):
                sealed(content, x=x, y=y)


class Encrypted(unittest.TestCase):
    def test_encrypted_files_are_refused(self):
        with cityid_process.temporary_directory() as directory:
            with open(f"{directory}/in.pdf", "wb") as file:
                file.write(one_page(A6, PICTURE))
            for user in ("", "secret"):
                subprocess.run(["qpdf", "--encrypt", user, "owner", "256", "--", "in.pdf", "out.pdf"],
                               cwd=directory, check=True)
                with open(f"{directory}/out.pdf", "rb") as file:
                    with self.assertRaisesRegex(Refused, "qpdf --decrypt"):
                        Stamper(file.read())


if __name__ == "__main__":
    cityid_process.main()
