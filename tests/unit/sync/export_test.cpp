// A log as files: what an export writes, and what it refuses.
#include "ledger/sync/export.h"

#include <gtest/gtest.h>

#include <map>

#include "tests/unit/sync/replay_fixture.h"

namespace cityid {
namespace {

using testing::Garbage;
using testing::kNow;
using testing::PublishedLedger;
using testing::ReplayTest;

namespace fs = std::filesystem;

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
  EXPECT_EQ(first->written, before.size());
  EXPECT_EQ(first->repaired, 0u);
  const auto again = ExportLog(ledger_.Read(), files, ExportCheck::kContent);
  ASSERT_TRUE(again);
  EXPECT_EQ(again->written, 0u);
  EXPECT_EQ(FilesIn(files), before);

  const TreeSize old_size = ledger_.Read().head().size;
  ledger_.Append({City("MA.156.1304")});
  const auto more = ExportLog(ledger_.Read(), files);
  ASSERT_TRUE(more);
  EXPECT_EQ(more->written, LogFilesSince(old_size, ledger_.Read().head().size).size() + 1);
  EXPECT_EQ(more->repaired, 0u);
  const auto after = FilesIn(files);
  for (const auto& [name, content] : before) {
    if (name == "checkpoint") continue;
    EXPECT_EQ(after.at(name), content) << name;
  }
}

/// A directory to which a log was exported twice, so that it has narrower parts, too.
class AnExport : public ReplayTest {
 protected:
  void SetUp() override {
    ReplayTest::SetUp();
    Bulk(700);
    ledger_.Append({City("MA.156.1304")});
    ASSERT_TRUE(ExportLog(ledger_.Read(), files_));
    Bulk(300);
    ledger_.Append({City("MA.156.1305")});
    ASSERT_TRUE(ExportLog(ledger_.Read(), files_));
    right_ = FilesIn(files_);
  }
  void Write(const std::string& name, const Bytes& content) {
    ASSERT_TRUE(WriteFile(files_ / name, content));
  }
  /// Exports again. Expects that the directory is right again, and that so many files were wrong.
  void ExpectRepaired(std::size_t files, ExportCheck check = ExportCheck::kLength) {
    const auto done = ExportLog(ledger_.Read(), files_, check);
    ASSERT_TRUE(done) << done.error().detail;
    EXPECT_EQ(done->written, files);
    EXPECT_EQ(done->repaired, files);
    EXPECT_EQ(FilesIn(files_), right_);
  }

  const fs::path files_ = scratch_.path() / "export";
  std::map<std::string, Bytes> right_;
};

TEST_F(AnExport, EveryFileOfAWrongLengthIsRepaired) {
  for (const auto& [name, content] : right_) {
    SCOPED_TRACE(name);
    Bytes longer = content;
    longer.push_back(0);
    for (const Bytes& wrong : {Bytes(), ToBytes(ByteView(content).first(1)), longer}) {
      Write(name, wrong);
      ExpectRepaired(1);
    }
  }
}

TEST_F(AnExport, EveryMissingFileThatTheLogNeedsIsWrittenAgain) {
  std::size_t removed = 0;
  for (const LogFile& file : LogFilesSince(TreeSize{0}, ledger_.Read().head().size)) {
    ASSERT_TRUE(fs::remove(files_ / file.path()));
    ++removed;
  }
  ExpectRepaired(removed);
}

TEST_F(AnExport, OnlyACheckOfTheContentFindsAFlippedBit) {
  for (const auto& [name, content] : right_) {
    if (name == "checkpoint" || name.starts_with("policies/")) continue;
    SCOPED_TRACE(name);
    Bytes flipped = content;
    flipped[flipped.size() / 2] ^= 1;
    Write(name, flipped);
    const auto quick = ExportLog(ledger_.Read(), files_);
    ASSERT_TRUE(quick);
    EXPECT_EQ(quick->written, 0u);
    ExpectRepaired(1, ExportCheck::kContent);
  }
}

TEST_F(AnExport, ABrokenCheckpointIsReplacedTogetherWithOtherDamage) {
  const std::string bundle = "tile/entries/001";
  Bytes flipped = right_.at(bundle);
  flipped[flipped.size() / 2] ^= 1;
  for (const Bytes& wrong : {Bytes(), Bytes(3, '\n'), Bytes(100'000, 'x')}) {
    Write("checkpoint", wrong);
    Write("tile/0/002", {});
    Write(bundle, flipped);
    ExpectRepaired(3, ExportCheck::kContent);
  }
}

TEST_F(AnExport, WithoutACheckpointTheFilesSayWhoseTheyAre) {
  PublishedLedger other(consortium_);
  for (int i = 0; i < 2; ++i) {
    for (const Bytes& checkpoint : {Bytes(), Bytes(3, 'x')}) {
      Write("checkpoint", checkpoint);
      const auto before = FilesIn(files_);
      const auto done = ExportLog(other.Read(), files_);
      ASSERT_FALSE(done);
      EXPECT_EQ(done.error().code, Errc::kRefused) << done.error().detail;
      EXPECT_EQ(FilesIn(files_), before);
    }
    // First a beginning of this log, then a longer one with other entries.
    ASSERT_TRUE(other.replica().Append(Garbage(2000), kNow, Refused::kKept));
    other.Append({});
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

}  // namespace
}  // namespace cityid
