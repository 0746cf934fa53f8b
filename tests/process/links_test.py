"""Where links of an answer lead, and where they never lead.
"""
import itertools
import time

import answer_cases
import cityid_process
from answer_cases import (AnswerCase, BROWSER, CITY, DEVICES, HUSHED, LAMP, LONG, MANY, NGSI,
                          NOT_WEB, OFFICE, PRIVATE, TANGSHAN, URN, Unmannerly, get, iso,
                          quoted, raw_target)
from cityid_process import HOST, SHIJIAZHUANG
from signed_code import with_other_last_digit


def setUpModule():
    global WORLD, RESOLVER
    WORLD = answer_cases.set_up()
    RESOLVER = WORLD.resolver


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
        names = next(x for x in endpoints if x["rel"] == "_names")
        self.assertEqual(names["conformsTo"], [URN])
        self.assertNotIn("licence", names)

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


if __name__ == "__main__":
    cityid_process.main()
