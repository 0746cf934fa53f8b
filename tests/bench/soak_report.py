"""What the soak's threads count, and what its clients know of a replica."""

import collections
import json
import random
import sys
import threading

from soak_load import STATUS, TAGS, Wrong


class Report:
    """What all threads count. Thread-safe."""

    def __init__(self):
        self._lock = threading.Lock()
        self.kinds = collections.Counter()
        self.verdicts = collections.Counter()
        self.counts = collections.Counter()
        self.times = collections.defaultdict(list)  # of requests, by kind: the last so many
        self.visible = []  # seconds from a record's reply to a replica's new answer
        self.restarts = []
        self.violations = collections.Counter()
        self.proofs = collections.deque(maxlen=50)
        self.titles = {}

    def answered(self, kind, target, seconds):
        with self._lock:
            self.kinds[kind] += 1
            self.counts[target.name] += 1
            times = self.times[kind]
            if len(times) < 20_000:
                times.append(seconds)
            else:
                times[random.randrange(len(times))] = seconds

    def verdict(self, name):
        with self._lock:
            self.verdicts[name] += 1

    def count(self, what):
        with self._lock:
            self.counts[what] += 1

    def retried(self):
        self.count("retried")

    def not_modified(self):
        self.count("304")

    def violation(self, text):
        with self._lock:
            self.violations[text] += 1
            if len(self.violations) <= 20 and self.violations[text] == 1:
                print(f"soak: VIOLATION: {text[:700]}", file=sys.stderr, flush=True)

    def read_titles(self, client):
        """The title of each verdict in each language, as pages have it."""
        self.titles = {language: {} for language in TAGS}
        for verdict in STATUS:
            text = json.loads(client.ask(f"/problems/{verdict}").body)["text"]
            for language, tag in TAGS.items():
                self.titles[language][text[tag]["title"]] = verdict


class Target:
    """A replica as the clients see it. It is down from before its kill until it is ready again."""

    def __init__(self, member):
        self.member = member
        self.name, self.port = member.name, member.port
        self.down, self.kills, self.size = False, 0, 0
        self._lock = threading.Lock()

    def saw(self, size, before, what):
        """An answer of that size came; its request was sent when `before` had been seen."""
        if size < before:
            raise Wrong(f"{self.name} went back from size {before} to {size}: {what[:60]}")
        with self._lock:
            self.size = max(self.size, size)
