// The small programs beside `cityid`, which link what it doesn't.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>

#include "codec/files/file.h"
#include "codec/result.h"

namespace cityid {

/// Finds a program of ours: beside the running one, as it is built, or in libexec/cityid, as it is
/// installed. Errors: kNotFound, with the two places and `purpose`, which says what it is for.
Result<std::filesystem::path> FindOwnProgram(std::string_view name, std::string_view purpose = {});

/// What a process gets from this one beside its stream.
enum class Inherits : std::uint8_t {
  kNothing,
  kEnvironment,  ///< and standard error
};

/// A process of one of them, which is ended when this is destroyed. Move-only.
class OwnProcess {
 public:
  /// Starts a program, with no signal blocked or ignored, and with nothing else that is open here.
  /// Thread-safe. Errors: kIo.
  static Result<OwnProcess> Start(const std::filesystem::path& program, Inherits inherits);

  OwnProcess(OwnProcess&& other) noexcept
      : id_(std::exchange(other.id_, -1)), stream_(std::move(other.stream_)) {}
  OwnProcess& operator=(OwnProcess&& other) noexcept;
  ~OwnProcess();

  /// Returns the process; -1 after its end.
  pid_t id() const { return id_; }
  /// Returns a socket: the process's standard input and output.
  int stream() const { return stream_.get(); }

  /// Ends the process, unless it ends by itself within that time. Returns how it ended: "was ended
  /// by signal 9", or "has ended" if it had before.
  std::string End(std::chrono::milliseconds patience = {});

 private:
  OwnProcess(pid_t id, FileDescriptor stream) : id_(id), stream_(std::move(stream)) {}
  pid_t id_;
  FileDescriptor stream_;
};

}  // namespace cityid
