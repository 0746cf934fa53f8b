// One process that waits for one picture (codec/picture/readers.h).
#pragma once

#include <chrono>
#include <string>

#include "codec/bytes.h"
#include "codec/files/file.h"
#include "codec/picture/frames.h"
#include "codec/result.h"

namespace cityid {

/// A started `cityid-reader`. It is killed and reaped when this is destroyed.
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
  ReaderProcess(ReaderProcess&& other) noexcept;
  ReaderProcess& operator=(ReaderProcess&&) = delete;
  ~ReaderProcess();

  /// Sends the picture and takes the answer, frame by frame. To be called once. The time for which
  /// the process waited for a processor doesn't count, up to twice `time`.
  End Ask(const PictureRequest& request, ByteView file, std::chrono::steady_clock::time_point start,
          std::chrono::milliseconds time, PictureAnswer& answer);

  /// Returns false if the process has ended.
  bool IsAlive();

  int id() const { return process_; }

 private:
  /// Returns for how long the process has waited for a processor.
  std::chrono::nanoseconds Waited() const;
  ReaderProcess(int process, FileDescriptor stream)
      : process_(process), stream_(std::move(stream)) {}
  int process_;
  FileDescriptor stream_;
};

}  // namespace cityid
