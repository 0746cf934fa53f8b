"""What an identifier was: its history, answers as of a time, replicas from a snapshot, old resolvers.
"""
import json
import time

import answer_cases
import cityid_process
from answer_cases import (AnswerCase, BELOW_SUSPENDED, BROWSER, CHANGING, CITY, MANY, SUCCESSOR,
                          SUPERSEDED, SUSPENDED, WITHDRAWN, get, iso, raw_target)
from cityid_process import HOST, SHIJIAZHUANG, wait_until
from signed_record import sha256


def setUpModule():
    global WORLD, RESOLVER
    WORLD = answer_cases.set_up()
    RESOLVER = WORLD.resolver


def seconds_of(text):
    return int(time.mktime(time.strptime(text, "%Y-%m-%dT%H:%M:%SZ"))) - time.timezone


class Past(AnswerCase):
    def changes(self, resolver=None, query="limit=100"):
        reply = (resolver or RESOLVER).request(f"/{CHANGING}/history?{query}")
        self.assertEqual(reply.status, 200, reply)
        return reply.json()

    def test_history_has_each_entry_newest_first(self):
        changes = self.changes()["changes"]
        self.assertEqual([change["type"] for change in reversed(changes)],
                         [name for name, _, _ in WORLD.life])
        self.assertNotIn("since", self.changes())
        for change in changes:
            entry = get(change["entry"]).body
            self.assertEqual(sha256(entry).hex(), change["hash"])
            self.assertEqual(change["entry"], f"/ledger/entry/{change['index']}")
        self.assertEqual(sha256(get(changes[0]["entry"]).body), WORLD.authority[CHANGING])
        self.assertEqual(len({change["time"] for change in changes}), len(changes), "a second each")
        for limit in (1, 2, 3, 5, 6, 7):
            pages = self.pages(f"/{CHANGING}/history?limit={limit}", "changes")
            self.assertEqual([change for page in pages for change in page], changes)
            self.assertTrue(all(len(page) == limit for page in pages[:-1]))
        self.assertEqual(self.changes(query="before=0")["changes"], [])
        self.assertEqual([x["type"] for x in get(f"/{SUPERSEDED}/history").json()["changes"]],
                         ["supersede", "assign"])
        self.assertIn("assign", [x["type"] for x in get(f"/{SUCCESSOR}/history").json()["changes"]])
        self.problem(get("/MA.156.9999/history"), 404, "unknown-id")
        self.problem(get("/MA.156/history"), 400)

    def then(self, when, resolver=None):
        """Verdict and population at a time."""
        reply = (resolver or RESOLVER).request(f"/{CHANGING}?versionTime={when}")
        answer = reply.json()
        self.assertEqual(answer["versionTime"], when, reply)
        self.assertEqual(reply.status == 200, answer["verdict"] == "registered")
        return answer["verdict"], answer.get("population")

    def test_as_it_was_before_at_and_after_each_change(self):
        times = [seconds_of(change["time"]) for change in reversed(self.changes()["changes"])]
        was = ("unknown-id", None)
        for moment, (_, verdict, population) in zip(times, WORLD.life):
            self.assertEqual(self.then(iso(moment - 1)), was)
            was = (verdict, population)
            self.assertEqual(self.then(iso(moment)), was)
        self.assertEqual(self.then(iso(times[-1] + 1)), was)
        self.assertEqual(self.then("1970-01-01T00:00:00Z"), ("unknown-id", None))
        first = get(f"/{CHANGING}?versionTime={iso(times[0])}").json()
        self.assertEqual(sha256(get(f"/ledger/entry/{first['record']['index']}").body).hex(),
                         first["record"]["hash"])
        page = get(f"/{CHANGING}?versionTime={iso(times[1])}&lang=zh", accept=BROWSER)
        self.assertEqual((page.status, page["content-language"]), (200, "zh-CN"))
        self.assertRegex(page.text, r"\b501\b")

    def test_the_past_of_an_ancestor_counts(self):
        suspended = seconds_of(get(f"/{SUSPENDED}/history").json()["changes"][0]["time"])
        self.assertEqual(get(f"/{BELOW_SUSPENDED}?versionTime={iso(suspended)}").status, 403)

    def test_times_that_are_none(self):
        for when in ("x", "", "2027", "2026-01-01", "2026-01-01T00:00:00", "2026-01-01 00:00:00Z",
                     "2026-02-30T00:00:00Z", "2026-13-01T00:00:00Z",
                     "2026-01-01T24:00:00Z", "2026-01-01T00:60:00Z", "2026-01-01T00:00:61Z",
                     "-026-01-01T00:00:00Z",
                     "%FF", "%00", "2026-01-01T00:00:00Z%0D%0A", "9999-12-31T23:59:59Z",
                     iso(time.time() + 3600), "٢٠٢٦-01-01T00:00:00Z"):
            with self.subTest(when):
                with RESOLVER.connect() as connection:
                    connection.send(raw_target(f"{CITY}?versionTime={when}"))
                    self.problem(connection.reply(), 400, "bad-request")
        # All that RFC 3339 knows is a time: of before the ledger.
        for when in ("2026-01-01T00:00:00z", "2026-01-01t00:00:00Z", "2026-01-01T00:00:00.5Z",
                     "2026-01-01T00:00:00%2B08:00", "2026-01-01T00:00:60Z"):
            self.problem(get(f"{CITY}?versionTime={when}"), 404)
        self.problem(get(f"{CITY}?versionTime=2026-01-01T00:00:00Z&linkType=_broker"), 400)
        self.problem(get("/x?versionTime=2026-01-01T00:00:00Z"), 400, "malformed")
        # In whatever type it is asked for; /MA.156 is nobody's either.
        for target in ("/x", "/MA.156", f"{CITY}-X"):
            for accept in (BROWSER, "application/json", "application/cbor",
                           "application/linkset+json", "application/did"):
                with self.subTest(target, accept=accept):
                    reply = get(f"{target}?versionTime=2026-01-01T00:00:00Z", accept=accept)
                    self.assertEqual(reply.status, 400, reply)

    def test_a_code_has_no_past(self):
        path = f"{CITY}/{WORLD.code().token()}"
        self.problem(get(f"{path}?versionTime=2026-01-01T00:00:00Z"), 400)
        self.answered(path, "valid")

    def test_a_replica_from_a_snapshot_knows_the_past_since(self):
        with WORLD.replica() as replica:
            head_now = RESOLVER.request("/ledger/checkpoint").text.split("\n")[1]
            wait_until(lambda: replica.request("/ledger/checkpoint").text.split("\n")[1] == head_now,
                       "a replica that is level")
            here, there = self.changes(), self.changes(replica)
            since = there["since"]
            after = [x for x in here["changes"] if x["time"] > since]
            self.assertTrue(0 < len(after) < len(here["changes"]))
            self.assertEqual(there["changes"], after)
            for change in after:
                self.assertEqual(replica.request(change["entry"]).body, get(change["entry"]).body)
            for moment in (since, *(change["time"] for change in after)):
                self.assertEqual(self.then(moment, replica), self.then(moment))
            for too_early in (iso(seconds_of(since) - 1), "1970-01-01T00:00:00Z"):
                reply = replica.request(f"/{CHANGING}?versionTime={too_early}")
                problem = self.problem(reply, 404, "past-unknown")
                self.assertIn(since, problem["detail"])
            for target in (CITY, "/search?q=shijia", f"/{MANY}/children?limit=100",
                           "/MA.156/peers?rel=_broker", f"/{CHANGING}"):
                mine, other = get(target), replica.request(target)
                self.assertEqual(other.status, mine.status, f"{target}{other}")
                a, b = mine.json(), other.json()
                a.pop("ledger"), b.pop("ledger")
                self.assertEqual(b, a, target)

    def test_a_replica_from_a_snapshot_says_what_ended_before_it(self):
        with WORLD.replica("after", follow=False) as replica:
            for subject in (WITHDRAWN, SUPERSEDED, SUSPENDED, BELOW_SUSPENDED):
                mine, other = get(f"/{subject}"), replica.request(f"/{subject}")
                self.assertEqual((other.status, other.json().get("verdict")),
                                 (mine.status, mine.json()["verdict"]), f"{subject}{other}")
            reply = replica.post("/resolve", json.dumps([SHIJIAZHUANG, WITHDRAWN]).encode(),
                                 content_type="application/json")
            self.assertEqual(reply.status, 200, reply)

    def test_a_resolver_past_its_hard_age_does_not_say_that_an_alias_is_unknown(self):
        with WORLD.replica("elder", follow=False, options=("--soft-age", "1", "--hard-age", "1")) as old:
            wait_until(lambda: old.request("/readyz").status == 503, "old enough")
            self.assertEqual(old.request("/alias/gbt2260/nobody").status, 503)

    def test_a_resolver_past_its_hard_age_says_nothing(self):
        with WORLD.replica("old", follow=False, options=("--soft-age", "1", "--hard-age", "1")) as old:
            wait_until(lambda: old.request("/readyz").status == 503, "old enough")
            for target in (CITY, "/", "/search?q=s", f"{CITY}/children", f"{CITY}/history",
                           f"{CITY}/peers?rel=_broker", "/alias/gbt2260/130100",
                           f"{CITY}?linkType=_broker", f"{CITY}?linkType=linkset",
                           f"{CITY}?versionTime=2026-01-01T00:00:00Z", f"/{WITHDRAWN}"):
                with self.subTest(target):
                    reply = old.request(target)
                    self.assertEqual((reply.status, reply.json()["type"]),
                                     (503, "/problems/ledger-stale"), reply)
                    self.assertEqual(reply["cache-control"], "no-store")
            reply = old.post("/resolve", b'["MA.156.1301"]', content_type="application/json")
            self.assertEqual(reply.json()["results"][0]["verdict"], "ledger-stale")
            self.assertNotIn("names", reply.json()["results"][0])
            reply = old.post("/verify", WORLD.code().url(HOST).encode(), content_type="text/plain")
            self.assertEqual((reply.status, reply.json()["verdict"]), (503, "ledger-stale"))


if __name__ == "__main__":
    cityid_process.main()
