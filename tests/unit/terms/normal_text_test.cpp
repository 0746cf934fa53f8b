#include "ledger/terms/normal_text.h"

#include <gtest/gtest.h>

namespace cityid {
namespace {

TEST(NormalText, ComposesAndLeavesWhatItCannotRead) {
  EXPECT_EQ(NormalText("Sa\u0303o Paulo"), "S\u00E3o Paulo");
  EXPECT_EQ(NormalText("\u1112\u1161\u11AB"), "\uD55C");
  EXPECT_EQ(NormalText("石家庄市"), "石家庄市");
  EXPECT_EQ(NormalText(""), "");
  EXPECT_EQ(NormalText("\xFF"), "\xFF");
}

TEST(NormalText, HasTheSpaceOfTheKeyboard) {
  for (const char* space :
       {"\u00A0", "\u1680", "\u2000", "\u2007", "\u2009", "\u202F", "\u205F", "\u3000"}) {
    EXPECT_EQ(NormalText("New" + std::string(space) + "York"), "New York") << space;
  }
  // A Mongolian suffix stands behind a narrow one.
  const std::string mongolian = "\u182D\u1820\u182E\u1820\u202F\u1824\u1828";
  EXPECT_EQ(NormalText(mongolian), mongolian);
}

TEST(NormalText, IsWhatAnInboxAsksOfEveryText) {
  Assign assign;
  assign.holding.metadata.names = {{"pt", "Sa\u0303o Paulo"}};
  assign.holding.endpoints.emplace_back().title = {{"pt", "Sau\u0301de"}};
  Record record{{}, "MA.076.1", {}, {}, {}, assign};
  const auto checked = CheckNormalTexts(record);
  ASSERT_FALSE(checked);
  EXPECT_EQ(checked.error().detail.substr(0, 20), "text: name in 'pt': ");
  NormalizeTexts(record);
  EXPECT_TRUE(CheckNormalTexts(record));
  const Holding& holding = std::get<Assign>(record.body).holding;
  EXPECT_EQ(holding.metadata.names.at("pt"), "S\u00E3o Paulo");
  EXPECT_EQ(holding.endpoints[0].title.at("pt"), "Sa\u00FAde");
}

}  // namespace
}  // namespace cityid
