// Answers from proofs equal answers from the ledger, over random codes. The seed is printed;
// CITYID_SEED=N runs the same again.
#include "resolver/proving/prove.h"

#include <gtest/gtest.h>

#include <iostream>
#include <map>
#include <random>

#include "codec/time_text.h"
#include "resolver/answer/answer_json.h"
#include "tests/property/chosen_seed.h"
#include "tests/world/published.h"

namespace cityid {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::seconds;
using std::chrono::sys_seconds;
using testing::ChosenSeed;
using testing::CodeKey;
using testing::Consortium;
using testing::Id;
using testing::KeyNamed;
using testing::kNow;
using testing::PublishedLedger;
using testing::RecordKey;
using testing::WithDigest;

/// When and how strictly an answer is asked for.
struct Moment {
  sys_seconds now;
  AgeLimits limits;
};
const std::vector<Moment>& Moments() {
  const AgeLimits patient{hours(1), days(1000)};
  static const std::vector<Moment> moments = {
      {kNow, {}},           {kNow + hours(2), {}},      {kNow + days(7), {}},
      {kNow + days(8), {}}, {kNow + days(8), patient},  {kNow + days(40), patient},
      {kNow, patient},      {kNow + days(400), patient}};
  return moments;
}

/// A ledger that has everything a verdict can depend on.
class ProveTest : public ::testing::Test {
 protected:
  void SetUp() override {
    random_.seed(ChosenSeed());
    std::vector<Bytes> entries;
    for (const char* id : {"MA.156.1301", "MA.156.1301.02", "MA.156.1301.02.7", "MA.156.1302",
                           "MA.156.1303", "MA.156.1304", "MA.156.1304.1", "MA.156.1305",
                           "MA.156.1306", "MA.156.1307", "MA.156.1307.1"}) {
      entries.push_back(consortium_.AssignEntry(id, consortium_.Institutes(2)));
      ids_.emplace_back(id);
    }
    ledger_.Append(entries);
    ByAuthority("MA.156.1301", Aliases{{{"wikidata", "Q58401"}, {"gbt2260", "130100"}}});
    ByAuthority("MA.156.1302", Supersede{"MA.156.1301", {}});
    ByAuthority("MA.156.1303", Revoke{});
    ByAuthority("MA.156.1304", Suspend{});
    const PublicKey revoked = KeyNamed("MA.156.1305 code").public_key();
    RevokeSome("MA.156.1305", RevokeCodes{revoked, {{5, 9}, {300, 300}}, {}, {}});
    RevokeSome("MA.156.1305", RevokeCodes{revoked, {}, SecondsOf(kNow - hours(5)), 3});
    RevokeSome("MA.156.1301.02",
               RevokeCodes{KeyNamed("MA.156.1301.02 code").public_key(), {{7, 7}}, {}, {}});
    Retire("MA.156.1306");
    Compromise("MA.156.1307");
    ledger_.Append({}, kNow);
    ids_.insert(ids_.end(), {"MA.156.9999", "MA.156.1301.99", "MA.156.1301.99.1", "MA.250.1"});
  }
  IdentifierState StateOf(const std::string& id) const {
    return **FindIdentifier(ledger_.Read(), Id(id));
  }
  void ByAuthority(const std::string& id, RecordBody body) {
    const Record record{consortium_.log(), id, StateOf(id).authority.hash, {}, {}, std::move(body)};
    ledger_.Append({*SignRecord(record, consortium_.Institutes(2))});
  }
  void RevokeSome(const std::string& id, RevokeCodes body) {
    const Record record{consortium_.log(), id, {}, {}, {}, std::move(body)};
    ledger_.Append({*SignRecord(record, consortium_.Institutes(2))});
  }
  void Retire(const std::string& id) {
    const IdentifierState before = StateOf(id);
    Holding holding = *ReadHolding(ledger_.Read(), before);
    for (KeyGrant& grant : holding.keys) {
      if (grant.use != KeyUse::kCode) continue;
      grant.status = KeyStatus::kRetired;
      grant.retired_at = SecondsOf(kNow - hours(3));
    }
    const Record record{consortium_.log(),     id, before.holder.hash,
                        before.authority.hash, {}, Update{holding}};
    const SecretKey holder = KeyNamed(id + " record");
    ledger_.Append({*SignRecord(record, {{Role::kHolder, &holder}})});
  }
  void Compromise(const std::string& id) {
    std::vector<KeyGrant> keys = ReadHolding(ledger_.Read(), StateOf(id))->keys;
    for (KeyGrant& grant : keys) grant.status = KeyStatus::kCompromised;
    const SecretKey record_key = KeyNamed(id + " record 2");
    const SecretKey code_key = KeyNamed(id + " code 2");
    keys.push_back(RecordKey(record_key));
    keys.push_back(CodeKey(code_key, {Purpose::kCity}));
    const Record record{consortium_.log(), id, StateOf(id).authority.hash, {}, {}, Recover{keys}};
    auto signing = consortium_.Institutes(2);
    signing.push_back({Role::kNewKey, &record_key});
    signing.push_back({Role::kNewKey, &code_key});
    ledger_.Append({*SignRecord(record, signing)});
  }

  std::uint64_t Below(std::uint64_t bound) { return random_() % bound; }
  template <class T>
  T Any(const std::vector<T>& values) {
    return values[Below(values.size())];
  }
  /// The path of a code: most often one that holds, or that fails in one way.
  std::string AnyCode() {
    const std::string id = Any(ids_);
    const std::string signer =
        Below(10) == 0 ? Any(std::vector<std::string>{"stranger", id + " record", id + " code 2"})
        : Below(3) == 0 && Id(id).Parent() ? Id(id).Parent()->text() + " code"
                                           : id + " code";
    const SecretKey key = KeyNamed(signer);
    const CodeClaims claims{
        Id(id),
        Any(std::vector{Purpose::kCity, Purpose::kCity, Purpose::kUnit, Purpose::kDevice}),
        HintOf(key.public_key()),
        Any(std::vector<std::uint32_t>{0, 2, 3, 4, 5, 7, 9, 10, 299, 300, 301}),
        Any(std::vector{kNow, kNow - hours(2), kNow - hours(3), kNow - hours(4), kNow - hours(6),
                        kNow - days(20), kNow + hours(1), kNow + days(10)}),
        Any(std::vector<std::uint16_t>{0, 1, 30}),
        {}};
    ClaimedCode code = *SignCode(claims, key);
    if (Below(8) == 0) code.claims.serial ^= 1;
    return id + "/" + WriteToken(code);
  }

  Bytes ProofOf(const std::string& about) const {
    const auto proof = Prove(about, ledger_.Read(), kNow);
    EXPECT_TRUE(proof) << about << ": " << proof.error().detail;
    return proof ? *proof : Bytes();
  }
  Answer FromLedger(const std::string& about, const Moment& moment) const {
    const LedgerView view = ledger_.Read();
    return *Resolve(QueryAbout(about), view, view.head(), moment.limits, moment.now);
  }
  Result<CheckedAnswer> FromProof(const Bytes& document, const Moment& moment,
                                  const std::optional<Query>& query = {}) const {
    return CheckAnswer(document, query, trust_, moment.limits, moment.now);
  }
  static void ExpectSame(const Answer& found, const Answer& expected) {
    EXPECT_EQ(Name(found), Name(expected));
    EXPECT_EQ(found.detail, expected.detail);
    EXPECT_EQ(found.subject, expected.subject);
    ASSERT_EQ(found.known != nullptr, expected.known != nullptr);
    if (found.known) {
      EXPECT_EQ(found.known->aliases, expected.known->aliases);
      EXPECT_EQ(SubjectMembers(*found.known), SubjectMembers(*expected.known));
      ASSERT_EQ(found.known->levels.size(), expected.known->levels.size());
      for (std::size_t i = 0; i < found.known->levels.size(); ++i) {
        EXPECT_EQ(found.known->levels[i].id, expected.known->levels[i].id);
        EXPECT_EQ(found.known->levels[i].state, expected.known->levels[i].state);
        EXPECT_EQ(found.known->levels[i].holding, expected.known->levels[i].holding);
      }
    }
    EXPECT_EQ(found.nearest, expected.nearest);
    EXPECT_EQ(found.inactive, expected.inactive);
    EXPECT_EQ(found.successor, expected.successor);
    ASSERT_EQ(found.code.has_value(), expected.code.has_value());
    if (found.code) {
      EXPECT_EQ(found.code->signed_by, expected.code->signed_by);
      EXPECT_EQ(found.code->key, expected.code->key);
      EXPECT_EQ(found.code->claims.serial, expected.code->claims.serial);
    }
    EXPECT_EQ(found.ledger.policy->origin, expected.ledger.policy->origin);
    EXPECT_EQ(found.ledger.policy->log, expected.ledger.policy->log);
    EXPECT_EQ(found.ledger.policy->policy, expected.ledger.policy->policy);
    EXPECT_EQ(found.ledger.head, expected.ledger.head);
    EXPECT_EQ(found.ledger.age, expected.ledger.age);
    EXPECT_EQ(found.ledger.stale, expected.ledger.stale);
  }
  static std::string Name(const Answer& answer) { return std::string(Row(answer.verdict).name); }
  /// Identifiers, what is none, and some codes.
  std::vector<std::string> Queries(std::size_t codes) {
    std::vector<std::string> queries = ids_;
    queries.insert(queries.end(), {"nothing", "MA.156", "MA.156.1301/0"});
    for (std::size_t i = 0; i < codes; ++i) queries.push_back(AnyCode());
    return queries;
  }

  std::mt19937_64 random_;
  Consortium consortium_;
  PublishedLedger ledger_{consortium_};
  Trust trust_ = ledger_.trust();
  std::vector<std::string> ids_;
};

TEST_F(ProveTest, AProofSaysWhatTheLedgerSaysNowAndLater) {
  std::map<std::string, int> verdicts;
  for (const std::string& about : Queries(400)) {
    const Bytes document = ProofOf(about);
    for (const Moment& moment : Moments()) {
      SCOPED_TRACE(about + " " + std::to_string((moment.now - kNow).count()) + " s later");
      const Answer expected = FromLedger(about, moment);
      const auto found = FromProof(document, moment);
      ASSERT_TRUE(found) << found.error().detail;
      ExpectSame(found->answer, expected);
      ++verdicts[Name(expected)];
    }
  }
  // Every verdict that the state decides, or this says little.
  for (const VerdictRow& row : VerdictTable()) {
    if (row.verdict == Verdict::kUnsupported || row.verdict == Verdict::kWrongHost) continue;
    EXPECT_GT(verdicts[std::string(row.name)], 0) << row.name;
  }
  for (const auto& [verdict, count] : verdicts) std::cout << verdict << " " << count << "  ";
  std::cout << "\n";
}

TEST_F(ProveTest, WithoutARecordItIsAnErrorNeverAnotherVerdict) {
  std::size_t left_out = 0;
  std::size_t errors = 0;
  for (const std::string& about : Queries(80)) {
    const ProofDocument good = *ParseProof(ProofOf(about));
    const bool holds = Row(FromLedger(about, Moments()[0]).verdict).http_status == 200;
    for (std::size_t i = 0; i < good.records.size(); ++i) {
      ProofDocument document = good;
      document.records.erase(document.records.begin() + std::ptrdiff_t(i));
      for (const Moment& moment : Moments()) {
        SCOPED_TRACE(about);
        const auto found = FromProof(WithDigest(document), moment);
        ++left_out;
        if (found) {
          // It is not needed at that time.
          ExpectSame(found->answer, FromLedger(about, moment));
        } else {
          EXPECT_EQ(found.error().code, Errc::kNotFound) << found.error().detail;
          ++errors;
        }
        if (moment.now == kNow && holds) {
          EXPECT_FALSE(found) << i;
        }
      }
    }
  }
  EXPECT_GT(errors, left_out / 4);
}

TEST_F(ProveTest, WithTheMapOfOtherKeysItIsAnErrorNeverAnotherVerdict) {
  const LedgerView view = ledger_.Read();
  const std::vector<std::vector<Bytes>> others = {
      {},
      {PolicyKey()},
      {PolicyKey(), IdentifierKey(Id("MA.156.1306"))},
      {PolicyKey(), AliasKey("wikidata", "Q58401"), IdentifierKey(Id("MA.999.1"))}};
  std::size_t errors = 0;
  std::size_t tried = 0;
  for (const std::string& about : Queries(60)) {
    const ProofDocument good = *ParseProof(ProofOf(about));
    for (const auto& keys : others) {
      for (const bool with_records : {false, true}) {
        ProofDocument document = good;
        document.map = *ProveKeys(view, view.head().map, keys);
        if (!with_records) document.records.clear();
        for (const Moment& moment : Moments()) {
          SCOPED_TRACE(about);
          const auto found = FromProof(WithDigest(document), moment);
          ++tried;
          if (!found) ++errors;
          if (found) ExpectSame(found->answer, FromLedger(about, moment));
        }
      }
    }
  }
  EXPECT_GT(errors, tried / 2);
}

TEST_F(ProveTest, AnotherQueryThanTheOneProvedIsAnErrorNeverAnotherVerdict) {
  const auto queries = Queries(30);
  for (const std::string& about : queries) {
    const Bytes document = ProofOf(about);
    for (const std::string& asked : queries) {
      const auto found = FromProof(document, Moments()[0], QueryAbout(asked));
      SCOPED_TRACE("proof of " + about + ", asked for " + asked);
      if (found) ExpectSame(found->answer, FromLedger(asked, Moments()[0]));
    }
  }
}

TEST_F(ProveTest, EverySingleBitFlipFails) {
  const SecretKey key = KeyNamed("MA.156.1301 code");
  const CodeClaims claims{
      Id("MA.156.1301.02"), Purpose::kUnit, HintOf(key.public_key()), 1, kNow - hours(1), 30, {}};
  const std::string about = "MA.156.1301.02/" + WriteToken(*SignCode(claims, key));
  const Bytes document = ProofOf(about);
  ASSERT_EQ(FromProof(document, Moments()[0])->answer.verdict, Verdict::kValid);
  Bytes flipped = document;
  for (std::size_t bit = 0; bit < document.size() * 8; ++bit) {
    flipped[bit / 8] ^= static_cast<std::uint8_t>(1 << bit % 8);
    ASSERT_FALSE(FromProof(flipped, Moments()[0])) << "bit " << bit;
    flipped[bit / 8] = document[bit / 8];
  }
}

TEST_F(ProveTest, AnOlderProofIsRefusedByWhoHasSeenMore) {
  const Bytes old = ProofOf("MA.156.1301");
  const LedgerView before = ledger_.Read();
  const KeptHead kept_before{
      Checkpoint{"id.example.cn/ledger", before.head().size, before.head().root}};
  ByAuthority("MA.156.1301", Suspend{});
  const LedgerView after = ledger_.Read();
  const KeptHead kept{Checkpoint{"id.example.cn/ledger", after.head().size, after.head().root}};
  const auto refused = CheckAnswer(old, {}, trust_, {}, kNow, kept);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::kRefused);
  const auto fresh = Prove("MA.156.1301", after, kNow, before.head().size);
  const auto found = CheckAnswer(*fresh, {}, trust_, {}, kNow, kept_before);
  ASSERT_TRUE(found) << found.error().detail;
  EXPECT_EQ(found->answer.verdict, Verdict::kSuspended);
}

TEST_F(ProveTest, WithoutACheckpointThereIsNothingToProve) {
  ASSERT_TRUE(ledger_.replica().Append({{1}}, kNow, Refused::kKept));
  const auto proof = Prove("MA.156.1301", ledger_.Read(), kNow);
  ASSERT_FALSE(proof);
  EXPECT_EQ(proof.error().code, Errc::kNotFound);
}

TEST_F(ProveTest, AProofAboutNothingNeedsAQuery) {
  const LedgerView view = ledger_.Read();
  const Bytes document = *MakeProof(view, ledger_.Note(), {"", {PolicyKey()}, {}, {}});
  const auto found = FromProof(document, Moments()[0]);
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().code, Errc::kRefused);
}

}  // namespace
}  // namespace cityid
