"""A registry's directory, copied at any moment of a batch and put back later: nothing that was acknowledged
is lost, the log key signs one history, and the ledger goes on. CITYID_ROUNDS says how often (6),
CITYID_SEED repeats a run.
"""
import contextlib
import itertools
import os
import random
import shutil
import threading
import time

import cityid_process
import consortium
from cityid_process import wait_until
from consortium import Consortium, evidence_in

ROUNDS = int(os.environ.get("CITYID_ROUNDS") or 6)
COUNTER = itertools.count()


class Client(threading.Thread):
    """Hands new identifiers in, one after the other, and remembers what was said of each."""

    def __init__(self, made):
        super().__init__(daemon=True)
        self.made, self.stopped = made, threading.Event()
        self.acknowledged = []  # subjects that have a place

    def run(self):
        while not self.stopped.is_set():
            subject = f"MA.156.F{next(COUNTER)}"
            with contextlib.suppress(OSError, cityid_process.ConnectionEnded):
                status, answer = self.made.submit(self.made.assignment(subject))
                if status in (201, 202) and answer["state"] in ("sequenced", "unpublished"):
                    self.acknowledged.append(subject)

    def finish(self):
        self.stopped.set()
        self.join()
        return self.acknowledged


class PutBackAtAnyMoment(cityid_process.Case):
    def setUp(self):
        directory = self.enterContext(cityid_process.temporary_directory())
        self.made = self.enterContext(Consortium(directory / "consortium"))
        self.made.start()
        self.registry = self.made["registry"]
        self.journal = self.registry.ledger.with_name("registry.signed")
        self.copy = directory / "copy"
        self.signed = directory / "copy.signed"
        seed = os.environ.get("CITYID_SEED") or str(random.randrange(1 << 32))
        print(f"CITYID_SEED={seed}", flush=True)
        self.random = random.Random(seed)

    def copy_while_it_works(self):
        """Copies directory and journal as they are in the middle of whatever the registry does."""
        time.sleep(self.random.uniform(0, 0.3))
        self.registry.pause()
        shutil.rmtree(self.copy, ignore_errors=True)
        shutil.copytree(self.registry.ledger, self.copy)
        shutil.copy(self.journal, self.signed)
        self.registry.resume()

    def put_back(self, journal):
        """The registry dies, and its directory is the copy; the journal is kept, lost, or the copy's."""
        self.registry.kill()
        shutil.rmtree(self.registry.ledger)
        shutil.copytree(self.copy, self.registry.ledger)
        if journal == "lost":
            self.journal.unlink()
        if journal == "the copy's":
            shutil.copy(self.signed, self.journal)

    def one_round(self):
        journal = self.random.choice(("kept", "lost", "the copy's"))
        client = Client(self.made)
        client.start()
        self.copy_while_it_works()
        time.sleep(self.random.uniform(0, 0.5))
        kills = self.random.choice((None, *self.made.witnesses()))
        if kills:
            kills.kill()
        time.sleep(self.random.uniform(0, 0.3))
        self.registry.kill()
        acknowledged = client.finish()
        self.put_back(journal)
        if kills:
            kills.start()
        self.registry.start()
        wait_until(lambda: self.registry.ready_now() == (200, "ready\n"),
                   f"the registry after its journal was {journal}; {self.registry.err}")
        self.made.publish(f"MA.156.F{next(COUNTER)}")
        for subject in acknowledged:
            self.assertEqual(self.registry.request(f"/{subject}").status, 200,
                             f"{subject} is lost; the journal was {journal}")
        for witness in self.made.witnesses():
            self.assertIsNone(evidence_in(witness.ledger), witness.name)
        return len(acknowledged)

    def test_nothing_is_lost_or_forked(self):
        count = sum(self.one_round() for _ in range(ROUNDS))
        print(f"{ROUNDS} copies put back, {count} acknowledged records, none lost, no fork", flush=True)
        self.registry.stop()
        consortium.verify(self.registry.ledger)


if __name__ == "__main__":
    cityid_process.main()
