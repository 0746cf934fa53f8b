"""What the command line says to somebody who uses it for the first time."""
import json
import re
import subprocess

import cityid_process
import registry_cases
from cityid_process import HOST, SHIJIAZHUANG, cityid
from registry_cases import QUORUM, RegistryCase


def setUpModule():
    registry_cases.set_up()


def fed(text, *arguments):
    """Runs a command with this on its standard input; its output is bytes."""
    return subprocess.run([cityid_process.program(), *map(str, arguments)], input=text,
                          capture_output=True, check=False, timeout=cityid_process.DEADLINE)


class Commands(cityid_process.Case):
    def test_an_unknown_command_names_the_nearest_one(self):
        for words, nearest in ((["scna"], "scan"), (["supend"], "suspend"),
                               (["ledger", "exprt"], "export")):
            finished = cityid(*words)
            self.assertEqual((finished.status, finished.out), (2, ""))
            self.assertIn(f"There is no command '{words[-1]}'; did you mean '{nearest}'?",
                          finished.err)
        self.assertNotIn("did you mean", cityid("photosynthesis").err)


class Keys(cityid_process.Case):
    def setUp(self):
        self.directory = self.enterContext(cityid_process.temporary_directory())
        self.secret = self.directory / "passphrase"
        self.key = self.directory / "new.key"

    def make(self, passphrase):
        self.secret.write_text(passphrase + "\n")
        return cityid("key", "new", self.key, "--passphrase-file", self.secret)

    def test_a_weak_passphrase_is_refused_with_the_reason(self):
        for weak in ("", "abc", "1234567"):
            self.expect_refused(self.make(weak), 3, "8 characters", "guessed")
            self.assertFalse(self.key.exists())
        self.expect_done(self.make("12345678"))

    def test_nobody_is_asked_for_a_passphrase_of_a_file_that_exists(self):
        self.expect_done(self.make("a long passphrase"))
        self.expect_refused(cityid("key", "new", self.key), 1, "exists")


class Streams(RegistryCase):
    def test_content_comes_from_standard_input_and_a_record_goes_to_standard_output(self):
        content = self.content().read_bytes()
        made = fed(content, *self.application(content="-"), "-o", "-", "--yes", "--registry",
                   self.served.url)
        self.assertEqual(made.returncode, 0, made)
        self.assertTrue(made.stdout.startswith(b"\xd8\x62"), "a COSE_Sign and nothing else")
        handed_in = fed(made.stdout, "submit", "-", "--registry", self.served.url)
        self.assertRegex(handed_in.stdout, rb"\Awaiting [0-9a-f]{64}\n\Z")

    def test_a_code_goes_to_standard_output_and_is_scanned_from_standard_input(self):
        self.assigned()
        made = fed(b"", "code", "new", SHIJIAZHUANG, "--key", self.key(f"{SHIJIAZHUANG}.code"),
                   "--host", HOST, "--format", "png", "-o", "-")
        self.assertTrue(made.stdout.startswith(b"\x89PNG"), made)
        scanned = fed(made.stdout, "scan", "-", "--ledger", self.consortium.ledger)
        self.assertEqual(scanned.returncode, 0, scanned)
        self.expect_refused(cityid("code", "new", SHIJIAZHUANG, "--key", self.key("x"), "--host",
                                   HOST, "-o", "-"), 2, "--format")


class Codes(RegistryCase):
    def new(self, key, name="code.png", *options):
        return cityid("code", "new", SHIJIAZHUANG, "--key", self.key(key), "--host", HOST, "-o",
                      self.path(name), *options)

    def test_a_code_that_nobody_accepts_is_made_with_a_warning(self):
        self.assigned()
        good, bad = f"{SHIJIAZHUANG}.code", f"{SHIJIAZHUANG}.record"
        for where in (("--ledger", self.consortium.ledger), ("--resolver", self.served.url)):
            finished = self.new(bad, "code.png", *where)
            self.expect_done(finished)
            self.assertIn("warning: nobody accepts this code yet: unknown-key", finished.err)
            self.assertEqual(self.new(good, "code.png", *where).err, "")
        self.assertIn("not checked: ", self.new(good).err)

    def test_a_pdf_is_as_wide_as_one_says(self):
        for millimetres in (30, 100):
            for bare in (("--bare",), ()):
                self.expect_done(self.new("code", "code.pdf", "--size", millimetres, *bare))
                box = re.search(rb"/MediaBox \[ ?0 0 ([\d.]+) ([\d.]+)",
                                self.path("code.pdf").read_bytes())
                width, height = (float(side) * 25.4 / 72 for side in box.groups())
                self.assertAlmostEqual(width, millimetres, delta=0.4)
                if bare:
                    self.assertAlmostEqual(height, millimetres, delta=0.4)
                else:
                    self.assertGreater(height, millimetres + 5, "with what is below the code")

    def test_a_drawing_is_not_scanned_and_what_to_scan_is_said(self):
        self.expect_done(self.new("code", "code.svg"))
        finished = cityid("scan", self.path("code.svg"), "--ledger", self.consortium.ledger)
        self.expect_refused(finished, 3, "code.svg", "drawing", "PNG")


class Content(RegistryCase):
    def apply(self, **metadata):
        content = {"metadata": {"names": {"en": "City"}, "level": "city", **metadata}}
        return self.registry(*self.application(content=self.consortium.file("c.json", content)),
                             keys=QUORUM)

    def test_positions_are_in_degrees_as_in_answers(self):
        self.expect_done(self.apply(position={"latitude": 38.0428, "longitude": 114}))
        answer = self.expect_verdict(200, "registered")
        self.assertEqual(answer["position"], {"latitude": 38.0428, "longitude": 114})

    def test_whole_numbers_of_the_records_unit_are_still_read(self):
        self.expect_done(self.apply(position={"latitude": 380428000, "longitude": 1140000000}))
        answer = self.expect_verdict(200, "registered")
        self.assertEqual(answer["position"], {"latitude": 38.0428, "longitude": 114})

    def test_errors_name_the_member(self):
        for words, metadata in (
                (("metadata", "names", "text"), {"names": {"en": 1}}),
                (("metadata", "names", "object"), {"names": "City"}),
                (("metadata", "level", "text"), {"level": 3}),
                (("metadata", "population", "whole number"), {"population": "many"}),
                (("metadata", "position", "latitude", "degrees"),
                 {"position": {"latitude": "38", "longitude": 114}})):
            with self.subTest(words=words):
                self.expect_refused(self.apply(**metadata), 1, "c.json", *words)
        file = self.consortium.file("d.json", {
            "metadata": {"names": {"en": "City"}, "level": "city"},
            "endpoints": [{"rel": "about", "href": "https://a.example/", "access": "open"},
                          {"rel": "about", "href": "https://a.example/", "access": "all"}]})
        self.expect_refused(self.registry(*self.application(content=file)), 1, "d.json",
                            "endpoints", "number 2", "access", "'all' is unknown")


class Officer(RegistryCase):
    def test_who_applies_learns_where_to_look_and_what_to_print(self):
        finished = self.registry(*self.application())
        self.expect_done(finished)
        identifier = finished.out.split()[1]
        self.assertIn(f"cityid applications {identifier} --registry {self.served.url}",
                      finished.err)
        self.assertIn(f"cityid code new {SHIJIAZHUANG} --key {self.key(f'{SHIJIAZHUANG}.code')} "
                      f"--host {HOST}", finished.err)


class Checking(RegistryCase):
    def check(self, *options):
        return cityid("serve", "--check", "--ledger", self.consortium.ledger, *options)

    def test_a_right_configuration_is_said_to_be_right_and_nothing_is_served(self):
        finished = self.check("--registry", "--log-key", self.key("log"), "--name", HOST)
        self.expect_done(finished)
        self.assertEqual(finished.err, "the configuration is right\n")

    def test_what_is_wrong_is_named(self):
        config = self.path("serve.toml")
        for word, line in (("held", "held = 0"), ("lissten", 'lissten = "127.0.0.1:1"'),
                           ("missing.key", f'log-key = ["{self.path("missing.key")}"]'),
                           ("missing.pem", f'listen-tls = ["127.0.0.1:1"]\ntls-certificate = '
                                           f'"{self.path("missing.pem")}"\ntls-key = "x"'),
                           ("missing.txt", f'follow = ["http://127.0.0.1:1"]\n'
                                           f'trust = "{self.path("missing.txt")}"')):
            config.write_text(line + "\n")
            finished = self.check("--config", config)
            self.assertNotEqual(finished.status, 0, finished)
            self.expect_one_line(finished, word)

    def test_a_witnesss_configuration_is_checked_with_either_name_of_its_passphrase_file(self):
        settings = {"ledger": str(self.path("w")), "key": str(self.key("witness1")),
                    "log": "http://127.0.0.1:1", "trust": str(self.consortium.trust)}
        for name in ("passphrase-file", "passphrase_file"):
            config = self.consortium.file("witness.toml", "".join(
                f"{key} = {json.dumps(value)}\n" for key, value in
                (settings | {name: str(self.path("p"))}).items()))
            self.expect_done(cityid("witness", "--check", "--config", config))
        self.assertFalse(self.path("w").exists())
        config.write_text(config.read_text().replace("witness1.key", "gone.key"))
        self.expect_refused(cityid("witness", "--check", "--config", config), 3, "gone.key")


if __name__ == "__main__":
    cityid_process.main()
