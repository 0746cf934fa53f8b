// Who may wait in a registry's inbox, and who leaves it for others.
#include "ledger/consortium/waiting_room.h"

#include <gtest/gtest.h>

#include "codec/files/file.h"
#include "tests/world/temporary_directory.h"

namespace cityid {
namespace {

using std::chrono::days;
using std::chrono::seconds;
using std::chrono::sys_seconds;

constexpr sys_seconds kStart{seconds(1'800'000'000)};

/// An inbox with applications in the order in which they came.
class Room {
 public:
  static Waiting Of(const std::string& subject, std::uint64_t client, bool supported = false) {
    return {subject, 2'000'000'000, supported, false, false, kStart, client};
  }
  DraftId Add(Waiting waiting) {
    DraftId id = *DraftId::From(Sha256(AsBytes(std::to_string(waiting_.size()))).view());
    waiting.received = kStart + seconds(waiting_.size());
    waiting_[id] = std::move(waiting);
    return id;
  }
  std::optional<DraftId> LeavesFor(const Waiting& newcomer) const {
    return WhoLeaves(waiting_, newcomer);
  }
  WaitingById& waiting() { return waiting_; }

 private:
  WaitingById waiting_;
};

TEST(WaitingRoom, AFloodAboutOnePrefixPushesOutItself) {
  Room room;
  room.Add(Room::Of("MA.156.1301", 1));
  const DraftId flood = room.Add(Room::Of("MA.840.F", 1000));
  for (std::uint64_t i = 1; i < 50; ++i)
    room.Add(Room::Of("MA.840.F" + std::to_string(i), 1000 + i));
  EXPECT_EQ(room.LeavesFor(Room::Of("MA.156.1302", 2)), flood);
  EXPECT_EQ(room.LeavesFor(Room::Of("MA.840.NEW", 3)), flood);
}

TEST(WaitingRoom, AFloodOfFewClientsPushesOutItselfAboutWhateverItIs) {
  Room room;
  for (std::uint64_t i = 0; i < 20; ++i) room.Add(Room::Of("MA.156.C" + std::to_string(i), 10 + i));
  const DraftId flood = room.Add(Room::Of("AA.000.F", 1));
  for (int i = 1; i < 30; ++i) room.Add(Room::Of("A" + std::to_string(i) + ".001.F", 1));
  for (int i = 0; i < 29; ++i) room.Add(Room::Of("B" + std::to_string(i) + ".001.F", 2));
  EXPECT_EQ(room.LeavesFor(Room::Of("MA.156.NEW", 3)), flood);
  EXPECT_EQ(room.LeavesFor(Room::Of("CC.001.F", 3)), flood) << "another client of the flood";
  EXPECT_EQ(room.LeavesFor(Room::Of("CC.001.F", 1)), std::nullopt) << "nobody leaves for itself";
}

TEST(WaitingRoom, ThoseOfUnknownClientsAreNotOneClient) {
  Room room;
  for (int i = 0; i < 20; ++i) room.Add(Room::Of("MA.156.C" + std::to_string(i), 0));
  const DraftId flood = room.Add(Room::Of("MA.840.F0", 1));
  for (int i = 1; i < 17; ++i) room.Add(Room::Of("MA.840.F" + std::to_string(i), 1));
  EXPECT_EQ(room.LeavesFor(Room::Of("MA.156.NEW", 2)), flood);
  EXPECT_EQ(room.LeavesFor(Room::Of("MA.156.NEW", 0)), flood);
}

TEST(WaitingRoom, OneOfAnUnknownClientLeavesForAnotherOfAnUnknownClient) {
  Room room;
  const DraftId first = room.Add(Room::Of("MA.156.1301", 0));
  for (int i = 0; i < 20; ++i) room.Add(Room::Of("MA.156.C" + std::to_string(i), 0));
  EXPECT_EQ(room.LeavesFor(Room::Of("MA.156.NEW", 0)), first);
}

TEST(WaitingRoom, SupportedOnesLeaveForSupportedOnesAlone) {
  Room room;
  room.Add(Room::Of("MA.156.1302", 1, true));
  // A city signs applications below it, and their new keys never do.
  const DraftId flood = room.Add(Room::Of("MA.156.1301.F", 2, true));
  for (std::uint64_t i = 1; i < 20; ++i)
    room.Add(Room::Of("MA.156.1301.F" + std::to_string(i), 2 + i, true));
  const DraftId alone = room.Add(Room::Of("MA.156.1303", 1));
  EXPECT_EQ(room.LeavesFor(Room::Of("MA.156.1304", 1, true)), flood);
  EXPECT_EQ(room.LeavesFor(Room::Of("MA.156.1304", 2)), alone);
  for (auto& [id, each] : room.waiting()) each.complete = each.supported;
  EXPECT_EQ(room.LeavesFor(Room::Of("MA.156.1304", 1, true)), std::nullopt)
      << "what only waits for its place stays";
}

TEST(WaitingRoom, WhatNobodySupportsWaitsLessLong) {
  Room room;
  const DraftId alone = room.Add(Room::Of("MA.156.1301", 1));
  const DraftId supported = room.Add(Room::Of("MA.156.1302", 1, true));
  room.waiting()[supported].not_after =
      static_cast<std::uint64_t>((kStart + days(30)).time_since_epoch().count());
  const RegistryLimits limits;
  EXPECT_TRUE(WaitedTooLong(room.waiting(), limits, kStart + days(14)).empty());
  EXPECT_EQ(WaitedTooLong(room.waiting(), limits, kStart + days(15)), std::vector{alone});
  EXPECT_EQ(WaitedTooLong(room.waiting(), limits, kStart + days(31)).size(), 2u);
}

TEST(WaitingRoom, CountsOfClients) {
  Room room;
  for (int i = 0; i < 3; ++i) room.Add(Room::Of("MA.156.A" + std::to_string(i), 7));
  room.Add(Room::Of("MA.156.B", 8));
  room.Add(Room::Of("MA.156.C", 8, true));
  room.Add(Room::Of("MA.156.D", 0));
  EXPECT_EQ(CountOfClient(room.waiting(), 7), 3u);
  EXPECT_EQ(CountOfClient(room.waiting(), 8), 1u);
  using Counts = std::vector<std::pair<std::uint64_t, std::size_t>>;
  EXPECT_EQ(FullestClients(room.waiting(), 5), (Counts{{7, 3}, {8, 1}}));
  EXPECT_EQ(FullestClients(room.waiting(), 1), (Counts{{7, 3}}));
}

TEST(WaitingRoom, TheSecretIsKeptForItsOwnerOnly) {
  const TemporaryDirectory scratch;
  const auto file = scratch.path() / "clients.key";
  const auto of_seven = [&](bool anew) { return ClientHash::Open(file, anew)->Of(7); };
  const std::uint64_t first = of_seven(false);
  EXPECT_EQ(std::filesystem::status(file).permissions(), std::filesystem::perms(0600));
  EXPECT_EQ(of_seven(false), first);
  const std::uint64_t second = of_seven(true);
  EXPECT_NE(second, first);
  // What others could read keeps nothing from them.
  std::filesystem::permissions(file, std::filesystem::perms(0644));
  EXPECT_NE(of_seven(false), second);
  EXPECT_EQ(std::filesystem::status(file).permissions(), std::filesystem::perms(0600));
  ASSERT_TRUE(WriteFile(file, AsBytes("short"), 0600));
  EXPECT_NE(of_seven(false), 0U);
}

TEST(WaitingRoom, AClientIsAHashWithASecret) {
  const ClientHash one, other;
  EXPECT_EQ(one.Of(0), 0u);
  EXPECT_EQ(one.Of(1), one.Of(1));
  EXPECT_NE(one.Of(1), one.Of(2));
  EXPECT_NE(one.Of(1), other.Of(1));
  EXPECT_NE(one.Of(1), 1u);
}

}  // namespace
}  // namespace cityid
