#!/usr/bin/python3
"""soak.py CITYID SECONDS: a consortium of processes under load, with records, reloads and kills,
and every answer compared with what is right (tests/bench/soak)."""

import collections
import json
import os
import pathlib
import random
import re
import signal
import statistics
import sys
import tempfile
import threading
import time

import cityid_process
import clock
import consortium
from cityid_process import HOST, cityid
from consortium import Consortium, Server
from soak_events import Changer, Operator, ProofChecker, Sampler
from soak_load import Client, Worker
from soak_report import Report, Target
from soak_troubles import Troubles
from soak_world import World

WORKERS = 8
GROWTH = 16 << 20  # bytes that a process may grow after the warm-up
EXPECTED_LINES = re.compile(r"serving |reloaded|metrics on|witness on|following|stop with")


def configuration(path, fields):
    def text(value):
        return str(value).lower() if isinstance(value, (bool, int)) else json.dumps(value)
    path.write_text("".join(f"{key} = {text(value)}\n" for key, value in fields.items()))


class Soak:
    """The processes, what happens to them, and the clients."""

    def __init__(self, directory, seconds, seed, rate):
        self.seconds, self.rng, self.rate = seconds, random.Random(seed), rate
        self.warm_up = min(300.0, max(10.0, seconds * 0.25))
        self.stopped = threading.Event()
        self.report = Report()
        self.consortium = Consortium(directory)
        self.changing = threading.Lock()  # held by who changes the ledger, or the registry
        self.targets = []

    def replica(self, name):
        port = consortium.free_port()
        file = self.consortium.directory / f"{name}.toml"
        member = Server(name, ["serve", "--config", file], r"serving .* on http", port,
                        self.consortium.directory / name)
        self.configure(member, self.rng)
        return Target(self.consortium.add(member).start())

    def configure(self, member, rng):
        """Settings that make no difference to an honest client, each time others."""
        configuration(self.consortium.directory / f"{member.name}.toml", {
            "ledger": str(member.ledger), "listen": [f"127.0.0.1:{member.port}"],
            "follow": [self.consortium["registry"].url], "trust": str(self.consortium.trust),
            "poll": 100, "cache": 2, "limit-loopback": True,
            "client-requests": rng.randrange(10_000, 20_000), "client-burst": 20_000,
            "head-time": rng.randrange(5, 15), "name": [HOST, f"other{rng.randrange(9)}.example"]})

    def set_up(self):
        self.consortium.start()
        # One witness has a clock of its own.
        self.clock = clock.Clock(self.consortium.directory / "clock", 0)
        self.consortium["witness2"].env = self.clock.env
        self.consortium["witness2"].restart()
        self.world = World(self.consortium, self.rng)
        self.world.found()
        self.targets = [self.replica("replica1"), self.replica("replica2")]
        self.consortium.wait_level("replica1", "replica2")
        for target in self.targets:
            target.size = target.member.head()[0]
        self.report.read_titles(Client(self.targets[0]))

    def run(self):
        workers = [Worker(i, self.world, self.targets, random.Random(self.rng.random()),
                          self.rate / WORKERS, self.report) for i in range(WORKERS)]
        self.operator, self.changer = Operator(self), Changer(self)
        self.troubles = Troubles(self)
        self.sampler, self.proofs = Sampler(self), ProofChecker(self)
        others = [threading.Thread(target=self.guarded, args=(one,), daemon=True)
                  for one in (self.changer, self.sampler, self.proofs)]
        began = time.monotonic()
        self.warm = began + self.warm_up
        for thread in (*others, *workers):
            thread.start()
        self.operator.run(began + self.seconds)
        self.troubles.right()
        for worker in workers:
            worker.stopped.set()
        for worker in workers:
            worker.join(60)
            if worker.is_alive():
                self.report.violation(f"{worker.name} hangs")
        self.took = time.monotonic() - began
        self.stopped.set()
        for thread in others:
            thread.join(60)

    def tell(self, seconds):
        print(f"soak: {seconds:,.0f} s, {sum(self.report.kinds.values()):,} requests, "
              f"{self.changer.changes} records, {self.operator.kills} kills, "
              f"{sum(self.report.violations.values())} violations", file=sys.stderr, flush=True)

    def guarded(self, one):
        try:
            one.run()
        except Exception as error:  # nothing may end quietly
            self.report.violation(f"{type(one).__name__} ended: {type(error).__name__}: {error}")

    def finish(self):
        """Everybody comes to the same head, ends when asked, and leaves a ledger that replays."""
        try:
            self.consortium.wait_level("replica1", "replica2")
        except (AssertionError, OSError) as error:
            self.report.violation(f"at the end: {type(error).__name__}: {error}")
        for name, member in reversed(self.consortium.members.items()):
            status = member.stop()
            if status != 0:
                self.report.violation(f"{name} ended with {status}")
        for name in ("registry", "replica1", "replica2"):
            done = cityid("ledger", "verify", "--ledger", self.consortium[name].ledger, timeout=600)
            if done.status != 0:
                self.report.violation(f"ledger verify of {name}: {done}")
        for row in self.sampler.rows(self.warm):
            name, _, warmed, end = row[:4]
            if end - warmed > GROWTH:
                self.report.violation(f"{name} grew from {warmed:,} to {end:,} bytes")

    # The summary

    def unexpected_lines(self):
        for name, member in self.consortium.members.items():
            size = os.fstat(member.files[1].fileno()).st_size
            for line in os.pread(member.files[1].fileno(), size, 0).decode(errors="replace").split(
                    "\n"):
                if line and not EXPECTED_LINES.search(line):
                    yield name, re.sub(r"^\S+Z ", "", line)

    def print_summary(self):
        report, mib = self.report, 1 << 20
        total = sum(report.kinds.values())
        print(f"\n{total:,} requests in {self.took:,.0f} s, {total / self.took:,.0f} a second "
              f"({self.rate} wanted), load {os.getloadavg()[0]:.1f}\n")
        print(f"{'requests':28}{'number':>10}{'p50, ms':>10}{'p99, ms':>10}")
        for kind, number in report.kinds.most_common():
            times = sorted(report.times[kind])
            print(f"{kind:28}{number:>10,}{times[len(times) // 2] * 1e3:>10.1f}"
                  f"{times[len(times) * 99 // 100] * 1e3:>10.1f}")
        print(f"\n{'verdicts':28}{'number':>10}")
        for verdict, number in report.verdicts.most_common():
            print(f"{verdict:28}{number:>10,}")
        visible, restarts = sorted(report.visible), sorted(report.restarts)
        rows = [("answered with 304", report.counts["304"]),
                ("answered by replica1", report.counts["replica1"]),
                ("answered by replica2", report.counts["replica2"]),
                ("retried after a kill", report.counts["retried"]),
                ("records", self.changer.changes),
                ("entries in the log", len(self.world.entries)),
                ("checkpoint by its new answer", len(visible)),
                ("reloads", self.operator.reloads),
                ("kills", self.operator.kills),
                *self.troubles.counts.items(),
                ("proofs checked by `check`", self.proofs.checked)]
        print()
        for title, number in rows:
            print(f"{title:28}{number:>10,}")
        if visible:
            print(f"{'new answer after, s':28}{statistics.median(visible):>10.2f}, at most "
                  f"{visible[-1]:.2f}")
        if restarts:
            print(f"{'back after a kill, s':28}{statistics.median(restarts):>10.2f}, at most "
                  f"{restarts[-1]:.2f}")
        print(f"\n{'own memory, MiB':14}{'start':>10}{'warm':>10}{'end':>10}{'growth':>10}"
              f"{'most':>10}{'RSS, end':>10}{'files':>12}{'up, s':>8}")
        for name, start, warm, end, most, rss, files, files_end, up in self.sampler.rows(self.warm):
            cells = (start, warm, end, end - warm, most, rss)
            print(f"{name:15}" + "".join(f"{cell / mib:>10.1f}" for cell in cells)[1:] +
                  f"{f'{files} to {files_end}':>12}{up:>8,.0f}")
        lines = collections.Counter(self.unexpected_lines())
        if lines:
            print("\nlines that they wrote besides (not violations):")
            for (name, line), number in lines.most_common(10):
                print(f"  {number:>5} {name}: {line[:160]}")
        print(f"\nerrors: {sum(report.violations.values())}")
        for text, number in report.violations.most_common(20):
            print(f"  {number:>5} {text[:500]}")


def tether(program, directory):
    """A program in its place that ends with us."""
    wrapper = directory / "cityid"
    wrapper.write_text(f'#!/bin/sh\nexec setpriv --pdeathsig KILL "{program}" "$@"\n')
    wrapper.chmod(0o700)
    # What the tests built stays beside it.
    (directory / "tests").symlink_to(pathlib.Path(program).parent / "tests")
    cityid_process._program = str(wrapper)


def main():
    if len(sys.argv) != 3:
        sys.exit("usage: soak.py CITYID SECONDS")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    seconds = int(sys.argv[2])
    seed = int(os.environ.get("CITYID_SEED") or random.SystemRandom().randrange(1 << 32))
    rate = int(os.environ.get("CITYID_RATE") or 300)
    print(f"soak: CITYID_SEED={seed}, {seconds:,} s, load {os.getloadavg()[0]:.1f}", flush=True)
    with tempfile.TemporaryDirectory(prefix="cityid-soak-", dir=os.environ.get("TMPDIR",
                                                                              "/var/tmp")) as made:
        directory = pathlib.Path(made)
        tether(sys.argv[1], directory)
        soak = Soak(directory / "consortium", seconds, seed, rate)
        with soak.consortium:
            soak.set_up()
            soak.run()
            soak.finish()
            soak.print_summary()
    sys.exit(1 if soak.report.violations else 0)


if __name__ == "__main__":
    main()
