// Trust files with what they remember (docs/proof.md 3.1, 4.2): whom to believe, and how far the
// reader had come when it last did.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "codec/result.h"
#include "ledger/proof/trust.h"

namespace cityid {

/// How long ago a trust file may have been confirmed to be brought forward, unless its owner says
/// otherwise.
inline constexpr std::chrono::days kMaxTrustAge{365};

/// A trust file. Nothing older than `version` and `confirmed` is ever believed with it.
struct TrustFile {
  Trust trust;
  std::uint64_t version = 0;  ///< of the policy that is written in it; 0 if the file doesn't say
  /// The quorum's time of the last checkpoint that was accepted with it, if the file says one.
  std::optional<std::chrono::sys_seconds> confirmed = {};

  /// Parses the text strictly, `# policy` and `# confirmed` too. Errors: kMalformed; those of
  /// `Trust::Parse`.
  static Result<TrustFile> Parse(std::string_view text);
  /// Writes what `Parse` reads.
  std::string text() const;

  /// Returns true if a head of this policy and this quorum's time is not older than the file.
  bool IsReachedBy(std::uint64_t policy, std::chrono::sys_seconds time) const {
    return policy >= version && (!confirmed || time >= *confirmed);
  }
  /// Returns true if it was confirmed at a time ahead of the reader's clock: a clock was wrong then,
  /// or is now. Such a time holds up no checkpoint (`BringForward`), and still counts for the file's
  /// age.
  bool IsAhead(std::chrono::sys_seconds now) const {
    return confirmed && *confirmed > now + kCosignatureSkew;
  }
  /// Checks that it may still be brought forward (docs/proof.md 4.3). Errors: kRefused if it was
  /// last confirmed longer than `max_age` ago, or doesn't say when.
  Result<void> CheckAge(std::chrono::sys_seconds now, std::chrono::seconds max_age) const;
  friend bool operator==(const TrustFile&, const TrustFile&) = default;
};

}  // namespace cityid
