// Tables as CSV files (RFC 4180), in UTF-8: read one row at a time, and written.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "codec/bytes.h"
#include "codec/files/file.h"
#include "codec/result.h"

namespace cityid::cli {

/// The most bytes of a field, and the most fields of a row.
inline constexpr std::size_t kMaxCsvField = std::size_t{16} << 10;
inline constexpr std::size_t kMaxCsvColumns = 64;

/// A row of a table.
struct CsvRow {
  std::uint64_t line = 0;  ///< on which it begins, from 1
  std::vector<std::string> fields;
};

/// Reads a table from its first row to its last; the memory is that of a row. Rows end with CRLF or
/// LF, the last one also with the file. Fields with commas, quotes or line ends stand in quotes,
/// and quotes within them are doubled. A byte order mark is skipped, and so are empty lines.
class CsvReader {
 public:
  /// Opens a file. Errors: kNotFound, kIo.
  static Result<CsvReader> Open(const std::string& file);

  /// Returns the next row, or nothing at the end. Errors, each with the file and the line before
  /// it: kMalformed for a row that is none, after which the next call reads the row after it. With
  /// any other code nothing more can be read: kCorrupt where rows can't be told apart any more, as
  /// a quote isn't closed; kUnsupported for a file that is no UTF-8 from its first byte; kIo.
  Result<std::optional<CsvRow>> Next();

  /// Returns the line on which the row begins that was read last, a wrong one too.
  std::uint64_t line() const { return row_line_; }
  /// Returns how many bytes of the file there are up to the end of the row that was read last.
  std::uint64_t offset() const { return offset_; }
  /// Returns true if a line end stands there.
  bool ended_with_line() const { return ended_with_line_; }

  /// Returns an error in a line of the file: "FILE:17: detail".
  Error At(std::uint64_t line, const std::string& detail, Errc code = Errc::kMalformed) const;

 private:
  CsvReader(std::string name, FileDescriptor file)
      : name_(std::move(name)), file_(std::move(file)), buffer_(std::size_t{1} << 16) {}
  int Peek();
  int Take();
  void ReadPlain(std::string& field);
  void ReadQuoted(std::string& field);
  bool TakeRowEnd();
  void Begin();
  void Wrong(std::string what);
  void Stop(Errc code, std::uint64_t line, const std::string& what);

  std::string name_;
  FileDescriptor file_;
  Bytes buffer_;
  std::size_t at_ = 0, filled_ = 0;
  std::uint64_t line_ = 1, row_line_ = 1, offset_ = 0;
  bool begun_ = false;
  bool ended_with_line_ = true;
  std::optional<std::string> wrong_;  ///< with the row that is being read
  std::optional<Error> stopped_;
};

/// Appends a row, with a line feed. Fields stand in quotes only if they must. `CsvReader` reads the
/// same fields, if they are UTF-8 without U+0000 within its bounds, and not all are empty.
void AppendCsvRow(std::string& out, const std::vector<std::string_view>& fields);

}  // namespace cityid::cli
