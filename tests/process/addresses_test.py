"""Addresses of peers: a witness, a registry and a mirror behind paths; what is refused at the start."""

import cityid_process
import consortium
from cityid_process import cityid, wait_until
from consortium import Consortium
from handmade_log import Web, below, mirror_of

WRONG = ("id.example.cn", "ftp://id.example.cn", "https://", "http://a:99999", "http://a?x=1",
         "http://me@a", "http://a/../b", "http://a b")


class Case(cityid_process.Case):
    def setUp(self):
        self.directory = self.enterContext(cityid_process.temporary_directory())
        self.consortium = self.enterContext(Consortium(self.directory / "consortium"))

    def proxy(self, port, prefix):
        """The address of a proxy with that server below a path, and nothing else."""
        web = self.enterContext(Web(below(prefix, mirror_of(consortium.url_of(port)))))
        return web.url + prefix


class BelowAPath(Case):
    def test_witnesses_and_the_log_that_they_read(self):
        log = self.proxy(self.consortium.port, "/ledgers/1")
        ports = self.consortium.witness_ports
        addresses = [self.proxy(ports[0], "/institute/a"),
                     self.proxy(ports[1], "/w") + "/", consortium.url_of(ports[2]) + "/"]
        self.consortium.registry(witnesses=addresses).launch()
        for number, address in enumerate((log, log + "/", log), 1):
            self.consortium.witness(number, log=address).launch()
        registry = self.consortium["registry"]
        for member in (registry, *self.consortium.witnesses()):
            member.wait_ready()
        wait_until(registry.note, "the first checkpoint")
        self.consortium.publish("MA.156.T1")

    def test_mirrors(self):
        registry = self.consortium.alone().start()
        self.consortium.publish("MA.156.T1")
        mirror = self.proxy(registry.port, "/mirrors/id.example.cn")
        for address in (mirror, mirror + "/"):
            with self.subTest(address):
                ledger = self.directory / f"once{address.endswith('/')}"
                self.expect_done(cityid("follow", "--once", "--from", address, "--ledger", ledger,
                                        "--trust", self.consortium.trust))
        self.consortium.replica("replica", mirror + "/").start()
        self.consortium.wait_level("replica")
        updated = self.directory / "trust"
        self.expect_done(cityid("trust", "update", self.consortium.trust, "--from", mirror + "/",
                                "-o", updated))

    def test_resolvers(self):
        registry = self.consortium.alone().start()
        self.consortium.publish("MA.156.T1")
        resolver = self.proxy(registry.port, "/resolvers/1")
        for address in (resolver, resolver + "/", registry.url + "/"):
            with self.subTest(address):
                proof = self.directory / "proof"
                self.expect_done(cityid("prove", "MA.156.T1", "--resolver", address, "-o", proof))
                self.expect_done(cityid("check", proof, "--trust", self.consortium.trust))
                self.expect_done(cityid("applications", "--registry", address))


class Refused(Case):
    """With status 2 and a reason, before anything is made or asked."""

    def test_mirrors(self):
        for address in WRONG:
            with self.subTest(address):
                ledger = self.directory / "new"
                trust = ("--ledger", ledger, "--trust", self.consortium.trust)
                for command in (("follow", "--from", address), ("serve", "--follow", address)):
                    self.expect_refused(cityid(*command, *trust), 2, address)
                self.assertFalse(ledger.exists())
                self.expect_refused(cityid("trust", "update", self.consortium.trust, "--from",
                                           address), 2, address)

    def test_witnesses(self):
        for address in WRONG:
            with self.subTest(address):
                registry = self.consortium.registry(witnesses=[address])
                self.expect_refused(cityid(*registry.arguments), 2, "witness", address)

    def test_the_log_of_a_witness(self):
        for address in WRONG:
            with self.subTest(address):
                witness = self.consortium.witness(1, log=address)
                self.expect_refused(cityid(*witness.arguments), 2, "log", address)
                self.assertFalse(witness.ledger.exists())

    def test_resolvers(self):
        for address in WRONG:
            with self.subTest(address):
                for command in (("scan", "no-such.png", "--resolver", address),
                                ("prove", "MA.156.T1", "-o", self.directory / "proof",
                                 "--resolver", address),
                                ("applications", "--registry", address)):
                    self.expect_refused(cityid(*command), 2, address)


if __name__ == "__main__":
    cityid_process.main()
