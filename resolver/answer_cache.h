// Replies that were made already, of one loop.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "resolver/http/message.h"

namespace cityid {

/// Keeps replies for one version of the ledger, bounded in bytes: what was not asked for since as
/// much again came in is dropped. A reply is kept from the second time on: who asks for everything
/// once costs no memory. Not thread-safe.
class AnswerCache {
 public:
  explicit AnswerCache(std::size_t bytes) : limit_(bytes / 2), asked_(kAsked) {}

  /// Null if there is none of this version, or it is not fresh any more.
  SharedReply Find(std::string_view key, std::uint64_t version, std::chrono::sys_seconds now);
  /// What was made for a request that found nothing; dropped if it is of another version than was
  /// last asked for.
  void Offer(std::string_view key, std::uint64_t version, const SharedReply& reply);

 private:
  static constexpr std::size_t kAsked = 32'768;
  void Put(std::string_view key, SharedReply reply);
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view key) const {
      return std::hash<std::string_view>()(key);
    }
  };
  using Replies = std::unordered_map<std::string, SharedReply, Hash, std::equal_to<>>;
  void Forget(std::uint64_t version);

  const std::size_t limit_;  ///< bytes of a generation
  std::uint64_t version_ = 0;
  Replies young_, old_;
  std::size_t young_bytes_ = 0;
  std::vector<std::uint32_t> asked_;  ///< hashes of what was asked for once, by their low bits
};

}  // namespace cityid
