// JSON files that people write: an identifier's content, and a policy. The members have the names
// that answers have for them (docs/api.md); the names of docs/ledger-format.md 3 are read, too.
#pragma once

#include <string>
#include <string_view>

#include "codec/result.h"
#include "ledger/record/content.h"

namespace cityid::cli {

/// Reads `{"metadata": ..., "endpoints": [...], "ownCodesOnly": ...}` from a file. Keys are not
/// taken from there. Errors: kMalformed, with the file and the member; those of reading.
Result<Holding> ReadContent(const std::string& file);

/// Reads a policy with every member from a file. Errors: the same.
Result<Policy> ReadPolicy(const std::string& file);

/// Returns JSON without blanks on many lines, indented by two spaces, for people to edit.
std::string IndentJson(std::string_view json);

}  // namespace cityid::cli
