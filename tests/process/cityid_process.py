"""Drives the real `cityid`: commands, a demonstration directory, a running resolver, raw HTTP.

A test file is run as
    /usr/bin/python3 tests/process/X_test.py --cityid PATH [--cities FILE] [unittest's arguments]
or with CITYID and CITYID_CITIES in the environment; the cities are those of assets/cities.json if
nothing else is said. CITYID_SEED repeats a run that drew random points;
CITYID_SLOW multiplies deadlines, for a program built with sanitizers.
"""
import argparse
import codecs
import contextlib
import copy
import json
import os
import pathlib
import pty
import random
import re
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import unittest

from raw_http import (DEADLINE, HOST, MAX_REPLY, SLOW, Connection, ConnectionEnded, Reply, head,
                      message)

SHIJIAZHUANG = "MA.156.1301"
DEPARTMENT = f"{SHIJIAZHUANG}.02"  # what the city of the demonstration's story registers
PARTNER = f"{SHIJIAZHUANG}.RIDE"
HONEST = 2.0 * SLOW  # seconds in which an honest client must have its answer

_program = os.environ.get("CITYID", "")
_cities_file = os.environ.get("CITYID_CITIES") or str(
    pathlib.Path(__file__).resolve().parents[2] / "assets" / "cities.json")


def main():
    """The end of every test file."""
    global _program, _cities_file
    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument("--cityid", default=_program)
    parser.add_argument("--cities", default=_cities_file)
    options, rest = parser.parse_known_args()
    if not os.access(options.cityid, os.X_OK):
        sys.exit(f"usage: {sys.argv[0]} --cityid PATH [unittest's arguments]; or set CITYID")
    _program = os.path.abspath(options.cityid)
    _cities_file = options.cities
    unittest.main(module="__main__", argv=[sys.argv[0], *rest])


def program():
    return _program


def city_ids():
    """The identifiers of assets/cities.json."""
    with open(_cities_file, encoding="utf-8") as file:
        return [city["id"] for city in json.load(file)["cities"]]


def many_files():
    """Lets this process have as many open files as it may: how many that is."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return hard


def seeded(what):
    """A random generator whose seed is printed; CITYID_SEED repeats it."""
    seed = int(os.environ.get("CITYID_SEED") or random.SystemRandom().randrange(1 << 32))
    print(f"{what}: CITYID_SEED={seed}", file=sys.stderr)
    return random.Random(seed)


def wait_until(condition, what, seconds=DEADLINE):
    """Polls until `condition()` is true and returns what it gave; fails at the deadline."""
    deadline = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {seconds:.0f} s: {what}")
        time.sleep(0.005)


# Commands

def toml(value):
    """A value as a configuration file has it: text, number, truth or a list of texts."""
    return json.dumps(value, ensure_ascii=False)


class Finished:
    """What a finished command left behind."""

    def __init__(self, arguments, status, out, err):
        self.arguments = arguments
        self.status = status  # negative: the signal that ended it
        self.out = out
        self.err = err

    def __str__(self):
        return (f"\ncommand: {' '.join(map(str, self.arguments))}\nstatus: {self.status}"
                f"\nstdout: {self.out[-2000:]}\nstderr: {self.err[-2000:]}")

    def json_lines(self):
        return [json.loads(line) for line in self.out.splitlines()]


def run(*arguments, timeout=60 * SLOW, **options):
    """Runs any program to its end."""
    done = subprocess.run([str(a) for a in arguments], stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8",
                          errors="surrogateescape", timeout=timeout, check=False, **options)
    return Finished(arguments, done.returncode, done.stdout, done.stderr)


def copy_ledger(ledger, copy):
    """Copies a ledger's database into a directory that is there, and the journal of its keys beside it."""
    shutil.copyfile(ledger / "data.mdb", copy / "data.mdb")
    shutil.copyfile(f"{ledger}.signed", f"{copy}.signed")


# The commands that show what they sign or give up, and ask; `policy` and `witness` do with some options.
ASKING = {"adopt", "aliases", "apply", "approve", "delegate", "init", "policy", "recover", "reject",
          "release", "resume", "revoke", "revoke-codes", "supersede", "suspend", "update", "withdraw",
          "witness"}


def cityid(*arguments, **options):
    """Runs `cityid` to its end. Without a terminal nobody can be asked, so it is told to go on."""
    command = next((word for word in arguments if word != "ledger"), None)
    asks = command in ASKING and "--yes" not in arguments
    return unasked(*arguments, *["--yes"] * asks, **options)


def unasked(*arguments, **options):
    """Runs `cityid` to its end as it stands, without a terminal."""
    return run(_program, *arguments, **options)


def on_terminal(typed, *arguments, **options):
    """Runs `cityid` to its end with a terminal as standard input, on which these lines are typed."""
    ours, theirs = pty.openpty()
    try:
        os.write(ours, "".join(line + "\n" for line in typed).encode())
        done = subprocess.run([_program, *map(str, arguments)], stdin=theirs,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8",
                              timeout=DEADLINE, check=False, **options)
    finally:
        os.close(ours)
        os.close(theirs)
    return Finished(arguments, done.returncode, done.stdout, done.stderr)


class Case(unittest.TestCase):
    """Assertions that read like the contract of the command line."""

    maxDiff = None

    def expect_done(self, finished):
        self.assertEqual(finished.status, 0, finished)

    def expect_refused(self, finished, status, *words):
        """It ends with `status`, prints no data, and says why in one line that has all `words`."""
        self.assertEqual(finished.status, status, finished)
        self.assertEqual(finished.out, "", finished)
        self.expect_one_line(finished, *words)

    def expect_one_line(self, finished, *words):
        self.assertRegex(finished.err, r"\Acityid: [^\n]+\n\Z", finished)
        for word in words:
            self.assertIn(str(word), finished.err, finished)


@contextlib.contextmanager
def temporary_directory(on_disk=False):
    """In memory where TMPDIR is not set and there is such a place: a demonstration writes thousands
    of small files and waits for the disk at each. A process that dies loses the same in both."""
    place = pathlib.Path("/var/tmp" if on_disk else "/dev/shm")
    usable = "TMPDIR" not in os.environ and os.access(place, os.W_OK | os.X_OK)
    with tempfile.TemporaryDirectory(prefix="cityid-test-", dir=place if usable else None) as path:
        yield pathlib.Path(path)


def make_demo(directory, *options, **run_options):
    return cityid("demo", "--dir", directory, "--once", *options, **run_options)


class Demo:
    """A complete demonstration directory."""

    def __init__(self, directory):
        self.directory = pathlib.Path(directory)
        self.ledger = self.directory / "ledger"
        self.codes = self.directory / "codes"
        self.keys = self.directory / "keys"

    def png(self, identifier=SHIJIAZHUANG):
        return self.codes / f"{identifier}.png"

    def code_key(self, identifier=SHIJIAZHUANG):
        """The active one: the city of the story has rotated it."""
        rotated = self.keys / f"{identifier}.code2.key"
        return rotated if rotated.exists() else self.keys / f"{identifier}.code.key"

    def url(self, identifier=SHIJIAZHUANG):
        """The text of the identifier's code."""
        return cityid("code", "inspect", "--raw", self.png(identifier)).out.rstrip("\n")

    def status(self):
        return json.loads(cityid("ledger", "status", "--ledger", self.ledger, "--json").out)


@contextlib.contextmanager
def demo():
    """A demonstration directory for as long as the context lasts. Its name has a blank in it."""
    with temporary_directory() as parent:
        made = make_demo(parent / "a demo")
        if made.status != 0:
            raise AssertionError(f"no demonstration directory: {made}")
        yield Demo(parent / "a demo")


@contextlib.contextmanager
def running(*arguments, env=None):
    """`cityid` in the background; ended by its process id, whatever happens."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        process = subprocess.Popen([_program, *map(str, arguments)], stdin=subprocess.DEVNULL,
                                   stdout=out, stderr=err, env=env)
        try:
            yield Running(arguments, process, out, err)
        finally:
            process.kill()
            process.wait()


class Running:
    """A command in the background."""

    def __init__(self, arguments, process, out, err):
        self.arguments = arguments
        self.process = process
        self._files = {"out": out, "err": err}

    def raw(self, name):
        """The bytes that it has written to "out" or "err" so far."""
        return os.pread(self._files[name].fileno(), 1 << 20, 0)

    def text(self, name):
        """The same as text; a character that is half there waits."""
        return codecs.getincrementaldecoder("utf-8")().decode(self.raw(name))

    def wait_for(self, name, pattern):
        """The match of `pattern` in its output, once it is there."""
        def look():
            match = re.search(pattern, self.text(name))
            if not match and self.process.poll() is not None:
                raise AssertionError(f"it ended without /{pattern}/: {self.finished()}")
            return match
        return wait_until(look, f"/{pattern}/ on {name}")

    def stop(self, number=signal.SIGTERM):
        self.process.send_signal(number)
        self.process.wait(DEADLINE)
        return self.finished()

    def finished(self):
        return Finished(self.arguments, self.process.returncode, self.text("out"),
                        self.text("err"))


# HTTP

@contextlib.contextmanager
def resolver(ledger, *options, metrics=False, env=None):
    """`cityid serve` on a free port of the loopback interface; `metrics`: and a listener for its
    counters on another one."""
    if metrics:
        options = ("--metrics", "127.0.0.1:0", *options)
    with running("serve", "--ledger", ledger, "--listen", "127.0.0.1:0", *options,
                 env=env) as served:
        port = int(served.wait_for("err", r"on http://127\.0\.0\.1:(\d+);")[1])
        yield Resolver(port, served, metrics_port(served) if metrics else None)


def metrics_port(served):
    return int(served.wait_for("err", r"metrics on http://127\.0\.0\.1:(\d+)/")[1])


class Resolver:
    """A running resolver."""

    def __init__(self, port, served, metrics=None):
        self.port = port
        self.url = f"http://127.0.0.1:{port}"
        self.served = served
        self.metrics = metrics  # port

    def connect(self, **options):
        return Connection(self.port, **options)

    def request(self, target, method="GET", **headers):
        """One request on a connection of its own; `accept_language=...` is a field."""
        return fetch(self.port, target, method, **headers)

    def post(self, target, body, **headers):
        return post(self.port, target, body, **headers)

    def send(self, raw):
        """The reply to these bytes."""
        with self.connect() as connection:
            connection.send(raw)
            return connection.reply()

    def metric(self, name, **labels):
        """The value of one metric, 0 while it is not there."""
        wanted = ",".join(f'{label}="{value}"' for label, value in labels.items())
        start = f"{name}{{{wanted}}} " if wanted else f"{name} "
        for line in fetch(self.metrics, "/metrics").text.splitlines():
            if line.startswith(start):
                return float(line.removeprefix(start))
        return 0

    def refused(self, reason):
        return self.metric("cityid_refusals_total", reason=reason)

    def memory(self):
        """The most that the process ever had in memory, in bytes."""
        status = pathlib.Path(f"/proc/{self.served.process.pid}/status").read_text()
        return 1024 * int(re.search(r"VmHWM:\s*(\d+) kB", status)[1])


def fetch(port, target, method="GET", **headers):
    with Connection(port) as connection:
        connection.send(head(target, method, **headers))
        return connection.reply(bodiless=method == "HEAD")


def post(port, target, body, **headers):
    with Connection(port) as connection:
        connection.send(message(target, body, **headers))
        return connection.reply()


def is_complete(answer):
    """True if a registry waits for nobody's signature."""
    return answer["state"] == "waiting" and not (
        answer["missing"]["signatures"] or answer["missing"]["new_keys"])


def hand_in(server, entry, seconds=DEADLINE):
    """Hands a record in. The registry's reply once the record has its place, was refused, or waits
    for signatures; or its last one after so many seconds."""
    def post():
        reply = server.post("/registry/applications", entry)
        return reply if b"have not been asked yet" not in reply.body else None
    reply = wait_until(post, "a registry that has asked its witnesses")
    if reply.status != 202 or not is_complete(reply.json()):
        return reply
    target = reply["location"]
    deadline = time.monotonic() + seconds
    while True:
        state = server.request(target).json()
        if state["state"] != "waiting":
            return reply.turned_into(state)
        if time.monotonic() > deadline:
            return reply
        time.sleep(0.01)


class HonestClient:
    """Asks again and again for as long as the context lasts, each time on a new connection."""

    def __init__(self, port, target=f"/{SHIJIAZHUANG}", **options):
        self.times, self.failures = [], []
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, args=(port, target, options))

    def _run(self, port, target, options):
        while not self._ended.wait(0.02):
            start = time.monotonic()
            try:
                with Connection(port, **options) as connection:
                    connection.send(head(target))
                    reply = connection.reply()
                if reply.status != 200:
                    self.failures.append(str(reply))
            except (OSError, AssertionError) as error:
                self.failures.append(repr(error))
            self.times.append(time.monotonic() - start)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, kind, *_):
        if kind is None:  # it has asked at least once after all that happened
            before = len(self.times)
            wait_until(lambda: len(self.times) >= before + 2, "an honest client's next answer")
        self._ended.set()
        self._thread.join()
        if kind is None and self.failures:
            raise AssertionError(f"{len(self.failures)} of {len(self.times)} times an honest "
                                 f"client was not served: {self.failures[:3]}")
        if kind is None and max(self.times) > HONEST:
            raise AssertionError(f"an honest client waited {max(self.times):.1f} s")
