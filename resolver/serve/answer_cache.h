// The replies that a loop has made already.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "resolver/answer/verdict.h"
#include "resolver/message/message.h"
#include "resolver/show/seen_before.h"

namespace cityid {

/// A reply, and the verdict that it tells, if it tells one.
struct Answered {
  SharedReply reply;  ///< null: there is none
  std::optional<Verdict> verdict = {};
};

/// Keeps replies of one version of the ledger, bounded in bytes. There are two generations: a reply
/// that was not asked for while half of the bytes came in anew is dropped. A reply is kept from the
/// second time on, so that asking for everything once costs no memory. Not thread-safe.
class AnswerCache {
 public:
  explicit AnswerCache(std::size_t bytes) : limit_(bytes / 2) {}

  /// Finds a reply of this version that is still fresh.
  Answered Find(std::string_view key, std::uint64_t version, std::chrono::sys_seconds now);
  /// Stores the reply that was made after a miss. Ignores a reply of another version than the last
  /// `Find` asked for.
  void Offer(std::string_view key, std::uint64_t version, const Answered& answered);

 private:
  void Put(std::string_view key, Answered answered);
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view key) const {
      return std::hash<std::string_view>()(key);
    }
  };
  using Replies = std::unordered_map<std::string, Answered, Hash, std::equal_to<>>;
  void Forget(std::uint64_t version);

  const std::size_t limit_;  ///< bytes of a generation
  std::uint64_t version_ = 0;
  Replies young_, old_;
  std::size_t young_bytes_ = 0;
  SeenBefore asked_;
};

}  // namespace cityid
