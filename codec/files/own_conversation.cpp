#include "codec/files/own_conversation.h"

#include <poll.h>
#include <sys/socket.h>

#include <cerrno>

namespace cityid {
namespace {

/// How many bytes say how long a frame is.
constexpr std::size_t kFrameHead = 4;

constexpr std::string_view kTooLong = "took too long and was stopped";

/// Waits until the socket can be read or written. Returns false at the deadline.
bool WaitFor(int fd, short events, OwnConversation::Clock::time_point deadline) {
  for (;;) {
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(deadline - OwnConversation::Clock::now());
    if (left.count() <= 0) return false;
    pollfd waited{fd, events, 0};
    const int ready = ::poll(&waited, 1, static_cast<int>(left.count()));
    if (ready > 0) return true;
    if (ready < 0 && errno != EINTR) return true;  // the call that follows says what it is
  }
}

}  // namespace

Result<OwnConversation> OwnConversation::Start(const std::filesystem::path& program,
                                               Inherits inherits, std::string name) {
  auto started = OwnProcess::Start(program, inherits);
  if (!started) return started.error();
  return OwnConversation(*std::move(started), std::move(name));
}

Result<void> OwnConversation::Send(ByteView bytes, Clock::time_point deadline) {
  if (process_.id() < 0) return Error{Errc::kIo, name_ + " has ended"};
  while (!bytes.empty()) {
    if (!WaitFor(process_.stream(), POLLOUT, deadline)) return End(kTooLong);
    const ssize_t sent =
        ::send(process_.stream(), bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    if (sent < 0) return Ended();
    bytes = bytes.subspan(static_cast<std::size_t>(sent));
  }
  return {};
}

/// Receives as many bytes as fit. Errors: as `Send`.
Result<void> OwnConversation::Receive(std::span<std::uint8_t> into, Clock::time_point deadline) {
  if (process_.id() < 0) return Error{Errc::kIo, name_ + " has ended"};
  while (!into.empty()) {
    if (!WaitFor(process_.stream(), POLLIN, deadline)) return End(kTooLong);
    const ssize_t got = ::recv(process_.stream(), into.data(), into.size(), MSG_DONTWAIT);
    if (got < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    if (got <= 0) return Ended();
    into = into.subspan(static_cast<std::size_t>(got));
  }
  return {};
}

Result<Bytes> OwnConversation::ReceiveFrame(std::size_t most, Clock::time_point deadline) {
  Bytes head(kFrameHead);
  if (const auto got = Receive(head, deadline); !got) return got.error();
  const std::uint64_t length = ReadBigEndian(head);
  if (length > most) return End("gave an answer that is too long");
  Bytes message(static_cast<std::size_t>(length));
  if (const auto got = Receive(message, deadline); !got) return got.error();
  return message;
}

Result<Bytes> OwnConversation::Ask(ByteView message, std::size_t most, Clock::time_point deadline) {
  Bytes head;
  AppendBigEndian(head, message.size(), kFrameHead);
  for (const ByteView part : {ByteView(head), message}) {
    if (const auto sent = Send(part, deadline); !sent) return sent.error();
  }
  return ReceiveFrame(most, deadline);
}

Error OwnConversation::End(std::string_view why) {
  if (process_.id() > 0) process_.End();
  return Error{Errc::kIo, name_ + " " + std::string(why)};
}

/// Returns the error for a process that closed its end.
Error OwnConversation::Ended() {
  return Error{Errc::kIo, name_ + " " + process_.End(std::chrono::seconds(1))};
}

}  // namespace cityid
