#include "resolver/http/reply_writer.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <regex>

#include "tests/world/temporary_directory.h"

namespace cityid {
namespace {

constexpr ReplyWriter::Options kPlain = {true, true, false};

class ReplyWriterTest : public ::testing::Test {
 protected:
  /// Takes everything out in steps of `step` bytes; the date becomes "now". Empty if the reply
  /// can't be finished.
  std::string All(std::size_t step = SIZE_MAX) {
    std::string text;
    while (!writer_.done()) {
      while (writer_.left() > 0) {
        std::string left;
        for (const auto& buffer : writer_.buffers())
          left.append(static_cast<const char*>(buffer.data()), buffer.size());
        text += left.substr(0, step);
        writer_.Wrote(std::min(step, left.size()));
      }
      if (!writer_.NextPiece()) return "";
    }
    return std::regex_replace(
        text, std::regex("Date: [A-Z][a-z]{2}, \\d\\d [A-Z][a-z]{2} \\d{4} [0-9:]{8} GMT"),
        "Date: now");
  }
  static SharedReply Text(std::string body) {
    return Prepare(Response{200, {{"Content-Type", "text/plain"}}, std::move(body)});
  }
  std::string WriteFile(std::size_t bytes) {
    const std::string path = scratch_.path() / "file";
    std::ofstream(path) << std::string(bytes, 'x');
    return path;
  }
  static SharedReply File(const std::string& path) {
    Response response;
    response.file = path;
    return Prepare(std::move(response));
  }

  TemporaryDirectory scratch_;
  ReplyWriter writer_;
};

TEST_F(ReplyWriterTest, WritesTheSameBytesHoweverFewAreTakenAtOnce) {
  for (const std::size_t step : {std::size_t{1}, std::size_t{7}, SIZE_MAX}) {
    writer_.Start(Text("ok\n"), kPlain);
    EXPECT_EQ(All(step),
              "HTTP/1.1 200 OK\r\nDate: now\r\nContent-Type: text/plain\r\n"
              "Content-Length: 3\r\n\r\nok\n");
  }
}

TEST_F(ReplyWriterTest, GatheringChangesNothing) {
  writer_.Start(Text("ok\n"), kPlain);
  const std::size_t left = writer_.left();
  writer_.Gather();
  EXPECT_EQ(writer_.left(), left);
  EXPECT_EQ(writer_.buffers()[0].size(), left);
  EXPECT_TRUE(All().ends_with("\r\n\r\nok\n"));
}

TEST_F(ReplyWriterTest, AHeadHasTheLengthOfTheBodyThatItLeavesOut) {
  writer_.Start(Text("ok\n"), {false, true, false});
  EXPECT_TRUE(All().ends_with("Content-Length: 3\r\n\r\n"));
}

TEST_F(ReplyWriterTest, SaysWhenTheConnectionClosesAndThatTlsIsToStay) {
  writer_.Start(Text(""), {true, false, true});
  EXPECT_TRUE(
      All().starts_with("HTTP/1.1 200 OK\r\nDate: now\r\nStrict-Transport-Security: "
                        "max-age=63072000\r\nConnection: close\r\n"));
}

TEST_F(ReplyWriterTest, AgesAreCountedWhenItIsWrittenAndNeverNegative) {
  Response response;
  response.fresh_until = std::chrono::sys_seconds(std::chrono::seconds(1));
  writer_.Start(Prepare(std::move(response)), kPlain);
  EXPECT_NE(All().find("\r\nCache-Control: public, max-age=0\r\n"), std::string::npos);
}

TEST_F(ReplyWriterTest, AFileComesInPiecesToItsEnd) {
  const std::size_t size = 2 * ReplyWriter::kPiece + 1;
  const SharedReply reply = File(WriteFile(size));
  for (const bool gathered : {false, true}) {
    writer_.Start(reply, kPlain);
    if (gathered) writer_.Gather();
    const std::string text = All(1000);
    EXPECT_TRUE(text.ends_with("\r\n\r\n" + std::string(size, 'x')));
    writer_.Clear();
  }
}

TEST_F(ReplyWriterTest, AFileThatHasBecomeShorterIsNotFinished) {
  const std::string path = WriteFile(ReplyWriter::kPiece + 1);
  writer_.Start(File(path), kPlain);
  std::filesystem::resize_file(path, ReplyWriter::kPiece);
  EXPECT_EQ(All(), "");
}

TEST_F(ReplyWriterTest, AFileThatHasGoneIsAProblem) {
  const std::string path = WriteFile(3);
  const SharedReply reply = File(path);
  std::filesystem::remove(path);
  writer_.Start(reply, kPlain);
  EXPECT_TRUE(All().starts_with("HTTP/1.1 500 "));
}

}  // namespace
}  // namespace cityid
