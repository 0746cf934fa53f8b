// Configuration files: flat TOML. An unknown key or a value of another type is an error.
#pragma once

#include <map>
#include <string>
#include <variant>
#include <vector>

#include "codec/result.h"

namespace cityid::cli {

/// Where the value of a key goes; the file must have a value of this type.
using ConfigTarget = std::variant<std::string*, unsigned*, bool*, std::vector<std::string>*>;

/// Reads a flat file of `key = value`. In a key '_' may stand for '-'. A key that the file lacks
/// leaves its target as it was. Errors: kUsage for bad syntax, an unknown key, or a value of
/// another type, with file and line; those of reading.
Result<void> ReadConfig(const std::string& path, const std::map<std::string, ConfigTarget>& keys);

}  // namespace cityid::cli
