// The schemas of what the service takes and gives, as JSON Schema (OpenAPI 3.1 components).
#pragma once

#include <string>

namespace cityid {

/// Returns one JSON object on one line: name -> schema. References point to
/// `#/components/schemas/NAME`.
std::string SchemasJson();

}  // namespace cityid
