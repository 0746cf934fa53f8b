// The processes that read pictures. Libraries that decode images and find symbols are large, and
// what they are given comes from strangers: so they run in a program of its own, `cityid-reader`,
// that has no files, no network, and a limit of memory and time (codec/reader/sandbox.h,
// docs/adr/0015-reader-process.md).
//
// A process reads one picture and ends. So what a hostile picture does to its reader can't change
// what is read from the next one. The processes are started ahead, and wait:
//
//   auto readers = PictureReaders::Start(program, 2);
//   auto reader = (*readers)->TryAcquire();         // nothing: all are busy; say so before a body
//   const auto result = reader->Read(file, hosts);  // at most `kPictureTime`
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "codec/bytes.h"
#include "codec/picture/picture.h"
#include "codec/result.h"

namespace cityid {

/// How long reading one picture may take, from its first byte to its last symbol. On a machine that has
/// too much to do, the time for which the reader waited for a processor doesn't count, but no picture
/// takes more than three times as long.
inline constexpr std::chrono::milliseconds kPictureTime{2000};

/// A number of processes that read pictures. Thread-safe; outlives what was acquired from it.
class PictureReaders {
 public:
  /// The right to use one of the processes, until it is destroyed. Used by one thread at a time.
  class Reader {
   public:
    Reader(Reader&& other) noexcept;
    Reader& operator=(Reader&&) = delete;
    ~Reader();

    /// Reads a picture: PNG, JPEG, WebP, GIF or PGM. `hosts` are those of the policy, as far as
    /// they are known; they only say when enough was found. A reader that breaks down is tried once
    /// more with the steadier library alone, and what was found before it broke down, or before
    /// the time was over, is in the result. May be called again. Errors: kUnsupported for another
    /// kind of file; kTooLarge; kMalformed for a damaged file; kIo if no process can be started.
    Result<PictureResult> Read(ByteView file, const std::vector<std::string>& hosts);

    /// Returns the id of the process that waits for a picture, for tests; 0 if there is none.
    int process() const;

   private:
    friend class PictureReaders;
    Reader(PictureReaders* readers, std::size_t slot) : readers_(readers), slot_(slot) {}
    PictureReaders* readers_;
    std::size_t slot_;
  };

  /// Starts `count` processes (at least 1) of a program that is `cityid-reader`. To be called
  /// before other threads run and before a ledger is opened. `time`: for each picture. Errors: kIo
  /// if the program can't be started.
  static Result<std::unique_ptr<PictureReaders>> Start(
      const std::string& program, int count, std::chrono::milliseconds time = kPictureTime);
  ~PictureReaders();
  PictureReaders(const PictureReaders&) = delete;
  PictureReaders& operator=(const PictureReaders&) = delete;

  /// Returns a reader that nobody uses, or nothing if there is none now.
  std::optional<Reader> TryAcquire();
  /// Returns true if there is one now.
  bool HasFree() const;

 private:
  struct State;
  explicit PictureReaders(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace cityid
