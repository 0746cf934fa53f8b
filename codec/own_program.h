// The small programs beside `cityid`, which link what it doesn't.
#pragma once

#include <filesystem>
#include <string_view>

#include "codec/result.h"

namespace cityid {

/// Finds a program of ours: beside the running one, as it is built, or in libexec/cityid, as it is
/// installed. Errors: kNotFound, with the two places.
Result<std::filesystem::path> FindOwnProgram(std::string_view name);

}  // namespace cityid
