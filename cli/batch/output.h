// Where the codes of a batch go: files in a directory, or labels on sheets.
#pragma once

#include <span>

#include "cli/batch/code_drawer.h"
#include "cli/batch/item.h"

namespace cityid::cli {

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

}  // namespace cityid::cli
