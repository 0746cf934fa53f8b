#include "resolver/answer/check.h"

namespace cityid {

Query QueryAbout(const std::string& about) {
  const std::size_t slash = about.find('/');
  if (slash == std::string::npos) return Query::Typed(about);
  return Query::Path(about.substr(0, slash), about.substr(slash + 1));
}

std::string AboutCode(const ClaimedCode& code) {
  return code.claims.subject.text() + "/" + WriteToken(code);
}

Result<CheckedAnswer> AnswerFrom(const ProvenState& proven, const Query& query,
                                 const AgeLimits& limits, std::chrono::sys_seconds now,
                                 const std::optional<KeptHead>& kept) {
  auto answer = Resolve(query, proven, proven.head(), limits, now);
  if (!answer) return answer.error();
  return CheckedAnswer{*std::move(answer), proven.checkpoint(), KeptHead::After(kept, proven)};
}

Result<CheckedAnswer> CheckAnswer(ByteView document, const std::optional<Query>& query,
                                  const Trust& trust, const AgeLimits& limits,
                                  std::chrono::sys_seconds now,
                                  const std::optional<KeptHead>& kept) {
  const auto proven = ProvenState::Open(document, trust, now, kept);
  if (!proven) return proven.error();
  if (!query && (proven->about().empty() || proven->is_pack())) {
    return Error{Errc::kRefused, proven->is_pack() ? "a pack has no question of its own; ask one"
                                                   : "the proof is about no identifier"};
  }
  return AnswerFrom(*proven, query ? *query : QueryAbout(proven->about()), limits, now, kept);
}

}  // namespace cityid
