#include "ledger/sync/follower.h"

#include <gtest/gtest.h>

#include <map>

#include "ledger/proof/proof.h"
#include "tests/world/log_sources.h"
#include "tests/world/published.h"

namespace cityid {
namespace {

using std::chrono::hours;
using std::chrono::sys_seconds;
using testing::Consortium;
using testing::ExpectSameLedger;
using testing::Garbage;
using testing::GenesisOfAnother;
using testing::InstitutesNamed;
using testing::KeyNamed;
using testing::kNow;
using testing::NextPolicyOf;
using testing::PublishWith;
using testing::ScratchDirectory;
using testing::SignNamed;
using testing::With;
using testing::WitnessesNamed;

using Kind = FollowStep::Kind;

/// What a mirror says that is not what the ledger has.
struct Lies {
  std::optional<std::string> note;
  std::map<std::uint64_t, std::optional<Bytes>> policies;
  bool has_policies = true;
  /// The first bundle that it lacks.
  std::uint64_t bundles = ~std::uint64_t{0};
};

/// Serves the ledger as it is now, but for the lies.
class Mirror : public Source {
 public:
  Mirror(const Replica& ledger, const Lies& lies) : ledger_(ledger), lies_(lies) {}
  Result<std::optional<std::string>> Note() override {
    if (lies_.note) return lies_.note;
    const auto view = ledger_.Read();
    return LedgerSource(*view).Note();
  }
  Result<std::optional<Bytes>> File(const LogFile& file) override {
    if (!file.level && file.number >= lies_.bundles) return std::optional<Bytes>();
    const auto view = ledger_.Read();
    return LedgerSource(*view).File(file);
  }
  Result<std::optional<Bytes>> PolicyProof(std::uint64_t version) override {
    const auto lie = lies_.policies.find(version);
    if (lie != lies_.policies.end()) return lie->second;
    if (!lies_.has_policies) return std::optional<Bytes>();
    return ledger_.Read()->PolicyProof(version);
  }
  std::string name() const override { return "a mirror"; }

 private:
  const Replica& ledger_;
  const Lies& lies_;
};

/// A ledger that changes its policy, and a replica that follows it through one mirror.
class FollowerTest : public ::testing::Test {
 protected:
  FollowerTest() : ledger_(Founded("ledger", consortium_)) {
    Publish({"log"});
    first_trust_ = TrustOf(ledger_);
    Open();
  }
  Replica Founded(const std::string& name, const Consortium& consortium) const {
    return *Replica::Create(scratch_.path() / name, consortium.genesis(), kNow);
  }
  Bytes City(const std::string& id) const {
    return consortium_.AssignEntry(id, consortium_.Institutes(2));
  }
  static void Append(Replica& ledger, const std::vector<Bytes>& entries,
                     const Replica::Publish& publish = {}) {
    const auto outcomes = ledger.Append(entries, kNow, Refused::kLeftOut, publish);
    ASSERT_TRUE(outcomes) << outcomes.error().detail;
    for (const Sequenced& outcome : *outcomes) ASSERT_FALSE(outcome.refused);
  }
  void Publish(const std::vector<std::string>& log_keys, const std::vector<Bytes>& entries = {}) {
    Append(ledger_, entries, PublishWith(log_keys, WitnessesNamed(3)));
  }
  /// Entries that are refused, in batches of 500, unpublished.
  void Bulk(std::size_t batches) {
    for (std::size_t i = 0; i < batches; ++i)
      ASSERT_TRUE(ledger_.Append(Garbage(500), kNow, Refused::kKept));
  }
  /// The next policy, with another log key.
  Bytes NewLogKey(const Replica& ledger, const std::string& key) const {
    const auto view = ledger.Read();
    Policy policy = (*FindPolicy(*view))->policy;
    ++policy.version;
    policy.log_keys = {KeyNamed(key).public_key()};
    return SignNamed(NextPolicyOf(*view, policy), With(InstitutesNamed(2), {{Role::kNewKey, key}}));
  }
  static Trust TrustOf(const Replica& ledger) {
    const auto policy = **FindPolicy(*ledger.Read());
    return Trust::Of(policy.origin, policy.policy);
  }
  static Bytes PolicyProofOf(const Replica& ledger, std::uint64_t version) {
    const auto proof = *ledger.Read()->PolicyProof(version);
    EXPECT_TRUE(proof) << version;
    return proof.value_or(Bytes());
  }

  /// The replica's directory, as a program finds it when it starts.
  void Open() {
    follower_.reset();
    replica_.reset();
    const auto directory = scratch_.path() / "replica";
    auto opened = std::filesystem::exists(directory)
                      ? Replica::Open(directory, Replica::Mode::kWrite)
                      : Replica::CreateEmpty(directory);
    ASSERT_TRUE(opened) << opened.error().detail;
    replica_.emplace(*std::move(opened));
  }
  FollowStep Poll(const Trust& trust, sys_seconds now = kNow) {
    if (!follower_) {
      std::vector<std::shared_ptr<Source>> mirrors;
      mirrors.push_back(std::make_unique<Mirror>(ledger_, lies_));
      follower_.emplace(*replica_, TrustFile{trust}, std::move(mirrors));
    }
    const auto step = follower_->Poll(now);
    EXPECT_TRUE(step) << step.error().detail;
    return step ? *step : FollowStep{};
  }
  FollowStep Poll() { return Poll(first_trust_); }
  std::optional<Bytes> KeptProof(std::uint64_t version) const {
    return *replica_->Read()->PolicyProof(version);
  }
  void ExpectFollowed(const FollowStep& step) const {
    EXPECT_EQ(step.kind, Kind::kAdvanced);
    EXPECT_EQ(step.complaints, std::vector<std::string>());
    ExpectSameLedger(*replica_->Read(), *ledger_.Read());
  }

  ScratchDirectory scratch_;
  Consortium consortium_;
  Replica ledger_;
  Trust first_trust_ = Trust::Of("", {});
  Lies lies_;
  std::optional<Replica> replica_;
  std::optional<Follower> follower_;
};

TEST_F(FollowerTest, KeepsTheProofOfEveryPolicyForThoseWhoFollowIt) {
  Publish({"log", "log 2"}, {NewLogKey(ledger_, "log 2")});
  Publish({"log 2"}, {City("MA.156.1301")});
  ExpectFollowed(Poll(TrustOf(ledger_)));
  for (const std::uint64_t version : {1, 2})
    EXPECT_EQ(KeptProof(version), PolicyProofOf(ledger_, version)) << version;
}

/// A mirror whose every error begins like one about a wrong state.
class MirrorNamedStateRoot : public testing::LyingSource {
 public:
  using testing::LyingSource::LyingSource;
  std::string name() const override { return "state root"; }
};

TEST_F(FollowerTest, AMirrorThatLiesFreezesNothingWhateverItsErrorReads) {
  Publish({"log"}, {City("MA.156.1301")});
  const auto view = ledger_.Read();
  LedgerSource honest(*view);
  const LogFile bundle{std::nullopt, 0, static_cast<std::uint32_t>(view->head().size.value)};
  std::vector<std::shared_ptr<Source>> mirrors;
  mirrors.push_back(
      std::make_unique<MirrorNamedStateRoot>(honest, bundle.path(), [](Bytes content) {
        content.back() ^= 1;
        return content;
      }));
  Follower follower(*replica_, {first_trust_}, std::move(mirrors));
  const auto step = follower.Poll(kNow);
  ASSERT_TRUE(step) << step.error().detail;
  EXPECT_EQ(step->kind, Kind::kNothing);
  ASSERT_EQ(step->complaints.size(), 1u);
  EXPECT_TRUE(step->complaints[0].starts_with("state root: state root: tile/entries/"))
      << step->complaints[0];
  EXPECT_EQ(*replica_->Read()->FindEvidence(), std::nullopt);
}

/// Mirrors that serve something else under a version of the policy.
class PlantedPolicyProofs : public FollowerTest {
 protected:
  /// It is not kept, and nothing else goes wrong; the true one is, as soon as there is a mirror
  /// that has it.
  void ExpectNotKept(std::uint64_t version, const Bytes& planted) {
    lies_.policies[version] = planted;
    ExpectFollowed(Poll(TrustOf(ledger_)));
    EXPECT_EQ(KeptProof(version), std::nullopt);
    lies_.policies.clear();
    Publish({"log", "log 2"}, {City("MA.156.14" + std::to_string(++later_))});
    ExpectFollowed(Poll());
    EXPECT_EQ(KeptProof(version), PolicyProofOf(ledger_, version));
  }

  int later_ = 0;  ///< cities that were added when there was a good mirror again
};

TEST_F(PlantedPolicyProofs, OfAnotherLogWithTheSameKeysAreNotKept) {
  Consortium others;
  others.policy().hosts = {"other.example.cn"};
  const Bytes genesis = *SignRecord(others.GenesisRecord(), others.GenesisKeys());
  auto other = *Replica::Create(scratch_.path() / "other", genesis, kNow);
  Append(other, {}, PublishWith({"log"}, WitnessesNamed(3)));
  Publish({"log"}, {City("MA.156.1301")});
  const Bytes planted = PolicyProofOf(other, 1);
  ASSERT_TRUE(ProvenState::Open(planted, first_trust_, kNow)) << "signed by whom it trusts";
  ExpectNotKept(1, planted);
}

TEST_F(PlantedPolicyProofs, OfAnotherConsortiumAreNotKept) {
  // The same origin, and keys of its own.
  const Bytes genesis = GenesisOfAnother(consortium_);
  auto other = *Replica::Create(scratch_.path() / "other", genesis, kNow);
  Append(other, {}, PublishWith({"other log"}, WitnessesNamed(3)));
  Publish({"log"}, {City("MA.156.1301")});
  ExpectNotKept(1, PolicyProofOf(other, 1));
}

TEST_F(PlantedPolicyProofs, OfAnotherHistoryOfTheLogAreNotKept) {
  Replica fork = Founded("fork", consortium_);
  Append(fork, {City("MA.156.6666")}, PublishWith({"log"}, WitnessesNamed(3)));
  const Bytes planted = PolicyProofOf(fork, 1);
  Publish({"log"}, {City("MA.156.1301"), City("MA.156.1302")});
  ASSERT_EQ(ClaimedPolicy(planted)->log, consortium_.log());
  ExpectNotKept(1, planted);
}

TEST_F(PlantedPolicyProofs, AheadOfTheCheckpointAreNotKept) {
  Publish({"log"}, {City("MA.156.1301")});
  const LedgerView before = *ledger_.Read();
  lies_.note = *before.Note(before.head().size);
  Publish({"log"}, {City("MA.156.1302")});
  {
    const auto after = ledger_.Read();
    lies_.policies[1] =
        *MakeProof(*after, **after->Note(after->head().size), {"", {PolicyKey()}, {}, {}});
  }
  EXPECT_EQ(Poll().kind, Kind::kAdvanced);
  EXPECT_EQ(replica_->Read()->head().size, before.head().size);
  EXPECT_EQ(KeptProof(1), std::nullopt);
}

TEST_F(PlantedPolicyProofs, OfAnotherVersionAreNotKept) {
  Publish({"log", "log 2"}, {NewLogKey(ledger_, "log 2")});
  ExpectNotKept(1, PolicyProofOf(ledger_, 2));
}

TEST_F(PlantedPolicyProofs, OfNoPolicyAreNotKept) {
  Publish({"log"}, {City("MA.156.1301")});
  const auto view = ledger_.Read();
  const Bytes of_a_city =
      *MakeProof(*view, **view->Note(view->head().size),
                 {"MA.156.1301", {IdentifierKey(testing::Id("MA.156.1301"))}, {}, {}});
  for (const Bytes& planted : {Bytes(), Bytes(100, 0xFF), of_a_city}) {
    std::filesystem::remove_all(scratch_.path() / "replica");
    Open();
    ExpectNotKept(1, planted);
  }
}

TEST_F(PlantedPolicyProofs, ALinkIsKeptOnlyAfterItsPredecessor) {
  // The second policy's proof from a later checkpoint, which the first policy never signed.
  Publish({"log", "log 2"}, {NewLogKey(ledger_, "log 2")});
  Publish({"log 2"}, {City("MA.156.1301")});
  {
    const auto view = ledger_.Read();
    lies_.policies[2] =
        *MakeProof(*view, **view->Note(view->head().size), {"", {PolicyKey()}, {}, {}});
  }
  // Nothing is shown of the first one, or what is no proof.
  for (const std::optional<Bytes>& first : {std::optional<Bytes>(), std::optional(Bytes())}) {
    std::filesystem::remove_all(scratch_.path() / "replica");
    Open();
    lies_.policies[1] = first;
    ExpectFollowed(Poll(TrustOf(ledger_)));
    EXPECT_EQ(KeptProof(1), std::nullopt);
    EXPECT_EQ(KeptProof(2), std::nullopt);
  }
  // With the first one, but not with a second that doesn't follow it.
  lies_.policies.erase(1);
  Publish({"log 2"}, {City("MA.156.1302")});
  ExpectFollowed(Poll());
  EXPECT_EQ(KeptProof(1), PolicyProofOf(ledger_, 1));
  EXPECT_EQ(KeptProof(2), std::nullopt);
  lies_.policies.clear();
  Publish({"log 2"}, {City("MA.156.1303")});
  ExpectFollowed(Poll());
  EXPECT_EQ(KeptProof(2), PolicyProofOf(ledger_, 2));
}

TEST_F(PlantedPolicyProofs, AStoredLinkThatDoesNotFollowIsReplaced) {
  ExpectFollowed(Poll());
  Publish({"log", "log 2"}, {NewLogKey(ledger_, "log 2")});
  ExpectFollowed(Poll());
  Publish({"log 2"}, {City("MA.156.1301")});
  {
    const auto view = ledger_.Read();
    ASSERT_TRUE(replica_->KeepPolicyProof(
        2, *MakeProof(*view, **view->Note(view->head().size), {"", {PolicyKey()}, {}, {}})));
  }
  Open();
  ExpectFollowed(Poll());
  EXPECT_EQ(KeptProof(1), PolicyProofOf(ledger_, 1));
  EXPECT_EQ(KeptProof(2), PolicyProofOf(ledger_, 2));
}

/// A replica is judged by its trust file, and is not answered from, until it has reached it.
class TrustedSince : public FollowerTest {
 protected:
  FollowStep PollWith(const TrustFile& file, sys_seconds now = kNow) {
    EXPECT_TRUE(replica_->Demand(file));
    follower_.reset();
    return Poll(file.trust, now);
  }
  bool Answers() const { return replica_->Read()->CheckReached().ok(); }
  TrustFile Second() {
    Publish({"log", "log 2"}, {NewLogKey(ledger_, "log 2")});
    return {TrustOf(ledger_), 2};
  }
};

TEST_F(TrustedSince, AnOlderLogIsNotAnsweredFromAndNotTrusted) {
  // The second policy shares its log key with the first, so its keys signed the older log, too.
  const TrustFile second{first_trust_, 2, kNow};
  const FollowStep step = PollWith(second);
  EXPECT_EQ(step.kind, Kind::kAdvanced);
  EXPECT_FALSE(Answers());
  EXPECT_EQ(Poll().complaints.size(), 1U) << "it has nothing newer, and is older than the file";
  Open();
  EXPECT_FALSE(Answers()) << "after a start, too";
  // What the first policy would take is not taken.
  ASSERT_TRUE(replica_->Demand({TrustOf(ledger_), 3}));
  const auto judge = replica_->Read()->TrustNow(first_trust_);
  EXPECT_EQ(*judge, TrustOf(ledger_));
}

TEST_F(TrustedSince, ItAnswersFromThePolicyOfTheFileOn) {
  ExpectFollowed(Poll());
  EXPECT_TRUE(Answers());
  const TrustFile second = Second();
  lies_.note = "";
  ASSERT_TRUE(replica_->Demand(second));
  EXPECT_FALSE(Answers());
  lies_.note.reset();
  ExpectFollowed(PollWith(second));
  EXPECT_TRUE(Answers());
  EXPECT_FALSE(*replica_->Read()->FindTrustAhead());
  EXPECT_EQ(KeptProof(2), PolicyProofOf(ledger_, 2));
}

TEST_F(TrustedSince, ItAnswersFromTheTimeOfTheFileOn) {
  const TrustFile later{first_trust_, 1, kNow + std::chrono::seconds(60)};
  EXPECT_EQ(PollWith(later).kind, Kind::kAdvanced);
  EXPECT_FALSE(Answers());
  Append(ledger_, {}, PublishWith({"log"}, WitnessesNamed(3), kNow + std::chrono::seconds(60)));
  EXPECT_EQ(Poll(first_trust_, kNow + std::chrono::seconds(60)).kind, Kind::kConfirmed);
  EXPECT_TRUE(Answers());
}

TEST_F(TrustedSince, AReplicaThatIsPastTheFileIsJudgedByItsOwnPolicy) {
  const TrustFile first{first_trust_, 1, kNow};
  const TrustFile second = Second();
  ExpectFollowed(PollWith(second));
  ASSERT_TRUE(replica_->Demand(first));
  EXPECT_TRUE(Answers());
  EXPECT_EQ(*replica_->Read()->TrustNow(first_trust_), second.trust);
}

TEST_F(TrustedSince, AWeakerFileDoesNotTakeThePlaceOfAStrongerOne) {
  const TrustFile third{first_trust_, 3};
  ASSERT_TRUE(replica_->Demand(third));
  ASSERT_TRUE(replica_->Demand({first_trust_, 2}));
  EXPECT_EQ((*replica_->Read()->FindTrustAhead())->file, third);
}

/// Replays that were interrupted somewhere: the policy of where they stand has other keys than the
/// checkpoint that they go for.
class InterruptedReplay : public FollowerTest {
 protected:
  /// Until the mirror lacks a bundle, and then the program starts again, with a trust file that has
  /// nothing to do with it.
  void InterruptAt(std::uint64_t bundle, const Trust& trust, const Trust& reached) {
    const TreeSize before = replica_->Read()->head().size;
    lies_.bundles = bundle;
    const FollowStep step = Poll(trust);
    EXPECT_EQ(step.complaints.size(), 1U);
    const auto view = replica_->Read();
    EXPECT_GT(view->head().size, before);
    EXPECT_LE(view->head().size, TreeSize{bundle * kTileWidth});
    EXPECT_EQ((*view->FindTrustAhead())->file.trust, reached);
    lies_.bundles = ~std::uint64_t{0};
    Open();
  }
  void InterruptAt(std::uint64_t bundle, const Trust& trust) { InterruptAt(bundle, trust, trust); }
  std::uint64_t VersionReached() const { return (*FindPolicy(*replica_->Read()))->policy.version; }
  void ExpectGoesOn() {
    ExpectFollowed(Poll(Trust::Of("other.example/ledger", Consortium().policy())));
    EXPECT_FALSE(*replica_->Read()->FindTrustAhead());
    // From here on the ledger's own policy counts.
    Publish({"log 2", "log 3"}, {City("MA.156.1301")});
    ExpectFollowed(Poll());
  }
};

TEST_F(InterruptedReplay, BeforeThePolicyOfItsTrustFileGoesOn) {
  Bulk(5);
  Publish({"log", "log 2"}, {NewLogKey(ledger_, "log 2")});
  Bulk(2);
  Publish({"log 2"});
  lies_.has_policies = false;  // no chain leads from the old policy to the checkpoint
  InterruptAt(8, TrustOf(ledger_));
  EXPECT_EQ(VersionReached(), 1U);
  ExpectGoesOn();
}

TEST_F(InterruptedReplay, BetweenTwoLinksOfTheChainGoesOn) {
  Bulk(2);
  Publish({"log", "log 2"}, {NewLogKey(ledger_, "log 2")});
  const Trust second = TrustOf(ledger_);
  Bulk(5);
  Publish({"log 2", "log 3"}, {NewLogKey(ledger_, "log 3")});
  Bulk(1);
  Publish({"log 3"});
  InterruptAt(10, first_trust_, second);
  EXPECT_EQ(VersionReached(), 2U);
  ExpectGoesOn();
}

TEST_F(InterruptedReplay, GoesOnAfterASecondInterruptionToo) {
  Bulk(7);
  Publish({"log", "log 2"}, {NewLogKey(ledger_, "log 2")});
  Bulk(2);
  Publish({"log 2"});
  lies_.has_policies = false;
  const Trust trust = TrustOf(ledger_);
  InterruptAt(6, trust);
  const TreeSize first = replica_->Read()->head().size;
  InterruptAt(11, trust);
  EXPECT_GT(replica_->Read()->head().size, first);
  EXPECT_EQ(VersionReached(), 1U);
  ExpectGoesOn();
}

TEST_F(InterruptedReplay, DoesNotTakeTheWordOfAnybodyElseMeanwhile) {
  Bulk(5);
  Publish({"log", "log 2"}, {NewLogKey(ledger_, "log 2")});
  Bulk(1);
  Publish({"log 2"});
  InterruptAt(8, TrustOf(ledger_));
  const TreeSize reached = replica_->Read()->head().size;
  // A checkpoint of this very log by its first key alone, which is retired by now.
  const auto view = ledger_.Read();
  const Note note = *ParseNote(**view->Note(view->head().size));
  Note stale{note.text, {SignNote(note.text, "id.example.cn/ledger", KeyNamed("log"))}};
  for (std::size_t i = 1; i < note.signatures.size(); ++i)
    stale.signatures.push_back(note.signatures[i]);
  lies_.note = WriteNote(stale);
  lies_.has_policies = false;
  const FollowStep step = Poll(first_trust_);
  EXPECT_EQ(step.kind, Kind::kNothing);
  EXPECT_EQ(step.complaints.size(), 1U);
  EXPECT_EQ(replica_->Read()->head().size, reached);
}

}  // namespace
}  // namespace cityid
