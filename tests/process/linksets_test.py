"""Linksets of GS1 paths against the schema that GS1 has published. Beside the options of web_cases.py:
    --linkset-schema FILE  the schema
"""
import copy
import json

import cityid_process
import gs1_test
import web_cases
from gs1_test import GLN, LINKSET, PDF_GLN, PLAIN, UNIT_GLN
from web_cases import LANGUAGES, SchemaCase


def setUpModule():
    web_cases.set_up()
    gs1_test.setUpModule()


class Linksets(SchemaCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.schema = json.loads((web_cases.OPTIONS.linkset_schema).read_text())

    def linkset(self, path, status=200, **headers):
        reply = gs1_test.get(path, accept=LINKSET, **headers)
        self.assertEqual((reply.status, reply.media_type), (status, LINKSET), reply)
        return reply.json()

    def test_they_are_what_gs1_has_published(self):
        documents = {"choice": ("linkset", self.linkset(f"/414/{GLN}?linkType=gs1:support", 300))}
        for gln in (GLN, PLAIN, UNIT_GLN, PDF_GLN):
            for language in LANGUAGES:
                for path in (f"/414/{gln}", f"/414/{gln}/254/x"):
                    documents[f"{path} {language.name}"] = (
                        "linkset", self.linkset(path, accept_language=language.accept))
        self.expect_valid(documents, linkset_schema=self.schema)

    def test_what_is_no_linkset_is_found(self):
        good = self.linkset(f"/414/{GLN}")
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
