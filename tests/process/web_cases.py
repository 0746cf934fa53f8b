"""What browsers and schema checkers look at: a demonstration in which identifiers have ended in every
way, who serves it, and each kind of page by its name. It needs nodejs and npm, which takes packages
from its registry, once. Beside the arguments of every process test:
    --node-modules DIR  where npm installs tests/web/package.json (default: ../tests/web/node_modules
                        beside the program)
"""
import argparse
import dataclasses
import fcntl
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
from cityid_process import DEPARTMENT, HOST, SHIJIAZHUANG, cityid, wait_until
from signed_code import Code, with_other_last_digit

WEB = pathlib.Path(__file__).resolve().parents[1] / "web"
LAMP = f"{DEPARTMENT}.LAMP7"  # a device below a department of a city
SUSPENDED, SUPERSEDED, SUCCESSOR, WITHDRAWN = ("MA.156.3301", "MA.156.1529", "MA.156.1502",
                                               "MA.156.1525")
# Host names as the browser knows them; each is a resolver of its own.
OLD, STALE, BROKEN = "old.example.cn", "stale.example.cn", "broken.example"
NODE_SECONDS = 300 * cityid_process.SLOW


def set_up():
    """The world that is shown and its pages, as long as a module's tests last."""
    global WORLD, PAGES
    tool("node")
    install_packages()
    demo = unittest.enterModuleContext(cityid_process.demo())
    WORLD = World(demo, unittest.enterModuleContext)
    PAGES = {f"{language.name}-{name}": (language, shown)
             for language in LANGUAGES for name, shown in pages_of(WORLD).items()}
    wait_until(lambda: WORLD.old.request("/").json()["ledger"]["stale"], "the ledger is old")
    wait_until(lambda: WORLD.stale.request("/").status == 503, "the ledger is stale")


@dataclasses.dataclass(frozen=True)
class Language:
    name: str
    tag: str
    direction: str
    accept: str  # as a phone set to it sends
    search: str  # the title of a list of what was found
    scanner: str  # the title of the scanner's page


LANGUAGES = (Language("en", "en", "ltr", "en-GB,en;q=0.9", "Search", "Scan a code"),
             Language("zh", "zh-CN", "ltr", "zh-CN,zh;q=0.9,en;q=0.8", "搜索", "扫描二维码"),
             Language("ar", "ar", "rtl", "ar-EG,ar;q=0.9,en-US;q=0.8", "بحث", "امسح رمزاً"))
ENGLISH, CHINESE, ARABIC = LANGUAGES


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
    directory.mkdir(parents=True, exist_ok=True)
    with open(directory / "lock", "w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # other tests may need them at the same time
        if stamp.exists() and stamp.read_text() == wanted:
            return
        (directory / "package.json").write_text(wanted)
        installed = cityid_process.run(
            tool("npm"), "install", "--no-audit", "--no-fund", "--no-package-lock",
            "--ignore-scripts", "--prefix", directory, timeout=NODE_SECONDS)
        if installed.status != 0:
            raise AssertionError(f"npm could not install the packages of tests/web: {installed}")
        stamp.write_text(wanted)


def node(script, plan, seconds=NODE_SECONDS):
    """What a script of tests/web prints as JSON within so many seconds."""
    # Debian 12's Node has `crypto`, which jose needs, behind a flag that later ones ignore.
    environment = dict(os.environ, CITYID_NODE_MODULES=str(OPTIONS.node_modules),
                       NODE_OPTIONS="--experimental-global-webcrypto")
    with cityid_process.temporary_directory() as directory:
        (directory / "plan").write_text(json.dumps(plan))
        with open(directory / "plan", encoding="utf-8") as file:
            done = subprocess.run(
                [tool("node"), WEB / script], stdin=file, capture_output=True, encoding="utf-8",
                timeout=seconds, check=False, env=environment)
    if done.returncode != 0:
        raise AssertionError(f"{script} ended with {done.returncode}: {done.stderr[-4000:]}")
    return json.loads(done.stdout or "null")


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
            self.states = self.application_states(registry)
        self.resolver = enter(cityid_process.resolver(demo.ledger))
        self.old = enter(cityid_process.resolver(demo.ledger, "--soft-age", 1))
        self.stale = enter(cityid_process.resolver(demo.ledger, "--soft-age", 1, "--hard-age", 2))
        self.strict = enter(cityid_process.resolver(demo.ledger, "--name", HOST, "--limit-loopback",
                                                    "--client-requests", 1, "--client-burst", 1))
        self.texts = {}  # of verdicts and problems: {name: {language tag: title}}

    def application_states(self, registry):
        """What the registry says of an application that waits, and that was rejected then."""
        ask = ("--registry", registry.url)
        said = self.done("suspend", SUCCESSOR, *ask, *self.institutes[:2], "--reason", "perhaps")
        draft = said.out.split()[1]
        def state():
            return registry.request(f"/registry/applications/{draft}/state")
        waiting = state()
        self.applications = registry.request("/registry/applications")
        self.done("reject", draft, *ask, *self.institutes[:2], "--reason", "it is in order", "--yes")
        return [waiting, state()]

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
        {"rel": "_readings", "href": "https://data.shijiazhuang.example/lamp7.csv", "type": "text/csv",
         "access": "open", "hreflang": ["zh-Hans", "en"], "licence": "CC-BY-4.0"},
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
        "facts": Shown(world.code_new(
            "--purpose", "document", "--document-type", "permit", "--document-number", "2026-1188",
            "--fact", "Valid for=2 cars", "--fact", "المنطقة=وسط المدينة 12",
            "--fact", "<b>Signed by=<script>alert(1)</script>", "--fact", "W" * 64 + "=" + "V" * 60),
            200, "valid", says="dl.facts"),
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
        "scan": Shown("/scan", says='form[method="post"]'),
        "search": Shown("/search?q=shi", says="li"),
        "search-nothing": Shown("/search?q=" + "x" * 100),
        "children": Shown("/MA.156/children", says="li"),
        "history": Shown(f"/{SHIJIAZHUANG}/history", says="li"),
        "peers": Shown(f"/{SHIJIAZHUANG}/peers?rel=_dataPortal", says="li"),
        "problem": Shown("/problems/forged"),
        "missing": Shown("/no/such/page", 404, "not-found"),
        "bad-request": Shown(f"/{SHIJIAZHUANG}/peers", 400, "bad-request"),
    }


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


def read_options():
    """Takes the options of these tests from the command line, and leaves the others there."""
    global OPTIONS
    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument("--cityid", default=os.environ.get("CITYID", ""))
    parser.add_argument("--node-modules", type=pathlib.Path)
    parser.add_argument("--linkset-schema", type=pathlib.Path)
    parser.add_argument("--screenshots", type=pathlib.Path)
    OPTIONS, rest = parser.parse_known_args()
    if OPTIONS.node_modules is None:
        beside = pathlib.Path(OPTIONS.cityid).resolve().parent
        OPTIONS.node_modules = beside / "tests" / "web" / "node_modules"
    OPTIONS.node_modules = OPTIONS.node_modules.resolve()
    sys.argv[1:] = ["--cityid", OPTIONS.cityid, *rest] if OPTIONS.cityid else rest
