// The processes that read pictures, with the real program and with ones that misbehave.
#include "codec/picture/readers.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>

#include <fstream>
#include <future>
#include <thread>

#include "codec/picture/frames.h"
#include "codec/symbol/draw.h"
#include "codec/symbol/qr.h"
#include "tests/world/temporary_directory.h"

namespace cityid {
namespace {

using std::chrono::milliseconds;

/// Time enough for a machine that does other things beside.
constexpr milliseconds kPatient{60'000};

std::unique_ptr<PictureReaders> Readers(int count = 1, milliseconds time = kPatient) {
  return *PictureReaders::Start(CITYID_READER, count, time);
}

Bytes CodePicture(const std::string& text) {
  return *DrawPng(*EncodeQr({{QrMode::kByte, text}}, QrLevel::kLow), 4);
}

std::vector<std::string> Contents(const PictureResult& result) {
  std::vector<std::string> contents;
  for (const PictureSymbol& symbol : result.symbols) contents.emplace_back(AsText(symbol.content));
  return contents;
}

/// A shell script in place of the reader.
class Script {
 public:
  explicit Script(const std::string& body) : path_(directory_ / "reader") {
    std::ofstream(path_) << "#!/bin/sh\n" << body << "\n";
    ::chmod(path_.c_str(), 0700);
  }
  std::unique_ptr<PictureReaders> Start(milliseconds time = kPatient) const {
    return *PictureReaders::Start(path_, 1, time);
  }

 private:
  TemporaryDirectory directory_;
  std::string path_;
};

/// A command of the shell that writes these frames.
std::string Printing(const std::vector<PictureFrame>& frames) {
  std::string command = "printf '";
  for (const PictureFrame& frame : frames) {
    for (const unsigned byte : WriteFrame(frame)) {
      char octal[8];
      std::snprintf(octal, sizeof octal, "\\%03o", byte);
      command += octal;
    }
  }
  return command + "'";
}

const PictureSymbol kSymbol{SymbolFormat::kQrCode,
                            ToBytes(AsBytes("found")),
                            {PicturePoint{0, 0}, {9, 0}, {9, 9}, {0, 9}}};

TEST(PictureReaders, ReadsPictureAfterPicture) {
  const auto readers = Readers();
  auto reader = readers->TryAcquire();
  for (const char* text : {"one", "two", "three"}) {
    const auto result = reader->Read(CodePicture(text), {});
    ASSERT_TRUE(result) << result.error().detail;
    EXPECT_EQ(Contents(*result), std::vector<std::string>{text});
    EXPECT_TRUE(result->complete()) << WhyIncomplete(*result);
  }
}

TEST(PictureReaders, GivesEachPictureAProcessOfItsOwn) {
  const auto readers = Readers();
  auto reader = readers->TryAcquire();
  const int first = reader->process();
  ASSERT_TRUE(reader->Read(CodePicture("one"), {}));
  EXPECT_NE(reader->process(), first);
  EXPECT_NE(::kill(first, 0), 0) << "the process of the last picture is still there";
}

TEST(PictureReaders, SaysThatAllAreBusyAndThatOneIsFreeAgain) {
  const auto readers = Readers(2);
  auto one = readers->TryAcquire();
  {
    const auto two = readers->TryAcquire();
    EXPECT_TRUE(one && two);
    EXPECT_FALSE(readers->TryAcquire());
  }
  EXPECT_TRUE(readers->TryAcquire());
}

TEST(PictureReaders, ServesSeveralThreads) {
  const auto readers = Readers(2);
  std::vector<std::future<bool>> threads;
  for (int i = 0; i < 4; ++i) {
    threads.push_back(std::async(std::launch::async, [&readers, i] {
      const std::string text = "thread " + std::to_string(i);
      for (int round = 0; round < 5;) {
        auto reader = readers->TryAcquire();
        if (!reader) {
          std::this_thread::yield();
          continue;
        }
        const auto result = reader->Read(CodePicture(text), {});
        if (!result || Contents(*result) != std::vector{text}) return false;
        ++round;
      }
      return true;
    }));
  }
  for (auto& thread : threads) EXPECT_TRUE(thread.get());
}

TEST(PictureReaders, SaysWhatIsWrongWithAFile) {
  const auto readers = Readers();
  auto reader = readers->TryAcquire();
  const auto code = [&reader](ByteView file) { return reader->Read(file, {}).error().code; };
  Bytes cut = CodePicture("cut");
  cut.resize(cut.size() / 2);
  EXPECT_EQ(code(cut), Errc::kMalformed);
  EXPECT_EQ(code(AsBytes("nothing to see")), Errc::kUnsupported);
  EXPECT_EQ(code({}), Errc::kUnsupported);
  EXPECT_EQ(code(AsBytes("P5\n65000 65000\n255\n")), Errc::kTooLarge);
  EXPECT_EQ(code(Bytes(kMaxPictureFile + 1, 'P')), Errc::kTooLarge);
  EXPECT_TRUE(reader->Read(CodePicture("after that"), {}));
}

TEST(PictureReaders, ReadsTheNextPictureAfterOneWasKilled) {
  const auto readers = Readers();
  auto reader = readers->TryAcquire();
  for (int round = 0; round < 5; ++round) {
    ASSERT_EQ(::kill(reader->process(), SIGKILL), 0);
    const std::string text = "round " + std::to_string(round);
    const auto result = reader->Read(CodePicture(text), {});
    ASSERT_TRUE(result) << result.error().detail;
    EXPECT_EQ(Contents(*result), std::vector{text});
  }
}

TEST(PictureReaders, SurvivesAKillInTheMiddleOfAPicture) {
  // A picture whose file is large enough that its reader is at work when it is killed.
  Bytes large = ToBytes(AsBytes("P5\n2000 2000\n255\n"));
  large.resize(large.size() + 4'000'000, 200);
  const auto readers = Readers();
  auto reader = readers->TryAcquire();
  for (int round = 0; round < 8; ++round) {
    const int process = reader->process();
    std::thread killer([process, round] {
      std::this_thread::sleep_for(milliseconds(3 * round));
      ::kill(process, SIGKILL);
    });
    const auto result = reader->Read(large, {});
    killer.join();
    ASSERT_TRUE(result) << result.error().detail;
    const auto next = reader->Read(CodePicture("next"), {});
    ASSERT_TRUE(next) << next.error().detail;
    EXPECT_EQ(Contents(*next), std::vector<std::string>{"next"});
  }
}

TEST(PictureReaders, StopsAReaderAtItsTimeAndKeepsWhatItSaid) {
  const Script slow(Printing({PictureSize{10, 10, 1}, kSymbol}) + "; sleep 100");
  const auto readers = slow.Start(milliseconds(300));
  auto reader = readers->TryAcquire();
  const auto result = reader->Read(CodePicture("x"), {});
  ASSERT_TRUE(result) << result.error().detail;
  EXPECT_EQ(Contents(*result), std::vector<std::string>{"found"});
  EXPECT_EQ(result->troubles, std::vector{PictureTrouble::kTooLong});
}

TEST(PictureReaders, KeepsWhatOneSaidThatDiedWhenNoOtherCanBeStarted) {
  const Script last(Printing({PictureSize{10, 10, 1}, kSymbol}) + "; /bin/rm \"$0\"; kill -9 $$");
  const auto readers = last.Start();
  const auto result = readers->TryAcquire()->Read(CodePicture("x"), {});
  ASSERT_TRUE(result) << result.error().detail;
  EXPECT_EQ(Contents(*result), std::vector<std::string>{"found"});
  EXPECT_EQ(result->troubles, std::vector{PictureTrouble::kReaderDied});
}

TEST(PictureReaders, StopsAReaderThatTakesNothing) {
  const Script deaf("sleep 100");
  const auto readers = deaf.Start(milliseconds(300));
  auto reader = readers->TryAcquire();
  Bytes large = CodePicture("x");
  large.resize(8'000'000);
  const auto result = reader->Read(large, {});
  ASSERT_TRUE(result) << result.error().detail;
  EXPECT_EQ(result->troubles, std::vector{PictureTrouble::kTooLong});
}

TEST(PictureReaders, TriesOnceMoreWithTheSteadierLibraryAlone) {
  // The fifth byte of the request says so.
  const Script fragile(
      "flag=$(/usr/bin/head -c 5 | /usr/bin/tail -c 1 | /usr/bin/od -An -tu1 | /usr/bin/tr -d ' ')\n" +
      Printing({PictureSize{10, 10, 1}}) + "\n[ \"$flag\" = 1 ] || kill -9 $$\n" +
      Printing({kSymbol, PictureDone{}}) + "\ncat >/dev/null");
  const auto readers = fragile.Start();
  const auto result = readers->TryAcquire()->Read(CodePicture("x"), {});
  ASSERT_TRUE(result) << result.error().detail;
  EXPECT_EQ(Contents(*result), std::vector<std::string>{"found"});
  EXPECT_TRUE(result->complete()) << WhyIncomplete(*result);
}

TEST(PictureReaders, SaysThatAReaderBrokeDownTwiceAndKeepsWhatItSaid) {
  for (const std::string& body :
       {Printing({PictureSize{10, 10, 1}, kSymbol}) + "; kill -9 $$",
        Printing({PictureSize{10, 10, 1}, kSymbol}) + "; exit 0",
        Printing({PictureSize{10, 10, 1}, kSymbol}) + "; printf 'nonsense that is no frame'"}) {
    const Script script(body);
    const auto readers = script.Start();
    const auto result = readers->TryAcquire()->Read(CodePicture("x"), {});
    ASSERT_TRUE(result) << result.error().detail;
    EXPECT_EQ(Contents(*result), std::vector<std::string>{"found"}) << body;
    EXPECT_EQ(result->troubles, std::vector{PictureTrouble::kReaderDied}) << body;
  }
}

TEST(PictureReaders, BelievesNoFloodOfFrames) {
  const Script flood(Printing({PictureSize{10, 10, 1}}) + "\nwhile :; do " +
                     Printing(std::vector<PictureFrame>(50, UnreadRegion{kSymbol.corners})) +
                     "; done");
  const auto result = flood.Start()->TryAcquire()->Read(CodePicture("x"), {});
  ASSERT_TRUE(result) << result.error().detail;
  EXPECT_LE(result->unread.size(), kMaxPictureRegions);
  EXPECT_EQ(result->troubles, std::vector{PictureTrouble::kReaderDied});
}

TEST(PictureReaders, SaysThatTheProgramIsMissing) {
  const auto readers = PictureReaders::Start("/nowhere/cityid-reader", 1);
  EXPECT_EQ(readers.error().code, Errc::kIo);
  EXPECT_EQ(readers.error().detail, "cannot start /nowhere/cityid-reader: No such file or directory");
}

}  // namespace
}  // namespace cityid
