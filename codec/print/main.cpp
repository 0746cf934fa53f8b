// cityid-print: draws what needs fonts. Reads questions on standard input and writes answers to
// standard output (codec/drawing/drawing.h) until the input ends. The only program that links cairo
// and Pango. What it draws comes from ledgers that anybody may fill, so its memory is bounded here,
// and its time by cityid, which stops it at a deadline. It is no loss if it dies.
#include <glib.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <exception>

#include "codec/drawing/drawing.h"
#include "codec/print/picture.h"

#ifdef __SANITIZE_ADDRESS__  // as GCC says it
#define CITYID_WITH_ASAN
#elif defined(__has_feature)  // as clang does
#if __has_feature(address_sanitizer)
#define CITYID_WITH_ASAN
#endif
#endif

namespace {

using namespace cityid;  // NOLINT: this file is nothing but the program

/// Bounds what a library may take if it goes wrong.
void LimitItself() {
  const auto limit = [](__rlimit_resource resource, rlim_t most) {
    const rlimit both{most, most};
    ::setrlimit(resource, &both);
  };
  limit(RLIMIT_CORE, 0);
#ifndef CITYID_WITH_ASAN  // which takes terabytes of addresses
  limit(RLIMIT_AS, rlim_t{2} << 30);
#endif
}

/// Reads until `into` is full. Returns how much was read before the end.
std::size_t ReadFully(std::span<std::uint8_t> into) {
  std::size_t filled = 0;
  while (filled < into.size()) {
    const ssize_t got = ::read(STDIN_FILENO, into.data() + filled, into.size() - filled);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) break;
    filled += static_cast<std::size_t>(got);
  }
  return filled;
}

bool WriteFully(ByteView bytes) {
  while (!bytes.empty()) {
    const ssize_t put = ::write(STDOUT_FILENO, bytes.data(), bytes.size());
    if (put < 0 && errno == EINTR) continue;
    if (put <= 0) return false;
    bytes = bytes.subspan(static_cast<std::size_t>(put));
  }
  return true;
}

Result<DrawnFile> Answer(ByteView message) {
  const auto drawing = ParseDrawing(message);
  if (!drawing) return drawing.error();
  return DrawPicture(*drawing);
}

/// What libraries want to say is about this machine's fonts, and stands in no answer.
GLogWriterOutput SayNothing(GLogLevelFlags, const GLogField*, gsize, gpointer) {
  return G_LOG_WRITER_HANDLED;
}

/// Answers questions until there are none. Returns the exit status.
int Serve() {
  for (;;) {
    Bytes head(kFrameHead);
    const std::size_t got = ReadFully(head);
    if (got == 0) return 0;
    const std::uint64_t length = ReadBigEndian(head);
    if (got < kFrameHead || length > kMaxDrawingMessage) break;
    Bytes message(static_cast<std::size_t>(length));
    if (ReadFully(message) < length) break;
    Bytes answer = WriteDrawn(Answer(message));
    if (answer.size() > kMaxDrawnMessage)
      answer = WriteDrawn(Error{Errc::kUsage, "the file would be too large"});
    Bytes frame;
    AppendBigEndian(frame, answer.size(), kFrameHead);
    if (!WriteFully(frame) || !WriteFully(answer)) return 3;
  }
  std::fprintf(stderr, "cityid-print: the input is cut or too long; cityid writes it\n");
  return 2;
}

}  // namespace

int main(int argc, char**) {
  if (argc > 1 || ::isatty(STDIN_FILENO)) {
    std::fprintf(stderr, "cityid-print draws for cityid, which starts it: cityid code new\n");
    return 2;
  }
  LimitItself();
  g_log_set_writer_func(SayNothing, nullptr, nullptr);
  try {
    return Serve();
  } catch (const std::exception& error) {
    std::fprintf(stderr, "cityid-print: %s\n", error.what());
    return 3;
  }
}
