#include "resolver/http/log.h"

#include <gtest/gtest.h>

#include <regex>

namespace cityid {
namespace {

class LogTest : public ::testing::Test {
 protected:
  ~LogTest() override { SetLogFormat(LogFormat::kText); }

  template <class Write>
  static std::string Written(Write write) {
    ::testing::internal::CaptureStderr();
    write();
    return ::testing::internal::GetCapturedStderr();
  }
  /// A JSON line after its time.
  static std::string WithoutTime(const std::string& line) {
    return std::regex_replace(
        line, std::regex(R"(^\{"time":"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z",)"), "{");
  }
};

TEST_F(LogTest, TextIsTheProgramsNameTheMessageAndItsFields) {
  EXPECT_EQ(Written([] {
              LogInfo("request", {{"method", "GET"}, {"status", 200}});
            }),
            "cityid: request method=GET status=200\n");
  EXPECT_EQ(Written([] { LogError("broken"); }), "cityid: broken\n");
}

TEST_F(LogTest, JsonIsOneObjectALineWithTimeAndLevel) {
  SetLogFormat(LogFormat::kJson);
  EXPECT_EQ(WithoutTime(Written([] {
              LogInfo("request", {{"target", "/x"}, {"status", -1}});
            })),
            "{\"level\":\"info\",\"message\":\"request\",\"target\":\"/x\",\"status\":-1}\n");
  EXPECT_EQ(WithoutTime(Written([] { LogError("broken"); })),
            "{\"level\":\"error\",\"message\":\"broken\"}\n");
}

TEST_F(LogTest, NothingThatIsLoggedEndsItsLineOrItsString) {
  const std::string_view odd("a\"b\\c\nd\x7F\0e", 10);
  EXPECT_EQ(Written([&] {
              LogInfo(odd, {{"what", odd}});
            }),
            "cityid: a\"b\\c?d??e what=a\"b\\c?d??e\n");
  SetLogFormat(LogFormat::kJson);
  EXPECT_EQ(WithoutTime(Written([&] {
              LogInfo(odd, {{"what", odd}});
            })),
            R"({"level":"info","message":"a\"b\\c?d??e","what":"a\"b\\c?d??e"})"
            "\n");
}

TEST_F(LogTest, WhatClientsSentIsAsciiAndOurOwnMessagesMayBeUtf8) {
  EXPECT_EQ(Written([] {
              LogInfo("caf\xC3\xA9", {{"target", "/caf\xC3\xA9\xFF"}});
            }),
            "cityid: caf\xC3\xA9 target=/caf???\n");
  SetLogFormat(LogFormat::kJson);
  EXPECT_EQ(WithoutTime(Written([] {
              LogInfo("caf\xC3\xA9", {{"target", "\xFF"}});
            })),
            "{\"level\":\"info\",\"message\":\"caf??\",\"target\":\"?\"}\n");
}

}  // namespace
}  // namespace cityid
