#include "ledger/store/normal_text.h"

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
