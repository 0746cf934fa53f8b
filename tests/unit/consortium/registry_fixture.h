// What the tests of the registry begin with: a founded ledger, and an inbox beside it.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "ledger/consortium/registry.h"
#include "tests/world/consortium.h"

namespace cityid::testing {

using std::chrono::sys_seconds;

inline const std::string kCity = "MA.156.1301";

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
            Seconds(kNow + std::chrono::days(1)),
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
    const Bytes entry = SignNamed(record, signers);
    return client_ ? registry_->Submit(entry, now, client_)
                   : registry_->SubmitAndPublish(entry, now);
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
  std::vector<Signer> SignersOf(const DraftId& id) const {
    const auto entry = registry_->Find(id);
    EXPECT_TRUE(entry && *entry);
    return Draft::Parse(**entry)->signers();
  }

  ScratchDirectory scratch_;
  Consortium consortium_;
  RegistryLimits limits_;
  std::uint64_t client_ = 0;  // who hands in; 0: nobody known, and what is complete is published
  std::optional<Replica> replica_;
  std::unique_ptr<Registry> registry_;
};

}  // namespace cityid::testing
