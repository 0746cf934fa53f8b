// The ledger as a handler reads it: one head, its age judged, and for how long answers of it hold.
#pragma once

#include <chrono>
#include <optional>
#include <string_view>
#include <variant>

#include "codec/result.h"
#include "ledger/store/replica.h"
#include "resolver/answer/resolve.h"
#include "resolver/routing/route.h"

namespace cityid {

/// A head that may be answered from.
struct OpenLedger {
  LedgerView view;
  std::chrono::sys_seconds clock;  ///< of this machine
  LedgerMark mark;
};

/// Reads the newest head, however old it is; `subjects` of the service is of it afterwards. What is
/// read of it is bounded as the call's row says. Errors: kBusy while nothing may be answered from
/// the replica; those of the replica.
Result<LedgerView> ReadView(const Call& call);

/// Reads the newest head. Errors: also kStale if it is past the hard age.
Result<OpenLedger> ReadLedger(const Call& call);

/// Reads an identifier. Null unless it and everything above it is registered and active. Errors:
/// those of the replica.
Result<std::shared_ptr<const Subject>> ReadActive(const LedgerView& view, const CityId& id);

/// Parses a `versionTime`. The failure is a 400 if it is no time of the past, and a 404 if the
/// replica began later. Errors: those of the replica.
Result<std::variant<std::chrono::sys_seconds, Failure>> ReadVersionTime(
    const LedgerView& view, std::chrono::sys_seconds clock, std::string_view text);

/// Returns until when caches may keep what was said of a head, on the clock of this machine:
/// never past a moment at which the answer may change.
std::chrono::sys_seconds FreshUntil(const LedgerMark& ledger, const std::optional<CodeFacts>& code,
                                    const Service& service, std::chrono::sys_seconds clock);

/// Shows a document other than an answer in what the call negotiated.
HandlerResult Show(const Call& call, const OpenLedger& ledger, const Document& document);

/// Returns a response of the one type that a row gives. `fresh_until`: as in `Response`.
Response Fixed(std::string_view type, std::string body, std::chrono::sys_seconds fresh_until);

/// Returns the 406 of a row.
Failure NotAcceptable();

}  // namespace cityid
