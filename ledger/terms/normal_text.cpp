#include "ledger/terms/normal_text.h"

#include <utf8proc.h>

#include <cstdlib>
#include <memory>

#include "codec/shown_text.h"
#include "ledger/record/texts.h"

namespace cityid {
namespace {

/// Returns the text with the space of the keyboard for all others. That of Mongolian words stays.
std::string WithPlainSpaces(std::string_view text) {
  constexpr char32_t kMongolianSpace = 0x202F;
  const auto is_mongolian = [](char32_t c) { return c >= 0x1800 && c <= 0x18AF; };
  std::string out;
  char32_t before = 0;
  std::size_t at = 0;
  ForEachCodePoint(text, [&](char32_t c) {
    const std::size_t size = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
    const bool space = utf8proc_category(static_cast<utf8proc_int32_t>(c)) == UTF8PROC_CATEGORY_ZS;
    const bool kept = c == kMongolianSpace && is_mongolian(before);
    out += space && !kept ? " " : text.substr(at, size);
    at += size;
    before = c;
  });
  return out;
}

}  // namespace

std::string NormalText(std::string_view text) {
  utf8proc_uint8_t* mapped = nullptr;
  const auto size =
      utf8proc_map(reinterpret_cast<const utf8proc_uint8_t*>(text.data()),
                   static_cast<utf8proc_ssize_t>(text.size()), &mapped,
                   static_cast<utf8proc_option_t>(UTF8PROC_STABLE | UTF8PROC_COMPOSE));
  const std::unique_ptr<utf8proc_uint8_t, decltype(&std::free)> owned(mapped, std::free);
  if (size < 0) return std::string(text);
  return WithPlainSpaces(
      {reinterpret_cast<const char*>(owned.get()), static_cast<std::size_t>(size)});
}

void NormalizeTexts(Record& record) {
  ForEachText(record,
              [](TextKind, const std::string&, std::string& text) { text = NormalText(text); });
}

Result<void> CheckNormalTexts(const Record& record) {
  Result<void> all;
  ForEachText(record, [&](TextKind, const std::string& where, const std::string& text) {
    if (all && NormalText(text) != text) {
      all = RefusedBy("text: " + where +
                      ": it is not in Normalization Form C; make the record anew with a command of "
                      "this program, which writes that form");
    }
  });
  return all;
}

}  // namespace cityid
