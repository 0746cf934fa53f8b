// Pages: what they are written with, and the parts that every one of them has.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "resolver/show/html_text.h"
#include "resolver/show/link.h"
#include "resolver/show/represent.h"

namespace cityid {

/// A page as it is written, from top to bottom. Whatever is no constant of ours goes through
/// `Escape`.
class Html {
 public:
  /// What stands first on a page.
  struct Banner {
    std::string_view of_class;  ///< "good", "plain", "dim" or "bad"
    std::string_view icon;      ///< a character
    std::string_view title;
    std::string_view about = {};  ///< what the page is about; text from elsewhere
    bool shows_about = false;     ///< also in the heading
  };
  Html(const RenderContext& context, const Banner& banner);

  const HtmlText& text() const { return text_; }
  Language language() const { return context_.language; }

  Html& operator<<(std::string_view html) {
    out_ += html;
    return *this;
  }

  void Heading(std::string_view words);
  void Paragraph(std::string_view html, std::string_view of_class = {});
  /// A name and a value, between `BeginRows` and `EndRows`.
  void BeginRows() { out_ += "<dl>"; }
  void Row(std::string_view name, std::string_view value_html);
  void EndRows() { out_ += "</dl>"; }
  /// The host that was asked, large, with a word on forged signs.
  void Host();
  /// That the copy of the ledger is old, or has stopped.
  void Warnings(const LedgerMark& ledger);
  void Ledger(const LedgerMark& ledger);
  /// A target of this service in the page's language.
  std::string To(std::string_view target) const;
  std::string IdLink(const CityId& id) const;
  /// Where names are looked for.
  void SearchForm(std::string_view value = {});

  /// Other languages, the way home, and the end.
  std::string Finish() &&;

 private:
  const RenderContext& context_;
  const HtmlText& text_;
  std::string out_;
};

/// Text with the five characters that mean something in HTML replaced.
std::string Escape(std::string_view text);
/// Left to right, in the typeface of codes.
std::string CodeHtml(std::string_view text);
std::string TimeHtml(std::chrono::sys_seconds time);
/// A link inside of this service.
std::string LinkHtml(std::string_view href, std::string_view words_html);
/// A text of a record, marked with its language if that is not the page's.
std::string TextHtml(const ChosenText& chosen, Language language);
/// An address that came from a record: a link only if it is encrypted and on the public internet,
/// else shown as what it is. Without words the address itself.
std::string AddressHtml(const HtmlText& text, std::string_view href, std::string_view words_html);
std::string_view StatusText(const HtmlText& text, IdStatus status);
std::string EndpointHtml(const HtmlText& text, const Endpoint& endpoint, Language language);
/// The target with another value of `lang`.
std::string InLanguage(std::string_view target, Language language);

std::string AnswerPage(const Answer& answer, const RenderContext& context);
std::string ListPage(const Listing& listing, const RenderContext& context);
std::string StartPage(const FrontPage& front, const RenderContext& context);
std::string TroublePage(const ProblemPage& problem, const RenderContext& context);

}  // namespace cityid
