// The rules of the ledger: who assigns an identifier, which one, and with which keys.
#include <gtest/gtest.h>

#include "ledger/state/apply.h"
#include "tests/world/consortium.h"

namespace cityid {
namespace {

using testing::Consortium;
using testing::Feed;
using testing::Id;
using testing::KeyNamed;
using testing::kNow;

class AssignRule : public ::testing::Test {
 protected:
  void SetUp() override { ASSERT_EQ(Feed(state_, consortium_.genesis()), "applied"); }

  /// Signs with two institutes and the named new keys.
  std::string FeedSigned(const Record& record, std::vector<std::string> new_keys,
                         std::size_t institutes = 2) {
    std::vector<SecretKey> keys;
    for (const std::string& name : new_keys) keys.push_back(KeyNamed(name));
    auto signing = consortium_.Institutes(institutes);
    for (const SecretKey& key : keys) signing.push_back({Role::kNewKey, &key});
    return Feed(state_, *SignRecord(record, signing));
  }
  std::string FeedCity(const std::string& id) {
    return Feed(state_, consortium_.AssignEntry(id, consortium_.Institutes(2)));
  }

  Consortium consortium_;
  MemoryState state_;
};

TEST_F(AssignRule, AssignsACityWithTheQuorum) {
  EXPECT_EQ(FeedCity("MA.156.1301"), "applied");
  const auto found = FindIdentifier(state_, Id("MA.156.1301"));
  ASSERT_TRUE(found && *found);
  EXPECT_EQ((*found)->holder.index, 1u);
  const auto holding = ReadHolding(state_, **found);
  ASSERT_TRUE(holding);
  EXPECT_EQ(holding->metadata.names.at("en"), "City MA.156.1301");
}

TEST_F(AssignRule, RefusesFewerAndMoreThanTheQuorum) {
  for (const std::size_t count : {1, 3}) {
    const auto refused =
        Feed(state_, consortium_.AssignEntry("MA.156.1301", consortium_.Institutes(count)));
    EXPECT_EQ(refused.substr(0, 13), "signer-quorum") << count;
  }
}

TEST_F(AssignRule, RefusesAStrangerAmongTheInstitutes) {
  const SecretKey stranger = KeyNamed("stranger");
  auto signing = consortium_.Institutes(1);
  signing.push_back({Role::kInstitute, &stranger});
  EXPECT_EQ(Feed(state_, consortium_.AssignEntry("MA.156.1301", signing)).substr(0, 16),
            "signer-stranger:");
}

TEST_F(AssignRule, RefusesAnIdentifierThatExists) {
  EXPECT_EQ(FeedCity("MA.156.1301"), "applied");
  const SecretKey other = KeyNamed("other");
  EXPECT_EQ(
      FeedSigned(consortium_.AssignRecord("MA.156.1301", {testing::RecordKey(other)}), {"other"})
          .substr(0, 13),
      "assign-exists");
}

TEST_F(AssignRule, RefusesAnotherLogsRecord) {
  Record record = consortium_.AssignRecord("MA.156.1301", {testing::RecordKey(KeyNamed("a"))});
  record.log = RecordHash{};
  EXPECT_EQ(FeedSigned(record, {"a"}).substr(0, 9), "log-other");
}

TEST_F(AssignRule, RefusesARecordThatComesTooLate) {
  Record record = consortium_.AssignRecord("MA.156.1301", {testing::RecordKey(KeyNamed("a"))});
  const auto now = static_cast<std::uint64_t>(kNow.time_since_epoch().count());
  record.not_after = now - 1;
  EXPECT_EQ(FeedSigned(record, {"a"}).substr(0, 9), "not-after");
  record.not_after = now;
  EXPECT_EQ(FeedSigned(record, {"a"}), "applied");
}

TEST_F(AssignRule, RefusesANewKeyThatDidNotIntroduceItself) {
  const Record record =
      consortium_.AssignRecord("MA.156.1301", {testing::RecordKey(KeyNamed("a"))});
  EXPECT_EQ(FeedSigned(record, {}).substr(0, 14), "signer-new-key");
  EXPECT_EQ(FeedSigned(record, {"b"}).substr(0, 14), "signer-new-key");
  EXPECT_EQ(FeedSigned(record, {"a", "b"}).substr(0, 14), "signer-new-key");
}

TEST_F(AssignRule, RefusesAKeyThatIsUsedElsewhere) {
  EXPECT_EQ(FeedCity("MA.156.1301"), "applied");
  const SecretKey used = KeyNamed("MA.156.1301 record");
  EXPECT_EQ(FeedSigned(consortium_.AssignRecord("MA.156.1302", {testing::RecordKey(used)}),
                       {"MA.156.1301 record"})
                .substr(0, 8),
            "key-used");
  EXPECT_EQ(FeedSigned(consortium_.AssignRecord("MA.156.1302",
                                                {testing::RecordKey(consortium_.record_key(2))}),
                       {"institute-2.example"})
                .substr(0, 8),
            "key-used");
}

TEST_F(AssignRule, RefusesAnAliasThatSomebodyHas) {
  Record first = consortium_.AssignRecord("MA.156.1301", {testing::RecordKey(KeyNamed("a"))});
  std::get<Assign>(first.body).aliases = {{"gbt2260", "130100"}};
  EXPECT_EQ(FeedSigned(first, {"a"}), "applied");
  EXPECT_EQ(**FindAlias(state_, "gbt2260", "130100"), Id("MA.156.1301"));
  Record second = consortium_.AssignRecord("MA.156.1302", {testing::RecordKey(KeyNamed("b"))});
  std::get<Assign>(second.body).aliases = {{"gbt2260", "130100"}};
  EXPECT_EQ(FeedSigned(second, {"b"}).substr(0, 11), "alias-taken");
}

TEST_F(AssignRule, LetsACityAssignBelowItselfAndNobodyElse) {
  EXPECT_EQ(FeedCity("MA.156.1301"), "applied");
  EXPECT_EQ(FeedCity("MA.156.1302"), "applied");
  const SecretKey own = KeyNamed("MA.156.1301 record");
  const SecretKey other = KeyNamed("MA.156.1302 record");
  const SecretKey code = KeyNamed("MA.156.1301 code");
  for (const SecretKey* wrong : {&other, &code}) {
    EXPECT_EQ(Feed(state_, consortium_.AssignEntry("MA.156.1301.02", {{Role::kAncestor, wrong}}))
                  .substr(0, 16),
              "signer-stranger:");
  }
  EXPECT_EQ(Feed(state_, consortium_.AssignEntry("MA.156.1301.02", {{Role::kHolder, &own}}))
                .substr(0, 11),
            "signer-role");
  EXPECT_EQ(Feed(state_, consortium_.AssignEntry("MA.156.1301.02", {{Role::kAncestor, &own}})),
            "applied");
}

TEST_F(AssignRule, RefusesAChildOfAnIdentifierThatDoesNotExist) {
  EXPECT_EQ(FeedCity("MA.156.1301.02").substr(0, 14), "parent-unknown");
}

}  // namespace
}  // namespace cityid
