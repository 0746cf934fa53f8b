// HTML for phones: no script and nothing from elsewhere.
#include "resolver/html.h"

#include <array>
#include <utility>

#include "ledger/address.h"
#include "resolver/link.h"
#include "resolver/time_text.h"

namespace cityid {
namespace {

constexpr std::string_view kStyle =
    "body{margin:0;font:1rem/1.5 system-ui,sans-serif;color:#1a1a1a;background:#fff}"
    "main,footer{max-width:40rem;margin:0 auto;padding:0 1rem}footer{padding-bottom:2rem}"
    ".v{padding:1rem;color:#fff}.v h1{max-width:40rem;margin:0 auto;font-size:1.5rem;"
    "line-height:1.2;display:flex;gap:.75rem;align-items:center}.v .i{font-size:2rem;line-height:1}"
    ".good{background:#0b5c2e}.plain{background:#1d4e89}.bad{background:#9b1c1c}"
    ".host{font-size:1.5rem;font-weight:700;overflow-wrap:anywhere;margin:1rem 0 0}"
    ".note{color:#444;margin:.25rem 0 1rem}h2{font-size:1.125rem;margin:1.5rem 0 .25rem}"
    "h3{font-size:1rem;margin:.75rem 0 0}"
    ".name,.name code{font-size:1.75rem;line-height:1.2;font-weight:700;margin:1rem 0 0}"
    "code{font-size:1rem;overflow-wrap:anywhere}dl{display:grid;grid-template-columns:auto 1fr;"
    "gap:.25rem 1rem;margin:.5rem 0}dt{color:#444}dd{margin:0;overflow-wrap:anywhere}"
    "ul,ol{padding-inline-start:1.25rem;margin:.5rem 0}li{margin:.25rem 0}a{color:#1d4e89}"
    "nav{margin-top:1rem;display:flex;flex-wrap:wrap;gap:0 1rem}nav a,li a{display:inline-block;"
    "padding:.375rem 0}.warn{color:#9b1c1c}"
    "form{display:flex;flex-wrap:wrap;gap:.5rem;margin:.5rem 0}label{flex-basis:100%}"
    "input,textarea{font:inherit;flex:1 1 12rem;min-width:0;padding:.5rem;border:1px solid #555;"
    "border-radius:.25rem}button{font:inherit;padding:.5rem 1rem;border:0;border-radius:.25rem;"
    "background:#1d4e89;color:#fff}";

std::string Marked(std::string_view words) {
  return " <span class=\"warn\">(" + std::string(words) + ")</span>";
}

}  // namespace

std::string Escape(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

std::string CodeHtml(std::string_view text) {
  return "<code dir=\"ltr\">" + Escape(text) + "</code>";
}

std::string TimeHtml(std::chrono::sys_seconds time) {
  const std::string text = TimeText(time);
  return "<time dir=\"ltr\" datetime=\"" + text + "\">" + text.substr(0, 10) + " " +
         text.substr(11, 5) + " UTC</time>";
}

std::string LinkHtml(std::string_view href, std::string_view words) {
  return "<a href=\"" + Escape(href) + "\">" + Escape(words) + "</a>";
}

std::string IdLinkHtml(const CityId& id) {
  return "<a dir=\"ltr\" href=\"/" + id.text() + "\">" + id.text() + "</a>";
}

std::string AddressHtml(const HtmlText& text, std::string_view href, std::string_view title) {
  if (!IsPublicAddress(href))
    return (title == href ? "" : Escape(title)) + Marked(text.private_address);
  if (href.starts_with("https://") || href.starts_with("coaps://")) {
    return "<a rel=\"noopener noreferrer\" href=\"" + Escape(href) + "\">" + Escape(title) + "</a>";
  }
  return Escape(title) + " " + CodeHtml(href) + Marked(text.not_encrypted);
}

std::string_view StatusText(const HtmlText& text, IdStatus status) {
  return text.statuses[static_cast<std::size_t>(status) - 1];
}

std::string EndpointHtml(const HtmlText& text, const Endpoint& endpoint, Language language) {
  const std::string_view title = ChooseText(endpoint.title, language);
  std::string html = AddressHtml(text, endpoint.href, title.empty() ? endpoint.href : title);
  html += " — ";
  html += text.access[static_cast<std::size_t>(endpoint.access) - 1];
  // Where it leads is said before anybody follows it.
  if (!title.empty() && IsPublicAddress(endpoint.href))
    html += "<br><small>" + CodeHtml(endpoint.href) + "</small>";
  return html;
}

std::string InLanguage(std::string_view target, Language language) {
  std::string out(target.substr(0, target.find('?')));
  char separator = '?';
  std::string_view query =
      target.find('?') == std::string_view::npos ? "" : target.substr(target.find('?') + 1);
  while (!query.empty()) {
    const std::string_view pair = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(pair.size() + 1, query.size()));
    if (pair.empty() || pair.starts_with("lang=")) continue;
    out += std::exchange(separator, '&');
    out += pair;
  }
  out += separator;
  out += "lang=";
  return out.append(Tag(language).substr(0, 2));
}

Html::Html(const RenderContext& context, std::string_view banner, std::string_view icon,
           std::string_view title, std::string_view title_more)
    : context_(context), text_(HtmlTexts(context.language)) {
  out_.reserve(8192);
  *this << "<!DOCTYPE html><html lang=\"" << Tag(context.language)
        << (context.language == Language::kArabic ? "\" dir=\"rtl\">" : "\">")
        << "<head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width,"
           "initial-scale=1\"><meta name=\"robots\" content=\"noindex\"><title>"
        << title;
  if (!title_more.empty()) *this << " · " << Escape(title_more);
  *this << "</title><style>" << kStyle << "</style></head><body><header class=\"v " << banner
        << "\"><h1><span class=\"i\" aria-hidden=\"true\">" << icon << "</span><span>" << title
        << "</span></h1></header><main>";
}

void Html::Heading(std::string_view words) { *this << "<h2>" << words << "</h2>"; }

void Html::Paragraph(std::string_view html, std::string_view of_class) {
  *this << "<p";
  if (!of_class.empty()) *this << " class=\"" << of_class << "\"";
  *this << ">" << html << "</p>";
}

void Html::Row(std::string_view name, std::string_view value_html) {
  *this << "<dt>" << name << "</dt><dd>" << value_html << "</dd>";
}

void Html::Host() {
  if (context_.host.empty()) return;
  Paragraph("<bdi dir=\"ltr\">" + Escape(context_.host) + "</bdi>", "host");
  Paragraph(text_.host_note, "note");
}

void Html::Ledger(const LedgerMark& ledger) {
  Heading(text_.ledger);
  if (ledger.stale) Paragraph(text_.stale, "warn");
  if (ledger.head.frozen) Paragraph(text_.frozen, "warn");
  BeginRows();
  Row(text_.ledger_time, TimeHtml(ledger.head.time));
  Row(text_.ledger_size, std::to_string(ledger.head.size.value));
  Row(text_.ledger_root, CodeHtml(Hex(ledger.head.root)));
  EndRows();
}

void Html::SearchForm(std::string_view value) {
  *this << "<form action=\"/search\" role=\"search\"><label for=\"q\">" << text_.search_label
        << "</label><input id=\"q\" name=\"q\" type=\"search\" maxlength=\"100\" required value=\""
        << Escape(value) << "\"><input type=\"hidden\" name=\"lang\" value=\""
        << Tag(context_.language).substr(0, 2) << "\"><button>" << text_.search
        << "</button></form>";
}

std::string Html::Finish() && {
  constexpr std::array<std::pair<Language, std::string_view>, kLanguages> kOffered = {
      {{Language::kEnglish, "English"},
       {Language::kChinese, "中文"},
       {Language::kArabic, "العربية"}}};
  *this << "</main><footer><nav aria-label=\"" << text_.languages << "\">";
  for (const auto& [language, name] : kOffered) {
    *this << "<a lang=\"" << Tag(language) << "\" href=\""
          << Escape(InLanguage(context_.target, language)) << "\">" << name << "</a>";
  }
  *this << "<a href=\"/?lang=" << Tag(context_.language).substr(0, 2) << "\">" << text_.home
        << "</a></nav></footer></body></html>\n";
  return std::move(out_);
}

std::string RenderHtml(const Document& document, const RenderContext& context) {
  if (const auto* answer = std::get_if<Answer>(&document)) return AnswerPage(*answer, context);
  if (const auto* listing = std::get_if<Listing>(&document)) return ListPage(*listing, context);
  if (const auto* front = std::get_if<FrontPage>(&document)) return StartPage(*front, context);
  return TroublePage(std::get<ProblemPage>(document), context);
}

}  // namespace cityid
