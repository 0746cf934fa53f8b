// The schemas of what the service takes and gives, as JSON Schema (OpenAPI 3.1 components).
#pragma once

#include <string_view>

namespace cityid {

/// Returns one JSON object: name -> schema. References point to `#/components/schemas/NAME`.
std::string_view SchemasJson();

}  // namespace cityid
