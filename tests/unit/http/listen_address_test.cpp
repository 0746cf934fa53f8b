#include "resolver/http/listen_address.h"

#include <gtest/gtest.h>

namespace cityid {
namespace {

TEST(ParseListen, ReadsAnAddressAndAPortAndNothingElse) {
  EXPECT_EQ(ParseListen("127.0.0.1:8080")->address, "127.0.0.1");
  EXPECT_EQ(ParseListen("127.0.0.1:8080")->port, 8080);
  EXPECT_EQ(ParseListen("[::1]:0")->address, "::1");
  for (const char* text : {"", "8080", "127.0.0.1", "127.0.0.1:", "127.0.0.1:x", "127.0.0.1:65536",
                           "127.0.0.1:80 ", "127.0.0.1:-1"}) {
    const auto listen = ParseListen(text);
    ASSERT_FALSE(listen) << text;
    EXPECT_EQ(listen.error().code, Errc::kUsage) << text;
  }
}

TEST(BaseUrl, IsWhereThisMachineReachesTheAddress) {
  EXPECT_EQ(BaseUrl({"192.0.2.1", 0}, 80), "http://192.0.2.1:80");
  EXPECT_EQ(BaseUrl({"0.0.0.0", 0}, 80), "http://127.0.0.1:80");
  EXPECT_EQ(BaseUrl({"::", 0, ListenKind::kTls}, 443), "https://[::1]:443");
}

}  // namespace
}  // namespace cityid
