#include "ledger/store/term_index.h"

#include <algorithm>

#include "ledger/store/tables.h"
#include "ledger/terms/folding.h"

namespace cityid {

Result<std::optional<StoredTerms>> FindTermsMade(const ReadTransaction& rows, TreeSize head) {
  const auto stored = rows.Get(Table::kMeta, kTermsKey);
  if (!stored) return stored.error();
  if (!*stored) return std::optional<StoredTerms>();
  // What can't be read was written by another version, too.
  auto terms = DecodeFields<StoredTerms>(**stored);
  if (!terms || terms->folding != FoldingName() || terms->size != head.value)
    return std::optional<StoredTerms>();
  return std::optional(*std::move(terms));
}

Result<void> MarkTermsMade(WriteTransaction& transaction, TreeSize head,
                           const std::optional<Bytes>& next) {
  return transaction.Put(Table::kMeta, kTermsKey,
                         EncodeFields(StoredTerms{FoldingName(), head.value, next}));
}

Result<void> ScanTerms(const LedgerView& view, ByteView first,
                       const std::function<Result<bool>(ByteView key, TermRow row)>& visit) {
  return view.rows().Scan(Table::kTerms, first, [&](ByteView key, ByteView) -> Result<bool> {
    auto row = ReadTermKey(key);
    if (!row) return CorruptValue("term", row.error());
    if (const auto counted = view.Count(1); !counted) return counted.error();
    return visit(key, *std::move(row));
  });
}

Result<TermStep> MakeTerms(const LedgerView& view, ByteView first, std::size_t limit) {
  TermStep step;
  const auto add = [&](ByteView key, ByteView value) -> Result<bool> {
    if (key[0] != 'I') return false;
    if (step.identifiers == limit) {
      step.next = ToBytes(key);
      return false;
    }
    const auto id = CityId::Parse(AsText(key.subspan(2)));
    const auto state = DecodeFields<IdentifierState>(value);
    const auto holding = state ? ReadHolding(view, *state) : state.error();
    if (!id || !holding) return CorruptValue("identifier", id ? holding.error() : id.error());
    for (const std::string& term : TermsOf(*id, *holding)) step.rows.push_back(TermKey(term, *id));
    ++step.identifiers;
    return true;
  };
  const auto scanned = view.rows().Scan(Table::kState, first, add);
  if (!scanned) return scanned.error();
  std::ranges::sort(step.rows);
  return step;
}

}  // namespace cityid
