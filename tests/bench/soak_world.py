"""What the soak's ledger says at each of its sizes, kept beside the program by the records that
were handed in, and what must be answered accordingly."""

import bisect
import dataclasses
import threading

from nacl.signing import SigningKey

import signed_record
from signed_code import Code
from signed_record import CODE_KEY, INSTITUTE, NEW_KEY, grant, leaf_hash, sha256

CITIES = 24
HOT_CODES = 8  # of each city


@dataclasses.dataclass
class City:
    """An identifier; `suspensions` and `revocations` by the place of the record in the log."""
    id: str
    record_key: SigningKey
    code_key: SigningKey
    head: bytes = b""  # of the authority's chain
    suspensions: list = dataclasses.field(default_factory=list)  # (index, whether it is suspended)
    revocations: dict = dataclasses.field(default_factory=dict)  # by serial: index
    serial: int = 0
    hot: list = dataclasses.field(default_factory=list)
    gone: list = dataclasses.field(default_factory=list)  # those of `hot` that are revoked

    def new_code(self):
        self.serial += 1
        return Code(self.id, self.code_key, serial=self.serial)

    def suspended_at(self, size):
        before = bisect.bisect_left(self.suspensions, (size,))
        return before > 0 and self.suspensions[before - 1][1]

    def suspended(self):
        return bool(self.suspensions) and self.suspensions[-1][1]


class World:
    """All cities, the log's entries, and a change that is under way. Thread-safe."""

    def __init__(self, consortium, rng):
        self.consortium, self.rng = consortium, rng
        self.lock = threading.Lock()
        self.cities = [City(f"MA.156.{1301 + i}", SigningKey.generate(), SigningKey.generate())
                       for i in range(CITIES)]
        self.by_id = {city.id: city for city in self.cities}
        self.leaves = []
        self.entries = []
        self._roots = {}
        self._pending = None  # (city, "suspended" or serial, new state)

    # Records

    def found(self):
        """Assigns every identifier."""
        keys = self.consortium.keys
        for city in self.cities:
            content = signed_record.holding(f"City {city.id}", grant(city.record_key),
                                            grant(city.code_key, CODE_KEY))
            entry = keys.record(signed_record.ASSIGN, city.id, {1: content}).signed(
                *keys.quorum(), (NEW_KEY, city.record_key), (NEW_KEY, city.code_key))
            self._submit(entry)
            city.head = sha256(entry)
            city.hot = [city.new_code() for _ in range(HOT_CODES)]
        self.read_log()

    def _submit(self, entry):
        status, answer = self.consortium.submit(entry)
        if (status, answer.get("state")) != (201, "sequenced"):
            raise AssertionError(f"a record was not sequenced: {status} {answer}")
        return answer["index"]

    def change(self):
        """Suspends, resumes, or revokes a code. The place of the record, the path of something
        whose verdict it changes, and that verdict."""
        keys, city = self.consortium.keys, self.rng.choice(self.cities)
        signers = [(INSTITUTE, key) for key in self.rng.sample(keys.institutes, keys.k)]
        suspended = [one for one in self.cities if one.suspended()]
        if len(suspended) > self.rng.randrange(1, 5):
            city = self.rng.choice(suspended)
        if self.rng.random() < 0.6 or city.suspended():
            suspend = not city.suspended()
            kind = signed_record.SUSPEND if suspend else signed_record.RESUME
            entry = keys.record(kind, city.id, {}, previous=city.head).signed(*signers)
            index = self._submitted(entry, city, "suspended", suspend)
            return index, f"/{city.id}", "suspended" if suspend else "registered"
        code = self.rng.choice([code for code in city.hot if code not in city.gone])
        body = {1: signed_record.public(city.code_key), 2: [{1: code.serial, 2: code.serial}]}
        entry = keys.record(signed_record.REVOKE_CODES, city.id, body).signed(*signers)
        index = self._submitted(entry, city, code.serial, True)
        with self.lock:
            city.gone.append(code)
            # Most of the hot ones are to be valid.
            if len(city.gone) > 2:
                city.hot[city.hot.index(city.gone.pop(0))] = city.new_code()
        return index, f"/{city.id}/{code.token()}", "revoked"

    def _submitted(self, entry, city, what, state):
        with self.lock:
            self._pending = (city, what, state)
        index = self._submit(entry)
        with self.lock:
            self._pending = None
            if what == "suspended":
                city.head = sha256(entry)
                city.suspensions.append((index, state))
            else:
                city.revocations.setdefault(what, index)
        return index

    def read_log(self):
        """Reads the entries that are new from the registry."""
        while True:
            entry = self.consortium["registry"].entry(len(self.entries))
            if entry is None:
                return
            with self.lock:
                self.entries.append(entry)
                self.leaves.append(leaf_hash(entry))

    def root(self, size):
        """Of the first so many entries; None if they are not known yet."""
        with self.lock:
            if size > len(self.leaves):
                return None
            if size not in self._roots:
                if len(self._roots) > 1000:
                    self._roots.clear()
                self._roots[size] = signed_record.root(self.leaves[:size])
            return self._roots[size]

    # Verdicts

    def pick(self, rng):
        """A city and one of its hot codes."""
        with self.lock:
            city = rng.choice(self.cities)
            return city, rng.choice(city.hot)

    def cold_code(self, rng):
        with self.lock:
            return rng.choice(self.cities).new_code()

    def may_say(self, size, city, serial, otherwise):
        """The verdicts that are right at a size: one, or two if a record whose place is not known
        yet may change it. `otherwise`: if neither suspended nor revoked."""
        with self.lock:
            suspended = {city.suspended_at(size)}
            revoked = {city.revocations.get(serial, size) < size}
            if self._pending and self._pending[0] is city:
                _, what, state = self._pending
                if what == "suspended":
                    suspended.add(state)
                if what == serial:
                    revoked.add(True)
        return {"suspended" if s else "revoked" if r and otherwise == "valid" else otherwise
                for s in suspended for r in revoked}
