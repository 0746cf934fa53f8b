"""Talks to `cityid-pdf` as `cityid` does (codec/stamp/stamp.h), and looks at what it made."""
import pathlib
import struct
import subprocess

import cbor2
import cityid_process

QUIET = 4  # modules around a symbol
MM = 1_000_000  # nanometres


class Refused(Exception):
    """What the program said was wrong: its kind, and the words."""

    def __init__(self, kind, words):
        super().__init__(words)
        self.kind = kind


class Stamper:
    """A file that is open in a process of the program."""

    def __init__(self, content):
        program = pathlib.Path(cityid_process.program()).parent / "cityid-pdf"
        self._process = subprocess.Popen([program], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self._process.stdin.write(struct.pack(">Q", len(content)) + content)
        self._process.stdin.flush()
        try:
            self._answer()
        except Refused:
            self.__exit__()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._process.stdin.close()
        self._process.stdout.close()
        self._process.wait()

    def _answer(self):
        head = self._process.stdout.read(4)
        assert len(head) == 4, f"the program ended: {self._process.wait()}"
        answer = cbor2.loads(self._process.stdout.read(*struct.unpack(">I", head)))
        if answer[0] == 1:
            raise Refused(answer[1], answer[2])
        return answer[1:]

    def _ask(self, question):
        message = cbor2.dumps(question, canonical=True)
        self._process.stdin.write(struct.pack(">I", len(message)) + message)
        self._process.stdin.flush()
        return self._answer()

    def look(self, page=-1):
        """Pages, page, width and height in mm, and the kinds of concerns."""
        pages, number, width, height, concerns, _ = self._ask([0, page])
        return pages, number, width / MM, height / MM, [kind for kind, _ in concerns]

    def stamp(self, page, x, y, modules, module, caption, region):
        """What comes before a region and after it; lengths in mm."""
        return self._ask([1, page, round(x * MM), round(y * MM), modules, round(module * MM),
                          list(caption), region])


def symbol(text):
    """The rows of a QR code, each module a bool, from another encoder."""
    drawn = subprocess.run(["qrencode", "-t", "ASCII", "-m", "0", "-l", "M", text],
                           capture_output=True, text=True, check=True).stdout
    return [[row[2 * i] == "#" for i in range(len(row) // 2)] for row in drawn.splitlines()]


def region(rows, length):
    """A region that draws a symbol (docs/document-seal.md 1.2), but for its first line."""
    out = "%M 0 test\n"
    for y, row in enumerate(rows):
        x = 0
        while x < len(row):
            end = x
            while end < len(row) and row[end]:
                end += 1
            if end > x:
                out += f"{x} {len(rows) - 1 - y} {end - x} 1 re\n"
            x = max(end, x + 1)
    out += "f\n"
    assert len(out) < length
    return out.ljust(length - 1).encode() + b"\n"


class Gray:
    """A gray picture, as pdftoppm writes it."""

    def __init__(self, content):
        kind, size, _, self.pixels = content.split(b"\n", 3)
        assert kind == b"P5"
        self.width, self.height = map(int, size.split())

    def at(self, x, y):
        return self.pixels[int(y) * self.width + int(x)]


def drawn(content, page, dpi=150):
    """A page as poppler shows it."""
    made = subprocess.run(["pdftoppm", "-cropbox", "-gray", "-r", str(dpi), "-f", str(page), "-l",
                           str(page), "-"], input=content, capture_output=True, check=True)
    return Gray(made.stdout), made.stderr.decode()
