"""What `code new` does where a code can't be drawn as asked: it says so before it spends a serial.
What it and the demonstration do without fonts, without `cityid-print`, and if that dies."""
import os
import pathlib
import re
import shutil
import struct
import subprocess
import unittest

import cbor2

import cityid_process
import drawn_code
from cityid_process import HOST, SHIJIAZHUANG, run
from drawn_code import frames, zbar


def setUpModule():
    global DEMO, FILES
    DEMO = unittest.enterModuleContext(cityid_process.demo())
    FILES = unittest.enterModuleContext(cityid_process.temporary_directory())


def code_new(output, *options, **how):
    return drawn_code.code_new(DEMO, output, *options, **how)


def next_serial():
    """The next serial of the key that draws codes here."""
    return int(pathlib.Path(f"{DEMO.code_key()}.serial").read_text())


class Spent(cityid_process.Case):
    """A serial is spent for a code that is drawn, and for no other."""

    WRONG = ((2, "20 mm", "x.png", "--size", 2000), (2, "--size", "x.png", "--size", 900000),
             (2, "20 mm", "x.png", "--size", 1100), (2, "20 mm", "x.svg", "--bare", "--size", 1100),
             (2, "--size", "x.svg", "--bare", "--size", 900000),
             (2, "no font", "x.png", "--caption", "\U00012000"),
             (2, "no font", "x.pdf", "--caption", "fine", "--caption", "\u3000"),
             (2, "--caption", "x.txt", "--caption", "a"), (2, "--size", "x.txt", "--size", 60),
             (2, "--caption", "x.cose", "--caption", "a"), (2, "--size", "x.cose", "--size", 60),
             (2, "--color", "x.png", "--color"), (2, "--resolver", "x.png", "--resolver", "x y"),
             (3, "nowhere", "x.png", "--ledger", "/nowhere"), (3, "nowhere", "nowhere/x.png"))

    def test_what_is_wrong_with_the_arguments_is_said_before(self):
        for status, word, output, *options in self.WRONG:
            before = next_serial()
            with self.subTest(output=output, options=options):
                finished = code_new(FILES / "spent" / output, *options)
                self.expect_refused(finished, status, word)
                self.assertEqual(next_serial(), before)
        self.assertEqual(list((FILES / "spent").iterdir()), [])

    def setUp(self):
        (FILES / "spent").mkdir(exist_ok=True)

    def test_a_code_takes_one(self):
        before = next_serial()
        self.expect_done(code_new(FILES / "one.png"))
        self.assertEqual(next_serial(), before + 1)

    def test_if_nobody_answers_the_code_is_there_and_lacks_names(self):
        gone = ("--resolver", "http://127.0.0.1:1")
        for options, lacks in (((), True), (("--bare",), False), (("--caption", "A"), False)):
            finished = code_new(FILES / "spent.png", *options, *gone)
            self.assertEqual(finished.status, 3, finished)
            self.assertEqual(zbar(FILES / "spent.png"), [finished.out.strip()])
            self.assertEqual("spent.png has no names below its code" in finished.err, lacks)


class Fonts(cityid_process.Case):
    """A machine that lacks fonts."""

    def environment(self, *directories):
        folder = pathlib.Path(self.enterContext(cityid_process.temporary_directory()))
        listed = "".join(f"<dir>{each}</dir>" for each in directories)
        (folder / "fonts.conf").write_text(
            f"<fontconfig>{listed}<cachedir>{folder}/cache</cachedir></fontconfig>")
        return os.environ | {"FONTCONFIG_FILE": str(folder / "fonts.conf")}

    def demo(self, environment):
        folder = pathlib.Path(self.enterContext(cityid_process.temporary_directory()))
        finished = cityid_process.make_demo(folder / "demo", env=environment)
        self.expect_done(finished)
        return finished.err

    def test_the_demonstration_goes_on_without_captions(self):
        said = self.demo(self.environment())
        self.assertEqual(said.count("codes have no captions"), 1, said)
        self.assertIn("fonts-dejavu-core", said)

    def test_the_demonstration_says_how_many_names_its_captions_lack(self):
        said = self.demo(self.environment("/usr/share/fonts/truetype/dejavu"))
        self.assertEqual(len(re.findall(r"captions of codes lack [1-9]\d* names", said)), 1, said)
        self.assertNotIn("no captions", said)

    def test_a_code_says_which_fonts_to_install(self):
        before = next_serial()
        finished = code_new(FILES / "f.png", env=self.environment())
        self.expect_refused(finished, 2, "fonts-dejavu-core", "--bare")
        self.assertEqual(next_serial(), before)


class Helper(cityid_process.Case):
    """A copy of `cityid` that has another `cityid-print` beside it, or none."""

    def setUp(self):
        self.folder = pathlib.Path(self.enterContext(cityid_process.temporary_directory()))
        self.program = self.folder / "cityid"
        shutil.copy(cityid_process.program(), self.program)
        reader = pathlib.Path(cityid_process.program()).with_name("cityid-reader")
        (self.folder / reader.name).symlink_to(reader)

    def put(self, script):
        file = self.folder / "cityid-print"
        file.write_text(f"#!/bin/sh\n{script}\n")
        file.chmod(0o755)

    def test_without_it_nothing_is_spent_and_the_way_out_is_named(self):
        before = next_serial()
        for options in (("x.png",), ("x.svg",), ("x.pdf", "--bare"),
                        ("x.png", "--bare", "--symbol", "aztec")):
            finished = code_new(self.folder / options[0], *options[1:], program=self.program)
            self.expect_refused(finished, 3, "cityid-print is not installed", "--bare")
            self.assertFalse((self.folder / options[0]).exists())
        self.assertEqual(next_serial(), before)

    def test_without_it_bare_codes_text_and_raw_codes_are_made(self):
        for options in (("x.png", "--bare"), ("x.svg", "--bare"), ("x.txt",), ("x.cose",)):
            self.expect_done(code_new(self.folder / options[0], *options[1:], program=self.program))
        self.assertEqual(len(zbar(self.folder / "x.png")), 1)

    def test_the_demonstration_goes_on_without_captions(self):
        finished = run(self.program, "demo", "--dir", self.folder / "demo", "--once")
        self.expect_done(finished)
        self.assertEqual(finished.err.count("cityid-print is not installed"), 1, finished)

    def test_the_demonstration_goes_on_if_it_dies(self):
        self.put("kill -9 $$")
        finished = run(self.program, "demo", "--dir", self.folder / "demo", "--once")
        self.expect_done(finished)
        self.assertEqual(finished.err.count("codes have no captions"), 1, finished)
        self.assertIn("signal 9", finished.err)

    def test_if_it_dies_one_line_says_so_and_no_file_is_left(self):
        for script, word in (("kill -9 $$", "signal 9"), ("exit 127", "status 127"),
                             ("head -c 9 >/dev/null; kill -SEGV $$", "signal 11"),
                             ("printf '\\000\\000\\000\\001x'; exec sleep 100", "gave no answer")):
            self.put(script)
            finished = code_new(self.folder / "x.png", program=self.program)
            self.expect_refused(finished, 3, "cityid-print", word)
            self.assertFalse((self.folder / "x.png").exists())

    def test_two_at_once_draw_what_each_was_asked_for(self):
        command = [cityid_process.program(), "code", "new", SHIJIAZHUANG, "--key", DEMO.code_key(),
                   "--host", HOST, "-o"]
        processes = [subprocess.Popen([*command, self.folder / f"{i}.png"],
                                      stdout=subprocess.PIPE, stderr=subprocess.PIPE)
                     for i in range(4)]
        urls = [process.communicate()[0].decode().strip() for process in processes]
        self.assertEqual(len(set(urls)), 4)
        for i, url in enumerate(urls):
            self.assertEqual(zbar(self.folder / f"{i}.png"), [url])

    def test_its_memory_does_not_grow_with_the_number_of_drawings(self):
        modules = bytes((21 * 21 + 7) // 8)
        question = cbor2.dumps([0, modules, 0, 800_000, 0, 1,
                                [[0, "", "MA.156.1301-UB"], [2, "zh", "石家庄市"]]])
        print_program = pathlib.Path(cityid_process.program()).with_name("cityid-print")
        with subprocess.Popen([print_program], stdin=subprocess.PIPE,
                              stdout=subprocess.PIPE) as process:
            def draw(times):
                for _ in range(times):
                    process.stdin.write(struct.pack(">I", len(question)) + question)
                    process.stdin.flush()
                    answer = process.stdout.read(struct.unpack(">I", process.stdout.read(4))[0])
                    self.assertEqual(cbor2.loads(answer)[0], 0)
                pages = pathlib.Path(f"/proc/{process.pid}/statm").read_text().split()[1]
                return int(pages) * 4096

            before = draw(50)
            self.assertLess(draw(2000) - before, 2 << 20, "under a kilobyte a drawing")

    def test_what_it_is_sent_by_others_ends_it_without_an_answer(self):
        print_program = pathlib.Path(cityid_process.program()).with_name("cityid-print")
        for sent in (b"\xff\xff\xff\xff", b"\0\0", b"\0\0\0\5abc"):
            done = subprocess.run([print_program], input=sent, capture_output=True, timeout=60,
                                  check=False)
            self.assertEqual((done.returncode, done.stdout), (2, b""))
            self.assertEqual(done.stderr.count(b"\n"), 1)
        done = subprocess.run([print_program], input=b"\0\0\0\1x" * 3, capture_output=True,
                              timeout=60, check=False)
        self.assertEqual(done.returncode, 0)
        self.assertEqual([kind for kind, _ in frames(done.stdout)], [1] * 3, "three refusals")


if __name__ == "__main__":
    cityid_process.main()
