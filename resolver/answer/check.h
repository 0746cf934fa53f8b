// Checking an answer without a ledger: a reader runs the resolver on what a document proves
// (docs/proof.md).
//
// The resolver that made the document ran `Resolve` on its ledger and put everything that it read
// into the document. `CheckAnswer` verifies that all of it is of one cosigned head, runs `Resolve`
// on it, and so comes to the same answer, or to an error. It believes nothing that the document
// says of itself.
//
// To ask a document more than once, as a pack, open it with `ProvenState::Open` and hand that to
// `AnswerFrom`, for each question with the time at which it is asked.
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "codec/bytes.h"
#include "codec/result.h"
#include "ledger/proof/proof.h"
#include "resolver/answer/resolve.h"

namespace cityid {

/// Returns the query for "ID" or "ID/digits", as documents say what they are about.
Query QueryAbout(const std::string& about);

/// Returns "ID/digits", the path of a code below its host. A proof of the code is about it.
std::string AboutCode(const ClaimedCode& code);

/// An answer, and the checkpoint that it was checked against.
struct CheckedAnswer {
  Answer answer;
  TrustedCheckpoint checkpoint;
  KeptHead keep;  ///< for the next document
};

/// Answers a query from what a document proves: any number of them, as of a pack. `kept`: what was
/// kept before the document was accepted. Errors: kNotFound if it doesn't reach the answer.
Result<CheckedAnswer> AnswerFrom(const ProvenState& proven, const Query& query,
                                 const AgeLimits& limits, std::chrono::sys_seconds now,
                                 const std::optional<KeptHead>& kept = {});

/// Verifies a document and answers `query` from it. Without a query, it answers the one that the
/// document says it is about. Errors: those of `ProvenState::Open`; kRefused without a query if the
/// document is about no identifier; kNotFound if it doesn't reach the answer, so that nobody can
/// tell.
Result<CheckedAnswer> CheckAnswer(ByteView document, const std::optional<Query>& query,
                                  const Trust& trust, const AgeLimits& limits,
                                  std::chrono::sys_seconds now,
                                  const std::optional<KeptHead>& kept = {});

}  // namespace cityid
