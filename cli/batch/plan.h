// What a batch is about to sign, on disk before it is signed (docs/batch.md 4): so a batch that was
// stopped anywhere goes on with the same serials and times, and signs the same claims again.
#pragma once

#include <chrono>
#include <filesystem>
#include <optional>
#include <span>
#include <string>

#include "codec/files/file.h"
#include "codec/sha256.h"

namespace cityid::cli {

/// What a row was given for good.
struct PlannedRow {
  std::uint64_t number = 0;  ///< of the row, from 1
  Sha256Hash row;            ///< digest of what the list said
  Sha256Hash document;       ///< digest of the document's file; zeros if there is none
  std::uint32_t serial = 0;
  std::chrono::sys_seconds issued_at{};
};

/// The file that holds one place a row. One process at a time may have it open.
class BatchPlan {
 public:
  /// Opens a plan, or begins one. `terms`: lines of text, at most 1,000 bytes, that hold for the
  /// whole batch. `output`: what people call the batch by. Errors: kBusy if another process has it
  /// open; kRefused for a plan that was begun with other terms; kMalformed; kIo; kFull.
  static Result<BatchPlan> Open(const std::filesystem::path& path, const std::string& terms,
                                const std::string& output);

  /// Returns what a row was given; nothing if it has nothing yet. A place that was being written
  /// when the machine stopped has nothing: it was never used. Errors: kIo.
  Result<std::optional<PlannedRow>> Find(std::uint64_t number) const;

  /// Returns the first row behind a number that was given something; nothing if there is none.
  /// Errors: kIo.
  Result<std::optional<std::uint64_t>> FindBehind(std::uint64_t number) const;

  /// Makes room for rows up to a number, so that writing them later can't fail for want of it.
  /// Errors: kFull, kIo.
  Result<void> MakeRoom(std::uint64_t number);

  /// Writes rows that have nothing yet. After success they are on disk. Errors: kFull, kIo.
  Result<void> Write(std::span<const PlannedRow> rows);

  /// Takes back what rows were given, whose codes nobody has: their serials are spent. Errors: kIo.
  Result<void> Forget(std::span<const std::uint64_t> numbers);

 private:
  BatchPlan(std::filesystem::path path, FileDescriptor file)
      : path_(std::move(path)), file_(std::move(file)) {}
  Result<void> CheckTerms(const std::string& terms, const std::string& output);

  std::filesystem::path path_;
  FileDescriptor file_;
};

/// Where a batch keeps what it needs to go on: a directory of its own beside what it writes.
struct BatchPlace {
  std::filesystem::path temporary;  ///< a directory for what isn't whole yet
  BatchPlan plan;

  /// Makes the directory, opens the plan in it, and removes what a run that was stopped had not
  /// written to its end. Errors: kRefused for a link; kIo, kFull; those of `BatchPlan::Open`.
  static Result<BatchPlace> Open(const std::filesystem::path& folder, const std::string& terms,
                                 const std::string& output);
};

}  // namespace cityid::cli
