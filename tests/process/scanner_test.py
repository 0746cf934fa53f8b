"""The scanner in a real browser, with a camera that plays a film of a printed code: what it says of
every code, with a network, without one, and when something is missing.

Beside the arguments of every process test:
    --package DIR       cityid.wasm and cityid.js (build/wasm/package)
    --node-modules DIR  as for pages_test.py
    --screenshots DIR   save pictures, too
    --story NAME        tell only this story of tests/web/scanner.mjs with the program CITYID, and
                        print what was found
It needs chromium, nodejs and npm.
"""
import json
import re
import sys
import unittest
import urllib.parse

import cityid_process
import scanner_cases
import web_cases
from cityid_process import SHIJIAZHUANG, cityid
from scanner_cases import COUNTRY, ELSEWHERE
from web_cases import LANGUAGES, SUPERSEDED, SUSPENDED, WITHDRAWN

OFFLINE = "ERR_INTERNET_DISCONNECTED"  # what the browser says of each request without a network
SIDE_ENTRANCES = ("identifier", "surrounded", "typed")  # what is no scanned code


def setUpModule():
    global WORLD, CODES, FOUND, WEB
    world = scanner_cases.set_up()
    WORLD, CODES, WEB = world.web, world.codes, world.program
    FOUND = world.told()


def by_city_pack(verdict, identifier):
    """What can be said of a code with the pack of one city alone."""
    return "cant-tell" if identifier in (SUSPENDED, SUPERSEDED, WITHDRAWN, ELSEWHERE) else verdict


class ScannerCase(cityid_process.Case):
    def expect_verdicts(self, found, wanted):
        for name, verdict in wanted.items():
            with self.subTest(name):
                self.assertEqual(found[name]["verdict"], verdict, found[name])

    def expect_cant_tell(self, found, why):
        self.assertEqual((found["verdict"], found["why"], found["tone"]), ("cant-tell", why, "dim"),
                         found)


class Online(ScannerCase):
    found = property(lambda self: FOUND["online"])

    def test_the_camera_reads_a_code_and_it_is_judged_here(self):
        scanned = self.found["scanned"]
        self.assertEqual((scanned["verdict"], scanned["tone"]), ("valid", "good"))
        self.assertIn("on this device, with the keys of 2 of 3 institutes", scanned["how"])
        self.assertTrue(scanned["focused"])

    def test_every_verdict_is_that_of_the_server_in_its_words(self):
        for name, (text, verdict, _) in CODES.items():
            with self.subTest(name):
                found = self.found["verdicts"][name]
                self.assertEqual(found["verdict"], verdict, found)
                self.assertEqual(found["title"], WORLD.title(verdict, LANGUAGES[0]))
                # Only what is no code needs no proof.
                self.assertEqual("keys of 2 of 3" in found["how"],
                                 verdict not in ("malformed", "unsupported"))

    def test_no_verdict_is_left_out(self):
        page = WORLD.resolver.request("/scan").text
        self.assertNotIn('id="words"', page)
        listed = json.loads(scanner_cases.words_of(FOUND["ports"]["first"]))["verdicts"]
        judged = {verdict for _, verdict, _ in CODES.values()} | {FOUND["stale"]["verdict"]["verdict"]}
        self.assertEqual(judged, set(listed))

    def test_it_is_the_verdict_of_the_program(self):
        for name, (text, verdict, _) in CODES.items():
            if name not in SIDE_ENTRANCES:
                with self.subTest(name):
                    done = cityid("scan", text, "--ledger", WORLD.demo.ledger, "--json")
                    self.assertEqual(json.loads(done.out)["verdict"], verdict)

    def test_facts_of_a_document_come_first_and_as_they_were_written(self):
        for found in (self.found, FOUND["offline"]):
            shown = found["verdicts"]["document"]["text"].split("\n")
            lines = [text for fact in scanner_cases.FACTS for text in fact]
            lines = ["Facts", *lines, "Document", "permit"]
            self.assertEqual([line for line in shown if line in lines], lines)

    def test_photos_are_read_in_three_symbologies_and_bytes_are_bytes(self):
        self.expect_verdicts(self.found["photos"], {
            "valid": "valid", "revoked": "revoked", "datamatrix-cose": "valid",
            "aztec-cose": "valid", "qr-cose": "valid", "qr-cose-forged": "forged"})

    def test_every_code_of_a_picture_is_judged_and_a_warning_comes_first(self):
        for several in (self.found["several"], FOUND["several"]["verdicts"]):
            self.assertEqual([each["verdict"] for each in several], ["revoked", "valid", "valid"])
            self.assertEqual([each["which"] for each in several],
                             [f"Code {i} of 3 in this picture" for i in (1, 2, 3)])
            self.assertTrue(all(each["view"] > 10 for each in several), several)

    def test_a_picture_without_a_code_is_no_verdict(self):
        self.assertIn("No code was found", self.found["nothing"])

    def test_a_proof_that_was_changed_on_its_way_is_no_answer(self):
        self.expect_cant_tell(self.found["spoilt"], "bad_proof")

    def test_axe_finds_nothing_and_it_fits_a_small_phone(self):
        for name, wrong in self.found["faults"].items():
            with self.subTest(name):
                self.assertEqual(wrong, [])


class Offline(ScannerCase):
    found = property(lambda self: FOUND["offline"])

    def test_the_pack_says_its_size_and_age(self):
        self.assertRegex(self.found["pack"], rf"^{SHIJIAZHUANG}: \d+ KB, ledger of .*\d:\d\d")
        self.assertEqual(self.found["again"], self.found["pack"])

    def test_the_camera_reads_a_code_and_the_pack_judges_it(self):
        scanned = self.found["scanned"]
        self.assertEqual(scanned["verdict"], "valid")
        self.assertIn(f"on this device with the pack {SHIJIAZHUANG}", scanned["how"])
        self.assertIn("keys of 2 of 3", scanned["how"])

    def test_every_code_is_judged_or_nobody_can_tell(self):
        for name, (_, verdict, identifier) in CODES.items():
            with self.subTest(name):
                found = self.found["verdicts"][name]
                self.assertEqual(found["verdict"], by_city_pack(verdict, identifier), found)
                if found["verdict"] == "cant-tell":
                    self.expect_cant_tell(found, "not_reached")

    def test_with_the_pack_of_the_country_no_code_of_it_is_left_undecided(self):
        self.expect_verdicts(self.found["country"],
                             {name: verdict for name, (_, verdict, _) in CODES.items()})
        self.assertIn(f"pack {COUNTRY} ", self.found["country"]["suspended"]["how"])

    def test_a_pack_is_not_kept_without_a_network_and_removed_at_once(self):
        self.assertIn("needs a network", self.found["keptBefore"])
        self.assertEqual(self.found["left"], [COUNTRY])

    def test_it_speaks_three_languages(self):
        for language in LANGUAGES:
            with self.subTest(language.name):
                found = self.found["languages"][language.name]
                self.assertEqual((found["title"], found["lang"], found["direction"]),
                                 (WORLD.title("valid", language), language.tag, language.direction))
                self.assertIn(language.scanner, found["heading"])
                self.assertIn(SHIJIAZHUANG, found["how"])
                self.assertEqual(found["faults"], [])


class Update(ScannerCase):
    found = property(lambda self: FOUND["update"])

    def test_a_new_version_takes_over_and_keeps_the_packs(self):
        self.assertNotEqual(self.found["first"], self.found["second"])
        self.assertEqual(self.found["offline"], self.found["second"])
        for caches, version in (("firstCaches", "first"), ("secondCaches", "second")):
            self.assertEqual([f"scan {self.found[version].removesuffix('main.js')}"],
                             self.found[caches])
        self.assertIn(SHIJIAZHUANG, self.found["pack"])
        self.assertEqual(self.found["verdict"]["verdict"], "valid")

    def test_a_page_of_the_old_version_says_so_and_works_on(self):
        self.assertIn("a newer version", self.found["notice"])
        self.assertEqual(self.found["oldVerdict"]["verdict"], "valid")


class Hands(ScannerCase):
    def test_a_keyboard_is_enough(self):
        found = FOUND["keyboard"]
        self.assertEqual(found["scanned"]["verdict"], "valid")
        self.assertEqual(found["pasted"]["verdict"], "forged")
        self.assertTrue(found["pasted"]["focused"])
        self.assertIn(SHIJIAZHUANG, found["pack"])
        self.assertEqual((found["afterVerdict"], found["backAt"], found["keysOpen"]),
                         (1, "prefix", True))
        for way in ("toCamera", "toPhoto", "toField", "toTrust"):
            for at in found[way]:
                with self.subTest(way, at=at["name"]):
                    self.assertTrue(at["ring"] and at["seen"], at)

    def test_another_camera_and_its_light(self):
        found = FOUND["cameras"]
        self.assertEqual(len(found["cameras"]), 2)
        self.assertEqual((found["lit"], found["pressed"]), ([True], "false"))
        self.assertNotEqual(found["before"], found["after"])
        self.assertEqual(found["running"], 0, "cameras that nobody stopped")

    def test_two_tabs_share_what_is_kept(self):
        found = FOUND["tabs"]
        self.assertEqual(found["both"], [["valid", "forged", "valid", "forged", "valid"]] * 2)
        self.assertEqual((found["early"], found["waited"]), (False, "valid"))
        self.assertEqual(found["packs"][0], found["packs"][1])
        self.assertEqual(found["offline"]["verdict"], "suspended")


class Missing(ScannerCase):
    def test_a_camera_that_is_refused(self):
        found = FOUND["refused"]
        self.assertIn("camera may not be used", found["said"])
        self.assertEqual((found["verdict"]["verdict"], found["photo"]["verdict"], found["faults"]),
                         ("valid", "valid", []))

    def test_no_camera(self):
        self.assertIn("No camera was found", FOUND["noCamera"]["said"])
        self.assertEqual(FOUND["noCamera"]["verdict"]["verdict"], "valid")

    def test_no_room_for_a_pack(self):
        found = FOUND["full"]
        self.assertIn("no room", found["said"])
        self.assertEqual((found["verdict"]["verdict"], found["packs"]), ("valid", 0))

    def test_a_browser_that_keeps_nothing(self):
        found = FOUND["forgetful"]
        self.assertIn("keeps nothing", found["warning"])
        self.assertIn(SHIJIAZHUANG, found["pack"])
        self.assertEqual(found["verdict"]["verdict"], "valid")

    def test_what_is_kept_is_cleared_while_the_page_is_open(self):
        found = FOUND["evicted"]
        self.assertEqual([found[name]["verdict"] for name in ("open", "pack", "reopened", "offline")],
                         ["forged", "revoked", "valid", "malformed"])
        self.assertEqual(found["packs"], 0)

    def test_a_damaged_checker_asks_the_server_and_says_so(self):
        found = FOUND["broken"]
        self.assertIn("This server is asked instead", found["said"])
        self.assertEqual((found["path"], found["settings"], found["faults"]), ("/verify", True, []))
        self.assertTrue(found["title"].startswith(WORLD.title("valid", LANGUAGES[0])))
        self.assertEqual(found["scanned"][0], "/verify")
        self.assertTrue(found["scanned"][1].startswith(WORLD.title("valid", LANGUAGES[0])))

    def test_a_missing_checker_asks_the_server_and_says_so(self):
        found = FOUND["missing"]
        self.assertIn("This server is asked instead", found["said"])
        self.assertEqual(found["path"], "/verify")
        self.assertTrue(found["title"].startswith(WORLD.title("forged", LANGUAGES[0])))

    def test_a_damaged_reader_leaves_text_to_be_judged_here(self):
        found = FOUND["unreadable"]
        self.assertIn("reads pictures could not be loaded", found["said"])
        self.assertEqual(found["verdict"]["verdict"], "valid")

    def test_a_checker_that_came_to_an_end_is_loaded_anew_with_its_packs(self):
        found = FOUND["tripping"]
        self.assertEqual([each["verdict"] for each in found["several"]],
                         ["revoked", "valid", "valid"])
        by_pack = [how for how in found["first"] if f"with the pack {COUNTRY} " in how]
        self.assertEqual(len(by_pack), 1, found["first"])
        self.assertEqual(found["then"]["verdict"], "forged")
        self.assertNotIn("pack", found["then"]["how"])
        self.assertEqual(found["quick"]["verdict"], "forged")

    def test_without_scripts_the_form_asks_the_server_and_the_page_says_so(self):
        found = FOUND["noScript"]
        self.assertTrue(found["hidden"])
        self.assertIn("asks this server", found["said"])
        self.assertEqual(found["path"], "/verify")
        self.assertTrue(found["title"].startswith(WORLD.title("valid", LANGUAGES[0])))


class Keys(ScannerCase):
    def test_a_week_later_nobody_can_tell(self):
        found = FOUND["stale"]
        for name in ("verdict", "offline"):
            self.assertEqual((found[name]["verdict"], found[name]["tone"]), ("ledger-stale", "dim"))
        self.assertIn("too old to tell anything", found["pack"])
        self.assertEqual(len(found["asked"]), 1, "the pack was older than a day")

    def test_what_is_no_trust_file_is_not_kept(self):
        found = FOUND["noKeys"]
        self.assertEqual(found["first"]["verdict"], "cant-tell")
        self.assertEqual(found["later"]["verdict"], "valid")

    def test_keys_that_the_institutes_have_replaced_are_followed_and_old_ones_count_no_more(self):
        found = FOUND["renewed"]
        self.assertEqual((found["verdict"]["verdict"], found["offline"]["verdict"]),
                         ("valid", "valid"))
        logs = [re.findall("^log .*$", found[name], re.MULTILINE) for name in ("before", "after")]
        self.assertEqual([len(lines) for lines in logs], [1, 1])
        self.assertNotEqual(*logs)
        self.assertIn("can't be used", found["oldPack"])
        self.assertIn("ledger of", found["newPack"])

    def test_an_older_state_of_the_ledger_is_not_believed(self):
        found = FOUND["older"]
        self.assertEqual([found[name]["verdict"] for name in ("then", "now")],
                         ["valid", "suspended"])
        for name in ("again", "reopened"):
            self.expect_cant_tell(found[name], "bad_proof")
        self.assertIn("could not be kept", found["pack"])

    def test_other_keys_count_at_once_also_for_packs(self):
        found = FOUND["otherKeys"]
        self.assertIn("no trust file that can be used", found["refused"])
        self.assertEqual(found["after"]["verdict"], "valid")
        self.expect_cant_tell(found["other"], "bad_proof")
        self.expect_cant_tell(found["offline"], "not_reached")
        self.assertEqual([found[name]["verdict"] for name in ("back", "backOffline")],
                         ["valid", "valid"])


class Hostile(ScannerCase):
    found = property(lambda self: FOUND["hostile"])

    def test_codes_with_anything_in_them_are_no_codes(self):
        for name, found in self.found["codes"].items():
            with self.subTest(name):
                self.assertEqual(found["verdict"], scanner_cases.HOSTILE[name][1], found)
                self.assertNotIn("<img", found["text"])
        self.assertEqual(self.found["images"], 0)

    def test_answers_of_the_host_that_are_none(self):
        for name, why in (("garbage", "bad_proof"), ("empty", "bad_proof"), ("huge", "bad_proof"),
                          ("silent", "not_reached")):
            with self.subTest(name):
                self.expect_cant_tell(self.found[name]["proof"], why)
        for name, why in (("garbage", "cbor"), ("empty", "cbor"), ("huge", "has more than")):
            with self.subTest(name):
                self.assertRegex(self.found[name]["pack"], rf"could not be kept\..*{why}")
        self.assertEqual(self.found["after"]["verdict"], "valid")

    def test_what_a_search_finds_is_a_prefix_and_text(self):
        self.assertEqual(self.found["offers"][0], "<img src=x onerror=alert(1)>\nKeep MA.156")
        self.assertFalse([offer for offer in self.found["offers"] if "evil" in offer])


class Sealed(ScannerCase):
    found = property(lambda self: FOUND["sealed"])
    WANTED = {  # what the page says of the file, and each seal's state and verdict
        "genuine": ("file_good", [("unchanged", "valid")]),
        "changed": ("file_changed", [("changed", "valid")]),
        "added-to": ("file_added", [("added-to", "valid")]),
        "again": ("file_good", [("added-to", "valid"), ("unchanged", "valid")]),
        "by-another": ("file_added", [("added-to", "valid"), ("unchanged", "valid")]),
        "stranger": ("file_bad", [("unchanged", "unknown-key")]),
        "wrong-host": ("file_bad", [("unchanged", "wrong-host")]),
        "none": ("file_none", []),
    }

    def test_the_file_stands_above_the_verdicts_of_its_codes(self):
        for name, (file, seals) in self.WANTED.items():
            with self.subTest(name):
                shown = self.found["files"][name]
                self.assertEqual((shown["file"], [(seal["state"], seal["verdict"]) for seal in
                                                  shown["seals"]]), (file, seals))
                self.assertEqual(shown["focused"], "H2")

    def test_nothing_in_a_file_that_is_not_genuine_looks_genuine(self):
        for name, shown in self.found["files"].items():
            with self.subTest(name):
                tones = {shown["tone"], *(seal["tone"] for seal in shown["seals"])}
                self.assertEqual("good" in tones, shown["file"] == "file_good")

    def test_seals_that_were_not_looked_at_are_never_fine(self):
        many = self.found["files"]["many"]
        self.assertEqual((many["file"], len(many["seals"])), ("file_changed", 16))

    def test_what_was_added_is_told(self):
        text = self.found["files"]["added-to"]["text"]
        self.assertIn("bytes that were added: 16", text)
        self.assertIn("looks like a digital signature", text)

    def test_labels_of_facts_are_text(self):
        self.assertIn("<b>12 m</b>", self.found["files"]["genuine"]["text"])

    def test_a_file_that_is_dropped_on_the_page_is_checked(self):
        self.assertEqual(self.found["dropped"]["file"], "file_none")

    def test_without_a_network_a_pack_judges_the_codes(self):
        for name, (file, seals) in self.WANTED.items():
            with self.subTest(name):
                shown = self.found["offline"][name]
                reached = name != "by-another"  # the pack is of one city
                self.assertEqual(shown["file"], file)
                if reached:
                    self.assertEqual([(seal["state"], seal["verdict"]) for seal in shown["seals"]], seals)
                else:
                    self.assertEqual(shown["seals"][1]["verdict"], "cant-tell")

    def test_in_three_languages_and_without_faults(self):
        titles = {language["title"] for language in self.found["languages"].values()}
        self.assertEqual(len(titles), 3)
        self.assertEqual(self.found["faults"], [])
        for language in self.found["languages"].values():
            self.assertEqual(language["faults"], [])


class Everywhere(ScannerCase):
    def test_nothing_is_asked_of_another_host(self):
        for name in scanner_cases.STORIES:
            with self.subTest(name):
                hosts = {urllib.parse.urlsplit(asked["url"]).netloc
                         for asked in FOUND[name]["requests"]}
                self.assertEqual(hosts, {"localhost"})

    def test_workers_are_looked_at_too(self):
        for name in ("online", "offline", "update"):
            self.assertEqual(FOUND[name]["watched"], ["page", "service_worker", "worker"])

    def test_what_was_scanned_is_in_no_request_but_that_for_its_proof(self):
        # A token is digits; the others ask the server.
        tokens = {text.rsplit("/", 1)[1] for name, (text, _, _) in CODES.items()
                  if re.search(r"/\d{40,}$", text)}
        self.assertGreater(len(tokens), 10)
        for name in set(scanner_cases.STORIES) - {"broken", "missing", "noScript"}:
            for asked in FOUND[name]["requests"]:
                with self.subTest(name, url=asked["url"]):
                    self.assertEqual((asked["method"], asked["body"]), ("GET", ""))
                    if any(token in asked["url"] for token in tokens):
                        self.assertRegex(urllib.parse.urlsplit(asked["url"]).path,
                                         r"^/[0-9A-Z.]+/\d+/proof$")

    def test_the_browser_has_kept_nothing_of_what_was_scanned(self):
        for name in ("online", "offline", "keyboard", "tabs"):
            with self.subTest(name):
                self.assertEqual(FOUND[name]["traces"], [])

    def test_the_browser_complains_of_nothing(self):
        complaints = {"other tab": FOUND["tabs"]["otherErrors"]} | {
            name: FOUND[name]["errors"] for name in ("online", "offline", "update", "keyboard",
                                                     "cameras", "tabs", "load", "refused")}
        for name, errors in complaints.items():
            with self.subTest(name):
                self.assertEqual([error for error in errors if OFFLINE not in error], [])


class Program(ScannerCase):
    def test_everything_is_kept_for_use_without_a_network(self):
        worker = (WEB / "service.worker.js").read_text()
        listed = set(re.findall(r"'([^']+)'", re.search(r"kFiles = \[(.*?)\]", worker, re.S)[1]))
        files = {path.name for path in WEB.iterdir() if path.suffix not in (".gz", ".txt")}
        self.assertEqual(listed | {"service.worker.js"}, files)

    def test_the_first_load_is_small(self):
        self.assertLess(FOUND["load"]["bytes"], 700_000)
        self.assertGreater(FOUND["load"]["bytes"], 100_000)

    def test_icons_are_of_the_size_that_the_manifest_says(self):
        manifest = json.loads((WEB / "manifest.webmanifest").read_text())
        sizes = set()
        for icon in manifest["icons"]:
            if icon["type"] == "image/png":
                head = (WEB / icon["src"]).read_bytes()[:24]
                side = int.from_bytes(head[16:20], "big")
                self.assertEqual(icon["sizes"], f"{side}x{int.from_bytes(head[20:24], 'big')}")
                sizes.add((side, icon["purpose"]))
        self.assertEqual(sizes, {(192, "any"), (512, "any"), (192, "maskable"), (512, "maskable")})


if __name__ == "__main__":
    scanner_cases.read_options()
    if scanner_cases.OPTIONS.story:
        sys.exit(scanner_cases.tell_one())
    sys.exit(cityid_process.main())
