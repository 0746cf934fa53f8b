#include "ledger/sync/replay.h"

#include <gtest/gtest.h>

#include <functional>
#include <map>

#include "ledger/sync/export.h"
#include "tests/unit/sync/replay_fixture.h"

namespace cityid {
namespace {

using std::chrono::hours;
using testing::EntriesOf;
using testing::ExpectSameLedger;
using testing::Garbage;
using testing::kNow;
using testing::ListSource;
using testing::LyingSource;
using testing::ReplayTest;

namespace fs = std::filesystem;

TEST_F(ReplayTest, FromALedgerGivesAnEqualOne) {
  const LedgerView view = ledger_.Read();
  LedgerSource source(view);
  const auto done = Replay(*replica_, source, TargetOf(view));
  ASSERT_TRUE(done) << done.error().detail;
  ExpectReplayed();
}

TEST_F(ReplayTest, FromFilesGivesAnEqualOne) {
  const LedgerView view = ledger_.Read();
  ASSERT_TRUE(ExportLog(view, scratch_.path() / "export"));
  DirectorySource source(scratch_.path() / "export");
  EXPECT_EQ(source.Note()->value(), ledger_.Note());
  const auto done = Replay(*replica_, source, TargetOf(view));
  ASSERT_TRUE(done) << done.error().detail;
  ExpectReplayed();
}

TEST_F(ReplayTest, GoesOnFromEveryHeadThatTheLogHad) {
  const LedgerView view = ledger_.Read();
  LedgerSource source(view);
  std::size_t heads = 0;
  for (std::uint64_t size = 1; size <= view.head().size.value; ++size) {
    if (!ParseStateRoot(*view.Entry(Index{size - 1}))) continue;
    const auto part = Replay(*replica_, source, TargetAt(view, TreeSize{size}));
    ASSERT_TRUE(part) << size << ": " << part.error().detail;
    EXPECT_EQ(replica_->Read()->head().size, TreeSize{size});
    const auto rest = Empty("rest-" + std::to_string(size));
    ASSERT_TRUE(Replay(*rest, source, TargetAt(view, TreeSize{size})));
    ASSERT_TRUE(Replay(*rest, source, TargetOf(view)));
    ExpectSameLedger(*rest->Read(), view);
    ++heads;
  }
  EXPECT_EQ(heads, 7u);
  ExpectReplayed();
}

TEST_F(ReplayTest, GoesOnFromFilesThatHaveGrown) {
  const fs::path files = scratch_.path() / "export";
  ASSERT_TRUE(ExportLog(ledger_.Read(), files));
  DirectorySource source(files);
  ASSERT_TRUE(Replay(*replica_, source, TargetOf(ledger_.Read())));
  const ReplayTarget before = TargetOf(ledger_.Read());
  ledger_.Append({City("MA.156.1304")});
  Bulk(200);
  ledger_.Append({});
  ASSERT_TRUE(ExportLog(ledger_.Read(), files));
  // The files as they were before are gone, or parts of larger ones.
  const auto late = Empty("late");
  const auto again = Replay(*late, source, before);
  ASSERT_TRUE(again) << again.error().detail;
  const auto done = Replay(*replica_, source, TargetOf(ledger_.Read()));
  ASSERT_TRUE(done) << done.error().detail;
  ExpectReplayed();
}

TEST_F(ReplayTest, ToTheHeadThatItHasChangesNothing) {
  const LedgerView view = ledger_.Read();
  LedgerSource source(view);
  ASSERT_TRUE(Replay(*replica_, source, TargetOf(view)));
  const Head before = replica_->Read()->head();
  const auto again = Replay(*replica_, source, TargetOf(view));
  ASSERT_TRUE(again) << again.error().detail;
  EXPECT_EQ(replica_->Read()->head(), before);
}

TEST_F(ReplayTest, PublishesWithTheLastEntries) {
  const LedgerView view = ledger_.Read();
  LedgerSource source(view);
  const std::string note = ledger_.Note();
  ReplayTarget target = TargetOf(view);
  target.publication = Publication{note, kNow + hours(4), view.PolicyProof(1)->value()};
  ASSERT_TRUE(Replay(*replica_, source, target));
  const auto replayed = replica_->Read();
  EXPECT_EQ(replayed->Note(view.head().size)->value(), note);
  EXPECT_EQ(replayed->head(), view.head());
  EXPECT_EQ(replayed->PolicyProof(1)->value(), view.PolicyProof(1)->value());
}

TEST_F(ReplayTest, SaysHowFarItIs) {
  const LedgerView view = ledger_.Read();
  LedgerSource source(view);
  std::vector<TreeSize> sizes;
  ASSERT_TRUE(
      Replay(*replica_, source, TargetOf(view), {[&](TreeSize size) { sizes.push_back(size); }}));
  ASSERT_FALSE(sizes.empty());
  EXPECT_EQ(sizes.back(), view.head().size);
}

TEST_F(ReplayTest, ToAnotherRootIsRefused) {
  const LedgerView view = ledger_.Read();
  LedgerSource source(view);
  ReplayTarget target = TargetOf(view);
  target.root = EmptyRoot();
  const auto done = Replay(*replica_, source, target);
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, Errc::kForged);
  EXPECT_EQ(replica_->Read()->head().size, TreeSize{0});
}

TEST_F(ReplayTest, FromAnotherHistoryIsRefused) {
  // The replica has one batch of its own.
  auto own = Replica::Create(scratch_.path() / "own", consortium_.genesis(), kNow);
  ASSERT_TRUE(own->Append({City("MA.156.9999")}, kNow, Refused::kLeftOut));
  const Head before = own->Read()->head();
  const LedgerView view = ledger_.Read();
  LedgerSource source(view);
  const auto done = Replay(*own, source, TargetOf(view));
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, Errc::kForged);
  EXPECT_EQ(own->Read()->head(), before);
}

/// Sources that lie about one file: the error names it, and the replica stays where it was.
class LyingSources : public ReplayTest {
 protected:
  void SetUp() override {
    ReplayTest::SetUp();
    const LedgerView view = ledger_.Read();
    LedgerSource source(view);
    ASSERT_TRUE(Replay(*replica_, source, TargetAt(view, TreeSize{5})));
  }
  /// Every file that a replay reads, changed like this, one at a time.
  void ExpectStopped(const std::function<std::optional<Bytes>(Bytes)>& change) {
    const LedgerView view = ledger_.Read();
    LedgerSource honest(view);
    for (const LogFile& file : LogFilesSince(replica_->Read()->head().size, view.head().size)) {
      if (file.level.value_or(0) != 0) continue;  // not needed: they follow from the leaves
      LyingSource source(honest, file.path(), change);
      const Head before = replica_->Read()->head();
      const auto done = Replay(*replica_, source, TargetOf(view));
      ASSERT_FALSE(done) << file.path();
      EXPECT_TRUE(source.asked()) << file.path();
      EXPECT_EQ(replica_->Read()->head(), before) << file.path();
      const std::string& detail = done.error().detail;
      EXPECT_NE(detail.find("a liar"), std::string::npos) << detail;
      errors_[file.path()] = done.error();
    }
    EXPECT_EQ(errors_.size(), 6u);
  }
  void ExpectNamed() const {
    for (const auto& [path, error] : errors_)
      EXPECT_NE(error.detail.find(path), std::string::npos) << path << ": " << error.detail;
  }

  std::map<std::string, Error> errors_;
};

TEST_F(LyingSources, AMissingFile) {
  ExpectStopped([](Bytes) { return std::optional<Bytes>(); });
  ExpectNamed();
}

TEST_F(LyingSources, OneThatIsCutShort) {
  ExpectStopped([](Bytes bytes) {
    bytes.pop_back();
    return std::optional(bytes);
  });
}

TEST_F(LyingSources, OneThatIsEmpty) {
  ExpectStopped([](Bytes) { return std::optional(Bytes()); });
}

TEST_F(LyingSources, OneWithMoreBehindIt) {
  ExpectStopped([](Bytes bytes) {
    bytes.push_back(0);
    return std::optional(bytes);
  });
}

TEST_F(LyingSources, AFlippedBit) {
  replica_ = Empty("fresh");  // one that needs every byte
  for (const std::size_t place : {0u, 1u, 2u, 3u}) {
    errors_.clear();
    ExpectStopped([&](Bytes bytes) {
      bytes[place * (bytes.size() - 1) / 3] ^= 0x10;
      return std::optional(bytes);
    });
  }
}

TEST_F(LyingSources, AFlippedBitInTheMiddleOfAnEntryNamesTheEntry) {
  const LedgerView view = ledger_.Read();
  LedgerSource honest(view);
  LyingSource source(honest, "tile/entries/001", [](Bytes bytes) {
    bytes[2] ^= 1;
    return std::optional(bytes);
  });
  const auto done = Replay(*replica_, source, TargetOf(view));
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, Errc::kForged);
  EXPECT_NE(done.error().detail.find("entry 256 "), std::string::npos) << done.error().detail;
}

TEST_F(LyingSources, ABundleOfAnotherNumberOfEntries) {
  const LedgerView view = ledger_.Read();
  LedgerSource honest(view);
  for (const std::uint32_t width : {1u, 255u}) {
    LyingSource source(honest, "tile/entries/001", [&](Bytes bytes) {
      return std::optional(*Narrow({{}, 1, width}, bytes));
    });
    const auto done = Replay(*replica_, source, TargetOf(view));
    ASSERT_FALSE(done) << width;
    EXPECT_EQ(done.error().code, Errc::kForged) << width;
  }
}

TEST_F(LyingSources, ATileOfAnotherWidthIsNamed) {
  const LedgerView view = ledger_.Read();
  LedgerSource honest(view);
  for (const std::size_t width : {1u, 255u, 257u}) {
    LyingSource source(honest, "tile/0/001", [&](Bytes bytes) {
      bytes.resize(width * 32);
      return std::optional(bytes);
    });
    const auto done = Replay(*replica_, source, TargetOf(view));
    ASSERT_FALSE(done) << width;
    EXPECT_EQ(done.error().code, Errc::kForged) << width;
    EXPECT_NE(done.error().detail.find("tile/0/001"), std::string::npos) << done.error().detail;
  }
}

TEST_F(LyingSources, AnotherLogsFiles) {
  const auto cities = EntriesOf(ledger_.Read());
  std::vector<Bytes> other(cities);
  other[300] = {1};
  const ListSource source_of_other(other);
  for (const char* path : {"tile/0/001", "tile/entries/001"}) {
    const LedgerView view = ledger_.Read();
    LedgerSource honest(view);
    LyingSource source(honest, path, [&](const Bytes&) {
      return *source_of_other.Read(*LogFile::Parse(std::string_view(path).substr(5)));
    });
    const auto done = Replay(*replica_, source, TargetOf(view));
    ASSERT_FALSE(done) << path;
    EXPECT_EQ(done.error().code, Errc::kForged) << path;
    EXPECT_EQ(replica_->Read()->head().size, TreeSize{5}) << path;
  }
}

// It is taken, and then no replica can follow: the format allows 4095 entries before a state root.
TEST_F(ReplayTest, ABatchThatNoReplicaCanFollowIsNotWritten) {
  const Head before = ledger_.Read().head();
  EXPECT_FALSE(ledger_.replica().Append(Garbage(4096), kNow, Refused::kKept));
  EXPECT_EQ(ledger_.Read().head(), before);
  EXPECT_TRUE(ledger_.replica().Append(Garbage(4095), kNow, Refused::kKept));
}

}  // namespace
}  // namespace cityid
