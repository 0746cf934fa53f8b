#include "codec/picture/reader_process.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <string_view>
#include <utility>

namespace cityid {
namespace {

/// What a reader may send in all: no picture gives more.
constexpr std::size_t kMaxAnswer = std::size_t{4} << 20;

/// Sends as much as the stream takes now. Returns false if the other side is gone.
bool Send(int stream, ByteView& bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(stream, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent < 0) return errno == EAGAIN || errno == EINTR;
    bytes = bytes.subspan(static_cast<std::size_t>(sent));
  }
  return true;
}

}  // namespace

Result<ReaderProcess> ReaderProcess::Start(const std::string& program) {
  auto started = OwnProcess::Start(program, Inherits::kNothing);
  if (!started) return started.error();
  // Ours alone: the two ends have flags of their own.
  ::fcntl(started->stream(), F_SETFL, O_NONBLOCK);
  return ReaderProcess(*std::move(started));
}

bool ReaderProcess::IsAlive() {
  siginfo_t info{};
  return ::waitid(P_PID, static_cast<id_t>(id()), &info, WEXITED | WNOHANG | WNOWAIT) == 0 &&
         info.si_pid == 0;
}

std::chrono::nanoseconds ReaderProcess::Waited() const {
  // Time on a processor, time of waiting for one, and turns, in nanoseconds.
  std::array<char, 96> text{};
  const std::string path = "/proc/" + std::to_string(id()) + "/schedstat";
  const FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file) return {};
  const ssize_t size = ::read(file.get(), text.data(), text.size());
  const std::string_view line(text.data(), static_cast<std::size_t>(std::max<ssize_t>(size, 0)));
  const std::size_t second = line.find(' ');
  std::int64_t waited = 0;
  if (second != std::string_view::npos)
    std::from_chars(line.data() + second + 1, line.data() + line.size(), waited);
  return std::chrono::nanoseconds(std::max<std::int64_t>(waited, 0));
}

ReaderProcess::End ReaderProcess::Ask(const PictureRequest& request, ByteView file,
                                      std::chrono::steady_clock::time_point start,
                                      std::chrono::milliseconds time, PictureAnswer& answer) {
  using std::chrono::steady_clock;
  steady_clock::time_point deadline = start + time;
  const Bytes head = WriteRequestHead(request, file.size());
  ByteView parts[] = {head, file};
  FrameReader frames;
  std::size_t received = 0;
  std::array<std::uint8_t, 16384> buffer;
  while (true) {
    // A reader may answer before it has taken everything, so nothing that was sent is waited for.
    const bool sending = !parts[0].empty() || !parts[1].empty();
    auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - steady_clock::now());
    if (left.count() <= 0) {
      const auto waited = std::min<std::chrono::nanoseconds>(Waited(), 2 * time);
      deadline = start + time + std::chrono::duration_cast<steady_clock::duration>(waited);
      left = std::chrono::ceil<std::chrono::milliseconds>(deadline - steady_clock::now());
      if (left.count() <= 0) return End::kTooLong;
    }
    pollfd events{process_.stream(), static_cast<short>(POLLIN | (sending ? POLLOUT : 0)), 0};
    if (::poll(&events, 1, static_cast<int>(left.count())) < 0 && errno != EINTR) return End::kDied;
    if (events.revents & POLLOUT) {
      bool open = Send(process_.stream(), parts[0]);
      if (open && parts[0].empty()) open = Send(process_.stream(), parts[1]);
      // What it has said before it ended is still to be read.
      if (!open) parts[0] = parts[1] = {};
    }
    if ((events.revents & (POLLIN | POLLHUP | POLLERR)) == 0) continue;
    const ssize_t size = ::recv(process_.stream(), buffer.data(), buffer.size(), 0);
    if (size < 0 && (errno == EAGAIN || errno == EINTR)) continue;
    if (size <= 0) return End::kDied;
    received += static_cast<std::size_t>(size);
    if (received > kMaxAnswer) return End::kDied;
    frames.Feed(ByteView(buffer).first(static_cast<std::size_t>(size)));
    while (true) {
      auto frame = frames.Next();
      if (!frame) return End::kDied;
      if (!*frame) break;
      if (!answer.Take(**std::move(frame), request.hosts)) return End::kDied;
      if (answer.finished()) return End::kFinished;
    }
  }
}

}  // namespace cityid
