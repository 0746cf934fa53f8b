#!/usr/bin/env python3
"""Claim: the pure core needs no LMDB, OpenSSL, thread, mutex, file, clock or exception.

Usage: symbols_test.py NM FILES: the object files of the core, separated by semicolons, as they were
built without exceptions and run-time types.
"""

import re
import subprocess
import sys

FORBIDDEN = {
    "OpenSSL": r"EVP_|SSL_|OPENSSL_|SHA256_",
    "LMDB": r"mdb_",
    "threads and locks": r"pthread_|_ZNSt6thread|_ZNSt5mutex|_ZNSt18condition_variable|__cxa_guard|sem_",
    "files": r"fopen|open$|open64|read$|write$|stat$|_ZNSt10filesystem|_ZNSt14basic_[io]?fstream|_ZSt4cout",
    "clocks": r"clock_gettime|gettimeofday|time$|_ZNSt6chrono3_V2\d+\w*clock3nowEv",
    "exceptions": r"__cxa_throw|__cxa_begin_catch|__gxx_personality",
    "run-time types": r"__dynamic_cast",
    "network": r"socket$|connect$|getaddrinfo",
}


def main():
    nm, files = sys.argv[1], sys.argv[2].split(";")
    listed = subprocess.run(
        [nm, "-u", "-A", *files], check=True, capture_output=True, text=True
    ).stdout.splitlines()
    symbols = [(line.split(":")[0], line.split()[-1]) for line in listed if " U " in line]
    complaints = [
        f"{file} needs {what}: {symbol}"
        for file, symbol in symbols
        for what, pattern in FORBIDDEN.items()
        if re.match(rf"({pattern})", symbol)
    ]
    for complaint in complaints:
        print(complaint)
    print(f"{len(files)} files, {len(symbols)} symbols from outside, {len(complaints)} forbidden")
    return 1 if complaints or len(symbols) < 100 else 0


if __name__ == "__main__":
    sys.exit(main())
