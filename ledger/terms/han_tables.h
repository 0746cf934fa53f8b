// The forms and the readings of Chinese characters, from Unihan (UAX 38). `make_han_tables.py`
// makes the tables. Internal to ledger/store/.
#pragma once

#include <span>
#include <string_view>

namespace cityid {

/// A syllable of pinyin without its tone, and the characters that are read so.
struct HanSyllable {
  std::string_view letters;
  std::string_view first;  ///< characters whose usual reading it is
  std::string_view also;   ///< characters with another usual reading
};

/// The version of Unicode of the tables.
std::string_view HanTablesVersion();

/// Groups of characters that are the same in a name, a blank after each group: the simplified one,
/// and those that are replaced by it.
std::string_view HanForms();

/// All syllables, with characters that stand for their group. A syllable with ü is there with `v`
/// and with `u`.
std::span<const HanSyllable> HanSyllables();

}  // namespace cityid
