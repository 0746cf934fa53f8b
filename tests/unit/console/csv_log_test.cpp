#include "cli/console/csv_log.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>

#include <thread>

#include "tests/world/temporary_directory.h"

namespace cityid::cli {
namespace {

class CsvLogFile : public ::testing::Test {
 protected:
  std::filesystem::path file() const { return directory_ / "log.csv"; }
  std::string Content() const {
    const auto content = ReadFile(file(), 1 << 20);
    return content ? std::string(AsText(*content)) : "";
  }
  void Put(std::string_view content) { ASSERT_TRUE(WriteFile(file(), AsBytes(content))); }
  Result<CsvLog> Open(const CsvLog::Visit& visit = {}) {
    return CsvLog::Open(file(), {"a", "b"}, visit);
  }

  TemporaryDirectory directory_;
};

TEST_F(CsvLogFile, BeginsWithItsHeaderAndGrows) {
  auto log = Open();
  ASSERT_TRUE(log);
  ASSERT_TRUE(log->Append("1,2\n"));
  auto again = Open();
  ASSERT_TRUE(again);
  ASSERT_TRUE(again->Append("3,4\n5,6\n"));
  ASSERT_TRUE(log->Append("7,8\n"));
  EXPECT_EQ(Content(), "a,b\n1,2\n3,4\n5,6\n7,8\n");
}

TEST_F(CsvLogFile, ShowsItsRows) {
  Put("a,b\n1,2\n\"x\ny\",\n");
  std::vector<std::vector<std::string>> rows;
  ASSERT_TRUE(Open([&](const CsvRow& row) {
    rows.push_back(row.fields);
    return Result<void>();
  }));
  EXPECT_EQ(rows, (std::vector<std::vector<std::string>>{{"1", "2"}, {"x\ny", ""}}));
}

TEST_F(CsvLogFile, CutsOffARowWhereverItsWriterStopped) {
  const std::string whole = "a,b\n1,\"two\nlines\"\n";
  const std::string row = "\"城\nx\",\"\"\"\n\"\n";
  for (std::size_t size = 0; size < row.size(); ++size) {
    Put(whole + row.substr(0, size));
    auto log = Open();
    ASSERT_TRUE(log) << log.error().detail;
    ASSERT_EQ(Content(), whole) << size;
    ASSERT_TRUE(log->Append(row));
    ASSERT_EQ(Content(), whole + row);
  }
}

TEST_F(CsvLogFile, BeginsAgainWhereItsHeaderWasNotWrittenToItsEnd) {
  for (const char* begun : {"", "a", "a,b"}) {
    Put(begun);
    ASSERT_TRUE(Open());
    EXPECT_EQ(Content(), "a,b\n");
  }
}

TEST_F(CsvLogFile, LeavesAFileAloneThatIsAnother) {
  for (const std::string other :
       {"a,c\n1,2\n", "notes", "a,b,c\n", "a,b\n1,2\n\"x\"y\n1,2\n", "a,b\n1\"2,3\n4,5\n"}) {
    Put(other);
    EXPECT_FALSE(Open()) << other;
    EXPECT_EQ(Content(), other);
  }
}

TEST_F(CsvLogFile, IsAsItWasIfThereIsNoRoom) {
  auto log = Open();
  ASSERT_TRUE(log);
  ::signal(SIGXFSZ, SIG_IGN);
  rlimit before;
  ::getrlimit(RLIMIT_FSIZE, &before);
  const rlimit small{10, before.rlim_max};
  ::setrlimit(RLIMIT_FSIZE, &small);
  const auto added = log->Append("12345,67890\n");
  ::setrlimit(RLIMIT_FSIZE, &before);
  ASSERT_FALSE(added);
  EXPECT_EQ(added.error().code, Errc::kFull);
  EXPECT_EQ(Content(), "a,b\n");
  ASSERT_TRUE(log->Append("1,2\n"));
  EXPECT_EQ(Content(), "a,b\n1,2\n");
}

TEST_F(CsvLogFile, SeveralMayAddAtOnce) {
  constexpr int kThreads = 4;
  constexpr int kRows = 50;
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&] {
      auto log = Open();
      ASSERT_TRUE(log);
      for (int i = 0; i < kRows; ++i) ASSERT_TRUE(log->Append("some,row\n"));
    });
  }
  for (std::thread& thread : threads) thread.join();
  int rows = 0;
  ASSERT_TRUE(Open([&](const CsvRow& row) {
    EXPECT_EQ(row.fields, (std::vector<std::string>{"some", "row"}));
    ++rows;
    return Result<void>();
  }));
  EXPECT_EQ(rows, kThreads * kRows);
}

}  // namespace
}  // namespace cityid::cli
