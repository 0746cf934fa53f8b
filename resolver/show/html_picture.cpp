// The page of a picture: what each code in it is.
#include <algorithm>

#include "resolver/show/html.h"

namespace cityid {
namespace {

/// What the page says of the picture as a whole.
Html::Banner BannerOf(const PicturePage& picture, const HtmlText& text) {
  const auto is = [](Tone tone) {
    return [tone](const PicturePage::Symbol& symbol) {
      return symbol.answer && Row(symbol.answer->verdict).tone == tone;
    };
  };
  const auto& symbols = picture.symbols;
  if (std::ranges::any_of(symbols, is(Tone::kBad))) return {"bad", "✖", text.picture_bad};
  if (!picture.missing.empty()) return {"dim", "?", text.picture_missing};
  const auto codes = std::ranges::count_if(
      symbols, [](const PicturePage::Symbol& symbol) { return symbol.answer.has_value(); });
  if (codes == 0) return {"dim", "?", text.picture_nothing};
  if (std::ranges::count_if(symbols, is(Tone::kGood)) == codes)
    return {"good", "✔", text.picture_good};
  return {"dim", "?", text.picture_unsure};
}

void Code(Html& page, const PicturePage::Symbol& symbol) {
  const Answer& answer = *symbol.answer;
  const VerdictText& words = Text(answer.verdict, page.language());
  page << "<h2>" << LookOf(Row(answer.verdict).tone).icon << " " << words.title << "</h2>";
  if (answer.known) page.Paragraph(page.Text(answer.known->self().holding.metadata.names), "name");
  if (answer.subject)
    page.Paragraph(CodeHtml(answer.subject->text() + "-" + answer.subject->CheckCharacters()));
  page.Paragraph(words.advice);
  if (answer.code) FactRows(page, answer);
  if (!symbol.path.empty()) page.Paragraph(LinkHtml(page.To(symbol.path), page.text().details));
}

}  // namespace

std::string PageOf(const PicturePage& picture, const RenderContext& context) {
  if (picture.intact) return SealedHtml(picture, context);
  const auto& symbols = picture.symbols;
  if (symbols.size() == 1 && symbols[0].answer && picture.missing.empty())
    return PageOf(*symbols[0].answer, context);
  const HtmlText& text = HtmlTexts(context.language());
  Html page(context, BannerOf(picture, text));
  page.Warnings(picture.ledger);
  page.Host();
  if (!picture.missing.empty()) {
    page.Paragraph(text.picture_advice);
    page.Detail(picture.missing);
  }
  for (const PicturePage::Symbol& symbol : symbols) {
    if (symbol.answer) Code(page, symbol);
  }
  for (const PicturePage::Symbol& symbol : symbols) {
    if (!symbol.answer)
      page.Paragraph(std::string(text.foreign) + " <bdi>" + Escape(symbol.foreign) + "</bdi>",
                     "note");
  }
  page.Heading(text.verify);
  page.VerifyForm(true);
  page.Ledger(picture.ledger);
  return std::move(page).Finish();
}

}  // namespace cityid
