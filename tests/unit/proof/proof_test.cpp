#include "ledger/proof/proof.h"

#include <gtest/gtest.h>

#include "tests/world/log_sources.h"
#include "tests/world/published.h"

namespace cityid {
namespace {

using std::chrono::hours;
using std::chrono::seconds;
using std::chrono::sys_seconds;
using testing::Consortium;
using testing::EntriesOf;
using testing::Id;
using testing::KeyNamed;
using testing::kNow;
using testing::ListSource;
using testing::PublishedLedger;
using testing::WithDigest;

const std::string kOrigin = "id.example.cn/ledger";

/// A checkpoint with the log's signature and cosignatures of the first institutes at these times.
std::string NoteOf(TreeSize size, const RootHash& root, const std::vector<sys_seconds>& times,
                   const std::string& log_key = "log", const std::string& origin = kOrigin) {
  Note note{Checkpoint{origin, size, root}.text(), {}};
  note.signatures.push_back(SignNote(note.text, origin, KeyNamed(log_key)));
  for (std::size_t i = 0; i < times.size(); ++i) {
    const std::string name = "institute-" + std::to_string(i) + ".example";
    note.signatures.push_back(CosignNote(note.text, name, KeyNamed(name + " witness"), times[i]));
  }
  return WriteNote(note);
}

class ProofTest : public ::testing::Test {
 protected:
  void SetUp() override {
    ledger_.Append({City("MA.156.1301"), City("MA.156.1302")});
    ledger_.Append({City("MA.156.1301.02")});
  }
  Bytes City(const std::string& id) const {
    return consortium_.AssignEntry(id, consortium_.Institutes(2));
  }
  /// Signed and cosigned by no more than the quorum, so that each of its bits counts.
  std::string NoteNow() const {
    const LedgerView view = ledger_.Read();
    return NoteOf(view.head().size, view.head().root, {kNow, kNow});
  }
  Bytes Proof(std::vector<Bytes> keys, std::vector<Index> entries = {},
              std::optional<TreeSize> since = {}) const {
    const LedgerView view = ledger_.Read();
    const auto proof =
        MakeProof(view, NoteNow(), {"MA.156.1301", std::move(keys), std::move(entries), since});
    EXPECT_TRUE(proof) << proof.error().detail;
    return *proof;
  }
  Result<ProvenState> Open(const Bytes& document, const std::optional<KeptHead>& kept = {},
                           sys_seconds now = kNow) const {
    return ProvenState::Open(document, ledger_.trust(), now, kept);
  }
  Errc CodeOf(const Bytes& document, const std::optional<KeptHead>& kept = {},
              sys_seconds now = kNow) const {
    const auto opened = Open(document, kept, now);
    EXPECT_FALSE(opened);
    return opened ? Errc::kIo : opened.error().code;
  }
  /// The record that says what the identifier holds.
  Index ContentOf(const std::string& id) const {
    return Index{(*FindIdentifier(ledger_.Read(), Id(id)))->content.index};
  }
  KeptHead Kept() const {
    const LedgerView view = ledger_.Read();
    return {Checkpoint{kOrigin, view.head().size, view.head().root}};
  }

  Consortium consortium_;
  PublishedLedger ledger_{consortium_};
  const Bytes city_ = IdentifierKey(Id("MA.156.1301"));
  const Bytes absent_ = IdentifierKey(Id("MA.156.9999"));
};

TEST_F(ProofTest, ProvesPresentAndAbsentKeys) {
  const auto proven = Open(Proof({city_, absent_, PolicyKey()}));
  ASSERT_TRUE(proven) << proven.error().detail;
  const LedgerView view = ledger_.Read();
  for (const Bytes& key : {city_, PolicyKey()}) {
    const auto value = proven->Get(key);
    ASSERT_TRUE(value && *value) << Hex(key);
    EXPECT_TRUE(Equal(**value, **view.Get(key))) << Hex(key);
  }
  const auto absent = proven->Get(absent_);
  ASSERT_TRUE(absent) << absent.error().detail;
  EXPECT_FALSE(*absent);
}

TEST_F(ProofTest, AKeyThatItDoesNotCoverIsAnErrorNeverAbsence) {
  const auto proven = Open(Proof({city_}));
  ASSERT_TRUE(proven);
  std::size_t keys = 0;
  for (const auto& [key, value] : testing::RowsOf(ledger_.Read(), Table::kState)) {
    if (key == city_) continue;
    const auto found = proven->Get(key);
    ASSERT_FALSE(found) << Hex(key);
    EXPECT_EQ(found.error().code, Errc::kForged) << Hex(key);
    ++keys;
  }
  EXPECT_GT(keys, 10u);
}

TEST_F(ProofTest, SaysWhatTheLedgersHeadIs) {
  const auto proven = Open(Proof({city_}));
  ASSERT_TRUE(proven);
  const LedgerView view = ledger_.Read();
  EXPECT_EQ(proven->head(), view.head());
  EXPECT_EQ(proven->about(), "MA.156.1301");
  EXPECT_EQ(proven->checkpoint().checkpoint.size, view.head().size);
}

TEST_F(ProofTest, CarriesRecordsThatTheStateNames) {
  const Index index = ContentOf("MA.156.1301");
  const auto proven = Open(Proof({city_}, {index, index}));
  ASSERT_TRUE(proven) << proven.error().detail;
  EXPECT_TRUE(Equal(*proven->Entry(index), *ledger_.Read().Entry(index)));
  const auto state = FindIdentifier(*proven, Id("MA.156.1301"));
  EXPECT_EQ(ReadHolding(*proven, **state)->metadata.names.at("en"), "City MA.156.1301");
}

TEST_F(ProofTest, ARecordThatIsMissingIsAnErrorWhenItIsRead) {
  const auto proven = Open(Proof({city_}));
  ASSERT_TRUE(proven);
  const auto entry = proven->Entry(ContentOf("MA.156.1301"));
  ASSERT_FALSE(entry);
  EXPECT_EQ(entry.error().code, Errc::kForged);
  const auto state = FindIdentifier(*proven, Id("MA.156.1301"));
  ASSERT_TRUE(state && *state);
  EXPECT_FALSE(ReadHolding(*proven, **state));
}

TEST_F(ProofTest, ARecordThatTheStateDoesNotNameIsRefused) {
  for (const Index index : {Index{0}, Index{1}, ContentOf("MA.156.1302")})
    EXPECT_EQ(CodeOf(Proof({city_}, {index})), Errc::kForged) << index.value;
  ProofDocument document = *ParseProof(Proof({city_}, {ContentOf("MA.156.1301")}));
  document.records.push_back({1, 2, 3});
  EXPECT_EQ(CodeOf(WithDigest(document)), Errc::kForged);
}

TEST_F(ProofTest, ARecordThatStandsThereTwiceIsRefused) {
  ProofDocument document = *ParseProof(Proof({city_}, {ContentOf("MA.156.1301")}));
  document.records.push_back(document.records[0]);
  EXPECT_EQ(CodeOf(WithDigest(document)), Errc::kForged);
}

TEST_F(ProofTest, EverySingleBitFlipFails) {
  const Bytes document =
      Proof({city_, absent_, PolicyKey()}, {ContentOf("MA.156.1301"), Index{0}}, TreeSize{2});
  ASSERT_TRUE(Open(document));
  Bytes flipped = document;
  for (std::size_t bit = 0; bit < document.size() * 8; ++bit) {
    flipped[bit / 8] ^= static_cast<std::uint8_t>(1 << bit % 8);
    ASSERT_FALSE(Open(flipped)) << "bit " << bit;
    flipped[bit / 8] = document[bit / 8];
  }
}

/// The digest finds accidents; who means harm computes it anew.
TEST_F(ProofTest, EverySingleBitFlipOfAPartFailsWithTheRightDigest) {
  const ProofDocument good = *ParseProof(Proof({city_, absent_}, {ContentOf("MA.156.1301")}));
  ASSERT_TRUE(Open(WithDigest(good)));
  const auto flip_all = [&](const char* name, std::size_t size, const auto& byte_of) {
    ProofDocument changed = good;
    for (std::size_t bit = 0; bit < size * 8; ++bit) {
      auto& byte = byte_of(changed, bit / 8);
      const auto before = byte;
      byte = static_cast<std::remove_reference_t<decltype(byte)>>(byte ^ 1 << bit % 8);
      ASSERT_FALSE(Open(WithDigest(changed))) << name << ", bit " << bit;
      byte = before;
    }
  };
  flip_all("note", good.note.size(),
           [](ProofDocument& d, std::size_t i) -> char& { return d.note[i]; });
  flip_all("state root", good.state_root.size(),
           [](ProofDocument& d, std::size_t i) -> std::uint8_t& { return d.state_root[i]; });
  flip_all("map", good.map.size(),
           [](ProofDocument& d, std::size_t i) -> std::uint8_t& { return d.map[i]; });
  flip_all("record", good.records[0].size(),
           [](ProofDocument& d, std::size_t i) -> std::uint8_t& { return d.records[0][i]; });
  for (std::size_t i = 0; i < good.inclusion.size(); ++i) {
    for (std::size_t bit = 0; bit < 256; ++bit) {
      ProofDocument changed = good;
      Bytes hash(good.inclusion[i].data(), good.inclusion[i].data() + 32);
      hash[bit / 8] ^= static_cast<std::uint8_t>(1 << bit % 8);
      changed.inclusion[i] = *NodeHash::From(hash);
      ASSERT_FALSE(Open(WithDigest(changed))) << "inclusion, bit " << bit;
    }
  }
}

TEST_F(ProofTest, ADocumentThatIsCutOrHasMoreIsMalformed) {
  const Bytes document = Proof({city_});
  for (std::size_t size = 0; size < document.size(); ++size)
    ASSERT_FALSE(ParseProof(ByteView(document).first(size))) << size;
  Bytes longer = document;
  longer.push_back(0);
  EXPECT_EQ(ParseProof(longer).error().code, Errc::kMalformed);
  EXPECT_EQ(ParseProof(Bytes(kMaxProof + 1)).error().code, Errc::kTooLarge);
}

TEST_F(ProofTest, PartsOfTwoDocumentsAreRefusedInEveryMixture) {
  const ProofDocument old = *ParseProof(Proof({city_, absent_}));
  ledger_.Append({City("MA.156.1303")}, kNow + seconds(1));
  const ProofDocument fresh = *ParseProof(Proof({city_, absent_}));
  for (int parts = 0; parts < 16; ++parts) {
    ProofDocument mixed = old;
    if (parts & 1) mixed.note = fresh.note;
    if (parts & 2) mixed.state_root = fresh.state_root;
    if (parts & 4) mixed.inclusion = fresh.inclusion;
    if (parts & 8) mixed.map = fresh.map;
    const auto opened = Open(WithDigest(mixed));
    EXPECT_EQ(opened.ok(), parts == 0 || parts == 15) << parts;
    if (!opened) {
      EXPECT_EQ(opened.error().code, Errc::kForged) << parts;
    }
  }
}

TEST_F(ProofTest, AnAbsenceOfBeforeIsNoneAfter) {
  const ProofDocument old = *ParseProof(Proof({absent_}));
  ledger_.Append({City("MA.156.9999")}, kNow);
  ProofDocument mixed = *ParseProof(Proof({absent_}));
  ASSERT_TRUE(*Open(WithDigest(mixed))->Get(absent_));
  mixed.map = old.map;
  EXPECT_EQ(CodeOf(WithDigest(mixed)), Errc::kForged);
}

TEST_F(ProofTest, CannotBeMadeOfNothingOrBackwards) {
  const testing::ScratchDirectory scratch;
  const auto empty = Replica::CreateEmpty(scratch.path() / "ledger");
  EXPECT_EQ(MakeProof(*empty->Read(), "", {}).error().code, Errc::kUsage);
  const LedgerView view = ledger_.Read();
  const TreeSize larger{view.head().size.value + 1};
  EXPECT_EQ(MakeProof(view, NoteNow(), {"", {}, {}, larger}).error().code, Errc::kUsage);
}

/// Trees that a log and a quorum signed, though no honest ones would.
class StateRootOfProof : public ProofTest {
 protected:
  void SetUp() override {
    ProofTest::SetUp();
    entries_ = EntriesOf(ledger_.Read());
    good_ = *ParseProof(Proof({city_, PolicyKey()}));
    root_ = *ParseStateRoot(entries_.back());
  }
  /// The document of the tree of these entries that shows the one at `index` as the last.
  Bytes Document(const std::vector<Bytes>& entries, std::size_t index,
                 const std::string& log_key = "log") const {
    const ListSource log(entries);
    ProofDocument document = good_;
    document.note = NoteOf(log.size(), log.root(), {kNow, kNow}, log_key);
    document.state_root = entries[index];
    document.inclusion = *ProveInclusion(log.tiles(), Index{index}, log.size());
    return WithDigest(document);
  }
  Bytes DocumentEndingWith(const Bytes& last) const {
    auto entries = entries_;
    entries.back() = last;
    return Document(entries, entries.size() - 1);
  }

  std::vector<Bytes> entries_;
  ProofDocument good_;
  ClaimedStateRoot root_;
};

TEST_F(StateRootOfProof, IsTakenIfItIsTheLastEntry) {
  EXPECT_TRUE(Open(Document(entries_, entries_.size() - 1)));
}

TEST_F(StateRootOfProof, MustBeTheLastEntry) {
  auto longer = entries_;
  longer.push_back({1});
  EXPECT_EQ(CodeOf(Document(longer, entries_.size() - 1)), Errc::kForged);
  longer.back() = entries_.back();
  EXPECT_EQ(CodeOf(Document(longer, entries_.size() - 1)), Errc::kForged);
  EXPECT_EQ(CodeOf(Document(longer, entries_.size())), Errc::kForged);
}

TEST_F(StateRootOfProof, MustBeOne) {
  EXPECT_EQ(CodeOf(DocumentEndingWith(entries_[0])), Errc::kForged);
  EXPECT_EQ(CodeOf(DocumentEndingWith({})), Errc::kForged);
  const Record record{consortium_.log(), {}, {}, {}, {}, root_.root};
  const Bytes signed_one = *SignRecord(record, consortium_.Institutes(2));
  EXPECT_EQ(CodeOf(DocumentEndingWith(signed_one)), Errc::kForged);
}

TEST_F(StateRootOfProof, MustBeOfTheLogWhosePolicyIsProved) {
  EXPECT_EQ(CodeOf(DocumentEndingWith(WriteStateRoot(RecordHash{}, root_.root))), Errc::kForged);
}

TEST_F(StateRootOfProof, MustCoverItsTree) {
  for (const std::uint64_t size :
       {std::uint64_t{0}, root_.root.size - 1, root_.root.size + 1, ~std::uint64_t{0}}) {
    StateRoot root = root_.root;
    root.size = size;
    EXPECT_EQ(CodeOf(DocumentEndingWith(WriteStateRoot(root_.log, root))), Errc::kForged) << size;
  }
}

TEST_F(StateRootOfProof, MustBeOfTheMapShown) {
  StateRoot root = root_.root;
  root.root = EmptyMap();
  EXPECT_EQ(CodeOf(DocumentEndingWith(WriteStateRoot(root_.log, root))), Errc::kForged);
}

TEST_F(StateRootOfProof, MustBeUnderACheckpointOfATrustedLogKey) {
  EXPECT_EQ(CodeOf(Document(entries_, entries_.size() - 1, "log 2")), Errc::kForged);
  ProofDocument document = good_;
  const ListSource log(entries_);
  document.note = NoteOf(log.size(), log.root(), {kNow, kNow}, "log", "other.example/ledger");
  EXPECT_EQ(CodeOf(WithDigest(document)), Errc::kForged);
}

/// What anybody can write who wants to be followed: a policy, in a document that fits together.
class ClaimedPolicies : public ProofTest {
 protected:
  PolicyState Present() const { return **FindPolicy(ledger_.Read()); }
  /// A document whose map has nothing but this value under the policy's key.
  Bytes Claiming(ByteView value) const {
    ProofDocument document = *ParseProof(Proof({PolicyKey()}));
    document.map = {0};
    const Bytes policy_key = PolicyKey();
    for (const ByteView part : {ByteView(policy_key), value}) {
      std::size_t size = part.size();
      for (; size >= 0x80; size >>= 7)
        document.map.push_back(static_cast<std::uint8_t>((size & 0x7F) | 0x80));
      document.map.push_back(static_cast<std::uint8_t>(size));
      document.map.insert(document.map.end(), part.begin(), part.end());
    }
    return WithDigest(document);
  }
  Bytes Claiming(const Policy& policy) const {
    PolicyState state = Present();
    state.policy = policy;
    return Claiming(EncodeFields(state));
  }
  /// The rule that the policy breaks; "none" if it is taken.
  std::string RuleThatRefuses(const std::function<void(Policy&)>& change) const {
    Policy policy = Present().policy;
    change(policy);
    const auto claimed = ClaimedPolicy(Claiming(policy));
    if (claimed) return "none";
    EXPECT_EQ(claimed.error().code, Errc::kRefused);
    return testing::RuleOf(claimed.error().detail);
  }
};

TEST_F(ClaimedPolicies, OneThatTheRulesWouldTakeIsRead) {
  const auto claimed = ClaimedPolicy(Claiming(Present().policy));
  ASSERT_TRUE(claimed) << claimed.error().detail;
  EXPECT_EQ(claimed->policy, Present().policy);
  EXPECT_EQ(claimed->log, consortium_.log());
  EXPECT_EQ(RuleThatRefuses([](Policy& policy) { policy.version = 7; }), "none");
}

TEST_F(ClaimedPolicies, OneThatAsksForNobodyIsRefused) {
  EXPECT_EQ(RuleThatRefuses([](Policy& policy) { policy.quorum = 0; }), "policy-quorum");
  EXPECT_EQ(RuleThatRefuses([](Policy& policy) {
              policy.institutes.clear();
              policy.quorum = 0;
            }),
            "policy-institutes");
}

TEST_F(ClaimedPolicies, OneThatTheRulesWouldRefuseIsRefused) {
  EXPECT_EQ(RuleThatRefuses([](Policy& policy) { policy.quorum = 1; }), "policy-quorum");
  EXPECT_EQ(RuleThatRefuses([](Policy& policy) { policy.quorum = 4; }), "policy-quorum");
  EXPECT_EQ(RuleThatRefuses([](Policy& policy) { policy.quorum = 255; }), "policy-quorum");
  EXPECT_EQ(RuleThatRefuses([](Policy& policy) { policy.witness_quorum = 1; }), "policy-witnesses");
  EXPECT_EQ(RuleThatRefuses([](Policy& policy) { policy.log_keys.clear(); }), "policy-log-keys");
  EXPECT_EQ(RuleThatRefuses([](Policy& policy) {
              policy.institutes[1].witness_key = policy.institutes[0].witness_key;
            }),
            "policy-keys");
  EXPECT_EQ(RuleThatRefuses([](Policy& policy) { policy.institutes[0].name = "a b+c\n"; }),
            "policy-name");
}

TEST_F(ClaimedPolicies, WithoutAQuorumNoNoteIsEverGoodEnough) {
  Policy policy = Present().policy;
  policy.quorum = 0;
  const Trust nobody = Trust::Of(kOrigin, policy);
  EXPECT_EQ(nobody.Open(NoteNow(), kNow).error().code, Errc::kRefused);
  EXPECT_FALSE(nobody.Minimal(NoteNow(), kNow));
}

TEST_F(ClaimedPolicies, WhatIsNoPolicyIsNone) {
  EXPECT_EQ(ClaimedPolicy(Proof({city_})).error().code, Errc::kForged);
  EXPECT_FALSE(ClaimedPolicy(Claiming(Bytes{})));
  EXPECT_FALSE(ClaimedPolicy(Claiming(Bytes(100, 0xFF))));
  EXPECT_EQ(ClaimedPolicy(Bytes{}).error().code, Errc::kMalformed);
}

class KeptHeads : public ProofTest {
 protected:
  void SetUp() override {
    ProofTest::SetUp();
    before_ = Kept();
    ledger_.Append({City("MA.156.1303")});
    ledger_.Append({City("MA.156.1304")});
  }
  KeptHead before_;
};

TEST_F(KeptHeads, AConsistentLaterHeadIsTaken) {
  const auto opened = Open(Proof({city_}, {}, before_.checkpoint.size), before_);
  EXPECT_TRUE(opened) << opened.error().detail;
}

TEST_F(KeptHeads, TheSameHeadNeedsNoProof) { EXPECT_TRUE(Open(Proof({city_}), Kept())); }

TEST_F(KeptHeads, AHeadBehindIsRefused) {
  const Bytes old = Proof({city_});
  ledger_.Append({City("MA.156.1305")});
  EXPECT_EQ(CodeOf(old, Kept()), Errc::kRefused);
}

TEST_F(KeptHeads, AnotherRootOfTheSameSizeIsForged) {
  KeptHead kept = Kept();
  kept.checkpoint.root = before_.checkpoint.root;
  EXPECT_EQ(CodeOf(Proof({city_}), kept), Errc::kForged);
}

TEST_F(KeptHeads, AnotherLogIsForged) {
  KeptHead kept = Kept();
  kept.checkpoint.origin = "other.example/ledger";
  EXPECT_EQ(CodeOf(Proof({city_}), kept), Errc::kForged);
}

TEST_F(KeptHeads, ALaterHeadMustShowHowItGoesOn) {
  EXPECT_EQ(CodeOf(Proof({city_}), before_), Errc::kRefused);
  for (const std::uint64_t size : {before_.checkpoint.size.value - 1, Kept().checkpoint.size.value})
    EXPECT_EQ(CodeOf(Proof({city_}, {}, TreeSize{size}), before_), Errc::kRefused) << size;
}

TEST_F(KeptHeads, AWrongProofOfConsistencyIsForged) {
  const Bytes good = Proof({city_}, {}, before_.checkpoint.size);
  const ProofDocument document = *ParseProof(good);
  ASSERT_FALSE(document.consistency->path.empty());
  for (std::size_t i = 0; i < document.consistency->path.size(); ++i) {
    ProofDocument wrong = document;
    wrong.consistency->path[i] = NodeHash{};
    EXPECT_EQ(CodeOf(WithDigest(wrong), before_), Errc::kForged) << i;
  }
  ProofDocument shorter = document;
  shorter.consistency->path.pop_back();
  EXPECT_EQ(CodeOf(WithDigest(shorter), before_), Errc::kForged);
  // Another history before it.
  KeptHead other = before_;
  other.checkpoint.root = Kept().checkpoint.root;
  EXPECT_EQ(CodeOf(good, other), Errc::kForged);
}

TEST_F(KeptHeads, AreTheTextOfACheckpointAndNothingElse) {
  const std::string text = before_.checkpoint.text();
  const auto parsed = KeptHead::Parse(text);
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->checkpoint, before_.checkpoint);
  for (const std::string& wrong :
       {std::string(), text + "extension\n", text + "\n", text.substr(0, text.size() - 1),
        "\n" + text, NoteOf(before_.checkpoint.size, before_.checkpoint.root, {kNow})}) {
    EXPECT_FALSE(KeptHead::Parse(wrong)) << wrong;
  }
}

class QuorumOfProof : public ProofTest {
 protected:
  Bytes CosignedAt(const std::vector<sys_seconds>& times) const {
    const LedgerView view = ledger_.Read();
    return *MakeProof(view, NoteOf(view.head().size, view.head().root, times),
                      {"", {city_}, {}, {}});
  }
};

TEST_F(QuorumOfProof, OneLessIsRefused) {
  EXPECT_EQ(CodeOf(CosignedAt({})), Errc::kRefused);
  EXPECT_EQ(CodeOf(CosignedAt({kNow})), Errc::kRefused);
  EXPECT_TRUE(Open(CosignedAt({kNow, kNow})));
}

TEST_F(QuorumOfProof, IsAsFreshAsItsOldestNeededCosignature) {
  const auto opened = Open(CosignedAt({kNow - hours(3), kNow - hours(1), kNow - hours(2)}));
  ASSERT_TRUE(opened);
  EXPECT_EQ(opened->head().time, kNow - hours(2));
  EXPECT_EQ(opened->checkpoint().time, kNow - hours(2));
}

TEST_F(QuorumOfProof, ACosignatureOfTheFutureDoesNotCount) {
  const sys_seconds edge = kNow + kCosignatureSkew;
  EXPECT_TRUE(Open(CosignedAt({kNow, edge})));
  EXPECT_EQ(CodeOf(CosignedAt({kNow, edge + seconds(1)})), Errc::kRefused);
  EXPECT_TRUE(Open(CosignedAt({kNow, edge + seconds(1)}), {}, kNow + seconds(1)));
  EXPECT_EQ(Open(CosignedAt({kNow, kNow, edge + seconds(1)}))->head().time, kNow);
}

TEST_F(QuorumOfProof, OldCosignaturesCountAndSayHowOldTheyAre) {
  const auto opened = Open(CosignedAt({kNow, kNow}), {}, kNow + hours(24 * 365));
  ASSERT_TRUE(opened);
  EXPECT_EQ(opened->head().time, kNow);
}

}  // namespace
}  // namespace cityid
