// The scanner's page. Without JavaScript it is a form; with it, the program shows its own part and
// finds all its words here, so that a verdict is told as the pages of answers tell it.
#include <iterator>
#include <variant>

#include "codec/named.h"
#include "resolver/answer/fact.h"
#include "resolver/answer/json_text.h"
#include "resolver/show/html.h"
#include "resolver/words/scanner_text.h"

namespace cityid {
namespace {

/// The names of kinds of facts in JSON.
constexpr Named<FactKind> kKinds[] = {{FactKind::kText, "text"},
                                      {FactKind::kPurpose, "purpose"},
                                      {FactKind::kIdentifier, "identifier"},
                                      {FactKind::kTime, "time"},
                                      {FactKind::kDate, "date"},
                                      {FactKind::kNumber, "number"},
                                      {FactKind::kHash, "hash"},
                                      {FactKind::kLabelled, "labelled"}};

/// Writes the table of facts, without their values: these are in the answer.
void PutFactNames(JsonText& json, Language language) {
  const auto index = static_cast<std::size_t>(language);
  json.Name("facts").BeginArray();
  for (const Fact& fact : FactTable()) {
    if (!fact.for_people) continue;
    json.BeginObject().Member("member", fact.member).Name("ofDocument").Bool(fact.of_document);
    json.Member("kind", NameIn(kKinds, fact.kind)).Member("name", fact.name[index]);
    if (!fact.absent[index].empty()) json.Member("absent", fact.absent[index]);
    json.EndObject();
  }
  json.EndArray();
}

/// Returns all words of a language as JSON: texts, verdicts and terms by name, and facts.
std::string WordsJson(Language language) {
  const auto index = static_cast<std::size_t>(language);
  std::string out;
  JsonText json(out);
  json.BeginObject().Member("language", Tag(language)).Name("texts").BeginObject();
  for (const PageText& row : PageTexts()) {
    if (!row.name.empty()) json.Member(row.name, row.words[index]);
  }
  for (const NamedText& row : ScannerTexts()) json.Member(row.name, row.words[index]);
  json.EndObject().Name("verdicts").BeginObject();
  for (const VerdictRow& row : VerdictTable()) {
    const VerdictText& text = row.text[index];
    json.Name(row.name).BeginObject().Member("tone", LookOf(row.tone).of_class);
    json.Member("title", text.title).Member("advice", text.advice).EndObject();
  }
  json.EndObject().Name("terms").BeginObject();
  for (const NamedText& row : Terms()) json.Member(row.name, row.words[index]);
  json.EndObject();
  PutFactNames(json, language);
  json.EndObject();
  return out;
}

/// Returns what the head of the page names: the program's files.
std::string HeadOf(std::string_view program) {
  if (program.empty()) return {};
  std::string head = "<meta name=\"theme-color\" content=\"#1d4e89\">";
  const auto link = [&](std::string_view rel, std::string_view file) {
    head.append("<link rel=\"").append(rel).append("\" href=\"").append(program);
    head.append("/").append(file).append("\">");
  };
  link("manifest", "manifest.webmanifest");
  link("icon", "icon.svg");
  link("apple-touch-icon", "icon-full-192.png");
  link("stylesheet", "scanner.css");
  head.append("<script type=\"module\" src=\"").append(program).append("/main.js\"></script>");
  return head;
}

}  // namespace

std::string ScannerPage(std::string_view program, bool reads_pictures,
                        const RenderContext& context) {
  const Language language = context.language();
  const auto words = [language](std::string_view name) { return ScannerWords(name, language); };
  Html page(context, {.of_class = "plain",
                      .icon = "▣",
                      .title = words("title"),
                      .head = HeadOf(program),
                      .links_scanner = false});
  page << "<p id=\"by-server\">" << words("by_server") << "</p>";
  // The program's places are hidden until it runs.
  if (!program.empty()) page << "<div id=\"program\" hidden></div>";
  page.Heading(page.text().verify);
  page.VerifyForm(reads_pictures);
  if (!program.empty()) page << "<div id=\"settings\" hidden></div>";
  page.Heading(words("limits"));
  page.Paragraph(words("limits_about"));
  page.Host();
  if (!program.empty()) {
    page << "<script type=\"application/json\" id=\"words\">" << WordsJson(language) << "</script>";
  }
  return std::move(page).Finish();
}

}  // namespace cityid
