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
  }
  for (const std::string good : {"Shijiazhuang", "石家庄市", "تهران", "Ciudad de México"}) {
    EXPECT_FALSE(HasForbiddenCharacter(good)) << good;
  }
}

}  // namespace
}  // namespace cityid
