// The files of the scanner's program (docs/scanner.md), as `./dev web` builds them into a
// directory.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "codec/result.h"

namespace cityid {

/// One file, as it is and compressed.
struct ScannerFile {
  std::string name;         ///< "main.js"
  std::string_view type;    ///< media type
  std::string_view policy;  ///< its Content-Security-Policy
  std::string content;
  std::string gzip;  ///< empty: there is no `NAME.gz` beside it
};

/// The files of a directory, read once. Immutable, thread-safe.
class ScannerFiles {
 public:
  /// Reads all files of a directory: at most 64 of at most 4 MiB, no directory among them, with
  /// names of small letters, digits, '.', '-' and '_' and of a type that browsers need. Beside a
  /// file may be the same in gzip, as `NAME.gz`. Errors: kUsage, which names the file; those of
  /// reading.
  static Result<ScannerFiles> Read(const std::string& directory);

  /// Returns the file with this name; null if there is none.
  const ScannerFile* Find(std::string_view name) const;

  /// Sixteen hexadecimal digits that change with any file's name or content, so that caches may
  /// keep a file for ever under an address that has them.
  const std::string& version() const { return version_; }

 private:
  std::vector<ScannerFile> files_;  // by name
  std::string version_;
};

}  // namespace cityid
