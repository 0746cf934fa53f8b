"""`kill -9` of a registry while records are handed in: nothing that was acknowledged is lost, and
nothing is there by half: each record with the state root that ends its batch. CITYID_ROUNDS says how
often (100), CITYID_SEED repeats a run.
"""
import collections
import contextlib
import dataclasses
import hashlib
import json
import os
import sys
import time

import cbor2
from nacl.signing import SigningKey

import cityid_process
import signed_record
from cityid_process import cityid, wait_until
from consortium import Consortium
from signed_record import HOLDER, INSTITUTE, NEW_KEY, UPDATE

ROUNDS = int(os.environ.get("CITYID_ROUNDS") or 100)
IDENTIFIERS = 4  # each with a chain of updates
MOST_EXCHANGES = 6  # before the kill
APPLICATIONS = "/registry/applications"


class Identifier:
    """A registered identifier whose holder updates it."""

    def __init__(self, consortium, subject):
        self.consortium, self.subject = consortium, subject
        self.key = SigningKey.generate()
        self.assignment = consortium.assign(subject, self.key).signed(
            *consortium.quorum(), (NEW_KEY, self.key))
        self.authority = self.head = signed_record.sha256(self.assignment)
        self.population = 0

    def update(self):
        """The next update of the chain."""
        self.population += 1
        content = signed_record.holding(f"City {self.subject}", signed_record.grant(self.key),
                                        population=self.population)
        entry = self.consortium.record(UPDATE, self.subject, {1: content}, previous=self.head,
                                       authority=self.authority).signed((HOLDER, self.key))
        self.head = signed_record.sha256(entry)
        return entry


class Client:
    """Hands in records one after the other, and knows which were answered, and how."""

    def __init__(self, consortium, identifiers, prefix, generator):
        self.consortium, self.identifiers = consortium, identifiers
        self.prefix, self.generator = prefix, generator
        self.applied = 0
        self.drafts = []  # applications that wait for the last signature
        self.sequenced = {}  # entry: index, as acknowledged
        self.waiting = {}  # draft id: entry, as acknowledged
        self.complete = []  # those of them that wait only for a place
        self.pending = None  # sent, and not answered
        self.replies = 0

    def application(self):
        """A new identifier's application, and its signers but for the last institute."""
        self.applied += 1
        key = SigningKey.generate()
        record = self.consortium.assign(f"{self.prefix}{self.applied:05d}", key)
        some = [(NEW_KEY, key), (INSTITUTE, self.consortium.institutes[0])]
        return record, some

    def next(self):
        """A record to hand in: an update, an application, or its last signature."""
        choice = self.generator.random()
        if choice < 0.7:
            return self.generator.choice(self.identifiers).update()
        if self.drafts and choice < 0.85:
            record = self.drafts.pop()
            return record.signed((INSTITUTE, self.consortium.institutes[1]))
        record, some = self.application()
        self.drafts.append(record)
        return record.signed(*some)

    def send(self, connection):
        """One record, the one that was not answered first."""
        if self.pending is None:
            self.pending = self.next()
        connection.send(cityid_process.message(APPLICATIONS, self.pending))

    def note(self, reply):
        answer = reply.json()
        if reply.status == 201:
            self.sequenced[self.pending] = answer["index"]
            self.waiting.pop(answer["id"], None)
        elif reply.status == 202:
            self.waiting[answer["id"]] = self.pending
            if cityid_process.is_complete(answer):
                self.complete.append(answer["id"])
        else:
            raise AssertionError(f"neither sequenced nor waiting: {reply}")
        self.pending = None
        self.replies += 1
        return reply

    def settle(self, served):
        """Until everything that is complete has its place."""
        while self.complete:
            draft = self.complete[0]
            state = served.request(f"{APPLICATIONS}/{draft}/state").json()
            if state["state"] == "sequenced":
                self.complete.pop(0)
                self.sequenced[self.waiting.pop(draft)] = state["index"]
            elif state["state"] != "waiting":
                raise AssertionError(f"application {draft} was lost: {state}")


@dataclasses.dataclass
class Point:
    """When the kill comes: this part of the time that an exchange takes after the request was sent,
    or after the first byte of what it causes was written."""
    STARTS = ("sent", "written")
    start: str
    part: float

    def wait(self, took, files):
        if self.start == "written":
            deadline = time.monotonic() + cityid_process.DEADLINE
            while not any(os.stat(path).st_mtime_ns for path in files):
                if time.monotonic() > deadline:
                    raise AssertionError("a request caused no write")
            took /= 4  # the replies come soon now
        until = time.monotonic() + took * self.part
        while time.monotonic() < until:
            pass


class Kills(cityid_process.Case):
    def setUp(self):
        self.generator = cityid_process.seeded(self.id())
        # On a disk, where a write takes its time.
        parent = self.enterContext(cityid_process.temporary_directory(on_disk=True))
        founded = self.enterContext(Consortium(parent / "consortium"))
        self.ledger = founded.ledger
        self.files = [self.ledger / "data.mdb", self.ledger / "inbox" / "data.mdb"]
        self.consortium = founded.keys
        self.clients = [self.client(i) for i in range(2)]
        self.entries = [self.consortium.genesis]  # what the log is known to hold
        self.leaves = [signed_record.leaf_hash(self.consortium.genesis)]
        self.acknowledged = {}  # entry: index
        with cityid_process.resolver(self.ledger, "--registry") as served:
            for client in self.clients:
                for identifier in client.identifiers:
                    reply = cityid_process.hand_in(served, identifier.assignment)
                    self.assertEqual(reply.status, 201, reply)
            self.read_new_entries(served)

    def client(self, number):
        identifiers = [Identifier(self.consortium, f"MA.156.U{number}{i}")
                       for i in range(IDENTIFIERS)]
        return Client(self.consortium, identifiers, f"MA.156.C{number}", self.generator)

    def read_new_entries(self, served):
        """Takes over what the log has more than is known; each entry is a record that verifies, or
        a state root."""
        with served.connect() as connection:
            while True:
                target = f"/ledger/entry/{len(self.entries)}"
                connection.send(cityid_process.head(target))
                reply = connection.reply()
                if reply.status == 404:
                    return
                self.assertEqual((reply.status, reply.media_type), (200, "application/cose"), reply)
                signed_record.opened(reply.body)
                self.entries.append(reply.body)
                self.leaves.append(signed_record.leaf_hash(reply.body))

    def expect_whole_log(self):
        """The ledger's root is that of the entries, computed here; no record is there twice."""
        status = json.loads(cityid("ledger", "status", "--ledger", self.ledger, "--json").out)
        self.assertEqual((status["size"], status["root"]),
                         (len(self.entries), signed_record.root(self.leaves).hex()))
        self.expect_state_roots()
        payloads = {signed_record.payload_of(entry) for entry in self.entries}
        self.assertEqual(len(payloads), len(self.entries), "a record was sequenced twice")

    def expect_state_roots(self):
        """A state root stands behind each batch, of one record a client at most, and nowhere else."""
        last, records = 0, 0
        for index, entry in enumerate(self.entries):
            found = signed_record.state_root(entry)
            records += found is None
            self.assertLessEqual(records, len(self.clients), f"{index}: records without a state root")
            if found:
                self.assertGreater(records, 0, f"{index}: a state root behind no record")
                log, _, size, time_of_rules = found
                self.assertEqual((log, size), (self.consortium.log, index))
                self.assertGreaterEqual(time_of_rules, last)
                last, records = time_of_rules, 0
        self.assertEqual(records, 0, "a record without its state root")

    def expect_nothing_lost(self, served):
        """Each acknowledged record is where it was said to be."""
        for client in self.clients:
            for entry, index in client.sequenced.items():
                self.expect_entry(index, entry)
            self.acknowledged |= client.sequenced
            client.sequenced.clear()
            for draft, entry in client.waiting.items():
                # Unless the signature that was under way was the last, and arrived.
                state = served.request(f"{APPLICATIONS}/{draft}/state").json()
                if state["state"] == "sequenced":
                    continue
                kept = served.request(f"{APPLICATIONS}/{draft}")
                self.assertEqual(kept.status, 200, f"application {draft} was lost{kept}")
                self.assertEqual(kept.body, entry)

    def expect_entry(self, index, entry):
        """The log has the record there: the same bytes, where nobody else had to sign."""
        self.assertLess(index, len(self.entries), "an acknowledged record was lost")
        found = self.entries[index]
        payload, found_payload = (signed_record.payload_of(e) for e in (entry, found))
        self.assertEqual(found_payload, payload)
        if cbor2.loads(payload)[1] == UPDATE:
            self.assertEqual(found, entry)

    def kill_inside(self, served, exchanges, point):
        """Each client hands in so many records and then one more, during which the server is killed
        at `point`. Returns how many requests were sent before the kill and have no reply."""
        connections = [self.enterContext(served.connect()) for _ in self.clients]
        for _ in range(exchanges):
            start = time.monotonic()
            for client, connection in zip(self.clients, connections):
                client.send(connection)
            for client, connection in zip(self.clients, connections):
                client.note(connection.reply())
            for client in self.clients:
                client.settle(served)
            took = time.monotonic() - start
        before = self.data()
        for path in self.files:
            os.utime(path, (0, 0))  # so that the next write to it shows
        for client, connection in zip(self.clients, connections):
            client.send(connection)
        point.wait(took, self.files)
        served.served.process.kill()
        served.served.process.wait()
        self.written = self.data() != before
        for client, connection in zip(self.clients, connections):
            with contextlib.suppress(OSError, cityid_process.ConnectionEnded):
                client.note(connection.reply())
        return sum(client.pending is not None for client in self.clients)

    def data(self):
        """What the database files hold, whether it counts already or not."""
        return [hashlib.sha256(path.read_bytes()).digest() for path in self.files]

    def check_after_restart(self, served):
        """Counts where the records are that were handed in and never acknowledged."""
        known = len(self.entries)
        for client in self.clients:
            client.settle(served)
        # What was not acknowledged may be complete, too.
        wait_until(lambda: not any(map(self.is_complete, self.listed(served))), "an idle registry")
        self.read_new_entries(served)
        self.new_payloads = {signed_record.payload_of(e) for e in self.entries[known:]}
        self.expect_whole_log()
        self.expect_nothing_lost(served)
        places = collections.Counter()
        for client in self.clients:
            if client.pending is None:
                continue
            place = self.place_of(served, client.pending)
            places[place] += 1
            # Handed in again, it is answered as if nothing had happened, and is there once.
            with served.connect() as connection:
                client.send(connection)
                reply = client.note(connection.reply())
            self.assertIn(reply.status, (201,) if place == "log" else (201, 202), (place, reply))
            client.settle(served)
        self.read_new_entries(served)
        self.expect_whole_log()
        return places

    @staticmethod
    def is_complete(application):
        return not application.get("refused") and cityid_process.is_complete(
            {"state": "waiting", "missing": {"new_keys": ()} | application["missing"]})

    @staticmethod
    def listed(served):
        """The applications that wait."""
        page = served.request(APPLICATIONS).json()
        while True:
            yield from page["applications"]
            if "next" not in page:
                return
            page = served.request(f"{APPLICATIONS}?after={page['next']}").json()

    def place_of(self, served, entry):
        draft = signed_record.sha256(signed_record.payload_of(entry)).hex()
        reply = served.request(f"{APPLICATIONS}/{draft}/state")
        if reply.status == 404:
            return "nowhere"
        return {"sequenced": "log", "waiting": "inbox"}[reply.json()["state"]]

    def read_everything_again(self):
        """The whole log, from the first entry."""
        self.entries, self.leaves = [], []
        with cityid_process.resolver(self.ledger) as served:
            self.read_new_entries(served)
        self.expect_whole_log()
        for entry, index in self.acknowledged.items():
            self.expect_entry(index, entry)

    def test_killed_at_random_points_it_loses_nothing_and_keeps_nothing_by_half(self):
        unanswered = inside = torn = 0
        places = collections.Counter()
        for turn in range(ROUNDS):
            exchanges = self.generator.randrange(1, MOST_EXCHANGES)
            point = Point(self.generator.choice(Point.STARTS), self.generator.uniform(0, 1))
            with self.subTest(turn=turn, exchanges=exchanges, point=point):
                with cityid_process.resolver(self.ledger, "--registry") as served:
                    under_way = self.kill_inside(served, exchanges, point)
                unanswered, inside = unanswered + under_way, inside + (under_way > 0)
                with cityid_process.resolver(self.ledger, "--registry") as served:
                    found = self.check_after_restart(served)
                places += found
                # Bytes were written, and nothing that was sent counts: it was inside a write.
                torn += self.written and found["nowhere"] == len(self.clients)
        self.assertEqual(places.total(), unanswered)
        self.read_everything_again()
        replies = sum(client.replies for client in self.clients)
        print(f"{ROUNDS} kills, {inside} of them between a request and its reply; of the "
              f"{unanswered} records that were\nnot acknowledged then, {places['log']} were "
              f"sequenced, {places['inbox']} were in the inbox, {places['nowhere']} were not "
              f"written.\n{torn} kills came inside a write: the files had changed, and no record "
              "was there.\n"
              f"{replies} records acknowledged, {len(self.entries)} entries: none lost, "
              "none twice, none by half.", file=sys.stderr)
        self.assertGreater(inside, 0, "no kill came between a request and its reply")
        self.assertGreater(torn, 0, "no kill came inside a write; is TMPDIR on a disk?")


if __name__ == "__main__":
    cityid_process.main()
