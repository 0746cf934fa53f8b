#include "ledger/store/replica.h"

#include <gtest/gtest.h>

#include <fstream>

#include "tests/world/consortium.h"

namespace cityid {
namespace {

using testing::Consortium;
using testing::Id;
using testing::kNow;
using testing::ScratchDirectory;

class ReplicaTest : public ::testing::Test {
 protected:
  Result<Replica> Create() { return Replica::Create(dir(), consortium_.genesis(), kNow); }
  std::filesystem::path dir() const { return scratch_.path() / "ledger"; }
  Bytes City(const std::string& id) {
    return consortium_.AssignEntry(id, consortium_.Institutes(2));
  }

  ScratchDirectory scratch_;
  Consortium consortium_;
};

TEST_F(ReplicaTest, FindsWhatWasAppendedAfterReopening) {
  Head head;
  {
    auto replica = Create();
    ASSERT_TRUE(replica) << replica.error().detail;
    const auto outcome =
        replica->Append({City("MA.156.1301"), City("MA.156.1302")}, kNow, Refused::kLeftOut);
    ASSERT_TRUE(outcome);
    EXPECT_EQ((*outcome)[0].index, Index{2});
    EXPECT_EQ((*outcome)[1].index, Index{3});
    head = replica->Read()->head();
  }
  const auto replica = Replica::Open(dir(), Replica::Mode::kRead);
  ASSERT_TRUE(replica);
  const auto view = replica->Read();
  ASSERT_TRUE(view);
  EXPECT_EQ(view->head(), head);
  EXPECT_EQ(view->head().size, TreeSize{5});
  EXPECT_EQ(*RootOf(*view, head.size), head.root);
  EXPECT_TRUE(*FindIdentifier(*view, Id("MA.156.1302")));
  EXPECT_FALSE(*FindIdentifier(*view, Id("MA.156.1303")));
}

TEST_F(ReplicaTest, KeepsARefusedEntryInTheLogWithoutEffect) {
  auto replica = Create();
  ASSERT_TRUE(replica);
  const Bytes garbage = {1, 2, 3};
  const auto outcome = replica->Append({garbage, City("MA.156.1301")}, kNow, Refused::kKept);
  ASSERT_TRUE(outcome);
  EXPECT_TRUE((*outcome)[0].refused);
  EXPECT_EQ((*outcome)[0].index, Index{2});
  EXPECT_FALSE((*outcome)[1].refused);
  EXPECT_EQ((*outcome)[1].index, Index{3});
  EXPECT_EQ(replica->Read()->head().size, TreeSize{5});
}

TEST_F(ReplicaTest, LeavesARefusedEntryOutWhenSequencing) {
  auto replica = Create();
  ASSERT_TRUE(replica);
  const auto outcome =
      replica->Append({City("MA.156.1301"), City("MA.156.1301")}, kNow, Refused::kLeftOut);
  ASSERT_TRUE(outcome);
  EXPECT_FALSE((*outcome)[0].refused);
  ASSERT_TRUE((*outcome)[1].refused);
  EXPECT_FALSE((*outcome)[1].index);
  EXPECT_EQ((*outcome)[1].refused->detail.substr(0, 13), "assign-exists");
  EXPECT_EQ(replica->Read()->head().size, TreeSize{4});
}

TEST_F(ReplicaTest, IsFoundedWithAStateRoot) {
  const auto replica = Create();
  ASSERT_TRUE(replica);
  const auto view = replica->Read();
  EXPECT_EQ(view->head().size, TreeSize{2});
  EXPECT_EQ(view->head().rules_time, kNow);
  const auto root = ParseStateRoot(*view->Entry(Index{1}));
  ASSERT_TRUE(root);
  EXPECT_EQ(root->log, consortium_.log());
  EXPECT_EQ(root->root.root, view->head().map);
  EXPECT_EQ(root->root.size, 1u);
}

TEST_F(ReplicaTest, EndsEachBatchWithAStateRoot) {
  auto replica = Create();
  for (const auto& ids : {std::vector<std::string>{"MA.156.1301"},
                          std::vector<std::string>{"MA.156.1302", "MA.156.1303"}}) {
    std::vector<Bytes> entries;
    for (const std::string& id : ids) entries.push_back(City(id));
    const TreeSize before = replica->Read()->head().size;
    ASSERT_TRUE(replica->Append(entries, kNow, Refused::kLeftOut));
    const auto view = replica->Read();
    ASSERT_EQ(view->head().size.value, before.value + ids.size() + 1);
    const Index last{view->head().size.value - 1};
    const auto root = ParseStateRoot(*view->Entry(last));
    ASSERT_TRUE(root);
    EXPECT_EQ(root->root.root, view->head().map);
    EXPECT_EQ(root->root.size, last.value);
  }
}

TEST_F(ReplicaTest, WritesNothingForABatchThatIsRefusedAsAWhole) {
  auto replica = Create();
  ASSERT_TRUE(replica->Append({City("MA.156.1301")}, kNow, Refused::kLeftOut));
  const Head before = replica->Read()->head();
  ASSERT_TRUE(replica->Append({City("MA.156.1301")}, kNow, Refused::kLeftOut));
  EXPECT_EQ(replica->Read()->head(), before);
}

TEST_F(ReplicaTest, ConfirmsItsHeadWithoutANewLeaf) {
  auto replica = Create();
  const Head before = replica->Read()->head();
  ASSERT_TRUE(replica->Append({}, kNow + std::chrono::hours(1), Refused::kLeftOut));
  Head expected = before;
  expected.time = kNow + std::chrono::hours(1);
  EXPECT_EQ(replica->Read()->head(), expected);
}

TEST_F(ReplicaTest, NeverSetsItsTimeBack) {
  auto replica = Create();
  ASSERT_TRUE(replica->Append({}, kNow - std::chrono::hours(1), Refused::kLeftOut));
  EXPECT_EQ(replica->Read()->head().time, kNow);
  ASSERT_TRUE(replica->Append({}, kNow + std::chrono::hours(1), Refused::kLeftOut));
  EXPECT_EQ(replica->Read()->head().time, kNow + std::chrono::hours(1));
}

TEST_F(ReplicaTest, NeverSetsTheTimeOfTheRulesBack) {
  auto replica = Create();
  ASSERT_TRUE(
      replica->Append({City("MA.156.1301")}, kNow - std::chrono::hours(1), Refused::kLeftOut));
  EXPECT_EQ(replica->Read()->head().rules_time, kNow);
  ASSERT_TRUE(
      replica->Append({City("MA.156.1302")}, kNow + std::chrono::hours(1), Refused::kLeftOut));
  EXPECT_EQ(replica->Read()->head().rules_time, kNow + std::chrono::hours(1));
}

TEST_F(ReplicaTest, AViewKeepsItsHeadWhileOthersAppend) {
  auto replica = Create();
  const auto before = replica->Read();
  ASSERT_TRUE(replica->Append({City("MA.156.1301")}, kNow, Refused::kLeftOut));
  EXPECT_EQ(before->head().size, TreeSize{2});
  EXPECT_FALSE(*FindIdentifier(*before, Id("MA.156.1301")));
  EXPECT_TRUE(*FindIdentifier(*replica->Read(), Id("MA.156.1301")));
}

TEST_F(ReplicaTest, RefusesASecondWriter) {
  const auto replica = Create();
  ASSERT_TRUE(replica);
  const auto second = Replica::Open(dir(), Replica::Mode::kWrite);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, Errc::kBusy);
}

TEST_F(ReplicaTest, RefusesToCreateOverALedger) {
  { ASSERT_TRUE(Create()); }
  const auto again = Create();
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().code, Errc::kRefused);
}

TEST_F(ReplicaTest, LeavesNothingBehindWhenTheGenesisIsRefused) {
  consortium_.policy().quorum = 1;
  const auto entry = SignRecord(consortium_.GenesisRecord(), consortium_.GenesisKeys());
  EXPECT_FALSE(Replica::Create(dir(), *entry, kNow));
  EXPECT_FALSE(std::filesystem::exists(dir()));
}

TEST_F(ReplicaTest, AnEmptyOneHasNoEntriesAndTakesAGenesis) {
  auto replica = Replica::CreateEmpty(dir());
  ASSERT_TRUE(replica) << replica.error().detail;
  EXPECT_EQ(replica->Read()->head(), (Head{TreeSize{0}, EmptyRoot(), EmptyMap(), {}, {}}));
  ASSERT_TRUE(replica->Append({consortium_.genesis()}, kNow, Refused::kLeftOut));
  ScratchDirectory other;
  const auto founded = Replica::Create(other.path() / "ledger", consortium_.genesis(), kNow);
  EXPECT_EQ(replica->Read()->head(), founded->Read()->head());
}

TEST_F(ReplicaTest, AnErrorOfThePublisherLeavesTheLedgerAsItWas) {
  auto replica = Create();
  const Head before = replica->Read()->head();
  const auto outcome = replica->Append({City("MA.156.1301")}, kNow, Refused::kLeftOut,
                                       [](const LedgerView&, const Batch&) -> Result<Publication> {
                                         return Error{Errc::kRefused, "not today"};
                                       });
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().detail, "not today");
  EXPECT_EQ(replica->Read()->head(), before);
  EXPECT_FALSE(*FindIdentifier(*replica->Read(), Id("MA.156.1301")));
}

TEST_F(ReplicaTest, SaysWhatIsNoLedger) {
  std::filesystem::create_directories(dir());
  const auto empty = Replica::Open(dir(), Replica::Mode::kRead);
  ASSERT_FALSE(empty);
  EXPECT_EQ(empty.error().code, Errc::kFormat);
  std::ofstream(dir() / "data.mdb") << std::string(8192, 'x');
  EXPECT_FALSE(Replica::Open(dir(), Replica::Mode::kRead));
}

TEST_F(ReplicaTest, SaysThatAFileOfNoBytesIsALostLedger) {
  std::filesystem::create_directories(dir());
  std::ofstream(dir() / "data.mdb").flush();
  for (const auto mode : {Replica::Mode::kRead, Replica::Mode::kWrite}) {
    const auto opened = Replica::Open(dir(), mode);
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().code, Errc::kCorrupt);
    EXPECT_NE(opened.error().detail.find("data.mdb has 0 bytes"), std::string::npos);
    EXPECT_EQ(std::filesystem::file_size(dir() / "data.mdb"), 0u);
  }
}

TEST_F(ReplicaTest, KnowsTheOldestVersionThatIsRead) {
  auto replica = Create();
  EXPECT_EQ(replica->OldestRead(), replica->Version());
  {
    const auto view = replica->Read();
    const std::uint64_t before = replica->Version();
    ASSERT_TRUE(replica->Append({City("MA.156.1301")}, kNow, Refused::kLeftOut));
    const auto newer = replica->Read();
    EXPECT_EQ(replica->OldestRead(), before);
    EXPECT_GT(replica->Version(), before);
  }
  EXPECT_EQ(replica->OldestRead(), replica->Version());
}

TEST_F(ReplicaTest, SaysWhenItsAddressSpaceIsFullAndLosesNothing) {
  { ASSERT_TRUE(Create()); }
  auto replica = Replica::Open(dir(), Replica::Mode::kWrite, 256 * 1024);
  ASSERT_TRUE(replica);
  Head before = replica->Read()->head();
  bool full = false;
  for (int i = 0; i < 200 && !full; ++i) {
    const auto outcome =
        replica->Append({City("MA.156." + std::to_string(1000 + i))}, kNow, Refused::kLeftOut);
    full = !outcome;
    if (full) {
      EXPECT_EQ(outcome.error().code, Errc::kFull);
      EXPECT_NE(outcome.error().detail.find("a larger map-size"), std::string::npos);
    }
    if (!full) before = replica->Read()->head();
  }
  EXPECT_TRUE(full);
  EXPECT_EQ(replica->Read()->head(), before);
}

TEST_F(ReplicaTest, ScansIdentifiersByDepth) {
  auto replica = Create();
  ASSERT_TRUE(
      replica->Append({City("MA.156.1302"), City("MA.156.1301"),
                       consortium_.AssignEntry("MA.156.1301.02", consortium_.Institutes(2))},
                      kNow, Refused::kLeftOut));
  std::vector<std::string> ids;
  ASSERT_TRUE(replica->Read()->ScanIdentifiers([&](const CityId& id, const IdentifierState&) {
    ids.push_back(id.text());
    return true;
  }));
  EXPECT_EQ(ids, (std::vector<std::string>{"MA.156.1301", "MA.156.1302", "MA.156.1301.02"}));
}

}  // namespace
}  // namespace cityid
