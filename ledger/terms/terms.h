// Terms, by which identifiers are found, and the keys of the table `terms` (docs/ledger-format.md
// 6.1).
//
// A term is a letter for its kind, and text without zero bytes. A name has a term for every word,
// from that word on, and in scripts without spaces for every character. So any part of a name is
// found by the beginning of a term. The order of terms is the order in which they are found: the
// beginnings of names before later words, larger places before smaller ones.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "codec/bytes.h"
#include "codec/city_id.h"
#include "codec/result.h"
#include "ledger/record/content.h"

namespace cityid {

/// Where in a name a term begins.
enum class Place : char { kBeginning = '0', kWord = '1' };

/// The sizes of what a name names, from the largest on.
inline constexpr std::string_view kSizes = "abcdefg";

/// What a term of a name begins with: its kind, place and size.
inline constexpr std::size_t kNamePrefix = 3;
/// Returns a term of a name, or the beginning of one. `joined` is text of `TextOfTerm`.
std::string NameTerm(Place place, char size, std::string_view joined);
/// Folds a text, joins its words and cuts it, as it stands in the terms of names.
std::string TextOfTerm(std::string_view text);

/// Returns the term of an endpoint's relation, and of a specification that it follows.
std::string RelationTerm(std::string_view rel);
std::string ConformsTerm(std::string_view uri);

/// Returns all terms of an identifier's content, sorted, each once; of names at most 256.
std::vector<std::string> TermsOf(const CityId& id, const Holding& holding);

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
