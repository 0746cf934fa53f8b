// Endpoints as links: which of them a person or program may be sent to, and their words in a
// language.
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
/// Returns the text in a language, else in English, else the first.
ChosenText ChooseText(const TextMap& texts, Language language);

/// Returns true if the endpoint is on the web and its address is on the public internet.
bool IsLinkTarget(const Endpoint& endpoint);

/// Finds the link that a relation leads to: the subject's own, else that of the nearest level above
/// that has one. Of several it takes the first in the language, else the first. Null: there is
/// none.
const Endpoint* FindLink(const Subject& subject, std::string_view rel, Language language);

}  // namespace cityid
