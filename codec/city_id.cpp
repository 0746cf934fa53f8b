#include "codec/city_id.h"

#include <algorithm>

namespace cityid {
namespace {

constexpr std::string_view kAlphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";

bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsNodeChar(char c) { return IsDigit(c) || (c >= 'A' && c <= 'Z'); }

Error Malformed(std::string detail) {
  return Error{Errc::kMalformed, "city id: " + std::move(detail)};
}

std::string Upper(std::string_view text) {
  std::string upper(text);
  for (char& c : upper) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  return upper;
}

/// Checks the grammar agency.country[.node]... and returns the number of nodes after the country.
Result<std::size_t> CheckGrammar(std::string_view text) {
  if (text.size() > CityId::kMaxLength) return Malformed("longer than 64 characters");
  std::size_t component = 0;
  std::size_t start = 0;
  while (true) {
    const std::size_t end = std::min(text.find('.', start), text.size());
    const std::string_view part = text.substr(start, end - start);
    const std::string name = component == 0   ? "agency code"
                             : component == 1 ? "country"
                                              : "node " + std::to_string(component - 1);
    if (part.empty()) return Malformed(name + " is empty");
    if (!std::ranges::all_of(part, IsNodeChar)) {
      return Malformed(name + " has a character other than A-Z and 0-9");
    }
    if (component == 0 && (part.size() < 2 || part.size() > 3)) {
      return Malformed("agency code must have 2 or 3 characters");
    }
    if (component == 1 && (part.size() != 3 || !std::ranges::all_of(part, IsDigit))) {
      return Malformed("country must have 3 digits");
    }
    if (part.size() > 16) return Malformed(name + " is longer than 16 characters");
    ++component;
    if (end == text.size()) break;
    start = end + 1;
  }
  if (component < 2) return Malformed("country is missing");
  if (component - 2 > CityId::kMaxNodes) return Malformed("more than 8 nodes");
  return component - 2;
}

}  // namespace

Result<CityId> CityId::Parse(std::string_view text) {
  const auto nodes = CheckGrammar(text);
  if (!nodes) return nodes.error();
  if (*nodes == 0) return Malformed("a country alone is not an identifier");
  return CityId(std::string(text));
}

Result<CityId> CityId::ParseTyped(std::string_view text) {
  // The bound before anything is copied: an identifier, a hyphen and two check characters.
  if (text.size() > kMaxLength + 3) return Malformed("longer than 64 characters");
  const std::string upper = Upper(text);
  const std::size_t hyphen = upper.find('-');
  auto id = Parse(std::string_view(upper).substr(0, hyphen));
  if (!id || hyphen == std::string::npos) return id;
  if (upper.substr(hyphen + 1) != id->CheckCharacters()) {
    return Malformed("check characters are wrong; is the identifier mistyped?");
  }
  return id;
}

std::vector<CityId> CityId::Corrections(std::string_view typed) {
  std::vector<CityId> found;
  if (typed.size() > kMaxLength + 3) return found;
  std::string text = Upper(typed);
  const std::size_t hyphen = text.find('-');
  if (hyphen == std::string::npos) return found;
  const std::string check = text.substr(hyphen + 1);
  text.resize(hyphen);
  const auto self = Parse(text);
  if (!self || self->CheckCharacters() == check) return found;
  found.push_back(*self);
  const auto consider = [&](const std::string& other) {
    auto id = Parse(other);
    if (id && id->CheckCharacters() == check) found.push_back(*std::move(id));
  };
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '.') continue;
    std::string other = text;
    for (const char c : kAlphabet) {
      other[i] = c;
      if (c != text[i]) consider(other);
    }
    if (i + 1 == text.size() || text[i + 1] == text[i]) continue;
    other = text;
    std::swap(other[i], other[i + 1]);
    consider(other);
  }
  return found;
}

std::size_t CityId::depth() const {
  return static_cast<std::size_t>(std::ranges::count(text_, '.')) - 1;
}

std::optional<CityId> CityId::Parent() const {
  if (depth() == 1) return std::nullopt;
  return CityId(text_.substr(0, text_.rfind('.')));
}

std::string CityId::CheckCharacters() const {
  std::string prefixed;
  prefixed.reserve(kMaxLength + kMaxNodes + 2);
  std::size_t start = 0;
  while (start <= text_.size()) {
    const std::size_t end = std::min(text_.find('.', start), text_.size());
    prefixed += kAlphabet[end - start];
    prefixed.append(text_, start, end - start);
    start = end + 1;
  }
  return Mod1271_36(prefixed);
}

Result<Prefix> Prefix::Parse(std::string_view text) {
  const auto nodes = CheckGrammar(text);
  if (!nodes) return nodes.error();
  return Prefix(std::string(text));
}

std::optional<Prefix> Prefix::Parent() const {
  if (std::ranges::count(text_, '.') == 1) return std::nullopt;
  return Prefix(text_.substr(0, text_.rfind('.')));
}

bool Prefix::Covers(const Prefix& prefix) const {
  const std::string& other = prefix.text_;
  return other.starts_with(text_) && (other.size() == text_.size() || other[text_.size()] == '.');
}

std::string Mod1271_36(std::string_view text) {
  // The pure recursive method: each character doubles as a digit in base 36, and the two check
  // characters bring the sum to 1 modulo 1271.
  std::size_t sum = 0;
  for (const char c : text) sum = (sum + kAlphabet.find(c)) * 36 % 1271;
  sum = sum * 36 % 1271;
  const std::size_t check = (1272 - sum) % 1271;
  return {kAlphabet[check / 36], kAlphabet[check % 36]};
}

}  // namespace cityid
