#include "ledger/find/past.h"

#include <gtest/gtest.h>

#include "ledger/snapshot/snapshot.h"
#include "tests/world/published.h"

namespace cityid {
namespace {

using std::chrono::hours;
using std::chrono::seconds;
using std::chrono::sys_seconds;
using testing::ByAuthority;
using testing::ByHolder;
using testing::Consortium;
using testing::Id;
using testing::InNoChain;
using testing::InstitutesNamed;
using testing::KeyNamed;
using testing::kNow;
using testing::PublishedLedger;
using testing::ScratchDirectory;
using testing::SignNamed;

const std::string kCity = "MA.156.1301";

/// A city that was assigned in hour 1, renamed in hour 2, and suspended in hour 3.
class PastTest : public ::testing::Test {
 protected:
  PastTest() : ledger_(consortium_) {
    ledger_.Append({consortium_.AssignEntry(kCity, consortium_.Institutes(2))}, Hour(1));
    Rename("Renamed", Hour(2));
    ledger_.Append({SignNamed(ByAuthority(ledger_.Read(), kCity, Suspend{}), InstitutesNamed(2))},
                   Hour(3));
  }
  void Rename(const std::string& name, sys_seconds time) {
    Update update{*ReadHolding(ledger_.Read(), State(ledger_.Read()).value())};
    update.holding.metadata.names["en"] = name;
    ledger_.Append(
        {SignNamed(ByHolder(ledger_.Read(), kCity, update), {{Role::kHolder, kCity + " record"}})},
        time);
  }
  static sys_seconds Hour(int n) { return kNow + hours(n); }
  static std::optional<IdentifierState> State(const cityid::State& state) {
    return *FindIdentifier(state, Id(kCity));
  }
  std::optional<IdentifierState> StateAt(sys_seconds time) const {
    const LedgerView view = ledger_.Read();
    return State(PastState(view, time));
  }
  /// `when`: a time, or the last entry.
  std::string NameAt(auto when) const {
    const LedgerView view = ledger_.Read();
    const PastState past(view, when);
    return ReadHolding(past, State(past).value())->metadata.names.at("en");
  }
  std::vector<PastChange> History(std::size_t limit = 100) const {
    return *ReadHistory(ledger_.Read(), Id(kCity), Index{UINT64_MAX}, limit);
  }

  Consortium consortium_;
  mutable PublishedLedger ledger_;
};

TEST_F(PastTest, AnIdentifierIsWhatItWas) {
  EXPECT_FALSE(StateAt(Hour(1) - seconds(1)));
  EXPECT_EQ(NameAt(Hour(1)), "City " + kCity);
  EXPECT_EQ(NameAt(Hour(2) - seconds(1)), "City " + kCity);
  EXPECT_EQ(NameAt(Hour(2)), "Renamed");
  EXPECT_EQ(StateAt(Hour(2))->status, IdStatus::kActive);
  EXPECT_EQ(StateAt(Hour(3))->status, IdStatus::kSuspended);
  EXPECT_EQ(StateAt(Hour(99)), State(ledger_.Read()));
}

TEST_F(PastTest, HistoryNamesEveryEntryNewestFirst) {
  const auto changes = History();
  ASSERT_EQ(changes.size(), 3u);
  EXPECT_EQ(changes[0].time, Hour(3));
  EXPECT_EQ(changes[2].time, Hour(1));
  const LedgerView view = ledger_.Read();
  EXPECT_EQ(changes[0].index.value, State(view)->authority.index);
  EXPECT_EQ(changes[1].index.value, State(view)->holder.index);
  EXPECT_EQ(History(1).size(), 1u);
  EXPECT_EQ(ReadHistory(view, Id(kCity), changes[1].index, 9)->size(), 1u);
}

TEST_F(PastTest, OfEntriesOfOneSecondTheLastStandsForItAndEachIsFound) {
  ledger_.Append({SignNamed(ByAuthority(ledger_.Read(), kCity, Resume{}), InstitutesNamed(2))},
                 Hour(4));
  Rename("Once", Hour(5));
  Rename("Twice", Hour(5));
  EXPECT_EQ(NameAt(Hour(5)), "Twice");
  EXPECT_EQ(NameAt(Hour(5) - seconds(1)), "Renamed");
  const auto changes = History();
  EXPECT_EQ(NameAt(changes[0].index), "Twice");
  EXPECT_EQ(NameAt(changes[1].index), "Once");
  EXPECT_EQ(NameAt(changes[2].index), "Renamed");
  EXPECT_EQ(NameAt(changes.back().index), "City " + kCity);
}

TEST_F(PastTest, CodesThatWereTakenBackAreHistoryAndChangeNothing) {
  RevokeCodes revoke;
  revoke.key = KeyNamed(kCity + " code").public_key();
  revoke.serials = {{7, 7}};
  ledger_.Append({SignNamed(InNoChain(ledger_.Read(), kCity, revoke), InstitutesNamed(2))},
                 Hour(4));
  EXPECT_EQ(History().size(), 4u);
  EXPECT_EQ(StateAt(Hour(3)), StateAt(Hour(4)));
}

TEST_F(PastTest, AReplicaFromASnapshotKnowsThePastSinceThen) {
  EXPECT_FALSE(*KnownSince(ledger_.Read()));
  ScratchDirectory scratch;
  ASSERT_TRUE(WriteSnapshot(ledger_.Read(), scratch.path() / "snapshot"));
  ASSERT_TRUE(RestoreSnapshot(scratch.path() / "snapshot", scratch.path() / "restored",
                              {ledger_.trust()}, Hour(3)));
  auto replica = Replica::Open(scratch.path() / "restored", Replica::Mode::kWrite);
  ASSERT_TRUE(replica);
  EXPECT_EQ(*KnownSince(*replica->Read()), Hour(3));
  ASSERT_TRUE(replica->Append(
      {SignNamed(ByAuthority(*replica->Read(), kCity, Resume{}), InstitutesNamed(2))}, Hour(5),
      Refused::kLeftOut));
  const auto view = replica->Read();
  EXPECT_EQ(State(PastState(*view, Hour(4)))->status, IdStatus::kSuspended);
  EXPECT_EQ(State(PastState(*view, Hour(5)))->status, IdStatus::kActive);
  EXPECT_EQ(ReadHistory(*view, Id(kCity), Index{UINT64_MAX}, 9)->size(), 1u);
}

}  // namespace
}  // namespace cityid
