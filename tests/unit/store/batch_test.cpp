#include "ledger/store/batch.h"

#include <gtest/gtest.h>

#include "tests/world/published.h"

namespace cityid {
namespace {

using std::chrono::hours;
using std::chrono::seconds;
using std::chrono::sys_seconds;
using testing::Consortium;
using testing::Feed;
using testing::Id;
using testing::KeyNamed;
using testing::kNow;
using testing::NextPolicyOf;
using testing::RuleOf;
using testing::ScratchDirectory;

std::uint64_t Seconds(sys_seconds time) {
  return static_cast<std::uint64_t>(time.time_since_epoch().count());
}

class BatchTest : public ::testing::Test {
 protected:
  void SetUp() override {
    auto created = Replica::Create(scratch_.path() / "ledger", consortium_.genesis(), kNow);
    ASSERT_TRUE(created) << created.error().detail;
    replica_.emplace(*std::move(created));
    Reopen();
  }
  void Reopen() {
    auto view = replica_->Read();
    ASSERT_TRUE(view);
    view_.emplace(*std::move(view));
  }
  static Result<Sequenced> Add(Batch& batch, const Bytes& entry, Refused refused = Refused::kKept) {
    return batch.Add(entry, VerifyRecord(entry), refused);
  }
  Bytes City(const std::string& id) const {
    return consortium_.AssignEntry(id, consortium_.Institutes(2));
  }
  /// What the batch would end with.
  StateRoot RightRoot(Batch& batch) const {
    Batch copy(batch);
    EXPECT_TRUE(copy.Close(kNow));
    return ParseStateRoot(*copy.Entry(Index{copy.head().size.value - 1}))->root;
  }
  Bytes Root(const StateRoot& root) const { return WriteStateRoot(consortium_.log(), root); }
  /// What adding this state root to a batch of one city says.
  Result<Sequenced> AddRoot(const std::function<void(StateRoot&)>& change) {
    Batch batch(*view_);
    EXPECT_TRUE(Add(batch, City("MA.156.1301")));
    StateRoot root = RightRoot(batch);
    change(root);
    return Add(batch, Root(root));
  }
  static std::string RefusalOf(const Result<Sequenced>& outcome) {
    if (!outcome) return "error: " + outcome.error().detail;
    return outcome->refused ? RuleOf(outcome->refused->detail) : "applied";
  }

  ScratchDirectory scratch_;
  Consortium consortium_;
  std::optional<Replica> replica_;
  std::optional<LedgerView> view_;
};

TEST_F(BatchTest, EqualsTheSameEntriesOneByOne) {
  const std::vector<Bytes> entries = {City("MA.156.1301"), City("MA.156.1302"), City("MA.156.1301"),
                                      City("MA.156.1301.02")};
  Batch batch(*view_);
  MemoryState alone;
  ASSERT_EQ(Feed(alone, consortium_.genesis()), "applied");
  alone.AddEntry(*view_->Entry(Index{1}));
  for (const Bytes& entry : entries) {
    const auto outcome = Add(batch, entry);
    ASSERT_TRUE(outcome);
    EXPECT_EQ(outcome->index, Index{alone.size()});
    const std::string answer = Feed(alone, entry);
    EXPECT_EQ(RefusalOf(outcome), RuleOf(answer));
    if (answer != "applied") alone.AddEntry(entry);
  }
  for (const auto& [key, value] : alone.values()) {
    const auto found = batch.Get(key);
    ASSERT_TRUE(found && *found) << Hex(key);
    EXPECT_TRUE(Equal(**found, value)) << Hex(key);
  }
}

TEST_F(BatchTest, OnTopOfABatchEqualsOne) {
  const std::vector<Bytes> entries = {City("MA.156.1301"), City("MA.156.1302"),
                                      City("MA.156.1303")};
  Batch one(*view_);
  for (const Bytes& entry : entries) ASSERT_TRUE(Add(one, entry));
  ASSERT_TRUE(one.Close(kNow));
  ASSERT_TRUE(one.HashTree());
  Batch lower(*view_);
  ASSERT_TRUE(Add(lower, entries[0]));
  ASSERT_TRUE(lower.HashTree());
  Batch upper(lower);
  ASSERT_TRUE(Add(upper, entries[1]));
  ASSERT_TRUE(Add(upper, entries[2]));
  // The map of an open batch lags behind; whoever closes it brings all of it up to date.
  ASSERT_TRUE(upper.HashTree());
  EXPECT_EQ(upper.head().size.value + 1, one.head().size.value);
  for (std::uint64_t i = 0; i < upper.head().size.value; ++i)
    EXPECT_TRUE(Equal(*upper.Entry(Index{i}), *one.Entry(Index{i}))) << i;
}

TEST_F(BatchTest, LeavesTheLedgerBelowAsItIs) {
  const Head before = view_->head();
  Batch batch(*view_);
  ASSERT_TRUE(Add(batch, City("MA.156.1301")));
  ASSERT_TRUE(batch.Close(kNow + hours(1)));
  ASSERT_TRUE(batch.HashTree());
  EXPECT_TRUE(*FindIdentifier(batch, Id("MA.156.1301")));
  EXPECT_FALSE(*FindIdentifier(*view_, Id("MA.156.1301")));
  Reopen();
  EXPECT_EQ(view_->head(), before);
}

TEST_F(BatchTest, FollowsTheStateRootsOfASequencer) {
  ScratchDirectory scratch;
  auto other = Replica::Create(scratch.path() / "ledger", consortium_.genesis(), kNow);
  ASSERT_TRUE(other);
  ASSERT_TRUE(other->Append({City("MA.156.1301"), City("MA.156.1302")}, kNow + hours(1),
                            Refused::kLeftOut));
  ASSERT_TRUE(other->Append({City("MA.156.1303")}, kNow + hours(2), Refused::kLeftOut));
  const auto leader = other->Read();
  Batch batch(*view_);
  for (Index index{2}; index.value < leader->head().size.value; ++index.value) {
    const auto entry = leader->Entry(index);
    const auto outcome = batch.Add(*entry, VerifyRecord(*entry), Refused::kKept);
    ASSERT_TRUE(outcome) << outcome.error().detail;
    EXPECT_FALSE(outcome->refused);
  }
  EXPECT_TRUE(batch.closed());
  ASSERT_TRUE(batch.HashTree());
  Head head = batch.head();
  head.time = leader->head().time;
  EXPECT_EQ(head, leader->head());
}

TEST_F(BatchTest, ARightStateRootClosesIt) {
  const auto outcome = AddRoot([](StateRoot&) {});
  ASSERT_TRUE(outcome) << outcome.error().detail;
  EXPECT_FALSE(outcome->refused);
  EXPECT_EQ(outcome->index, Index{3});
}

TEST_F(BatchTest, AStateRootOfAnotherStateStops) {
  const auto outcome = AddRoot([](StateRoot& root) {
    Bytes bytes(root.root.data(), root.root.data() + MapHash::kSize);
    bytes.back() ^= 1;
    root.root = *MapHash::From(bytes);
  });
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().code, Errc::kWrongState);
  EXPECT_NE(outcome.error().detail.find("index 3"), std::string::npos) << outcome.error().detail;
}

TEST_F(BatchTest, AStateRootOfTheStateBeforeStops) {
  const auto outcome = AddRoot([&](StateRoot& root) { root.root = view_->head().map; });
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().code, Errc::kWrongState);
}

TEST_F(BatchTest, AStateRootOfAnotherSizeStops) {
  for (const std::uint64_t size :
       {std::uint64_t{0}, std::uint64_t{2}, std::uint64_t{4}, ~std::uint64_t{0}}) {
    const auto outcome = AddRoot([&](StateRoot& root) { root.size = size; });
    ASSERT_FALSE(outcome) << size;
    EXPECT_EQ(outcome.error().code, Errc::kWrongState) << size;
  }
}

TEST_F(BatchTest, AStateRootWhoseTimeGoesBackStops) {
  for (const std::uint64_t time :
       {Seconds(kNow) - 1, std::uint64_t{0}, std::uint64_t{1} << 63, ~std::uint64_t{0}}) {
    const auto outcome = AddRoot([&](StateRoot& root) { root.time = time; });
    ASSERT_FALSE(outcome) << time;
    EXPECT_EQ(outcome.error().code, Errc::kWrongState) << time;
  }
  EXPECT_TRUE(AddRoot([](StateRoot& root) { root.time = Seconds(kNow); }));
}

TEST_F(BatchTest, AStateRootOfAnotherLogIsARefusedEntry) {
  Batch batch(*view_);
  ASSERT_TRUE(Add(batch, City("MA.156.1301")));
  StateRoot root = RightRoot(batch);
  root.root = {};
  const auto outcome = Add(batch, WriteStateRoot(RecordHash{}, root));
  ASSERT_TRUE(outcome) << outcome.error().detail;
  EXPECT_TRUE(outcome->refused);
  EXPECT_EQ(outcome->index, Index{3});
  EXPECT_FALSE(batch.closed());
  EXPECT_TRUE(Add(batch, Root(RightRoot(batch))));
  EXPECT_TRUE(batch.closed());
}

TEST_F(BatchTest, ARefusedEntryStopsNobody) {
  Batch batch(*view_);
  for (const Bytes& entry : {Bytes{}, Bytes{1, 2, 3}, Bytes(kMaxRecord, 0xA0)}) {
    const auto outcome = Add(batch, entry);
    ASSERT_TRUE(outcome) << outcome.error().detail;
    EXPECT_TRUE(outcome->refused);
    EXPECT_TRUE(outcome->index);
  }
  const auto city = Add(batch, City("MA.156.1301"));
  ASSERT_TRUE(city);
  EXPECT_FALSE(city->refused);
  EXPECT_EQ(city->index, Index{5});
  ASSERT_TRUE(batch.Close(kNow));
  EXPECT_EQ(batch.head().size, TreeSize{7});
}

TEST_F(BatchTest, ARefusedEntryChangesNoState) {
  Batch batch(*view_);
  ASSERT_TRUE(Add(batch, {1, 2, 3}));
  ASSERT_TRUE(batch.Close(kNow));
  EXPECT_EQ(batch.head().map, view_->head().map);
}

TEST_F(BatchTest, TwoStateRootsInARowAreTakenIfBothAreRight) {
  Batch batch(*view_);
  const StateRoot first{view_->head().map, 2, Seconds(kNow)};
  const StateRoot second{view_->head().map, 3, Seconds(kNow + seconds(1))};
  ASSERT_TRUE(Add(batch, Root(first)));
  const auto outcome = Add(batch, Root(second));
  ASSERT_TRUE(outcome) << outcome.error().detail;
  EXPECT_FALSE(outcome->refused);
  EXPECT_EQ(batch.head().size, TreeSize{4});
  EXPECT_EQ(batch.head().rules_time, kNow + seconds(1));
  const auto again = Add(batch, Root(second));
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().code, Errc::kWrongState);
}

TEST_F(BatchTest, ASignedStateRootIsRefused) {
  Batch batch(*view_);
  ASSERT_TRUE(Add(batch, City("MA.156.1301")));
  const Record record{consortium_.log(), {}, {}, {}, {}, RightRoot(batch)};
  const Bytes entry = *SignRecord(record, consortium_.Institutes(2));
  ASSERT_TRUE(VerifyRecord(entry));
  const auto outcome = Add(batch, entry);
  ASSERT_TRUE(outcome) << outcome.error().detail;
  EXPECT_TRUE(outcome->refused);
  EXPECT_FALSE(batch.closed());
}

TEST_F(BatchTest, ASequencerTakesNoStateRootFromOutside) {
  Batch batch(*view_);
  ASSERT_TRUE(Add(batch, City("MA.156.1301"), Refused::kLeftOut));
  StateRoot root = RightRoot(batch);
  for (int wrong = 0; wrong < 2; ++wrong) {
    const auto outcome = Add(batch, Root(root), Refused::kLeftOut);
    ASSERT_TRUE(outcome) << outcome.error().detail;
    EXPECT_TRUE(outcome->refused);
    EXPECT_FALSE(outcome->index);
    root.root = {};
  }
  EXPECT_EQ(batch.head().size, TreeSize{3});
}

class UnknownRules : public BatchTest {
 protected:
  Bytes Policy(std::size_t institutes) {
    cityid::Policy policy = (*FindPolicy(*view_))->policy;
    ++policy.version;
    policy.rules = kNewestRules + 1;
    return *SignRecord(NextPolicyOf(*view_, policy), consortium_.Institutes(institutes));
  }
};

TEST_F(UnknownRules, StopAReplicaIfAQuorumSignedThem) {
  Batch batch(*view_);
  const auto outcome = Add(batch, Policy(2));
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().code, Errc::kUnsupported);
  EXPECT_EQ(RuleOf(outcome.error().detail), "policy-rules");
}

TEST_F(UnknownRules, AreARefusedEntryIfNoQuorumSignedThem) {
  for (const std::size_t institutes : {std::size_t{1}, std::size_t{3}}) {
    Batch batch(*view_);
    const auto outcome = Add(batch, Policy(institutes));
    ASSERT_TRUE(outcome) << institutes << ": " << outcome.error().detail;
    EXPECT_EQ(RefusalOf(outcome).substr(0, 7), "signer-") << institutes;
    EXPECT_EQ(outcome->index, Index{2});
  }
}

TEST_F(UnknownRules, AreARefusedEntryIfTheirPolicyIsNotTheNext) {
  cityid::Policy policy = (*FindPolicy(*view_))->policy;
  policy.version = 3;
  policy.rules = kNewestRules + 1;
  Batch batch(*view_);
  const auto outcome =
      Add(batch, *SignRecord(NextPolicyOf(*view_, policy), consortium_.Institutes(2)));
  ASSERT_TRUE(outcome) << outcome.error().detail;
  EXPECT_TRUE(outcome->refused);
}

TEST_F(UnknownRules, AreLeftOutBySequencers) {
  Batch batch(*view_);
  const auto outcome = Add(batch, Policy(2), Refused::kLeftOut);
  ASSERT_TRUE(outcome);
  EXPECT_EQ(RefusalOf(outcome), "policy-rules");
  EXPECT_FALSE(outcome->index);
  EXPECT_EQ(batch.head().size, TreeSize{2});
}

TEST_F(UnknownRules, LeaveAReplicaAtItsHead) {
  const Head before = view_->head();
  EXPECT_FALSE(replica_->Append({City("MA.156.1301"), Policy(2)}, kNow, Refused::kKept));
  Reopen();
  EXPECT_EQ(view_->head(), before);
}

class RulesTime : public BatchTest {
 protected:
  Bytes Until(const std::string& id, sys_seconds not_after) const {
    const SecretKey key = KeyNamed(id);
    Record record = consortium_.AssignRecord(id, {testing::RecordKey(key)});
    record.not_after = Seconds(not_after);
    auto signing = consortium_.Institutes(2);
    signing.push_back({Role::kNewKey, &key});
    return *SignRecord(record, signing);
  }
};

TEST_F(RulesTime, IsThatOfTheLastStateRootBeforeTheEntry) {
  Batch batch(*view_);
  EXPECT_EQ(RefusalOf(Add(batch, Until("MA.156.1301", kNow))), "applied");
  EXPECT_EQ(RefusalOf(Add(batch, Until("MA.156.1302", kNow - seconds(1)))), "not-after");
  ASSERT_TRUE(batch.Close(kNow + seconds(100)));
  EXPECT_EQ(batch.head().rules_time, kNow + seconds(100));
  EXPECT_EQ(RefusalOf(Add(batch, Until("MA.156.1303", kNow + seconds(99)))), "not-after");
  EXPECT_EQ(RefusalOf(Add(batch, Until("MA.156.1303", kNow + seconds(100)))), "applied");
}

TEST_F(RulesTime, IsWhatAReplicaReadsInTheLogWhateverItsClockSays) {
  Batch leader(*view_);
  ASSERT_TRUE(Add(leader, City("MA.156.1301")));
  ASSERT_TRUE(leader.Close(kNow + hours(1)));
  Batch follower(*view_);
  for (const Bytes& entry : {City("MA.156.1301"), Bytes(leader.Entry(Index{3})->begin(),
                                                        leader.Entry(Index{3})->end())}) {
    ASSERT_TRUE(Add(follower, entry));
  }
  EXPECT_EQ(follower.head().rules_time, kNow + hours(1));
}

TEST_F(RulesTime, NeverGoesBack) {
  Batch batch(*view_);
  ASSERT_TRUE(Add(batch, City("MA.156.1301")));
  ASSERT_TRUE(batch.Close(kNow - hours(1)));
  EXPECT_EQ(batch.head().rules_time, kNow);
  const auto root = ParseStateRoot(*batch.Entry(Index{3}));
  EXPECT_EQ(root->root.time, Seconds(kNow));
}

TEST_F(BatchTest, WithoutEntriesThereIsNothingToClose) {
  Batch batch(*view_);
  EXPECT_TRUE(batch.closed());
  ASSERT_TRUE(batch.Close(kNow + hours(1)));
  ASSERT_TRUE(batch.HashTree());
  EXPECT_EQ(batch.head(), view_->head());
}

TEST_F(BatchTest, WithoutAGenesisItCannotBeClosed) {
  const auto empty = Replica::CreateEmpty(scratch_.path() / "empty");
  ASSERT_TRUE(empty);
  const auto view = empty->Read();
  Batch batch(*view);
  EXPECT_EQ(RefusalOf(Add(batch, City("MA.156.1301"))), "log-unfounded");
  EXPECT_TRUE(Add(batch, Root({EmptyMap(), 1, 0}))->refused) << "nobody knows its log yet";
  EXPECT_FALSE(batch.Close(kNow));
}

}  // namespace
}  // namespace cityid
