"""POST /resolve and /verify: many questions at once, and codes in every form.
"""
import json
import time
import urllib.parse

import cbor2
from nacl.signing import SigningKey

import answer_cases
import cityid_process
from answer_cases import (AnswerCase, BELOW_SUSPENDED, BROWSER, CITY, LAMP, SUPERSEDED, WITHDRAWN,
                          get, quoted)
from cityid_process import HOST, SHIJIAZHUANG, head
from signed_code import Code, with_other_last_digit


def setUpModule():
    global WORLD, RESOLVER
    WORLD = answer_cases.set_up()
    RESOLVER = WORLD.resolver


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

    def test_what_people_paste_is_cleaned_and_they_are_told(self):
        code = WORLD.code().url(HOST)
        expected = self.ask(code.encode(), "text/plain").json()
        for name, pasted in {
                "a query": f"{code}?lang=zh", "a tracker's query": f"{code}?fbclid=IwAR0-_x&utm_source=a",
                "a fragment": f"{code}#top", "blanks around it": f" \t{code}\u00a0\r\n", "BOM": f"\ufeff{code}",
                "the mark of a scanner": f"]Q1{code}", "all of it": f"\ufeff]Q1 <{code}/?lang=zh>.",
                "lines that were broken": f"{code[:60]}\r\n {code[60:]}", "percent-encoded": code.replace(".", "%2E"),
                "percent-encoded altogether": urllib.parse.quote(code, safe="")}.items():
            with self.subTest(name):
                body = urllib.parse.urlencode({"code": pasted}).encode()
                reply = self.ask(body, "application/x-www-form-urlencoded")
                self.assertEqual((reply.status, reply.json()), (200, {**expected, "judged": code}))
                page = self.ask(body, "application/x-www-form-urlencoded", accept=BROWSER)
                self.assertIn(f'<code dir="ltr">{code}</code></p>', page.text)
                # What a scanner or a device sends is what it has read, but for blanks at its ends.
                for kind, strict in (("text/plain", pasted.encode()),
                                     ("application/json", json.dumps({"code": pasted}).encode())):
                    reply = self.ask(strict, kind)
                    if pasted.strip(" \t\r\n") != code:
                        self.assertEqual(self.problem(reply, 400)["verdict"], "malformed")
        for elsewhere in (f"https://evil.example/?u={code}", f"see {code}", code.replace(HOST, f"{HOST}@evil.example"),
                          code.replace(HOST, f"{HOST}%2F"), code.replace(".", " .", 1)):
            body = urllib.parse.urlencode({"code": elsewhere}).encode()
            self.problem(self.ask(body, "application/x-www-form-urlencoded"), 400, "malformed")

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
        for kind in ("multipart/mixed; boundary=x", "application/cbor", "", "application/zip"):
            self.problem(self.ask(b"x", kind), 415, "unsupported-media-type")
        for kind in ("text/plain", "application/cose"):
            self.problem(self.ask(b"x" * 4097, kind), 413, "too-large")
            self.problem(self.ask(b"x" * 8193, kind), 413, "too-large")


if __name__ == "__main__":
    cityid_process.main()
