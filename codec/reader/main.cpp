// cityid-reader: takes one picture on its standard input, writes what it finds on its standard
// output, and ends (codec/picture/frames.h). Started by `cityid`, never by hand.
#include <unistd.h>

#include <cstdio>
#include <new>
#include <optional>

#include "codec/files/own_answers.h"
#include "codec/picture/frames.h"
#include "codec/reader/attempts.h"
#include "codec/reader/decode.h"
#include "codec/reader/sandbox.h"

namespace {

using namespace cityid;  // NOLINT: this file is nothing but the program

constexpr int kNoSandbox = 3;

/// Reads so many bytes. Ends the program when the other side is gone.
Bytes Receive(std::size_t size) {
  Bytes bytes(size);
  if (ReadFully(bytes) < size) ::_exit(0);
  return bytes;
}

void Send(const PictureFrame& frame) {
  if (!WriteFully(WriteFrame(frame))) ::_exit(0);
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
    return kBadInput;
  }
  ZbarReader zbar;
  if (!EnterSandbox()) return kNoSandbox;
  try {
    const auto received = ReceiveRequest();
    if (!received) ::_exit(kBadInput);
    Send(Answer(*received, zbar));
  } catch (const std::bad_alloc&) {
    Send(PictureFailure::kTooLarge);
  }
  // At once: what there is to free goes with the process.
  ::_exit(0);
}
