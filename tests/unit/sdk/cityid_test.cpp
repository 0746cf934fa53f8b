// The C interface with what no caller should hand in; whole answers: tests/process/checker_test.py.
#include "sdk/cityid.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace {

constexpr std::int64_t kNow = 1'796'000'000;

/// The status of a result, which is freed.
int StatusOf(cityid_result* result) {
  const int status = cityid_status(result);
  std::size_t size = 1;
  EXPECT_STREQ(cityid_text(result, &size), "");
  EXPECT_EQ(size, 0u);
  EXPECT_EQ(cityid_verdict(result), CITYID_VERDICT_NONE);
  EXPECT_STRNE(cityid_detail(result), "");
  cityid_free(result);
  return status;
}

int StatusOfOpening(const void* trust, std::size_t trust_size, const void* document,
                    std::size_t document_size, const void* kept, std::size_t kept_size,
                    std::int64_t now = kNow) {
  cityid_proof* proof =
      cityid_open(trust, trust_size, document, document_size, kept, kept_size, now);
  const int status = cityid_status(cityid_opened(proof));
  EXPECT_EQ(StatusOf(cityid_judge(proof, "x", 1, kNow, 1)), status);
  EXPECT_EQ(StatusOf(cityid_look_up(proof, "x", 1, kNow)), status);
  cityid_close(proof);
  return status;
}

TEST(CityidH, NullPointersWithALengthAreAMistakeOfTheCaller) {
  EXPECT_EQ(StatusOfOpening(nullptr, 1, "", 0, "", 0), CITYID_ERROR_USAGE);
  EXPECT_EQ(StatusOfOpening("", 0, nullptr, 1, "", 0), CITYID_ERROR_USAGE);
  EXPECT_EQ(StatusOfOpening("", 0, "", 0, nullptr, 1), CITYID_ERROR_USAGE);
  EXPECT_EQ(StatusOf(cityid_judge(nullptr, "", 0, kNow, 1)), CITYID_ERROR_USAGE);
  EXPECT_EQ(StatusOf(cityid_look_up(nullptr, nullptr, 1, kNow)), CITYID_ERROR_USAGE);
  EXPECT_EQ(StatusOf(cityid_parse(nullptr, 1)), CITYID_ERROR_USAGE);
  EXPECT_EQ(StatusOf(cityid_about(nullptr, 1)), CITYID_ERROR_USAGE);
  EXPECT_EQ(StatusOf(cityid_seals(nullptr, 1)), CITYID_ERROR_USAGE);
  EXPECT_EQ(StatusOf(cityid_update_trust("", 0, nullptr, nullptr, 1, "", 0, kNow)),
            CITYID_ERROR_USAGE);
  const void* proofs[] = {nullptr};
  const std::size_t sizes[] = {1};
  EXPECT_EQ(StatusOf(cityid_update_trust("", 0, proofs, sizes, 1, "", 0, kNow)),
            CITYID_ERROR_USAGE);
  EXPECT_EQ(cityid_trust_version(nullptr, 1), -1);
}

TEST(CityidH, NullPointersWithoutALengthAreEmptyInput) {
  EXPECT_EQ(StatusOfOpening(nullptr, 0, nullptr, 0, nullptr, 0), CITYID_ERROR_MALFORMED);
  EXPECT_EQ(StatusOf(cityid_parse(nullptr, 0)), CITYID_ERROR_MALFORMED);
  cityid_result* seals = cityid_seals(nullptr, 0);
  EXPECT_EQ(cityid_status(seals), CITYID_OK);
  EXPECT_STREQ(cityid_text(seals, nullptr), "{\"seals\":[],\"more\":false,\"intact\":false}");
  cityid_free(seals);
  EXPECT_EQ(StatusOf(cityid_update_trust(nullptr, 0, nullptr, nullptr, 0, nullptr, 0, kNow)),
            CITYID_ERROR_MALFORMED);
}

TEST(CityidH, NullObjectsAreAllowedWhereTheyAreRead) {
  cityid_free(nullptr);
  cityid_close(nullptr);
  EXPECT_EQ(cityid_opened(nullptr), nullptr);
  EXPECT_EQ(cityid_status(nullptr), CITYID_ERROR_USAGE);
  EXPECT_EQ(cityid_verdict(nullptr), CITYID_VERDICT_NONE);
  EXPECT_STREQ(cityid_text(nullptr, nullptr), "");
  EXPECT_STREQ(cityid_detail(nullptr), "");
}

TEST(CityidH, TimesOutOfRangeAreAMistakeOfTheCaller) {
  for (const std::int64_t now :
       {INT64_MIN, std::int64_t{-1}, std::int64_t{253402300800}, INT64_MAX})
    EXPECT_EQ(StatusOfOpening("", 0, "", 0, "", 0, now), CITYID_ERROR_USAGE) << now;
}

TEST(CityidH, TooManyPolicyProofsAreRefusedBeforeTheyAreRead) {
  const std::vector<const void*> proofs(513, nullptr);
  const std::vector<std::size_t> sizes(513, 1);
  EXPECT_EQ(StatusOf(cityid_update_trust("", 0, proofs.data(), sizes.data(), 513, "", 0, kNow)),
            CITYID_ERROR_TOO_LARGE);
}

TEST(CityidH, EveryVerdictHasItsNameAndTexts) {
  for (int verdict = CITYID_VERDICT_MALFORMED; verdict <= CITYID_VERDICT_LEDGER_STALE; ++verdict) {
    EXPECT_STRNE(cityid_verdict_name(verdict), "");
    for (const char* language : {"en", "zh-CN", "ar"}) {
      EXPECT_STRNE(cityid_verdict_title(verdict, language), "");
      EXPECT_STRNE(cityid_verdict_advice(verdict, language), "");
    }
  }
  EXPECT_STREQ(cityid_verdict_name(CITYID_VERDICT_VALID), "valid");
  EXPECT_STREQ(cityid_verdict_name(CITYID_VERDICT_LEDGER_STALE), "ledger-stale");
  for (const int none : {-1, 0, 17, 1000}) EXPECT_STREQ(cityid_verdict_name(none), "");
  EXPECT_STREQ(cityid_verdict_title(CITYID_VERDICT_VALID, nullptr),
               cityid_verdict_title(CITYID_VERDICT_VALID, "fr"));
}

}  // namespace
