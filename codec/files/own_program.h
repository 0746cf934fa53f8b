// The small programs beside `cityid`, which link what it doesn't.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <string_view>

#include "codec/files/file.h"
#include "codec/result.h"

namespace cityid {

/// Finds a program of ours: beside the running one, as it is built, or in libexec/cityid, as it is
/// installed. Errors: kNotFound, with the two places.
Result<std::filesystem::path> FindOwnProgram(std::string_view name);

/// A process of one of them. Whoever has it ends it and waits for it.
struct OwnProcess {
  pid_t id = 0;
  FileDescriptor stream;  ///< a socket: its standard input and output
};

/// What a process gets from this one beside the stream.
enum class Inherits : std::uint8_t {
  kNothing,
  kEnvironment,  ///< and standard error
};

/// Starts a program, with no signal blocked or ignored, and with nothing else that is open here.
/// Thread-safe. Errors: kIo.
Result<OwnProcess> StartOwnProgram(const std::filesystem::path& program, Inherits inherits);

}  // namespace cityid
