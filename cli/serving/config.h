// Configuration files: TOML, every key known and of its type, or an error that says which line.
#pragma once

#include <map>
#include <string>
#include <variant>
#include <vector>

#include "codec/result.h"

namespace cityid::cli {

/// Where the value of a key goes; its type is the type that the file must have.
using ConfigTarget = std::variant<std::string*, unsigned*, bool*, std::vector<std::string>*>;

/// Reads a flat file of `key = value`. A key that the file lacks leaves its target as it was.
/// Errors: kUsage for bad syntax, an unknown key, or a value of another type, with file and line;
/// those of reading.
Result<void> ReadConfig(const std::string& path, const std::map<std::string, ConfigTarget>& keys);

}  // namespace cityid::cli
