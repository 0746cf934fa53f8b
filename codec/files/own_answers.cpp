#include "codec/files/own_answers.h"

#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <exception>

namespace cityid {
namespace {

/// How many bytes say how long a frame is.
constexpr std::size_t kFrameHead = 4;

}  // namespace

int RunOwnProgram(int argc, const char* name, const char* use, const std::function<int()>& serve) {
  if (argc > 1 || ::isatty(STDIN_FILENO)) {
    std::fprintf(stderr, "%s %s\n", name, use);
    return kBadInput;
  }
  try {
    const int status = serve();
    if (status == kBadInput)
      std::fprintf(stderr, "%s: the input is cut or too long; cityid writes it\n", name);
    return status;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s: %s\n", name, error.what());
    return kFailed;
  }
}

int AnswerFrames(std::size_t most, const std::function<Bytes(ByteView)>& answer) {
  for (;;) {
    Bytes head(kFrameHead);
    const std::size_t got = ReadFully(head);
    if (got == 0) return 0;
    if (got < head.size() || ReadBigEndian(head) > most) return kBadInput;
    Bytes message(static_cast<std::size_t>(ReadBigEndian(head)));
    if (ReadFully(message) < message.size()) return kBadInput;
    if (!SendFrame(answer(message))) return kFailed;
  }
}

bool SendFrame(ByteView message) {
  Bytes head;
  AppendBigEndian(head, message.size(), kFrameHead);
  return WriteFully(head) && WriteFully(message);
}

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

bool LimitResource(__rlimit_resource resource, rlim_t most) {
  const rlimit both{most, most};
  return ::setrlimit(resource, &both) == 0;
}

}  // namespace cityid
