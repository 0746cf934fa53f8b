#include "codec/ed25519.h"

#include <gtest/gtest.h>

#include <thread>

#include "tests/unit/codec/vector_file.h"

namespace cityid {
namespace {

SecretKey KeyOf(const nlohmann::json& vector) {
  return SecretKey::FromSeed(FixedOf<Seed>(vector["seed"]));
}

TEST(SecretKey, SignsTheVectorsOfRfc8032) {
  const auto vectors = ReadVectors("rfc8032.json");
  ASSERT_EQ(vectors.size(), 5U);
  for (const auto& vector : vectors) {
    const SecretKey key = KeyOf(vector);
    EXPECT_EQ(Hex(key.public_key()), TextOf(vector["public_key"])) << vector["name"];
    EXPECT_EQ(Hex(key.Sign(HexOf(vector["message"]))), TextOf(vector["signature"]))
        << vector["name"];
  }
}

TEST(VerifySignature, AcceptsTheVectorsOfRfc8032) {
  for (const auto& vector : ReadVectors("rfc8032.json")) {
    EXPECT_TRUE(VerifySignature(FixedOf<PublicKey>(vector["public_key"]), HexOf(vector["message"]),
                                FixedOf<Signature>(vector["signature"])))
        << vector["name"];
  }
}

TEST(VerifySignature, RefusesEveryBitFlipOfSignatureKeyAndMessage) {
  const auto vector = ReadVectors("rfc8032.json")[2];
  const PublicKey key = FixedOf<PublicKey>(vector["public_key"]);
  const Bytes message = HexOf(vector["message"]);
  const Signature signature = FixedOf<Signature>(vector["signature"]);
  const auto flip = [](std::uint8_t* bytes, std::size_t bit) {
    bytes[bit / 8] = static_cast<std::uint8_t>(bytes[bit / 8] ^ 1 << bit % 8);
  };
  for (std::size_t bit = 0; bit < 512; ++bit) {
    Signature changed = signature;
    flip(changed.data(), bit);
    EXPECT_FALSE(VerifySignature(key, message, changed)) << "signature bit " << bit;
  }
  for (std::size_t bit = 0; bit < 256; ++bit) {
    PublicKey changed = key;
    flip(changed.data(), bit);
    EXPECT_FALSE(VerifySignature(changed, message, signature)) << "key bit " << bit;
  }
  for (std::size_t bit = 0; bit < message.size() * 8; ++bit) {
    Bytes changed = message;
    flip(changed.data(), bit);
    EXPECT_FALSE(VerifySignature(key, changed, signature)) << "message bit " << bit;
  }
}

TEST(VerifySignature, RefusesASignatureWithTheGroupOrderAdded) {
  // TEST 1 of RFC 8032 with S + L, which the equation can't tell from S (RFC 8032 5.1.7).
  const auto vector = ReadVectors("rfc8032.json")[0];
  Signature malleated = FixedOf<Signature>(vector["signature"]);
  const Bytes order =
      FromHex("edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010").value();
  int carry = 0;
  for (std::size_t i = 0; i < 32; ++i) {
    carry += malleated.data()[32 + i] + order[i];
    malleated.data()[32 + i] = static_cast<std::uint8_t>(carry);
    carry >>= 8;
  }
  ASSERT_EQ(carry, 0);
  EXPECT_FALSE(VerifySignature(FixedOf<PublicKey>(vector["public_key"]), HexOf(vector["message"]),
                               malleated));
}

TEST(SecretKey, GivesItsSeedBack) {
  const auto vector = ReadVectors("rfc8032.json")[1];
  std::array<std::uint8_t, 32> seed;
  KeyOf(vector).ExportSeed(seed);
  EXPECT_EQ(Hex(seed), TextOf(vector["seed"]));
}

TEST(SecretKey, GeneratesAnotherOneEachTime) {
  const SecretKey a = SecretKey::Generate();
  const SecretKey b = SecretKey::Generate();
  EXPECT_NE(a.public_key(), b.public_key());
  EXPECT_TRUE(VerifySignature(a.public_key(), AsBytes("x"), a.Sign(AsBytes("x"))));
  EXPECT_FALSE(VerifySignature(b.public_key(), AsBytes("x"), a.Sign(AsBytes("x"))));
}

TEST(SecretKey, CanBeMovedAndNotCopied) {
  static_assert(!std::is_copy_constructible_v<SecretKey>);
  SecretKey key = SecretKey::Generate();
  const PublicKey expected = key.public_key();
  const SecretKey moved = std::move(key);
  EXPECT_EQ(moved.public_key(), expected);
  EXPECT_TRUE(VerifySignature(expected, AsBytes("x"), moved.Sign(AsBytes("x"))));
}

TEST(SecretKey, SignsFromSeveralThreadsAtOnce) {
  const SecretKey key = SecretKey::Generate();
  const Signature expected = key.Sign(AsBytes("message"));
  std::vector<std::thread> threads;
  std::array<bool, 4> same{};
  for (std::size_t t = 0; t < same.size(); ++t) {
    threads.emplace_back([&, t] {
      same[t] = true;
      for (int i = 0; i < 100; ++i) same[t] = same[t] && key.Sign(AsBytes("message")) == expected;
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(same, (std::array{true, true, true, true}));
}

TEST(Sha256, GivesThePublishedDigests) {
  // FIPS 180-4 examples.
  EXPECT_EQ(Hex(Sha256(AsBytes("abc"))),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(Hex(Sha256(ByteView{})),
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

TEST(Sha256, OfPartsIsThatOfTheWhole) {
  EXPECT_EQ(Sha256({AsBytes("a"), ByteView{}, AsBytes("bc")}), Sha256(AsBytes("abc")));
}

TEST(HintOf, IsTheFirstFourBytesOfTheHashOfTheKey) {
  const auto vector = ReadVectors("rfc8032.json")[0];
  const Bytes key = HexOf(vector["public_key"]);
  EXPECT_EQ(Hex(HintOf(*PublicKey::From(key))), Hex(Sha256(key)).substr(0, 8));
  EXPECT_EQ(Hex(HintOf(*PublicKey::From(key))), "21fe31df");
}

}  // namespace
}  // namespace cityid
