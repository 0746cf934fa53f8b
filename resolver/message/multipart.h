// Forms with files (multipart/form-data, RFC 7578), as browsers and curl send them.
#pragma once

#include <string_view>
#include <vector>

#include "codec/result.h"

namespace cityid {

/// One field of a form. Views into the body.
struct FormPart {
  std::string_view name;     ///< of the field, as sent between its quotes
  std::string_view type;     ///< media type of a file, perhaps with parameters; empty: none is said
  std::string_view content;  ///< the bytes, no character set applied
};

/// The most fields of a form that are read.
inline constexpr std::size_t kMostFormParts = 16;

/// Returns true for "multipart/form-data", whatever its parameters.
bool IsMultipartForm(std::string_view content_type);

/// Reads the fields in their order. `content_type` names the boundary. Errors: kMalformed for what
/// is no such body, a body that ends too early included; kTooLarge for too many fields.
Result<std::vector<FormPart>> ReadFormParts(std::string_view content_type, std::string_view body);

}  // namespace cityid
