#include "resolver/routes/open_ledger.h"

#include <algorithm>

#include "codec/time_text.h"
#include "ledger/find/past.h"
#include "resolver/words/problem.h"

namespace cityid {

using std::chrono::seconds;
using std::chrono::sys_seconds;

Result<LedgerView> ReadView(const Call& call) {
  const Service& service = call.service;
  auto view = service.replica->Read();
  if (!view) return view;
  // A registry is where the log comes from, also while it goes on by a file made by hand.
  if (service.registry == nullptr) {
    if (const auto reached = view->CheckReached(); !reached) return reached.error();
  }
  if (call.route != nullptr) view->Bound(call.route->bounds.work);
  if (service.subjects != nullptr) service.subjects->Use(view->version());
  return view;
}

Result<OpenLedger> ReadLedger(const Call& call) {
  const Service& service = call.service;
  auto view = ReadView(call);
  if (!view) return view.error();
  const auto clock = service.now();
  auto mark = MarkOf(*view, view->head(), service.age, clock, service.subjects);
  if (!mark) return mark.error();
  if (mark->age > service.age.hard) return Error{Errc::kStale, "the ledger is past its hard age"};
  return OpenLedger{*std::move(view), clock, *std::move(mark)};
}

Result<std::shared_ptr<const Subject>> ReadActive(const LedgerView& view, const CityId& id) {
  auto subject = UncachedReader().ReadSubject(view, id);
  const auto is_active = [](const Level& level) { return level.state.status == IdStatus::kActive; };
  if (subject && *subject && !std::ranges::all_of((*subject)->levels, is_active)) subject->reset();
  return subject;
}

Result<std::variant<sys_seconds, Failure>> ReadVersionTime(const LedgerView& view,
                                                           sys_seconds clock,
                                                           std::string_view text) {
  const auto time = ParseDateTime(text);
  if (!time) return {Failure{400, "versionTime must look like 2027-01-15T08:00:00Z (RFC 3339)"}};
  if (*time > std::max(clock, view.head().time))
    return {Failure{400, "versionTime lies in the future"}};
  const auto since = KnownSince(view);
  if (!since) return since.error();
  if (*since && *time < **since) {
    return {Failure{404, "this resolver knows the past since " + TimeText(**since), kPastUnknown}};
  }
  return {*time};
}

sys_seconds FreshUntil(const LedgerMark& ledger, const std::optional<CodeFacts>& code,
                       const Service& service, sys_seconds clock) {
  // A head is confirmed about as often.
  constexpr seconds kConfirmation{600};
  constexpr seconds kOverdue{10};
  const sys_seconds confirmed = ledger.head.time;
  const sys_seconds now = std::max(clock, confirmed);
  seconds left = std::min(service.keep, std::max(confirmed + kConfirmation - now, kOverdue));
  const auto changes_at = [&](sys_seconds moment) {
    if (moment > now) left = std::min(left, moment - now);
  };
  changes_at(confirmed + service.age.soft + seconds(1));
  changes_at(confirmed + service.age.hard + seconds(1));
  if (code) {
    changes_at(code->claims.issued_at - kClockSkew);
    if (const auto expires = code->claims.expires_at()) changes_at(*expires);
  }
  return clock + left;
}

HandlerResult Show(const Call& call, const OpenLedger& ledger, const Document& document) {
  if (!call.shown) return NotAcceptable();
  Response response = Represent(200, document, *call.shown);
  response.fresh_until = FreshUntil(ledger.mark, {}, call.service, ledger.clock);
  return response;
}

Response Fixed(std::string_view type, std::string body, sys_seconds fresh_until) {
  Response response;
  response.headers = {{"Content-Type", type}, {"X-Content-Type-Options", "nosniff"}};
  response.body = std::move(body);
  response.fresh_until = fresh_until;
  return response;
}

Failure NotAcceptable() { return {406, AcceptableTypes()}; }

}  // namespace cityid
