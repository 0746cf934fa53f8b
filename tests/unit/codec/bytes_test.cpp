#include "codec/bytes.h"

#include <gtest/gtest.h>

#include <type_traits>

#include "codec/ed25519.h"

namespace cityid {
namespace {

TEST(Hex, IsLowerCase) {
  const Bytes bytes = {0x00, 0x0F, 0xA0, 0xFF};
  EXPECT_EQ(Hex(bytes), "000fa0ff");
  EXPECT_EQ(Hex(ByteView{}), "");
}

TEST(FromHex, IsTheInverseOfHexForEveryByte) {
  Bytes every;
  for (int i = 0; i < 256; ++i) every.push_back(static_cast<std::uint8_t>(i));
  EXPECT_EQ(FromHex(Hex(every)), every);
}

TEST(FromHex, TakesEitherCase) { EXPECT_EQ(FromHex("aBCd"), (Bytes{0xAB, 0xCD})); }

TEST(FromHex, RefusesAnOddLength) {
  EXPECT_FALSE(FromHex("0"));
  EXPECT_FALSE(FromHex("000"));
}

TEST(FromHex, RefusesEveryOtherCharacterOnEitherSide) {
  const std::string_view digits = "0123456789abcdefABCDEF";
  for (int i = 0; i < 256; ++i) {
    const char c = static_cast<char>(i);
    const bool digit = digits.find(c) != std::string_view::npos;
    EXPECT_EQ(FromHex(std::string{c, '0'}).has_value(), digit) << i;
    EXPECT_EQ(FromHex(std::string{'0', c}).has_value(), digit) << i;
  }
}

TEST(FixedBytes, TakesItsOwnLengthOnly) {
  EXPECT_TRUE(KeyHint::From(Bytes(4)));
  EXPECT_FALSE(KeyHint::From(Bytes(3)));
  EXPECT_FALSE(KeyHint::From(Bytes(5)));
  EXPECT_FALSE(KeyHint::From({}));
}

TEST(FixedBytes, StartsAsZeros) { EXPECT_EQ(Hex(KeyHint()), "00000000"); }

TEST(FixedBytes, ComparesBytewise) {
  EXPECT_LT(*KeyHint::From(Bytes{0, 0, 0, 0xFF}), *KeyHint::From(Bytes{0, 0, 1, 0}));
  EXPECT_EQ(*KeyHint::From(Bytes{1, 2, 3, 4}), *KeyHint::From(Bytes{1, 2, 3, 4}));
}

TEST(FixedBytes, OfAnotherMeaningIsAnotherType) {
  static_assert(!std::is_convertible_v<PublicKey, Sha256Hash>);
  static_assert(!std::is_constructible_v<Sha256Hash, PublicKey>);
}

TEST(Equal, ComparesContentAndLength) {
  EXPECT_TRUE(Equal(AsBytes("abc"), AsBytes("abc")));
  EXPECT_TRUE(Equal({}, {}));
  EXPECT_FALSE(Equal(AsBytes("abc"), AsBytes("abd")));
  EXPECT_FALSE(Equal(AsBytes("abc"), AsBytes("ab")));
}

}  // namespace
}  // namespace cityid
