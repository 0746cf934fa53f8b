#include "cli/code_picture.h"

#include <algorithm>
#include <cstdio>
#include <filesystem>

#include "cli/console/terminal.h"
#include "codec/symbol/draw.h"

namespace cityid::cli {
namespace {

Error Usage(std::string detail) { return Error{Errc::kUsage, std::move(detail)}; }

Bytes ToFile(const std::string& text) { return Bytes(text.begin(), text.end()); }

Result<QrLevel> ParseLevel(const std::string& level) {
  if (level == "L") return QrLevel::kLow;
  if (level == "M") return QrLevel::kMedium;
  if (level == "Q") return QrLevel::kQuartile;
  if (level == "H") return QrLevel::kHigh;
  return Usage("--level is one of L, M, Q (outdoors), H");
}

Result<Symbology> ParseSymbology(const std::string& symbol) {
  if (symbol == "qr") return Symbology::kQr;
  if (symbol == "datamatrix") return Symbology::kDataMatrix;
  if (symbol == "aztec") return Symbology::kAztec;
  return Usage("--symbol is one of qr, datamatrix, aztec");
}

DrawingFormat FormatOf(const std::string& extension) {
  return extension == ".svg"   ? DrawingFormat::kSvg
         : extension == ".pdf" ? DrawingFormat::kPdf
                               : DrawingFormat::kPng;
}

}  // namespace

void CodePicture::Declare(Command& command) {
  command.Option("--level", &level, "Error correction L, M, Q or H; Q outdoors");
  command.Option("--symbol", &symbol,
                 "qr, datamatrix or aztec; the last two hold the raw code, for devices");
  command.Option("--raw", &raw, "Put the raw code into a QR code, for devices; not the URL");
  command.Option("--scale", &scale, "Pixels a module in a PNG");
  command.Option("--size", &size,
                 "Millimetres across in print, with the white margin; 0: 0.8 mm a module");
  command.Option("--bare", &bare, "No caption below the code");
  command.Option("--caption", &caption,
                 "A line below the code, instead of identifier, names and host; may be repeated");
  command.Exclude("--caption", "--bare");
  command.Option("--color", &color, "Text in black and white, also if it isn't for a terminal");
  command.Option("--format", &format,
                 "svg, png, pdf, txt or cose, where -o has no such ending: -o - is standard "
                 "output");
  command.Required("-o,--output", &output, "FILE.svg, .png, .pdf, .txt (terminal) or .cose (raw)");
}

Result<OpenPicture> CodePicture::Open() const {
  OpenPicture picture(*this);
  picture.extension_ =
      format.empty() ? std::filesystem::path(output).extension().string() : "." + format;
  const std::string& extension = picture.extension_;
  const bool drawn = extension == ".svg" || extension == ".png" || extension == ".pdf";
  if (!drawn && extension != ".txt" && extension != ".cose")
    return Usage("-o must end in .svg, .png, .pdf, .txt or .cose, or --format must say one");
  const auto correction = ParseLevel(level);
  if (!correction) return correction.error();
  picture.level_ = *correction;
  const auto symbology = ParseSymbology(symbol);
  if (!symbology) return symbology.error();
  picture.symbology_ = *symbology;
  if (scale < 1 || scale > kMaxScale) return Usage("--scale must be 1 to 64");
  if (*symbology != Symbology::kQr && !drawn)
    return Usage("--symbol " + symbol + " is drawn as .svg, .png or .pdf only");
  if (caption.size() > kMaxCaptionTexts) return Usage("--caption: too many lines");
  if (drawn && (extension == ".pdf" || !bare || *symbology != Symbology::kQr)) {
    auto printer = Printer::Start();
    if (!printer) return printer.error();
    picture.printer_ = *std::move(printer);
  }
  return picture;
}

Result<std::variant<ModuleMatrix, SymbolContent>> OpenPicture::Encode(
    const ClaimedCode& code, const std::string& url) const {
  using Symbol = std::variant<ModuleMatrix, SymbolContent>;
  if (symbology_ != Symbology::kQr) return Symbol(SymbolContent{symbology_, WriteCose(code)});
  const auto segments =
      options_->raw ? std::vector<QrSegment>{{QrMode::kByte, std::string(AsText(WriteCose(code)))}}
                    : CodeUrlSegments(url);
  const auto symbol = EncodeQr(segments, level_);
  if (!symbol) return symbol.error();
  return Symbol(ModuleMatrix(*symbol));
}

std::vector<CaptionText> OpenPicture::Caption(const CityId& id, const std::string& host,
                                              const NameList& names) const {
  if (options_->bare) return {};
  if (options_->caption.empty()) return CaptionOf(id, names, host);
  std::vector<CaptionText> lines;
  for (const std::string& line : options_->caption) {
    if (!line.empty()) lines.push_back({CaptionRole::kLine, "", CaptionTextOf(line)});
  }
  return lines;
}

Result<Bytes> OpenPicture::Draw(const ClaimedCode& code, const std::string& url,
                                const std::string& host, const NameList& names) {
  if (extension_ == ".cose") return WriteCose(code);
  auto symbol = Encode(code, url);
  if (!symbol) return symbol.error();
  const auto* modules = std::get_if<ModuleMatrix>(&*symbol);
  if (extension_ == ".txt") {
    const bool colors = options_->color || (options_->output == "-" && OutputIsTerminal());
    return ToFile(colors ? DrawText(*modules, true) : DrawTextFile(*modules));
  }
  Drawing drawing{*symbol, FormatOf(extension_), kModuleMillimetres, options_->scale,
                  Caption(code.claims.subject, host, names)};
  if (!printer_) {
    const double side = SideWithQuietZone(*modules);
    const double module = options_->size == 0 ? kModuleMillimetres : options_->size / side;
    if (extension_ == ".svg") return ToFile(DrawSvg(*modules, module));
    return DrawPng(*modules, options_->scale, module);
  }
  drawing.width_mm = options_->size;
  auto drawn = printer_->Draw(drawing);
  if (!drawn) return drawn.error();
  for (const std::size_t place : drawn->left_out) {
    const CaptionText& text = drawing.caption.at(place);
    std::fprintf(stderr, "the caption lacks \"%s\": no font here has its characters (%s)\n",
                 text.text.c_str(), text.language.c_str());
  }
  return std::move(drawn->content);
}

}  // namespace cityid::cli
