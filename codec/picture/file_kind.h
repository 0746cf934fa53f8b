// Which kind of file this is, by its first bytes.
#pragma once

#include <cstdint>
#include <string_view>

#include "codec/bytes.h"
#include "codec/result.h"

namespace cityid {

enum class FileKind : std::uint8_t {
  kPng,
  kJpeg,
  kWebp,
  kGif,
  kPgm,
  kHeic,
  kAvif,
  kTiff,
  kBmp,
  kPdf,
  kSvg,
  kOther,
};

FileKind KindOfFile(ByteView file);

/// Returns "PNG", "JPEG" ...; an empty name for `kOther`.
std::string_view Name(FileKind kind);

/// Returns true for the kinds that `cityid-reader` decodes.
bool IsPicture(FileKind kind);

/// Returns the error for a file that is no such picture, which says what to do: kUnsupported.
Error UnsupportedFile(FileKind kind);

}  // namespace cityid
