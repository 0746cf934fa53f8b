#include "ledger/find/names.h"

#include <algorithm>
#include <map>

#include "ledger/store/term_index.h"
#include "ledger/terms/folding.h"

namespace cityid {
namespace {

constexpr std::size_t kMostWords = 8;
constexpr std::size_t kMostCounted = 32;  // rows, to find the rarest word

// The stretches of the table in which a search looks, in order: for each way to match, and for each
// size. Those for words in any order are two of each size, for both places of the word.
constexpr std::size_t kWholes = 0;
constexpr std::size_t kBeginnings = kWholes + kSizes.size();
constexpr std::size_t kLaterWords = kBeginnings + kSizes.size();
constexpr std::size_t kAnyOrder = kLaterWords + kSizes.size();
constexpr std::size_t kStretches = kAnyOrder + 2 * kSizes.size();

/// Rows of the table that begin with `prefix`, from `first` on.
struct Stretch {
  std::string prefix, first;
};

/// Returns the stretch of a word of the query, in both places and all sizes: `number` is below
/// `2 * kSizes.size()`.
Stretch StretchOfWord(std::string_view word, std::size_t number) {
  const Place place = number % 2 == 0 ? Place::kBeginning : Place::kWord;
  const std::string prefix = NameTerm(place, kSizes[number / 2], word);
  return {prefix, prefix};
}

/// Returns a stretch by its number. `word` is the index of the rarest word.
Stretch StretchOf(const NameQuery& query, std::size_t number, std::size_t word) {
  if (number >= kAnyOrder) return StretchOfWord(query.words[word], number - kAnyOrder);
  const char size = kSizes[number % kSizes.size()];
  const Place place = number < kLaterWords ? Place::kBeginning : Place::kWord;
  const std::string prefix = NameTerm(place, size, query.text);
  // After a whole name there is the zero byte of the key.
  if (number < kBeginnings) return {prefix + '\0', prefix + '\0'};
  if (number < kLaterWords) return {prefix, prefix + '\1'};
  return {prefix, prefix};
}

/// Where an identifier stands among the results: at this term of its own, in the stretches for the
/// whole text or in those for words in any order. An empty term: nowhere.
struct Standing {
  std::string term;
  bool in_any_order = false;
};

/// Returns the first of an identifier's terms of names that begins with `text`.
const std::string* FirstWith(const std::vector<std::string>& terms, std::string_view text) {
  const auto found = std::ranges::find_if(terms, [&](const std::string& term) {
    return term[0] == 'n' && std::string_view(term).substr(kNamePrefix).starts_with(text);
  });
  return found == terms.end() ? nullptr : &*found;
}

Standing StandingOf(const std::vector<std::string>& terms, const NameQuery& query,
                    std::size_t word) {
  if (const std::string* term = FirstWith(terms, query.text)) return {*term, false};
  const bool all = std::ranges::all_of(
      query.words, [&](const std::string& other) { return FirstWith(terms, other); });
  if (query.words.empty() || !all) return {"", true};
  return {*FirstWith(terms, query.words[word]), true};
}

/// Returns the work of making the terms of names, in units of `LedgerView::work`: to fold what has
/// terms costs about as much as to read eight times as many bytes. Names have no more than 256
/// terms, and so many are in about 1,024 bytes.
std::uint64_t WorkOfFolding(const Holding& holding) {
  constexpr std::size_t kMostFolded = 1024;
  constexpr std::size_t kTimesReading = 8;
  std::size_t bytes = 0;
  for (const auto& [language, name] : holding.metadata.names) bytes += name.size();
  return std::min(bytes, kMostFolded) * kTimesReading / LedgerView::kBytesOfUnit;
}

/// Returns the work of looking at terms once for the whole query and once for each of its words, in
/// units of `LedgerView::work`.
std::uint64_t WorkOfLooking(const std::vector<std::string>& terms, const NameQuery& query) {
  constexpr std::size_t kTermsOfUnit = 1024;
  return terms.size() * (1 + query.words.size()) / kTermsOfUnit;
}

/// Returns the terms of an identifier that has `term`. To make them costs about as much again as to
/// read its record, and the folding of its names.
Result<std::vector<std::string>> OwnTerms(const LedgerView& view, const TermRow& row) {
  const auto state = FindIdentifier(view, row.id);
  if (!state) return state.error();
  const std::string& id = row.id.text();
  if (!*state) return Error{Errc::kCorrupt, "ledger: " + id + " is indexed and not there"};
  const std::uint64_t before = view.work();
  const auto holding = ReadHolding(view, **state);
  if (!holding) return holding.error();
  const std::uint64_t work = view.work() - before + WorkOfFolding(*holding);
  if (const auto counted = view.Count(work); !counted) return counted.error();
  auto terms = TermsOf(row.id, *holding);
  if (!std::ranges::binary_search(terms, row.term))
    return Error{Errc::kCorrupt, "ledger: a term of " + id + " is not its own"};
  return terms;
}

bool StartsWith(ByteView text, std::string_view prefix) { return AsText(text).starts_with(prefix); }

/// Returns the index of the word with which the fewest terms begin; nothing if no term begins with
/// one of them.
Result<std::optional<std::size_t>> RarestWord(const LedgerView& view, const NameQuery& query) {
  std::optional<std::size_t> rarest;
  std::size_t least = 0;
  for (std::size_t word = 0; word < query.words.size(); ++word) {
    std::size_t rows = 0;
    for (std::size_t number = 0; number < 2 * kSizes.size() && rows < kMostCounted; ++number) {
      const Stretch stretch = StretchOfWord(query.words[word], number);
      const auto counted =
          ScanTerms(view, AsBytes(stretch.first), [&](ByteView key, const TermRow&) {
            return StartsWith(key, stretch.prefix) && ++rows < kMostCounted;
          });
      if (!counted) return counted.error();
    }
    if (rows == 0) return std::optional<std::size_t>();
    if (!rarest || rows < least) {
      rarest = word;
      least = rows;
    }
  }
  return rarest;
}

/// A place in the results: number of a stretch, index of the rarest word, key of the table.
Bytes CursorOf(std::size_t number, std::size_t word, ByteView key) {
  Bytes cursor = {static_cast<std::uint8_t>(number), static_cast<std::uint8_t>(word)};
  Append(cursor, key);
  return cursor;
}

struct Cursor {
  std::size_t number = 0;
  std::optional<std::size_t> word;  ///< nothing before it is known
  Bytes key;                        ///< empty: from the beginning of the stretch on
};

Result<Cursor> ReadCursor(const NameQuery& query, const std::optional<Bytes>& from) {
  if (!from) return Cursor();
  const Error wrong{Errc::kUsage, "the page is of another question"};
  if (from->size() < 2 || (*from)[0] >= kStretches) return wrong;
  Cursor cursor{(*from)[0], {}, Bytes(from->begin() + 2, from->end())};
  if (cursor.number >= kAnyOrder) {
    cursor.word = (*from)[1];
    if (*cursor.word >= query.words.size()) return wrong;
  }
  const Stretch stretch = StretchOf(query, cursor.number, cursor.word.value_or(0));
  if (!StartsWith(cursor.key, stretch.prefix)) return wrong;
  return cursor;
}

/// A search as it goes through the stretches.
class NameSearch {
 public:
  NameSearch(const LedgerView& view, const NameQuery& query, std::size_t limit)
      : view_(view), query_(query), limit_(limit), most_(view.work() + kPageWork) {}

  Result<NameMatches> Run(Cursor at) {
    for (; at.number < kStretches && !matches_.next; ++at.number, at.key.clear()) {
      if (at.number >= kAnyOrder && !at.word) {
        if (query_.words.empty()) break;
        const auto word = RarestWord(view_, query_);
        if (!word) return word.error();
        if (!*word) break;
        at.word = *word;
      }
      const std::size_t word = at.word.value_or(0);
      const Stretch stretch = StretchOf(query_, at.number, word);
      const auto scanned =
          ScanTerms(view_, at.key.empty() ? AsBytes(stretch.first) : ByteView(at.key),
                    [&](ByteView key, TermRow row) -> Result<bool> {
                      if (!StartsWith(key, stretch.prefix)) return false;
                      return Meet(at.number, word, key, std::move(row));
                    });
      if (!scanned) return scanned.error();
    }
    return std::move(matches_);
  }

 private:
  /// Takes a row that matches; returns false if the page is full.
  Result<bool> Meet(std::size_t number, std::size_t word, ByteView key, TermRow row) {
    if (matches_.ids.size() == limit_ || view_.work() > most_) {
      matches_.next = CursorOf(number, word, key);
      return false;
    }
    auto known = met_.find(row.id.text());
    if (known == met_.end()) {
      const auto terms = OwnTerms(view_, row);
      if (!terms) return terms.error();
      if (const auto counted = view_.Count(WorkOfLooking(*terms, query_)); !counted)
        return counted.error();
      known = met_.emplace(row.id.text(), StandingOf(*terms, query_, word)).first;
    }
    const Standing& standing = known->second;
    if (standing.term != row.term || standing.in_any_order != (number >= kAnyOrder)) return true;
    matches_.ids.push_back(std::move(row.id));
    matches_.rows.push_back(CursorOf(number, word, key));
    return true;
  }

  const LedgerView& view_;
  const NameQuery& query_;
  const std::size_t limit_;
  const std::uint64_t most_;
  std::map<std::string, Standing> met_;  // identifiers that were met
  NameMatches matches_;
};

}  // namespace

NameQuery::NameQuery(std::string_view typed) : text(TextOfTerm(typed)) {
  const std::string folded = FoldText(typed);
  const auto count = static_cast<std::size_t>(std::ranges::count(folded, ' ')) + 1;
  if (count == 1 || count > kMostWords) return;
  for (std::size_t at = 0; at != std::string::npos;) {
    const std::size_t end = folded.find(' ', at);
    words.push_back(TextOfTerm(folded.substr(at, end - at)));
    at = end == std::string::npos ? end : end + 1;
  }
}

Result<NameMatches> FindNames(const LedgerView& view, const NameQuery& query,
                              const std::optional<Bytes>& from, std::size_t limit) {
  if (query.text.empty()) return NameMatches();
  auto cursor = ReadCursor(query, from);
  if (!cursor) return cursor.error();
  return NameSearch(view, query, limit).Run(*std::move(cursor));
}

}  // namespace cityid
