#include "codec/picture/frames.h"

#include <algorithm>
#include <cstdlib>
#include <utility>

namespace cityid {
namespace {

constexpr std::size_t kFrameHead = 5;
constexpr std::size_t kCornersSize = 32;
constexpr std::size_t kMaxFrame = 1 + kCornersSize + kMaxSymbolContent;
/// More than any picture that is taken has on a side.
constexpr std::int64_t kMaxSide = 1 << 20;

enum Type : std::uint8_t { kSize = 1, kSymbol, kUnread, kTrouble, kFailure, kDone };

Error Malformed(const char* detail) {
  return Error{Errc::kMalformed, std::string("picture reader: ") + detail};
}

void AppendCorners(Bytes& out, const PictureCorners& corners) {
  for (const PicturePoint& point : corners) {
    AppendBigEndian(out, static_cast<std::uint32_t>(point.x), 4);
    AppendBigEndian(out, static_cast<std::uint32_t>(point.y), 4);
  }
}

std::optional<PictureCorners> ReadCorners(ByteView bytes) {
  PictureCorners corners;
  for (PicturePoint& point : corners) {
    for (std::int32_t* coordinate : {&point.x, &point.y}) {
      *coordinate = static_cast<std::int32_t>(ReadBigEndian(bytes.first(4)));
      if (std::abs(std::int64_t{*coordinate}) > kMaxSide) return std::nullopt;
      bytes = bytes.subspan(4);
    }
  }
  return corners;
}

struct FrameBody {
  Bytes& out;
  Type operator()(const PictureSize& size) const {
    AppendBigEndian(out, static_cast<std::uint64_t>(size.width), 4);
    AppendBigEndian(out, static_cast<std::uint64_t>(size.height), 4);
    AppendBigEndian(out, static_cast<std::uint64_t>(size.reduced), 1);
    return kSize;
  }
  Type operator()(const PictureSymbol& symbol) const {
    out.push_back(static_cast<std::uint8_t>(symbol.format));
    AppendCorners(out, symbol.corners);
    Append(out, symbol.content);
    return kSymbol;
  }
  Type operator()(const UnreadRegion& region) const {
    AppendCorners(out, region.corners);
    return kUnread;
  }
  Type operator()(PictureTrouble trouble) const {
    out.push_back(static_cast<std::uint8_t>(trouble));
    return kTrouble;
  }
  Type operator()(PictureFailure failure) const {
    out.push_back(static_cast<std::uint8_t>(failure));
    return kFailure;
  }
  Type operator()(PictureDone) const { return kDone; }
};

Result<PictureFrame> ReadSize(ByteView body) {
  if (body.size() != 9) return Malformed("size");
  const auto width = static_cast<std::int64_t>(ReadBigEndian(body.first(4)));
  const auto height = static_cast<std::int64_t>(ReadBigEndian(body.subspan(4, 4)));
  const int reduced = body[8];
  if (width == 0 || height == 0 || width > kMaxSide || height > kMaxSide) return Malformed("size");
  if (reduced != 1 && reduced != 2 && reduced != 4 && reduced != 8) return Malformed("size");
  return PictureFrame(PictureSize{static_cast<int>(width), static_cast<int>(height), reduced});
}

Result<PictureFrame> ReadSymbol(ByteView body) {
  if (body.size() <= 1 + kCornersSize) return Malformed("symbol");
  if (body[0] < 1 || body[0] > static_cast<std::uint8_t>(SymbolFormat::kAztec))
    return Malformed("symbol");
  const auto corners = ReadCorners(body.subspan(1, kCornersSize));
  if (!corners) return Malformed("corners");
  return PictureFrame(PictureSymbol{static_cast<SymbolFormat>(body[0]),
                                    ToBytes(body.subspan(1 + kCornersSize)), *corners});
}

/// Reads an enumerator of 1 to `last`. `name`: for errors.
template <class Enum>
Result<PictureFrame> ReadEnum(ByteView body, Enum last, const char* name) {
  if (body.size() != 1 || body[0] < 1 || body[0] > static_cast<std::uint8_t>(last))
    return Malformed(name);
  return PictureFrame(static_cast<Enum>(body[0]));
}

Result<PictureFrame> ReadBody(std::uint8_t type, ByteView body) {
  switch (type) {
    case kSize:
      return ReadSize(body);
    case kSymbol:
      return ReadSymbol(body);
    case kUnread: {
      const auto corners = body.size() == kCornersSize ? ReadCorners(body) : std::nullopt;
      if (!corners) return Malformed("region");
      return PictureFrame(UnreadRegion{*corners});
    }
    case kTrouble:
      // Of the others only this side can tell.
      return ReadEnum(body, PictureTrouble::kMoreFrames, "trouble");
    case kFailure:
      return ReadEnum(body, PictureFailure::kDamaged, "failure");
    case kDone:
      if (!body.empty()) return Malformed("end");
      return PictureFrame(PictureDone{});
    default:
      return Malformed("unknown frame");
  }
}

}  // namespace

Bytes WriteRequestHead(const PictureRequest& request, std::size_t file_size) {
  Bytes out = ToBytes(AsBytes(kRequestMark));
  out.push_back(request.only_zxing ? 1 : 0);
  std::vector<std::string> hosts;
  for (const std::string& host : request.hosts)
    if (hosts.size() < kMaxRequestHosts && host.size() < 256) hosts.push_back(host);
  out.push_back(static_cast<std::uint8_t>(hosts.size()));
  for (const std::string& host : hosts) {
    out.push_back(static_cast<std::uint8_t>(host.size()));
    Append(out, AsBytes(host));
  }
  AppendBigEndian(out, file_size, 4);
  return out;
}

Bytes WriteFrame(const PictureFrame& frame) {
  Bytes body;
  const Type type = std::visit(FrameBody{body}, frame);
  Bytes out{type};
  AppendBigEndian(out, body.size(), 4);
  Append(out, body);
  return out;
}

Result<std::optional<PictureFrame>> FrameReader::Next() {
  if (buffer_.size() < kFrameHead) return std::optional<PictureFrame>();
  const std::uint64_t size = ReadBigEndian(ByteView(buffer_).subspan(1, 4));
  if (size > kMaxFrame) return Malformed("frame too large");
  const std::size_t end = kFrameHead + static_cast<std::size_t>(size);
  if (buffer_.size() < end) return std::optional<PictureFrame>();
  auto frame = ReadBody(buffer_[0], ByteView(buffer_).subspan(kFrameHead, end - kFrameHead));
  if (!frame) return frame.error();
  buffer_.erase(buffer_.begin(), buffer_.begin() + static_cast<std::ptrdiff_t>(end));
  return std::optional(*std::move(frame));
}

Result<void> PictureAnswer::Take(PictureFrame frame, const std::vector<std::string>& hosts) {
  if (finished_) return Malformed("a frame after the last");
  if (const auto* size = std::get_if<PictureSize>(&frame)) {
    if (std::exchange(sized_, true)) return Malformed("a second size");
    result_.width = size->width;
    result_.height = size->height;
    result_.reduced = size->reduced;
    return {};
  }
  if (const auto* failure = std::get_if<PictureFailure>(&frame)) {
    failure_ = *failure;
    finished_ = true;
    return {};
  }
  if (!sized_) return Malformed("no size");
  if (auto* symbol = std::get_if<PictureSymbol>(&frame)) {
    AddSymbol(result_.symbols, std::move(*symbol), hosts);
    if (result_.symbols.size() > kMaxPictureSymbols) return Malformed("too many symbols");
  } else if (const auto* region = std::get_if<UnreadRegion>(&frame)) {
    if (result_.unread.size() == kMaxPictureRegions) return Malformed("too many regions");
    result_.unread.push_back(region->corners);
  } else if (const auto* trouble = std::get_if<PictureTrouble>(&frame)) {
    if (std::ranges::count(result_.troubles, *trouble) != 0) return Malformed("trouble twice");
    result_.troubles.push_back(*trouble);
  } else {
    finished_ = true;
  }
  return {};
}

void PictureAnswer::Restart() {
  result_.unread.clear();
  result_.troubles.clear();
  failure_.reset();
  sized_ = false;
  finished_ = false;
}

}  // namespace cityid
