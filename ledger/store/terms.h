// Terms, by which identifiers are found, and the keys of the table `terms` (docs/ledger-format.md
// 6).
//
// A term is a letter for its kind, and text without zero bytes. A name has a term for every word,
// from that word on, and in scripts without spaces for every character. So any part of a name is
// found by the beginning of a term. The terms of names have at most 64 bytes.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "codec/bytes.h"
#include "codec/city_id.h"
#include "codec/result.h"
#include "ledger/record/content.h"

namespace cityid {

/// Folds a text for comparison: removes case, width and marks (NFKD, case folding: "São" becomes
/// "sao"), and replaces everything between letters and digits by one blank. Returns an empty text
/// if it is not UTF-8.
std::string FoldText(std::string_view text);

/// Returns the beginning of a term that every name with `text` in it has. If there is nothing to
/// look for, it is one letter long.
std::string NameTerm(std::string_view text);
/// Returns the term of an endpoint's relation, and of a specification that it follows.
std::string RelationTerm(std::string_view rel);
std::string ConformsTerm(std::string_view uri);

/// Returns all terms of an identifier's content, sorted, each once; of names at most 256.
std::vector<std::string> TermsOf(const Holding& holding);

/// Writes a key of the table: the term, a zero byte, the identifier.
Bytes TermKey(std::string_view term, const CityId& id);

/// A row of the table.
struct TermRow {
  std::string_view term;  ///< part of the key
  CityId id;
};

/// Reads what `TermKey` writes. Errors: kMalformed.
Result<TermRow> ReadTermKey(ByteView key);

}  // namespace cityid
