// Endpoints as links: which of them a person or program may be sent to, and their words in a
// language.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "ledger/record/content.h"
#include "resolver/answer/resolve.h"
#include "resolver/words/language_priority.h"

namespace cityid {

/// A text and the tag of its language: a view of the texts that it was chosen from.
struct ChosenText {
  std::string_view tag, text;  ///< both empty if there is none
};
/// Returns the text whose language somebody reads best, else the first. The texts have to outlive
/// it.
ChosenText ChooseText(const TextMap& texts, const LanguagePriority& priority);
ChosenText ChooseText(const TextMap&& texts, const LanguagePriority& priority) = delete;

/// Returns true if everybody with the same `LanguagePriority::key` gets the same texts of an answer
/// from `ChooseText`: they are in common languages, and one of them is in that of the page.
bool IsSameForAll(const Answer& answer, Language page);

/// Returns `wanted` if it is a host of the policy, else the policy's first one.
std::string HostOf(const Policy& policy, std::string_view wanted);

/// Returns true for an address to which people and programs may be sent: public, http or https.
bool IsOnWeb(std::string_view href);

/// Returns true if the endpoint is on the web and its address is on the public internet.
bool IsLinkTarget(const Endpoint& endpoint);

/// Finds the link that a relation leads to: the subject's own, else that of the nearest level above
/// that has one. Of several it takes the one whose language somebody reads best, else the first.
/// Null: there is none.
const Endpoint* FindLink(const Subject& subject, std::string_view rel,
                         const LanguagePriority& priority);

}  // namespace cityid
