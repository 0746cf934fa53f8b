"""Claim: what docs/devices.md says holds: its examples, in C and in Python, lead a fresh device to its
city's broker, judge codes without a network, and bring a trust file forward; and nobody can lead them
elsewhere. CITYID_EXAMPLES: the folder with the built examples in C.
"""
import json
import os
import pathlib
import re
import subprocess
import time

import checker
import cityid_process
import proofs
import signed_code
from cityid_process import HOST, SHIJIAZHUANG, cityid, run
from proofs import ChangingCase, liar
from signed_code import Code, with_other_last_digit

BUILT = pathlib.Path(os.environ.get("CITYID_EXAMPLES", ""))
SOURCES = pathlib.Path(__file__).resolve().parents[2] / "sdk" / "examples"
BEIJING, COUNTRY = checker.BEIJING, "MA.156"
ENVIRONMENT = {**os.environ, "CITYID_LIBRARY": checker.LIBRARY}


def setUpModule():
    global DEMO
    DEMO = proofs.set_up()


def programs(name):
    return ([BUILT / name], ["/usr/bin/python3", SOURCES / f"{name}.py"])


class DeviceCase(ChangingCase):
    def setUp(self):
        super().setUp()
        self.suspend(BEIJING)  # so the head was confirmed by now
        self.trust = self.file("trust.txt", self.trust.read_text())

    def size(self, kept="kept"):
        return int((self.directory / kept).read_text().splitlines()[1])

    def fetch_pack(self, prefix=COUNTRY, since=None, name="pack"):
        target = f"/{prefix}/pack" + ("" if since is None else f"?since={since}")
        return self.file(name, self.served.request(target).body)


class Broker(DeviceCase):
    def setUp(self):
        super().setUp()
        answer = self.served.request(f"/{SHIJIAZHUANG}", Accept="application/json").json()
        self.endpoint = next(item for item in answer["endpoints"] if "href" in item)

    def broker(self, program, resolver=None, identifier=SHIJIAZHUANG, rel=None, kept="kept"):
        return run(*program, self.trust, self.directory / kept, resolver or self.served.url,
                   identifier, rel or self.endpoint["rel"], env=ENVIRONMENT)

    def expect_cannot_tell(self, program, body, kept):
        before = self.directory / kept
        before = before.read_bytes() if before.exists() else None
        with liar(200, body) as url:
            told = self.broker(program, resolver=url, kept=kept)
        self.assertEqual((told.status, told.out), (3, ""), told)
        self.assertNotEqual(told.err, "")
        after = self.directory / kept
        self.assertEqual(after.read_bytes() if after.exists() else None, before)

    def test_a_fresh_device_finds_its_citys_broker_and_keeps_the_head(self):
        for number, program in enumerate(programs("broker")):
            for _ in range(2):  # the second time with a kept head
                found = self.broker(program, kept=f"kept{number}")
                self.assertEqual((found.status, found.out), (0, self.endpoint["href"] + "\n"), found)
                lines = (self.directory / f"kept{number}").read_text().splitlines()
                self.assertEqual(lines[0], proofs.ORIGIN)
        self.suspend("MA.156.1302")  # the head goes on, and is proved to continue the kept one
        for number, program in enumerate(programs("broker")):
            before = self.size(f"kept{number}")
            self.assertEqual(self.broker(program, kept=f"kept{number}").status, 0)
            self.assertGreater(self.size(f"kept{number}"), before)

    def test_what_is_not_there_is_a_no(self):
        for program in programs("broker"):
            for asked in ({"identifier": f"{SHIJIAZHUANG}.99"}, {"identifier": BEIJING},
                          {"rel": "no-such-rel"}):
                told = self.broker(program, **asked)
                self.assertEqual((told.status, told.out.strip()), (1, ""), asked)

    def test_a_kept_head_that_cannot_be_read_is_no_missing_one(self):
        (self.directory / "empty").write_bytes(b"")
        (self.directory / "directory").mkdir()
        for program in programs("broker"):
            for kept in ("empty", "directory"):
                told = self.broker(program, kept=kept)
                self.assertEqual((told.status, told.out), (3, ""), told)

    def test_a_resolver_that_lies_or_is_not_there_is_no_no(self):
        of_another = self.prove(BEIJING).read_bytes()
        now = int(time.time())
        stale = self.cosigned_at(self.prove(), dict.fromkeys(proofs.INSTITUTES, now - 8 * checker.DAY))
        pack = self.fetch_pack().read_bytes()
        for program in programs("broker"):
            for body in (b"", of_another, of_another[:-1], stale.read_bytes(), pack):
                self.expect_cannot_tell(program, body, "never")
            told = self.broker(program, resolver="http://127.0.0.1:1", kept="never")
            self.assertEqual((told.status, told.out), (3, ""), told)

    def test_an_older_proof_than_was_seen_is_refused_and_without_a_kept_head_it_passes(self):
        old = self.prove().read_bytes()
        self.suspend()
        for program in programs("broker"):
            self.assertEqual(self.broker(program).status, 1)  # suspended, and kept
            self.expect_cannot_tell(program, old, "kept")
            with liar(200, old) as url:
                self.assertEqual(self.broker(program, resolver=url, kept=f"lost{id(program)}").status, 0)

    def test_a_newer_proof_that_does_not_say_how_it_goes_on_is_refused(self):
        for program, change in zip(programs("broker"), (self.suspend, self.resume)):
            (self.directory / "kept").unlink(missing_ok=True)
            self.assertEqual(self.broker(program).status, 0)
            change("MA.156.1302")
            self.expect_cannot_tell(program, self.prove().read_bytes(), "kept")
            self.assertEqual(self.broker(program).status, 0)  # which asks since the kept size


class Gate(DeviceCase):
    def judge(self, program, pack, *codes, kept="gate"):
        done = subprocess.run([str(word) for word in (*program, self.trust, self.directory / kept, pack)],
                              input="\n".join(codes) + "\n", capture_output=True, text=True,
                              timeout=60, env=ENVIRONMENT, check=False)
        return done.returncode, done.stdout.splitlines(), done.stderr

    def codes(self):
        key = signed_code.read_key(DEMO.code_key())
        good = Code(SHIJIAZHUANG, key).url(HOST)
        revoked = cityid("code", "inspect", "--raw", DEMO.directory / "revoked.png").out.strip()
        return {"valid": good, "forged": with_other_last_digit(good), "revoked": revoked,
                "suspended": DEMO.url(BEIJING), "wrong-host": Code(SHIJIAZHUANG, key).url("x.example"),
                "unknown-id": Code(checker.ABSENT, key).url(HOST), "malformed": "hello"}

    def test_codes_are_judged_without_a_network(self):
        pack, codes = self.fetch_pack(), self.codes()
        for program in programs("gate"):
            self.assertEqual(self.judge(program, pack, *codes.values())[:2], (0, list(codes)))

    def test_what_the_pack_does_not_reach_is_neither_yes_nor_no(self):
        pack = self.fetch_pack(SHIJIAZHUANG)
        for program in programs("gate"):
            status, lines, _ = self.judge(program, pack, DEMO.url(BEIJING), DEMO.url())
            self.assertEqual((status, lines[1]), (0, "valid"))
            self.assertRegex(lines[0], "^can't tell: ")

    def test_a_pack_stays_good_and_the_next_one_continues_the_kept_head(self):
        for number, program in enumerate(programs("gate")):
            kept = f"gate{number}"
            old, never = self.fetch_pack(name="old"), self.fetch_pack(SHIJIAZHUANG, name="never")
            self.assertEqual(self.judge(program, old, DEMO.url(), kept=kept)[1], ["valid"])
            self.suspend()
            silent = self.fetch_pack(name="silent")
            status, lines, line = self.judge(program, silent, DEMO.url(), kept=kept)
            self.assertEqual((status, lines), (3, []), line)
            self.assertIn("ask for one since that size", line)
            new = self.fetch_pack(since=self.size(kept), name="new")
            self.assertEqual(self.judge(program, new, DEMO.url(), kept=kept)[1], ["suspended"])
            self.assertEqual(self.judge(program, old, DEMO.url(), kept=kept)[1], ["valid"])
            self.assertEqual(self.judge(program, never, DEMO.url(), kept=kept)[0], 3)
            self.resume()

    def test_a_proof_is_no_pack_and_an_old_pack_says_nothing(self):
        days = dict.fromkeys(proofs.INSTITUTES, int(time.time()) - 8 * checker.DAY)
        stale = self.cosigned_at(self.fetch_pack(), days)
        for program in programs("gate"):
            self.assertEqual(self.judge(program, self.prove(), DEMO.url())[:2], (3, []))
            self.assertEqual(self.judge(program, stale, DEMO.url(), kept="other")[1], ["ledger-stale"])


class Renew(DeviceCase):
    def change_policy(self):
        policy = json.loads(cityid("policy", "--registry", self.served.url).out)
        policy |= {"version": policy["version"] + 1, "hosts": [*policy["hosts"], "other.example"]}
        path = self.file("policy.json", json.dumps(policy))
        self.change("policy", "--indispensable", "--file", path)

    def renew(self, program, resolver=None):
        return run(*program, self.trust, resolver or self.served.url, env=ENVIRONMENT)

    def test_a_trust_file_follows_the_policies_as_the_program_brings_it(self):
        self.change_policy()
        old, expected = self.trust.read_text(), self.file("expected", self.trust.read_text())
        self.expect_done(cityid("trust", "update", expected, "--from", self.served.url))
        self.assertIn("# policy 2\n", expected.read_text())
        for program in programs("renew"):
            self.trust.write_text(old)
            for _ in range(2):
                self.expect_done(self.renew(program))
                self.assertEqual(self.trust.read_text(), expected.read_text())

    def test_what_does_not_lead_on_leaves_the_old_file(self):
        good = self.trust.read_text()
        long_ago = re.sub("# confirmed .*", "# confirmed 2025-01-01T00:00:00Z", good)
        bare = re.sub("# confirmed .*\n", "", good)
        policy = self.served.request("/ledger/policies/1").body
        for program in programs("renew"):
            for text, resolver in ((long_ago, None), (bare, None), (good, "http://127.0.0.1:1")):
                self.trust.write_text(text)
                self.assertEqual(self.renew(program, resolver).status, 3, text)
                self.assertEqual(self.trust.read_text(), text)
            for body in (b"", policy, policy[:-1], b"x" * (2 << 20)):  # to every question
                with liar(200, body) as url:
                    self.assertEqual(self.renew(program, url).status, 3)
                self.assertEqual(self.trust.read_text(), good)


if __name__ == "__main__":
    cityid_process.main()
