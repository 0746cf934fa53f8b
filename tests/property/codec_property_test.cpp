// Properties of codes over random and exhaustive changes. The seed is printed; CITYID_SEED=N runs
// the same again.
#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "codec/cbor.h"
#include "codec/city_code.h"
#include "codec/cose.h"
#include "tests/property/chosen_seed.h"

namespace cityid {
namespace {

using std::chrono::days;
using std::chrono::seconds;
using testing::ChosenSeed;

/// One source of random values a test, so that each can be run alone.
class CodecProperty : public ::testing::Test {
 protected:
  std::uint64_t Below(std::uint64_t bound) { return random_() % bound; }
  bool Coin() { return Below(2) == 0; }

  /// 0 and the largest value come up far more often than by chance.
  std::uint64_t Edge(std::uint64_t largest) {
    const auto kind = Below(8);
    if (kind == 0) return 0;
    if (kind == 1) return largest;
    return Below(std::uint64_t{1} << (1 + Below(48))) % (largest + 1);
  }

  Bytes RandomBytes(std::size_t size) {
    Bytes bytes(size);
    for (auto& byte : bytes) byte = static_cast<std::uint8_t>(random_());
    return bytes;
  }

  std::string Characters(std::string_view alphabet, std::size_t count) {
    std::string text;
    while (text.size() < count) text += alphabet[Below(alphabet.size())];
    return text;
  }

  CityId RandomId() {
    constexpr std::string_view kAll = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
    while (true) {
      std::string text = Characters(kAll, 2 + Below(2)) + '.' + Characters("0123456789", 3);
      for (auto nodes = 1 + Below(8); nodes > 0; --nodes) {
        text += '.' + Characters(kAll, 1 + Below(16));
      }
      if (auto id = CityId::Parse(text)) return *id;  // else it was too long
    }
  }

  std::string RandomText() {
    constexpr std::string_view kPieces[] = {"a", "0", "-", "\u00E9", "\u57CE", "\U0001F3D9"};
    std::string text;
    for (auto wanted = 1 + Below(64); text.size() < wanted;) {
      const std::string_view piece = kPieces[Below(std::size(kPieces))];
      if (text.size() + piece.size() <= 64) text += piece;
      if (text.size() == 64) break;
    }
    return text;
  }

  DocumentClaims RandomDocument() {
    DocumentClaims document{RandomText(), RandomText(), {}, {}};
    if (Coin()) document.date = std::chrono::sys_days(days(Edge(0xFFFFF)));
    if (Coin()) document.digest = Sha256Hash::From(RandomBytes(32));
    if (Coin()) document.facts = RandomFacts();
    return document;
  }

  std::vector<DocumentFact> RandomFacts() {
    std::vector<DocumentFact> facts;
    std::size_t left = kMaxFactBytes;
    for (auto count = 1 + Below(8); count > 0; --count) {
      DocumentFact fact{RandomText(), RandomText()};
      const bool twice = std::ranges::find(facts, fact.label, &DocumentFact::label) != facts.end();
      const std::size_t size = fact.label.size() + fact.value.size();
      if (twice || size > left) continue;
      left -= size;
      facts.push_back(std::move(fact));
    }
    return facts;
  }

  CodeClaims RandomClaims(Purpose purpose) {
    CodeClaims claims{RandomId(),
                      purpose,
                      HintOf(key_.public_key()),
                      static_cast<std::uint32_t>(Edge(0xFFFFFFFF)),
                      std::chrono::sys_seconds(seconds(Edge(0xFFFFFFFF))),
                      static_cast<std::uint16_t>(Edge(0xFFFF)),
                      {}};
    if (purpose == Purpose::kDocument) claims.document = RandomDocument();
    return claims;
  }

  ClaimedCode RandomCode(Purpose purpose) { return *SignCode(RandomClaims(purpose), key_); }

  Purpose RandomPurpose() { return static_cast<Purpose>(1 + Below(4)); }

  std::mt19937_64 random_{ChosenSeed()};
  const SecretKey key_ = SecretKey::FromSeed(*Seed::From(RandomBytes(32)));
};

constexpr Purpose kEveryPurpose[] = {Purpose::kCity, Purpose::kUnit, Purpose::kDevice,
                                     Purpose::kDocument};

TEST_F(CodecProperty, EveryCodeComesBackFromBothFormsAndThroughBoth) {
  for (const Purpose purpose : kEveryPurpose) {
    for (int round = 0; round < 500; ++round) {
      const ClaimedCode code = RandomCode(purpose);
      const CityId& subject = code.claims.subject;
      const auto from_token = ParseToken(subject, WriteToken(code));
      ASSERT_TRUE(from_token) << from_token.error().detail;
      ASSERT_EQ(*from_token, code);
      const auto from_cose = ParseCose(WriteCose(code));
      ASSERT_TRUE(from_cose) << from_cose.error().detail;
      ASSERT_EQ(*from_cose, code);
      ASSERT_EQ(WriteToken(*from_cose), WriteToken(code));
      ASSERT_EQ(WriteCose(*from_token), WriteCose(code));
      ASSERT_TRUE(VerifyCode(*from_token, key_.public_key()));
    }
  }
}

TEST_F(CodecProperty, EveryUrlComesBack) {
  for (int round = 0; round < 500; ++round) {
    const ClaimedCode code = RandomCode(RandomPurpose());
    const std::string url = *WriteCodeUrl("id.example.cn", code);
    const auto read = ParseCodeUrl(url);
    ASSERT_TRUE(read) << url;
    ASSERT_EQ(read->code, code);
    ASSERT_EQ(*WriteCodeUrl(*read->host, read->code), url);
  }
}

TEST_F(CodecProperty, NoDigitOfATokenCanBeChanged) {
  for (const Purpose purpose : kEveryPurpose) {
    const ClaimedCode code = RandomCode(purpose);
    const std::string digits = WriteToken(code);
    for (std::size_t at = 0; at < digits.size(); ++at) {
      for (char c = '0'; c <= '9'; ++c) {
        if (c == digits[at]) continue;
        std::string changed = digits;
        changed[at] = c;
        const auto read = ParseToken(code.claims.subject, changed);
        if (!read) continue;
        ASSERT_EQ(WriteToken(*read), changed) << at;
        ASSERT_FALSE(VerifyCode(*read, key_.public_key())) << digits << " digit " << at;
      }
    }
  }
}

TEST_F(CodecProperty, NoBitOfCoseBytesCanBeFlipped) {
  for (const Purpose purpose : kEveryPurpose) {
    const Bytes bytes = WriteCose(RandomCode(purpose));
    for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
      Bytes changed = bytes;
      changed[bit / 8] = static_cast<std::uint8_t>(changed[bit / 8] ^ 1 << bit % 8);
      const auto read = ParseCose(changed);
      if (!read) continue;
      ASSERT_EQ(WriteCose(*read), changed) << bit;
      ASSERT_FALSE(VerifyCode(*read, key_.public_key())) << Hex(bytes) << " bit " << bit;
    }
  }
}

TEST_F(CodecProperty, NoCharacterOfAUrlsIdentifierCanBeChanged) {
  const ClaimedCode code = RandomCode(Purpose::kCity);
  const std::string url = *WriteCodeUrl("id.example.cn", code);
  const std::size_t start = url.find('/', 8) + 1;
  for (std::size_t at = start; at < url.rfind('/'); ++at) {
    for (int c = 0; c < 256; ++c) {
      std::string changed = url;
      changed[at] = static_cast<char>(c);
      if (changed == url) continue;
      const auto read = ParseCodeUrl(changed);
      ASSERT_FALSE(read && VerifyCode(read->code, key_.public_key())) << changed;
    }
  }
}

TEST_F(CodecProperty, NoBitOfTheTokensBytesCanBeSetWhereItIsReserved) {
  // The first group holds profile and purpose in its most significant byte.
  for (const Purpose purpose : kEveryPurpose) {
    const ClaimedCode code = RandomCode(purpose);
    const std::string digits = WriteToken(code);
    const std::uint64_t group = std::stoull(digits.substr(0, 17));
    for (std::uint64_t profile = 1; profile < 16; ++profile) {
      const std::string value = std::to_string(group | profile << 52);
      const auto read = ParseToken(code.claims.subject,
                                   std::string(17 - value.size(), '0') + value + digits.substr(17));
      ASSERT_FALSE(read);
      ASSERT_EQ(read.error().code, Errc::kUnsupported) << profile;
    }
  }
}

TEST_F(CodecProperty, NoGroupOfDigitsMayOverflow) {
  constexpr std::uint64_t kWhole = std::uint64_t{1} << 56;
  constexpr std::uint64_t kMost = 100'000'000'000'000'000;
  for (int round = 0; round < 500; ++round) {
    const ClaimedCode code = RandomCode(RandomPurpose());
    const std::string digits = WriteToken(code);
    const std::size_t group = Below(digits.size() / 17);
    const std::uint64_t value = kWhole + Below(kMost - kWhole);
    const auto read = ParseToken(
        code.claims.subject, std::string(digits).replace(group * 17, 17, std::to_string(value)));
    ASSERT_FALSE(read) << digits << " group " << group << " " << value;
    ASSERT_EQ(read.error().code, Errc::kMalformed);
  }
}

TEST_F(CodecProperty, NoLastGroupMayHaveAnotherLength) {
  for (int round = 0; round < 200; ++round) {
    const ClaimedCode code = RandomCode(Purpose::kDocument);
    const std::string digits = WriteToken(code);
    const std::size_t groups = digits.size() / 17 * 17;
    for (const std::size_t last : {1U, 2U, 4U, 6U, 7U, 9U, 11U, 12U, 14U, 16U}) {
      ASSERT_FALSE(
          ParseToken(code.claims.subject, digits.substr(0, groups) + std::string(last, '0')))
          << last;
    }
  }
}

// Any claims as COSE bytes, in range or not, in the order and the form of the profile. Nothing is
// signed: parsing does not look.
TEST_F(CodecProperty, WhateverCoseIsAcceptedHasExactlyOneToken) {
  int accepted = 0;
  for (int round = 0; round < 20000; ++round) {
    const Bytes kid = RandomBytes(4);
    const std::uint64_t iat = Coin() ? Edge(0xFFFFFFFF) : Edge(std::uint64_t{1} << 35);
    const bool ends = Coin();
    const std::uint64_t purpose = Coin() ? 1 + Below(3) : Edge(6);
    const bool document = purpose == 4 ? Below(8) != 0 : Below(8) == 0;
    Bytes cti = kid;
    for (const auto byte : RandomBytes(4)) cti.push_back(byte);
    CborWriter header;
    header.Map(3).Uint(kCoseAlg).Int(kCoseEdDsa).Uint(kCoseKid).ByteString(kid);
    header.Uint(kCoseTyp).Text("application/cityid+cwt");
    CborWriter claims;
    claims.Map(4U + (ends ? 1 : 0) + (document ? 1 : 0)).Uint(2).Text(RandomId().text());
    if (ends) claims.Uint(4).Uint(iat + 86400 * Edge(65536) + (Below(8) == 0 ? Below(9) : 0));
    claims.Uint(6).Uint(iat).Uint(7).ByteString(cti).Int(-65537).Uint(purpose);
    if (document) claims.Int(-65538).Encoded(WriteDocumentClaims(RandomDocument()));
    const Bytes bytes = WriteCoseSign1(header.bytes(), claims.bytes(), Signature());
    const auto code = ParseCose(bytes);
    if (!code) continue;
    ++accepted;
    ASSERT_EQ(WriteCose(*code), bytes);
    const auto again = ParseToken(code->claims.subject, WriteToken(*code));
    ASSERT_TRUE(again) << Hex(bytes) << ": " << again.error().detail;
    ASSERT_EQ(*again, *code) << Hex(bytes);
  }
  EXPECT_GT(accepted, 2000);
}

/// Every parser over the same bytes; what one accepts it must also write again.
void ParseEverything(ByteView bytes) {
  if (const auto code = ParseCose(bytes)) {
    ASSERT_TRUE(Equal(WriteCose(*code), bytes));
  }
  if (const auto url = ParseCodeUrl(AsText(bytes))) {
    ASSERT_EQ(*WriteCodeUrl(*url->host, url->code), AsText(bytes));
  }
  if (const auto token = ParseToken(*CityId::Parse("MA.156.1301"), AsText(bytes))) {
    ASSERT_EQ(WriteToken(*token), AsText(bytes));
  }
  if (const auto document = ParseDocumentClaims(bytes)) {
    ASSERT_TRUE(Equal(WriteDocumentClaims(*document), bytes));
  }
  if (const auto id = CityId::Parse(AsText(bytes))) {
    ASSERT_EQ(id->text(), AsText(bytes));
  }
  (void)ParseScanned(bytes).ok();
  (void)ParseCoseSign1(bytes).ok();
  (void)ParseCoseSign(bytes).ok();
  (void)CityId::ParseTyped(AsText(bytes)).ok();
  (void)Prefix::Parse(AsText(bytes)).ok();
  (void)CborReader(bytes).Item().ok();
}

TEST_F(CodecProperty, RandomBytesCrashNoParser) {
  for (int round = 0; round < 20000; ++round) {
    ASSERT_NO_FATAL_FAILURE(ParseEverything(RandomBytes(Below(300))));
    const Bytes digits = [&] {
      const std::string text = Characters("0123456789", Below(900));
      return Bytes(text.begin(), text.end());
    }();
    ASSERT_NO_FATAL_FAILURE(ParseEverything(digits));
  }
}

TEST_F(CodecProperty, DamagedCodesCrashNoParser) {
  for (int round = 0; round < 20000; ++round) {
    const ClaimedCode code = RandomCode(RandomPurpose());
    Bytes bytes = WriteCose(code);
    if (Coin()) {
      const std::string url = *WriteCodeUrl("id.example.cn", code);
      bytes.assign(url.begin(), url.end());
    }
    for (auto changes = 1 + Below(3); changes > 0 && !bytes.empty(); --changes) {
      const auto at = static_cast<std::ptrdiff_t>(Below(bytes.size()));
      switch (Below(4)) {
        case 0:
          bytes[static_cast<std::size_t>(at)] = static_cast<std::uint8_t>(random_());
          break;
        case 1:
          bytes.erase(bytes.begin() + at);
          break;
        case 2:
          bytes.insert(bytes.begin() + at, static_cast<std::uint8_t>(random_()));
          break;
        default:
          bytes.resize(static_cast<std::size_t>(at));
      }
    }
    ASSERT_NO_FATAL_FAILURE(ParseEverything(bytes));
  }
}

}  // namespace
}  // namespace cityid
