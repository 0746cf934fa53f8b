#include "ledger/store/term_index.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <stop_token>

#include "ledger/store/compare.h"
#include "ledger/store/replica.h"
#include "ledger/store/tables.h"
#include "ledger/terms/folding.h"
#include "tests/world/consortium.h"

namespace cityid {
namespace {

using testing::Consortium;
using testing::kNow;

/// A ledger that is closed and opened again.
class TermIndexTest : public ::testing::Test {
 protected:
  TermIndexTest() {
    Replica replica = *Replica::Create(dir(), consortium_.genesis(), kNow);
    Append(replica, "MA.156.1301");
    Append(replica, "MA.156.1302");
    expected_ = Terms(replica);
  }
  void Append(Replica& replica, const std::string& id) {
    const auto appended = replica.Append({consortium_.AssignEntry(id, consortium_.Institutes(2))},
                                         kNow, Refused::kLeftOut, {});
    ASSERT_TRUE(appended) << appended.error().detail;
  }
  std::filesystem::path dir() const { return scratch_.path() / "ledger"; }

  static std::vector<Bytes> Terms(const Replica& replica) {
    std::vector<Bytes> keys;
    EXPECT_TRUE(replica.Read()->rows().Scan(Table::kTerms, {}, [&](ByteView key, ByteView) {
      keys.push_back(ToBytes(key));
      return true;
    }));
    return keys;
  }
  /// Leaves the directory as a program with another folding would: with rows of its own.
  void FoldOtherwise(ByteView stored) {
    auto db = Lmdb::Open(dir(), Lmdb::Mode::kWrite, kLedgerTables);
    ASSERT_TRUE(db);
    auto transaction = db->Write();
    ASSERT_TRUE(transaction);
    if (stored.empty()) {
      ASSERT_TRUE(transaction->Remove(Table::kMeta, kTermsKey));
    } else {
      ASSERT_TRUE(transaction->Put(Table::kMeta, kTermsKey, stored));
    }
    const Bytes other = TermKey("ncity ma 156 1301", testing::Id("MA.156.1301"));
    ASSERT_TRUE(transaction->Put(Table::kTerms, other, {}));
    ASSERT_TRUE(transaction->Remove(Table::kTerms, expected_.front()));
    ASSERT_TRUE(std::move(*transaction).Commit());
  }
  void AppendMany(Replica& replica, int count) {
    std::vector<Bytes> entries;
    for (int i = 0; i < count; ++i)
      entries.push_back(
          consortium_.AssignEntry("MA.156.N" + std::to_string(i), consortium_.Institutes(2)));
    const auto appended =
        replica.Append({entries.begin(), entries.end()}, kNow, Refused::kLeftOut, {});
    ASSERT_TRUE(appended) << appended.error().detail;
    expected_ = Terms(replica);
  }
  static std::uint64_t SizeOf(const Replica& replica) { return replica.Read()->head().size.value; }

  Consortium consortium_;
  testing::ScratchDirectory scratch_;
  std::vector<Bytes> expected_;
};

TEST_F(TermIndexTest, TermsOfThisFoldingAreKept) {
  Replica replica = *Replica::Open(dir(), Replica::Mode::kWrite);
  EXPECT_TRUE(*replica.Read()->HasTerms());
  bool made = false;
  ASSERT_TRUE(replica.IndexTerms([&](std::uint64_t, std::uint64_t) { made = true; }));
  EXPECT_FALSE(made);
}

TEST_F(TermIndexTest, TermsOfAnotherFoldingAreMadeAnew) {
  const std::uint64_t size = SizeOf(*Replica::Open(dir(), Replica::Mode::kRead));
  const Bytes others[] = {EncodeFields(StoredTerms{"1, Unicode 9.0.0", size}),
                          EncodeFields(StoredTerms{FoldingName(), size - 1}),
                          ToBytes(AsBytes("what a later version writes")),
                          {}};
  for (const Bytes& other : others) {
    FoldOtherwise(other);
    Replica replica = *Replica::Open(dir(), Replica::Mode::kWrite);
    EXPECT_FALSE(*replica.Read()->HasTerms());
    ASSERT_TRUE(replica.IndexTerms());
    EXPECT_TRUE(*replica.Read()->HasTerms());
    EXPECT_EQ(Terms(replica), expected_);
  }
}

TEST_F(TermIndexTest, ABatchDoesNotMakeTermsOfAnotherFoldingComplete) {
  const std::uint64_t size = SizeOf(*Replica::Open(dir(), Replica::Mode::kRead));
  FoldOtherwise(EncodeFields(StoredTerms{"1, Unicode 9.0.0", size}));
  Replica replica = *Replica::Open(dir(), Replica::Mode::kWrite);
  Append(replica, "MA.156.1303");
  EXPECT_FALSE(*replica.Read()->HasTerms());
  ASSERT_TRUE(replica.IndexTerms());
  EXPECT_TRUE(*replica.Read()->HasTerms());
  EXPECT_GT(Terms(replica).size(), expected_.size());
}

TEST_F(TermIndexTest, WhatWasStoppedGoesOnWithTheNextCallAlsoAfterABatch) {
  {
    Replica replica = *Replica::Open(dir(), Replica::Mode::kWrite);
    AppendMany(replica, 1100);
  }
  FoldOtherwise({});
  std::uint64_t stopped_at = 0;
  {
    Replica replica = *Replica::Open(dir(), Replica::Mode::kWrite);
    std::stop_source stop;
    const auto indexed = replica.IndexTerms(
        [&](std::uint64_t done, std::uint64_t) {
          stopped_at = done;
          stop.request_stop();
        },
        stop.get_token());
    ASSERT_FALSE(indexed);
    EXPECT_EQ(indexed.error().code, Errc::kStopped);
    EXPECT_GT(stopped_at, 0u);
    EXPECT_LT(stopped_at, 600u) << "a step is bounded";
  }
  Replica replica = *Replica::Open(dir(), Replica::Mode::kWrite);
  EXPECT_FALSE(*replica.Read()->HasTerms());
  Append(replica, "MA.156.1303");
  std::vector<std::uint64_t> steps;
  std::uint64_t all = 0;
  ASSERT_TRUE(replica.IndexTerms([&](std::uint64_t done, std::uint64_t total) {
    steps.push_back(done);
    all = total;
  }));
  EXPECT_GT(steps.front(), stopped_at) << "it goes on";
  EXPECT_EQ(steps.back(), all);
  EXPECT_TRUE(*replica.Read()->HasTerms());
  const std::vector<Bytes> terms = Terms(replica);
  EXPECT_TRUE(std::ranges::includes(terms, expected_));
  ASSERT_TRUE(replica.IndexTerms());
  EXPECT_EQ(Terms(replica), terms);
}

TEST_F(TermIndexTest, TermsOfAnotherFoldingAreNotCompared) {
  const std::uint64_t size = SizeOf(*Replica::Open(dir(), Replica::Mode::kRead));
  const auto original = scratch_.path() / "original";
  std::filesystem::copy(dir(), original);
  const Replica right = *Replica::Open(original, Replica::Mode::kRead);
  FoldOtherwise(EncodeFields(StoredTerms{FoldingName(), size}));
  {
    const Replica replica = *Replica::Open(dir(), Replica::Mode::kRead);
    EXPECT_FALSE(CompareTables(*replica.Read(), *right.Read()));
  }
  FoldOtherwise(EncodeFields(StoredTerms{"1, Unicode 9.0.0", size}));
  const Replica replica = *Replica::Open(dir(), Replica::Mode::kRead);
  EXPECT_TRUE(CompareTables(*replica.Read(), *right.Read()));
}

}  // namespace
}  // namespace cityid
