"""A gate that opens for valid codes, without a network, as gate.c. Usage: gate.py TRUST KEPT PACK"""
import sys

import cityid

trust, kept, stored = sys.argv[1:]
pack = cityid.Proof(cityid.load(trust), cityid.load(stored), cityid.load(kept, may_miss=True), pack=True)
cityid.save(kept, pack.kept)
for line in sys.stdin.buffer:
    try:
        print(pack.judge(line.rstrip(b"\r\n"))[1], flush=True)  # if it is "valid": open the gate
    except cityid.CannotTell as why:
        print("can't tell:", why, flush=True)
