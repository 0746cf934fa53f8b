// Checking answers against a trust file, and keeping the newest head that was seen.
#pragma once

#include <optional>
#include <string>

#include "codec/bytes.h"
#include "codec/result.h"
#include "ledger/proof/proof.h"
#include "resolver/answer/check.h"

namespace cityid::cli {

/// Fetches from a resolver the proof of an identifier or code, or the pack that is about `about`.
/// `kept`: a head that the document must continue. Errors: kNetwork, kTooLarge, kUsage; kForged if
/// a pack came that was not asked for.
Result<Bytes> FetchProof(const std::string& resolver, const std::string& about,
                         const std::optional<KeptHead>& kept);

/// Checks proofs of one log, each against the head of the one before.
class Checker {
 public:
  /// Reads a trust file and a state file, which may be missing or "". Errors: those of reading.
  static Result<Checker> Open(const std::string& trust, const std::string& state,
                              const AgeLimits& limits = {});

  /// Fetches the proof that is about "ID" or "ID/digits". Errors: those of `FetchProof`.
  Result<Bytes> Fetch(const std::string& resolver, const std::string& about) const;

  /// Returns the answer that a proof gives, and keeps the proof's head. Without a query the answer
  /// is to what the proof says it is about. Errors: those of `CheckAnswer` and of writing.
  Result<CheckedAnswer> Check(ByteView document, const std::optional<Query>& query);
  /// The same to answer somebody's question. `from`: the file or the
  /// resolver that it comes from. Errors: kNotFound if it doesn't reach what is asked; kCorrupt if
  /// it doesn't hold, which is no answer at all; those of writing.
  Result<CheckedAnswer> Check(ByteView document, const Query& query, const std::string& from);

  /// Returns true if a proof shows that an identifier has an alias. Errors: those of
  /// `ProvenState`.
  Result<bool> HasAlias(ByteView document, const CityId& id, const std::string& scheme,
                        const std::string& value) const;

 private:
  Checker(Trust trust, std::optional<KeptHead> kept, std::string state, const AgeLimits& limits)
      : trust_(std::move(trust)),
        kept_(std::move(kept)),
        state_(std::move(state)),
        limits_(limits) {}

  Trust trust_;
  std::optional<KeptHead> kept_;
  std::string state_;
  AgeLimits limits_;
};

}  // namespace cityid::cli
