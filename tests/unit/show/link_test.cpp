#include "resolver/show/link.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <string>
#include <vector>

namespace cityid {
namespace {

TEST(ChooseText, TakesEnglishAndThenTheFirstIfNothingIsRead) {
  const LanguagePriority german("", "de");
  const TextMap english = {{"ar", "a"}, {"en", "e"}};
  EXPECT_EQ(ChooseText(english, german).text, "e");
  const TextMap neither = {{"ar", "a"}, {"zh", "z"}};
  EXPECT_EQ(ChooseText(neither, german).tag, "ar");
  const TextMap nothing;
  EXPECT_EQ(ChooseText(nothing, german).tag, "");
}

TEST(ChooseText, SaysTheTagOfTheRecord) {
  const TextMap texts = {{"zh-Hans", "汉语"}, {"zh-Hant", "漢語"}};
  const ChosenText chosen = ChooseText(texts, LanguagePriority("", "zh-TW"));
  EXPECT_EQ(chosen.tag, "zh-Hant");
  EXPECT_EQ(chosen.text, "漢語");
}

/// Some of the tags, in any order.
std::vector<std::string> SomeOf(std::vector<std::string> tags, std::mt19937& random) {
  std::ranges::shuffle(tags, random);
  tags.resize(random() % 5);
  return tags;
}

// A cache gives one person what another one got.
TEST(IsSameForAll, PeopleWithTheSameKeyGetTheSameTexts) {
  const unsigned seed = std::random_device()();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  std::vector<LanguagePriority> people;
  for (int i = 0; i < 1500; ++i) {
    std::string field;
    for (const std::string& tag :
         SomeOf({"en", "en-US", "en-GB", "zh", "zh-CN", "zh-TW", "zh-HK", "zh-SG", "zh-Hans",
                 "zh-Hant", "ar", "ar-EG", "fr", "fr-CA", "ja", "zh-US"},
                random))
      field += tag + ",";
    people.emplace_back("", field);
  }
  int usual = 0;
  int same = 0;
  for (int i = 0; i < 1500; ++i) {
    Answer answer;
    for (const std::string& tag : SomeOf({"en", "en-US", "en-GB", "zh", "zh-CN", "zh-TW", "zh-Hans",
                                          "zh-Hant", "ar", "ar-SA", "fr", "ja"},
                                         random))
      answer.names[tag] = tag;
    std::map<char, std::string> seen;
    for (const LanguagePriority& person : people) {
      const bool same_for_all = IsSameForAll(answer, person.page());
      if (!person.is_usual() && !same_for_all) continue;
      ++(person.is_usual() ? usual : same);
      const std::string text(ChooseText(answer.names, person).text);
      const auto [first, added] = seen.emplace(person.key(), text);
      ASSERT_EQ(first->second, text) << person.key();
    }
  }
  EXPECT_GT(usual, 1000);
  EXPECT_GT(same, 1000);
}

}  // namespace
}  // namespace cityid
