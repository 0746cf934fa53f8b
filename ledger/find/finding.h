// Search for identifiers at a head: those below a prefix, and those with a term or a name. Results
// come in pages.
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

/// The part of the name space that is searched.
struct Below {
  Prefix prefix;
  bool directly;  ///< one level below the prefix, instead of all
};

/// Returns the identifiers that have a term (ledger/store/terms.h), in order, starting after
/// `after` if that is given. Errors: kCorrupt, kIo.
Result<IdPage> FindWithTerm(const LedgerView& view, std::string_view term, const Below& below,
                            const std::optional<CityId>& after, std::size_t limit);

/// The work that the search for the names of one page may take, in units of `LedgerView::work`.
inline constexpr std::uint64_t kPageWork = 2048;

/// A page of identifiers with a name in which a word starts with the query.
struct NameMatches {
  std::vector<CityId> ids;    ///< each once, in order of the first of its names that matches
  std::vector<Bytes> rows;    ///< of each: where a page begins that it is the first of
  std::optional<Bytes> next;  ///< where the next page begins: a key of the table `terms`
};

/// Returns the identifiers with a name that has `term`, which is from `NameTerm`. `from` is the
/// `next` of the page before. A page that has cost `kPageWork` ends early. Errors: kUsage if `from`
/// is of another query; kCorrupt; kIo.
Result<NameMatches> FindNames(const LedgerView& view, std::string_view term,
                              const std::optional<Bytes>& from, std::size_t limit);

}  // namespace cityid
