#include "codec/shown_text.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace cityid {
namespace {

TEST(ShownText, WhatActsOnTerminalsOrTurnsTheDirectionIsForbidden) {
  const std::vector<std::string> forbidden = {
      "a\x1B[2Jb", "a\nb",         std::string("a\0b", 3), "\x7F",
      "\xC2\x9B",  "\xE2\x80\xAE", "\xE2\x81\xA6",         "\xE2\x80\x8F",
      "\xD8\x9C",  "\xE2\x80\xA8", "\xEF\xBF\xBE",         "\xEF\xB7\x90",
      "\xFF"};
  for (const std::string& bad : forbidden) {
    EXPECT_TRUE(HasForbiddenCharacter(bad)) << bad;
    EXPECT_FALSE(IsHonestName(bad)) << bad;
  }
  for (const std::string good : {"Shijiazhuang", "石家庄市", "تهران", "Ciudad de México"}) {
    EXPECT_FALSE(HasForbiddenCharacter(good)) << good;
    EXPECT_TRUE(IsHonestName(good)) << good;
  }
}

TEST(ShownText, ANameHasSomethingToSeeAndNothingHidden) {
  for (const std::string hidden :
       {"", " ", "\xC2\xA0", "\xE2\x80\x8B", "a\xE2\x80\x8Bz", "\xE3\x85\xA4", "\xEF\xBE\xA0",
        "a\xC2\xADz", "a\xF3\xA0\x81\xA1", "\xE2\xA0\x80", "\xE2\x80\x8D", "a\xE2\x80\x8D",
        "\xE2\x80\x8C\xD9\x85"}) {
    EXPECT_FALSE(IsHonestName(hidden)) << hidden;
  }
}

TEST(ShownText, PersianHasItsNonJoiner) {
  EXPECT_TRUE(IsHonestName("\xD9\x85\xDB\x8C\xE2\x80\x8C\xD8\xAE\xD9\x88\xD8\xA7\xD9\x87\xD9\x85"));
}

}  // namespace
}  // namespace cityid
