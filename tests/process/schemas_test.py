"""JSON of every kind against its schemas in /openapi.json. Options: web_cases.py.
"""
import copy
import json

import cityid_process
import web_cases
from cityid_process import DEPARTMENT, HOST, SHIJIAZHUANG, fetch, post, wait_until
from web_cases import ENGLISH, LAMP, SUCCESSOR, SUPERSEDED, SUSPENDED, SchemaCase, WITHDRAWN

# For each path that gives JSON with a schema: some of its targets.
CODE_PAGES = ("valid", "valid-until", "document", "unit")


def setUpModule():
    global WORLD, PAGES
    web_cases.set_up()
    WORLD, PAGES = web_cases.WORLD, web_cases.PAGES


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
        state = "/registry/applications/{draft}/state"
        self.assertEqual(set(examples) | {state, "/registry/applications"}, described)
        documents = {}
        for reply in WORLD.states:
            self.assertEqual((reply.status, reply.media_type), (200, "application/json"), reply)
            documents[reply.json()["state"]] = (self.schema_of(state, "get"), reply.json())
        self.assertEqual(set(documents), {"waiting", "rejected"})
        waiting = WORLD.applications.json()
        self.assertNotEqual(waiting["applications"], [])
        documents["applications"] = (self.schema_of("/registry/applications", "get"), waiting)
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
            (412, fetch(port, city, if_match='"x"')),
            (413, post(port, "/verify", b"0" * 9000, content_type="text/plain")),
            (413, post(port, "/verify", b"0" * 5000, content_type="text/plain")),
            (414, fetch(port, "/" + "x" * 5000)),
            (415, post(port, "/resolve", b"<a/>", content_type="text/xml")),
            (421, fetch(strict, city, host="other.example")),
            (429, wait_until(limited, "too many requests")),
            (431, fetch(port, city, x="y" * 40_000)),
            (501, fetch(port, city, transfer_encoding="gzip")),
            (503, fetch(stale, city)),
            (503, fetch(stale, "/search?q=shi")),
        ]

    def test_problems_of_every_status_are_as_described(self):
        problems = self.problems()
        with WORLD.resolver.connect() as connection:
            connection.send(f"GET /{SHIJIAZHUANG} HTTP/2.0\r\n\r\n".encode())
            problems.append((505, connection.reply()))
        documented = {int(status) for item in self.openapi["paths"].values()
                      for operation in item.values() for status in operation["responses"]
                      if status.isdigit() and int(status) >= 400}
        # A 500 takes a defect: tests/unit/http/listener_test.cpp.
        self.assertEqual(documented - {500}, {status for status, _ in problems} - {405})
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


class Links(cityid_process.Case):
    def test_a_device_has_the_links_of_the_levels_above(self):
        contexts = WORLD.resolver.request(f"/{LAMP}?linkType=linkset").json()["linkset"]
        self.assertEqual([context["anchor"] for context in contexts],
                         [f"https://{HOST}/{identifier}"
                          for identifier in (LAMP, DEPARTMENT, SHIJIAZHUANG)])
        own, _, city = contexts
        (link,) = own["service-doc"]
        self.assertEqual((link["href"], link["hreflang"]),
                         ("https://docs.shijiazhuang.example/lamps", ["zh-Hans", "en", "ar", "zh"]))
        self.assertIn(f"https://{HOST}/rel/_contextBroker", city)


if __name__ == "__main__":
    web_cases.read_options()
    cityid_process.main()
