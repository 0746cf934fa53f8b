// Test vectors: JSON files in tests/vectors, and foreign ones where they are installed.
#pragma once

#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
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

/// Returns the content of a file.
inline std::string ReadText(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) throw std::runtime_error("cannot open " + path.string());
  return {std::istreambuf_iterator<char>(in), {}};
}

#ifdef CITYID_SHARED_VECTORS
/// Returns the path of a folder of foreign vectors. Only the programs that need them have it.
inline std::filesystem::path SharedVectors(const char* folder) {
  return std::filesystem::path(CITYID_SHARED_VECTORS) / folder;
}
#endif

/// Returns a member that must be text. A `json` itself is compared with a string in different ways
/// by different releases of GoogleTest and nlohmann.
inline std::string TextOf(const nlohmann::json& member) { return member.get<std::string>(); }

/// Returns the bytes of a member that holds them in hexadecimal.
inline Bytes HexOf(const nlohmann::json& member) {
  const auto bytes = FromHex(TextOf(member));
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
