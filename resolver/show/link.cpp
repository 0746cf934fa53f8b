#include "resolver/show/link.h"

#include <algorithm>
#include <array>
#include <string>

#include "codec/address.h"

namespace cityid {
namespace {

constexpr std::array<std::string_view, kLanguages> kPrimary = {"en", "zh", "ar"};

std::string_view PrimaryOf(Language language) {
  return kPrimary[static_cast<std::size_t>(language)];
}

bool IsIn(const Endpoint& endpoint, Language language) {
  return std::ranges::any_of(endpoint.languages, [&](const std::string& tag) {
    return tag.substr(0, tag.find('-')) == PrimaryOf(language);
  });
}

}  // namespace

ChosenText ChooseText(const TextMap& texts, Language language) {
  for (const std::string_view tag : {PrimaryOf(language), kPrimary[0]}) {
    if (const auto found = texts.find(std::string(tag)); found != texts.end())
      return {found->first, found->second};
  }
  if (texts.empty()) return {};
  return {texts.begin()->first, texts.begin()->second};
}

bool IsLinkTarget(const Endpoint& endpoint) {
  return (endpoint.href.starts_with("https://") || endpoint.href.starts_with("http://")) &&
         IsPublicAddress(endpoint.href);
}

const Endpoint* FindLink(const Subject& subject, std::string_view rel, Language language) {
  for (const Level& level : subject.levels) {
    const Endpoint* first = nullptr;
    for (const Endpoint& endpoint : level.holding.endpoints) {
      if (endpoint.rel != rel || !IsLinkTarget(endpoint)) continue;
      if (IsIn(endpoint, language)) return &endpoint;
      if (first == nullptr) first = &endpoint;
    }
    if (first != nullptr) return first;
  }
  return nullptr;
}

}  // namespace cityid
