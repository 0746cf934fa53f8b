// An answer for a terminal.
#pragma once

#include <string>
#include <string_view>

namespace cityid::cli {

/// A few aligned lines, the verdict first. `json`: a valid answer as `RenderJson` makes it.
/// Control characters in it are not passed on.
std::string AnswerText(std::string_view json);

}  // namespace cityid::cli
