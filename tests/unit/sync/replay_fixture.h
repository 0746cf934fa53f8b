// What the tests of replay begin with: a published ledger of a few tiles, and an empty replica.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "ledger/sync/replay.h"
#include "tests/world/log_sources.h"
#include "tests/world/published.h"

namespace cityid::testing {

using std::chrono::hours;

/// A published ledger of a few tiles, and an empty replica.
class ReplayTest : public ::testing::Test {
 protected:
  void SetUp() override {
    ledger_.Append({City("MA.156.1301"), City("MA.156.1302")}, kNow + hours(1));
    Bulk(300);
    ledger_.Append({City("MA.156.1303")}, kNow + hours(2));
    Bulk(250);
    ledger_.Append({City("MA.156.1301.02")}, kNow + hours(3));
    Bulk(20);
    ledger_.Append({}, kNow + hours(4));
    replica_ = Empty("replica");
  }
  Bytes City(const std::string& id) const {
    return consortium_.AssignEntry(id, consortium_.Institutes(2));
  }
  /// Entries that are refused cost nothing but their place.
  void Bulk(std::size_t count) {
    ASSERT_TRUE(ledger_.replica().Append(Garbage(count), kNow, Refused::kKept));
  }
  std::unique_ptr<Replica> Empty(const std::string& name) const {
    return std::make_unique<Replica>(*Replica::CreateEmpty(scratch_.path() / name));
  }
  static ReplayTarget TargetOf(const LedgerView& view) {
    return {view.head().size, view.head().root, {}};
  }
  /// The log as it was at an earlier size, which ended with a state root.
  ReplayTarget TargetAt(const LedgerView& view, TreeSize size) const {
    return {size, *RootOf(view, size), {}};
  }
  void ExpectReplayed() { ExpectSameLedger(*replica_->Read(), ledger_.Read()); }

  ScratchDirectory scratch_;
  Consortium consortium_;
  PublishedLedger ledger_{consortium_};
  std::unique_ptr<Replica> replica_;
};

}  // namespace cityid::testing
