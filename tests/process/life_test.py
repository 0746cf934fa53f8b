"""The life of an identifier: updates, keys, suspension, succession, revocation; and who may decide."""
import json
import time

import cityid_process
import registry_cases
import signed_record
from cityid_process import HOST, SHIJIAZHUANG, cityid
from consortium import done
from registry_cases import OTHER, QUORUM, RegistryCase
from signed_code import Code


def setUpModule():
    registry_cases.set_up()


class Life(RegistryCase):
    def setUp(self):
        super().setUp()
        self.assigned()
        self.holder = [f"{SHIJIAZHUANG}.record"]
        self.code_key = f"{SHIJIAZHUANG}.code"

    def test_update_changes_the_content(self):
        endpoint = {"rel": "service-desc", "href": "https://data.city.example/api",
                    "access": "open", "conforms_to": ["https://uri.etsi.org/ngsi-ld/"]}
        content = self.content("Renamed", endpoints=[endpoint])
        self.done("update", SHIJIAZHUANG, "--content", content, keys=self.holder)
        answer = self.expect_verdict(200, "registered")
        self.assertEqual(answer["names"], {"en": "Renamed"})
        (found,) = answer["endpoints"]
        self.assertEqual({name: found[name] for name in ("rel", "href", "access", "conformsTo")},
                         {"rel": "service-desc", "href": "https://data.city.example/api",
                          "access": "open", "conformsTo": ["https://uri.etsi.org/ngsi-ld/"]})
        self.assertEqual(len(answer["keys"]), 2)

    def test_content_has_the_names_of_answers_or_those_of_the_record(self):
        def changed(metadata, own_codes_only, languages, conforms_to):
            endpoint = {"rel": "service-doc", "href": "https://city.example/", "access": "open",
                        languages: ["zh", "en"], conforms_to: ["https://uri.etsi.org/ngsi-ld/"]}
            content = {"metadata": {"names": {"en": metadata}, "level": "city",
                                    metadata: "Asia/Shanghai"},
                       own_codes_only: True, "endpoints": [endpoint]}
            return self.registry("update", SHIJIAZHUANG, "--content",
                                 self.consortium.file("content.json", content),
                                 "--key", self.key(self.holder[0]))

        for names in (("time_zone", "own_codes_only", "languages", "conforms_to"),
                      ("timeZone", "ownCodesOnly", "hreflang", "conformsTo")):
            self.expect_done(changed(*names))
            answer = self.expect_verdict(200, "registered")
            (endpoint,) = answer["endpoints"]
            self.assertEqual((answer["timeZone"], endpoint["hreflang"], endpoint["conformsTo"]),
                             ("Asia/Shanghai", ["zh", "en"], ["https://uri.etsi.org/ngsi-ld/"]))
            last = cityid("ledger", "log", "--ledger", self.consortium.ledger, "--id",
                          SHIJIAZHUANG, "--json").json_lines()[-1]["body"]["holding"]
            self.assertEqual((last["metadata"]["timeZone"], last["ownCodesOnly"],
                              last["endpoints"][0]["hreflang"], last["endpoints"][0]["conformsTo"]),
                             ("Asia/Shanghai", True, ["zh", "en"],
                              ["https://uri.etsi.org/ngsi-ld/"]))
        for name, content in (
                ("time_zone", {"timeZone": "Asia/Shanghai", "time_zone": "Asia/Shanghai"}),
                ("timezone", {"timezone": "Asia/Shanghai"})):
            file = self.consortium.file("content.json", {"metadata": {
                "names": {"en": "a"}, "level": "city", **content}})
            self.expect_refused(self.registry("update", SHIJIAZHUANG, "--content", file),
                                1, "content.json", "metadata", f"'{name}'")

    def test_a_retired_keys_codes_go_on_holding_and_a_compromised_ones_do_not(self):
        printed = self.code(self.code_key)
        self.done("update", SHIJIAZHUANG, "--add-code-key", self.key("code2"), "--retire",
                  self.key(self.code_key), keys=self.holder)
        later = Code(SHIJIAZHUANG, self.consortium.signing_key(self.code_key),
                     issued=int(time.time()) + 100).url(HOST)
        self.expect_scans({printed: "valid", later: "revoked", self.code("code2"): "valid"})
        self.done("update", SHIJIAZHUANG, "--compromised", self.consortium.public(self.code_key),
                  keys=self.holder)
        self.expect_scans({printed: "revoked", self.code("code2"): "valid"})

    def test_a_record_key_is_rotated(self):
        self.done("update", SHIJIAZHUANG, "--add-record-key", self.key("record2"), "--retire",
                  self.key(self.holder[0]), keys=self.holder)
        content = ("update", SHIJIAZHUANG, "--content", self.content("Two"))
        finished = self.registry(*content, keys=self.holder)
        self.expect_refused(finished, 2, "has no say")
        self.done(*content, keys=["record2"])

    def recover(self, *options):
        old = self.code(self.code_key)
        self.done("recover", SHIJIAZHUANG, "--record-key", self.key("record2"), "--code-key",
                  self.key("code2"), *options, keys=QUORUM)
        new = self.code("code2")
        self.expect_refused(self.registry("update", SHIJIAZHUANG, "--content", self.content("Mine"),
                                          keys=self.holder), 2, "has no say")
        self.done("update", SHIJIAZHUANG, "--content", self.content("Back"), keys=["record2"])
        return old, new

    def test_recover_after_theft_takes_the_old_codes_back(self):
        old, new = self.recover()
        self.expect_scans({old: "revoked", new: "valid"})

    def test_recover_after_loss_lets_the_old_codes_hold(self):
        old, new = self.recover("--lost")
        self.expect_scans({old: "valid", new: "valid"})

    def test_what_was_signed_before_a_recovery_does_not_follow_it(self):
        stolen = self.path("stolen")
        self.expect_done(self.registry("update", SHIJIAZHUANG, "--content", self.content("Thief"),
                                       "-o", stolen, keys=self.holder))
        self.recover()
        self.refused("previous-stale", "submit", stolen)

    def test_a_thief_who_updates_can_not_hold_up_a_suspension(self):
        suspension = self.path("suspension")
        self.expect_done(self.registry("suspend", SHIJIAZHUANG, "--reason", "theft", "-o",
                                       suspension, keys=QUORUM))
        for name in ("A", "B", "C"):
            self.done("update", SHIJIAZHUANG, "--content", self.content(name), keys=self.holder)
        self.done("submit", suspension)
        self.expect_verdict(403, "suspended")
        self.refused("status", "update", SHIJIAZHUANG, "--content", self.content("D"),
                     keys=self.holder)

    def test_suspend_and_resume(self):
        code = self.code(self.code_key)
        self.done("suspend", SHIJIAZHUANG, "--reason", "dispute", keys=QUORUM)
        self.expect_verdict(403, "suspended")
        self.expect_scans({code: "suspended"})
        self.refused("status", "suspend", SHIJIAZHUANG, keys=QUORUM)
        self.done("resume", SHIJIAZHUANG, keys=QUORUM)
        self.expect_verdict(200, "registered")
        self.expect_scans({code: "valid"})
        self.refused("status", "resume", SHIJIAZHUANG, keys=QUORUM)

    def test_the_holder_suspends_itself_and_does_not_resume(self):
        self.done("suspend", SHIJIAZHUANG, "--as-holder", keys=self.holder)
        self.expect_verdict(403, "suspended")
        self.expect_refused(self.registry("resume", SHIJIAZHUANG, keys=self.holder), 2,
                            "has no say")

    def test_a_suspended_ancestor_suspends_all_below_it(self):
        department = f"{SHIJIAZHUANG}.02"
        self.assigned(department, keys=self.holder)
        code = self.code(f"{department}.code", department)
        self.expect_scans({code: "valid"})
        self.done("suspend", SHIJIAZHUANG, keys=QUORUM)
        self.expect_scans({code: "suspended"})
        self.expect_verdict(403, "suspended", department)
        self.refused("parent-inactive", *self.application(f"{SHIJIAZHUANG}.03"), keys=QUORUM)

    def test_supersede_names_the_successor(self):
        code = self.code(self.code_key)
        self.refused("successor", "supersede", SHIJIAZHUANG, "--by", OTHER, keys=QUORUM)
        self.assigned(OTHER)
        self.refused("successor", "supersede", SHIJIAZHUANG, "--by", SHIJIAZHUANG, keys=QUORUM)
        self.done("supersede", SHIJIAZHUANG, "--by", OTHER, "--reason", "merged", keys=QUORUM)
        self.assertEqual(self.expect_verdict(410, "superseded")["successor"], OTHER)
        self.expect_scans({code: "superseded"})
        self.assertEqual(self.answer(OTHER)[1]["predecessors"], [SHIJIAZHUANG])
        self.refused("status", "resume", SHIJIAZHUANG, keys=QUORUM)

    def test_revoke_is_for_ever(self):
        code = self.code(self.code_key)
        self.done("revoke", SHIJIAZHUANG, "--reason", "dissolved", keys=QUORUM)
        self.expect_verdict(410, "withdrawn")
        self.expect_scans({code: "withdrawn"})
        self.refused("status", "resume", SHIJIAZHUANG, keys=QUORUM)
        self.refused("assign-exists", *self.application(tag="again"), keys=QUORUM)

    def test_a_revoked_parents_authority_moves_up(self):
        department = f"{SHIJIAZHUANG}.02"
        self.assigned(department, keys=self.holder)
        self.done("revoke", SHIJIAZHUANG, keys=QUORUM)
        self.expect_refused(self.registry("revoke", department, keys=self.holder), 2, "has no say")
        self.done("revoke", department, keys=QUORUM)

    def test_aliases(self):
        self.done("aliases", SHIJIAZHUANG, "--alias", "gbt2260=130100", "--alias",
                  "unlocode=CNSJW", keys=QUORUM)
        self.assertEqual(self.answer()[1]["aliases"], {"gbt2260": "130100", "unlocode": "CNSJW"})
        self.assigned(OTHER)
        taken = ("aliases", OTHER, "--alias", "gbt2260=130100")
        self.refused("alias-taken", *taken, keys=QUORUM)
        self.refused("alias-scheme", "aliases", OTHER, "--alias", "phone=1", keys=QUORUM)
        self.done("aliases", SHIJIAZHUANG, keys=QUORUM)
        self.assertEqual(self.answer()[1]["aliases"], {})
        self.done(*taken, keys=QUORUM)
        self.expect_refused(self.registry("aliases", OTHER, "--alias", "x", keys=QUORUM), 2,
                            "SCHEME=VALUE")

    def test_revoke_codes_by_serial_range_and_cut_off(self):
        codes = [self.code(self.code_key) for _ in range(8)]  # serials 1 to 8
        revoke = ("revoke-codes", SHIJIAZHUANG, "--code-key", self.key(self.code_key))
        self.done(*revoke, "--serials", "8,5-6", keys=self.holder)
        self.expect_scans({code: "revoked" if serial in (5, 6, 8) else "valid"
                           for serial, code in enumerate(codes, 1)})
        self.refused("revoke-nothing", *revoke, "--serials", "6", keys=self.holder)
        self.done(*revoke, "--serial-below", 3, keys=self.holder)
        self.expect_scans({code: "revoked" if serial in (1, 2, 5, 6, 8) else "valid"
                           for serial, code in enumerate(codes, 1)})
        key = self.consortium.signing_key(self.code_key)
        old, new = (Code(SHIJIAZHUANG, key, issued=issued).url(HOST) for issued in (86399, 86400))
        self.expect_scans({old: "valid", new: "valid"})
        self.done(*revoke, "--issued-before", "1970-01-02", keys=self.holder)
        self.expect_scans({old: "revoked", new: "valid", codes[3]: "valid"})

    def test_revocations_that_are_none(self):
        revoke = ("revoke-codes", SHIJIAZHUANG, "--code-key")
        of_code = (*revoke, self.key(self.code_key))
        self.refused("revoke-nothing", *of_code, keys=self.holder)
        self.refused("revoke-serials", *of_code, "--serials", "1-70000", keys=self.holder)
        self.refused("revoke-serials", *of_code, "--serials", "5-4", keys=self.holder)
        self.refused("revoke-serials", *of_code, "--serials", "1-5,3", keys=self.holder)
        self.refused("revoke-key", *revoke, self.key(self.holder[0]), "--serials", "1",
                     keys=self.holder)
        for serials in ("x", "1-", "-1", "1--2", "1,,2", "4294967296"):
            with self.subTest(serials=serials):
                finished = self.registry(*of_code, f"--serials={serials}", keys=self.holder)
                self.expect_refused(finished, 2, "--serials")
        for day in ("2026-13-01", "2026-02-30", "yesterday", "2026-1-1x", "1969-12-31"):
            with self.subTest(day=day):
                finished = self.registry(*of_code, "--issued-before", day, keys=self.holder)
                self.expect_refused(finished, 2, "is not a date")

    def test_the_log_of_an_identifier_tells_its_life(self):
        self.done("update", SHIJIAZHUANG, "--content", self.content("Two"), keys=self.holder)
        self.assigned(f"{SHIJIAZHUANG}.02", keys=self.holder)
        self.assigned(OTHER)
        self.done("suspend", SHIJIAZHUANG, "--reason", "dispute", keys=QUORUM)
        log = ("ledger", "log", "--ledger", self.consortium.ledger)
        of_one = cityid(*log, "--id", SHIJIAZHUANG.lower(), "--json").json_lines()
        self.assertEqual([(x["index"], x["type"], x["subject"]) for x in of_one],
                         [(2, "assign", SHIJIAZHUANG), (4, "update", SHIJIAZHUANG),
                          (6, "assign", f"{SHIJIAZHUANG}.02"), (10, "suspend", SHIJIAZHUANG)])
        self.assertTrue(all(x["accepted"] and x["log"] == self.log.hex() for x in of_one))
        self.assertEqual(of_one[3]["body"], {"reason": "dispute"})
        self.assertEqual(of_one[3]["previous"], signed_record.sha256(self.entry(2)).hex())
        self.assertEqual(of_one[1]["signers"], [
            {"role": "holder", "key": self.consortium.public(self.holder[0])}])
        self.assertEqual(len(cityid(*log, "--json").json_lines()), 12)
        self.expect_refused(cityid(*log, "--id", "nothing"), 2)

    def entry(self, index):
        return self.served.request(f"/ledger/entry/{index}").body

    def test_every_entry_is_what_another_implementation_reads(self):
        self.done("revoke-codes", SHIJIAZHUANG, "--code-key", self.key(self.code_key), "--serials",
                  "1", keys=self.holder)
        self.done("aliases", SHIJIAZHUANG, "--alias", "wikidata=Q58401", keys=QUORUM)
        entries = [self.entry(i) for i in range(8)]
        types = [signed_record.opened(entry)[0][1] for entry in entries[::2]]
        self.assertEqual(types, [signed_record.GENESIS, signed_record.ASSIGN,
                                 signed_record.REVOKE_CODES, signed_record.ALIASES])
        roots = [signed_record.state_root(entry) for entry in entries[1::2]]
        self.assertEqual([(log, size) for log, _, size, _ in roots],
                         [(self.log, 1), (self.log, 3), (self.log, 5), (self.log, 7)])
        self.assertEqual(len({root for _, root, _, _ in roots}), 4, "each record changed the state")
        root = signed_record.root([signed_record.leaf_hash(entry) for entry in entries])
        self.assertEqual(self.consortium.status()["root"], root.hex())
        self.assertEqual(self.served.request("/ledger/entry/8").status, 404)


class Delegation(RegistryCase):
    def delegate(self, *names, keys=QUORUM, threshold=1):
        words = [word for name in names for word in ("--registrar-key", self.key(name))]
        return self.done("delegate", "MA.156", "--title", "National registrar", "--threshold",
                         threshold, *words, keys=keys)

    def test_a_registrar_assigns_is_rotated_and_withdrawn(self):
        application = self.application()
        self.expect_refused(self.registry(*application, keys=["registrar"]), 2, "has no say")
        self.delegate("registrar")
        self.assigned(keys=["registrar"])
        self.delegate("registrar2", "registrar3", threshold=2)
        self.expect_refused(self.registry(*self.application(OTHER), keys=["registrar"]), 2,
                            "has no say")
        identifier = self.waits(*self.application(OTHER), keys=["registrar2"])
        self.assertEqual(self.listed()[identifier]["missing"],
                         {"who": "registrar of MA.156", "signatures": 1})
        self.done("approve", identifier, keys=["registrar3"])
        self.done("delegate", "MA.156", "--withdraw", keys=QUORUM)
        third = self.application("MA.156.1303")
        self.expect_refused(self.registry(*third, keys=["registrar2"]), 2, "has no say")
        self.done(*third, keys=QUORUM)
        for identifier in (SHIJIAZHUANG, OTHER, "MA.156.1303"):
            self.expect_verdict(200, "registered", identifier)

    def test_institutes_may_always_act(self):
        self.delegate("registrar")
        self.assigned()

    def test_a_city_assigns_below_itself_and_its_department_below_that(self):
        self.assigned()
        self.assigned(f"{SHIJIAZHUANG}.02", keys=[f"{SHIJIAZHUANG}.record"])
        self.assigned(f"{SHIJIAZHUANG}.02.7", keys=[f"{SHIJIAZHUANG}.02.record"])
        # The nearest one has the say, not the one above it.
        finished = self.registry(*self.application(f"{SHIJIAZHUANG}.02.8"),
                                 keys=[f"{SHIJIAZHUANG}.record"])
        self.expect_refused(finished, 2, "has no say")
        self.refused("parent-unknown", *self.application(f"{OTHER}.1"), keys=QUORUM)

    def test_delegations_that_the_rules_refuse(self):
        self.refused("registrar-keys", "delegate", "MA.156", "--withdraw", keys=QUORUM)
        self.refused("registrar-threshold", "delegate", "MA.156", "--registrar-key",
                     self.key("registrar"), "--threshold", 2, keys=QUORUM)
        self.refused("key-used", "delegate", "MA.156", "--registrar-key", self.key("institute1"),
                     keys=QUORUM)
        finished = self.registry("delegate", "MA..156", "--registrar-key", self.key("registrar"))
        self.expect_refused(finished, 2)

    def test_the_policy_changes_by_quorum_and_the_old_one_no_longer_suffices(self):
        policy = json.loads(done(self.registry("policy")).out)
        self.assertEqual((policy["version"], policy["quorum"]), (1, 2))
        policy |= {"version": 2, "quorum": 3}
        policy["institutes"].append(self.consortium.institute(4))
        change = ("policy", "--indispensable", "--file", self.consortium.file("next.json", policy))
        new = ["institute4", "witness4"]
        identifier = self.waits(*change, keys=["institute1"])
        self.assertEqual(self.listed()[identifier]["missing"]["signatures"], 1)
        self.assertEqual(len(self.listed()[identifier]["missing"]["new_keys"]), 2)
        self.waits("approve", identifier, keys=new)
        self.done("approve", identifier, keys=["institute3"])
        status = self.consortium.status()
        self.assertEqual((status["policy"], status["quorum"], len(status["institutes"])), (2, 3, 4))
        waiting = self.waits(*self.application(), keys=QUORUM)
        self.expect_verdict(404, "unknown-id")
        self.done("approve", waiting, keys=["institute4"])
        self.expect_verdict(200, "registered")

    def test_policies_that_the_rules_refuse(self):
        policy = json.loads(self.registry("policy").out)
        for rule, other in (("policy-version", {}), ("policy-version", {"version": 3}),
                            ("policy-quorum", {"version": 2, "quorum": 1}),
                            ("policy-quorum", {"version": 2, "quorum": 4}),
                            ("policy-hosts", {"version": 2, "hosts": ["no host"]})):
            with self.subTest(rule=rule, other=other):
                file = self.consortium.file("next.json", policy | other)
                self.refused(rule, "policy", "--indispensable", "--file", file, keys=QUORUM)


if __name__ == "__main__":
    cityid_process.main()
