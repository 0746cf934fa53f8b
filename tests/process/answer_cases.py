"""The ledger that answers are asked of, and what every answer must be. It has what the demonstration
lacks: several languages, private addresses, identifiers that ended, and a life with a change a second.
"""
import concurrent.futures
import contextlib
import pathlib
import sys
import time
import unittest
import urllib.parse

from nacl.signing import SigningKey

import cityid_process
import handmade_log
import signed_record
from cityid_process import HOST, SHIJIAZHUANG, cityid, wait_until
from clock import Clock
from consortium import Consortium, done
from signed_code import Code
from signed_record import (ASSIGN, CODE_KEY, HOLDER, NEW_KEY, RESUME, REVOKE, SUPERSEDE, SUSPEND,
                           UPDATE, encode, grant, sha256)

sys.path.append(str(pathlib.Path(__file__).resolve().parents[1] / "independent"))
from naive_map import Tree  # noqa: E402  pylint: disable=wrong-import-position

CITY = f"/{SHIJIAZHUANG}"
BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8"
LANGUAGES = {"en", "zh-CN", "ar"}
OFFICE, DEVICES = f"{SHIJIAZHUANG}.01", f"{SHIJIAZHUANG}.DEV"
LAMP, HUSHED = f"{DEVICES}.LAMP1", f"{SHIJIAZHUANG}.03"
TANGSHAN, LANGFANG = "MA.156.1302", "MA.156.1310"
SUSPENDED, BELOW_SUSPENDED = "MA.156.1304", "MA.156.1304.01"
WITHDRAWN, SUPERSEDED, SUCCESSOR = "MA.156.1305", "MA.156.1306", "MA.156.1307"
CHANGING = "MA.156.1308"  # a change a second
YOUNG = 20  # seconds that a new ledger is old, more than there are changes
SAO_PAULO, LONG = "MA.076.G3448439", "MA.250.G1"
MANY = "MA.250"  # whose children fill pages
NGSI = "https://uri.etsi.org/ngsi-ld/"
LONG_DID = "did:example:" + "a1b2c3d4" * 12  # 108 characters, of 128 that an alias may have
PRIVATE = ("https://10.1.2.3/x", "http://192.168.1.1/", "https://127.0.0.1/", "https://127.1/",
           "http://0x7f.1/", "https://[::1]/", "https://[fd00::1]/", "https://localhost/",
           "https://broker.local/", "https://a.internal/", "https://intranet/", "http://169.254.169.254/",
           "javascript://example.org/%0Aalert(1)", "data://example.org/text/html,x",
           "file://example.org/etc/passwd", "https://id.example.cn@evil.example/")
URN = "urn:ogc:def:crs:EPSG::4326"
NOT_WEB = ("coaps://lamp.example.org/", "ftp://example.org/")


def set_up():
    """The ledger and its resolver, as long as a module's tests last: for `setUpModule`."""
    global WORLD, RESOLVER
    WORLD = unittest.enterModuleContext(World())
    RESOLVER = WORLD.resolver
    return WORLD


def endpoint(rel, href, title=None, languages=(), access=1, conforms_to=(), partners=()):
    fields = {1: rel, 2: href, 4: title, 5: list(languages), 6: access, 8: list(conforms_to),
              9: list(partners)}
    return {k: v for k, v in fields.items() if v}


class World(contextlib.ExitStack):
    """A consortium with its ledger, a resolver that is also the registry, and what was put in."""

    def __init__(self):
        super().__init__()
        self.directory = self.enter_context(cityid_process.temporary_directory())
        self.clock = Clock(self.directory / "clock", -YOUNG)
        self.authority, self.holder, self.record_keys, self.code_keys = {}, {}, {}, {}
        self.consortium = self.enter_context(
            Consortium(self.directory / "consortium", env=self.clock.env))
        self.keys, self.trust = self.consortium.keys, self.consortium.trust
        self.ledger = self.consortium.ledger
        self.resolver = self.enter_context(cityid_process.resolver(
            self.ledger, "--registry", "--log-key", self.consortium.key("log"),
            *self.consortium.witness_keys(), env=self.clock.env))
        self.fill()
        self.live()
        self.clock.advance(-self.clock.ahead)

    def fill(self):
        """What does not change any more, as few batches as the hierarchy lets."""
        brokers = [endpoint("_broker", f"https://broker{i}.example.org/ngsi", conforms_to=[NGSI])
                   for i in range(9)]
        links = [endpoint("service-doc", "https://shijiazhuang.example.org/en", {"en": "Doc"}, ["en"]),
                 endpoint("service-doc", "https://shijiazhuang.example.org/zh", {"zh": "文档"},
                          ["zh-Hans", "zh"]),
                 endpoint("service-desc", "http://shijiazhuang.example.org/openapi?a=1&b=%20#c"),
                 brokers[0],
                 endpoint("_mixed", "https://mixed.example.org/", access=3, partners=[TANGSHAN]),
                 *(endpoint(f"_other{i}", href) for i, href in enumerate(NOT_WEB))]
        hushed = [brokers[4]]
        many = {f"{MANY}.C{i:02}": {"en": f"Springfield {i:02}"} for i in range(25)}
        self.put_all(
            (SHIJIAZHUANG, {"en": "Shijiazhuang", "zh": "石家庄市", "zh-Hant": "石家莊市",
                            "zh-Latn": "Shíjiāzhuāng Shì"}, links,
             {"gbt2260": "130100", "unlocode": "CNSJW", "wikidata": "Q58584", "did": LONG_DID}),
            (TANGSHAN, {"en": "Tangshan", "zh": "唐山市"}, [brokers[1]]),
            (LANGFANG, {"en": "Langfang"}, [endpoint("_broker", "https://lf.example.org/")],
             {"did": "did:example:a+b"}),
            (SUSPENDED, {"en": "Suspended City"}, [brokers[2]]),
            (WITHDRAWN, {"en": "Withdrawn City"}, [brokers[3]]),
            (SUPERSEDED, {"en": "Superseded City"}), (SUCCESSOR, {"en": "Successor City"}),
            (SAO_PAULO, {"pt": "Município de São Paulo", "en": "Sao Paulo"}, [],
             {"geonames": "3448439"}),
            # Whose name is also a value of another one's, and begins as two names of its own.
            (LONG, {"en": "Quokka Q58584", "fr": "Quokka", "de": "Quokka Zwei"}),
            ("MA.250.G2", {"en": "Quokka"}), ("MA.250.G3", {"en": "Quokka Zwei"}),
            *((subject, names) for subject, names in many.items()))
        self.put_all((OFFICE, {"en": "Office"}, [brokers[5]]), (DEVICES, {"en": "Devices"}),
                     (HUSHED, {"en": "Hushed"}, hushed), (BELOW_SUSPENDED, {"en": "Below"}, [brokers[6]]),
                     (f"{SHIJIAZHUANG}.04", {"en": "Fourth"}, [brokers[7]]),
                     (f"{SHIJIAZHUANG}.05", {"en": "Fifth"}, [brokers[8]]))
        self.put_all((LAMP, {"en": "Lamp"}, [endpoint("_broker", "https://lamp.example.org/")]))
        quorum = self.keys.quorum()
        for kind, subject, body in ((SUSPEND, SUSPENDED, {1: "a dispute about the name"}),
                                    (REVOKE, WITHDRAWN, {1: "dissolved"}),
                                    (SUPERSEDE, SUPERSEDED, {1: SUCCESSOR, 2: "merged"})):
            self.next_of_authority(kind, subject, body, quorum)

    def live(self):
        """One life with each change in a second of its own: (name, index, its time, what it was)."""
        self.clock.advance(1)
        self.put_all((CHANGING, {"en": "Changing City"}))
        self.life = [("assign", "registered", None)]
        quorum = self.keys.quorum()
        steps = [lambda: self.update(CHANGING, 501), lambda: self.update(CHANGING, 502),
                 lambda: self.next_of_authority(SUSPEND, CHANGING, {1: "for now"}, quorum),
                 lambda: self.next_of_authority(RESUME, CHANGING, {}, quorum),
                 lambda: self.next_of_authority(REVOKE, CHANGING, {1: "for ever"}, quorum)]
        said = [("update", "registered", 501), ("update", "registered", 502),
                ("suspend", "suspended", None), ("resume", "registered", 502),
                ("revoke", "withdrawn", None)]
        for number, (step, what) in enumerate(zip(steps, said)):
            self.clock.advance(1)
            step()
            self.life.append(what)
            wait_until(lambda: len(self.changes()) == len(self.life), f"change {number}")
            if number == 1:
                self.take_snapshot()

    def changes(self):
        return self.resolver.request(f"/{CHANGING}/history?limit=100").json()["changes"]

    def take_snapshot(self):
        """Makes one of the first changes only."""
        wait_until(lambda: self.resolver.request("/ledger/checkpoint").status == 200, "a checkpoint")
        self.snapshot = self.directory / "snapshot"
        done(cityid("ledger", "snapshot", "--ledger", self.ledger, "-o", self.snapshot))

    def put_all(self, *assignments):
        """New identifiers (subject, names, endpoints, aliases), at once."""
        with concurrent.futures.ThreadPoolExecutor(16) as pool:
            list(pool.map(lambda each: self.put(*each), assignments))

    def put(self, subject, names, endpoints=(), aliases=None):
        key, code_key = SigningKey.generate(), SigningKey.generate()
        self.record_keys[subject], self.code_keys[subject] = key, code_key
        body = {1: self.holding(subject, names, endpoints)}
        if aliases:
            body[2] = aliases
        entry = self.keys.record(ASSIGN, subject, body).signed(
            *self.keys.quorum(), (NEW_KEY, key), (NEW_KEY, code_key))
        self.submit(entry)
        self.authority[subject] = self.holder[subject] = sha256(entry)

    def holding(self, subject, names, endpoints=(), population=None):
        metadata = {1: names, 2: "city"}
        if population:
            metadata[7] = population
        fields = {1: metadata}
        if endpoints:
            fields[2] = list(endpoints)
        return fields | {3: [grant(self.record_keys[subject]),
                             grant(self.code_keys[subject], CODE_KEY)]}

    def update(self, subject, population):
        entry = self.keys.record(
            UPDATE, subject, {1: self.holding(subject, {"en": "Changing City"}, (), population)},
            previous=self.holder[subject], authority=self.authority[subject]).signed(
                (HOLDER, self.record_keys[subject]))
        self.submit(entry)
        self.holder[subject] = sha256(entry)

    def next_of_authority(self, kind, subject, body, signers):
        entry = self.keys.record(kind, subject, body, previous=self.authority[subject]).signed(*signers)
        self.submit(entry)
        self.authority[subject] = sha256(entry)

    def submit(self, entry):
        reply = cityid_process.hand_in(self.resolver, entry)
        if reply.status not in (201, 202):
            raise AssertionError(str(reply))

    def code(self, subject=SHIJIAZHUANG, **claims):
        return Code(subject, self.code_keys[subject], **claims)

    def replica(self, name="replica", follow=True, options=()):
        """A resolver with a ledger from the snapshot, perhaps level with the registry."""
        ledger = self.directory / name
        done(cityid("ledger", "restore", "--ledger", ledger, "--trust", self.trust, self.snapshot))
        following = ["--follow", self.resolver.url, "--poll", "50"] if follow else []
        return cityid_process.resolver(ledger, *following, *options)


class Unmannerly(contextlib.ExitStack):
    """A resolver of a log with what no inbox takes, though no rule forbids it: private addresses.

    Its entries, its state and its checkpoint are made by other hands than the program's."""

    def __init__(self):
        super().__init__()
        directory = self.enter_context(cityid_process.temporary_directory())
        made = self.enter_context(Consortium(directory / "consortium"))
        keys = made.keys
        key = SigningKey.generate()
        names = {**endpoint("_names", "https://names.example.org/", conforms_to=[*PRIVATE, URN]),
                 7: PRIVATE[0]}  # its licence
        links = [names, endpoint("_mixed", "https://10.0.0.1/"), endpoint("_mixed", "https://mixed.example.org/"),
                 *(endpoint(f"_private{i}", href, conforms_to=[NGSI]) for i, href in enumerate(PRIVATE))]
        body = signed_record.holding("City", grant(key), endpoints=links)
        body[1][5] = PRIVATE[0]  # its website
        entry = keys.record(ASSIGN, SHIJIAZHUANG, {1: body}).signed(*keys.quorum(), (NEW_KEY, key))
        genesis = signed_record.opened(keys.genesis)[0]
        policy, ref = genesis[7][2], {1: 0, 2: keys.log}
        state = {b"G": encode({1: keys.log, 2: keys.origin, 3: ref, 4: policy})}
        for used in (keys.log_key, *keys.institutes, *keys.witnesses):
            state[b"K" + sha256(signed_record.public(used))] = encode("policy")
        when = int(time.time())
        log = handmade_log.Log(keys, [keys.genesis])
        log = log.but(self.root_of(keys, state, 1, when))
        ref = {1: 2, 2: sha256(entry)}
        state[b"I\1" + SHIJIAZHUANG.encode()] = encode({1: 1, **dict.fromkeys(range(2, 7), ref)})
        state[b"K" + sha256(signed_record.public(key))] = encode(SHIJIAZHUANG)
        log = log.but(entry, self.root_of(keys, state, 3, when))
        note = log.note(witnesses=(0, 1), when=when)
        with handmade_log.Web(handmade_log.serving(log, note)) as web:
            done(cityid("follow", "--from", web.url, "--ledger", directory / "ledger", "--trust",
                        made.trust, "--once"))
        self.resolver = self.enter_context(cityid_process.resolver(directory / "ledger"))

    @staticmethod
    def root_of(keys, state, size, when):
        body = {1: Tree(state).hash, 2: size, 3: when}
        record = signed_record.Record(signed_record.STATE_ROOT, body, log=keys.log, not_after=None)
        return signed_record.entry_of(record.payload(), [])


def get(target, **headers):
    return RESOLVER.request(target, **headers)


def quoted(text):
    return urllib.parse.quote(text, safe="")


def raw_target(target, method="GET", *lines):
    """The bytes of a request with these bytes as its target and lines."""
    def raw(text):
        return text if isinstance(text, bytes) else text.encode("utf-8")
    fields = b"".join(raw(line) + b"\r\n" for line in (f"Host: {HOST}", *lines))
    return raw(method) + b" " + raw(target) + b" HTTP/1.1\r\n" + fields + b"\r\n"


class AnswerCase(cityid_process.Case):
    def problem(self, reply, status, name=None):
        """A problem document with a type whose page is there."""
        self.assertEqual((reply.status, reply.media_type), (status, "application/problem+json"), reply)
        problem = reply.json()
        self.assertEqual(problem["status"], status, problem)
        for member in ("type", "title", "detail"):
            self.assertTrue(isinstance(problem[member], str) and problem[member], problem)
        self.assertRegex(problem["type"], r"\A/problems/[a-z-]+\Z")
        if name:
            self.assertEqual(problem["type"], f"/problems/{name}", problem)
        self.expect_type(problem["type"])
        return problem

    types_seen = set()

    def expect_type(self, name):
        if name in self.types_seen:
            return
        reply = get(name)
        self.assertEqual((reply.status, reply.media_type), (200, "application/json"), name)
        page = reply.json()
        self.assertEqual(page["type"], name)
        self.assertEqual(set(page["text"]), LANGUAGES)
        for words in page["text"].values():
            self.assertTrue(words["title"] and words["advice"], page)
        self.assertEqual(len({words["title"] for words in page["text"].values()}), 3)
        self.types_seen.add(name)

    def answered(self, target, verdict="registered", status=200, **headers):
        reply = get(target, **headers)
        self.assertEqual(reply.status, status, f"{target}{reply}")
        answer = reply.json()
        self.assertEqual(answer["verdict"], verdict, f"{target} {answer}")
        return answer

    def expect_alive(self):
        self.assertIsNone(RESOLVER.served.process.poll(), RESOLVER.served.text("err")[-2000:])
        self.answered(CITY)

    def pages(self, target, member, most=200):
        """The items of each page from here on, by following `next`; Link says the same."""
        pages = []
        while target:
            self.assertLess(len(pages), most, "it never ends")
            reply = get(target)
            self.assertEqual(reply.status, 200, f"{target}{reply}")
            page = reply.json()
            pages.append(page[member])
            target = page.get("next")
            self.assertEqual(reply["link"], f'<{target}>; rel="next"' if target else None)
        return pages


def iso(seconds):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))
