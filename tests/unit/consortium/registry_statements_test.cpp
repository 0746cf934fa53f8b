// Applications that are withdrawn or rejected.
#include "tests/unit/consortium/registry_fixture.h"

namespace cityid::testing {
namespace {

class StatementsTest : public RegistryTest {
 protected:
  void SetUp() override {
    RegistryTest::SetUp();
    ASSERT_EQ(Answer(record_, {NewKey("a")}), "waits");
  }
  std::string Say(const StatementBody& body, const NamedSigner& signer, sys_seconds now = kNow,
                  std::uint64_t client = 0) {
    const SecretKey key = KeyNamed(signer.second);
    const auto statement = SignStatement({consortium_.log(), body}, {{signer.first, &key}});
    EXPECT_TRUE(statement);
    const auto standing = registry_->TakeStatement(*statement, now, client);
    if (standing) return std::string(standing->state);
    if (standing.error().code == Errc::kBusy) return "busy";
    if (standing.error().code == Errc::kNotFound) return "unknown";
    return RuleOf(standing.error().detail);
  }
  const Record record_ = Application(kCity, "a");
  const DraftId id_ = Draft(record_).id();
};

TEST_F(StatementsTest, ItsMakerWithdrawsAndNobodyElse) {
  EXPECT_EQ(Say(Withdraw{id_}, Institute(1)), "signer-stranger");
  EXPECT_EQ(Say(Withdraw{id_}, NewKey("b")), "signer-stranger");
  EXPECT_EQ(Say(Withdraw{id_}, {Role::kHolder, "a"}), "signer-stranger");
  EXPECT_EQ(Say(Withdraw{id_}, NewKey("a")), "withdrawn");
  EXPECT_TRUE(All().empty());
  EXPECT_EQ(Answer(record_, {NewKey("a"), Institute(1), Institute(2)}), "inbox-refused");
}

TEST_F(StatementsTest, WhoApprovesLaterIsNoMaker) {
  ASSERT_EQ(Answer(record_, {Institute(1)}), "waits");
  EXPECT_EQ(Say(Withdraw{id_}, Institute(1)), "signer-stranger");
}

TEST_F(StatementsTest, AnyInstituteRejectsWithAReason) {
  EXPECT_EQ(Say(Reject{id_, "no"}, NewKey("a")), "signer-stranger");
  EXPECT_EQ(Say(Reject{id_, ""}, Institute(2)), "reject-reason");
  EXPECT_EQ(Say(Reject{id_, "no"}, Institute(2)), "rejected");
  Open();
  EXPECT_EQ(Answer(record_, {NewKey("a")}), "inbox-refused");
  const auto standing = registry_->StateOf(id_);
  ASSERT_TRUE(standing && *standing);
  EXPECT_EQ((*standing)->refused, "rejected by institute-2.example: no");
}

TEST_F(StatementsTest, OneAboutAnotherLogIsRefused) {
  const SecretKey key = KeyNamed("a");
  const auto statement =
      SignStatement({HashRecord(AsBytes("another")), Withdraw{id_}}, {{Role::kNewKey, &key}});
  EXPECT_EQ(RuleOf(registry_->TakeStatement(*statement, kNow).error().detail), "log");
}

TEST_F(StatementsTest, TheyAreForgottenWhenTheApplicationWouldHaveExpired) {
  limits_.refusals = 1;
  Open();
  ASSERT_EQ(Say(Reject{id_, "no"}, Institute(1)), "rejected");
  const Record other = Application("MA.156.1302", "b");
  ASSERT_EQ(Answer(other, {NewKey("b")}), "waits");
  const DraftId second = Draft(other).id();
  EXPECT_EQ(Say(Reject{second, "no"}, Institute(1)), "busy");
  EXPECT_EQ(Say(Withdraw{second}, NewKey("b")), "withdrawn") << "each kind has room of its own";
  EXPECT_EQ(Say(Withdraw{second}, NewKey("b")), "unknown");
  const auto later = kNow + std::chrono::days(2);
  Record third = Application("MA.156.1303", "c");
  third.not_after = Seconds(later + std::chrono::days(1));
  ASSERT_EQ(Answer(third, {NewKey("c")}), "waits");
  EXPECT_EQ(Say(Reject{Draft(third).id(), "no"}, Institute(1), later), "rejected");
  const auto first = registry_->StateOf(id_);
  ASSERT_TRUE(first);
  EXPECT_FALSE(*first) << "it was forgotten";
}

TEST_F(StatementsTest, RoomIsCountedAfterARestartToo) {
  limits_.refusals = 1;
  Open();
  ASSERT_EQ(Say(Withdraw{id_}, NewKey("a")), "withdrawn");
  Open();
  const Record other = Application("MA.156.1302", "b");
  ASSERT_EQ(Answer(other, {NewKey("b")}), "waits");
  EXPECT_EQ(Say(Withdraw{Draft(other).id()}, NewKey("b")), "busy");
  EXPECT_EQ(Say(Reject{Draft(other).id(), "no"}, Institute(1)), "rejected");
}

TEST_F(StatementsTest, OneClientWithdrawsOnlySoMany) {
  limits_.per_client = 2;
  Open();
  std::vector<std::string> answers;
  for (const std::string key : {"B", "C", "D"}) {
    const Record record = Application("MA.156.13" + key, key);
    ASSERT_EQ(Answer(record, {NewKey(key)}), "waits");
    answers.push_back(Say(Withdraw{Draft(record).id()}, NewKey(key), kNow, 7));
    if (answers.back() == "busy") {
      EXPECT_EQ(Say(Reject{Draft(record).id(), "no"}, Institute(1), kNow, 7), "rejected");
    }
  }
  EXPECT_EQ(answers, (std::vector<std::string>{"withdrawn", "withdrawn", "busy"}));
  Open();
  EXPECT_EQ(Say(Withdraw{id_}, NewKey("a"), kNow, 7), "busy") << "also after a restart";
  EXPECT_EQ(Say(Withdraw{id_}, NewKey("a"), kNow, 8), "withdrawn") << "another client";
}

}  // namespace
}  // namespace cityid::testing
