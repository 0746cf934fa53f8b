#include "resolver/answer/resolve.h"

#include <algorithm>

#include "ledger/state/revocation.h"

namespace cityid {
namespace {

using std::chrono::seconds;
using std::chrono::sys_seconds;

template <class Parsed>
Query FromResult(Result<Parsed> parsed) {
  if (!parsed) return Query{parsed.error(), {}, {}};
  return Query{*std::move(parsed), {}, {}};
}

/// A key that may have signed the code, and the level that it belongs to.
struct Candidate {
  const Level* owner;
  std::size_t key;  ///< position among its keys
  const KeyGrant& grant() const { return owner->holding.keys[key]; }
};

Result<std::optional<CityId>> NearestAncestor(const State& state, const CityId& subject) {
  for (auto id = subject.Parent(); id; id = id->Parent()) {
    const auto found = FindIdentifier(state, *id);
    if (!found) return found.error();
    if (*found) return id;
  }
  return std::optional<CityId>();
}

/// Returns the code keys with a matching hint: the subject's, and those of ancestors that may sign
/// so many levels below.
std::vector<Candidate> FindCandidates(const std::vector<Level>& levels, const KeyHint& kid) {
  std::vector<Candidate> candidates;
  for (std::size_t distance = 0; distance < levels.size(); ++distance) {
    if (distance > 0 && levels.front().holding.own_codes_only) break;
    const Level& level = levels[distance];
    for (std::size_t i = 0; i < level.holding.keys.size(); ++i) {
      const KeyGrant& grant = level.holding.keys[i];
      if (grant.use == KeyUse::kCode && grant.depth >= distance &&
          Equal(level.key_hashes[i].view().first(KeyHint::kSize), kid.view()))
        candidates.push_back({&level, i});
    }
  }
  return candidates;
}

void Decide(Answer& answer, Verdict verdict, std::string detail) {
  answer.verdict = verdict;
  answer.detail = std::move(detail);
}

/// Returns true if the subject and every ancestor are active. Else decides by the nearest one that
/// is not, and returns false.
bool JudgeStatus(const std::vector<Level>& levels, Answer& answer) {
  for (const Level& level : levels) {
    const IdStatus status = level.state.status;
    if (status == IdStatus::kActive) continue;
    answer.inactive = level.id;
    answer.successor = level.state.successor;
    answer.ended_by = level.state.suspended_by_holder ? level.state.holder : level.state.authority;
    const Verdict verdict = status == IdStatus::kSuspended    ? Verdict::kSuspended
                            : status == IdStatus::kSuperseded ? Verdict::kSuperseded
                                                              : Verdict::kWithdrawn;
    Decide(answer, verdict, level.id.text() + " is " + std::string(Name(status)));
    return false;
  }
  return true;
}

/// Decides whether a code that is authentic, timely and of the right purpose was revoked.
Result<void> JudgeRevocation(const CodeClaims& claims, const Candidate& signer, const State& state,
                             Answer& answer) {
  const KeyGrant& grant = signer.grant();
  if (grant.status == KeyStatus::kCompromised) {
    Decide(answer, Verdict::kRevoked, "the key was compromised");
    return {};
  }
  if (grant.status == KeyStatus::kRetired &&
      claims.issued_at > sys_seconds(seconds(grant.retired_at.value_or(0)))) {
    Decide(answer, Verdict::kRevoked, "issued after the key was retired");
    return {};
  }
  const auto revoked = IsRevoked(state, signer.owner->key_hashes[signer.key], claims);
  if (!revoked) return revoked.error();
  if (*revoked) {
    Decide(answer, Verdict::kRevoked, "its issuer took the code back");
  } else {
    Decide(answer, Verdict::kValid, "the signature verifies and the identifier is active");
  }
  return {};
}

/// Judges a code by the keys that may have signed it: every verdict from `unknown-key` on.
Result<void> JudgeCode(const ClaimedCode& code, const std::vector<Level>& levels,
                       const State& state, sys_seconds now, Answer& answer) {
  const auto decide = [&](Verdict verdict, const char* detail) -> Result<void> {
    Decide(answer, verdict, detail);
    return {};
  };
  const std::vector<Candidate> candidates = FindCandidates(levels, code.claims.kid);
  if (candidates.empty()) {
    return decide(Verdict::kUnknownKey, "no key that may sign for the subject has this kid");
  }
  const auto signer = std::ranges::find_if(candidates, [&](const Candidate& candidate) {
    return VerifyCode(code, candidate.grant().key);
  });
  if (signer == candidates.end()) {
    return decide(Verdict::kForged, "the signature does not verify");
  }
  const CodeClaims& claims = code.claims;
  answer.code = CodeFacts{claims, signer->owner->id, signer->grant().key};
  const auto& purposes = signer->grant().purposes;
  if (std::ranges::find(purposes, claims.purpose) == purposes.end()) {
    return decide(Verdict::kWrongPurpose, "the key may not sign codes of this purpose");
  }
  if (claims.issued_at > now + kClockSkew) {
    return decide(Verdict::kNotYetValid, "iat lies in the future");
  }
  if (claims.expires_at() && *claims.expires_at() <= now) {
    return decide(Verdict::kExpired, "exp has passed");
  }
  return JudgeRevocation(claims, *signer, state, answer);
}

}  // namespace

Result<std::optional<std::string>> ReasonOf(const State& state, const RecordRef& ref) {
  const auto record = ReadRecord(state, ref);
  if (!record && record.error().code == Errc::kNotFound) return std::optional<std::string>();
  if (!record) return record.error();
  return std::visit(
      [](const auto& body) -> std::optional<std::string> {
        if constexpr (requires { body.reason; }) return body.reason;
        return std::nullopt;
      },
      record->body);
}

Query Query::Typed(std::string_view id) {
  Query query = FromResult(CityId::ParseTyped(id));
  if (std::holds_alternative<Error>(query.subject)) query.similar = CityId::Corrections(id);
  return query;
}

Query Query::Text(std::string_view text) {
  return text.find("://") == std::string_view::npos ? Typed(text) : Scanned(AsBytes(text));
}

Query Query::Path(std::string_view id, std::string_view token) {
  const auto subject = CityId::Parse(id);
  if (!subject) return Query{subject.error(), {}, {}};
  return FromResult(ParseToken(*subject, token));
}

Query Query::Scanned(ByteView content) {
  auto scanned = ParseScanned(content);
  if (!scanned) return Query{scanned.error(), {}, {}};
  return Query{std::move(scanned->code), std::move(scanned->host), {}};
}

Result<LedgerMark> MarkOf(const State& state, const Head& head, const AgeLimits& limits,
                          sys_seconds clock, SubjectReader* reader) {
  UncachedReader uncached;
  const auto policy = (reader ? *reader : uncached).ReadPolicy(state);
  if (!policy) return policy.error();
  const seconds age = std::max(clock, head.time) - head.time;
  return LedgerMark{*policy, head, age, age > limits.soft};
}

Result<Answer> Resolve(const Query& query, const State& state, const Head& head,
                       const AgeLimits& limits, sys_seconds clock, SubjectReader* reader) {
  // If the quorum's time is later than this clock, the clock is wrong.
  const sys_seconds now = std::max(clock, head.time);
  Answer answer;
  auto mark = MarkOf(state, head, limits, clock, reader);
  if (!mark) return mark.error();
  answer.ledger = *std::move(mark);
  const seconds age = answer.ledger.age;

  if (const auto* error = std::get_if<Error>(&query.subject)) {
    const bool unsupported = error->code == Errc::kUnsupported;
    Decide(answer, unsupported ? Verdict::kUnsupported : Verdict::kMalformed, error->detail);
    for (const CityId& id : query.similar) {
      const auto found = FindIdentifier(state, id);
      // A proof need not reach them.
      if (!found && found.error().code == Errc::kNotFound) continue;
      if (!found) return found.error();
      if (*found) answer.suggestions.push_back(id);
    }
    return answer;
  }
  const auto* code = std::get_if<ClaimedCode>(&query.subject);
  const CityId& subject = code ? code->claims.subject : std::get<CityId>(query.subject);
  answer.subject = subject;
  if (age > limits.hard) {
    Decide(answer, Verdict::kLedgerStale,
           "the ledger was last confirmed " + std::to_string(age / std::chrono::hours(1)) +
               " hours ago");
    return answer;
  }
  const auto& hosts = answer.ledger.policy->policy.hosts;
  if (query.host && std::ranges::find(hosts, *query.host) == hosts.end()) {
    Decide(answer, Verdict::kWrongHost, "'" + *query.host + "' is no host of the policy");
    return answer;
  }
  UncachedReader uncached;
  auto known = (reader ? *reader : uncached).ReadSubject(state, subject);
  if (!known) return known.error();
  if (!*known) {
    Decide(answer, Verdict::kUnknownId, subject.text() + " is not registered");
    auto nearest = NearestAncestor(state, subject);
    if (!nearest) return nearest.error();
    answer.nearest = *std::move(nearest);
    return answer;
  }
  const std::vector<Level>& levels = (*known)->levels;
  if (!JudgeStatus(levels, answer)) {
    answer.names = (*known)->self().holding.metadata.names;
    return answer;
  }
  if (code) {
    if (const auto judged = JudgeCode(*code, levels, state, now, answer); !judged) {
      return judged.error();
    }
  } else {
    Decide(answer, Verdict::kRegistered, "the identifier is registered and active");
  }
  if (Row(answer.verdict).http_status == 200) {
    answer.known = *std::move(known);
  } else if (answer.code) {
    // An answer to a forged code must not borrow the name that the code claims.
    answer.names = levels.front().holding.metadata.names;
  }
  return answer;
}

}  // namespace cityid
