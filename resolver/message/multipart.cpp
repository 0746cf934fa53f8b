#include "resolver/message/multipart.h"

#include <algorithm>
#include <optional>
#include <string>

#include "codec/text.h"

namespace cityid {
namespace {

constexpr std::size_t kMaxBoundary = 70;        // RFC 2046, 5.1.1
constexpr std::size_t kMaxPartHead = 4 * 1024;  // bytes of a part's header fields

Error Malformed(const char* what) { return Error{Errc::kMalformed, what}; }

/// Returns the value of a parameter such as `name="picture"`; nothing if there is none.
std::optional<std::string_view> Parameter(std::string_view value, std::string_view name) {
  for (value.remove_prefix(std::min(value.find(';'), value.size())); !value.empty();) {
    value = Trim(value.substr(1), " \t");
    const std::size_t equals = value.find_first_of("=;");
    if (equals == std::string_view::npos || value[equals] == ';') {
      value.remove_prefix(std::min(equals, value.size()));
      continue;
    }
    const bool found = EqualIgnoringCase(value.substr(0, equals), name);
    value.remove_prefix(equals + 1);
    const bool quoted = value.starts_with('"');
    if (quoted) value.remove_prefix(1);
    // Clients write a quote in a value as %22 or \", and neither stands in a name that we look for.
    const std::size_t end = std::min(value.find(quoted ? '"' : ';'), value.size());
    if (found) return quoted ? value.substr(0, end) : Trim(value.substr(0, end), " \t");
    value.remove_prefix(end);
    value.remove_prefix(std::min(value.find(';'), value.size()));
  }
  return std::nullopt;
}

/// Returns the line that stands between parts, with the end of the line before it.
std::optional<std::string> DelimiterOf(std::string_view content_type) {
  const auto boundary = Parameter(content_type, "boundary");
  if (!boundary || boundary->empty() || boundary->size() > kMaxBoundary) return std::nullopt;
  const bool printable =
      std::ranges::all_of(*boundary, [](char c) { return c >= 0x20 && c < 0x7F; });
  if (!printable) return std::nullopt;
  return "\r\n--" + std::string(*boundary);
}

/// Reads a part's header fields, which end with an empty line, off `rest`.
Result<FormPart> ReadHead(std::string_view& rest) {
  FormPart part;
  bool is_field = false;
  for (std::size_t read = 0;;) {
    const std::size_t end = rest.find("\r\n");
    if (end == std::string_view::npos || (read += end) > kMaxPartHead)
      return Malformed("a field of the form has no end of its head");
    const std::string_view line = rest.substr(0, end);
    rest.remove_prefix(end + 2);
    if (line.empty()) break;
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos) return Malformed("a line of a form's field has no colon");
    const std::string_view value = Trim(line.substr(colon + 1), " \t");
    if (EqualIgnoringCase(line.substr(0, colon), "content-type")) part.type = value;
    if (!EqualIgnoringCase(line.substr(0, colon), "content-disposition")) continue;
    is_field = EqualIgnoringCase(Trim(value.substr(0, value.find(';')), " \t"), "form-data");
    part.name = Parameter(value, "name").value_or("");
  }
  if (!is_field) return Malformed("a field of the form has no name");
  return part;
}

}  // namespace

bool IsMultipartForm(std::string_view content_type) {
  return EqualIgnoringCase(Trim(content_type.substr(0, content_type.find(';')), " \t"),
                           "multipart/form-data");
}

Result<std::vector<FormPart>> ReadFormParts(std::string_view content_type, std::string_view body) {
  const auto delimiter = DelimiterOf(content_type);
  if (!delimiter) return Malformed("the type of the form names no boundary");
  // The first delimiter needs no line before it.
  std::string_view rest = body;
  if (!rest.starts_with(std::string_view(*delimiter).substr(2)))
    return Malformed("the form does not begin with its boundary");
  rest.remove_prefix(delimiter->size() - 2);
  std::vector<FormPart> parts;
  while (!rest.starts_with("--")) {
    if (parts.size() == kMostFormParts)
      return Error{Errc::kTooLarge, "too many fields in the form"};
    if (!rest.starts_with("\r\n")) return Malformed("a boundary of the form is no line of its own");
    rest.remove_prefix(2);
    auto part = ReadHead(rest);
    if (!part) return part.error();
    const std::size_t end = rest.find(*delimiter);
    if (end == std::string_view::npos) return Malformed("the form ends in the middle of a field");
    part->content = rest.substr(0, end);
    rest.remove_prefix(end + delimiter->size());
    parts.push_back(*part);
  }
  return parts;
}

}  // namespace cityid
