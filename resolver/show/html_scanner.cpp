// The scanner's page. Without JavaScript it is a form; with it, the program shows its own part and
// finds all its words here, so that a verdict is told as the pages of answers tell it.
#include "resolver/answer/json_text.h"
#include "resolver/show/html.h"
#include "resolver/show/scanner.h"
#include "resolver/show/scanner_text.h"

namespace cityid {
namespace {

/// Names of texts that pages of answers have, too.
struct SharedText {
  std::string_view name;
  std::string_view HtmlText::*words;
};
constexpr SharedText kShared[] = {
    {"identifier", &HtmlText::identifier},
    {"status", &HtmlText::status},
    {"level", &HtmlText::level},
    {"part_of", &HtmlText::part_of},
    {"active", &HtmlText::active},
    {"suspended", &HtmlText::suspended},
    {"superseded", &HtmlText::superseded},
    {"withdrawn", &HtmlText::withdrawn},
    {"nearest", &HtmlText::nearest},
    {"inactive", &HtmlText::inactive},
    {"reason", &HtmlText::reason},
    {"successor", &HtmlText::successor},
    {"code", &HtmlText::code},
    {"code_claims", &HtmlText::code_claims},
    {"purpose", &HtmlText::purpose},
    {"signed_by", &HtmlText::signed_by},
    {"issued", &HtmlText::issued},
    {"expires", &HtmlText::expires},
    {"no_end", &HtmlText::no_end},
    {"serial", &HtmlText::serial},
    {"document", &HtmlText::document},
    {"date", &HtmlText::date},
    {"city", &HtmlText::for_city},
    {"unit", &HtmlText::for_unit},
    {"device", &HtmlText::for_device},
    {"endpoints", &HtmlText::endpoints},
    {"stale", &HtmlText::stale},
    {"back", &HtmlText::back},
    {"nothing_found", &HtmlText::nothing_found},
    {"find", &HtmlText::search},
};

constexpr std::string_view ToneName(Tone tone) {
  switch (tone) {
    case Tone::kGood:
      return "good";
    case Tone::kPlain:
      return "plain";
    case Tone::kUncertain:
      return "dim";
    case Tone::kBad:
      break;
  }
  return "bad";
}

/// Returns all words of a language as JSON: texts by name, and verdicts by name.
std::string WordsJson(Language language) {
  std::string out;
  JsonText json(out);
  json.BeginObject().Member("language", Tag(language)).Name("texts").BeginObject();
  for (const SharedText& row : kShared) json.Member(row.name, HtmlTexts(language).*row.words);
  for (const ScannerText& row : ScannerTexts())
    json.Member(row.name, row.words[static_cast<std::size_t>(language)]);
  json.EndObject().Name("verdicts").BeginObject();
  for (const VerdictRow& row : VerdictTable()) {
    const VerdictText& text = Text(row.verdict, language);
    json.Name(row.name).BeginObject().Member("tone", ToneName(row.tone));
    json.Member("title", text.title).Member("advice", text.advice).EndObject();
  }
  json.EndObject().Name("terms").BeginObject();
  for (const std::string_view term : Terms()) json.Member(term, WordsFor(term, language));
  json.EndObject().EndObject();
  return out;
}

/// Returns what the head of the page names: the program's files.
std::string HeadOf(std::string_view program) {
  if (program.empty()) return {};
  const std::string at(program);
  return "<link rel=\"manifest\" href=\"" + at +
         "/manifest.webmanifest\"><link rel=\"icon\" "
         "href=\"" +
         at + "/icon.svg\"><link rel=\"stylesheet\" href=\"" + at +
         "/scanner.css\"><script type=\"module\" src=\"" + at + "/main.js\"></script>";
}

/// Writes the place of the program: hidden until it runs.
void ProgramPart(Html& page) {
  page << "<div id=\"program\" hidden></div>"
       << "<script type=\"application/json\" id=\"words\">" << WordsJson(page.language())
       << "</script>";
}

}  // namespace

std::string ScannerPage(std::string_view program, const RenderContext& context) {
  const Language language = context.language();
  const auto words = [language](std::string_view name) { return ScannerWords(name, language); };
  Html page(context, {.of_class = "plain",
                      .icon = "▣",
                      .title = words("title"),
                      .head = HeadOf(program),
                      .links_scanner = false});
  page << "<p id=\"by-server\">" << words("by_server") << "</p>";
  if (!program.empty()) ProgramPart(page);
  page.Heading(page.text().verify);
  page.VerifyForm();
  page.Host();
  page.Heading(words("limits"));
  page.Paragraph(words("limits_about"));
  return std::move(page).Finish();
}

}  // namespace cityid
