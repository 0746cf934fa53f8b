#include "cli/batch/directory_output.h"

#include <unistd.h>

#include "cli/batch/file_on_disk.h"
#include "codec/text.h"
#include "codec/time_text.h"

namespace cityid::cli {

Result<std::unique_ptr<DirectoryOutput>> DirectoryOutput::Open(
    const std::filesystem::path& directory, const std::filesystem::path& temporary) {
  std::unique_ptr<DirectoryOutput> output(new DirectoryOutput(directory, temporary));
  output->listed_.resize(kMaxBatchRows + 2);
  output->done_.resize(kMaxBatchRows + 2);
  auto manifest =
      CsvLog::Open(directory / kManifestName, {kFileManifest.begin(), kFileManifest.end()},
                   [&](const CsvRow& row) { return output->NoteListed(row); });
  if (!manifest) return manifest.error();
  output->manifest_ = *std::move(manifest);
  return output;
}

Result<void> DirectoryOutput::NoteListed(const CsvRow& row) {
  const auto number =
      row.fields.size() == kFileManifest.size() ? ParseDecimal(row.fields[0]) : std::nullopt;
  if (!number || *number >= listed_.size()) {
    return Error{Errc::kMalformed, (directory_ / kManifestName).string() + ":" +
                                       std::to_string(row.line) + ": no row of a manifest"};
  }
  listed_[*number] = true;
  done_[*number] = ::access((directory_ / row.fields[7]).c_str(), F_OK) == 0;
  return {};
}

bool DirectoryOutput::IsDone(std::uint64_t number) const { return done_[number]; }

Result<void> DirectoryOutput::CheckNew(const BatchRow& row) const {
  if (::access((directory_ / row.file).c_str(), F_OK) != 0) return {};
  return Error{Errc::kRefused, row.file + " exists already, and is not of this batch"};
}

/// Writes a file. The entry of the directory is written to disk later, for many at once.
Result<void> DirectoryOutput::WriteOne(const std::string& name, ByteView content) {
  auto file = FileOnDisk::Create(temporary_ / std::to_string(written_++), directory_ / name);
  if (!file) return file.error();
  if (const auto put = file->Put(content); !put) return put;
  return file->Publish();
}

Result<void> DirectoryOutput::Draw(BatchItem& item, CodeDrawer& drawer) {
  auto drawn = drawer.DrawFile(item.row, item.url);
  if (!drawn) {
    item.failed = drawn.error();
    return {};
  }
  item.digest = Sha256(*drawn);
  return WriteOne(item.row.file, *drawn);
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

}  // namespace cityid::cli
