// A query and its answer: the resolver itself, without network and without clock.
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
#include "ledger/state/state.h"
#include "ledger/store/replica.h"
#include "resolver/answer/subject.h"
#include "resolver/answer/verdict.h"

namespace cityid {

/// What is asked. Input that could not be parsed is asked, too: its answer says so.
struct Query {
  std::variant<Error, CityId, ClaimedCode> subject;
  std::optional<std::string> host;   ///< that a scanned code carried; a scanner's to check
  std::vector<CityId> similar = {};  ///< to what was typed with wrong check characters

  /// An identifier as somebody typed it.
  static Query Typed(std::string_view id);
  /// The path of a code's URL: canonical identifier and token.
  static Query Path(std::string_view id, std::string_view token);
  /// What a scanner read: a URL or raw COSE bytes.
  static Query Scanned(ByteView content);
  /// Text of either kind: a code's URL, or an identifier as somebody typed it.
  static Query Text(std::string_view text);
};

/// How far in the future `iat` may lie.
inline constexpr std::chrono::seconds kClockSkew{300};

/// How old a ledger may be before answers say so (soft), and before there are none (hard).
struct AgeLimits {
  std::chrono::seconds soft = std::chrono::hours(1);
  std::chrono::seconds hard = std::chrono::days(7);
};

/// The ledger that an answer comes from, on every answer.
struct LedgerMark {
  std::shared_ptr<const KnownPolicy> policy;  ///< never null
  Head head;
  std::chrono::seconds age{0};  ///< never negative
  bool stale = false;           ///< past the soft limit
};

/// What is known of a code whose signature was checked.
struct CodeFacts {
  CodeClaims claims;
  CityId signed_by;  ///< the subject itself, or the ancestor whose key it is
  PublicKey key;
};

/// Everything that representations show.
struct Answer {
  Verdict verdict = Verdict::kMalformed;
  std::string detail;                    ///< one line in English, for developers
  std::optional<CityId> subject;         ///< parsed, though perhaps not registered
  std::shared_ptr<const Subject> known;  ///< present exactly for kValid and kRegistered
  TextMap names;                         ///< of a subject that is not `known`: one that is
                                         ///< inactive, or of an authentic code
  std::optional<CityId> nearest;         ///< for kUnknownId: the nearest registered ancestor
  std::optional<CityId> inactive;        ///< for kSuspended, kSuperseded, kWithdrawn: who is so,
                                         ///< the subject or an ancestor
  std::optional<CityId> successor;       ///< of who is superseded
  std::optional<RecordRef> ended_by;     ///< the record that made `inactive` so
  std::optional<std::string> reason;     ///< that it gives; for whoever asks `ReasonOf`
  std::vector<CityId> suggestions;       ///< for kMalformed: registered, and perhaps what was meant
  std::optional<CodeFacts> code;         ///< only of a code with an authentic signature
  std::optional<std::chrono::sys_seconds> as_of;  ///< of what was, not of what is
  LedgerMark ledger;
};

/// What a record gives as its reason, if it is of a kind that may, and if a replica that began with
/// a snapshot has it. Errors: those of the state.
Result<std::optional<std::string>> ReasonOf(const State& state, const RecordRef& ref);

/// The mark of a head. Errors: those of the state.
Result<LedgerMark> MarkOf(const State& state, const Head& head, const AgeLimits& limits,
                          std::chrono::sys_seconds now, SubjectCache* cache = nullptr);

/// Decides in the order of the verdicts. Pure: the same for the same state and time. `now` judges
/// validity and the ledger's age. Costs at most one signature verification for each key whose hint
/// matches, usually one. Errors: those of the state (kCorrupt, kIo), which are no verdict.
/// `cache`: of what `state` was read, if not null.
Result<Answer> Resolve(const Query& query, const State& state, const Head& head,
                       const AgeLimits& limits, std::chrono::sys_seconds now,
                       SubjectCache* cache = nullptr);

}  // namespace cityid
