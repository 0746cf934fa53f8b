"""A request that costs a thousand others: on the heaviest records that the rules allow, no answer is
larger than its bound, lists have pages that lead to everything, and others are answered meanwhile.
"""
import concurrent.futures
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from nacl.signing import SigningKey

import cityid_process
from cityid_process import SLOW
from consortium import APPLICATIONS, Consortium
from signed_record import ASSIGN, HOLDER, NEW_KEY, UPDATE, encode, grant, sha256

MOST = 1 << 20  # bytes of an answer
ROOM = 31 * 1024  # for the content of a record
PARENT = "MA.156.1301"
LIGHT = "MA.156.1400"
SIBLINGS, CHANGES, WAITING = 60, 40, 40
REL = "_heavy"
STANDARD = "https://standard.example/heavy"
TYPES = ("application/json", "text/html", "application/cbor", "application/linkset+json")


def tags():
    for first in "abcdefghijklmnopqrstuvwxyz":
        for second in "abcdefghijklmnopqrstuvwxyz":
            yield first + second


def heavy(part, letter, **more):
    """Content just below the largest: `part` of it names that begin alike, the rest endpoints, mostly
    of a character that grows when it is shown."""
    content = {1: {1: {"en": "a"}, 2: "city", **more}, 2: []}
    names, endpoints, size = content[1][1], content[2], len(encode(content))
    for tag in tags():
        if size + 520 > ROOM * part:
            break
        names[tag] = ("a" + letter * 500).encode()[:500].decode(errors="ignore")
        size += 510
    for number in range(64):
        title = {"xa": letter * 100} if size + (64 - number) * 120 + 220 < ROOM else {}
        one = {1: REL, 2: f"https://data.example/{number}", 6: 1, 8: [STANDARD]}
        one |= {4: title} if title else {}
        if size + len(encode(one)) > ROOM:
            break
        endpoints.append(one)
        size += len(encode(one))
    return content


class World:
    """A registry with heavy records and a heavy inbox."""

    def __init__(self, stack, directory):
        self.consortium = stack.enterContext(Consortium(directory / "consortium"))
        self.registry = self.consortium.alone().start()
        self.keys = {}
        self.changed(self.assign(PARENT, heavy(0.6, '"')), CHANGES)
        self.changed(self.assign(LIGHT, heavy(0.01, "x")), 1)
        self.deepest = PARENT
        for _ in range(6):
            self.deepest += ".A"
            self.assign(self.deepest, heavy(0.6, '"'))
        self.siblings = [f"{PARENT}.S{100 + i}" for i in range(SIBLINGS)]
        # Some are mostly names of a script that has a term for each character.
        self.at_once([lambda i=i, id=id: self.assign(
            id, heavy(0.95, "石") if i % 2 else heavy(0.2, "&"))
            for i, id in enumerate(self.siblings)])
        self.waiting = set(self.at_once([lambda i=i: self.wait(i) for i in range(WAITING)]))

    @staticmethod
    def at_once(calls):
        with concurrent.futures.ThreadPoolExecutor(16) as many:
            return [future.result() for future in [many.submit(call) for call in calls]]

    def post(self, entry, *statuses):
        status, answer = self.consortium.submit(entry)
        assert status in statuses, (status, answer)
        return answer

    def assign(self, subject, content):
        key = self.keys[subject] = SigningKey.generate()
        record = self.consortium.keys.record(ASSIGN, subject, {1: content | {3: [grant(key)]}})
        entry = record.signed(*self.consortium.keys.quorum(), (NEW_KEY, key))
        self.post(entry, 201)
        return subject, sha256(entry), content

    def changed(self, assigned, times):
        """Changes it so many times."""
        subject, authority, content = assigned
        head, key = authority, self.keys[subject]
        for number in range(times):
            content[1][7] = number
            record = self.consortium.keys.record(
                UPDATE, subject, {1: content | {3: [grant(key)]}}, previous=head,
                authority=authority)
            entry = record.signed((HOLDER, key))
            self.post(entry, 201)
            head = sha256(entry)

    def wait(self, number):
        key = SigningKey.generate()
        content = heavy(0.5, '"') | {3: [grant(key)]}
        record = self.consortium.keys.record(ASSIGN, f"MA.156.9{number + 100}", {1: content})
        return self.post(record.signed((NEW_KEY, key)), 202)["id"]

    def work(self):
        """Nanoseconds of processor time that the registry has had."""
        tasks = pathlib.Path(f"/proc/{self.registry.running.process.pid}/task")
        return sum(int((task / "schedstat").read_text().split()[0]) for task in tasks.iterdir())


def setUpModule():
    global WORLD
    directory = unittest.enterModuleContext(cityid_process.temporary_directory())

    class Stack:
        enterContext = staticmethod(unittest.enterModuleContext)
    WORLD = World(Stack, directory)


class Cost(cityid_process.Case):
    def get(self, target, accept="application/json"):
        reply = WORLD.registry.request(target, accept=accept)
        self.assertLessEqual(len(reply.body), MOST, target)
        return reply

    def pages(self, target):
        """The items of all pages of a list, in their order, and the number of pages."""
        items, seen = [], set()
        while target:
            self.assertNotIn(target, seen, "pages don't lead in a circle")
            seen.add(target)
            reply = self.get(target)
            self.assertEqual(reply.status, 200, target)
            page = reply.json()
            found = next(value for value in page.values() if isinstance(value, list))
            self.assertGreater(len(found), 0, target)
            self.assertLessEqual(len({item.get("index", item.get("id")) for item in found}), 100)
            items += found
            following = page.get("next")
            if following and not following.startswith("/"):
                following = f"{target.split('?')[0]}?limit=100&after={following}"
            elif following:
                self.assertEqual(reply["link"], f'<{following}>; rel="next"')
            target = following
        return items, len(seen)

    def test_no_answer_is_over_its_bound_in_any_representation(self):
        deep = WORLD.deepest
        for target in (f"/{deep}", f"/{deep}?versionTime=2099-01-01T00:00:00Z", f"/{PARENT}",
                       f"/{WORLD.siblings[0]}", f"/{WORLD.siblings[1]}", f"/{deep}/proof",
                       f"/{deep}?linkType=linkset", f"/{PARENT}/children?limit=100",
                       f"/{PARENT}/peers?rel={REL}&limit=100&scope=below",
                       f"/MA.156/peers?rel={REL}&limit=100",
                       f"/{deep}/peers?rel={REL}&scope=above",
                       f"/{WORLD.siblings[0]}/peers?conformsTo={STANDARD}&limit=100",
                       "/search?q=a&limit=100", "/search?q=%E7%9F%B3&limit=100",
                       "/search?q=%E7%9F%B3%E7%9F%B3%E7%9F%B3&limit=100", f"/search?q={deep}",
                       f"/{PARENT}/history?limit=100", "/registry/applications?limit=100"):
            for accept in TYPES:
                with self.subTest(target=target, accept=accept):
                    self.assertIn(self.get(target, accept).status, (200, 400, 406), target)

    def test_pages_of_heavy_records_lead_to_each_once(self):
        for target in (f"/{PARENT}/children?limit=100", "/search?q=a&limit=100"):
            items, _ = self.pages(target)
            found = [item["id"] for item in items if item["id"] in WORLD.siblings]
            self.assertEqual(sorted(found), WORLD.siblings, target)
        endpoints = len(heavy(0.2, "&")[2])
        self.assertEqual(endpoints, 64)
        items, pages = self.pages(f"/{PARENT}/peers?rel={REL}&limit=100&scope=below")
        self.assertGreater(pages, 1)
        for sibling in WORLD.siblings[::2]:
            self.assertEqual(sum(item["id"] == sibling for item in items), endpoints, sibling)

    def test_pages_of_a_heavy_history_lead_to_each_change_once(self):
        items, _ = self.pages(f"/{PARENT}/history?limit=100")
        places = [item["index"] for item in items]
        self.assertEqual(len(places), CHANGES + 1)
        self.assertEqual(places, sorted(set(places), reverse=True))

    def test_pages_of_heavy_applications_lead_to_each_once(self):
        items, pages = self.pages("/registry/applications?limit=100")
        self.assertEqual(sorted(item["id"] for item in items), sorted(WORLD.waiting))
        self.assertGreater(pages, 1)

    def cost(self, target, times=20):
        self.get(target)
        before = WORLD.work()
        for _ in range(times):
            self.get(target)
        return (WORLD.work() - before) / times

    def test_one_change_of_a_long_past_costs_little_more_than_of_a_short_one(self):
        """Both answers are as large; before one lie forty changes of 30 KiB."""
        for question in ("history?limit=1", "?versionTime=2099-01-01T00:00:00Z"):
            with self.subTest(question=question):
                separator = "" if question[0] == "?" else "/"
                long = self.cost(f"/{PARENT}{separator}{question}")
                short = self.cost(f"/{WORLD.siblings[0]}{separator}{question}")
                self.assertLess(long, 8 * short, f"{long / 1e6:.1f} ms and {short / 1e6:.1f} ms")

    def test_others_are_answered_while_the_heaviest_is_asked(self):
        targets = [f"/{PARENT}/peers?rel={REL}&limit=100&scope=below",
                   "/search?q=%E7%9F%B3&limit=100", f"/{PARENT}/history?limit=100",
                   APPLICATIONS + "?limit=100"] * 6
        with (cityid_process.HonestClient(WORLD.registry.port, f"/{LIGHT}"),
              concurrent.futures.ThreadPoolExecutor(8) as many):
            for future in [many.submit(self.get, target, TYPES[i % 3])
                           for i, target in enumerate(targets)]:
                future.result()
        memory = int(pathlib.Path(f"/proc/{WORLD.registry.running.process.pid}/statm")
                     .read_text().split()[1]) * 4096
        self.assertLess(memory, 256 * MOST * SLOW)


if __name__ == "__main__":
    cityid_process.main()
