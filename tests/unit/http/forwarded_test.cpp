#include "resolver/http/forwarded.h"

#include <gtest/gtest.h>

namespace cityid {
namespace {

using Fields = std::vector<std::pair<std::string_view, std::string_view>>;

class ForwardedTest : public ::testing::Test {
 protected:
  void SetUp() override {
    for (const char* proxy : {"127.0.0.1", "10.0.0.0/8"}) EXPECT_TRUE(settings_.proxies.Add(proxy));
  }
  /// A request that came from the proxy 127.0.0.1, whose own requests have no limits.
  Request Forward(Fields fields) {
    Request request;
    request.headers = std::move(fields);
    request.peer = "127.0.0.1";
    request.client = ParseClient(request.peer)->key;
    SetForwardedClient(settings_, storage_, request);
    return request;
  }

  ListenerSettings settings_;
  std::string storage_;
};

TEST_F(ForwardedTest, TheClientIsTheRightmostAddressThatIsNoProxy) {
  for (const char* list : {"192.0.2.1", "192.0.2.1, 10.1.2.3", "203.0.113.9,192.0.2.1 , 10.1.2.3",
                           "nonsense, 192.0.2.1:4711", "[2001:db8::1]:80, [192.0.2.1]"}) {
    const Request request = Forward({{"X-Forwarded-For", list}});
    EXPECT_EQ(request.peer, "192.0.2.1") << list;
    EXPECT_EQ(request.client, ParseClient("192.0.2.1")->key) << list;
    EXPECT_TRUE(request.limited) << list;
  }
  EXPECT_EQ(Forward({{"x-forwarded-for", "[2001:db8::1]:4711"}}).peer, "2001:db8::1");
}

TEST_F(ForwardedTest, SeveralLinesAreOneList) {
  const Fields fields = {{"x-forwarded-for", "192.0.2.1"},
                         {"accept", "*/*"},
                         {"X-Forwarded-For", "203.0.113.9, 10.1.2.3"}};
  EXPECT_EQ(Forward(fields).peer, "203.0.113.9");
  EXPECT_EQ(Forward({fields[0], {"x-forwarded-for", "10.1.2.3"}}).peer, "192.0.2.1");
}

TEST_F(ForwardedTest, WithoutTheFieldTheRequestIsTheProxysOwn) {
  const Request request = Forward({});
  EXPECT_EQ(request.peer, "127.0.0.1");
  EXPECT_FALSE(request.limited);
}

TEST_F(ForwardedTest, AnAddressThatCantBeReadIsLimitedUnderTheProxy) {
  for (const char* list : {"unknown", "192.0.2.1, ", "192.0.2.1, unknown"}) {
    const Request request = Forward({{"x-forwarded-for", list}});
    EXPECT_EQ(request.client, ParseClient("127.0.0.1")->key) << list;
    EXPECT_TRUE(request.limited) << list;
  }
}

TEST_F(ForwardedTest, AClientOnThisMachineHasNoLimitsUnlessLoopbackHas) {
  EXPECT_FALSE(Forward({{"x-forwarded-for", "127.0.0.2"}}).limited);
  settings_.limits.loopback = true;
  EXPECT_TRUE(Forward({{"x-forwarded-for", "127.0.0.2"}}).limited);
}

}  // namespace
}  // namespace cityid
