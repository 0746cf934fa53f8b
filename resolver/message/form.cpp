#include "resolver/message/form.h"

#include <algorithm>
#include <utility>

#include "codec/bytes.h"
#include "codec/text.h"

namespace cityid {
namespace {

/// What may stand in a query beside letters and digits (RFC 3986, 2.3).
constexpr std::string_view kUnreserved = "-._~";

bool IsUnreserved(char c) {
  return IsLetterOrDigit(c) || kUnreserved.find(c) != std::string_view::npos;
}

/// Percent-encodes everything but letters, digits and `plain`.
std::string Encode(std::string_view text, std::string_view plain) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    if (IsLetterOrDigit(c) || plain.find(c) != std::string_view::npos) {
      out += c;
    } else {
      const auto byte = static_cast<unsigned char>(c);
      out += '%';
      out += kHex[byte >> 4];
      out += kHex[byte & 15];
    }
  }
  return out;
}

std::optional<std::string> Decode(std::string_view text, bool form) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (form && text[i] == '+') {
      out += ' ';
    } else if (text[i] == '%') {
      const std::string_view digits = text.substr(i + 1, 2);
      const auto byte = digits.size() == 2 ? FromHex(digits) : std::nullopt;
      if (!byte) return std::nullopt;
      out += static_cast<char>(byte->front());
      i += 2;
    } else {
      out += text[i];
    }
  }
  return out;
}

Result<std::string> DecodeText(std::string_view value, std::string_view name, std::size_t most,
                               bool form) {
  if (value.size() > 3 * most)
    return Error{Errc::kTooLarge, std::string(name) + " is longer than " + std::to_string(most)};
  auto text = Decode(value, form);
  const auto is_control = [](char c) {
    return (static_cast<unsigned char>(c) < 0x20 && c != '\r' && c != '\n' && c != '\t') ||
           c == 0x7F;
  };
  if (!text || !IsUtf8(*text) || std::ranges::any_of(*text, is_control))
    return Error{Errc::kMalformed, std::string(name) + " is not percent-encoded UTF-8 text"};
  if (text->size() > most)
    return Error{Errc::kTooLarge, std::string(name) + " is longer than " + std::to_string(most)};
  return *std::move(text);
}

bool IsNamed(std::string_view pair, std::string_view name) {
  return pair.size() > name.size() && pair.starts_with(name) && pair[name.size()] == '=';
}

}  // namespace

std::optional<std::string_view> RawField(std::string_view form, std::string_view name) {
  while (!form.empty()) {
    const std::string_view pair = TakeUntil(form, '&');
    if (IsNamed(pair, name)) return pair.substr(name.size() + 1);
  }
  return std::nullopt;
}

Result<std::optional<std::string>> FormField(std::string_view form, std::string_view name,
                                             std::size_t most) {
  const auto value = RawField(form, name);
  if (!value) return std::optional<std::string>();
  auto text = DecodeText(*value, name, most, true);
  if (!text) return text.error();
  return std::optional(*std::move(text));
}

Result<std::string> PathText(std::string_view segment, std::size_t most) {
  return DecodeText(segment, "the path", most, false);
}

std::string DecodeUnreserved(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte =
        text[i] == '%' && i + 2 < text.size() ? FromHex(text.substr(i + 1, 2)) : std::nullopt;
    const bool plain = byte && IsUnreserved(static_cast<char>(byte->front()));
    out += plain ? static_cast<char>(byte->front()) : text[i];
    if (plain) i += 2;
  }
  return out;
}

std::string EncodeField(std::string_view text) { return Encode(text, kUnreserved); }

std::string EncodeTarget(std::string_view text) { return Encode(text, "-._~%=+:/?@!$'()*,;"); }

std::string WithField(std::string_view target, std::string_view name, std::string_view value) {
  std::string out = EncodeTarget(TakeUntil(target, '?'));
  char separator = '?';
  while (!target.empty()) {
    const std::string_view pair = TakeUntil(target, '&');
    if (pair.empty() || IsNamed(pair, name)) continue;
    out += std::exchange(separator, '&');
    out += EncodeTarget(pair);
  }
  return out.append(1, separator).append(name).append("=").append(EncodeField(value));
}

}  // namespace cityid
