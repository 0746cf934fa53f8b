#include "ledger/consortium/registry.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <set>
#include <thread>

#include "ledger/store/lmdb.h"
#include "tests/world/consortium.h"

namespace cityid {
namespace {

using std::chrono::days;
using std::chrono::seconds;
using std::chrono::sys_seconds;
using testing::Consortium;
using testing::HoldingOf;
using testing::Id;
using testing::InstitutesNamed;
using testing::KeyNamed;
using testing::kNow;
using testing::NamedSigner;
using testing::RecordKey;
using testing::RuleOf;
using testing::ScratchDirectory;
using testing::SignNamed;
using testing::With;

const std::string kCity = "MA.156.1301";

class RegistryTest : public ::testing::Test {
 protected:
  void SetUp() override {
    auto created = Replica::Create(scratch_.path() / "ledger", consortium_.genesis(), kNow);
    ASSERT_TRUE(created) << created.error().detail;
    replica_.emplace(*std::move(created));
    Open();
  }
  void Open(const std::string& inbox = "inbox") {
    registry_.reset();
    auto opened = Registry::Open(scratch_.path() / inbox, *replica_, {}, limits_);
    ASSERT_TRUE(opened) << opened.error().detail;
    registry_ = *std::move(opened);
  }

  /// An application for `id` with one record key, valid for a day.
  Record Application(const std::string& id, const std::string& key) const {
    return {consortium_.log(),
            id,
            {},
            {},
            Seconds(kNow + days(1)),
            Assign{HoldingOf({RecordKey(KeyNamed(key))}), {}}};
  }
  static std::uint64_t Seconds(sys_seconds time) {
    return static_cast<std::uint64_t>(time.time_since_epoch().count());
  }
  static NamedSigner Institute(int number) {
    return {Role::kInstitute, "institute-" + std::to_string(number) + ".example"};
  }
  static NamedSigner NewKey(const std::string& name) { return {Role::kNewKey, name}; }

  Result<Submission> Submit(const Record& record, const std::vector<NamedSigner>& signers,
                            sys_seconds now = kNow) {
    return registry_->Submit(SignNamed(record, signers), now);
  }
  /// "waits", "sequenced" or the name of the rule; "busy" if there is no room.
  std::string Answer(const Record& record, const std::vector<NamedSigner>& signers,
                     sys_seconds now = kNow) {
    const auto submission = Submit(record, signers, now);
    if (submission) return submission->index ? "sequenced" : "waits";
    if (submission.error().code == Errc::kBusy) return "busy";
    EXPECT_EQ(submission.error().code, Errc::kRefused);
    return RuleOf(submission.error().detail);
  }
  std::uint64_t LedgerSize() const { return replica_->Read()->head().size.value; }
  std::vector<cityid::Application> All() const {
    auto page = registry_->List({}, 1'000'000);
    EXPECT_TRUE(page);
    return page->applications;
  }
  /// Applications for MA.156.X0, X1 ..., the first submitted, the others put beside it in one
  /// transaction: a commit for each would measure the disk.
  void Fill(std::size_t count) {
    const auto application = [&](std::size_t i) {
      const std::string id = "MA.156.X" + std::to_string(i);
      return SignNamed(Application(id, id), {NewKey(id)});
    };
    const Bytes first = application(0);
    ASSERT_TRUE(registry_->Submit(first, kNow));
    registry_.reset();
    {
      auto db = Lmdb::Open(scratch_.path() / "inbox", Lmdb::Mode::kWrite, {Table::kInbox});
      ASSERT_TRUE(db) << db.error().detail;
      auto transaction = db->Write();
      ASSERT_TRUE(transaction);
      const auto stored = *transaction->Get(Table::kInbox, Draft::Parse(first)->id().view());
      ASSERT_TRUE(stored);
      const Bytes before_entry(stored->begin(), stored->end() - std::ptrdiff_t(first.size()));
      for (std::size_t i = 1; i < count; ++i) {
        const Bytes entry = application(i);
        Bytes value = before_entry;
        value.insert(value.end(), entry.begin(), entry.end());
        ASSERT_TRUE(transaction->Put(Table::kInbox, Draft::Parse(entry)->id().view(), value));
      }
      ASSERT_TRUE(std::move(*transaction).Commit());
    }
    Open();
  }
  std::vector<Signer> SignersOf(const DraftId& id) const {
    const auto entry = registry_->Find(id);
    EXPECT_TRUE(entry && *entry);
    return Draft::Parse(**entry)->signers();
  }

  ScratchDirectory scratch_;
  Consortium consortium_;
  RegistryLimits limits_;
  std::optional<Replica> replica_;
  std::unique_ptr<Registry> registry_;
};

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

TEST_F(RegistryTest, HoldsTenThousandAndListsThemInPages) {
  constexpr std::size_t kCount = 10'000;
  Fill(kCount - 1);
  const std::string last_id = "MA.156.X" + std::to_string(kCount - 1);
  ASSERT_EQ(Answer(Application(last_id, last_id), {NewKey(last_id)}), "waits");
  EXPECT_EQ(Answer(Application(kCity, "a"), {NewKey("a")}), "busy");
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
  EXPECT_EQ(Answer(Application(kCity + "2", "c"), {NewKey("c")}), "busy");
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
        const auto submission = registry_->Submit(entries[i], kNow);
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
