// How a code is drawn: the options of `cityid code new` that are about its picture.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/console/command_line.h"
#include "codec/city_code.h"
#include "codec/drawing/caption_texts.h"
#include "codec/drawing/printer.h"
#include "codec/symbol/draw.h"
#include "codec/symbol/qr.h"

namespace cityid::cli {

/// The largest --size, in millimetres: as wide as a symbol with the most modules can be.
inline constexpr auto kMaxMillimetres =
    static_cast<unsigned>((kMaxModules + 2 * kQuietZone) * kMaxModuleMillimetres);

/// Parses --level. Errors: kUsage.
Result<QrLevel> ParseLevel(const std::string& level);

/// Returns the millimetres of a module in a symbol that is to be so wide, or that of --size 0.
inline double ModuleMillimetres(const ModuleMatrix& symbol, unsigned size) {
  return size == 0 ? kModuleMillimetres : size / static_cast<double>(SideWithQuietZone(symbol));
}

struct CodePicture;

/// Draws one code by options that were checked.
class OpenPicture {
 public:
  /// Returns the file. Says on standard error which names its caption lacks. Errors: those of
  /// drawing.
  Result<Bytes> Draw(const ClaimedCode& code, const std::string& url, const std::string& host,
                     const NameList& names);
  /// Draws a code whose serial and signature are still missing, and throws the drawing away: so
  /// what can't be drawn is known before a serial is spent. Errors: those of `Draw`.
  Result<void> Rehearse(const CodeClaims& claims, const std::string& host);
  /// Returns true if the caption shows the names of the city.
  bool ShowsNames() const;

 private:
  friend struct CodePicture;
  explicit OpenPicture(const CodePicture& options) : options_(&options) {}
  Result<DrawnFile> DrawFile(const ClaimedCode& code, const std::string& url,
                             const std::vector<CaptionText>& caption);
  Result<std::variant<ModuleMatrix, SymbolContent>> Encode(const ClaimedCode& code,
                                                           const std::string& url) const;
  std::vector<CaptionText> Caption(const CityId& id, const std::string& host,
                                   const NameList& names) const;

  const CodePicture* options_;
  std::string extension_;  ///< ".png"
  QrLevel level_ = QrLevel::kMedium;
  Symbology symbology_ = Symbology::kQr;
  std::optional<Printer> printer_;  ///< if the picture needs it
};

struct CodePicture {
  std::string output, format;
  std::string level = "M";
  std::string symbol = "qr";
  int scale = 8;
  unsigned size = 0;  ///< millimetres across; 0: as many as the modules need
  std::vector<std::string> caption;
  bool raw = false;
  bool bare = false;
  bool color = false;

  void Declare(Command& command);
  /// Declares all of them but the output.
  void DeclareLook(Command& command);
  /// Checks the options, and starts what draws. The options must outlive what is returned. Errors:
  /// kUsage; those of `Printer::Start`.
  Result<OpenPicture> Open() const;
};

}  // namespace cityid::cli
