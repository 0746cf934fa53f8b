// How names are compared as people type them: one folding, for names that are indexed and for what
// is searched (docs/ledger-format.md 6.1). It makes one of what differs in case, width, marks and
// spelling, and of the traditional, simplified and Japanese forms of a Chinese character; beside
// the characters, their readings (pinyin) are found.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace cityid {

/// How the letters ä, ö, ü, å and ø are folded.
enum class Umlauts {
  kPlain,    ///< a, o, u, a, o
  kSpelled,  ///< ae, oe, ue, aa, oe
};

/// Folds a text: removes case, width and marks (NFKD, case folding: "São" becomes "sao"), replaces
/// letters and digits by their usual forms ("Łódź" becomes "lodz", "石家莊" becomes "石家庄"), and
/// everything between words by one blank. Returns an empty text if it is not UTF-8.
std::string FoldText(std::string_view text, Umlauts umlauts = Umlauts::kPlain);

/// Returns folded text without its blanks.
std::string JoinWords(std::string_view folded);

/// Returns the places in folded text at which a search may find it: the beginnings of words, and
/// in scripts without spaces those of all characters. Stops after `most` places.
std::vector<std::size_t> PlacesIn(std::string_view folded, std::size_t most);

/// Returns the pinyin of folded text, without tones and blanks, by all readings of its characters:
/// at most 16 texts, the one with the usual readings first. Once there are so many, and after the
/// eighth Chinese character, each character has its usual reading only. Returns nothing if it has
/// no Chinese characters.
std::vector<std::string> PinyinOf(std::string_view folded);

/// Returns the name of this folding. Another version of the program, or of its Unicode tables, may
/// have another name, and then folds some texts in another way.
std::string FoldingName();

}  // namespace cityid
