"""What scanner_test.py scans, and in what: a demonstration with a code for every verdict, served
with the scanner's program in several states, and pictures of codes. Options: scanner_test.py."""
import argparse
import base64
import contextlib
import json
import pathlib
import re
import shutil
import sys
import time
import unittest

import cityid_process
import picture
import sealed_file
import signed_code
import web_cases
from cityid_process import DEPARTMENT, HOST, SHIJIAZHUANG, cityid, resolver
from signed_code import Code, digits, with_other_last_digit
from web_cases import LANGUAGES, SUPERSEDED, SUSPENDED, WITHDRAWN, node, tool

ROOT = pathlib.Path(__file__).resolve().parents[2]
WEB = ROOT / "build" / "web"
COUNTRY, ELSEWHERE = "MA.156", "MA.156.1100"  # a city that the pack of another one doesn't have
STORIES = ("online", "offline", "sealed", "update", "several", "keyboard", "cameras", "tabs", "load", "refused",
           "noCamera", "full", "forgetful", "evicted", "broken", "missing", "unreadable",
           "tripping", "noScript", "stale", "noKeys", "otherKeys", "renewed", "older", "hostile")
FAULTS = ("chosenFirst", "unread", "chosenElsewhere", "chosenMeanwhile", "noRoomForKeys", "sameKeys",
          "cleared", "failing", "latePhoto", "waiting", "cameraFails", "stalling", "places",
          "pageNotKept", "clockSetBack", "clockBehind", "removedMeanwhile", "reopening", "stuckTab",
          "followedOnce", "markup")
# The checker comes to its end at the first judgement and at the sixth, as without any memory left:
# until it is loaded anew, which takes long, it gives nothing.
TRIP = b"""
const { judge } = Proof.prototype;
const { about } = CityId.prototype;
const loaded = load;
let judged = 0;
let ended = false;
function whole() {
  if (ended) throw new WebAssembly.RuntimeError('unreachable');
}
Proof.prototype.judge = function (...values) {
  if ([1, 6].includes(++judged)) ended = true;
  whole();
  return judge.apply(this, values);
};
CityId.prototype.about = function (...values) {
  whole();
  return about.apply(this, values);
};
load = async (...values) => {
  const checker = await loaded(...values);
  if (ended) await new Promise((resolve) => setTimeout(resolve, 2000));
  ended = false;
  return checker;
};
"""
# On a document, in both directions.
FACTS = [("Valid for", "2 cars"), ("المنطقة", "وسط المدينة 12")]
# What strangers put into a code, and what it comes to.
HOSTILE = {
    "script": (b"javascript:alert(document.domain)", "malformed"),
    "markup": (b"<img src=x onerror=alert(1)>" * 40, "malformed"),
    "right-to-left": ("\u202e\u2066https://id.example.cn/MA.156.1301".encode(), "malformed"),
    "another-host": (b"https://evil.example/?u=https://id.example.cn/MA.156.1301", "malformed"),
    "a-way-out": (b"https://id.example.cn/../ledger/trust", "malformed"),
    "an-authority": (b"https://id.example.cn@evil.example/MA.156.1301/1", "malformed"),
    "huge": (b"https://id.example.cn/MA.156.1301/" + b"9" * 2700, "malformed"),
    "no-text": (bytes(range(256)), "malformed"),
    "cbor-bomb": (b"\x9f" * 1200, "malformed"),
    "a-blank": (b" ", "malformed"),
}


class World:
    """A demonstration with a code for each verdict, and resolvers that serve the program."""

    def __init__(self, enter):
        self.chromium = tool("chromium", "chromium-browser")
        web_cases.install_packages()
        demo = enter(cityid_process.demo())
        self.directory = enter(cityid_process.temporary_directory())
        self.program = assembled()
        older = self.directory / "older"
        older.mkdir()
        cityid_process.copy_ledger(demo.ledger, older)
        self.web = web_cases.World(demo, enter)
        other_key = self.key_for_documents()
        self.codes = codes_of(self.web, other_key)
        programs = {
            "first": self.program, "second": self.changed("second", "words.js", b"\n// newer\n"),
            "broken": self.changed("broken", "cityid.wasm", b"damaged", whole=True),
            "unreadable": self.changed("unreadable", "zxing.wasm", b"damaged", whole=True),
            "tripping": self.changed("tripping", "cityid.js", TRIP),
            "missing": self.without("cityid.wasm")}
        self.ports = {name: enter(resolver(demo.ledger, "--web", web)).port
                      for name, web in programs.items()}
        for name, ledger in (("older", older), ("renewed", self.with_another_log_key())):
            self.ports[name] = enter(resolver(ledger, "--web", self.program)).port

    def registry(self, ledger, *log_keys):
        keys = self.web.demo.keys
        options = [word for name in "ab"
                   for word in ("--witness-key", keys / f"institute-{name}.witness.key")]
        for key in (keys / "log.key", *log_keys):
            options += ["--log-key", key]
        return resolver(ledger, "--registry", *options)

    def new_key(self, name):
        path = self.web.demo.keys / f"{name}.key"
        self.web.done("key", "new", "--no-passphrase", path)
        return path

    def key_for_documents(self):
        """A key of the city that may sign documents alone."""
        path = self.new_key("documents")
        record_key = self.web.demo.keys / f"{SHIJIAZHUANG}.record.key"
        with self.registry(self.web.demo.ledger) as registry:
            self.web.done("update", SHIJIAZHUANG, "--registry", registry.url, "--key", record_key,
                          "--add-code-key", path, "--purpose", "document")
        return signed_code.read_key(path)

    def with_another_log_key(self):
        """A copy of the ledger under its next policy."""
        ledger, file = self.directory / "renewed", self.directory / "policy.json"
        ledger.mkdir()
        cityid_process.copy_ledger(self.web.demo.ledger, ledger)
        key = self.new_key("log2")
        public = json.loads(self.web.done("key", "show", "--json", key).out)["key"]
        with self.registry(ledger, key) as registry:
            policy = json.loads(self.web.done("policy", "--registry", registry.url).out)
            file.write_text(json.dumps(policy | {"version": 2, "log_keys": [public]}))
            self.web.done("policy", "--indispensable", "--file", file, "--registry", registry.url,
                          *self.web.institutes, "--key", key)
        return ledger

    def changed(self, name, file, content, whole=False):
        """A copy of the program in which a file has more at its end, or something else."""
        to = self.directory / name
        shutil.copytree(self.program, to)
        (to / f"{file}.gz").unlink()
        (to / file).write_bytes(content if whole else (to / file).read_bytes() + content)
        return to

    def without(self, file):
        to = self.changed(f"without {file}", file, b"", whole=True)
        (to / file).unlink()
        return to

    def film(self, name, content, **options):
        path = self.directory / name
        path.write_bytes(picture.video(content, **options))
        return str(path)

    def documents(self):
        """Files with seals, by what becomes of them."""
        key = self.web.key()
        genuine = sealed_file.seal(HOST, SHIJIAZHUANG, key, document={5: [["Height", "<b>12 m</b>"]]})
        stranger = self.web.key(ELSEWHERE)
        files = {
            "genuine": genuine, "changed": sealed_file.altered(genuine, b"A permit", b"B permit"),
            "added-to": genuine + b"/ByteRange [0 1]",
            "again": sealed_file.seal(HOST, SHIJIAZHUANG, key, original=genuine, serial=4_000_000_001),
            "by-another": sealed_file.seal(HOST, ELSEWHERE, stranger, original=genuine),
            "stranger": sealed_file.seal(HOST, SHIJIAZHUANG, stranger),
            "wrong-host": sealed_file.seal("id.example.net", SHIJIAZHUANG, key),
            "many": genuine + b"\n%CityID-Seal " * 17, "none": b"%PDF-1.7\n"}
        paths = {}
        for name, content in files.items():
            path = self.directory / f"{name}.pdf"
            path.write_bytes(content)
            paths[name] = str(path)
        return paths

    def told(self, stories=STORIES):
        """What was found, by story."""
        demo, work = self.web.demo, self.directory
        revoked = demo.directory / "revoked.png"
        pictures = {"valid": demo.png(), "revoked": revoked}
        several = work / "several.png"
        several.write_bytes(picture.beside([demo.png().read_bytes(), revoked.read_bytes(),
                                            demo.png(ELSEWHERE).read_bytes()]))
        nothing = work / "nothing.png"
        nothing.write_bytes(picture.blank_png())
        cose = Code(SHIJIAZHUANG, self.web.key()).cose()
        symbols = {"datamatrix-cose": ("DataMatrix", cose), "aztec-cose": ("Aztec", cose),
                   "qr-cose": ("QRCode", cose),
                   "qr-cose-forged": ("QRCode", cose[:-1] + bytes([cose[-1] ^ 1]))}
        with cityid_process.demo() as other:
            trust = work / "other-trust.txt"
            trust.write_bytes((other.directory / "trust.txt").read_bytes())
        screenshots = OPTIONS.screenshots
        return {"ports": self.ports} | node("scanner.mjs", {
            "chromium": self.chromium, "film": self.film("code.y4m", demo.png().read_bytes()),
            "severalFilm": self.film("several.y4m", several.read_bytes(), width=1280),
            "ports": self.ports, "here": SHIJIAZHUANG, "country": COUNTRY, "otherTrust": str(trust),
            "trust": str(demo.directory / "trust.txt"),
            "codes": {name: text for name, (text, _, _) in self.codes.items()},
            "pictures": {name: str(path.resolve()) for name, path in pictures.items()},
            "documents": self.documents(), "several": str(several), "nothing": str(nothing), "work": str(work),
            "zxing": str(npm_modules() / "zxing-wasm"),
            "symbols": drawable(symbols),
            "hostile": drawable({name: ("QRCode", content)
                                 for name, (content, _) in HOSTILE.items()}),
            "languages": [language.name for language in LANGUAGES], "stories": list(stories),
            "directory": str(screenshots.resolve()) if screenshots else None},
            seconds=500 * cityid_process.SLOW)


def drawable(symbols):
    return {name: {"format": form, "bytes": base64.b64encode(content).decode()}
            for name, (form, content) in symbols.items()}


def npm_modules():
    return WEB.with_name("web.npm") / "node_modules"


def assembled():
    """The program as `./dev web` builds it."""
    package = OPTIONS.package or ROOT / "build" / "wasm" / "package"
    done = cityid_process.run(ROOT / "assets" / "web" / "assemble", package, WEB,
                              timeout=web_cases.NODE_SECONDS)
    if done.status != 0:
        raise AssertionError(f"the scanner could not be assembled: {done}")
    return WEB


def codes_of(world, documents_key):
    """Texts of codes, the verdict on each, and the identifier: {name: (text, verdict, identifier)}."""
    demo, key, valid = world.demo, world.key(), world.demo.url()
    now = int(time.time())
    revoked = cityid("code", "inspect", "--raw", demo.directory / "revoked.png")

    def code(subject=SHIJIAZHUANG, signer=key, **claims):
        return Code(subject, signer, **claims).url(HOST)
    newer = digits(b"\x11" + Code(SHIJIAZHUANG, key).token_bytes()[1:])
    codes = {
        "valid": valid, "forged": with_other_last_digit(valid), "revoked": revoked.out.strip(),
        "expired": code(issued=now - 3 * signed_code.DAY, days=1),
        "not-yet-valid": code(issued=now + 10 * signed_code.DAY),
        "unknown-id": code(f"{SHIJIAZHUANG}.99"), "unknown-key": code(signer=world.key(ELSEWHERE)),
        "wrong-host": valid.replace(HOST, "id.example.net"), "malformed": "https://example.net/",
        "wrong-purpose": code(signer=documents_key),
        "unsupported": f"https://{HOST}/{SHIJIAZHUANG}/{newer}",
    }
    codes = {name: (text, name, SHIJIAZHUANG) for name, text in codes.items()}
    codes["unit"] = (code(DEPARTMENT, purpose=signed_code.UNIT), "valid", DEPARTMENT)
    codes["document"] = (f"https://{HOST}" + world.code_new(
        "--purpose", "document", "--document-type", "permit", "--document-number", "2026-1187",
        *(word for label, value in FACTS for word in ("--fact", f"{label}={value}"))),
        "valid", SHIJIAZHUANG)
    codes["identifier"] = (SHIJIAZHUANG, "registered", SHIJIAZHUANG)
    codes["typed"] = (f" {SHIJIAZHUANG.lower()}-ub\n", "registered", SHIJIAZHUANG)
    codes["surrounded"] = (f"扫描：{valid}。 (yesterday)", "valid", SHIJIAZHUANG)
    for identifier, verdict in ((SUSPENDED, "suspended"), (SUPERSEDED, "superseded"),
                                (WITHDRAWN, "withdrawn"), (ELSEWHERE, "elsewhere")):
        codes[verdict] = (demo.url(identifier), "valid" if verdict == "elsewhere" else verdict,
                          identifier)
    return codes


def words_of(port):
    """The words that the page has for its program, as JSON."""
    page = cityid_process.fetch(port, "/scan").text
    return re.search(r'id="words">(.*?)</script>', page)[1]


def set_up():
    return World(unittest.enterModuleContext)


def tell_one():
    """Tells one story and prints it. The program is CITYID."""
    with contextlib.ExitStack() as stack:
        found = World(stack.enter_context).told([OPTIONS.story])
        print(json.dumps(found[OPTIONS.story], indent=1, ensure_ascii=False))
    return 0


def read_options():
    """Takes the options of these tests from the command line, and leaves the others there."""
    global OPTIONS
    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument("--package", type=pathlib.Path)
    parser.add_argument("--screenshots", type=pathlib.Path)
    parser.add_argument("--story", choices=(*STORIES, *FAULTS, "times"))
    OPTIONS, rest = parser.parse_known_args()
    sys.argv[1:] = rest
    web_cases.read_options()
