#include "codec/files/file.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <thread>

#include "tests/world/temporary_directory.h"

namespace cityid {
namespace {

namespace fs = std::filesystem;

/// A text of one character: seen whole, or torn.
std::string Filled(char c, std::size_t size) { return std::string(size, c); }

/// True if `bytes` is one `Filled` of a size above 0.
bool IsWhole(ByteView bytes, std::initializer_list<std::pair<char, std::size_t>> versions) {
  return std::ranges::any_of(versions, [&](const auto& version) {
    return AsText(bytes) == Filled(version.first, version.second);
  });
}

mode_t ModeOf(const fs::path& path) {
  struct stat status = {};
  EXPECT_EQ(::stat(path.c_str(), &status), 0) << path;
  return status.st_mode & 07777;
}

std::size_t FilesIn(const fs::path& directory) {
  return static_cast<std::size_t>(
      std::distance(fs::directory_iterator(directory), fs::directory_iterator()));
}

fs::path TemporaryOf(const fs::path& path) {
  fs::path temporary = path;
  temporary += ".tmp" + std::to_string(::getpid());
  return temporary;
}

TEST(CreateDirectories, MakesAllThatAreMissingAndMindsNoneThatIsThere) {
  const TemporaryDirectory directory;
  for (int i = 0; i < 2; ++i) {
    ASSERT_TRUE(CreateDirectories(directory / "a" / "b" / "c"));
    EXPECT_TRUE(fs::is_directory(directory / "a" / "b" / "c"));
  }
  ASSERT_TRUE(WriteFile(directory / "file", {}));
  const auto below_file = CreateDirectories(directory / "file" / "a");
  ASSERT_FALSE(below_file);
  EXPECT_EQ(below_file.error().code, Errc::kIo);
}

TEST(ReadFile, ReadsUpToItsLimitAndNoMore) {
  const TemporaryDirectory directory;
  for (const std::size_t size : {0U, 1U, 65535U, 65536U, 65537U, 200000U}) {
    ASSERT_TRUE(WriteFile(directory / "a", AsBytes(Filled('x', size))));
    const auto read = ReadFile(directory / "a", size);
    ASSERT_TRUE(read) << size;
    EXPECT_EQ(AsText(*read), Filled('x', size));
    if (size == 0) continue;
    EXPECT_EQ(ReadFile(directory / "a", size - 1).error().code, Errc::kTooLarge) << size;
  }
}

TEST(ReadFile, BoundsWhatSaysNoSize) {
  EXPECT_EQ(ReadFile("/dev/zero", 1 << 20).error().code, Errc::kTooLarge);
  EXPECT_TRUE(ReadFile("/dev/null", 0));
}

TEST(ReadFile, TellsAbsenceFromAnIoError) {
  const TemporaryDirectory directory;
  EXPECT_EQ(ReadFile(directory / "missing", 10).error().code, Errc::kNotFound);
  EXPECT_EQ(ReadFile(directory.path(), 10).error().code, Errc::kIo);
}

TEST(ReadFile, NamesTheFileInItsError) {
  const TemporaryDirectory directory;
  const auto path = directory / "missing";
  EXPECT_NE(ReadFile(path, 10).error().detail.find(path.string()), std::string::npos);
}

TEST(WriteFile, CreatesAndReplacesAndLeavesNothingElse) {
  const TemporaryDirectory directory;
  ASSERT_TRUE(WriteFile(directory / "a", AsBytes("first, longer")));
  ASSERT_TRUE(WriteFile(directory / "a", AsBytes("second")));
  EXPECT_EQ(AsText(*ReadFile(directory / "a", 100)), "second");
  EXPECT_EQ(FilesIn(directory.path()), 1U);
}

TEST(WriteFile, GivesTheModeAskedFor) {
  const TemporaryDirectory directory;
  const mode_t before = ::umask(022);
  ASSERT_TRUE(WriteFile(directory / "a", AsBytes("x")));
  ASSERT_TRUE(WriteFile(directory / "b", AsBytes("x"), 0600));
  ::umask(before);
  EXPECT_EQ(ModeOf(directory / "a"), 0644U);
  EXPECT_EQ(ModeOf(directory / "b"), 0600U);
}

TEST(WriteFile, ReplacesASymbolicLinkAndNotWhatItPointsTo) {
  const TemporaryDirectory directory;
  ASSERT_TRUE(WriteFile(directory / "target", AsBytes("kept")));
  fs::create_symlink(directory / "target", directory / "link");
  ASSERT_TRUE(WriteFile(directory / "link", AsBytes("new")));
  EXPECT_EQ(AsText(*ReadFile(directory / "target", 100)), "kept");
  EXPECT_FALSE(fs::is_symlink(directory / "link"));
}

TEST(WriteFile, FailsWithoutItsDirectory) {
  const TemporaryDirectory directory;
  EXPECT_FALSE(WriteFile(directory / "missing/a", AsBytes("x")));
}

TEST(WriteFile, KeepsTheOldContentWhenTheSystemStopsTheWrite) {
  const TemporaryDirectory directory;
  const fs::path path = directory / "a";
  ASSERT_TRUE(WriteFile(path, AsBytes("old")));
  const pid_t child = ::fork();
  if (child == 0) {
    ::signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{1000, 1000};
    ::setrlimit(RLIMIT_FSIZE, &limit);
    const auto written = WriteFile(path, AsBytes(Filled('x', 5000)));
    const bool says_so = !written && written.error().code == Errc::kFull &&
                         written.error().detail.find("ulimit -f") != std::string::npos;
    ::_exit(says_so ? 0 : 1);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  EXPECT_EQ(status, 0);
  EXPECT_EQ(AsText(*ReadFile(path, 100)), "old");
  EXPECT_EQ(FilesIn(directory.path()), 1U);
}

TEST(WriteFile, ShowsReadersTheOldContentOrTheNew) {
  const TemporaryDirectory directory;
  const fs::path path = directory / "a";
  ASSERT_TRUE(WriteFile(path, AsBytes(Filled('a', 100000))));
  std::atomic<bool> done = false;
  std::atomic<int> torn = 0;
  std::atomic<int> reads = 0;
  std::thread reader([&] {
    do {
      const auto read = ReadFile(path, 1 << 20);
      if (!read || !IsWhole(*read, {{'a', 100000}, {'b', 300000}})) ++torn;
      ++reads;
    } while (!done);
  });
  for (int i = 0; i < 100; ++i) {
    EXPECT_TRUE(WriteFile(path, AsBytes(i % 2 ? Filled('a', 100000) : Filled('b', 300000))));
  }
  done = true;
  reader.join();
  EXPECT_EQ(torn, 0) << "of " << reads;
}

TEST(WriteFile, LeavesTheOldContentOrTheNewWhenItIsKilled) {
  // So large that handing the bytes to the system takes longer than it takes to kill the writer.
  constexpr std::size_t kLong = 6'000'000;
  constexpr std::size_t kShort = 4'000'000;
  const TemporaryDirectory directory;
  const fs::path path = directory / "a";
  ASSERT_TRUE(WriteFile(path, AsBytes(Filled('a', kLong))));
  int inside = 0;
  for (int round = 0; round < 20; ++round) {
    int ready[2];
    ASSERT_EQ(::pipe(ready), 0);
    const pid_t child = ::fork();
    if (child == 0) {
      const std::string versions[] = {Filled('b', kShort), Filled('a', kLong)};
      for (int i = 0;; ++i) {
        if (!WriteFile(path, AsBytes(versions[i % 2]))) ::_exit(1);
        if (::write(ready[1], "x", 1) != 1) ::_exit(1);
      }
    }
    ::close(ready[1]);
    char c;
    for (int i = 0; i <= round % 2; ++i) ASSERT_EQ(::read(ready[0], &c, 1), 1);
    ::kill(child, SIGKILL);
    int status = 0;
    ::waitpid(child, &status, 0);
    ::close(ready[0]);
    EXPECT_TRUE(WIFSIGNALED(status));
    const auto read = ReadFile(path, kLong);
    ASSERT_TRUE(read);
    EXPECT_TRUE(IsWhole(*read, {{'a', kLong}, {'b', kShort}})) << "round " << round;
    // What a kill inside a write leaves behind.
    for (const auto& entry : fs::directory_iterator(directory.path())) {
      if (entry.path() == path) continue;
      ++inside;
      fs::remove(entry.path());
    }
  }
  std::cout << inside << " of 20 kills landed inside a write\n";
  EXPECT_GT(inside, 0);
}

TEST(WriteFile, IsAtomicBetweenThreadsOfOneProcess) {
  const TemporaryDirectory directory;
  const fs::path path = directory / "a";
  std::atomic<int> failed = 0;
  std::atomic<int> torn = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      const std::string content =
          Filled(static_cast<char>('a' + t), static_cast<std::size_t>(t + 1) * 100000);
      for (int i = 0; i < 25; ++i) {
        if (!WriteFile(path, AsBytes(content))) ++failed;
        const auto read = ReadFile(path, 1 << 20);
        if (!read || !IsWhole(*read, {{'a', 100000}, {'b', 200000}, {'c', 300000}, {'d', 400000}}))
          ++torn;
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(failed, 0) << "threads share one temporary name";
  EXPECT_EQ(torn, 0);
}

TEST(CreateFile, RefusesToReplace) {
  const TemporaryDirectory directory;
  ASSERT_TRUE(CreateFile(directory / "a", AsBytes("first"), 0600));
  const auto again = CreateFile(directory / "a", AsBytes("second"), 0600);
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().code, Errc::kRefused);
  EXPECT_EQ(AsText(*ReadFile(directory / "a", 100)), "first");
  EXPECT_EQ(FilesIn(directory.path()), 1U);
}

TEST(CreateFile, RefusesToReplaceADirectoryOrADanglingLink) {
  const TemporaryDirectory directory;
  fs::create_directory(directory / "directory");
  fs::create_symlink(directory / "nowhere", directory / "link");
  for (const char* name : {"directory", "link"}) {
    const auto created = CreateFile(directory / name, AsBytes("x"), 0600);
    ASSERT_FALSE(created) << name;
    EXPECT_EQ(created.error().code, Errc::kRefused) << name;
  }
  EXPECT_FALSE(fs::exists(directory / "nowhere"));
}

TEST(CreateFile, IsWonByOneOfSeveralProcesses) {
  const TemporaryDirectory directory;
  for (int round = 0; round < 10; ++round) {
    const fs::path path = directory / ("file" + std::to_string(round)).c_str();
    std::vector<pid_t> children;
    for (int i = 0; i < 4; ++i) {
      const pid_t child = ::fork();
      if (child == 0) ::_exit(CreateFile(path, AsBytes("x"), 0600) ? 0 : 1);
      children.push_back(child);
    }
    int won = 0;
    for (const pid_t child : children) {
      int status = 0;
      ::waitpid(child, &status, 0);
      if (status == 0) ++won;
    }
    EXPECT_EQ(won, 1);
  }
}

TEST(CreateFile, GivesItsOwnModeWhateverTemporaryFileWasLeft) {
  // A killed process with the same number leaves one, or somebody who can guess the number.
  const TemporaryDirectory directory;
  const fs::path path = directory / "secret";
  const mode_t before = ::umask(0);
  ::close(::open(TemporaryOf(path).c_str(), O_WRONLY | O_CREAT, 0666));
  ::umask(before);
  const auto created = CreateFile(path, AsBytes("secret"), 0600);
  EXPECT_TRUE(!created || ModeOf(path) == 0600)
      << std::oct << ModeOf(path) << ": the content went into a file made by another";
}

TEST(CreateFile, DoesNotWriteThroughATemporaryLinkOfAnother) {
  const TemporaryDirectory directory;
  const fs::path path = directory / "secret";
  ASSERT_TRUE(WriteFile(directory / "victim", AsBytes("kept")));
  fs::create_hard_link(directory / "victim", TemporaryOf(path));
  const auto created = CreateFile(path, AsBytes("secret"), 0600);
  EXPECT_EQ(AsText(*ReadFile(directory / "victim", 100)), "kept");
}

TEST(FileDescriptor, ClosesWhatItHoldsOnce) {
  int fds[2];
  ASSERT_EQ(::pipe(fds), 0);
  {
    FileDescriptor first(fds[0]);
    FileDescriptor second(fds[1]);
    FileDescriptor moved(std::move(first));
    EXPECT_FALSE(first);
    EXPECT_TRUE(moved);
    moved = std::move(second);
    EXPECT_EQ(::fcntl(fds[0], F_GETFD), -1);
    EXPECT_EQ(moved.get(), fds[1]);
  }
  EXPECT_EQ(::fcntl(fds[1], F_GETFD), -1);
}

}  // namespace
}  // namespace cityid
