// Reads what a batch has written back, as it is in print at 100 dots an inch.
#pragma once

#include <filesystem>
#include <stop_token>

#include "cli/batch/code_drawer.h"
#include "cli/batch/report.h"
#include "cli/batch/sheet_layout.h"
#include "codec/picture/readers.h"

namespace cityid::cli {

/// Checks every file in a manifest: that it is what was written, and that its code is read. Reports
/// those for which that isn't so. Errors: kStopped; those of reading the manifest.
Result<void> ReadFilesBack(PictureReaders& readers, const std::filesystem::path& directory,
                           const CodeLook& look, BatchReport& report, const std::stop_token& stop);

/// Checks every label in a manifest on its page, and alone if it isn't found there. Reports those
/// that aren't read. Errors: the same.
Result<void> ReadSheetsBack(PictureReaders& readers, const std::filesystem::path& pdf,
                            const std::filesystem::path& manifest, const SheetLayout& layout,
                            BatchReport& report, const std::stop_token& stop);

}  // namespace cityid::cli
