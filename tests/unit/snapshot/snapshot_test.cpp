#include "ledger/snapshot/snapshot.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "codec/files/file.h"
#include "ledger/proof/proof.h"
#include "tests/world/published.h"

namespace cityid {
namespace {

using std::chrono::hours;
using testing::Consortium;
using testing::GenesisOfAnother;
using testing::Id;
using testing::InstitutesNamed;
using testing::KeyNamed;
using testing::kNow;
using testing::NextPolicyOf;
using testing::PublishWith;
using testing::ScratchDirectory;
using testing::SignNamed;
using testing::With;
using testing::WitnessesNamed;

namespace fs = std::filesystem;

/// A ledger with a checkpoint, and replicas made of its snapshots.
class SnapshotTest : public ::testing::Test {
 protected:
  SnapshotTest() : ledger_(*Replica::Create(path("ledger"), consortium_.genesis(), kNow)) {
    Publish({"log"}, {consortium_.AssignEntry("MA.156.1301", consortium_.Institutes(2))});
  }
  fs::path path(const std::string& name) const { return scratch_.path() / name; }
  void Publish(const std::vector<std::string>& log_keys, const std::vector<Bytes>& entries) {
    const auto outcomes =
        ledger_.Append(entries, kNow, Refused::kLeftOut, PublishWith(log_keys, WitnessesNamed(3)));
    ASSERT_TRUE(outcomes) << outcomes.error().detail;
    for (const Sequenced& outcome : *outcomes) ASSERT_FALSE(outcome.refused);
  }
  /// The next policy, with another log key.
  void ChangeLogKey(const std::string& old_key, const std::string& new_key) {
    const auto view = ledger_.Read();
    Policy policy = (*FindPolicy(*view))->policy;
    ++policy.version;
    policy.log_keys = {KeyNamed(new_key).public_key()};
    Publish({old_key, new_key}, {SignNamed(NextPolicyOf(*view, policy),
                                           With(InstitutesNamed(2), {{Role::kNewKey, new_key}}))});
  }
  Trust TrustNow() const {
    const auto policy = **FindPolicy(*ledger_.Read());
    return Trust::Of(policy.origin, policy.policy);
  }
  Bytes PolicyProof(std::uint64_t version) const {
    return ledger_.Read()->PolicyProof(version)->value();
  }
  /// The policy proofs of a replica that is made of a snapshot of the ledger as it is.
  std::map<std::uint64_t, Bytes> RestoredProofs(const Trust& trust) {
    std::map<std::uint64_t, Bytes> proofs;
    const std::string name = std::to_string(++made_);
    const auto written = WriteSnapshot(*ledger_.Read(), path(name + ".snapshot"));
    EXPECT_TRUE(written) << written.error().detail;
    const auto restored = RestoreSnapshot(path(name + ".snapshot"), path(name), {trust}, kNow);
    EXPECT_TRUE(restored) << restored.error().detail;
    if (!restored) return proofs;
    const auto replica = Replica::Open(path(name), Replica::Mode::kRead);
    EXPECT_TRUE(replica) << replica.error().detail;
    const auto view = replica->Read();
    Head expected = ledger_.Read()->head();
    expected.base = expected.size;
    EXPECT_EQ(view->head(), expected);
    EXPECT_TRUE(*FindIdentifier(*view, Id("MA.156.1301")));
    for (std::uint64_t version = 1; version <= 9; ++version) {
      if (const auto proof = *view->PolicyProof(version)) proofs[version] = *proof;
    }
    return proofs;
  }
  /// Puts it into the ledger behind the program's back, and then into its snapshots.
  void Plant(std::uint64_t version, const Bytes& proof) {
    ASSERT_TRUE(ledger_.KeepPolicyProof(version, proof));
    ASSERT_EQ(PolicyProof(version), proof);
  }

  ScratchDirectory scratch_;
  Consortium consortium_;
  Replica ledger_;
  int made_ = 0;
};

using Proofs = std::map<std::uint64_t, Bytes>;

TEST_F(SnapshotTest, CarriesTheProofsThatLeadOnFromTheTrustFile) {
  EXPECT_EQ(RestoredProofs(TrustNow()), (Proofs{{1, PolicyProof(1)}}));
  const Trust second_still_knows_the_first = [&] {
    ChangeLogKey("log", "log 2");
    return TrustNow();
  }();
  // The first policy's proof is signed by a log key that the second one's trust file lacks.
  EXPECT_EQ(RestoredProofs(second_still_knows_the_first), (Proofs{{2, PolicyProof(2)}}));
}

TEST_F(SnapshotTest, APolicyProofOfAnotherConsortiumIsLeftOut) {
  Policy policy = consortium_.policy();
  policy.log_keys = {KeyNamed("other log").public_key()};
  const Bytes genesis = GenesisOfAnother(consortium_);
  auto other = *Replica::Create(path("other"), genesis, kNow);
  ASSERT_TRUE(
      other.Append({}, kNow, Refused::kLeftOut, PublishWith({"other log"}, WitnessesNamed(3))));
  // The version that it says, so that nothing but its signatures is wrong.
  Policy next = policy;
  next.version = 2;
  next.hosts = {"other.example.cn"};
  ASSERT_TRUE(other.Append({SignNamed(NextPolicyOf(*other.Read(), next), InstitutesNamed(2))}, kNow,
                           Refused::kLeftOut, PublishWith({"other log"}, WitnessesNamed(3))));
  Plant(2, other.Read()->PolicyProof(2)->value());
  EXPECT_EQ(RestoredProofs(TrustNow()), (Proofs{{1, PolicyProof(1)}}));
}

TEST_F(SnapshotTest, APolicyProofUnderAnotherVersionIsLeftOut) {
  Plant(2, PolicyProof(1));
  EXPECT_EQ(RestoredProofs(TrustNow()), (Proofs{{1, PolicyProof(1)}}));
}

TEST_F(SnapshotTest, WhatIsNoPolicyProofIsLeftOut) {
  const auto view = ledger_.Read();
  Plant(2, Bytes());
  Plant(3, Bytes(100, 0xFF));
  Plant(4, *MakeProof(*view, **view->Note(view->head().size),
                      {"MA.156.1301", {IdentifierKey(Id("MA.156.1301"))}, {}, {}}));
  EXPECT_EQ(RestoredProofs(TrustNow()), (Proofs{{1, PolicyProof(1)}}));
}

TEST_F(SnapshotTest, APolicyProofWithoutAQuorumIsLeftOut) {
  ChangeLogKey("log", "log 2");
  ProofDocument document = *ParseProof(PolicyProof(2));
  Note note = *ParseNote(document.note);
  note.signatures.resize(3);  // two log keys, and one institute of two
  document.note = WriteNote(note);
  const Bytes genuine = PolicyProof(2);
  Plant(3, testing::WithDigest(document));
  EXPECT_EQ(RestoredProofs(TrustNow()), (Proofs{{2, genuine}}));
}

TEST_F(SnapshotTest, APolicyProofThatItsOwnPolicyWouldNotTakeIsLeftOut) {
  // From two of three to all three, under a checkpoint that two have cosigned.
  const Trust two_of_three = TrustNow();
  Policy policy = consortium_.policy();
  policy.version = 2;
  policy.quorum = 3;
  ASSERT_TRUE(ledger_.Append({SignNamed(NextPolicyOf(*ledger_.Read(), policy), InstitutesNamed(2))},
                             kNow, Refused::kLeftOut));
  std::string whole;
  {
    const auto view = ledger_.Read();
    Note note{Checkpoint{"id.example.cn/ledger", view->head().size, view->head().root}.text(), {}};
    note.signatures.push_back(SignNote(note.text, "id.example.cn/ledger", KeyNamed("log")));
    for (std::size_t i = 0; i < 3; ++i) {
      if (i == 2) {
        Plant(2, *MakeProof(*view, WriteNote(note), {"", {PolicyKey()}, {}, {}}));
        ASSERT_TRUE(ProvenState::Open(PolicyProof(2), two_of_three, kNow));
      }
      note.signatures.push_back(CosignNote(note.text, InstitutesNamed(3)[i].second,
                                           KeyNamed(WitnessesNamed(3)[i]), kNow));
    }
    whole = WriteNote(note);
  }
  ASSERT_TRUE(ledger_.Append({}, kNow, Refused::kLeftOut, [&](const LedgerView&, const Batch&) {
    return Result<Publication>(Publication{whole, kNow, {}});
  }));
  EXPECT_EQ(RestoredProofs(two_of_three), (Proofs{{1, PolicyProof(1)}}));
}

TEST_F(SnapshotTest, IsRefusedWithoutAQuorumOfTheTrustFile) {
  ASSERT_TRUE(WriteSnapshot(*ledger_.Read(), path("file")));
  Policy policy = consortium_.policy();
  policy.log_keys = {KeyNamed("other log").public_key()};
  EXPECT_FALSE(RestoreSnapshot(path("file"), path("new"),
                               {Trust::Of("id.example.cn/ledger", policy)}, kNow));
  policy = consortium_.policy();
  policy.quorum = 0;
  const auto nobody =
      RestoreSnapshot(path("file"), path("new"), {Trust::Of("id.example.cn/ledger", policy)}, kNow);
  ASSERT_FALSE(nobody);
  EXPECT_EQ(nobody.error().code, Errc::kRefused);
  EXPECT_FALSE(fs::exists(path("new")));
}

TEST_F(SnapshotTest, ARestoreThatIsToldToStopLeavesNothing) {
  ASSERT_TRUE(WriteSnapshot(*ledger_.Read(), path("whole")));
  std::stop_source stopping;
  stopping.request_stop();
  const auto restored = RestoreSnapshot(path("whole"), path("stopped"), {TrustNow()}, kNow,
                                        {{}, 0, stopping.get_token()});
  ASSERT_FALSE(restored);
  EXPECT_EQ(restored.error().code, Errc::kStopped);
  EXPECT_FALSE(fs::exists(path("stopped")));
  EXPECT_FALSE(fs::exists(path("stopped.founding")));
}

/// The edge of a log with full tiles, in a file whose bytes somebody else chose.
TEST_F(SnapshotTest, AnEdgeWithAShortTileIsRefused) {
  std::vector<Bytes> entries;
  const std::uint64_t size = ledger_.Read()->head().size.value;
  for (std::uint64_t i = size + 1; i < kTileWidth; ++i) entries.push_back(Bytes(8, 0xFF));
  const auto outcomes =
      ledger_.Append(entries, kNow, Refused::kKept, PublishWith({"log"}, WitnessesNamed(3)));
  ASSERT_TRUE(outcomes) << outcomes.error().detail;
  ASSERT_EQ(ledger_.Read()->head().size.value, kTileWidth);
  ASSERT_TRUE(WriteSnapshot(*ledger_.Read(), path("whole")));
  ASSERT_TRUE(RestoreSnapshot(path("whole"), path("restored"), {TrustNow()}, kNow));
  const Bytes whole = *ReadFile(path("whole"), 1 << 24);
  // The tile of level 1: {1: 1, 2: 0, 3: h'...32 bytes'}.
  const Bytes tile = {0xA3, 0x01, 0x01, 0x02, 0x00, 0x03, 0x58, 0x20};
  const auto found = std::ranges::search(whole, tile);
  ASSERT_FALSE(found.empty());
  for (const std::size_t kept : {0, 1, 31}) {
    Bytes changed(whole.begin(), found.begin());
    changed.insert(changed.end(), {0xA3, 0x01, 0x01, 0x02, 0x00, 0x03});
    if (kept < 24) changed.push_back(static_cast<std::uint8_t>(0x40 + kept));
    if (kept >= 24) changed.insert(changed.end(), {0x58, static_cast<std::uint8_t>(kept)});
    const auto hash = found.end();
    changed.insert(changed.end(), hash, hash + static_cast<std::ptrdiff_t>(kept));
    changed.insert(changed.end(), hash + 32, whole.end());
    // The length of the header stands before it, 8 bytes, big-endian.
    std::uint64_t header = 0;
    for (int i = 0; i < 8; ++i) header = header << 8 | whole[static_cast<std::size_t>(i)];
    header -= whole.size() - changed.size();
    for (int i = 0; i < 8; ++i)
      changed[static_cast<std::size_t>(i)] = static_cast<std::uint8_t>(header >> (56 - 8 * i));
    ASSERT_TRUE(WriteFile(path("changed"), changed));
    const auto restored = RestoreSnapshot(path("changed"), path("never"), {TrustNow()}, kNow);
    ASSERT_FALSE(restored) << kept;
    EXPECT_EQ(restored.error().code, Errc::kForged) << restored.error().detail;
    EXPECT_FALSE(fs::exists(path("never") / "data.mdb"));
  }
}

}  // namespace
}  // namespace cityid
