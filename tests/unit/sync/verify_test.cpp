#include "ledger/sync/verify.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "ledger/store/tables.h"
#include "tests/world/log_sources.h"
#include "tests/world/published.h"

namespace cityid {
namespace {

using std::chrono::hours;
using testing::Consortium;
using testing::Garbage;
using testing::Id;
using testing::kNow;
using testing::PublishedLedger;
using testing::PublishWith;
using testing::ScratchDirectory;
using testing::WitnessesNamed;

namespace fs = std::filesystem;

constexpr std::initializer_list<Table> kTablesOfLedger = {
    Table::kMeta, Table::kEntries, Table::kTiles,       Table::kState,
    Table::kMap,  Table::kDrafts,  Table::kCheckpoints, Table::kPolicies};

/// A copy of a published ledger of two tiles that can be changed behind the library's back.
class VerifyTest : public ::testing::Test {
 protected:
  void SetUp() override {
    PublishedLedger ledger(consortium_);
    ledger.Append({City("MA.156.1301"), City("MA.156.1302")});
    ASSERT_TRUE(ledger.replica().Append(Garbage(300), kNow, Refused::kKept));
    ledger.Append({City("MA.156.1303")}, kNow + hours(1));
    ledger.Append({}, kNow + hours(2));
    head_ = ledger.Read().head();
    fs::create_directory(dir());
    fs::copy_file(ledger.directory() / "data.mdb", dir() / "data.mdb");
  }
  fs::path dir() const { return scratch_.path() / "copy"; }
  Bytes City(const std::string& id) const {
    return consortium_.AssignEntry(id, consortium_.Institutes(2));
  }
  /// Replaces a value, or removes it.
  void Change(Table table, ByteView key, const std::function<void(Bytes&)>& change) {
    auto db = Lmdb::Open(dir(), Lmdb::Mode::kWrite, kTablesOfLedger);
    ASSERT_TRUE(db) << db.error().detail;
    auto transaction = db->Write();
    ASSERT_TRUE(transaction);
    const auto found = transaction->Get(table, key);
    Bytes value;
    if (*found) value.assign((*found)->begin(), (*found)->end());
    change(value);
    if (value.empty()) {
      ASSERT_TRUE(transaction->Remove(table, key));
    } else {
      ASSERT_TRUE(transaction->Put(table, key, value));
    }
    ASSERT_TRUE(std::move(*transaction).Commit());
  }
  void FlipLast(Table table, ByteView key) {
    Change(table, key, [](Bytes& value) { value.back() ^= 1; });
  }
  /// Flips a bit of what stands in the stored head.
  void FlipInHead(ByteView what) {
    Change(Table::kMeta, AsBytes("head"), [&](Bytes& value) {
      const auto found = std::search(value.begin(), value.end(), what.begin(), what.end());
      ASSERT_NE(found, value.end());
      *(found + std::ptrdiff_t(what.size() - 1)) ^= 1;
    });
  }
  static Bytes Big32(std::chrono::sys_seconds time) {
    const auto seconds = static_cast<std::uint64_t>(time.time_since_epoch().count());
    const Bytes bytes = NumberKey(seconds);
    return {bytes.begin() + 4, bytes.end()};
  }
  Result<void> Verify() {
    const auto replica = Replica::Open(dir(), Replica::Mode::kRead);
    if (!replica) return replica.error();
    const auto view = replica->Read();
    if (!view) return view.error();
    fs::remove_all(scratch_.path() / "scratch");
    return VerifyLedger(*view, scratch_.path() / "scratch");
  }
  Result<void> VerifyTheMap() {
    const auto replica = Replica::Open(dir(), Replica::Mode::kRead);
    if (!replica) return replica.error();
    return VerifyMap(*replica->Read());
  }
  static void ExpectNamed(const Result<void>& verified, const std::string& what) {
    ASSERT_FALSE(verified) << what;
    EXPECT_NE(verified.error().detail.find(what), std::string::npos) << verified.error().detail;
  }
  void ExpectNotOpened(const std::string& what) {
    const auto replica = Replica::Open(dir(), Replica::Mode::kRead);
    ASSERT_FALSE(replica) << what;
    EXPECT_EQ(replica.error().code, Errc::kCorrupt);
    EXPECT_NE(replica.error().detail.find(what), std::string::npos) << replica.error().detail;
  }

  ScratchDirectory scratch_;
  Consortium consortium_;
  Head head_;
};

TEST_F(VerifyTest, AGoodLedgerIsGood) {
  const auto map = VerifyTheMap();
  EXPECT_TRUE(map) << map.error().detail;
  const auto whole = Verify();
  EXPECT_TRUE(whole) << whole.error().detail;
}

TEST_F(VerifyTest, AnEmptyLedgerIsGood) {
  const auto empty = Replica::CreateEmpty(scratch_.path() / "empty");
  EXPECT_TRUE(VerifyMap(*empty->Read()));
}

TEST_F(VerifyTest, AnEmptyLedgerIsNamedAndNothingIsMade) {
  const auto empty = Replica::CreateEmpty(scratch_.path() / "empty");
  const auto verified = VerifyLedger(*empty->Read(), scratch_.path() / "beside");
  ASSERT_FALSE(verified);
  EXPECT_EQ(verified.error().code, Errc::kNotFound);
  ExpectNamed(verified, "empty");
  EXPECT_FALSE(std::filesystem::exists(scratch_.path() / "beside"));
}

TEST_F(VerifyTest, TheScratchDirectoryGoesAway) {
  const auto verify = [&] {
    const auto replica = Replica::Open(dir(), Replica::Mode::kRead);
    return VerifyLedger(*replica->Read(), scratch_.path() / "beside");
  };
  EXPECT_TRUE(verify());
  EXPECT_FALSE(std::filesystem::exists(scratch_.path() / "beside"));
  FlipLast(Table::kEntries, EntryKey(Index{3}));
  EXPECT_FALSE(verify());
  EXPECT_FALSE(std::filesystem::exists(scratch_.path() / "beside"));
}

TEST_F(VerifyTest, AChangedEntry) {
  FlipLast(Table::kEntries, EntryKey(Index{3}));
  ExpectNamed(Verify(), "entry 3 ");
}

TEST_F(VerifyTest, AMissingEntry) {
  Change(Table::kEntries, EntryKey(Index{3}), [](Bytes& value) { value.clear(); });
  ExpectNamed(Verify(), "entry 3 ");
}

TEST_F(VerifyTest, AnEntryBehindTheEnd) {
  Change(Table::kEntries, EntryKey(Index{head_.size.value}), [](Bytes& value) { value = {1}; });
  ExpectNamed(Verify(), "table entries");
}

TEST_F(VerifyTest, AChangedTile) {
  for (const TileId id : {TileId{0, 0}, TileId{1, 0}}) {
    // Not its last hash, which the root is made of.
    Change(Table::kTiles, TileKey(id), [](Bytes& value) { value.front() ^= 1; });
    const auto verified = Verify();
    EXPECT_FALSE(verified) << int(id.level);
    Change(Table::kTiles, TileKey(id), [](Bytes& value) { value.front() ^= 1; });
  }
  EXPECT_TRUE(Verify());
}

TEST_F(VerifyTest, AChangedValueOfTheState) {
  const Bytes key = IdentifierKey(Id("MA.156.1302"));
  FlipLast(Table::kState, key);
  ExpectNamed(VerifyTheMap(), "a value of the state is not the map's");
  ExpectNamed(Verify(), "table state, key " + Hex(key));
}

TEST_F(VerifyTest, AMissingValueOfTheState) {
  Change(Table::kState, IdentifierKey(Id("MA.156.1302")), [](Bytes& value) { value.clear(); });
  ExpectNamed(VerifyTheMap(), "the map has a key that the state lacks");
  ExpectNamed(Verify(), "table state lacks 1 ");
}

TEST_F(VerifyTest, AValueTooManyInTheState) {
  const Bytes key = IdentifierKey(Id("MA.156.1399"));
  Change(Table::kState, key, [](Bytes& value) { value = {1}; });
  ExpectNamed(VerifyTheMap(), "the state has keys that the map lacks");
  ExpectNamed(Verify(), "table state, key " + Hex(key));
}

TEST_F(VerifyTest, AnyChangedNodeOfTheMap) {
  std::vector<Bytes> edges;
  {
    const auto replica = Replica::Open(dir(), Replica::Mode::kRead);
    for (const auto& [edge, node] : testing::RowsOf(*replica->Read(), Table::kMap))
      edges.push_back(edge);
  }
  ASSERT_GT(edges.size(), 10u);
  for (const Bytes& edge : edges) {
    // What it is; where it splits, or the key; its first child, or the key.
    for (const std::size_t place : {0u, 2u, 3u}) {
      const auto flip = [&](Bytes& value) { value[std::min(place, value.size() - 1)] ^= 1; };
      Change(Table::kMap, edge, flip);
      EXPECT_FALSE(VerifyTheMap()) << Hex(edge) << ", byte " << place;
      Change(Table::kMap, edge, flip);
    }
    // What leads to it is no part of the hash.
    FlipLast(Table::kMap, edge);
    EXPECT_FALSE(Verify()) << Hex(edge);
    FlipLast(Table::kMap, edge);
  }
  EXPECT_TRUE(VerifyTheMap());
}

TEST_F(VerifyTest, AChangedNodeOfTheMapIsNamed) {
  Bytes edge;
  {
    const auto replica = Replica::Open(dir(), Replica::Mode::kRead);
    const auto view = replica->Read();
    const auto key = IdentifierKey(Id("MA.156.1302"));
    for (const auto& [name, node] : testing::RowsOf(*view, Table::kMap)) {
      const auto parsed = ReadNode(*view, name);
      if ((*parsed)->leaf && (*parsed)->key == key) edge = name;
    }
  }
  ASSERT_FALSE(edge.empty());
  FlipLast(Table::kMap, edge);
  ExpectNamed(Verify(), "table map, key " + Hex(edge));
}

TEST_F(VerifyTest, AChangedPlaceOfADraft) {
  const auto draft = Draft::Parse(City("MA.156.1302"))->id();
  FlipLast(Table::kDrafts, draft.view());
  ExpectNamed(Verify(), "table drafts, key " + Hex(draft.view()));
}

TEST_F(VerifyTest, ACheckpointOfAnotherTree) {
  Change(Table::kCheckpoints, NumberKey(5), [](Bytes& value) {
    // The third line is the root.
    auto at = std::find(value.begin(), value.end(), '\n');
    at = std::find(at + 1, value.end(), '\n') + 1;
    *at = *at == 'A' ? 'B' : 'A';
  });
  ExpectNamed(Verify(), "the checkpoint of size 5 is of another tree");
}

TEST_F(VerifyTest, ACheckpointThatIsNone) {
  Change(Table::kCheckpoints, NumberKey(5), [](Bytes& value) { value.pop_back(); });
  ExpectNamed(Verify(), "checkpoint");
}

TEST_F(VerifyTest, ACheckpointOfAnotherSize) {
  Bytes note;
  Change(Table::kCheckpoints, NumberKey(2), [&](Bytes& value) { note = value; });
  Change(Table::kCheckpoints, NumberKey(5), [&](Bytes& value) { value = note; });
  ExpectNamed(Verify(), "checkpoint");
}

TEST_F(VerifyTest, ACheckpointWithASignatureThatIsNone) {
  // A bit in the last line's base64, which stays base64.
  Change(Table::kCheckpoints, NumberKey(5), [](Bytes& value) {
    std::uint8_t& letter = value[value.size() - 20];
    letter = letter == 'A' ? 'B' : 'A';
  });
  ExpectNamed(Verify(), "checkpoint");
}

TEST_F(VerifyTest, AChangedPolicyProof) {
  FlipLast(Table::kPolicies, NumberKey(1));
  ExpectNamed(Verify(), "policy proof");
}

// It succeeds: the version under which a proof is stored is not compared with the proof's own.
TEST_F(VerifyTest, APolicyProofUnderAnotherVersion) {
  Bytes proof;
  Change(Table::kPolicies, NumberKey(1), [&](Bytes& value) { proof = value; });
  Change(Table::kPolicies, NumberKey(2), [&](Bytes& value) { value = proof; });
  ExpectNamed(Verify(), "policy proof");
}

TEST_F(VerifyTest, AChangedTimeOfTheRules) {
  FlipInHead(Big32(head_.rules_time));
  ExpectNamed(Verify(), "the head is not what the log comes to");
}

TEST_F(VerifyTest, AChangedTimeOfTheHead) {
  FlipInHead(Big32(head_.time));
  EXPECT_FALSE(Verify());
}

TEST_F(VerifyTest, OpeningNoticesAChangedHead) {
  FlipInHead(head_.root.view());
  ExpectNotOpened("the tree has another root");
  FlipInHead(RootHash(*RootHash::From([&] {
               Bytes bytes(head_.root.data(), head_.root.data() + 32);
               bytes.back() ^= 1;
               return bytes;
             }()))
                 .view());
  FlipInHead(head_.map.view());
  ExpectNotOpened("map");
}

TEST_F(VerifyTest, OpeningNoticesAHeadThatIsNone) {
  Change(Table::kMeta, AsBytes("head"), [](Bytes& value) { value.pop_back(); });
  ExpectNotOpened("head");
  Change(Table::kMeta, AsBytes("head"), [](Bytes& value) { value.clear(); });
  ExpectNotOpened("head");
}

TEST_F(VerifyTest, OpeningNoticesAChangedLastEntry) {
  FlipLast(Table::kEntries, EntryKey(Index{head_.size.value - 1}));
  ExpectNotOpened("the last entry is not the one in the tree");
}

TEST_F(VerifyTest, OpeningNoticesAMissingLastEntry) {
  const std::uint64_t last = head_.size.value - 1;
  Change(Table::kEntries, EntryKey(Index{last}), [](Bytes& value) { value.clear(); });
  ExpectNotOpened("entry " + std::to_string(last) + " is missing");
}

TEST_F(VerifyTest, OpeningNoticesAChangedRightEdge) {
  FlipLast(Table::kTiles, TileKey({0, head_.size.value / 256}));
  ExpectNotOpened("the tree has another root");
  FlipLast(Table::kTiles, TileKey({0, head_.size.value / 256}));
  FlipLast(Table::kTiles, TileKey({1, 0}));
  ExpectNotOpened("the tree has another root");
}

TEST_F(VerifyTest, OpeningNoticesAMissingTile) {
  Change(Table::kTiles, TileKey({0, head_.size.value / 256}), [](Bytes& value) { value.clear(); });
  ExpectNotOpened("tile");
}

TEST_F(VerifyTest, OpeningNoticesAChangedTopOfTheMap) {
  const Bytes top = EdgeOf({}, 0);
  Change(Table::kMap, top, [](Bytes& value) { value[3] ^= 1; });
  ExpectNotOpened("the map has another root");
  Change(Table::kMap, top, [](Bytes& value) { value.clear(); });
  ExpectNotOpened("the map has no top");
}

TEST_F(VerifyTest, OpeningSaysWhichFormatItIs) {
  Change(Table::kMeta, AsBytes("format"), [](Bytes& value) { value.back() = '1'; });
  const auto replica = Replica::Open(dir(), Replica::Mode::kRead);
  ASSERT_FALSE(replica);
  EXPECT_EQ(replica.error().code, Errc::kFormat);
  EXPECT_NE(replica.error().detail.find("'cityid-ledger 1'"), std::string::npos);
  EXPECT_NE(replica.error().detail.find("'cityid-ledger 3'"), std::string::npos);
}

}  // namespace
}  // namespace cityid
