#include "resolver/show/represent.h"

#include <algorithm>
#include <array>

#include "resolver/routes/parameters.h"
#include "resolver/show/negotiate.h"

namespace cityid {
namespace {

constexpr std::size_t kProblemRow = 1;
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
      {kJson, kJson, kProblem, false, RenderJson},
      {kProblem, kJson, kProblem, false, RenderJson},
      {kCbor, kCbor, kCbor, false, RenderCbor},
      {"text/html", kHtml, kHtml, true, RenderHtml},
      {kLinkset, kLinkset, kProblem, true, RenderLinkset},
  }};
  return kTable;
}

std::optional<Shown> Negotiate(const Request& request, bool answer) {
  const std::span<const Representation> table = RepresentationTable();
  const std::string accept = request.list("accept");
  Shown shown{0, {}};
  const auto wanted_link =
      answer ? FormField(request.query(), "linkType") : Result(std::optional<std::string>());
  if (wanted_link && (*wanted_link == "linkset" || *wanted_link == "all")) {
    shown.representation = kLinksetRow;
  } else if (!accept.empty()) {
    std::array<std::string_view, kLinksetRow + 1> types;
    std::ranges::transform(table, types.begin(), &Representation::type);
    if (!answer) types[kLinksetRow] = "";
    // The same as JSON, for who asks for it by name.
    if (accept.find("problem+json") == std::string::npos) types[kProblemRow] = "";
    const auto chosen = ChooseType(accept, types);
    if (!chosen) return std::nullopt;
    shown.representation = *chosen;
  }
  if (table[shown.representation].by_language) {
    const auto wanted = LanguageOf(request.parameter("lang"));
    shown.context.language = wanted ? *wanted : ChooseLanguage(request.list("accept-language"));
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
    if (std::string links = LinksOf(*answer); !links.empty()) response.headers.Add("Link", links);
  }
  if (const auto* listing = std::get_if<Listing>(&document); listing && listing->next)
    response.headers.Add("Link", "<" + *listing->next + ">; rel=\"next\"");
  response.body = row.render(document, shown.context);
  response.headers.Add("ETag", '"' + Hex(FingerprintOf(AsBytes(response.body))) + '"');
  return response;
}

}  // namespace cityid
