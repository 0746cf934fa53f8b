"""What a resolver answers, held against /openapi.json: methods, negotiation, finding, history, links,
bulk, and input that is none of these. The ledger is made here, with what the demonstration lacks:
several languages, private addresses, identifiers that ended, and a life with a change a second.

Faults that are known and not yet mended are marked as expected failures: whoever mends one takes the
mark away.
"""
import concurrent.futures
import contextlib
import io
import itertools
import json
import pathlib
import re
import sys
import time
import unittest
import urllib.parse

import cbor2
from nacl.signing import SigningKey

import cityid_process
import handmade_log
import signed_record
from cityid_process import HOST, SHIJIAZHUANG, Connection, cityid, head, wait_until
from consortium import done, write_key
from signed_code import Code, with_other_last_digit
from signed_record import (ASSIGN, CODE_KEY, HOLDER, NEW_KEY, RESUME, REVOKE, SUPERSEDE,
                           SUSPEND, UPDATE, encode, grant, sha256)

sys.path.append(str(pathlib.Path(__file__).resolve().parents[1] / "independent"))
from naive_map import Tree  # pylint: disable=wrong-import-position

CITY = f"/{SHIJIAZHUANG}"
BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8"
LANGUAGES = {"en", "zh-CN", "ar"}
METHODS = ("GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "TRACE", "PROPFIND", "get")
# What every route can answer: the listener's refusals, and what RFC 9110 has for all resources.
ANYWHERE = {204, 304, 400, 405, 408, 413, 414, 415, 421, 429, 431, 500, 501, 503, 505}
OFFICE, DEVICES = f"{SHIJIAZHUANG}.01", f"{SHIJIAZHUANG}.DEV"
LAMP, HUSHED = f"{DEVICES}.LAMP1", f"{SHIJIAZHUANG}.03"
TANGSHAN, LANGFANG = "MA.156.1302", "MA.156.1310"
SUSPENDED, BELOW_SUSPENDED = "MA.156.1304", "MA.156.1304.01"
WITHDRAWN, SUPERSEDED, SUCCESSOR = "MA.156.1305", "MA.156.1306", "MA.156.1307"
CHANGING = "MA.156.1308"  # a change a second
SAO_PAULO, LONG = "MA.076.G3448439", "MA.250.G1"
MANY = "MA.250"  # whose children fill pages
NGSI = "https://uri.etsi.org/ngsi-ld/"
LONG_DID = "did:example:" + "a1b2c3d4" * 12  # 108 characters, of 128 that an alias may have
PRIVATE = ("https://10.1.2.3/x", "http://192.168.1.1/", "https://127.0.0.1/", "https://127.1/",
           "http://0x7f.1/", "https://[::1]/", "https://[fd00::1]/", "https://localhost/",
           "https://broker.local/", "https://a.internal/", "https://intranet/", "http://169.254.169.254/")
NOT_WEB = ("coaps://lamp.example.org/", "ftp://example.org/", "javascript://example.org/%0Aalert(1)",
           "data://example.org/text/html,x", "file://example.org/etc/passwd")


def endpoint(rel, href, title=None, languages=(), access=1, conforms_to=(), partners=()):
    fields = {1: rel, 2: href, 4: title, 5: list(languages), 6: access, 8: list(conforms_to),
              9: list(partners)}
    return {k: v for k, v in fields.items() if v}


def setUpModule():
    global WORLD, RESOLVER
    WORLD = unittest.enterModuleContext(World())
    RESOLVER = WORLD.resolver


class World(contextlib.ExitStack):
    """A consortium with its ledger, a resolver that is also the registry, and what was put in."""

    def __init__(self):
        super().__init__()
        self.directory = self.enter_context(cityid_process.temporary_directory())
        self.keys = signed_record.Consortium()
        self.ledger = self.directory / "ledger"
        self.trust = self.directory / "trust.txt"
        self.authority, self.holder, self.record_keys, self.code_keys = {}, {}, {}, {}
        (self.directory / "genesis").write_bytes(self.keys.genesis)
        done(cityid("ledger", "init", "--genesis", self.directory / "genesis", "--ledger",
                    self.ledger))
        done(cityid("trust", "new", "--ledger", self.ledger, "-o", self.trust))
        options = ["--registry", "--log-key", write_key(self.directory / "log.key",
                                                        self.keys.log_key)]
        for i, key in enumerate(self.keys.witnesses):
            options += ["--witness-key", write_key(self.directory / f"witness{i}.key", key)]
        self.resolver = self.enter_context(cityid_process.resolver(self.ledger, *options))
        self.fill()
        self.live()

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
            time.sleep(1.02)
            step()
            self.life.append(what)
            if number == 1:
                self.take_snapshot()
        time.sleep(1.02)

    def take_snapshot(self):
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
        reply = self.resolver.post("/registry/applications", entry)
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
        keys = signed_record.Consortium()
        directory = self.enter_context(cityid_process.temporary_directory())
        (directory / "genesis").write_bytes(keys.genesis)
        done(cityid("ledger", "init", "--genesis", directory / "genesis", "--ledger",
                    directory / "founded"))
        done(cityid("trust", "new", "--ledger", directory / "founded", "-o", directory / "trust.txt"))
        key = SigningKey.generate()
        links = [endpoint("_mixed", "https://10.0.0.1/"), endpoint("_mixed", "https://mixed.example.org/"),
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
                        directory / "trust.txt", "--once"))
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


class Description:
    """/openapi.json, as a program reads it."""

    def __init__(self):
        reply = get("/openapi.json")
        assert (reply.status, reply.media_type) == (200, "application/json"), reply
        self.document = reply.json()
        self.paths = self.document["paths"]

    def methods(self, path):
        return {method.upper() for method in self.paths[path]}

    def statuses(self, path, method):
        responses = self.paths[path][method.lower()]["responses"]
        return {int(status) for status in responses if status != "default"}

    def types(self, path, method="get"):
        responses = self.paths[path][method]["responses"]
        return set(responses.get("200", {}).get("content", {}))


class Table(AnswerCase):
    """Every route of the table."""

    @classmethod
    def setUpClass(cls):
        cls.openapi = Description()
        code = WORLD.code()
        cls.values = {"id": SHIJIAZHUANG, "token": code.token(), "scheme": "gbt2260", "value": "130100",
                      "relation": "_broker", "type": "unknown-id", "draft": "0" * 64, "key": "47",
                      "index": "0", "file": "0/000.p/1", "version": "1", "size": "1"}

    def target(self, path):
        target = re.sub(r"\{(\w+)\}", lambda m: self.values[m[1]], path)
        return target + ("?rel=_broker" if path == "/{id}/peers" else "")

    def every_route(self):
        self.assertGreater(len(self.openapi.paths), 20)
        for path in self.openapi.paths:
            with self.subTest(path):
                yield path, self.target(path)

    def allowed(self, path):
        methods = self.openapi.methods(path)
        return methods | {"OPTIONS"} | ({"HEAD"} if "GET" in methods else set())

    def expect_allow(self, path, reply):
        named = [name.strip() for name in reply["allow"].split(",")]
        self.assertEqual(sorted(named), sorted(self.allowed(path)), reply)

    def test_options_says_what_there_is_and_who_may_ask(self):
        for path, target in self.every_route():
            reply = get(target, method="OPTIONS", origin="https://a.example",
                        access_control_request_method="POST")
            self.assertEqual((reply.status, reply.body), (204, b""), reply)
            self.expect_allow(path, reply)
            if path.startswith("/registry/"):
                self.assertFalse([k for k, _ in reply.fields if k.startswith("access-control")], reply)
                continue
            self.assertEqual(reply["access-control-allow-origin"], "*")
            self.assertEqual(reply["access-control-allow-methods"], reply["allow"])
            self.assertEqual(reply["access-control-allow-headers"].lower(), "content-type")
            self.assertGreater(int(reply["access-control-max-age"]), 0)
            self.assertIsNone(reply["access-control-allow-credentials"])

    def test_head_is_get_without_a_body(self):
        for path, target in self.every_route():
            if "GET" not in self.openapi.methods(path):
                continue
            whole, only_head = get(target), get(target, method="HEAD")
            self.assertEqual(only_head.body, b"")
            self.assertEqual(whole.status, only_head.status)
            self.assertEqual(int(whole["content-length"]), len(whole.body))
            for name in ("content-length", "content-type", "etag", "vary", "link", "cache-control",
                         "content-location", "access-control-allow-origin"):
                self.assertEqual(whole[name], only_head[name], name)

    def test_head_leaves_the_connection_usable(self):
        with RESOLVER.connect() as connection:
            for _ in range(3):
                connection.send(head(CITY, "HEAD") + head(CITY))
                self.assertEqual(connection.reply(bodiless=True).status, 200)
                self.assertEqual(connection.reply().json()["id"], SHIJIAZHUANG)

    def test_other_methods_are_405_and_say_which_there_are(self):
        for path, target in self.every_route():
            for method in set(METHODS) - self.allowed(path):
                if method == "HEAD":
                    continue
                reply = get(target, method=method)
                self.problem(reply, 405, "method-not-allowed")
                self.expect_allow(path, reply)

    def test_head_where_there_is_no_get_is_405(self):
        for path, target in self.every_route():
            if "GET" not in self.openapi.methods(path):
                reply = get(target, method="HEAD")
                self.assertEqual((reply.status, reply.body), (405, b""))
                self.expect_allow(path, reply)

    def test_a_body_over_the_limit_is_413(self):
        for path, target in self.every_route():
            post = self.openapi.paths[path].get("post")
            limit = int(re.search(r"\d+", post["requestBody"]["description"])[0]) if post else 0
            for method in ("POST", "PUT"):
                with RESOLVER.connect() as connection:
                    connection.send(head(target, method, content_length=limit + 1))
                    self.problem(connection.reply(), 413, "too-large")
            if post:
                reply = RESOLVER.post(target, b"x" * limit, content_type="text/plain")
                self.assertNotEqual(reply["connection"], "close", "refused before it was read")
                self.assertLess(reply.status, 500, reply)

    def test_what_is_answered_is_described(self):
        """Asked in every way that a program might; what is no GET of its own is in other tests."""
        asked = {
            "/{id}": ("?linkType=_broker", "?linkType=linkset", "?linkType=_none", "?linkType=//x",
                      "?versionTime=2000-01-01T00:00:00Z", "?versionTime=x", "?lang=zh"),
            "/search": ("?q=a", "?q=" + "a" * 101, "?q=%FF", "?limit=0", "?after=zz"),
            "/{id}/children": ("?limit=0", "?after=x", "?after=" + "a" * 600),
            "/{id}/peers": ("", "&limit=0", "&scope=x", "&conformsTo=" + "a" * 600),
            "/{id}/history": ("?limit=1", "?before=x"), "/{id}/proof": ("?since=1", "?since=x"),
            "/{id}/{token}": ("?linkType=linkset",),
            "/registry/applications": ("?limit=0", "?after=x"),
        }
        others = {"id": ("MA.156.9999", "x", SUSPENDED, WITHDRAWN), "type": ("nothing",),
                  "relation": ("license", "_"), "value": ("none", "a" * 300), "index": ("x", "999999"),
                  "file": ("x", "0/000"), "key": ("xx", "00"), "version": ("2",), "token": ("1", "x")}
        seen = 0
        for path, target in self.every_route():
            if "GET" not in self.openapi.methods(path):
                continue
            targets = [target, *(target + more for more in asked.get(path, ()))]
            for name in re.findall(r"\{(\w+)\}", path):
                targets += [target.replace(f"/{self.values[name]}", f"/{other}", 1)
                            for other in others.get(name, ())]
            described = self.openapi.statuses(path, "GET")
            for one, accept in itertools.product(targets, ("*/*", "image/png", BROWSER)):
                status = get(one, accept=accept).status
                self.assertIn(status, described | ANYWHERE - {400, 503}, f"{one} {accept}")
                seen += 1
        self.assertGreater(seen, 150)

    def test_posts_are_answered_with_what_is_described(self):
        bodies = (b"", b"x", b"[]", b'["MA.156.1301"]', b'{"code":"MA.156.1301"}', b"\x81\x40",
                  b"[1]", json.dumps(["x"] * 257).encode())
        for path, target in self.every_route():
            if "POST" not in self.openapi.methods(path):
                continue
            described = self.openapi.statuses(path, "POST")
            for body, kind, accept in itertools.product(
                    bodies, ("application/json", "application/cbor", "text/plain", "application/cose",
                             "application/x-www-form-urlencoded", "image/png"), ("*/*", "image/png")):
                reply = RESOLVER.post(target, body, content_type=kind, accept=accept)
                self.assertIn(reply.status, described, f"{path} {kind} {accept} {body}{reply}")

    def test_types_that_are_described_come(self):
        for path, target in self.every_route():
            for kind in self.openapi.types(path) if "GET" in self.openapi.methods(path) else ():
                reply = get(target, accept=kind)
                if reply.status == 200:
                    self.assertEqual(reply.media_type, kind, target)

    def test_json_has_the_members_that_its_schema_requires(self):
        schemas = self.openapi.document["components"]["schemas"]

        def required(name):
            schema = schemas[name]
            return set(schema.get("required", ())).union(
                *(required(part["$ref"].split("/")[-1]) for part in schema.get("allOf", ())))
        held = 0
        for path, target in self.every_route():
            content = self.openapi.paths[path].get("get", {}).get("responses", {}).get("200", {})
            schema = content.get("content", {}).get("application/json", {}).get("schema")
            if schema:
                self.assertLessEqual(required(schema["$ref"].split("/")[-1]), set(get(target).json()))
                held += 1
        self.assertGreater(held, 9)

    def test_problems_come_as_pages_to_browsers(self):
        targets = {"/nothing/is/here/at/all": 404, "/MA.156.9999": 404, f"{CITY}-00": 400, "/x": 400,
                   f"{CITY}/1": 400, "/alias/gbt2260/none": 404, "/search?limit=0": 400,
                   "/MA.156.9999/children": 404, f"{CITY}/peers": 400, f"{CITY}?linkType=_none": 404,
                   f"{CITY}?linkType=x%0D%0Ay": 400, f"{CITY}?versionTime=x": 400,
                   f"/{WITHDRAWN}": 410, f"/{SUSPENDED}": 403, "/problems/nothing": 404,
                   "/ledger/entry/999999": 404, "/rel/license": 404}
        for target, status in targets.items():
            with self.subTest(target):
                name = self.problem(get(target), status)["type"].removeprefix("/problems/")
                for tag in LANGUAGES:
                    page = get(target, accept=BROWSER, accept_language=tag)
                    self.assertEqual((page.status, page["content-type"]),
                                     (status, "text/html; charset=utf-8"))
                    self.assertEqual(page["content-language"], tag)
                    title = get(f"/problems/{name}").json()["text"][tag]["title"]
                    self.assertIn(title.replace("'", "&#39;"), page.text.replace("&#x27;", "&#39;"))
                cbor = get(target, accept="application/cbor")
                self.assertEqual((cbor.status, cbor.media_type), (status, "application/cbor"))
                self.assertEqual(cbor2.loads(cbor.body)["status"], status)

    def test_other_paths_are_404(self):
        for target in ("/a/b/c/d", "/ledger/nothing/x", "/problems/", "/registry/a/b", "//",
                       f"{CITY}/", f"{CITY}//", "/.well-known/nothing/x/y"):
            with self.subTest(target):
                self.problem(get(target), 404, "not-found")
        self.assertEqual(get("/nothing/is/here", method="OPTIONS").status, 404)


class Negotiation(AnswerCase):
    JSON, CBOR, HTML, LINKSET = ("application/json", "application/cbor", "text/html",
                                 "application/linkset+json")
    LISTS = ("/", "/search?q=s", f"{CITY}/children", f"{CITY}/history", f"{CITY}/peers?rel=_broker",
             "/problems/forged")

    def answers(self):
        return (CITY, f"{CITY}/{WORLD.code().token()}", "/alias/gbt2260/130100",
                f"{CITY}?versionTime={iso(time.time())}")

    def test_by_weight_and_by_how_exact_the_range_is(self):
        J, C, H, L = self.JSON, self.CBOR, self.HTML, self.LINKSET
        for accept, expected in {
                "*/*": J, "": J, J: J, C: C, H: H, L: L, "application/*": J, "text/*": H,
                "text/*;q=0.3, text/html;q=0.7, */*;q=0.1": H,
                "text/*;q=0.3, text/html;q=0.1, */*;q=0.2": J,
                "text/html;q=0, */*": J,
                "application/json;q=0.5, application/cbor;q=0.6": C,
                "application/json;q=0.001, application/cbor;q=0.002": C,
                "application/cbor;q=0.5, application/json;q=0.5": J,
                "text/html;q=0.000, text/*": None, "*/*;q=0": None, "image/png": None,
                "application/json;q=0": None, "image/*, text/plain": None,
                "application/*;q=0, */*": H, "Application/CBOR": C, "TEXT/HTML ; Q=0.9": H,
                "application/json ; q=0.2 , text/html ; q=0.3": H, ",,application/cbor,,": C,
                "application/linkset+json, application/json;q=0.9": L,
                "image/png, */*;q=0.1": J, BROWSER: H, "application/cbor;q=1.000": C,
                "application/json;charset=utf-8": J}.items():
            with self.subTest(accept):
                reply = get(CITY, accept=accept)
                if expected is None:
                    self.problem(reply, 406, "not-acceptable")
                else:
                    self.assertEqual((reply.status, reply.media_type), (200, expected))

    def test_json_that_is_excluded_does_not_come_as_a_problem(self):
        """`application/problem+json` is no form of an answer, so no wildcard may choose it."""
        for accept in ("*/*, application/json;q=0", "application/*;q=0.9, application/json;q=0.1"):
            self.assertEqual(get(CITY, accept=accept).media_type, self.CBOR)

    def test_without_accept_it_is_json(self):
        for target in (*self.answers(), *self.LISTS):
            reply = get(target)
            self.assertEqual((reply.status, reply.media_type), (200, self.JSON), target)
            reply.json()

    def test_cbor_is_the_data_of_the_json(self):
        for target in (*self.answers(), *self.LISTS, "/MA.156.9999", f"/{WITHDRAWN}", f"{CITY}-00"):
            with self.subTest(target):
                data, cbor = get(target), get(target, accept=self.CBOR)
                self.assertEqual((cbor.status, cbor.media_type), (data.status, self.CBOR))
                stream = io.BytesIO(cbor.body)
                self.assertEqual(cbor2.load(stream), data.json())
                self.assertEqual(stream.read(), b"", "more than one item")
                self.assertLess(len(cbor.body), len(data.body))

    def test_a_linkset_only_of_answers(self):
        for target in self.answers():
            linkset = get(target, accept=self.LINKSET)
            self.assertEqual((linkset.status, linkset.media_type), (200, self.LINKSET))
            self.assertEqual(linkset.json()["linkset"][0]["anchor"], f"https://{HOST}{CITY}")
        for target in self.LISTS:
            self.problem(get(target, accept=self.LINKSET), 406)
        self.assertEqual(get(f"{CITY}?linkType=linkset", accept=BROWSER).media_type, self.LINKSET)

    def test_vary_says_what_it_depends_on(self):
        for target in (*self.answers(), *self.LISTS, "/MA.156.9999"):
            for accept in (self.JSON, self.CBOR, self.HTML):
                vary = {name.strip().lower() for name in get(target, accept=accept)["vary"].split(",")}
                self.assertLessEqual({"accept", "accept-language"}, vary, target)

    def test_each_representation_has_a_strong_tag_and_is_revalidated(self):
        for target in (*self.answers()[:3], *self.LISTS):
            tags = {}
            for accept, language in itertools.product((self.JSON, self.CBOR, self.HTML),
                                                      ("en", "zh", "ar")):
                asked = {"accept": accept, "accept_language": language}
                reply = get(target, **asked)
                tag = reply["etag"]
                self.assertRegex(tag, r'\A"[!#-~]+"\Z')
                tags.setdefault(tag, set()).add(reply.body)
                for sent in (tag, "*", f'"x", {tag}', f'W/{tag},"y"', f'"a",W/"b" , {tag} '):
                    again = get_bodiless(target, if_none_match=sent, **asked)
                    self.assertEqual((again.status, again.body), (304, b""), sent)
                    self.assertEqual((again["etag"], again["vary"]), (tag, reply["vary"]))
                    # Seconds of its age may pass between the two.
                    self.assertRegex(again["cache-control"], r"\Apublic, max-age=\d+\Z")
                for sent in ('"x"', tag[:-1], tag.strip('"'), f'"{tag}"', "", "W/*", tag.upper() + "x"):
                    again = get(target, if_none_match=sent, **asked)
                    self.assertEqual((again.status, again.body), (200, reply.body), sent)
            self.assertTrue(all(len(bodies) == 1 for bodies in tags.values()), "one tag, two bodies")
            self.assertEqual(len(tags), 5, target)  # JSON and CBOR know no language

    def test_what_is_no_success_is_never_304(self):
        for target in ("/MA.156.9999", f"/{WITHDRAWN}", f"/{SUSPENDED}"):
            reply = get(target)
            for sent in ("*", reply["etag"]):
                self.assertEqual(get(target, if_none_match=sent).status, reply.status)
        self.assertEqual(RESOLVER.post("/resolve", b'["MA.156.1301"]', content_type=self.JSON,
                                       if_none_match="*").status, 200)

    def test_languages_by_lookup(self):
        for wanted, tag in {"en-US": "en", "zh-Hant-TW": "zh-CN", "zh-Hans, en;q=0.1": "zh-CN",
                            "fr, ar;q=0.9": "ar", "ar;q=0.9, zh;q=0.8": "ar", "*": "en", "": "en",
                            "fr": "en", "AR-eg": "ar", "en;q=0.1, zh;q=0.2": "zh-CN",
                            "en;q=0, zh;q=0.001": "zh-CN", "zhx": "en", "z": "en", "-": "en",
                            "zh;q=2": "en", "zh;q=x, ar;q=0.1": "ar", "x-zh": "en"}.items():
            with self.subTest(wanted):
                for target in (CITY, f"{CITY}/children", "/"):
                    reply = get(target, accept=BROWSER, accept_language=wanted)
                    self.assertEqual(reply["content-language"], tag)
                    self.assertIn(f'<html lang="{tag}"', reply.text)

    def test_the_address_wins_over_the_header(self):
        for lang, tag in {"en": "en", "zh": "zh-CN", "zh-CN": "zh-CN", "ar": "ar", "AR": "ar",
                          "xx": "zh-CN", "": "zh-CN", "%00": "zh-CN"}.items():
            for target in (CITY, f"{CITY}/children", "/", "/problems/forged", "/search",
                           "/alias/gbt2260/130100", f"/{WITHDRAWN}"):
                reply = get(f"{target}?lang={lang}", accept=BROWSER, accept_language="zh, en;q=0.1")
                self.assertEqual(reply["content-language"], tag, f"{target} {lang}")

    def test_a_list_may_come_in_several_fields(self):
        """RFC 9110, 5.3: the same as one field with commas."""
        with RESOLVER.connect() as connection:
            connection.send(raw_target(CITY, "GET", "Accept: image/png", "Accept: application/cbor"))
            self.assertEqual(connection.reply().media_type, self.CBOR)


def get_bodiless(target, **headers):
    """One that may be a 304, which has no length."""
    with RESOLVER.connect() as connection:
        connection.send(head(target, **headers))
        reply = connection.reply(bodiless=True)
        if reply.status != 304:
            raise AssertionError(str(reply))
        # Nothing stands between it and the next reply.
        connection.send(head("/healthz"))
        assert connection.reply().text == "ok\n"
        return reply


def iso(seconds):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))


def seconds_of(text):
    return int(time.mktime(time.strptime(text, "%Y-%m-%dT%H:%M:%SZ"))) - time.timezone


class Finding(AnswerCase):
    def search(self, text, **more):
        query = urllib.parse.urlencode({"q": text, **more})
        reply = get(f"/search?{query}")
        self.assertEqual(reply.status, 200, reply)
        self.assertEqual(reply.json()["query"], text)
        return [item["id"] for item in reply.json()["results"]]

    def test_by_name_in_any_language_and_by_what_else_it_is_called(self):
        for text in ("Shijiazhuang", "shijiazhuang", "SHIJIAZHUANG", "Shijia", "石家庄市", "石家", "家庄",
                     "石家莊", "Shíjiāzhuāng Shì", "shijiazhuang shi", "Shíjiā", "  Shijiazhuang  ",
                     "Ｓｈｉｊｉａ", "130100", "CNSJW", SHIJIAZHUANG, SHIJIAZHUANG.lower(),
                     f"{SHIJIAZHUANG}-{self.check()}"):
            with self.subTest(text):
                self.assertEqual(self.search(text), [SHIJIAZHUANG])
        for text in ("São Paulo", "sao paulo", "Paulo", "PAUL", "município", "de são", "3448439"):
            with self.subTest(text):
                self.assertEqual(self.search(text), [SAO_PAULO])
        for text in ("ijiazhuang", "aulo", "nobody", "", " ", "...", "%", "_", "*", "\u200b", "CNSJ",
                     f"{SHIJIAZHUANG}-00", "MA.156", "São  Paolo"):
            with self.subTest(text):
                self.assertEqual(self.search(text), [])

    def check(self):
        return get(CITY).json()["check"]

    def test_those_that_ended_are_found_and_say_so(self):
        status = {item["id"]: item["status"] for word in ("Suspended", "Withdrawn", "Superseded")
                  for item in get(f"/search?q={word}").json()["results"]}
        self.assertEqual(status, {SUSPENDED: "suspended", WITHDRAWN: "withdrawn",
                                  SUPERSEDED: "superseded"})

    def test_pages_of_a_search_have_everything_once(self):
        expected = [f"{MANY}.C{i:02}" for i in range(25)]
        for limit in (1, 2, 3, 7, 24, 25, 26, 100):
            pages = self.pages(f"/search?q=Springfield&limit={limit}", "results")
            self.assertEqual([item["id"] for page in pages for item in page], expected)
            self.assertTrue(all(len(page) == limit for page in pages[:-1]), limit)
        self.assertEqual(len(get("/search?q=Springfield").json()["results"]), 20)

    def test_pages_of_a_search_lose_nobody(self):
        for limit in (1, 2, 3):
            pages = self.pages(f"/search?q=quokka&limit={limit}", "results")
            self.assertEqual({item["id"] for page in pages for item in page},
                             {LONG, "MA.250.G2", "MA.250.G3"})

    def test_pages_of_a_search_repeat_nobody_who_has_two_names(self):
        for limit in (1, 2):
            pages = self.pages(f"/search?q=quokka&limit={limit}", "results")
            found = [item["id"] for page in pages for item in page]
            self.assertEqual(len(found), len(set(found)), found)

    def test_a_page_of_a_search_is_no_longer_than_its_limit(self):
        """Q58584 is an alias of one and in the name of another."""
        self.assertEqual(set(self.search("Q58584")), {SHIJIAZHUANG, LONG})
        self.assertEqual(len(self.search("Q58584", limit=1)), 1)

    def test_pages_of_children(self):
        expected = [f"{MANY}.C{i:02}" for i in range(25)] + [f"{MANY}.G{i}" for i in (1, 2, 3)]
        for limit in (1, 2, 3, 5, 14, 27, 28, 29):
            pages = self.pages(f"/{MANY}/children?limit={limit}", "children")
            self.assertEqual([item["id"] for page in pages for item in page], expected, limit)
            self.assertTrue(all(len(page) == limit for page in pages[:-1]), limit)
        below = [DEVICES, OFFICE, HUSHED, f"{SHIJIAZHUANG}.04", f"{SHIJIAZHUANG}.05"]
        pages = self.pages(f"{CITY}/children?limit=2&lang=zh", "children")
        self.assertEqual([item["id"] for page in pages for item in page], sorted(below))

    def test_children_of_whom(self):
        for target in (f"/{SHIJIAZHUANG.lower()}/children", f"{CITY}-{self.check()}/children"):
            self.assertEqual(get(target).json()["of"], SHIJIAZHUANG)
        self.assertEqual(get(f"/{LAMP}/children").json()["children"], [])
        self.assertEqual(get("/MA.999/children").json()["children"], [])
        self.problem(get("/MA.156.9999/children"), 404, "unknown-id")
        for wrong in ("x", "MA", "MA.1", f"{SHIJIAZHUANG}-00", "MA.156.", "MA..156"):
            self.problem(get(f"/{wrong}/children"), 400, "bad-request")

    def test_aliases_lead_to_their_identifier(self):
        for scheme, value in {"gbt2260": "130100", "unlocode": "CNSJW", "wikidata": "Q58584"}.items():
            reply = get(f"/alias/{scheme}/{value}")
            self.assertEqual((reply.status, reply["content-location"]), (200, CITY))
            self.assertEqual(reply.json(), get(CITY).json())
            self.assertEqual(reply["etag"], get(CITY)["etag"])
        self.assertEqual(get("/alias/unlocode/%43NSJW")["content-location"], CITY)
        self.assertIn("<h1>", get("/alias/gbt2260/130100", accept=BROWSER).text)

    def test_unknown_aliases(self):
        for target in ("/alias/gbt2260/130101", "/alias/nothing/130100", "/alias/unlocode/CNSJ",
                       "/alias/unlocode/CNSJW%20", "/alias/%67bt2260/", "/alias/gbt2260/%7C",
                       "/alias/gbt2260%7C130100/x", "/alias/A/%F0%9F%98%80"):
            if target.endswith("/"):
                self.problem(get(target), 404, "not-found")
            else:
                self.problem(get(target), 404, "unknown-alias")
        for value in ("%FF", "%0", "%00", "%C0%AF", "%ED%A0%80"):
            self.problem(get(f"/alias/gbt2260/{value}"), 400)

    def test_an_alias_as_long_as_the_rules_let_it_be(self):
        """128 characters (docs/ledger-format.md 3)."""
        self.assertEqual(get(f"/alias/did/{LONG_DID}").status, 200)
        self.assertEqual(self.search(LONG_DID), [SHIJIAZHUANG])

    def test_an_alias_is_no_form(self):
        """In a path '+' and '&' stand for themselves."""
        self.assertEqual(get("/alias/did/did:example:a%2Bb")["content-location"], f"/{LANGFANG}")
        self.assertEqual(get("/alias/did/did:example:a+b").status, 200)
        self.assertEqual(get("/alias/gbt2260/130100&x").status, 404)

    # Peers

    def peers(self, subject, query):
        pages = self.pages(f"/{subject}/peers?{query}", "peers")
        items = [item for page in pages for item in page]
        for item in items:
            self.assertEqual(item["status"], "active")
            self.assertTrue(item["endpoint"]["href"].startswith("https://"), item)
        return [item["id"] for item in items]

    def test_peers_beside_below_and_above(self):
        siblings = [SHIJIAZHUANG, TANGSHAN, LANGFANG]
        below = [OFFICE, HUSHED, f"{SHIJIAZHUANG}.04", f"{SHIJIAZHUANG}.05", LAMP]
        for by in ("rel=_broker", f"conformsTo={quoted(NGSI)}",
                   f"rel=_broker&conformsTo={quoted(NGSI)}"):
            for limit in ("", "&limit=1", "&limit=2"):
                with self.subTest(by + limit):
                    plain = by == "rel=_broker"
                    known = (lambda ids: ids) if plain else (
                        lambda ids: [x for x in ids if x not in (LANGFANG, LAMP)])
                    self.assertEqual(self.peers(TANGSHAN, by + limit), known(siblings))
                    self.assertEqual(self.peers(SHIJIAZHUANG, f"{by}&scope=siblings{limit}"),
                                     known(siblings))
                    self.assertEqual(self.peers(SHIJIAZHUANG, f"{by}&scope=below{limit}"),
                                     sorted(known(below)))
                    self.assertEqual(self.peers("MA.156", by + limit),
                                     sorted(known(siblings + below)))
                    self.assertEqual(self.peers(LAMP, f"{by}&scope=above{limit}"), [SHIJIAZHUANG])
                    self.assertEqual(self.peers(LAMP, f"{by}&scope=siblings{limit}"), known([LAMP]))
        self.assertEqual(self.peers(SHIJIAZHUANG, "rel=_nobody"), [])
        self.assertEqual(self.peers(SHIJIAZHUANG, "conformsTo=x"), [])
        self.assertEqual(self.peers(TANGSHAN, "rel=_mixed"), [SHIJIAZHUANG])

    def test_nobody_is_a_peer_who_is_suspended_or_below_or_ended(self):
        everywhere = self.peers("MA.156", "rel=_broker&limit=100")
        for absent in (SUSPENDED, BELOW_SUSPENDED, WITHDRAWN):
            self.assertNotIn(absent, everywhere)
        self.assertEqual(self.peers(SUSPENDED, "rel=_broker&scope=below"), [])

    def test_peers_of_whom_and_which(self):
        for target in (f"{CITY}/peers", f"{CITY}/peers?rel=", f"{CITY}/peers?rel=A",
                       f"{CITY}/peers?rel=_a-b", f"{CITY}/peers?rel=%22", f"{CITY}/peers?rel=_a&scope=x",
                       "/MA.156/peers?rel=_broker&scope=above", "/x/peers?rel=_broker",
                       "/MA.156/peers?rel=_broker&scope=siblings", f"{CITY}/peers?rel=_broker&limit=0",
                       f"{CITY}/peers?rel=_broker&after={SAO_PAULO}"):
            self.problem(get(target), 400, "bad-request")
        self.problem(get("/MA.156.9999/peers?rel=_broker"), 404, "unknown-id")

    # What is wrong is said so that it can be put right

    def test_the_nearest_ancestor_is_named(self):
        for subject, nearest in ((f"{LAMP}.X.Y", LAMP), (f"{SHIJIAZHUANG}.99", SHIJIAZHUANG),
                                 (f"{WITHDRAWN}.1", WITHDRAWN), ("MA.156.9999", None)):
            problem = self.problem(get(f"/{subject}"), 404, "unknown-id")
            self.assertEqual((problem["verdict"], problem["id"], problem.get("nearest")),
                             ("unknown-id", subject, nearest))

    def test_wrong_check_characters_suggest_what_may_be_meant(self):
        check = self.check()
        # a swapped pair of digits, and a digit off
        for typed in (f"MA.156.1310-{check}", f"MA.156.1301-{check[::-1]}", "MA.156.1391-" + check):
            problem = self.problem(get(f"/{typed}"), 400, "malformed")
            self.assertEqual(problem["verdict"], "malformed")
        self.assertIn(SHIJIAZHUANG, self.problem(get(f"/MA.156.1391-{check}"), 400)["suggestions"])
        self.assertIn(SHIJIAZHUANG, self.problem(get(f"/MA.156.1031-{check}"), 400)["suggestions"])
        self.assertNotIn("suggestions", self.problem(get("/x-yz"), 400))
        for suggestion in self.problem(get(f"/MA.156.1391-{check}"), 400)["suggestions"]:
            self.answered(f"/{suggestion}")

    def test_what_ended_says_why_and_where_to_go(self):
        reply = get(f"/{SUPERSEDED}")
        problem = self.problem(reply, 410, "superseded")
        self.assertEqual((problem["successor"], problem["endedBy"]["reason"]), (SUCCESSOR, "merged"))
        self.assertIn(f'</{SUCCESSOR}>; rel="successor-version"', reply["link"])
        self.assertEqual(get(f"/{SUCCESSOR}").json()["predecessors"], [SUPERSEDED])
        problem = self.problem(get(f"/{WITHDRAWN}"), 410, "withdrawn")
        self.assertEqual((problem["inactive"], problem["endedBy"]["reason"]), (WITHDRAWN, "dissolved"))
        entry = get(f"/ledger/entry/{problem['endedBy']['index']}").body
        self.assertEqual(sha256(entry).hex(), problem["endedBy"]["hash"])
        self.assertEqual(sha256(entry), WORLD.authority[WITHDRAWN])
        for subject in (SUSPENDED, BELOW_SUSPENDED):
            problem = self.problem(get(f"/{subject}"), 403, "suspended")
            self.assertEqual((problem["id"], problem["inactive"], problem["endedBy"]["reason"]),
                             (subject, SUSPENDED, "a dispute about the name"))
        for subject, status in ((WITHDRAWN, 410), (SUPERSEDED, 410), (SUSPENDED, 403),
                                (BELOW_SUSPENDED, 403)):
            for target in (f"/{subject}/{WORLD.code(subject).token()}", f"/{subject}?linkType=_broker",
                           f"/{subject}?linkType=linkset"):
                reply = get(target)
                self.problem(reply, status)
                self.assertIsNone(reply["location"])

    # The past

    def changes(self, resolver=None, query="limit=100"):
        reply = (resolver or RESOLVER).request(f"/{CHANGING}/history?{query}")
        self.assertEqual(reply.status, 200, reply)
        return reply.json()

    def test_history_has_each_entry_newest_first(self):
        changes = self.changes()["changes"]
        self.assertEqual([change["type"] for change in reversed(changes)],
                         [name for name, _, _ in WORLD.life])
        self.assertNotIn("since", self.changes())
        for change in changes:
            entry = get(change["entry"]).body
            self.assertEqual(sha256(entry).hex(), change["hash"])
            self.assertEqual(change["entry"], f"/ledger/entry/{change['index']}")
        self.assertEqual(sha256(get(changes[0]["entry"]).body), WORLD.authority[CHANGING])
        self.assertEqual(len({change["time"] for change in changes}), len(changes), "a second each")
        for limit in (1, 2, 3, 5, 6, 7):
            pages = self.pages(f"/{CHANGING}/history?limit={limit}", "changes")
            self.assertEqual([change for page in pages for change in page], changes)
            self.assertTrue(all(len(page) == limit for page in pages[:-1]))
        self.assertEqual(self.changes(query="before=0")["changes"], [])
        self.assertEqual([x["type"] for x in get(f"/{SUPERSEDED}/history").json()["changes"]],
                         ["supersede", "assign"])
        self.assertIn("assign", [x["type"] for x in get(f"/{SUCCESSOR}/history").json()["changes"]])
        self.problem(get("/MA.156.9999/history"), 404, "unknown-id")
        self.problem(get("/MA.156/history"), 400)

    def then(self, when, resolver=None):
        """Verdict and population at a time."""
        reply = (resolver or RESOLVER).request(f"/{CHANGING}?versionTime={when}")
        answer = reply.json()
        self.assertEqual(answer["versionTime"], when, reply)
        self.assertEqual(reply.status == 200, answer["verdict"] == "registered")
        return answer["verdict"], answer.get("population")

    def test_as_it_was_before_at_and_after_each_change(self):
        times = [seconds_of(change["time"]) for change in reversed(self.changes()["changes"])]
        was = ("unknown-id", None)
        for moment, (_, verdict, population) in zip(times, WORLD.life):
            self.assertEqual(self.then(iso(moment - 1)), was)
            was = (verdict, population)
            self.assertEqual(self.then(iso(moment)), was)
        self.assertEqual(self.then(iso(times[-1] + 1)), was)
        self.assertEqual(self.then("1970-01-01T00:00:00Z"), ("unknown-id", None))
        first = get(f"/{CHANGING}?versionTime={iso(times[0])}").json()
        self.assertEqual(sha256(get(f"/ledger/entry/{first['record']['index']}").body).hex(),
                         first["record"]["hash"])
        page = get(f"/{CHANGING}?versionTime={iso(times[1])}&lang=zh", accept=BROWSER)
        self.assertEqual((page.status, page["content-language"]), (200, "zh-CN"))
        self.assertRegex(page.text, r"\b501\b")

    def test_the_past_of_an_ancestor_counts(self):
        suspended = seconds_of(get(f"/{SUSPENDED}/history").json()["changes"][0]["time"])
        self.assertEqual(get(f"/{BELOW_SUSPENDED}?versionTime={iso(suspended)}").status, 403)

    def test_times_that_are_none(self):
        for when in ("x", "", "2027", "2026-01-01", "2026-01-01T00:00:00", "2026-01-01 00:00:00Z",
                     "2026-01-01T00:00:00z", "2026-02-30T00:00:00Z", "2026-13-01T00:00:00Z",
                     "2026-01-01T24:00:00Z", "2026-01-01T00:60:00Z", "2026-01-01T00:00:60Z",
                     "2026-01-01T00:00:00.5Z", "2026-01-01T00:00:00%2B08:00", "-026-01-01T00:00:00Z",
                     "%FF", "%00", "2026-01-01T00:00:00Z%0D%0A", "9999-12-31T23:59:59Z",
                     iso(time.time() + 3600), "٢٠٢٦-01-01T00:00:00Z"):
            with self.subTest(when):
                with RESOLVER.connect() as connection:
                    connection.send(raw_target(f"{CITY}?versionTime={when}"))
                    self.problem(connection.reply(), 400, "bad-request")
        self.problem(get(f"{CITY}?versionTime=2026-01-01T00:00:00Z&linkType=_broker"), 400)
        self.problem(get("/x?versionTime=2026-01-01T00:00:00Z"), 400, "malformed")

    def test_a_code_has_no_past(self):
        path = f"{CITY}/{WORLD.code().token()}"
        self.problem(get(f"{path}?versionTime=2026-01-01T00:00:00Z"), 400)
        self.answered(path, "valid")

    def test_a_replica_from_a_snapshot_knows_the_past_since(self):
        with WORLD.replica() as replica:
            head_now = RESOLVER.request("/ledger/checkpoint").text.split("\n")[1]
            wait_until(lambda: replica.request("/ledger/checkpoint").text.split("\n")[1] == head_now,
                       "a replica that is level")
            here, there = self.changes(), self.changes(replica)
            since = there["since"]
            after = [x for x in here["changes"] if x["time"] > since]
            self.assertTrue(0 < len(after) < len(here["changes"]))
            self.assertEqual(there["changes"], after)
            for change in after:
                self.assertEqual(replica.request(change["entry"]).body, get(change["entry"]).body)
            for moment in (since, *(change["time"] for change in after)):
                self.assertEqual(self.then(moment, replica), self.then(moment))
            for too_early in (iso(seconds_of(since) - 1), "1970-01-01T00:00:00Z"):
                reply = replica.request(f"/{CHANGING}?versionTime={too_early}")
                problem = self.problem(reply, 404, "past-unknown")
                self.assertIn(since, problem["detail"])
            for target in (CITY, "/search?q=shijia", f"/{MANY}/children?limit=100",
                           "/MA.156/peers?rel=_broker", f"/{CHANGING}"):
                mine, other = get(target), replica.request(target)
                self.assertEqual(other.status, mine.status, f"{target}{other}")
                a, b = mine.json(), other.json()
                a.pop("ledger"), b.pop("ledger")
                self.assertEqual(b, a, target)

    def test_a_replica_from_a_snapshot_says_what_ended_before_it(self):
        with WORLD.replica("after", follow=False) as replica:
            for subject in (WITHDRAWN, SUPERSEDED, SUSPENDED, BELOW_SUSPENDED):
                mine, other = get(f"/{subject}"), replica.request(f"/{subject}")
                self.assertEqual((other.status, other.json().get("verdict")),
                                 (mine.status, mine.json()["verdict"]), f"{subject}{other}")
            reply = replica.post("/resolve", json.dumps([SHIJIAZHUANG, WITHDRAWN]).encode(),
                                 content_type="application/json")
            self.assertEqual(reply.status, 200, reply)

    def test_a_resolver_past_its_hard_age_does_not_say_that_an_alias_is_unknown(self):
        with WORLD.replica("elder", follow=False, options=("--soft-age", "1", "--hard-age", "1")) as old:
            wait_until(lambda: old.request("/readyz").status == 503, "old enough")
            self.assertEqual(old.request("/alias/gbt2260/nobody").status, 503)

    def test_a_resolver_past_its_hard_age_says_nothing(self):
        with WORLD.replica("old", follow=False, options=("--soft-age", "1", "--hard-age", "1")) as old:
            wait_until(lambda: old.request("/readyz").status == 503, "old enough")
            for target in (CITY, "/", "/search?q=s", f"{CITY}/children", f"{CITY}/history",
                           f"{CITY}/peers?rel=_broker", "/alias/gbt2260/130100",
                           f"{CITY}?linkType=_broker", f"{CITY}?linkType=linkset",
                           f"{CITY}?versionTime=2026-01-01T00:00:00Z", f"/{WITHDRAWN}"):
                with self.subTest(target):
                    reply = old.request(target)
                    self.assertEqual((reply.status, reply.json()["type"]),
                                     (503, "/problems/ledger-stale"), reply)
                    self.assertEqual(reply["cache-control"], "no-store")
            reply = old.post("/resolve", b'["MA.156.1301"]', content_type="application/json")
            self.assertEqual(reply.json()["results"][0]["verdict"], "ledger-stale")
            self.assertNotIn("names", reply.json()["results"][0])
            reply = old.post("/verify", WORLD.code().url(HOST).encode(), content_type="text/plain")
            self.assertEqual((reply.status, reply.json()["verdict"]), (503, "ledger-stale"))


class PrivateAddresses(AnswerCase):
    @classmethod
    def setUpClass(cls):
        cls.there = cls.enterClassContext(Unmannerly()).resolver

    def test_they_are_in_no_answer(self):
        targets = (CITY, f"{CITY}?linkType=linkset", f"{CITY}/peers?rel=_mixed&limit=100",
                   "/MA.156/peers?rel=_private0", "/search?q=city", "/MA.156/children",
                   f"{CITY}?versionTime={iso(time.time())}", f"{CITY}/history")
        for target, accept in itertools.product(targets, ("*/*", BROWSER, "application/cbor",
                                                          "application/linkset+json")):
            reply = self.there.request(target, accept=accept)
            self.assertIn(reply.status, (200, 406), reply)
            for href in (*PRIVATE, "https://10.0.0.1"):
                self.assertNotIn(href.encode(), reply.body, target)
        reply = self.there.post("/resolve", b'["MA.156.1301"]', content_type="application/json")
        self.assertNotIn(b"10.0.0.1", reply.body)
        endpoints = self.there.request(CITY).json()["endpoints"]
        self.assertEqual([x["rel"] for x in endpoints if "href" not in x],
                         ["_mixed", *(f"_private{i}" for i in range(len(PRIVATE)))])
        self.assertNotIn("website", self.there.request(CITY).json())

    def test_they_are_no_peers_and_lead_nowhere(self):
        for query in (*(f"rel=_private{i}" for i in range(len(PRIVATE))), f"conformsTo={quoted(NGSI)}"):
            for subject in (SHIJIAZHUANG, "MA.156"):
                self.assertEqual(self.there.request(f"/{subject}/peers?{query}").json()["peers"], [])
        peers = self.there.request("/MA.156/peers?rel=_mixed").json()["peers"]
        self.assertEqual([x["endpoint"]["href"] for x in peers], ["https://mixed.example.org/"])
        for i, href in enumerate(PRIVATE):
            reply = self.there.request(f"{CITY}?linkType=_private{i}")
            self.assertEqual((reply.status, reply["location"]), (404, None), href)
        reply = self.there.request(f"{CITY}?linkType=_mixed")
        self.assertEqual((reply.status, reply["location"]), (307, "https://mixed.example.org/"))


class Links(AnswerCase):
    def test_every_relation_leads_only_where_the_ledger_says(self):
        for subject in (SHIJIAZHUANG, TANGSHAN, OFFICE, LAMP, HUSHED, LONG):
            levels = [get(f"/{subject}").json()]
            levels += [get(f"/{ancestor['id']}").json() for ancestor in levels[0]["ancestors"]]
            endpoints = [endpoint for level in levels for endpoint in level["endpoints"]]
            for rel in {endpoint["rel"] for endpoint in endpoints}:
                targets = [endpoint["href"] for endpoint in endpoints
                           if endpoint["rel"] == rel and
                           endpoint.get("href", "").startswith(("https://", "http://"))]
                for language in ("", "en", "zh", "ar"):
                    reply = get(f"/{subject}?linkType={rel}", accept_language=language)
                    if not targets:
                        self.problem(reply, 404, "no-such-link")
                        self.assertIsNone(reply["location"])
                        continue
                    self.assertEqual((reply.status, reply.body), (307, b""))
                    self.assertIn(reply["location"], targets)
                    self.assertEqual(reply["vary"], "Accept-Language")
                    self.assertEqual(reply["referrer-policy"], "no-referrer")

    def test_the_nearest_and_in_the_language_of_who_asks(self):
        def location(subject, rel, query="", **headers):
            reply = get(f"/{subject}?linkType={rel}{query}", **headers)
            self.assertEqual(reply.status, 307, reply)
            return reply["location"]
        self.assertEqual(location(OFFICE, "_broker"), "https://broker5.example.org/ngsi")
        self.assertEqual(location(DEVICES, "_broker"), "https://broker0.example.org/ngsi")
        self.assertEqual(location(SHIJIAZHUANG, "_mixed"), "https://mixed.example.org/")
        self.assertEqual(location(HUSHED, "_broker"), "https://broker4.example.org/ngsi")
        self.assertEqual(location(SHIJIAZHUANG, "service-desc"),
                         "http://shijiazhuang.example.org/openapi?a=1&b=%20#c")
        for headers, query, end in (({}, "", "en"), ({"accept_language": "zh-TW"}, "", "zh"),
                                    ({"accept_language": "ar"}, "", "en"),
                                    ({"accept_language": "zh"}, "&lang=en", "en"),
                                    ({"accept_language": "en"}, "&lang=zh-CN", "zh")):
            self.assertEqual(location(SHIJIAZHUANG, "service-doc", query, **headers),
                             f"https://shijiazhuang.example.org/{end}")
        self.assertEqual(location(SHIJIAZHUANG, quoted(f"https://{HOST}/rel/_broker")),
                         "https://broker0.example.org/ngsi")

    def test_what_is_no_web_page_leads_nowhere(self):
        for i, href in enumerate(NOT_WEB):
            for accept in ("*/*", BROWSER):
                reply = get(f"{CITY}?linkType=_other{i}", accept=accept)
                self.assertEqual((reply.status, reply["location"]), (404, None), href)
            self.assertIn(href, [x.get("href") for x in get(CITY).json()["endpoints"]])
            if not href.startswith("coaps:"):  # which a page may name, and no browser runs
                self.assertNotIn(f'href="{href}', get(CITY, accept=BROWSER).text)
            self.assertNotIn(href, get(f"{CITY}?linkType=linkset").text)

    def test_what_is_no_relation_leads_nowhere(self):
        for link in ("javascript:alert(1)", "data:text/html,x", "//evil.example", "https://evil.example/",
                     "%0D%0ALocation:%20https://evil.example/", "x%0D%0Ay", "_broker%0D%0Ax", "_broker%00",
                     "%22", "_a%22b", "_a'b", "_a-b", "_a%23b", "A", "Service-Doc", "%5F", "",
                     "_" + "a" * 64, "_broker%20", "+_broker", "%2F%2Fevil.example", "\\\\evil",
                     f"https://{HOST}/rel/", f"https://{HOST}/rel/../_broker", "https://evil/rel/_broker",
                     f"https://{HOST}.evil.example/rel/_broker", f"https://{HOST}/rel/%0d%0a", "%FF",
                     "a" * 600, "%"):
            with self.subTest(link):
                for accept in ("*/*", BROWSER):
                    with RESOLVER.connect() as connection:
                        connection.send(raw_target(f"{CITY}?linkType={link}", "GET", f"Accept: {accept}"))
                        reply = connection.reply()
                    known = link in ("%5F",)  # '_' alone is a relation of its own
                    self.assertIn(reply.status, (404,) if known else (400, 413), reply)
                    self.assertIsNone(reply["location"])
                    self.assertNotIn("evil", " ".join(v for k, v in reply.fields))

    def test_unknown_relations(self):
        for rel in ("license", "_none", "_broker2", "a", "self", "1"):
            problem = self.problem(get(f"{CITY}?linkType={rel}"), 404, "no-such-link")
            self.assertIn("linkType=linkset", problem["detail"])

    def test_never_from_a_code(self):
        good = WORLD.code().token()
        for token in (good, with_other_last_digit(good), "1"):
            for link in ("_broker", "linkset", "service-doc", "//evil", "x"):
                reply = get(f"{CITY}/{token}?linkType={link}")
                self.problem(reply, 400, "bad-request")
                self.assertIsNone(reply["location"])
            for link in ("link%54ype=_broker", "LINKTYPE=_broker", "x=1&linkType=_broker",
                         "linkType=&linkType=_broker", "linkType", "linkType="):
                reply = get(f"{CITY}/{token}?{link}")
                self.assertNotIn(reply.status, range(300, 400), reply)
                self.assertIsNone(reply["location"])

    def test_never_from_elsewhere(self):
        for target in ("/alias/gbt2260/999?linkType=_broker", "/?linkType=_broker",
                       "/search?q=s&linkType=_broker", "/MA.156.9999?linkType=_broker",
                       f"{CITY}?linktype=_broker", f"{CITY}?x=linkType=_broker"):
            reply = get(target)
            self.assertNotIn(reply.status, range(300, 400), target)
            self.assertIsNone(reply["location"])
        reply = RESOLVER.post("/verify?linkType=_broker", WORLD.code().url(HOST).encode(),
                              content_type="text/plain")
        self.assertNotIn(reply.status, range(300, 400))

    def test_a_linkset_has_what_leads_somewhere(self):
        reply = get(f"{CITY}?linkType=linkset")
        self.assertEqual(reply.media_type, "application/linkset+json")
        context = reply.json()["linkset"][0]
        for name, links in context.items():
            if isinstance(links, list):
                rel = name.removeprefix(f"https://{HOST}/rel/")
                for link in links:
                    self.assertRegex(link["href"], r"\Ahttps?://")
                self.assertEqual(get(f"{CITY}?linkType={quoted(name)}").status, 307, rel)
                if rel != name:
                    self.assertEqual(get(f"/rel/{rel}").json()["relation"], rel)
        levels = get(f"/{LAMP}?linkType=linkset").json()["linkset"]
        self.assertEqual([level["anchor"] for level in levels],
                         [f"https://{HOST}/{x}" for x in (LAMP, DEVICES, SHIJIAZHUANG)])

    def test_an_encoded_linkset_is_one(self):
        self.assertEqual(get(f"{CITY}?linkType=links%65t").media_type, "application/linkset+json")

    def test_link_headers_can_not_be_ended_from_the_query(self):
        with RESOLVER.connect() as connection:
            connection.send(raw_target(f'/{MANY}/children?limit=1&x=>;rel="evil"'))
            self.assertEqual(connection.reply()["link"].count(">"), 1)


class Bulk(AnswerCase):
    JSON, CBOR = "application/json", "application/cbor"

    def ask(self, body, kind=JSON, **headers):
        if not isinstance(body, bytes):
            body = cbor2.dumps(body) if kind == self.CBOR else json.dumps(body).encode()
        return RESOLVER.post("/resolve", body, content_type=kind, **headers)

    def results(self, body, kind=JSON):
        reply = self.ask(body, kind)
        self.assertEqual((reply.status, reply.media_type, reply["cache-control"]),
                         (200, kind, "no-store"), reply)
        answer = cbor2.loads(reply.body) if kind == self.CBOR else reply.json()
        self.assertEqual(answer["ledger"]["hosts"], [HOST])
        return answer["results"]

    def single(self, question):
        """The same asked alone."""
        if isinstance(question, bytes):
            reply = RESOLVER.post("/verify", question, content_type="application/cose")
        elif "://" in question:
            reply = RESOLVER.post("/verify", question.encode(), content_type="text/plain")
        else:
            reply = get("/" + quoted(question))
        answer = reply.json()
        answer.pop("ledger")
        return answer

    def questions(self):
        good = WORLD.code()
        expired = WORLD.code(issued=int(time.time()) - 10 * 86400, days=1)
        return [SHIJIAZHUANG, good.url(HOST), LAMP, SUPERSEDED, WITHDRAWN, BELOW_SUSPENDED, "MA.156.9999",
                "x", SHIJIAZHUANG, with_other_last_digit(good.url(HOST)), good.url("evil.example"),
                expired.url(HOST), f"{SHIJIAZHUANG}-00", SHIJIAZHUANG.lower(),
                WORLD.code(LAMP).url(HOST), Code(SHIJIAZHUANG, SigningKey.generate()).url(HOST)]

    def test_results_are_those_of_single_questions_in_order(self):
        questions = self.questions()
        expected = [self.single(question) for question in questions]
        self.assertEqual(len({answer["verdict"] for answer in expected}), 11)
        self.assertEqual(self.results(questions), expected)
        self.assertEqual(self.results(questions[::-1]), expected[::-1])
        self.assertEqual(self.results(questions, self.CBOR), expected)
        coses = [WORLD.code().cose(), WORLD.code(LAMP).cose(), b"", b"\xd2", b"\x00" * 4096,
                 WORLD.code().cose()[:-1] + b"\0"]
        mixed = [*questions[:3], *coses, *questions[3:]]
        self.assertEqual(self.results(mixed, self.CBOR), [self.single(each) for each in mixed])

    def test_how_many(self):
        self.assertEqual(len(self.results([SHIJIAZHUANG] * 256)), 256)
        self.assertEqual(len(self.results([SHIJIAZHUANG] * 256, self.CBOR)), 256)
        urls = [WORLD.code(serial=i).url(HOST) for i in range(256)]
        self.assertEqual({each["verdict"] for each in self.results(urls)}, {"valid"})
        for kind in (self.JSON, self.CBOR):
            self.problem(self.ask([SHIJIAZHUANG] * 257, kind), 413, "too-large")
            self.problem(self.ask(["x"] * 2000, kind), 413)
            self.problem(self.ask([], kind), 400)
            self.problem(self.ask(["x" * 4097], kind), 413)
            self.assertEqual(self.results(["x" * 4096], kind)[0]["verdict"], "malformed")

    def test_bodies_that_are_no_questions(self):
        for body in (b"", b"x", b"{}", b'"x"', b"null", b"1", b"[", b"[1]", b'["x",1]', b"[null]",
                     b'[["x"]]', b'[["MA.156.1301"],"MA.156.1301"]', b'["x",{}]', b'{"a":["x"]}', b'["x"]x',
                     b'["x",]', b"[[[[[[[[[[]]]]]]]]]]", b"[" * 100_000, b'["\xff"]', b'["\\ud800"]',
                     b'["\xc0\xaf"]', b"\x00", b"\xef\xbb\xbf", b"[1e999]", b"[NaN]"):
            with self.subTest(body[:40]):
                self.problem(self.ask(body), 400, "bad-request")
        for number in range(1, 40):  # a text in a list in a list ... among those that are asked
            nested = b'["MA.156.1301",' + b"[" * number + b'"x"' + b"]" * number + b"]"
            self.problem(self.ask(nested), 400)

    def test_json_ends_where_the_body_ends(self):
        self.assertEqual(self.ask(b'["x"]\0["y"]').status, 400)

    def test_cbor_that_is_no_questions(self):
        bombs = {
            "nothing": b"", "a text": b"\x61x", "a map": b"\xa0", "indefinite": b"\x9f\x61x\xff",
            "an indefinite text": b"\x81\x7f\x61x\xff", "indefinite bytes": b"\x81\x5f\x41x\xff",
            "deep": b"\x81" * 100_000 + b"\x00", "deep at the end": b"\x82\x61x" + b"\x81" * 1000,
            "2^64-1 items": b"\x9b" + b"\xff" * 8, "2^32-1 items": b"\x9a" + b"\xff" * 4,
            "more than there are": b"\x82\x61x", "2^63 bytes": b"\x81\x5b\x80" + b"\0" * 7,
            "2^64-1 characters": b"\x81\x7b" + b"\xff" * 8, "2^31 bytes": b"\x81\x5a\x80\0\0\0",
            "something behind": b"\x81\x61x\x00", "not shortest": b"\x98\x01\x61x",
            "not UTF-8": b"\x81\x61\xff", "overlong": b"\x81\x62\xc0\xaf", "a surrogate":
            b"\x81\x63\xed\xa0\x80", "a number": b"\x81\x00", "null": b"\x81\xf6", "a list": b"\x81\x80",
            "a tag": b"\xc0\x81\x61x", "a tagged text": b"\x81\xc0\x61x", "a float": b"\x81\xf9\x00\x00",
            "reserved": b"\x81\x1c", "a break": b"\x81\xff", "a map in it": b"\x81\xa1\x61x\x61y"}
        for what, body in bombs.items():
            with self.subTest(what):
                start = time.monotonic()
                reply = self.ask(body, self.CBOR)
                self.assertIn(reply.status, (413,) if "2^" in what and reply.status == 413 else (400,))
                self.problem(reply, reply.status)
                self.assertLess(time.monotonic() - start, cityid_process.HONEST)
        self.assertLess(RESOLVER.memory(), (1 << 29) * cityid_process.SLOW)
        self.expect_alive()

    def test_types(self):
        for kind in ("text/plain", "application/xml", "", "application/jsonx", "json", "application/*"):
            self.problem(self.ask(b'["MA.156.1301"]', kind), 415, "unsupported-media-type")
        for kind in ("application/json; charset=utf-8", "APPLICATION/JSON", "application/json ;x=y"):
            self.assertEqual(self.ask(b'["MA.156.1301"]', kind).status, 200)
        with RESOLVER.connect() as connection:
            connection.send(head("/resolve", "POST", content_length=2) + b"[]")
            self.problem(connection.reply(), 415)
        self.problem(RESOLVER.post("/resolve", b"x", content_type=self.JSON, content_encoding="gzip"), 415)

    def test_which_form_the_results_have(self):
        for kind, accept, expected in ((self.JSON, None, self.JSON), (self.CBOR, None, self.CBOR),
                                       (self.JSON, self.CBOR, self.CBOR), (self.CBOR, self.JSON, self.JSON),
                                       (self.CBOR, "*/*", self.CBOR), (self.JSON, "*/*", self.JSON),
                                       (self.JSON, "application/cbor;q=0.9, */*;q=0.1", self.CBOR),
                                       (self.JSON, "text/html", None), (self.JSON, "*/*;q=0", None)):
            more = {"accept": accept} if accept else {}
            reply = self.ask([SHIJIAZHUANG], kind, **more)
            if expected is None:
                self.assertEqual(reply.status, 406)
            else:
                self.assertEqual((reply.status, reply.media_type), (200, expected))
                self.assertEqual(reply["vary"], "Accept")


class Verify(AnswerCase):
    def ask(self, body, kind, **headers):
        return RESOLVER.post("/verify", body, content_type=kind, **headers)

    def every_form(self, url):
        text = url.encode()
        return ((text, "text/plain"), (b" \r\n" + text + b"\n", "text/plain; charset=utf-8"),
                (json.dumps({"code": url}).encode(), "application/json"),
                (b'{"x":[[[[1]]]],"code":"' + text + b'"}', "application/json"),
                (urllib.parse.urlencode({"a": "b", "code": url}).encode(),
                 "application/x-www-form-urlencoded"),
                (b"code=" + text, "application/x-www-form-urlencoded"))

    def test_text_json_forms_and_cose(self):
        code = WORLD.code()
        expected = self.answered(f"{CITY}/{code.token()}", "valid")
        for body, kind in (*self.every_form(code.url(HOST)), (code.cose(), "application/cose")):
            with self.subTest(kind):
                reply = self.ask(body, kind)
                self.assertEqual((reply.status, reply["cache-control"]), (200, "no-store"), reply)
                self.assertEqual(reply.json(), expected)
                page = self.ask(body, kind, accept=BROWSER, accept_language="zh")
                self.assertEqual((page.media_type, page["content-language"]), ("text/html", "zh-CN"))
                self.assertEqual(cbor2.loads(self.ask(body, kind, accept="application/cbor").body), expected)

    def test_verdicts(self):
        code = WORLD.code()
        for url, status, verdict in (
                (code.url("evil.example"), 403, "wrong-host"),
                (code.url(f"{HOST}.evil.example"), 403, "wrong-host"),
                (with_other_last_digit(code.url(HOST)), 403, "forged"),
                (Code(SHIJIAZHUANG, SigningKey.generate()).url(HOST), 403, "unknown-key"),
                (WORLD.code(issued=int(time.time()) + 3600).url(HOST), 403, "not-yet-valid"),
                (WORLD.code(issued=86400, days=1).url(HOST), 410, "expired"),
                (WORLD.code(WITHDRAWN).url(HOST), 410, "withdrawn"),
                (code.url(HOST).replace("https", "http"), 400, "malformed"),
                (code.url(f"{HOST}:443"), 400, "malformed"), (code.url(f"a@{HOST}"), 400, "malformed"),
                (code.url(HOST) + "?x", 400, "malformed"), (code.url(HOST) + "#x", 400, "malformed"),
                (code.url(HOST).upper(), 400, "malformed"), ("", 400, "malformed"),
                ("https://", 400, "malformed"), ("MA.156.9999", 404, "unknown-id"),
                ("石家庄", 400, "malformed"), ("x" * 4000, 400, "malformed")):
            for body, kind in self.every_form(url)[:1] + self.every_form(url)[2:5]:
                with self.subTest(url[:40], kind=kind):
                    reply = self.ask(body, kind)
                    self.assertEqual(self.problem(reply, status, verdict)["verdict"], verdict)
                    self.assertIsNone(reply["location"])
        reply = self.ask(WORLD.code().url("evil.example").encode(), "text/plain", accept=BROWSER)
        self.assertEqual(reply.status, 403)
        self.assertNotIn('href="https://evil.example', reply.text)

    def test_what_is_no_code_at_all(self):
        for body, kind in ((b"", "application/json"), (b"[]", "application/json"), (b"{}", "application/json"),
                           (b'{"code":1}', "application/json"), (b'{"code":null}', "application/json"),
                           (b'{"code":"x"', "application/json"), (b'{"code":"\xff"}', "application/json"),
                           (b"{" * 8000, "application/json"), (b'{"code":["x"]}', "application/json"),
                           (b"", "application/x-www-form-urlencoded"),
                           (b"cod=x", "application/x-www-form-urlencoded"),
                           (b"code=%FF", "application/x-www-form-urlencoded"),
                           (b"code=%", "application/x-www-form-urlencoded"),
                           (b"code=%00", "application/x-www-form-urlencoded"),
                           (b"\xff", "text/plain"), (b"\xc0\xaf", "text/plain")):
            with self.subTest(body[:20], kind=kind):
                self.problem(self.ask(body, kind), 400, "bad-request")
        for body in (b"", b"\xd2", b"\x81" * 4000, b"\x9f" * 100, b"\xd2\x84" + b"\x9b" + b"\xff" * 8):
            problem = self.problem(self.ask(body, "application/cose"), 400)
            self.assertIn(problem["verdict"], ("malformed", "unsupported"))
        for kind in ("multipart/form-data; boundary=x", "application/cbor", "", "image/png"):
            self.problem(self.ask(b"x", kind), 415, "unsupported-media-type")
        for kind in ("text/plain", "application/cose"):
            self.problem(self.ask(b"x" * 4097, kind), 413, "too-large")
            self.problem(self.ask(b"x" * 8193, kind), 413, "too-large")


class BadInput(AnswerCase):
    def tearDown(self):
        self.expect_alive()

    def send(self, raw):
        """The reply; whatever was asked, one that is meant."""
        with RESOLVER.connect() as connection:
            connection.send(raw)
            reply = connection.reply()
        self.assertLess(reply.status, 500, f"{raw[:300]}{reply}")
        if reply.status >= 400:
            self.assertIn(reply.media_type, ("application/problem+json", "text/html", "application/cbor"))
        return reply

    def test_header_fields_of_every_kind(self):
        random = cityid_process.seeded("answers_test.header_fields")
        pieces = [b"text/html", b"*/*", b"application/json", b"application/cbor", b"text/*", b";q=", b"q=0",
                  b"0.5", b"1.0000", b"-1", b"1e9", b",", b";", b"=", b'"', b"\\", b"/", b"*", b" ", b"\t",
                  b"zh-Hant", b"en", b"ar", b"-", b"W/", b'"x"', b"\xff\xfe", b"\xe7\x9f\xb3", b"%00", b"(",
                  b"{}", b"a" * 300, b"<script>", b"''", b"q", b"Q=1", b";;;;", b",,,,"]
        names = (b"Accept", b"Accept-Language", b"If-None-Match", b"Accept-Charset", b"Range", b"Cookie",
                 b"Content-Type")
        targets = (CITY, "/search?q=s", f"{CITY}/children", "/MA.156.9999", "/", "/problems/forged",
                   f"{CITY}?linkType=service-doc", f"{CITY}/{WORLD.code().token()}", "/openapi.json")
        with Patient() as pool:
            for _ in range(500):
                lines = [random.choice(names) + b": " +
                         b"".join(random.choices(pieces, k=random.randrange(8)))
                         for _ in range(random.randrange(1, 4))]
                raw = raw_target(random.choice(targets), "GET", *lines)
                reply = pool.ask(raw)
                self.assertIn(reply.status, (200, 304, 307, 400, 404, 406, 431), f"{raw}{reply}")
                if reply.status == 200:
                    self.assertTrue(reply.body)

    def test_targets_of_every_kind(self):
        random = cityid_process.seeded("answers_test.targets")
        pieces = ["MA.156.1301", "/", "?", "&", "=", "%", "%00", "%0D%0A", "%FF", "%C0%AF", "q", "limit",
                  "after", "before", "lang", "linkType", "versionTime", "rel", "conformsTo", "scope", "since",
                  "search", "alias", "children", "peers", "history", "proof", "1", "0", "-1", "a" * 70,
                  "MA.156", "_broker", "linkset", "2026-01-01T00:00:00Z", "+", "..", "//", "\\", "<", '"',
                  "'", "石", "\x80", "ledger", "tile", "entry", "problems", "rel", "|"]
        with Patient() as pool:
            for _ in range(500):
                target = "/" + "".join(random.choices(pieces, k=random.randrange(1, 10)))
                reply = pool.ask(raw_target(target))
                self.assertIn(reply.status, (200, 307, 400, 404, 413, 403, 410), f"{target}{reply}")

    def test_ten_thousand_parameters(self):
        for pair in ("a=b", "q=s", "&", "lang=zh", "limit=1", "linkType=x"):
            for target in (CITY, "/search", f"{CITY}/children"):
                self.assertEqual(self.send(raw_target(f"{target}?" + "&".join([pair] * 10_000))).status,
                                 431 if len(pair) > 0 else 414)
        many = "&".join(["x"] * 1_900)  # as many as a request line can have
        for target in (CITY, "/search", f"{CITY}/children", "/", f"{CITY}/history"):
            self.assertEqual(self.send(raw_target(f"{target}?{many}")).status, 200)

    def test_what_is_no_text(self):
        for value in ("%", "%0", "%zz", "%%", "%F", "%u0041", "%FF", "%C0%AF", "%E0%80%AF", "%ED%A0%80",
                      "%F4%90%80%80", "%80", "%00", "a%00b", "%01", "%7F", "%E7%9F", "\x80".encode("latin-1"),
                      "石"[:1].encode()[:2]):
            raw = value if isinstance(value, bytes) else value.encode()
            for target in (b"/search?q=", f"{CITY}?linkType=".encode(), f"{CITY}?versionTime=".encode(),
                           f"{CITY}/children?after=".encode(), f"{CITY}/peers?rel=".encode(),
                           f"{CITY}/peers?conformsTo=".encode(), f"{CITY}/history?before=".encode(),
                           b"/search?limit=", b"/alias/gbt2260/", b"/alias/"):
                tail = b"/x" if target == b"/alias/" else b""
                self.problem(self.send(raw_target(target + raw + tail)), 400)
        self.problem(self.send(raw_target("/" + "%4D" + SHIJIAZHUANG[1:])), 400)

    def test_limits_that_are_none(self):
        for target in ("/search?q=s", f"{CITY}/children?x", f"{CITY}/history?x",
                       f"{CITY}/peers?rel=_broker", "/registry/applications?x"):
            for limit in ("0", "-1", "101", "1000000000", "1e9", "abc", "1.0", "%31%00", "+1", " 1",
                          "18446744073709551617", "0x1", "١", "1,1"):
                self.problem(self.send(raw_target(f"{target}&limit={quoted(limit)}")), 400, "bad-request")
            for limit in ("1", "100"):
                self.assertEqual(get(f"{target}&limit={limit}").status, 200)

    def test_cursors_that_were_tampered_with(self):
        random = cityid_process.seeded("answers_test.cursors")
        for target, name, member in (("/search?q=Springfield&limit=3", "after", "results"),
                                     (f"/{MANY}/children?limit=3", "after", "children"),
                                     ("/MA.156/peers?rel=_broker&limit=2", "after", "peers"),
                                     (f"/{CHANGING}/history?limit=2", "before", "changes")):
            following = get(target).json()["next"]
            start, cursor = following.split(f"{name}=")
            statuses = set()
            for _ in range(60):
                changed = bytearray(cursor.encode())
                changed[random.randrange(len(changed))] ^= 1 << random.randrange(7)
                reply = self.send(raw_target(f"{start}{name}={quoted(changed.decode('latin-1'))}"))
                self.assertIn(reply.status, (200, 400), reply)
                statuses.add(reply.status)
                if reply.status == 200:
                    json.loads(reply.body)[member]
            self.assertIn(400, statuses, target)
            for cursor in ("", "0", "z", "00", "6e", "ff" * 255, "6e" * 250, "MA.156", SAO_PAULO, "-1", "1e3",
                           "18446744073709551616", f"{MANY}.C00/..", "a" * 5000, "72" + "00" * 20,
                           "6e" + "ff" * 100):
                self.assertIn(self.send(raw_target(f"{start}{name}={cursor}")).status, (200, 400, 413, 414))
        # Never out of what is asked about: another term, another subtree.
        self.problem(get("/search?q=Springfield&after=" + b"rservice-doc\0MA.156.1301".hex()), 400)
        self.problem(get(f"/{MANY}/children?after={SHIJIAZHUANG}"), 400)

    def test_identifiers_that_are_none(self):
        for text in ("x", "MA", "MA.156", "MA.156.", ".MA.156.1", "MA.156.1301..", "MA.15.1", "MA.156.石",
                     "MA.156." + "1" * 17, "MA.156" + ".1" * 9, "M" * 3000, "%", "MA.156.1301%00",
                     "MA.156.1301%20", "favicon.ico", "robots.txt", "index.html", "..", "~", "@", "MA.156.1301;x"):
            reply = self.send(raw_target(f"/{text}"))
            self.assertEqual(self.problem(reply, 400, "malformed")["verdict"], "malformed")


class Patient:
    """A connection that is made again when the other side has closed it."""

    def __enter__(self):
        self.connection = Connection(RESOLVER.port)
        return self

    def __exit__(self, *_):
        self.connection.__exit__()

    def ask(self, raw):
        self.connection.send(raw)
        reply = self.connection.reply(bodiless=True)
        length = 0 if reply.status in (204, 304) else int(reply["content-length"])
        while len(reply.body) < length:
            reply.body += self.connection.take(length - len(reply.body))
        if reply["connection"] == "close":
            self.connection.__exit__()
            self.connection = Connection(RESOLVER.port)
        return reply


if __name__ == "__main__":
    cityid_process.main()
