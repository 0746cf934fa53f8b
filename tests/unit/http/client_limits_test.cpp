#include "resolver/http/client_limits.h"

#include <gtest/gtest.h>

namespace cityid {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

const std::chrono::steady_clock::time_point kStart{std::chrono::hours(1000)};

TEST(ParseClient, CountsIPv6ByItsNetwork) {
  EXPECT_EQ(ParseClient("2001:db8::1")->key, ParseClient("2001:db8::ffff:1:2:3")->key);
  EXPECT_NE(ParseClient("2001:db8::1")->key, ParseClient("2001:db8:0:1::1")->key);
}

TEST(ParseClient, CountsIPv4ByTheWholeAddressHoweverItIsWritten) {
  EXPECT_EQ(ParseClient("203.0.113.1")->key, ParseClient("::ffff:203.0.113.1")->key);
  EXPECT_NE(ParseClient("203.0.113.1")->key, ParseClient("203.0.113.2")->key);
}

TEST(ParseClient, KnowsLoopback) {
  for (const char* address : {"127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1"})
    EXPECT_TRUE(ParseClient(address)->loopback) << address;
  for (const char* address : {"128.0.0.1", "::2", "10.0.0.127", "1::1"})
    EXPECT_FALSE(ParseClient(address)->loopback) << address;
}

TEST(ParseClient, ALinkLocalAddressIsOneWhateverItsInterface) {
  EXPECT_EQ(ParseClient("fe80::1%eth0")->key, ParseClient("fe80::1")->key);
}

TEST(ParseClient, RefusesWhatIsNoAddress) {
  for (const char* address : {"", "localhost", "127.0.0.1.5", "1.2.3", "::1::"})
    EXPECT_FALSE(ParseClient(address)) << address;
}

TEST(Networks, ContainWhatTheyShould) {
  Networks networks;
  EXPECT_FALSE(networks.Contains("10.0.0.1"));
  ASSERT_TRUE(networks.Add("10.0.0.0/8"));
  ASSERT_TRUE(networks.Add("2001:db8::/33"));
  ASSERT_TRUE(networks.Add("192.0.2.7"));
  for (const char* inside : {"10.255.0.1", "::ffff:10.1.1.1", "2001:db8:7fff::1", "192.0.2.7"})
    EXPECT_TRUE(networks.Contains(inside)) << inside;
  for (const char* outside : {"11.0.0.0", "2001:db8:8000::1", "192.0.2.6", "garbage"})
    EXPECT_FALSE(networks.Contains(outside)) << outside;
}

TEST(Networks, RefuseWhatIsNone) {
  Networks networks;
  for (const char* text : {"", "10.0.0.0/33", "10.0.0.1/8", "10.0.0.0/", "10.0.0.0/x", "::/129",
                           "10.0.0.0/-1", "proxy.example"})
    EXPECT_FALSE(networks.Add(text)) << text;
  EXPECT_TRUE(networks.empty());
}

TEST(RateLimit, LetsABurstPassAndThenSoManyASecond) {
  RateLimit limit;
  const Rate rate{2, 5};
  for (int i = 0; i < 5; ++i) EXPECT_EQ(limit.Wait(1, rate, kStart), seconds(0)) << i;
  EXPECT_EQ(limit.Wait(1, rate, kStart), seconds(1));
  EXPECT_EQ(limit.Wait(1, rate, kStart + milliseconds(499)), seconds(1));
  EXPECT_EQ(limit.Wait(1, rate, kStart + milliseconds(500)), seconds(0));
  EXPECT_EQ(limit.Wait(1, rate, kStart + milliseconds(500)), seconds(1));
}

TEST(RateLimit, SaysHowLongToWait) {
  RateLimit limit;
  const Rate rate{0.1, 1};
  EXPECT_EQ(limit.Wait(1, rate, kStart), seconds(0));
  EXPECT_EQ(limit.Wait(1, rate, kStart), seconds(10));
  EXPECT_EQ(limit.Wait(1, rate, kStart + milliseconds(8500)), seconds(2));
}

TEST(RateLimit, GivesEachClientItsOwn) {
  RateLimit limit;
  const Rate rate{1, 1};
  for (std::uint64_t client = 0; client < 1000; ++client)
    EXPECT_EQ(limit.Wait(client, rate, kStart), seconds(0)) << client;
  EXPECT_GT(limit.Wait(7, rate, kStart), seconds(0));
}

TEST(RateLimit, AFloodOfAddressesDoesNotKeepOutOthers) {
  RateLimit limit;
  const Rate rate{1, 1};
  std::uint64_t refused = 0;
  for (std::uint64_t client = 0; client < 3'000'000; ++client)
    refused += limit.Wait(client, rate, kStart).count() > 0 ? 1 : 0;
  EXPECT_EQ(refused, 0u);
}

TEST(ConnectionCount, LetsSoManyInAtATime) {
  ConnectionCount count;
  EXPECT_TRUE(count.Enter(1, 2));
  EXPECT_TRUE(count.Enter(1, 2));
  EXPECT_FALSE(count.Enter(1, 2));
  EXPECT_TRUE(count.Enter(2, 2));
  count.Leave(1);
  EXPECT_TRUE(count.Enter(1, 2));
}

TEST(ConnectionCount, OfNoneLetsNobodyIn) {
  ConnectionCount count;
  EXPECT_FALSE(count.Enter(1, 0));
}

}  // namespace
}  // namespace cityid
