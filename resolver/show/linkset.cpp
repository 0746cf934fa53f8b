#include "resolver/show/linkset.h"

#include <algorithm>
#include <optional>
#include <vector>

#include "codec/address.h"
#include "resolver/answer/json_text.h"
#include "resolver/show/link.h"

namespace cityid {
namespace {

/// Returns the tag in the form that GS1's schema allows, "zh" or "zh-CN"; nothing if there is none.
/// A script becomes the country that uses it.
std::optional<std::string> LinkLanguage(std::string_view tag) {
  if (tag == "zh-Hans") return "zh-CN";
  if (tag == "zh-Hant") return "zh-TW";
  const std::string_view primary = tag.substr(0, tag.find('-'));
  if (primary.size() != 2) return std::nullopt;
  if (tag.size() == 2 || tag.size() == 5) return std::string(tag);
  return std::string(primary);
}

void PutLink(JsonText& json, const Endpoint& endpoint, const LanguagePriority& priority, bool gs1) {
  const std::string_view title = ChooseText(endpoint.title, priority).text;
  json.BeginObject().Member("href", endpoint.href);
  json.Member("title", title.empty() ? endpoint.rel : title);
  if (endpoint.rel == kGs1Default) {
    json.EndObject();
    return;
  }
  json.Member("type", endpoint.type);
  std::vector<std::string> languages;
  for (const std::string& tag : endpoint.languages) {
    const auto known = gs1 ? LinkLanguage(tag) : tag;
    if (known && std::ranges::find(languages, *known) == languages.end())
      languages.push_back(*known);
  }
  if (!languages.empty()) json.Array("hreflang", languages);
  if (gs1) json.Name("public").Bool(endpoint.access == Access::kOpen);
  json.EndObject();
}

/// Writes one context object: the links of a level, by relation.
void PutContext(JsonText& json, const Level& level, std::string_view anchor,
                const std::string& host, const LanguagePriority& priority, bool gs1) {
  json.BeginObject().Member("anchor", anchor);
  if (gs1) json.Member("itemDescription", ChooseText(level.holding.metadata.names, priority).text);
  std::vector<std::string_view> written;
  for (const Endpoint& first : level.holding.endpoints) {
    const std::string_view rel = first.rel;
    if (!IsLinkTarget(first) || std::ranges::find(written, rel) != written.end()) continue;
    written.push_back(rel);
    json.Name(RelationUri(rel, host)).BeginArray();
    for (const Endpoint& endpoint : level.holding.endpoints) {
      const bool second_default = rel == kGs1Default && &endpoint != &first;
      if (endpoint.rel == rel && IsLinkTarget(endpoint) && !second_default)
        PutLink(json, endpoint, priority, gs1);
    }
    json.EndArray();
  }
  json.EndObject();
}

}  // namespace

std::string RelationUri(std::string_view rel, const std::string& host) {
  if (rel.starts_with(kGs1Relation))
    return std::string(kGs1Vocabulary).append(rel.substr(kGs1Relation.size()));
  return rel.starts_with('_') ? host + "/rel/" + std::string(rel) : std::string(rel);
}

std::string LinksetText(const std::vector<Level>& levels, const std::string& host,
                        const LanguagePriority& priority, const Gs1Linkset* gs1) {
  std::string out;
  JsonText json(out);
  json.BeginObject();
  if (gs1 != nullptr && !gs1->context.empty()) json.Member("@context", gs1->context);
  json.Name("linkset").BeginArray();
  for (const Level& level : levels) {
    const bool own = gs1 != nullptr && &level == &levels.front();
    PutContext(json, level, own ? gs1->anchor : host + "/" + level.id.text(), host, priority,
               gs1 != nullptr);
  }
  json.EndArray().EndObject();
  return out + "\n";
}

std::string RenderLinkset(const Document& document, const RenderContext& context) {
  const auto* answer = std::get_if<Answer>(&document);
  if (answer == nullptr || !answer->known) return RenderJson(document, context);
  const std::string host = "https://" + answer->ledger.policy->policy.hosts.front();
  return LinksetText(answer->known->levels, host, context.priority);
}

}  // namespace cityid
