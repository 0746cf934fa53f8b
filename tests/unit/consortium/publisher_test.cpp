#include "ledger/consortium/publisher.h"

#include <gtest/gtest.h>

#include "ledger/sync/export.h"
#include "ledger/sync/source.h"
#include "tests/world/published.h"

namespace cityid {
namespace {

using std::chrono::hours;
using std::chrono::sys_seconds;
using testing::Consortium;
using testing::Id;
using testing::InstitutesNamed;
using testing::KeyNamed;
using testing::kNow;
using testing::NamedSigner;
using testing::NextPolicyOf;
using testing::PublishWith;
using testing::ScratchDirectory;
using testing::SignNamed;
using testing::With;
using testing::WitnessesNamed;

using Names = std::vector<std::string>;

class PublisherTest : public ::testing::Test {
 protected:
  void SetUp() override {
    auto created = Replica::Create(scratch_.path() / "ledger", consortium_.genesis(), kNow);
    ASSERT_TRUE(created) << created.error().detail;
    replica_.emplace(*std::move(created));
  }
  Bytes City(const std::string& id) const {
    return consortium_.AssignEntry(id, consortium_.Institutes(2));
  }
  Result<void> Append(const std::vector<Bytes>& entries, const Replica::Publish& publish,
                      sys_seconds now = kNow) {
    const auto outcomes = replica_->Append(entries, now, Refused::kLeftOut, publish);
    if (!outcomes) return outcomes.error();
    for (const Sequenced& outcome : *outcomes) {
      if (outcome.refused) return *outcome.refused;
    }
    return {};
  }
  LedgerView Read() const { return std::move(*replica_->Read()); }
  std::string Note() const {
    const LedgerView view = Read();
    return (*view.Note(view.head().size)).value_or("");
  }
  Trust TrustNow() const {
    const PolicyState policy = **FindPolicy(Read());
    return Trust::Of(policy.origin, policy.policy);
  }
  /// Publishing this is refused, and then everything is as before.
  void ExpectRefused(const std::vector<Bytes>& entries, const Replica::Publish& publish) {
    const Head before = Read().head();
    const std::string note = Note();
    const auto outcome = Append(entries, publish);
    EXPECT_FALSE(outcome);
    EXPECT_EQ(Read().head(), before);
    EXPECT_EQ(Note(), note);
    EXPECT_FALSE(*Read().Note(TreeSize{before.size.value + entries.size() + 1}));
    refusal_ = outcome ? Error{} : outcome.error();
  }

  ScratchDirectory scratch_;
  Consortium consortium_;
  std::optional<Replica> replica_;
  Error refusal_{};  ///< the last one
};

TEST_F(PublisherTest, SignsAndCosignsTheHead) {
  ASSERT_TRUE(Append({City("MA.156.1301")}, PublishWith({"log"}, WitnessesNamed(2))));
  const LedgerView view = Read();
  const auto opened = TrustNow().Open(Note(), kNow);
  ASSERT_TRUE(opened) << opened.error().detail;
  EXPECT_EQ(opened->checkpoint.origin, "id.example.cn/ledger");
  EXPECT_EQ(opened->checkpoint.size, view.head().size);
  EXPECT_EQ(opened->checkpoint.root, view.head().root);
  EXPECT_EQ(opened->time, kNow);
  EXPECT_EQ(view.head().time, kNow);
}

TEST_F(PublisherTest, AConfirmationHasAFreshNoteOfTheSameHead) {
  ASSERT_TRUE(Append({City("MA.156.1301")}, PublishWith({"log"}, WitnessesNamed(2))));
  const Head before = Read().head();
  const sys_seconds later = kNow + hours(2);
  ASSERT_TRUE(Append({}, PublishWith({"log"}, WitnessesNamed(2), later), later));
  Head expected = before;
  expected.time = later;
  EXPECT_EQ(Read().head(), expected);
  EXPECT_EQ(TrustNow().Open(Note(), later)->time, later);
}

TEST_F(PublisherTest, AWrongLogKeyIsRefused) {
  for (const Names& keys : {Names{}, Names{"stranger"}, Names{"institute-0.example witness"}}) {
    ExpectRefused({City("MA.156.1301")}, PublishWith(keys, WitnessesNamed(3)));
    EXPECT_EQ(refusal_.code, Errc::kBusy);
    EXPECT_NE(refusal_.detail.find("log key"), std::string::npos) << refusal_.detail;
  }
  EXPECT_FALSE(*FindIdentifier(Read(), Id("MA.156.1301")));
}

TEST_F(PublisherTest, AMissingQuorumLeavesTheLedgerAsItWas) {
  ASSERT_TRUE(Append({City("MA.156.1301")}, PublishWith({"log"}, WitnessesNamed(2))));
  for (const Names& witnesses :
       {Names{}, WitnessesNamed(1), Names{"institute-0.example witness", "stranger"},
        Names{"institute-0.example", "institute-1.example"}}) {
    ExpectRefused({City("MA.156.1302")}, PublishWith({"log"}, witnesses, kNow + hours(1)));
    EXPECT_NE(refusal_.detail.find("quorum"), std::string::npos) << refusal_.detail;
    ExpectRefused({}, PublishWith({"log"}, witnesses, kNow + hours(1)));
  }
  EXPECT_TRUE(Append({City("MA.156.1302")}, PublishWith({"log"}, WitnessesNamed(2))));
}

TEST_F(PublisherTest, TheFirstCheckpointProvesThePolicy) {
  EXPECT_FALSE(*Read().PolicyProof(1));
  ASSERT_TRUE(Append({}, PublishWith({"log"}, WitnessesNamed(2))));
  const auto proof = *Read().PolicyProof(1);
  ASSERT_TRUE(proof);
  const auto proven = ProvenState::Open(*proof, TrustNow(), kNow);
  ASSERT_TRUE(proven) << proven.error().detail;
  EXPECT_EQ((*FindPolicy(*proven))->policy, (*FindPolicy(Read()))->policy);
  EXPECT_EQ(proven->head().size, TreeSize{2});
}

TEST_F(PublisherTest, LaterCheckpointsDoNotReplaceIt) {
  ASSERT_TRUE(Append({}, PublishWith({"log"}, WitnessesNamed(2))));
  const auto first = *Read().PolicyProof(1);
  ASSERT_TRUE(Append({City("MA.156.1301")}, PublishWith({"log"}, WitnessesNamed(3))));
  ASSERT_TRUE(Append({}, PublishWith({"log"}, WitnessesNamed(3), kNow + hours(1))));
  EXPECT_EQ(*Read().PolicyProof(1), first);
}

/// A ledger whose first policy is published, and changes of it.
class PolicyChain : public PublisherTest {
 protected:
  void SetUp() override {
    PublisherTest::SetUp();
    ASSERT_TRUE(Append({}, PublishWith({"log"}, WitnessesNamed(3))));
    trusts_.push_back(TrustNow());
  }
  static Institute InstituteNamed(int number) {
    const std::string name = "institute-" + std::to_string(number) + ".example";
    return {name,
            {{"en", "Institute"}},
            KeyNamed(name).public_key(),
            KeyNamed(name + " witness").public_key()};
  }
  /// The next policy, signed by a quorum and by the new keys of these names.
  Bytes Change(const std::function<void(Policy&)>& change, const Names& new_keys) const {
    Policy policy = (*FindPolicy(Read()))->policy;
    std::vector<NamedSigner> signers = InstitutesNamed(policy.quorum);
    ++policy.version;
    change(policy);
    for (const std::string& name : new_keys) signers.emplace_back(Role::kNewKey, name);
    return SignNamed(NextPolicyOf(Read(), policy), signers);
  }
  Bytes NewInstitute() const {
    return Change(
        [](Policy& policy) {
          policy.institutes.push_back(InstituteNamed(3));
          policy.quorum = 3;
        },
        {"institute-3.example", "institute-3.example witness"});
  }
  Bytes NewLogKey() const {
    return Change([](Policy& policy) { policy.log_keys = {KeyNamed("log 2").public_key()}; },
                  {"log 2"});
  }
  Bytes RemovedInstitutes() const {
    return Change(
        [](Policy& policy) {
          policy.institutes.erase(policy.institutes.begin(), policy.institutes.begin() + 2);
          policy.quorum = 2;
        },
        {});
  }
  /// Makes the policy and its checkpoint, which the old trust and the new one must take.
  void ExpectBothSatisfied(const Bytes& change, const Names& log_keys, const Names& witnesses) {
    const auto done = Append({change}, PublishWith(log_keys, witnesses));
    ASSERT_TRUE(done) << done.error().detail;
    for (const Trust& trust : {trusts_.back(), TrustNow()}) {
      const auto opened = trust.Open(Note(), kNow);
      EXPECT_TRUE(opened) << opened.error().detail;
    }
    trusts_.push_back(TrustNow());
  }
  static Names Witnesses(std::initializer_list<int> numbers) {
    Names names;
    for (const int number : numbers)
      names.push_back("institute-" + std::to_string(number) + ".example witness");
    return names;
  }

  std::vector<Trust> trusts_;  ///< of the versions so far
};

TEST_F(PolicyChain, ANewInstitutesFirstCheckpointSatisfiesOldAndNew) {
  // Quorum 3 of 4 now, 2 of 3 before.
  ExpectRefused({NewInstitute()}, PublishWith({"log"}, Witnesses({0, 1})));
  ExpectRefused({NewInstitute()}, PublishWith({"log"}, Witnesses({0, 3})));
  ExpectBothSatisfied(NewInstitute(), {"log"}, Witnesses({0, 1, 3}));
}

TEST_F(PolicyChain, ANewLogKeysFirstCheckpointSatisfiesOldAndNew) {
  ExpectRefused({NewLogKey()}, PublishWith({"log"}, WitnessesNamed(3)));
  ExpectRefused({NewLogKey()}, PublishWith({"log 2"}, WitnessesNamed(3)));
  ExpectBothSatisfied(NewLogKey(), {"log", "log 2"}, WitnessesNamed(3));
  // From then on the new key is enough, and the old one is none.
  EXPECT_TRUE(Append({City("MA.156.1301")}, PublishWith({"log 2"}, WitnessesNamed(3))));
  ExpectRefused({City("MA.156.1302")}, PublishWith({"log"}, WitnessesNamed(3)));
}

TEST_F(PolicyChain, ARemovedInstitutesLastCosignatureIsUnderTheFirstCheckpoint) {
  ExpectBothSatisfied(NewInstitute(), {"log"}, WitnessesNamed(3));
  // 2 of {2, 3} after 3 of {0, 1, 2, 3}.
  ExpectRefused({RemovedInstitutes()}, PublishWith({"log"}, Witnesses({0, 1, 2})));
  ExpectRefused({RemovedInstitutes()}, PublishWith({"log"}, Witnesses({2, 3})));
  ExpectBothSatisfied(RemovedInstitutes(), {"log"}, Witnesses({1, 2, 3}));
  EXPECT_TRUE(Append({}, PublishWith({"log"}, Witnesses({2, 3}))));
}

TEST_F(PolicyChain, WithoutTheOldWitnessesItIsRefused) {
  // 2 of {0, 3, 4} after 2 of {0, 1, 2}: only one stays.
  const Bytes change = Change(
      [](Policy& policy) {
        policy.institutes = {policy.institutes[0], InstituteNamed(3), InstituteNamed(4)};
      },
      {"institute-3.example", "institute-3.example witness", "institute-4.example",
       "institute-4.example witness"});
  ExpectRefused({change}, PublishWith({"log"}, Witnesses({0, 3, 4})));
  ExpectRefused({change}, PublishWith({"log"}, Witnesses({0, 1, 2})));
  ExpectBothSatisfied(change, {"log"}, Witnesses({0, 1, 3}));
  EXPECT_TRUE(Append({}, PublishWith({"log"}, Witnesses({3, 4}))));
}

TEST_F(PolicyChain, CanBeFollowedFromTheFirstTrust) {
  ExpectBothSatisfied(NewInstitute(), {"log"}, Witnesses({0, 1, 2, 3}));
  ExpectBothSatisfied(NewLogKey(), {"log", "log 2"}, Witnesses({0, 1, 2, 3}));
  ExpectBothSatisfied(RemovedInstitutes(), {"log 2"}, Witnesses({1, 2, 3}));
  ASSERT_TRUE(Append({}, PublishWith({"log 2"}, Witnesses({2, 3}), kNow + hours(1))));
  const LedgerView view = Read();
  Trust trust = trusts_.front();
  for (std::uint64_t version = 2; version <= 4; ++version) {
    const auto proof = *view.PolicyProof(version);
    ASSERT_TRUE(proof) << version;
    const auto proven = ProvenState::Open(*proof, trust, kNow);
    ASSERT_TRUE(proven) << version << ": " << proven.error().detail;
    const PolicyState policy = **FindPolicy(*proven);
    EXPECT_EQ(policy.policy.version, version);
    trust = Trust::Of(policy.origin, policy.policy);
    EXPECT_EQ(trust, trusts_[version - 1]);
  }
  EXPECT_TRUE(trust.Open(Note(), kNow + hours(1)));
  EXPECT_FALSE(*view.PolicyProof(5));
  // With a link left out it ends: the first trust knows nothing of the second log key.
  EXPECT_FALSE(ProvenState::Open(**view.PolicyProof(4), trusts_.front(), kNow));
}

TEST_F(PolicyChain, APolicyThatNeverHadACheckpointIsNoLink) {
  ASSERT_TRUE(Append({NewInstitute()}, {}));
  ExpectRefused({NewLogKey()}, PublishWith({"log 2"}, WitnessesNamed(3)));
  ExpectBothSatisfied(NewLogKey(), {"log", "log 2"}, WitnessesNamed(3));
  EXPECT_FALSE(*Read().PolicyProof(2));
  EXPECT_TRUE(ProvenState::Open(**Read().PolicyProof(3), trusts_.front(), kNow));
}

TEST_F(PolicyChain, IsExportedWithEveryLink) {
  ExpectBothSatisfied(NewInstitute(), {"log"}, WitnessesNamed(3));
  const auto directory = scratch_.path() / "export";
  ASSERT_TRUE(ExportLog(Read(), directory));
  DirectorySource source(directory);
  for (const std::uint64_t version : {1, 2}) {
    const auto stored = source.PolicyProof(version);
    ASSERT_TRUE(stored && *stored) << version;
    EXPECT_EQ(**stored, **Read().PolicyProof(version)) << version;
  }
  EXPECT_FALSE(*source.PolicyProof(3));
}

TEST_F(PolicyChain, IsExportedPastAPolicyThatNeverHadACheckpoint) {
  ASSERT_TRUE(Append({NewInstitute()}, {}));
  ExpectBothSatisfied(NewLogKey(), {"log", "log 2"}, WitnessesNamed(3));
  const auto directory = scratch_.path() / "export";
  ASSERT_TRUE(ExportLog(Read(), directory));
  DirectorySource source(directory);
  const auto stored = source.PolicyProof(3);
  ASSERT_TRUE(stored && *stored);
  EXPECT_EQ(**stored, **Read().PolicyProof(3));
}

/// More witnesses than a note has lines for.
class ManyWitnesses : public PolicyChain {
 protected:
  void Found(std::size_t institutes, std::uint8_t quorum) {
    consortium_ = Consortium(institutes, quorum);
    PublisherTest::SetUp();
  }
  void SetUp() override {}  // each test founds its own
  static std::vector<std::string> NamesIn(const std::string& bytes) {
    const auto note = *ParseNote(bytes);
    std::vector<std::string> names;
    for (const NoteSignature& line : note.signatures) names.push_back(line.name);
    return names;
  }
};

TEST_F(ManyWitnesses, UpToSixteenLinesAllOfThemAreKept) {
  Found(15, 8);
  const auto done = Append({}, PublishWith({"log"}, WitnessesNamed(15)));
  ASSERT_TRUE(done) << done.error().detail;
  EXPECT_EQ(NamesIn(Note()).size(), 16U);
}

TEST_F(ManyWitnesses, OverSixteenLinesTheNoteHasWhatTheQuorumNeeds) {
  for (const std::size_t institutes : {16U, 20U, 29U}) {
    std::filesystem::remove_all(scratch_.path() / "ledger");
    replica_.reset();
    const auto quorum = static_cast<std::uint8_t>(institutes / 2 + 1);
    Found(institutes, quorum);
    const auto done = Append({}, PublishWith({"log"}, WitnessesNamed(institutes)));
    ASSERT_TRUE(done) << institutes << ": " << done.error().detail;
    EXPECT_EQ(NamesIn(Note()).size(), quorum + 1U) << institutes;
    const auto opened = TrustNow().Open(Note(), kNow);
    EXPECT_TRUE(opened) << institutes << ": " << opened.error().detail;
  }
}

TEST_F(ManyWitnesses, OverSixteenLinesTheFirstCheckpointOfAPolicySatisfiesOldAndNew) {
  Found(15, 8);
  ASSERT_TRUE(Append({}, PublishWith({"log"}, WitnessesNamed(15))));
  trusts_.push_back(TrustNow());
  // Seven go and seven come: with all who can cosign there would be 23 lines.
  Names new_keys;
  for (int i = 15; i < 22; ++i) {
    new_keys.push_back("institute-" + std::to_string(i) + ".example");
    new_keys.push_back(new_keys.back() + " witness");
  }
  const Bytes change = Change(
      [](Policy& policy) {
        policy.institutes.erase(policy.institutes.begin(), policy.institutes.begin() + 7);
        for (int i = 15; i < 22; ++i) policy.institutes.push_back(InstituteNamed(i));
      },
      new_keys);
  ExpectBothSatisfied(change, {"log"}, WitnessesNamed(22));
  EXPECT_LE(NamesIn(Note()).size(), kMaxNoteSignatures);
}

}  // namespace
}  // namespace cityid
