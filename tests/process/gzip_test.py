"""Entry bundles in gzip: from servers of logs that compress without being asked, and to readers."""
import gzip
import unittest
import zlib

import cityid_process
import consortium
from cityid_process import cityid
from consortium import Consortium
from handmade_log import Log, Web, serving

RECORDS = 128  # with their state roots more than one full bundle


def setUpModule():
    global BASE, LOG, WORLD
    BASE = unittest.enterModuleContext(cityid_process.temporary_directory())
    WORLD = unittest.enterModuleContext(Consortium(BASE / "base"))
    registry = WORLD.alone().start()
    for number in range(RECORDS):
        WORLD.publish(f"MA.156.T{number}")
    LOG = Log(WORLD.keys, registry.entries())


class Read(cityid_process.Case):
    def setUp(self):
        self.directory = self.enterContext(cityid_process.temporary_directory())
        self.ledgers = 0

    def follow(self, encode, coding="gzip", what="/tile/entries/"):
        """Follows a server whose files of this kind are encoded so."""
        honest = serving(LOG, LOG.note(witnesses=(0, 1, 2)))

        def answer(path, headers):
            reply = honest(path, headers)
            if what in path and reply.status == 200:
                reply.body = encode(reply.body)
                reply.fields["Content-Encoding"] = coding
            return reply
        self.ledgers += 1
        with Web(answer) as web:
            return cityid("follow", "--once", "--from", web.url, "--ledger",
                          self.directory / str(self.ledgers), "--trust", WORLD.trust)

    def expect_could_not(self, finished, words):
        self.assertEqual(finished.status, 3, finished)
        self.assertIn(words, finished.err)

    def test_everything_may_come_in_gzip_without_being_asked_for(self):
        for what in ("/tile/entries/", "/tile/0/", "/checkpoint", "/"):
            for coding in ("gzip", "GZIP", "x-gzip"):
                with self.subTest(what=what, coding=coding):
                    self.expect_done(self.follow(gzip.compress, coding, what))

    def test_identity_is_no_encoding(self):
        self.expect_done(self.follow(lambda body: body, "identity"))

    def test_other_encodings_are_named(self):
        for coding in ("br", "zstd", "deflate", "gzip, gzip", "gzip;x"):
            with self.subTest(coding):
                self.expect_could_not(self.follow(gzip.compress, coding), f"'{coding}'")

    def test_bad_streams(self):
        for name, encode, words in (
                ("cut short", lambda body: gzip.compress(body)[:-9], "cut short"),
                ("without its checksum", lambda body: gzip.compress(body)[:-8], "cut short"),
                ("a wrong checksum", lambda body: gzip.compress(body)[:-8] + bytes(8), "damaged"),
                ("no gzip", lambda body: body, "damaged"),
                ("zlib's own format", zlib.compress, "damaged"),
                ("something behind", lambda body: gzip.compress(body) + b"x", "follows its end"),
                ("two members", lambda body: gzip.compress(body) + gzip.compress(b"x"),
                 "follows its end"),
                ("two members that would fit", lambda body: gzip.compress(body[:100])
                 + gzip.compress(body[100:]), "follows its end")):
            with self.subTest(name):
                self.expect_could_not(self.follow(encode), words)

    def test_bombs(self):
        bomb = gzip.compress(bytes(200 << 20), 1)
        self.assertLess(len(bomb), 1 << 20)
        for what in ("/tile/entries/", "/checkpoint", "/tile/0/"):
            with self.subTest(what):
                self.expect_could_not(self.follow(lambda body: bomb, what=what),
                                      "more than it should")


class Served(cityid_process.Case):
    def get(self, path, **headers):
        reply = WORLD["registry"].request(path, **headers)
        self.assertEqual(reply.status, 200, reply)
        return reply

    def test_full_bundles_are_compressed_for_those_who_take_that(self):
        path = "/ledger/tile/entries/000"
        plain = self.get(path)
        self.assertEqual(plain.body, LOG.file("tile/entries/000"))
        for accepted in ("gzip", "gzip, identity", "br, *;q=0.5"):
            packed = self.get(path, Accept_Encoding=accepted)
            self.assertEqual((packed["content-encoding"], packed["vary"]),
                             ("gzip", plain["vary"]), packed)
            self.assertIn("Accept-Encoding", plain["vary"])
            self.assertEqual(gzip.decompress(packed.body), plain.body)
            self.assertLess(len(packed.body), len(plain.body) * 3 / 4)
            self.assertIn("immutable", packed["cache-control"])
        for accepted in ("identity", "br", "gzip;q=0"):
            self.assertEqual(self.get(path, Accept_Encoding=accepted).body, plain.body)

    def test_other_files_are_not(self):
        for path in ("/ledger/tile/0/000", "/ledger/tile/entries/000.p/7", "/ledger/checkpoint"):
            with self.subTest(path):
                self.assertEqual(self.get(path, Accept_Encoding="gzip").body, self.get(path).body)

    def test_who_asks_for_too_many_gets_them_as_they_are(self):
        with cityid_process.resolver(WORLD.ledger, "--limit-loopback") as resolver:
            codings = set()
            for _ in range(1000):
                reply = resolver.request("/ledger/tile/entries/000", Accept_Encoding="gzip")
                self.assertEqual(reply.status, 200, reply)
                codings.add(reply["content-encoding"])
                if len(codings) == 2:
                    break
            self.assertEqual(codings, {"gzip", None})

    def test_a_replica_reads_them(self):
        replica = WORLD.replica().start()
        WORLD.wait_level("replica")
        replica.stop()
        consortium.verify(replica.ledger)


if __name__ == "__main__":
    cityid_process.main()
