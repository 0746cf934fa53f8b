#include "ledger/sync/source.h"

#include "codec/files/file.h"
#include "ledger/proof/proof.h"

namespace cityid {
namespace {

namespace fs = std::filesystem;

/// Reads a file; nothing if it is not there.
Result<std::optional<Bytes>> ReadIfThere(const fs::path& path, std::size_t limit) {
  auto bytes = ReadFile(path, limit);
  if (bytes) return std::optional(*std::move(bytes));
  if (bytes.error().code == Errc::kNotFound) return std::optional<Bytes>();
  return bytes.error();
}

}  // namespace

Result<Bytes> Narrow(const LogFile& wanted, ByteView full) {
  if (wanted.level) {
    const std::size_t bytes = wanted.width * NodeHash::kSize;
    if (full.size() < bytes) return Error{Errc::kMalformed, wanted.path() + ": too short"};
    return ToBytes(full.first(bytes));
  }
  ByteView rest = full;
  for (std::uint32_t i = 0; i < wanted.width; ++i) {
    const std::size_t size = rest.size() < 2 ? rest.size() : ReadBigEndian(rest.first(2)) + 2;
    if (rest.size() < 2 || size > rest.size()) {
      return Error{Errc::kMalformed, wanted.path() + ": too short"};
    }
    rest = rest.subspan(size);
  }
  return ToBytes(full.first(full.size() - rest.size()));
}

Result<std::optional<std::string>> DirectorySource::Note() {
  const auto note = ReadIfThere(directory_ / "checkpoint", kMaxNote);
  if (!note) return note.error();
  if (!*note) return std::optional<std::string>();
  return std::optional(std::string(AsText(**note)));
}

Result<std::optional<Bytes>> DirectorySource::File(const LogFile& file) {
  auto content = ReadIfThere(directory_ / file.path(), kMaxBundle);
  if (!content || *content || file.width == kTileWidth) return content;
  LogFile full = file;
  full.width = kTileWidth;
  content = ReadIfThere(directory_ / full.path(), kMaxBundle);
  if (!content || !*content) return content;
  auto narrow = Narrow(file, **content);
  if (!narrow) return narrow.error();
  return std::optional(*std::move(narrow));
}

Result<std::optional<Bytes>> DirectorySource::PolicyProof(std::uint64_t version) {
  return ReadIfThere(directory_ / "policies" / std::to_string(version), kMaxProof);
}

}  // namespace cityid
