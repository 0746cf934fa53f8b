// A batch as files in a directory, with a manifest (docs/batch.md 3).
#pragma once

#include <atomic>
#include <filesystem>
#include <map>
#include <vector>

#include "cli/batch/output.h"
#include "cli/console/csv_log.h"

namespace cityid::cli {

/// The name of the manifest in the directory of a batch.
inline constexpr std::string_view kManifestName = "manifest.csv";

/// The columns of a manifest of files.
inline constexpr std::array<std::string_view, 9> kFileManifest = {
    "row", "line", "id", "purpose", "serial", "iat", "url", "file", "sha256"};

class DirectoryOutput : public BatchOutput {
 public:
  /// Opens the directory of a batch, whose plan is locked, and reads its manifest. `temporary`: a
  /// directory on the same file system for what is being written. Errors: kMalformed for a manifest
  /// that is none; kIo; kFull.
  static Result<std::unique_ptr<DirectoryOutput>> Open(const std::filesystem::path& directory,
                                                       const std::filesystem::path& temporary);

  bool IsDone(std::uint64_t number) const override;
  bool IsWritten(const BatchRow& row) const override;
  Result<void> CheckNew(const BatchRow& row) const override;
  Result<void> Draw(BatchItem& item, CodeDrawer& drawer) override;
  Result<void> Take(std::span<BatchItem> items) override;
  Result<void> Finish() override { return {}; }

 private:
  DirectoryOutput(std::filesystem::path directory, std::filesystem::path temporary)
      : directory_(std::move(directory)), temporary_(std::move(temporary)) {}
  Result<void> NoteListed(const CsvRow& row);
  bool IsThere(const std::string& name) const;
  Result<bool> WriteOne(const std::string& name, ByteView content);

  std::filesystem::path directory_, temporary_;
  std::vector<bool> listed_;                   ///< for each number, whether the manifest has it
  std::vector<bool> done_;                     ///< and whether its file is there, too
  std::map<std::uint64_t, std::string> gone_;  ///< the digests of those whose files aren't
  std::optional<CsvLog> manifest_;
  std::atomic<unsigned> written_ = 0;
};

}  // namespace cityid::cli
