#include "ledger/proof/proof.h"

#include <gtest/gtest.h>

#include "tests/unit/proof/proof_fixture.h"
#include "tests/world/log_sources.h"

namespace cityid {
namespace {

using std::chrono::seconds;
using testing::EntriesOf;
using testing::Id;
using testing::kNow;
using testing::ListSource;
using testing::NoteOf;
using testing::ProofTest;
using testing::WithDigest;

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
    EXPECT_EQ(found.error().code, Errc::kNotFound) << Hex(key);
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
  EXPECT_EQ(entry.error().code, Errc::kNotFound);
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
  EXPECT_EQ(ParseProof(Bytes(kMaxPack + 1)).error().code, Errc::kTooLarge);
  ProofDocument large = *ParseProof(document);
  large.map.resize(kMaxProof);
  EXPECT_EQ(ParseProof(EncodeFields(large)).error().code, Errc::kTooLarge);
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

}  // namespace
}  // namespace cityid
