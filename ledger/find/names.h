// Search for identifiers by name at a head, the best match first (docs/api.md 5).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "codec/bytes.h"
#include "codec/city_id.h"
#include "codec/result.h"
#include "ledger/store/ledger_view.h"

namespace cityid {

/// What a search for names looks for.
struct NameQuery {
  /// Reads what a person typed.
  explicit NameQuery(std::string_view typed);

  std::string text;  ///< folded, its words joined; empty if there is nothing to look for
  /// Its words, to be found in any order; none if there is one word or more than 8.
  std::vector<std::string> words;
};

/// The work that the search for the names of one page may take, in units of `LedgerView::work`.
inline constexpr std::uint64_t kPageWork = 2048;

/// A page of identifiers with a name that matches.
struct NameMatches {
  std::vector<CityId> ids;    ///< each once, in the order of `FindNames`
  std::vector<Bytes> rows;    ///< of each: where a page begins that it is the first of
  std::optional<Bytes> next;  ///< where the next page begins; nothing at the end
};

/// Returns the identifiers with a name that matches: first those whose whole name is the text, then
/// those with a name that begins with it, then those with a later word that begins so, then those
/// whose names have a word for each word of the text. Within each, larger places come first.
/// `from` is the `next` of the page before. A page that has cost `kPageWork` ends early. Errors:
/// kUsage if `from` is of another query; kCorrupt; kIo.
Result<NameMatches> FindNames(const LedgerView& view, const NameQuery& query,
                              const std::optional<Bytes>& from, std::size_t limit);

}  // namespace cityid
