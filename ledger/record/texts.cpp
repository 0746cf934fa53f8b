#include "ledger/record/texts.h"

namespace cityid {

Result<void> CheckTexts(const Record& record) {
  Result<void> all;
  ForEachText(record, [&](TextKind kind, const std::string& where, const std::string& text) {
    if (!all) return;
    if (const auto checked = CheckRecordText(text, kind); !checked)
      all = RefusedBy("text: " + where + ": " + checked.error().detail);
  });
  return all;
}

}  // namespace cityid
