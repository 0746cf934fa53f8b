#include "ledger/store/terms.h"

#include <utf8proc.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <memory>

namespace cityid {
namespace {

constexpr std::size_t kLongest = 64;  // bytes of a name's term
constexpr std::size_t kMostNames = 256;

struct Free {
  void operator()(utf8proc_uint8_t* text) const { std::free(text); }
};

/// Returns true for scripts without spaces between words: Thai, Lao, Tibetan, Myanmar, Khmer, Kana,
/// Han.
bool IsWrittenWithoutSpaces(utf8proc_int32_t c) {
  struct Range {
    utf8proc_int32_t first, last;
  };
  constexpr auto kRanges = std::to_array<Range>({{0x0E00, 0x0EFF},
                                                 {0x0F00, 0x109F},
                                                 {0x1780, 0x17FF},
                                                 {0x2E80, 0x2FDF},
                                                 {0x3040, 0x30FF},
                                                 {0x3400, 0x9FFF},
                                                 {0xF900, 0xFAFF},
                                                 {0x20000, 0x3FFFF}});
  return std::ranges::any_of(kRanges, [&](Range r) { return c >= r.first && c <= r.last; });
}

bool IsLetterOrDigit(utf8proc_int32_t c) {
  switch (utf8proc_category(c)) {
    case UTF8PROC_CATEGORY_LU:
    case UTF8PROC_CATEGORY_LL:
    case UTF8PROC_CATEGORY_LT:
    case UTF8PROC_CATEGORY_LM:
    case UTF8PROC_CATEGORY_LO:
    case UTF8PROC_CATEGORY_ND:
    case UTF8PROC_CATEGORY_NL:
    case UTF8PROC_CATEGORY_NO:
      return true;
    default:
      return false;
  }
}

/// Calls `visit(position, size, code point)` for each character of valid UTF-8.
template <class Visit>
void ForEachCharacter(std::string_view text, Visit visit) {
  std::size_t at = 0;
  while (at < text.size()) {
    utf8proc_int32_t c = 0;
    const auto size = utf8proc_iterate(reinterpret_cast<const utf8proc_uint8_t*>(text.data()) + at,
                                       static_cast<utf8proc_ssize_t>(text.size() - at), &c);
    if (size <= 0) return;
    visit(at, static_cast<std::size_t>(size), c);
    at += static_cast<std::size_t>(size);
  }
}

std::string Term(char kind, std::string_view text) { return kind + std::string(text); }

/// Returns at most `kLongest` bytes, whole characters.
std::string_view Shortened(std::string_view folded) {
  if (folded.size() <= kLongest) return folded;
  // Back to the beginning of a character: the bytes after the first are 10xxxxxx.
  std::size_t end = kLongest;
  while ((static_cast<unsigned char>(folded[end]) & 0xC0) == 0x80) --end;
  return folded.substr(0, end);
}

void AddNameTerms(std::vector<std::string>& terms, std::string_view name) {
  const std::string folded = FoldText(name);
  bool begins = true;
  ForEachCharacter(folded, [&](std::size_t at, std::size_t, utf8proc_int32_t c) {
    if (terms.size() < kMostNames && (begins || IsWrittenWithoutSpaces(c)) && c != ' ')
      terms.push_back(Term('n', Shortened(std::string_view(folded).substr(at))));
    begins = c == ' ';
  });
}

}  // namespace

std::string FoldText(std::string_view text) {
  utf8proc_uint8_t* mapped = nullptr;
  const auto size = utf8proc_map(
      reinterpret_cast<const utf8proc_uint8_t*>(text.data()),
      static_cast<utf8proc_ssize_t>(text.size()), &mapped,
      static_cast<utf8proc_option_t>(UTF8PROC_STABLE | UTF8PROC_COMPAT | UTF8PROC_DECOMPOSE |
                                     UTF8PROC_CASEFOLD | UTF8PROC_STRIPMARK | UTF8PROC_IGNORE));
  const std::unique_ptr<utf8proc_uint8_t, Free> owned(mapped);
  if (size < 0) return {};
  const std::string_view all(reinterpret_cast<const char*>(mapped), static_cast<std::size_t>(size));
  std::string folded;
  ForEachCharacter(all, [&](std::size_t at, std::size_t width, utf8proc_int32_t c) {
    if (IsLetterOrDigit(c)) {
      folded += all.substr(at, width);
    } else if (!folded.empty() && folded.back() != ' ') {
      folded += ' ';
    }
  });
  if (!folded.empty() && folded.back() == ' ') folded.pop_back();
  return folded;
}

std::string NameTerm(std::string_view text) { return Term('n', Shortened(FoldText(text))); }

std::string RelationTerm(std::string_view rel) { return Term('r', rel); }

std::string ConformsTerm(std::string_view uri) {
  return Term('c', Hex(Sha256(AsBytes(uri)).view()));
}

std::vector<std::string> TermsOf(const Holding& holding) {
  std::vector<std::string> terms;
  for (const auto& [language, name] : holding.metadata.names) {
    if (terms.size() == kMostNames) break;
    AddNameTerms(terms, name);
  }
  for (const Endpoint& endpoint : holding.endpoints) {
    terms.push_back(RelationTerm(endpoint.rel));
    for (const std::string& uri : endpoint.conforms_to) terms.push_back(ConformsTerm(uri));
  }
  std::ranges::sort(terms);
  const auto twice = std::ranges::unique(terms);
  terms.erase(twice.begin(), twice.end());
  return terms;
}

Bytes TermKey(std::string_view term, const CityId& id) {
  Bytes key(term.begin(), term.end());
  key.push_back(0);
  Append(key, AsBytes(id.text()));
  return key;
}

Result<TermRow> ReadTermKey(ByteView key) {
  const auto end = std::ranges::find(key, 0);
  if (end == key.end()) return Error{Errc::kMalformed, "term: it names no identifier"};
  const auto size = static_cast<std::size_t>(end - key.begin());
  auto id = CityId::Parse(AsText(key.subspan(size + 1)));
  if (!id) return id.error();
  return TermRow{AsText(key.first(size)), *std::move(id)};
}

}  // namespace cityid
