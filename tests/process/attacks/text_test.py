"""Text that deceives: what nobody can see, what turns the direction, what a terminal obeys; a user in
an address that reads like a host; letters of one script among those of another; an alias that answers for another scheme.
"""
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from nacl.signing import SigningKey

import cityid_process
from cityid_process import cityid, wait_until
from consortium import Consortium
from signed_record import ASSIGN, NEW_KEY, grant, holding

HIDDEN = {"nothing": "\u3164", "zero width": "Shijia\u200bzhuang", "filler": "\u115f\u1160",
          "word joiner": "a\u2060b", "soft hyphen": "Shi\u00adjiazhuang", "blank": "\u00a0",
          "braille blank": "\u2800", "tags": "Shijiazhuang\U000e0041", "BOM": "\ufeffShijiazhuang",
          "joiner alone": "\u200d", "mark of direction": "\u200fShijiazhuang",
          "separator": "a\u2028b", "noncharacter": "a\ufffe", "variation": "辻\U000e0100",
          "private use": "a\ue000", "ZWNJ in Latin": "Bei\u200cjing",
          "ZWJ without a virama": "क\u200dष"}
MIXED = {"Cyrillic in Latin": "Sh\u0430nghai", "Latin in Cyrillic": "М\u006fсква",
         "Greek in Latin": "T\u03bfkyo", "Cherokee in Latin": "P\u13a1king",
         "Kana and Hangul": "あ가", "a word of each": "Beijing Пекин"}
GENUINE = ["石家庄市", "می‌خواهم", "Ciudad de México", "क्‍ष", "O'Higgins", "Xi'an", "شارع 12",
           "LED显示屏", "さいたま新都心IT館", "부산 IT센터", "Київ"]


class Text(cityid_process.Case):
    def setUp(self):
        directory = self.enterContext(cityid_process.temporary_directory())
        self.consortium = self.enterContext(Consortium(directory / "consortium"))
        self.registry = self.consortium.alone().start()

    def submit(self, subject, name, **content):
        key = SigningKey.generate()
        record = self.consortium.keys.record(
            ASSIGN, subject, {1: holding(name, grant(key), **content)})
        return self.consortium.submit(
            record.signed(*self.consortium.keys.quorum(), (NEW_KEY, key)))

    def test_names_that_hide_something_are_not_taken_in(self):
        for number, (what, name) in enumerate((HIDDEN | MIXED).items()):
            with self.subTest(what=what):
                status, answer = self.submit(f"MA.156.H{number}", name)
                self.assertEqual(status, 409, answer)
                self.assertIn("inbox-text: name in 'en'", answer["detail"])

    def test_titles_and_reasons_are_judged_word_by_word(self):
        for number, (title, status) in enumerate(((self.MIXED_WORDS, 201), ("Портaл", 409),
                                                  ("\u3164", 409), ("API\u200b", 409))):
            with self.subTest(title=title):
                endpoint = {1: "service-doc", 2: "https://data.example/", 4: {"ru": title}, 6: 1}
                got, answer = self.submit(f"MA.156.E{number}", "Honest", endpoints=[endpoint])
                self.assertEqual(got, status, answer)

    MIXED_WORDS = "Портал открытых данных (API)"

    def test_names_come_in_one_form(self):
        status, answer = self.submit("MA.156.N1", "Sa\u0303o Paulo")
        self.assertEqual(status, 409, answer)
        self.assertIn("Normalization Form C", answer["detail"])
        for number, (typed, written) in enumerate((
                ("Sa\u0303o Paulo", "S\u00e3o Paulo"), ("New\u00a0York", "New York"),
                ("\u65b0\u5317\u3000\u5e02", "\u65b0\u5317 \u5e02"))):
            with self.subTest(typed=typed):
                self.assertEqual(self.name_after_typing(f"MA.156.T{number}", typed), written)

    def name_after_typing(self, subject, name):
        content = self.consortium.file("content.json", {
            "metadata": {"names": {"en": name}, "level": "city"}})
        finished = cityid("apply", subject, "--content", content, "--record-key",
                          self.consortium.key(subject), "--registry", self.registry.url,
                          "--key", self.consortium.key("institute1"),
                          "--key", self.consortium.key("institute2"))
        self.expect_done(finished)
        wait_until(lambda: self.registry.request(f"/{subject}").status == 200, finished)
        return self.registry.request(f"/{subject}").json()["names"]["en"]

    def test_names_of_many_scripts_are(self):
        for number, name in enumerate(GENUINE):
            with self.subTest(name=name):
                status, answer = self.submit(f"MA.156.G{number}", name)
                self.assertEqual(status, 201, answer)

    def test_a_terminal_shows_every_character_that_acts_on_nothing(self):
        name = "\U00020bb7野 \U0001f3d9 é"
        key = SigningKey.generate()
        record = self.consortium.keys.record(ASSIGN, "MA.156.T1", {1: holding(name, grant(key))})
        status, answer = self.consortium.submit(record.signed((NEW_KEY, key)))
        self.assertEqual(status, 202, answer)
        finished = cityid("applications", answer["id"], "--registry", self.registry.url)
        self.expect_done(finished)
        self.assertIn(name, finished.out)

    def test_an_address_with_a_user_is_neither_taken_nor_followed(self):
        endpoint = {1: "service-doc", 2: "https://id.example.cn@evil.example/", 6: 1}
        status, answer = self.submit("MA.156.U1", "Honest", endpoints=[endpoint])
        self.assertEqual(status, 409, answer)
        self.assertIn("inbox-address", answer["detail"])

    def test_a_scheme_is_one_of_the_list(self):
        for scheme in ("gln%7C123", "nothing", "%7C"):
            reply = self.registry.request(f"/alias/{scheme}/4")
            self.assertEqual(reply.status, 404, reply)
            self.assertIn("no scheme is called", reply.json()["detail"])

    def test_a_code_with_a_document_that_deceives_is_not_signed(self):
        key = self.consortium.key("code")
        for number in ("1\u202e2", "1\x1b[2J", "1\n2", "1\u2028", "1\u200b2", "\u3164",
                       "1\U000e00412", "sh\u0430"):
            with self.subTest(number=number):
                finished = cityid("code", "new", "MA.156.1301", "--key", key, "--host",
                                  "id.example.cn", "--purpose", "document", "--document-type",
                                  "permit", "--document-number", number, "--document-file", key,
                                  "-o", self.consortium.directory / "x.svg")
                self.assertEqual(finished.status, 2, finished)
                self.assertIn("document number", finished.err)


if __name__ == "__main__":
    cityid_process.main()
