#!/usr/bin/python3
"""A whole consortium on this machine: a registry, three witnesses and replicas, a process each.

Tests start and stop its members one by one. To look at one,
    python3 tests/process/consortium.py --cityid PROGRAM [--dir DIRECTORY]
founds it in the directory, or goes on with the one that is there, prints what to try, and runs
until Ctrl-C. It needs python3-cbor2 and python3-nacl.
"""
import argparse
import base64
import contextlib
import itertools
import json
import os
import pathlib
import random
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time

from nacl.signing import SigningKey

import cityid_process
import signed_code
import signed_record
from cityid_process import SHIJIAZHUANG, cityid, wait_until
from signed_record import NEW_KEY

APPLICATIONS = "/registry/applications"
POLL = 50  # milliseconds between a replica's polls
SIZE = 3


# Below the ports that the kernel gives to those who ask for any (ip_local_port_range).
_ports = itertools.count(random.randrange(12_000, 28_000))


def free_port():
    """A port that nobody uses, and that nobody gets by chance while its owner is stopped."""
    for port in _ports:
        with socket.socket() as bound, contextlib.suppress(OSError):
            bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            bound.bind(("127.0.0.1", port))
            return port


def url_of(port):
    return f"http://127.0.0.1:{port}"


def write_key(path, key):
    """An unencrypted key file (docs/key-file.md)."""
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(f"cityid-key 1\npublic {bytes(key.verify_key).hex()}\nprotection none\n"
                   f"secret {bytes(key).hex()}\n")
    return path


def done(finished):
    if finished.status != 0:
        raise AssertionError(str(finished))
    return finished


class Member:
    """One process that can be stopped, killed, paused and started again."""

    env = None  # that of the test

    def __init__(self, name, arguments, ready):
        self.name, self.arguments, self.ready = name, arguments, ready
        self.files = tempfile.TemporaryFile(), tempfile.TemporaryFile()
        self.running = None
        self._begin = 0

    def launch(self):
        """Starts it without waiting for it."""
        assert self.running is None or self.running.process.poll() is not None, self.name
        self._begin = os.fstat(self.files[1].fileno()).st_size
        process = subprocess.Popen([cityid_process.program(), *map(str, self.arguments)],
                                   stdin=subprocess.DEVNULL, stdout=self.files[0],
                                   stderr=self.files[1], env=self.env)
        self.running = cityid_process.Running(self.arguments, process, *self.files)
        return self

    def start(self):
        """Starts it, and waits until it answers."""
        return self.launch().wait_ready()

    def wait_ready(self):
        self.wait_for(self.ready)
        return self

    @property
    def err(self):
        """What it has written to standard error since it was started the last time."""
        return os.pread(self.files[1].fileno(), 1 << 20, self._begin).decode("utf-8", "replace")

    def wait_for(self, pattern, after=0, seconds=cityid_process.DEADLINE):
        """The match of `pattern` in its standard error, behind so many characters of it."""
        def look():
            match = re.search(pattern, self.err[after:])
            if not match and self.running.process.poll() is not None:
                raise AssertionError(f"{self.name} ended without /{pattern}/: "
                                     f"{self.running.process.returncode} {self.err}")
            return match
        try:
            return wait_until(look, f"/{pattern}/ on standard error of {self.name}", seconds)
        except AssertionError as error:
            raise AssertionError(f"{error}\n{self.name}: {self.err}") from None

    def alive(self):
        return self.running is not None and self.running.process.poll() is None

    def send(self, number):
        self.running.process.send_signal(number)

    def pause(self):
        self.send(signal.SIGSTOP)

    def resume(self):
        self.send(signal.SIGCONT)

    def stop(self):
        """Asks it to end, and says how it did."""
        self.send(signal.SIGTERM)
        return self.running.process.wait(cityid_process.DEADLINE)

    def kill(self):
        self.running.process.kill()
        self.running.process.wait()

    def restart(self):
        if self.alive():
            self.kill()
        return self.start()

    def close(self):
        if self.running is not None:
            self.kill()
        for file in self.files:
            file.close()


class Server(Member):
    """A member that answers HTTP on a port of its own."""

    def __init__(self, name, arguments, ready, port, ledger):
        super().__init__(name, arguments, ready)
        self.port, self.ledger = port, ledger
        self.url = url_of(port)

    def request(self, target, method="GET", **headers):
        return cityid_process.fetch(self.port, target, method, **headers)

    def post(self, target, body, **headers):
        return cityid_process.post(self.port, target, body, **headers)

    def note(self):
        """The newest checkpoint that it serves; nothing if there is none."""
        reply = self.request("/ledger/checkpoint")
        assert reply.status in (200, 404), reply
        return reply.text if reply.status == 200 else None

    def head(self):
        """Size and root of that."""
        return head_of(self.note())

    def entry(self, index):
        reply = self.request(f"/ledger/entry/{index}")
        return reply.body if reply.status == 200 else None

    def entries(self):
        """The whole log as it is served."""
        found = []
        with cityid_process.Connection(self.port) as connection:
            while True:
                connection.send(cityid_process.head(f"/ledger/entry/{len(found)}"))
                reply = connection.reply()
                if reply.status != 200:
                    return found
                found.append(reply.body)

    def ready_now(self):
        reply = self.request("/readyz")
        return reply.status, reply.text


def head_of(note):
    """Size and root of a checkpoint; (0, None) without one."""
    if note is None:
        return 0, None
    _, size, root = note.split("\n")[:3]
    return int(size), base64.b64decode(root)


def status_of(ledger):
    """What `ledger status` says of a directory."""
    return done(cityid("ledger", "status", "--ledger", ledger, "--json")).json_lines()[0]


def evidence_in(ledger):
    """The evidence in a directory; None if there is none."""
    return cityid("ledger", "evidence", "--json", "--ledger", ledger).json_lines()[0]


def verify(ledger):
    return done(cityid("ledger", "verify", "--ledger", ledger))


class Consortium(contextlib.ExitStack):
    """Keys, a ledger, and the processes of the members; all end with the context.

    In a directory that holds a ledger already, or a copy of one, it goes on with that."""

    def __init__(self, directory, found=True, env=None, size=SIZE, quorum=2):
        """`found`: False for keys without a ledger, to found it in another way; `env`: the
        environment of all processes; `size`: the number of institutes."""
        super().__init__()
        self.directory = pathlib.Path(directory)
        self.members = {}
        self.env = env
        self.size = size
        self.keys = signed_record.Consortium(n=size, k=quorum)
        self.port = free_port()
        self.witness_ports = [free_port() for _ in range(self.size)]
        self.ledger = self.directory / "registry"
        self.trust = self.directory / "trust.txt"
        if self.ledger.exists():
            self._reopen()
        else:
            self._write_keys()
            if found:
                self._found(env)

    def __exit__(self, *details):
        for member in self.members.values():
            member.close()
        return super().__exit__(*details)

    # The ledger

    def _write_keys(self):
        self.directory.mkdir(exist_ok=True)
        for name, key in self._named_keys().items():
            write_key(self.key_file(name), key)

    def _found(self, env):
        self.genesis.write_bytes(self.keys.genesis)
        done(cityid("ledger", "init", "--genesis", self.genesis, "--ledger", self.ledger, env=env))
        done(cityid("trust", "new", "--ledger", self.ledger, "-o", self.trust, env=env))

    def _reopen(self):
        def read(what):
            return [self.signing_key(f"{what}{i}") for i in range(1, self.size + 1)]
        self.keys.log_key = self.signing_key("log")
        self.keys.institutes, self.keys.witnesses = read("institute"), read("witness")
        self.keys.genesis = self.genesis.read_bytes()
        self.keys.log = signed_record.sha256(self.keys.genesis)

    def _named_keys(self):
        named = {"log": self.keys.log_key}
        for number in range(1, self.size + 1):
            named[f"institute{number}"] = self.keys.institutes[number - 1]
            named[f"witness{number}"] = self.keys.witnesses[number - 1]
        return named

    @property
    def genesis(self):
        return self.directory / "genesis"

    def key_file(self, name):
        """Where a key is, or will be."""
        return self.directory / f"{name}.key"

    def key(self, name):
        """A key file. One that isn't there is made, with a new key."""
        path = self.key_file(name)
        if not path.exists():
            done(cityid("key", "new", "--no-passphrase", path))
        return path

    def signing_key(self, name):
        return signed_code.read_key(self.key(name))

    def public(self, name):
        return signed_record.public(self.signing_key(name)).hex()

    def witness_keys(self):
        """The options by which a registry cosigns for all witnesses, and needs no other process."""
        return [word for i in range(1, self.size + 1)
                for word in ("--witness-key", self.key(f"witness{i}"))]

    def file(self, name, content):
        """A file with a text, or with anything else as JSON."""
        path = self.directory / name
        path.write_text(content if isinstance(content, str) else json.dumps(content))
        return path

    def names(self):
        """The names of the institutes, and so of their witnesses, in the policy."""
        return [f"institute{i}.example" for i in range(self.size)]

    def institute(self, number):
        """One of a policy's institutes as JSON, by its number from 1; the policy may not have it."""
        return {"name": f"institute{number - 1}.example", "title": {"en": f"Institute {number}"},
                "record_key": self.public(f"institute{number}"),
                "witness_key": self.public(f"witness{number}")}

    def status(self):
        return status_of(self.ledger)

    def assignment(self, subject, key=None):
        """A new identifier with all signatures."""
        key = key or SigningKey.generate()
        return self.keys.assign(subject, key).signed(*self.keys.quorum(), (NEW_KEY, key))

    def update_of(self, subject, key, previous, authority, population):
        content = signed_record.holding(f"City {subject}", signed_record.grant(key),
                                        population=population)
        return self.keys.record(signed_record.UPDATE, subject, {1: content}, previous=previous,
                                authority=authority).signed((signed_record.HOLDER, key))

    # Members

    def alone(self, *options, **where):
        """A registry that needs nobody else for a checkpoint."""
        return self.registry(*self.witness_keys(), *options, witnesses=[], **where)

    def add(self, member):
        """Takes the place of an earlier one of that name, which must have ended."""
        if member.name in self.members:
            self.members[member.name].close()
        self.members[member.name] = member
        member.env = self.env
        return member

    def registry(self, *options, witnesses=None, ledger=None, name="registry", port=None):
        """The registry; `witnesses` are addresses, those of the three if nothing is said."""
        if witnesses is None:
            witnesses = [url_of(port) for port in self.witness_ports]
        ledger, port = ledger or self.ledger, port or self.port
        asked = [word for url in witnesses for word in ("--witness", url)]
        return self.add(Server(name, [
            "serve", "--registry", "--ledger", ledger, "--listen", f"127.0.0.1:{port}",
            "--log-key", self.key("log"), *asked, *options], r"serving .* on http", port, ledger))

    def witness(self, number, *options, log=None, ledger=None, key=None, port=None):
        """One of the three, by its number from 1."""
        name = f"witness{number}"
        port = port or self.witness_ports[number - 1]
        ledger = ledger or self.directory / name
        config = self.directory / f"{name}.toml"
        config.write_text(
            f'ledger = "{ledger}"\nlisten = "127.0.0.1:{port}"\n'
            f'key = "{key or self.key(name)}"\nlog = "{log or url_of(self.port)}"\n'
            f'trust = "{self.trust}"\n')
        return self.add(Server(name, ["witness", "--config", config, *options], r"witness on http", port,
                               ledger))

    def replica(self, name="replica", *mirrors, trust=True, ledger=None, poll=POLL):
        """A resolver that follows the registry, or these mirrors."""
        port = free_port()
        ledger = ledger or self.directory / name
        follow = [word for url in mirrors or (url_of(self.port),) for word in ("--follow", url)]
        trusting = ["--trust", self.trust] if trust else []
        return self.add(Server(name, ["serve", "--ledger", ledger, "--listen", f"127.0.0.1:{port}",
                                      *follow, *trusting, "--poll", poll],
                               r"serving .* on http", port, ledger))

    def start(self):
        """The registry and the three witnesses, until the first checkpoint is there."""
        registry = self.registry().launch()
        for number in range(1, self.size + 1):
            self.witness(number).launch()
        for member in (registry, *self.witnesses()):
            member.wait_ready()
        wait_until(registry.note, "the first checkpoint")
        return self

    def __getitem__(self, name):
        return self.members[name]

    def witnesses(self):
        return [self.members[f"witness{i}"] for i in range(1, self.size + 1)]

    # Records

    def submit(self, entry, to="registry", seconds=cityid_process.DEADLINE):
        """What the registry answers, at last: status and JSON."""
        reply = cityid_process.hand_in(self[to], entry, seconds)
        return reply.status, reply.json()

    def publish(self, subject, to="registry"):
        """A new identifier that is public: its place."""
        wait_until(lambda: self[to].ready_now()[0] == 200, f"{to}: {self[to].err}")
        status, answer = self.submit(self.assignment(subject), to)
        assert (status, answer.get("state")) == (201, "sequenced"), (status, answer)
        return answer["index"]

    def wait_level(self, *names):
        """Until these have the registry's head."""
        head = self["registry"].head()
        for name in names:
            server = self[name]
            wait_until(lambda server=server: server.head() == head,
                       f"{name} at {head[0]} entries; {server.err}")
        return head


# The program

WHAT_TO_TRY = """
  ask a replica                  curl -s {replica}/{city}
  the newest checkpoint          curl -s {registry}/ledger/checkpoint
  stop a witness, go on          kill {pid1}
  stop a second: nothing new     kill {pid2}
  start one again                {program} witness --config {directory}/witness1.toml
  a new identifier               {program} apply MA.156.1302 --content CONTENT.json \\
                                   --record-key NEW.key --code-key CODE.key \\
                                   --registry {registry} \\
                                   --key {directory}/institute1.key \\
                                   --key {directory}/institute2.key
  compare every byte             {program} ledger verify --ledger {directory}/replica1

Ctrl-C ends all of them.
"""


def show(consortium):
    consortium.start()
    registry = consortium["registry"]
    if registry.request(f"/{SHIJIAZHUANG}").status == 404:
        consortium.publish(SHIJIAZHUANG)
    for number in (1, 2):
        consortium.replica(f"replica{number}").start()
    consortium.wait_level("replica1", "replica2")
    for name, member in consortium.members.items():
        print(f"{name:9} {member.url}  process {member.running.process.pid}")
    print(WHAT_TO_TRY.format(
        replica=consortium["replica1"].url, registry=registry.url, city=SHIJIAZHUANG,
        pid1=consortium["witness1"].running.process.pid,
        pid2=consortium["witness2"].running.process.pid, program=cityid_process.program(),
        directory=consortium.directory), flush=True)
    shown = dict.fromkeys(consortium.members, 0)
    while True:
        for name, member in consortium.members.items():
            new = member.err[shown[name]:]
            whole = new[:new.rfind("\n") + 1]
            shown[name] += len(whole)
            for line in whole.splitlines():
                print(f"{name}: {line}", file=sys.stderr, flush=True)
        time.sleep(0.2)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--cityid", default=os.environ.get("CITYID"), help="the program")
    parser.add_argument("--dir", help="where to keep it; a temporary directory otherwise")
    options = parser.parse_args()
    if not options.cityid or not os.access(options.cityid, os.X_OK):
        parser.error("--cityid is not there: build it with ./dev build")
    cityid_process._program = os.path.abspath(options.cityid)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with contextlib.ExitStack() as stack:
        directory = options.dir or stack.enter_context(cityid_process.temporary_directory())
        with Consortium(pathlib.Path(directory).absolute()) as consortium:
            try:
                show(consortium)
            except KeyboardInterrupt:
                print()


if __name__ == "__main__":
    main()
