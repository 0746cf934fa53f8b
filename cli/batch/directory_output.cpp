// A batch as files in a directory, with a manifest.
#include <sys/stat.h>

#include <atomic>
#include <map>
#include <vector>

#include "cli/batch/file_on_disk.h"
#include "cli/batch/output.h"
#include "cli/console/csv_log.h"
#include "codec/text.h"
#include "codec/time_text.h"

namespace cityid::cli {
namespace {

class DirectoryOutput : public BatchOutput {
 public:
  DirectoryOutput(std::filesystem::path directory, std::filesystem::path temporary)
      : directory_(std::move(directory)),
        temporary_(std::move(temporary)),
        listed_(kMaxBatchRows + 2),
        done_(kMaxBatchRows + 2) {}

  Result<void> OpenManifest();
  bool IsDone(std::uint64_t number) const override;
  bool IsWritten(const BatchRow& row) const override;
  Result<void> CheckNew(const BatchRow& row) const override;
  Result<void> Draw(BatchItem& item, CodeDrawer& drawer) override;
  Result<void> Take(std::span<BatchItem> items) override;
  Result<void> Finish() override { return {}; }

 private:
  Result<void> NoteListed(const CsvRow& row);
  bool IsThere(const std::string& name) const;
  Result<bool> WriteOne(const std::string& name, ByteView content);

  std::filesystem::path directory_, temporary_;
  std::vector<bool> listed_;                   ///< for each number, whether the manifest has it
  std::vector<bool> done_;                     ///< and whether its file is there, too
  std::map<std::uint64_t, std::string> gone_;  ///< the digests of those whose files aren't
  std::optional<CsvLog> manifest_;
  std::atomic<unsigned> written_ = 0;
};

Result<void> DirectoryOutput::OpenManifest() {
  auto manifest =
      CsvLog::Open(directory_ / kManifestName, {kFileManifest.begin(), kFileManifest.end()},
                   [this](const CsvRow& row) { return NoteListed(row); });
  if (!manifest) return manifest.error();
  manifest_ = *std::move(manifest);
  return {};
}

Result<void> DirectoryOutput::NoteListed(const CsvRow& row) {
  const auto number =
      row.fields.size() == kFileManifest.size() ? ParseDecimal(row.fields[0]) : std::nullopt;
  if (!number || *number >= listed_.size()) {
    return Error{Errc::kMalformed, (directory_ / kManifestName).string() + ":" +
                                       std::to_string(row.line) + ": no row of a manifest"};
  }
  listed_[*number] = true;
  done_[*number] = IsThere(row.fields[7]);
  if (!done_[*number]) gone_[*number] = row.fields[8];
  return {};
}

bool DirectoryOutput::IsDone(std::uint64_t number) const { return done_[number]; }

bool DirectoryOutput::IsThere(const std::string& name) const {
  struct stat found {};
  return ::lstat((directory_ / name).c_str(), &found) == 0;
}

bool DirectoryOutput::IsWritten(const BatchRow& row) const {
  return listed_[row.number] || IsThere(row.file);
}

Result<void> DirectoryOutput::CheckNew(const BatchRow& row) const {
  if (listed_[row.number]) {
    return Error{
        Errc::kRefused,
        "this row was written already, but the plan of its batch is gone; give another -o"};
  }
  if (!IsThere(row.file)) return {};
  return Error{Errc::kRefused, row.file + " exists already, and is not of this batch"};
}

/// Writes a file; returns false if another one has the name. The entry of the directory is written
/// to disk later, for many at once.
Result<bool> DirectoryOutput::WriteOne(const std::string& name, ByteView content) {
  auto file = FileOnDisk::Create(temporary_ / std::to_string(written_++), directory_ / name);
  if (!file) return file.error();
  if (const auto put = file->Put(content); !put) return put.error();
  return file->PublishNew();
}

Result<void> DirectoryOutput::Draw(BatchItem& item, CodeDrawer& drawer) {
  auto drawn = drawer.DrawFile(item.row, item.url);
  if (!drawn) {
    item.failed = drawn.error();
    return {};
  }
  item.digest = Sha256(*drawn);
  if (const auto before = gone_.find(item.row.number);
      before != gone_.end() && before->second != Hex(item.digest)) {
    item.failed =
        Error{Errc::kRefused, item.row.file +
                                  " is gone, and would be drawn otherwise than the manifest "
                                  "says, with other fonts or another version of the "
                                  "program; give another -o"};
    return {};
  }
  const auto is_new = WriteOne(item.row.file, *drawn);
  if (!is_new) return is_new.error();
  if (*is_new) return {};
  // A run that was stopped may have written it, and then it is the same.
  const auto there = ReadFile(directory_ / item.row.file, drawn->size());
  if (!there || *there != *drawn)
    item.failed =
        Error{Errc::kRefused, item.row.file + " exists already, and is not of this batch"};
  return {};
}

Result<void> DirectoryOutput::Take(std::span<BatchItem> items) {
  std::string rows;
  for (const BatchItem& item : items) {
    if (item.failed || listed_[item.row.number]) continue;
    listed_[item.row.number] = true;
    const CodeClaims& claims = item.row.claims;
    AppendCsvRow(rows,
                 {std::to_string(item.row.number), std::to_string(item.row.line),
                  claims.subject.text(), Name(claims.purpose), std::to_string(item.plan.serial),
                  TimeText(item.plan.issued_at), item.url, item.row.file, Hex(item.digest)});
  }
  // First the files, then the rows that say that they are there.
  if (const auto synced = SyncParent(directory_ / kManifestName); !synced) return synced;
  return manifest_->Append(rows);
}

}  // namespace

Result<std::unique_ptr<BatchOutput>> OpenDirectory(const std::filesystem::path& directory,
                                                   const std::filesystem::path& temporary) {
  auto output = std::make_unique<DirectoryOutput>(directory, temporary);
  if (const auto opened = output->OpenManifest(); !opened) return opened.error();
  return std::unique_ptr<BatchOutput>(std::move(output));
}

}  // namespace cityid::cli
