// HTML for phones: no script and nothing from elsewhere.
#include "resolver/show/html.h"

#include <array>
#include <utility>

#include "codec/address.h"
#include "codec/time_text.h"
#include "resolver/message/form.h"
#include "resolver/show/link.h"
#include "resolver/words/scanner_text.h"

namespace cityid {
namespace {

constexpr std::string_view kStyle =
    "body{margin:0;font:1rem/1.5 system-ui,sans-serif;color:#1a1a1a;background:#fff}"
    "main,footer{max-width:40rem;margin:0 auto;padding:0 1rem}footer{padding-bottom:2rem}"
    ".v{padding:1rem;color:#fff}.v h1{max-width:40rem;margin:0 auto;font-size:1.5rem;"
    "line-height:1.2;display:flex;gap:.75rem;align-items:center}.v .i{font-size:2rem;line-height:1}"
    ".good{background:#0b5c2e}.plain{background:#1d4e89}.bad{background:#9b1c1c}.dim{background:#"
    "444}"
    ".host{font-size:1.5rem;font-weight:700;overflow-wrap:anywhere;margin:1rem 0 0}"
    ".note{color:#444;margin:.25rem 0 1rem}h2{font-size:1.125rem;margin:1.5rem 0 .25rem}"
    "h3{font-size:1rem;margin:.75rem 0 0}"
    ".name,.name code{font-size:1.75rem;line-height:1.2;font-weight:700;margin:1rem 0 0}"
    "code{font-size:1rem;overflow-wrap:anywhere}dl{display:grid;grid-template-columns:auto 1fr;"
    "gap:.25rem 1rem;margin:.5rem 0}dt{color:#444}dd{margin:0;overflow-wrap:anywhere}"
    "dl.facts{display:block;margin:0}.facts dt{overflow-wrap:anywhere}.facts "
    "dd{font-weight:700;margin-bottom:.25rem}"
    "h1,p,li{overflow-wrap:anywhere}dd code,li code,details code{display:inline-block}"
    "time{white-space:nowrap}summary{cursor:pointer}ul,ol{padding-inline-start:1.25rem;margin:."
    "5rem 0}li{margin:.25rem "
    "0}a{color:#1d4e89}"
    "nav{margin-top:1rem;display:flex;flex-wrap:wrap;gap:0 1rem}nav a,li a{display:inline-block;"
    "padding:.375rem 0}.warn{color:#9b1c1c}"
    "form{display:flex;flex-wrap:wrap;gap:.5rem;margin:.5rem 0}label{flex-basis:100%}"
    "input,textarea{font:inherit;flex:1 1 12rem;min-width:0;padding:.5rem;border:1px solid #555;"
    "border-radius:.25rem}button{font:inherit;padding:.5rem 1rem;border:0;border-radius:.25rem;"
    "background:#1d4e89;color:#fff;align-self:end}.scan{margin:.75rem 0}.scan "
    "a{display:inline-block;"
    "padding:.5rem 1rem;border:1px solid #1d4e89;border-radius:.25rem;text-decoration:none}";

/// Returns what fits into a title: up to 40 characters, and an ellipsis if there are more.
std::string ForTitle(std::string_view text) {
  constexpr std::size_t kMost = 40;
  std::size_t characters = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool begins = (static_cast<unsigned char>(text[i]) & 0xC0) != 0x80;
    if (begins && ++characters > kMost) return std::string(text.substr(0, i)) + "…";
  }
  return std::string(text);
}

std::string Marked(std::string_view words) {
  return " <span class=\"warn\">(" + std::string(words) + ")</span>";
}

}  // namespace

ToneLook LookOf(Tone tone) {
  switch (tone) {
    case Tone::kGood:
      return {"good", "✔"};
    case Tone::kPlain:
      return {"plain", "ℹ"};
    case Tone::kUncertain:
      return {"dim", "?"};
    case Tone::kBad:
      break;
  }
  return {"bad", "✖"};
}

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

std::string LinkHtml(std::string_view href, std::string_view words_html) {
  return "<a href=\"" + Escape(href) + "\">" + std::string(words_html) + "</a>";
}

std::string TextHtml(std::string_view tag, std::string_view text) {
  return "<bdi lang=\"" + Escape(tag) + "\">" + Escape(text) + "</bdi>";
}

std::string Html::Text(const TextMap& texts) const {
  const ChosenText chosen = ChooseText(texts, context_.priority);
  return chosen.tag.empty() ? std::string() : TextHtml(chosen.tag, chosen.text);
}

std::string Html::To(std::string_view target) const {
  return InLanguage(target, context_.language());
}

std::string Html::IdLink(const CityId& id) const {
  return "<a dir=\"ltr\" href=\"" + To("/" + id.text()) + "\">" + id.text() + "</a>";
}

std::string AddressHtml(const HtmlText& text, std::string_view href, std::string_view words_html) {
  if (!IsPublicAddress(href)) return std::string(words_html) + Marked(text.private_address);
  // A person sees where the link leads before following it.
  const std::string address =
      words_html.empty() ? std::string() : "<br><small>" + CodeHtml(href) + "</small>";
  if (href.starts_with("https://") || href.starts_with("coaps://")) {
    return "<a rel=\"noopener noreferrer\" href=\"" + Escape(href) + "\">" +
           (words_html.empty() ? Escape(href) : std::string(words_html)) + "</a>" + address;
  }
  return (words_html.empty() ? CodeHtml(href) : std::string(words_html)) +
         Marked(text.not_encrypted) + address;
}

std::string Html::EndpointHtml(const Endpoint& endpoint) const {
  return std::string(ValueWord(Name(endpoint.access), language())) + ": " +
         AddressHtml(text_, endpoint.href, Text(endpoint.title));
}

std::string InLanguage(std::string_view target, Language language) {
  // A target that begins with two slashes names another host.
  while (target.starts_with("//")) target.remove_prefix(1);
  return WithField(target, "lang", Tag(language).substr(0, 2));
}

Html::Html(const RenderContext& context, const Banner& banner)
    : context_(context), text_(HtmlTexts(context.language())) {
  out_.reserve(8192);
  *this << "<!DOCTYPE html><html lang=\"" << Tag(context.language())
        << (context.language() == Language::kArabic ? "\" dir=\"rtl\">" : "\">")
        << "<head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width,"
           "initial-scale=1\"><meta name=\"robots\" content=\"noindex\"><title>"
        << banner.title;
  if (!banner.about.empty())
    *this << (banner.shows_about ? " " : " · ") << Escape(ForTitle(banner.about));
  *this << "</title><style>" << kStyle << "</style>" << banner.head
        << "</head><body><header class=\"v " << banner.of_class
        << "\"><h1><span class=\"i\" aria-hidden=\"true\">" << banner.icon << "\uFE0E</span><span>"
        << banner.title;
  if (banner.shows_about) *this << " <bdi dir=\"ltr\">" << Escape(banner.about) << "</bdi>";
  *this << "</span></h1></header><main>";
  if (banner.links_scanner) {
    Paragraph(LinkHtml(To("/scan"), "<span aria-hidden=\"true\">▣\uFE0E</span> " +
                                        std::string(ScannerWords("title", language()))),
              "scan");
  }
}

void Html::Heading(std::string_view words) { *this << "<h2>" << words << "</h2>"; }

void Html::Paragraph(std::string_view html, std::string_view of_class) {
  *this << "<p";
  if (!of_class.empty()) *this << " class=\"" << of_class << "\"";
  *this << ">" << html << "</p>";
}

void Html::Detail(std::string_view text) {
  Paragraph("<span lang=\"en\" dir=\"ltr\">" + Escape(text) + "</span>", "note");
}

void Html::Row(std::string_view name, std::string_view value_html) {
  *this << "<dt>" << name << "</dt><dd>" << value_html << "</dd>";
}

void Html::Host() {
  if (context_.host.empty()) return;
  Paragraph("<bdi dir=\"ltr\">" + Escape(context_.host) + "</bdi>", "host");
  Paragraph(text_.host_note, "note");
}

void Html::Warnings(const LedgerMark& ledger) {
  if (ledger.stale) Paragraph(std::string(text_.stale) + " " + TimeHtml(ledger.head.time), "warn");
  if (ledger.head.frozen) Paragraph(text_.frozen, "warn");
}

void Html::Ledger(const LedgerMark& ledger) {
  Heading(text_.ledger);
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
        << Tag(context_.language()).substr(0, 2) << "\"><button type=\"submit\">" << text_.search
        << "</button></form>";
}

void Html::VerifyForm(bool reads_pictures) {
  *this << "<form action=\"" << To("/verify") << "\" method=\"post\"><label for=\"code\">"
        << text_.verify_label
        << "</label><textarea id=\"code\" name=\"code\" rows=\"3\" maxlength=\"2000\" required "
           "dir=\"ltr\"></textarea><button type=\"submit\">"
        << text_.verify << "</button></form>";
  if (!reads_pictures) return;
  *this << "<form action=\"" << To("/verify")
        << "\" method=\"post\" enctype=\"multipart/form-data\"><label for=\"camera\">"
        << text_.take_picture
        << "</label><input id=\"camera\" name=\"camera\" type=\"file\" accept=\"image/*\" "
           "capture=\"environment\"><label for=\"picture\">"
        << text_.choose_picture
        << "</label><input id=\"picture\" name=\"picture\" type=\"file\" "
           "accept=\"image/*,application/pdf\">"
           "<button type=\"submit\">"
        << text_.verify << "</button></form>";
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
  *this << "<a href=\"/?lang=" << Tag(context_.language()).substr(0, 2) << "\">" << text_.home
        << "</a></nav></footer></body></html>\n";
  return std::move(out_);
}

std::string RenderHtml(const Document& document, const RenderContext& context) {
  return std::visit([&](const auto& each) { return PageOf(each, context); }, document);
}

}  // namespace cityid
