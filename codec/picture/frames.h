// The protocol between `cityid` and `cityid-reader`: one request, then frames of an answer, over
// one stream. Numbers are big-endian. The reader is no more to be trusted than the picture that it
// has read: what it sends is bounded and strictly parsed.
//
//   request  "CYP1" | flags (1) | number of hosts (1) | each: length (1), bytes | length (4) | file
//   frame    type (1) | length (4) | body
//   types    1 size       width (4), height (4), reduced (1); before any symbol
//            2 symbol     format (1), eight coordinates (4 each), content
//            3 unread     eight coordinates (4 each)
//            4 trouble    one byte, a `PictureTrouble`
//            5 failure    one byte, a `PictureFailure`; the last frame
//            6 done       nothing; the last frame
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "codec/bytes.h"
#include "codec/picture/picture.h"
#include "codec/result.h"

namespace cityid {

/// Why a picture can't be read at all. The values are those of the protocol.
enum class PictureFailure : std::uint8_t { kUnsupported = 1, kTooLarge = 2, kDamaged = 3 };

/// What the reader is asked to do.
struct PictureRequest {
  bool only_zxing = false;         ///< because the other library broke down over this picture
  std::vector<std::string> hosts;  ///< of the policy; see `IsCityContent`
};

/// The first bytes of a request: the protocol and its version.
inline constexpr std::string_view kRequestMark = "CYP1";
inline constexpr std::size_t kMaxRequestHosts = 64;
inline constexpr std::size_t kMaxSymbolContent = 8192;

/// Writes what comes before the file. Hosts that are too many or longer than 255 are left out.
Bytes WriteRequestHead(const PictureRequest& request, std::size_t file_size);

struct PictureSize {
  int width, height, reduced;
};
struct PictureDone {};
struct UnreadRegion {
  PictureCorners corners;
};

using PictureFrame = std::variant<PictureSize, PictureSymbol, UnreadRegion, PictureTrouble,
                                  PictureFailure, PictureDone>;

Bytes WriteFrame(const PictureFrame& frame);

/// Puts frames together from a stream.
class FrameReader {
 public:
  /// Takes the next bytes of the stream.
  void Feed(ByteView bytes) { Append(buffer_, bytes); }
  /// Returns the next frame, or nothing if it is not complete yet. Errors: kMalformed, and nothing
  /// more can be read.
  Result<std::optional<PictureFrame>> Next();

 private:
  Bytes buffer_;
};

/// Puts an answer together from its frames.
class PictureAnswer {
 public:
  /// Takes a frame. Errors: kMalformed for one that has no place here.
  Result<void> Take(PictureFrame frame, const std::vector<std::string>& hosts);
  /// Forgets where the answer was, and keeps the symbols: the picture is read again.
  void Restart();

  bool finished() const { return finished_; }
  const std::optional<PictureFailure>& failure() const { return failure_; }
  PictureResult& result() { return result_; }

 private:
  PictureResult result_;
  std::optional<PictureFailure> failure_;
  bool sized_ = false;
  bool finished_ = false;
};

}  // namespace cityid
