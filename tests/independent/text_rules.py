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
        lines = (folder / "PropertyValueAliases.txt").read_text("utf-8").splitlines()
        self.short = {long: short for short, long in re.findall(r"(?m)^sc ; (\w+) +; (\w+)", "\n".join(lines))}

    def pairs(self, name):
        text = (self.folder / name).read_text("utf-8")
        for first, last, value in re.findall(r"(?m)^([0-9A-F]+)(?:\.\.([0-9A-F]+))? *; *([^#;\n]+?) *(?:#|$)", text):
            for point in range(int(first, 16), int(last or first, 16) + 1):
                yield point, value

    def read(self, name):
        return dict(self.pairs(name))

    def scripts(self, point):
        if point in self.extensions:
            return frozenset(self.extensions[point].split())
        return frozenset({self.short[self.script.get(point, "Unknown")]})

    def is_absent(self, point):
        return self.category.get(point, "Cn") in ("Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp") or point in self.ignorable

    def shown(self, point, what):
        """One letter for a pattern: what the contexts of UAX 31 tell apart."""
        category, joining = self.category.get(point, "Cn"), self.joining.get(point, "U")
        if what == "joining":
            return {"D": "D", "L": "L", "R": "R", "T": "T"}.get(joining, "-")
        letters = "L" if category[0] == "L" else "-"
        if category == "Mn":
            letters = "m" if self.combining.get(point, "0") != "0" else "n"
        if self.combining.get(point, "0") == "9":
            letters = "v" if category == "Mn" else "w"
        return "D" if letters == "-" and self.is_vowel(point) else letters

    def is_vowel(self, point):
        return self.syllabic.get(point) == "Vowel_Dependent"


def joiner_fits(data, points, at):
    joining = "".join(data.shown(point, "joining") for point in points)
    marks = "".join(data.shown(point, "marks") for point in points)
    conjunct = re.search(r"L[nmv]*[vw][mv]*\Z", marks[:at])
    if points[at] == 0x200D:
        return conjunct and not (at + 1 < len(points) and data.is_vowel(points[at + 1]))
    if re.search(r"[LD]T*\Z", joining[:at]) and re.match(r"T*[RD]", joining[at + 1:]):
        return True
    return conjunct and re.match(r"[mv]*L", marks[at + 1:])


def go_together(data, points):
    sets = []
    for point in points:
        scripts = data.scripts(point)
        if scripts in ({"Zyyy"}, {"Zinh"}) or point in JOINERS or point in SELECTORS:
            continue
        sets.append(scripts.union(*(AUGMENTED.get(script, set()) for script in scripts)))
    if not sets or frozenset.intersection(*sets):
        return True
    return any(all("Latn" in one or other in one for one in sets) for other in ("Jpan", "Hanb", "Kore"))


def is_taken(data, kind, points):
    visible = False
    for at, point in enumerate(points):
        if point in JOINERS:
            if not joiner_fits(data, points, at):
                return False
        elif point in SELECTORS:
            before = points[at - 1] if at > 0 else 0
            if data.category.get(before, "Cn")[0] != "L" or "Mong" not in data.scripts(before):
                return False
        elif data.is_absent(point):
            return False
        elif data.category[point] != "Zs" and point not in UNSEEN and data.scripts(point) != {"Zinh"}:
            visible = True
    if not visible:
        return False
    if kind == "name":
        return go_together(data, points)
    runs, run = [], []
    for point in points:
        if data.scripts(point) == {"Zyyy"}:
            runs, run = runs + [run], []
        else:
            run.append(point)
    return all(go_together(data, one) for one in runs + [run])


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
