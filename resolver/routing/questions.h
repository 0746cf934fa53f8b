// The bodies of /verify and /resolve: one code, or a list of identifiers and codes.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "codec/bytes.h"
#include "codec/result.h"
#include "resolver/answer/resolve.h"

namespace cityid {

inline constexpr std::size_t kMostQuestions = 256;
inline constexpr std::size_t kMaxQuestions =
    512 * 1024;  ///< bytes of a body; holds as many of the longest codes

/// Text (an identifier or a code's URL), or the COSE bytes of a code.
struct Question {
  std::variant<std::string, Bytes> asked;
  bool was_cleaned = false;  ///< what a person pasted had other things around it
  std::size_t size() const {
    return std::visit([](const auto& value) { return value.size(); }, asked);
  }
};
/// Returns what is asked as a query.
Query QueryOf(const Question& question);

/// Returns true for "application/cbor", whatever its parameters.
bool IsCborType(std::string_view content_type);

/// Reads a list of 1 to 256: JSON strings, or texts and byte strings in deterministic CBOR. Errors:
/// kMediaType for another type; kMalformed; kTooLarge.
Result<std::vector<Question>> ReadQuestions(std::string_view content_type, std::string_view body);

/// Reads one code: text/plain, a form's `code`, `{"code": ...}` in JSON, or COSE bytes
/// (application/cose). People fill in forms, so what surrounds a form's code is left out
/// (pasted.h); what a program sends loses blanks at its ends only. Errors: as above.
Result<Question> ReadCode(std::string_view content_type, std::string_view body);

}  // namespace cityid
