"""A resolver of the demonstration, asked with raw bytes over a socket."""
import unittest

import cityid_process
import signed_code
from cityid_process import SHIJIAZHUANG

CITY = f"/{SHIJIAZHUANG}"
BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8"


def set_up():
    """A demonstration and its resolver, as long as a module's tests last: for `setUpModule`."""
    global DEMO, RESOLVER
    DEMO = unittest.enterModuleContext(cityid_process.demo())
    RESOLVER = unittest.enterModuleContext(cityid_process.resolver(DEMO.ledger))
    return DEMO


def get(target, **headers):
    return RESOLVER.request(target, **headers)


def code_path(code):
    return f"/{code.subject}/{code.token()}"


def key():
    return signed_code.read_key(DEMO.code_key())


class ListenerCase(cityid_process.Case):
    def expect_problem(self, reply, status, verdict=None):
        """A problem document (RFC 9457) whose members say what the reply itself says."""
        self.assertEqual((reply.status, reply.media_type), (status, "application/problem+json"),
                         reply)
        problem = reply.json()
        self.assertEqual(problem["status"], status)
        self.assertEqual(problem.get("verdict"), verdict, problem)
        for member in ("type", "title", "detail"):
            self.assertIsInstance(problem[member], str)
            self.assertTrue(problem[member], member)
        return problem

    def expect_refused_and_closed(self, raw, *statuses):
        """The reply to these bytes has one of the statuses, and is the last one."""
        with RESOLVER.connect() as connection:
            connection.send(raw)
            reply = connection.reply()
            self.assertIn(reply.status, statuses, reply)
            self.expect_problem(reply, reply.status)
            self.assertEqual(reply["connection"], "close")
            self.assertEqual(connection.rest(), b"")
            return reply

    def expect_served(self):
        self.assertEqual(get(CITY).json()["verdict"], "registered")
