"""What happens to the soak's processes while clients ask: records, settings read anew, kills; and
who looks at proofs and at memory meanwhile."""

import collections
import json
import os
import pathlib
import random
import re
import signal
import statistics
import time

import consortium
import soak_troubles
from cityid_process import cityid
from soak_load import Client

RELOAD_EVERY = 4.0  # seconds
KILL_EVERY = 15.0
CHANGE_EVERY = 0.7
VISIBLE = 30.0  # seconds until a replica that is up must have a new head


class Operator:
    """Reads settings anew, and kills replicas: one thing at a time."""

    def __init__(self, soak):
        self.soak, self.rng = soak, random.Random(soak.rng.random())
        self.reloads = self.kills = 0

    def run(self, until):
        """On the main thread: what a thread has started is killed when that thread ends."""
        soak, began = self.soak, time.monotonic()
        reload_at, kill_at, told_at = began + RELOAD_EVERY, began + KILL_EVERY / 2, began + 60
        trouble_at = began + soak_troubles.TROUBLE_EVERY
        while time.monotonic() < until:
            time.sleep(0.1)
            now = time.monotonic()
            if now >= reload_at:
                reload_at = now + self.rng.uniform(0.5, 1.5) * RELOAD_EVERY
                self.reload(self.rng.choice([*soak.targets, None]))
            # The first replica is let alone after the warm-up, so that its memory can be watched.
            if now >= kill_at:
                kill_at = now + self.rng.uniform(0.5, 1.5) * KILL_EVERY
                both = now - began < soak.warm_up * 0.6
                self.kill(self.rng.choice(soak.targets) if both else soak.targets[1])
            if now >= trouble_at:
                soak.troubles.happen()
                trouble_at = time.monotonic() + self.rng.uniform(
                    0.5, 1.5) * soak_troubles.TROUBLE_EVERY
            if now >= told_at:
                told_at += 60
                soak.tell(now - began)

    def reload(self, target):
        """Of a replica, or of the registry."""
        soak = self.soak
        member = target.member if target else soak.consortium["registry"]
        if target:
            soak.configure(member, self.rng)
        known = len(member.err)
        member.send(signal.SIGHUP)
        try:
            member.wait_for(r"reloaded: ", known, 10)
            self.reloads += 1
        except AssertionError as error:
            soak.report.violation(f"no reload: {error}")

    def kill(self, target):
        target.down, target.kills = True, target.kills + 1
        target.member.kill()
        self.kills += 1
        time.sleep(self.rng.uniform(0, 0.5))
        began = time.monotonic()
        try:
            target.member.start()
        except AssertionError as error:
            return self.soak.report.violation(f"{target.name} does not come back: {error}")
        self.soak.report.restarts.append(time.monotonic() - began)
        target.down = False


class Changer:
    """Hands records in, and waits until each replica answers accordingly."""

    def __init__(self, soak):
        self.soak, self.rng = soak, random.Random(soak.rng.random())
        self.changes = 0
        self.clients = {target.name: Client(target) for target in soak.targets}

    def run(self):
        soak = self.soak
        while not soak.stopped.wait(self.rng.uniform(0.5, 1.5) * CHANGE_EVERY):
            try:
                with soak.changing:
                    index, path, verdict = soak.world.change()
                    began = time.monotonic()
                    self.changes += 1
                    soak.world.read_log()
                for target in soak.targets:
                    self.follow(target, index, path, verdict, began)
            except AssertionError as error:
                soak.report.violation(f"a record: {error}")

    def follow(self, target, index, path, verdict, began):
        """Asks for what the record changes, again and again, until it must have changed: so that
        an old answer is kept, if there is a moment in which that can happen."""
        client, deadline = self.clients[target.name], time.monotonic() + VISIBLE
        reached = False
        while not self.soak.stopped.is_set():
            if client.socket is None:
                client.kills = target.kills
            was_down = target.down
            try:
                if not reached:
                    client.ask(path)
                    note = client.ask("/ledger/checkpoint")
                    reached = note.status == 200 and consortium.head_of(note.text)[0] > index
                if reached:
                    said = json.loads(client.ask(path).body)["verdict"]
                    if said != verdict:
                        self.soak.report.violation(f"{target.name} has record {index} and says "
                                                   f"{said} of {path[:60]}, not {verdict}")
                    self.soak.report.visible.append(time.monotonic() - began)
                    return
            except OSError as error:
                client.close()
                if not (was_down or target.down or target.kills != client.kills):
                    self.soak.report.violation(f"{target.name}, changer: lost: {error}")
            if time.monotonic() > deadline and not target.down:
                return self.soak.report.violation(
                    f"{target.name} has not reached record {index} in {VISIBLE:.0f} s: "
                    f"{target.member.err[-300:]}")
            time.sleep(0.002)


class ProofChecker:
    """Has proofs that clients got checked by `cityid check`, now and then one."""

    def __init__(self, soak):
        self.soak, self.checked = soak, 0

    def run(self):
        soak = self.soak
        file = soak.consortium.directory / "proof"
        while not soak.stopped.wait(1):
            if not soak.report.proofs:
                continue
            about, body, size = soak.report.proofs.pop()
            file.write_bytes(body)
            done = cityid("check", "--trust", soak.consortium.trust, "--about", about, "--json",
                          file)
            identifier, _, token = about.partition("/")
            city = soak.world.by_id[identifier]
            serial = next((code.serial for code in list(city.hot) if code.token() == token), None)
            if token and serial is None:
                continue  # not a hot one any more
            right = soak.world.may_say(size, city, serial, "valid" if token else "registered")
            try:
                said = json.loads(done.out)["verdict"]
            except (ValueError, KeyError):
                said = str(done)
            if said not in right:
                soak.report.violation(f"the proof of {about} at size {size} says {said}, {right}")
            self.checked += 1


class Sampler:
    """The memory and the open files of every process, once a second."""

    def __init__(self, soak):
        self.soak = soak
        self.samples = collections.defaultdict(list)  # by name: (time, pid, own, all, files)

    def run(self):
        while not self.soak.stopped.wait(1):
            self.sample()

    def sample(self):
        for name, member in self.soak.consortium.members.items():
            pid = member.running.process.pid
            try:
                status = pathlib.Path(f"/proc/{pid}/status").read_text()
                files = len(os.listdir(f"/proc/{pid}/fd"))
            except OSError:
                continue  # being killed
            sizes = {key: int(value) << 10
                     for key, value in re.findall(r"(?m)^(VmRSS|RssAnon):\s+(\d+) kB", status)}
            if len(sizes) == 2 and files:
                self.samples[name].append((time.monotonic(), pid, sizes["RssAnon"],
                                           sizes["VmRSS"], files))

    def rows(self, warm):
        """Of each process, as it is since its last start: its own memory at start, after the
        warm-up (or ten seconds after a later start), and at the end; its most; files."""
        for name, samples in self.samples.items():
            last = [sample for sample in samples if sample[1] == samples[-1][1]]
            warmed = [s for s in last if s[0] >= max(warm, last[0][0] + 10)][:5] or last[-1:]
            end = last[-5:]
            yield (name, last[0][2], statistics.median(s[2] for s in warmed),
                   statistics.median(s[2] for s in end), max(s[2] for s in samples), end[-1][3],
                   warmed[0][4], end[-1][4], end[-1][0] - last[0][0])
