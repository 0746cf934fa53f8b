#include "codec/drawing/printer.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <fstream>

#include "tests/unit/print/drawings.h"

namespace cityid {
namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;

Drawing Example() { return ExampleDrawing(DrawingFormat::kPng, ExampleCaption()); }

/// A program in place of `cityid-print`, for as long as the test runs.
class Script {
 public:
  explicit Script(const std::string& body) {
    path_ = fs::temp_directory_path() / ("cityid-print-" + std::to_string(::getpid()));
    std::ofstream(path_) << "#!/bin/sh\n" << body << "\n";
    fs::permissions(path_, fs::perms::owner_all);
  }
  ~Script() { fs::remove(path_); }
  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

/// Starts a program, draws once, and returns what went wrong.
std::string TroubleOf(const std::string& body, milliseconds deadline = Printer::kDeadline) {
  const Script script(body);
  auto printer = Printer::Start(script.path());
  if (!printer) return printer.error().detail;
  const auto drawn = printer->Draw(Example(), deadline);
  EXPECT_EQ(drawn.error().code, Errc::kIo);
  EXPECT_EQ(printer->Draw(Example()).error().detail, "cityid-print has ended");
  return drawn.error().detail;
}

TEST(Printer, DrawsOneAfterTheOther) {
  auto printer = Printer::Start(CITYID_PRINT);
  ASSERT_TRUE(printer) << printer.error().detail;
  const auto first = printer->Draw(Example());
  ASSERT_TRUE(first) << first.error().detail;
  for (int i = 0; i < 20; ++i) EXPECT_EQ(printer->Draw(Example())->content, first->content);
}

TEST(Printer, GoesOnAfterARefusal) {
  auto printer = Printer::Start(CITYID_PRINT);
  ASSERT_TRUE(printer);
  Drawing wrong = Example();
  wrong.scale = 65;
  EXPECT_EQ(printer->Draw(wrong).error().code, Errc::kUsage);
  EXPECT_TRUE(printer->Draw(Example()));
}

TEST(Printer, IsNotDisturbedByAnother) {
  auto one = Printer::Start(CITYID_PRINT);
  auto other = Printer::Start(CITYID_PRINT);
  ASSERT_TRUE(one && other);
  EXPECT_NE(one->process(), other->process());
  EXPECT_EQ(one->Draw(Example())->content, other->Draw(Example())->content);
}

TEST(Printer, EndsTheProcess) {
  pid_t process = 0;
  {
    auto printer = Printer::Start(CITYID_PRINT);
    process = printer->process();
    EXPECT_EQ(::kill(process, 0), 0);
  }
  EXPECT_EQ(::kill(process, 0), -1) << "ended and waited for";
}

TEST(Printer, SaysSoIfTheProgramIsKilled) {
  auto printer = Printer::Start(CITYID_PRINT);
  ASSERT_TRUE(printer->Draw(Example()));
  ::kill(printer->process(), SIGKILL);
  const auto drawn = printer->Draw(Example());
  EXPECT_EQ(drawn.error().code, Errc::kIo);
  EXPECT_EQ(drawn.error().detail, "cityid-print was ended by signal 9");
}

TEST(Printer, SaysHowTheProgramEnded) {
  EXPECT_EQ(TroubleOf("head -c 100 >/dev/null; exit 7"), "cityid-print ended with status 7");
  EXPECT_EQ(TroubleOf("kill -ABRT $$"), "cityid-print was ended by signal 6");
}

TEST(Printer, TakesNoAnswerAboutATextThatItDidNotAskFor) {
  // [0, h'', [11]]
  EXPECT_EQ(TroubleOf("printf '\\000\\000\\000\\005\\203\\000\\100\\201\\013'; exec sleep 1000"),
            "cityid-print gave no answer: drawing: no such text");
}

TEST(Printer, StopsAProgramThatHangs) {
  EXPECT_EQ(TroubleOf("exec sleep 1000", milliseconds(200)),
            "cityid-print took too long and was stopped");
  EXPECT_EQ(TroubleOf("printf '\\000\\000\\001'; exec sleep 1000", milliseconds(200)),
            "cityid-print took too long and was stopped");
}

TEST(Printer, TakesNoAnswerThatIsNone) {
  EXPECT_EQ(TroubleOf("printf '\\377\\377\\377\\377'; exec sleep 1000"),
            "cityid-print gave an answer that is too long");
  EXPECT_EQ(TroubleOf("printf '\\000\\000\\000\\002ab'; exec sleep 1000")
                .substr(0, std::string_view("cityid-print gave no answer: ").size()),
            "cityid-print gave no answer: ");
  EXPECT_EQ(TroubleOf("head -c 100 >/dev/null; exec >/dev/null </dev/null; exec sleep 1000"),
            "cityid-print was ended by signal 9")
      << "it closed its end and went on";
}

TEST(Printer, CannotStartWhatIsNotThere) {
  EXPECT_EQ(Printer::Start("/nowhere/cityid-print").error().code, Errc::kIo);
}

}  // namespace
}  // namespace cityid
