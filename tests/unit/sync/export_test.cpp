// A log as files: what an export writes, and what it refuses.
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

}  // namespace
}  // namespace cityid
