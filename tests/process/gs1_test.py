"""What a GS1-Conformant resolver (standard 1.2) does for locations: links of a GLN.
"""
import json

import answer_cases
import cityid_process
from answer_cases import BROWSER, AnswerCase, World, endpoint
from cityid_process import HOST, SHIJIAZHUANG

PLAIN, GLN, GONE, NONE = "9521141000007", "9521141123454", "9521141000014", "9521141999998"
RICH, WITHDRAWN = "MA.156.1302", "MA.156.1303"
UNIT, UNIT_GLN = "MA.156.1302.01", "9521141000021"
PDF, PDF_GLN = "MA.156.1304", "9521141000038"
VOC = "https://ref.gs1.org/voc/"
CONTEXT = "https://ref.gs1.org/standards/resolver/linkset-context"
LINKSET, JSON_LD = "application/linkset+json", "application/ld+json"
HEX = "/eh3276451fd46072000000162e"  # 9521141.12345.5678
ROOT = f"https://{HOST}"


class Locations(World):
    """Identifiers with GLNs: one without links, one with all kinds of them, one that has ended."""

    def fill(self):
        typed = {"html": "text/html", "pdf": "application/pdf"}
        links = [endpoint("_gs1_defaultLink", "https://rich.example.org/?a=1#top", {"en": "Start"}),
                 endpoint("_gs1_defaultLink", "https://rich.example.org/second", {"en": "Second"}),
                 endpoint("_gs1_locationInfo", "https://rich.example.org/?a=1", {"en": "Start"}),
                 endpoint("_gs1_openingHoursInfo", "https://rich.example.org/en", {"en": "Hours"}, ["en"]),
                 endpoint("_gs1_openingHoursInfo", "https://rich.example.org/pt", {"en": "Hours"}, ["pt"]),
                 endpoint("_gs1_openingHoursInfo", "https://rich.example.org/zh", {"en": "Hours"},
                          ["zh-Hans"]),
                 *(endpoint("_gs1_faqs", f"https://rich.example.org/faq.{kind}") | {3: media}
                   for kind, media in typed.items()),
                 endpoint("_gs1_support", "https://one.example.org/"),
                 endpoint("_gs1_support", "https://two.example.org/"),
                 endpoint("_gs1_support", "https://three.example.org/", languages=["fr"]),
                 endpoint("service-doc", "https://rich.example.org/doc"),
                 endpoint("_broker", "https://broker.example.org/")]
        several = [endpoint("_gs1_defaultLink", "https://first.example.org/", {"en": "First"}, ["en"])
                   | {3: "text/html"},
                   endpoint("_gs1_defaultLink", "https://second.example.org/", {"en": "Second"}, ["fr"])
                   | {3: "application/pdf"}]
        self.put_all((SHIJIAZHUANG, {"en": "Shijiazhuang"}, [], {"gln": PLAIN}),
                     (RICH, {"en": "Tangshan"}, links, {"gln": GLN}),
                     (WITHDRAWN, {"en": "Gone"}, [], {"gln": GONE}),
                     (PDF, {"en": "Two defaults"}, several, {"gln": PDF_GLN}))
        self.put_all((UNIT, {"en": "Unit"}, [], {"gln": UNIT_GLN}))
        self.next_of_authority(answer_cases.REVOKE, WITHDRAWN, {1: "dissolved"}, self.keys.quorum())

    def live(self):
        pass


def setUpModule():
    global RESOLVER
    answer_cases.RESOLVER = RESOLVER = cityid_process.unittest.enterModuleContext(Locations()).resolver


def get(target, method="GET", **headers):
    return RESOLVER.request(target, method, **headers)


class Gs1(AnswerCase):
    def test_own_linksets_have_link_types_of_gs1_by_their_address(self):
        links, = get(f"/{RICH}?linkType=linkset").json()["linkset"]
        self.assertEqual(links["anchor"], f"{ROOT}/{RICH}")
        self.assertEqual(len(links[f"{VOC}defaultLink"]), 1)
        self.assertIn(f"{ROOT}/rel/_broker", links)
        self.assertNotIn(f"{VOC}registryEntry", links)

    def leads(self, target, location, **headers):
        reply = get(target, **headers)
        self.assertEqual((reply.status, reply["location"]), (307, location), f"{target} {reply}")
        self.assertIn('?linkType=linkset>; rel="linkset"', reply["link"])
        self.assertEqual(reply["vary"], "Accept, Accept-Language")
        return reply

    def linkset(self, target, media_type=LINKSET, status=200, **headers):
        reply = get(target, **headers)
        self.assertEqual((reply.status, reply.media_type), (status, media_type), f"{target} {reply}")
        self.assertIn(f'<{CONTEXT}>; rel="http://www.w3.org/ns/json-ld#context"; type="{JSON_LD}"',
                      reply["link"])
        return reply.json()["linkset"]

    def test_the_resolver_says_what_it_does(self):
        reply = get("/.well-known/gs1resolver")
        self.assertEqual((reply.status, reply.media_type), (200, "application/json"))
        self.assertEqual(reply["access-control-allow-origin"], "*")
        self.assertEqual(reply.json(), {
            "name": "CityID resolver", "resolverRoot": ROOT, "supportedPrimaryKeys": ["414"],
            "supportedLinkType": [{"namespace": VOC, "prefix": "gs1:"}, {"namespace": f"{ROOT}/rel/"}],
            "linkTypeDefaultCanBeLinkset": False, "jsonLdContextLocation": CONTEXT})

    def test_without_link_type_the_default_whoever_asks(self):
        for accept in ("*/*", BROWSER, "image/png", "application/cbor", "application/*", "text/html",
                       "application/json;q=0", f"text/html, {LINKSET};q=0.9", ""):
            for language in ("", "ar", "fr;q=0.1", "xx"):
                headers = {"accept": accept, "accept_language": language}
                self.leads(f"/414/{GLN}", "https://rich.example.org/?a=1#top", **headers)
                self.leads(f"/414/{PLAIN}", f"{ROOT}/{SHIJIAZHUANG}", **headers)
        self.leads(f"/414/{UNIT_GLN}", f"{ROOT}/{UNIT}")

    def test_our_own_paths_redirect_no_more_than_before(self):
        for path in (f"/{RICH}", f"/alias/gln/{GLN}"):
            self.assertEqual(get(path).status, 200)
        for rel in ("_gs1_support", "gs1:support", f"{VOC}support"):
            self.assertEqual(get(f"/{RICH}?linkType={rel}")["location"], "https://one.example.org/")

    def test_slashes_and_extensions_are_answered_from_the_level_above(self):
        for end in ("/", "/254/x", "/254/x/", "/254/a%2Fb", "/254/12345678901234567890"):
            self.leads(f"/414/{GLN}{end}", "https://rich.example.org/?a=1#top")

    def test_the_query_is_passed_on_as_it_is(self):
        for query in ("foo=bar", "flag", "a=1;b=2", "x=%2F%20&y", "15=290101&x&&z="):
            self.leads(f"/414/{PLAIN}?{query}", f"{ROOT}/{SHIJIAZHUANG}?{query}")
            self.leads(f"/414/{GLN}?{query}", f"https://rich.example.org/?a=1&{query}#top")
        self.leads(f"/414/{GLN}?linkType=service-doc&s=1",
                   "https://rich.example.org/doc?linkType=service-doc&s=1")
        self.leads(f"/414/{PLAIN}?linkType=gs1:registryEntry&s=1", f"{ROOT}/{SHIJIAZHUANG}?s=1")

    def test_a_link_type_in_each_spelling(self):
        for prefix in ("gs1:", VOC, "https://gs1.org/voc/", "https://www.gs1.org/voc/", "_gs1_"):
            self.leads(f"/414/{GLN}?linkType={prefix}locationInfo",
                       f"https://rich.example.org/?a=1&linkType={prefix}locationInfo")
            self.leads(f"/414/{PLAIN}?linkType={prefix}defaultLink", f"{ROOT}/{SHIJIAZHUANG}")
        for spelling in ("_broker", f"{ROOT}/rel/_broker"):
            self.leads(f"/414/{GLN}?linkType={spelling}", f"https://broker.example.org/?linkType={spelling}")
            self.leads(f"/414/{UNIT_GLN}?linkType={spelling}",
                       f"https://broker.example.org/?linkType={spelling}")
        for missing in ("gs1:nosuchlt", f"{VOC}pip", "license", "https://elsewhere.example/x", ""):
            self.problem(get(f"/414/{GLN}?linkType={missing}"), 404, "no-such-link")

    def test_language_and_media_type_choose_among_links_of_a_type(self):
        hours = f"/414/{GLN}?linkType=gs1:openingHoursInfo"
        for language, end in (("en", "en"), ("pt-BR, en;q=0.5", "pt"), ("pt", "pt"), ("zh-CN", "zh"),
                              ("zh", "zh"), ("fr, pt;q=0.2", "pt"), ("", "en")):
            self.assertEqual(get(hours, accept_language=language)["location"].partition("?")[0],
                             f"https://rich.example.org/{end}", language)
        for media in ("text/html", "application/pdf"):
            location = get(f"/414/{GLN}?linkType=gs1:faqs", accept=media)["location"]
            self.assertIn("faq.html" if media == "text/html" else "faq.pdf", location)

    def test_links_that_can_not_be_told_apart_are_named(self):
        links, = self.linkset(f"/414/{GLN}?linkType=gs1:support", status=300)
        self.assertEqual(links["anchor"], f"{ROOT}/414/{GLN}")
        self.assertEqual([link["href"] for link in links[f"{VOC}support"]],
                         ["https://one.example.org/", "https://two.example.org/"])
        self.leads(f"/414/{GLN}?linkType=gs1:support",
                   "https://three.example.org/?linkType=gs1:support", accept_language="fr")

    def test_the_linkset_by_accept_and_by_link_type(self):
        wanted = self.linkset(f"/414/{GLN}?linkType=linkset")
        for accept in ("*/*", "image/png", f"{LINKSET}, text/html;q=0.9", ""):
            self.assertEqual(self.linkset(f"/414/{GLN}?linkType=all", accept=accept), wanted)
        self.assertEqual(self.linkset(f"/414/{GLN}", accept=LINKSET), wanted)
        self.assertEqual(self.linkset(f"/414/{GLN}", "application/json", accept="application/json"), wanted)
        own = wanted[0]
        self.assertEqual(own["itemDescription"], "Tangshan")
        self.assertEqual(own[f"{VOC}defaultLink"],
                         [{"href": "https://rich.example.org/?a=1#top", "title": "Start"}])
        self.assertIn(f"{VOC}locationInfo", own)
        self.assertEqual(own[f"{VOC}registryEntry"][0]["href"], f"{ROOT}/{RICH}")
        plain = self.linkset(f"/414/{PLAIN}?linkType=linkset")[0]
        self.assertEqual(plain[f"{VOC}defaultLink"],
                         [{"href": f"{ROOT}/{SHIJIAZHUANG}", "title": "Shijiazhuang"}])
        self.assertEqual([x["anchor"] for x in self.linkset(f"/414/{UNIT_GLN}?linkType=linkset")],
                         [f"{ROOT}/414/{UNIT_GLN}", f"{ROOT}/{RICH}"])

    def test_the_linkset_as_json_ld_names_its_context(self):
        wanted = get(f"/414/{GLN}?linkType=linkset").json()
        for query in ("", "?linkType=linkset"):
            reply = get(f"/414/{GLN}{query}", accept=JSON_LD)
            self.assertEqual((reply.status, reply.media_type), (200, JSON_LD))
            self.assertEqual(reply.json(), {"@context": CONTEXT, **wanted})

    def test_the_linkset_as_a_page(self):
        reply = get(f"/414/{GLN}?linkType=linkset", accept=BROWSER)
        self.assertEqual((reply.status, reply.media_type), (200, "text/html"), reply)
        for link in ("https://rich.example.org/faq.pdf", "https://two.example.org/"):
            self.assertIn(f'href="{link}"', reply.text)
        self.assertIn(f'/414/{GLN}?linkType=linkset>; rel="linkset"', str(reply.fields))
        self.assertEqual(reply["content-security-policy"], get(f"/{RICH}", accept=BROWSER)[
            "content-security-policy"])

    def test_of_several_default_links_the_first_counts(self):
        for accept in ("application/pdf", "text/html"):
            self.leads(f"/414/{PDF_GLN}", "https://first.example.org/", accept=accept)
            self.leads(f"/414/{PDF_GLN}", "https://first.example.org/", accept_language="fr")

    def test_the_anchor_is_what_was_asked(self):
        for path in (f"/414/{GLN}", f"/414/{GLN}/", f"/414/{GLN}/254/a%2fb"):
            self.assertEqual(self.linkset(path, accept=LINKSET)[0]["anchor"], ROOT + path)

    def test_binary_strings_are_decompressed(self):
        whole = f"/414/{GLN}/254/5678"
        for path in (HEX, "/exMnZFH9RgcgAAABYu"):
            reply = self.leads(path, "https://rich.example.org/?a=1#top")
            self.assertIn(f'<{ROOT}{whole}>; rel="owl:sameAs"', reply["link"])
            self.assertEqual(self.linkset(path, accept=LINKSET)[0]["anchor"], ROOT + whole)
        for end in range(4, len(HEX)):
            self.problem(get(HEX[:end]), 400, "bad-request")
        for other in ("/eh3074257bf7194e4000001a85", "/exMHQle_cZTkAAABqF", "/eh3274257bf460720000000190"):
            self.assertEqual(get(other).status, 404, other)

    def test_errors(self):
        for path in (f"/414/{GLN[:-1]}5", f"/414/{GLN[:-1]}", f"/414/0{GLN}", f"/414/{GLN}/foo",
                     f"/414/{GLN}/10/x", f"/414/{GLN}/3103/000195", f"/414/{GLN}/254", f"/414/{GLN}/254/",
                     f"/414/{GLN}/254/{'x' * 21}", f"/414/{GLN}/254/a%20b", f"/414/{GLN}?linkType=%",
                     "/414/x", "/ehX", "/ex*"):
            self.problem(get(path), 400, "bad-request")
        self.problem(get(f"/414/{NONE}"), 404, "unknown-alias")
        self.problem(get(f"/414/{NONE}/254/x?linkType=linkset"), 404, "unknown-alias")
        for query in ("", "?linkType=linkset", "?linkType=gs1:pip"):
            reply = get(f"/414/{GONE}{query}", accept="application/json")
            self.assertEqual((reply.status, reply.json()["verdict"]), (410, "withdrawn"), reply)

    def test_options_and_head(self):
        for path in (f"/414/{GLN}", f"/414/{GLN}/254/x", HEX, f"/{RICH}"):
            reply = get(path, "OPTIONS")
            self.assertEqual(reply.status, 204)
            self.assertEqual(reply["link"], f'<{path}?linkType=linkset>; rel="linkset"; type="{LINKSET}"')
            for method in ("GET", "HEAD", "OPTIONS"):
                self.assertIn(method, reply["access-control-allow-methods"])
        self.assertIsNone(get(f"/{RICH}/children", "OPTIONS")["link"])
        head = get(f"/414/{GLN}", "HEAD")
        self.assertEqual((head.status, head["location"]), (307, "https://rich.example.org/?a=1#top"))

    def test_a_host_of_strangers_is_in_no_link(self):
        for host in ("evil.example", "127.0.0.1:80"):
            self.assertNotIn(host, json.dumps(self.linkset(f"/414/{PLAIN}", accept=LINKSET, host=host)))
            self.leads(f"/414/{PLAIN}", f"{ROOT}/{SHIJIAZHUANG}", host=host)


if __name__ == "__main__":
    cityid_process.main()
