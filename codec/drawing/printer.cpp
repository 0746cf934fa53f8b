#include "codec/drawing/printer.h"

#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <thread>

#include "codec/file.h"
#include "codec/own_program.h"

namespace cityid {
namespace {

using Clock = std::chrono::steady_clock;

Error Failed(const std::string& why) { return Error{Errc::kIo, "cityid-print " + why}; }

/// Waits until the socket can be read or written. Returns false at the deadline.
bool WaitFor(int fd, short events, Clock::time_point deadline) {
  for (;;) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now());
    if (left.count() <= 0) return false;
    pollfd waited{fd, events, 0};
    const int ready = ::poll(&waited, 1, static_cast<int>(left.count()));
    if (ready > 0) return true;
    if (ready < 0 && errno != EINTR) return true;  // the call that follows says what it is
  }
}

}  // namespace

struct Printer::Process {
  ~Process() {
    if (pid > 0) Reap(true);
  }

  /// Ends the process. Returns how it ended: by itself, if it does within a second.
  std::string Reap(bool at_once) {
    int status = 0;
    pid_t waited = 0;
    for (int tries = 0; !at_once && waited == 0 && tries < 100; ++tries) {
      waited = ::waitpid(pid, &status, WNOHANG);
      if (waited == 0) std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    if (waited == 0) {
      ::kill(pid, SIGKILL);
      while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
      }
    }
    pid = -1;
    if (WIFSIGNALED(status)) return "was ended by signal " + std::to_string(WTERMSIG(status));
    return "ended with status " + std::to_string(WEXITSTATUS(status));
  }

  /// Ends the process and returns the error of a drawing that took too long.
  Error TookTooLong() {
    Reap(true);
    return Failed("took too long for one drawing and was stopped");
  }

  /// Returns the error for a process that closed its end.
  Error Ended() { return Failed(Reap(false)); }

  Result<void> Send(ByteView bytes, Clock::time_point deadline) {
    while (!bytes.empty()) {
      if (!WaitFor(socket.get(), POLLOUT, deadline)) return TookTooLong();
      const ssize_t sent =
          ::send(socket.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
      if (sent < 0 && (errno == EINTR || errno == EAGAIN)) continue;
      if (sent < 0) return Ended();
      bytes = bytes.subspan(static_cast<std::size_t>(sent));
    }
    return {};
  }

  Result<void> Receive(std::span<std::uint8_t> into, Clock::time_point deadline) {
    while (!into.empty()) {
      if (!WaitFor(socket.get(), POLLIN, deadline)) return TookTooLong();
      const ssize_t got = ::recv(socket.get(), into.data(), into.size(), MSG_DONTWAIT);
      if (got < 0 && (errno == EINTR || errno == EAGAIN)) continue;
      if (got <= 0) return Ended();
      into = into.subspan(static_cast<std::size_t>(got));
    }
    return {};
  }

  FileDescriptor socket;
  pid_t pid = -1;
};

Printer::Printer(std::unique_ptr<Process> process) : process_(std::move(process)) {}
Printer::Printer(Printer&&) noexcept = default;
Printer& Printer::operator=(Printer&&) noexcept = default;
Printer::~Printer() = default;

pid_t Printer::process() const { return process_->pid; }

Result<Printer> Printer::Start() {
  const auto program = FindOwnProgram("cityid-print");
  if (program) return Start(*program);
  if (program.error().code != Errc::kNotFound) return program.error();
  return Error{Errc::kNotFound,
               program.error().detail +
                   ": it draws captions, PDF, Data Matrix and Aztec; --bare draws a QR code as SVG "
                   "or PNG without it"};
}

Result<Printer> Printer::Start(const std::filesystem::path& program) {
  // Where the fonts are says the environment.
  auto started = StartOwnProgram(program, Inherits::kEnvironment);
  if (!started) return started.error();
  auto process = std::make_unique<Process>();
  process->pid = started->id;
  process->socket = std::move(started->stream);
  return Printer(std::move(process));
}

Result<DrawnFile> Printer::Draw(const Drawing& drawing, std::chrono::milliseconds deadline) {
  if (process_->pid < 0) return Failed("has ended");
  const auto until = Clock::now() + deadline;
  const Bytes message = WriteDrawing(drawing);
  Bytes frame;
  AppendBigEndian(frame, message.size(), kFrameHead);
  Append(frame, message);
  if (const auto sent = process_->Send(frame, until); !sent) return sent.error();
  Bytes head(kFrameHead);
  if (const auto got = process_->Receive(head, until); !got) return got.error();
  const std::uint64_t length = ReadBigEndian(head);
  if (length > kMaxDrawnMessage) {
    process_->Reap(true);
    return Failed("gave an answer that is too long");
  }
  Bytes answer(static_cast<std::size_t>(length));
  if (const auto got = process_->Receive(answer, until); !got) return got.error();
  auto drawn = ParseDrawn(answer, drawing.caption.size());
  if (!drawn && drawn.error().code != Errc::kUsage) {
    process_->Reap(true);
    return Failed("gave no answer: " + drawn.error().detail);
  }
  return drawn;
}

}  // namespace cityid
