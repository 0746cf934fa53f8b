// The page of a file: whether it is what was sealed, above what each seal's code is.
#include <algorithm>

#include "resolver/show/html.h"

namespace cityid {
namespace {

using Seal = PicturePage::Symbol;

bool HasTone(const Seal& seal, Tone tone) { return Row(seal.answer->verdict).tone == tone; }

/// Returns what the page says of the file as a whole. What was changed stands above every verdict.
Html::Banner BannerOf(const PicturePage& file, const HtmlText& text) {
  const auto& seals = file.symbols;
  const auto any = [&](auto is) { return std::ranges::any_of(seals, is); };
  if (any([](const Seal& seal) { return seal.seal->state == SealState::kChanged; }))
    return {"bad", "✖", text.file_changed};
  if (any([](const Seal& seal) { return HasTone(seal, Tone::kBad); }))
    return {"bad", "✖", text.file_bad};
  if (any([](const Seal& seal) {
        return seal.seal->state == SealState::kAddedTo && !seal.seal->sealed_again;
      }))
    return {"bad", "✖", text.file_added};
  if (!file.missing.empty()) return {"dim", "?", text.file_unsure};
  if (seals.empty()) return {"dim", "?", text.file_none};
  const bool good = *file.intact && std::ranges::all_of(seals, [](const Seal& seal) {
    return seal.answer->verdict == Verdict::kValid;
  });
  if (good) return {"good", "✔", text.file_good};
  return {"dim", "?", text.file_unsure};
}

std::string Bytes(std::string_view words, std::uint64_t count) {
  return std::string(words) + " <bdi dir=\"ltr\">" + std::to_string(count) + "</bdi>";
}

/// Says what the file is, compared with what this seal covers. That it is unchanged says nothing
/// under a code that isn't valid. `sealed_again`: the office itself added what follows.
void State(Html& page, const FoundSeal& seal, Verdict verdict, bool sealed_again) {
  const HtmlText& text = page.text();
  switch (seal.state) {
    case SealState::kUnchanged:
      if (verdict == Verdict::kValid) page.Paragraph(text.seal_unchanged);
      return;
    case SealState::kChanged:
      page.Paragraph(text.seal_changed);
      page.Detail(seal.why);
      return;
    case SealState::kAddedTo:
      break;
  }
  page.Paragraph(sealed_again ? text.seal_again : text.seal_added);
  page.Paragraph(
      Bytes(text.sealed_bytes, seal.place.end()) + " · " + Bytes(text.added_bytes, seal.added),
      "note");
  if (seal.looks_signed) page.Paragraph(text.looks_signed, "note");
}

void Code(Html& page, const Seal& seal, Verdict last) {
  const Answer& answer = *seal.answer;
  const VerdictText& words = Text(answer.verdict, page.language());
  page << "<h2>" << words.title << "</h2>";
  if (answer.known) page.Paragraph(page.Text(answer.known->self().holding.metadata.names), "name");
  if (answer.subject)
    page.Paragraph(CodeHtml(answer.subject->text() + "-" + answer.subject->CheckCharacters()));
  State(page, *seal.seal, answer.verdict, seal.seal->sealed_again && last == Verdict::kValid);
  if (answer.verdict != Verdict::kValid) page.Paragraph(words.advice);
  if (answer.code) FactRows(page, answer);
  if (!seal.path.empty()) page.Paragraph(LinkHtml(page.To(seal.path), page.text().details));
}

}  // namespace

std::string SealedHtml(const PicturePage& file, const RenderContext& context) {
  const HtmlText& text = HtmlTexts(context.language());
  Html page(context, BannerOf(file, text));
  page.Warnings(file.ledger);
  page.Host();
  if (!file.missing.empty()) page.Detail(file.missing);
  if (file.symbols.empty()) page.Paragraph(text.no_seal);
  for (const Seal& seal : file.symbols) Code(page, seal, file.symbols.back().answer->verdict);
  page.Heading(text.verify);
  page.VerifyForm(true);
  page.Ledger(file.ledger);
  return std::move(page).Finish();
}

}  // namespace cityid
