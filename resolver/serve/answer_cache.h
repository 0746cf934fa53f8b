// Replies that were made already, of one loop.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "resolver/http/message.h"
#include "resolver/show/seen_before.h"

namespace cityid {

/// Keeps replies for one version of the ledger, bounded in bytes: what was not asked for since as
/// much again came in is dropped. A reply is kept from the second time on: who asks for everything
/// once costs no memory. Not thread-safe.
class AnswerCache {
 public:
  explicit AnswerCache(std::size_t bytes) : limit_(bytes / 2) {}

  /// Null if there is none of this version, or it is not fresh any more.
  SharedReply Find(std::string_view key, std::uint64_t version, std::chrono::sys_seconds now);
  /// What was made for a request that found nothing; dropped if it is of another version than was
  /// last asked for.
  void Offer(std::string_view key, std::uint64_t version, const SharedReply& reply);

 private:
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
  SeenBefore asked_;
};

}  // namespace cityid
