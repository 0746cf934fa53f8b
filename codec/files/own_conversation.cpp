#include "codec/files/own_conversation.h"

#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <cerrno>
#include <thread>
#include <utility>

namespace cityid {
namespace {

/// How many bytes say how long a frame is.
constexpr std::size_t kFrameHead = 4;

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
  auto started = StartOwnProgram(program, inherits);
  if (!started) return started.error();
  return OwnConversation(*std::move(started), std::move(name));
}

OwnConversation::OwnConversation(OwnProcess process, std::string name)
    : name_(std::move(name)), stream_(std::move(process.stream)), process_(process.id) {}

OwnConversation::OwnConversation(OwnConversation&& other) noexcept
    : name_(std::move(other.name_)),
      stream_(std::move(other.stream_)),
      process_(std::exchange(other.process_, -1)) {}

OwnConversation::~OwnConversation() {
  if (process_ > 0) Reap(true);
}

Result<void> OwnConversation::Send(ByteView bytes, Clock::time_point deadline) {
  if (process_ < 0) return Error{Errc::kIo, name_ + " has ended"};
  while (!bytes.empty()) {
    if (!WaitFor(stream_.get(), POLLOUT, deadline)) return TookTooLong();
    const ssize_t sent =
        ::send(stream_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    if (sent < 0) return Ended();
    bytes = bytes.subspan(static_cast<std::size_t>(sent));
  }
  return {};
}

Result<void> OwnConversation::Receive(std::span<std::uint8_t> into, Clock::time_point deadline) {
  if (process_ < 0) return Error{Errc::kIo, name_ + " has ended"};
  while (!into.empty()) {
    if (!WaitFor(stream_.get(), POLLIN, deadline)) return TookTooLong();
    const ssize_t got = ::recv(stream_.get(), into.data(), into.size(), MSG_DONTWAIT);
    if (got < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    if (got <= 0) return Ended();
    into = into.subspan(static_cast<std::size_t>(got));
  }
  return {};
}

Result<void> OwnConversation::SendFrame(ByteView message, Clock::time_point deadline) {
  Bytes head;
  AppendBigEndian(head, message.size(), kFrameHead);
  if (const auto sent = Send(head, deadline); !sent) return sent.error();
  return Send(message, deadline);
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

Error OwnConversation::End(std::string_view why) {
  if (process_ > 0) Reap(true);
  return Error{Errc::kIo, name_ + " " + std::string(why)};
}

/// Ends the process. Returns how it ended: by itself, if it does within a second.
std::string OwnConversation::Reap(bool at_once) {
  int status = 0;
  pid_t waited = 0;
  for (int tries = 0; !at_once && waited == 0 && tries < 100; ++tries) {
    waited = ::waitpid(process_, &status, WNOHANG);
    if (waited == 0) std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  if (waited == 0) {
    ::kill(process_, SIGKILL);
    while (::waitpid(process_, &status, 0) < 0 && errno == EINTR) {
    }
  }
  process_ = -1;
  if (WIFSIGNALED(status)) return "was ended by signal " + std::to_string(WTERMSIG(status));
  return "ended with status " + std::to_string(WEXITSTATUS(status));
}

/// Ends the process and returns the error of an answer that took too long.
Error OwnConversation::TookTooLong() { return End("took too long and was stopped"); }

/// Returns the error for a process that closed its end.
Error OwnConversation::Ended() { return Error{Errc::kIo, name_ + " " + Reap(false)}; }

}  // namespace cityid
