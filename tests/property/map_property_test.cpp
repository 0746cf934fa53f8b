// Properties of the state map and its proofs over random keys and values. The seed is printed;
// CITYID_SEED=N runs the same again.
#include <gtest/gtest.h>

#include <algorithm>

#include "codec/ed25519.h"
#include "tests/property/chosen_seed.h"
#include "tests/property/random_map.h"
#include "tests/world/key_proof.h"

namespace cityid {
namespace {

using testing::ChosenSeed;
using testing::MemoryMap;
using testing::Pairs;
using testing::ProveKey;
using testing::RandomPairs;
using testing::VerifyKey;

// The definition of the tree, word for word, with nothing of `ledger/map.cpp`: bits one by one, and
// the hashes written out.

bool NaiveBit(const Bytes& key, std::size_t n) {
  const std::size_t i = n / 8;
  const unsigned byte = i < key.size() ? key[i] : i == key.size() ? 0x00 : 0xFF;
  return (byte & (0x80u >> n % 8)) != 0;
}

Bytes NaiveNumber(std::size_t value) {
  Bytes bytes;
  do {
    bytes.push_back(static_cast<std::uint8_t>(value % 128 + (value >= 128 ? 128 : 0)));
    value /= 128;
  } while (value > 0);
  return bytes;
}

using KeyValue = std::pair<Bytes, Bytes>;

Sha256Hash NaiveRoot(const std::vector<KeyValue>& pairs) {
  constexpr std::uint8_t kLeaf[] = {0};
  constexpr std::uint8_t kInner[] = {1};
  if (pairs.empty()) return Sha256(ByteView{});
  if (pairs.size() == 1) {
    const auto& [key, value] = pairs.front();
    return Sha256({kLeaf, NaiveNumber(key.size()), key, NaiveNumber(value.size()), value});
  }
  std::vector<KeyValue> side[2];
  std::size_t bit = 0;
  for (;; ++bit) {
    for (auto& pairs_of_side : side) pairs_of_side.clear();
    for (const KeyValue& pair : pairs) side[NaiveBit(pair.first, bit)].push_back(pair);
    if (!side[0].empty() && !side[1].empty()) break;
  }
  const Sha256Hash left = NaiveRoot(side[0]);
  const Sha256Hash right = NaiveRoot(side[1]);
  return Sha256({kInner, NaiveNumber(bit), left.view(), right.view()});
}

std::string NaiveRootOf(const Pairs& pairs) { return Hex(NaiveRoot({pairs.begin(), pairs.end()})); }

Bytes Flipped(Bytes bytes, std::size_t bit) {
  bytes[bit / 8] ^= static_cast<std::uint8_t>(1 << bit % 8);
  return bytes;
}

std::optional<ByteView> ValueIn(const Pairs& pairs, const Bytes& key) {
  const auto found = pairs.find(key);
  if (found == pairs.end()) return std::nullopt;
  return found->second;
}

bool SameValue(const std::optional<ByteView>& a, const std::optional<ByteView>& b) {
  return a.has_value() == b.has_value() && (!a || Equal(*a, *b));
}

class MapProperty : public ::testing::Test {
 protected:
  void SetUp() override { RecordProperty("seed", std::to_string(ChosenSeed())); }

  MemoryMap MapOf(std::size_t keys) {
    MemoryMap map;
    EXPECT_TRUE(map.Put(random_.Batch(keys, {})));
    return map;
  }

  /// Keys that are there and keys that are not, relatives of those.
  std::vector<Bytes> SomeKeys(const Pairs& pairs, std::size_t count) {
    std::vector<Bytes> keys;
    for (std::size_t i = 0; i < count; ++i) {
      keys.push_back(random_.Below(2) == 0 && !pairs.empty() ? random_.Any(pairs).first
                                                             : random_.Key(pairs));
    }
    return keys;
  }

  RandomPairs random_{ChosenSeed()};
};

TEST_F(MapProperty, AfterRandomBatchesItIsTheMapBuiltFromScratch) {
  for (int round = 0; round < 40; ++round) {
    MemoryMap map;
    Pairs all;
    const std::size_t batches = 1 + random_.Below(12);
    for (std::size_t i = 0; i < batches; ++i) {
      const Pairs batch = random_.Batch(random_.Below(4) == 0 ? 40 : random_.Below(6), all);
      ASSERT_TRUE(map.Put(batch));
      for (const auto& [key, value] : batch) all[key] = value;
      ASSERT_EQ(Hex(map.root), NaiveRootOf(all)) << all.size() << " keys";
    }
    MemoryMap scratch;
    ASSERT_TRUE(scratch.Put(all));
    EXPECT_EQ(scratch.root, map.root);
    EXPECT_EQ(scratch.nodes, map.nodes);
  }
}

TEST_F(MapProperty, TheSameValuesAgainChangeNothing) {
  MemoryMap map = MapOf(60);
  const MemoryMap before = map;
  ASSERT_TRUE(map.Put(random_.Batch(0, {})));
  ASSERT_TRUE(map.Put({*map.values.begin()}));
  ASSERT_TRUE(map.Put(map.values));
  EXPECT_EQ(map.root, before.root);
  EXPECT_EQ(map.nodes, before.nodes);
}

TEST_F(MapProperty, AProofOfAKeySaysWhatTheMapSays) {
  std::size_t present = 0;
  std::size_t absent = 0;
  for (const std::size_t size : {0U, 1U, 2U, 7U, 60U, 300U}) {
    const MemoryMap map = MapOf(size);
    for (const Bytes& key : SomeKeys(map.values, 60)) {
      SCOPED_TRACE(Hex(key));
      const auto value = ValueIn(map.values, key);
      const auto proof = ProveKey(map, map.root, key);
      ASSERT_TRUE(proof) << proof.error().detail;
      EXPECT_TRUE(VerifyKey(map.root, key, value, *proof));
      ++(value ? present : absent);

      // Neither the contrary, nor another value, nor the same of another key.
      const Bytes any = {1, 2, 3};
      EXPECT_FALSE(
          VerifyKey(map.root, key, value ? std::nullopt : std::optional<ByteView>(any), *proof));
      Bytes longer = value ? Bytes(value->begin(), value->end()) : Bytes();
      longer.push_back(0);
      EXPECT_FALSE(VerifyKey(map.root, key, longer, *proof));
      for (const Bytes& other : SomeKeys(map.values, 5)) {
        if (other == key) continue;
        if (value) {
          EXPECT_FALSE(VerifyKey(map.root, other, value, *proof)) << Hex(other);
        } else if (map.values.contains(other)) {
          EXPECT_FALSE(VerifyKey(map.root, other, std::nullopt, *proof)) << Hex(other);
        }
      }
    }
  }
  EXPECT_GT(present, 50U);
  EXPECT_GT(absent, 50U);
}

TEST_F(MapProperty, AProofOfAKeyHoldsNoBitThatCanBeFlippedAndNoByteTooManyOrFew) {
  const MemoryMap map = MapOf(100);
  for (const Bytes& key : SomeKeys(map.values, 8)) {
    const auto value = ValueIn(map.values, key);
    const Bytes proof = *ProveKey(map, map.root, key);
    for (std::size_t bit = 0; bit < proof.size() * 8; ++bit)
      ASSERT_FALSE(VerifyKey(map.root, key, value, Flipped(proof, bit))) << Hex(key) << " " << bit;
    for (std::size_t size = 0; size < proof.size(); ++size)
      ASSERT_FALSE(VerifyKey(map.root, key, value, ByteView(proof).first(size))) << size;
    Bytes longer = proof;
    longer.push_back(0);
    EXPECT_FALSE(VerifyKey(map.root, key, value, longer));
  }
}

TEST_F(MapProperty, AProofOfAKeyFailsForAnotherRoot) {
  MemoryMap map = MapOf(50);
  const Bytes key = random_.Any(map.values).first;
  const Bytes proof = *ProveKey(map, map.root, key);
  const Bytes value = map.values[key];
  Bytes changed = value;
  changed.push_back(1);
  ASSERT_TRUE(map.Put({{key, changed}}));
  EXPECT_FALSE(VerifyKey(map.root, key, value, proof));
  EXPECT_FALSE(VerifyKey(EmptyMap(), key, value, proof));
  EXPECT_FALSE(VerifyKey(map.root, key, std::nullopt, {}));
}

TEST_F(MapProperty, APartOfTheMapSaysOfEachAskedKeyWhatTheMapSays) {
  std::size_t uncovered = 0;
  for (const std::size_t size : {0U, 1U, 2U, 7U, 60U, 300U}) {
    const MemoryMap map = MapOf(size);
    for (const std::size_t asked : {0U, 1U, 2U, 9U, 40U}) {
      const std::vector<Bytes> keys = SomeKeys(map.values, asked);
      const auto bytes = ProveKeys(map, map.root, keys);
      ASSERT_TRUE(bytes) << bytes.error().detail;
      const auto part = PartialMap::Parse(*bytes);
      ASSERT_TRUE(part) << part.error().detail;
      ASSERT_EQ(part->root(), map.root);
      for (const Bytes& key : keys) {
        const auto found = part->Find(key);
        ASSERT_TRUE(found) << Hex(key) << ": " << found.error().detail;
        EXPECT_TRUE(SameValue(*found, ValueIn(map.values, key))) << Hex(key);
      }
      // What was not asked is what the map says too, or an error: never absent if it is there.
      for (const auto& [key, value] : map.values) {
        const auto found = part->Find(key);
        if (found) {
          EXPECT_TRUE(SameValue(*found, value)) << Hex(key);
        } else {
          EXPECT_EQ(found.error().code, Errc::kNotFound);
          ++uncovered;
        }
      }
      for (const auto& [key, value] : part->Leaves())
        EXPECT_TRUE(SameValue(value, ValueIn(map.values, Bytes(key.begin(), key.end()))));
    }
  }
  EXPECT_GT(uncovered, 100U);
}

TEST_F(MapProperty, APartOfAllKeysHoldsThemInOrderOfTheTree) {
  const MemoryMap map = MapOf(80);
  std::vector<Bytes> keys;
  for (const auto& [key, value] : map.values) keys.push_back(key);
  const Bytes bytes = *ProveKeys(map, map.root, keys);
  const PartialMap part = *PartialMap::Parse(bytes);
  const auto leaves = part.Leaves();
  ASSERT_EQ(leaves.size(), keys.size());
  const auto bits = [](const Bytes& key) {
    std::string text;
    for (std::size_t n = 0; n < 400; ++n) text += NaiveBit(key, n) ? '1' : '0';
    return text;
  };
  std::ranges::sort(keys, {}, bits);
  for (std::size_t i = 0; i < keys.size(); ++i) EXPECT_TRUE(Equal(leaves[i].first, keys[i])) << i;
}

TEST_F(MapProperty, APartOfTheMapHoldsNoBitThatCanBeFlippedAndNoByteTooManyOrFew) {
  const MemoryMap map = MapOf(60);
  const Bytes bytes = *ProveKeys(map, map.root, SomeKeys(map.values, 5));
  for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
    const Bytes flipped = Flipped(bytes, bit);
    const auto part = PartialMap::Parse(flipped);
    if (part) {
      ASSERT_NE(part->root(), map.root) << bit;
    } else {
      ASSERT_EQ(part.error().code, Errc::kMalformed);
    }
  }
  for (std::size_t size = 1; size < bytes.size(); ++size)
    ASSERT_FALSE(PartialMap::Parse(ByteView(bytes).first(size))) << size;
  Bytes longer = bytes;
  longer.push_back(0);
  EXPECT_FALSE(PartialMap::Parse(longer));
}

TEST(UpdateMap, SplitsUpToBit4095AndRefusesKeysThatDifferOnlyBehind) {
  Bytes one(512, 0xAA);
  Bytes other = one;
  other.back() ^= 1;
  const Pairs pairs = {{one, {1}}, {other, {2}}};
  MemoryMap map;
  ASSERT_TRUE(map.Put(pairs));
  EXPECT_EQ(Hex(map.root), NaiveRootOf(pairs));
  for (const auto& [key, value] : pairs)
    EXPECT_TRUE(VerifyKey(map.root, key, value, *ProveKey(map, map.root, key)));
  one.push_back(0x00);
  EXPECT_FALSE(map.Put({{one, {3}}}));
}

/// The walk of a chain of inner nodes, each with a hash on the right.
Bytes Chain(std::size_t nodes) {
  Bytes bytes;
  for (std::size_t bit = 0; bit < nodes; ++bit) {
    bytes.push_back(0x01);
    const Bytes number = NaiveNumber(bit);
    bytes.insert(bytes.end(), number.begin(), number.end());
  }
  bytes.insert(bytes.end(), {0x00, 0x00, 0x00});
  for (std::size_t bit = 0; bit < nodes; ++bit) {
    bytes.push_back(0x02);
    bytes.insert(bytes.end(), 32, 0x55);
  }
  return bytes;
}

TEST(PartialMap, NestsNoDeeperThanTheBitsOfTheLongestKey) {
  EXPECT_TRUE(PartialMap::Parse(Chain(4096)));
  EXPECT_FALSE(PartialMap::Parse(Chain(4097)));
  EXPECT_FALSE(PartialMap::Parse(Chain(200'000)));
}

TEST(PartialMap, RefusesAnInnerNodeWhoseBitIsNotBehindItsParents) {
  Bytes bytes = {0x01, 0x05, 0x01, 0x05, 0x00, 0x00, 0x00};
  for (int i = 0; i < 2; ++i) {
    bytes.push_back(0x02);
    bytes.insert(bytes.end(), 32, 0x55);
  }
  EXPECT_FALSE(PartialMap::Parse(bytes));
  bytes[3] = 0x06;
  EXPECT_TRUE(PartialMap::Parse(bytes));
}

TEST(PartialMap, RefusesNumbersThatAreNotShortest) {
  EXPECT_TRUE(PartialMap::Parse(Bytes{0x00, 0x00, 0x00}));
  EXPECT_FALSE(PartialMap::Parse(Bytes{0x00, 0x80, 0x00, 0x00}));
  EXPECT_FALSE(PartialMap::Parse(Bytes{0x00, 0x00, 0x80, 0x00}));
}

/// Stops a walk that goes round in circles, before it fills the stack.
constexpr std::size_t kReadLimit = 2000;

class DamagedMap : public MapProperty {
 protected:
  void SetUp() override {
    MapProperty::SetUp();
    map_ = MapOf(60);
    for (const auto& [key, value] : map_.values) keys_.push_back(key);
  }

  /// Whatever a damaged store makes of a proof, nobody who knows the root believes a wrong one.
  void ExpectNothingWrongIsBelieved(MemoryMap damaged) {
    damaged.read_limit = kReadLimit;
    const Bytes& key = random_.Any(keys_);
    const auto proof = ProveKey(damaged, map_.root, key);
    if (proof && *proof != *ProveKey(map_, map_.root, key)) {
      EXPECT_FALSE(VerifyKey(map_.root, key, ValueIn(map_.values, key), *proof));
      EXPECT_FALSE(VerifyKey(map_.root, key, std::nullopt, *proof));
    }
    damaged.reads = 0;
    const auto bytes = ProveKeys(damaged, map_.root, {keys_[0], key});
    if (!bytes || *bytes == *ProveKeys(map_, map_.root, {keys_[0], key})) return;
    const auto part = PartialMap::Parse(*bytes);
    EXPECT_TRUE(!part || part->root() != map_.root);
  }

  /// Everything that goes down to `key` says that the map is corrupt.
  void ExpectCorrupt(const Bytes& key) {
    map_.read_limit = kReadLimit;
    const auto proof = ProveKey(map_, map_.root, key);
    ASSERT_FALSE(proof);
    EXPECT_EQ(proof.error().code, Errc::kCorrupt) << "one key: " << proof.error().detail;
    map_.reads = 0;
    const auto part = ProveKeys(map_, map_.root, {key});
    ASSERT_FALSE(part);
    EXPECT_EQ(part.error().code, Errc::kCorrupt) << "many keys: " << part.error().detail;
    map_.reads = 0;
    const auto put = map_.Put({{key, {2}}});
    ASSERT_FALSE(put);
    EXPECT_EQ(put.error().code, Errc::kCorrupt) << "update: " << put.error().detail;
  }

  MemoryMap map_;
  std::vector<Bytes> keys_;
};

TEST_F(DamagedMap, WithTwoNodesSwappedNeverGivesTheRightRoot) {
  for (int round = 0; round < 300; ++round) {
    MemoryMap damaged = map_;
    Bytes& one = damaged.nodes[random_.Any(damaged.nodes).first];
    Bytes& other = damaged.nodes[random_.Any(damaged.nodes).first];
    if (one == other) continue;
    std::swap(one, other);
    damaged.read_limit = kReadLimit;
    const auto bytes = ProveKeys(damaged, map_.root, keys_);
    const auto part = bytes ? PartialMap::Parse(*bytes) : Result<PartialMap>(bytes.error());
    EXPECT_TRUE(!part || part->root() != map_.root);
    ExpectNothingWrongIsBelieved(damaged);
  }
}

TEST_F(DamagedMap, WithABitFlippedOrANodeMissingGivesTheSameProofOrNone) {
  for (int round = 0; round < 600; ++round) {
    MemoryMap damaged = map_;
    const Bytes edge = random_.Any(damaged.nodes).first;
    Bytes& node = damaged.nodes[edge];
    if (round % 10 == 0) {
      damaged.nodes.erase(edge);
    } else {
      node = Flipped(node, random_.Below(node.size() * 8));
    }
    ExpectNothingWrongIsBelieved(damaged);
  }
}

TEST_F(DamagedMap, WithAValueChangedOrMissingNeverGivesTheRightRoot) {
  for (const Bytes& key : keys_) {
    MemoryMap damaged = map_;
    damaged.values[key].push_back(0);
    const Bytes bytes = *ProveKeys(damaged, map_.root, {key});
    EXPECT_NE(PartialMap::Parse(bytes)->root(), map_.root);
    damaged.values.erase(key);
    const auto proof = ProveKeys(damaged, map_.root, {key});
    ASSERT_FALSE(proof);
    EXPECT_EQ(proof.error().code, Errc::kCorrupt);
  }
}

TEST_F(DamagedMap, WithoutItsTopIsCorrupt) {
  map_.nodes.erase(EdgeOf({}, 0));
  ExpectCorrupt(keys_[0]);
}

TEST_F(DamagedMap, WithANodeThatLeadsBackToItsParentIsCorruptAndNoCircle) {
  // The top once more, where its child on the right belongs.
  const MapNode top = **ReadNode(map_, EdgeOf({}, 0));
  ASSERT_FALSE(top.leaf);
  Bytes path = top.key;
  path.resize(top.bit / 8 + 1);
  path[top.bit / 8] |= static_cast<std::uint8_t>(0x80 >> top.bit % 8);
  map_.nodes[EdgeOf(path, top.bit + 1)] = map_.nodes[EdgeOf({}, 0)];
  const auto below =
      std::ranges::find_if(keys_, [&](const Bytes& key) { return NaiveBit(key, top.bit); });
  ASSERT_NE(below, keys_.end());
  ExpectCorrupt(*below);
}

}  // namespace
}  // namespace cityid
