#include "resolver/message/gzip.h"

#include <zlib.h>

#include <algorithm>
#include <new>

namespace cityid {
namespace {

constexpr std::size_t kChunk = 64 * 1024;
constexpr int kGzipOnly = 16;  // added to the window's bits

/// Returns the bytes as zlib wants them: it only reads them, but its type doesn't say so.
Bytef* Input(std::string_view bytes) {
  return reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
}

struct Inflater {
  z_stream stream = {};
  bool started = inflateInit2(&stream, MAX_WBITS + kGzipOnly) == Z_OK;
  Inflater() = default;
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;
  ~Inflater() {
    if (started) inflateEnd(&stream);
  }
};

Error Malformed(const char* what) { return Error{Errc::kMalformed, std::string("gzip: ") + what}; }

}  // namespace

std::string Gzip(std::string_view plain) {
  z_stream stream = {};
  constexpr int kMemory = 8;  // zlib's default
  if (deflateInit2(&stream, Z_BEST_SPEED, Z_DEFLATED, MAX_WBITS + kGzipOnly, kMemory,
                   Z_DEFAULT_STRATEGY) != Z_OK)
    throw std::bad_alloc();
  std::string out(deflateBound(&stream, static_cast<uLong>(plain.size())), '\0');
  stream.next_in = Input(plain);
  stream.avail_in = static_cast<uInt>(plain.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

Result<std::string> Gunzip(std::string_view gzip, std::size_t limit) {
  Inflater inflater;
  if (!inflater.started) return Error{Errc::kIo, "gzip: there is no memory for it"};
  z_stream& stream = inflater.stream;
  stream.next_in = Input(gzip);
  stream.avail_in = static_cast<uInt>(gzip.size());
  std::string out;
  int code = Z_OK;
  while (code == Z_OK) {
    const std::size_t before = out.size();
    // One byte more than is allowed shows that there is more.
    out.resize(before + std::min(kChunk, limit + 1 - before));
    stream.next_out = reinterpret_cast<Bytef*>(out.data() + before);
    stream.avail_out = static_cast<uInt>(out.size() - before);
    code = inflate(&stream, Z_NO_FLUSH);
    out.resize(out.size() - stream.avail_out);
    if (out.size() > limit) return Error{Errc::kTooLarge, "gzip: too much comes out of it"};
    if (code == Z_OK && stream.avail_in == 0 && stream.avail_out > 0) break;
  }
  if (code == Z_OK || code == Z_BUF_ERROR) return Malformed("it is cut short");
  if (code != Z_STREAM_END) return Malformed("it is damaged");
  if (stream.avail_in > 0) return Malformed("something follows its end");
  return out;
}

}  // namespace cityid
