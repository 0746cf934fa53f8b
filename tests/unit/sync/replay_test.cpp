#include "ledger/sync/replay.h"

#include <gtest/gtest.h>

#include <functional>
#include <map>

#include "tests/world/log_sources.h"
#include "tests/world/published.h"

namespace cityid {
namespace {

using std::chrono::hours;
using testing::Consortium;
using testing::EntriesOf;
using testing::ExpectSameLedger;
using testing::Garbage;
using testing::Id;
using testing::kNow;
using testing::ListSource;
using testing::LyingSource;
using testing::PublishedLedger;
using testing::ScratchDirectory;

namespace fs = std::filesystem;

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
      Replay(*replica_, source, TargetOf(view), [&](TreeSize size) { sizes.push_back(size); }));
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

/// Logs that are longer than one step.
class LongLog : public ReplayTest {
 protected:
  void SetUp() override {
    ReplayTest::SetUp();
    for (int i = 0; i < 12; ++i) Bulk(500);
    ledger_.Append({City("MA.156.1304")}, kNow + hours(5));
    entries_ = EntriesOf(ledger_.Read());
  }
  ReplayTarget TargetOf(const ListSource& source) const {
    return {source.size(), source.root(), {}};
  }

  std::vector<Bytes> entries_;
};

TEST_F(LongLog, IsReplayedInSteps) {
  ListSource source(entries_);
  std::vector<TreeSize> sizes;
  const auto done =
      Replay(*replica_, source, TargetOf(source), [&](TreeSize size) { sizes.push_back(size); });
  ASSERT_TRUE(done) << done.error().detail;
  EXPECT_GT(sizes.size(), 1u);
  ExpectReplayed();
}

TEST_F(LongLog, AWrongStateRootStopsItAtTheLastGoodStep) {
  auto wrong = entries_;
  const auto right = *ParseStateRoot(wrong.back());
  wrong.back() = WriteStateRoot(right.log, {MapHash{}, right.root.size, right.root.time});
  ListSource source(wrong);
  const auto done = Replay(*replica_, source, TargetOf(source));
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, Errc::kWrongState);
  EXPECT_NE(done.error().detail.find("state root at index " + std::to_string(wrong.size() - 1)),
            std::string::npos)
      << done.error().detail;
  const auto view = replica_->Read();
  const TreeSize reached = view->head().size;
  EXPECT_GT(reached, TreeSize{4000});
  EXPECT_LT(reached, source.size());
  EXPECT_TRUE(ParseStateRoot(*view->Entry(Index{reached.value - 1})));
  EXPECT_EQ(view->head().root, *RootOf(ledger_.Read(), reached));
  // It goes on when the log is right.
  ListSource good(entries_);
  ASSERT_TRUE(Replay(*replica_, good, TargetOf(good)));
  ExpectReplayed();
}

TEST_F(LongLog, WithoutAStateRootAtItsEndIsNoHead) {
  auto open = entries_;
  open.pop_back();
  ListSource source(open);
  const auto done = Replay(*replica_, source, TargetOf(source));
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, Errc::kForged);
  EXPECT_LT(replica_->Read()->head().size, source.size());
}

TEST_F(LongLog, RulesThatTheProgramLacksStopIt) {
  Policy policy = (*FindPolicy(ledger_.Read()))->policy;
  ++policy.version;
  policy.rules = 2;
  auto entries = entries_;
  entries.push_back(
      *SignRecord(testing::NextPolicyOf(ledger_.Read(), policy), consortium_.Institutes(2)));
  entries.push_back(entries_.back());
  ListSource source(entries);
  const auto done = Replay(*replica_, source, TargetOf(source));
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, Errc::kUnsupported);
  EXPECT_NE(done.error().detail.find("policy-rules"), std::string::npos) << done.error().detail;
}

// It is taken, and then no replica can follow: the format allows 4095 entries before a state root.
TEST_F(ReplayTest, ABatchThatNoReplicaCanFollowIsNotWritten) {
  const Head before = ledger_.Read().head();
  EXPECT_FALSE(ledger_.replica().Append(Garbage(4096), kNow, Refused::kKept));
  EXPECT_EQ(ledger_.Read().head(), before);
  EXPECT_TRUE(ledger_.replica().Append(Garbage(4095), kNow, Refused::kKept));
}

/// The files in a directory, with what they hold.
std::map<std::string, Bytes> FilesIn(const fs::path& directory) {
  std::map<std::string, Bytes> files;
  for (const auto& file : fs::recursive_directory_iterator(directory)) {
    if (!file.is_regular_file()) continue;
    files[file.path().lexically_relative(directory).string()] = *ReadFile(file.path(), 1 << 24);
  }
  return files;
}

TEST_F(ReplayTest, ExportTwiceWritesOnlyWhatIsNew) {
  const fs::path files = scratch_.path() / "export";
  const auto first = ExportLog(ledger_.Read(), files);
  ASSERT_TRUE(first) << first.error().detail;
  const auto before = FilesIn(files);
  EXPECT_EQ(*first, before.size());
  const auto again = ExportLog(ledger_.Read(), files);
  ASSERT_TRUE(again);
  EXPECT_EQ(*again, 1u) << "the checkpoint";
  EXPECT_EQ(FilesIn(files), before);

  const TreeSize old_size = ledger_.Read().head().size;
  ledger_.Append({City("MA.156.1304")});
  const auto more = ExportLog(ledger_.Read(), files);
  ASSERT_TRUE(more);
  EXPECT_EQ(*more, LogFilesSince(old_size, ledger_.Read().head().size).size() + 1);
  const auto after = FilesIn(files);
  for (const auto& [name, content] : before) {
    if (name == "checkpoint") continue;
    EXPECT_EQ(after.at(name), content) << name;
  }
}

TEST_F(ReplayTest, ExportRefusesADirectoryOfAnotherLog) {
  const fs::path files = scratch_.path() / "export";
  ASSERT_TRUE(ExportLog(ledger_.Read(), files));
  const auto before = FilesIn(files);
  PublishedLedger other(consortium_);
  for (int i = 0; i < 2; ++i) {
    const auto done = ExportLog(other.Read(), files);
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().code, Errc::kRefused);
    EXPECT_EQ(FilesIn(files), before);
    ASSERT_TRUE(other.replica().Append(Garbage(700), kNow, Refused::kKept));
    other.Append({});
  }
}

TEST_F(ReplayTest, ExportNeedsACheckpoint) {
  Bulk(1);
  const auto done = ExportLog(ledger_.Read(), scratch_.path() / "export");
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, Errc::kNotFound);
}

/// A history with state roots of another log in it, which anybody could have put there.
class ForeignStateRoots : public ReplayTest {
 protected:
  static constexpr const char* kLater = "MA.156.1304";

  /// An entry that the rules refuse, with a state root of this log behind it.
  void Put(const Bytes& entry) {
    const auto outcome = ledger_.replica().Append({entry}, kNow, Refused::kKept);
    ASSERT_TRUE(outcome) << outcome.error().detail;
    EXPECT_TRUE((*outcome)[0].refused);
  }
  /// What a state root of this log would say here, but for its log.
  StateRoot Right() const {
    const Head head = ledger_.Read().head();
    return {head.map, head.size.value,
            static_cast<std::uint64_t>(head.rules_time.time_since_epoch().count())};
  }
  RecordHash Other() const { return HashRecord(City("MA.156.9999")); }

  int made_ = 0;  ///< replicas
};

TEST_F(ForeignStateRoots, AreEntriesLikeOthersThatStopNobody) {
  const StateRoot right = Right();
  Put(WriteStateRoot(Other(), right));
  Put(WriteStateRoot(RecordHash{}, {MapHash{}, 0, 0}));
  Put(WriteStateRoot(Other(), {right.root, right.size, std::uint64_t{1} << 40}));
  const auto rules_time = ledger_.Read().head().rules_time;
  ledger_.Append({City(kLater)}, kNow + hours(4));
  EXPECT_EQ(ledger_.Read().head().rules_time, rules_time + hours(1));
  const LedgerView view = ledger_.Read();
  LedgerSource source(view);
  const auto done = Replay(*replica_, source, TargetOf(view));
  ASSERT_TRUE(done) << done.error().detail;
  ExpectReplayed();
  EXPECT_TRUE(*FindIdentifier(*replica_->Read(), Id(kLater)));
}

TEST_F(ForeignStateRoots, EndNoStepOfALongReplay) {
  const Bytes foreign = WriteStateRoot(Other(), Right());
  std::size_t batches = 0;
  for (; batches < 4; ++batches) {
    auto entries = Garbage(700);
    entries.insert(entries.begin() + 350, foreign);
    entries.push_back(foreign);
    ASSERT_TRUE(ledger_.replica().Append(entries, kNow, Refused::kKept));
  }
  ledger_.Append({});
  const LedgerView view = ledger_.Read();
  LedgerSource source(view);
  std::size_t steps = 0;
  const auto done = Replay(*replica_, source, TargetOf(view), [&](TreeSize size) {
    ++steps;
    EXPECT_EQ(ParseStateRoot(*view.Entry(Index{size.value - 1}))->log, consortium_.log());
  });
  ASSERT_TRUE(done) << done.error().detail;
  EXPECT_GT(steps, 1U);
  ExpectReplayed();
}

TEST_F(ForeignStateRoots, EndNoCheckpoint) {
  auto entries = EntriesOf(ledger_.Read());
  entries.push_back(City(kLater));
  entries.push_back(WriteStateRoot(Other(), Right()));
  ListSource source(entries);
  const auto done = Replay(*replica_, source, {source.size(), source.root(), {}});
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, Errc::kForged);
  EXPECT_EQ(replica_->Read()->head().size, TreeSize{0});
}

TEST_F(ForeignStateRoots, OfThisLogMustBeRightWhereverTheyStand) {
  const auto entries = EntriesOf(ledger_.Read());
  const ClaimedStateRoot last = *ParseStateRoot(entries.back());
  StateRoot other_map = last.root;
  other_map.root = MapHash{};
  StateRoot other_size = last.root;
  ++other_size.size;
  StateRoot back = last.root;
  back.time = static_cast<std::uint64_t>((kNow + hours(3)).time_since_epoch().count()) - 1;
  StateRoot beyond = last.root;
  beyond.time = std::uint64_t{1} << 63;
  for (const StateRoot& wrong : {other_map, other_size, back, beyond}) {
    for (const bool at_the_end : {true, false}) {
      auto changed = entries;
      changed.back() = WriteStateRoot(last.log, wrong);
      if (!at_the_end) {
        changed.push_back({1});
        changed.push_back(
            WriteStateRoot(last.log, {last.root.root, last.root.size + 2, last.root.time + 1}));
      }
      ListSource source(changed);
      const auto fresh = Empty("wrong-" + std::to_string(++made_));
      const auto done = Replay(*fresh, source, {source.size(), source.root(), {}});
      ASSERT_FALSE(done);
      EXPECT_EQ(done.error().code, Errc::kWrongState);
      EXPECT_TRUE(done.error().detail.starts_with("state root at index " +
                                                  std::to_string(entries.size() - 1) + ": "))
          << done.error().detail;
      EXPECT_EQ(fresh->Read()->head().size, TreeSize{0});
    }
  }
}

}  // namespace
}  // namespace cityid
