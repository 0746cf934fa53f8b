#include "ledger/store/normal_text.h"

#include <utf8proc.h>

#include <cstdlib>
#include <memory>

#include "ledger/record/texts.h"

namespace cityid {

std::string NormalText(std::string_view text) {
  utf8proc_uint8_t* mapped = nullptr;
  const auto size =
      utf8proc_map(reinterpret_cast<const utf8proc_uint8_t*>(text.data()),
                   static_cast<utf8proc_ssize_t>(text.size()), &mapped,
                   static_cast<utf8proc_option_t>(UTF8PROC_STABLE | UTF8PROC_COMPOSE));
  const std::unique_ptr<utf8proc_uint8_t, decltype(&std::free)> owned(mapped, std::free);
  if (size < 0) return std::string(text);
  return {reinterpret_cast<const char*>(owned.get()), static_cast<std::size_t>(size)};
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
