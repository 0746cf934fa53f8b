#!/usr/bin/python3
"""docs/ledger-format.md 5.3 once more, straight from the Unicode Character Database and with none of this
project's code or tables.

Usage: text_rules.py --cases PROGRAM [--data FOLDER]. PROGRAM prints texts and how it judges them
(tests/property/text_cases.cpp). Exit status 0 if every judgement is the same.
"""
import argparse
import pathlib
import re
import subprocess
import sys

JOINERS = (0x200C, 0x200D)
SELECTORS = range(0x180B, 0x1810)
UNSEEN = {0x2800, 0xFFFC, 0x13441, 0x13442, 0x16FE4, 0x1D159}
WRITTEN = {0xAA, 0xBA, 0x2B7, 0x587, 0xE33, 0xEB3, 0xEDC, 0xEDD}
IN_A_WORD = {"Jpan", "Hanb", "Kore", "Thai", "Laoo", "Khmr"}
IN_A_NAME = IN_A_WORD | set("Arab Armn Beng Deva Ethi Geor Gujr Guru Hebr Knda Mlym Mymr Orya Sinh Taml Telu Thaa Tibt".split())
AUGMENTED = {"Hani": {"Hanb", "Jpan", "Kore"}, "Hira": {"Jpan"}, "Kana": {"Jpan"}, "Hang": {"Kore"}, "Bopo": {"Hanb"}}


class Database:
    def __init__(self, folder):
        self.folder = folder
        self.category = self.read("extracted/DerivedGeneralCategory.txt")
        self.combining = self.read("extracted/DerivedCombiningClass.txt")
        self.joining = self.read("extracted/DerivedJoiningType.txt")
        self.syllabic = self.read("IndicSyllabicCategory.txt")
        self.script = self.read("Scripts.txt")
        self.extensions = self.read("ScriptExtensions.txt")
        self.ignorable = {c for c, value in self.pairs("DerivedCoreProperties.txt")
                          if value == "Default_Ignorable_Code_Point"}
        self.decomposition = self.read("extracted/DerivedDecompositionType.txt")
        self.radicals = self.read("EquivalentUnifiedIdeograph.txt")
        self.soft_dotted = {c for c, value in self.pairs("PropList.txt") if value == "Soft_Dotted"}
        self.parts = {}
        for line in (folder / "UnicodeData.txt").read_text("utf-8").splitlines():
            fields = line.split(";")
            if re.match("[0-9A-F]", fields[5]):
                self.parts[int(fields[0], 16)] = [int(part, 16) for part in fields[5].split()]
        lines = (folder / "PropertyValueAliases.txt").read_text("utf-8").splitlines()
        self.short = {long: short for short, long in re.findall(r"(?m)^sc ; (\w+) +; (\w+)", "\n".join(lines))}

    def decomposed(self, points):
        while any(point in self.parts for point in points):
            points = [part for point in points for part in self.parts.get(point, [point])]
        return points

    def pairs(self, name):
        text = (self.folder / name).read_text("utf-8")
        for first, last, value in re.findall(r"(?m)^([0-9A-F]+)(?:\.\.([0-9A-F]+))? *; *([^#;\n]+?) *(?:#|$)", text):
            for point in range(int(first, 16), int(last or first, 16) + 1):
                yield point, value

    def read(self, name):
        return dict(self.pairs(name))

    def scripts(self, point):
        if point == 0x3B8:  # also a letter of Salish languages
            return frozenset({"Grek", "Latn"})
        if point in self.extensions:
            return frozenset(self.extensions[point].split())
        return frozenset({self.short[self.script.get(point, "Unknown")]})

    def is_absent(self, point):
        category, form = self.category.get(point, "Cn"), self.decomposition.get(point, "None")
        if point in UNSEEN or point in self.ignorable or point in self.radicals:
            return True
        if category[0] == "C" or category == "Me" or category[0] == "Z" and point not in (0x20, 0x202F):
            return True
        if form in ("None", "Canonical") or point in WRITTEN:
            return False
        return bool(re.match("L|M|Nd|Nl", category)) or (category, form) == ("No", "Compat")

    def is_mongolian(self, point):
        return self.category.get(point, "Cn")[0] == "L" and "Mong" in self.scripts(point)

    def shown(self, point, what):
        """One letter for a pattern: what the contexts of UAX 31 tell apart."""
        category, joining = self.category.get(point, "Cn"), self.joining.get(point, "U")
        if what == "joining":
            return {"D": "D", "L": "L", "R": "R", "T": "T"}.get(joining, "-")
        letters = "L" if category[0] == "L" else "-"
        if category == "Mn":
            letters = "m" if self.combining.get(point, "0") != "0" else "n"
        if self.syllabic.get(point) == "Virama":
            letters = "v" if category == "Mn" else "w"
        return "D" if letters == "-" and self.is_vowel(point) else letters

    def is_vowel(self, point):
        return self.syllabic.get(point) == "Vowel_Dependent"


def joiner_fits(data, points, at):
    text = "".join(map(chr, points))
    joining = "".join(data.shown(point, "joining") for point in points)
    marks = "".join(data.shown(point, "marks") for point in points)
    conjunct = re.search(r"L[nmv]*[vw][mv]*\Z", marks[:at])
    if points[at] == 0x200D:
        if re.search("\u09B0\\Z", text[:at]) and re.match("\u09CD\u09AF", text[at + 1:]):
            return True
        if re.search("\u0CB0\\Z", text[:at]) and re.match("\u0CCD[\u0C95-\u0CB9]", text[at + 1:]):
            return True
        return conjunct and not (at + 1 < len(points) and data.is_vowel(points[at + 1]))
    if re.search(r"[LD]T*\Z", joining[:at]) and re.match(r"T*[RD]", joining[at + 1:]):
        return True
    return conjunct and re.match(r"[mv]*L", marks[at + 1:])


def space_fits(data, points, at):
    before, after = points[:at], points[at + 1:]
    if points[at] == 0x20:
        return before and after and after[0] != 0x20
    while before and before[-1] in SELECTORS:
        before = before[:-1]
    return before and after and data.is_mongolian(before[-1]) and data.is_mongolian(after[0])


def marks_fit(data, points):
    text = data.decomposed([point for point in points if point not in JOINERS and point not in SELECTORS])
    kinds = "".join({"Mn": "n", "Mc": "c"}.get(data.category[point], "s" if point in (0x20, 0x202F) else "-")
                    for point in text)
    if re.search("(^|s)[nc]|nnnnn", kinds):
        return False
    for run in re.finditer("[nc]+", kinds):
        marks = text[run.start():run.end()]
        base = text[run.start() - 1]
        if len(set(marks)) < len(marks):
            return False
        above = [mark for mark in marks if data.combining.get(mark) == "230"]
        if above[:1] == [0x307] and (base in data.soft_dotted or base in (0x131, 0x237)):
            return False
    return True


def go_together(data, points, others):
    sets = []
    for point in points:
        scripts = data.scripts(point)
        if scripts in ({"Zyyy"}, {"Zinh"}) or point in JOINERS or point in SELECTORS:
            continue
        sets.append(scripts.union(*(AUGMENTED.get(script, set()) for script in scripts)))
    if not sets or frozenset.intersection(*sets):
        return True
    return any(all("Latn" in one or other in one for one in sets) for other in others)


def is_taken(data, kind, points):
    for at, point in enumerate(points):
        if point in JOINERS:
            fits = joiner_fits(data, points, at)
        elif point in SELECTORS:
            fits = at > 0 and data.is_mongolian(points[at - 1])
        elif point in (0x20, 0x202F):
            fits = space_fits(data, points, at)
        else:
            fits = not data.is_absent(point)
        if not fits:
            return False
    if not points or not marks_fit(data, points):
        return False
    runs, run = [], []
    for point in points:
        if data.scripts(point) == {"Zyyy"}:
            runs, run = runs + [run], []
        else:
            run.append(point)
    if not all(go_together(data, one, IN_A_WORD) for one in runs + [run]):
        return False
    return kind == "words" or go_together(data, points, IN_A_NAME)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--cases", required=True)
    parser.add_argument("--data", default="/usr/share/unicode", type=pathlib.Path)
    arguments = parser.parse_args()
    data = Database(arguments.data)
    seen = {"0": 0, "1": 0}
    printed = subprocess.run([arguments.cases], check=True, capture_output=True, text=True).stdout.splitlines()
    for line in printed[1:]:
        kind, taken, *points = line.split()
        points = [int(point, 16) for point in points]
        if is_taken(data, kind, points) != (taken == "1"):
            sys.exit(f"{printed[0]}: judged otherwise: {line}")
        seen[taken] += 1
    assert min(seen.values()) > 1000, f"too few of one kind: {seen}"
    print(f"{printed[0]}: {seen['1']} texts taken, {seen['0']} refused")


if __name__ == "__main__":
    main()
