#include "ledger/consortium/registry.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <thread>

#include "tests/unit/consortium/registry_fixture.h"

namespace cityid {
namespace {

using std::chrono::days;
using std::chrono::seconds;
using testing::Id;
using testing::InstitutesNamed;
using testing::kCity;
using testing::KeyNamed;
using testing::kNow;
using testing::NamedSigner;
using testing::RegistryTest;
using testing::RuleOf;
using testing::SignNamed;
using testing::With;

TEST_F(RegistryTest, SequencesWithTheLastSignature) {
  const Record record = Application(kCity, "a");
  const auto first = Submit(record, {NewKey("a")});
  ASSERT_TRUE(first) << first.error().detail;
  EXPECT_FALSE(first->index);
  EXPECT_EQ(first->missing.signatures, 2u);
  EXPECT_TRUE(first->missing.new_keys.empty());
  const auto second = Submit(record, {Institute(0)});
  ASSERT_TRUE(second);
  EXPECT_FALSE(second->index);
  EXPECT_EQ(second->id, first->id);
  EXPECT_EQ(second->missing.signatures, 1u);
  EXPECT_EQ(LedgerSize(), 2u);
  const auto third = Submit(record, {Institute(1)});
  ASSERT_TRUE(third);
  EXPECT_EQ(third->index, Index{2});
  EXPECT_TRUE(third->missing.none());
  EXPECT_EQ(LedgerSize(), 4u);
  EXPECT_TRUE(*FindIdentifier(*replica_->Read(), Id(kCity)));
  EXPECT_TRUE(All().empty());
  EXPECT_FALSE(*registry_->Find(first->id));
}

TEST_F(RegistryTest, SequencesAtOnceWhatIsComplete) {
  EXPECT_EQ(Answer(Application(kCity, "a"), With(InstitutesNamed(2), {NewKey("a")})), "sequenced");
}

TEST_F(RegistryTest, AnswersTheSameRecordWithWhereItStands) {
  const Record record = Application(kCity, "a");
  ASSERT_EQ(Answer(record, {NewKey("a")}), "waits");
  const auto again = Submit(record, {NewKey("a")});
  ASSERT_TRUE(again);
  EXPECT_EQ(again->missing.signatures, 2u);
  EXPECT_EQ(All().size(), 1u);
  ASSERT_EQ(Answer(record, InstitutesNamed(2)), "sequenced");
  for (const auto& signers : {std::vector{NewKey("a")}, std::vector{Institute(2)},
                              With(InstitutesNamed(2), {NewKey("a")})}) {
    const auto later = Submit(record, signers, kNow + days(100));
    ASSERT_TRUE(later) << later.error().detail;
    EXPECT_EQ(later->index, Index{2});
  }
  EXPECT_EQ(LedgerSize(), 4u);
  EXPECT_TRUE(All().empty());
}

TEST_F(RegistryTest, TakesSignaturesInAnyOrder) {
  std::vector<NamedSigner> signers = {NewKey("a"), Institute(0), Institute(2)};
  std::sort(signers.begin(), signers.end());
  int number = 0;
  do {
    const std::string id = "MA.156." + std::to_string(1301 + number);
    auto order = signers;
    for (auto& [role, name] : order) {
      if (role == Role::kNewKey) name = "key " + id;
    }
    const Record record = Application(id, "key " + id);
    EXPECT_EQ(Answer(record, {order[0]}), "waits");
    EXPECT_EQ(Answer(record, {order[1]}), "waits");
    EXPECT_EQ(Answer(record, {order[2]}), "sequenced");
    ++number;
  } while (std::next_permutation(signers.begin(), signers.end()));
  EXPECT_EQ(number, 6);
  EXPECT_EQ(LedgerSize(), 14u);
}

TEST_F(RegistryTest, AnApprovalTooManySpoilsNothing) {
  const Record record = Application(kCity, "a");
  // Three institutes before the applicant's own signature: the record takes two of them.
  ASSERT_EQ(Answer(record, InstitutesNamed(3)), "waits");
  ASSERT_EQ(Answer(record, {NewKey("a")}), "sequenced");
  const auto entry = replica_->Read()->Entry(Index{2});
  EXPECT_EQ(ParseRecord(*entry)->signers.size(), 3u);
  EXPECT_EQ(Answer(record, {Institute(2)}), "sequenced");
  EXPECT_EQ(Answer(Application("MA.156.1302", "b"), With(InstitutesNamed(3), {NewKey("b")})),
            "sequenced");
}

TEST_F(RegistryTest, DropsTheSignaturesOfStrangers) {
  const Record record = Application(kCity, "a");
  const std::vector<NamedSigner> strangers = {{Role::kInstitute, "stranger"},
                                              {Role::kHolder, "stranger"},
                                              {Role::kAncestor, "institute-0.example"},
                                              {Role::kNewKey, "stranger"}};
  EXPECT_EQ(Answer(record, strangers), "signer-stranger");
  EXPECT_TRUE(All().empty());
  const auto submission = Submit(record, With(strangers, {NewKey("a")}));
  ASSERT_TRUE(submission);
  EXPECT_EQ(SignersOf(submission->id),
            (std::vector{Signer{Role::kNewKey, KeyNamed("a").public_key()}}));
  for (const NamedSigner& stranger : strangers) {
    Answer(record, {stranger});
    EXPECT_EQ(SignersOf(submission->id).size(), 1u);
  }
  EXPECT_EQ(Answer(record, With(strangers, InstitutesNamed(2))), "sequenced");
  EXPECT_EQ(ParseRecord(*replica_->Read()->Entry(Index{2}))->signers.size(), 3u);
}

TEST_F(RegistryTest, RefusesAForgedSignatureAndKeepsWhatItHas) {
  const Record record = Application(kCity, "a");
  const auto id = Submit(record, {NewKey("a")})->id;
  Bytes forged = SignNamed(record, {Institute(0)});
  forged.back() ^= 1;
  const auto answer = registry_->Submit(forged, kNow);
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, Errc::kForged);
  EXPECT_EQ(SignersOf(id).size(), 1u);
}

TEST_F(RegistryTest, OfTwoApprovedAtOnceTheFirstWins) {
  const Record first = Application(kCity, "a");
  const Record second = Application(kCity, "b");
  ASSERT_EQ(Answer(first, {NewKey("a"), Institute(0)}), "waits");
  ASSERT_EQ(Answer(second, {NewKey("b"), Institute(0)}), "waits");
  const auto both = All();
  ASSERT_EQ(both.size(), 2u);
  EXPECT_EQ(both[0].conflicts, (std::vector{both[1].id}));
  EXPECT_EQ(both[1].conflicts, (std::vector{both[0].id}));
  EXPECT_EQ(Answer(second, {Institute(1)}), "sequenced");
  EXPECT_EQ(Answer(first, {Institute(1)}), "assign-exists");
  EXPECT_EQ(LedgerSize(), 4u);
  const auto left = All();
  ASSERT_EQ(left.size(), 1u);
  ASSERT_TRUE(left[0].refused);
  EXPECT_EQ(RuleOf(left[0].refused->detail), "assign-exists");
  EXPECT_TRUE(left[0].conflicts.empty());
}

TEST_F(RegistryTest, SaysWhoIsMissing) {
  ASSERT_EQ(Answer(Application(kCity, "a"), {Institute(1)}, kNow + seconds(7)), "waits");
  const auto all = All();
  ASSERT_EQ(all.size(), 1u);
  EXPECT_EQ(all[0].missing.who, "institutes");
  EXPECT_EQ(all[0].missing.signatures, 1u);
  EXPECT_EQ(all[0].missing.new_keys, (std::vector{KeyNamed("a").public_key()}));
  EXPECT_EQ(all[0].received, kNow + seconds(7));
  EXPECT_EQ(all[0].record, Application(kCity, "a"));
  EXPECT_FALSE(all[0].refused);
}

TEST_F(RegistryTest, RefusesWhatTheRulesRefuse) {
  Record record = Application(kCity, "a");
  record.log = RecordHash{};
  EXPECT_EQ(Answer(record, {NewKey("a")}), "log-other");
  EXPECT_EQ(Answer(Application("MA.156.1301.02", "a"), {NewKey("a")}), "parent-unknown");
  EXPECT_TRUE(All().empty());
}

TEST_F(RegistryTest, AsksHowLongAnApplicationMayWait) {
  Record record = Application(kCity, "a");
  const auto answer = [&](std::optional<std::uint64_t> not_after) {
    record.not_after = not_after;
    return Answer(record, {NewKey("a")});
  };
  EXPECT_EQ(answer({}), "inbox-not-after");
  EXPECT_EQ(answer(0), "inbox-not-after");
  EXPECT_EQ(answer(Seconds(kNow) - 1), "inbox-not-after");
  EXPECT_EQ(answer(Seconds(kNow + days(90)) + 1), "inbox-not-after");
  EXPECT_EQ(answer(~std::uint64_t{0}), "inbox-not-after");
  EXPECT_EQ(answer(std::uint64_t{1} << 63), "inbox-not-after");
  EXPECT_TRUE(All().empty());
  EXPECT_EQ(answer(Seconds(kNow + days(90))), "waits");
  EXPECT_EQ(answer(Seconds(kNow)), "waits");
}

TEST_F(RegistryTest, AsksForHonestTextInOneFormWhateverRulesAreInForce) {
  for (const std::uint64_t rules : {1u, 2u}) {
    consortium_.policy().rules = rules;
    const auto genesis = SignRecord(consortium_.GenesisRecord(), consortium_.GenesisKeys());
    auto created =
        Replica::Create(scratch_.path() / ("ledger " + std::to_string(rules)), *genesis, kNow);
    ASSERT_TRUE(created) << created.error().detail;
    registry_.reset();
    replica_.emplace(*std::move(created));
    Open("inbox " + std::to_string(rules));
    Record record = Application(kCity, "a");
    record.log = HashRecord(*genesis);
    auto& name = std::get<Assign>(record.body).holding.metadata.names["en"];
    for (const char* wrong : {"Sh\u0430nghai", "Bei\u200Bjing", "\u3164", "Sa\u0303o Paulo"}) {
      name = wrong;
      EXPECT_EQ(Answer(record, {NewKey("a")}), "inbox-text") << rules << wrong;
    }
    name = "S\u00E3o Paulo";
    EXPECT_EQ(Answer(record, {NewKey("a")}), "waits") << rules;
  }
}

TEST_F(RegistryTest, RefusesPrivateAddresses) {
  Record record = Application(kCity, "a");
  auto& endpoints = std::get<Assign>(record.body).holding.endpoints;
  endpoints.push_back(
      Endpoint{"service-desc", "https://api.example.cn/", {}, {}, {}, Access::kOpen, {}, {}, {}});
  endpoints.push_back(endpoints[0]);
  for (const char* href : {"https://10.0.0.1/", "https://localhost/", "mailto:a@example.cn"}) {
    endpoints[1].href = href;
    EXPECT_EQ(Answer(record, {NewKey("a")}), "inbox-address") << href;
  }
  endpoints[1].href = "https://data.example.cn/";
  EXPECT_EQ(Answer(record, With(InstitutesNamed(2), {NewKey("a")})), "sequenced");
}

TEST_F(RegistryTest, RefusesEveryUriThatIsNotPublic) {
  const Record record = Application(kCity, "a");
  Endpoint endpoint;
  endpoint.rel = "service-desc";
  endpoint.href = "https://api.example.cn/";
  endpoint.conforms_to = {"urn:ogc:def:crs:EPSG::4326", "https://spec.example/a"};
  endpoint.licence = "CC-BY-4.0";
  const auto answer = [&](const auto& change) {
    Record changed = record;
    Holding& holding = std::get<Assign>(changed.body).holding;
    holding.endpoints = {endpoint};
    change(holding);
    return Answer(changed, {NewKey("a")});
  };
  for (const char* uri :
       {"https://id.example.cn@evil.example/", "https://10.0.0.1/", "javascript:alert(1)",
        "javascript://evil.example/%0Aalert(1)", "data:text/html,x", "mailto:a@example.cn"}) {
    EXPECT_EQ(answer([&](Holding& it) { it.metadata.website = uri; }), "inbox-address") << uri;
    EXPECT_EQ(answer([&](Holding& it) { it.endpoints[0].href = uri; }), "inbox-address") << uri;
    EXPECT_EQ(answer([&](Holding& it) { it.endpoints[0].conforms_to.push_back(uri); }),
              "inbox-address")
        << uri;
    EXPECT_EQ(answer([&](Holding& it) { it.endpoints[0].licence = uri; }), "inbox-address") << uri;
  }
  EXPECT_EQ(
      answer([](Holding& it) { it.endpoints[0].conforms_to = {"urn:x:http://a@b.example/"}; }),
      "inbox-address");
  EXPECT_EQ(answer([](Holding& it) { it.metadata.website = "https://city.example.cn/"; }), "waits");
}

TEST_F(RegistryTest, SequencesOnceWhoeverSignsAtTheSameTime) {
  for (int round = 0; round < 10; ++round) {
    const std::string id = "MA.156." + std::to_string(1301 + round);
    const Record record = Application(id, id);
    const std::vector<NamedSigner> signers = {NewKey(id), Institute(0), Institute(1), Institute(2)};
    std::vector<Bytes> entries;
    for (std::size_t i = 0; i < 8; ++i) entries.push_back(SignNamed(record, {signers[i % 4]}));
    std::atomic<int> failures = 0;
    std::atomic<bool> go = false;
    std::vector<std::optional<Index>> answers(8);
    std::vector<std::thread> threads;
    for (std::size_t i = 0; i < 8; ++i) {
      threads.emplace_back([&, i] {
        while (!go) std::this_thread::yield();
        const auto submission = registry_->SubmitAndPublish(entries[i], kNow);
        if (!submission) {
          ADD_FAILURE() << submission.error().detail;
          ++failures;
        } else {
          answers[i] = submission->index;
        }
      });
    }
    go = true;
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(failures, 0);
    const Index expected{2 * (static_cast<std::uint64_t>(round) + 1)};
    EXPECT_EQ(LedgerSize(), expected.value + 2);
    EXPECT_TRUE(All().empty());
    bool told = false;
    for (const auto& answer : answers) {
      EXPECT_TRUE(!answer || *answer == expected);
      told |= answer.has_value();
    }
    EXPECT_TRUE(told);
  }
}

}  // namespace
}  // namespace cityid
