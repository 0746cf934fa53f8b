// A pack says what the ledger says of everything below its prefix, over random ledgers and codes,
// and nothing else whatever is left out of it. The seed is printed; CITYID_SEED=N runs the same
// again.
#include "resolver/proving/pack.h"

#include <gtest/gtest.h>

#include <map>
#include <random>

#include "ledger/state/revocation.h"
#include "resolver/answer/answer_json.h"
#include "resolver/answer/check.h"
#include "resolver/message/gzip.h"
#include "tests/property/chosen_seed.h"
#include "tests/world/key_proof.h"
#include "tests/world/published.h"
#include "tests/world/through_c.h"

namespace cityid {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::seconds;
using testing::ChosenSeed;
using testing::CodeKey;
using testing::Consortium;
using testing::Id;
using testing::KeyNamed;
using testing::kNow;
using testing::PublishedLedger;
using testing::RecordKey;
using testing::WithDigest;

Prefix Below(const std::string& text) { return *Prefix::Parse(text); }

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

class PackTest : public ::testing::Test {
 protected:
  PackTest() { random_.seed(ChosenSeed()); }

  std::uint64_t Any(std::uint64_t bound) { return random_() % bound; }
  template <class T>
  T AnyOf(const std::vector<T>& values) {
    return values[Any(values.size())];
  }

  void Assign(const std::string& id) {
    ledger_.Append({consortium_.AssignEntry(id, consortium_.Institutes(2),
                                            static_cast<std::uint8_t>(Any(3)))});
    ids_.push_back(id);
  }
  IdentifierState StateOf(const std::string& id) const {
    return **FindIdentifier(ledger_.Read(), Id(id));
  }
  void ByInstitutes(const std::string& id, RecordBody body, bool in_chain = true) {
    Record record{consortium_.log(), id, {}, {}, {}, std::move(body)};
    if (in_chain) record.previous = StateOf(id).authority.hash;
    ledger_.Append({*SignRecord(record, consortium_.Institutes(2))});
  }
  void RevokeSome(const std::string& id) {
    RevokeCodes revoke{KeyNamed(id + " code").public_key(), {}, {}, {}};
    const auto first = static_cast<std::uint32_t>(5 + Any(600));
    revoke.serials = {{first, first + 3}, {first + 300, first + 300}};
    // Something that no earlier record has revoked.
    revoke.serials.push_back({2000 + revocations_, 2000 + revocations_});
    ++revocations_;
    if (Any(4) == 0) revoke.serial_below = static_cast<std::uint32_t>(1 + Any(8));
    if (Any(3) == 0)
      revoke.issued_before =
          static_cast<std::uint64_t>((kNow - hours(5)).time_since_epoch().count());
    ByInstitutes(id, revoke, false);
  }
  void Retire(const std::string& id) {
    const IdentifierState before = StateOf(id);
    Holding holding = *ReadHolding(ledger_.Read(), before);
    holding.own_codes_only = Any(2) == 0;
    for (KeyGrant& grant : holding.keys) {
      if (grant.use != KeyUse::kCode) continue;
      grant.status = KeyStatus::kRetired;
      grant.retired_at = static_cast<std::uint64_t>((kNow - hours(3)).time_since_epoch().count());
    }
    const Record record{consortium_.log(),     id, before.holder.hash,
                        before.authority.hash, {}, Update{holding}};
    const SecretKey holder = KeyNamed(id + " record");
    ledger_.Append({*SignRecord(record, {{Role::kHolder, &holder}})});
  }
  void Recover(const std::string& id) {
    std::vector<KeyGrant> keys = ReadHolding(ledger_.Read(), StateOf(id))->keys;
    for (KeyGrant& grant : keys) grant.status = KeyStatus::kCompromised;
    const SecretKey record_key = KeyNamed(id + " record 2");
    const SecretKey code_key = KeyNamed(id + " code 2");
    keys.push_back(RecordKey(record_key));
    keys.push_back(CodeKey(code_key, {Purpose::kCity}));
    const Record record{consortium_.log(),    id, StateOf(id).authority.hash, {}, {},
                        cityid::Recover{keys}};
    auto signing = consortium_.Institutes(2);
    signing.push_back({Role::kNewKey, &record_key});
    signing.push_back({Role::kNewKey, &code_key});
    ledger_.Append({*SignRecord(record, signing)});
  }

  /// A random ledger: cities, what is below them, and what has become of them.
  void Fill() {
    for (int i = 0; i < 7; ++i) {
      const std::string city = (i < 5 ? "MA.156.130" : "MA.250.") + std::to_string(1 + i);
      Assign(city);
      for (std::uint64_t unit = Any(4); unit > 0; --unit) {
        const std::string below = city + "." + std::to_string(unit);
        Assign(below);
        if (Any(2) == 0) Assign(below + ".A");
        if (Any(3) == 0) Assign(city + ".0" + std::to_string(unit) + "X");
      }
    }
    for (const std::string& id : std::vector(ids_)) {
      for (std::uint64_t times = Any(3); times > 0; --times) RevokeSome(id);
      switch (Any(12)) {
        case 0:
          ByInstitutes(id, Suspend{});
          break;
        case 1:
          ByInstitutes(id, Revoke{});
          break;
        case 2:
          Recover(id);
          break;
        case 3:
        case 4:
          Retire(id);
          break;
        case 5:
          ByInstitutes(id, Aliases{{{"wikidata", "Q" + std::to_string(100 + Any(1'000'000))}}});
          break;
        default:
          break;
      }
    }
    ledger_.Append({}, kNow);
    absent_ = {"MA.156.9999", "MA.156.1301.99", "MA.156.1301.99.1.B",
               "MA.156.13",   "MA.250.99.1",    "MA.840.1"};
  }

  /// A code about `id`, most often one that holds or fails in one way.
  ClaimedCode AnyCode(const std::string& id) {
    const auto parent = Id(id).Parent();
    std::vector<std::string> signers = {id + " code", id + " code", id + " code 2", "stranger"};
    if (parent) signers.insert(signers.end(), {parent->text() + " code", parent->text() + " code"});
    const SecretKey key = KeyNamed(AnyOf(signers));
    return *SealCode({Id(id),
                      AnyOf(std::vector{Purpose::kCity, Purpose::kCity, Purpose::kUnit}),
                      HintOf(key.public_key()),
                      AnyOf(std::vector<std::uint32_t>{0, 2, 7, 255, 256, 0xFFFFFFFF,
                                                       static_cast<std::uint32_t>(Any(1000)),
                                                       static_cast<std::uint32_t>(Any(1000))}),
                      AnyOf(std::vector{kNow, kNow - hours(2), kNow - hours(6), kNow - days(20)}),
                      AnyOf(std::vector<std::uint16_t>{0, 30}),
                      {}},
                     key);
  }
  /// Every identifier, some that are not there, and codes of all of them.
  std::vector<Query> Queries(int codes) {
    std::vector<Query> queries;
    std::vector<std::string> ids = ids_;
    ids.insert(ids.end(), absent_.begin(), absent_.end());
    for (const std::string& id : ids) {
      queries.push_back(Query::Typed(id));
      for (int i = 0; i < codes; ++i) queries.push_back(Query{AnyCode(id), {}});
    }
    queries.push_back(Query::Typed("MA.156.1301-00"));
    return queries;
  }
  static CityId SubjectOf(const Query& query) {
    if (const auto* code = std::get_if<ClaimedCode>(&query.subject)) return code->claims.subject;
    const auto* id = std::get_if<CityId>(&query.subject);
    return id ? *id : Id("MA.156.1301");  // that was meant
  }

  Bytes Pack(const std::string& prefix, const std::optional<TreeSize>& since = {}) const {
    const auto pack = MakePack(Below(prefix), ledger_.Read(), kNow, since);
    EXPECT_TRUE(pack) << pack.error().detail;
    return pack ? *pack : Bytes();
  }
  Result<ProvenState> Open(const Bytes& pack, const std::optional<KeptHead>& kept = {}) const {
    auto opened = ProvenState::OpenPack(pack, trust_, kNow, kept);
    testing::ExpectSameThroughC(opened, pack, trust_, kNow, kept, true);
    return opened;
  }
  std::string FromLedger(const Query& query) const {
    const LedgerView view = ledger_.Read();
    return AnswerJson(*Resolve(query, view, view.head(), {}, kNow));
  }
  /// The answer's JSON; empty if the pack doesn't reach it. Any other error fails the test.
  static std::string FromPack(const ProvenState& pack, const Query& query) {
    const auto answer = Resolve(query, pack, pack.head(), {}, kNow);
    if (answer) return AnswerJson(*answer);
    EXPECT_EQ(answer.error().code, Errc::kNotFound) << answer.error().detail;
    return {};
  }

  std::mt19937_64 random_;
  Consortium consortium_;
  PublishedLedger ledger_{consortium_};
  Trust trust_ = ledger_.trust();
  std::vector<std::string> ids_, absent_;
  std::uint32_t revocations_ = 0;
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

class PackCacheTest : public PackTest {
 protected:
  PackCacheTest() { Assign("MA.156.1301"); }
  std::shared_ptr<const MadePack> Find(const std::string& prefix, const LedgerView& view,
                                       const std::optional<TreeSize>& since = {}) {
    const auto found = FindPack(Below(prefix), view, kNow, since, cache_);
    EXPECT_TRUE(found) << found.error().detail;
    return found ? *found : nullptr;
  }
  PackCache cache_{200'000};
};

TEST_F(PackCacheTest, APackIsMadeAndCompressedOnceForAHead) {
  const LedgerView view = ledger_.Read();
  const auto first = Find("MA.156", view);
  EXPECT_EQ(ToBytes(first->document()), Pack("MA.156"));
  EXPECT_EQ(*Gunzip(first->gzip(), kMaxPack), AsText(first->document()));
  const LedgerView again = ledger_.Read();
  EXPECT_EQ(Find("MA.156", again), first);
  EXPECT_EQ(Find("MA.156", again)->gzip().data(), first->gzip().data());
  EXPECT_NE(Find("MA.156.1301", view)->tag(), first->tag());
  Assign("MA.156.1302");
  EXPECT_NE(Find("MA.156", ledger_.Read())->tag(), first->tag());
}

TEST_F(PackCacheTest, ForAnotherSizeOnlyTheRestIsReadAgain) {
  const LedgerView first = ledger_.Read(), second = ledger_.Read();
  Find("MA.156", first);
  const auto since = Find("MA.156", second, TreeSize{1});
  EXPECT_EQ(ToBytes(since->document()), Pack("MA.156", TreeSize{1}));
  EXPECT_LT(second.work(), first.work() / 2);
}

TEST_F(PackCacheTest, OneThatIsTooLargeIsFoundOutOnceForAHead) {
  LedgerView bounded = ledger_.Read();
  bounded.Bound(5);
  ASSERT_FALSE(FindPack(Below("MA.156"), bounded, kNow, {}, cache_));
  const auto again = FindPack(Below("MA.156"), ledger_.Read(), kNow, {}, cache_);
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().code, Errc::kTooLarge);
  EXPECT_NE(again.error().detail.find("parts"), std::string::npos) << again.error().detail;
  Assign("MA.156.1302");
  EXPECT_TRUE(FindPack(Below("MA.156"), ledger_.Read(), kNow, {}, cache_));
}

TEST_F(PackCacheTest, NewerCosignaturesOfTheSameTreeAreANewPack) {
  const auto first = Find("MA.156", ledger_.Read());
  ledger_.Append({}, kNow + seconds(60));
  const LedgerView view = ledger_.Read();
  const auto second = FindPack(Below("MA.156"), view, kNow + seconds(60), {}, cache_);
  ASSERT_TRUE(second);
  EXPECT_NE((*second)->note(), first->note());
  EXPECT_NE((*second)->tag(), first->tag());
}

TEST_F(PackCacheTest, MemoryIsBoundedAndWhatIsAskedForStays) {
  const LedgerView view = ledger_.Read();
  HeadCache<int> cache(100'000);
  for (int i = 0; i < 200; ++i) {
    cache.Offer(std::to_string(i), view.head(), 990, std::make_shared<int>(i));
    EXPECT_NE(cache.Find("0", view.head()), nullptr) << i;
  }
  EXPECT_NE(cache.Find("199", view.head()), nullptr);
  EXPECT_EQ(cache.Find("1", view.head()), nullptr);
  cache.Offer("large", view.head(), 200'000, std::make_shared<int>(0));
  EXPECT_EQ(cache.Find("large", view.head()), nullptr);
  EXPECT_NE(cache.Find("199", view.head()), nullptr);
  Assign("MA.156.1302");
  EXPECT_EQ(cache.Find("199", ledger_.Read().head()), nullptr);
}

}  // namespace
}  // namespace cityid
