// What a proof is held against: the policy that it claims, a head that was kept, a quorum.
#include <gtest/gtest.h>

#include "tests/unit/proof/proof_fixture.h"

namespace cityid {
namespace {

using std::chrono::hours;
using std::chrono::seconds;
using std::chrono::sys_seconds;
using testing::kNow;
using testing::kOrigin;
using testing::NoteOf;
using testing::ProofTest;
using testing::WithDigest;

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
