#!/usr/bin/python3
"""Writes han_tables.txt: the forms and readings of Chinese characters by which names are found.

The data is that of Unihan (UAX 38) in Debian's package unicode-data, of one Unicode version. Run it
again when that version changes, and count kFoldingVersion in folding.cpp up. With --check it writes
nothing; exit status 1 if the file is not what would be written.
"""
import bz2
import collections
import pathlib
import sys
import unicodedata

UNICODE = pathlib.Path("/usr/share/unicode")
WIDTH = 48  # characters of a line of forms


def read(name):
    """Returns the properties of a file of Unihan: by property, by character, the value."""
    properties = collections.defaultdict(dict)
    for line in bz2.open(UNICODE / name, "rt", encoding="utf-8"):
        if line.startswith("U+"):
            code, key, value = line.rstrip("\n").split("\t")
            properties[key][chr(int(code[2:], 16))] = value
        elif line.startswith("# Unicode version:"):
            properties["version"] = line.split()[-1]
    return properties


def others(character, value):
    """Returns the variants that a value lists, without the character itself."""
    variants = [chr(int(item.split("<")[0][2:], 16)) for item in value.split()]
    return [variant for variant in variants if variant != character]


def syllables(spelt):
    """Returns how people type a syllable of pinyin: without tone, and with v or u for u-umlaut."""
    marks = unicodedata.normalize("NFD", spelt.lower())
    plain = "".join(c for c in marks if c == "\u0308" or not unicodedata.combining(c))
    if not set(plain) & set("aeiou"):  # hm, ng: no syllables
        return []
    return list(dict.fromkeys([plain.replace("u\u0308", "v"), plain.replace("\u0308", "")]))


def readings_of(properties):
    """Returns the modern readings of each character of modern dictionaries, the usual one first."""
    readings = collections.defaultdict(list)
    modern = set()
    for key in ("kMandarin", "kHanyuPinlu", "kXHC1983", "kTGHZ2013"):
        for character, value in properties[key].items():
            if key != "kMandarin":
                modern.add(character)
            for item in value.split():
                for spelt in item.split(":")[-1].split(","):
                    readings[character] += syllables(spelt.split("(")[0])
    return {c: list(dict.fromkeys(readings[c])) for c in sorted(modern) if readings[c]}


def forms_of(variants, common):
    """Returns for each character that is folded the form that stays."""
    folded = {}
    for character, value in variants["kSimplifiedVariant"].items():
        if simplified := others(character, value):
            folded[character] = simplified[0]

    def form(character):
        seen = set()
        while character in folded and character not in seen:
            seen.add(character)
            character = folded[character]
        return character

    for character, value in sorted(variants["kZVariant"].items()):
        if character in folded or character in common:
            continue
        usual = [form(other) for other in others(character, value) if form(other) in common]
        if usual and usual[0] != character:
            folded[character] = usual[0]
    # What decomposes (NFKD) is never looked up; what stays must be a character of the dictionaries.
    return {character: form(character) for character in sorted(folded)
            if form(character) in common and form(character) != character
            and unicodedata.normalize("NFKD", character) == character}


def lines_of(words):
    """Returns lines with these words, which are not broken."""
    lines = [""]
    for word in words:
        if len(lines[-1] + word) > WIDTH:
            lines.append("")
        lines[-1] += word
    return [line.rstrip() for line in lines]


def main():
    readings, variants = read("Unihan_Readings.txt.bz2"), read("Unihan_Variants.txt.bz2")
    version = readings["version"]
    assert version == variants["version"]
    spoken = readings_of(readings)
    forms = forms_of(variants, spoken.keys())
    kept = collections.defaultdict(list)
    for character, form in forms.items():
        kept[form].append(character)
    of_form = collections.defaultdict(list)
    for character in sorted(spoken, key=lambda c: c in forms):
        of_form[forms.get(character, character)] += spoken[character]
    first, also = collections.defaultdict(list), collections.defaultdict(list)
    for character in sorted(of_form):
        usual, *rest = dict.fromkeys(of_form[character])
        first[usual].append(character)
        for syllable in rest:
            also[syllable].append(character)
    groups = [form + "".join(kept[form]) + " " for form in sorted(kept)]
    rows = ["\t".join([syllable, "".join(first[syllable]), "".join(also[syllable])])
            for syllable in sorted(first.keys() | also.keys())]
    text = "\n".join([
        "Made by make_han_tables.py from Unihan (UAX 38). Don't edit it.",
        "Copyright 1991-2022 Unicode, Inc., https://www.unicode.org/license.txt", "",
        version, "", *lines_of(groups), "", *rows, ""])
    file = pathlib.Path(__file__).with_name("han_tables.txt")
    if sys.argv[1:] != ["--check"]:
        file.write_text(text, encoding="utf-8")
    elif file.read_text(encoding="utf-8") != text:
        sys.exit(f"{file} is not what {sys.argv[0]} makes: run it without --check")
    print(len(forms), "forms;", len(of_form), "characters with readings;", len(rows), "syllables;",
          sum(map(len, also.values())), "further readings")


if __name__ == "__main__":
    main()
