"""A registry that serves a copy of a consortium's ledger, and what the command line asks of it."""
import shutil
import time
import unittest

from nacl.signing import SigningKey

import cityid_process
import signed_record
from cityid_process import HOST, SHIJIAZHUANG, cityid
from consortium import Consortium
from signed_record import INSTITUTE, NEW_KEY, Record

APPLICATIONS = "/registry/applications"
OTHER = "MA.156.1302"
QUORUM = ("institute1", "institute2")


def set_up():
    """A consortium whose copies tests work on, as long as a module's tests last."""
    global FOUNDED
    FOUNDED = unittest.enterModuleContext(
        Consortium(unittest.enterModuleContext(cityid_process.temporary_directory()) / "consortium"))


class RegistryCase(cityid_process.Case):
    """A copy of the consortium's ledger, and a registry that serves it."""

    serving = True

    def setUp(self):
        directory = self.enterContext(cityid_process.temporary_directory()) / "consortium"
        shutil.copytree(FOUNDED.directory, directory)
        self.consortium = self.enterContext(Consortium(directory))
        self.log = self.consortium.keys.log
        self.key = self.consortium.key
        if self.serving:
            self.served = self.enterContext(
                cityid_process.resolver(self.consortium.ledger, "--registry"))

    def path(self, name):
        return self.consortium.directory / name

    # Commands

    def registry(self, *arguments, keys=()):
        """A command that asks the registry and hands in to it."""
        signing = [word for name in keys for word in ("--key", self.key(name))]
        return cityid(*arguments, "--registry", self.served.url, *signing)

    def done(self, *arguments, keys=()):
        """One that is sequenced."""
        finished = self.registry(*arguments, keys=keys)
        self.expect_done(finished)
        self.assertRegex(finished.out, r"\Asequenced \d+\n\Z", finished)
        return int(finished.out.split()[1])

    def waits(self, *arguments, keys=()):
        """One that waits for more signatures: the application's id."""
        finished = self.registry(*arguments, keys=keys)
        self.expect_done(finished)
        self.assertRegex(finished.out, r"\Awaiting [0-9a-f]{64}\n\Z", finished)
        return finished.out.split()[1]

    def refused(self, rule, *arguments, keys=()):
        """One that is not taken: status 1, no data, and the last line names the rule."""
        finished = self.registry(*arguments, keys=keys)
        self.assertEqual((finished.status, finished.out), (1, ""), finished)
        self.assertRegex(finished.err.splitlines()[-1], r"\Acityid: .", finished)
        self.assertIn(rule, finished.err.splitlines()[-1], finished)

    def content(self, name="Shijiazhuang", **other):
        return self.consortium.file(
            f"content-{name}.json", {"metadata": {"names": {"en": name}, "level": "city"}, **other})

    def application(self, identifier=SHIJIAZHUANG, *, tag="", content=None):
        """The words of an `apply` with new keys of its own."""
        return ("apply", identifier, "--content", content or self.content(),
                "--record-key", self.key(f"{identifier}{tag}.record"),
                "--code-key", self.key(f"{identifier}{tag}.code"))

    def assigned(self, identifier=SHIJIAZHUANG, keys=QUORUM, **options):
        """Makes the identifier, all signatures at once."""
        self.done(*self.application(identifier, **options), keys=keys)

    def listed(self):
        finished = self.registry("applications", "--json")
        self.expect_done(finished)
        return {line["id"]: line for line in finished.json_lines()}

    # Answers

    def answer(self, identifier=SHIJIAZHUANG):
        reply = self.served.request(f"/{identifier}")
        return reply.status, reply.json()

    def expect_verdict(self, status, verdict, identifier=SHIJIAZHUANG):
        found, answer = self.answer(identifier)
        self.assertEqual((found, answer["verdict"]), (status, verdict), answer)
        return answer

    def code(self, key, identifier=SHIJIAZHUANG):
        """A new code, signed by this key: the file."""
        path = self.path(f"{identifier}-{time.monotonic_ns()}.cose")
        self.expect_done(cityid("code", "new", identifier, "--key", self.key(key), "--host", HOST,
                                "-o", path))
        return path

    def expect_scans(self, verdicts):
        """What resolver and ledger say of codes: {file or URL: verdict}."""
        for whom in (("--resolver", self.served.url), ("--ledger", self.consortium.ledger)):
            finished = cityid("scan", "--json", *whom, *verdicts)
            found = {line["file"]: line["verdict"] for line in finished.json_lines()}
            self.assertEqual(found, {str(k): v for k, v in verdicts.items()}, finished)

    # Records that the command line will not make

    def record(self, kind, body, subject=SHIJIAZHUANG, **fields):
        return Record(kind, body, **({"log": self.log, "subject": subject} | fields))

    def assignment(self, subject=SHIJIAZHUANG, key=None, **fields):
        key = key or SigningKey.generate()
        content = signed_record.holding("City", signed_record.grant(key))
        return self.record(signed_record.ASSIGN, {1: content}, subject, **fields), (NEW_KEY, key)

    def institutes(self, *numbers):
        return [(INSTITUTE, self.consortium.signing_key(f"institute{i}")) for i in numbers]

    def post(self, entry):
        return cityid_process.hand_in(self.served, entry)

    def expect_problem(self, reply, status, rule):
        self.assertEqual((reply.status, reply.media_type), (status, "application/problem+json"),
                         reply)
        self.assertIn(rule, reply.json()["detail"])

    def size(self):
        return self.consortium.status()["size"]
