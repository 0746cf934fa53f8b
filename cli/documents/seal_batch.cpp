#include "cli/documents/seal_batch.h"

#include <sys/stat.h>

#include <filesystem>
#include <mutex>
#include <set>

#include "cli/batch/file_on_disk.h"
#include "cli/batch/output.h"
#include "cli/batch/workers.h"
#include "cli/codes/document_claims.h"
#include "cli/codes/issuing.h"
#include "cli/console/clock.h"
#include "cli/console/command_line.h"
#include "cli/console/csv_log.h"
#include "cli/console/streams.h"
#include "codec/files/file.h"
#include "codec/files/key_file.h"
#include "codec/seal/seal.h"
#include "codec/text.h"
#include "codec/time_text.h"

namespace cityid::cli {
namespace {

namespace fs = std::filesystem;

const std::vector<std::string_view> kManifest = {"row", "line", "id",   "number", "serial",
                                                 "iat", "url",  "file", "sha256"};

/// One run.
class Run {
 public:
  Run(const SealTask& task, std::optional<Register>& office, BatchReport& report, BatchPlace place)
      : task_(task), office_(office), report_(report), place_(std::move(place)) {}

  Result<void> OpenManifest();
  void Protect(const SealRows& list, const std::string& register_file);
  Result<void> Go(const SealRows& list, const std::stop_token& stop);

 private:
  Result<bool> IsDone(const SealRow& row);
  Result<void> CheckOutput(const SealRow& row);
  Result<std::optional<BatchItem>> SealUnlessDone(const SealRow& row);
  Result<BatchItem> Seal(const SealRow& row);
  Result<PlannedRow> Plan(const SealRow& row, const Sha256Hash& document);
  SealTerms TermsOf(const SealRow& row) const;
  Result<void> Note(const SealRow& row, const Sealing& sealing, BatchItem& item);
  void Report(const SealRow& row, const Result<std::optional<BatchItem>>& result);

  const SealTask& task_;
  std::optional<Register>& office_;
  BatchReport& report_;
  BatchPlace place_;
  std::optional<CsvLog> manifest_;
  std::set<std::uint64_t> listed_;               // the numbers in the manifest
  std::set<std::pair<dev_t, ino_t>> protected_;  // files that no output may replace
  std::mutex mutex_;                             // of everything but the task
  std::optional<Error> ended_;
};

Result<void> Run::OpenManifest() {
  auto log = CsvLog::Open(fs::path(task_.directory) / kManifestName, kManifest,
                          [this](const CsvRow& row) -> Result<void> {
                            if (const auto number = ParseDecimal(row.fields.front()))
                              listed_.insert(*number);
                            return {};
                          });
  if (!log) return log.error();
  manifest_ = *std::move(log);
  return {};
}

/// Returns which file this is; nothing if there is none.
std::optional<std::pair<dev_t, ino_t>> FileAt(const fs::path& path) {
  struct ::stat found {};
  if (::stat(path.c_str(), &found) != 0) return std::nullopt;
  return std::pair(found.st_dev, found.st_ino);
}

/// Notes which files are the batch's own, and those that it reads.
void Run::Protect(const SealRows& list, const std::string& register_file) {
  std::vector<fs::path> files = {task_.list, register_file, task_.key_file,
                                 task_.key_file + ".serial",
                                 fs::path(task_.directory) / kManifestName};
  for (const SealRow& row : list.rows)
    files.push_back(fs::path(task_.list).parent_path() / row.file);
  for (const fs::path& file : files)
    if (const auto found = FileAt(file)) protected_.insert(*found);
}

/// Checks that a row's output replaces nothing but what this row has written.
Result<void> Run::CheckOutput(const SealRow& row) {
  const fs::path output = fs::path(task_.directory) / row.output;
  const auto found = FileAt(output);
  if (found && protected_.contains(*found)) {
    return Usage("output would write over " + output.string() +
                 ", which this batch needs; name another output");
  }
  std::error_code ignored;
  if (!found && !fs::is_symlink(output, ignored)) return {};
  const std::lock_guard lock(mutex_);
  const auto planned = place_.plan.Find(row.number);
  if (!planned) return planned.error();
  if (*planned) return {};
  return Error{Errc::kRefused, row.output + " exists already, and is not of this batch"};
}

Error NotWhatItWas() {
  return {
      Errc::kRefused,
      "this row, its document or an option is not what it was when it got its serial; put it back, "
      "add new rows at the end of the list, or give another -o"};
}

/// Returns true for a row whose sealed file is written. Errors: kRefused if the list or the
/// document says something else by now: the file would be another one.
Result<bool> Run::IsDone(const SealRow& row) {
  const fs::path output = fs::path(task_.directory) / row.output;
  {
    const std::lock_guard lock(mutex_);
    if (!listed_.contains(row.number) || !Exists(output)) return false;
    const auto planned = place_.plan.Find(row.number);
    if (!planned) return planned.error();
    if (!*planned || (*planned)->row != row.digest) return NotWhatItWas();
  }
  const auto document =
      ReadFile((fs::path(task_.list).parent_path() / row.file).string(), kMaxDocument);
  if (!document) return document.error();
  const auto sealed = ReadFile(output.string(), 2 * kMaxDocument);
  if (!sealed) return sealed.error();
  const FoundSeals found = FindSeals(*sealed);
  if (found.seals.empty() || found.seals.back().place.original != document->size() ||
      !AsText(*sealed).starts_with(AsText(*document)))
    return NotWhatItWas();
  return true;
}

/// Returns the serial and the time of a row: those that it has, or new ones, which are on disk
/// then. `document`: the digest that the code will have, of document, stamp and place. Errors:
/// kRefused if it is not what it was; those that end the batch.
Result<PlannedRow> Run::Plan(const SealRow& row, const Sha256Hash& document) {
  const auto planned = place_.plan.Find(row.number);
  if (!planned) return planned.error();
  if (*planned) {
    if ((*planned)->row == row.digest && (*planned)->document == document) return **planned;
    return NotWhatItWas();
  }
  if (auto room = place_.plan.MakeRoom(row.number); !room) return room.error();
  const auto serial = TakeSerials(task_.key_file, 1);
  if (!serial) return serial.error();
  const PlannedRow fresh{row.number, row.digest, document, *serial, Now()};
  if (auto written = place_.plan.Write(std::span(&fresh, 1)); !written) return written.error();
  return fresh;
}

SealTerms Run::TermsOf(const SealRow& row) const {
  SealTerms terms = task_.terms;
  terms.page = row.page;
  terms.at = row.at;
  terms.caption = task_.caption.value_or(CaptionOf(row.claims.subject, task_.host));
  return terms;
}

/// Gives a prepared document its serial, and puts it into the register.
Result<void> Run::Note(const SealRow& row, const Sealing& sealing, BatchItem& item) {
  const std::lock_guard lock(mutex_);
  const auto planned = Plan(row, sealing.digest());
  if (!planned) return planned.error();
  item.plan = *planned;
  item.row.claims.serial = planned->serial;
  item.row.claims.issued_at = planned->issued_at;
  if (!office_) return {};
  return office_->Add(item.row.claims, (fs::path(task_.directory) / row.output).string());
}

Result<BatchItem> Run::Seal(const SealRow& row) {
  BatchItem item{BatchRow{row.line, row.number, row.claims}};
  item.row.file = row.output;
  CodeClaims& claims = item.row.claims;
  claims.kid = HintOf(task_.key->public_key());
  const fs::path input = fs::path(task_.list).parent_path() / row.file;
  const fs::path output = fs::path(task_.directory) / row.output;
  if (const auto free = CheckOutput(row); !free) return free.error();
  auto sealing = Sealing::Prepare(input.string(), claims, task_.host, TermsOf(row));
  if (!sealing) return sealing.error();
  claims.document->digest = sealing->digest();
  if (auto noted = Note(row, *sealing, item); !noted) return noted.error();
  auto made = SignUrl(claims, *task_.key, task_.host);
  if (!made) return made.error();
  item.url = std::move(made->url);
  const auto sealed = sealing->Finish(item.url);
  if (!sealed) return sealed.error();
  item.digest = Sha256(*sealed);
  // Under the row's number, which no other row has, until it is whole.
  auto file = FileOnDisk::Create(place_.temporary / std::to_string(row.number), output);
  if (!file) return file.error();
  if (const auto put = file->Put(*sealed); !put) return put.error();
  if (const auto published = file->Publish(); !published) return published.error();
  if (const auto synced = SyncParent(output); !synced) return synced.error();
  return item;
}

Result<std::optional<BatchItem>> Run::SealUnlessDone(const SealRow& row) {
  const auto done = IsDone(row);
  if (!done) return done.error();
  if (*done) return std::optional<BatchItem>();
  auto sealed = Seal(row);
  if (!sealed) return sealed.error();
  return std::optional(*std::move(sealed));
}

/// Adds a document to the manifest, or says why it is not sealed. A full disk ends the batch.
void Run::Report(const SealRow& row, const Result<std::optional<BatchItem>>& result) {
  const std::lock_guard lock(mutex_);
  if (!result) {
    if (result.error().code == Errc::kFull) {
      if (!ended_) ended_ = result.error();
      return;
    }
    report_.Failed(row.line,
                   task_.list + ":" + std::to_string(row.line) + ": " + result.error().detail);
    return;
  }
  const std::optional<BatchItem>& sealed = *result;
  if (!sealed) return report_.Skipped(1);
  std::string line;
  AppendCsvRow(line,
               {std::to_string(row.number), std::to_string(row.line), row.claims.subject.text(),
                row.claims.document->number, std::to_string(sealed->plan.serial),
                TimeText(sealed->plan.issued_at), sealed->url, row.output, Hex(sealed->digest)});
  if (const auto added = manifest_->Append(line); !added) {
    if (!ended_) ended_ = added.error();
    return;
  }
  report_.Written(*sealed, row.output);
}

Result<void> Run::Go(const SealRows& list, const std::stop_token& stop) {
  for (const auto& [line, detail] : list.wrong) report_.Failed(line, detail);
  const std::uint64_t total = list.rows.size() + list.wrong.size();
  ForEachInThreads(Cores(), list.rows.size(), [&](std::size_t, std::size_t i) {
    const SealRow& row = list.rows[i];
    {
      const std::lock_guard lock(mutex_);
      if (ended_ || stop.stop_requested()) return;
    }
    Report(row, SealUnlessDone(row));
    const std::lock_guard lock(mutex_);
    report_.ShowProgress(total);
  });
  if (ended_) return *ended_;
  if (!stop.stop_requested()) return {};
  return Error{Errc::kStopped, "stopped; the same command goes on where it was"};
}

/// Returns what stands for a caption among the terms of a batch: it, as far as there is room.
std::string CaptionTerm(const std::optional<std::vector<std::string>>& caption) {
  if (!caption) return "of the identifier";
  std::string lines;
  for (const std::string& line : *caption) lines += line + "|";
  constexpr std::size_t kRoom = 300;
  if (lines.size() <= kRoom) return lines;
  return Hex(Sha256(AsBytes(lines)));
}

}  // namespace

Result<int> SealList(const SealTask& task, const SealRows& list, std::optional<Register>& office,
                     BatchReport& report, const std::stop_token& stop) {
  const std::string terms =
      "document seal\nhost " + task.host + "\nkey " + Hex(task.key->public_key()) + "\nsize " +
      std::to_string(task.terms.size_mm) + "\ncaption " + CaptionTerm(task.caption) + "\n";
  auto place = BatchPlace::Open(fs::path(task.directory) / ".cityid-batch", terms, task.directory);
  if (!place) return place.error();
  Run run(task, office, report, *std::move(place));
  if (const auto opened = run.OpenManifest(); !opened) return opened.error();
  run.Protect(list, office ? office->path() : "");
  if (const auto done = run.Go(list, stop); !done) return done.error();
  report.EndProgress();
  return report.Finish(task.directory, (fs::path(task.directory) / kManifestName).string());
}

}  // namespace cityid::cli
