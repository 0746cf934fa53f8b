#include "codec/reader/decode.h"

#include "codec/picture/file_kind.h"
#include "codec/picture/picture.h"

namespace cityid {

Result<DecodedImage> CheckedBlank(std::int64_t width, std::int64_t height) {
  if (width <= 0 || height <= 0) return Error{Errc::kMalformed, "image: no pixels"};
  if (width > kMaxImageSide || height > kMaxImageSide || width * height > kMaxImagePixels)
    return Error{Errc::kTooLarge, "image: too many pixels"};
  DecodedImage blank;
  blank.image = Blank(static_cast<int>(width), static_cast<int>(height));
  return blank;
}

Result<DecodedImage> DecodeImage(ByteView file) {
  if (file.size() > kMaxPictureFile) return Error{Errc::kTooLarge, "image: file over 64 MiB"};
  switch (const FileKind kind = KindOfFile(file)) {
    case FileKind::kPng:
      return DecodePng(file);
    case FileKind::kJpeg:
      return DecodeJpeg(file);
    case FileKind::kWebp:
      return DecodeWebp(file);
    case FileKind::kGif:
      return DecodeGif(file);
    case FileKind::kPgm:
      return DecodePgm(file);
    default:
      return UnsupportedFile(kind);
  }
}

}  // namespace cityid
