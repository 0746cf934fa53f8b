// What the registry keeps over a restart, how much it holds, and which policies would not fit.
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "codec/files/file.h"
#include "tests/unit/consortium/registry_fixture.h"

namespace cityid {
namespace {

using std::chrono::days;
using std::chrono::seconds;
using testing::Consortium;
using testing::InstitutesNamed;
using testing::kCity;
using testing::KeyNamed;
using testing::kNow;
using testing::NamedSigner;
using testing::RegistryTest;
using testing::RuleOf;

TEST_F(RegistryTest, FindsEverythingAfterReopening) {
  const Record first = Application(kCity, "a");
  const Record second = Application("MA.156.1302", "b");
  const auto id = Submit(first, {NewKey("a"), Institute(0)}, kNow + seconds(3))->id;
  ASSERT_EQ(Answer(second, {NewKey("b")}), "waits");
  const auto before = All();
  const auto entry = *registry_->Find(id);
  Open();
  const auto after = All();
  ASSERT_EQ(after.size(), 2u);
  for (std::size_t i = 0; i < 2; ++i) {
    EXPECT_EQ(after[i].id, before[i].id);
    EXPECT_EQ(after[i].record, before[i].record);
    EXPECT_EQ(after[i].signers, before[i].signers);
    EXPECT_EQ(after[i].received, before[i].received);
  }
  EXPECT_EQ(*registry_->Find(id), entry);
  EXPECT_EQ(Answer(first, {Institute(1)}), "sequenced");
}

TEST_F(RegistryTest, DropsOnOpeningWhatWasSequencedAlready) {
  const Record record = Application(kCity, "a");
  const Record other = Application("MA.156.1302", "b");
  ASSERT_EQ(Answer(record, {NewKey("a")}), "waits");
  ASSERT_EQ(Answer(other, {NewKey("b")}), "waits");
  registry_.reset();
  // The inbox as it is if the machine stops between ledger and inbox.
  std::filesystem::copy(scratch_.path() / "inbox", scratch_.path() / "before",
                        std::filesystem::copy_options::recursive);
  Open();
  ASSERT_EQ(Answer(record, InstitutesNamed(2)), "sequenced");
  Open("before");
  const auto left = All();
  ASSERT_EQ(left.size(), 1u);
  EXPECT_EQ(left[0].record, other);
  const auto again = Submit(record, {Institute(2)});
  ASSERT_TRUE(again);
  EXPECT_EQ(again->index, Index{2});
}

TEST_F(RegistryTest, BoundsTheApplicationsForOneSubject) {
  limits_.per_subject = 3;
  Open();
  for (const char* key : {"a", "b", "c"})
    ASSERT_EQ(Answer(Application(kCity, key), {NewKey(key)}), "waits");
  EXPECT_EQ(Answer(Application(kCity, "d"), {NewKey("d")}), "busy");
  // Those that wait can still be signed, another subject has room, and so has one with support.
  EXPECT_EQ(Answer(Application(kCity, "a"), {NewKey("a")}), "waits");
  EXPECT_EQ(Answer(Application("MA.156.1302", "d"), {NewKey("d")}), "waits");
  EXPECT_EQ(Answer(Application(kCity, "e"), {NewKey("e"), Institute(0)}), "waits");
  EXPECT_EQ(Answer(Application(kCity, "b"), InstitutesNamed(2)), "sequenced");
}

TEST_F(RegistryTest, ExpiredOnesMakeRoom) {
  client_ = 7;
  limits_.applications = 2;
  Open();
  Record shorter = Application("MA.156.1301", "a");
  shorter.not_after = Seconds(kNow + seconds(60));
  ASSERT_EQ(Answer(shorter, {NewKey("a")}), "waits");
  ASSERT_EQ(Answer(Application("MA.156.1302", "b"), {NewKey("b")}), "waits");
  const Record third = Application("MA.156.1303", "c");
  EXPECT_EQ(Answer(third, {NewKey("c")}, kNow + seconds(60)), "busy");
  EXPECT_EQ(Answer(third, {NewKey("c")}, kNow + seconds(61)), "waits");
  std::set<std::string> subjects;
  for (const auto& application : All()) subjects.insert(*application.record.subject);
  EXPECT_EQ(subjects, (std::set<std::string>{"MA.156.1302", "MA.156.1303"}));
  EXPECT_EQ(Answer(shorter, InstitutesNamed(2), kNow + seconds(61)), "inbox-not-after");
}

TEST_F(RegistryTest, CountsAClientAlsoAfterARestart) {
  limits_.per_client = 2;
  Open();
  client_ = 7;
  ASSERT_EQ(Answer(Application("MA.156.1302", "a"), {NewKey("a")}), "waits");
  ASSERT_EQ(Answer(Application("MA.156.1303", "b"), {NewKey("b")}), "waits");
  const auto fullest = registry_->FullestClients(5);
  Open();
  EXPECT_EQ(registry_->FullestClients(5), fullest);
  EXPECT_EQ(Answer(Application("MA.156.1304", "c"), {NewKey("c")}), "busy");
  client_ = 8;
  EXPECT_EQ(Answer(Application("MA.156.1304", "c"), {NewKey("c")}), "waits");
}

TEST_F(RegistryTest, ForgetsHowItHashedClientsWhenNoneOfTheirsIsLeft) {
  Open();
  const auto secret = [&] { return *ReadFile(scratch_.path() / "inbox" / "clients.key", 100); };
  client_ = 7;
  ASSERT_EQ(Answer(Application("MA.156.1302", "a"), {NewKey("a")}), "waits");
  const Bytes first = secret();
  EXPECT_EQ(first.size(), 32U);
  Open();
  EXPECT_EQ(secret(), first);
  ASSERT_TRUE(registry_->DropUnsupported([](const DraftId&, const Waiting&) { return true; }));
  Open();
  EXPECT_NE(secret(), first);
}

TEST_F(RegistryTest, HoldsAsManyAsItsLimitAndListsThemInPages) {
  EXPECT_EQ(RegistryLimits().applications, 10'000u);
  constexpr std::size_t kCount = 300;
  limits_.applications = kCount;
  limits_.per_client = kCount + 1;
  Open();
  client_ = 7;
  for (std::size_t i = 0; i < kCount; ++i) {
    const std::string id = "MA.156.X" + std::to_string(i);
    ASSERT_EQ(Answer(Application(id, id), {NewKey(id)}), "waits");
  }
  EXPECT_EQ(Answer(Application(kCity, "a"), {NewKey("a")}), "busy");
  client_ = 0;
  EXPECT_EQ(Answer(Application(kCity, "b"), {NewKey("b"), Institute(0)}), "waits");
  EXPECT_EQ(Answer(Application("MA.156.X7", "MA.156.X7"), {Institute(0)}), "waits");
  EXPECT_EQ(Answer(Application(kCity, "b"), {Institute(1)}), "sequenced");

  std::size_t listed = 0;
  std::size_t pages = 0;
  std::optional<DraftId> last;
  std::optional<DraftId> from;
  do {
    const auto page = registry_->List(from, 100);
    ASSERT_TRUE(page);
    ASSERT_LE(page->applications.size(), 100u);
    for (const auto& application : page->applications) {
      ASSERT_TRUE(!last || *last < application.id) << "out of order or twice";
      last = application.id;
      ASSERT_EQ(application.missing.signatures,
                application.record.subject == "MA.156.X7" ? 1u : 2u);
      ++listed;
    }
    from = page->next;
    ++pages;
  } while (from);
  EXPECT_EQ(listed, kCount);
  EXPECT_EQ(pages, kCount / 100);
  Open();
  // X7 has support, so there is room for one without.
  EXPECT_EQ(Answer(Application(kCity + "1", "a"), {NewKey("a")}), "waits");
  // Who handed in the others is not known any more, so the oldest leaves.
  EXPECT_EQ(Answer(Application(kCity + "2", "c"), {NewKey("c")}), "waits");
  EXPECT_EQ(All().size(), kCount + 1);
}

/// Changes of the policy of fifteen institutes, of whom eight must sign and cosign.
class ChangesOfPolicy : public RegistryTest {
 protected:
  ChangesOfPolicy() { consortium_ = Consortium(15, 8); }

  static std::string NameOf(int number) {
    return "institute-" + std::to_string(number) + ".example";
  }
  Policy PolicyNow() const { return (*FindPolicy(*replica_->Read()))->policy; }
  /// The next policy: the institutes of these numbers, more than half of whom must sign.
  Policy Having(int first, int last) const {
    Policy policy = PolicyNow();
    ++policy.version;
    policy.institutes.clear();
    for (int i = first; i <= last; ++i) {
      policy.institutes.push_back({NameOf(i),
                                   {{"en", "Institute"}},
                                   KeyNamed(NameOf(i)).public_key(),
                                   KeyNamed(NameOf(i) + " witness").public_key()});
    }
    policy.quorum = static_cast<std::uint8_t>(policy.institutes.size() / 2 + 1);
    return policy;
  }
  /// What the registry says to a change that a quorum and all new keys have signed.
  std::string AnswerTo(const Policy& policy, const std::vector<std::string>& more_keys = {}) {
    const Policy present = PolicyNow();
    std::vector<NamedSigner> signers;
    for (std::size_t i = 0; i < present.quorum; ++i)
      signers.emplace_back(Role::kInstitute, present.institutes[i].name);
    for (const auto& institute : policy.institutes) {
      const bool known = std::ranges::any_of(
          present.institutes, [&](const auto& other) { return other.name == institute.name; });
      if (known) continue;
      signers.emplace_back(Role::kNewKey, institute.name);
      signers.emplace_back(Role::kNewKey, institute.name + " witness");
    }
    for (const std::string& key : more_keys) signers.emplace_back(Role::kNewKey, key);
    const auto found = **FindPolicy(*replica_->Read());
    const Record record{found.log,           {}, found.record.hash, {}, Seconds(kNow + days(1)),
                        PolicyChange{policy}};
    const auto submission = Submit(record, signers);
    if (submission) return submission->index ? "sequenced" : "waits";
    EXPECT_EQ(submission.error().code, Errc::kRefused);
    detail_ = submission.error().detail;
    return RuleOf(detail_);
  }

  std::string detail_;  ///< of the last refusal
};

TEST_F(ChangesOfPolicy, OneWhoseFirstCheckpointWouldNotFitIsRefused) {
  const std::uint64_t size = LedgerSize();
  EXPECT_EQ(AnswerTo(Having(15, 29)), "inbox-policy");
  EXPECT_NE(detail_.find("17 signatures"), std::string::npos) << detail_;
  EXPECT_TRUE(All().empty());
  EXPECT_EQ(LedgerSize(), size);
  EXPECT_EQ(PolicyNow().version, 1U);
}

TEST_F(ChangesOfPolicy, TheSameInTwoStepsIsTaken) {
  EXPECT_EQ(AnswerTo(Having(7, 21)), "sequenced");
  EXPECT_EQ(AnswerTo(Having(15, 29)), "sequenced");
  EXPECT_EQ(PolicyNow().version, 3U);
  EXPECT_EQ(PolicyNow().institutes.front().name, NameOf(15));
}

TEST_F(ChangesOfPolicy, OneOfSixteenLinesIsTakenAndOneOfSeventeenIsNot) {
  // One institute stays, so that 1 + 8 + 7 lines do.
  Policy policy = Having(14, 28);
  policy.log_keys = {KeyNamed("log 2").public_key()};
  EXPECT_EQ(AnswerTo(policy, {"log 2"}), "inbox-policy");
  EXPECT_NE(detail_.find("17 signatures"), std::string::npos) << detail_;
  EXPECT_EQ(AnswerTo(Having(14, 28)), "sequenced");
}

TEST_F(ChangesOfPolicy, OneThatDoesNotFitIsRefusedWithItsFirstSignature) {
  const auto found = **FindPolicy(*replica_->Read());
  const Record record{
      found.log, {}, found.record.hash, {}, Seconds(kNow + days(1)), PolicyChange{Having(15, 29)}};
  EXPECT_EQ(Answer(record, {Institute(0)}), "inbox-policy");
  EXPECT_TRUE(All().empty());
}

}  // namespace
}  // namespace cityid
