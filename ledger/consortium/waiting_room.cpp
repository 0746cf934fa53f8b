#include "ledger/consortium/waiting_room.h"

#include <algorithm>
#include <array>
#include <random>

#include "codec/files/file.h"
#include "codec/time_text.h"

namespace cityid {
namespace {

using std::chrono::sys_seconds;

/// A client with at most so many applications does not count as flooding.
constexpr std::size_t kFairShare = 16;
constexpr std::size_t kSecretSize = 32;

std::string PrefixAbove(const std::string& subject) {
  const auto end = subject.rfind('.');
  return end == std::string::npos ? std::string() : subject.substr(0, end);
}

}  // namespace

std::vector<DraftId> WaitedTooLong(const WaitingById& waiting, const RegistryLimits& limits,
                                   sys_seconds now) {
  std::vector<DraftId> ids;
  for (const auto& [id, each] : waiting) {
    // What is complete is refused when its turn comes, and remembered.
    const bool late = !each.complete && each.not_after < SecondsOf(now);
    const bool unsupported =
        !each.supported && !each.complete && each.received + limits.unsupported_wait < now;
    if (late || unsupported) ids.push_back(id);
  }
  return ids;
}

std::optional<DraftId> WhoLeaves(const WaitingById& waiting, const Waiting& newcomer) {
  std::map<std::uint64_t, std::size_t> clients;
  std::map<std::string, std::size_t> prefixes;
  const auto count = [&](const Waiting& each) {
    ++clients[each.client];
    ++prefixes[PrefixAbove(each.subject)];
  };
  const auto may_leave = [&](const Waiting& each) {
    return each.supported == newcomer.supported && !each.complete;
  };
  count(newcomer);
  for (const auto& [id, each] : waiting) {
    if (may_leave(each)) count(each);
  }
  clients[0] = 1;  // nothing says that they are one
  std::optional<DraftId> leaves;
  std::array<std::size_t, 3> most{};
  const Waiting* first = nullptr;
  for (const auto& [id, each] : waiting) {
    if (!may_leave(each)) continue;
    const std::size_t of_client = clients[each.client];
    const std::array crowd{std::max(of_client, kFairShare), prefixes[PrefixAbove(each.subject)],
                           of_client};
    if (first && (crowd < most || (crowd == most && each.received >= first->received))) continue;
    leaves = id;
    most = crowd;
    first = &each;
  }
  if (first && newcomer.client != 0 && first->client == newcomer.client) return std::nullopt;
  return leaves;
}

ClientHash::ClientHash() {
  std::random_device random;
  while (secret_.size() < kSecretSize) AppendBigEndian(secret_, random(), 4);
}

Result<ClientHash> ClientHash::Open(const std::filesystem::path& file, bool anew) {
  ClientHash hash;
  const auto kept = ReadPrivateFile(file, kSecretSize);
  if (!anew && kept && kept->size() == kSecretSize) {
    hash.secret_ = *kept;
  } else if (const auto written = WriteFile(file, hash.secret_, 0600); !written) {
    return written.error();
  }
  return hash;
}

std::uint64_t ClientHash::Of(std::uint64_t client) const {
  if (client == 0) return 0;
  Bytes bytes = secret_;
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
