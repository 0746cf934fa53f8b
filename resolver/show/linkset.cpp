// Linksets (RFC 9264, 4.2), as the schema of GS1 has them: links with href and title, hreflang of
// two letters and perhaps a country, relations of our own as URIs.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "codec/address.h"
#include "resolver/show/link.h"
#include "resolver/show/represent.h"

namespace cityid {
namespace {

using Json = nlohmann::ordered_json;

/// Returns the tag in the form that the schema allows, "zh" or "zh-CN"; nothing if there is none. A
/// script becomes the country that uses it.
std::optional<std::string> LinkLanguage(std::string_view tag) {
  if (tag == "zh-Hans") return "zh-CN";
  if (tag == "zh-Hant") return "zh-TW";
  const std::string_view primary = tag.substr(0, tag.find('-'));
  if (primary.size() != 2) return std::nullopt;
  if (tag.size() == 2 || tag.size() == 5) return std::string(tag);
  return std::string(primary);
}

Json LinkJson(const Endpoint& endpoint, Language language) {
  const std::string_view title = ChooseText(endpoint.title, language).text;
  Json link = {{"href", endpoint.href}, {"title", title.empty() ? endpoint.rel : title}};
  if (endpoint.type) link["type"] = *endpoint.type;
  std::vector<std::string> languages;
  for (const std::string& tag : endpoint.languages) {
    const auto known = LinkLanguage(tag);
    if (known && std::ranges::find(languages, *known) == languages.end())
      languages.push_back(*known);
  }
  if (!languages.empty()) link["hreflang"] = languages;
  link["public"] = endpoint.access == Access::kOpen;
  return link;
}

}  // namespace

std::string RenderLinkset(const Document& document, const RenderContext& context) {
  const auto* answer = std::get_if<Answer>(&document);
  if (answer == nullptr || !answer->known) return RenderJson(document, context);
  const std::string host = "https://" + answer->ledger.policy->policy.hosts.front();
  Json contexts = Json::array();
  for (const Level& level : answer->known->levels) {
    Json links = {
        {"anchor", host + "/" + level.id.text()},
        {"itemDescription", ChooseText(level.holding.metadata.names, context.language).text}};
    for (const Endpoint& endpoint : level.holding.endpoints) {
      if (!IsLinkTarget(endpoint)) continue;
      const std::string rel = endpoint.rel[0] == '_' ? host + "/rel/" + endpoint.rel : endpoint.rel;
      links[rel].push_back(LinkJson(endpoint, context.language));
    }
    contexts.push_back(std::move(links));
  }
  return Json{{"linkset", contexts}}.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace cityid
