// The pages beside answers: lists, the front page, and what went wrong.
#include "resolver/show/html.h"
#include "resolver/show/link.h"
#include "resolver/words/problem.h"

namespace cityid {
namespace {

std::string_view TitleOf(const HtmlText& text, ListKind kind) {
  switch (kind) {
    case ListKind::kSearch:
      return text.found;
    case ListKind::kChildren:
      return text.children_of;
    case ListKind::kPeers:
      return text.peers_of;
    case ListKind::kHistory:
      return text.history_of;
  }
  return "";
}

std::string ItemHtml(const Html& page, const ListItem& item) {
  const HtmlText& text = page.text();
  std::string html;
  if (item.id) {
    html = LinkHtml(page.To("/" + item.id->text()), page.Text(item.names)) + " " +
           CodeHtml(item.id->text());
    if (item.status != IdStatus::kActive)
      html += " <span class=\"warn\">(" +
              std::string(ValueWord(Name(item.status), page.language())) + ")</span>";
  }
  if (item.endpoint) html += "<br>" + page.EndpointHtml(*item.endpoint);
  if (item.change) {
    const std::string index = std::to_string(item.change->index.value);
    html += TimeHtml(item.change->time) + " · " + Escape(WordsFor(item.type, page.language())) +
            " · " + LinkHtml("/ledger/entry/" + index, std::string(text.entry) + " " + index);
  }
  return html;
}

}  // namespace

std::string PageOf(const Listing& listing, const RenderContext& context) {
  const HtmlText& text = HtmlTexts(context.language());
  const bool search = listing.kind == ListKind::kSearch;
  Html page(context,
            {"plain", search ? "⌕" : "≡", TitleOf(text, listing.kind), listing.about, !search});
  if (search) page.SearchForm(listing.about);
  page.Warnings(listing.ledger);
  if (const auto id = CityId::Parse(listing.about); id && !search)
    page.Paragraph(LinkHtml(page.To("/" + id->text()), text.back));
  if (listing.items.empty() && !(search && listing.about.empty()))
    page.Paragraph(text.nothing_found);
  if (!listing.items.empty()) {
    page << "<ul>";
    for (const ListItem& item : listing.items) page << "<li>" << ItemHtml(page, item) << "</li>";
    page << "</ul>";
  }
  if (listing.since) page.Paragraph(std::string(text.since) + " " + TimeHtml(*listing.since));
  if (listing.next) page.Paragraph(LinkHtml(page.To(*listing.next), text.more));
  page.Ledger(listing.ledger);
  return std::move(page).Finish();
}

std::string PageOf(const FrontPage& front, const RenderContext& context) {
  const HtmlText& text = HtmlTexts(context.language());
  Html page(context, {"plain", "⌂", text.front_title});
  page.Paragraph(text.front_about);
  page.Warnings(front.ledger);
  page.Host();
  page.Heading(text.search);
  page.SearchForm();
  page.Heading(text.verify);
  page.VerifyForm(front.reads_pictures);
  page.Heading(text.developers);
  page.Paragraph(LinkHtml("/openapi.json", "OpenAPI"));
  page.Ledger(front.ledger);
  return std::move(page).Finish();
}

std::string PageOf(const ProblemPage& problem, const RenderContext& context) {
  const HtmlText& text = HtmlTexts(context.language());
  const ProblemText* known = FindProblem(problem.name);
  const VerdictText& words = (known ? *known : *FindProblem("internal"))
                                 .text[static_cast<std::size_t>(context.language())];
  if (problem.detail.empty()) {
    // The page explains a word. Nobody must take it for the verdict on a code.
    Html page(context, {"dim", "ℹ", text.meaning, words.title, true});
    page.Paragraph(text.nothing_checked);
    page.Paragraph("<q>" + std::string(words.advice) + "</q>");
    return std::move(page).Finish();
  }
  Html page(context, {"dim", "?", words.title});
  page.Paragraph(words.advice);
  page.Detail(problem.detail);
  page.Heading(text.search);
  page.SearchForm();
  return std::move(page).Finish();
}

}  // namespace cityid
