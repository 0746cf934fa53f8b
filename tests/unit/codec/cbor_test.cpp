#include "codec/cbor.h"

#include <gtest/gtest.h>

#include <limits>

#include "tests/unit/codec/vector_file.h"

namespace cityid {
namespace {

Bytes FromHexOrDie(std::string_view hex) { return FromHex(hex).value(); }

/// Reads one item and nothing after it.
Result<void> ReadWhole(ByteView bytes) {
  CborReader in(bytes);
  const auto item = in.Item();
  if (!item) return item.error();
  EXPECT_TRUE(Equal(*item, bytes.first(in.position())));
  return in.End();
}

void ExpectMalformed(std::string_view hex) {
  const Bytes bytes = FromHexOrDie(hex);
  const auto read = ReadWhole(bytes);
  ASSERT_FALSE(read) << hex;
  EXPECT_EQ(read.error().code, Errc::kMalformed) << hex;
}

TEST(CborReader, AcceptsAndRefusesTheExamplesOfRfc8949AsStated) {
  int accepted = 0;
  int refused = 0;
  for (const auto& example : ReadVectors("rfc8949-appendix-a.json")) {
    const Bytes bytes = HexOf(example["hex"]);
    const auto read = ReadWhole(bytes);
    const bool accept = example["expect"] == "accept";
    EXPECT_EQ(read.ok(), accept) << example;
    EXPECT_TRUE(read.ok() || read.error().code == Errc::kMalformed) << example;
    ++(accept ? accepted : refused);
  }
  EXPECT_EQ(accepted, 44);
  EXPECT_EQ(refused, 37);
}

TEST(CborReader, RefusesNumbersNotInTheirShortestForm) {
  for (int major = 0; major < 7; ++major) {
    const auto head = [&](int low) {
      return Hex(Bytes{static_cast<std::uint8_t>(major << 5 | low)});
    };
    for (const std::string& argument :
         {head(24) + "00", head(24) + "17", head(25) + "0000", head(25) + "00ff",
          head(26) + "00000000", head(26) + "0000ffff", head(27) + "0000000000000000",
          head(27) + "00000000ffffffff"}) {
      // Enough behind it that only the head can be at fault.
      ExpectMalformed(argument + std::string(1 << 10, '0'));
    }
  }
}

TEST(CborReader, TakesTheLeastNumberOfEveryLength) {
  for (const auto& [hex, value] :
       {std::pair{"17", 23ULL}, std::pair{"1818", 24ULL}, std::pair{"18ff", 255ULL},
        std::pair{"190100", 256ULL}, std::pair{"19ffff", 65535ULL},
        std::pair{"1a00010000", 65536ULL}, std::pair{"1affffffff", 4294967295ULL},
        std::pair{"1b0000000100000000", 4294967296ULL}}) {
    const Bytes bytes = FromHexOrDie(hex);
    const auto read = CborReader(bytes).Uint();
    ASSERT_TRUE(read) << hex;
    EXPECT_EQ(*read, value);
    EXPECT_EQ(CborWriter().Uint(value).bytes(), bytes);
  }
}

TEST(CborReader, RefusesReservedAndIndefiniteHeads) {
  for (int major = 0; major < 8; ++major) {
    for (int low = 28; low < 32; ++low) {
      ExpectMalformed(Hex(Bytes{static_cast<std::uint8_t>(major << 5 | low)}) + "00ff");
    }
  }
}

TEST(CborReader, RefusesSimpleValuesOtherThanFalseTrueNull) {
  for (int low = 0; low < 24; ++low) {
    const Bytes bytes = {static_cast<std::uint8_t>(7 << 5 | low)};
    EXPECT_EQ(ReadWhole(bytes).ok(), low >= 20 && low <= 22) << low;
  }
  for (int value = 0; value < 256; ++value) {
    EXPECT_FALSE(ReadWhole(Bytes{0xF8, static_cast<std::uint8_t>(value)})) << value;
  }
}

TEST(CborReader, RefusesEveryTruncation) {
  CborWriter out;
  out.Tag(18).Array(5).ByteString(AsBytes("abc")).Text("de").Map(1).Uint(1).Int(-300);
  const Bytes item = std::move(out.Bool(true).Uint(1u << 20)).bytes();
  ASSERT_TRUE(ReadWhole(item));
  for (std::size_t n = 0; n < item.size(); ++n) {
    EXPECT_FALSE(ReadWhole(ByteView(item).first(n))) << n;
  }
}

TEST(CborReader, RefusesTrailingBytes) { ExpectMalformed("0000"); }

TEST(CborReader, RefusesLengthsBeyondTheInputWithoutReservingForThem) {
  for (const char* hex :
       {"5bffffffffffffffff", "7bffffffffffffffff", "9bffffffffffffffff", "bbffffffffffffffff",
        "9affffffff00", "bb8000000000000000", "a1", "a10a", "8200", "4200", "6261"}) {
    ExpectMalformed(hex);
  }
}

TEST(CborReader, RefusesMapKeysOutOfOrderOrTwice) {
  for (const char* hex : {"a202000100",        // 2 before 1
                          "a201000100",        // 1 twice
                          "a220000000",        // -1 before 0
                          "a2616200616100",    // "b" before "a"
                          "a262616100616200",  // "aa" before "b": bytewise, not by the text
                          "a101a202000100",    // in a map within a map
                          "81a202000100",      // in an array
                          "c1a202000100"}) {   // in a tag
    ExpectMalformed(hex);
  }
}

TEST(CborReader, OrdersMapKeysBytewiseByTheirEncoding) {
  // RFC 8949 4.2.1: 10, 100, -1, "z", "aa", [100], [-1], false.
  const Bytes map = FromHexOrDie("a80a001864002000617a006261610081186400812000f400");
  EXPECT_TRUE(ReadWhole(map));
}

TEST(CborReader, RefusesTextsThatAreNotUtf8) {
  for (const char* hex : {"61ff", "6180", "62c080", "62c1bf", "63e08080", "63e09fbf", "63eda080",
                          "63edbfbf", "64f0808080", "64f08fbfbf", "64f4908080", "64f5808080",
                          "61c3", "62e6b0", "63f09085", "62c328", "63e28228", "64f0288cbc"}) {
    ExpectMalformed(hex);
  }
}

TEST(CborReader, TakesTheEdgesOfUtf8) {
  for (const char* hex : {"6100", "617f", "62c280", "62dfbf", "63e0a080", "63ed9fbf", "63ee8080",
                          "63efbfbf", "64f0908080", "64f48fbfbf"}) {
    EXPECT_TRUE(ReadWhole(FromHexOrDie(hex))) << hex;
  }
}

TEST(CborReader, ReadsAnItemWithinSixteenOthersAndNoDeeper) {
  for (const int head : {0x81, 0xC1}) {
    const auto around = static_cast<std::uint8_t>(head);
    Bytes bytes(16, around);
    bytes.push_back(0);
    EXPECT_TRUE(ReadWhole(bytes));
    bytes.insert(bytes.begin(), around);
    const auto read = ReadWhole(bytes);
    ASSERT_FALSE(read);
    EXPECT_EQ(read.error().code, Errc::kTooLarge);
  }
}

TEST(CborReader, SurvivesVeryDeepNesting) { EXPECT_FALSE(ReadWhole(Bytes(1 << 20, 0x81))); }

TEST(CborReader, IntReadsTheWholeRangeAndNotBeyond) {
  for (const std::int64_t value :
       {std::int64_t{0}, std::int64_t{-1}, std::int64_t{23}, std::int64_t{-24}, std::int64_t{-25},
        std::int64_t{-65537}, std::numeric_limits<std::int64_t>::max(),
        std::numeric_limits<std::int64_t>::min()}) {
    const Bytes bytes = CborWriter().Int(value).bytes();
    const auto read = CborReader(bytes).Int();
    ASSERT_TRUE(read) << value;
    EXPECT_EQ(*read, value);
  }
  EXPECT_FALSE(CborReader(FromHexOrDie("1b8000000000000000")).Int());
  EXPECT_FALSE(CborReader(FromHexOrDie("3b8000000000000000")).Int());
}

TEST(CborReader, EveryCallRefusesTheOtherTypes) {
  const Bytes of_type[] = {FromHexOrDie("00"),   FromHexOrDie("20"), FromHexOrDie("40"),
                           FromHexOrDie("60"),   FromHexOrDie("80"), FromHexOrDie("a0"),
                           FromHexOrDie("c100"), FromHexOrDie("f5"), FromHexOrDie("f6")};
  for (std::size_t i = 0; i < std::size(of_type); ++i) {
    const ByteView bytes = of_type[i];
    const auto type = static_cast<CborType>(i);
    EXPECT_EQ(*CborReader(bytes).Peek(), type);
    EXPECT_EQ(CborReader(bytes).Uint().ok(), type == CborType::kUint) << i;
    EXPECT_EQ(CborReader(bytes).Int().ok(), type <= CborType::kNegative) << i;
    EXPECT_EQ(CborReader(bytes).ByteString().ok(), type == CborType::kByteString) << i;
    EXPECT_EQ(CborReader(bytes).Text().ok(), type == CborType::kText) << i;
    EXPECT_EQ(CborReader(bytes).Array().ok(), type == CborType::kArray) << i;
    EXPECT_EQ(CborReader(bytes).Map().ok(), type == CborType::kMap) << i;
    EXPECT_EQ(CborReader(bytes).Tag().ok(), type == CborType::kTag) << i;
    EXPECT_EQ(CborReader(bytes).Bool().ok(), type == CborType::kBool) << i;
  }
}

TEST(CborReader, PeekConsumesNothing) {
  const Bytes bytes = FromHexOrDie("182a");
  CborReader in(bytes);
  EXPECT_EQ(*in.Peek(), CborType::kUint);
  EXPECT_EQ(in.position(), 0U);
  EXPECT_EQ(*in.Uint(), 42U);
  EXPECT_TRUE(in.AtEnd());
}

TEST(CborWriter, WritesWhatTheReaderReads) {
  CborWriter out;
  out.Map(2).Uint(1).Array(3).Bool(true).Bool(false).Null();
  out.Int(-1).Tag(1).ByteString(Bytes(300));
  const Bytes bytes = std::move(out).bytes();
  EXPECT_EQ(Hex(ByteView(bytes).first(12)), "a20183f5f4f620c159012c00");
  EXPECT_TRUE(ReadWhole(bytes));
}

TEST(CborItems, AfterTheFirstErrorEverythingIsEmptyAndTheErrorStays) {
  // 1, then a text where a number is asked for, then 3.
  const Bytes bytes = FromHexOrDie("0161610f");
  CborItems in(CborReader(bytes), "thing: ");
  EXPECT_EQ(in.Uint(), 1U);
  EXPECT_TRUE(in.ok());
  EXPECT_EQ(in.Uint(), 0U);
  ASSERT_FALSE(in.ok());
  const std::string first = in.error()->detail;
  EXPECT_EQ(in.Uint(), 0U);
  EXPECT_TRUE(in.Text().empty());
  EXPECT_TRUE(in.ByteString().empty());
  EXPECT_EQ(in.Array(), 0U);
  EXPECT_EQ(in.Map(), 0U);
  EXPECT_EQ(in.Tag(), 0U);
  EXPECT_TRUE(in.Item().empty());
  in.Fail("another trouble");
  EXPECT_EQ(in.error()->detail, first);
  EXPECT_EQ(in.Finish(7).error().detail, first);
}

TEST(CborItems, WhatIsLeftOverIsAnError) {
  const Bytes bytes = FromHexOrDie("0102");
  CborItems in(CborReader(bytes), "thing: ");
  EXPECT_EQ(in.Uint(), 1U);
  EXPECT_FALSE(in.Finish(7));
  EXPECT_EQ(in.Uint(), 2U);
  EXPECT_EQ(*in.Finish(7), 7);
}

TEST(CborItems, ANumberAboveItsBoundIsTheErrorThatWasGiven) {
  const Bytes bytes = FromHexOrDie("0a0b");
  CborItems in(CborReader(bytes), "thing: ");
  EXPECT_EQ(in.UintUpTo(10, "too many"), 10U);
  in.UintUpTo(10, "too many");
  ASSERT_FALSE(in.ok());
  EXPECT_EQ(in.error()->detail, "thing: too many");
}

}  // namespace
}  // namespace cityid
