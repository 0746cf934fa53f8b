// Endpoints as links: which of them others may be led to, and in which words.
#pragma once

#include <optional>
#include <string_view>

#include "ledger/record/content.h"
#include "resolver/answer/subject.h"
#include "resolver/answer/verdict.h"

namespace cityid {

/// A text and the tag of its language.
struct ChosenText {
  std::string_view tag, text;  ///< both empty if there is none
};
/// The text in a language, else in English, else whatever there is.
ChosenText ChooseText(const TextMap& texts, Language language);

/// Whether it is on the web and on a public address.
bool IsLinkTarget(const Endpoint& endpoint);

/// The link that a relation leads to: of the subject, else of the nearest level above that has one;
/// of several the first in the wanted language, else the first. Null if there is none.
const Endpoint* FindLink(const Subject& subject, std::string_view rel, Language language);

}  // namespace cityid
