#include "ledger/sync/source.h"

#include "codec/file.h"
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

Result<void> WriteNew(const fs::path& path, ByteView content) {
  std::error_code error;
  fs::create_directories(path.parent_path(), error);
  if (error) {
    return Error{Errc::kIo,
                 "cannot create " + path.parent_path().string() + ": " + error.message()};
  }
  return WriteFile(path, content);
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

namespace {

/// Returns the size of the log that an earlier export finished; 0 if there is none. Errors:
/// kRefused if it is not a part of this ledger.
Result<TreeSize> ExportedSize(const LedgerView& ledger, const fs::path& directory) {
  const auto old = DirectorySource(directory).Note();
  if (!old) return old.error();
  if (!*old) return TreeSize{0};
  const auto note = ParseNote(**old);
  const auto checkpoint = note ? Checkpoint::Parse(note->text) : note.error();
  if (!checkpoint) return checkpoint.error().In((directory / "checkpoint").string());
  if (checkpoint->size <= ledger.head().size) {
    const auto root = RootOf(ledger, checkpoint->size);
    if (!root) return root.error();
    if (*root == checkpoint->root) return checkpoint->size;
  }
  return Error{Errc::kRefused, directory.string() + " holds another log, or more of this one"};
}

/// Writes the policy proofs that are not there yet. Returns their number.
Result<std::size_t> ExportPolicyProofs(const LedgerView& ledger, const fs::path& directory) {
  std::size_t written = 0;
  const auto scanned =
      ledger.ScanPolicyProofs([&](std::uint64_t version, ByteView proof) -> Result<bool> {
        const fs::path path = directory / "policies" / std::to_string(version);
        if (fs::exists(path)) return true;
        if (const auto put = WriteNew(path, proof); !put) return put.error();
        ++written;
        return true;
      });
  if (!scanned) return scanned.error();
  return written;
}

}  // namespace

Result<std::size_t> ExportLog(const LedgerView& ledger, const fs::path& directory) {
  const TreeSize size = ledger.head().size;
  const auto note = ledger.Note(size);
  if (!note) return note.error();
  if (!*note) return Error{Errc::kNotFound, "the ledger's head has no checkpoint to export"};
  const auto before = ExportedSize(ledger, directory);
  if (!before) return before.error();
  const auto files = LogFilesSince(*before, size);
  for (const LogFile& file : files) {
    const auto content = ReadLogFile(ledger, size, file);
    if (!content) return content.error();
    if (const auto put = WriteNew(directory / file.path(), **content); !put) return put.error();
  }
  const auto policies = ExportPolicyProofs(ledger, directory);
  if (!policies) return policies.error();
  const auto put = WriteNew(directory / "checkpoint", AsBytes(**note));
  if (!put) return put.error();
  return files.size() + *policies + 1;
}

}  // namespace cityid
