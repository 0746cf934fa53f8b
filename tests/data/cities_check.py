#!/usr/bin/python3
"""Checks assets/cities.json: shape, identifiers (DESIGN.md, "Identifiers"), and facts that a wrong join would break.

Usage: cities_check.py FILE. Exit status 0 if everything holds, else 1; prints what does not.
"""
import collections
import csv
import json
import pathlib
import re
import sys

IDENTIFIER = re.compile(r"[A-Z0-9]{2,3}\.[0-9]{3}(\.[A-Z0-9]{1,16}){1,8}")
KEYS = ["id", "country", "level", "kind", "names", "seat", "lat", "lon", "population", "aliases", "endpoints"]
REQUIRED = {"id", "country", "level", "names", "lat", "lon", "aliases"}
LEVELS = {"municipality", "prefecture", "special-region", "capital", "city"}
KINDS = {"自治州": "autonomous-prefecture", "地区": "prefecture", "盟": "league", "市": "city"}
SCHEMES = {"gbt2260": r"[0-9]{6}", "geonames": r"[1-9][0-9]*", "iso3166-2": r"[A-Z]{2}-[A-Z0-9]{1,3}",
           "unlocode": r"[A-Z]{2}[A-Z2-9]{3}", "wikidata": r"Q[1-9][0-9]*"}
CHINA = (3.0, 54.0, 73.0, 136.0)  # with the islands of the South China Sea
NEAR = {  # identifier: English name, latitude, longitude; within 0.2 degrees
    "MA.156.1100": ("Beijing", 39.91, 116.40),
    "MA.156.1301": ("Shijiazhuang", 38.04, 114.48),
    "MA.156.2107": ("Jinzhou", 41.11, 121.14),
    "MA.156.2224": ("Yanbian Korean Autonomous Prefecture", 42.9, 129.5),
    "MA.156.5307": ("Lijiang", 26.87, 100.22),
    "MA.116.G1821306": ("Phnom Penh", 11.56, 104.92),
    "MA.158.G1668341": ("Taipei", 25.05, 121.53),
    "MA.250.G2988507": ("Paris", 48.85, 2.35),
    "MA.344.G1819729": ("Hong Kong", 22.28, 114.17),
    "MA.392.G1850147": ("Tokyo", 35.69, 139.69),
    "MA.446.G1821274": ("Macau", 22.20, 113.55),
    "MA.784.G292223": ("Dubai", 25.08, 55.31),
    "MA.804.G703448": ("Kyiv", 50.45, 30.52),
}
SEATS = {"MA.156.2224": "Yanji"}

failures = []


def expect(holds, message):
    if not holds:
        failures.append(message)


def is_number(value):
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def texts_filled(texts):
    return isinstance(texts, dict) and "en" in texts and all(isinstance(t, str) and t.strip() for t in texts.values())


def check_city(city):
    who = city.get("id", "(no id)")
    expect(not REQUIRED - city.keys(), f"{who}: without {sorted(REQUIRED - city.keys())}")
    expect([k for k in KEYS if k in city] == list(city), f"{who}: members unknown or out of order: {list(city)}")
    expect(isinstance(who, str) and IDENTIFIER.fullmatch(who) and len(who) <= 64, f"{who}: not an identifier")
    expect(re.fullmatch(r"[A-Z]{2}", city.get("country", "")), f"{who}: country {city.get('country')!r}")
    expect(city.get("level") in LEVELS, f"{who}: level {city.get('level')!r}")
    expect(texts_filled(city.get("names")), f"{who}: names without en, or one is empty")
    expect("seat" not in city or (isinstance(city["seat"], str) and city["seat"].strip()), f"{who}: empty seat")
    lat, lon = city.get("lat"), city.get("lon")
    in_range = is_number(lat) and is_number(lon) and -90 <= lat <= 90 and -180 <= lon <= 180 and (lat, lon) != (0, 0)
    expect(in_range, f"{who}: coordinates {lat}, {lon}")
    for degrees in (lat, lon):
        expect(is_number(degrees) and round(degrees, 5) == degrees, f"{who}: {degrees} has more than 5 decimals")
    if city.get("country") == "CN":
        south, north, west, east = CHINA
        expect(in_range and south <= lat <= north and west <= lon <= east, f"{who}: {lat}, {lon} lies outside China")
    population = city.get("population", 1)
    expect(isinstance(population, int) and not isinstance(population, bool) and population > 0, f"{who}: population {population!r}")

    aliases = city.get("aliases", {})
    for scheme, value in aliases.items():
        expect(re.fullmatch(SCHEMES.get(scheme, "(?!)"), value), f"{who}: alias {scheme} {value!r}")
    if city.get("level") in ("prefecture", "municipality"):
        expect(who == "MA.156." + aliases.get("gbt2260", "")[:4], f"{who}: is not its GB/T 2260 code {aliases.get('gbt2260')}")
    else:
        expect(who.endswith(".G" + aliases.get("geonames", "?")), f"{who}: is not its GeoNames id {aliases.get('geonames')}")
    if city.get("level") == "prefecture":
        chinese = city.get("names", {}).get("zh", "")
        kind = next((k for suffix, k in KINDS.items() if chinese.endswith(suffix)), None)
        expect(kind and city.get("kind") == kind, f"{who}: kind {city.get('kind')!r} of {chinese!r}")
    for endpoint in city.get("endpoints", []):
        expect(list(endpoint) == ["rel", "href", "type", "title", "access"], f"{who}: endpoint members {list(endpoint)}")
        expect(re.fullmatch(r"https?://[^\s/]+/\S*", endpoint.get("href", "")), f"{who}: address {endpoint.get('href')!r}")
        expect(endpoint.get("rel") == "_dataPortal" and endpoint.get("access") == "open", f"{who}: endpoint rel or access")
        expect(texts_filled(endpoint.get("title")), f"{who}: endpoint title")


def repeated(values):
    return sorted(v for v, n in collections.Counter(values).items() if n > 1)


def check_portals(cities, repository):
    owner = {e.get("href"): c["names"].get("en") for c in cities for e in c.get("endpoints", [])}
    file = repository / "assets" / "cities" / "portals.csv"
    with open(file, encoding="utf-8", newline="") as rows:
        for row in csv.DictReader(rows):
            found = owner.get(row["address"])
            expect(found == row["city"], f"{file.name}: {row['city']} has {row['address']}, found at {found}")


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    text = pathlib.Path(sys.argv[1]).read_text(encoding="utf-8")
    try:
        document = json.loads(text)
        cities = document["cities"]
    except (ValueError, KeyError, TypeError) as error:
        print(f"FAIL {sys.argv[1]}: {error!r}")
        return 1
    expect(list(document) == ["about", "cities"] and document["about"].strip(), "members other than about and cities")
    expect(len(text.splitlines()) == len(cities) + 2, "not one city a line")
    expect(540 <= len(cities) <= 600, f"{len(cities)} cities")
    identifiers = [c.get("id", "") for c in cities]
    expect(not repeated(identifiers), f"identifiers twice: {repeated(identifiers)}")
    expect(identifiers == sorted(identifiers), "not sorted by id")
    for level, wanted in (("prefecture", 333), ("municipality", 4), ("special-region", 2)):
        found = sum(c.get("level") == level for c in cities)
        expect(found == wanted, f"{found} of level {level}, {wanted} wanted")
    for city in cities:
        check_city(city)
    for scheme in SCHEMES:
        twice = repeated(c["aliases"][scheme] for c in cities if scheme in c.get("aliases", {}))
        expect(not twice, f"aliases twice: {scheme} {twice}")
    by_id = {c.get("id"): c for c in cities}
    for who, (name, lat, lon) in NEAR.items():
        city = by_id.get(who)
        expect(city, f"{who}: {name} is missing")
        if city:
            expect(city["names"].get("en") == name, f"{who}: is {city['names'].get('en')}, not {name}")
            here = (city.get("lat"), city.get("lon"))
            near = all(map(is_number, here)) and abs(here[0] - lat) <= 0.2 and abs(here[1] - lon) <= 0.2
            expect(near, f"{who}: {name} at {here}")
    for who, seat in SEATS.items():
        expect(by_id.get(who, {}).get("seat") == seat, f"{who}: seat is not {seat}")
    check_portals(cities, pathlib.Path(__file__).resolve().parents[2])
    for failure in failures:
        print(f"FAIL {failure}")
    print(f"{len(cities)} cities, {len(failures)} failures")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
