#include "codec/seal/seal.h"

#include <gtest/gtest.h>

#include <random>

#include "codec/symbol/qr.h"
#include "tests/property/chosen_seed.h"
#include "tests/unit/seal/sealed.h"

namespace cityid {
namespace {

SealState StateOf(const std::string& file) {
  const FoundSeals found = FindSeals(AsBytes(file));
  EXPECT_EQ(found.seals.size(), 1U);
  return found.seals.empty() ? SealState::kChanged : found.seals[0].state;
}

std::string UrlWithDigits(std::size_t count, std::mt19937_64& random) {
  std::string url = "https://id.example.cn/MA.156.1301/";
  for (std::size_t i = 0; i < count; ++i) url += static_cast<char>('0' + random() % 10);
  return url;
}

TEST(Seal, OfAnUntouchedFileIsUnchangedAndNamesItsCode) {
  const std::string file = Seal();
  const FoundSeals found = FindSeals(AsBytes(file));
  ASSERT_EQ(found.seals.size(), 1U);
  const FoundSeal& seal = found.seals[0];
  EXPECT_EQ(seal.state, SealState::kUnchanged);
  EXPECT_TRUE(found.intact());
  EXPECT_TRUE(seal.url.starts_with("https://id.example.cn/MA.156.1301/"));
  EXPECT_EQ(seal.subject->text(), "MA.156.1301");
  EXPECT_EQ(file.substr(0, seal.place.original), Sealing().original);
  EXPECT_EQ(seal.place.end(), file.size());
}

TEST(Seal, IsTheSameUnderEveryMask) {
  for (int mask = 0; mask < kQrMasks; ++mask)
    EXPECT_EQ(StateOf(Seal({.mask = mask})), SealState::kUnchanged) << mask;
}

TEST(Seal, SaysHowMuchWasAddedAndWhetherItLooksSigned) {
  const FoundSeal plain = FindSeals(AsBytes(Seal() + "abc")).seals.at(0);
  EXPECT_EQ(plain.state, SealState::kAddedTo);
  EXPECT_EQ(plain.added, 3U);
  EXPECT_FALSE(plain.looks_signed);
  EXPECT_TRUE(FindSeals(AsBytes(Seal() + "/ByteRange [0 1")).seals.at(0).looks_signed);
  // What looks so was sealed, and is no addition.
  const std::string before = Seal({.original = "%PDF-1.7\n/ByteRange\n"});
  EXPECT_FALSE(FindSeals(AsBytes(before + "abc")).seals.at(0).looks_signed);
}

TEST(Seal, WithoutADigestInItsCodeIsNone) {
  EXPECT_EQ(StateOf(Seal({.with_digest = false})), SealState::kChanged);
}

TEST(Seal, ThatIsSealedAgainByTheSameOfficeLeavesTheFileIntact) {
  const std::string once = Seal();
  const FoundSeals again = FindSeals(AsBytes(Seal({.original = once, .serial = 2})));
  ASSERT_EQ(again.seals.size(), 2U);
  EXPECT_EQ(again.seals[0].state, SealState::kAddedTo);
  EXPECT_TRUE(again.seals[0].sealed_again);
  EXPECT_TRUE(again.intact());
  const std::string by_other = Seal({.original = once, .id = "MA.156.1302", .serial = 2});
  const FoundSeals other = FindSeals(AsBytes(by_other));
  ASSERT_EQ(other.seals.size(), 2U);
  EXPECT_EQ(other.seals[1].state, SealState::kUnchanged);
  EXPECT_FALSE(other.intact());
  // And nothing may follow the last one.
  EXPECT_FALSE(FindSeals(AsBytes(Seal({.original = once, .serial = 2}) + "x")).intact());
}

TEST(Seal, CopiedIntoAnotherFileIsChanged) {
  const std::string other = Seal({.original = "%PDF-1.7\nANOTHER..\n"});
  const std::string file = Seal();
  ASSERT_EQ(file.size(), other.size());
  const std::size_t stamp = file.find("a stamp");
  EXPECT_EQ(StateOf(other.substr(0, stamp) + file.substr(stamp)), SealState::kChanged);
}

// Every byte of what was sealed counts. Those of the region are sampled, because each costs a symbol.
TEST(Seal, IsNeverUnchangedAfterAByteWasChanged) {
  const std::string file = Seal();
  const SealPlace place = FindSeals(AsBytes(file)).seals.at(0).place;
  const std::uint64_t seed = testing::ChosenSeed();
  SCOPED_TRACE("CITYID_SEED=" + std::to_string(seed));
  std::mt19937_64 random(seed);
  for (std::size_t at = 0; at < file.size();) {
    std::string changed = file;
    changed[at] = static_cast<char>(changed[at] ^ (1 << random() % 8));
    EXPECT_FALSE(FindSeals(AsBytes(changed)).intact()) << at;
    const bool in_region = at >= place.begin && at < place.begin + place.length;
    at += in_region ? 1 + random() % 8 : 1;
  }
}

TEST(Seal, IsNeverUnchangedAfterBytesWereMoved) {
  const std::string file = Seal();
  const std::uint64_t seed = testing::ChosenSeed();
  SCOPED_TRACE("CITYID_SEED=" + std::to_string(seed));
  std::mt19937_64 random(seed);
  for (int i = 0; i < 100; ++i) {
    std::string changed = file;
    const std::size_t from = random() % file.size();
    const std::string part = changed.substr(from, 1 + random() % 80);
    changed.erase(from, part.size());
    changed.insert(random() % (changed.size() + 1), part);
    if (changed == file) continue;
    EXPECT_FALSE(FindSeals(AsBytes(changed)).intact()) << from << ' ' << part.size();
  }
}

TEST(SealMarker, HasOneLength) {
  EXPECT_EQ(SealMarker({1, 2, 3, 4}), "%CityID-Seal 1 000000000001 000000000002 00000003 00000004\n");
  EXPECT_EQ(SealMarker({1, 2, 3, 4}).size(), kSealMarkerSize);
}

TEST(Region, HasRoomForWhateverTheDigitsAre) {
  const std::uint64_t seed = testing::ChosenSeed();
  SCOPED_TRACE("CITYID_SEED=" + std::to_string(seed));
  std::mt19937_64 random(seed);
  // From the shortest token to far more than the longest one.
  for (const std::size_t digits : {190U, 400U, 800U, 1300U, 3000U, 5300U}) {
    const std::size_t length = *RegionLength(UrlWithDigits(digits, random));
    for (int i = 0; i < 6; ++i) {
      const std::string url = UrlWithDigits(digits, random);
      EXPECT_EQ(*RegionLength(url), length);
      for (int mask = 0; mask < kQrMasks; ++mask)
        EXPECT_TRUE(DrawRegion(url, mask, length)) << digits << ' ' << mask;
    }
  }
}

TEST(Region, IsRefusedWhereItDoesNotFit) {
  std::mt19937_64 random(1);
  const std::string url = UrlWithDigits(190, random);
  EXPECT_EQ(DrawRegion(url, 0, 100).error().code, Errc::kTooLarge);
  EXPECT_EQ(DrawRegion(url, 100).error().code, Errc::kTooLarge);
}

TEST(FindSeals, FindsNoneInOtherFiles) {
  for (const std::string& file : {std::string(), std::string("%CityID-Seal "), Sealing().original})
    EXPECT_FALSE(FindSeals(AsBytes(file)).intact());
  EXPECT_TRUE(FindSeals({}).seals.empty());
}

}  // namespace
}  // namespace cityid
