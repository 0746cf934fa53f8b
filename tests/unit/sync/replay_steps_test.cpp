// Logs longer than one step of a replay, and state roots of other logs among their entries.
#include <gtest/gtest.h>

#include <stop_token>

#include "tests/unit/sync/replay_fixture.h"

namespace cityid {
namespace {

using std::chrono::hours;
using testing::EntriesOf;
using testing::Garbage;
using testing::Id;
using testing::kNow;
using testing::ListSource;
using testing::ReplayTest;

/// Logs that are longer than one step.
class LongLog : public ReplayTest {
 protected:
  void SetUp() override {
    ReplayTest::SetUp();
    for (int i = 0; i < 12; ++i) Bulk(500);
    ledger_.Append({City("MA.156.1304")}, kNow + hours(5));
    entries_ = EntriesOf(ledger_.Read());
  }
  ReplayTarget TargetOf(const ListSource& source) const {
    return {source.size(), source.root(), {}};
  }

  std::vector<Bytes> entries_;
};

TEST_F(LongLog, IsReplayedInSteps) {
  ListSource source(entries_);
  std::vector<TreeSize> sizes;
  const auto done =
      Replay(*replica_, source, TargetOf(source), {[&](TreeSize size) { sizes.push_back(size); }});
  ASSERT_TRUE(done) << done.error().detail;
  EXPECT_GT(sizes.size(), 1u);
  ExpectReplayed();
}

TEST_F(LongLog, IsLeftAfterAStepWhenToldToStopAndGoneOnWithLater) {
  ListSource source(entries_);
  std::stop_source stopping;
  const auto stopped = Replay(*replica_, source, TargetOf(source),
                              {[&](TreeSize) { stopping.request_stop(); }, stopping.get_token()});
  ASSERT_FALSE(stopped);
  EXPECT_EQ(stopped.error().code, Errc::kStopped);
  const TreeSize reached = replica_->Read()->head().size;
  EXPECT_GT(reached, TreeSize{0});
  EXPECT_LT(reached, source.size());
  ASSERT_TRUE(Replay(*replica_, source, TargetOf(source)));
  ExpectReplayed();
}

TEST_F(LongLog, AWrongStateRootStopsItAtTheLastGoodStep) {
  auto wrong = entries_;
  const auto right = *ParseStateRoot(wrong.back());
  wrong.back() = WriteStateRoot(right.log, {MapHash{}, right.root.size, right.root.time});
  ListSource source(wrong);
  const auto done = Replay(*replica_, source, TargetOf(source));
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, Errc::kWrongState);
  EXPECT_NE(done.error().detail.find("state root at index " + std::to_string(wrong.size() - 1)),
            std::string::npos)
      << done.error().detail;
  const auto view = replica_->Read();
  const TreeSize reached = view->head().size;
  EXPECT_GT(reached, TreeSize{4000});
  EXPECT_LT(reached, source.size());
  EXPECT_TRUE(ParseStateRoot(*view->Entry(Index{reached.value - 1})));
  EXPECT_EQ(view->head().root, *RootOf(ledger_.Read(), reached));
  // It goes on when the log is right.
  ListSource good(entries_);
  ASSERT_TRUE(Replay(*replica_, good, TargetOf(good)));
  ExpectReplayed();
}

TEST_F(LongLog, WithoutAStateRootAtItsEndIsNoHead) {
  auto open = entries_;
  open.pop_back();
  ListSource source(open);
  const auto done = Replay(*replica_, source, TargetOf(source));
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, Errc::kForged);
  EXPECT_LT(replica_->Read()->head().size, source.size());
}

TEST_F(LongLog, RulesThatTheProgramLacksStopIt) {
  Policy policy = (*FindPolicy(ledger_.Read()))->policy;
  ++policy.version;
  policy.rules = kNewestRules + 1;
  auto entries = entries_;
  entries.push_back(
      *SignRecord(testing::NextPolicyOf(ledger_.Read(), policy), consortium_.Institutes(2)));
  entries.push_back(entries_.back());
  ListSource source(entries);
  const auto done = Replay(*replica_, source, TargetOf(source));
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, Errc::kUnsupported);
  EXPECT_NE(done.error().detail.find("policy-rules"), std::string::npos) << done.error().detail;
}

/// A history with state roots of another log in it, which anybody could have put there.
class ForeignStateRoots : public ReplayTest {
 protected:
  static constexpr const char* kLater = "MA.156.1304";

  /// An entry that the rules refuse, with a state root of this log behind it.
  void Put(const Bytes& entry) {
    const auto outcome = ledger_.replica().Append({entry}, kNow, Refused::kKept);
    ASSERT_TRUE(outcome) << outcome.error().detail;
    EXPECT_TRUE((*outcome)[0].refused);
  }
  /// What a state root of this log would say here, but for its log.
  StateRoot Right() const {
    const Head head = ledger_.Read().head();
    return {head.map, head.size.value,
            static_cast<std::uint64_t>(head.rules_time.time_since_epoch().count())};
  }
  RecordHash Other() const { return HashRecord(City("MA.156.9999")); }

  int made_ = 0;  ///< replicas
};

TEST_F(ForeignStateRoots, AreEntriesLikeOthersThatStopNobody) {
  const StateRoot right = Right();
  Put(WriteStateRoot(Other(), right));
  Put(WriteStateRoot(RecordHash{}, {MapHash{}, 0, 0}));
  Put(WriteStateRoot(Other(), {right.root, right.size, std::uint64_t{1} << 40}));
  const auto rules_time = ledger_.Read().head().rules_time;
  ledger_.Append({City(kLater)}, kNow + hours(4));
  EXPECT_EQ(ledger_.Read().head().rules_time, rules_time + hours(1));
  const LedgerView view = ledger_.Read();
  LedgerSource source(view);
  const auto done = Replay(*replica_, source, TargetOf(view));
  ASSERT_TRUE(done) << done.error().detail;
  ExpectReplayed();
  EXPECT_TRUE(*FindIdentifier(*replica_->Read(), Id(kLater)));
}

TEST_F(ForeignStateRoots, EndNoStepOfALongReplay) {
  const Bytes foreign = WriteStateRoot(Other(), Right());
  std::size_t batches = 0;
  for (; batches < 4; ++batches) {
    auto entries = Garbage(700);
    entries.insert(entries.begin() + 350, foreign);
    entries.push_back(foreign);
    ASSERT_TRUE(ledger_.replica().Append(entries, kNow, Refused::kKept));
  }
  ledger_.Append({});
  const LedgerView view = ledger_.Read();
  LedgerSource source(view);
  std::size_t steps = 0;
  const auto done = Replay(*replica_, source, TargetOf(view), {[&](TreeSize size) {
    ++steps;
    EXPECT_EQ(ParseStateRoot(*view.Entry(Index{size.value - 1}))->log, consortium_.log());
  }});
  ASSERT_TRUE(done) << done.error().detail;
  EXPECT_GT(steps, 1U);
  ExpectReplayed();
}

TEST_F(ForeignStateRoots, EndNoCheckpoint) {
  auto entries = EntriesOf(ledger_.Read());
  entries.push_back(City(kLater));
  entries.push_back(WriteStateRoot(Other(), Right()));
  ListSource source(entries);
  const auto done = Replay(*replica_, source, {source.size(), source.root(), {}});
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, Errc::kForged);
  EXPECT_EQ(replica_->Read()->head().size, TreeSize{0});
}

TEST_F(ForeignStateRoots, OfThisLogMustBeRightWhereverTheyStand) {
  const auto entries = EntriesOf(ledger_.Read());
  const ClaimedStateRoot last = *ParseStateRoot(entries.back());
  StateRoot other_map = last.root;
  other_map.root = MapHash{};
  StateRoot other_size = last.root;
  ++other_size.size;
  StateRoot back = last.root;
  back.time = static_cast<std::uint64_t>((kNow + hours(3)).time_since_epoch().count()) - 1;
  StateRoot beyond = last.root;
  beyond.time = std::uint64_t{1} << 63;
  for (const StateRoot& wrong : {other_map, other_size, back, beyond}) {
    for (const bool at_the_end : {true, false}) {
      auto changed = entries;
      changed.back() = WriteStateRoot(last.log, wrong);
      if (!at_the_end) {
        changed.push_back({1});
        changed.push_back(
            WriteStateRoot(last.log, {last.root.root, last.root.size + 2, last.root.time + 1}));
      }
      ListSource source(changed);
      const auto fresh = Empty("wrong-" + std::to_string(++made_));
      const auto done = Replay(*fresh, source, {source.size(), source.root(), {}});
      ASSERT_FALSE(done);
      EXPECT_EQ(done.error().code, Errc::kWrongState);
      EXPECT_TRUE(done.error().detail.starts_with("state root at index " +
                                                  std::to_string(entries.size() - 1) + ": "))
          << done.error().detail;
      EXPECT_EQ(fresh->Read()->head().size, TreeSize{0});
    }
  }
}

}  // namespace
}  // namespace cityid
