// The resolver itself: a query, a state and a time go in, an answer comes out.
//
// Make a `Query` of what was typed or scanned, and hand it to `Resolve` with a state: a ledger's,
// or one that a proof document shows (check.h). The answer's verdict says what it comes to;
// everything else in it is for people and programs to read. A revoked code is judged in
// `JudgeRevocation` of resolve.cpp, as one of the rules that run in the order of the verdicts.
//
// `Resolve` never reads a clock, a file or the network, never believes what a code says of itself
// before its signature is verified, and never turns trouble with the state into a verdict.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "codec/city_code.h"
#include "codec/city_id.h"
#include "codec/result.h"
#include "ledger/record/content.h"
#include "ledger/state/ledger.h"
#include "ledger/state/state.h"
#include "resolver/answer/subject.h"
#include "resolver/answer/verdict.h"

namespace cityid {

/// What somebody wants to know. Input that could not be parsed makes a query, too: the answer to it
/// says so.
struct Query {
  std::variant<Error, CityId, ClaimedCode> subject;
  std::optional<std::string> host;   ///< that the scanned code carried
  std::vector<CityId> similar = {};  ///< what may have been meant, if check characters were wrong

  /// Reads an identifier as somebody typed it.
  static Query Typed(std::string_view id);
  /// Reads the path of a code's URL: canonical identifier and token.
  static Query Path(std::string_view id, std::string_view token);
  /// Reads what a scanner gave: a URL or raw COSE bytes.
  static Query Scanned(ByteView content);
  /// Reads text that is a code's URL, or an identifier as somebody typed it.
  static Query Text(std::string_view text);
};

/// How far ahead of the reader's clock the time of issue may be.
inline constexpr std::chrono::seconds kClockSkew{300};

/// How old a ledger may be until answers say that it is (soft), and until there are none (hard).
struct AgeLimits {
  std::chrono::seconds soft = std::chrono::hours(1);
  std::chrono::seconds hard = std::chrono::days(7);
};

/// The ledger that an answer comes from.
struct LedgerMark {
  std::shared_ptr<const PolicyState> policy;  ///< in force; never null
  Head head;
  std::chrono::seconds age{0};  ///< never negative
  bool stale = false;           ///< past the soft limit
};

/// What is known of a code with an authentic signature.
struct CodeFacts {
  CodeClaims claims;
  CityId signed_by;  ///< the subject itself, or the ancestor whose key it is
  PublicKey key;
};

/// What a query comes to. Which members are set follows from the verdict.
struct Answer {
  Verdict verdict = Verdict::kMalformed;
  std::string detail;                    ///< one line in English, for developers
  std::optional<CityId> subject;         ///< what was asked about, registered or not
  std::shared_ptr<const Subject> known;  ///< set exactly for kValid and kRegistered
  TextMap names;                         ///< of the subject, if it is inactive or the code is
                                         ///< authentic, and `known` is not set
  std::optional<CityId> nearest;         ///< for kUnknownId: the nearest registered ancestor
  std::optional<CityId> inactive;     ///< for kSuspended, kSuperseded, kWithdrawn: the subject or
                                      ///< the ancestor that is no longer active
  std::optional<CityId> successor;    ///< what replaced `inactive`
  std::optional<RecordRef> ended_by;  ///< the record that made `inactive` so
  std::optional<std::string> reason;  ///< that this record gives; set by callers of `ReasonOf`
  std::vector<CityId> suggestions;    ///< for kMalformed: registered ones that may be meant
  std::optional<CodeFacts> code;      ///< set exactly for a code with an authentic signature
  std::optional<std::chrono::sys_seconds> as_of;  ///< set by callers that ask a past state
  LedgerMark ledger;
};

/// Returns the reason that a record gives. Nothing if its type has none, or if the replica began
/// with a snapshot and lacks the record. Errors: those of the state.
Result<std::optional<std::string>> ReasonOf(const State& state, const RecordRef& ref);

/// Describes a head: its policy, its age. Errors: those of the state.
Result<LedgerMark> MarkOf(const State& state, const Head& head, const AgeLimits& limits,
                          std::chrono::sys_seconds now, SubjectReader* reader = nullptr);

/// Answers a query. Deterministic: the same state and time give the same answer. `now` is the
/// reader's clock; the quorum's time counts instead if it is later. Verifies at most one signature
/// for each key whose hint matches, usually one. Errors: those of the state (kCorrupt, kIo, and
/// kNotFound for what a proof doesn't reach), which are no verdict. Suggestions that aren't reached
/// are left out.
/// `reader` reads `state`; null: everything is read anew.
Result<Answer> Resolve(const Query& query, const State& state, const Head& head,
                       const AgeLimits& limits, std::chrono::sys_seconds now,
                       SubjectReader* reader = nullptr);

}  // namespace cityid
