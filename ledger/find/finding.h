// Finding identifiers: what is below a prefix, and who has a term. Pages that go on where the last
// one ended, at the present head.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "codec/bytes.h"
#include "codec/city_id.h"
#include "codec/result.h"
#include "ledger/store/replica.h"

namespace cityid {

/// Identifiers in order of their text. A page may be short, even empty, though there are more.
struct IdPage {
  std::vector<CityId> ids;
  std::optional<CityId> next;  ///< behind which to go on; nothing at the end
};

/// Those directly below `parent`, behind `after` if it is given. Errors: kCorrupt, kIo.
Result<IdPage> FindChildren(const LedgerView& view, const Prefix& parent,
                            const std::optional<CityId>& after, std::size_t limit);

/// Below which prefix, and how deep.
struct Below {
  Prefix prefix;
  bool directly;  ///< one level only
};

/// Those that have a term (ledger/terms.h). Errors: kCorrupt, kIo.
Result<IdPage> FindWithTerm(const LedgerView& view, std::string_view term, const Below& below,
                            const std::optional<CityId>& after, std::size_t limit);

/// Who has a name with words that begin so.
struct NameMatches {
  std::vector<CityId> ids;    ///< in order of the first of its names that matches, each once
  std::optional<Bytes> next;  ///< where to go on: a key of the table `terms`
};

/// `term`: of `NameTerm`. `from`: where the last page ended, which must begin with `term`.
/// Errors: kUsage if it doesn't; kCorrupt; kIo.
Result<NameMatches> FindNames(const LedgerView& view, std::string_view term,
                              const std::optional<Bytes>& from, std::size_t limit);

/// Rows of the table `terms` for some identifiers.
struct TermStep {
  std::vector<Bytes> rows;  ///< sorted
  std::uint64_t identifiers = 0;
  std::optional<Bytes> next;  ///< key of the identifier to go on with
};
/// Of at most `limit` from a key of the state on. Errors: kCorrupt, kIo.
Result<TermStep> ReadTerms(const LedgerView& view, const Bytes& first, std::size_t limit);

}  // namespace cityid
