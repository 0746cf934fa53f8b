// One process that waits for one picture (codec/picture/readers.h).
#pragma once

#include <chrono>
#include <string>

#include "codec/bytes.h"
#include "codec/files/own_program.h"
#include "codec/picture/frames.h"
#include "codec/result.h"

namespace cityid {

/// A started `cityid-reader`. It is ended when this is destroyed.
class ReaderProcess {
 public:
  /// How a conversation ended.
  enum class End {
    kFinished,  ///< the answer is complete
    kDied,      ///< the process ended, or said what makes no sense
    kTooLong,   ///< the deadline passed
  };

  /// Errors: kIo.
  static Result<ReaderProcess> Start(const std::string& program);

  /// Sends the picture and takes the answer, frame by frame. To be called once. The time for which
  /// the process waited for a processor doesn't count, up to twice `time`.
  End Ask(const PictureRequest& request, ByteView file, std::chrono::steady_clock::time_point start,
          std::chrono::milliseconds time, PictureAnswer& answer);

  /// Returns false if the process has ended.
  bool IsAlive();

  int id() const { return process_.id(); }

 private:
  /// Returns for how long the process has waited for a processor.
  std::chrono::nanoseconds Waited() const;
  explicit ReaderProcess(OwnProcess process) : process_(std::move(process)) {}
  OwnProcess process_;
};

}  // namespace cityid
