#include "resolver/show/link.h"

#include <algorithm>
#include <array>
#include <climits>
#include <string>

#include "codec/address.h"

namespace cityid {
namespace {

bool IsSameForAll(const TextMap& texts, Language page) {
  constexpr std::array<std::string_view, 5> kCommon = {"ar", "en", "zh", "zh-Hans", "zh-Hant"};
  const auto is_common = [&](const auto& text) {
    return std::ranges::find(kCommon, text.first) != kCommon.end();
  };
  const auto is_in_page = [&](const auto& text) { return LanguageOf(text.first) == page; };
  return texts.size() <= 1 ||
         (std::ranges::all_of(texts, is_common) && std::ranges::any_of(texts, is_in_page));
}

}  // namespace

ChosenText ChooseText(const TextMap& texts, const LanguagePriority& priority) {
  ChosenText best;
  unsigned best_rank = UINT_MAX;
  for (const auto& [tag, text] : texts) {
    const unsigned rank = priority.Rank(tag).value_or(UINT_MAX);
    if (!best.tag.empty() && rank >= best_rank) continue;
    best = {tag, text};
    best_rank = rank;
  }
  return best;
}

bool IsSameForAll(const Answer& answer, Language page) {
  if (!answer.known) return IsSameForAll(answer.names, page);
  return std::ranges::all_of(answer.known->levels, [&](const Level& level) {
    return IsSameForAll(level.holding.metadata.names, page) &&
           std::ranges::all_of(level.holding.endpoints, [&](const Endpoint& endpoint) {
             return IsSameForAll(endpoint.title, page);
           });
  });
}

std::string HostOf(const Policy& policy, std::string_view wanted) {
  const auto host = std::ranges::find(policy.hosts, wanted);
  return host == policy.hosts.end() ? policy.hosts.front() : *host;
}

bool IsOnWeb(std::string_view href) {
  return (href.starts_with("https://") || href.starts_with("http://")) && IsPublicAddress(href);
}

bool IsLinkTarget(const Endpoint& endpoint) { return IsOnWeb(endpoint.href); }

const Endpoint* FindLink(const Subject& subject, std::string_view rel,
                         const LanguagePriority& priority) {
  for (const Level& level : subject.levels) {
    const Endpoint* best = nullptr;
    unsigned best_rank = UINT_MAX;
    for (const Endpoint& endpoint : level.holding.endpoints) {
      if (endpoint.rel != rel || !IsLinkTarget(endpoint)) continue;
      unsigned rank = UINT_MAX;
      for (const std::string& tag : endpoint.languages)
        rank = std::min(rank, priority.Rank(tag).value_or(UINT_MAX));
      if (best != nullptr && rank >= best_rank) continue;
      best = &endpoint;
      best_rank = rank;
    }
    if (best != nullptr) return best;
  }
  return nullptr;
}

}  // namespace cityid
