// The pages beside answers: lists, the front page, and what went wrong.
#include "resolver/html.h"
#include "resolver/link.h"
#include "resolver/problem.h"

namespace cityid {
namespace {

std::string ItemHtml(const HtmlText& text, const ListItem& item, Language language) {
  std::string html;
  if (item.id) {
    html = LinkHtml("/" + item.id->text(), ChooseText(item.names, language)) + " " +
           CodeHtml(item.id->text());
    if (item.status != IdStatus::kActive)
      html += " <span class=\"warn\">(" + std::string(StatusText(text, item.status)) + ")</span>";
  }
  if (item.endpoint) html += "<br>" + EndpointHtml(text, *item.endpoint, language);
  if (item.change) {
    html += TimeHtml(item.change->time) + " · " + CodeHtml(item.type) + " · " +
            LinkHtml("/ledger/entry/" + std::to_string(item.change->index.value),
                     std::to_string(item.change->index.value));
  }
  return html;
}

}  // namespace

std::string ListPage(const Listing& listing, const RenderContext& context) {
  const HtmlText& text = HtmlTexts(context.language);
  Html page(context, "plain", listing.kind == ListKind::kSearch ? "⌕" : "≡",
            text.lists[static_cast<std::size_t>(listing.kind)], listing.about);
  if (listing.kind == ListKind::kSearch) {
    page.SearchForm(listing.about);
  } else {
    page.Paragraph(CodeHtml(listing.about), "name");
    const auto id = CityId::Parse(listing.about);
    if (id) page.Paragraph(LinkHtml("/" + id->text(), text.back));
  }
  if (listing.items.empty()) page.Paragraph(text.nothing_found);
  page << "<ul>";
  for (const ListItem& item : listing.items)
    page << "<li>" << ItemHtml(text, item, context.language) << "</li>";
  page << "</ul>";
  if (listing.since) page.Paragraph(std::string(text.since) + " " + TimeHtml(*listing.since));
  if (listing.next)
    page.Paragraph(LinkHtml(InLanguage(*listing.next, context.language), text.more));
  page.Ledger(listing.ledger);
  return std::move(page).Finish();
}

std::string StartPage(const FrontPage& front, const RenderContext& context) {
  const HtmlText& text = HtmlTexts(context.language);
  Html page(context, "plain", "⌂", text.front_title);
  page.Paragraph(text.front_about);
  page.Host();
  page.Heading(text.search);
  page.SearchForm();
  page.Heading(text.verify);
  page << "<form action=\"/verify?lang=" << Tag(context.language).substr(0, 2)
       << "\" method=\"post\"><label for=\"code\">" << text.verify_label
       << "</label><textarea id=\"code\" name=\"code\" rows=\"3\" maxlength=\"2000\" required "
          "dir=\"ltr\"></textarea><button>"
       << text.verify << "</button></form>";
  page.Heading(text.developers);
  page.Paragraph(LinkHtml("/openapi.json", "OpenAPI"));
  page.Ledger(front.ledger);
  return std::move(page).Finish();
}

std::string TroublePage(const ProblemPage& problem, const RenderContext& context) {
  const ProblemText* known = FindProblem(problem.name);
  const VerdictText& words =
      (known ? *known : *FindProblem("internal")).text[static_cast<std::size_t>(context.language)];
  const bool explained = problem.detail.empty();
  Html page(context, explained ? "plain" : "bad", explained ? "ℹ" : "✖", words.title);
  page.Paragraph(words.advice);
  if (!problem.detail.empty())
    page.Paragraph("<span lang=\"en\" dir=\"ltr\">" + Escape(problem.detail) + "</span>", "note");
  page.SearchForm();
  return std::move(page).Finish();
}

}  // namespace cityid
