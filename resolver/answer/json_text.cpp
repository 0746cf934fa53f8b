#include "resolver/answer/json_text.h"

#include <array>

#include "codec/shown_text.h"
#include "codec/text.h"

namespace cityid {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

bool NeedsEscape(char c) {
  return c == '"' || c == '\\' || static_cast<unsigned char>(c) < 0x20 || c == 0x7F;
}

void AppendEscaped(std::string& out, char c) {
  constexpr std::string_view kHex = "0123456789abcdef";
  if (c == '"' || c == '\\') {
    out += '\\';
    out += c;
  } else {
    out += "\\u00";
    out += kHex[static_cast<unsigned char>(c) >> 4];
    out += kHex[static_cast<unsigned char>(c) & 15];
  }
}

/// Writes a character as \uXXXX if it stands at the beginning of valid UTF-8, has two or three
/// bytes, and acts on a terminal or turns the direction of what follows. Returns its bytes, or 0.
std::size_t AppendForbidden(std::string& out, std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  // The lead bytes of all of them.
  if (byte(0) != 0xC2 && byte(0) != 0xD8 && byte(0) != 0xE2 && byte(0) != 0xEF) return 0;
  const std::size_t size = byte(0) < 0xE0 ? 2 : 3;
  char32_t point = byte(0) & (size == 2 ? 0x1F : 0x0F);
  for (std::size_t i = 1; i < size; ++i) point = (point << 6) | (byte(i) & 0x3F);
  if (!IsForbiddenCharacter(point)) return 0;
  constexpr std::string_view kHex = "0123456789abcdef";
  out += "\\u";
  for (int shift = 12; shift >= 0; shift -= 4) out += kHex[(point >> shift) & 15];
  return size;
}

}  // namespace

JsonText& JsonText::Text(std::string_view text) {
  Separate();
  out_ += '"';
  const bool utf8 = IsUtf8(text);
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (const std::size_t size = utf8 ? AppendForbidden(out_, text.substr(i)) : 0; size > 0) {
      i += size - 1;
    } else if (!utf8 && static_cast<unsigned char>(c) >= 0x80) {
      out_ += kReplacement;
    } else if (NeedsEscape(c)) {
      AppendEscaped(out_, c);
    } else {
      out_ += c;
    }
  }
  out_ += '"';
  return *this;
}

JsonText& JsonText::Number(std::uint64_t number) {
  std::array<char, 24> text;
  const auto end = std::to_chars(text.data(), text.data() + text.size(), number).ptr;
  return Raw({text.data(), static_cast<std::size_t>(end - text.data())});
}

JsonText& JsonText::Decimal(std::int64_t number, int digits) {
  std::string text = std::to_string(number < 0 ? -number : number);
  while (text.size() <= static_cast<std::size_t>(digits)) text.insert(text.begin(), '0');
  text.insert(text.size() - static_cast<std::size_t>(digits), ".");
  while (text.back() == '0') text.pop_back();
  if (text.back() == '.') text += '0';
  return Raw(number < 0 ? "-" + text : text);
}

JsonText& JsonText::Member(std::string_view name, const TextMap& texts) {
  Name(name).BeginObject();
  for (const auto& [key, text] : texts) {
    Text(key);
    out_ += ':';
    Text(text);
  }
  return EndObject();
}

}  // namespace cityid
