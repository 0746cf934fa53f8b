// Properties of the ledger over random records. The seed is printed; CITYID_SEED=N runs the same
// again.
#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <iostream>
#include <map>
#include <random>
#include <set>

#include "ledger/state/apply.h"
#include "ledger/store/lmdb.h"
#include "ledger/sync/replay.h"
#include "tests/property/chosen_seed.h"
#include "tests/property/oracle.h"
#include "tests/world/consortium.h"

namespace cityid {
namespace {

using testing::ByAuthority;
using testing::ByHolder;
using testing::ChosenSeed;
using testing::CodeKey;
using testing::Consortium;
using testing::HoldingOf;
using testing::Id;
using testing::InNoChain;
using testing::KeyNamed;
using testing::kNow;
using testing::NextPolicy;
using testing::OfPrefix;
using testing::Oracle;
using testing::RecordKey;
using testing::ScratchDirectory;

/// docs/proof.md, 2, word for word: the root over these keys and values.
Sha256Hash NaiveMapRoot(const std::vector<std::pair<Bytes, Bytes>>& pairs) {
  constexpr std::uint8_t kLeaf[] = {0};
  constexpr std::uint8_t kNode[] = {1};
  const auto number = [](std::size_t value) {
    Bytes bytes;
    for (; value >= 0x80; value >>= 7) bytes.push_back(static_cast<std::uint8_t>(value | 0x80));
    bytes.push_back(static_cast<std::uint8_t>(value));
    return bytes;
  };
  const auto bit_of = [](const Bytes& key, std::size_t n) {
    if (n / 8 < key.size()) return (key[n / 8] >> (7 - n % 8) & 1) != 0;
    return n / 8 > key.size();
  };
  if (pairs.empty()) return Sha256({});
  if (pairs.size() == 1) {
    const auto& [key, value] = pairs[0];
    return Sha256({kLeaf, number(key.size()), key, number(value.size()), value});
  }
  for (std::size_t n = 0;; ++n) {
    std::vector<std::pair<Bytes, Bytes>> side[2];
    for (const auto& pair : pairs) side[bit_of(pair.first, n)].push_back(pair);
    if (side[0].empty() || side[1].empty()) continue;
    const auto left = NaiveMapRoot(side[0]);
    const auto right = NaiveMapRoot(side[1]);
    return Sha256({kNode, number(n), left.view(), right.view()});
  }
}

/// Makes records that are mostly right, and then wrong in one way or another.
class LedgerProperty : public ::testing::Test {
 protected:
  std::uint64_t Below(std::uint64_t bound) { return random_() % bound; }
  bool Percent(std::uint64_t percent) { return Below(100) < percent; }
  template <class T>
  const T& Any(const std::vector<T>& values) {
    return values[Below(values.size())];
  }

  void Remember(const std::string& name) {
    const PublicKey key = KeyNamed(name).public_key();
    if (names_.emplace(key, name).second) known_.push_back(key);
  }
  PublicKey FreshKey() {
    const std::string name = "fresh " + std::to_string(names_.size());
    Remember(name);
    return KeyNamed(name).public_key();
  }
  KeyGrant FreshGrant() {
    // Sometimes one that is used already.
    const PublicKey key = Percent(5) ? Any(known_) : FreshKey();
    if (Percent(60)) return {key, KeyUse::kRecord, {}, 0, KeyStatus::kActive, {}};
    return {key, KeyUse::kCode, {Purpose::kCity}, 1, KeyStatus::kActive, {}};
  }
  std::vector<KeyGrant> NewKeys() {
    std::vector<KeyGrant> keys = {
        {FreshKey(), KeyUse::kRecord, {}, 0, KeyStatus::kActive, {}},
        {FreshKey(), KeyUse::kCode, {Purpose::kCity}, 1, KeyStatus::kActive, {}}};
    if (Percent(30)) keys.push_back(FreshGrant());
    return keys;
  }
  TextMap SomeAliases() {
    TextMap aliases;
    if (Percent(70)) aliases["gbt2260"] = std::to_string(Below(12));
    if (Percent(30)) aliases["wikidata"] = "Q" + std::to_string(Below(12));
    return aliases;
  }

  Record AnyRecord() {
    const std::string id = Any(ids_);
    const auto found = *FindIdentifier(live_, Id(id));
    // Identifiers end for good in time, and then none can follow another: this comes early or
    // never.
    if (found && accepted_types_[RecordType::kSupersede] == 0 && Percent(10))
      return ByAuthority(live_, id, Supersede{Any(ids_), {}});
    const auto kind = Below(found ? 24 : 8);
    if (kind == 0) return AnyPolicy();
    if (kind == 1) return AnyDelegation();
    if (!found || kind == 2)
      return InNoChain(live_, id, Assign{HoldingOf(NewKeys()), SomeAliases()});
    Holding holding = *ReadHolding(live_, *found);
    if (kind <= 7) {
      holding.metadata.names["en"] = std::to_string(Below(1000));
      if (Percent(25)) holding.keys.push_back(FreshGrant());
      if (Percent(10)) Any(holding.keys, KeyStatus::kCompromised);
      if (Percent(4)) holding.keys.pop_back();
      return ByHolder(live_, id, Update{std::move(holding)});
    }
    if (kind <= 9) {
      for (KeyGrant& key : holding.keys) {
        if (Percent(4)) continue;
        key.status = KeyStatus::kCompromised;
        key.retired_at.reset();
      }
      for (const KeyGrant& key : NewKeys()) holding.keys.push_back(key);
      return ByAuthority(live_, id, Recover{std::move(holding.keys)});
    }
    if (kind <= 11) return ByAuthority(live_, id, Suspend{});
    if (kind <= 12) return ByHolder(live_, id, Suspend{});
    if (kind <= 17) return ByAuthority(live_, id, Resume{});
    if (kind == 18 && Percent(80)) return ByAuthority(live_, id, Supersede{Any(ids_), {}});
    if (kind == 19 && Percent(25)) return ByAuthority(live_, id, Revoke{});
    if (kind <= 21) {
      const auto first = static_cast<std::uint32_t>(Below(2000));
      return InNoChain(live_, id,
                       RevokeCodes{Any(holding.keys).key,
                                   {{first, first + static_cast<std::uint32_t>(Below(600))}},
                                   Percent(10) ? std::optional(Below(2'000'000'000)) : std::nullopt,
                                   {}});
    }
    return ByAuthority(live_, id, Aliases{SomeAliases()});
  }
  void Any(std::vector<KeyGrant>& keys, KeyStatus status) {
    KeyGrant& key = keys[Below(keys.size())];
    key.status = status;
    key.retired_at.reset();
  }
  Record AnyDelegation() {
    const std::string prefix = Any(prefixes_);
    Registrar registrar;
    if (Percent(70)) {
      for (auto count = 1 + Below(3); count > 0; --count) registrar.keys.push_back(FreshKey());
      const auto found = *FindPrefix(live_, *Prefix::Parse(prefix));
      if (found && !found->registrar.keys.empty() && Percent(40))
        registrar.keys.push_back(found->registrar.keys[0]);
      registrar.threshold = static_cast<std::uint8_t>(1 + Below(registrar.keys.size()));
    }
    return OfPrefix(live_, prefix, std::move(registrar));
  }
  Record AnyPolicy() {
    Policy policy = (*FindPolicy(live_))->policy;
    if (!Percent(10)) ++policy.version;
    auto& institutes = policy.institutes;
    if (Percent(50)) institutes[Below(institutes.size())].record_key = FreshKey();
    if (Percent(20) && institutes.size() < 6) {
      const PublicKey key = FreshKey();
      institutes.push_back({"institute-" + Hex(key).substr(0, 8), {}, key, FreshKey()});
    }
    if (Percent(20)) institutes.erase(institutes.begin());
    policy.quorum = static_cast<std::uint8_t>(institutes.size() / 2 + (Percent(10) ? 0 : 1));
    return NextPolicy(live_, std::move(policy));
  }

  /// Those that `Judge` asks for, or others.
  std::vector<Signer> AnySigners(const Record& record) {
    std::set<Signer> signers;
    const auto judgement = Judge(live_, record, {{live_.size(), RecordHash{}}, kNow});
    if (judgement && !judgement->requirement.any_of.empty()) {
      const Quorum& quorum = Any(judgement->requirement.any_of);
      std::vector<PublicKey> members = quorum.members;
      std::shuffle(members.begin(), members.end(), random_);
      for (std::size_t i = 0; i < quorum.threshold && i < members.size(); ++i)
        signers.insert({quorum.role, members[i]});
      for (const PublicKey& key : judgement->requirement.new_keys)
        signers.insert({Role::kNewKey, key});
    }
    if (Percent(25) || signers.empty()) {
      const auto role = static_cast<Role>(1 + Below(5));
      const auto any = [&] {
        return std::next(signers.begin(), std::ptrdiff_t(Below(signers.size())));
      };
      switch (signers.empty() ? 0 : Below(5)) {
        case 0:  // one too many
          signers.insert({role, Any(known_)});
          break;
        case 1:  // one too few
          signers.erase(any());
          break;
        case 2: {  // the right key in another role
          const PublicKey key = any()->key;
          signers.erase(any());
          signers.insert({role, key});
          break;
        }
        case 3: {  // another key in the same role
          const Role same = any()->role;
          signers.erase(any());
          signers.insert({same, Any(known_)});
          break;
        }
        default: {  // all of them in one other role
          std::set<Signer> moved;
          for (const Signer& signer : signers)
            moved.insert({signer.role == Role::kNewKey ? Role::kNewKey : role, signer.key});
          signers = moved;
        }
      }
      if (signers.empty()) signers.insert({role, Any(known_)});
    }
    for (auto signer = signers.begin(); signer != signers.end();) {
      signer = names_.contains(signer->key) ? std::next(signer) : signers.erase(signer);
    }
    return {signers.begin(), signers.end()};
  }

  Bytes AnyEntry() {
    if (Percent(6)) {
      // One that was there before. An old state root would be a wrong one, not a refused one.
      const Bytes& again = Any(entries_);
      if (!ParseStateRoot(again)) return again;
    }
    Record record = AnyRecord();
    // Most often one that only its signers can spoil.
    for (int i = 0; i < 3 && !Judge(live_, record, {{live_.size(), RecordHash{}}, kNow}); ++i)
      record = AnyRecord();
    if (Percent(3)) record.previous = RecordHash{};
    if (Percent(2)) record.authority = record.previous;
    if (Percent(2)) record.log = RecordHash{};
    if (Percent(2)) record.not_after = 1'799'999'999 + Below(3);
    std::vector<Signer> signers = AnySigners(record);
    if (signers.empty()) signers.push_back({Role::kHolder, Any(known_)});
    std::deque<SecretKey> keys;
    std::vector<SigningKey> signing;
    for (const Signer& signer : signers)
      signing.push_back({signer.role, &keys.emplace_back(KeyNamed(names_.at(signer.key)))});
    Bytes entry = *SignRecord(record, signing);
    if (Percent(2)) entry[Below(entry.size())] ^= static_cast<std::uint8_t>(1 + Below(255));
    if (Percent(1)) entry.resize(Below(entry.size()));
    return entry;
  }

  /// Ends a batch as a replica does.
  void LiveStateRoot() {
    const auto root = NaiveMapRoot({live_.values().begin(), live_.values().end()});
    const auto time = static_cast<std::uint64_t>(kNow.time_since_epoch().count());
    const Bytes entry =
        WriteStateRoot(consortium_.log(), {*MapHash::From(root.view()), entries_.size(), time});
    live_.AddEntry(entry);
    entries_.push_back(entry);
    accepted_.push_back(true);
    batches_.push_back(entries_.size());
  }

  /// Applies an entry as a replica does: a refused one keeps its place.
  void Live(const Bytes& entry) {
    const Index index{live_.size()};
    const auto verified = VerifyRecord(entry);
    const auto change =
        verified ? Apply(live_, *verified, index, kNow) : Result<Change>(verified.error());
    live_.AddEntry(entry);
    entries_.push_back(entry);
    if (change) {
      for (const auto& [key, value] : change->writes) live_.Put(key, value);
    }
    accepted_.push_back(change.ok());
    if (!verified) return;
    const Record& record = verified->record();
    const bool allowed = index.value == 0 || oracle_.Allows(record, verified->signers());
    if (change) {
      EXPECT_TRUE(allowed) << Name(record.type()) << " at " << index.value;
      ++accepted_types_[record.type()];
      oracle_.Accept(record);
    } else if (change.error().detail.starts_with("signer-")) {
      EXPECT_FALSE(allowed) << Name(record.type()) << " at " << index.value << ": "
                            << change.error().detail;
      ++refused_signers_;
    }
  }

  void SetUp() override {
    random_.seed(ChosenSeed());
    for (const char* name : {"log", "stranger"}) Remember(name);
    for (int i = 0; i < 3; ++i) {
      Remember("institute-" + std::to_string(i) + ".example");
      Remember("institute-" + std::to_string(i) + ".example witness");
    }
    Live(consortium_.genesis());
    LiveStateRoot();
  }

  std::mt19937_64 random_;
  Consortium consortium_;
  // Names, not secrets: a secret takes pages of its own, and a process has only so many.
  std::map<PublicKey, std::string> names_;
  std::vector<PublicKey> known_;
  const std::vector<std::string> prefixes_ = {"MA.156", "MA.156.1", "MA.156.2", "MA.156.1.A"};
  const std::vector<std::string> ids_ = [] {
    std::vector<std::string> ids;
    for (const char* city : {"MA.156.1", "MA.156.2", "MA.250.1"}) {
      ids.emplace_back(city);
      for (const char* unit : {".A", ".B"}) {
        ids.push_back(city + std::string(unit));
        for (const char* device : {".X", ".Y"}) ids.push_back(city + std::string(unit) + device);
      }
    }
    return ids;
  }();

  MemoryState live_;
  Oracle oracle_;
  std::vector<Bytes> entries_;
  std::vector<bool> accepted_;
  std::vector<std::size_t> batches_;  ///< where each one ends, behind its state root
  std::map<RecordType, int> accepted_types_;
  std::size_t refused_signers_ = 0;
};

constexpr std::size_t kRecords = 3000;

/// RFC 6962, 2.1, word for word.
Sha256Hash NaiveRoot(const std::vector<Bytes>& entries, std::size_t from, std::size_t to) {
  constexpr std::uint8_t kLeaf[] = {0};
  constexpr std::uint8_t kNode[] = {1};
  if (to - from == 0) return Sha256({});
  if (to - from == 1) return Sha256({kLeaf, entries[from]});
  std::size_t split = 1;
  while (split * 2 < to - from) split *= 2;
  const auto left = NaiveRoot(entries, from, from + split);
  const auto right = NaiveRoot(entries, from + split, to);
  return Sha256({kNode, left.view(), right.view()});
}

std::map<Bytes, Bytes> RowsOf(const LedgerView& view, Table table) {
  std::map<Bytes, Bytes> rows;
  EXPECT_TRUE(view.rows().Scan(table, {}, [&](ByteView key, ByteView value) {
    rows.emplace(Bytes(key.begin(), key.end()), Bytes(value.begin(), value.end()));
    return true;
  }));
  return rows;
}

/// The ledger holds the entries and the state of one by one, and nothing else.
class ReplicaProperty : public LedgerProperty {
 protected:
  void ExpectLive(const LedgerView& view) const {
    for (std::size_t i = 0; i < entries_.size(); ++i)
      EXPECT_TRUE(Equal(*view.Entry(Index{i}), entries_[i])) << i;
    EXPECT_TRUE(RowsOf(view, Table::kState) == live_.values());
    EXPECT_EQ(view.head().size, TreeSize{entries_.size()});
    const Sha256Hash naive = NaiveRoot(entries_, 0, entries_.size());
    EXPECT_TRUE(Equal(view.head().root.view(), naive.view()));
    EXPECT_TRUE(Equal(RootOf(view, view.head().size)->view(), naive.view()));
    const auto map = NaiveMapRoot({live_.values().begin(), live_.values().end()});
    EXPECT_TRUE(Equal(view.head().map.view(), map.view()));
    EXPECT_EQ(view.head().rules_time, kNow);
  }
};

TEST_F(ReplicaProperty, AReplicaComesToTheStateOfOneByOneAndOnlyTheAuthorityActs) {
  constexpr RecordType kTypes[] = {
      RecordType::kGenesis,   RecordType::kPolicy,  RecordType::kDelegate,    RecordType::kAssign,
      RecordType::kUpdate,    RecordType::kRecover, RecordType::kSuspend,     RecordType::kResume,
      RecordType::kSupersede, RecordType::kRevoke,  RecordType::kRevokeCodes, RecordType::kAliases};
  const auto every_type = [&] {
    return std::ranges::all_of(kTypes, [&](RecordType type) { return accepted_types_[type] > 0; });
  };
  // Some types are rarely accepted: on until each was, if need be.
  while ((entries_.size() < kRecords || (!every_type() && entries_.size() < 4 * kRecords)) &&
         !HasFailure()) {
    for (auto size = Percent(30) ? 1 + Below(3) : 1 + Below(80); size > 0; --size) Live(AnyEntry());
    LiveStateRoot();
  }

  // Enough of everything, or the rest says little.
  const auto accepted =
      std::count(accepted_.begin(), accepted_.end(), true) - std::ptrdiff_t(batches_.size());
  EXPECT_GT(accepted, std::ptrdiff_t(kRecords / 5));
  EXPECT_GT(std::count(accepted_.begin(), accepted_.end(), false), std::ptrdiff_t(kRecords / 10));
  EXPECT_GT(refused_signers_, kRecords / 20);
  for (const RecordType type : kTypes) EXPECT_GT(accepted_types_[type], 0) << Name(type);

  const ScratchDirectory scratch;
  auto replica = Replica::Create(scratch.path() / "ledger", entries_[0], kNow);
  ASSERT_TRUE(replica) << replica.error().detail;
  for (std::size_t batch = 1; batch < batches_.size(); ++batch) {
    const std::size_t first = batches_[batch - 1];
    const std::size_t size = batches_[batch] - first - 1;
    const auto outcome = replica->Append(
        {entries_.begin() + std::ptrdiff_t(first), entries_.begin() + std::ptrdiff_t(first + size)},
        kNow, Refused::kKept);
    ASSERT_TRUE(outcome) << outcome.error().detail;
    for (std::size_t i = 0; i < size; ++i) {
      EXPECT_EQ((*outcome)[i].index, Index{first + i});
      EXPECT_EQ(!(*outcome)[i].refused, accepted_[first + i]) << first + i;
    }
  }

  const auto view = replica->Read();
  ASSERT_TRUE(view);
  ExpectLive(*view);

  // The same from nothing but the log.
  auto other = Replica::CreateEmpty(scratch.path() / "replayed");
  ASSERT_TRUE(other) << other.error().detail;
  LedgerSource source(*view);
  const auto replayed = Replay(*other, source, {view->head().size, view->head().root, {}});
  ASSERT_TRUE(replayed) << replayed.error().detail;
  const auto again = other->Read();
  ASSERT_TRUE(again);
  ExpectLive(*again);
  Head head = again->head();
  head.time = view->head().time;  // of a head without checkpoint: when it was written
  EXPECT_EQ(head, view->head());
  for (const Table table :
       {Table::kEntries, Table::kTiles, Table::kState, Table::kMap, Table::kDrafts}) {
    EXPECT_EQ(RowsOf(*again, table), RowsOf(*view, table)) << static_cast<int>(table);
  }
  std::cout << accepted << " of " << kRecords << " records accepted, " << refused_signers_
            << " refused for their signers\n";
}

}  // namespace
}  // namespace cityid
