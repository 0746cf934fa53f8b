#!/usr/bin/env python3
"""Claim: folders include only what the table of arrows in docs/architecture.md allows, and a source
includes its own header first, so that the header is seen to stand alone.

Usage: arrows_test.py ROOT. The table is the one whose first column is headed "folder": each row
names a folder and those below it that its files may include, directly.
"""

import pathlib
import re
import sys

# Programs that are no layer: anything may be included there.
FREE = {"tests"}
SOURCES = {".h", ".cpp"}


def read_table(document):
    allowed = {}
    in_table = False
    for line in document.splitlines():
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if cells[0] == "folder":
            in_table = True
        elif in_table and not line.startswith("|"):
            break
        elif in_table and not cells[0].startswith("-"):
            folder = cells[0].strip("`")
            allowed[folder] = set(re.findall(r"`([a-z0-9/_]+)`", cells[1])) | {folder}
    return allowed


def folder_of(path, folders):
    """The longest folder of the table that holds the file."""
    found = [folder for folder in folders if path.startswith(folder + "/")]
    return max(found, key=len, default=None)


def cycle_in(allowed):
    """A folder that leads back to itself; None if arrows only point down."""
    done, open_ = set(), []

    def visit(folder):
        if folder in open_:
            return open_[open_.index(folder) :] + [folder]
        if folder in done:
            return None
        open_.append(folder)
        for below in sorted(allowed[folder] - {folder}):
            cycle = visit(below)
            if cycle:
                return cycle
        open_.pop()
        done.add(folder)
        return None

    for folder in sorted(allowed):
        cycle = visit(folder)
        if cycle:
            return cycle
    return None


def main():
    root = pathlib.Path(sys.argv[1])
    allowed = read_table((root / "docs/architecture.md").read_text())
    complaints = []
    if len(allowed) < 10:
        complaints.append("docs/architecture.md has no table of arrows")
    for folder, below in allowed.items():
        complaints += [f"the table names {other}, which is no row" for other in below - set(allowed)]
        if not (root / folder).is_dir():
            complaints.append(f"the table has the folder {folder}, which is not there")
    if not complaints and (cycle := cycle_in(allowed)):
        complaints.append("the table has a circle: " + " -> ".join(cycle))
    files = 0
    for top in sorted({folder.split("/")[0] for folder in allowed}):
        for path in sorted((root / top).rglob("*")):
            if path.suffix not in SOURCES:
                continue
            name = path.relative_to(root).as_posix()
            folder = folder_of(name, allowed)
            if folder is None:
                complaints.append(f"{name}: no row of the table has its folder")
                continue
            files += 1
            text = path.read_text()
            own = pathlib.Path(name).with_suffix(".h")
            first = re.search(r'^#include ["<]([^">]+)', text, re.M)
            if path.suffix == ".cpp" and (root / own).exists() and first[1] != own.as_posix():
                complaints.append(f"{name} does not include its own header first")
            for included in re.findall(r'^#include "([^"]+)"', text, re.M):
                other = folder_of(included, allowed)
                if other is None or included.split("/")[0] in FREE:
                    complaints.append(f"{name} includes {included}, which is in no folder of the table")
                elif other not in allowed[folder]:
                    complaints.append(f"{name} includes {included}: no arrow {folder} -> {other}")
    for complaint in complaints:
        print(complaint)
    print(f"{files} files in {len(allowed)} folders, {len(complaints)} complaints")
    return 1 if complaints or files == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
