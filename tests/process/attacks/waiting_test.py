"""Waiting that spreads: silent witnesses, a registry that hangs, a mirror that gives a byte now and
then. Whoever asks for something else has the answer as fast as ever.
"""
import concurrent.futures
import http.server
import pathlib
import sys
import time

from nacl.signing import SigningKey

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
import cityid_process
import consortium
import handmade_log
import proofs
from cityid_process import HONEST, SLOW, cityid, wait_until
from consortium import Consortium


class Waiting(cityid_process.Case):
    def setUp(self):
        directory = self.enterContext(cityid_process.temporary_directory())
        self.directory = directory
        self.consortium = self.enterContext(Consortium(directory / "consortium"))

    def test_a_record_that_waits_for_silent_witnesses_holds_nobody_up(self):
        members = self.consortium.start()
        registry, witnesses = members["registry"], members.witnesses()
        members.publish("MA.156.W0")
        for witness in witnesses:
            witness.pause()
        record = members.assignment("MA.156.W1")

        def submit():
            return registry.post(consortium.APPLICATIONS, record)
        with concurrent.futures.ThreadPoolExecutor(64) as many:
            begin = time.monotonic()
            handed_in = [many.submit(submit) for _ in range(40)]
            verified = [many.submit(registry.post, "/verify", b"x", content_type="text/plain")
                        for _ in range(8)]
            for future in verified + handed_in:
                future.result()
            took = time.monotonic() - begin
        self.assertLess(took, 4 * HONEST, "whoever hands in a record is answered at once")
        for reply in (future.result() for future in handed_in):
            self.assertEqual(reply.status, 202, reply)
            state = registry.request(reply["location"])
            self.assertIn(state.json()["state"], ("waiting", "unpublished"), state)
        for witness in witnesses:
            witness.resume()
        wait_until(lambda: submit().status == 201, "its quorum")

    def test_a_registry_that_hangs_holds_no_witness_up(self):
        members = self.consortium.start()
        registry, witness = members["registry"], members["witness1"]
        members.publish("MA.156.R0")
        log = handmade_log.Log(members.keys, registry.entries())
        longer = log.closed(b"not fetched")
        wait_until(lambda: witness.ready_now()[1].startswith(f"ready at {len(log)} "), "it cosigned")
        registry.pause()

        def post(body):
            begin = time.monotonic()
            reply = witness.post("/add-checkpoint", body)
            return reply.status, reply.text, time.monotonic() - begin
        new = longer.request(len(log))
        with concurrent.futures.ThreadPoolExecutor(2) as two:
            # One of them asks the log, which hangs; the other one is told so.
            futures = [two.submit(post, new) for _ in range(2)]
            told, hanging = concurrent.futures.wait(
                futures, return_when=concurrent.futures.FIRST_COMPLETED)
            self.assertEqual((len(told), len(hanging)), (1, 1))
            self.assertIn("another request", told.pop().result()[1])
            unknown = log.note(key=SigningKey.generate())
            for what, body, statuses in (("a repeat", log.request(len(log)), (200,)),
                                         ("another size", longer.request(2), (409,)),
                                         ("malformed", b"old 1", (400,)),
                                         ("a note that nobody knows", log.request(2, unknown),
                                          (403, 503))):
                with self.subTest(what):
                    got, text, took = post(body)
                    self.assertIn(got, statuses, text)
                    self.assertLess(took, HONEST, text)
            self.assertFalse(list(hanging)[0].done(), "the log hangs")
            self.assertEqual(list(hanging)[0].result()[0], 503)
        registry.resume()
        members.publish("MA.156.R1")

    def test_a_mirror_that_drips_goes_to_the_end_of_the_line(self):
        members = self.consortium
        registry = members.alone().start()
        members.publish("MA.156.M1")
        asked = []

        class Drip(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                asked.append(time.monotonic())
                self.send_response(200)
                self.send_header("Content-Length", "1000")
                self.end_headers()
                try:
                    for _ in range(1000):
                        self.wfile.write(b"x")
                        self.wfile.flush()
                        time.sleep(0.5)
                except OSError:
                    pass

            def log_message(self, *_):
                pass
        with proofs.http_server(Drip) as slow:
            replica = members.replica("replica", slow, registry.url).start()
            wait_until(lambda: replica.head()[0] > 0, "the honest mirror", 60 * SLOW)
            known = len(asked)
            for number in range(3):
                members.publish(f"MA.156.N{number}")
                wait_until(lambda: replica.request(f"/MA.156.N{number}").status == 200,  # noqa: B023
                           "what was published", 4 * HONEST)
            self.assertLessEqual(len(asked), known + 1, "the slow one is not asked first")
            replica.kill()


if __name__ == "__main__":
    cityid_process.main()
