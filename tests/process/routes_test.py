"""Every route of the table, held against /openapi.json: methods, statuses, media types, problems.
"""
import itertools
import json
import re

import cbor2

import answer_cases
import cityid_process
from answer_cases import AnswerCase, BROWSER, CITY, LANGUAGES, SUSPENDED, WITHDRAWN, get
from cityid_process import SHIJIAZHUANG, head

METHODS = ("GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "TRACE", "PROPFIND", "get")
# What every route can answer: the listener's refusals, and what RFC 9110 has for all resources.
ANYWHERE = {204, 304, 400, 405, 412, 413, 414, 415, 421, 429, 431, 500, 501, 503, 505}


def setUpModule():
    global WORLD, RESOLVER
    WORLD = answer_cases.set_up()
    RESOLVER = WORLD.resolver


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
                      "gln": "9521141123454", "hex": "3276451fd46072000000162e", "base64": "MnZFH9RgcgAAABYu",
                      "relation": "_broker", "type": "unknown-id", "draft": "0" * 64, "key": "47",
                      "index": "0", "file": "0/000.p/1", "version": "1", "size": "1",
                      "did": f"did:web:id.example.cn:{SHIJIAZHUANG}"}

    def target(self, path):
        values = self.values | ({"file": "main.js"} if path.startswith("/scan/") else {})
        target = re.sub(r"\{(\w+)\}", lambda m: values[m[1]], path)
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
            asked = "content-type, if-none-match, traceparent, x-anything_else.1"
            reply = get(target, method="OPTIONS", origin="https://a.example",
                        access_control_request_headers=asked)
            self.assertEqual(reply["access-control-allow-headers"], asked)
            self.assertIn("Access-Control-Request-Headers", reply["vary"])
            reply = get(target, method="OPTIONS", access_control_request_headers="a: b; c")
            self.assertEqual(reply["access-control-allow-headers"].lower(), "content-type")
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
            for method in ("POST", "PUT", "GET"):
                with RESOLVER.connect() as connection:
                    connection.send(head(target, method, content_length=limit + 1))
                    if method in self.openapi.methods(path):
                        self.problem(connection.reply(),
                                     413, "too-large")
                    else:
                        self.problem(connection.reply(), 405, "method-not-allowed")
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
            if schema and not path.startswith("/registry/"):  # this resolver has no registry
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


if __name__ == "__main__":
    cityid_process.main()
