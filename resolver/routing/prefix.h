// What paths and queries of lists say of the name space: below what, and where a page begins.
#pragma once

#include <optional>
#include <string_view>

#include "codec/city_id.h"
#include "codec/result.h"
#include "ledger/store/ledger_view.h"
#include "resolver/routing/route.h"

namespace cityid {

/// Reads what a path names, an identifier or a prefix; nothing if it is neither.
std::optional<Prefix> ReadPrefix(std::string_view text);

/// Returns the 400 of a path that names neither.
Failure NoPrefix();

/// Returns a failure if `prefix` is an identifier that is not registered.
std::optional<HandlerResult> CheckKnown(const LedgerView& view, const Prefix& prefix);

/// Reads `after` of a list of identifiers. Errors: kMalformed.
Result<std::optional<CityId>> PageAfter(std::string_view query, const Prefix& within);

}  // namespace cityid
