"""The scanner in a real browser, with a camera that plays a film of a printed code: what it says of
every code, with a network, without one, and when something is missing.

Beside the arguments of every process test:
    --package DIR       cityid.wasm and cityid.js (build/wasm/package)
    --node-modules DIR  as for pages_test.py
    --screenshots DIR   save pictures, too
It needs chromium, nodejs and npm.
"""
import json
import pathlib
import re
import shutil
import sys
import time
import unittest
import urllib.parse

import cityid_process
import picture
import signed_code
import web_cases
from cityid_process import DEPARTMENT, HOST, SHIJIAZHUANG, resolver
from signed_code import Code, with_other_last_digit
from web_cases import LANGUAGES, SUPERSEDED, SUSPENDED, WITHDRAWN, node, tool

ROOT = pathlib.Path(__file__).resolve().parents[2]
ELSEWHERE = "MA.156.1100"  # a city that the pack which is kept doesn't have


def setUpModule():
    global WORLD, CODES, FOUND, WEB
    chromium = tool("chromium", "chromium-browser")
    web_cases.install_packages()
    demo = unittest.enterModuleContext(cityid_process.demo())
    directory = unittest.enterModuleContext(cityid_process.temporary_directory())
    WORLD = web_cases.World(demo, unittest.enterModuleContext)
    WEB = assembled()
    CODES = codes_of(WORLD)
    film = directory / "film.y4m"
    film.write_bytes(picture.video(demo.png().read_bytes()))
    programs = {"first": WEB, "second": changed(directory / "second", "words.js", b"\n// newer\n"),
                "broken": changed(directory / "broken", "cityid.wasm", b"damaged", whole=True)}
    ports = {name: unittest.enterModuleContext(resolver(demo.ledger, "--web", web)).port
             for name, web in programs.items()}
    pictures = {"valid": demo.png(), "revoked": demo.directory / "revoked.png"}
    screenshots = web_cases.OPTIONS.screenshots
    FOUND = node("scanner.mjs", {
        "chromium": chromium, "film": str(film), "ports": ports, "here": SHIJIAZHUANG,
        "codes": {name: text for name, (text, _) in CODES.items()},
        "pictures": {name: str(path.resolve()) for name, path in pictures.items()},
        "languages": [language.name for language in LANGUAGES],
        "directory": str(screenshots.resolve()) if screenshots else None})


def assembled():
    """The program as `./dev web` builds it."""
    package = web_cases.OPTIONS.package or ROOT / "build" / "wasm" / "package"
    to = web_cases.OPTIONS.node_modules.parent / "scanner"
    done = cityid_process.run(ROOT / "assets" / "web" / "assemble", package, to,
                              timeout=web_cases.NODE_SECONDS)
    if done.status != 0:
        raise AssertionError(f"the scanner could not be assembled: {done}")
    return to


def changed(to, name, content, whole=False):
    """A copy of the program in which a file has more at its end, or something else."""
    shutil.copytree(WEB, to)
    (to / f"{name}.gz").unlink()
    (to / name).write_bytes(content if whole else (to / name).read_bytes() + content)
    return to


def codes_of(world):
    """Texts of codes, and the verdict on each: {name: (text, verdict)}."""
    demo, key, valid = world.demo, world.key(), world.demo.url()

    def code(subject=SHIJIAZHUANG, signer=key, **claims):
        return Code(subject, signer, **claims).url(HOST)
    revoked = cityid_process.cityid("code", "inspect", "--raw", demo.directory / "revoked.png")
    now = int(time.time())
    codes = {
        "valid": valid, "forged": with_other_last_digit(valid), "revoked": revoked.out.strip(),
        "expired": code(issued=now - 3 * signed_code.DAY, days=1),
        "not-yet-valid": code(issued=now + 10 * signed_code.DAY),
        "unknown-id": code(f"{SHIJIAZHUANG}.99"), "unknown-key": code(signer=world.key(ELSEWHERE)),
        "wrong-host": valid.replace(HOST, "id.example.net"), "malformed": "https://example.net/",
    }
    codes = {name: (text, name) for name, text in codes.items()}
    codes["unit"] = (code(DEPARTMENT, purpose=signed_code.UNIT), "valid")
    codes["identifier"] = (SHIJIAZHUANG, "registered")
    codes["surrounded"] = (f"scanned: {valid} yesterday", "valid")
    for identifier, verdict in ((SUSPENDED, "suspended"), (SUPERSEDED, "superseded"),
                                (WITHDRAWN, "withdrawn"), (ELSEWHERE, "elsewhere")):
        codes[verdict] = (demo.url(identifier), "valid" if verdict == "elsewhere" else verdict)
    return codes


def by_packs(name, verdict):
    """What can be said of a code with the pack of one city alone."""
    outside = ("suspended", "superseded", "withdrawn", "elsewhere")
    return "cant-tell" if name in outside else verdict


class Online(cityid_process.Case):
    found = property(lambda self: FOUND["online"])

    def test_the_camera_reads_a_code_and_it_is_judged_here(self):
        scanned = self.found["scanned"]
        self.assertEqual((scanned["verdict"], scanned["tone"]), ("valid", "good"))
        self.assertIn("on this device, with the keys of 2 of 3 institutes", scanned["how"])
        self.assertTrue(scanned["focused"])
        print(f"from the picture to the verdict: {scanned['milliseconds']} ms")

    def test_every_verdict_is_that_of_the_server_in_its_words(self):
        for name, (text, verdict) in CODES.items():
            with self.subTest(name):
                found = self.found["verdicts"][name]
                self.assertEqual(found["verdict"], verdict, found)
                self.assertEqual(found["title"], WORLD.title(verdict, LANGUAGES[0]))
                # Only what is no code needs no proof.
                self.assertEqual("keys of 2 of 3" in found["how"], verdict != "malformed")

    def test_photos_are_read(self):
        self.assertEqual({name: found["verdict"] for name, found in self.found["photos"].items()},
                         {"valid": "valid", "revoked": "revoked"})

    def test_a_proof_that_was_changed_on_its_way_is_no_answer(self):
        self.assertEqual((self.found["spoilt"]["verdict"], self.found["spoilt"]["why"]),
                         ("cant-tell", "bad_proof"))

    def test_nothing_is_asked_of_another_host(self):
        hosts = {urllib.parse.urlsplit(url).netloc for url in self.found["requests"]}
        self.assertEqual(hosts, {"localhost"})

    def test_the_browser_complains_of_nothing(self):
        self.assertEqual(self.found["errors"], [])

    def test_axe_finds_nothing_and_it_fits_a_small_phone(self):
        self.assertEqual(self.found["faults"]["scanned"], [])


class Offline(cityid_process.Case):
    found = property(lambda self: FOUND["offline"])

    def test_the_pack_says_its_size_and_age(self):
        self.assertRegex(self.found["pack"], rf"^{SHIJIAZHUANG}: \d+ KB, ledger of .*\d:\d\d")
        self.assertEqual(self.found["again"], self.found["pack"])

    def test_the_camera_reads_a_code_and_the_pack_judges_it(self):
        scanned = self.found["scanned"]
        self.assertEqual(scanned["verdict"], "valid")
        self.assertIn(f"without a network: pack {SHIJIAZHUANG}, keys of 2 of 3", scanned["how"])

    def test_every_code_is_judged_or_nobody_can_tell(self):
        for name, (_, verdict) in CODES.items():
            with self.subTest(name):
                found = self.found["verdicts"][name]
                self.assertEqual(found["verdict"], by_packs(name, verdict), found)
                if found["verdict"] == "cant-tell":
                    self.assertEqual((found["why"], found["tone"]), ("not_reached", "dim"))

    def test_it_speaks_three_languages(self):
        for language in LANGUAGES:
            with self.subTest(language.name):
                found = self.found["languages"][language.name]
                self.assertEqual((found["title"], found["lang"], found["direction"]),
                                 (WORLD.title("valid", language), language.tag, language.direction))
                self.assertIn(language.scanner, found["heading"])
                self.assertEqual(found["faults"], [])


class Changes(cityid_process.Case):
    def test_a_new_version_takes_over_and_keeps_the_packs(self):
        found = FOUND["update"]
        self.assertNotEqual(found["first"], found["second"])
        self.assertEqual(found["offline"], found["second"])
        self.assertEqual((len(found["firstCaches"]), len(found["secondCaches"])), (1, 1))
        self.assertNotEqual(found["firstCaches"], found["secondCaches"])
        self.assertIn(SHIJIAZHUANG, found["pack"])
        self.assertEqual(found["verdict"]["verdict"], "valid")


class Missing(cityid_process.Case):
    def test_a_camera_that_is_refused(self):
        self.assertIn("camera may not be used", FOUND["refused"]["said"])
        self.assertEqual(FOUND["refused"]["verdict"]["verdict"], "valid")

    def test_no_room_for_a_pack(self):
        self.assertIn("no room", FOUND["full"]["said"])
        self.assertEqual(FOUND["full"]["verdict"]["verdict"], "valid")

    def test_a_damaged_checker_leaves_the_form_that_asks_the_server(self):
        found = FOUND["broken"]
        self.assertIn("could not be loaded", found["said"])
        self.assertTrue(found["hidden"])
        self.assertEqual(found["path"], "/verify")
        self.assertTrue(found["title"].startswith(WORLD.title("valid", LANGUAGES[0])))


class Program(cityid_process.Case):
    def test_everything_is_kept_for_use_without_a_network(self):
        worker = (WEB / "service.worker.js").read_text()
        listed = set(re.findall(r"'([^']+)'", re.search(r"kFiles = \[(.*?)\]", worker, re.S)[1]))
        files = {path.name for path in WEB.iterdir() if path.suffix not in (".gz", ".txt")}
        self.assertEqual(listed | {"service.worker.js"}, files)

    def test_the_first_load_is_small(self):
        sizes = {path.name: path.stat().st_size for path in WEB.glob("*.gz")}
        page = len(WORLD.resolver.request("/scan").body)
        print(f"first load: {page + sum(sizes.values())} bytes; {json.dumps(sizes)}")
        self.assertLess(page + sum(sizes.values()), 700_000)


if __name__ == "__main__":
    web_cases.read_options()
    sys.exit(cityid_process.main())
