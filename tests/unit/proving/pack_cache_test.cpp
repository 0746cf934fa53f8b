// A pack is made once for a head, in memory that is bounded.
#include "resolver/proving/pack_cache.h"

#include "resolver/message/gzip.h"
#include "tests/unit/proving/pack_case.h"

namespace cityid {
namespace {

using testing::Below;
using testing::kNow;
using testing::PackTest;

class PackCacheTest : public PackTest {
 protected:
  PackCacheTest() { Assign("MA.156.1301"); }
  std::shared_ptr<const MadePack> Find(const std::string& prefix, const LedgerView& view,
                                       const std::optional<TreeSize>& since = {}) {
    const auto found = FindPack(Below(prefix), view, kNow, since, cache_);
    EXPECT_TRUE(found) << found.error().detail;
    return found ? *found : nullptr;
  }
  PackCache cache_{200'000};
};

TEST_F(PackCacheTest, APackIsMadeAndCompressedOnceForAHead) {
  const LedgerView view = ledger_.Read();
  const auto first = Find("MA.156", view);
  EXPECT_EQ(ToBytes(first->document()), Pack("MA.156"));
  EXPECT_EQ(*Gunzip(first->gzip(), kMaxPack), AsText(first->document()));
  const LedgerView again = ledger_.Read();
  EXPECT_EQ(Find("MA.156", again), first);
  EXPECT_EQ(Find("MA.156", again)->gzip().data(), first->gzip().data());
  EXPECT_NE(Find("MA.156.1301", view)->tag(), first->tag());
  Assign("MA.156.1302");
  EXPECT_NE(Find("MA.156", ledger_.Read())->tag(), first->tag());
}

TEST_F(PackCacheTest, ForAnotherSizeOnlyTheRestIsReadAgain) {
  const LedgerView first = ledger_.Read(), second = ledger_.Read();
  Find("MA.156", first);
  const auto since = Find("MA.156", second, TreeSize{1});
  EXPECT_EQ(ToBytes(since->document()), Pack("MA.156", TreeSize{1}));
  EXPECT_LT(second.work(), first.work() / 2);
}

TEST_F(PackCacheTest, OneThatIsTooLargeIsFoundOutOnceForAHead) {
  LedgerView bounded = ledger_.Read();
  bounded.Bound(5);
  ASSERT_FALSE(FindPack(Below("MA.156"), bounded, kNow, {}, cache_));
  const auto again = FindPack(Below("MA.156"), ledger_.Read(), kNow, {}, cache_);
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().code, Errc::kTooLarge);
  EXPECT_NE(again.error().detail.find("parts"), std::string::npos) << again.error().detail;
  Assign("MA.156.1302");
  EXPECT_TRUE(FindPack(Below("MA.156"), ledger_.Read(), kNow, {}, cache_));
}

TEST_F(PackCacheTest, NewerCosignaturesOfTheSameTreeAreANewPack) {
  const auto first = Find("MA.156", ledger_.Read());
  ledger_.Append({}, kNow + std::chrono::seconds(60));
  const LedgerView view = ledger_.Read();
  const auto second = FindPack(Below("MA.156"), view, kNow + std::chrono::seconds(60), {}, cache_);
  ASSERT_TRUE(second);
  EXPECT_NE((*second)->note(), first->note());
  EXPECT_NE((*second)->tag(), first->tag());
}

TEST_F(PackCacheTest, MemoryIsBoundedAndWhatIsAskedForStays) {
  const LedgerView view = ledger_.Read();
  HeadCache<int> cache(100'000);
  for (int i = 0; i < 200; ++i) {
    cache.Offer(std::to_string(i), view.head(), 990, std::make_shared<int>(i));
    EXPECT_NE(cache.Find("0", view.head()), nullptr) << i;
  }
  EXPECT_NE(cache.Find("199", view.head()), nullptr);
  EXPECT_EQ(cache.Find("1", view.head()), nullptr);
  cache.Offer("large", view.head(), 200'000, std::make_shared<int>(0));
  EXPECT_EQ(cache.Find("large", view.head()), nullptr);
  EXPECT_NE(cache.Find("199", view.head()), nullptr);
  Assign("MA.156.1302");
  EXPECT_EQ(cache.Find("199", ledger_.Read().head()), nullptr);
}

}  // namespace
}  // namespace cityid
