#include "ledger/sync/log_files.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

#include "ledger/sync/source.h"
#include "tests/world/consortium.h"

namespace cityid {
namespace {

using testing::Consortium;
using testing::kNow;
using testing::ScratchDirectory;

constexpr std::uint64_t kLargest = ~std::uint64_t{0} >> 1;

/// What stands behind "tile/".
std::string NameOf(const LogFile& file) { return file.path().substr(5); }

TEST(LogFilePath, IsThatOfTlogTiles) {
  EXPECT_EQ((LogFile{0, 0, 256}).path(), "tile/0/000");
  EXPECT_EQ((LogFile{0, 999, 256}).path(), "tile/0/999");
  EXPECT_EQ((LogFile{0, 1000, 256}).path(), "tile/0/x001/000");
  EXPECT_EQ((LogFile{3, 1234067, 256}).path(), "tile/3/x001/x234/067");
  EXPECT_EQ((LogFile{1, 1234067, 5}).path(), "tile/1/x001/x234/067.p/5");
  EXPECT_EQ((LogFile{{}, 1234067, 256}).path(), "tile/entries/x001/x234/067");
  EXPECT_EQ((LogFile{{}, 0, 255}).path(), "tile/entries/000.p/255");
  EXPECT_EQ((LogFile{{}, 1'000'000, 1}).path(), "tile/entries/x001/x000/000.p/1");
}

TEST(LogFilePath, ParsesToWhatItWasWrittenFrom) {
  for (const auto& level : {std::optional<std::uint8_t>(), std::optional<std::uint8_t>(0),
                            std::optional<std::uint8_t>(1), std::optional<std::uint8_t>(7)}) {
    for (const std::uint64_t number :
         {std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{99}, std::uint64_t{100},
          std::uint64_t{999}, std::uint64_t{1000}, std::uint64_t{1234067}, std::uint64_t{999'999},
          std::uint64_t{1'000'000}, (std::uint64_t{1} << 56) - 1}) {
      for (const std::uint32_t width : {1u, 2u, 99u, 255u, 256u}) {
        const LogFile file{level, number, width};
        EXPECT_EQ(LogFile::Parse(NameOf(file)), file) << file.path();
      }
    }
  }
}

TEST(LogFilePath, HasOneSpelling) {
  for (const char* name : {"",
                           "/",
                           "0",
                           "0/",
                           "0/0",
                           "0/00",
                           "0/0000",
                           "0/1000",
                           "00/000",
                           "01/000",
                           "8/000",
                           "-1/000",
                           "+1/000",
                           "x/000",
                           "256/000",
                           "0/-01",
                           "0/00a",
                           "0/ 00",
                           " 0/000",
                           "0/000 ",
                           "0/000/",
                           "0//000",
                           "0/x000/000",
                           "0/x000/001",
                           "0/x001",
                           "0/x001/",
                           "0/x1/000",
                           "0/x01/000",
                           "0/x0001/000",
                           "0/X001/000",
                           "0/001/000",
                           "0/x001/x000",
                           "0/x001/0",
                           "0/x001/0000",
                           "0/x000/x001/000",
                           "0/x001x000/000",
                           "0/000.p",
                           "0/000.p/",
                           "0/000.p/0",
                           "0/000.p/00",
                           "0/000.p/01",
                           "0/000.p/256",
                           "0/000.p/257",
                           "0/000.p/-1",
                           "0/000.p/+1",
                           "0/000.p/1 ",
                           "0/000.p/1/",
                           "0/000.p/1.p/1",
                           "0/000.P/1",
                           "0/000p/1",
                           "0/000.p/999999999999999999999",
                           "0/.p/1",
                           "0/x001.p/1/000",
                           "entries",
                           "entries/",
                           "entries/0",
                           "entries/0/000",
                           "Entries/000",
                           "entries//000",
                           "entries/000.p/0",
                           "entries/000.p/256",
                           "entry/000",
                           "data/000",
                           "tile/0/000",
                           "/0/000",
                           "./0/000",
                           "0/../000",
                           "0/000%2e",
                           "0/\xd9\xa0"
                           "00",
                           "0/x999/x999/x999/x999/x999/x999/x999/x999/999",
                           "0/x000/x000/x000/x000/x000/x000/x000/x000/x000/x000/x000/000"}) {
    EXPECT_FALSE(LogFile::Parse(name)) << name;
  }
  EXPECT_FALSE(LogFile::Parse(std::string_view("0/000\0", 6)));
  EXPECT_FALSE(LogFile::Parse(std::string(1 << 20, '0')));
  EXPECT_FALSE(LogFile::Parse("0/" + std::string(1 << 20, '9')));
}

std::vector<std::string> NamesSince(std::uint64_t old_size, std::uint64_t size) {
  std::vector<std::string> names;
  for (const LogFile& file : LogFilesSince(TreeSize{old_size}, TreeSize{size}))
    names.push_back(NameOf(file));
  return names;
}

using Names = std::vector<std::string>;

TEST(LogFilesSince, NamesEverythingOfANewLog) {
  EXPECT_EQ(NamesSince(0, 0), Names{});
  EXPECT_EQ(NamesSince(0, 1), (Names{"entries/000.p/1", "0/000.p/1"}));
  EXPECT_EQ(NamesSince(0, 256), (Names{"entries/000", "0/000", "1/000.p/1"}));
  EXPECT_EQ(NamesSince(0, 257),
            (Names{"entries/000", "entries/001.p/1", "0/000", "0/001.p/1", "1/000.p/1"}));
}

TEST(LogFilesSince, NamesOnlyWhatIsNew) {
  EXPECT_EQ(NamesSince(257, 257), Names{});
  EXPECT_EQ(NamesSince(257, 258), (Names{"entries/001.p/2", "0/001.p/2"}));
  EXPECT_EQ(NamesSince(255, 256), (Names{"entries/000", "0/000", "1/000.p/1"}));
  EXPECT_EQ(NamesSince(256, 257), (Names{"entries/001.p/1", "0/001.p/1"}));
  EXPECT_EQ(NamesSince(511, 513),
            (Names{"entries/001", "entries/002.p/1", "0/001", "0/002.p/1", "1/000.p/2"}));
  EXPECT_EQ(NamesSince(65535, 65536), (Names{"entries/255", "0/255", "1/000", "2/000.p/1"}));
}

TEST(LogFilesSince, TogetherWithWhatWasThereIsEverything) {
  for (const std::uint64_t size : {1, 2, 255, 256, 257, 511, 512, 513, 1000, 65535, 65536, 65537}) {
    const auto whole = NamesSince(0, size);
    EXPECT_EQ(std::set(whole.begin(), whole.end()).size(), whole.size()) << size;
    for (const std::uint64_t old_size : {0, 1, 200, 256, 300, 512, 999, 65535}) {
      if (old_size > size) continue;
      auto all = NamesSince(0, old_size);
      for (const std::string& name : NamesSince(old_size, size)) {
        EXPECT_EQ(std::ranges::count(all, name), 0) << old_size << " to " << size << ": " << name;
        all.push_back(name);
      }
      for (const std::string& name : whole)
        EXPECT_EQ(std::ranges::count(all, name), 1) << old_size << " to " << size << ": " << name;
    }
  }
}

Bytes BundleOf(const std::vector<Bytes>& entries) {
  Bytes bundle;
  for (const Bytes& entry : entries) {
    bundle.push_back(static_cast<std::uint8_t>(entry.size() >> 8));
    bundle.push_back(static_cast<std::uint8_t>(entry.size()));
    bundle.insert(bundle.end(), entry.begin(), entry.end());
  }
  return bundle;
}

const std::vector<Bytes>& SomeEntries() {
  static const std::vector<Bytes> entries = {{1, 2, 3}, {}, Bytes(300, 7), {4}};
  return entries;
}

TEST(ParseBundle, GivesTheEntries) {
  const Bytes bundle = BundleOf(SomeEntries());
  const auto entries = ParseBundle(bundle, 4);
  ASSERT_TRUE(entries) << entries.error().detail;
  ASSERT_EQ(entries->size(), 4u);
  for (std::size_t i = 0; i < 4; ++i) EXPECT_TRUE(Equal((*entries)[i], SomeEntries()[i])) << i;
}

TEST(ParseBundle, RefusesAnotherNumberOfEntries) {
  for (const std::uint32_t width : {0u, 1u, 3u, 5u, 256u}) {
    const auto entries = ParseBundle(BundleOf(SomeEntries()), width);
    ASSERT_FALSE(entries) << width;
    EXPECT_EQ(entries.error().code, Errc::kMalformed) << width;
  }
  EXPECT_FALSE(ParseBundle({}, 1));
}

TEST(ParseBundle, RefusesWhatIsCutOrHasMore) {
  const Bytes bundle = BundleOf(SomeEntries());
  for (std::size_t size = 0; size < bundle.size(); ++size)
    EXPECT_FALSE(ParseBundle(ByteView(bundle).first(size), 4)) << size;
  for (const std::uint8_t byte : {std::uint8_t{0}, std::uint8_t{1}}) {
    Bytes longer = bundle;
    longer.push_back(byte);
    EXPECT_FALSE(ParseBundle(longer, 4));
  }
}

TEST(ParseBundle, RefusesMoreThanABundleOfRecordsTakes) {
  const auto entries = ParseBundle(Bytes(kMaxBundle + 1), 256);
  ASSERT_FALSE(entries);
  EXPECT_EQ(entries.error().code, Errc::kTooLarge);
}

TEST(Narrow, IsTheBeginningOfAnEntryBundle) {
  const auto& entries = SomeEntries();
  const Bytes full = BundleOf(entries);
  for (std::uint32_t width = 1; width <= 4; ++width) {
    const auto narrow = Narrow({{}, 0, width}, full);
    ASSERT_TRUE(narrow) << width;
    EXPECT_EQ(*narrow, BundleOf({entries.begin(), entries.begin() + width})) << width;
  }
  EXPECT_FALSE(Narrow({{}, 0, 5}, full));
}

TEST(Narrow, IsTheBeginningOfATile) {
  Bytes full(256 * 32);
  for (std::size_t i = 0; i < full.size(); ++i) full[i] = static_cast<std::uint8_t>(i / 32);
  for (const std::uint32_t width : {1u, 5u, 255u, 256u}) {
    const auto narrow = Narrow({0, 0, width}, full);
    ASSERT_TRUE(narrow) << width;
    EXPECT_EQ(*narrow, Bytes(full.begin(), full.begin() + width * 32)) << width;
  }
  const auto short_one = Narrow({0, 7, 2}, ByteView(full).first(63));
  ASSERT_FALSE(short_one);
  EXPECT_EQ(short_one.error().code, Errc::kMalformed);
  EXPECT_NE(short_one.error().detail.find("tile/0/007.p/2"), std::string::npos);
}

TEST(Narrow, RefusesABundleThatIsCut) {
  const Bytes full = BundleOf(SomeEntries());
  for (std::size_t size = 0; size < full.size(); ++size)
    EXPECT_FALSE(Narrow({{}, 0, 4}, ByteView(full).first(size))) << size;
}

TEST(ReadLogFile, HasExactlyTheFilesOfItsSize) {
  const ScratchDirectory scratch;
  const Consortium consortium;
  auto replica = Replica::Create(scratch.path() / "ledger", consortium.genesis(), kNow);
  ASSERT_TRUE(replica);
  std::vector<Bytes> entries;
  for (std::uint8_t i = 0; i < 255; ++i) entries.push_back({i});
  ASSERT_TRUE(replica->Append(entries, kNow, Refused::kKept));
  const auto view = replica->Read();
  const TreeSize size = view->head().size;
  ASSERT_EQ(size, TreeSize{258});
  const auto there = [&](const LogFile& file) {
    const auto content = ReadLogFile(*view, size, file);
    EXPECT_TRUE(content) << file.path();
    EXPECT_EQ(file.IsIn(size), content->has_value()) << file.path();
    if (content->has_value()) EXPECT_EQ(*LogFileLength(*view, file), (*content)->size());
    return content->has_value();
  };
  for (const auto& level : {std::optional<std::uint8_t>(), std::optional<std::uint8_t>(0)}) {
    EXPECT_TRUE(there({level, 0, 256}));
    EXPECT_TRUE(there({level, 0, 17})) << "one that was there at an earlier size";
    EXPECT_TRUE(there({level, 1, 1}));
    EXPECT_TRUE(there({level, 1, 2}));
    EXPECT_FALSE(there({level, 1, 3}));
    EXPECT_FALSE(there({level, 1, 256}));
    EXPECT_FALSE(there({level, 2, 1}));
    EXPECT_FALSE(there({level, kLargest >> 8, 256}));
  }
  EXPECT_TRUE(there({1, 0, 1}));
  EXPECT_FALSE(there({1, 0, 2}));
  EXPECT_FALSE(there({2, 0, 1}));
  const auto bundle = ReadLogFile(*view, size, {{}, 1, 2});
  const auto parsed = ParseBundle(**bundle, 2);
  ASSERT_TRUE(parsed);
  EXPECT_TRUE(Equal((*parsed)[0], Bytes{254}));
  EXPECT_TRUE(Equal((*parsed)[1], *view->Entry(Index{257})));
  const auto tile = ReadLogFile(*view, size, {0, 1, 2});
  EXPECT_TRUE(Equal(ByteView(**tile).first(32), HashLeaf(Bytes{254}).view()));
  const auto upper = ReadLogFile(*view, size, {1, 0, 1});
  EXPECT_TRUE(Equal(**upper, HashOfRange(*view, 0, 256)->view()));
}

}  // namespace
}  // namespace cityid
