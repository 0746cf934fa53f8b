// The list of a batch of documents: a CSV file whose header row names its columns
// (docs/documents.md).
#pragma once

#include <string>
#include <vector>

#include "cli/console/csv.h"
#include "cli/documents/placing.h"
#include "codec/city_code.h"
#include "codec/result.h"

namespace cityid::cli {

/// The most documents of a list.
inline constexpr std::uint64_t kMaxSealRows = 100'000;

/// What holds for a row in which the column is empty or missing.
struct SealDefaults {
  std::string id;
  DocumentClaims document;
  std::uint16_t days = 0;
  int page = -1;
  StampAt at;
};

/// A document of the list.
struct SealRow {
  std::uint64_t line = 0;    ///< of the list, on which it begins
  std::uint64_t number = 0;  ///< counted from the header, which is row 1
  CodeClaims claims;         ///< without key, serial, time and digest
  std::string file = {};     ///< as the list has it
  std::string output = {};   ///< a name without a directory
  int page = -1;
  StampAt at = {};
  Sha256Hash digest = {};  ///< of everything above but the line and the number
};

/// What is in a list.
struct SealRows {
  std::vector<SealRow> rows;
  std::vector<std::pair<std::uint64_t, std::string>> wrong;  ///< lines, and what is wrong with them
};

/// Parses "last", or a page from 1. Returns -1 for the last one. Errors: kUsage.
Result<int> ParsePage(const std::string& text);

/// Reads a list. Errors: kMalformed for a column that is unknown or there twice; kTooLarge for a
/// list that is too long; those of `CsvReader`.
Result<SealRows> ReadSealList(const std::string& file, const SealDefaults& defaults);

}  // namespace cityid::cli
