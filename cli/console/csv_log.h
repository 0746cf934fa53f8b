// A CSV file that only grows: what was added is on disk, whatever happens afterwards.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/console/csv.h"

namespace cityid::cli {

/// A CSV file with a header row, to which rows are added. Several processes may add to one file.
class CsvLog {
 public:
  /// Is called with each row after the header. An error ends the reading.
  using Visit = std::function<Result<void>(const CsvRow& row)>;

  /// Opens a file, or creates it with `header`, its first row. What stands after the last whole row
  /// was being added when its writer or the machine stopped: it is cut off. Then `visit` gets every
  /// row. Errors: kMalformed if another header is there, or something that is no table; those of
  /// `visit`; kIo; kFull.
  static Result<CsvLog> Open(const std::filesystem::path& path,
                             const std::vector<std::string_view>& header, const Visit& visit = {});

  /// Adds whole rows, as `AppendCsvRow` writes them. After success they are on disk; after an error
  /// the file is as it was before. Errors: kIo, kFull.
  Result<void> Append(std::string_view rows);

  const std::filesystem::path& path() const { return path_; }

 private:
  CsvLog(std::filesystem::path path, FileDescriptor file, std::string header)
      : path_(std::move(path)), file_(std::move(file)), header_(std::move(header)) {}
  Result<void> Mend(const Visit& visit);
  Result<void> Add(std::string_view rows);

  std::filesystem::path path_;
  FileDescriptor file_;
  std::string header_;  ///< the first row with its end
};

}  // namespace cityid::cli
