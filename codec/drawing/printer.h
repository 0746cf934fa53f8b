// The client of `cityid-print` (drawing.h), which draws what needs fonts.
#pragma once

#include <chrono>
#include <filesystem>
#include <utility>

#include "codec/drawing/drawing.h"
#include "codec/files/own_conversation.h"

namespace cityid {

/// A running `cityid-print`: one process for any number of drawings, which ends with this. Not
/// thread-safe; several may run side by side.
class Printer {
 public:
  /// How long one drawing may take: the first one also reads the fonts, and on a machine whose
  /// list of fonts is out of date makes it anew.
  static constexpr std::chrono::seconds kDeadline{60};

  /// Starts the program: the one beside the running program, or the installed one. Errors:
  /// kNotFound if there is none, with a line that says what it is for; kIo.
  static Result<Printer> Start();
  /// Starts a program. Errors: kIo.
  static Result<Printer> Start(const std::filesystem::path& program);

  /// Draws. Errors: kUsage for what can't be drawn; kIo if the program ended or took too long,
  /// after which every call fails.
  Result<DrawnFile> Draw(const Drawing& drawing, std::chrono::milliseconds deadline = kDeadline);

  /// Returns the process, for tests.
  pid_t process() const { return program_.process(); }

 private:
  explicit Printer(OwnConversation program) : program_(std::move(program)) {}
  OwnConversation program_;
};

}  // namespace cityid
