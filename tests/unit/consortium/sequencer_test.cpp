#include "ledger/consortium/sequencer.h"

#include <gtest/gtest.h>

#include "ledger/sync/verify.h"
#include "tests/world/published.h"

namespace cityid {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using std::chrono::sys_seconds;
using testing::Consortium;
using testing::Id;
using testing::KeysNamed;
using testing::kNow;
using testing::PublishWith;
using testing::ScratchDirectory;
using testing::WitnessesNamed;

/// A ledger whose head has no checkpoint yet.
class SequencerTest : public ::testing::Test {
 protected:
  void SetUp() override {
    auto created = Replica::Create(scratch_.path() / "ledger", consortium_.genesis(), kNow);
    ASSERT_TRUE(created) << created.error().detail;
    replica_.emplace(*std::move(created));
  }
  void PublishAt(sys_seconds time) {
    const auto published = replica_->Append({}, time, Refused::kLeftOut,
                                            PublishWith({"log"}, WitnessesNamed(3), time));
    ASSERT_TRUE(published) << published.error().detail;
  }
  /// Publishes with witnesses whose clock shows `clock_`, whatever the registry's says.
  Sequencer::Publish ByTheQuorumsClock() {
    return [this](const LedgerView& before, const Batch& after, sys_seconds) {
      ++asked_;
      return PublishWith({"log"}, WitnessesNamed(quorum_), clock_)(before, after);
    };
  }
  Result<Sequenced> Sequence(Sequencer& sequencer, const std::string& id, sys_seconds now) {
    const Bytes entry = consortium_.AssignEntry(id, consortium_.Institutes(2));
    auto outcomes = sequencer.Sequence({SignedRecord{entry, *VerifyRecord(entry)}}, now);
    if (!outcomes) return outcomes.error();
    return outcomes->front();
  }
  Head HeadNow() const { return replica_->Read()->head(); }
  bool Has(const std::string& id) const {
    return FindIdentifier(*replica_->Read(), Id(id))->has_value();
  }
  void ExpectClean() {
    const auto view = replica_->Read();
    const auto verified =
        VerifyLedger(*view, scratch_.path() / ("scratch-" + std::to_string(++verified_)));
    EXPECT_TRUE(verified) << verified.error().detail;
  }
  /// It got no place and nobody refused it; log, time of the rules and batches are as before.
  void ExpectNotPlaced(const Result<Sequenced>& outcome, const Head& before) {
    ASSERT_FALSE(outcome);
    EXPECT_EQ(outcome.error().code, Errc::kBusy) << outcome.error().detail;
    const auto view = replica_->Read();
    EXPECT_EQ(view->head().size, before.size);
    EXPECT_EQ(view->head().root, before.root);
    EXPECT_EQ(view->head().rules_time, before.rules_time);
    EXPECT_TRUE(view->Pending()->empty());
  }
  static void ExpectPlaced(const Result<Sequenced>& outcome) {
    ASSERT_TRUE(outcome) << outcome.error().detail;
    EXPECT_FALSE(outcome->refused) << outcome->refused->detail;
    EXPECT_TRUE(outcome->index);
  }

  ScratchDirectory scratch_;
  Consortium consortium_;
  std::optional<Replica> replica_;
  sys_seconds clock_ = kNow;
  std::size_t quorum_ = 2;  ///< witnesses that answer
  int asked_ = 0;           ///< publications so far
  int verified_ = 0;
};

TEST_F(SequencerTest, WithoutPublishingItLeavesTheTimeOfACheckpointAlone) {
  PublishAt(kNow + minutes(1));
  const Head before = HeadNow();
  ASSERT_EQ(before.time, kNow + minutes(1));
  Sequencer sequencer(*replica_);
  for (const sys_seconds later : {kNow + hours(5), kNow + hours(6)}) {
    const auto confirmed = sequencer.Confirm(later);
    ASSERT_TRUE(confirmed) << confirmed.error().detail;
    EXPECT_EQ(HeadNow(), before);
  }
  ExpectClean();
}

TEST_F(SequencerTest, WithoutPublishingItConfirmsAHeadWithoutACheckpoint) {
  Head expected = HeadNow();
  Sequencer sequencer(*replica_);
  for (const sys_seconds later : {kNow + hours(5), kNow + hours(6)}) {
    ASSERT_TRUE(sequencer.Confirm(later));
    expected.time = later;
    EXPECT_EQ(HeadNow(), expected);
  }
  ExpectClean();
}

TEST_F(SequencerTest, WithoutPublishingItConfirmsAHeadBehindTheLastCheckpoint) {
  PublishAt(kNow);
  Sequencer sequencer(*replica_);
  const auto outcome = Sequence(sequencer, "MA.156.1301", kNow + hours(1));
  ASSERT_TRUE(outcome && outcome->index);
  EXPECT_EQ(HeadNow().time, kNow + hours(1));
  ASSERT_TRUE(sequencer.Confirm(kNow + hours(2)));
  EXPECT_EQ(HeadNow().time, kNow + hours(2));
  EXPECT_EQ(HeadNow().rules_time, kNow + hours(1));
  ExpectClean();
}

TEST_F(SequencerTest, PublishingConfirmsWithTheQuorumsTime) {
  PublishAt(kNow);
  clock_ = kNow + minutes(3);
  Sequencer sequencer(*replica_, ByTheQuorumsClock());
  ASSERT_TRUE(sequencer.Confirm(kNow + hours(5)));
  EXPECT_EQ(HeadNow().time, kNow + minutes(3));
  ExpectClean();
}

TEST_F(SequencerTest, AClockFarAheadOfTheQuorumsPlacesNothing) {
  PublishAt(kNow);
  const Head before = HeadNow();
  clock_ = kNow + minutes(1);
  Sequencer sequencer(*replica_, ByTheQuorumsClock());
  for (const sys_seconds wrong : {kNow + minutes(15), kNow + hours(2), kNow + hours(24 * 3650)}) {
    ExpectNotPlaced(Sequence(sequencer, "MA.156.1301", wrong), before);
    EXPECT_EQ(HeadNow().time, clock_) << "the quorum was asked, and confirmed the head";
  }
  EXPECT_FALSE(Has("MA.156.1301"));
  // When the clock is right again the record gets its place, with that time.
  clock_ = kNow + minutes(20);
  ExpectPlaced(Sequence(sequencer, "MA.156.1301", clock_));
  EXPECT_TRUE(Has("MA.156.1301"));
  EXPECT_EQ(HeadNow().rules_time, clock_);
  ExpectClean();
}

TEST_F(SequencerTest, AClockAMinuteAheadOfTheQuorumsIsTaken) {
  PublishAt(kNow);
  const Head before = HeadNow();
  clock_ = kNow + hours(1);
  Sequencer sequencer(*replica_, ByTheQuorumsClock());
  ExpectNotPlaced(Sequence(sequencer, "MA.156.1301", clock_ + seconds(61)), before);
  // Asked a moment ago, the quorum is not asked again before fifteen minutes: so a head of now.
  replica_.reset();
  std::filesystem::remove_all(scratch_.path() / "ledger");
  SetUp();
  PublishAt(kNow);
  Sequencer other(*replica_, ByTheQuorumsClock());
  ExpectPlaced(Sequence(other, "MA.156.1301", clock_ + seconds(60)));
}

TEST_F(SequencerTest, AtTheStartTheQuorumIsAskedForTheTimeWhenItsWordIsAMinuteOld) {
  PublishAt(kNow);
  for (const auto& [age, expected] : {std::pair(59, 1), std::pair(60, 2)}) {
    asked_ = 0;
    Sequencer sequencer(*replica_, ByTheQuorumsClock());
    clock_ = HeadNow().time + seconds(age);
    ExpectPlaced(Sequence(sequencer, "MA.156.13" + std::to_string(age), clock_));
    EXPECT_EQ(asked_, expected) << age;
  }
}

TEST_F(SequencerTest, TheQuorumIsAskedForTheTimeWhenTheClockHasJumped) {
  PublishAt(kNow);
  Sequencer sequencer(*replica_, ByTheQuorumsClock());
  clock_ = kNow;
  ExpectPlaced(Sequence(sequencer, "MA.156.1301", clock_));
  EXPECT_EQ(asked_, 1) << "only for the record";
  clock_ += seconds(58);
  ExpectPlaced(Sequence(sequencer, "MA.156.1302", clock_));
  EXPECT_EQ(asked_, 2) << "only for the record";
  clock_ += minutes(2);
  ExpectPlaced(Sequence(sequencer, "MA.156.1303", clock_));
  EXPECT_EQ(asked_, 4) << "for the time, and for the record";
  clock_ -= minutes(2);
  ExpectPlaced(Sequence(sequencer, "MA.156.1304", clock_));
  EXPECT_EQ(asked_, 6) << "for the time, and for the record";
}

TEST_F(SequencerTest, WithoutAQuorumForTheTimeItPlacesNothing) {
  PublishAt(kNow);
  const Head before = HeadNow();
  clock_ = kNow + hours(1);
  quorum_ = 1;
  Sequencer sequencer(*replica_, ByTheQuorumsClock());
  ExpectNotPlaced(Sequence(sequencer, "MA.156.1301", clock_), before);
  EXPECT_EQ(HeadNow(), before);
  quorum_ = 2;
  ExpectPlaced(Sequence(sequencer, "MA.156.1301", clock_));
}

TEST_F(SequencerTest, WithoutPublishingItHasNobodyToAskForTheTime) {
  PublishAt(kNow);
  Sequencer sequencer(*replica_);
  const auto outcome = Sequence(sequencer, "MA.156.1301", kNow + hours(24));
  ASSERT_TRUE(outcome);
  EXPECT_TRUE(outcome->index);
  EXPECT_EQ(HeadNow().rules_time, kNow + hours(24));
}

}  // namespace
}  // namespace cityid
