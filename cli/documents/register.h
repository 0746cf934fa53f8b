// The register of an office: what it sealed, a row of a CSV file for each serial that was spent
// (docs/documents.md). By it an office finds the serials of a document's codes again, to take them
// back.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "cli/console/csv_log.h"
#include "codec/city_code.h"
#include "codec/result.h"

namespace cityid::cli {

/// A row of the register.
struct RegisterEntry {
  std::uint64_t line = 0;  ///< of the file, on which it begins
  std::string time;        ///< when it was sealed, "2026-11-22T06:50:09Z"
  std::uint32_t serial = 0;
  KeyHint kid;
  std::string id, type, number;
  std::string date;    ///< of the document, or empty
  std::string digest;  ///< as in the code, in hexadecimal
  std::string file;    ///< that was to be written
};

/// A register to which is added. Several processes may add to one.
class Register {
 public:
  /// Opens a register, or creates it. A row that was not written to its end is cut off: the file
  /// that it was about was not written either. Errors: kMalformed for a file that is no register;
  /// kIo; kFull.
  static Result<Register> Open(const std::filesystem::path& path);

  /// Adds a row for a code that is about to be written. After success it is on disk, and its name
  /// in the directory, too. Errors: kIo; kFull.
  Result<void> Add(const CodeClaims& claims, const std::string& file);

  const std::filesystem::path& path() const { return log_.path(); }

 private:
  explicit Register(CsvLog log) : log_(std::move(log)) {}
  CsvLog log_;
};

/// What is in a register.
struct RegisterContents {
  std::vector<RegisterEntry> entries;
  std::vector<std::string> unread;  ///< a line for every row that can't be read
};

/// Reads those rows of a register that are about a number, and about a type if it isn't empty; of
/// several rows with the same serial the first. Reads on after a row that is wrong, and as far as
/// it goes. Errors: kNotFound, kIo; kMalformed for a file that is no register.
Result<RegisterContents> FindInRegister(const std::filesystem::path& path,
                                        const std::string& number, const std::string& type);

}  // namespace cityid::cli
