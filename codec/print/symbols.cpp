// The adapter for ZXing-cpp's writers, 1.4 to 2.3. They throw on what they can't write, and only
// here is it caught.
#include "codec/print/symbols.h"

#include <ZXing/BitMatrix.h>
#include <ZXing/MultiFormatWriter.h>

#include <new>
#include <stdexcept>

namespace cityid {
namespace {

Error CannotHold(const std::string& name) {
  return Error{Errc::kUsage, "no " + name + " symbol holds this"};
}

}  // namespace

Result<ModuleMatrix> EncodeSymbol(const SymbolContent& content) {
  const bool aztec = content.symbology == Symbology::kAztec;
  const std::string name = aztec ? "Aztec" : "Data Matrix";
  // A character a byte: Latin-1, which is what both symbologies take bytes for.
  std::wstring characters;
  for (const std::uint8_t byte : content.bytes) characters += static_cast<wchar_t>(byte);
  ModuleMatrix symbol;
  try {
    ZXing::MultiFormatWriter writer(aztec ? ZXing::BarcodeFormat::Aztec
                                          : ZXing::BarcodeFormat::DataMatrix);
    writer.setMargin(0);
    const ZXing::BitMatrix matrix = writer.encode(characters, 0, 0);
    if (matrix.width() != matrix.height() || matrix.width() > kMaxModules) return CannotHold(name);
    symbol.size = matrix.width();
    for (int y = 0; y < symbol.size; ++y) {
      for (int x = 0; x < symbol.size; ++x) symbol.modules.push_back(matrix.get(x, y));
    }
  } catch (const std::bad_alloc&) {
    throw;
  } catch (const std::exception&) {
    return CannotHold(name);
  }
  return symbol;
}

}  // namespace cityid
