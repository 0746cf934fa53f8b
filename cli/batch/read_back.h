// Reads what a batch has written back, as it is in print at 100 dots an inch.
#pragma once

#include <filesystem>
#include <memory>
#include <stop_token>

#include "cli/batch/code_drawer.h"
#include "cli/batch/report.h"
#include "cli/batch/sheet_layout.h"
#include "codec/picture/readers.h"

namespace cityid::cli {

inline constexpr int kPrintedDpi = 100;

/// Reads codes back, and reports those that can't be read.
class ReadBack {
 public:
  /// Starts the processes that read. To be called before other threads run. Errors: those of
  /// `PictureReaders`.
  static Result<ReadBack> Start();

  /// Checks every file in a manifest: that it is what was written, and that its code is read.
  /// Errors: kStopped; those of reading the manifest.
  Result<void> CheckFiles(const std::filesystem::path& directory, const CodeLook& look,
                          BatchReport& report, const std::stop_token& stop);

  /// Checks every label in a manifest on its page, and alone if it isn't found there. Errors: the
  /// same.
  Result<void> CheckSheets(const std::filesystem::path& pdf, const std::filesystem::path& manifest,
                           const SheetLayout& layout, BatchReport& report,
                           const std::stop_token& stop);

 private:
  struct Page;
  class Pages;

  explicit ReadBack(std::unique_ptr<PictureReaders> readers) : readers_(std::move(readers)) {}
  bool Reads(ByteView picture, const std::string& url);
  void CheckPage(const std::filesystem::path& pdf, const SheetLayout& layout, Page& page);
  std::string TroubleOfFile(const std::filesystem::path& file, const std::string& url,
                            const std::string& digest, const CodeLook& look);

  std::unique_ptr<PictureReaders> readers_;
};

}  // namespace cityid::cli
