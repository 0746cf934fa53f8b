#include "codec/drawing/drawing.h"

#include <cmath>

#include "codec/cbor.h"
#include "codec/shown_text.h"
#include "codec/symbol/draw.h"

namespace cityid {
namespace {

constexpr double kNanometres = 1e6;  // a millimetre

Error Malformed(const char* what) {
  return Error{Errc::kMalformed, std::string("drawing: ") + what};
}

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
Result<ModuleMatrix> UnpackModules(ByteView packed) {
  ModuleMatrix symbol;
  for (int size = 21; size <= kMaxModules && symbol.size == 0; size += 4) {
    if (static_cast<std::size_t>(size * size + 7) / 8 == packed.size()) symbol.size = size;
  }
  if (symbol.size == 0) return Malformed("no size of a QR code has so many modules");
  const auto count = static_cast<std::size_t>(symbol.size * symbol.size);
  symbol.modules.reserve(count);
  for (std::size_t i = 0; i < packed.size() * 8; ++i) {
    const bool dark = packed[i / 8] >> (7 - i % 8) & 1;
    if (i < count) {
      symbol.modules.push_back(dark);
    } else if (dark) {
      return Malformed("the last byte is not filled with zeros");
    }
  }
  return symbol;
}

Result<std::uint64_t> UintUpTo(CborReader& reader, std::uint64_t most, const char* what) {
  const auto number = reader.Uint();
  if (number && *number > most) return Malformed(what);
  return number;
}

Result<CaptionText> ReadCaptionText(CborReader& reader) {
  const auto parts = reader.Array();
  if (!parts) return parts.error();
  if (*parts != 3) return Malformed("a text has another shape");
  const auto role =
      UintUpTo(reader, static_cast<std::uint64_t>(CaptionRole::kLine), "no such role");
  if (!role) return role.error();
  const auto language = reader.Text();
  if (!language) return language.error();
  const auto text = reader.Text();
  if (!text) return text.error();
  if (language->size() > kMaxLanguageTag || text->empty() || text->size() > kMaxCaptionText)
    return Malformed("a text is too long");
  if (HasForbiddenCharacter(*language)) return Malformed("a language has a forbidden character");
  // Printable text has the two marks that keep its directions apart, and nothing else of the kind.
  if (Printable(*text) != *text) return Malformed("a text has a forbidden character");
  return CaptionText{static_cast<CaptionRole>(*role), std::string(*language), std::string(*text)};
}

/// Reads the sizes of a symbol, or of a label.
Result<void> ReadSizes(CborReader& reader, Drawing& drawing) {
  const auto module = reader.Uint();
  if (!module) return module.error();
  const auto width = reader.Uint();
  if (!width) return width.error();
  constexpr auto kMost = static_cast<std::uint64_t>(kMaxModuleMillimetres * kNanometres);
  constexpr auto kMostOfLabel = static_cast<std::uint64_t>(kMaxLabelMillimetres * kNanometres);
  if (drawing.format == DrawingFormat::kLabel) {
    if (*module > kMost || *width == 0 || *width > kMostOfLabel)
      return Error{Errc::kUsage, "a label must be above 0 and at most 2,000 mm wide"};
  } else if ((*module == 0) == (*width == 0) || *module > kMost || *width > kMost * kMaxModules) {
    return Error{Errc::kUsage, "a module must be above 0 and at most 20 mm"};
  }
  drawing.module_mm = static_cast<double>(*module) / kNanometres;
  drawing.width_mm = static_cast<double>(*width) / kNanometres;
  return {};
}

Result<void> ReadHeight(CborReader& reader, Drawing& drawing) {
  constexpr auto kMostOfLabel = static_cast<std::uint64_t>(kMaxLabelMillimetres * kNanometres);
  const auto height = reader.Uint();
  if (!height) return height.error();
  if (*height == 0 || *height > kMostOfLabel)
    return Error{Errc::kUsage, "a label must be above 0 and at most 2,000 mm high"};
  drawing.height_mm = static_cast<double>(*height) / kNanometres;
  return {};
}

Result<std::variant<ModuleMatrix, SymbolContent>> ReadSymbol(CborReader& reader) {
  using Symbol = std::variant<ModuleMatrix, SymbolContent>;
  const auto symbology =
      UintUpTo(reader, static_cast<std::uint64_t>(Symbology::kAztec), "no such symbology");
  if (!symbology) return symbology.error();
  const auto content = reader.ByteString();
  if (!content) return content.error();
  if (static_cast<Symbology>(*symbology) == Symbology::kQr) {
    auto modules = UnpackModules(*content);
    if (!modules) return modules.error();
    return Symbol(*std::move(modules));
  }
  if (content->empty() || content->size() > kMaxSymbolContent)
    return Malformed("a symbol holds nothing, or too much");
  return Symbol(SymbolContent{static_cast<Symbology>(*symbology), ToBytes(*content)});
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
  if (message.size() > kMaxDrawingMessage) return Malformed("a message is too long");
  CborReader reader(message);
  const auto parts = reader.Array();
  if (!parts) return parts.error();
  if (*parts != 7 && *parts != 8) return Malformed("a message has another shape");
  Drawing drawing;
  auto symbol = ReadSymbol(reader);
  if (!symbol) return symbol.error();
  drawing.symbol = *std::move(symbol);
  const auto format =
      UintUpTo(reader, static_cast<std::uint64_t>(DrawingFormat::kLabel), "no such format");
  if (!format) return format.error();
  drawing.format = static_cast<DrawingFormat>(*format);
  if ((drawing.format == DrawingFormat::kLabel) != (*parts == 8))
    return Malformed("a message has another shape");
  if (const auto sizes = ReadSizes(reader, drawing); !sizes) return sizes.error();
  const auto scale = reader.Int();
  if (!scale) return scale.error();
  if (*scale < 1 || *scale > kMaxScale) return Error{Errc::kUsage, "scale must be 1 to 64"};
  drawing.scale = static_cast<int>(*scale);
  const auto texts = reader.Array();
  if (!texts) return texts.error();
  if (*texts > kMaxCaptionTexts) return Malformed("a caption has too many texts");
  for (std::uint64_t i = 0; i < *texts; ++i) {
    auto text = ReadCaptionText(reader);
    if (!text) return text.error();
    drawing.caption.push_back(*std::move(text));
  }
  if (*parts == 8) {
    if (const auto height = ReadHeight(reader, drawing); !height) return height.error();
  }
  if (const auto end = reader.End(); !end) return end.error();
  return drawing;
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
  CborReader reader(message);
  const auto parts = reader.Array();
  if (!parts) return parts.error();
  const auto kind = UintUpTo(reader, 1, "no such answer");
  if (!kind) return kind.error();
  if (*parts != (*kind == 0 ? 3u : 2u)) return Malformed("an answer has another shape");
  if (*kind == 1) {
    const auto detail = reader.Text();
    if (!detail) return detail.error();
    if (const auto end = reader.End(); !end) return end.error();
    return Error{Errc::kUsage, Printable(*detail)};
  }
  const auto content = reader.ByteString();
  if (!content) return content.error();
  DrawnFile drawn{ToBytes(*content), {}};
  const auto count = reader.Array();
  if (!count) return count.error();
  for (std::uint64_t i = 0; i < *count; ++i) {
    const auto place = reader.Uint();
    if (!place) return place.error();
    const bool ascending = drawn.left_out.empty() || *place > drawn.left_out.back();
    if (*place >= texts || !ascending) return Malformed("no such text");
    drawn.left_out.push_back(static_cast<std::size_t>(*place));
  }
  if (const auto end = reader.End(); !end) return end.error();
  return drawn;
}

}  // namespace cityid
