// cityid-reader: takes one picture on its standard input, writes what it finds on its standard
// output, and ends (codec/picture/frames.h). Started by `cityid`, never by hand.
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <optional>

#include "codec/picture/frames.h"
#include "codec/reader/attempts.h"
#include "codec/reader/decode.h"
#include "codec/reader/sandbox.h"

namespace {

using namespace cityid;  // NOLINT: this file is nothing but the program

constexpr int kBadRequest = 2;
constexpr int kNoSandbox = 3;

/// Reads so many bytes. Ends the program when the other side is gone.
Bytes Receive(std::size_t size) {
  Bytes bytes(size);
  for (std::size_t have = 0; have < size;) {
    const ssize_t count = ::read(STDIN_FILENO, bytes.data() + have, size - have);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) ::_exit(0);
    have += static_cast<std::size_t>(count);
  }
  return bytes;
}

void Send(const PictureFrame& frame) {
  const Bytes bytes = WriteFrame(frame);
  for (std::size_t sent = 0; sent < bytes.size();) {
    const ssize_t count = ::write(STDOUT_FILENO, bytes.data() + sent, bytes.size() - sent);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) ::_exit(0);
    sent += static_cast<std::size_t>(count);
  }
}

struct Received {
  PictureRequest request;
  Bytes file;
};

std::optional<Received> ReceiveRequest() {
  const Bytes head = Receive(6);
  if (!AsText(head).starts_with(kRequestMark) || head[4] > 1) return std::nullopt;
  Received received;
  received.request.only_zxing = head[4] == 1;
  for (int i = 0; i < head[5]; ++i) {
    const Bytes host = Receive(Receive(1).front());
    received.request.hosts.emplace_back(AsText(host));
  }
  const std::uint64_t size = ReadBigEndian(Receive(4));
  if (size > kMaxPictureFile) return std::nullopt;
  received.file = Receive(static_cast<std::size_t>(size));
  return received;
}

PictureFailure FailureOf(Errc code) {
  switch (code) {
    case Errc::kUnsupported:
      return PictureFailure::kUnsupported;
    case Errc::kTooLarge:
      return PictureFailure::kTooLarge;
    default:
      return PictureFailure::kDamaged;
  }
}

PictureFrame Answer(const Received& received, ZbarReader& zbar) {
  auto decoded = DecodeImage(received.file);
  if (!decoded) return FailureOf(decoded.error().code);
  Attempts attempts(received.request.only_zxing ? nullptr : &zbar, received.request.hosts, Send);
  attempts.Read(*std::move(decoded));
  return PictureDone{};
}

}  // namespace

int main() {
  // Only sockets and pipes speak the protocol; a person gets a word.
  if (::isatty(STDIN_FILENO)) {
    std::fprintf(stderr, "cityid-reader reads pictures for cityid; use: cityid scan FILE\n");
    return kBadRequest;
  }
  ZbarReader zbar;
  if (!EnterSandbox()) return kNoSandbox;
  try {
    const auto received = ReceiveRequest();
    if (!received) ::_exit(kBadRequest);
    Send(Answer(*received, zbar));
  } catch (const std::bad_alloc&) {
    Send(PictureFailure::kTooLarge);
  }
  // At once: what there is to free goes with the process.
  ::_exit(0);
}
