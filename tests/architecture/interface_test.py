#!/usr/bin/env python3
"""Claim: the shared library shows the functions of cityid.h, and nothing else; cityid.map lists them,
and the header documents each and includes nothing but two headers of C.

Usage: interface_test.py NM LIBRARY SDK
"""

import pathlib
import re
import subprocess
import sys


def main():
    nm, library, sdk = sys.argv[1], sys.argv[2], pathlib.Path(sys.argv[3])
    header = (sdk / "cityid.h").read_text()
    listed = set(re.findall(r"^    (cityid_\w+);$", (sdk / "cityid.map").read_text(), re.M))
    shown = subprocess.run([nm, "-D", "--defined-only", "--format=posix", library], check=True,
                           capture_output=True, text=True).stdout.splitlines()
    shown = {line.split()[0].split("@")[0] for line in shown if line.split()[1] != "A"}
    declared = re.findall(r"^CITYID_API [\w ]+?\*? ?(cityid_\w+)\(", header, re.M)
    documented = re.findall(r"\*/\n(?:CITYID_API [^;]+;\n)+", header)
    complaints = [f"{name}: in {where}" for where, names in (
        ("the header, not in the list", set(declared) - listed),
        ("the list, not in the header", listed - set(declared)),
        ("the list, not in the library", listed - shown),
        ("the library, not in the list", shown - listed)) for name in sorted(names)]
    if sum(block.count("CITYID_API") for block in documented) != len(declared):
        complaints.append("a function without a comment above it")
    if set(re.findall(r"#include (\S+)", header)) != {"<stddef.h>", "<stdint.h>"}:
        complaints.append("the header includes something else")
    for complaint in complaints:
        print(complaint)
    print(f"{len(declared)} functions, {len(complaints)} complaints")
    return 1 if complaints or not declared else 0


if __name__ == "__main__":
    sys.exit(main())
