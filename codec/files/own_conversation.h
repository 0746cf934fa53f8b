// A conversation with a small program of ours (own_program.h): bytes both ways, each call with a
// deadline, and in the end what became of the process.
#pragma once

#include <chrono>
#include <span>
#include <string>

#include "codec/bytes.h"
#include "codec/files/own_program.h"

namespace cityid {

/// A running program that is asked and answers, one message after the other. Not thread-safe. After
/// an error its process has ended, and every call fails.
class OwnConversation {
 public:
  using Clock = std::chrono::steady_clock;

  /// Starts a program. `name` stands in errors: "cityid-print took too long". Errors: kIo.
  static Result<OwnConversation> Start(const std::filesystem::path& program, Inherits inherits,
                                       std::string name);

  /// Sends bytes. Errors: kIo if the program ended first, or hasn't taken them by the deadline.
  Result<void> Send(ByteView bytes, Clock::time_point deadline);
  /// Receives a frame, its length in 4 bytes, the most significant first, then a message of at most
  /// `most` bytes, which is returned. Errors: as `Send`; kIo if it is longer.
  Result<Bytes> ReceiveFrame(std::size_t most, Clock::time_point deadline);
  /// Sends a message in a frame, and receives another one. Errors: as `ReceiveFrame`.
  Result<Bytes> Ask(ByteView message, std::size_t most, Clock::time_point deadline);

  /// Ends the process. Returns the error "NAME WHY".
  Error End(std::string_view why);

  /// Returns the process; -1 after its end.
  pid_t process() const { return process_.id(); }

 private:
  OwnConversation(OwnProcess process, std::string name)
      : name_(std::move(name)), process_(std::move(process)) {}
  Result<void> Receive(std::span<std::uint8_t> into, Clock::time_point deadline);
  Error Ended();

  std::string name_;
  OwnProcess process_;
};

}  // namespace cityid
