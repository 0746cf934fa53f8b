// What a batch says: lines about codes and rows, progress, and a summary.
#pragma once

#include <cstdint>
#include <string>

#include "cli/console/terminal.h"

namespace cityid::cli {

struct BatchItem;

/// How many rows came out in which way.
struct BatchCounts {
  std::uint64_t written = 0;     ///< codes, by this run
  std::uint64_t before = 0;      ///< codes that an earlier run has written
  std::uint64_t failed = 0;      ///< rows without a code
  std::uint64_t checked = 0;     ///< codes that were read back
  std::uint64_t unreadable = 0;  ///< codes that should have been
};

class BatchReport {
 public:
  /// `json`: lines of JSON on standard output, instead of words on standard error. `list`: file
  /// name.
  BatchReport(bool json, std::string list)
      : json_(json), list_(std::move(list)), progress_("codes:") {}

  /// Says that a row has no code. `detail` begins with the file and the line, "LIST.csv:17: ...".
  void Failed(std::uint64_t line, const std::string& detail);
  /// Says that a code was written to a file.
  void Written(const BatchItem& item, const std::string& file);
  /// Says that an earlier run has written codes.
  void Skipped(std::uint64_t count) { counts_.before += count; }
  /// Says that a code was read back or not. `line`: of the list.
  void Checked(std::uint64_t line, const std::string& file, const std::string& trouble);

  void ShowProgress(std::uint64_t total);
  void EndProgress() { progress_.Hide(); }
  void ShowChecking(Progress& progress, std::uint64_t total) const;

  /// Prints the summary. Returns the exit status: 1 if a row failed or a code can't be read.
  int Finish(const std::string& output, const std::string& manifest);

  const BatchCounts& counts() const { return counts_; }
  const std::string& list() const { return list_; }

 private:
  void Say(std::uint64_t line, const char* kind, const std::string& text);

  bool json_;
  std::string list_;
  BatchCounts counts_;
  std::uint64_t said_ = 0;
  Progress progress_;
};

}  // namespace cityid::cli
