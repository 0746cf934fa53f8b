// GIF 87a and 89a with giflib: the first frame, without what lies around it.
#include <gif_lib.h>

#include <algorithm>
#include <memory>

#include "codec/reader/decode.h"

namespace cityid {
namespace {

struct GifClose {
  void operator()(GifFileType* gif) const {
    int error = 0;
    DGifCloseFile(gif, &error);
  }
};

Error Malformed() { return Error{Errc::kMalformed, "gif: damaged"}; }

int ReadFrom(GifFileType* gif, GifByteType* out, int wanted) {
  auto& rest = *static_cast<ByteView*>(gif->UserData);
  const std::size_t size = std::min(rest.size(), static_cast<std::size_t>(std::max(wanted, 0)));
  std::copy_n(rest.begin(), size, out);
  rest = rest.subspan(size);
  return static_cast<int>(size);
}

/// Reads an extension. Returns false if it is damaged; takes the transparent colour from it.
bool ReadExtension(GifFileType* gif, int* transparent) {
  int code = 0;
  GifByteType* block = nullptr;
  if (DGifGetExtension(gif, &code, &block) != GIF_OK) return false;
  GraphicsControlBlock control;
  if (code == GRAPHICS_EXT_FUNC_CODE && block != nullptr &&
      DGifExtensionToGCB(block[0], block + 1, &control) == GIF_OK) {
    *transparent = control.TransparentColor;
  }
  while (block != nullptr)
    if (DGifGetExtensionNext(gif, &block) != GIF_OK) return false;
  return true;
}

/// Decodes the image whose descriptor was read.
Result<DecodedImage> DecodeFrame(GifFileType* gif, int transparent) {
  auto decoded = CheckedBlank(gif->Image.Width, gif->Image.Height);
  if (!decoded) return decoded;
  const auto& [width, height, pixels] = decoded->image;
  if (transparent >= 0) decoded->AddOnBlack();
  const ColorMapObject* colors =
      gif->Image.ColorMap != nullptr ? gif->Image.ColorMap : gif->SColorMap;
  if (colors == nullptr) return Malformed();
  Bytes line(static_cast<std::size_t>(width));
  static constexpr int kFirst[] = {0, 4, 2, 1};
  static constexpr int kStep[] = {8, 8, 4, 2};
  for (int pass = 0; pass < (gif->Image.Interlace ? 4 : 1); ++pass) {
    const int step = gif->Image.Interlace ? kStep[pass] : 1;
    for (int y = gif->Image.Interlace ? kFirst[pass] : 0; y < height; y += step) {
      if (DGifGetLine(gif, line.data(), width) != GIF_OK) return Malformed();
      for (int x = 0; x < width; ++x) {
        const int index = line[static_cast<std::size_t>(x)];
        const GifColorType color =
            index < colors->ColorCount ? colors->Colors[index] : GifColorType{};
        decoded->Set(x, y, Luminance(color.Red, color.Green, color.Blue),
                     index == transparent ? 0 : 255);
      }
    }
  }
  return decoded;
}

/// Returns true if there is another image behind the one that was read.
bool HasMore(GifFileType* gif) {
  GifRecordType type = UNDEFINED_RECORD_TYPE;
  int ignored = 0;
  do {
    if (DGifGetRecordType(gif, &type) != GIF_OK) return false;
  } while (type == EXTENSION_RECORD_TYPE && ReadExtension(gif, &ignored));
  return type == IMAGE_DESC_RECORD_TYPE;
}

}  // namespace

Result<DecodedImage> DecodeGif(ByteView file) {
  ByteView rest = file;
  int error = 0;
  const std::unique_ptr<GifFileType, GifClose> gif(DGifOpen(&rest, ReadFrom, &error));
  if (!gif) return Malformed();
  int transparent = NO_TRANSPARENT_COLOR;
  while (true) {
    GifRecordType type = UNDEFINED_RECORD_TYPE;
    if (DGifGetRecordType(gif.get(), &type) != GIF_OK) return Malformed();
    if (type == EXTENSION_RECORD_TYPE) {
      if (!ReadExtension(gif.get(), &transparent)) return Malformed();
    } else if (type == IMAGE_DESC_RECORD_TYPE) {
      if (DGifGetImageHeader(gif.get()) != GIF_OK) return Malformed();
      auto decoded = DecodeFrame(gif.get(), transparent);
      if (decoded) decoded->more_frames = HasMore(gif.get());
      return decoded;
    } else {
      return Malformed();
    }
  }
}

}  // namespace cityid
