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


def document_code(*options):
    """A picture of a code of purpose document, and its URL."""
    picture = FILES / "document.png"
    made = cityid("code", "new", SHIJIAZHUANG, "--key", DEMO.code_key(), "--host", HOST,
                  "--purpose", "document", "--document-type", DOCUMENT["type"],
                  "--document-number", DOCUMENT["number"], "--document-date", DOCUMENT["date"],
                  "--document-file", FILES / "content", *options, "-o", picture)
    assert made.status == 0, made
    return picture, made.out.strip()


def lines_of(text):
    """The lines of an answer: {name: value}, without the marks around text from right to left."""
    plain = text.replace("\u2068", "").replace("\u2069", "")
    found = (re.match(r" +(SHA-256|[a-z]+(?: by)?) +(.*)", line) for line in plain.splitlines())
    return {line[1]: line[2] for line in found if line}


class Facts(cityid_process.Case):
    def scan(self, what, *options):
        return cityid("scan", what, "--ledger", DEMO.ledger, *options)

    def page_rows(self, url, language):
        """The rows of a code's page: [(name, value)] without markup."""
        page = RESOLVER.request(f"{url.removeprefix('https://' + HOST)}?lang={language}",
                                accept="text/html").text
        rows = re.findall(r"<dt>(.*?)</dt><dd>(.*?)</dd>", page)
        return [(name, html.unescape(re.sub("<[^>]+>", "", value))) for name, value in rows]

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

    def test_the_schema_describes_every_one(self):
        _, url = document_code("--days", 30)
        code = self.scan(url, "--json").json_lines()[0]["code"]
        described = RESOLVER.request("/openapi.json").json()["components"]["schemas"]["Code"][
            "properties"]
        self.assertEqual(set(code), set(described))
        self.assertEqual(set(code["document"]), set(described["document"]["properties"]))

    def test_the_scanner_has_the_same_list(self):
        _, url = document_code("--days", 30)
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
            self.assertEqual(tuple(fact["name"] for fact in facts), names)
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
