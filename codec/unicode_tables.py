#!/usr/bin/python3
"""Writes codec/unicode_tables.h, which codec/record_text.cpp reads, from the Unicode Character Database.

Usage: unicode_tables.py [--check] FILE [FOLDER]. FOLDER is where Debian's package unicode-data has the
database. With --check writes nothing; exit status 1 if FILE is not what would be written.

All replicas of a ledger must judge a text alike, so the version of Unicode is fixed. Another one is a
new version of the rules (docs/ledger-format.md 5.3).
"""
import pathlib
import sys

VERSION = "15.0.0"
CODE_POINTS = 0x110000
ABSENT, COMMON, INHERITED, FIRST_SCRIPT = range(4)
JOINERS = (0x200C, 0x200D)
SELECTORS = (0x180B, 0x180C, 0x180D, 0x180E, 0x180F)  # of Mongolian
(LETTER, NONSPACING, COMBINING, VIRAMA, JOINS_AFTER, JOINS_BEFORE, TRANSPARENT, VOWEL, MARK, ABOVE,
 SOFT_DOTTED) = (1 << i for i in range(11))
SPACES = (0x20, 0x202F)  # that of all texts, and that of Mongolian
BLANK = (0x2800, 0xFFFC, 0x13441, 0x13442, 0x16FE4, 0x1D159)  # look like a space, and are none
# Letters with a compatibility decomposition that are written in names: Spanish and Portuguese ordinals, the
# raised w of Salish languages, an Armenian ligature, vowels of Thai and Lao, consonants of Lao.
WRITTEN = (0xAA, 0xBA, 0x2B7, 0x587, 0xE33, 0xEB3, 0xEDC, 0xEDD)
# The small theta, which Salish languages write among Latin letters; Latin has none of its own.
THETA = 0x3B8
# UTS 39 5.1: the writing systems to which the characters of a script belong, too.
WRITING_SYSTEMS = {"Hani": {"Hanb", "Jpan", "Kore"}, "Hira": {"Jpan"}, "Kana": {"Jpan"}, "Hang": {"Kore"},
                   "Bopo": {"Hanb"}}

# UTS 39 5.2, Highly Restrictive, and the scripts of UAX 31, table 5, that are written without spaces between words.
WITHIN_LATIN_WORDS = ("Jpan", "Hanb", "Kore", "Thai", "Laoo", "Khmr")
# Moderately Restrictive: the others of that table but Cyrillic and Greek.
BESIDE_LATIN_WORDS = ("Arab", "Armn", "Beng", "Deva", "Ethi", "Geor", "Gujr", "Guru", "Hebr", "Knda", "Mlym", "Mymr",
                      "Orya", "Sinh", "Taml", "Telu", "Thaa", "Tibt")


def rows(file):
    """The rows of a file of the database: first, last, the other fields."""
    for line in file.read_text("utf-8").splitlines():
        fields = [field.strip() for field in line.split("#")[0].split(";")]
        if len(fields) > 1:
            first, _, last = fields[0].partition("..")
            yield int(first, 16), int(last or first, 16), fields[1:]


def values(file, default, column=0):
    table = [default] * CODE_POINTS
    for first, last, fields in rows(file):
        table[first:last + 1] = [fields[column]] * (last + 1 - first)
    return table


def script_sets(folder):
    """The Script_Extensions of every code point, with the writing systems."""
    short = {}
    for line in (folder / "PropertyValueAliases.txt").read_text("utf-8").splitlines():
        fields = [field.strip() for field in line.split("#")[0].split(";")]
        if fields[0] == "sc":
            short[fields[2]] = fields[1]
    scripts = [short[name] for name in values(folder / "Scripts.txt", "Unknown")]
    for first, last, fields in rows(folder / "ScriptExtensions.txt"):
        scripts[first:last + 1] = [fields[0]] * (last + 1 - first)
    scripts[THETA] = "Grek Latn"
    augmented = {}
    for text in set(scripts):
        names = set(text.split())
        augmented[text] = frozenset(names.union(*(WRITING_SYSTEMS.get(name, set()) for name in names)))
    return [augmented[text] for text in scripts]


def absent(folder):
    """The code points that no text has (docs/ledger-format.md 5.3, conditions 1 and 2)."""
    category = values(folder / "extracted/DerivedGeneralCategory.txt", "Cn")
    decomposition = values(folder / "extracted/DerivedDecompositionType.txt", "None")
    refused = []
    for point in range(CODE_POINTS):
        is_unseen = category[point] in ("Cc", "Cf", "Cn", "Co", "Cs", "Me", "Zl", "Zp", "Zs") or point in BLANK
        is_letter = category[point][0] in "LM" or category[point] in ("Nd", "Nl")
        is_form = decomposition[point] not in ("None", "Canonical") and is_letter
        is_form |= decomposition[point] == "Compat" and category[point] == "No"
        refused.append(is_unseen and point not in SPACES or is_form and point not in WRITTEN)
    for first, last, _ in rows(folder / "EquivalentUnifiedIdeograph.txt"):
        refused[first:last + 1] = [True] * (last + 1 - first)
    for first, last, fields in rows(folder / "DerivedCoreProperties.txt"):
        if fields[0] == "Default_Ignorable_Code_Point":
            refused[first:last + 1] = [True] * (last + 1 - first)
    return refused


def shapes(folder, unseen):
    """What docs/ledger-format.md 5.3 asks of a code point. One that no text has goes on with the run before it."""
    category = values(folder / "extracted/DerivedGeneralCategory.txt", "Cn")
    combining = values(folder / "extracted/DerivedCombiningClass.txt", "0")
    joining = values(folder / "extracted/DerivedJoiningType.txt", "U")
    syllabic = values(folder / "IndicSyllabicCategory.txt", "Other")
    soft_dotted = {point for first, last, fields in rows(folder / "PropList.txt") if fields[0] == "Soft_Dotted"
                   for point in range(first, last + 1)}
    joins = {"D": JOINS_AFTER | JOINS_BEFORE, "L": JOINS_AFTER, "R": JOINS_BEFORE, "T": TRANSPARENT}
    table = []
    for point in range(CODE_POINTS):
        if unseen[point] and point not in SELECTORS and point not in JOINERS:
            table.append(table[-1] if table else 0)
            continue
        nonspacing = category[point] == "Mn"
        table.append(LETTER * (category[point][0] == "L") | NONSPACING * nonspacing |
                     COMBINING * (nonspacing and combining[point] != "0") | VIRAMA * (syllabic[point] == "Virama") |
                     joins.get(joining[point], 0) | VOWEL * (syllabic[point] == "Vowel_Dependent") |
                     MARK * (category[point][0] == "M") | ABOVE * (combining[point] == "230") |
                     SOFT_DOTTED * (point in soft_dotted))
    return table


def marks_within(folder, unseen):
    """The marks in the canonical decomposition of each code point that has some."""
    category = values(folder / "extracted/DerivedGeneralCategory.txt", "Cn")
    parts = {}
    for first, _, fields in rows(folder / "UnicodeData.txt"):
        if fields[4] and "<" not in fields[4]:
            parts[first] = [int(part, 16) for part in fields[4].split()]

    def decomposed(point):
        return [last for part in parts[point] for last in decomposed(part)] if point in parts else [point]
    marks = {point: tuple(c for c in decomposed(point) if category[c][0] == "M") for point in parts if not unseen[point]}
    return {point: those for point, those in marks.items() if those}


def runs(table):
    """The lengths of runs of one value, each with that value in its lowest 12 bits."""
    numbers, begin = [], 0
    for point in range(1, CODE_POINTS + 1):
        if point == CODE_POINTS or table[point] != table[begin]:
            numbers.append((point - begin) << 12 | table[begin])
            begin = point
    return numbers


def array(kind, name, numbers):
    lines, line = [], "    "
    for number in numbers:
        if len(line) + len(str(number)) + 1 > 120:
            lines, line = lines + [line], "    "
        line += f"{number},"
    return "\n".join([f"inline constexpr {kind} {name}[] = {{", *lines, line, "};"])


def tables(folder):
    for name in ("Scripts", "ScriptExtensions", "DerivedCoreProperties", "IndicSyllabicCategory", "PropList",
                 "EquivalentUnifiedIdeograph"):
        head = (folder / f"{name}.txt").read_text("utf-8").splitlines()[0]
        if head != f"# {name}-{VERSION}.txt":
            sys.exit(f"{folder} has another version of Unicode than {VERSION}: {head}")
    sets, refused = script_sets(folder), absent(folder)
    used = {scripts for scripts, no in zip(sets, refused) if not no}
    scripts = sorted(set().union(*used) - {"Zyyy", "Zinh"})
    several = sorted(sorted(one) for one in used if len(one) > 1)
    value = {frozenset({"Zyyy"}): COMMON, frozenset({"Zinh"}): INHERITED}
    value |= {frozenset({name}): FIRST_SCRIPT + i for i, name in enumerate(scripts)}
    value |= {frozenset(one): FIRST_SCRIPT + len(scripts) + i for i, one in enumerate(several)}
    assert len(scripts) <= 192 and max(value.values()) < 256
    script_of = [ABSENT if no else value[one] for one, no in zip(sets, refused)]
    within = marks_within(folder, refused)
    lists = sorted(set(within.values()))
    list_of = [lists.index(within[point]) + 1 if point in within else 0 for point in range(CODE_POINTS)]
    assert len(lists) < 4096
    names = {"kLatin": "Latn", "kMongolian": "Mong"}
    return "\n".join([
        f"// Made by codec/unicode_tables.py from Unicode {VERSION}, the files that Debian's unicode-data has: don't edit.",
        "// Data of Unicode, Inc. under the Unicode License (https://www.unicode.org/license.txt).",
        "// clang-format off",
        "#pragma once",
        "",
        "#include <cstdint>",
        "",
        "namespace cityid::unicode {",
        "",
        "// Scripts, by number. A value of `kScriptRuns` is 0 for a code point that no text has, 1 for Common, 2 for",
        "// Inherited, 3 + a script, or 3 + `kScripts` + a place in `kScriptSets`.",
        f"inline constexpr std::uint8_t kScripts = {len(scripts)};",
        *(f"inline constexpr std::uint8_t {name} = {scripts.index(code)};" for name, code in names.items()),
        "",
        "// Scripts that may stand beside Latin: within a word, and as words of their own.",
        array("std::uint8_t", "kWithinLatinWords", map(scripts.index, WITHIN_LATIN_WORDS)),
        array("std::uint8_t", "kBesideLatinWords", map(scripts.index, WITHIN_LATIN_WORDS + BESIDE_LATIN_WORDS)),
        "",
        "// Sets of several scripts, each after its size.",
        f"inline constexpr std::uint8_t kScriptSetCount = {len(several)};",
        array("std::uint8_t", "kScriptSets",
              [number for one in several for number in (len(one), *map(scripts.index, one))]),
        "",
        "// Runs of code points from U+0000 on: length * 4096 + value.",
        array("std::uint32_t", "kScriptRuns", runs(script_of)),
        "",
        "// The same; a value is a sum of 1 letter, 2 nonspacing mark, 4 such a mark with a combining class, 8 virama,",
        "// 16 joins the letter after it, 32 joins the letter before it, 64 transparent to joining, 128 dependent vowel,",
        "// 256 mark, 512 mark above (combining class 230), 1024 soft-dotted.",
        array("std::uint32_t", "kShapeRuns", runs(shapes(folder, refused))),
        "",
        "// The same; a value is 0, or a place from 1 on in the lists of marks in canonical decompositions.",
        array("std::uint32_t", "kMarksWithinRuns", runs(list_of)),
        "",
        "// These lists, each after its size.",
        f"inline constexpr std::uint16_t kMarkListCount = {len(lists)};",
        array("std::uint32_t", "kMarkLists", [number for one in lists for number in (len(one), *one)]),
        "",
        "}  // namespace cityid::unicode",
        ""])


def main():
    arguments = [argument for argument in sys.argv[1:] if argument != "--check"]
    if not 1 <= len(arguments) <= 2:
        sys.exit(__doc__)
    file = pathlib.Path(arguments[0])
    text = tables(pathlib.Path(arguments[1] if len(arguments) > 1 else "/usr/share/unicode"))
    if len(arguments) == len(sys.argv) - 1:
        file.write_text(text, "utf-8")
    elif file.read_text("utf-8") != text:
        sys.exit(f"{file} is not what {sys.argv[0]} makes: run it without --check")


if __name__ == "__main__":
    main()
