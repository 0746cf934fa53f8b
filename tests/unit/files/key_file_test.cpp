#include "codec/files/key_file.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sodium.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <set>
#include <thread>

#include "codec/files/file.h"
#include "tests/unit/codec/code_examples.h"
#include "tests/world/temporary_directory.h"

namespace cityid {
namespace {

namespace fs = std::filesystem;

const std::optional<std::string> kNoPassphrase;

std::string Content(const fs::path& path) {
  const auto content = ReadFile(path, 1 << 20);
  EXPECT_TRUE(content) << path;
  return content ? std::string(AsText(*content)) : "";
}

void Overwrite(const fs::path& path, std::string_view content) {
  std::ofstream out(path, std::ios::binary | std::ios::trunc);
  out << content;
  ASSERT_TRUE(out.flush());
}

/// A directory with an unencrypted key `k` in it.
class KeyFile : public testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(CreateKeyFile(path_, key_, kNoPassphrase)); }

  Errc OpenError(const std::optional<std::string>& passphrase = {}) const {
    const auto opened = OpenKeyFile(path_, passphrase);
    EXPECT_FALSE(opened);
    return opened ? Errc::kUsage : opened.error().code;
  }

  TemporaryDirectory directory_;
  const fs::path path_ = directory_ / "k";
  const fs::path serial_path_ = directory_ / "k.serial";
  const SecretKey key_ = SecretKey::Generate();
};

/// Its tests begin in a process that has not used libsodium yet.
TEST(OpenKeyFile, StartsLibsodiumBeforeItDerivesAKey) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  const TemporaryDirectory directory;
  const fs::path path = directory / "k";
  Overwrite(path, "cityid-key 1\npublic " + std::string(64, '0') + "\nprotection argon2id 1 8192 " +
                      std::string(32, '0') + "\nsecret " + std::string(144, '0') + "\n");
  fs::permissions(path, fs::perms::owner_read | fs::perms::owner_write);
  // libsodium says 1 if it was started before.
  EXPECT_EXIT(
      {
        const auto opened = OpenKeyFile(path, "wrong");
        std::_Exit(!opened && opened.error().code == Errc::kPassphrase ? 10 + sodium_init() : 1);
      },
      testing::ExitedWithCode(11), "");
}

/// An encrypted file, made by hand from docs/key-file.md with the least that Argon2id can do, so
/// that thousands can be opened.
std::string EncryptedFile(const SecretKey& key, const std::string& passphrase) {
  std::string text =
      "cityid-key 1\npublic " + Hex(key.public_key()) + "\nprotection argon2id 1 8192 ";
  Bytes salt(16, 0x5A);
  text += Hex(salt) + "\n";
  std::array<std::uint8_t, 32> wrapping;
  if (crypto_pwhash(wrapping.data(), wrapping.size(), passphrase.data(), passphrase.size(),
                    salt.data(), 1, 8192, crypto_pwhash_ALG_ARGON2ID13) != 0) {
    throw std::runtime_error("Argon2id");
  }
  std::array<std::uint8_t, 32> seed;
  key.ExportSeed(seed);
  Bytes sealed(24 + 32 + 16, 0x3C);  // nonce, seed, tag
  crypto_aead_xchacha20poly1305_ietf_encrypt(sealed.data() + 24, nullptr, seed.data(), seed.size(),
                                             AsBytes(text).data(), text.size(), nullptr,
                                             sealed.data(), wrapping.data());
  return text + "secret " + Hex(sealed) + "\n";
}

TEST_F(KeyFile, GivesTheKeyBack) {
  const auto opened = OpenKeyFile(path_, kNoPassphrase);
  ASSERT_TRUE(opened) << opened.error().detail;
  EXPECT_EQ(opened->public_key(), key_.public_key());
  EXPECT_EQ(opened->Sign(AsBytes("x")), key_.Sign(AsBytes("x")));
}

TEST_F(KeyFile, IsTheTextOfTheDocument) {
  std::array<std::uint8_t, 32> seed;
  key_.ExportSeed(seed);
  EXPECT_EQ(Content(path_), "cityid-key 1\npublic " + Hex(key_.public_key()) +
                                "\nprotection none\nsecret " + Hex(seed) + "\n");
  EXPECT_EQ(Content(serial_path_), "1\n");
}

TEST_F(KeyFile, AndItsCounterAreForTheOwnerOnly) {
  for (const fs::path& path : {path_, serial_path_}) {
    EXPECT_EQ(fs::status(path).permissions(), fs::perms::owner_read | fs::perms::owner_write);
  }
}

TEST_F(KeyFile, IsNeverReplaced) {
  const std::string before = Content(path_);
  const auto again = CreateKeyFile(path_, SecretKey::Generate(), kNoPassphrase);
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().code, Errc::kRefused);
  EXPECT_EQ(Content(path_), before);
  EXPECT_EQ(Content(serial_path_), "1\n");
}

TEST_F(KeyFile, WithoutItsCounterIsNotGivenANewOne) {
  fs::remove(serial_path_);
  const auto again = CreateKeyFile(path_, SecretKey::Generate(), kNoPassphrase);
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().code, Errc::kRefused);
  EXPECT_FALSE(fs::exists(serial_path_));
}

TEST_F(KeyFile, IsNotMadeBesideAForeignCounter) {
  fs::remove(path_);
  Overwrite(serial_path_, "500\n");
  EXPECT_EQ(CreateKeyFile(path_, key_, kNoPassphrase).error().code, Errc::kRefused);
  EXPECT_EQ(Content(serial_path_), "500\n");
  EXPECT_FALSE(fs::exists(path_));
}

TEST_F(KeyFile, IsRefusedIfOthersCanReachIt) {
  for (const mode_t mode : {0644U, 0640U, 0604U, 0660U, 0620U, 0602U, 0601U, 0610U, 0777U}) {
    ASSERT_EQ(::chmod(path_.c_str(), mode), 0);
    EXPECT_EQ(OpenError(), Errc::kRefused) << std::oct << mode;
  }
  for (const mode_t mode : {0600U, 0400U}) {
    ASSERT_EQ(::chmod(path_.c_str(), mode), 0);
    EXPECT_TRUE(OpenKeyFile(path_, kNoPassphrase)) << std::oct << mode;
  }
}

TEST_F(KeyFile, SaysHowToMendItsMode) {
  ASSERT_EQ(::chmod(path_.c_str(), 0644), 0);
  EXPECT_NE(OpenKeyFile(path_, kNoPassphrase).error().detail.find("chmod 600"), std::string::npos);
}

TEST_F(KeyFile, ShowsItsPublicPartWithoutAPassphrase) {
  const auto info = InspectKeyFile(path_);
  ASSERT_TRUE(info);
  EXPECT_EQ(info->public_key, key_.public_key());
  EXPECT_FALSE(info->encrypted);
  Overwrite(path_, EncryptedFile(key_, "passphrase"));
  EXPECT_EQ(InspectKeyFile(path_)->public_key, key_.public_key());
  EXPECT_TRUE(InspectKeyFile(path_)->encrypted);
}

TEST_F(KeyFile, MissingIsNotFound) {
  fs::remove(path_);
  EXPECT_EQ(OpenError(), Errc::kNotFound);
  EXPECT_EQ(InspectKeyFile(path_).error().code, Errc::kNotFound);
}

TEST_F(KeyFile, MadeFromTheDocumentIsOpened) {
  Overwrite(path_, EncryptedFile(key_, "passphrase"));
  const auto opened = OpenKeyFile(path_, "passphrase");
  ASSERT_TRUE(opened) << opened.error().detail;
  EXPECT_EQ(opened->public_key(), key_.public_key());
}

TEST_F(KeyFile, NeedsExactlyItsPassphrase) {
  Overwrite(path_, EncryptedFile(key_, "passphrase"));
  EXPECT_EQ(OpenError(), Errc::kPassphrase);
  for (const char* wrong : {"", "Passphrase", "passphrase ", "passphras"}) {
    EXPECT_EQ(OpenError(wrong), Errc::kPassphrase) << wrong;
  }
}

/// What a changed byte may do: nothing but be refused. A letter of a hexadecimal number in upper
/// case has a test of its own.
bool ChangesMoreThanCase(char from, char to) { return std::tolower(from) != std::tolower(to); }

TEST_F(KeyFile, IsRefusedWithAnyByteDamaged) {
  const std::string plain = Content(path_);
  const std::string encrypted = EncryptedFile(key_, "passphrase");
  for (const std::string& whole : {plain, encrypted}) {
    for (std::size_t at = 0; at < whole.size(); ++at) {
      for (int bit = 0; bit < 8; ++bit) {
        std::string damaged = whole;
        damaged[at] = static_cast<char>(damaged[at] ^ 1 << bit);
        if (!ChangesMoreThanCase(whole[at], damaged[at])) continue;
        Overwrite(path_, damaged);
        EXPECT_FALSE(OpenKeyFile(path_, "passphrase")) << "byte " << at << " bit " << bit;
      }
    }
  }
}

TEST_F(KeyFile, IsRefusedWithHexadecimalInUpperCase) {
  const std::string plain = Content(path_);
  const std::string encrypted = EncryptedFile(key_, "passphrase");
  for (const std::string& whole : {plain, encrypted}) {
    for (const char* line : {"\npublic ", "\nsecret "}) {
      std::string changed = whole;
      const std::size_t start = whole.find(line) + 8;
      const std::size_t end = whole.find('\n', start);
      for (std::size_t i = start; i < end; ++i) {
        if (changed[i] >= 'a') changed[i] = static_cast<char>(changed[i] - 'a' + 'A');
      }
      ASSERT_NE(changed, whole);
      Overwrite(path_, changed);
      EXPECT_FALSE(OpenKeyFile(path_, "passphrase")) << changed;
    }
  }
}

TEST_F(KeyFile, IsRefusedWithAnyByteMissingFromItsEnd) {
  const std::string plain = Content(path_);
  const std::string encrypted = EncryptedFile(key_, "passphrase");
  for (const std::string& whole : {plain, encrypted}) {
    // The last byte, a line feed, has a test of its own.
    for (std::size_t n = 0; n + 1 < whole.size(); ++n) {
      Overwrite(path_, whole.substr(0, n));
      EXPECT_FALSE(OpenKeyFile(path_, "passphrase")) << n;
    }
  }
}

TEST_F(KeyFile, IsRefusedWithoutItsLastLineFeed) {
  std::string text = Content(path_);
  text.pop_back();
  Overwrite(path_, text);
  EXPECT_EQ(OpenError(), Errc::kMalformed);
}

TEST_F(KeyFile, IsRefusedWithMoreBehindIt) {
  const std::string whole = Content(path_);
  for (const char* more : {"\n", " ", "secret\n", "\0"}) {
    Overwrite(path_, whole + more + (*more ? "" : std::string(1, '\0')));
    EXPECT_EQ(OpenError(), Errc::kMalformed) << more;
  }
}

TEST_F(KeyFile, IsRefusedIfItAsksForMoreMemoryOrTimeThanAnyHonestFile) {
  const std::string whole = EncryptedFile(key_, "passphrase");
  for (const char* how : {"17 8192", "0 8192", "1 8191", "1 1073741825", "1 18446744073709551616",
                          "01 8192", "+1 8192", "-1 8192", "1  8192", "1 8192 "}) {
    std::string changed = whole;
    changed.replace(changed.find("1 8192"), 6, how);
    Overwrite(path_, changed);
    EXPECT_EQ(OpenError("passphrase"), Errc::kMalformed) << how;
  }
}

TEST_F(KeyFile, IsRefusedWithAnUnknownFirstLineOrProtection) {
  const std::string whole = Content(path_);
  for (const auto& [from, to] :
       {std::pair{"cityid-key 1", "cityid-key 2"},
        std::pair{"protection none", "protection scrypt 1 2 3"},
        std::pair{"protection none", "protection None"},
        std::pair{"protection none", "protection none "}, std::pair{"public ", "public  "}}) {
    std::string changed = whole;
    changed.replace(changed.find(from), std::string(from).size(), to);
    Overwrite(path_, changed);
    EXPECT_EQ(OpenError(), Errc::kMalformed) << to;
  }
}

TEST_F(KeyFile, IsRefusedWithThePublicKeyOfAnother) {
  std::string changed = Content(path_);
  const std::string other = Hex(SecretKey::Generate().public_key());
  changed.replace(changed.find("public ") + 7, 64, other);
  Overwrite(path_, changed);
  EXPECT_EQ(OpenError(), Errc::kMalformed);
}

TEST(CreateKeyFile, EncryptsUnderThePassphrase) {
  const TemporaryDirectory directory;
  const SecretKey key = SecretKey::Generate();
  ASSERT_TRUE(CreateKeyFile(directory / "k", key, "passphrase", KeyDerivation::kInteractive));
  std::array<std::uint8_t, 32> seed;
  key.ExportSeed(seed);
  EXPECT_EQ(Content(directory / "k").find(Hex(seed)), std::string::npos);
  EXPECT_EQ(OpenKeyFile(directory / "k", "passphrase")->public_key(), key.public_key());
  EXPECT_EQ(OpenKeyFile(directory / "k", "wrong").error().code, Errc::kPassphrase);
}

TEST(CreateKeyFile, TakesAModerateDerivationUnlessTold) {
  const TemporaryDirectory directory;
  ASSERT_TRUE(CreateKeyFile(directory / "k", SecretKey::Generate(), "passphrase"));
  EXPECT_NE(Content(directory / "k").find("\nprotection argon2id 3 268435456 "), std::string::npos);
}

TEST(CreateKeyFile, RefusesAnEmptyPassphrase) {
  const TemporaryDirectory directory;
  const auto created = CreateKeyFile(directory / "k", SecretKey::Generate(), "");
  ASSERT_FALSE(created);
  EXPECT_EQ(created.error().code, Errc::kUsage);
  EXPECT_FALSE(fs::exists(directory / "k"));
  EXPECT_FALSE(fs::exists(directory / "k.serial"));
}

TEST_F(KeyFile, GivesSerialsFromOneUpwards) {
  EXPECT_EQ(*TakeSerials(path_, 1), 1U);
  EXPECT_EQ(*TakeSerials(path_, 1), 2U);
  EXPECT_EQ(*TakeSerials(path_, 10), 3U);
  EXPECT_EQ(*TakeSerials(path_, 1), 13U);
  EXPECT_EQ(Content(serial_path_), "14\n");
}

TEST_F(KeyFile, GivesOneToTwoToTheTwentySerialsAtOnce) {
  EXPECT_EQ(TakeSerials(path_, 0).error().code, Errc::kUsage);
  EXPECT_EQ(TakeSerials(path_, (1u << 20) + 1).error().code, Errc::kUsage);
  EXPECT_EQ(*TakeSerials(path_, 1u << 20), 1U);
  EXPECT_EQ(*TakeSerials(path_, 1), (1u << 20) + 1);
}

TEST_F(KeyFile, GivesTheLastSerialAndThenNoMore) {
  ASSERT_TRUE(SetNextSerial(path_, 0xFFFFFFFE));
  EXPECT_EQ(TakeSerials(path_, 3).error().code, Errc::kRefused);
  EXPECT_EQ(*TakeSerials(path_, 2), 0xFFFFFFFE);
  EXPECT_EQ(TakeSerials(path_, 1).error().code, Errc::kRefused);
  EXPECT_EQ(Content(serial_path_), "4294967296\n");
  EXPECT_EQ(SetNextSerial(path_, 0xFFFFFFFF).error().code, Errc::kRefused);
}

TEST_F(KeyFile, WithoutItsCounterGivesNoSerial) {
  fs::remove(serial_path_);
  EXPECT_EQ(TakeSerials(path_, 1).error().code, Errc::kNotFound);
  EXPECT_FALSE(fs::exists(serial_path_));
}

TEST_F(KeyFile, GetsAMissingCounterBackByHand) {
  fs::remove(serial_path_);
  ASSERT_TRUE(SetNextSerial(path_, 1000));
  EXPECT_EQ(*TakeSerials(path_, 1), 1000U);
}

TEST_F(KeyFile, NeverSetsItsCounterBack) {
  ASSERT_TRUE(SetNextSerial(path_, 100));
  for (const std::uint32_t back : {0U, 1U, 99U}) {
    EXPECT_EQ(SetNextSerial(path_, back).error().code, Errc::kRefused) << back;
  }
  EXPECT_TRUE(SetNextSerial(path_, 100));
  EXPECT_EQ(*TakeSerials(path_, 1), 100U);
}

TEST_F(KeyFile, RefusesADamagedCounter) {
  for (const char* damaged :
       {"", "\n", "x\n", "-1\n", "+1\n", " 1\n", "1 \n", "01\n", "1\n2\n", "1\n\n", "4294967297\n",
        "18446744073709551616\n", "0x10\n", "1.5\n", "1\r\n"}) {
    Overwrite(serial_path_, damaged);
    const auto taken = TakeSerials(path_, 1);
    ASSERT_FALSE(taken) << damaged;
    EXPECT_EQ(taken.error().code, Errc::kMalformed) << damaged;
    EXPECT_EQ(SetNextSerial(path_, 1u << 31).error().code, Errc::kMalformed) << damaged;
    EXPECT_EQ(Content(serial_path_), damaged);
  }
}

TEST_F(KeyFile, RefusesACounterWithoutItsLineFeed) {
  // "12" may be what is left of "12345": the numbers in between would be given out twice.
  Overwrite(serial_path_, "12");
  const auto taken = TakeSerials(path_, 1);
  ASSERT_FALSE(taken) << "a counter that was cut off is taken for a smaller one";
  EXPECT_EQ(taken.error().code, Errc::kMalformed);
}

TEST_F(KeyFile, GivesNoSerialTwiceToThreads) {
  std::vector<std::vector<std::uint32_t>> taken(8);
  std::vector<std::thread> threads;
  for (auto& mine : taken) {
    threads.emplace_back([this, &mine] {
      for (int i = 0; i < 25; ++i) {
        const auto first = TakeSerials(path_, 2);
        if (!first) return;
        mine.push_back(*first);
        mine.push_back(*first + 1);
      }
    });
  }
  for (auto& thread : threads) thread.join();
  std::set<std::uint32_t> all;
  for (const auto& mine : taken) {
    EXPECT_EQ(mine.size(), 50U);
    EXPECT_TRUE(std::ranges::is_sorted(mine));
    all.insert(mine.begin(), mine.end());
  }
  EXPECT_EQ(all.size(), 400U);
  EXPECT_EQ(*all.rbegin(), 400U);
}

/// Takes serials one at a time and writes each, once it has it, to the pipe; ends with `count`.
pid_t StartTaker(const fs::path& path, int count, int out) {
  const pid_t child = ::fork();
  if (child != 0) return child;
  for (int i = 0; i < count; ++i) {
    const auto serial = TakeSerials(path, 1);
    if (!serial || ::write(out, &*serial, sizeof *serial) != sizeof *serial) ::_exit(1);
  }
  ::_exit(0);
}

TEST_F(KeyFile, GivesNoSerialTwiceToProcesses) {
  int fds[2];
  ASSERT_EQ(::pipe(fds), 0);
  const FileDescriptor in(fds[0]);
  std::vector<pid_t> children;
  {
    const FileDescriptor out(fds[1]);
    for (int i = 0; i < 8; ++i) children.push_back(StartTaker(path_, 25, out.get()));
  }
  std::set<std::uint32_t> all;
  std::size_t count = 0;
  for (std::uint32_t serial = 0; ::read(in.get(), &serial, sizeof serial) == sizeof serial;) {
    all.insert(serial);
    ++count;
  }
  for (const pid_t child : children) {
    int status = 0;
    ::waitpid(child, &status, 0);
    EXPECT_EQ(status, 0);
  }
  EXPECT_EQ(count, 200U);
  EXPECT_EQ(all.size(), 200U);
}

TEST_F(KeyFile, GivesNoSerialTwiceAcrossKills) {
  std::set<std::uint32_t> all;
  int inside = 0;
  for (int round = 0; round < 40; ++round) {
    int fds[2];
    ASSERT_EQ(::pipe(fds), 0);
    const FileDescriptor in(fds[0]);
    pid_t child = -1;
    {
      const FileDescriptor out(fds[1]);
      child = StartTaker(path_, 1 << 20, out.get());
    }
    // Kill it after so many; what it had written by then has left the counter.
    std::uint32_t serial = 0;
    std::uint32_t last = 0;
    for (int i = 0; i <= round % 5; ++i) {
      ASSERT_EQ(::read(in.get(), &serial, sizeof serial), ssize_t{sizeof serial});
      EXPECT_TRUE(all.insert(serial).second) << serial;
    }
    ::kill(child, SIGKILL);
    int status = 0;
    ::waitpid(child, &status, 0);
    EXPECT_TRUE(WIFSIGNALED(status));
    while (::read(in.get(), &serial, sizeof serial) == sizeof serial) {
      EXPECT_TRUE(all.insert(serial).second) << serial;
      last = serial;
    }
    last = std::max(last, *all.rbegin());
    bool leftover = false;
    for (const auto& entry : fs::directory_iterator(directory_.path())) {
      if (entry.path().string().find(".tmp") == std::string::npos) continue;
      leftover = true;
      fs::remove(entry.path());
    }
    const auto next = TakeSerials(path_, 1);
    ASSERT_TRUE(next) << next.error().detail;
    EXPECT_GT(*next, last) << "round " << round;
    if (leftover || *next > last + 1) ++inside;
    EXPECT_TRUE(all.insert(*next).second);
  }
  std::cout << inside << " of 40 kills landed inside a write\n";
  EXPECT_GT(inside, 0);
}

}  // namespace
}  // namespace cityid
