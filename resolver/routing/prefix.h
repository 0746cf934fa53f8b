// What paths and queries of lists say: below what, where a page begins, and how long it is.
#pragma once

#include <cstddef>
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

inline constexpr std::size_t kMaxPage = 100;  ///< items

/// Reads `limit` from a query: 1 to `kMaxPage`, `usual` if it is not there. Errors: kMalformed.
Result<std::size_t> PageLimit(std::string_view query, std::size_t usual = 20);

}  // namespace cityid
