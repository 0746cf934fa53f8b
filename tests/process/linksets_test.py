"""Linksets against the schema that GS1 has published. Beside the options of web_cases.py:
    --linkset-schema FILE  the schema
"""
import copy
import json

import cityid_process
import web_cases
from cityid_process import DEPARTMENT, SHIJIAZHUANG
from web_cases import LAMP, LANGUAGES, SUPERSEDED, SUSPENDED, SchemaCase, WITHDRAWN


def setUpModule():
    global WORLD, PAGES
    web_cases.set_up()
    WORLD, PAGES = web_cases.WORLD, web_cases.PAGES


class Linksets(SchemaCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.schema = json.loads((web_cases.OPTIONS.linkset_schema).read_text())

    def linkset(self, path, **headers):
        reply = WORLD.resolver.request(path, **headers)
        self.assertEqual((reply.status, reply.media_type), (200, "application/linkset+json"), reply)
        return reply.json()

    def test_they_are_what_gs1_has_published(self):
        documents = {}
        ids = (SHIJIAZHUANG, DEPARTMENT, f"{SHIJIAZHUANG}.RIDE", LAMP, "MA.156.1100",
               *cityid_process.city_ids()[::40])
        for identifier in ids:
            if identifier in (SUSPENDED, SUPERSEDED, WITHDRAWN):
                continue
            for language in LANGUAGES:
                asked = self.linkset(f"/{identifier}?linkType=linkset",
                                     accept_language=language.accept)
                accepted = self.linkset(f"/{identifier}", accept="application/linkset+json",
                                        accept_language=language.accept)
                self.assertEqual(asked, accepted)
                documents[f"{identifier} {language.name}"] = ("linkset", asked)
        code = PAGES["en-unit"][1].path
        documents["code"] = ("linkset", self.linkset(code, accept="application/linkset+json"))
        self.expect_valid(documents, linkset_schema=self.schema)

    def test_what_is_no_linkset_is_found(self):
        good = self.linkset(f"/{LAMP}?linkType=linkset")
        for change in (lambda c: c.pop("anchor"), lambda c: c.pop("itemDescription"),
                       lambda c: c.update(_broker=[]), lambda c: c["service-doc"][0].pop("href"),
                       lambda c: c["service-doc"][0].update(hreflang=["zh-Hans"]),
                       lambda c: c["service-doc"][0].update(access="open")):
            document = copy.deepcopy(good)
            change(document["linkset"][0])
            self.expect_invalid({"x": ("linkset", document)}, linkset_schema=self.schema)


if __name__ == "__main__":
    web_cases.read_options()
    cityid_process.main()
