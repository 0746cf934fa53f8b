#include "cli/documents/sealing.h"

#include <cstdio>

#include "cli/checking/pdf_pages.h"
#include "cli/checking/seal_text.h"
#include "cli/codes/document_claims.h"
#include "cli/console/terminal.h"
#include "codec/files/file.h"
#include "codec/picture/file_kind.h"
#include "codec/stamp/pdf_stamper.h"

namespace cityid::cli {
namespace {

/// Phones read this from paper, and a page has room for it.
constexpr double kModuleMm = 0.5;
constexpr double kSmallestModuleMm = 0.3;
/// Enough of a page to see a hairline, and little to look at.
constexpr int kPictureSide = 1200;
/// What a seal usually adds.
constexpr std::size_t kRoom = std::size_t{1} << 20;

Error Refused(std::string detail) { return Error{Errc::kRefused, std::move(detail)}; }

/// Errors: kRefused for a file with seals, unless they are intact and it may be sealed again, by
/// whom it was sealed before: for a verifier, what anybody else adds makes it a file that was added
/// to.
Result<void> CheckSeals(const FoundSeals& found, bool again, const CityId& subject) {
  if (found.seals.empty()) return {};
  if (!found.intact()) {
    return Refused(SealedFileText(found) +
                   "; seal the original, or what cityid document verify --extract takes out");
  }
  if (!again)
    return Refused("the file is sealed already; --again seals it as it is, with its seal");
  if (found.seals.back().subject != subject) {
    return Refused("the file was sealed by " + found.seals.back().subject->text() +
                   ", and a seal of " + subject.text() +
                   " would be an addition to it; seal the original instead");
  }
  if (found.seals.size() >= kMostSeals) {
    return Refused("the file has " + std::to_string(kMostSeals) +
                   " seals, and no more are made; seal the original instead");
  }
  return {};
}

/// Errors: kRefused for what the terms don't allow.
Result<void> CheckConcerns(const PdfLook& look, const SealTerms& terms) {
  for (const PdfConcern& concern : look.concerns) {
    const bool is_signed = concern.kind == PdfConcern::Kind::kSigned;
    if (is_signed ? terms.after_signatures : terms.dynamic) continue;
    if (is_signed) {
      return Refused(concern.what +
                     ": a stamp changes the page that was signed, and viewers say so; seal first, "
                     "then sign, or seal all the same with --after-signatures");
    }
    return Refused(concern.what +
                   ": what people see could change though no byte does; print it to a new PDF, or "
                   "seal it all the same with --dynamic");
  }
  return {};
}

/// Finds the place of a stamp. `file`: the PDF. Errors: those of placing and of drawing the page.
Result<StampPlace> PlaceOf(const std::string& file, const PdfLook& look, const StampSize& size,
                           const StampAt& at) {
  const auto drawn = DrawShownPage(file, static_cast<std::uint64_t>(look.page), kPictureSide);
  if (at.kind != StampAt::Kind::kAuto) {
    const auto place = PlaceAt(at, look, size);
    if (!place || !drawn) return place;  // who says where needs no picture
    const auto covered = CoveredAt(*place, *drawn, look, size);
    if (covered && *covered > 0) {
      std::fprintf(stderr,
                   "warning: there is something on page %d where the stamp is (%d%% of it); if it "
                   "is another code, that can't be scanned any more\n",
                   look.page, *covered);
    }
    return place;
  }
  if (!drawn) {
    const bool missing = drawn.error().code == Errc::kIo;
    return Error{drawn.error().code,
                 std::string("where the page is empty can't be seen") +
                     (missing ? " without pdftoppm (apt-get install poppler-utils)"
                              : ", as it could not be drawn") +
                     "; say where the stamp goes with --at, such as --at bottom-right"};
  }
  auto place = PlaceFreely(*drawn, look, size);
  if (place && place->covered > 0) {
    std::fprintf(
        stderr,
        "warning: page %d has no empty place of %.0f x %.0f mm; the stamp covers something "
        "(%d%% of it); choose another place with --page, --at or --size\n",
        look.page, size.width_mm, size.height_mm, place->covered);
  }
  return place;
}

}  // namespace

std::vector<std::string> CaptionOf(const CityId& id, const std::string& host) {
  return {id.text() + "-" + id.CheckCharacters(), host};
}

Result<void> Sealing::MakeStamp(const std::string& file, std::string_view url,
                                const SealTerms& terms) {
  const auto modules = RegionModules(url);
  if (!modules) return modules.error();
  const auto region = RegionLength(url);
  if (!region) return region.error();
  StampAsked asked;
  asked.modules = *modules;
  asked.module_mm =
      terms.size_mm == 0 ? kModuleMm : terms.size_mm / (*modules + 2 * kStampQuietZone);
  asked.caption = terms.caption;
  asked.region = region_ = *region;
  const auto size = SizeOfStamp(asked);
  if (!size) return size.error();
  if (asked.module_mm < kSmallestModuleMm) {
    std::fprintf(stderr,
                 "warning: modules of %.2f mm are too small for many phones; give --size %.0f\n",
                 asked.module_mm, (*modules + 2 * kStampQuietZone) * kModuleMm);
  }
  auto stamper = PdfStamper::Open(content_);
  if (!stamper) return stamper.error();
  const auto look = stamper->Look(terms.page);
  if (!look) return look.error();
  if (const auto allowed = CheckConcerns(*look, terms); !allowed) return allowed;
  const auto place = PlaceOf(file, *look, *size, terms.at);
  if (!place) return place.error();
  asked.page = page_ = look->page;
  asked.x_mm = place->x_mm;
  asked.y_mm = place->y_mm;
  place_ = *place;
  auto stamp = stamper->MakeStamp(asked);
  if (!stamp) return stamp.error();
  Append(content_, stamp->before);
  after_ = std::move(stamp->after);
  return {};
}

Result<Sealing> Sealing::Prepare(const std::string& file, const CodeClaims& claims,
                                 const std::string& host, const SealTerms& terms) {
  Sealing sealing;
  auto content = ReadFile(file, kMaxDocument, kRoom);
  if (!content) return content.error();
  sealing.content_ = *std::move(content);
  sealing.original_ = sealing.content_.size();
  if (KindOfFile(sealing.content_) != FileKind::kPdf) return Refused(file + " is no PDF");
  const FoundSeals found = FindSeals(sealing.content_);
  if (const auto allowed = CheckSeals(found, terms.again, claims.subject); !allowed)
    return allowed.error().In(file);
  sealing.seals_ = found.seals.size();
  // Serial, digest and signature have as many digits whatever they are.
  ClaimedCode code{claims, {}};
  code.claims.document->digest.emplace();
  const auto url = WriteCodeUrl(host, code);
  if (!url) return url.error();
  if (const auto made = sealing.MakeStamp(file, *url, terms); !made) return made.error().In(file);
  sealing.digest_ = SealDigest(sealing.content_, sealing.after_);
  return sealing;
}

Result<ByteView> Sealing::Finish(std::string_view url) {
  const auto region = DrawRegion(url, region_);
  if (!region) return region.error();
  Append(content_, AsBytes(*region));
  Append(content_, after_);
  const FoundSeals found = FindSeals(content_);
  if (found.seals.size() != seals_ + 1 || !found.intact())
    return Error{Errc::kCorrupt, "the sealed file does not verify, so it was not written"};
  return ByteView(content_);
}

}  // namespace cityid::cli
