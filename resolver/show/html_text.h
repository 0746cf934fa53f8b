// The words of the pages in three languages.
#pragma once

#include <array>
#include <string_view>

#include "resolver/answer/verdict.h"

namespace cityid {

/// All of it is trusted HTML-safe text.
struct HtmlText {
  std::string_view host_note;
  std::string_view identifier, status, as_of, level, part_of, position, map, population, website;
  std::array<std::string_view, 4> statuses;  ///< active, suspended, superseded, withdrawn
  std::string_view suggestions, nearest, inactive, reason, successor;
  std::string_view code, purpose, signed_by, issued, expires, no_end, serial, document, date;
  std::string_view code_text;
  std::array<std::string_view, 4> purposes;  ///< city, unit, device, document
  std::string_view endpoints, no_endpoints, not_encrypted, private_address;
  std::array<std::string_view, 3> access;  ///< open, registered, restricted
  std::string_view check, check_how, proof, history, children;
  std::string_view ledger, stale, frozen, ledger_time, ledger_size, ledger_root;
  std::string_view search, search_label, verify, verify_label, nothing_found, more, back, since;
  std::array<std::string_view, 4> lists;  ///< search, children, peers, history
  std::string_view past_title, past, present, meaning, nothing_checked, entry;
  std::string_view front_title, front_about, developers, home, languages;
};

const HtmlText& HtmlTexts(Language language);

/// A relation, a level or a scheme in words; itself if there are none.
std::string_view WordsFor(std::string_view term, Language language);

}  // namespace cityid
