// JSON files that people write: an identifier's content, and a policy. The members have the names
// that answers have for them (docs/api.md); the names of docs/ledger-format.md 3 are read, too.
#pragma once

#include <string>
#include <string_view>

#include "codec/result.h"
#include "ledger/record/content.h"

namespace cityid::cli {

/// The largest of these files, in bytes.
inline constexpr std::size_t kMaxContentJson = 256 * 1024;

/// Parses `{"metadata": ..., "endpoints": [...], "ownCodesOnly": ...}`. Keys are not taken from
/// here. Errors: kMalformed, with the member.
Result<Holding> ParseHoldingJson(std::string_view text);

/// Parses a policy with every member. Errors: kMalformed, with the member.
Result<Policy> ParsePolicyJson(std::string_view text);

/// Reads a policy from a file. Errors: those of `ParsePolicyJson`, with the file; those of reading.
Result<Policy> ReadPolicy(const std::string& file);

/// Returns JSON without blanks on many lines, indented by two spaces, for people to edit.
std::string IndentJson(std::string_view json);

}  // namespace cityid::cli
