"""docs/api.md as it stands there: every `$ curl` is run against the demonstration, and what comes is
what the document shows. `…` in the document stands for anything; its line breaks count for nothing.
Needs curl.
"""
import os
import pathlib
import re
import shlex
import time

import cbor2

import cityid_process
import sealed_file
import signed_code
from cityid_process import HOST, SHIJIAZHUANG, run
from signed_code import Code

DOCUMENT = pathlib.Path(__file__).resolve().parents[2] / "docs" / "api.md"
ADDRESS = f"https://{HOST}"
WIDTH = 130


def transcripts(text):
    """(line number, command, documented output) of each `$ curl` in a block."""
    found, inside = [], False
    for number, line in enumerate(text.splitlines(), 1):
        if line.startswith("```"):
            inside = not inside
        elif inside and line.startswith("$ "):
            found.append((number, line[2:], []))
        elif inside:
            found[-1][2].append(line)
    return found


def joined(lines):
    return "".join(line.rstrip("\r") for line in lines)


def escaped(text, anything):
    return anything.join(re.escape(part) for part in text.split("…"))


def pattern_of(lines):
    """Head lines stand each for one; what follows them, or all, may be broken anywhere."""
    pattern = ""
    if lines[0].startswith("HTTP/"):
        body = next((i for i, line in enumerate(lines) if line.startswith("{")), len(lines))
        for line in lines[:body]:
            pattern += "(?:[^\n]+\n)*" if line == "…" else escaped(line, "[^\n]*") + "\n"
        pattern, lines = pattern + "\n", lines[body:]
    return re.compile(pattern + escaped(joined(lines), ".*?"), re.DOTALL)


def came_of(text):
    """What came, as the pattern has it."""
    text = text.replace("\r\n", "\n")
    if not text.startswith("HTTP/"):
        return joined(text.split("\n"))
    first, body = text.split("\n\n", 1)
    return first + "\n\n" + joined(body.split("\n"))


class Document(cityid_process.Case):
    @classmethod
    def setUpClass(cls):
        cls.text = DOCUMENT.read_text(encoding="utf-8")
        demo = cls.enterClassContext(cityid_process.demo())
        cls.directory = cls.enterClassContext(cityid_process.temporary_directory())
        web = cls.directory / "web"
        web.mkdir()
        (web / "main.js").write_text("1;\n")
        cls.served = cls.enterClassContext(cityid_process.resolver(demo.ledger, "--web", web))
        page = cls.served.request("/scan").text
        code = Code(SHIJIAZHUANG, signed_code.read_key(demo.code_key()))
        (cls.directory / "code.cose").write_bytes(code.cose())
        (cls.directory / "code.png").write_bytes(demo.png().read_bytes())
        (cls.directory / "permit.pdf").write_bytes(
            sealed_file.seal(HOST, SHIJIAZHUANG, signed_code.read_key(demo.code_key())))
        (cls.directory / "questions.cbor").write_bytes(cbor2.dumps([SHIJIAZHUANG, code.cose()]))
        cls.variables = {"DIGITS": demo.url().rsplit("/", 1)[1],
                         "VERSION": re.search(r"/scan/([0-9a-f]+)/main\.js", page)[1],
                         "THEN": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())}

    def words(self, command):
        """The command with this resolver instead of the document's, which it also names in data."""
        command = re.sub(r"\$(\w+)", lambda match: self.variables[match[1]], command)
        words = shlex.split(command)
        self.assertEqual(words[0], "curl", command)
        address = next(i for i, word in enumerate(words) if word.startswith(ADDRESS))
        words[address] = self.served.url + words[address].removeprefix(ADDRESS)
        return [words[0], "-q", "--noproxy", "*", "--max-time", "30", *words[1:]]

    def test_every_transcript_is_what_comes(self):
        found = transcripts(self.text)
        self.assertGreater(len(found), 25)
        for number, command, expected in found:
            with self.subTest(line=number, command=command):
                finished = run(*self.words(command), cwd=self.directory,
                               env={"PATH": os.environ["PATH"], "HOME": str(self.directory)})
                self.assertEqual(finished.status, 0, finished)
                self.assertTrue(expected, "no output is shown")
                if not pattern_of(expected).fullmatch(came_of(finished.out)):
                    shown = "\n".join(expected)
                    self.fail(f"docs/api.md:{number} shows\n{shown}\nand this came\n{finished.out}")

    def test_what_differs_is_left_out_and_nothing_else_is(self):
        """An output of nothing but `…` would hold for everything."""
        for number, _, expected in transcripts(self.text):
            self.assertGreater(len(joined(expected).replace("…", "")), 2, f"line {number}")

    def test_every_way_to_ask_is_there(self):
        paths = self.served.request("/openapi.json").json()["paths"]
        commands = [command for _, command, _ in transcripts(self.text)]
        asked = [word for command in commands for word in self.words(command)
                 if word.startswith(self.served.url)]
        for path in paths:
            if path.startswith(("/ledger/", "/registry/")) or path.endswith("z"):
                continue  # of the formats' and the operators' documents
            if path == "/{id}/proof":
                continue  # that of a code is there
            shape = re.sub(r"\\\{\w+\\\}", "[^/?]+", re.escape(path)) + r"(\?.*)?"
            self.assertTrue([word for word in asked
                             if re.fullmatch(shape, word.removeprefix(self.served.url))], path)

    def test_lines_are_not_too_long(self):
        for number, line in enumerate(self.text.splitlines(), 1):
            self.assertLessEqual(len(line), WIDTH, f"docs/api.md:{number}")


if __name__ == "__main__":
    cityid_process.main()
