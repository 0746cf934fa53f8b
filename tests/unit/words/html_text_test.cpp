#include "resolver/words/html_text.h"

#include <gtest/gtest.h>

#include <string_view>
#include <vector>

#include "codec/city_code.h"
#include "ledger/record/content.h"
#include "ledger/state/state.h"

namespace cityid {
namespace {

/// Every value of an enumeration that has a name.
template <class E>
std::vector<std::string_view> NamesOf() {
  std::vector<std::string_view> names;
  for (int value = 0; value < 256; ++value) {
    const std::string_view name = Name(static_cast<E>(value));
    if (!name.empty()) names.push_back(name);
  }
  return names;
}

TEST(ValueWord, EveryStatusPurposeAndAccessHasOneInEveryLanguage) {
  std::vector<std::string_view> names;
  for (const auto& some : {NamesOf<IdStatus>(), NamesOf<Purpose>(), NamesOf<Access>()})
    names.insert(names.end(), some.begin(), some.end());
  EXPECT_EQ(names.size(), 4u + 4u + 3u);
  for (const std::string_view name : names) {
    EXPECT_NE(ValueWord(name, Language::kChinese), name);
    EXPECT_NE(ValueWord(name, Language::kArabic), name);
    EXPECT_FALSE(ValueWord(name, Language::kEnglish).empty()) << name;
  }
}

TEST(ValueWord, OfWhatHasNoneIsItsName) {
  EXPECT_EQ(ValueWord("nobody has a word for this", Language::kChinese),
            "nobody has a word for this");
}

}  // namespace
}  // namespace cityid
