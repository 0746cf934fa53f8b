"""Brings a trust file forward to the policy in force, as renew.c. Usage: renew.py TRUST RESOLVER"""
import sys
import urllib.error
import urllib.request

import cityid

path, resolver = sys.argv[1:]


def fetch(target):
    with urllib.request.urlopen(f"{resolver}/ledger/{target}", timeout=20) as reply:
        return reply.read(1024 * 1024)


trust, proofs = cityid.load(path), []
first = max(cityid.trust_version(trust), 1)  # one that was made by hand may not say it
for version in range(first, first + 64):
    try:
        proofs.append(fetch(f"policies/{version}"))
    except urllib.error.HTTPError as error:
        if error.code != 404:
            raise
        break  # that was the last one
cityid.save(path, cityid.update_trust(trust, proofs, fetch("checkpoint")))
