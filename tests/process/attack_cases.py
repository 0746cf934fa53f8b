"""A server under attack, and an honest client beside the attackers. What the listener refuses, it counts."""
import contextlib
import unittest

import cityid_process
from cityid_process import HonestClient, SHIJIAZHUANG, SLOW, wait_until

CITY = f"/{SHIJIAZHUANG}"
APPLICATIONS = "/registry/applications"
LATE = 3 * SLOW  # seconds after its deadline in which a client must be gone
MIB = 1 << 20


def set_up():
    """The demonstration, as long as a module's tests last: for `setUpModule`."""
    global DEMO
    DEMO = unittest.enterModuleContext(cityid_process.demo())
    return DEMO


class AttackCase(cityid_process.Case):
    def serve(self, *options, ledger=None):
        self.served = self.enterContext(
            cityid_process.resolver(ledger or DEMO.ledger, *options, metrics=True))
        return self.served

    def serve_registry(self, *options):
        """With a copy of the ledger, which takes bodies."""
        ledger = self.enterContext(cityid_process.temporary_directory()) / "ledger"
        ledger.mkdir()
        cityid_process.copy_ledger(DEMO.ledger, ledger)
        return self.serve("--registry", *options, ledger=ledger)

    def serve_snapshot(self, size, *options):
        """With a file to hand out; the target under which it is there."""
        directory = self.enterContext(cityid_process.temporary_directory())
        with open(directory / "1", "wb") as file:
            file.truncate(size)
        self.serve("--snapshots", directory, *options)
        return "/ledger/snapshot/1"

    def honest(self, **options):
        return HonestClient(self.served.port, **options)

    def connect(self, **options):
        return self.enterContext(self.served.connect(**options))

    def expect_counted(self, reason, times):
        wait_until(lambda: self.served.refused(reason) >= times,
                   f"{times} refusals because of {reason}", LATE)
        self.assertEqual(self.served.refused(reason), times)

    def expect_bounded_memory(self, before):
        self.assertLess(self.served.memory() - before, 16 * MIB * SLOW)

    def expect_gone_at(self, deadline, seconds):
        """When clients were gone that had so long."""
        self.assertGreater(min(seconds), deadline / 2)
        self.assertLess(max(seconds), deadline + LATE)

    def refuse(self, raw, *statuses):
        """The one reply to these bytes is a problem of such a status, and the connection's end."""
        with self.served.connect() as connection:
            connection.send(raw)
            reply = connection.reply()
            self.assertIn(reply.status, statuses, reply)
            self.assertEqual((reply.media_type, reply["connection"]),
                             ("application/problem+json", "close"), reply)
            self.assertEqual(connection.rest(), b"")

    def cut_off(self, start, more, most):
        """Sends `start` and then `more` again and again, as long as the other side lets it."""
        sent = len(start)
        with self.served.connect() as connection, contextlib.suppress(ConnectionError):
            connection.send(start)
            while sent < most:
                connection.send(more)
                sent += len(more)
            self.fail(f"{sent} bytes were taken")
        return sent
