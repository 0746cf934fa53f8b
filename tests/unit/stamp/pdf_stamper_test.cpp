#include "codec/stamp/pdf_stamper.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <fstream>

#include "tests/unit/pdf/handmade.h"

namespace cityid {
namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;

/// A program in place of `cityid-pdf`, for as long as the test runs.
class Script {
 public:
  explicit Script(const std::string& body) {
    path_ = fs::temp_directory_path() / ("cityid-pdf-" + std::to_string(::getpid()));
    std::ofstream(path_) << "#!/bin/sh\n" << body << "\n";
    fs::permissions(path_, fs::perms::owner_all);
  }
  ~Script() { fs::remove(path_); }
  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

Result<PdfStamper> Open(const std::string& file) {
  return PdfStamper::Open(CITYID_PDF, AsBytes(file));
}

StampAsked Example() {
  StampAsked stamp;
  stamp.modules = 21;
  stamp.module_mm = 0.5;
  stamp.region = 100;
  return stamp;
}

/// Opens a file with a program, and returns what went wrong.
std::string TroubleOf(const std::string& body, milliseconds deadline = PdfStamper::kDeadline) {
  const Script script(body);
  const std::string file = TablePdf(OnePage());
  const auto stamper = PdfStamper::Open(script.path(), AsBytes(file), deadline);
  if (stamper) return "it was opened";
  EXPECT_EQ(stamper.error().code, Errc::kIo);
  return stamper.error().detail;
}

TEST(PdfStamper, LooksAndStamps) {
  auto stamper = Open(TablePdf(OnePage()));
  ASSERT_TRUE(stamper) << stamper.error().detail;
  const auto look = stamper->Look(-1);
  ASSERT_TRUE(look) << look.error().detail;
  EXPECT_EQ(look->pages, 1);
  EXPECT_NEAR(look->width_mm, 105.13, 0.01);
  const auto stamp = stamper->MakeStamp(Example());
  ASSERT_TRUE(stamp) << stamp.error().detail;
  const auto again = stamper->MakeStamp(Example());
  ASSERT_TRUE(again);
  EXPECT_EQ(again->before, stamp->before);
  EXPECT_EQ(again->after, stamp->after);
}

TEST(PdfStamper, GoesOnAfterARefusal) {
  auto stamper = Open(TablePdf(OnePage()));
  ASSERT_TRUE(stamper);
  EXPECT_EQ(stamper->Look(2).error().code, Errc::kUsage);
  StampAsked outside = Example();
  outside.x_mm = 100;
  EXPECT_EQ(stamper->MakeStamp(outside).error().code, Errc::kUsage);
  outside.x_mm = -1;
  EXPECT_EQ(stamper->MakeStamp(outside).error().code, Errc::kUsage);
  outside = Example();
  outside.region = kMaxSealRegion + 1;
  EXPECT_EQ(stamper->MakeStamp(outside).error().code, Errc::kUsage);
  EXPECT_TRUE(stamper->MakeStamp(Example()));
}

TEST(PdfStamper, SaysWhyAFileIsNotOpened) {
  EXPECT_EQ(Open("no PDF").error().code, Errc::kMalformed);
  EXPECT_EQ(Open("no PDF").error().detail, "this is no PDF");
  EXPECT_EQ(Open("").error().code, Errc::kMalformed);
}

TEST(PdfStamper, EndsTheProcess) {
  pid_t process = 0;
  {
    auto stamper = Open(TablePdf(OnePage()));
    ASSERT_TRUE(stamper);
    process = stamper->process();
    EXPECT_EQ(::kill(process, 0), 0);
  }
  EXPECT_EQ(::kill(process, 0), -1) << "ended and waited for";
}

TEST(PdfStamper, SaysSoIfTheProgramIsKilled) {
  auto stamper = Open(TablePdf(OnePage()));
  ASSERT_TRUE(stamper);
  ::kill(stamper->process(), SIGKILL);
  EXPECT_EQ(stamper->Look(1).error().detail, "cityid-pdf was ended by signal 9");
  EXPECT_EQ(stamper->Look(1).error().detail, "cityid-pdf has ended");
}

TEST(PdfStamper, SaysWhatBecameOfTheProgram) {
  EXPECT_EQ(TroubleOf("cat >/dev/null & exit 3"), "cityid-pdf ended with status 3");
  EXPECT_EQ(TroubleOf("exec sleep 60", milliseconds(200)),
            "cityid-pdf took too long and was stopped");
  EXPECT_EQ(TroubleOf("printf '\\377\\377\\377\\377'; exec sleep 60"),
            "cityid-pdf gave an answer that is too long");
  EXPECT_EQ(TroubleOf("printf '\\000\\000\\000\\002ab'; exec sleep 60"),
            "cityid-pdf gave no answer: stamp: an answer is no list");
}

TEST(PdfStamper, IsNotFoundWhereItIsNotInstalled) {
  const auto stamper = PdfStamper::Open("/nonexistent/cityid-pdf", AsBytes("x"));
  EXPECT_EQ(stamper.error().code, Errc::kIo);
}

}  // namespace
}  // namespace cityid
