// JSON: an answer, a list, the front page, or a problem document (RFC 9457).
#include "codec/time_text.h"
#include "resolver/answer/answer_json.h"
#include "resolver/show/represent.h"
#include "resolver/words/problem.h"

namespace cityid {
namespace {

void PutItem(JsonText& json, const ListItem& item, ListKind kind) {
  json.BeginObject();
  if (item.id) json.Member("id", item.id->text());
  if (kind != ListKind::kHistory) {
    json.Member("names", item.names).Member("level", item.level);
    json.Member("status", Name(item.status));
  }
  if (item.endpoint) AppendEndpoint(json.Name("endpoint"), *item.endpoint);
  if (item.change) {
    const std::uint64_t index = item.change->index.value;
    json.Member("index", index).Member("time", TimeText(item.change->time));
    json.Member("type", item.type);
    if (item.record) json.Member("hash", Hex(item.record->hash));
    json.Member("entry", "/ledger/entry/" + std::to_string(index));
  }
  json.EndObject();
}

void PutListing(JsonText& json, const Listing& listing) {
  json.Member(listing.kind == ListKind::kSearch ? "query" : "of", listing.about);
  json.Array(Name(listing.kind), listing.items,
             [&](const ListItem& item) { PutItem(json, item, listing.kind); });
  json.Member("next", listing.next);
  if (listing.since) json.Member("since", TimeText(*listing.since));
  AppendLedger(json, listing.ledger);
}

void PutPicture(JsonText& json, const PicturePage& picture) {
  json.Name("results").BeginArray();
  for (const PicturePage::Symbol& symbol : picture.symbols) {
    if (!symbol.answer) continue;
    json.BeginObject();
    AppendAnswer(json, *symbol.answer, "");
    json.Member("symbol", symbol.format);
    if (symbol.seal) {
      json.Name("seal").BeginObject();
      PutSeal(json, *symbol.seal);
      json.EndObject();
    }
    json.EndObject();
  }
  json.EndArray().Name("foreign").BeginArray();
  for (const PicturePage::Symbol& symbol : picture.symbols) {
    if (symbol.answer) continue;
    json.BeginObject().Member("symbol", symbol.format).Member("text", symbol.foreign).EndObject();
  }
  json.EndArray().Name("complete").Bool(picture.missing.empty());
  if (!picture.missing.empty()) json.Member("missing", picture.missing);
  if (picture.intact) json.Name("intact").Bool(*picture.intact);
  AppendLedger(json, picture.ledger);
}

void PutFront(JsonText& json, const FrontPage& front) {
  json.Member("about", "A resolver of CityID: signed identifiers of cities.");
  json.Member("resolve", "/{id}").Member("code", "/{id}/{token}");
  json.Member("search", "/search?q={text}").Member("alias", "/alias/{scheme}/{value}");
  json.Member("bulk", "/resolve").Member("verify", "/verify").Member("openapi", "/openapi.json");
  AppendLedger(json, front.ledger);
}

void PutProblem(JsonText& json, const ProblemPage& problem) {
  json.Member("type", "/problems/" + std::string(problem.name));
  if (!problem.detail.empty()) json.Member("title", ReasonPhrase(problem.status));
  json.Member("status", static_cast<std::uint64_t>(problem.status));
  const ProblemText* text = FindProblem(problem.name);
  if (text == nullptr || !problem.detail.empty()) {
    json.Member("detail", problem.detail);
    return;
  }
  if (const auto verdict = VerdictFromName(problem.name)) {
    json.Member("verdict", problem.name);
    json.Member("exit", static_cast<std::uint64_t>(Row(*verdict).exit_status));
  }
  json.Name("text").BeginObject();
  for (std::size_t i = 0; i < kLanguages; ++i) {
    json.Name(Tag(static_cast<Language>(i))).BeginObject();
    json.Member("title", text->text[i].title).Member("advice", text->text[i].advice).EndObject();
  }
  json.EndObject();
}

}  // namespace

std::string_view Name(ListKind kind) {
  switch (kind) {
    case ListKind::kSearch:
      return "results";
    case ListKind::kChildren:
      return "children";
    case ListKind::kPeers:
      return "peers";
    case ListKind::kHistory:
      return "changes";
  }
  return "";
}

std::string RenderJson(const Document& document, const RenderContext& context) {
  std::string out;
  out.reserve(2048);
  JsonText json(out);
  json.BeginObject();
  if (const auto* answer = std::get_if<Answer>(&document)) {
    const bool may_be_kept = context.subjects != nullptr && answer->known != nullptr;
    AppendAnswer(json, *answer, may_be_kept ? context.subjects->JsonOf(*answer->known) : "");
    if (!context.judged.empty()) json.Member("judged", context.judged);
    AppendLedger(json, answer->ledger);
  } else if (const auto* listing = std::get_if<Listing>(&document)) {
    PutListing(json, *listing);
  } else if (const auto* front = std::get_if<FrontPage>(&document)) {
    PutFront(json, *front);
  } else if (const auto* picture = std::get_if<PicturePage>(&document)) {
    PutPicture(json, *picture);
  } else {
    PutProblem(json, std::get<ProblemPage>(document));
  }
  json.EndObject();
  out += '\n';
  return out;
}

}  // namespace cityid
