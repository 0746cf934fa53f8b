// cityid-pdf: puts stamps on pages of a PDF. Reads the file and questions on standard input and
// writes answers to standard output (codec/stamp/stamp.h) until the input ends. The only program
// that links qpdf. A PDF may come from anybody, so its memory and its time are bounded here, and
// cityid stops it at a deadline. It is no loss if it dies.
#include <sys/resource.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <new>

#include "codec/pdf/stamper.h"

#ifdef __SANITIZE_ADDRESS__  // as GCC says it
#define CITYID_WITH_ASAN
#elif defined(__has_feature)  // as clang does
#if __has_feature(address_sanitizer)
#define CITYID_WITH_ASAN
#endif
#endif

namespace {

using namespace cityid;  // NOLINT: this file is nothing but the program

void Limit(__rlimit_resource resource, rlim_t most) {
  const rlimit both{most, most};
  ::setrlimit(resource, &both);
}

/// Bounds what a library may take if it goes wrong with a file of that size.
void LimitItself(std::uint64_t file) {
  Limit(RLIMIT_CORE, 0);
  Limit(RLIMIT_FSIZE, 0);
  Limit(RLIMIT_CPU, 600);
#ifndef CITYID_WITH_ASAN  // which takes terabytes of addresses
  Limit(RLIMIT_AS, (rlim_t{3} << 30) + 2 * file);
#else
  static_cast<void>(file);
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

bool WriteFrame(ByteView message) {
  Bytes frame;
  AppendBigEndian(frame, message.size(), 4);
  return WriteFully(frame) && WriteFully(message);
}

int CutInput() {
  std::fprintf(stderr, "cityid-pdf: the input is cut or too long; cityid writes it\n");
  return 2;
}

/// Takes the file and answers questions until there are none. Returns the exit status.
int Serve() {
  Bytes head(8);
  if (ReadFully(head) < head.size() || ReadBigEndian(head) > kMaxPdf) return CutInput();
  LimitItself(ReadBigEndian(head));
  Bytes file(static_cast<std::size_t>(ReadBigEndian(head)));
  if (ReadFully(file) < file.size()) return CutInput();
  const auto stamper = Stamper::Open(file);
  const Result<void> opened = stamper ? Result<void>() : Result<void>(stamper.error());
  if (!WriteFrame(WriteOpened(opened))) return 3;
  if (!stamper) return 0;
  for (;;) {
    Bytes length(4);
    const std::size_t got = ReadFully(length);
    if (got == 0) return 0;
    if (got < length.size() || ReadBigEndian(length) > kMaxStampQuestion) return CutInput();
    Bytes message(static_cast<std::size_t>(ReadBigEndian(length)));
    if (ReadFully(message) < message.size()) return CutInput();
    if (!WriteFrame(stamper->Answer(message))) return 3;
  }
}

}  // namespace

int main(int argc, char**) {
  if (argc > 1 || ::isatty(STDIN_FILENO)) {
    std::fprintf(stderr,
                 "cityid-pdf stamps PDFs for cityid, which starts it: cityid document seal\n");
    return 2;
  }
  try {
    return Serve();
  } catch (const std::exception& error) {
    std::fprintf(stderr, "cityid-pdf: %s\n", error.what());
    return 3;
  }
}
