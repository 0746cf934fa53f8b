"""What cost an attacker little and others much: a snapshot that is dear to refuse, a head that is
cosigned again and again, a host that is called by any name, a key file that changes its mode.
"""
import ctypes
import json
import os
import pathlib
import random
import shutil
import signal
import struct
import subprocess
import sys
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
import cbor2

import cityid_process
import consortium
import witness_cases
from cityid_process import HOST, cityid, running
from consortium import Consortium
from signed_record import encode
from witness_cases import WitnessCase

LONGEST_KEY = 255  # bytes (docs/snapshot.md 2)
VALUES, RECORDS = 7, 8  # of a snapshot's header


def setUpModule():
    witness_cases.set_up()


class Snapshots(cityid_process.Case):
    """Snapshots whose head is genuine, and whose state somebody made up."""

    def setUp(self):
        self.directory = self.enterContext(cityid_process.temporary_directory())
        self.consortium = self.enterContext(Consortium(self.directory / "consortium"))
        registry = self.consortium.alone().start()
        for number in range(4):
            self.consortium.publish(f"MA.156.15{number:02}")
        registry.stop()
        self.genuine = self.directory / "genuine"
        self.expect_done(cityid("ledger", "snapshot", "--ledger", self.consortium.ledger, "-o",
                                self.genuine))

    def refusal_of(self, keys):
        """What `restore` says of a state of these keys, and its seconds of processor time."""
        raw = self.genuine.read_bytes()
        size = int.from_bytes(raw[:8], "big")
        header = cbor2.loads(raw[8:8 + size]) | {VALUES: len(keys), RECORDS: 0}
        encoded = encode(header)
        evil = self.directory / "evil"
        evil.write_bytes(len(encoded).to_bytes(8, "big") + encoded + b"".join(
            struct.pack(">HI", len(key), 0) + key for key in sorted(keys)))
        ledger = self.directory / "restored"
        process = subprocess.Popen(
            [cityid_process.program(), "ledger", "restore", evil, "--ledger", ledger, "--trust",
             self.consortium.trust], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        err = process.stderr.read()
        process.stdout.close(), process.stderr.close()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        finished = cityid_process.Finished(["restore"], process.returncode, "", err)
        self.expect_refused(finished, 1, "snapshot:")
        self.assertFalse(ledger.exists())
        return finished, usage.ru_utime + usage.ru_stime

    def test_a_deep_state_costs_no_more_to_refuse_than_a_flat_one(self):
        bits = 8 * (LONGEST_KEY - 5)
        deep = [struct.pack(">BI", 0x7A, spine) + (1 << bit).to_bytes(bits // 8, "big")
                for spine in range(5) for bit in range(bits)]
        generator = random.Random(1)
        flat = [b"z" + generator.randbytes(LONGEST_KEY - 1) for _ in deep]
        _, flat_time = self.refusal_of(flat)
        finished, deep_time = self.refusal_of(deep)
        self.assertIn("not the one that was cosigned", finished.err)
        self.assertLess(deep_time, 4 * flat_time + 0.5)

    def test_more_values_than_its_log_can_have_written_are_not_looked_at(self):
        _, few = self.refusal_of([b"z"])
        finished, many = self.refusal_of([struct.pack(">BI", 0x7A, i) for i in range(500_000)])
        self.assertIn("so many values", finished.err)
        self.assertLess(many, few + 1)

    def test_a_key_that_no_rule_writes_is_refused(self):
        for key in (b"", b"z" * (LONGEST_KEY + 1), b"z" * 512, b"z" * 65535):
            finished, _ = self.refusal_of([key])
            self.assertIn("wrong length", finished.err)


class Cosigning(WitnessCase):
    def test_a_head_that_is_asked_again_and_again_is_cosigned_once_in_two_seconds(self):
        request = self.log.request(0)
        self.expect_cosigned(self.log)
        repeated = self.log.request(len(self.log), path=[])
        first = self.post(repeated).text
        begin, lines = time.monotonic(), []
        while time.monotonic() < begin + 6:
            # Lines of strangers make it no other one.
            lines.append(self.post(self.log.request(len(self.log), path=[], note=self.log.note(
                witnesses=(len(lines) % 3,)))).text)
        self.assertGreater(len(lines), 20)
        self.assertLessEqual(len({first, *lines}), 4, "one in two seconds")
        self.assertGreater(len(set(lines)), 1, "and fresh ones later")
        self.assertIn(self.post(request).status, (200, 409))


class Names(cityid_process.Case):
    def setUp(self):
        self.directory = self.enterContext(cityid_process.temporary_directory())
        self.consortium = self.enterContext(Consortium(self.directory / "consortium"))

    def serve(self, *options):
        return cityid("serve", "--ledger", self.consortium.ledger, "--check", *options)

    def test_a_host_that_others_reach_has_a_name(self):
        for address in ("0.0.0.0", "[::]", "192.0.2.1", "[2001:db8::1]", "[fe80::1%lo]",
                        "[::ffff:0.0.0.0]"):
            with self.subTest(address=address):
                listen = f"{address}:{consortium.free_port()}"
                self.expect_refused(self.serve("--listen", listen), 2, "--name")
                self.expect_refused(self.serve("--listen", "127.0.0.1:0", "--listen", listen), 2,
                                    "--name")
                self.assertEqual(self.serve("--listen", listen, "--name", HOST).status, 0)
        self.assertEqual(self.serve("--listen", "127.0.0.1:0").status, 0)

    def test_and_keeps_it(self):
        config = self.directory / "serve.toml"
        text = f'ledger = "{self.consortium.ledger}"\nlisten = ["0.0.0.0:0"]\n'
        config.write_text(text + f'name = ["{HOST}"]\n')
        with running("serve", "--config", config) as served:
            port = int(served.wait_for("err", r"on http://\S+?:(\d+);")[1])
            self.assertEqual(cityid_process.fetch(port, "/").status, 200)
            config.write_text(text)
            served.process.send_signal(signal.SIGHUP)
            served.wait_for("err", "not reloaded[^\n]*--name")
            raw = cityid_process.head("/").replace(HOST.encode(), b"evil.example")
            with cityid_process.Connection(port) as connection:
                connection.send(raw)
                self.assertEqual(connection.reply().status, 421)


class KeyFiles(cityid_process.Case):
    def setUp(self):
        self.directory = self.enterContext(cityid_process.temporary_directory())
        self.own, self.others = self.key("own"), self.key("others")

    def key(self, name):
        path = self.directory / f"{name}.key"
        self.expect_done(cityid("key", "new", "--no-passphrase", path))
        return path

    def sign(self, key, **options):
        """Signs a code with it."""
        output = self.directory / "code.cose"
        output.unlink(missing_ok=True)
        return cityid("code", "new", "MA.156.1301", "--key", key, "--host", HOST, "-o", output,
                      **options)

    def test_a_key_that_others_can_read_is_not_used_by_any_way_to_it(self):
        self.expect_done(self.sign(self.others))
        link, way = self.directory / "link.key", self.directory / "way"
        link.symlink_to(self.others)
        way.symlink_to(self.directory)
        for mode in (0o640, 0o604, 0o660, 0o602, 0o610, 0o601):
            self.others.chmod(mode)
            for path in (self.others, link, way / "others.key"):
                with self.subTest(mode=oct(mode), path=path.name):
                    self.expect_refused(self.sign(path), 1, "chmod 600")
        self.others.chmod(0o600)
        shutil.copy(f"{self.others}.serial", f"{link}.serial")
        self.expect_done(self.sign(link))

    def test_what_was_checked_is_what_is_read(self):
        """Two files change their names all the time: a private one, and one that others can read."""
        self.others.chmod(0o644)
        own, other = (json.loads(cityid("key", "show", "--json", key).out)["kid"]
                      for key in (self.own, self.others))
        exchange = ctypes.CDLL(None, use_errno=True).renameat2
        names = [str(self.own).encode(), str(self.others).encode()]
        ended = threading.Event()

        def swap():
            while not ended.is_set():
                for _ in range(1000):
                    exchange(-100, names[0], -100, names[1], 2)
        thread = threading.Thread(target=swap)
        thread.start()
        try:
            used = [self.used_key() for _ in range(60)]
        finally:
            ended.set()
            thread.join()
        self.assertNotIn(other, used)
        self.assertIn(own, used, "the test is one")
        self.assertIn(None, used, "the test is one")

    def used_key(self):
        """The kid of the key that signs; None if it was refused."""
        if self.sign(self.own).status != 0:
            return None
        code = cityid("code", "inspect", "--json", self.directory / "code.cose")
        return code.json_lines()[0]["kid"]


if __name__ == "__main__":
    cityid_process.main()
