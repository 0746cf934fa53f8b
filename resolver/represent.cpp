#include "resolver/represent.h"

#include <array>

#include "resolver/negotiate.h"

namespace cityid {
namespace {

constexpr std::size_t kLinksetRow = 4;
constexpr std::string_view kPagePolicy =
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'";

/// What an answer leads to (RFC 8288).
std::string LinksOf(const Answer& answer) {
  std::string links;
  const auto add = [&](const std::string& target, std::string_view attributes) {
    if (!links.empty()) links += ", ";
    links.append("<").append(target).append(">; ").append(attributes);
  };
  if (answer.known) {
    const std::string path = "/" + answer.subject->text();
    add(path, "rel=\"canonical\"");
    add(path + "?linkType=linkset", "rel=\"linkset\"; type=\"application/linkset+json\"");
    add(path + "/proof", "rel=\"describedby\"; type=\"application/cityid-proof+cbor\"");
    add(path + "/history", "rel=\"version-history\"");
    if (answer.subject->depth() > 1) add("/" + answer.subject->Parent()->text(), "rel=\"up\"");
  }
  if (answer.successor) add("/" + answer.successor->text(), "rel=\"successor-version\"");
  return links;
}

}  // namespace

std::span<const Representation> RepresentationTable() {
  static constexpr std::string_view kJson = "application/json";
  static constexpr std::string_view kProblem = "application/problem+json";
  static constexpr std::string_view kCbor = "application/cbor";
  static constexpr std::string_view kHtml = "text/html; charset=utf-8";
  static constexpr std::string_view kLinkset = "application/linkset+json";
  static constexpr std::array<Representation, 5> kTable = {{
      {kJson, kJson, kProblem, false, false, RenderJson},
      {kProblem, kJson, kProblem, false, false, RenderJson},
      {kCbor, kCbor, kCbor, false, false, RenderCbor},
      {"text/html", kHtml, kHtml, true, false, RenderHtml},
      {kLinkset, kLinkset, kProblem, true, true, RenderLinkset},
  }};
  return kTable;
}

std::optional<Shown> Negotiate(const Request& request, bool answer) {
  const std::span<const Representation> table = RepresentationTable();
  static const auto kTypes = [] {
    std::vector<std::string_view> types;
    for (const Representation& row : RepresentationTable()) types.push_back(row.type);
    return types;
  }();
  const std::string_view accept = request.header("accept");
  Shown shown{0, {}};
  const std::string_view wanted_link = answer ? request.parameter("linkType") : "";
  if (wanted_link == "linkset" || wanted_link == "all") {
    shown.representation = kLinksetRow;
  } else if (!accept.empty()) {
    // What only answers come in stands last.
    const auto chosen =
        ChooseType(accept, std::span(kTypes).first(answer ? kTypes.size() : kLinksetRow));
    if (!chosen) return std::nullopt;
    shown.representation = *chosen;
  }
  if (table[shown.representation].by_language) {
    const auto wanted = LanguageOf(request.parameter("lang"));
    shown.context.language = wanted ? *wanted : ChooseLanguage(request.header("accept-language"));
    shown.context.host = request.header("host");
    shown.context.target = request.target;
  }
  return shown;
}

Response Represent(int status, const Document& document, const Shown& shown) {
  const Representation& row = RepresentationTable()[shown.representation];
  Response response;
  response.status = status;
  response.headers.Add("Content-Type", status < 300 ? row.success_type : row.error_type);
  response.headers.Add("Vary", "Accept, Accept-Language");
  response.headers.Add("X-Content-Type-Options", "nosniff");
  if (row.render == RenderHtml) {
    response.headers.Add("Content-Language", Tag(shown.context.language));
    response.headers.Add("Content-Security-Policy", kPagePolicy);
    response.headers.Add("Referrer-Policy", "no-referrer");
  }
  if (const auto* answer = std::get_if<Answer>(&document)) {
    if (std::string links = LinksOf(*answer); !links.empty())
      response.headers.Add("Link", links);
  }
  if (const auto* listing = std::get_if<Listing>(&document); listing && listing->next)
    response.headers.Add("Link", "<" + *listing->next + ">; rel=\"next\"");
  response.body = row.render(document, shown.context);
  response.headers.Add("ETag", '"' + Hex(FingerprintOf(AsBytes(response.body))) + '"');
  return response;
}

}  // namespace cityid
