// A route table as OpenAPI 3.1.
#pragma once

#include <span>
#include <string>

#include "resolver/routing/route.h"

namespace cityid {

/// Describes a route table as an OpenAPI 3.1 document: its paths, parameters, types and statuses
/// follow from the rows, in whose order they stand.
std::string OpenApiOf(std::span<const Route> table);

}  // namespace cityid
