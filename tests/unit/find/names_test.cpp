#include "ledger/find/names.h"

#include <gtest/gtest.h>

#include "ledger/terms/terms.h"
#include "tests/world/published.h"

namespace cityid {
namespace {

using testing::Consortium;
using testing::kNow;
using testing::PublishedLedger;

using Ids = std::vector<std::string>;

/// A ledger whose names each test makes up.
class NamesTest : public ::testing::Test {
 protected:
  NamesTest() : ledger_(consortium_) {}

  void Add(const std::string& id, const TextMap& names,
           std::optional<std::uint64_t> population = {}) {
    const SecretKey key = testing::KeyNamed(id);
    Record record = consortium_.AssignRecord(id, {testing::RecordKey(key)});
    Metadata& metadata = std::get<Assign>(record.body).holding.metadata;
    metadata.names = names;
    metadata.population = population;
    std::vector<SigningKey> signers = consortium_.Institutes(2);
    signers.push_back({Role::kNewKey, &key});
    ledger_.Append({*SignRecord(record, signers)});
  }

  /// All pages of `limit` identifiers.
  Ids Find(const std::string& typed, std::size_t limit = 100) {
    Ids ids;
    std::optional<Bytes> from;
    do {
      const auto page = FindNames(ledger_.Read(), NameQuery(typed), from, limit);
      EXPECT_TRUE(page) << typed;
      if (!page) return ids;
      EXPECT_LE(page->ids.size(), limit);
      for (const CityId& id : page->ids) ids.push_back(id.text());
      from = page->next;
    } while (from);
    return ids;
  }

  Consortium consortium_;
  PublishedLedger ledger_;
};

TEST_F(NamesTest, ApostrophesJoinAndSplit) {
  Add("MA.156.6101", {{"en", "Xi'an"}});
  Add("MA.148.G1", {{"fr", "N’Djamena"}});
  for (const char* typed : {"xian", "xi an", "Xi'an", "XI’AN", "xi-an", "an"})
    EXPECT_EQ(Find(typed), (Ids{"MA.156.6101"})) << typed;
  for (const char* typed : {"ndjamena", "n'djamena", "N djamena", "djamena", "Nʼdjam"})
    EXPECT_EQ(Find(typed), (Ids{"MA.148.G1"})) << typed;
}

TEST_F(NamesTest, AChineseNameIsFoundInEveryWayInWhichItIsTyped) {
  Add("MA.156.2201", {{"zh", "长春市"}});
  for (const char* typed : {"长春", "長春", "春市", "changchun", "chang chun", "Chángchūn Shì",
                            "zhangchun", "changchunshi", "CHANG"})
    EXPECT_EQ(Find(typed), (Ids{"MA.156.2201"})) << typed;
  EXPECT_EQ(Find("chun"), Ids());
}

TEST_F(NamesTest, WordsAreFoundInAnyOrder) {
  Add("MA.840.G1", {{"en", "New York City"}});
  Add("MA.840.G2", {{"en", "New Haven"}, {"fr", "York"}});
  Add("MA.840.G3", {{"en", "New Orleans"}});
  for (std::size_t limit = 1; limit <= 3; ++limit) {
    EXPECT_EQ(Find("york new", limit), (Ids{"MA.840.G2", "MA.840.G1"})) << limit;
    EXPECT_EQ(Find("new york", limit), (Ids{"MA.840.G1", "MA.840.G2"})) << limit;
    EXPECT_EQ(Find("city yo ne", limit), (Ids{"MA.840.G1"})) << limit;
  }
  EXPECT_EQ(Find("york old"), Ids());
  EXPECT_EQ(Find("haven orleans"), Ids());
}

TEST_F(NamesTest, TheBestMatchComesFirst) {
  Add("MA.840.G1", {{"en", "East York"}}, 20'000'000);
  Add("MA.840.G2", {{"en", "Yorkton"}}, 20'000'000);
  Add("MA.840.G3", {{"en", "York"}}, 5);
  Add("MA.840.G4", {{"en", "York"}}, 200'000);
  Add("MA.840.G5", {{"en", "Yorkshire"}}, 20'000);
  Add("MA.840.G4.1", {{"en", "York"}}, 20'000'000);
  Add("MA.840.G6", {{"en", "West York"}, {"fr", "Yorkville"}}, 3'000'000);
  const Ids all = {"MA.840.G4", "MA.840.G3", "MA.840.G4.1", "MA.840.G2",
                   "MA.840.G6", "MA.840.G5", "MA.840.G1"};
  for (std::size_t limit = 1; limit <= all.size(); ++limit)
    EXPECT_EQ(Find("york", limit), all) << limit;
}

TEST_F(NamesTest, NobodyIsFoundTwiceByTwoNamesOrTwoWays) {
  Add("MA.840.G1", {{"en", "York York"}, {"fr", "York"}, {"de", "York New York"}});
  for (std::size_t limit = 1; limit <= 3; ++limit) {
    EXPECT_EQ(Find("york", limit), (Ids{"MA.840.G1"}));
    EXPECT_EQ(Find("york york", limit), (Ids{"MA.840.G1"}));
    EXPECT_EQ(Find("york new", limit), (Ids{"MA.840.G1"}));
  }
}

TEST_F(NamesTest, APageOfLongNamesEndsEarlyByWhatTheyCostToFold) {
  std::string name;
  while (name.size() < 500) name += "重";
  Ids all;
  for (int i = 100; i < 160; ++i) {
    all.push_back("MA.156.S" + std::to_string(i));
    Add(all.back(), {{"zh", name}, {"zh-Hans", name}, {"zh-Hant", name}});
  }
  const auto page = FindNames(ledger_.Read(), NameQuery("重"), {}, 100);
  ASSERT_TRUE(page);
  EXPECT_LT(page->ids.size(), all.size());
  EXPECT_TRUE(page->next);
  EXPECT_EQ(Find("重"), all);
}

TEST_F(NamesTest, EveryPageTellsWhereEachOfItsIdentifiersStands) {
  for (const char* id : {"MA.840.G1", "MA.840.G2", "MA.840.G3"}) Add(id, {{"en", "Old Town"}});
  for (const char* typed : {"old", "town", "town old"}) {
    const auto all = FindNames(ledger_.Read(), NameQuery(typed), {}, 100);
    ASSERT_TRUE(all);
    ASSERT_EQ(all->ids.size(), 3u) << typed;
    for (std::size_t i = 0; i < all->ids.size(); ++i) {
      const auto page = FindNames(ledger_.Read(), NameQuery(typed), all->rows[i], 100);
      ASSERT_TRUE(page);
      EXPECT_EQ(page->ids,
                std::vector<CityId>(all->ids.begin() + static_cast<long>(i), all->ids.end()));
    }
  }
}

TEST_F(NamesTest, APageOfAnotherQuestionIsRefused) {
  Add("MA.840.G1", {{"en", "Old Town"}});
  Bytes key = TermKey(NameTerm(Place::kBeginning, 'e', "oldtown"), testing::Id("MA.840.G1"));
  const auto code_of = [&](const std::string& typed, std::uint8_t number, std::uint8_t word,
                           ByteView rest) {
    Bytes from = {number, word};
    Append(from, rest);
    const auto page = FindNames(ledger_.Read(), NameQuery(typed), from, 3);
    return page ? std::optional<Errc>() : page.error().code;
  };
  EXPECT_EQ(code_of("old", 11, 0, key), std::nullopt);       // a beginning, the smallest city
  EXPECT_EQ(code_of("town old", 29, 1, key), std::nullopt);  // "old" of any order
  EXPECT_EQ(code_of("town old", 29, 0, key), Errc::kUsage);
  EXPECT_EQ(code_of("town old", 29, 2, key), Errc::kUsage);
  EXPECT_EQ(code_of("old", 29, 0, key), Errc::kUsage);
  EXPECT_EQ(code_of("new", 11, 0, key), Errc::kUsage);
  EXPECT_EQ(code_of("old", 4, 0, key), Errc::kUsage);
  EXPECT_EQ(code_of("old", 200, 0, key), Errc::kUsage);
  EXPECT_EQ(code_of("old", 11, 0, {}), Errc::kUsage);
  const auto page = FindNames(ledger_.Read(), NameQuery("old"), Bytes{11}, 3);
  ASSERT_FALSE(page);
}

TEST_F(NamesTest, FindsNothingWithoutLettersAndDigits) {
  Add("MA.840.G1", {{"en", "Old Town"}});
  for (const char* typed : {"", " ", "'", "...", "\xff"}) EXPECT_EQ(Find(typed), Ids());
}

TEST_F(NamesTest, LooksForUpToEightWordsInAnyOrder) {
  Add("MA.840.G1", {{"en", "a b c d e f g h i"}});
  EXPECT_EQ(Find("h g f e d c b a"), (Ids{"MA.840.G1"}));
  EXPECT_EQ(Find("i h g f e d c b a"), Ids());
  EXPECT_EQ(Find("a b c d e f g h i"), (Ids{"MA.840.G1"}));
}

}  // namespace
}  // namespace cityid
