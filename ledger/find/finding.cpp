#include "ledger/find/finding.h"

#include <algorithm>

#include "ledger/store/terms.h"

namespace cityid {
namespace {

constexpr std::size_t kMostSteps = 1024;  // over subtrees or further names, for a page

bool StartsWith(ByteView text, ByteView prefix) {
  return text.size() >= prefix.size() && Equal(text.first(prefix.size()), prefix);
}

/// `key` up to what comes behind every key that begins with it and a '.'.
Bytes BehindTree(Bytes key) {
  static_assert('.' + 1 == '/');
  key.push_back('/');
  return key;
}

Bytes JustBehind(Bytes key) {
  key.push_back(0);
  return key;
}

std::size_t Nodes(std::string_view text) {
  return static_cast<std::size_t>(std::ranges::count(text, '.'));
}

/// The identifier at or above `id` that is one level below `prefix`.
std::string_view OneBelow(const CityId& id, const Prefix& prefix) {
  const std::string_view text = id.text();
  return text.substr(0, text.find('.', prefix.text().size() + 1));
}

}  // namespace

Result<IdPage> FindChildren(const LedgerView& view, const Prefix& parent,
                            const std::optional<CityId>& after, std::size_t limit) {
  IdPage page;
  const std::size_t depth = Nodes(parent.text());
  if (depth > CityId::kMaxNodes) return page;
  // The identifiers of a level stand together, in order.
  const std::string level = std::string("I") + static_cast<char>(depth) + parent.text() + ".";
  const Bytes below(level.begin(), level.end());
  const Bytes first = after ? JustBehind(IdentifierKey(*after)) : below;
  std::optional<Error> error;
  const auto scanned = view.ScanFrom(Table::kState, first, [&](ByteView key, ByteView) {
    if (!StartsWith(key, below)) return false;
    if (page.ids.size() == limit) {
      page.next = page.ids.back();
      return false;
    }
    auto id = CityId::Parse(AsText(key.subspan(2)));
    if (!id) error = Error{Errc::kCorrupt, "ledger: identifier: " + id.error().detail};
    if (id) page.ids.push_back(*std::move(id));
    return !error;
  });
  if (!scanned) return scanned.error();
  if (error) return *error;
  return page;
}

Result<IdPage> FindWithTerm(const LedgerView& view, std::string_view term, const Below& below,
                            const std::optional<CityId>& after, std::size_t limit) {
  IdPage page;
  Bytes prefix(term.begin(), term.end());
  prefix.push_back(0);
  const std::size_t id_at = prefix.size();
  prefix.insert(prefix.end(), below.prefix.text().begin(), below.prefix.text().end());
  prefix.push_back('.');
  Bytes from = after ? JustBehind(TermKey(term, *after)) : prefix;
  std::optional<Error> error;
  // What lies deeper than wanted is stepped over, subtree by subtree.
  for (std::size_t steps = 0; !error && !page.next; ++steps) {
    std::optional<Bytes> step;
    const auto scanned = view.ScanFrom(Table::kTerms, from, [&](ByteView key, ByteView) {
      if (!StartsWith(key, prefix)) return false;
      auto row = ReadTermKey(key);
      if (!row) {
        error = CorruptValue("term", row.error());
        return false;
      }
      if (below.directly && OneBelow(row->id, below.prefix) != row->id.text()) {
        Bytes head(key.begin(), key.begin() + static_cast<std::ptrdiff_t>(id_at));
        const std::string_view level = OneBelow(row->id, below.prefix);
        head.insert(head.end(), level.begin(), level.end());
        step = BehindTree(std::move(head));
        if (steps == kMostSteps) page.next = *CityId::Parse(level);
        return false;
      }
      if (page.ids.size() == limit) {
        page.next = page.ids.back();
        return false;
      }
      page.ids.push_back(std::move(row->id));
      return true;
    });
    if (!scanned) return scanned.error();
    if (!step) break;
    from = *std::move(step);
  }
  if (error) return *error;
  return page;
}

namespace {

/// The first of an identifier's terms that begins so.
Result<std::string> FirstTerm(const LedgerView& view, const CityId& id, std::string_view term) {
  const auto state = FindIdentifier(view, id);
  if (!state) return state.error();
  if (!*state) return Error{Errc::kCorrupt, "ledger: " + id.text() + " is indexed and not there"};
  const auto holding = ReadHolding(view, **state);
  if (!holding) return holding.error();
  for (std::string& other : TermsOf(*holding)) {
    if (other.starts_with(term)) return std::move(other);
  }
  return Error{Errc::kCorrupt, "ledger: a term of " + id.text() + " is not its own"};
}

}  // namespace

Result<NameMatches> FindNames(const LedgerView& view, std::string_view term,
                              const std::optional<Bytes>& from, std::size_t limit) {
  if (from && !StartsWith(*from, AsBytes(term)))
    return Error{Errc::kUsage, "the page is of another question"};
  NameMatches matches;
  std::optional<Error> error;
  std::size_t rows = 0;
  const auto scanned = view.ScanFrom(Table::kTerms, from ? ByteView(*from) : AsBytes(term),
                                     [&](ByteView key, ByteView) {
                                       if (!StartsWith(key, AsBytes(term))) return false;
                                       auto row = ReadTermKey(key);
                                       if (!row) {
                                         error = CorruptValue("term", row.error());
                                         return false;
                                       }
                                       if (matches.ids.size() == limit || ++rows > kMostSteps) {
                                         matches.next = Bytes(key.begin(), key.end());
                                         return false;
                                       }
                                       const auto first = FirstTerm(view, row->id, term);
                                       if (!first) {
                                         error = first.error();
                                         return false;
                                       }
                                       if (*first != row->term) return true;
                                       matches.ids.push_back(std::move(row->id));
                                       return true;
                                     });
  if (!scanned) return scanned.error();
  if (error) return *error;
  return matches;
}

Result<TermStep> ReadTerms(const LedgerView& view, const Bytes& first, std::size_t limit) {
  TermStep step;
  std::optional<Error> error;
  const auto scanned = view.ScanFrom(Table::kState, first, [&](ByteView key, ByteView value) {
    if (key.empty() || key[0] != 'I') return false;
    if (step.identifiers == limit) {
      step.next = Bytes(key.begin(), key.end());
      return false;
    }
    const auto id = CityId::Parse(AsText(key.subspan(2)));
    const auto state = DecodeFields<IdentifierState>(value);
    const auto holding = state ? ReadHolding(view, *state) : state.error();
    if (!id || !holding) {
      error = CorruptValue("identifier", id ? holding.error() : id.error());
      return false;
    }
    for (const std::string& term : TermsOf(*holding)) step.rows.push_back(TermKey(term, *id));
    ++step.identifiers;
    return true;
  });
  if (!scanned) return scanned.error();
  if (error) return *error;
  std::ranges::sort(step.rows);
  return step;
}

}  // namespace cityid
