#include "codec/files/own_program.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>
#include <system_error>
#include <thread>

extern char** environ;

namespace cityid {

namespace fs = std::filesystem;

namespace {

struct Actions {
  posix_spawn_file_actions_t actions;
  Actions() { posix_spawn_file_actions_init(&actions); }
  ~Actions() { posix_spawn_file_actions_destroy(&actions); }
};

struct Attributes {
  posix_spawnattr_t attributes;
  Attributes() { posix_spawnattr_init(&attributes); }
  ~Attributes() { posix_spawnattr_destroy(&attributes); }
};

/// Starts the program with `stream` as its standard input and output. Returns the system's error.
int Spawn(const std::string& program, int stream, Inherits inherits, pid_t* process) {
  Actions files;
  posix_spawn_file_actions_adddup2(&files.actions, stream, STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&files.actions, stream, STDOUT_FILENO);
  if (inherits == Inherits::kNothing)
    posix_spawn_file_actions_addopen(&files.actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
  // Libraries of ours open sockets that a child would inherit, and keep open while it waits.
  posix_spawn_file_actions_addclosefrom_np(&files.actions, STDERR_FILENO + 1);
  Attributes signals;
  sigset_t none;
  sigset_t all;
  sigemptyset(&none);
  sigfillset(&all);
  posix_spawnattr_setsigmask(&signals.attributes, &none);
  posix_spawnattr_setsigdefault(&signals.attributes, &all);
  // In a group of its own: Ctrl-C is for the one who asked, who ends what it started.
  posix_spawnattr_setflags(&signals.attributes,
                           POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
  std::string name = program;
  char* const arguments[] = {name.data(), nullptr};
  char* const empty[] = {nullptr};
  return posix_spawn(process, program.c_str(), &files.actions, &signals.attributes, arguments,
                     inherits == Inherits::kNothing ? empty : environ);
}

}  // namespace

Result<fs::path> FindOwnProgram(std::string_view name, std::string_view purpose) {
  std::error_code error;
  const fs::path self = fs::read_symlink("/proc/self/exe", error);
  if (error) return Error{Errc::kIo, "cannot read /proc/self/exe: " + error.message()};
  const fs::path beside = self.parent_path() / name;
  const fs::path installed = (self.parent_path() / CITYID_LIBEXEC / name).lexically_normal();
  for (const fs::path& program : {beside, installed}) {
    if (::access(program.c_str(), X_OK) == 0) return program;
  }
  return Error{Errc::kNotFound, std::string(name) + " is not installed (neither " +
                                    beside.string() + " nor " + installed.string() + ")" +
                                    std::string(purpose)};
}

Result<OwnProcess> OwnProcess::Start(const fs::path& program, Inherits inherits) {
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
    return SystemError("connect to", program);
  FileDescriptor ours(ends[0]);
  const FileDescriptor theirs(ends[1]);
  pid_t id = 0;
  const int failed = Spawn(program.string(), theirs.get(), inherits, &id);
  if (failed != 0)
    return Error{Errc::kIo, "cannot start " + program.string() + ": " + std::strerror(failed)};
  return OwnProcess(id, std::move(ours));
}

OwnProcess& OwnProcess::operator=(OwnProcess&& other) noexcept {
  if (this != &other) {
    End();
    id_ = std::exchange(other.id_, -1);
    stream_ = std::move(other.stream_);
  }
  return *this;
}

OwnProcess::~OwnProcess() { End(); }

std::string OwnProcess::End(std::chrono::milliseconds patience) {
  if (id_ <= 0) return "has ended";  // -1 would mean every process to kill and waitpid
  constexpr std::chrono::milliseconds kStep(10);
  int status = 0;
  pid_t waited = 0;
  for (; waited == 0 && patience.count() > 0; patience -= kStep) {
    waited = ::waitpid(id_, &status, WNOHANG);
    if (waited == 0) std::this_thread::sleep_for(kStep);
  }
  if (waited == 0) {
    ::kill(id_, SIGKILL);
    while (::waitpid(id_, &status, 0) < 0 && errno == EINTR) {
    }
  }
  id_ = -1;
  if (WIFSIGNALED(status)) return "was ended by signal " + std::to_string(WTERMSIG(status));
  return "ended with status " + std::to_string(WEXITSTATUS(status));
}

}  // namespace cityid
