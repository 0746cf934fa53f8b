#include "resolver/message/gzip.h"

#include <gtest/gtest.h>

namespace cityid {
namespace {

constexpr std::size_t kLimit = 1 << 20;

Errc ErrorOf(const Result<std::string>& result) {
  EXPECT_FALSE(result);
  return result ? Errc::kIo : result.error().code;
}

std::string Noise(std::size_t size) {
  std::string noise(size, '\0');
  std::uint32_t state = 1;
  for (char& c : noise) c = static_cast<char>((state = state * 1664525 + 1013904223) >> 24);
  return noise;
}

TEST(Gunzip, ReturnsWhatWasCompressed) {
  for (const std::size_t size : {std::size_t{0}, std::size_t{1}, std::size_t{65'535},
                                 std::size_t{65'536}, std::size_t{65'537}, std::size_t{300'000}}) {
    for (const std::string& text : {std::string(size, 'a'), Noise(size)}) {
      const auto out = Gunzip(Gzip(text), kLimit);
      ASSERT_TRUE(out) << size << ": " << out.error().detail;
      EXPECT_TRUE(*out == text) << size;
    }
  }
}

TEST(Gunzip, TakesAsMuchAsTheLimitAndNoByteMore) {
  for (const std::size_t limit : {std::size_t{0}, std::size_t{1000}, std::size_t{65'536}}) {
    EXPECT_TRUE(Gunzip(Gzip(std::string(limit, 'a')), limit)) << limit;
    EXPECT_EQ(ErrorOf(Gunzip(Gzip(std::string(limit + 1, 'a')), limit)), Errc::kTooLarge);
  }
}

TEST(Gunzip, StopsABombAtTheLimit) {
  const std::string bomb = Gzip(std::string(64 << 20, '\0'));
  ASSERT_LT(bomb.size(), 1u << 20);
  EXPECT_EQ(ErrorOf(Gunzip(bomb, kLimit)), Errc::kTooLarge);
}

TEST(Gunzip, RefusesEveryBeginning) {
  const std::string gzip = Gzip("some text that is long enough to be worth it, some text");
  for (std::size_t size = 0; size < gzip.size(); ++size)
    EXPECT_EQ(ErrorOf(Gunzip(gzip.substr(0, size), kLimit)), Errc::kMalformed) << size;
}

TEST(Gunzip, RefusesWhatFollows) {
  const std::string gzip = Gzip("text");
  for (const std::string& more : {std::string("x"), std::string(1, '\0'), Gzip("more"), gzip}) {
    const auto out = Gunzip(gzip + more, kLimit);
    EXPECT_EQ(ErrorOf(out), Errc::kMalformed);
    EXPECT_NE(out.error().detail.find("follows its end"), std::string::npos);
  }
}

TEST(Gunzip, RefusesADamagedBodyAndAWrongChecksum) {
  const std::string gzip = Gzip(Noise(1000));
  for (const std::size_t at : {std::size_t{0}, std::size_t{2}, gzip.size() - 8, gzip.size() - 1}) {
    std::string damaged = gzip;
    damaged[at] = static_cast<char>(damaged[at] ^ 0x55);
    EXPECT_EQ(ErrorOf(Gunzip(damaged, kLimit)), Errc::kMalformed) << at;
  }
}

TEST(Gunzip, RefusesOtherFormats) {
  for (const char* other : {"text", "\x78\x9C\x03", "\x28\xB5\x2F\xFD"})
    EXPECT_EQ(ErrorOf(Gunzip(other, kLimit)), Errc::kMalformed);
}

}  // namespace
}  // namespace cityid
