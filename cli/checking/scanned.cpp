#include "cli/checking/scanned.h"

#include "cli/console/streams.h"
#include "codec/symbol/read.h"

namespace cityid::cli {
namespace {

/// An SVG file has its element this early.
constexpr std::size_t kDrawingHead = 512;

}  // namespace

Result<std::vector<Bytes>> ContentsOf(const std::string& input) {
  if (input.starts_with("https://")) return std::vector<Bytes>{Bytes(input.begin(), input.end())};
  auto file = ReadInput(input, kMaxImageFile);
  if (!file) return file.error();
  // COSE_Sign1 begins with its tag; a URL is text; everything else must be an image.
  if (!file->empty() && file->front() == 0xD2) return std::vector<Bytes>{*std::move(file)};
  std::string_view text = AsText(*file);
  if (text.starts_with("https://")) {
    text = text.substr(0, text.find_last_not_of(" \t\r\n") + 1);
    return std::vector<Bytes>{Bytes(text.begin(), text.end())};
  }
  if (text.starts_with("%PDF") || text.find("<svg") < kDrawingHead) {
    return Error{Errc::kMalformed, input +
                                       " is a drawing; scan a picture of it, such as a PNG or a "
                                       "photo, or the URL that `code new` printed"};
  }
  const auto image = DecodeImage(*file);
  if (!image) return image.error().In(input);
  std::vector<Bytes> contents;
  for (Symbol& symbol : ReadSymbols(*image)) contents.push_back(std::move(symbol.content));
  return contents;
}

Error NoSymbol(const std::string& input) {
  return Error{Errc::kNotFound,
               input + ": no QR code, Data Matrix or Aztec symbol was found in the image"};
}

}  // namespace cityid::cli
