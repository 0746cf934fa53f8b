#include "cli/batch/plan.h"

#include <gtest/gtest.h>

#include "tests/world/temporary_directory.h"

namespace cityid::cli {
namespace {

PlannedRow Row(std::uint64_t number) {
  const std::string text = std::to_string(number);
  return {number, Sha256(AsBytes(text)), number % 2 == 0 ? Sha256Hash() : Sha256(AsBytes("d")),
          static_cast<std::uint32_t>(1000 + number),
          std::chrono::sys_seconds(std::chrono::seconds(1'800'000'000 + number))};
}

class Plan : public ::testing::Test {
 protected:
  std::filesystem::path file() const { return directory_ / "plan"; }
  Result<BatchPlan> Open(const std::string& terms = "host a\nkey b\n") {
    return BatchPlan::Open(file(), terms, "out");
  }
  void ExpectHas(const BatchPlan& plan, std::uint64_t number) {
    const auto found = plan.Find(number);
    ASSERT_TRUE(found && *found) << number;
    const PlannedRow& row = **found;
    EXPECT_EQ(row.number, number);
    EXPECT_EQ(row.row, Row(number).row);
    EXPECT_EQ(row.document, Row(number).document);
    EXPECT_EQ(row.serial, Row(number).serial);
    EXPECT_EQ(row.issued_at, Row(number).issued_at);
  }
  void ExpectHasNot(const BatchPlan& plan, std::uint64_t number) {
    const auto found = plan.Find(number);
    ASSERT_TRUE(found);
    EXPECT_FALSE(*found) << number;
  }

  TemporaryDirectory directory_;
};

TEST_F(Plan, KeepsWhatRowsWereGivenInAnyOrder) {
  {
    auto plan = Open();
    ASSERT_TRUE(plan);
    ExpectHasNot(*plan, 1);
    const std::vector<PlannedRow> rows = {Row(9), Row(2), Row(500)};
    ASSERT_TRUE(plan->MakeRoom(600));
    ASSERT_TRUE(plan->Write(rows));
  }
  const auto plan = Open();
  ASSERT_TRUE(plan);
  for (const std::uint64_t number : {2, 9, 500}) ExpectHas(*plan, number);
  for (const std::uint64_t number : {1, 3, 8, 10, 499, 501, 600, 601, 1'000'000})
    ExpectHasNot(*plan, number);
}

TEST_F(Plan, APlaceWithAnyOtherByteHoldsNothing) {
  const std::vector<PlannedRow> rows = {Row(1), Row(2), Row(3)};
  ASSERT_TRUE(Open()->Write(rows));
  const Bytes content = *ReadFile(file(), 1 << 20);
  constexpr std::size_t kPlace = 1024 + 80;
  for (std::size_t i = 0; i < 80; ++i) {
    Bytes torn = content;
    torn[kPlace + i] ^= 0x40;
    ASSERT_TRUE(WriteFile(file(), torn));
    const auto plan = Open();
    ASSERT_TRUE(plan);
    ExpectHas(*plan, 1);
    ExpectHasNot(*plan, 2);
    ExpectHas(*plan, 3);
  }
  // Nor does one that belongs to another row.
  Bytes moved = content;
  std::copy_n(content.begin() + 1024, 80, moved.begin() + kPlace);
  ASSERT_TRUE(WriteFile(file(), moved));
  ExpectHasNot(*Open(), 2);
}

TEST_F(Plan, EndsWhereItsWriterStopped) {
  const std::vector<PlannedRow> rows = {Row(1), Row(2)};
  ASSERT_TRUE(Open()->Write(rows));
  const Bytes content = *ReadFile(file(), 1 << 20);
  for (std::size_t size = 0; size < content.size(); size += 7) {
    ASSERT_TRUE(WriteFile(file(), ByteView(content).first(size)));
    const auto plan = Open();
    ASSERT_TRUE(plan) << size;
    ExpectHasNot(*plan, 2);
  }
}

TEST_F(Plan, IsOpenInOnePlaceAtATime) {
  const auto first = Open();
  ASSERT_TRUE(first);
  const auto second = Open();
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, Errc::kBusy);
}

TEST_F(Plan, SaysWhichTermIsAnother) {
  ASSERT_TRUE(Open());
  const auto other = Open("host a\nkey c\n");
  ASSERT_FALSE(other);
  EXPECT_EQ(other.error().code, Errc::kRefused);
  EXPECT_NE(other.error().detail.find("'key b', and not with 'key c'"), std::string::npos)
      << other.error().detail;
  EXPECT_FALSE(Open("host a\nkey b\n--bare\n"));
  EXPECT_TRUE(Open());
}

TEST_F(Plan, LeavesAnotherFileAlone) {
  const std::string notes = "notes that somebody keeps here";
  ASSERT_TRUE(WriteFile(file(), AsBytes(notes)));
  const auto plan = Open();
  ASSERT_FALSE(plan);
  EXPECT_EQ(plan.error().code, Errc::kMalformed);
  EXPECT_EQ(AsText(*ReadFile(file(), 100)), notes);
}

}  // namespace
}  // namespace cityid::cli
