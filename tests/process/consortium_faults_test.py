"""`kill -9` of registry, witnesses and replica while records are handed in: what was acknowledged
is at its place, no two checkpoints are of two histories, and everybody catches up without help.

--rounds N or CITYID_ROUNDS says how often (200), CITYID_SEED repeats a run.
"""
import collections
import contextlib
import hashlib
import os
import sys
import time

import cityid_process
import consortium
import handmade_log
import signed_record
from cityid_process import Connection, ConnectionEnded, wait_until
from consortium import APPLICATIONS, Consortium

ROUNDS = int(os.environ.get("CITYID_ROUNDS") or 200)
PAGE = 4096
TRANSACTION = 144  # where LMDB's meta pages, the first two, have their transaction's number
VICTIMS = (("registry",), ("registry",), ("registry",), ("replica",), ("replica",), ("witness1",),
           ("witness2",), ("witness3",), ("registry", "witness1"), ("registry", "replica"),
           ("witness2", "witness3"), ("registry", "witness1", "witness2", "witness3", "replica"))


class Database:
    """How a ledger's file looks: the number of the last transaction, and a hash of the rest."""

    def __init__(self, ledger):
        raw = (ledger / "data.mdb").read_bytes()
        self.transaction = max(
            int.from_bytes(raw[at:at + 8], "little") for at in (TRANSACTION, PAGE + TRANSACTION))
        self.pages = hashlib.sha256(raw[2 * PAGE:]).digest()


class Kills(cityid_process.Case):
    def setUp(self):
        self.generator = cityid_process.seeded(self.id())
        # On a disk, where a write takes its time.
        directory = self.enterContext(cityid_process.temporary_directory(on_disk=True))
        self.consortium = self.enterContext(Consortium(directory / "consortium"))
        self.consortium.start()
        self.registry = self.consortium["registry"]
        self.replica = self.consortium.replica(poll=20).start()
        self.members = [self.registry, *self.consortium.witnesses(), self.replica]
        self.subjects = 0
        self.acknowledged = {}  # index: entry
        self.heads = {}  # size: root, of every checkpoint that was ever seen
        self.counts = collections.Counter()
        self.took = 0.05  # seconds from a request to its reply

    # Records

    def entry(self):
        self.subjects += 1
        return self.consortium.assignment(f"MA.156.F{self.subjects:06}")

    def note_answer(self, entry, reply):
        """Takes over what the registry has said of an entry. True if it has a place."""
        answer = reply.json()
        self.assertIn(reply.status, (201, 202), reply)
        if "index" not in answer:
            return False
        self.assertNotIn(answer["index"], self.acknowledged, "one place for two records")
        self.acknowledged[answer["index"]] = entry
        self.counts[answer["state"]] += 1
        return True

    def hand_in(self, entry):
        """Until it is public."""
        def try_it():
            reply = self.registry.post(APPLICATIONS, entry)
            self.assertIn(reply.status, (201, 202), reply)
            return reply if reply.status == 201 else None
        start = time.monotonic()
        reply = wait_until(try_it, "a record that is public")
        self.took = (self.took * 3 + min(time.monotonic() - start, 0.5)) / 4
        self.assertTrue(self.note_answer(entry, reply))

    # Kills

    def kill_while(self, entry, victims, part):
        """Hands in a record, and kills these when so much of its time has gone. True if it was
        answered."""
        before = {member: Database(member.ledger) for member in victims}
        with Connection(self.registry.port) as connection:
            connection.send(cityid_process.message(APPLICATIONS, entry))
            until = time.monotonic() + self.took * part
            while time.monotonic() < until:
                pass
            for member in victims:
                member.running.process.kill()
            for member in victims:
                member.running.process.wait()
            for member in victims:
                after = Database(member.ledger)
                self.counts["committed"] += after.transaction != before[member].transaction
                # Pages were written that no transaction has finished.
                self.counts["torn"] += (after.transaction == before[member].transaction
                                        and after.pages != before[member].pages)
            with contextlib.suppress(OSError, ConnectionEnded):
                return self.note_answer(entry, connection.reply())
        return False

    def restart(self, victims):
        order = list(victims)
        self.generator.shuffle(order)
        for member in order:
            member.launch()
        for member in order:
            member.wait_ready()
        # A registry takes nothing in before its witnesses have confirmed it.
        wait_until(lambda: self.registry.ready_now()[0] == 200, self.registry.err)

    # Checks

    def see(self, server):
        """Its newest checkpoint is of the one history."""
        size, root = server.head()
        if size:
            self.assertEqual(self.heads.setdefault(size, root), root,
                             f"two roots of {size} entries, by {server.name}")
        return size

    def check(self, indexes):
        """These records are there, everywhere, and everybody is at the same head."""
        newest = max(indexes, default=0)
        wait_until(lambda: self.see(self.registry) > newest,
                   f"a quorum for an acknowledged record; {self.registry.err}")
        size = self.see(self.registry)
        wait_until(lambda: self.see(self.replica) >= size,
                   f"the replica at {size} entries; {self.replica.err}")
        for server in (self.registry, self.replica):
            for index in indexes:
                self.assertEqual(server.entry(index), self.acknowledged[index],
                                 f"{index} by {server.name}")
        for member in self.members:
            self.assertTrue(member.alive(), f"{member.name}: {member.err}")

    def level(self, size):
        return all(member.ready_now() == (200, f"ready at {size} entries\n")
                   for member in self.consortium.witnesses())

    def all_level(self):
        """The witnesses are asked with the next record that is public."""
        def try_it():
            self.hand_in(self.entry())
            size = self.registry.head()[0]
            with contextlib.suppress(AssertionError):
                return wait_until(lambda: self.level(size), "witnesses", 1) and size
            return None
        return wait_until(try_it, "three witnesses at the newest head")

    def check_everything(self):
        size = self.all_level()
        self.check(sorted(self.acknowledged)[-1:])
        entries = self.registry.entries()
        self.assertEqual(len(entries), size)
        for index, entry in self.acknowledged.items():
            self.assertEqual(entries[index], entry, index)
        payloads = {signed_record.payload_of(entry) for entry in entries}
        self.assertEqual(len(payloads), len(entries), "a record was sequenced twice")
        log = handmade_log.Log(self.consortium.keys, entries)
        leaves = log.leaves()
        for seen, root in self.heads.items():
            self.assertEqual(signed_record.root(leaves[:seen]), root, f"{seen} entries")
        for member in self.members:
            self.assertEqual(member.stop(), 0, member.name)
            status = consortium.status_of(member.ledger)
            self.assertEqual((status["size"], status["root"]), (size, log.root().hex()),
                             member.name)
            self.assertIsNone(consortium.evidence_in(member.ledger), member.name)
            consortium.verify(member.ledger)

    def test_killed_at_random_points_nothing_is_lost_and_nothing_is_forked(self):
        start = time.monotonic()
        for turn in range(ROUNDS):
            names = self.generator.choice(VICTIMS)
            part = self.generator.uniform(0, 1.5)
            known = set(self.acknowledged)
            with self.subTest(turn=turn, victims=names, part=part):
                victims = [self.consortium[name] for name in names]
                entry = self.entry()
                answered = self.kill_while(entry, victims, part)
                self.counts["kills"] += len(victims)
                self.counts["unanswered"] += not answered
                self.restart(victims)
                if not answered:
                    self.hand_in(entry)
                self.check(self.acknowledged.keys() - known)
            if turn % 10 == 0:
                self.hand_in(self.entry())
        self.check_everything()
        print(f"{ROUNDS} rounds, {self.counts['kills']} kills, {time.monotonic() - start:.0f} s; "
              f"{self.counts['unanswered']} of the records were not answered then.\n"
              f"{self.counts['torn']} kills came inside a write: pages had changed, and no "
              f"transaction was finished;\n{self.counts['committed']} came after one.\n"
              f"{len(self.acknowledged)} records acknowledged, {len(self.heads)} checkpoints seen: "
              "none lost, none twice, no fork.", file=sys.stderr)
        if ROUNDS >= 100:
            self.assertGreater(self.counts["torn"], 0, "no kill came inside a write")


def rounds_of(arguments):
    """Takes --rounds N out of the arguments."""
    global ROUNDS
    if "--rounds" in arguments:
        at = arguments.index("--rounds")
        ROUNDS = int(arguments[at + 1])
        del arguments[at:at + 2]


if __name__ == "__main__":
    rounds_of(sys.argv)
    cityid_process.main()
