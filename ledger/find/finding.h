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

/// Returns the identifiers one level below `parent`, in order, starting after `after` if that is
/// given. Errors: kCorrupt, kIo.
Result<IdPage> FindChildren(const LedgerView& view, const Prefix& parent,
                            const std::optional<CityId>& after, std::size_t limit);

/// Returns the identifiers below `parent` at any depth: those of a higher level first, in order
/// within a level; otherwise like `FindChildren`.
Result<IdPage> FindBelow(const LedgerView& view, const Prefix& parent,
                         const std::optional<CityId>& after, std::size_t limit);

/// The part of the name space that is searched.
struct Below {
  Prefix prefix;
  bool directly;  ///< one level below the prefix, instead of all
};

/// Returns the identifiers that have a term (ledger/terms/terms.h), in order, starting after
/// `after` if that is given. Errors: kCorrupt, kIo.
Result<IdPage> FindWithTerm(const LedgerView& view, std::string_view term, const Below& below,
                            const std::optional<CityId>& after, std::size_t limit);

}  // namespace cityid
