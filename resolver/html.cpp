// HTML for phones: the verdict first, the host large, no script and nothing from elsewhere.
#include <array>
#include <cstdio>
#include <utility>

#include "ledger/address.h"
#include "resolver/html_text.h"
#include "resolver/represent.h"
#include "resolver/time_text.h"

namespace cityid {
namespace {

/// Text with the five characters that mean something in HTML replaced.
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

constexpr std::string_view kStyle =
    "body{margin:0;font:1rem/1.5 system-ui,sans-serif;color:#1a1a1a;background:#fff}"
    "main{max-width:40rem;margin:0 auto;padding:0 1rem 2rem}"
    ".v{padding:1rem;color:#fff;display:flex;gap:.75rem;align-items:center}"
    ".v h1{margin:0;font-size:1.5rem;line-height:1.2}.v .i{font-size:2rem;line-height:1}"
    ".good{background:#0b5c2e}.plain{background:#1d4e89}.bad{background:#9b1c1c}"
    ".host{font-size:1.5rem;font-weight:700;overflow-wrap:anywhere;margin:1rem 0 0}"
    ".note{color:#444;margin:.25rem 0 1rem}h2{font-size:1.125rem;margin:1.5rem 0 .25rem}"
    ".name,.name code{font-size:1.75rem;line-height:1.2;font-weight:700;margin:1rem 0 0}"
    "code{font-size:1rem;overflow-wrap:anywhere}dl{display:grid;grid-template-columns:auto 1fr;"
    "gap:.25rem 1rem;margin:.5rem 0}dt{color:#444}dd{margin:0;overflow-wrap:anywhere}"
    "ul{padding-inline-start:1.25rem;margin:.5rem 0}a{color:#1d4e89}"
    "nav{margin-top:1rem}nav a{margin-inline-end:1rem}.warn{color:#9b1c1c}";

/// The text in the page's language, else English, else whatever there is.
std::string_view Choose(const TextMap& texts, Language language) {
  constexpr std::array<std::string_view, kLanguages> kPrimary = {"en", "zh", "ar"};
  for (const std::string_view tag : {kPrimary[static_cast<std::size_t>(language)], kPrimary[0]}) {
    if (const auto found = texts.find(std::string(tag)); found != texts.end()) return found->second;
  }
  return texts.empty() ? std::string_view() : std::string_view(texts.begin()->second);
}

std::string Degrees(std::int64_t e7) {
  std::array<char, 32> text;
  std::snprintf(text.data(), text.size(), "%.5f", static_cast<double>(e7) / 1e7);
  return text.data();
}

class Page {
 public:
  Page(const Answer& answer, const RenderContext& context)
      : answer_(answer), context_(context), text_(HtmlTexts(context.language)) {}

  std::string Render() && {
    Head();
    Banner();
    out_ += "<main>";
    Host();
    if (answer_.known) {
      About();
    } else if (answer_.subject) {
      out_ += "<p class=\"name\">" + Code(answer_.subject->text()) + "</p>";
    }
    if (answer_.nearest) Lead(text_.nearest, *answer_.nearest);
    if (answer_.inactive && answer_.inactive != answer_.subject) {
      Lead(text_.inactive, *answer_.inactive);
    }
    if (answer_.successor) Lead(text_.successor, *answer_.successor);
    if (answer_.code) Code();
    if (answer_.known) Endpoints();
    Ledger();
    Languages();
    out_ += "</main></body></html>\n";
    return std::move(out_);
  }

 private:
  void Head() {
    out_ += "<!DOCTYPE html><html lang=\"";
    out_ += Tag(context_.language);
    out_ += context_.language == Language::kArabic ? "\" dir=\"rtl\">" : "\">";
    out_ +=
        "<head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width,"
        "initial-scale=1\"><meta name=\"robots\" content=\"noindex\"><title>";
    out_ += Verdict().title;
    if (answer_.subject) out_ += " · " + answer_.subject->text();
    out_ += "</title><style>";
    out_ += kStyle;
    out_ += "</style></head><body>";
  }

  void Banner() {
    const bool good = answer_.verdict == cityid::Verdict::kValid;
    const bool plain = answer_.verdict == cityid::Verdict::kRegistered;
    out_ += good    ? "<header class=\"v good\">"
            : plain ? "<header class=\"v plain\">"
                    : "<header class=\"v bad\">";
    out_ += "<span class=\"i\" aria-hidden=\"true\">";
    out_ += good ? "✔" : plain ? "ℹ" : "✖";
    out_ += "</span><h1>";
    out_ += Verdict().title;
    out_ += "</h1></header>";
  }

  void Host() {
    out_ += "<p>";
    out_ += Verdict().advice;
    out_ += "</p>";
    if (context_.host.empty()) return;
    out_ += "<p class=\"host\"><bdi dir=\"ltr\">" + Escape(context_.host) +
            "</bdi></p><p class=\"note\">";
    out_ += text_.host_note;
    out_ += "</p>";
  }

  void About() {
    const Metadata& metadata = answer_.known->self().holding.metadata;
    out_ += "<p class=\"name\">" + Escape(Choose(metadata.names, context_.language)) + "</p>";
    std::string others;
    for (const auto& [tag, name] : metadata.names) {
      if (!others.empty()) others += " · ";
      others += "<span lang=\"" + Escape(tag) + "\">" + Escape(name) + "</span>";
    }
    out_ += "<p class=\"note\">" + others + "</p><dl>";
    Row(text_.identifier, Code(answer_.subject->text() + "-" + answer_.subject->CheckCharacters()));
    Row(text_.status, std::string(text_.active));
    Row(text_.level, Escape(metadata.level));
    std::string above;
    for (std::size_t i = 1; i < answer_.known->levels.size(); ++i) {
      const Level& ancestor = answer_.known->levels[i];
      above += "<a href=\"/" + ancestor.id.text() + "\">" +
               Escape(Choose(ancestor.holding.metadata.names, context_.language)) + "</a> ";
    }
    if (!above.empty()) Row(text_.part_of, above);
    if (metadata.position) {
      const std::string place =
          Degrees(metadata.position->latitude) + "," + Degrees(metadata.position->longitude);
      Row(text_.position, "<a dir=\"ltr\" href=\"geo:" + place + "\">" + place + "</a>");
    }
    if (metadata.population) Row(text_.population, std::to_string(*metadata.population));
    if (metadata.website) Row(text_.website, Link(*metadata.website, *metadata.website));
    for (const auto& [scheme, value] : answer_.known->aliases) Row(Escape(scheme), Code(value));
    out_ += "</dl>";
  }

  /// A line that leads to another identifier.
  void Lead(std::string_view words, const CityId& id) {
    out_ += "<p>";
    out_ += words;
    out_ += " <a dir=\"ltr\" href=\"/" + id.text() + "\">" + id.text() + "</a></p>";
  }

  void Code() {
    const CodeClaims& claims = answer_.code->claims;
    Heading(text_.code);
    out_ += "<dl>";
    Row(text_.purpose, std::string(text_.purposes[static_cast<std::size_t>(claims.purpose) - 1]));
    Row(text_.signed_by, "<a href=\"/" + answer_.code->signed_by.text() + "\">" +
                             answer_.code->signed_by.text() + "</a>");
    Row(text_.issued, Time(claims.issued_at));
    Row(text_.expires,
        claims.expires_at() ? Time(*claims.expires_at()) : std::string(text_.no_end));
    Row(text_.serial, std::to_string(claims.serial));
    if (const auto& document = claims.document) {
      Row(text_.document, Escape(document->type) + " " + Escape(document->number));
      if (document->date) Row(text_.date, DateText(*document->date));
      if (document->digest) Row("SHA-256", Code(Hex(*document->digest)));
    }
    out_ += "</dl>";
  }

  void Endpoints() {
    Heading(text_.endpoints);
    if (answer_.known->self().holding.endpoints.empty()) {
      out_ += "<p>";
      out_ += text_.no_endpoints;
      out_ += "</p>";
      return;
    }
    out_ += "<ul>";
    for (const Endpoint& endpoint : answer_.known->self().holding.endpoints) {
      const std::string_view title = Choose(endpoint.title, context_.language);
      out_ += "<li>" + Link(endpoint.href, title.empty() ? endpoint.href : title) + " — ";
      out_ += text_.access[static_cast<std::size_t>(endpoint.access) - 1];
      out_ += "</li>";
    }
    out_ += "</ul>";
  }

  void Ledger() {
    const LedgerMark& ledger = answer_.ledger;
    Heading(text_.ledger);
    if (ledger.stale) {
      out_ += "<p class=\"warn\">";
      out_ += text_.stale;
      out_ += "</p>";
    }
    if (ledger.head.frozen) {
      out_ += "<p class=\"warn\">";
      out_ += text_.frozen;
      out_ += "</p>";
    }
    out_ += "<dl>";
    Row(text_.ledger_time, Time(ledger.head.time));
    Row(text_.ledger_size, std::to_string(ledger.head.size.value));
    Row(text_.ledger_root, Code(Hex(ledger.head.root)));
    out_ += "</dl>";
  }

  void Languages() {
    constexpr std::array<std::pair<std::string_view, std::string_view>, kLanguages> kOffered = {
        {{"en", "English"}, {"zh", "中文"}, {"ar", "العربية"}}};
    out_ += "<nav>";
    for (const auto& [tag, name] : kOffered) {
      out_ += "<a lang=\"" + std::string(tag) + "\" href=\"?lang=" + std::string(tag) + "\">";
      out_ += name;
      out_ += "</a>";
    }
    out_ += "</nav>";
  }

  const VerdictText& Verdict() const { return Text(answer_.verdict, context_.language); }

  void Heading(std::string_view text) {
    out_ += "<h2>";
    out_ += text;
    out_ += "</h2>";
  }

  /// `value` is HTML.
  void Row(std::string_view name, const std::string& value) {
    out_ += "<dt>";
    out_ += name;
    out_ += "</dt><dd>" + value + "</dd>";
  }

  static std::string Code(std::string_view text) {
    return "<code dir=\"ltr\">" + Escape(text) + "</code>";
  }
  static std::string Time(std::chrono::sys_seconds time) {
    const std::string text = TimeText(time);
    return "<time dir=\"ltr\" datetime=\"" + text + "\">" + text.substr(0, 10) + " " +
           text.substr(11, 5) + " UTC</time>";
  }

  /// Only encrypted addresses on the public internet become links; others are shown as what they
  /// are.
  std::string Link(std::string_view href, std::string_view title) const {
    if (!IsPublicAddress(href)) {
      return (title == href ? "" : Escape(title)) + Marked(text_.private_address);
    }
    if (href.starts_with("https://") || href.starts_with("coaps://")) {
      return "<a rel=\"noopener noreferrer\" href=\"" + Escape(href) + "\">" + Escape(title) +
             "</a>";
    }
    return Escape(title) + " " + Code(href) + Marked(text_.not_encrypted);
  }

  static std::string Marked(std::string_view words) {
    return " <span class=\"warn\">(" + std::string(words) + ")</span>";
  }

  const Answer& answer_;
  const RenderContext& context_;
  const HtmlText& text_;
  std::string out_;
};

}  // namespace

std::string RenderHtml(const Answer& answer, const RenderContext& context) {
  return Page(answer, context).Render();
}

}  // namespace cityid
