#include "cli/codes/code_picture.h"

#include <filesystem>

#include "cli/console/streams.h"
#include "cli/console/terminal.h"
#include "codec/files/file.h"

namespace cityid::cli {
namespace {

Bytes ToFile(const std::string& text) { return Bytes(text.begin(), text.end()); }

Result<Symbology> ParseSymbology(const std::string& symbol) {
  if (symbol == "qr") return Symbology::kQr;
  if (symbol == "datamatrix") return Symbology::kDataMatrix;
  if (symbol == "aztec") return Symbology::kAztec;
  return Usage("--symbol is one of qr, datamatrix, aztec");
}

bool IsDrawn(const std::string& extension) {
  return extension == ".svg" || extension == ".png" || extension == ".pdf";
}

DrawingFormat FormatOf(const std::string& extension) {
  return extension == ".svg"   ? DrawingFormat::kSvg
         : extension == ".pdf" ? DrawingFormat::kPdf
                               : DrawingFormat::kPng;
}

}  // namespace

Result<QrLevel> ParseLevel(const std::string& level) {
  if (level == "L") return QrLevel::kLow;
  if (level == "M") return QrLevel::kMedium;
  if (level == "Q") return QrLevel::kQuartile;
  if (level == "H") return QrLevel::kHigh;
  return Usage("--level is one of L, M, Q (outdoors), H");
}

void CodePicture::DeclareLook(Command& command) {
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
}

void CodePicture::Declare(Command& command) {
  DeclareLook(command);
  command.Required("-o,--output", &output, "FILE.svg, .png, .pdf, .txt (terminal) or .cose (raw)");
}

Result<OpenPicture> CodePicture::Open() const {
  OpenPicture picture(*this);
  picture.extension_ =
      format.empty() ? std::filesystem::path(output).extension().string() : "." + format;
  const std::string& extension = picture.extension_;
  const bool drawn = IsDrawn(extension);
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
  if (!drawn && !caption.empty())
    return Usage("--caption: only .svg, .png and .pdf have a caption");
  if (color && extension != ".txt") return Usage("--color: only .txt has colors");
  if (!drawn && size != 0) return Usage("--size: only .svg, .png and .pdf say how large they are");
  if (size > kMaxMillimetres)
    return Usage("--size must be at most " + std::to_string(kMaxMillimetres));
  if (auto checked = CheckOutput(output); !checked) return checked.error();
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

Result<DrawnFile> OpenPicture::DrawFile(const ClaimedCode& code, const std::string& url,
                                        const std::vector<CaptionText>& caption) {
  if (extension_ == ".cose") return DrawnFile{WriteCose(code), {}};
  auto symbol = Encode(code, url);
  if (!symbol) return symbol.error();
  const auto* modules = std::get_if<ModuleMatrix>(&*symbol);
  if (extension_ == ".txt") {
    const bool colors = options_->color || (options_->output == "-" && OutputIsTerminal());
    return DrawnFile{ToFile(colors ? DrawText(*modules, true) : DrawTextFile(*modules)), {}};
  }
  if (!printer_) {
    const double module = ModuleMillimetres(*modules, options_->size);
    if (module > kMaxModuleMillimetres) return Usage("a module must be above 0 and at most 20 mm");
    if (extension_ == ".svg") return DrawnFile{ToFile(DrawSvg(*modules, module)), {}};
    auto png = DrawPng(*modules, options_->scale, module);
    if (!png) return png.error();
    return DrawnFile{*std::move(png), {}};
  }
  Drawing drawing{*symbol, FormatOf(extension_), kModuleMillimetres, options_->scale, caption};
  drawing.width_mm = options_->size;
  return printer_->Draw(drawing);
}

Result<Bytes> OpenPicture::Draw(const ClaimedCode& code, const std::string& url,
                                const std::string& host, const NameList& names) {
  const std::vector<CaptionText> caption = Caption(code.claims.subject, host, names);
  auto drawn = DrawFile(code, url, caption);
  if (!drawn) return drawn.error();
  for (const std::size_t place : drawn->left_out) {
    const CaptionText& text = caption[place];
    Say("the caption lacks \"" + text.text + "\": no font here has its characters (" +
        text.language + ")");
  }
  return std::move(drawn->content);
}

Result<void> OpenPicture::Rehearse(const CodeClaims& claims, const std::string& host) {
  // Serial and signature have as many digits whatever they are.
  const ClaimedCode code{claims, {}};
  const auto url = WriteCodeUrl(host, code);
  if (!url) return url.error();
  const auto drawn = DrawFile(code, *url, Caption(claims.subject, host, {}));
  if (!drawn) return drawn.error();
  return {};
}

bool OpenPicture::ShowsNames() const {
  return IsDrawn(extension_) && !options_->bare && options_->caption.empty();
}

}  // namespace cityid::cli
