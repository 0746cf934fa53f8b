"""Catalogues (DCAT-AP 3.0.1) of identifiers and of what is below a prefix. Options: web_cases.py.
"""
import collections
import copy
import re

import cityid_process
import web_cases
from cityid_process import DEPARTMENT, HOST, SHIJIAZHUANG
from web_cases import LAMP, SUPERSEDED, SUSPENDED, WITHDRAWN

JSON_LD = "application/ld+json"
DCAT, DCT, FOAF = ("http://www.w3.org/ns/dcat#", "http://purl.org/dc/terms/",
                   "http://xmlns.com/foaf/0.1/")
TYPE = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type"
EU = "http://publications.europa.eu/resource/authority/"
CITY = f"https://{HOST}/{SHIJIAZHUANG}"
TEXT, NODE = "Literal", "node"
# What DCAT-AP promises of each class: property, least number, most, what it is, of which class.
ANY = 1000
RULES = {
    DCAT + "Catalog": (
        (DCT + "title", 1, ANY, TEXT, None), (DCT + "description", 1, ANY, TEXT, None),
        (DCT + "publisher", 1, 1, NODE, FOAF + "Agent"),
        (DCT + "spatial", 0, ANY, NODE, DCT + "Location"),
        (DCAT + "service", 0, ANY, NODE, DCAT + "DataService"),
        (DCAT + "dataset", 0, ANY, NODE, DCAT + "Dataset"),
        (DCAT + "catalog", 0, ANY, NODE, DCAT + "Catalog")),
    DCAT + "DataService": (
        (DCT + "title", 1, ANY, TEXT, None), (DCAT + "endpointURL", 1, ANY, "NamedNode", None),
        (DCT + "publisher", 0, 1, NODE, FOAF + "Agent"),
        (DCT + "license", 0, 1, NODE, DCT + "LicenseDocument"),
        (DCT + "accessRights", 0, 1, NODE, DCT + "RightsStatement"),
        (DCT + "conformsTo", 0, ANY, NODE, DCT + "Standard"),
        (DCT + "format", 0, ANY, NODE, DCT + "MediaTypeOrExtent"),
        (DCT + "language", 0, ANY, NODE, DCT + "LinguisticSystem")),
    DCAT + "Dataset": (
        (DCT + "title", 1, ANY, TEXT, None), (DCT + "description", 1, ANY, TEXT, None),
        (DCT + "publisher", 0, 1, NODE, FOAF + "Agent"),
        (DCT + "spatial", 0, ANY, NODE, DCT + "Location"),
        (DCT + "accessRights", 0, 1, NODE, DCT + "RightsStatement"),
        (DCAT + "distribution", 0, ANY, NODE, DCAT + "Distribution")),
    DCAT + "Distribution": (
        (DCAT + "accessURL", 1, ANY, "NamedNode", None),
        (DCAT + "mediaType", 0, 1, NODE, DCT + "MediaType"),
        (DCT + "format", 0, 1, NODE, DCT + "MediaTypeOrExtent"),
        (DCT + "license", 0, 1, NODE, DCT + "LicenseDocument"),
        (DCT + "conformsTo", 0, ANY, NODE, DCT + "Standard"),
        (DCT + "language", 0, ANY, NODE, DCT + "LinguisticSystem")),
    FOAF + "Agent": ((FOAF + "name", 1, ANY, TEXT, None),),
    DCT + "Location": ((DCAT + "centroid", 0, 1, TEXT, None),),
}


def setUpModule():
    global WORLD
    web_cases.set_up()
    WORLD = web_cases.WORLD


def get(target, **headers):
    return WORLD.resolver.request(target, host=HOST, **headers)


class Graph:
    """The triples of a document."""

    def __init__(self, triples):
        self.values = collections.defaultdict(lambda: collections.defaultdict(list))
        for subject, predicate, thing in triples:
            self.values[subject][predicate].append(thing)

    def of_class(self, name):
        return [node for node, values in self.values.items()
                if any(thing["value"] == name for thing in values[TYPE])]

    def one(self, node, *path):
        for predicate in path:
            (thing,) = self.values[node][predicate]
            node = thing["value"]
        return node

    def wrong(self):
        """What breaks the rules."""
        for name, rules in RULES.items():
            for node in self.of_class(name):
                for predicate, least, most, kind, of_class in rules:
                    things = self.values[node][predicate]
                    if not least <= len(things) <= most:
                        yield f"{node} has {len(things)} {predicate}"
                    for thing in things:
                        if kind == NODE and thing["kind"] == TEXT or kind not in (NODE, thing["kind"]):
                            yield f"{node} {predicate} is {thing}"
                        if of_class and thing["value"] not in self.of_class(of_class):
                            yield f"{node} {predicate} {thing['value']} is no {of_class}"


class DcatCase(cityid_process.Case):
    def read(self, documents):
        return web_cases.node("dcat.mjs", documents)

    def graphs(self, documents):
        graphs = {}
        for name, found in self.read(documents).items():
            self.assertNotIn("wrong", found, name)
            graphs[name] = Graph(found["triples"])
            self.assertEqual(list(graphs[name].wrong()), [], name)
        return graphs

    def pages(self, target):
        pages = []
        while target:
            reply = get(target)
            self.assertEqual((reply.status, reply.media_type), (200, JSON_LD), reply)
            pages.append(reply.json())
            link = re.fullmatch(r'<(.*)>; rel="next"', reply["link"] or "")
            target = link and link[1]
        return pages


class OfAnIdentifier(DcatCase):
    def test_it_comes_in_two_ways(self):
        reply = get(f"/{SHIJIAZHUANG}/dcat")
        self.assertEqual((reply.status, reply.media_type), (200, JSON_LD), reply)
        self.assertEqual(get(f"/{SHIJIAZHUANG}", accept=JSON_LD).json(), reply.json())
        self.assertEqual(WORLD.resolver.request(f"/{SHIJIAZHUANG}/dcat", host="evil.example").json(),
                         reply.json())
        both = get(f"/{SHIJIAZHUANG}", accept=f"{JSON_LD}, application/json")
        self.assertEqual(both.media_type, "application/json")

    def test_the_rules_hold(self):
        ids = (SHIJIAZHUANG, DEPARTMENT, LAMP)
        self.graphs({one: get(f"/{one}/dcat").json() for one in ids})

    def test_a_service_has_what_the_record_says(self):
        graph = self.graphs({"city": get(f"/{SHIJIAZHUANG}/dcat").json()})["city"]
        (service,) = graph.of_class(DCAT + "DataService")
        self.assertEqual(service, f"{CITY}/dcat#_contextBroker")
        for predicate, value in (
                (DCAT + "endpointURL", "https://data.shijiazhuang.example/ngsi-ld/v1"),
                (DCT + "publisher", CITY), (DCT + "accessRights", EU + "access-right/RESTRICTED"),
                (DCT + "conformsTo", "https://uri.etsi.org/ngsi-ld/"),
                (DCT + "format", EU + "file-type/JSON_LD")):
            self.assertEqual(graph.one(service, predicate), value)
        titles = {thing["language"]: thing["value"] for thing in graph.values[service][DCT + "title"]}
        self.assertEqual(titles, {"en": "Traffic sensors (demonstration)", "zh": "交通传感器（演示）"})
        names = {thing["value"] for thing in graph.values[CITY][FOAF + "name"]}
        self.assertEqual(names, {"Shijiazhuang", "石家庄市"})
        (place,) = graph.of_class(DCT + "Location")
        self.assertEqual(place, "https://sws.geonames.org/1795270/")
        (centroid,) = graph.values[place][DCAT + "centroid"]
        self.assertEqual((centroid["value"], centroid["type"]),
                         ("POINT(114.47861 38.04139)",
                          "http://www.opengis.net/ont/geosparql#wktLiteral"))

    def test_files_of_data_are_datasets_and_what_is_about_it_are_documents(self):
        graph = self.graphs({"lamp": get(f"/{LAMP}/dcat").json()})["lamp"]
        lamp = f"https://{HOST}/{LAMP}/dcat"
        self.assertEqual(sorted(graph.of_class(DCAT + "DataService")),
                         [f"{lamp}#_broker", f"{lamp}#_broker~2", f"{lamp}#_unheardOf"])
        (dataset,) = graph.of_class(DCAT + "Dataset")
        (file,) = graph.of_class(DCAT + "Distribution")
        self.assertEqual((dataset, file), (f"{lamp}#_readings", f"{lamp}#_readings~file"))
        for predicate, value in (
                (DCAT + "downloadURL", "https://data.shijiazhuang.example/lamp7.csv"),
                (DCAT + "mediaType", "https://www.iana.org/assignments/media-types/text/csv"),
                (DCT + "format", EU + "file-type/CSV"),
                (DCT + "license", "http://spdx.org/licenses/CC-BY-4.0")):
            self.assertEqual(graph.one(file, predicate), value)
        self.assertEqual({thing["value"] for thing in graph.values[file][DCT + "language"]},
                         {EU + "language/ZHO", EU + "language/ENG"})
        self.assertEqual(graph.one(lamp, FOAF + "page"), "https://docs.shijiazhuang.example/lamps")
        self.assertEqual(graph.one(dataset, DCT + "accessRights"), EU + "access-right/PUBLIC")

    def test_what_has_ended_has_none(self):
        for identifier, status in ((WITHDRAWN, 410), (SUPERSEDED, 410), (SUSPENDED, 403),
                                   ("MA.156.0000", 404), ("x", 400)):
            reply = get(f"/{identifier}/dcat")
            self.assertEqual((reply.status, reply.media_type),
                             (status, "application/problem+json"), reply)
        for query in ("linkType=license", "scope=above", "scope=below&versionTime=2027-01-01T00:00:00Z",
                      "scope=below&limit=0", "scope=below&after=MA.156"):
            self.assertEqual(get(f"/{SHIJIAZHUANG}/dcat?{query}").status, 400, query)


class Below(DcatCase):
    def test_pages_have_all_that_share_something(self):
        pages = self.pages("/MA.156/dcat?limit=1")
        self.assertGreater(len(pages), 1)
        graphs = self.graphs({str(i): page for i, page in enumerate(pages)})
        found = [node for page in pages for node in (one["@id"] for one in page["catalog"])]
        self.assertEqual(len(found), len(set(found)))
        self.assertLessEqual({f"{CITY}/dcat", f"https://{HOST}/{LAMP}/dcat"}, set(found))
        self.assertNotIn(f"https://{HOST}/{DEPARTMENT}/dcat", found)
        for graph in graphs.values():
            self.assertIn(f"https://{HOST}/MA.156/dcat?scope=below", graph.of_class(DCAT + "Catalog"))
        (whole,) = self.pages("/MA.156/dcat?limit=100")[:1]
        self.assertEqual([one["@id"] for one in whole["catalog"]], found[:len(whole["catalog"])])

    def test_an_identifier_is_a_prefix_too(self):
        (page,) = self.pages(f"/{SHIJIAZHUANG}/dcat?scope=below")
        (lamp,) = page["catalog"]
        own = get(f"/{LAMP}/dcat").json()
        del own["@context"]
        self.assertEqual(lamp, own)
        self.assertEqual(get("/MA.156.0000/dcat?scope=below").status, 404)


class Rules(DcatCase):
    def test_what_breaks_them_is_found(self):
        good = get(f"/{LAMP}/dcat").json()

        def changed(change):
            document = copy.deepcopy(good)
            change(document)
            return document
        broken = {
            "no title": lambda d: d.pop("title"),
            "no description": lambda d: d["dataset"][0].pop("description"),
            "no publisher": lambda d: d.pop("publisher"),
            "a publisher without a name": lambda d: d["publisher"].pop("name"),
            "a service without an address": lambda d: d["service"][0].pop("endpointURL"),
            "a language of no class": lambda d:
                d["dataset"][0]["distribution"]["language"][0].pop("@type"),
            "a title that is a node": lambda d:
                d["@context"].update(title={"@id": "dct:title", "@type": "@id"}) or
                d.update(title="https://a.example/"),
        }
        for name, found in self.read({name: changed(one) for name, one in broken.items()}).items():
            self.assertTrue(found.get("wrong") or list(Graph(found["triples"]).wrong()), name)

    def test_what_is_not_plain_json_ld_is_found(self):
        good = get(f"/{LAMP}/dcat").json()
        broken = {"a member that means nothing": good | {"unheardOf": 1},
                  "a context elsewhere": good | {"@context": "https://a.example/context"},
                  "a relative address": good | {"@id": "dcat"},
                  "a language that is none": good | {"title": {"not a tag": "x"}}}
        for name, found in self.read(broken).items():
            self.assertIn("wrong", found, name)


if __name__ == "__main__":
    web_cases.read_options()
    cityid_process.main()
