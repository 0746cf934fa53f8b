#include "ledger/terms/terms.h"

#include <algorithm>
#include <array>

#include "ledger/terms/folding.h"

namespace cityid {
namespace {

constexpr std::size_t kLongest = 64;  // bytes of a name in a term
constexpr std::size_t kMostNames = 256;

std::string Term(char kind, std::string_view text) { return kind + std::string(text); }

/// Returns at most `kLongest` bytes, whole characters.
std::string Shortened(std::string joined) {
  if (joined.size() <= kLongest) return joined;
  // Back to the beginning of a character: the bytes after the first are 10xxxxxx.
  std::size_t end = kLongest;
  while ((static_cast<unsigned char>(joined[end]) & 0xC0) == 0x80) --end;
  joined.resize(end);
  return joined;
}

/// Returns the size of what an identifier names: first by its depth, then by its inhabitants.
char SizeOf(const CityId& id, const Metadata& metadata) {
  constexpr auto kInhabitants =
      std::to_array<std::uint64_t>({10'000'000, 1'000'000, 100'000, 10'000, 0});
  if (id.depth() > 1) return id.depth() == 2 ? kSizes[5] : kSizes[6];
  const auto* fits = std::ranges::find_if(
      kInhabitants, [&](std::uint64_t least) { return metadata.population.value_or(0) >= least; });
  return kSizes[static_cast<std::size_t>(fits - kInhabitants.begin())];
}

bool IsChinese(std::string_view language) {
  return language == "zh" || language.starts_with("zh-");
}

bool IsAscii(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

/// Appends the terms of one name.
void AddNameTerms(std::vector<std::string>& terms, char size, std::string_view language,
                  std::string_view name) {
  const auto add = [&](Place place, std::string text) {
    if (terms.size() < kMostNames)
      terms.push_back(NameTerm(place, size, Shortened(std::move(text))));
  };
  // So much text has more than `kLongest` bytes without its blanks, of which no two are neighbours.
  constexpr std::size_t kRaw = 2 * kLongest + 2;
  const auto add_places = [&](std::string_view folded) {
    for (const std::size_t at : PlacesIn(folded, kMostNames - terms.size()))
      add(at == 0 ? Place::kBeginning : Place::kWord, JoinWords(folded.substr(at, kRaw)));
  };
  const std::string plain = FoldText(name);
  add_places(plain);
  if (IsAscii(name)) return;
  const std::string spelled = FoldText(name, Umlauts::kSpelled);
  if (spelled != plain) add_places(spelled);
  if (!IsChinese(language)) return;
  // Rare readings stand behind, so that a large place doesn't come first by one of them.
  Place place = Place::kBeginning;
  for (std::string& pinyin : PinyinOf(plain)) {
    add(place, std::move(pinyin));
    place = Place::kWord;
  }
}

}  // namespace

std::string NameTerm(Place place, char size, std::string_view joined) {
  return std::string{'n', static_cast<char>(place), size} + std::string(joined);
}

std::string TextOfTerm(std::string_view text) { return Shortened(JoinWords(FoldText(text))); }

std::string RelationTerm(std::string_view rel) { return Term('r', rel); }

std::string ConformsTerm(std::string_view uri) {
  return Term('c', Hex(Sha256(AsBytes(uri)).view()));
}

std::vector<std::string> TermsOf(const CityId& id, const Holding& holding) {
  std::vector<std::string> terms;
  const char size = SizeOf(id, holding.metadata);
  for (const auto& [language, name] : holding.metadata.names) {
    if (terms.size() == kMostNames) break;
    AddNameTerms(terms, size, language, name);
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
