"""Linksets of identifiers as a program reads them that was written for RFC 9264. Options: web_cases.py.
"""
import json

import cityid_process
import web_cases
from cityid_process import DEPARTMENT, HOST, SHIJIAZHUANG
from web_cases import LAMP


def setUpModule():
    global WORLD
    web_cases.set_up()
    WORLD = web_cases.WORLD


def get(target, **headers):
    return WORLD.resolver.request(target, host=HOST, **headers)


def read(*linksets):
    """The links of each linkset, or what is wrong with it."""
    return web_cases.node("linkset.mjs", {"linksets": linksets})


def links_of(identifier):
    """What its record says: (anchor, relation, target, title, media type)."""
    for endpoint in get(f"/{identifier}").json()["endpoints"]:
        rel = endpoint["rel"]
        if endpoint["href"].startswith(("http://", "https://")):
            yield (f"https://{HOST}/{identifier}", f"https://{HOST}/rel/{rel}" if rel[0] == "_" else rel,
                   endpoint["href"], endpoint.get("title", {}).get("en", rel), endpoint.get("type"))


class Reader(cityid_process.Case):
    def test_it_finds_every_link(self):
        families = {SHIJIAZHUANG: [], DEPARTMENT: [SHIJIAZHUANG], LAMP: [DEPARTMENT, SHIJIAZHUANG],
                    f"{SHIJIAZHUANG}.RIDE": [SHIJIAZHUANG]}
        found = read(*(get(f"/{one}?linkType=linkset").text for one in families))
        total = 0
        for (identifier, above), links in zip(families.items(), found):
            self.assertEqual(sorted((l["anchor"], l["rel"], l["href"], l["attributes"].get("title"),
                                     l["attributes"].get("type")) for l in links),
                             sorted(link for one in (identifier, *above) for link in links_of(one)))
            total += len(links)
        self.assertGreater(total, 4)

    def test_attributes_are_of_the_kinds_of_the_rfc(self):
        (links,) = read(get(f"/{LAMP}?linkType=linkset").text)
        seen = set()
        for link in links:
            for name, value in link["attributes"].items():
                seen.add(name)
                kind = {"title": str, "type": str, "hreflang": list}[name]
                self.assertIsInstance(value, kind)
        self.assertEqual(seen, {"title", "type", "hreflang"})

    def test_what_is_no_linkset_is_found(self):
        for text in ("{}", "[", json.dumps({"linkset": [{"anchor": "https://x.example/", "note": "x"}]})):
            self.assertIn("wrong", read(text)[0])


if __name__ == "__main__":
    web_cases.read_options()
    cityid_process.main()
