"""Pages for phones in three languages as a real browser shows them, and JSON against its schemas.

Chromium opens every kind of page at the size of a phone, without scripts; axe-core looks for what
keeps people out. Linksets are compared with GS1's schema, answers with /openapi.json. Beside the
arguments of every process test:
    --node-modules DIR  where npm installs tests/web/package.json (default: ../tests/web/node_modules
                        beside the program)
    --shared DIR        test data from elsewhere, with linkset/gs1-linkset-schema.json (default:
                        shared/vectors beside the repository)
    --screenshots DIR   save a picture of each page, too
It needs nodejs, npm and chromium; the packages come from npm's registry, once.
"""
import argparse
import copy
import dataclasses
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import time
import unittest
import urllib.parse

import cityid_process
import signed_code
from cityid_process import DEPARTMENT, HOST, SHIJIAZHUANG, cityid, fetch, post, wait_until
from signed_code import Code, with_other_last_digit

WEB = pathlib.Path(__file__).resolve().parents[1] / "web"
sys.path.insert(0, str(WEB))
import broken  # noqa: E402  pylint: disable=wrong-import-position

LAMP = f"{DEPARTMENT}.LAMP7"  # a device below a department of a city
SUSPENDED, SUPERSEDED, SUCCESSOR, WITHDRAWN = ("MA.156.3301", "MA.156.1529", "MA.156.1502",
                                               "MA.156.1525")
# Host names as the browser knows them; each is a resolver of its own.
OLD, STALE, BROKEN = "old.example.cn", "stale.example.cn", "broken.example"
NODE_SECONDS = 300 * cityid_process.SLOW


@dataclasses.dataclass(frozen=True)
class Language:
    name: str
    tag: str
    direction: str
    accept: str  # as a phone set to it sends
    search: str  # the title of a list of what was found


LANGUAGES = (Language("en", "en", "ltr", "en-GB,en;q=0.9", "Search"),
             Language("zh", "zh-CN", "ltr", "zh-CN,zh;q=0.9,en;q=0.8", "搜索"),
             Language("ar", "ar", "rtl", "ar-EG,ar;q=0.9,en-US;q=0.8", "بحث"))
ENGLISH, CHINESE, ARABIC = LANGUAGES


# Tools

def tool(*names):
    """The path of the first of these programs that is installed."""
    for name in names:
        if found := shutil.which(name):
            return found
    raise AssertionError(f"{names[0]} is not installed: ./dev deps test installs it")


def install_packages():
    """What tests/web/package.json asks for, once for each version of that file."""
    directory, wanted = OPTIONS.node_modules.parent, (WEB / "package.json").read_text()
    stamp = OPTIONS.node_modules / "installed.json"
    npm = tool("npm")
    if stamp.exists() and stamp.read_text() == wanted:
        return
    directory.mkdir(parents=True, exist_ok=True)
    (directory / "package.json").write_text(wanted)
    installed = cityid_process.run(npm, "install", "--no-audit", "--no-fund", "--no-package-lock",
                                   "--ignore-scripts", "--prefix", directory, timeout=NODE_SECONDS)
    if installed.status != 0:
        raise AssertionError(f"npm could not install the packages of tests/web: {installed}")
    stamp.write_text(wanted)


def node(script, plan):
    """What a script of tests/web prints as JSON."""
    environment = dict(os.environ, CITYID_NODE_MODULES=str(OPTIONS.node_modules))
    with cityid_process.temporary_directory() as directory:
        (directory / "plan").write_text(json.dumps(plan))
        with open(directory / "plan", encoding="utf-8") as file:
            done = subprocess.run(
                [tool("node"), WEB / script], stdin=file, capture_output=True, encoding="utf-8",
                timeout=NODE_SECONDS, check=False, env=environment)
    if done.returncode != 0:
        raise AssertionError(f"{script} ended with {done.returncode}: {done.stderr[-4000:]}")
    return json.loads(done.stdout or "null")


# The world that is shown

class World:
    """A demonstration ledger in which identifiers have ended in every way, and who serves it."""

    def __init__(self, demo, enter):
        self.demo = demo
        keys = [demo.keys / f"institute-{name}" for name in "ab"]
        self.institutes = [word for key in keys for word in ("--key", f"{key}.record.key")]
        witnesses = [word for key in keys for word in ("--witness-key", f"{key}.witness.key")]
        with cityid_process.resolver(demo.ledger, "--registry", "--log-key", demo.keys / "log.key",
                                     *witnesses) as registry:
            self.conflict = self.write_records(registry)
        self.resolver = enter(cityid_process.resolver(demo.ledger))
        self.old = enter(cityid_process.resolver(demo.ledger, "--soft-age", 1))
        self.stale = enter(cityid_process.resolver(demo.ledger, "--soft-age", 1, "--hard-age", 2))
        self.strict = enter(cityid_process.resolver(demo.ledger, "--name", HOST, "--limit-loopback",
                                                    "--client-requests", 1, "--client-burst", 1))
        self.texts = {}  # of verdicts and problems: {name: {language tag: title}}

    def write_records(self, registry):
        """The reply to a record that came too late."""
        done = self.done
        ask = ("--registry", registry.url)
        late = self.demo.directory / "late.record"
        done("suspend", SUSPENDED, *ask, *self.institutes, "--reason", "too late", "-o", late)
        done("suspend", SUSPENDED, *ask, *self.institutes, "--reason", "keys may have been copied")
        done("supersede", SUPERSEDED, *ask, *self.institutes, "--by", SUCCESSOR, "--reason",
             "merged")
        done("revoke", WITHDRAWN, *ask, *self.institutes, "--reason", "dissolved")
        key = self.demo.keys / "lamp.record.key"
        done("key", "new", "--no-passphrase", key)
        content = self.demo.directory / "lamp.json"
        content.write_text(json.dumps(LAMP_CONTENT))
        done("apply", LAMP, *ask, "--content", content, "--record-key", key, "--key",
             self.demo.keys / f"{DEPARTMENT}.record.key")
        return registry.post("/registry/applications", late.read_bytes())

    @property
    def past(self):
        """Where the city stands as it was, not long ago."""
        time_of = self.resolver.request("/").json()["ledger"]["time"]
        return f"/{SHIJIAZHUANG}?versionTime={time_of}"

    def done(self, *arguments):
        finished = cityid(*arguments)
        if finished.status != 0:
            raise AssertionError(str(finished))
        return finished

    def key(self, identifier=SHIJIAZHUANG):
        return signed_code.read_key(self.demo.code_key(identifier))

    def code_new(self, *options):
        """The path of a code that the program signs."""
        output = self.demo.directory / "new.txt"
        made = self.done("code", "new", SHIJIAZHUANG, "--key", self.demo.code_key(), "--host", HOST,
                         "-o", output, *options)
        return path_of(re.search(rf"https://{re.escape(HOST)}/\S+", made.out)[0])

    def title(self, name, language):
        """Of a verdict or a problem."""
        if name not in self.texts:
            texts = self.resolver.request(f"/problems/{name}").json()["text"]
            self.texts[name] = {tag: text["title"] for tag, text in texts.items()}
        return self.texts[name][language.tag]


LAMP_CONTENT = {
    "metadata": {"names": {"en": "Lamp 7 at the railway station", "zh": "火车站7号路灯",
                           "ar": "مصباح 7 عند محطة القطار"},
                 "level": "device", "country": "CN",
                 "website": "https://lamp7.traffic.shijiazhuang.example/"},
    "endpoints": [
        {"rel": "_broker", "href": "coaps://lamp7.traffic.shijiazhuang.example/light",
         "access": "registered"},
        {"rel": "_broker", "href": "mqtt://broker.shijiazhuang.example:1883", "access": "open",
         "title": {"en": "Light levels", "zh": "照度"}},
        {"rel": "_unheardOf", "href": "https://unheard-of.example/a/rather/long/way/to/a/thing/" +
         "0123456789" * 8, "access": "open"},
        {"rel": "service-doc", "href": "https://docs.shijiazhuang.example/lamps",
         "type": "text/html", "access": "open", "hreflang": ["zh-Hans", "en", "ar", "zh"],
         "title": {"en": "About the lamps of the city and how to report one that is dark",
                   "zh": "关于城市路灯以及如何报修", "ar": "عن مصابيح المدينة وكيفية الإبلاغ عن عطل"},
         "licence": "CC-BY-4.0", "conformsTo": ["https://schema.example/lamp"]}]}


def path_of(url):
    return url.removeprefix(f"https://{HOST}")


@dataclasses.dataclass(frozen=True)
class Shown:
    """A page by its address."""
    path: str
    status: int = 200
    text: str = ""  # the verdict or problem that its title is of; the page's own title if none
    host: str = HOST
    says: str = ""  # an element that it must have


def pages_of(world):
    """Every kind of page, by name. What a phone's camera opens, then what people look up."""
    demo, key = world.demo, world.key()

    def code(**claims):
        return path_of(Code(SHIJIAZHUANG, key, **claims).url(HOST))
    valid = path_of(demo.url())
    unit = Code(DEPARTMENT, key, purpose=signed_code.UNIT)
    raw = cityid("code", "inspect", "--raw", demo.directory / "revoked.png").out.strip()
    malformed = urllib.parse.quote("<script>", safe="")
    return {
        "valid": Shown(valid, 200, "valid"),
        "valid-until": Shown(world.code_new("--days", 30), 200, "valid"),
        "document": Shown(world.code_new(
            "--purpose", "document", "--document-type", "permit", "--document-number", "2026-1187",
            "--document-date", "2026-11-22", "--document-file", demo.png()), 200, "valid"),
        "unit": Shown(path_of(unit.url(HOST)), 200, "valid"),
        "forged": Shown(with_other_last_digit(valid), 403, "forged"),
        "expired": Shown(code(issued=int(time.time()) - 3 * signed_code.DAY, days=1), 410,
                         "expired"),
        "not-yet-valid": Shown(code(issued=int(time.time()) + 10 * signed_code.DAY), 403,
                               "not-yet-valid"),
        "revoked": Shown(path_of(raw), 410, "revoked"),
        "unknown-key": Shown(valid.replace(SHIJIAZHUANG, "MA.156.1100"), 403, "unknown-key"),
        "suspended": Shown(path_of(demo.url(SUSPENDED)), 403, "suspended"),
        "superseded": Shown(path_of(demo.url(SUPERSEDED)), 410, "superseded"),
        "withdrawn": Shown(path_of(demo.url(WITHDRAWN)), 410, "withdrawn"),
        "unknown-id": Shown(f"/{SHIJIAZHUANG}.99", 404, "unknown-id",
                            says=f'a[href^="/{SHIJIAZHUANG}"]'),
        "malformed": Shown(f"/{SHIJIAZHUANG}-AA", 400, "malformed"),
        "malformed-code": Shown(f"{valid}0", 400, "malformed"),
        "malformed-text": Shown(f"/{malformed}", 400, "malformed"),
        "old": Shown(valid, 200, "valid", OLD, says=".warn"),
        "ledger-stale": Shown(valid, 503, "ledger-stale", STALE),
        "ledger-stale-front": Shown("/", 503, "ledger-stale", STALE),
        "registered": Shown(f"/{SHIJIAZHUANG}", 200, "registered"),
        "device": Shown(f"/{LAMP}", 200, "registered", says=f'a[href^="/{DEPARTMENT}"]'),
        "past": Shown(world.past, 200),
        "front": Shown("/"),
        "search": Shown("/search?q=shi", says="li"),
        "search-nothing": Shown("/search?q=" + "x" * 100),
        "children": Shown("/MA.156/children", says="li"),
        "history": Shown(f"/{SHIJIAZHUANG}/history", says="li"),
        "peers": Shown(f"/{SHIJIAZHUANG}/peers?rel=_dataPortal", says="li"),
        "problem": Shown("/problems/forged"),
        "missing": Shown("/no/such/page", 404, "not-found"),
        "bad-request": Shown(f"/{SHIJIAZHUANG}/peers", 400, "bad-request"),
    }


def ways_of(world, language):
    """What people press, and where that leads."""
    valid = world.demo.url()
    title = {name: world.title(name, language) for name in ("valid", "forged", "registered")}
    form = {"url": f"http://{HOST}/", "press": "form[method=post] button", "path": "/verify"}
    other = CHINESE if language is ARABIC else ARABIC
    ways = {
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


def setUpModule():
    global WORLD, PAGES, WAYS, FOUND
    chromium = tool("chromium", "chromium-browser")
    tool("node")
    install_packages()
    demo = unittest.enterModuleContext(cityid_process.demo())
    WORLD = World(demo, unittest.enterModuleContext)
    PAGES = {f"{language.name}-{name}": (language, shown)
             for language in LANGUAGES for name, shown in pages_of(WORLD).items()}
    WAYS = {name: way for language in LANGUAGES for name, way in ways_of(WORLD, language).items()}
    good = WORLD.resolver.request(PAGES["en-valid"][1].path, accept="text/html").text
    faults = unittest.enterModuleContext(broken.Server(good))
    hosts = {HOST: WORLD.resolver.port, OLD: WORLD.old.port, STALE: WORLD.stale.port,
             BROKEN: faults.port}
    wait_until(lambda: WORLD.old.request("/").json()["ledger"]["stale"], "the ledger is old")
    wait_until(lambda: WORLD.stale.request("/").status == 503, "the ledger is stale")
    plan = {"chromium": chromium, "hosts": hosts,
            "pages": [page_plan(name) for name in PAGES] + broken_plan(),
            "ways": [*WAYS.values(), BROKEN_WAY]}
    FOUND = node("pages.mjs", plan)
    if OPTIONS.screenshots:
        node("screenshots.mjs", {"chromium": chromium, "hosts": hosts,
                                 "directory": str(OPTIONS.screenshots.resolve()),
                                 "pictures": [picture_plan(name) for name in PAGES]})


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


# JSON

class SchemaCase(cityid_process.Case):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.openapi = WORLD.resolver.request("/openapi.json").json()

    def validated(self, documents, openapi=None, linkset_schema=None):
        """What is wrong with each of {name: (schema, document)}, and with the OpenAPI document."""
        found = node("schemas.mjs", {
            "openapi": openapi or self.openapi, "linksetSchema": linkset_schema,
            "documents": [{"name": name, "schema": schema, "document": document}
                          for name, (schema, document) in documents.items()]})
        return found["documents"], found["openapi"]

    def expect_valid(self, documents, **options):
        found, openapi = self.validated(documents, **options)
        self.assertEqual(openapi, [])
        self.assertEqual(set(found), set(documents))
        for name, wrong in found.items():
            with self.subTest(name):
                self.assertEqual(wrong, [], documents[name][1])

    def expect_invalid(self, documents, **options):
        found, _ = self.validated(documents, **options)
        self.assertEqual([name for name in documents if not found[name]], [])


# For each path that gives JSON with a schema: some of its targets.
CODE_PAGES = ("valid", "valid-until", "document", "unit")


def get_examples():
    city = f"/{SHIJIAZHUANG}"
    return {
        "/": ["/"],
        "/verify": ["/verify"],
        "/problems/{type}": ["/problems/forged", "/problems/not-found", "/problems/ledger-stale"],
        "/rel/{relation}": ["/rel/_dataPortal", "/rel/_unheardOf"],
        "/search": ["/search?q=shi&limit=3", "/search?q=", "/search?q=Hangzhou",
                    "/search?q=nowhere+at+all", "/search"],
        "/alias/{scheme}/{value}": ["/alias/gbt2260/130100"],
        "/{id}": [city, f"/{LAMP}", f"/{DEPARTMENT}", "/MA.156.1100", f"/{SUCCESSOR}",
                  WORLD.past],
        "/{id}/children": ["/MA.156/children?limit=100", f"{city}/children", f"/{LAMP}/children"],
        "/{id}/peers": [f"{city}/peers?rel=_dataPortal", "/MA.156/peers?rel=_dataPortal&limit=2",
                        f"/{LAMP}/peers?rel=_contextBroker&scope=above",
                        f"{city}/peers?conformsTo=https://schema.example/lamp&scope=below"],
        "/{id}/history": [f"{city}/history?limit=2", f"/{SUSPENDED}/history", f"/{LAMP}/history"],
        "/{id}/{token}": [PAGES[f"en-{name}"][1].path for name in CODE_PAGES],
    }


class OpenApi(SchemaCase):
    def schema_of(self, path, method, status="200"):
        """The name of the component that describes what a path gives as JSON, if there is one."""
        responses = self.openapi["paths"][path].get(method, {}).get("responses", {})
        schema = responses.get(status, {}).get("content", {}).get("application/json", {})
        return schema.get("schema", {}).get("$ref", "").removeprefix("#/components/schemas/")

    def question_texts(self):
        """One of each verdict."""
        codes = [f"https://{HOST}{shown.path}" for language, shown in PAGES.values()
                 if language is ENGLISH and shown.host == HOST and shown.path.count("/") == 2 and
                 shown.path.endswith(tuple("0123456789"))]
        return [*codes, SHIJIAZHUANG, LAMP, SUSPENDED, SUPERSEDED, WITHDRAWN, f"{LAMP}.X",
                "MA.156.0000", f"{SHIJIAZHUANG}-AA", "", "<script>", "\u0000\U0001F600",
                f"https://evil.example/{SHIJIAZHUANG}/1"]

    def test_it_is_valid(self):
        self.expect_valid({})

    def test_answers_of_every_get_are_as_described(self):
        described = {path for path in self.openapi["paths"] if self.schema_of(path, "get")}
        examples = get_examples()
        self.assertEqual(set(examples), described)
        documents = {}
        for path, targets in examples.items():
            for target in targets:
                reply = WORLD.resolver.request(target)
                self.assertEqual((reply.status, reply.media_type), (200, "application/json"),
                                 f"{target}{reply}")
                documents[target] = (self.schema_of(path, "get"), reply.json())
        old = WORLD.old.request(f"/{SHIJIAZHUANG}").json()
        self.assertIs(old["ledger"]["stale"], True)
        documents["old"] = (self.schema_of("/{id}", "get"), old)
        self.expect_valid(documents)

    def test_many_answers_at_once_are_as_described(self):
        questions = self.question_texts()
        reply = WORLD.resolver.post("/resolve", json.dumps(questions).encode(),
                                    content_type="application/json")
        self.assertEqual(reply.status, 200, reply)
        answer = reply.json()
        self.assertEqual(len(answer["results"]), len(questions))
        verdicts = {result["verdict"] for result in answer["results"]}
        self.assertLessEqual({shown.text for _, shown in PAGES.values() if shown.text} -
                             {"ledger-stale", "not-found", "bad-request"}, verdicts)
        documents = {"/resolve": (self.schema_of("/resolve", "post"), answer),
                     "questions": ("Questions", questions)}
        # Each once more on its own: of two that are allowed, the right one.
        for question, result in zip(questions, answer["results"]):
            good = result["verdict"] in ("valid", "registered")
            documents[question] = ("Answered" if good else "Problem", result)
        self.expect_valid(documents)

    def test_what_is_said_of_one_code_is_as_described(self):
        documents = {}
        for question in self.question_texts():
            if not question:
                continue
            reply = WORLD.resolver.post("/verify", json.dumps({"code": question}).encode(),
                                        content_type="application/json")
            good = reply.status == 200
            self.assertEqual(reply.media_type,
                             "application/json" if good else "application/problem+json", reply)
            documents[question] = (self.schema_of("/verify", "post") if good else "Problem",
                                   reply.json())
        self.expect_valid(documents)

    def problems(self):
        """A reply of every status that the document names, and of some that the listener gives."""
        port, stale, strict = WORLD.resolver.port, WORLD.stale.port, WORLD.strict.port
        city = f"/{SHIJIAZHUANG}"

        def limited():
            reply = fetch(strict, city)
            return reply if reply.status == 429 else None
        return [
            (400, fetch(port, f"{city}?versionTime=yesterday")),
            (400, fetch(port, f"{city}/peers")),
            (400, fetch(port, "/MA..1")),
            (400, post(port, "/resolve", b"{}", content_type="application/json")),
            (403, fetch(port, PAGES["en-forged"][1].path)),
            (403, fetch(port, f"/{SUSPENDED}")),
            (404, fetch(port, "/no/such/page")),
            (404, fetch(port, f"/{LAMP}.X")),
            (404, fetch(port, "/alias/unlocode/XXXXX")),
            (404, fetch(port, f"{city}?linkType=terms-of-service")),
            (404, fetch(port, f"{city}?versionTime=1999-01-01T00:00:00Z")),
            (405, fetch(port, city, "DELETE")),
            (406, fetch(port, city, accept="image/png")),
            (409, WORLD.conflict),
            (410, fetch(port, PAGES["en-expired"][1].path)),
            (410, fetch(port, f"/{SUPERSEDED}")),
            (410, fetch(port, f"/{WITHDRAWN}")),
            (413, post(port, "/verify", b"0" * 9000, content_type="text/plain")),
            (413, post(port, "/verify", b"0" * 5000, content_type="text/plain")),
            (414, fetch(port, "/" + "x" * 5000)),
            (415, post(port, "/resolve", b"<a/>", content_type="text/xml")),
            (421, fetch(strict, city, host="other.example")),
            (429, wait_until(limited, "too many requests")),
            (431, fetch(port, city, x="y" * 40_000)),
            (503, fetch(stale, city)),
            (503, fetch(stale, "/search?q=shi")),
        ]

    def test_problems_of_every_status_are_as_described(self):
        problems = self.problems()
        documented = {int(status) for item in self.openapi["paths"].values()
                      for operation in item.values() for status in operation["responses"]
                      if status.isdigit() and int(status) >= 400}
        self.assertLessEqual(documented, {status for status, _ in problems})
        documents = {}
        for number, (status, reply) in enumerate(problems):
            self.assertEqual((reply.status, reply.media_type),
                             (status, "application/problem+json"), reply)
            self.assertEqual(reply.json()["status"], status, reply)
            documents[f"{number}: {status} {reply.json()['detail']}"] = ("Problem", reply.json())
        self.expect_valid(documents)

    def test_what_is_not_as_described_is_found(self):
        good = WORLD.resolver.request(f"/{LAMP}").json()
        self.expect_valid({"good": ("Answer", good)})

        def changed(change):
            document = copy.deepcopy(good)
            change(document)
            return "Answer", document
        self.expect_invalid({
            "a member is missing": changed(lambda a: a.pop("names")),
            "a member of the ledger is missing": changed(lambda a: a["ledger"].pop("root")),
            "a member nobody knows": changed(lambda a: a.update(more=1)),
            "a member nobody knows, inside": changed(lambda a: a["endpoints"][0].update(more=1)),
            "a time without a zone": changed(lambda a: a["ledger"].update(time="2026-11-22")),
            "another verdict": changed(lambda a: a.update(verdict="forged")),
            "a number as text": changed(lambda a: a["ledger"].update(size="9")),
            "an address that is none": changed(lambda a: a["endpoints"][0].update(href="no")),
            "a problem without a title": ("Problem", {"type": "/problems/x", "status": 400,
                                                      "detail": "x"}),
            "a result that is neither": ("BulkAnswer", {"results": [{"verdict": "valid"}],
                                                        "ledger": good["ledger"]}),
            "no such schema": ("Nothing", {})})

    def test_a_document_that_is_not_valid_is_found(self):
        def of_a_path(document):
            return document["paths"]["/{id}"]["get"]
        for change in (lambda d: d.pop("info"),
                       lambda d: of_a_path(d).update(responses=[]),
                       lambda d: of_a_path(d)["parameters"][0].pop("in"),
                       lambda d: d["components"]["schemas"].pop("Problem")):
            openapi = copy.deepcopy(self.openapi)
            change(openapi)
            self.assertNotEqual(self.validated({}, openapi=openapi)[1], [])


class Linksets(SchemaCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.schema = json.loads((OPTIONS.shared / "linkset/gs1-linkset-schema.json").read_text())

    def linkset(self, path, **headers):
        reply = WORLD.resolver.request(path, **headers)
        self.assertEqual((reply.status, reply.media_type), (200, "application/linkset+json"), reply)
        return reply.json()

    def test_they_are_what_gs1_has_published(self):
        documents = {}
        ids = (SHIJIAZHUANG, DEPARTMENT, f"{SHIJIAZHUANG}.RIDE", LAMP, "MA.156.1100",
               *cityid_process.city_ids()[::40])
        for identifier in ids:
            if identifier in (SUSPENDED, SUPERSEDED, WITHDRAWN):
                continue
            for language in LANGUAGES:
                asked = self.linkset(f"/{identifier}?linkType=linkset",
                                     accept_language=language.accept)
                accepted = self.linkset(f"/{identifier}", accept="application/linkset+json",
                                        accept_language=language.accept)
                self.assertEqual(asked, accepted)
                documents[f"{identifier} {language.name}"] = ("linkset", asked)
        code = PAGES["en-unit"][1].path
        documents["code"] = ("linkset", self.linkset(code, accept="application/linkset+json"))
        self.expect_valid(documents, linkset_schema=self.schema)

    def test_a_device_has_the_links_of_the_levels_above(self):
        contexts = self.linkset(f"/{LAMP}?linkType=linkset")["linkset"]
        self.assertEqual([context["anchor"] for context in contexts],
                         [f"https://{HOST}/{identifier}"
                          for identifier in (LAMP, DEPARTMENT, SHIJIAZHUANG)])
        own, _, city = contexts
        (link,) = own["service-doc"]
        self.assertEqual((link["href"], link["hreflang"]),
                         ("https://docs.shijiazhuang.example/lamps", ["zh-CN", "en", "ar", "zh"]))
        self.assertIn(f"https://{HOST}/rel/_contextBroker", city)

    def test_what_is_no_linkset_is_found(self):
        good = self.linkset(f"/{LAMP}?linkType=linkset")
        for change in (lambda c: c.pop("anchor"), lambda c: c.pop("itemDescription"),
                       lambda c: c.update(_broker=[]), lambda c: c["service-doc"][0].pop("href"),
                       lambda c: c["service-doc"][0].update(hreflang=["zh-Hans"]),
                       lambda c: c["service-doc"][0].update(access="open")):
            document = copy.deepcopy(good)
            change(document["linkset"][0])
            self.expect_invalid({"x": ("linkset", document)}, linkset_schema=self.schema)


def read_options():
    """Those of this test are taken from the command line; the others are left there."""
    root = pathlib.Path(__file__).resolve().parents[2]
    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument("--cityid", default=os.environ.get("CITYID", ""))
    parser.add_argument("--node-modules", type=pathlib.Path)
    parser.add_argument("--shared", type=pathlib.Path, default=root.parent / "shared" / "vectors")
    parser.add_argument("--screenshots", type=pathlib.Path)
    options, rest = parser.parse_known_args()
    if options.node_modules is None:
        beside = pathlib.Path(options.cityid).resolve().parent
        options.node_modules = beside / "tests" / "web" / "node_modules"
    options.node_modules = options.node_modules.resolve()
    sys.argv[1:] = ["--cityid", options.cityid, *rest] if options.cityid else rest
    return options


if __name__ == "__main__":
    OPTIONS = read_options()
    cityid_process.main()
