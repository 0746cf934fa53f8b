"""A mirror that wants an old policy back: policy 1 is {A, B, C}, policy 2 {A, B, D}, after C's key was
stolen. Whoever has policy 2 never trusts C again, whatever a mirror shows, withholds or repeats.
"""
import contextlib
import http.server
import json
import os
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
import cbor2

import cityid_process
import proofs
from cityid_process import SHIJIAZHUANG, cityid
from proofs import INSTITUTES, MAP, ChangingCase, PartialMap, ProofCase, resealed, uv
from signed_record import encode


def setUpModule():
    global DEMO
    DEMO = proofs.set_up()


@contextlib.contextmanager
def mirror(files, answers):
    """Files of a log over HTTP; `answers` has other contents for some paths: one after the other, and
    the last for ever. None is 404."""
    left = {path: list(contents) for path, contents in answers.items()}

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            path = self.path.removeprefix("/ledger/")
            if path in left:
                content = left[path][0] if len(left[path]) == 1 else left[path].pop(0)
            else:
                file = files / path
                content = file.read_bytes() if file.is_file() else None
            self.send_response(404 if content is None else 200)
            self.send_header("Content-Length", str(len(content or b"")))
            self.end_headers()
            self.wfile.write(content or b"")

        def log_message(self, *_):
            pass
    with proofs.http_server(Handler) as url:
        yield url


class Rollback(ChangingCase):
    def setUp(self):
        ProofCase.setUp(self)
        self.ledger = self.copied_ledger()
        self.trust_1 = self.trust
        for name in ("d.record", "d.witness"):
            self.expect_done(cityid("key", "new", "--no-passphrase", self.key(name)))
        self.serve("--witness-key", self.key("d.witness"))
        self.files_1 = self.exported("files-1")
        self.snapshot_1 = self.snapshot("snapshot-1")
        self.replace_c_by_d()
        self.suspend(SHIJIAZHUANG)
        self.files_2 = self.exported("files-2")
        self.trust_2 = self.directory / "trust-2.txt"
        self.expect_done(cityid("trust", "new", "--ledger", self.ledger, "-o", self.trust_2))

    def key(self, name):
        return self.directory / f"{name}.key"

    def public(self, name):
        return json.loads(cityid("key", "show", "--json", self.key(name)).out)["key"]

    def exported(self, name):
        files = self.directory / name
        self.expect_done(cityid("ledger", "export", "--ledger", self.ledger, "-o", files))
        return files

    def snapshot(self, name):
        file = self.directory / name
        self.expect_done(cityid("ledger", "snapshot", "--ledger", self.ledger, "-o", file))
        return file

    def replace_c_by_d(self):
        policy = json.loads(cityid("policy", "--registry", self.served.url).out)
        self.assertEqual([one["name"] for one in policy["institutes"]],
                         [f"{name}.example" for name in INSTITUTES])
        policy["version"] = 2
        policy["institutes"][2] = {"name": "institute-d.example",
                                   "record_key": self.public("d.record"),
                                   "witness_key": self.public("d.witness")}
        path = self.file("policy-2.json", json.dumps(policy))
        self.change("policy", "--indispensable", "--file", path,
                    files=[self.key("d.record"), self.key("d.witness")])

    def claiming(self, version):
        """What says the keys of policy 2, and that it is another version: nobody has signed it."""
        document = cbor2.loads((self.files_2 / "policies" / "2").read_bytes())
        state = cbor2.loads(PartialMap(document[MAP]).leaves()[b"G"])
        state[4][1] = version
        value = encode(state)
        return resealed({**document, MAP: b"\0\1G" + uv(len(value)) + value})

    def expect_trust_stays(self, answers, files=None):
        before = self.trust_2.read_text()
        with mirror(files or self.files_2, answers) as url:
            finished = cityid("trust", "update", self.trust_2, "--from", url)
        if finished.status != 0:
            self.expect_refused(finished, 1)
            self.assertEqual(self.trust_2.read_text(), before)
        self.assertIn("institute-d.example", self.trust_2.read_text())
        self.assertNotIn("institute-c.example", self.trust_2.read_text())

    def test_a_trust_file_is_not_rolled_back(self):
        first = (self.files_1 / "policies" / "1").read_bytes()
        second = (self.files_2 / "policies" / "2").read_bytes()
        self.assertIn("institute-c.example", self.trust_1.read_text())
        for version in (0, 1, 2, 3):
            lie = self.claiming(version)
            # With the newest checkpoint, which satisfies policy 1, too, and without the way back.
            for answers in ({"policies/1": [lie, first], "policies/2": [None]},
                            {"policies/1": [lie, first]}, {"policies/1": [first, lie]},
                            {"policies/2": [lie, first]}, {"policies/2": [lie, second, first]},
                            {"policies/1": [first], "policies/2": [first]},
                            {"policies/1": [second], "policies/2": [first, second]},
                            {"policies/1": [lie], "policies/2": [lie, first]},
                            {"policies/3": [lie]}, {"policies/3": [first]}):
                with self.subTest(version=version, answers=list(answers)):
                    self.expect_trust_stays(answers)
                    self.expect_trust_stays(answers, self.files_1)

    def test_without_its_comments_it_is_not_rolled_back_either(self):
        when = next(line for line in self.trust_2.read_text().splitlines() if "confirmed" in line)
        lines = [line for line in self.trust_2.read_text().splitlines() if line[0] != "#"]
        self.trust_2.write_text("\n".join([when, *lines]) + "\n")
        first = (self.files_1 / "policies" / "1").read_bytes()
        self.expect_trust_stays({"policies/1": [self.claiming(0), first]}, self.files_1)

    def expect_silent(self, ledger):
        """Nothing is answered from what is older than the trust file."""
        finished = cityid("scan", "--json", DEMO.url(), "--ledger", ledger)
        self.assertEqual(finished.status, 3, finished)
        self.assertNotIn("valid", finished.out)
        with cityid_process.resolver(ledger) as served:
            reply = served.request(f"/{SHIJIAZHUANG}")
            self.assertEqual(reply.status, 503, reply)
            self.assertEqual(served.request("/readyz").status, 503)
        self.expect_refused(cityid("trust", "new", "--ledger", ledger, "-o",
                                   self.directory / "none"), 3, "older than the trust file")
        # Nothing is printed or signed either from what it says.
        key = self.directory / "some.key"
        if not key.exists():
            self.expect_done(cityid("key", "new", "--no-passphrase", key))
        self.expect_refused(cityid("ledger", "log", "--ledger", ledger), 3,
                            "older than the trust file")
        draft = self.directory / "suspend.cose"
        self.expect_refused(cityid("suspend", SHIJIAZHUANG, "--ledger", ledger, "--key", key,
                                   "--yes", "-o", draft), 3, "older than the trust file")
        self.assertFalse(draft.exists())
        status = cityid("ledger", "status", "--json", "--ledger", ledger)
        self.assertTrue(json.loads(status.out)["behind_trust_file"], status)

    def expect_suspended(self, ledger):
        finished = cityid("scan", "--json", DEMO.url(), "--ledger", ledger)
        self.assertEqual(json.loads(finished.out)["verdict"], "suspended", finished)

    def follow(self, ledger, source, *trust):
        return cityid("follow", "--once", "--ledger", ledger, "--from", source, *trust)

    def test_an_old_snapshot_answers_nothing_until_it_has_followed(self):
        ledger = self.directory / "restored"
        self.expect_done(cityid("ledger", "restore", self.snapshot_1, "--ledger", ledger, "--trust",
                                self.trust_2))
        self.expect_silent(ledger)
        finished = self.follow(ledger, self.files_1)
        self.assertEqual(finished.status, 3, finished)
        self.assertIn("older than the trust file", finished.err)
        self.expect_silent(ledger)
        self.expect_done(self.follow(ledger, self.files_2))
        self.expect_suspended(ledger)
        status = cityid("ledger", "status", "--json", "--ledger", ledger)
        self.assertNotIn("behind_trust_file", json.loads(status.out))

    def test_an_old_log_is_not_answered_from(self):
        ledger = self.directory / "followed"
        finished = self.follow(ledger, self.files_1, "--trust", self.trust_2)
        self.assertEqual(finished.status, 3, finished)
        self.expect_silent(ledger)
        self.expect_done(self.follow(ledger, self.files_2))
        self.expect_suspended(ledger)

    def test_a_replica_that_is_older_than_a_new_trust_file_answers_nothing(self):
        ledger = self.directory / "followed"
        self.expect_done(self.follow(ledger, self.files_1, "--trust", self.trust_1))
        self.assertEqual(cityid("scan", DEMO.url(), "--ledger", ledger).status, 0)
        finished = cityid("serve", "--ledger", ledger, "--trust", self.trust_2)
        self.expect_refused(finished, 1, "older than", "--follow")
        finished = self.follow(ledger, self.files_1, "--trust", self.trust_2)
        self.assertEqual(finished.status, 3, finished)
        self.expect_silent(ledger)

    def test_a_snapshot_of_policy_2_is_taken_with_policy_1_along_its_own_proofs(self):
        ledger = self.directory / "restored"
        snapshot = self.snapshot("snapshot-2")
        self.expect_done(cityid("ledger", "restore", snapshot, "--ledger", ledger, "--trust",
                                self.trust_1))
        self.expect_suspended(ledger)
        updated = self.directory / "updated"
        self.expect_done(cityid("trust", "update", self.trust_1, "--from", ledger, "-o", updated))
        self.assertIn("# policy 2\n", updated.read_text())

    def test_a_mirror_that_withholds_a_link_breaks_nobodys_chain(self):
        """It shows a proof of policy 2 that satisfies policy 2 alone, and none of policy 1."""
        document = cbor2.loads((self.files_2 / "policies" / "2").read_bytes())
        # Enough for policy 2, with A and D, and not for policy 1.
        text, lines = proofs.note_parts(document[proofs.NOTE])
        kept = [line for line in lines
                if proofs.line_parts(line)[0] not in ("institute-b.example", "institute-c.example")]
        alone = resealed({**document, proofs.NOTE: proofs.joined(text, kept)})
        ledger = self.directory / "followed"
        with mirror(self.files_2, {"policies/1": [None], "policies/2": [alone]}) as url:
            self.expect_done(self.follow(ledger, url, "--trust", self.trust_2))
        self.expect_suspended(ledger)
        # Another batch, from an honest mirror.
        self.resume(SHIJIAZHUANG)
        honest = self.exported("files-3")
        self.expect_done(self.follow(ledger, honest))
        for source in (ledger, honest):
            updated = self.directory / f"updated-{len(os.listdir(self.directory))}"
            self.expect_done(cityid("trust", "update", self.trust_1, "--from", source, "-o", updated))
            self.assertIn("# policy 2\n", updated.read_text())


if __name__ == "__main__":
    cityid_process.main()
