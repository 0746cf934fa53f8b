#include "resolver/show/represent.h"

#include <algorithm>
#include <array>
#include <vector>

#include "codec/text.h"
#include "resolver/message/form.h"
#include "resolver/show/dcat.h"
#include "resolver/show/did.h"
#include "resolver/words/negotiate.h"

namespace cityid {
namespace {

constexpr std::string_view kCbor = "application/cbor";
constexpr std::string_view kHtml = "text/html; charset=utf-8";
constexpr std::string_view kPageFields =
    "Content-Security-Policy: default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; "
    "form-action 'self'; frame-ancestors 'none'\r\n"
    "Referrer-Policy: no-referrer\r\n";

constexpr Representation kTable[] = {
    {.type = "application/json", .scope = Scope::kAnything, .render = RenderJson},
    {.type = kProblemType,
     .success_type = "application/json",
     .scope = Scope::kAnything,
     .only_by_name = true,
     .render = RenderJson},
    {.type = kCbor, .error_type = kCbor, .scope = Scope::kAnything, .render = RenderCbor},
    {.type = "text/html",
     .success_type = kHtml,
     .error_type = kHtml,
     .scope = Scope::kAnything,
     .by_language = true,
     .by_host = true,
     .fields = kPageFields,
     .render = RenderHtml},
    {.type = "application/linkset+json",
     .by_language = true,
     .link_types = "linkset all",
     .render = RenderLinkset},
    {.type = kDidDocument, .by_host = true, .render = RenderDid},
    {.type = "application/did+ld+json", .by_host = true, .render = RenderDid},
    {.type = kDidResolution.type,
     .error_type = kDidResolution.type,
     .by_host = true,
     .render = RenderDidResolution},
    {.type = "application/jwk-set+json", .render = RenderJwks},
    {.type = kJsonLd, .render = RenderDcat},
};

/// Returns the `Link` header of an answer (RFC 8288).
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

/// Returns the row that a value of `linkType` chooses; null if it chooses none.
const Representation* RowOf(std::string_view link_type) {
  for (const Representation& row : kTable) {
    for (std::string_view words = row.link_types; !words.empty();) {
      if (TakeUntil(words, ' ') == link_type) return &row;
    }
  }
  return nullptr;
}

const Representation* ChosenByLinkType(const Request& request) {
  const auto wanted = FormField(request.query(), "linkType");
  return wanted && *wanted ? RowOf(**wanted) : nullptr;
}

const Representation* ChosenByAccept(const std::string& accept, Scope scope) {
  if (accept.empty()) return &kTable[0];
  std::array<std::string_view, std::size(kTable)> types;
  for (std::size_t i = 0; i < std::size(kTable); ++i) {
    const Representation& row = kTable[i];
    const bool offered = (scope == Scope::kAnswers || row.scope == Scope::kAnything) &&
                         (!row.only_by_name || accept.find(row.type) != std::string::npos);
    if (offered) types[i] = row.type;
  }
  const auto chosen = ChooseType(accept, types);
  return chosen ? &kTable[*chosen] : nullptr;
}

Shown ShownIn(const Representation& row, const Request& request) {
  Shown shown{&row, {}};
  if (row.by_language) shown.context.priority = PriorityOf(request);
  if (row.by_host) {
    shown.context.host = request.header("host");
    shown.context.target = request.target;
  }
  return shown;
}

}  // namespace

std::span<const Representation> RepresentationTable() { return kTable; }

std::optional<Shown> Negotiate(const Request& request, Scope scope) {
  const Representation* row = scope == Scope::kAnswers ? ChosenByLinkType(request) : nullptr;
  if (row == nullptr) row = ChosenByAccept(request.list("accept"), scope);
  if (row == nullptr) return std::nullopt;
  return ShownIn(*row, request);
}

Shown ShowAs(const Request& request, std::string_view type) {
  return ShownIn(*std::ranges::find(kTable, type, &Representation::type), request);
}

bool ChoosesRepresentation(std::string_view link_type) { return RowOf(link_type) != nullptr; }

LanguagePriority PriorityOf(const Request& request) {
  return {request.parameter("lang"), request.list("accept-language")};
}

std::string AcceptableTypes() {
  std::string anything;
  std::string answers;
  std::vector<std::string_view> listed;
  for (const Representation& row : kTable) {
    if (row.only_by_name) continue;
    if (row.scope == Scope::kAnything) listed.push_back(row.type);
    if (row.scope == Scope::kAnswers)
      answers.append(answers.empty() ? "" : " or ").append(row.type);
  }
  for (std::size_t i = 0; i < listed.size(); ++i) {
    if (i > 0) anything += i + 1 == listed.size() ? " or " : ", ";
    anything += listed[i];
  }
  return "this comes as " + anything + ", and answers as " + answers;
}

void AddTag(Response& response) {
  response.headers.Add("ETag", '"' + Hex(FingerprintOf(AsBytes(response.body))) + '"');
}

Response Represent(int status, const Document& document, const Shown& shown) {
  const Representation& row = *shown.representation;
  Response response;
  response.status = status;
  const std::string_view success_type = row.success_type.empty() ? row.type : row.success_type;
  response.headers.Add("Content-Type", status < 300 ? success_type : row.error_type);
  response.headers.Add("Vary", "Accept, Accept-Language");
  response.headers.Add("X-Content-Type-Options", "nosniff");
  if (!row.fields.empty()) {
    response.headers.Add("Content-Language", Tag(shown.context.language()));
    response.headers.AddLines(row.fields);
  }
  if (const auto* answer = std::get_if<Answer>(&document)) {
    if (std::string links = LinksOf(*answer); !links.empty()) response.headers.Add("Link", links);
  }
  if (const auto* listing = std::get_if<Listing>(&document); listing && listing->next)
    response.headers.Add("Link", "<" + *listing->next + ">; rel=\"next\"");
  response.body = row.render(document, shown.context);
  AddTag(response);
  return response;
}

}  // namespace cityid
