// The list of a batch: a CSV file whose header row names its columns (docs/batch.md 1).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/console/csv.h"
#include "codec/city_code.h"
#include "codec/drawing/drawing.h"

namespace cityid::cli {

/// The most rows of a list, the header not counted.
inline constexpr std::uint64_t kMaxBatchRows = 1'000'000;

/// What holds for a row in which the column is empty or missing, and what kind of list it is.
struct ListDefaults {
  std::string id;
  std::string purpose = "city";
  std::uint16_t days = 0;
  std::string format = "svg";
  bool files = true;  ///< each row becomes a file; else a label on a sheet, without name and format
};

/// A row of the list that can be signed.
struct BatchRow {
  std::uint64_t line = 0;    ///< of the list, on which it begins
  std::uint64_t number = 0;  ///< counted from the header, which is row 1
  CodeClaims claims;         ///< without key, serial, time and the digest of the document's file
  std::string document_file = {};         ///< whose SHA-256 goes into the claims; empty: none
  std::vector<CaptionText> caption = {};  ///< empty: not said
  std::string file = {};                  ///< name of the output; empty for a label
  DrawingFormat format = DrawingFormat::kSvg;
  Sha256Hash digest = {};  ///< of everything above but the line and the number
};

/// Reads a list, a row at a time.
class BatchList {
 public:
  /// Opens a list and reads its header. Errors: kUsage for defaults that make no sense; kMalformed
  /// for a column that is unknown or there twice; those of `CsvReader`.
  static Result<BatchList> Open(const std::string& file, const ListDefaults& defaults);

  /// Returns the next row, or nothing at the end; rows without any text are skipped. Errors:
  /// kMalformed for a row that is wrong, after which the next call goes on; kTooLarge for a list
  /// that is too long, and other errors of `CsvReader`, after which nothing more can be read.
  Result<std::optional<BatchRow>> Next();

  /// Returns the number of the row that was read last, a wrong one too, and its line.
  std::uint64_t number() const { return number_; }
  std::uint64_t line() const { return reader_.line(); }

  /// Returns an error in the row that was read last: "LIST.csv:17: detail".
  Error Here(const std::string& detail) const { return reader_.At(line(), detail); }

 private:
  BatchList(CsvReader reader, ListDefaults defaults)
      : reader_(std::move(reader)), defaults_(std::move(defaults)) {}
  Result<void> ReadHeader();
  Result<void> AddFactColumn(std::string_view label);
  Result<BatchRow> Understand(const CsvRow& row) const;

  CsvReader reader_;
  ListDefaults defaults_;
  std::vector<std::size_t> columns_;  ///< for each field, its place in the table, or behind it
  std::vector<std::string> facts_;    ///< labels of the columns that have their places behind it
  std::uint64_t number_ = 0;
};

/// Checks the name of a file to be written: one that every system takes, without a directory, and
/// that is no option and no formula. Errors: kMalformed.
Result<void> CheckFileName(const std::string& name);

/// Returns a format by its name: svg, png or pdf.
std::optional<DrawingFormat> FormatNamed(std::string_view name);

}  // namespace cityid::cli
