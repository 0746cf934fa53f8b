// The words of the pages in three languages.
#pragma once

#include <array>
#include <string_view>

#include "resolver/verdict.h"

namespace cityid {

/// All of it is trusted HTML-safe text.
struct HtmlText {
  std::string_view host_note;
  std::string_view identifier, status, active, level, part_of, position, population, website;
  std::string_view nearest, inactive, successor;
  std::string_view code, purpose, signed_by, issued, expires, no_end, serial, document, date;
  std::array<std::string_view, 4> purposes;  ///< city, unit, device, document
  std::string_view endpoints, no_endpoints, not_encrypted, private_address;
  std::array<std::string_view, 3> access;  ///< open, registered, restricted
  std::string_view ledger, stale, frozen, ledger_time, ledger_size, ledger_root;
};

const HtmlText& HtmlTexts(Language language);

}  // namespace cityid
