// The page of an answer: the verdict first, the host large.
#include <algorithm>
#include <array>
#include <cstdio>
#include <map>

#include "codec/shown_text.h"
#include "codec/time_text.h"
#include "resolver/answer/fact.h"
#include "resolver/show/html.h"
#include "resolver/show/link.h"

namespace cityid {
namespace {

std::string Degrees(std::int64_t e7) {
  std::array<char, 32> text;
  std::snprintf(text.data(), text.size(), "%.5f", static_cast<double>(e7) / 1e7);
  return text.data();
}

/// Returns a link for the phone's own map, and one to a map on the web.
std::string PlaceHtml(const Position& position, const HtmlText& text) {
  const std::string latitude = Degrees(position.latitude);
  const std::string longitude = Degrees(position.longitude);
  const std::string both = latitude + "," + longitude;
  return "<a dir=\"ltr\" href=\"geo:" + both + "\">" + both +
         "</a> · <a rel=\"noopener noreferrer\" href=\"https://www.openstreetmap.org/?mlat=" +
         latitude + "&amp;mlon=" + longitude + "#map=11/" + latitude + "/" + longitude + "\">" +
         std::string(text.map) + "</a>";
}

/// Returns a number in groups of three digits: "3 938 513".
std::string Grouped(std::uint64_t number) {
  std::string text = std::to_string(number);
  for (std::size_t at = text.size(); at > 3;) {
    at -= 3;
    text.insert(at, "\u202F");
  }
  return "<bdi dir=\"ltr\">" + text + "</bdi>";
}

/// Writes a line with links to other identifiers.
void LinkTo(Html& page, std::string_view words, const std::vector<CityId>& ids) {
  std::string html(words);
  for (const CityId& id : ids) html += " " + page.IdLink(id);
  page.Paragraph(html);
}

void Names(Html& page, const TextMap& names, const RenderContext& context) {
  const ChosenText chosen = ChooseText(names, context.priority);
  page.Paragraph(TextHtml(chosen.tag, chosen.text), "name");
  std::string others;
  for (const auto& [tag, name] : names) {
    if (tag == chosen.tag) continue;
    if (!others.empty()) others += " · ";
    others += TextHtml(tag, name);
  }
  if (!others.empty()) page.Paragraph(others, "note");
}

void About(Html& page, const Answer& answer, const RenderContext& context) {
  const HtmlText& text = page.text();
  const Metadata& metadata = answer.known->self().holding.metadata;
  Names(page, metadata.names, context);
  page.BeginRows();
  page.Row(text.identifier,
           CodeHtml(answer.subject->text() + "-" + answer.subject->CheckCharacters()));
  page.Row(text.status, ValueWord(Name(answer.known->self().state.status), page.language()));
  if (answer.as_of) page.Row(text.as_of, TimeHtml(*answer.as_of));
  page.Row(text.level, Escape(WordsFor(metadata.level, page.language())));
  std::string above;
  for (std::size_t i = 1; i < answer.known->levels.size(); ++i) {
    const Level& ancestor = answer.known->levels[i];
    if (!above.empty()) above += " · ";
    above +=
        LinkHtml(page.To("/" + ancestor.id.text()), page.Text(ancestor.holding.metadata.names));
  }
  if (!above.empty()) page.Row(text.part_of, above);
  if (metadata.position) page.Row(text.position, PlaceHtml(*metadata.position, text));
  if (metadata.population) page.Row(text.population, Grouped(*metadata.population));
  if (metadata.website) page.Row(text.website, AddressHtml(text, *metadata.website, ""));
  for (const auto& [scheme, value] : answer.known->aliases)
    page.Row(Escape(WordsFor(scheme, page.language())), CodeHtml(value));
  page.EndRows();
}

/// Returns a link to an identifier, after its name if the answer knows that.
std::string NamedLink(const Html& page, const Answer& answer, const CityId& id) {
  if (answer.known) {
    const auto level = std::ranges::find(answer.known->levels, id, &Level::id);
    if (level != answer.known->levels.end())
      return page.Text(level->holding.metadata.names) + " · " + page.IdLink(id);
  }
  return page.IdLink(id);
}

/// Returns a value of each kind as HTML; "" for none.
struct FactHtml {
  const Html& page;
  const Answer& answer;

  std::string operator()(std::monostate) const { return {}; }
  std::string operator()(std::string_view text) const { return "<bdi>" + Escape(text) + "</bdi>"; }
  std::string operator()(Purpose purpose) const {
    return std::string(ValueWord(Name(purpose), page.language()));
  }
  std::string operator()(const CityId* id) const { return NamedLink(page, answer, *id); }
  std::string operator()(std::chrono::sys_seconds time) const { return TimeHtml(time); }
  std::string operator()(std::chrono::sys_days day) const { return (*this)(DateText(day)); }
  std::string operator()(std::uint64_t number) const { return (*this)(std::to_string(number)); }
  std::string operator()(ByteView hash) const { return CodeHtml(Hex(hash)); }
  /// A list of their own: so what an office calls a fact is never taken for one of our rows.
  std::string operator()(std::span<const DocumentFact> facts) const {
    std::string html = "<dl class=\"facts\">";
    for (const auto& [label, value] : facts)
      html += "<dt>" + (*this)(label) + "</dt><dd>" + (*this)(value) + "</dd>";
    return html + "</dl>";
  }
};

void Code(Html& page, const Answer& answer, const RenderContext& context) {
  const HtmlText& text = page.text();
  // What a code says that isn't valid is no fact.
  page.Heading(answer.verdict == Verdict::kValid ? text.code : text.code_claims);
  FactRows(page, answer);
  if (answer.code->claims.document) page.Paragraph(text.compare_paper, "note");
  std::string as_text;
  const std::string_view path =
      std::string_view(context.target).substr(0, context.target.find('?'));
  if (!context.host.empty() && path.size() > 1 && path.rfind('/') > 0)
    as_text = CodeHtml("https://" + context.host + std::string(path));
  if (!as_text.empty()) {
    page << "<details><summary>" << text.code_text << "</summary>" << as_text << "</details>";
  }
}

void Endpoints(Html& page, const Answer& answer) {
  const HtmlText& text = page.text();
  page.Heading(text.endpoints);
  const auto& endpoints = answer.known->self().holding.endpoints;
  if (endpoints.empty()) return page.Paragraph(text.no_endpoints);
  std::map<std::string_view, std::vector<const Endpoint*>> kinds;
  for (const Endpoint& endpoint : endpoints) kinds[endpoint.rel].push_back(&endpoint);
  for (const auto& [rel, links] : kinds) {
    page << "<h3>" << Escape(WordsFor(rel, page.language())) << "</h3><ul>";
    for (const Endpoint* endpoint : links)
      page << "<li>" << page.EndpointHtml(*endpoint) << "</li>";
    page << "</ul>";
  }
}

/// Writes how to check the answer without trusting this page.
void Check(Html& page, const Answer& answer, const RenderContext& context) {
  const HtmlText& text = page.text();
  const std::string id = "/" + answer.subject->text();
  std::string asked = answer.code ? context.target.substr(0, context.target.find('?')) : id;
  if (std::ranges::count(asked, '/') > 2 || asked.size() < 2) asked = id;
  page.Heading(text.check);
  page.Paragraph(text.check_how);
  page << "<ul><li>" << LinkHtml(asked + "/proof", text.proof) << "</li><li>"
       << LinkHtml(page.To(id + "/history"), text.history) << "</li><li>"
       << LinkHtml(page.To(id + "/children"), text.children) << "</li></ul>";
}

/// Returns the heading of a verdict: green only for a code that holds, red for what must not be
/// trusted.
Html::Banner BannerOf(const Answer& answer, const HtmlText& text, Language language) {
  const std::string_view about = answer.subject ? std::string_view(answer.subject->text()) : "";
  if (answer.as_of) return {"dim", "ℹ", text.past_title, about};
  const auto [of_class, icon] = LookOf(Row(answer.verdict).tone);
  return {of_class, icon, Text(answer.verdict, language).title, about};
}

}  // namespace

void FactRows(Html& page, const Answer& answer) {
  const auto language = static_cast<std::size_t>(page.language());
  page.BeginRows();
  for (const Fact& fact : FactTable()) {
    if (!fact.for_people) continue;
    const FactValue value = fact.value(answer.code->claims, &answer.code->signed_by);
    const std::string html = std::visit(FactHtml{page, answer}, value);
    if (!html.empty()) {
      page.Row(fact.name[language], html);
    } else if (!fact.absent[language].empty()) {
      page.Row(fact.name[language], fact.absent[language]);
    }
  }
  page.EndRows();
}

std::string PageOf(const Answer& answer, const RenderContext& context) {
  const HtmlText& text = HtmlTexts(context.language());
  Html page(context, BannerOf(answer, text, context.language()));
  if (answer.as_of) {
    std::string past = std::string(text.past) + " " + TimeHtml(*answer.as_of);
    // What is no identifier has no present either.
    if (answer.subject)
      past += " · " + LinkHtml(page.To("/" + answer.subject->text()), text.present);
    page.Paragraph(past);
    if (!answer.known) page.Paragraph(Text(answer.verdict, context.language()).title);
  } else {
    page.Paragraph(Text(answer.verdict, context.language()).advice);
  }
  if (!answer.detail.empty()) page.Detail(Printable(answer.detail));
  if (!context.judged.empty())
    page.Paragraph(std::string(text.judged) + " " + CodeHtml(context.judged), "note");
  page.Warnings(answer.ledger);
  page.Host();
  // What is to be compared with a document comes first.
  const bool of_document = answer.code && answer.code->claims.document;
  if (of_document) Code(page, answer, context);
  if (answer.known) {
    About(page, answer, context);
  } else if (answer.subject) {
    if (!answer.names.empty()) Names(page, answer.names, context);
    page.Paragraph(CodeHtml(answer.subject->text()), answer.names.empty() ? "name" : "");
  }
  if (!answer.suggestions.empty()) LinkTo(page, text.suggestions, answer.suggestions);
  if (answer.nearest) LinkTo(page, text.nearest, {*answer.nearest});
  if (answer.inactive && answer.inactive != answer.subject)
    LinkTo(page, text.inactive, {*answer.inactive});
  if (answer.reason)
    page.Paragraph(std::string(text.reason) + " <bdi>" + Escape(*answer.reason) + "</bdi>");
  if (answer.successor) LinkTo(page, text.successor, {*answer.successor});
  if (answer.code && !of_document) Code(page, answer, context);
  if (answer.known) {
    Endpoints(page, answer);
    Check(page, answer, context);
  } else {
    page.Heading(text.search);
    page.SearchForm();
  }
  page.Ledger(answer.ledger);
  return std::move(page).Finish();
}

}  // namespace cityid
