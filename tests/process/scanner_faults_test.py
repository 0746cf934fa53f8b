"""The scanner in a real browser when something happens at the wrong moment: a slow host, another tab,
a device that fails (tests/web/scanner_keys.mjs,
scanner_faults.mjs). Arguments: those of scanner_test.py.
"""
import sys
import urllib.parse

import cityid_process
import scanner_cases


def setUpModule():
    global FOUND
    FOUND = scanner_cases.set_up().told(scanner_cases.FAULTS)


def found(story):
    return FOUND[story]


class FaultCase(cityid_process.Case):
    def expect_doubt(self, shown, why):
        self.assertEqual((shown["verdict"], shown.get("why")), ("cant-tell", why), shown)


class ChosenKeys(FaultCase):
    def test_nothing_of_the_host_comes_instead_of_a_trust_file_that_was_chosen(self):
        for story, after in (("chosenFirst", "reopened"), ("unread", "after"),
                             ("chosenElsewhere", "reopened"), ("chosenMeanwhile", "after")):
            with self.subTest(story):
                self.assertEqual(found(story)[after], found(story)["chosen"])
                self.expect_doubt(found(story)["verdict"], "bad_proof")
        self.expect_doubt(found("chosenElsewhere")["otherVerdict"], "bad_proof")
        self.expect_doubt(found("chosenElsewhere")["offline"], "not_reached")

    def test_keys_that_cant_be_read_are_a_fault_of_this_device(self):
        self.expect_doubt(found("unread")["failed"], "failed")

    def test_without_room_a_trust_file_is_not_taken_and_the_page_says_so(self):
        self.assertIn("no room", found("noRoomForKeys")["said"])
        self.assertTrue(found("noRoomForKeys")["same"])
        self.assertEqual(found("noRoomForKeys")["verdict"]["verdict"], "forged")

    def test_the_same_keys_taken_again_leave_what_was_seen(self):
        for line in found("sameKeys")["packs"]:
            self.assertIn("ledger of", line)
        self.assertEqual(found("sameKeys")["older"]["verdict"], "suspended")

    def test_what_was_seen_counts_after_the_browser_has_cleared_it(self):
        self.assertEqual(found("cleared")["before"]["verdict"], "suspended")
        self.expect_doubt(found("cleared")["older"], "bad_proof")
        self.assertIn("keeps nothing", found("cleared")["says"])


class Failing(FaultCase):
    def test_a_checker_that_fails_is_no_verdict_and_not_the_hosts_fault(self):
        for name in ("about", "judge", "packs"):
            with self.subTest(name):
                self.expect_doubt(found("failing")[name], "failed")

    def test_a_photo_that_took_longer_replaces_no_later_answer(self):
        for name in ("valid", "nothing"):
            self.assertEqual(found("latePhoto")[name], ["forged", "forged", ""], name)

    def test_calls_that_were_answered_are_not_waited_for(self):
        self.assertLessEqual(found("waiting")["deadlines"], 2)

    def test_a_camera_that_fails_ends_the_search(self):
        fails = found("cameraFails")
        self.assertEqual((fails["scanned"]["verdict"], fails["verdict"]["verdict"]),
                         ("valid", "valid"))
        self.assertIn("Something went wrong", fails["said"])
        self.assertTrue(fails["hidden"])
        for name, said in fails["busy"].items():
            self.assertIn("another program may be using it", said, name)

    def test_a_page_that_stops_coming_is_taken_from_the_device(self):
        self.assertEqual((found("stalling")["verdict"]["verdict"], found("stalling")["whole"]),
                         ("valid", True))

    def test_a_tab_that_never_ends_its_turn_is_not_waited_for(self):
        self.expect_doubt(found("stuckTab")["verdict"], "failed")

    def test_policies_are_followed_once_for_all_codes_of_a_picture(self):
        self.assertEqual(found("followedOnce")["verdicts"], ["revoked", "valid", "valid"])
        self.assertEqual(found("followedOnce")["first"], 1)


class Places(FaultCase):
    def test_what_is_read_out_has_its_place_before_its_text(self):
        places = {place: (text, display) for place, text, display in found("places")["places"]}
        self.assertLessEqual({"newer", "says", "keeps", "packs-say"}, set(places))
        for place, (text, display) in places.items():
            self.assertEqual((text, display), ("", "block"), place)
        *_, (role_before, text_before), (role, text) = found("places")["changes"]
        self.assertEqual((role_before, text_before, role), ("status", "", "status"))
        self.assertIn("This server is asked instead", text)

    def test_a_browser_that_keeps_packs_but_not_the_page(self):
        for name in ("none", "refused", "incomplete"):
            self.assertIn("doesn't keep the page itself", found("pageNotKept")[name], name)
        self.assertEqual(found("pageNotKept")["kept"], "")


class Clocks(FaultCase):
    def test_what_was_fetched_in_the_future_is_fetched_anew(self):
        self.assertGreater(found("clockSetBack")["policies"], 0)

    def test_the_latest_time_of_the_quorum_counts_for_packs(self):
        self.assertLess(abs(found("clockBehind")["age"]), 86400)
        self.assertEqual(found("clockBehind")["offline"]["verdict"], "ledger-stale")


class Packs(FaultCase):
    def test_a_pack_that_was_removed_while_it_was_fetched_stays_away(self):
        self.expect_doubt(found("removedMeanwhile")["verdict"], "not_reached")
        self.assertEqual(found("removedMeanwhile")["packs"], 0)

    def test_a_question_waits_for_packs_that_are_opened_anew(self):
        self.assertEqual(found("reopening")["verdict"]["verdict"], "valid")


class Markup(FaultCase):
    def test_markup_in_a_record_and_in_what_is_pasted_is_text(self):
        markup = found("markup")
        self.assertIn(markup["mark"], markup["pasted"])
        self.assertGreaterEqual(markup["shown"].count(markup["mark"]), 19)
        mark = markup["mark"]
        self.assertEqual(markup["facts"], [mark, mark, mark + "3", mark],
                         "the first row of the code, each label and value isolated")
        self.assertEqual(markup["elements"], 0)
        self.assertLessEqual(set(markup["links"]), {"http:", "https:"})


class Everywhere(FaultCase):
    def test_nothing_is_asked_of_another_host(self):
        for name in scanner_cases.FAULTS:
            with self.subTest(name):
                hosts = {urllib.parse.urlsplit(asked["url"]).netloc
                         for asked in found(name)["requests"]}
                self.assertEqual(hosts, {"localhost"})


if __name__ == "__main__":
    scanner_cases.read_options()
    sys.exit(cityid_process.main())
