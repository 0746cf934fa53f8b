// Where the codes of a batch go: files in a directory, or labels on sheets (docs/batch.md 3).
#pragma once

#include <array>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "cli/batch/code_drawer.h"
#include "cli/batch/list.h"
#include "cli/batch/plan.h"
#include "cli/batch/sheet_layout.h"

namespace cityid::cli {

/// A code of a batch on its way from the list to its file.
struct BatchItem {
  BatchRow row;
  PlannedRow plan = {};
  std::string url = {};
  Bytes drawn = {};                  ///< a file, or what stands in a label
  Sha256Hash digest = {};            ///< of the file
  std::optional<Error> failed = {};  ///< why there is no code; of this row alone
};

/// What a batch writes. Every code comes through `Draw`, then `Take`, and in the end there is one
/// `Finish`; a batch that was stopped goes through the same again with another object.
class BatchOutput {
 public:
  virtual ~BatchOutput() = default;

  /// Returns true if the code of a row was written by an earlier run, so that nothing is to be
  /// done.
  virtual bool IsDone(std::uint64_t number) const = 0;
  /// Returns true if the code of a row, or of what it was before, may be somewhere.
  virtual bool IsWritten(const BatchRow& row) const = 0;
  /// Checks that a row that has no serial yet may be written. Errors: those of the row.
  virtual Result<void> CheckNew(const BatchRow& row) const = 0;
  /// Draws a code, and writes what is its own. What is wrong with the row goes into the item.
  /// Called by several threads at once. Errors: those that end the batch: kFull, kIo.
  virtual Result<void> Draw(BatchItem& item, CodeDrawer& drawer) = 0;
  /// Takes codes that were drawn, in the order of the list. Afterwards they are on disk, if they
  /// have files of their own. Errors: kFull, kIo.
  virtual Result<void> Take(std::span<BatchItem> items) = 0;
  /// Ends what belongs to all. Errors: kFull, kIo.
  virtual Result<void> Finish() = 0;
};

/// The name of the manifest in the directory of a batch.
inline constexpr std::string_view kManifestName = "manifest.csv";

/// The columns of a manifest of files.
inline constexpr std::array<std::string_view, 9> kFileManifest = {
    "row", "line", "id", "purpose", "serial", "iat", "url", "file", "sha256"};

/// The columns of a manifest of labels: those of one of files, and where each label is.
inline constexpr std::array<std::string_view, 11> kLabelManifest = {
    "row", "line", "id", "purpose", "serial", "iat", "url", "file", "sha256", "page", "label"};

/// Opens the directory of a batch, whose plan is locked, and reads its manifest. `temporary`: a
/// directory on the same file system for what is being written. Errors: kMalformed for a manifest
/// that is none; kIo; kFull.
Result<std::unique_ptr<BatchOutput>> OpenDirectory(const std::filesystem::path& directory,
                                                   const std::filesystem::path& temporary);

/// Begins the sheets of a batch: one PDF, and its manifest. Without any label there is no file.
/// `temporary`: a directory on their file system for what isn't whole yet. Errors: kIo, kFull.
Result<std::unique_ptr<BatchOutput>> OpenSheets(const std::filesystem::path& pdf,
                                                const std::filesystem::path& manifest,
                                                const std::filesystem::path& temporary,
                                                const SheetLayout& layout);

}  // namespace cityid::cli
