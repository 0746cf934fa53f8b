// What identifiers are found by: the rows of the table `terms` (docs/ledger-format.md 6).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "codec/bytes.h"
#include "codec/city_id.h"
#include "codec/result.h"
#include "ledger/record/content.h"

namespace cityid {

/// A text as names are compared: without case, width and marks (NFKD, case folding; "São" is
/// "sao"), everything but letters and digits one blank. Empty if it is not UTF-8.
std::string FoldText(std::string_view text);

/// A term: a letter for its kind, and text without 00. Names are kept from every word on, and from
/// every character on in scripts without spaces, so that whatever stands in a name is found by how
/// it begins; of each at most 64 bytes.
/// The beginning of every term of a name that holds `text`. Nothing to look for: only the letter.
std::string NameTerm(std::string_view text);
std::string RelationTerm(std::string_view rel);
std::string ConformsTerm(std::string_view uri);

/// All terms of an identifier's content, sorted, each once; of names at most 256.
std::vector<std::string> TermsOf(const Holding& holding);

/// Key of the table: the term, 00, the identifier.
Bytes TermKey(std::string_view term, const CityId& id);
struct TermRow {
  std::string_view term;  ///< part of the key
  CityId id;
};
/// The inverse. Errors: kMalformed.
Result<TermRow> ReadTermKey(ByteView key);

}  // namespace cityid
