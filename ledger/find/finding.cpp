#include "ledger/find/finding.h"

#include <algorithm>

#include "ledger/store/term_index.h"

namespace cityid {
namespace {

constexpr std::size_t kMostSteps = 1024;  // over subtrees, for a page

bool StartsWith(ByteView text, ByteView prefix) {
  return text.size() >= prefix.size() && Equal(text.first(prefix.size()), prefix);
}

/// Returns the least key after `key`.
Bytes After(Bytes key) {
  key.push_back(0);
  return key;
}

/// Returns the identifier at or above `id` that is one level below `prefix`.
std::string_view OneBelow(const CityId& id, const Prefix& prefix) {
  const std::string_view text = id.text();
  return text.substr(0, text.find('.', prefix.text().size() + 1));
}

/// Returns the key of a term and an identifier's text, which may be the beginning of one.
Bytes KeyOf(std::string_view term, std::string_view id) {
  Bytes key = After(ToBytes(AsBytes(term)));
  Append(key, AsBytes(id));
  return key;
}

/// Appends the identifiers of one level that begin with `below`, from `first` on.
Result<void> AddLevel(const LedgerView& view, std::size_t depth, std::string_view below,
                      std::string_view first, std::size_t limit, IdPage& page) {
  return view.ScanLevel(depth, first, [&](CityId id) {
    if (!id.text().starts_with(below)) return false;
    if (page.ids.size() == limit) {
      page.next = page.ids.back();
      return false;
    }
    page.ids.push_back(std::move(id));
    return true;
  });
}

}  // namespace

Result<IdPage> FindBelow(const LedgerView& view, const Below& below,
                         const std::optional<CityId>& after, std::size_t limit) {
  IdPage page;
  const std::string begin = below.prefix.text() + ".";
  std::string first = after ? after->text() + '\0' : begin;
  const auto highest = static_cast<std::size_t>(std::ranges::count(below.prefix.text(), '.'));
  const std::size_t last =
      below.directly ? std::min(highest, CityId::kMaxNodes) : CityId::kMaxNodes;
  for (auto depth = after ? after->depth() : highest; depth <= last && !page.next; ++depth) {
    if (const auto added = AddLevel(view, depth, begin, first, limit, page); !added)
      return added.error();
    first = begin;
  }
  return page;
}

Result<IdPage> FindWithTerm(const LedgerView& view, std::string_view term, const Below& below,
                            const std::optional<CityId>& after, std::size_t limit) {
  IdPage page;
  const Bytes prefix = KeyOf(term, below.prefix.text() + ".");
  Bytes from = after ? After(TermKey(term, *after)) : prefix;
  // With `directly`, deeper identifiers are stepped over, one subtree at a time.
  for (std::size_t steps = 0; !page.next; ++steps) {
    std::optional<Bytes> step;
    const auto scanned = ScanTerms(view, from, [&](ByteView key, TermRow row) {
      if (!StartsWith(key, prefix)) return false;
      const std::string_view level = OneBelow(row.id, below.prefix);
      if (below.directly && level != row.id.text()) {
        // '/' is the character after '.', so this key comes after the whole subtree.
        step = KeyOf(term, std::string(level) + '/');
        if (steps == kMostSteps) page.next = *CityId::Parse(level);
        return false;
      }
      if (page.ids.size() == limit) {
        page.next = page.ids.back();
        return false;
      }
      page.ids.push_back(std::move(row.id));
      return true;
    });
    if (!scanned) return scanned.error();
    if (!step) break;
    from = *std::move(step);
  }
  return page;
}

}  // namespace cityid
