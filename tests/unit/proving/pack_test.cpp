// A pack says what the ledger says of everything below its prefix, over random ledgers and codes,
// and nothing else whatever is left out of it.
#include "resolver/proving/pack.h"

#include <map>

#include "tests/unit/proving/pack_case.h"
#include "tests/world/key_proof.h"

namespace cityid {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::seconds;
using testing::Below;
using testing::CodeKey;
using testing::Consortium;
using testing::Id;
using testing::KeyNamed;
using testing::kNow;
using testing::PackTest;
using testing::RecordKey;
using testing::WithDigest;

/// A part of a map in which some subtrees are nothing but their hashes.
class Pruner {
 public:
  Pruner(std::mt19937_64& random, unsigned one_in) : random_(random), one_in_(one_in) {}

  Bytes Prune(ByteView map) {
    Bytes out;
    Write(map, out);
    return out;
  }

 private:
  /// Takes a node from `in` and appends it to `out`. Returns its hash.
  MapHash Write(ByteView& in, Bytes& out) {
    const std::size_t start = out.size();
    const std::uint8_t tag = testing::Take(in, 1)->front();
    out.push_back(tag);
    if (tag == 2) {
      const ByteView hash = *testing::Take(in, MapHash::kSize);
      Append(out, hash);
      return *MapHash::From(hash);
    }
    MapHash hash;
    if (tag == 0) {
      const ByteView key = *testing::TakeText(in);
      const ByteView value = *testing::TakeText(in);
      testing::AppendText(out, key);
      testing::AppendText(out, value);
      hash = HashMapLeaf(key, value);
    } else {
      const auto bit = *testing::TakeNumber(in);
      AppendLeb128(out, bit);
      const MapHash left = Write(in, out);
      hash = HashMapNode(bit, left, Write(in, out));
    }
    if (random_() % one_in_ == 0) {
      out.resize(start);
      out.push_back(2);
      Append(out, hash.view());
    }
    return hash;
  }

  std::mt19937_64& random_;
  const unsigned one_in_;
};

TEST_F(PackTest, SaysWhatTheLedgerSaysOfEverythingBelowItsPrefix) {
  Fill();
  const auto queries = Queries(12);
  std::map<std::string, int> verdicts;
  std::size_t decided = 0, beyond = 0;
  for (const std::string& prefix :
       {std::string("MA.156"), ids_[0], ids_[1], ids_.back(), std::string("MA.156.9999")}) {
    const auto pack = Open(Pack(prefix));
    ASSERT_TRUE(pack) << pack.error().detail;
    EXPECT_TRUE(pack->is_pack());
    for (const Query& query : queries) {
      SCOPED_TRACE(prefix + " " + SubjectOf(query).text());
      const std::string expected = FromLedger(query);
      const std::string found = FromPack(*pack, query);
      const bool covered = Below(prefix).Covers(SubjectOf(query));
      // Suggestions that it doesn't reach are left out.
      if (!covered && std::holds_alternative<Error>(query.subject)) continue;
      if (covered || !found.empty()) {
        EXPECT_EQ(found, expected);
        ++decided;
        ++verdicts[expected.substr(0, expected.find(','))];
      } else {
        ++beyond;
      }
    }
  }
  EXPECT_GT(decided, 300u);
  EXPECT_GT(beyond, 100u);
  EXPECT_GT(verdicts.size(), 5u);
}

TEST_F(PackTest, WhateverIsLeftOutOfItIsAnErrorNeverAnotherVerdict) {
  Fill();
  const ProofDocument good = *ParseProof(Pack("MA.156"));
  const auto queries = Queries(3);
  std::vector<std::string> expected;
  for (const Query& query : queries) expected.push_back(FromLedger(query));
  std::size_t same = 0, errors = 0;
  for (const unsigned one_in : {2000u, 300u, 100u, 40u, 15u, 5u}) {
    ProofDocument pruned = good;
    pruned.map = Pruner(random_, one_in).Prune(good.map);
    // Records that nothing names any more are left out, too, and some others.
    const auto map = PartialMap::Parse(pruned.map);
    ASSERT_TRUE(map);
    std::string values;
    for (const auto& [key, value] : map->Leaves()) values += AsText(value);
    std::erase_if(pruned.records, [&](const Bytes& record) {
      const RecordHash hash = HashRecord(record);
      return values.find(AsText(hash.view())) == std::string::npos || Any(50) == 0;
    });
    const auto pack = Open(WithDigest(pruned));
    ASSERT_TRUE(pack) << pack.error().detail;
    for (std::size_t i = 0; i < queries.size(); ++i) {
      const std::string found = FromPack(*pack, queries[i]);
      if (found.empty()) ++errors;
      // A suggestion may be missing.
      const bool typed_wrongly = std::holds_alternative<Error>(queries[i].subject);
      if (found.empty() || typed_wrongly) continue;
      EXPECT_EQ(found, expected[i]) << SubjectOf(queries[i]).text();
      ++same;
    }
  }
  EXPECT_GT(same, 50u);
  EXPECT_GT(errors, 50u);
}

TEST_F(PackTest, ChangedBytesAreAnError) {
  Fill();
  const Bytes document = Pack(ids_[0]);
  const ProofDocument good = *ParseProof(document);
  for (int i = 0; i < 300; ++i) {
    Bytes flipped = document;
    flipped[Any(flipped.size())] ^= static_cast<std::uint8_t>(1 << Any(8));
    EXPECT_FALSE(Open(flipped));
    ProofDocument changed = good;
    Bytes& part = Any(2) == 0 || changed.records.empty()
                      ? changed.map
                      : changed.records[Any(changed.records.size())];
    part[Any(part.size())] ^= static_cast<std::uint8_t>(1 << Any(8));
    EXPECT_FALSE(Open(WithDigest(changed)));
    EXPECT_FALSE(Open(Bytes(document.begin(),
                            document.begin() + static_cast<std::ptrdiff_t>(Any(document.size())))));
  }
}

TEST_F(PackTest, DecidesEverySerialAmongAThousandRevokedKeys) {
  constexpr int kIds = 143, kKeys = 7;
  std::vector<std::pair<std::string, Sha256Hash>> keys;
  std::vector<Bytes> assigns, revocations;
  for (int i = 0; i < kIds; ++i) {
    const std::string id = "MA.156.C" + std::to_string(1000 + i);
    std::vector<SecretKey> secrets;
    secrets.push_back(KeyNamed(id + " record"));
    std::vector<KeyGrant> grants = {RecordKey(secrets[0])};
    for (int k = 0; k < kKeys; ++k) {
      secrets.push_back(KeyNamed(id + " code " + std::to_string(k)));
      grants.push_back(CodeKey(secrets.back(), {Purpose::kCity}));
      keys.emplace_back(id, Sha256(secrets.back().public_key().view()));
      const auto first = static_cast<std::uint32_t>(Any(2) == 0 ? Any(5000) : random_());
      RevokeCodes revoke{secrets.back().public_key(), {{first / 2, first / 2 + 9}}, {}, {}};
      if (Any(3) == 0) revoke.serial_below = 3;
      revocations.push_back(
          *SignRecord({consortium_.log(), id, {}, {}, {}, revoke}, consortium_.Institutes(2)));
    }
    auto signing = consortium_.Institutes(2);
    for (const SecretKey& key : secrets) signing.push_back({Role::kNewKey, &key});
    assigns.push_back(*SignRecord(consortium_.AssignRecord(id, grants), signing));
  }
  ledger_.Append(assigns);
  ledger_.Append(revocations);
  Assign("MA.156.1301");  // one whose key has no revocations
  keys.emplace_back("MA.156.1301", Sha256(KeyNamed("MA.156.1301 code").public_key().view()));
  ASSERT_GT(keys.size(), 1000u);

  const LedgerView view = ledger_.Read();
  const auto ask = [&](const ProvenState& pack, const std::string& id, const Sha256Hash& key,
                       std::uint32_t serial) {
    const CodeClaims claims{Id(id), Purpose::kCity, {}, serial, kNow, 0, {}};
    const auto found = IsRevoked(pack, key, claims);
    ASSERT_TRUE(found) << id << " " << serial << ": " << found.error().detail;
    EXPECT_EQ(*found, *IsRevoked(view, key, claims)) << id << " " << serial;
  };
  const auto all = Open(Pack("MA.156"));
  ASSERT_TRUE(all);
  for (const auto& [id, key] : keys) {
    for (int i = 0; i < 20; ++i)
      ask(*all, id, key, static_cast<std::uint32_t>(Any(2) == 0 ? Any(5000) : random_()));
  }
  const Bytes small = Pack("MA.156.1301");
  const auto one = Open(small);
  ASSERT_TRUE(one);
  for (std::uint32_t block = 0; block < 0x1000000; block += 4099)
    ask(*one, keys.back().first, keys.back().second, block << 8 | (block & 0xFF));
  EXPECT_LT(small.size(), 8000u);
}

TEST_F(PackTest, OfMoreThanItMayHaveIsRefusedWithAdvice) {
  Assign("MA.156.1301");
  LedgerView view = ledger_.Read();
  view.Bound(5);
  const auto refused = MakePack(Below("MA.156"), view, kNow);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::kTooLarge);
  EXPECT_NE(refused.error().detail.find("parts"), std::string::npos) << refused.error().detail;
}

TEST_F(PackTest, OfAnotherLogIsRefused) {
  Assign("MA.156.1301");
  Consortium other;
  const Bytes genesis = testing::GenesisOfAnother(other);
  const Bytes pack = Pack("MA.156");
  const auto record = VerifyRecord(genesis);
  const Trust trust =
      Trust::Of("id.example.cn/ledger", std::get<Genesis>(record->record().body).policy);
  EXPECT_EQ(ProvenState::Open(pack, trust, kNow).error().code, Errc::kForged);
}

TEST_F(PackTest, OnlyAPackMayBeLargerThanAProof) {
  Assign("MA.156.1301");
  ProofDocument document = *ParseProof(Pack("MA.156"));
  document.records.assign(40, Bytes(kMaxRecord, 7));
  EXPECT_TRUE(ParseProof(WithDigest(document)));
  document.about = "MA.156.1301";
  EXPECT_EQ(ParseProof(WithDigest(document)).error().code, Errc::kTooLarge);
  EXPECT_EQ(ParseProof(Bytes(kMaxPack + 1)).error().code, Errc::kTooLarge);
}

TEST_F(PackTest, IsComparedWithTheKeptHeadOnceAndStaysGood) {
  Assign("MA.156.1301");
  const Bytes accepted = Pack("MA.156");
  const Bytes other = Pack("MA.156.1301");
  const auto first = Open(accepted);
  ASSERT_TRUE(first);
  std::optional<KeptHead> kept = KeptHead::After({}, *first);
  const TreeSize size = kept->checkpoint.size;

  Assign("MA.156.1302");
  const auto newer = Open(Pack("MA.156", size), kept);
  ASSERT_TRUE(newer) << newer.error().detail;
  EXPECT_EQ(Open(Pack("MA.156"), kept).error().code, Errc::kRefused);
  kept = KeptHead::After(kept, *newer);
  EXPECT_GT(kept->checkpoint.size, size);

  // The old one was accepted; another one of the same old head never was.
  EXPECT_TRUE(Open(accepted, kept));
  EXPECT_EQ(Open(other, kept).error().code, Errc::kRefused);
  kept = KeptHead::After(kept, *Open(accepted, kept));
  EXPECT_GT(kept->checkpoint.size, size);
  EXPECT_EQ(kept->packs.size(), 2u);
  EXPECT_EQ(kept->packs.back(), first->digest());
}

TEST_F(PackTest, WhatCallsItselfAPackIsNeitherKeptNorSparedTheKeptHead) {
  Assign("MA.156.1301");
  const Bytes document = Pack("MA.156");
  const auto answered = ProvenState::Open(document, trust_, kNow);
  ASSERT_TRUE(answered);
  EXPECT_TRUE(KeptHead::After({}, *answered).packs.empty());
  const KeptHead kept = KeptHead::After({}, *Open(document));
  ASSERT_EQ(kept.packs.size(), 1u);
  Assign("MA.156.1302");
  const auto newer = ProvenState::Open(Pack("MA.156", kept.checkpoint.size), trust_, kNow, kept);
  ASSERT_TRUE(newer) << newer.error().detail;
  const KeptHead after = KeptHead::After(kept, *newer);
  EXPECT_EQ(ProvenState::Open(document, trust_, kNow, after).error().code, Errc::kRefused);
  EXPECT_TRUE(Open(document, after));
}

TEST(KeptHeadText, ReadsWhatItWroteAndNothingElse) {
  KeptHead kept{Checkpoint{"id.example.cn/ledger", TreeSize{7}, RootHash{}}};
  const std::string head = kept.text();
  EXPECT_EQ(KeptHead::Parse(head)->text(), head);
  for (std::size_t i = 0; i < KeptHead::kMaxPacks; ++i)
    kept.packs.push_back(*ProofDigest::From(Sha256(AsBytes(std::to_string(i))).view()));
  const std::string full = kept.text();
  ASSERT_LE(full.size(), KeptHead::kMaxText);
  ASSERT_TRUE(KeptHead::Parse(full));
  EXPECT_EQ(KeptHead::Parse(full)->packs, kept.packs);
  const std::string line = full.substr(full.size() - 70);
  for (const std::string& bad :
       {full + line, head + "pack\n", head + "pack 00\n", head + line.substr(0, 69), head + "\n",
        head + "PACK" + line.substr(4), head + line.substr(5), head + line + "x\n",
        head.substr(0, head.size() - 1) + line, "x" + std::string(KeptHead::kMaxText, ' ')}) {
    EXPECT_FALSE(KeptHead::Parse(bad)) << bad.substr(0, 200);
  }
}

}  // namespace
}  // namespace cityid
