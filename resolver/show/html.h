// Writing pages: a page from top to bottom, and the pieces of HTML that pages share.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "resolver/show/link.h"
#include "resolver/show/represent.h"
#include "resolver/words/html_text.h"

namespace cityid {

/// A page that is being written, from top to bottom. Everything but our own constants goes through
/// `Escape`.
class Html {
 public:
  /// The coloured heading of a page.
  struct Banner {
    std::string_view of_class;  ///< "good", "plain", "dim" or "bad"
    std::string_view icon;      ///< a character
    std::string_view title;
    std::string_view about = {};  ///< what the page is about; text from elsewhere
    bool shows_about = false;     ///< whether the heading shows it, too, and not only the title
    std::string head = {};        ///< more HTML of the page's head
    bool links_scanner = true;    ///< false: the page is the scanner itself
  };
  Html(const RenderContext& context, const Banner& banner);

  const HtmlText& text() const { return text_; }
  Language language() const { return context_.language(); }
  /// Returns one of the texts of a record, marked with its language.
  std::string Text(const TextMap& texts) const;

  Html& operator<<(std::string_view html) {
    out_ += html;
    return *this;
  }

  void Heading(std::string_view words);
  void Paragraph(std::string_view html, std::string_view of_class = {});
  /// Writes a line for developers, which is in English on every page.
  void Detail(std::string_view text);
  /// Begins a table of names and values; `Row` adds to it.
  void BeginRows() { out_ += "<dl>"; }
  void Row(std::string_view name, std::string_view value_html);
  void EndRows() { out_ += "</dl>"; }
  /// Writes the host that was asked, large, with a word on forged signs.
  void Host();
  /// Warns if the copy of the ledger is old, or has stopped.
  void Warnings(const LedgerMark& ledger);
  void Ledger(const LedgerMark& ledger);
  /// Returns a target of this service in the page's language.
  std::string To(std::string_view target) const;
  std::string IdLink(const CityId& id) const;
  std::string EndpointHtml(const Endpoint& endpoint) const;
  /// Writes the form for searching.
  void SearchForm(std::string_view value = {});
  /// Writes the form in which a code's text is pasted, and that for pictures if they are read.
  void VerifyForm(bool reads_pictures = false);

  /// Writes links to the other languages and to the front page, and returns the whole page.
  std::string Finish() &&;

 private:
  const RenderContext& context_;
  const HtmlText& text_;
  std::string out_;
};

/// How a page shows how much a person should trust something.
struct ToneLook {
  std::string_view of_class, icon;  ///< as in `Html::Banner`
};
ToneLook LookOf(Tone tone);

/// Returns text with the five characters that have a meaning in HTML replaced.
std::string Escape(std::string_view text);
/// Returns text for a code: left to right, in a fixed-width typeface.
std::string CodeHtml(std::string_view text);
std::string TimeHtml(std::chrono::sys_seconds time);
/// Returns a link to a page of this service.
std::string LinkHtml(std::string_view href, std::string_view words_html);
/// Returns a text of a record, marked with its language.
std::string TextHtml(std::string_view tag, std::string_view text);
/// Returns an address from a record: as a link if it is encrypted and on the public internet, else
/// as text with a warning. Without words the address itself is shown.
std::string AddressHtml(const HtmlText& text, std::string_view href, std::string_view words_html);
/// Returns the target with another value of `lang`.
std::string InLanguage(std::string_view target, Language language);

// The page of each kind of document.
std::string PageOf(const Answer& answer, const RenderContext& context);
std::string PageOf(const Listing& listing, const RenderContext& context);
std::string PageOf(const FrontPage& front, const RenderContext& context);
std::string PageOf(const ProblemPage& problem, const RenderContext& context);
std::string PageOf(const PicturePage& picture, const RenderContext& context);
/// Writes the facts of the answer's code, a row each.
void FactRows(Html& page, const Answer& answer);
std::string SealedHtml(const PicturePage& file, const RenderContext& context);
/// Returns the scanner's page: a form that works everywhere, and what its program needs to know.
/// `program` is the path below which the files of the program are, such as
/// "/scan/0123456789abcdef"; empty: there is none, and the server is asked. `reads_pictures`: the
/// server does, for browsers that run no program.
std::string ScannerPage(std::string_view program, bool reads_pictures,
                        const RenderContext& context);

}  // namespace cityid
