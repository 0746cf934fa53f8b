"""An inbox that anyone can fill: thousands of applications with made-up keys. Whoever means it is
taken in nevertheless, and the operator sees who fills it.
"""
import ipaddress
import pathlib
import re
import socket
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from nacl.signing import SigningKey

import cityid_process
from clock import Clock
from consortium import APPLICATIONS, Consortium
from signed_record import DAY, INSTITUTE, NEW_KEY

ROOM = 10_000  # applications that nobody with a say has signed
BURST = 30  # that a client may hand in at once
GAUGE = "cityid_inbox_unsupported_applications"
CITY = "MA.156.1301"


class Inbox(cityid_process.Case):
    """A registry behind a proxy, so that clients have many addresses."""

    def start(self, env=None):
        directory = self.enterContext(cityid_process.temporary_directory())
        self.consortium = self.enterContext(Consortium(directory / "consortium", env=env))
        self.socket = directory / "metrics.sock"
        self.registry = self.consortium.alone("--metrics", f"unix:{self.socket}", "--proxy",
                                              "127.0.0.1").start()
        cityid_process.wait_until(lambda: self.registry.ready_now()[0] == 200, self.registry.err)
        self.connection = self.enterContext(cityid_process.Connection(self.registry.port))

    def hand_in(self, client, subject, *signers, kept=True):
        """What the registry answers to an application with a key that nobody knows."""
        key = SigningKey.generate()
        record = self.consortium.keys.assign(subject, key).signed((NEW_KEY, key), *signers)
        raw = cityid_process.message(APPLICATIONS, record, x_forwarded_for=client)
        if not kept:
            with cityid_process.Connection(self.registry.port) as connection:
                connection.send(raw)
                return connection.reply()
        self.connection.send(raw)
        return self.connection.reply()

    def taken(self, *arguments):
        reply = self.hand_in(*arguments)
        self.assertEqual(reply.status, 202, reply)
        return reply.json()["id"]

    def state(self, id):
        reply = self.registry.request(f"{APPLICATIONS}/{id}/state")
        return reply.json()["state"] if reply.status == 200 else reply.status

    def operations(self, method, target):
        """What the operator gets by the Unix socket."""
        with socket.socket(socket.AF_UNIX) as asking:
            asking.settimeout(cityid_process.DEADLINE)
            asking.connect(str(self.socket))
            asking.sendall(cityid_process.head(target, method))
            return b"".join(iter(lambda: asking.recv(65536), b"")).decode()

    def institute(self, number):
        return INSTITUTE, self.consortium.keys.institutes[number]

    def fullest(self):
        """What the operator sees: {client: applications}, and the whole text."""
        text = self.operations("GET", "/metrics")
        return {name: int(value) for name, value in
                re.findall(GAUGE + r'\{client="([^"]*)"\} (\d+)', text)}, text


class Flood(Inbox):
    def flood(self, first, clients, each):
        """From so many addresses so many applications, each with a prefix of its own."""
        statuses = []
        for number in range(clients):
            client = str(ipaddress.ip_address(first) + number)
            for _ in range(each):
                self.flooded += 1
                agency, country = divmod(self.flooded, 1000)
                subject = f"Z{agency:02}.{country:03}.F{self.flooded}"
                statuses.append(self.hand_in(client, subject).status)
        return statuses

    def test_those_who_mean_it_are_taken_in_nevertheless(self):
        self.start()
        self.flooded = 0
        self.consortium.publish(CITY)
        early = [self.taken(f"203.0.113.{i}", f"MA.156.14{i:02}") for i in range(1, 21)]
        clients = ROOM // BURST
        statuses = self.flood("198.18.0.1", clients, BURST)
        self.assertEqual(set(statuses), {202}, "each client has its turns")
        full, text = self.fullest()
        # It is full. Of a prefix that many mean, of one below a city, and with an institute's word.
        late = [self.taken("203.0.113.51", "MA.156.1451"), self.taken("203.0.113.52", f"{CITY}.RIDE"),
                self.taken("203.0.113.53", "MA.156.1453", self.institute(0))]
        again = self.flood("2001:db8::1", 1, 20) + self.flood("198.18.64.1", 8, BURST)
        for id in early + late:
            self.assertEqual(self.state(id), "waiting", "a flood pushes out nobody but itself")
        self.assertLessEqual(set(again), {202, 503})
        # What the operator sees: who, without an address.
        self.assertEqual(len(full), 5, text)
        self.assertEqual(set(full.values()), {BURST})
        for client in full:
            self.assertRegex(client, r"\A[0-9a-f]{16}\Z")
        self.assertNotIn("198.18.", text)
        self.assertNotIn(GAUGE, self.registry.request("/metrics").text, "the public sees none of it")
        # And work goes on.
        self.consortium.publish("MA.156.1499")

    def test_one_client_has_its_turns_and_no_more(self):
        self.start()
        replies = [self.hand_in("198.51.100.1", f"MA.156.A{i}") for i in range(BURST + 5)]
        statuses = [reply.status for reply in replies]
        self.assertEqual(statuses[:BURST], [202] * BURST)
        self.assertIn(429, statuses)
        refused = next(reply for reply in replies if reply.status == 429)
        self.assertGreater(int(refused["retry-after"]), 0)
        self.assertEqual(self.hand_in("198.51.100.2", "MA.156.B1").status, 202)
        # An IPv6 network is one client.
        several = [self.hand_in(f"2001:db8:1:2::{i:x}", f"MA.156.C{i}").status
                   for i in range(1, BURST + 6)]
        self.assertIn(429, several)
        self.assertEqual(sorted(self.fullest()[0].values())[-1], statuses.count(202))

    def test_about_one_identifier_only_some_wait(self):
        self.start()
        statuses = [self.hand_in(f"198.51.100.{i}", "MA.156.1405").status for i in range(1, 25)]
        self.assertEqual(statuses, [202] * 16 + [503] * 8)
        self.assertEqual(self.hand_in("198.51.100.30", "MA.156.1405",
                                      self.institute(0)).status, 202)


class Dropped(Inbox):
    def drop(self, query):
        return self.operations("DELETE", f"/inbox?{query}")

    def test_an_operator_drops_what_nobody_with_a_say_supports(self):
        self.start()
        mine = [self.taken("198.51.100.1", f"MA.156.14{i:02}") for i in range(10, 15)]
        supported = self.taken("198.51.100.1", "MA.156.1420", self.institute(0))
        other = self.taken("198.51.100.2", "MA.156.1421")
        below = [self.taken("198.51.100.3", f"MA.344.{i}") for i in (11, 12)]
        near = self.taken("198.51.100.4", "MA.345.11")
        client = next(name for name, count in self.fullest()[0].items() if count == len(mine))
        self.assertIn('{"dropped":5}', self.drop(f"client={client}"))
        self.assertIn('{"dropped":2}', self.drop("prefix=MA.344"))
        self.assertIn('{"dropped":1}', self.drop(f"application={other}"))
        self.assertIn('{"dropped":0}', self.drop(f"application={supported}"))
        self.assertEqual({self.state(id) for id in (*mine, *below, other)}, {404})
        self.assertEqual((self.state(supported), self.state(near)), ("waiting", "waiting"))
        for amiss in ("", "client=x", "client=", "prefix=ma..", f"client={client}&prefix=MA.156",
                      "application=x", f"application={near[:-1]}", f"application={near}0",
                      f"application={near[:-1]}g"):
            self.assertIn(" 400 ", self.drop(amiss), amiss)
        self.assertEqual(self.registry.request("/inbox?prefix=MA.156", "DELETE").status, 405,
                         "the public drops nothing")
        self.assertEqual(self.state(near), "waiting")


class Life(Inbox):
    def test_what_nobody_with_a_say_supports_is_gone_after_two_weeks(self):
        directory = self.enterContext(cityid_process.temporary_directory())
        clock = self.enterContext(Clock(directory / "clock", 0))
        self.start(clock.env)
        alone = self.taken("198.51.100.1", "MA.156.1406")
        supported = self.taken("198.51.100.2", "MA.156.1407", self.institute(0))
        clock.advance(13 * DAY)
        self.taken_later("198.51.100.3", "MA.156.1408")
        self.assertEqual((self.state(alone), self.state(supported)), ("waiting", "waiting"))
        clock.advance(2 * DAY)
        self.taken_later("198.51.100.4", "MA.156.1409")
        self.assertEqual((self.state(alone), self.state(supported)), (404, "waiting"))

    def taken_later(self, *arguments):
        """On a new connection: the other one has been idle for days."""
        reply = self.hand_in(*arguments, kept=False)
        self.assertEqual(reply.status, 202, reply)


if __name__ == "__main__":
    cityid_process.main()
