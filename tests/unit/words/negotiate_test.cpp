#include "resolver/words/negotiate.h"

#include <gtest/gtest.h>

#include <array>

namespace cityid {
namespace {

constexpr std::array<std::string_view, 2> kOffered = {"application/json", "text/html"};

TEST(ChooseType, PrefersTheFirstWhereTheClientDoesNotMind) {
  EXPECT_EQ(ChooseType("", kOffered), 0u);
  EXPECT_EQ(ChooseType("*/*", kOffered), 0u);
}

TEST(ChooseType, GivesABrowserHtml) {
  EXPECT_EQ(ChooseType("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", kOffered),
            1u);
}

TEST(ChooseType, WeighsQualities) {
  EXPECT_EQ(ChooseType("text/html;q=0.5, application/json;q=0.4", kOffered), 1u);
  EXPECT_EQ(ChooseType("text/html;q=0.5, application/json", kOffered), 0u);
  EXPECT_EQ(ChooseType("application/*;q=0.1, text/html;q=0", kOffered), 0u);
  EXPECT_EQ(ChooseType("TEXT/HTML ; charset=utf-8 ; Q=1.000", kOffered), 1u);
}

TEST(ChooseType, FindsNothingWhereNothingFits) {
  EXPECT_EQ(ChooseType("image/png", kOffered), std::nullopt);
  EXPECT_EQ(ChooseType("*/*;q=0", kOffered), std::nullopt);
}

TEST(ChooseType, AMalformedWeightIsNoRefusal) {
  for (const char* q : {"2", "1.1", "-1", "a", "", ".9", "0.9999"}) {
    EXPECT_EQ(ChooseType("text/html;q=" + std::string(q), kOffered), 1u) << q;
  }
  EXPECT_EQ(ChooseType("text/html, image/gif, *; q=.2, */*; q=.2", kOffered), 1u);
  EXPECT_EQ(ChooseType("image/gif, *; q=.2", kOffered), 0u);
}

TEST(ChooseType, AParameterThatWeDoNotKnowExcludesNothing) {
  for (const char* accept :
       {"application/json;version=2;q=0, application/json", "application/json;version=2",
        "application/json, application/json;version=2;q=0", "*/*;version=1",
        "application/json;profile=\"a,b;q=0\"", "application/*;v=1;q=0, */*;q=0.1",
        "application/json;q=0.5;version=2"})
    EXPECT_EQ(ChooseType(accept, kOffered), 0u) << accept;
}

TEST(ChooseType, ARangeWithoutParametersCountsMore) {
  EXPECT_EQ(ChooseType("application/json;v=2, application/json;q=0.1, text/html;q=0.5", kOffered),
            1u);
  EXPECT_EQ(ChooseType("application/json;q=0, application/json;v=2", kOffered), std::nullopt);
  EXPECT_EQ(ChooseType("text/html;charset=utf-8;q=0, */*;q=0.1", kOffered), 0u);
}

TEST(AcceptsGzip, AsTheFieldSays) {
  for (const char* yes : {"gzip", "identity, GZIP", "br;q=1.0, gzip;q=0.2", "*", "x-gzip", " gzip ",
                          "gzip;q=0.001", "deflate,gzip"})
    EXPECT_TRUE(AcceptsGzip(yes)) << yes;
  for (const char* no : {"", "identity", "br", "gzip;q=0", "gzip; q=0.000", "*;q=0", "gzip;q=0, *",
                         "notgzip", "gzip2"})
    EXPECT_FALSE(AcceptsGzip(no)) << no;
}

}  // namespace
}  // namespace cityid
