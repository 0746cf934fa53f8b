// Search for identifiers at a head: those below a prefix, and those with a term. Results come in
// pages.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>
#include <vector>

#include "codec/bytes.h"
#include "codec/city_id.h"
#include "codec/result.h"
#include "ledger/store/ledger_view.h"

namespace cityid {

/// A page of identifiers in order of their text. It may be short, even empty, though more follow.
struct IdPage {
  std::vector<CityId> ids;
  std::optional<CityId>
      next;  ///< the identifier after which the next page begins; nothing at the end
};

/// The part of the name space that is searched.
struct Below {
  Prefix prefix;
  bool directly;  ///< one level below the prefix, instead of all
};

/// Returns the identifiers below a prefix: those of a higher level first, in order within a level,
/// starting after `after` if that is given. Errors: kCorrupt, kIo.
Result<IdPage> FindBelow(const LedgerView& view, const Below& below,
                         const std::optional<CityId>& after, std::size_t limit);

/// Returns the identifiers that have a term (ledger/terms/terms.h), in order, starting after
/// `after` if that is given. Errors: kCorrupt, kIo.
Result<IdPage> FindWithTerm(const LedgerView& view, std::string_view term, const Below& below,
                            const std::optional<CityId>& after, std::size_t limit);

}  // namespace cityid
