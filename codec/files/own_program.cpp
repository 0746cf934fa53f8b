#include "codec/files/own_program.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>
#include <system_error>

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

Result<fs::path> FindOwnProgram(std::string_view name) {
  std::error_code error;
  const fs::path self = fs::read_symlink("/proc/self/exe", error);
  if (error) return Error{Errc::kIo, "cannot read /proc/self/exe: " + error.message()};
  const fs::path beside = self.parent_path() / name;
  const fs::path installed = (self.parent_path() / CITYID_LIBEXEC / name).lexically_normal();
  for (const fs::path& program : {beside, installed}) {
    if (::access(program.c_str(), X_OK) == 0) return program;
  }
  return Error{Errc::kNotFound, std::string(name) + " is not installed (neither " +
                                    beside.string() + " nor " + installed.string() + ")"};
}

Result<OwnProcess> StartOwnProgram(const fs::path& program, Inherits inherits) {
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
    return SystemError("connect to", program);
  OwnProcess process;
  process.stream = FileDescriptor(ends[0]);
  const FileDescriptor theirs(ends[1]);
  const int failed = Spawn(program.string(), theirs.get(), inherits, &process.id);
  if (failed != 0)
    return Error{Errc::kIo, "cannot start " + program.string() + ": " + std::strerror(failed)};
  return process;
}

}  // namespace cityid
