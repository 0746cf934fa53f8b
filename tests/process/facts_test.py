"""What a code says is told alike in JSON, as text and on pages: one list, and all of it."""
import hashlib
import html
import json
import re
import unittest

import cityid_process
from cityid_process import HOST, SHIJIAZHUANG, cityid
from signed_code import with_other_last_digit

CONTENT = b"the document that carries the code"
DOCUMENT = {"type": "建筑许可证", "number": "رقم 12/7", "date": "2026-11-22",
            "sha256": hashlib.sha256(CONTENT).hexdigest()}
# Labels with markup, of both directions, and as our own rows are called.
FACTS = [{"label": "Signed by", "value": "nobody"}, {"label": "المنطقة", "value": "وسط المدينة 12"},
         {"label": "<b>&amp;", "value": "<script>alert(1)</script>"},
         {"label": "车牌", "value": "冀A·12345 = B"}]
NAMES = {"en": ("Document", "Number", "Date", "SHA-256", "Purpose", "Signed by", "Issued", "Expires",
                "Serial"),
         "zh": ("文件", "编号", "日期", "SHA-256", "用途", "签名者", "签发时间", "有效期至", "序列号"),
         "ar": ("الوثيقة", "الرقم", "التاريخ", "SHA-256", "الغرض", "وقّعه", "تاريخ الإصدار",
                "صالح حتى", "الرقم التسلسلي")}


def setUpModule():
    global DEMO, RESOLVER, FILES
    DEMO = unittest.enterModuleContext(cityid_process.demo())
    RESOLVER = unittest.enterModuleContext(cityid_process.resolver(DEMO.ledger))
    FILES = unittest.enterModuleContext(cityid_process.temporary_directory())
    (FILES / "content").write_bytes(CONTENT)


def with_facts(facts=FACTS):
    return [word for fact in facts for word in ("--fact", f"{fact['label']}={fact['value']}")]


def document_code(*options):
    """A picture of a code of purpose document, and its URL."""
    picture = FILES / "document.png"
    made = cityid("code", "new", SHIJIAZHUANG, "--key", DEMO.code_key(), "--host", HOST,
                  "--purpose", "document", "--document-type", DOCUMENT["type"],
                  "--document-number", DOCUMENT["number"], "--document-date", DOCUMENT["date"],
                  "--document-file", FILES / "content", *options, "-o", picture)
    assert made.status == 0, made
    return picture, made.out.strip()


def without_marks(text):
    return text.replace("\u2068", "").replace("\u2069", "")


def lines_of(text):
    """The lines of an answer: {name: value}, without the marks around text from right to left."""
    plain = without_marks(text)
    found = (re.match(r" +(SHA-256|[a-z]+(?: by)?) +(.*)", line) for line in plain.splitlines())
    return {line[1]: line[2] for line in found if line}


class Facts(cityid_process.Case):
    def scan(self, what, *options):
        return cityid("scan", what, "--ledger", DEMO.ledger, *options)

    def page_rows(self, url, language):
        """The rows of a code's page: [(name, value)] without markup."""
        rows = re.findall(r"<dt>(.*?)</dt><dd>(.*?)</dd>", self.page(url, language))
        return [(name, html.unescape(re.sub("<[^>]+>", "", value))) for name, value in rows]

    def page(self, url, language):
        return RESOLVER.request(f"{url.removeprefix('https://' + HOST)}?lang={language}",
                                accept="text/html").text

    def test_a_document_is_shown_in_all_that_must_be_compared(self):
        picture, url = document_code("--days", 30)
        (answer,) = self.scan(picture, "--json").json_lines()
        self.assertEqual(answer["code"]["document"], DOCUMENT)
        code = answer["code"]

        told = lines_of(self.scan(picture).out)
        self.assertEqual((told["document"], told["number"], told["date"], told["SHA-256"]),
                         tuple(DOCUMENT.values()))
        self.assertEqual((told["purpose"], told["signed by"], told["issued"], told["expires"],
                          told["serial"]),
                         ("document", code["signedBy"], code["issued"], code["expires"],
                          str(code["serial"])))

        for language, names in NAMES.items():
            rows = self.page_rows(url, language)
            shown = [row for row in rows if row[0] in names]
            self.assertEqual(tuple(name for name, _ in shown), names, "in this order")
            values = dict(shown)
            for name, value in zip(names, DOCUMENT.values()):
                self.assertEqual(values[name], value)
            self.assertIn(code["signedBy"], values[names[5]])
            for name, time in ((names[6], code["issued"]), (names[7], code["expires"])):
                self.assertEqual(values[name], f"{time[:10]} {time[11:16]} UTC")
            self.assertEqual(values[names[8]], str(code["serial"]))

    def test_labelled_facts_come_first_and_as_they_were_written(self):
        picture, url = document_code(*with_facts())
        (answer,) = self.scan(picture, "--json").json_lines()
        self.assertEqual(answer["code"]["document"], {**DOCUMENT, "facts": FACTS})
        self.assertEqual(list(answer["code"]["document"])[0], "facts")

        told = without_marks(self.scan(picture).out)
        pairs = [f"{fact['label']}: {fact['value']}" for fact in FACTS]
        rows = "".join(f"  {'' if i else 'facts':11}{pair}\n" for i, pair in enumerate(pairs))
        self.assertIn(rows + f"  {'document':11}{DOCUMENT['type']}\n", told)
        inspected = without_marks(cityid("code", "inspect", picture).out)
        for pair in pairs:
            self.assertIn(f" {pair}\n", inspected)

        for language, name in (("en", "Facts"), ("zh", "记载事项"), ("ar", "البيانات")):
            page = self.page(url, language)
            shown = "".join(f"<dt><bdi>{html.escape(fact['label'], quote=False)}</bdi></dt>"
                            f"<dd><bdi>{html.escape(fact['value'], quote=False)}</bdi></dd>"
                            for fact in FACTS)
            self.assertIn(f'<dl><dt>{name}</dt><dd><dl class="facts">{shown}</dl></dd>'
                          f"<dt>{NAMES[language][0]}</dt>", page)
            self.assertNotIn("<script>alert", page)

    def test_text_of_both_directions_is_kept_apart_on_a_terminal(self):
        picture, _ = document_code(*with_facts())
        told = self.scan(picture).out
        self.assertIn("\u2068المنطقة\u2069: \u2068وسط المدينة 12\u2069\n", told)

    def test_a_code_has_no_facts_unless_somebody_writes_them(self):
        picture, url = document_code()
        (answer,) = self.scan(picture, "--json").json_lines()
        self.assertNotIn("facts", answer["code"]["document"])
        self.assertNotIn("facts", lines_of(self.scan(picture).out))
        self.assertNotIn('<dl class="facts">', self.page(url, "en"))

    def test_blanks_around_a_fact_go_and_the_first_sign_divides(self):
        picture, _ = document_code("--fact", " Valid for = 2 cars ", "--fact", "a=b=c",
                                   "--fact", "[x=1,y]")
        (answer,) = self.scan(picture, "--json").json_lines()
        self.assertEqual(answer["code"]["document"]["facts"],
                         [{"label": "Valid for", "value": "2 cars"}, {"label": "a", "value": "b=c"},
                          {"label": "[x", "value": "1,y]"}])

    def test_the_longest_code_is_drawn_read_and_served(self):
        facts = [{"label": str(i) + "l" * 23, "value": "v" * size}
                 for i, size in enumerate([24, 24, 2, 2, 3, 3, 3, 3])]
        long = cityid("code", "new", SHIJIAZHUANG, "--key", DEMO.code_key(), "--host", HOST,
                      "--purpose", "document", "--document-type", "t" * 64, "--document-number",
                      "n" * 64, "--document-date", "4840-11-25", "--document-file",
                      FILES / "content", *with_facts(facts), "-o", FILES / "long.png")
        self.assertEqual(long.status, 0, long)
        url = long.out.strip()
        self.assertEqual(len(url.rsplit("/", 1)[1]), 1329)
        (answer,) = self.scan(FILES / "long.png", "--json").json_lines()
        self.assertEqual(answer["verdict"], "valid")
        self.assertEqual(answer["code"]["document"]["facts"], facts)
        path = url.removeprefix("https://" + HOST)
        for accept in ("application/json", "application/cbor", "text/html"):
            self.assertEqual(RESOLVER.request(path, accept=accept).status, 200, accept)
        self.assertEqual(RESOLVER.request(path + "/proof").status, 200)
        self.assertEqual(RESOLVER.request(path).json()["code"], answer["code"])
        posted = RESOLVER.post("/verify", url.encode(), content_type="text/plain")
        self.assertEqual(posted.json()["code"], answer["code"])

    def test_facts_that_no_code_holds_are_refused_with_what_to_do(self):
        nine = [{"label": str(i), "value": "1"} for i in range(9)]
        big = [{"label": "a", "value": "v" * 127}, {"label": "b", "value": "v" * 128}]
        for options, said in (
                (with_facts(nine), "9 are given, and a code holds 8; leave some out"),
                (with_facts(big), "257 bytes in UTF-8 together; shorten them to 256"),
                (["--fact", "holder"], "'holder' has no '='; write LABEL=VALUE"),
                (["--fact", "=1"], "'=1' has no label; write LABEL=VALUE"),
                (["--fact", "a= "], "'a= ' has no value; write LABEL=VALUE"),
                (["--fact", "城" * 22 + "=1"], "has 66 bytes in UTF-8; shorten it to 64"),
                (["--fact", "a=" + "1" * 193], "has 193 bytes in UTF-8; shorten it to 192"),
                (["--fact", "a=1", "--fact", "a =2"], "the label 'a' is given twice; give it once"),
                (["--fact", "a=1\u202e2"], "value of 'a'"),
                (["--fact", "sh\u0430=1"], "label")):
            made = cityid("code", "new", SHIJIAZHUANG, "--key", DEMO.code_key(), "--host", HOST,
                          "--purpose", "document", "--document-type", "permit",
                          "--document-number", "1", *options, "-o", FILES / "refused.png")
            with self.subTest(said):
                self.assertEqual(made.status, 2, made)
                self.assertIn(said, made.err)
                self.assertEqual(made.err.count("\n"), 1, made)
                self.assertFalse((FILES / "refused.png").exists())

    def test_the_help_says_who_reads_facts(self):
        helped = " ".join(cityid("code", "new", "--help").out.split())
        self.assertIn("Whoever scans the code reads it", helped)

    def test_the_schema_describes_every_one(self):
        _, url = document_code("--days", 30, *with_facts())
        code = self.scan(url, "--json").json_lines()[0]["code"]
        described = RESOLVER.request("/openapi.json").json()["components"]["schemas"]["Code"][
            "properties"]
        self.assertEqual(set(code), set(described))
        self.assertEqual(set(code["document"]), set(described["document"]["properties"]))

    def test_the_scanner_has_the_same_list(self):
        _, url = document_code("--days", 30, *with_facts())
        code = self.scan(url, "--json").json_lines()[0]["code"]
        (FILES / "web").mkdir()
        (FILES / "web" / "main.js").write_text("export {};\n")
        with cityid_process.resolver(DEMO.ledger, "--web", FILES / "web") as resolver:
            pages = {language: resolver.request(f"/scan?lang={language}", accept="text/html").text
                     for language in NAMES}
        for language, names in NAMES.items():
            words = re.search(r'<script type="application/json" id="words">(.*?)</script>',
                              pages[language])
            facts = json.loads(words[1])["facts"]
            self.assertEqual(facts[0]["kind"], "labelled")
            self.assertEqual(tuple(fact["name"] for fact in facts[1:]), names)
            for fact in facts:
                self.assertIn(fact["member"], code["document"] if fact["ofDocument"] else code)

    def test_a_code_without_an_end_says_so(self):
        _, url = document_code()
        self.assertEqual(lines_of(self.scan(url).out)["expires"], "never")
        self.assertIn(("Expires", "never"), self.page_rows(url, "en"))
        self.assertIn(("有效期至", "无期限"), self.page_rows(url, "zh"))

    def test_inspecting_shows_the_same_and_the_key(self):
        picture, _ = document_code()
        shown = cityid("code", "inspect", picture).out
        for value in (*DOCUMENT.values(), "document", "never"):
            self.assertIn(value, shown)
        self.assertRegex(shown, r"(?m)^kid +[0-9a-f]{8}$")

    def test_the_reason_is_always_told(self):
        revoked = self.scan(DEMO.directory / "revoked.png")
        self.assertEqual(revoked.status, 1, revoked)
        self.assertIn("its issuer took the code back", lines_of(revoked.out)["why"])
        self.assertIn("though it is not valid", revoked.out)
        forged = self.scan(with_other_last_digit(DEMO.url()))
        self.assertTrue(lines_of(forged.out)["why"], forged)
        self.assertNotIn("serial", lines_of(forged.out), "nobody signed that")

    def test_a_page_tells_the_reason_too(self):
        url = with_other_last_digit(DEMO.url())
        path = url.removeprefix("https://" + HOST)
        detail = RESOLVER.request(path).json()["detail"]
        self.assertIn(html.escape(detail), RESOLVER.request(path, accept="text/html").text)


if __name__ == "__main__":
    cityid_process.main()
