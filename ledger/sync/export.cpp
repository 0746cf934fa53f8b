#include "ledger/sync/export.h"

#include "codec/files/file.h"
#include "ledger/sync/fork.h"
#include "ledger/sync/source.h"
#include "ledger/tlog/note.h"

namespace cityid {
namespace {

namespace fs = std::filesystem;

/// One export: a ledger, and the directory that is to hold its log.
class Export {
 public:
  Export(const LedgerView& ledger, const fs::path& directory, ExportCheck check)
      : ledger_(ledger), directory_(directory), check_(check) {}

  Result<Exported> Run(const std::string& note);

 private:
  Result<TreeSize> EarlierSize() const;
  Result<void> CheckOwner() const;
  Result<bool> HasOtherEntries(const LogFile& bundle) const;
  Result<void> PutLogFile(const LogFile& file);
  Result<void> PutEarlierParts(const LogFile& file);
  Result<void> PutPolicyProofs();
  Result<void> Put(const fs::path& path, ByteView content, bool is_earlier);
  Error Foreign(const std::string& advice) const {
    return Error{Errc::kRefused,
                 directory_.string() + " holds another log, or more of this one" + advice};
  }

  const LedgerView& ledger_;
  const fs::path& directory_;
  const ExportCheck check_;
  TreeSize earlier_;  // what an earlier export finished
  Exported exported_;
};

/// Returns the size of the log that an earlier export finished; 0 if that isn't known. Errors:
/// kRefused if it isn't a part of this ledger.
Result<TreeSize> Export::EarlierSize() const {
  const fs::path path = directory_ / "checkpoint";
  const auto old = DirectorySource(directory_).Note();
  if (!old && old.error().code != Errc::kTooLarge) return old.error();
  const auto note = old && *old ? ParseNote(**old) : Error{Errc::kMalformed, ""};
  const auto checkpoint = note ? Checkpoint::Parse(note->text) : note.error();
  if (!checkpoint) {
    // It is missing or broken. Then the other files say whose they are.
    if (const auto checked = CheckOwner(); !checked) return checked.error();
    return TreeSize{0};
  }
  const auto contains = Contains(ledger_, *checkpoint);
  if (!contains) return contains.error();
  if (*contains) return checkpoint->size;
  return Foreign("; if only " + path.string() + " is damaged, remove it and try again");
}

/// Checks that the directory has no file behind this log's end, and no entry of another log.
Result<void> Export::CheckOwner() const {
  const fs::path tiles = directory_ / "tile";
  std::error_code error;
  fs::recursive_directory_iterator next(tiles, error);
  for (; !error && next != fs::recursive_directory_iterator(); next.increment(error)) {
    const auto file = LogFile::Parse(next->path().lexically_relative(tiles).string());
    if (!file || !next->is_regular_file(error)) continue;
    if (!file->IsIn(ledger_.head().size)) return Foreign("");
    const auto other = file->level ? false : HasOtherEntries(*file);
    if (!other) return other.error();
    if (*other) return Foreign("");
  }
  if (!error || error == std::errc::no_such_file_or_directory) return {};
  return Error{Errc::kIo, "cannot read " + tiles.string() + ": " + error.message()};
}

/// Returns true if a bundle has an entry that is not this log's although the directory's own tile
/// has its hash: that entry wasn't damaged, it is another log's.
Result<bool> Export::HasOtherEntries(const LogFile& bundle) const {
  DirectorySource source(directory_);
  const auto content = source.File(bundle);
  const auto tile = source.File({0, bundle.number, bundle.width});
  if (!content || !*content || !tile || !*tile) return false;
  const auto entries = ParseBundle(**content, bundle.width);
  if (!entries || (*tile)->size() != bundle.width * LeafHash::kSize) return false;
  for (std::uint32_t i = 0; i < bundle.width; ++i) {
    const auto own = ledger_.Entry(Index{bundle.number * kTileWidth + i});
    if (!own) return own.error();
    const ByteView leaf = ByteView(**tile).subspan(i * LeafHash::kSize, LeafHash::kSize);
    if (!Equal((*entries)[i], *own) && Equal(HashLeaf((*entries)[i]).view(), leaf)) return true;
  }
  return false;
}

/// Writes a file unless it holds exactly this. `is_earlier`: an earlier export wrote it.
Result<void> Export::Put(const fs::path& path, ByteView content, bool is_earlier) {
  const auto found = ReadFile(path, content.size());
  if (found && Equal(*found, content)) return {};
  if (const auto made = CreateDirectories(path.parent_path()); !made) return made;
  if (const auto written = WriteFile(path, content); !written) return written;
  ++exported_.written;
  if (is_earlier || found || found.error().code != Errc::kNotFound) ++exported_.repaired;
  return {};
}

Result<void> Export::PutLogFile(const LogFile& file) {
  const fs::path path = directory_ / file.path();
  if (check_ == ExportCheck::kLength) {
    const auto length = LogFileLength(ledger_, file);
    if (!length) return length.error();
    std::error_code error;
    if (fs::file_size(path, error) == *length && !error) return {};
  }
  const auto content = ReadLogFile(ledger_, ledger_.head().size, file);
  if (!content) return content.error();
  return Put(path, **content, file.IsIn(earlier_));
}

/// Repairs the narrower parts of a file that earlier exports wrote, when there was no more of it.
Result<void> Export::PutEarlierParts(const LogFile& file) {
  const fs::path tiles = directory_ / "tile";
  const LogFile full{file.level, file.number};
  std::error_code error;
  fs::directory_iterator next(directory_ / (full.path() + ".p"), error);
  for (; !error && next != fs::directory_iterator(); next.increment(error)) {
    const auto part = LogFile::Parse(next->path().lexically_relative(tiles).string());
    if (!part || !part->IsIn(ledger_.head().size)) continue;
    if (const auto put = PutLogFile(*part); !put) return put;
  }
  return {};
}

Result<void> Export::PutPolicyProofs() {
  return ledger_.ScanPolicyProofs([&](std::uint64_t version, ByteView proof) -> Result<bool> {
    const auto put = Put(directory_ / "policies" / std::to_string(version), proof, false);
    if (!put) return put.error();
    return true;
  });
}

Result<Exported> Export::Run(const std::string& note) {
  const auto earlier = EarlierSize();
  if (!earlier) return earlier.error();
  earlier_ = *earlier;
  for (const LogFile& file : LogFilesSince(TreeSize{0}, ledger_.head().size)) {
    if (const auto put = PutLogFile(file); !put) return put.error();
    if (const auto put = PutEarlierParts(file); !put) return put.error();
  }
  if (const auto put = PutPolicyProofs(); !put) return put.error();
  const std::size_t repaired = exported_.repaired;
  if (const auto put = Put(directory_ / "checkpoint", AsBytes(note), false); !put)
    return put.error();
  // A newer checkpoint is no repair.
  if (earlier_.value > 0) exported_.repaired = repaired;
  return exported_;
}

}  // namespace

Result<Exported> ExportLog(const LedgerView& ledger, const fs::path& directory, ExportCheck check) {
  if (ledger.head().base.value > 0) {
    return Error{Errc::kRefused,
                 "the replica began with a snapshot and lacks the entries before, so it can't be "
                 "exported; export a ledger that has the whole log"};
  }
  const auto note = ledger.Note(ledger.head().size);
  if (!note) return note.error();
  if (!*note) return Error{Errc::kNotFound, "the ledger's head has no checkpoint to export"};
  return Export(ledger, directory, check).Run(**note);
}

}  // namespace cityid
