#include "codec/drawing/drawing.h"

#include <cmath>

#include "codec/cbor.h"
#include "codec/shown_text.h"
#include "codec/symbol/draw.h"

namespace cityid {
namespace {

constexpr double kNanometres = 1e6;  // a millimetre
constexpr auto kMostOfLabel = static_cast<std::uint64_t>(kMaxLabelMillimetres * kNanometres);

/// Returns a length in whole nanometres; 0 for what is no length.
std::uint64_t Nanometres(double millimetres) {
  const double length = millimetres * kNanometres;
  return length > 0 && length < 1e15 ? static_cast<std::uint64_t>(std::llround(length)) : 0;
}

Bytes PackModules(const ModuleMatrix& symbol) {
  Bytes packed((symbol.modules.size() + 7) / 8);
  for (std::size_t i = 0; i < symbol.modules.size(); ++i) {
    if (symbol.modules[i]) packed[i / 8] |= static_cast<std::uint8_t>(0x80 >> (i % 8));
  }
  return packed;
}

/// Returns the modules of a QR code: a square whose size the number of bytes says.
ModuleMatrix UnpackModules(ByteView packed, CborItems& in) {
  ModuleMatrix symbol;
  for (int size = 21; size <= kMaxModules && symbol.size == 0; size += 4) {
    if (static_cast<std::size_t>(size * size + 7) / 8 == packed.size()) symbol.size = size;
  }
  const auto count = static_cast<std::size_t>(symbol.size * symbol.size);
  if (count == 0) in.Fail("no size of a QR code has so many modules");
  symbol.modules.reserve(count);
  for (std::size_t i = 0; in.ok() && i < packed.size() * 8; ++i) {
    const bool dark = packed[i / 8] >> (7 - i % 8) & 1;
    if (i < count) symbol.modules.push_back(dark);
    if (i >= count && dark) in.Fail("the last byte is not filled with zeros");
  }
  return symbol;
}

/// Reads an enumerator; `last` is the last one there is.
template <class Enum>
Enum ReadEnum(CborItems& in, Enum last, std::string_view otherwise) {
  return static_cast<Enum>(in.UintUpTo(static_cast<std::uint64_t>(last), otherwise));
}

CaptionText ReadCaptionText(CborItems& in) {
  if (in.Array() != 3) in.Fail("a text has another shape");
  CaptionText text{ReadEnum(in, CaptionRole::kLine, "no such role"), std::string(in.Text()),
                   std::string(in.Text())};
  if (text.language.size() > kMaxLanguageTag || text.text.empty() ||
      text.text.size() > kMaxCaptionText)
    in.Fail("a text is too long");
  if (HasForbiddenCharacter(text.language)) in.Fail("a language has a forbidden character");
  // Printable text has the two marks that keep its directions apart, and nothing else of the kind.
  if (Printable(text.text) != text.text) in.Fail("a text has a forbidden character");
  return text;
}

/// Reads the sizes of a symbol, or of a label.
void ReadSizes(CborItems& in, Drawing& drawing) {
  const std::uint64_t module = in.Uint();
  const std::uint64_t width = in.Uint();
  constexpr auto kMost = static_cast<std::uint64_t>(kMaxModuleMillimetres * kNanometres);
  if (drawing.format == DrawingFormat::kLabel) {
    if (module > kMost || width == 0 || width > kMostOfLabel)
      in.Fail(Error{Errc::kUsage, "a label must be above 0 and at most 2,000 mm wide"});
  } else if ((module == 0) == (width == 0) || module > kMost || width > kMost * kMaxModules) {
    in.Fail(Error{Errc::kUsage, "a module must be above 0 and at most 20 mm"});
  }
  drawing.module_mm = static_cast<double>(module) / kNanometres;
  drawing.width_mm = static_cast<double>(width) / kNanometres;
}

void ReadHeight(CborItems& in, Drawing& drawing) {
  const std::uint64_t height = in.Uint();
  if (height == 0 || height > kMostOfLabel)
    in.Fail(Error{Errc::kUsage, "a label must be above 0 and at most 2,000 mm high"});
  drawing.height_mm = static_cast<double>(height) / kNanometres;
}

std::variant<ModuleMatrix, SymbolContent> ReadSymbol(CborItems& in) {
  const auto symbology = ReadEnum(in, Symbology::kAztec, "no such symbology");
  const ByteView content = in.ByteString();
  if (symbology == Symbology::kQr) return UnpackModules(content, in);
  if (content.empty() || content.size() > kMaxDrawnContent)
    in.Fail("a symbol holds nothing, or too much");
  return SymbolContent{symbology, ToBytes(content)};
}

}  // namespace

std::string CaptionTextOf(std::string_view text) {
  std::string shown = Printable(text);
  if (shown.size() <= kMaxCaptionText) return shown;
  constexpr std::string_view kEllipsis = "…";
  // Again without marks: the cut may have taken one of a pair.
  std::string cut;
  for (std::size_t i = 0; i < shown.size() && cut.size() + 4 < kMaxCaptionText / 2;) {
    std::size_t end = i + 1;
    while (end < shown.size() && (static_cast<unsigned char>(shown[end]) & 0xC0) == 0x80) ++end;
    const std::string_view character = std::string_view(shown).substr(i, end - i);
    if (character != "\u2068" && character != "\u2069") cut += character;
    i = end;
  }
  cut += kEllipsis;
  return Printable(cut);
}

Bytes WriteDrawing(const Drawing& drawing) {
  CborWriter writer;
  const bool label = drawing.format == DrawingFormat::kLabel;
  writer.Array(label ? 8 : 7);
  if (const auto* modules = std::get_if<ModuleMatrix>(&drawing.symbol)) {
    writer.Uint(static_cast<std::uint64_t>(Symbology::kQr)).ByteString(PackModules(*modules));
  } else {
    const auto& content = std::get<SymbolContent>(drawing.symbol);
    writer.Uint(static_cast<std::uint64_t>(content.symbology)).ByteString(content.bytes);
  }
  writer.Uint(static_cast<std::uint64_t>(drawing.format));
  const bool by_width = drawing.width_mm != 0 && !label;
  writer.Uint(by_width ? 0 : Nanometres(drawing.module_mm)).Uint(Nanometres(drawing.width_mm));
  writer.Int(drawing.scale).Array(drawing.caption.size());
  for (const CaptionText& text : drawing.caption) {
    writer.Array(3).Uint(static_cast<std::uint64_t>(text.role));
    writer.Text(text.language).Text(text.text);
  }
  if (label) writer.Uint(Nanometres(drawing.height_mm));
  return std::move(writer).bytes();
}

Result<Drawing> ParseDrawing(ByteView message) {
  CborItems in(CborReader(message), "drawing: ");
  if (message.size() > kMaxDrawingMessage) in.Fail("a message is too long");
  const std::uint64_t parts = in.Array();
  if (parts != 7 && parts != 8) in.Fail("a message has another shape");
  Drawing drawing;
  drawing.symbol = ReadSymbol(in);
  drawing.format = ReadEnum(in, DrawingFormat::kLabel, "no such format");
  const bool label = drawing.format == DrawingFormat::kLabel;
  if (label != (parts == 8)) in.Fail("a message has another shape");
  ReadSizes(in, drawing);
  const std::int64_t scale = in.Int();
  if (scale < 1 || scale > kMaxScale) in.Fail(Error{Errc::kUsage, "scale must be 1 to 64"});
  drawing.scale = static_cast<int>(scale);
  const std::uint64_t texts = in.Array();
  if (texts > kMaxCaptionTexts) in.Fail("a caption has too many texts");
  for (std::uint64_t i = 0; in.ok() && i < texts; ++i)
    drawing.caption.push_back(ReadCaptionText(in));
  if (label) ReadHeight(in, drawing);
  return in.Finish(std::move(drawing));
}

Bytes WriteDrawn(const Result<DrawnFile>& drawn) {
  CborWriter writer;
  if (!drawn) {
    writer.Array(2).Uint(1).Text(drawn.error().detail);
    return std::move(writer).bytes();
  }
  writer.Array(3).Uint(0).ByteString(drawn->content).Array(drawn->left_out.size());
  for (const std::size_t place : drawn->left_out) writer.Uint(place);
  return std::move(writer).bytes();
}

Result<DrawnFile> ParseDrawn(ByteView message, std::size_t texts) {
  CborItems in(CborReader(message), "drawing: ");
  const std::uint64_t parts = in.Array();
  const std::uint64_t kind = in.UintUpTo(1, "no such answer");
  if (parts != (kind == 0 ? 3u : 2u)) in.Fail("an answer has another shape");
  if (kind == 1) {
    const std::string_view detail = in.Text();
    if (const auto end = in.End(); !end) return end.error();
    return Error{Errc::kUsage, Printable(detail)};
  }
  DrawnFile drawn{ToBytes(in.ByteString()), {}};
  const std::uint64_t count = in.Array();
  for (std::uint64_t i = 0; in.ok() && i < count; ++i) {
    const std::uint64_t place = in.Uint();
    const bool ascending = drawn.left_out.empty() || place > drawn.left_out.back();
    if (place >= texts || !ascending) in.Fail("no such text");
    drawn.left_out.push_back(static_cast<std::size_t>(place));
  }
  return in.Finish(std::move(drawn));
}

}  // namespace cityid
