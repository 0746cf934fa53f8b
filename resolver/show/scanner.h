// The scanner's page: a form that works everywhere, and what its program needs to know.
#pragma once

#include <string>
#include <string_view>

#include "resolver/show/represent.h"

namespace cityid {

/// Returns the page. `program` is the path below which the files of the program are, such as
/// "/scan/0123456789abcdef"; empty: there is none, and the server is asked. `reads_pictures`: the
/// server does, for browsers that run no program.
std::string ScannerPage(std::string_view program, bool reads_pictures, const RenderContext& context);

}  // namespace cityid
