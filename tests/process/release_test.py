"""A fork in which no tree can get a quorum: witnesses promise, leave by a release, and everybody goes
on. What would let two trees have a quorum is refused.
"""
import hashlib
import shutil

import cityid_process
import consortium
import signed_record
from cityid_process import cityid, unasked, wait_until
from consortium import Consortium, done, evidence_in
from handmade_log import SIGNATURE, line

QUORUM = 3


class Case(cityid_process.Case):
    """Four institutes, three of which are a quorum."""

    def setUp(self):
        self.directory = self.enterContext(cityid_process.temporary_directory())
        self.consortium = self.enterContext(
            Consortium(self.directory / "consortium", size=4, quorum=QUORUM))
        self.consortium.start()
        self.registry = self.consortium["registry"]
        self.witnesses = self.consortium.witnesses()
        self.consortium.publish("MA.156.BASE")
        self.base = self.registry.head()
        wait_until(lambda: all(self.at(witness, self.base[0]) for witness in self.witnesses),
                   "all witnesses at the base")
        self.release = self.directory / "release"

    def at(self, witness, size):
        return witness.ready_now()[1].startswith(f"ready at {size} ")

    def stop(self, *members):
        for member in members:
            if member.alive():
                member.stop()

    def start(self, *members):
        for member in members:
            if not member.alive():
                member.start()

    def config(self, witness):
        return self.directory / "consortium" / f"{witness.name}.toml"

    def offline(self, witness, *options):
        """Runs the command of a witness that is stopped."""
        return cityid("witness", "--config", self.config(witness), "--yes", *options)

    def sign(self, number, *options):
        return cityid("ledger", "release", self.release, "--ledger", self.registry.ledger, "--key",
                      self.consortium.key(f"institute{number}"), "--yes", *options)

    def promise(self, *witnesses):
        """Lets these witnesses promise: files of their promises."""
        files = []
        for witness in witnesses:
            self.stop(witness)
            file = self.directory / f"{witness.name}.promise"
            file.write_text(done(self.offline(witness, "--promise", self.release)).out)
            files.append(file)
        return files

    def leave(self, witness, *files):
        return self.offline(witness, *(word for file in (self.release, *files)
                                       for word in ("--release", file)))

    def by_hand(self, base, keep, *give_up, signers=QUORUM):
        """A release with the signatures of so many institutes; trees are (size, root)."""
        def tree(word, size_and_root):
            size, root = size_and_root
            return f"{word} {size} {consortium.base64.b64encode(root).decode()}\n"
        text = f"cityid-release 1\n{self.consortium.keys.origin}\n" + tree("base", base)
        text += tree("keep", keep) + "".join(tree("give-up", each) for each in give_up)
        lines = (line(f"institute{i}.example", SIGNATURE, signed_record.public(key),
                      key.sign(text.encode()).signature)
                 for i, key in enumerate(self.consortium.keys.institutes[:signers]))
        self.release.write_text(text + "\n" + "".join(lines))


class Fork(Case):
    """Two witnesses have cosigned A, the other two B: neither can have a quorum any more."""

    def unpublished(self, subject, *witnesses):
        status, answer = self.consortium.submit(self.consortium.assignment(subject))
        self.assertEqual((status, answer["state"]), (202, "unpublished"))
        wait_until(lambda: all(self.at(witness, answer["index"] + 2) for witness in witnesses),
                   f"the cosignatures of {subject}")

    def setUp(self):
        super().setUp()
        first, second, third, fourth = self.witnesses
        everybody = (self.registry, *self.witnesses)
        self.stop(*everybody)
        # The machine of the first witness, too, is put back for a while.
        ledgers = {member: member.ledger for member in (self.registry, first)}
        copies = {member: self.directory / f"copy of {member.name}" for member in ledgers}
        for member, ledger in ledgers.items():
            shutil.copytree(ledger, copies[member])
            shutil.copy(f"{ledger}.signed", f"{copies[member]}.signed")
        self.start(self.registry, first, second, third)
        self.wait_confirmed()
        self.stop(third)
        self.unpublished("MA.156.A", first, second)
        self.note_a = first.request(self.shown_by(first, "checkpoint")).text
        self.stop(self.registry, first, second)
        branch = self.directory / "branch"
        for name in ("", ".signed"):
            shutil.move(f"{first.ledger}{name}", f"{branch}{name}")
            shutil.move(f"{copies[first]}{name}", f"{first.ledger}{name}")
        shutil.rmtree(self.registry.ledger)
        shutil.copytree(copies[self.registry], self.registry.ledger)
        self.registry.ledger.with_name("registry.signed").unlink()
        self.start(first, third, fourth)
        self.registry = self.consortium.registry("--without", "institute1.example").start()
        self.wait_confirmed()
        self.stop(first)
        self.unpublished("MA.156.B", third, fourth)
        shutil.rmtree(first.ledger)
        for name in ("", ".signed"):
            shutil.move(f"{branch}{name}", f"{first.ledger}{name}")
        self.stop(self.registry)
        self.start(first, second)
        self.registry = self.consortium.registry().start()
        self.registry.wait_for("has another history of .* entries, signed by this log's key")

    def wait_confirmed(self):
        wait_until(lambda: self.registry.ready_now() == (200, "ready\n"),
                   f"the registry; {self.registry.err}")

    def shown_by(self, witness, what):
        return f"/{hashlib.sha256(self.consortium.keys.origin.encode()).hexdigest()}/{what}"

    def make_release(self, keep=True):
        """The institutes give A up and keep B, or give both up."""
        first, _, third, _ = self.witnesses
        other = "--keep" if keep else "--give-up"
        self.expect_done(self.sign(1, "--give-up", first.url, other, third.url))
        for number in (2, 3):
            self.expect_done(self.sign(number))

    def test_everybody_promises_two_leave_and_all_go_on(self):
        first, second, third, _ = self.witnesses
        self.make_release()
        promises = self.promise(*self.witnesses)
        self.assertIn("\ncosigned ", promises[0].read_text())
        self.assertIn("\nnever ", promises[2].read_text())
        # Before it leaves, it says already what it has promised, and keeps to it.
        self.start(first)
        request = f"old {self.base[0] + 2}\n\n{self.note_a}"
        self.assertIn("has promised never to cosign", first.post("/add-checkpoint", request.encode()).text)
        self.assertEqual(first.request(self.shown_by(first, "release")).text, promises[0].read_text())
        for witness in self.witnesses:
            self.stop(witness)
            self.expect_done(self.leave(witness, *promises))
        self.start(*self.witnesses)
        self.registry.restart()
        self.wait_confirmed()
        wait_until(lambda: self.registry.request("/MA.156.B").status == 200,
                   f"the kept tree; {self.registry.err}")
        self.consortium.publish("MA.156.A")
        head = self.registry.head()
        wait_until(lambda: all(self.at(witness, head[0]) for witness in self.witnesses),
                   f"all four at {head[0]}; {first.err}")
        for witness in self.witnesses:
            reply = witness.post("/add-checkpoint", f"old {self.base[0]}\n\n{self.note_a}".encode())
            self.assertEqual(reply.status, 422, reply)
            self.assertIn("has promised never to cosign", reply.text)
            self.assertIsNone(evidence_in(witness.ledger))
            shown = witness.request(self.shown_by(witness, "release")).text
            self.assertIn(self.release.read_text(), shown)
            for promise in promises:
                self.assertIn(promise.read_text(), shown)
        # Where it was, everything stays.
        aside = first.ledger.with_name("witness1.given-up-1")
        self.assertEqual(consortium.status_of(aside)["size"], self.base[0] + 2)
        self.registry.stop()
        consortium.verify(self.registry.ledger)

    def test_an_institute_sees_which_records_it_gives_up(self):
        first, _, third, _ = self.witnesses
        give_up = ("--give-up", first.url, "--keep", third.url)
        signing = ("ledger", "release", self.release, "--ledger", self.registry.ledger, "--key",
                   self.consortium.key("institute1"))
        self.expect_refused(unasked(*signing, *give_up), 2, "--json", "--yes")
        (shown,) = done(unasked(*signing, *give_up, "--json")).json_lines()
        (tree,) = shown["give_up"]
        self.assertEqual((shown["signs"], shown["base"]["size"], tree["size"], tree["root"]),
                         ("institute0.example", self.base[0], self.base[0] + 2,
                          self.note_a.splitlines()[2]))
        (record,) = tree["records"]
        self.assertEqual((record["record"], record["again"]),
                         ("assign MA.156.A: assigns a new identifier", True))
        self.assertFalse(self.release.exists())
        words = ("  assign MA.156.A: assigns a new identifier\n"
                 f"    application {record['id']}, which can be handed in again\n")
        self.assertIn(words, done(self.sign(1, *give_up)).err)
        self.assertIn(words, done(self.sign(2, "--from", first.url)).err)
        # The registry's batch that waits is the tree that is kept.
        self.assertIn("nothing here shows what is in it", done(self.sign(3)).err)

    def test_who_keeps_nothing_goes_on_from_a_replica_at_the_base(self):
        """docs/operations.md 12, line by line."""
        replica = self.consortium.replica(trust=True).start()
        wait_until(lambda: replica.head() == self.base, "a replica at the base")
        replica.stop()
        self.make_release(keep=False)
        promises = self.promise(*self.witnesses)
        for witness in self.witnesses:
            self.assertIn("goes back to the published", done(self.leave(witness, *promises)).err)
        self.start(*self.witnesses)
        self.registry.stop()
        self.registry = self.consortium.registry(ledger=replica.ledger).start()
        self.wait_confirmed()
        for subject in ("MA.156.B", "MA.156.A", "MA.156.NEXT"):
            self.consortium.publish(subject)
        head = self.registry.head()
        wait_until(lambda: all(self.at(witness, head[0]) for witness in self.witnesses),
                   f"all four at {head[0]}")
        for witness in self.witnesses:
            self.assertIsNone(evidence_in(witness.ledger))

    def test_a_witness_whose_journal_began_later_does_not_promise_that_it_never_cosigned(self):
        third = self.witnesses[2]
        self.make_release()
        self.stop(third)
        third.ledger.with_name("witness3.signed").unlink()
        self.consortium.witness(3, "--nothing-newer").start().stop()
        self.assertNotIn("\nnever ", self.promise(third)[0].read_text())

    def test_without_each_promise_that_the_rule_needs_it_is_refused(self):
        first = self.witnesses[0]
        self.make_release()
        promises = self.promise(*self.witnesses)
        for missing in (2, 3):
            some = [file for number, file in enumerate(promises) if number != missing]
            self.expect_refused(self.leave(first, *some), 1, "may get one",
                                f"no promise of: institute{missing}.example")
        self.expect_refused(self.leave(first), 1, "no promise of: institute1.example")
        # A promise that somebody has changed is none.
        forged = self.directory / "forged"
        forged.write_text(promises[1].read_text().replace("\ncosigned ", "\nnever "))
        self.expect_refused(self.leave(first, promises[2], promises[3], forged), 1,
                            "no witness of the policy has signed it")
        self.assertFalse(first.ledger.with_name("witness1.given-up-1").exists())
        self.start(first)
        self.assertTrue(self.at(first, self.base[0] + 2), "it stays where it was")
        # Whoever has cosigned the tree counts, with or without a promise.
        self.stop(first)
        self.expect_done(self.leave(first, *promises[2:]))

    def test_who_has_not_promised_itself_does_not_leave(self):
        first = self.witnesses[0]
        self.make_release()
        promises = self.promise(*self.witnesses[1:])
        self.stop(first)
        self.expect_refused(self.leave(first, *promises), 1, "has not promised yet")

    def test_without_the_signatures_of_a_quorum_of_institutes_it_is_refused(self):
        first, _, third, _ = self.witnesses
        self.expect_done(self.sign(1, "--give-up", first.url, "--keep", third.url))
        self.expect_done(self.sign(2))
        promises = self.promise(*self.witnesses)
        self.expect_refused(self.leave(first, *promises), 1, "2 of 3 institutes have signed it")
        self.expect_refused(cityid("ledger", "release", self.release, "--ledger",
                                   self.registry.ledger, "--key", self.consortium.key("stranger"),
                                   "--yes"), 1, "is no institute's record key")
        self.expect_done(self.sign(4))
        self.expect_done(self.leave(first, *promises))

    def test_what_was_interrupted_is_finished_by_the_same_command(self):
        first = self.witnesses[0]
        self.make_release()
        promises = self.promise(*self.witnesses)
        aside = first.ledger.with_name("witness1.given-up-1")
        fresh = first.ledger.with_name("witness1.released")
        journal = first.ledger.with_name("witness1.signed")
        tree = consortium.status_of(first.ledger)["size"]
        before = journal.read_bytes()
        # Between the two renames: what was replayed is there, and no directory.
        self.expect_refused(self.leave(first), 1, "no promise of")
        self.assertTrue(fresh.exists())
        first.ledger.rename(aside)
        self.expect_refused(self.leave(first), 1, "no promise of")
        self.assertEqual(consortium.status_of(first.ledger)["size"], tree)
        self.assertFalse(aside.exists())
        first.ledger.rename(aside)
        self.expect_done(self.leave(first, *promises))
        self.assertEqual(consortium.status_of(aside)["size"], tree)
        # Before the journal went back.
        journal.write_bytes(before)
        self.expect_done(self.leave(first, *promises))
        self.start(first)
        self.assertTrue(self.at(first, self.base[0]))

    def test_an_institute_promises_for_a_witness_that_is_gone_for_good(self):
        first = self.witnesses[0]
        self.make_release()
        self.stop(self.witnesses[3])
        promises = self.promise(*self.witnesses[:3])
        for words, refused in ((("cosigned",), True), (("never",), False)):
            made = done(self.sign(4, "--instead-of-witness", *words))
            file = self.directory / "instead"
            file.write_text(made.out)
            left = self.leave(first, *promises, file)
            if refused:
                self.expect_refused(left, 1, "had cosigned it: institute0.example, "
                                             "institute1.example, institute3.example")
            else:
                self.expect_done(left)


class NoFork(Case):
    def test_what_a_quorum_has_cosigned_is_not_given_up(self):
        witness = self.witnesses[0]
        self.consortium.publish("MA.156.NEXT")
        head = self.registry.head()
        wait_until(lambda: self.at(witness, head[0]), "it has cosigned that")
        self.by_hand(self.base, self.base, head)
        self.stop(*self.witnesses)
        for each in self.witnesses:
            self.expect_refused(self.offline(each, "--promise", self.release), 1,
                                "a quorum has cosigned the tree")
        self.expect_refused(self.sign(1), 1, "a quorum has cosigned the tree")
        self.start(*self.witnesses)
        self.registry.restart()
        self.consortium.publish("MA.156.LAST")

    def test_the_directory_of_a_registry_makes_no_promise(self):
        first = self.witnesses[0]
        self.by_hand(self.base, self.base, (self.base[0] + 2, bytes(32)))
        config = self.config(first)
        copy = self.directory / "copy"
        self.stop(self.registry)
        shutil.copytree(self.registry.ledger, copy)
        shutil.copy(f"{self.registry.ledger}.signed", f"{copy}.signed")
        self.start(self.registry)
        config.write_text(config.read_text().replace(f'"{first.ledger}"', f'"{copy}"'))
        self.expect_refused(self.offline(first, "--promise", self.release), 1,
                            "is a registry's journal")

    def test_who_stands_on_no_tree_that_is_given_up_goes_on_as_before(self):
        witness = self.witnesses[0]
        self.by_hand(self.base, self.base, (self.base[0] + 2, bytes(32)))
        promises = self.promise(*self.witnesses)
        self.start(*self.witnesses)
        self.registry.restart()
        self.consortium.publish("MA.156.NEXT")
        self.stop(witness)
        left = done(self.leave(witness, *promises))
        self.assertIn("stands on no tree that is given up", left.err)
        self.start(witness)
        self.consortium.publish("MA.156.LAST")
        head = self.registry.head()
        wait_until(lambda: self.at(witness, head[0]), "it goes on")


if __name__ == "__main__":
    cityid_process.main()
