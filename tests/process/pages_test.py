"""Pages for phones in three languages as a real browser shows them.

Chromium opens every kind of page at the size of a phone, without scripts; axe-core looks for what
keeps people out. Beside the arguments of every process test:
    --node-modules DIR  where npm installs tests/web/package.json (default: ../tests/web/node_modules
                        beside the program)
    --screenshots DIR   save a picture of each page, too
It needs chromium.
"""
import pathlib
import sys
import unittest

import cityid_process
import web_cases
from cityid_process import HOST, SHIJIAZHUANG
from signed_code import with_other_last_digit
from web_cases import ARABIC, BROKEN, CHINESE, LANGUAGES, OLD, STALE, node, path_of, tool

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "web"))
import broken  # noqa: E402  pylint: disable=wrong-import-position


def setUpModule():
    global WORLD, PAGES, WAYS, FOUND
    chromium = tool("chromium", "chromium-browser")
    web_cases.set_up()
    WORLD, PAGES = web_cases.WORLD, web_cases.PAGES
    WAYS = {name: way for language in LANGUAGES for name, way in ways_of(WORLD, language).items()}
    good = WORLD.resolver.request(PAGES["en-valid"][1].path, accept="text/html").text
    faults = unittest.enterModuleContext(broken.Server(good))
    hosts = {HOST: WORLD.resolver.port, OLD: WORLD.old.port, STALE: WORLD.stale.port,
             BROKEN: faults.port}
    plan = {"chromium": chromium, "hosts": hosts,
            "pages": [page_plan(name) for name in PAGES] + broken_plan(),
            "ways": [*WAYS.values(), BROKEN_WAY]}
    FOUND = node("pages.mjs", plan)
    if web_cases.OPTIONS.screenshots:
        node("screenshots.mjs", {"chromium": chromium, "hosts": hosts,
                                 "directory": str(web_cases.OPTIONS.screenshots.resolve()),
                                 "pictures": [picture_plan(name) for name in PAGES]})


def ways_of(world, language):
    """What people press, and where that leads."""
    valid = world.demo.url()
    title = {name: world.title(name, language) for name in ("valid", "forged", "registered")}
    form = {"url": f"http://{HOST}/", "press": "form[method=post] button", "path": "/verify"}
    other = CHINESE if language is ARABIC else ARABIC
    ways = {
        "go to the scanner": {"url": f"http://{HOST}{path_of(valid)}", "press": ".scan a",
                              "title": language.scanner, "path": "/scan"},
        "verify on the scanner's page": form | {"url": f"http://{HOST}/scan",
                                                "fill": {"#code": valid}, "title": title["valid"]},
        "search a city": {"url": f"http://{HOST}/", "fill": {"#q": "Shijiazhuang"},
                          "press": "form[role=search] button", "title": language.search,
                          "path": "/search"},
        "open what was found": {"url": f"http://{HOST}/search?q=Shijiazhuang", "press": "li a",
                                "title": title["registered"], "path": f"/{SHIJIAZHUANG}"},
        "verify a code": form | {"fill": {"#code": valid}, "title": title["valid"]},
        "verify a forged code": form | {"fill": {"#code": with_other_last_digit(valid)},
                                        "title": title["forged"]},
        "change the language": {"url": f"http://{HOST}{path_of(valid)}",
                                "press": f'footer a[lang="{other.tag}"]', "path": path_of(valid),
                                "title": world.title("valid", other), "tag": other.tag},
        "keep the language": {"url": f"http://{HOST}/{SHIJIAZHUANG}?lang={other.name}",
                              "press": 'a[href*="/history"]', "tag": other.tag,
                              "path": f"/{SHIJIAZHUANG}/history",
                              "title": {"zh": "历史记录", "ar": "السجل التاريخي"}[other.name] +
                              f" {SHIJIAZHUANG}"},
    }
    return {f"{language.name} {name}":
            {"name": f"{language.name} {name}", "tag": language.tag,
             "acceptLanguage": language.accept, **way} for name, way in ways.items()}


def page_plan(name):
    language, shown = PAGES[name]
    title = WORLD.title(shown.text, language) if shown.text else None
    return {"name": name, "url": f"http://{shown.host}{shown.path}", "title": title,
            "acceptLanguage": language.accept, "status": shown.status, "tag": language.tag,
            "direction": language.direction, "says": shown.says}


def picture_plan(name):
    plan = page_plan(name)
    return {"file": f"{name}.png", "url": plan["url"], "acceptLanguage": plan["acceptLanguage"],
            "scale": 2 if PAGES[name][1].text == name.split("-", 1)[1] == "valid" else 1}


def broken_plan():
    paths = {broken.GOOD: broken.GOOD} | {fault: i for i, (fault, _, _) in enumerate(broken.FAULTS)}
    return [{"name": f"broken: {fault}", "url": f"http://{BROKEN}/{path}", "title": "Genuine",
             "acceptLanguage": "en", "status": 200, "tag": "en", "direction": "ltr", "says": "h1"}
            for fault, path in paths.items()]


BROKEN_WAY = {"name": "broken", "url": f"http://{BROKEN}/{broken.GOOD}", "acceptLanguage": "en",
              "press": "footer a", "title": "Genuine", "tag": "en",
              "path": "/elsewhere"}


class Pages(cityid_process.Case):
    def expect_nothing_wrong(self, check):
        for name in PAGES:
            with self.subTest(page=name):
                self.assertEqual(FOUND["pages"][name][check], [])

    def test_the_status_is_the_verdicts(self):
        self.expect_nothing_wrong("status")

    def test_language_and_direction_are_those_of_the_phone(self):
        self.expect_nothing_wrong("language")

    def test_the_verdict_is_the_first_heading_and_stands_above_everything(self):
        self.expect_nothing_wrong("title first")

    def test_it_says_what_it_must(self):
        self.expect_nothing_wrong("says")

    def test_there_is_no_script(self):
        self.expect_nothing_wrong("no script")

    def test_nothing_is_asked_of_anybody_else(self):
        self.expect_nothing_wrong("nothing from elsewhere")

    def test_it_is_small(self):
        self.expect_nothing_wrong("small")

    def test_nothing_is_wider_than_a_phone(self):
        self.expect_nothing_wrong("fits 390")

    def test_nothing_is_wider_than_a_small_phone(self):
        self.expect_nothing_wrong("fits 320")

    def test_axe_finds_nothing(self):
        self.expect_nothing_wrong("axe")

    def test_ways_through_the_pages_work_without_scripts(self):
        for name in WAYS:
            with self.subTest(way=name):
                self.assertEqual(FOUND["ways"][name], [])


class Markup(cityid_process.Case):
    """Every page as html-validate reads it."""

    @staticmethod
    def texts():
        ports = {HOST: WORLD.resolver.port, OLD: WORLD.old.port, STALE: WORLD.stale.port}
        return {name: cityid_process.fetch(ports[shown.host], shown.path, host=shown.host,
                                           accept="text/html", accept_language=language.accept).text
                for name, (language, shown) in PAGES.items()}

    def test_it_is_valid(self):
        texts = self.texts()
        found = node("html.mjs", {"pages": texts})
        self.assertEqual(set(found), set(texts))
        self.assertEqual({name: wrong for name, wrong in found.items() if wrong}, {})

    def test_what_is_not_valid_is_found(self):
        good = self.texts()["en-front"]
        broken = {f"{old} becomes {new}": good.replace(old, new, 1) for old, new in (
            (' type="submit"', ""), ("</main>", ""), (' lang="en"', ""), ('id="q"', 'id="code"'),
            ("<p>", "<p><div></div>"))}
        found = node("html.mjs", {"pages": broken | {"good": good}})
        self.assertEqual([name for name, wrong in found.items() if not wrong], ["good"])


class BrokenPages(cityid_process.Case):
    """Each check finds what it is there for."""

    def test_the_page_that_they_are_made_from_is_good(self):
        found = FOUND["pages"][f"broken: {broken.GOOD}"]
        self.assertEqual({check: wrong for check, wrong in found.items() if wrong}, {})

    def test_every_fault_is_found(self):
        for fault, check, _ in broken.FAULTS:
            with self.subTest(fault=fault, check=check):
                self.assertNotEqual(FOUND["pages"][f"broken: {fault}"][check], [])

    def test_there_is_a_fault_for_every_check(self):
        checks = set(FOUND["pages"][f"broken: {broken.GOOD}"])
        self.assertEqual({check for _, check, _ in broken.FAULTS}, checks)

    def test_a_way_that_leads_elsewhere_is_found(self):
        self.assertEqual(len(FOUND["ways"]["broken"]), 1, FOUND["ways"]["broken"])


if __name__ == "__main__":
    web_cases.read_options()
    cityid_process.main()
