// The texts of a record that people read, listed once: the rules judge them, the inbox and the
// commands ask for one form of them.
#pragma once

#include "codec/record_text.h"
#include "ledger/record/record.h"

namespace cityid {

/// Calls `visit(kind, where, text)` for each of them. `where`: "name in 'en'". `record` may be
/// const; if it isn't, the texts aren't either.
template <class AnyRecord, class Visit>
void ForEachText(AnyRecord& record, Visit visit) {
  const auto by_language = [&](TextKind kind, const char* what, auto& texts) {
    for (auto& [language, text] : texts) visit(kind, what + (" in '" + language + "'"), text);
  };
  const auto words = [&](const char* what, auto& text) {
    if (text) visit(TextKind::kWords, what, *text);
  };
  const auto of_body = [&](auto& body) {
    if constexpr (requires { body.policy; }) {
      for (auto& institute : body.policy.institutes)
        by_language(TextKind::kName, "title of an institute", institute.title);
    }
    if constexpr (requires { body.registrar; })
      by_language(TextKind::kName, "title of the registrar", body.registrar.title);
    if constexpr (requires { body.holding; }) {
      by_language(TextKind::kName, "name", body.holding.metadata.names);
      words("time zone", body.holding.metadata.time_zone);
      for (auto& endpoint : body.holding.endpoints) {
        by_language(TextKind::kWords, "title of an endpoint", endpoint.title);
        words("type of an endpoint", endpoint.type);
        words("licence of an endpoint", endpoint.licence);
      }
    }
    if constexpr (requires { body.reason; }) words("reason", body.reason);
  };
  std::visit(of_body, record.body);
}

/// Checks each text with `CheckRecordText`. Errors: kRefused by the rule `text`.
inline Result<void> CheckTexts(const Record& record) {
  Result<void> all;
  ForEachText(record, [&](TextKind kind, const std::string& where, const std::string& text) {
    if (!all) return;
    if (const auto checked = CheckRecordText(text, kind); !checked)
      all = RefusedBy("text: " + where + ": " + checked.error().detail);
  });
  return all;
}

}  // namespace cityid
