#include "ledger/consortium/waiting_room.h"

#include <algorithm>
#include <random>

namespace cityid {
namespace {

using std::chrono::sys_seconds;

std::string PrefixAbove(const std::string& subject) {
  const auto end = subject.rfind('.');
  return end == std::string::npos ? std::string() : subject.substr(0, end);
}

/// Returns the key with the largest count.
template <class Key>
Key Fullest(const std::map<Key, std::size_t>& counts) {
  return std::ranges::max_element(counts, {}, [](const auto& each) { return each.second; })->first;
}

}  // namespace

std::vector<DraftId> WaitedTooLong(const WaitingById& waiting, const RegistryLimits& limits,
                                   sys_seconds now) {
  std::vector<DraftId> ids;
  for (const auto& [id, each] : waiting) {
    const bool late = each.not_after < static_cast<std::uint64_t>(now.time_since_epoch().count());
    const bool unsupported = !each.supported && each.received + limits.unsupported_wait < now;
    if (late || unsupported) ids.push_back(id);
  }
  return ids;
}

std::optional<DraftId> WhoLeaves(const WaitingById& waiting, const Waiting& newcomer) {
  std::map<std::string, std::size_t> prefixes{{PrefixAbove(newcomer.subject), 1}};
  for (const auto& [id, each] : waiting) {
    if (!each.supported) ++prefixes[PrefixAbove(each.subject)];
  }
  const std::string prefix = Fullest(prefixes);
  const auto is_there = [&](const Waiting& each) {
    return !each.supported && PrefixAbove(each.subject) == prefix;
  };
  std::map<std::uint64_t, std::size_t> clients;
  if (is_there(newcomer)) ++clients[newcomer.client];
  for (const auto& [id, each] : waiting) {
    if (is_there(each)) ++clients[each.client];
  }
  const std::uint64_t client = Fullest(clients);
  if (is_there(newcomer) && newcomer.client == client) return std::nullopt;
  std::optional<DraftId> first;
  sys_seconds came = sys_seconds::max();
  for (const auto& [id, each] : waiting) {
    if (!is_there(each) || each.client != client || each.received >= came) continue;
    first = id;
    came = each.received;
  }
  return first;
}

ClientHash::ClientHash() {
  std::random_device random;
  for (std::uint32_t& word : secret_) word = random();
}

std::uint64_t ClientHash::Of(std::uint64_t client) const {
  if (client == 0) return 0;
  Bytes bytes;
  for (const std::uint32_t word : secret_) AppendBigEndian(bytes, word);
  AppendBigEndian(bytes, client);
  return std::max<std::uint64_t>(ReadBigEndian(Sha256(bytes).view().first(8)), 1);
}

std::size_t CountOfClient(const WaitingById& waiting, std::uint64_t client) {
  return static_cast<std::size_t>(std::ranges::count_if(waiting, [&](const auto& each) {
    return !each.second.supported && each.second.client == client;
  }));
}

std::vector<std::pair<std::uint64_t, std::size_t>> FullestClients(const WaitingById& waiting,
                                                                  std::size_t count) {
  std::map<std::uint64_t, std::size_t> counts;
  for (const auto& [id, each] : waiting) {
    if (!each.supported && each.client != 0) ++counts[each.client];
  }
  std::vector<std::pair<std::uint64_t, std::size_t>> fullest(counts.begin(), counts.end());
  std::ranges::sort(fullest, std::ranges::greater(), [](const auto& each) { return each.second; });
  if (fullest.size() > count) fullest.resize(count);
  return fullest;
}

}  // namespace cityid
