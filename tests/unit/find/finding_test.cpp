#include "ledger/find/finding.h"

#include <gtest/gtest.h>

#include "ledger/find/names.h"
#include "ledger/snapshot/snapshot.h"
#include "ledger/store/lmdb.h"
#include "ledger/terms/terms.h"
#include "tests/world/published.h"

namespace cityid {
namespace {

using testing::ByHolder;
using testing::Consortium;
using testing::Id;
using testing::InstitutesNamed;
using testing::kNow;
using testing::PublishedLedger;
using testing::ScratchDirectory;
using testing::SignNamed;
using testing::With;

std::vector<std::string> Texts(const std::vector<CityId>& ids) {
  std::vector<std::string> texts;
  for (const CityId& id : ids) texts.push_back(id.text());
  return texts;
}

/// Two cities of China and one of Cambodia, with units and devices below.
class FindingTest : public ::testing::Test {
 protected:
  FindingTest() : ledger_(consortium_) {
    for (const char* id : {"MA.116.G1", "MA.156.1301", "MA.156.13010", "MA.156.1302",
                           "MA.156.1301.01", "MA.156.1301.02", "MA.156.1301.02.A"})
      ledger_.Append({consortium_.AssignEntry(id, consortium_.Institutes(2))});
  }
  void Update(const std::string& id, const std::string& name, const std::string& rel = "_broker") {
    cityid::Update update{*ReadHolding(ledger_.Read(), **FindIdentifier(ledger_.Read(), Id(id)))};
    update.holding.metadata.names["en"] = name;
    Endpoint endpoint;
    endpoint.rel = rel;
    endpoint.href = "https://data.example/";
    endpoint.conforms_to = {"https://spec.example/" + rel};
    update.holding.endpoints = {endpoint};
    ledger_.Append(
        {SignNamed(ByHolder(ledger_.Read(), id, update), {{Role::kHolder, id + " record"}})});
  }
  /// All pages, as many on each.
  std::vector<std::string> Children(const std::string& parent, std::size_t limit = 100) {
    return Pages([&](const std::optional<CityId>& after) {
      return *FindBelow(ledger_.Read(), {*Prefix::Parse(parent), true}, after, limit);
    });
  }
  std::vector<std::string> AllBelow(const std::string& parent, std::size_t limit = 100) {
    return Pages([&](const std::optional<CityId>& after) {
      return *FindBelow(ledger_.Read(), {*Prefix::Parse(parent), false}, after, limit);
    });
  }
  std::vector<std::string> WithTerm(const std::string& term, const std::string& prefix,
                                    bool directly, std::size_t limit = 100) {
    return Pages([&](const std::optional<CityId>& after) {
      return *FindWithTerm(ledger_.Read(), term, {*Prefix::Parse(prefix), directly}, after, limit);
    });
  }
  std::vector<std::string> Named(const std::string& text) {
    return Texts(FindNames(ledger_.Read(), NameQuery(text), {}, 100)->ids);
  }
  template <class Find>
  static std::vector<std::string> Pages(Find find) {
    std::vector<std::string> all;
    std::optional<CityId> after;
    do {
      const IdPage page = find(after);
      for (const std::string& id : Texts(page.ids)) all.push_back(id);
      after = page.next;
    } while (after);
    return all;
  }

  Consortium consortium_;
  PublishedLedger ledger_;
};

using Ids = std::vector<std::string>;

TEST_F(FindingTest, ChildrenAreOneLevelBelow) {
  EXPECT_EQ(Children("MA.156"), (Ids{"MA.156.1301", "MA.156.13010", "MA.156.1302"}));
  EXPECT_EQ(Children("MA.156.1301"), (Ids{"MA.156.1301.01", "MA.156.1301.02"}));
  EXPECT_EQ(Children("MA.156.1302"), Ids());
  EXPECT_EQ(Children("MA.999"), Ids());
}

TEST_F(FindingTest, APageGoesOnWhereTheLastOneEnded) {
  for (std::size_t limit = 1; limit <= 3; ++limit)
    EXPECT_EQ(Children("MA.156", limit), Children("MA.156")) << limit;
}

TEST_F(FindingTest, WhatIsBelowAtAnyDepthComesLevelByLevel) {
  for (std::size_t limit = 1; limit <= 6; ++limit) {
    EXPECT_EQ(AllBelow("MA.156", limit),
              (Ids{"MA.156.1301", "MA.156.13010", "MA.156.1302", "MA.156.1301.01", "MA.156.1301.02",
                   "MA.156.1301.02.A"}));
    EXPECT_EQ(AllBelow("MA.156.1301.02", limit), Ids{"MA.156.1301.02.A"});
  }
  EXPECT_EQ(AllBelow("MA.156.1302"), Ids());
}

TEST_F(FindingTest, ATermIsFoundBelowAPrefixOrDirectlyBelow) {
  Update("MA.156.1302", "Tangshan");
  Update("MA.156.13010", "Other");
  Update("MA.156.1301.02.A", "Sensor");
  Update("MA.156.1301.01", "Other", "_market");
  for (std::size_t limit = 1; limit <= 3; ++limit) {
    EXPECT_EQ(WithTerm(RelationTerm("_broker"), "MA.156", false, limit),
              (Ids{"MA.156.1301.02.A", "MA.156.13010", "MA.156.1302"}));
    EXPECT_EQ(WithTerm(RelationTerm("_broker"), "MA.156", true, limit),
              (Ids{"MA.156.13010", "MA.156.1302"}));
    EXPECT_EQ(WithTerm(ConformsTerm("https://spec.example/_market"), "MA.156", false, limit),
              (Ids{"MA.156.1301.01"}));
  }
}

TEST_F(FindingTest, ANameIsFoundByTheBeginningOfAnyWord) {
  Update("MA.156.1302", "Greater Tangshan");
  EXPECT_EQ(Named("TANG"), (Ids{"MA.156.1302"}));
  EXPECT_EQ(Named("greater t"), (Ids{"MA.156.1302"}));
  EXPECT_EQ(Named("angshan"), Ids());
}

TEST_F(FindingTest, ANameThatWasChangedIsNotFoundAnyMore) {
  Update("MA.156.1302", "Tangshan");
  Update("MA.156.1302", "Fengrun");
  EXPECT_EQ(Named("tangshan"), Ids());
  EXPECT_EQ(Named("fengrun"), (Ids{"MA.156.1302"}));
}

TEST_F(FindingTest, ASnapshotsReplicaIsIndexedAfterwardsAndFindsTheSame) {
  Update("MA.156.1302", "Tangshan");
  ScratchDirectory scratch;
  ASSERT_TRUE(WriteSnapshot(ledger_.Read(), scratch.path() / "snapshot"));
  ASSERT_TRUE(RestoreSnapshot(scratch.path() / "snapshot", scratch.path() / "restored",
                              {ledger_.trust()}, kNow));
  auto replica = Replica::Open(scratch.path() / "restored", Replica::Mode::kWrite);
  ASSERT_TRUE(replica);
  EXPECT_FALSE(*replica->Read()->HasTerms());
  std::uint64_t done = 0;
  ASSERT_TRUE(replica->IndexTerms([&](std::uint64_t now, std::uint64_t total) {
    done = now;
    EXPECT_EQ(total, 7u);
  }));
  EXPECT_EQ(done, 7u);
  EXPECT_TRUE(*replica->Read()->HasTerms());
  const auto rows = [](const LedgerView& view) {
    std::vector<Bytes> keys;
    EXPECT_TRUE(view.rows().Scan(Table::kTerms, {}, [&](ByteView key, ByteView) {
      keys.emplace_back(key.begin(), key.end());
      return true;
    }));
    return keys;
  };
  EXPECT_EQ(rows(*replica->Read()), rows(ledger_.Read()));
  EXPECT_FALSE(rows(ledger_.Read()).empty());
}

}  // namespace
}  // namespace cityid
