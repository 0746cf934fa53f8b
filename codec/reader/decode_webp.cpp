// WebP (RFC 9649) with libwebp: a still picture, or the first frame of an animation.
#include <webp/decode.h>
#include <webp/demux.h>

#include <algorithm>
#include <memory>

#include "codec/reader/decode.h"
#include "codec/reader/orientation.h"

namespace cityid {
namespace {

struct DemuxDelete {
  void operator()(WebPDemuxer* demuxer) const { WebPDemuxDelete(demuxer); }
};

Error Malformed() { return Error{Errc::kMalformed, "webp: damaged"}; }

/// Decodes one frame without its container.
Result<DecodedImage> DecodeFrame(ByteView file) {
  WebPBitstreamFeatures features;
  if (WebPGetFeatures(file.data(), file.size(), &features) != VP8_STATUS_OK) return Malformed();
  auto decoded = CheckedBlank(features.width, features.height);
  if (!decoded) return decoded;
  Bytes& pixels = decoded->image.pixels;
  // Luminance is what the format stores: no colours are made of it.
  const auto half = [](int side) { return static_cast<std::size_t>((side + 1) / 2); };
  Bytes chroma(half(features.width) * half(features.height));
  Bytes other(chroma.size());
  Bytes alpha(features.has_alpha ? pixels.size() : 0);
  WebPDecoderConfig config;
  if (!WebPInitDecoderConfig(&config)) return Malformed();
  config.output.colorspace = features.has_alpha ? MODE_YUVA : MODE_YUV;
  config.output.is_external_memory = 1;
  WebPYUVABuffer& planes = config.output.u.YUVA;
  planes.y = pixels.data();
  planes.y_stride = features.width;
  planes.y_size = pixels.size();
  planes.u = chroma.data();
  planes.v = other.data();
  planes.u_stride = planes.v_stride = (features.width + 1) / 2;
  planes.u_size = planes.v_size = chroma.size();
  planes.a = features.has_alpha ? alpha.data() : nullptr;
  planes.a_stride = features.width;
  planes.a_size = alpha.size();
  if (WebPDecode(file.data(), file.size(), &config) != VP8_STATUS_OK) return Malformed();
  if (features.has_alpha) {
    decoded->AddOnBlack();
    std::size_t i = 0;
    for (int y = 0; y < features.height; ++y)
      for (int x = 0; x < features.width; ++x, ++i) decoded->Set(x, y, pixels[i], alpha[i]);
  }
  return decoded;
}

}  // namespace

Result<DecodedImage> DecodeWebp(ByteView file) {
  const WebPData data{file.data(), file.size()};
  const std::unique_ptr<WebPDemuxer, DemuxDelete> demuxer(WebPDemux(&data));
  if (!demuxer) return Malformed();
  WebPIterator frame;
  if (!WebPDemuxGetFrame(demuxer.get(), 1, &frame)) return Malformed();
  auto decoded = frame.complete ? DecodeFrame({frame.fragment.bytes, frame.fragment.size})
                                : Result<DecodedImage>(Malformed());
  const bool more = frame.num_frames > 1;
  WebPDemuxReleaseIterator(&frame);
  if (!decoded) return decoded;
  decoded->more_frames = more;
  WebPChunkIterator chunk;
  if (WebPDemuxGetChunk(demuxer.get(), "EXIF", 1, &chunk)) {
    decoded->orientation = OrientationIn({chunk.chunk.bytes, chunk.chunk.size});
    WebPDemuxReleaseChunkIterator(&chunk);
  }
  return decoded;
}

}  // namespace cityid
