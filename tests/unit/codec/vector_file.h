// Test vectors: JSON files of ours, and of the folder beside the repository where there is one.
#pragma once

#include <filesystem>
#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>
#include <optional>
#include <stdexcept>
#include <string>

#include "codec/bytes.h"

namespace cityid {

inline nlohmann::json ReadJson(const std::filesystem::path& path) {
  std::ifstream in(path);
  if (!in) throw std::runtime_error("cannot open " + path.string());
  return nlohmann::json::parse(in);
}

inline nlohmann::json ReadVectors(const char* name) {
  return ReadJson(std::filesystem::path(CITYID_TEST_VECTORS) / name);
}

/// A folder of the test data from elsewhere; nothing, with a line that says so, if it isn't here.
inline std::optional<std::filesystem::path> SharedVectors(const char* folder) {
  const std::string root = CITYID_SHARED_VECTORS;
  if (!root.empty()) return std::filesystem::path(root) / folder;
  std::cout << folder << ": the test data from elsewhere is not here, nothing was checked\n";
  return std::nullopt;
}

inline Bytes HexOf(const nlohmann::json& member) {
  const auto bytes = FromHex(member.get<std::string>());
  if (!bytes) throw std::runtime_error("not hexadecimal: " + member.dump());
  return *bytes;
}

template <class Fixed>
Fixed FixedOf(const nlohmann::json& member) {
  const auto fixed = Fixed::From(HexOf(member));
  if (!fixed) throw std::runtime_error("wrong length: " + member.dump());
  return *fixed;
}

}  // namespace cityid
