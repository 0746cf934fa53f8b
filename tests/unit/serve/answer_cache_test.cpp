#include "resolver/serve/answer_cache.h"

#include <gtest/gtest.h>

namespace cityid {
namespace {

using std::chrono::seconds;
using std::chrono::sys_seconds;

constexpr sys_seconds kNow{seconds(1'800'000'000)};

SharedReply ReplyOf(const std::string& body, sys_seconds fresh_until = kNow + seconds(60)) {
  Response response;
  response.body = body;
  response.fresh_until = fresh_until;
  return Prepare(std::move(response));
}

class AnswerCacheTest : public ::testing::Test {
 protected:
  /// A request that finds nothing, and what becomes of its answer.
  void Ask(const std::string& key, std::uint64_t version = 1) {
    if (!cache_.Find(key, version, kNow).reply) cache_.Offer(key, version, {ReplyOf(key)});
  }
  bool Has(const std::string& key, std::uint64_t version = 1, sys_seconds now = kNow) {
    const auto reply = cache_.Find(key, version, now).reply;
    if (reply) {
      EXPECT_EQ(reply->body, key);
    }
    return reply != nullptr;
  }
  AnswerCache cache_{64 * 1024};
};

TEST_F(AnswerCacheTest, KeepsFromTheSecondTimeOn) {
  Ask("a");
  EXPECT_FALSE(Has("a"));
  Ask("a");
  EXPECT_TRUE(Has("a"));
  EXPECT_FALSE(Has("b"));
}

TEST_F(AnswerCacheTest, ForgetsWithTheVersion) {
  Ask("a");
  Ask("a");
  EXPECT_FALSE(Has("a", 2));
  EXPECT_FALSE(Has("a", 1));
}

TEST_F(AnswerCacheTest, DropsWhatIsOfAnotherVersionThanWasAskedFor) {
  Ask("a");
  EXPECT_FALSE(cache_.Find("a", 2, kNow).reply);
  cache_.Offer("a", 1, {ReplyOf("a")});
  cache_.Offer("a", 1, {ReplyOf("a")});
  EXPECT_FALSE(Has("a", 2));
  EXPECT_FALSE(Has("a", 1));
}

TEST_F(AnswerCacheTest, FindsNothingThatIsNotFresh) {
  Ask("a");
  Ask("a");
  EXPECT_TRUE(Has("a", 1, kNow + seconds(59)));
  EXPECT_FALSE(Has("a", 1, kNow + seconds(60)));
}

TEST_F(AnswerCacheTest, WhatIsAskedForAgainOutlivesAnyNumberOfOthers) {
  Ask("a");
  Ask("a");
  for (int i = 0; i < 10'000; ++i) {
    const std::string other = "other " + std::to_string(i);
    Ask(other);
    Ask(other);
    if (i % 50 == 0) {
      ASSERT_TRUE(Has("a")) << i;
    }
  }
}

TEST_F(AnswerCacheTest, WhatIsAskedForOnceEvictsNothing) {
  Ask("a");
  Ask("a");
  for (int i = 0; i < 100'000; ++i) Ask("once " + std::to_string(i));
  EXPECT_TRUE(Has("a"));
}

TEST_F(AnswerCacheTest, IsBounded) {
  std::size_t kept = 0;
  for (int i = 0; i < 1000; ++i) {
    Ask("key " + std::to_string(i));
    Ask("key " + std::to_string(i));
  }
  for (int i = 0; i < 1000; ++i) kept += Has("key " + std::to_string(i)) ? 1 : 0;
  EXPECT_GT(kept, 50u);
  EXPECT_LT(kept, 64u * 1024 / 256);  // what each costs at the least
}

TEST_F(AnswerCacheTest, OfNoBytesKeepsNothing) {
  AnswerCache none(0);
  for (int i = 0; i < 3; ++i) none.Offer("a", 0, {ReplyOf("a")});
  EXPECT_FALSE(none.Find("a", 0, kNow).reply);
}

}  // namespace
}  // namespace cityid
