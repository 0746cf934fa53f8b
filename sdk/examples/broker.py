"""From a fresh sensor to its city's broker, as broker.c. Usage: broker.py TRUST KEPT RESOLVER ID REL"""
import json
import sys
import urllib.request

import cityid

trust, kept, resolver, identifier, rel = sys.argv[1:]
head = cityid.load(kept, may_miss=True)
since = "?since=" + head.split(b"\n")[1].decode() if head else ""
with urllib.request.urlopen(f"{resolver}/{identifier}/proof{since}", timeout=20) as reply:
    document = reply.read(1024 * 1024)
proof = cityid.Proof(cityid.load(trust), document, head)
answer, verdict = proof.look_up(identifier)
if verdict == "ledger-stale":
    raise cityid.CannotTell("the proof is too old to say anything")
cityid.save(kept, proof.kept)
endpoints = json.loads(answer).get("endpoints", [])
found = [endpoint["href"] for endpoint in endpoints if endpoint["rel"] == rel and "href" in endpoint]
print(*found[:1])
sys.exit(0 if found else 1)
