#include "codec/picture/file_kind.h"

#include <algorithm>
#include <array>
#include <string>

namespace cityid {
namespace {

using namespace std::string_view_literals;

/// An SVG file has its element this early.
constexpr std::size_t kSvgHead = 512;
/// And a PDF its first line.
constexpr std::size_t kPdfHead = 1024;

constexpr std::string_view kConvert = " pictures aren't read; convert it to PNG or JPEG";
constexpr std::string_view kDrawing =
    " is a drawing; scan a picture of it, such as a PNG or a photo, or the URL that `code new` "
    "printed";

struct KindRow {
  FileKind kind;
  std::string_view name;
  std::string_view unread;  ///< what follows the name if such a file isn't read
};

constexpr auto kRows = std::to_array<KindRow>({
    {FileKind::kPng, "PNG", {}},
    {FileKind::kJpeg, "JPEG", {}},
    {FileKind::kWebp, "WebP", {}},
    {FileKind::kGif, "GIF", {}},
    {FileKind::kPgm, "PGM", {}},
    {FileKind::kHeic, "HEIC",
     " pictures aren't read; convert it with heif-convert PHOTO.heic PHOTO.jpg, or let the phone "
     "take JPEG (on an iPhone: Settings, Camera, Formats, Most Compatible)"},
    {FileKind::kAvif, "AVIF",
     " pictures aren't read; convert it with avifdec PHOTO.avif PHOTO.png, or take a screenshot of "
     "it"},
    {FileKind::kTiff, "TIFF", kConvert},
    {FileKind::kBmp, "BMP", kConvert},
    {FileKind::kPdf, "PDF", kDrawing},
    {FileKind::kSvg, "SVG", kDrawing},
    {FileKind::kOther, {}, {}},
});
static_assert(kRows.size() == static_cast<std::size_t>(FileKind::kOther) + 1);

const KindRow& RowOf(FileKind kind) { return *std::ranges::find(kRows, kind, &KindRow::kind); }

/// Returns the kind of a file of ISO/IEC 14496-12 by its major brand and the brands after it.
FileKind KindOfBoxes(std::string_view text) {
  for (std::size_t at = 8; at + 4 <= text.size() && at < 64; at += 4) {
    const std::string_view brand = text.substr(at, 4);
    if (brand == "avif" || brand == "avis") return FileKind::kAvif;
    if (brand == "heic" || brand == "heix" || brand == "hevc" || brand == "hevx" ||
        brand == "heim" || brand == "heis" || brand == "mif1" || brand == "msf1")
      return FileKind::kHeic;
  }
  return FileKind::kOther;
}

}  // namespace

FileKind KindOfFile(ByteView file) {
  const std::string_view text = AsText(file);
  if (text.starts_with("\x89PNG\r\n\x1a\n")) return FileKind::kPng;
  if (text.starts_with("\xff\xd8\xff")) return FileKind::kJpeg;
  if (text.starts_with("RIFF") && text.substr(0, 12).ends_with("WEBP")) return FileKind::kWebp;
  if (text.starts_with("GIF87a") || text.starts_with("GIF89a")) return FileKind::kGif;
  if (text.starts_with("P5\n")) return FileKind::kPgm;
  if (text.substr(0, 8).ends_with("ftyp")) return KindOfBoxes(text);
  if (text.starts_with("II*\0"sv) || text.starts_with("MM\0*"sv)) return FileKind::kTiff;
  if (text.starts_with("BM") && file.size() > 26) return FileKind::kBmp;
  // As viewers do (PDF Reference 1.7, appendix H, note 13).
  if (text.substr(0, kPdfHead).find("%PDF-") != std::string_view::npos) return FileKind::kPdf;
  if (text.substr(0, kSvgHead).find("<svg") != std::string_view::npos) return FileKind::kSvg;
  return FileKind::kOther;
}

std::string_view Name(FileKind kind) { return RowOf(kind).name; }

bool IsPicture(FileKind kind) {
  return kind != FileKind::kOther && RowOf(kind).unread.empty();
}

Error UnsupportedFile(FileKind kind) {
  const KindRow& row = RowOf(kind);
  if (row.unread.empty())
    return Error{Errc::kUnsupported, "neither a PNG, JPEG, WebP or GIF picture nor a code"};
  return Error{Errc::kUnsupported, std::string(row.name) + std::string(row.unread)};
}

}  // namespace cityid
