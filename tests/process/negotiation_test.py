"""Which representation and which language an answer has, and when it is answered with 304.
"""
import io
import itertools
import time

import cbor2

import answer_cases
import cityid_process
from answer_cases import AnswerCase, BROWSER, CITY, SUSPENDED, WITHDRAWN, get, iso, raw_target
from cityid_process import HOST, head


def setUpModule():
    global WORLD, RESOLVER
    WORLD = answer_cases.set_up()
    RESOLVER = WORLD.resolver


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
                "application/json;charset=utf-8": J, "application/json;version=2;q=0, application/json": J,
                "application/json;version=2": J, "application/linkset+json;profile=\"https://a.example/,b\"": L,
                "text/html;p=\"a, application/cbor\"": H, "text/html;q=.9, application/json;q=.8": H,
                "text/html;q=0.9999, application/json;q=0.5": H, "image/gif, *; q=.2": J,
                "text/html;q=x, application/json;q=0.5": H, "text/html;p=\"x, application/cbor;q=0.5": H,
                "application/cbor;q=0.00001": C, "application/json;q=0;version=2": None}.items():
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

    def test_who_insists_on_another_tag_gets_412(self):
        tag = get(CITY)["etag"]
        for sent, status in ((tag, 200), ("*", 200), (f'"x", {tag}', 200), ('"x"', 412), (f"W/{tag}", 412)):
            for method in ("GET", "HEAD"):
                self.assertEqual(get(CITY, method=method, if_match=sent).status, status, sent)
        self.problem(get(CITY, if_match='"x"'), 412, "precondition-failed")

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
                            "zh;q=2": "zh-CN", "zh;q=x, ar;q=0.1": "zh-CN", "x-zh": "en",
                            "zh_TW": "zh-CN", "fr;x=\"a,ar\", zh": "zh-CN"}.items():
            with self.subTest(wanted):
                for target in (CITY, f"{CITY}/children", "/"):
                    reply = get(target, accept=BROWSER, accept_language=wanted)
                    self.assertEqual(reply["content-language"], tag)
                    self.assertIn(f'<html lang="{tag}"', reply.text)

    def test_each_name_says_its_language(self):
        names = get(CITY).json()["names"]
        self.assertGreater(len(names), 3)
        for wanted, first in (("en", "en"), ("zh-TW", "zh-Hant"), ("zh-HK, zh;q=0.9", "zh-Hant"), ("ar", "en"),
                              ("fr, zh-CN;q=0.5", "zh"), ("zh-Latn-CN-pinyin", "zh-Latn"), ("ar-EG", "en")):
            page = get(CITY, accept=BROWSER, accept_language=wanted).text
            self.assertIn(f'<p class="name"><bdi lang="{first}">{names[first]}</bdi></p>', page)
            for tag, name in names.items():
                self.assertIn(f'<bdi lang="{tag}">{name}</bdi>', page)
        # Who reads Traditional characters gets them on the pages that a page leads to, too.
        page = get(f"{CITY}?lang=zh", accept=BROWSER, accept_language="zh-TW, en;q=0.5").text
        self.assertIn(f'<p class="name"><bdi lang="zh-Hant">{names["zh-Hant"]}</bdi></p>', page)

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


if __name__ == "__main__":
    cityid_process.main()
