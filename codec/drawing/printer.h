// The client of `cityid-print` (drawing.h), which draws what needs fonts.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <filesystem>
#include <memory>

#include "codec/drawing/drawing.h"

namespace cityid {

/// A running `cityid-print`: one process for any number of drawings. Not thread-safe; several may
/// run side by side.
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

  Printer(Printer&&) noexcept;
  Printer& operator=(Printer&&) noexcept;
  /// Ends the process.
  ~Printer();

  /// Draws. Errors: kUsage for what can't be drawn; kIo if the program ended or took too long,
  /// after which every call fails.
  Result<DrawnFile> Draw(const Drawing& drawing, std::chrono::milliseconds deadline = kDeadline);

  /// Returns the process, for tests.
  pid_t process() const;

 private:
  struct Process;
  explicit Printer(std::unique_ptr<Process> process);
  std::unique_ptr<Process> process_;
};

}  // namespace cityid
