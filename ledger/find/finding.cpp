#include "ledger/find/finding.h"

#include <algorithm>
#include <map>

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

/// Returns the first of an identifier's terms that begins with `term`. To make them costs about as
/// much again as to read its record.
Result<std::string> FirstTerm(const LedgerView& view, const CityId& id, std::string_view term) {
  const auto state = FindIdentifier(view, id);
  if (!state) return state.error();
  if (!*state) return Error{Errc::kCorrupt, "ledger: " + id.text() + " is indexed and not there"};
  const std::uint64_t before = view.work();
  const auto holding = ReadHolding(view, **state);
  if (!holding) return holding.error();
  if (const auto counted = view.Count(view.work() - before); !counted) return counted.error();
  for (std::string& other : TermsOf(*holding)) {
    if (other.starts_with(term)) return std::move(other);
  }
  return Error{Errc::kCorrupt, "ledger: a term of " + id.text() + " is not its own"};
}

}  // namespace

Result<IdPage> FindChildren(const LedgerView& view, const Prefix& parent,
                            const std::optional<CityId>& after, std::size_t limit) {
  IdPage page;
  const auto depth = static_cast<std::size_t>(std::ranges::count(parent.text(), '.'));
  if (depth > CityId::kMaxNodes) return page;
  const std::string below = parent.text() + ".";
  const std::string first = after ? after->text() + '\0' : below;
  const auto scanned = view.ScanLevel(depth, first, [&](CityId id) {
    if (!id.text().starts_with(below)) return false;
    if (page.ids.size() == limit) {
      page.next = page.ids.back();
      return false;
    }
    page.ids.push_back(std::move(id));
    return true;
  });
  if (!scanned) return scanned.error();
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

Result<NameMatches> FindNames(const LedgerView& view, std::string_view term,
                              const std::optional<Bytes>& from, std::size_t limit) {
  if (from && !StartsWith(*from, AsBytes(term)))
    return Error{Errc::kUsage, "the page is of another question"};
  NameMatches matches;
  std::map<std::string, std::string> firsts;  // of the identifiers that were met
  const std::uint64_t most = view.work() + kPageWork;
  const auto match = [&](ByteView key, TermRow row) -> Result<bool> {
    if (!StartsWith(key, AsBytes(term))) return false;
    if (matches.ids.size() == limit || view.work() > most) {
      matches.next = ToBytes(key);
      return false;
    }
    auto known = firsts.find(row.id.text());
    if (known == firsts.end()) {
      auto first = FirstTerm(view, row.id, term);
      if (!first) return first.error();
      known = firsts.emplace(row.id.text(), *std::move(first)).first;
    }
    if (known->second != row.term) return true;
    matches.ids.push_back(std::move(row.id));
    matches.rows.push_back(ToBytes(key));
    return true;
  };
  const auto scanned = ScanTerms(view, from ? ByteView(*from) : AsBytes(term), match);
  if (!scanned) return scanned.error();
  return matches;
}

}  // namespace cityid
