// The words of the pages in three languages.
#pragma once

#include <array>
#include <span>
#include <string_view>

#include "resolver/answer/verdict.h"

namespace cityid {

/// The words of one language. All of them are ours, and safe in HTML.
struct HtmlText {
  std::string_view host_note, judged;
  std::string_view identifier, status, as_of, level, part_of, position, map, population, website;
  std::string_view suggestions, nearest, inactive, reason, successor;
  std::string_view code, code_claims;
  std::string_view code_text;
  std::string_view endpoints, no_endpoints, not_encrypted, private_address;
  std::string_view check, check_how, proof, history, children;
  std::string_view ledger, stale, frozen, ledger_time, ledger_size, ledger_root;
  std::string_view search, search_label, verify, verify_label, nothing_found, more, back, since;
  std::string_view found, children_of, peers_of, history_of;
  std::string_view past_title, past, present, meaning, nothing_checked, entry;
  std::string_view take_picture, choose_picture, picture_good, picture_bad, picture_unsure,
      picture_nothing, picture_missing, picture_advice, foreign, details;
  std::string_view file_good, file_changed, file_bad, file_added, file_unsure, file_none;
  std::string_view seal_unchanged, seal_changed, seal_added, seal_again, seal_code, sealed_bytes,
      added_bytes, looks_signed, no_seal, compare_paper;
  std::string_view front_title, front_about, developers, home, languages;
};

/// A text of the pages in all languages.
struct PageText {
  std::string_view HtmlText::*member;  ///< null for the word of a value, which `ValueWord` finds
  std::array<std::string_view, kLanguages> words;
  /// By which `ValueWord` finds the word of a value, and the scanner's program any of them. Empty:
  /// neither needs it.
  std::string_view name = {};
};
/// Returns all of them.
std::span<const PageText> PageTexts();

/// Returns the words of a language.
const HtmlText& HtmlTexts(Language language);

/// A text in all languages, by its name. All of them are ours, and safe in HTML.
struct NamedText {
  std::string_view name;
  std::array<std::string_view, kLanguages> words;
};

/// Returns the word for a value of a record or a code by its name, such as a status or a purpose;
/// the name itself if there is none.
std::string_view ValueWord(std::string_view name, Language language);

/// Returns the words for a relation, a level or a scheme; the term itself if there are none.
std::string_view WordsFor(std::string_view term, Language language);
/// Returns the terms that there are words for.
std::span<const NamedText> Terms();

}  // namespace cityid
