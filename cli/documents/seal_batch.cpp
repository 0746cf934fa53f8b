#include "cli/documents/seal_batch.h"

#include <filesystem>
#include <mutex>
#include <set>

#include "cli/batch/workers.h"
#include "cli/console/clock.h"
#include "cli/console/csv_log.h"
#include "cli/documents/document_file.h"
#include "codec/file.h"
#include "codec/key_file.h"
#include "codec/text.h"
#include "codec/time_text.h"

namespace cityid::cli {
namespace {

namespace fs = std::filesystem;

const std::vector<std::string_view> kManifest = {"row", "line", "id",   "number", "serial",
                                                 "iat", "url",  "file", "sha256"};
constexpr std::string_view kManifestName = "manifest.csv";

/// One run.
class Run {
 public:
  Run(const SealTask& task, std::optional<Register>& office, BatchReport& report, BatchPlan plan)
      : task_(task), office_(office), report_(report), plan_(std::move(plan)) {}

  Result<void> OpenManifest();
  Result<void> Go(const SealRows& list, const std::stop_token& stop);

 private:
  bool IsDone(const SealRow& row) const;
  Result<BatchItem> Seal(const SealRow& row);
  Result<PlannedRow> Plan(const SealRow& row, const Sha256Hash& document);
  SealTerms TermsOf(const SealRow& row) const;
  Result<void> Note(const SealRow& row, const Sealing& sealing, BatchItem& item);
  void Report(const SealRow& row, const Result<BatchItem>& sealed);

  const SealTask& task_;
  std::optional<Register>& office_;
  BatchReport& report_;
  BatchPlan plan_;
  std::optional<CsvLog> manifest_;
  std::set<std::uint64_t> listed_;  // the numbers in the manifest
  std::mutex mutex_;                // of everything but the task
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

bool Run::IsDone(const SealRow& row) const {
  std::error_code ignored;
  return listed_.contains(row.number) &&
         fs::exists(fs::path(task_.directory) / row.output, ignored);
}

/// Returns the serial and the time of a row: those that it has, or new ones, which are on disk
/// then. Errors: kRefused if row or document are not what they were; those that end the batch.
Result<PlannedRow> Run::Plan(const SealRow& row, const Sha256Hash& document) {
  const auto planned = plan_.Find(row.number);
  if (!planned) return planned.error();
  if (*planned) {
    if ((*planned)->row == row.digest && (*planned)->document == document) return **planned;
    return Error{Errc::kRefused,
                 "this row or its document is not what it was when it got its serial; put it back, "
                 "add new rows at the end of the list, or give another -o"};
  }
  if (auto room = plan_.MakeRoom(row.number); !room) return room.error();
  const auto serial = TakeSerials(task_.key_file, 1);
  if (!serial) return serial.error();
  const PlannedRow fresh{row.number, row.digest, document, *serial, Now()};
  if (auto written = plan_.Write(std::span(&fresh, 1)); !written) return written.error();
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
  const auto planned = Plan(row, sealing.original());
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
  if (const auto other = CheckOtherFile("output", output.string(), input.string()); !other)
    return other.error();
  auto sealing = Sealing::Prepare(input.string(), claims, task_.host, TermsOf(row));
  if (!sealing) return sealing.error();
  claims.document->digest = sealing->digest();
  if (auto noted = Note(row, *sealing, item); !noted) return noted.error();
  const auto code = SealCode(claims, *task_.key);
  if (!code) return code.error();
  auto url = WriteCodeUrl(task_.host, *code);
  if (!url) return url.error();
  item.url = *std::move(url);
  const auto sealed = sealing->Finish(item.url);
  if (!sealed) return sealed.error();
  item.digest = Sha256(*sealed);
  if (const auto written = WriteFile(output, *sealed); !written) return written.error();
  return item;
}

/// Adds a document to the manifest, or says why it is not sealed. A full disk ends the batch.
void Run::Report(const SealRow& row, const Result<BatchItem>& sealed) {
  const std::lock_guard lock(mutex_);
  if (!sealed) {
    if (sealed.error().code == Errc::kFull) {
      if (!ended_) ended_ = sealed.error();
      return;
    }
    report_.Failed(row.line,
                   task_.list + ":" + std::to_string(row.line) + ": " + sealed.error().detail);
    return;
  }
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
      if (IsDone(row)) {
        report_.Skipped(1);
        return;
      }
    }
    Report(row, Seal(row));
    const std::lock_guard lock(mutex_);
    report_.ShowProgress(total);
  });
  if (ended_) return *ended_;
  if (!stop.stop_requested()) return {};
  return Error{Errc::kStopped, "stopped; the same command goes on where it was"};
}

}  // namespace

Result<int> SealList(const SealTask& task, const SealRows& list, std::optional<Register>& office,
                     BatchReport& report, const std::stop_token& stop) {
  const fs::path folder = fs::path(task.directory) / ".cityid-batch";
  if (const auto made = CreateDirectories(folder); !made) return made.error();
  const std::string terms = "document seal\nhost " + task.host + "\nkey " +
                            Hex(task.key->public_key()) + "\nsize " +
                            std::to_string(task.terms.size_mm) + "\n";
  auto plan = BatchPlan::Open(folder / "plan", terms, task.directory);
  if (!plan) return plan.error();
  Run run(task, office, report, *std::move(plan));
  if (const auto opened = run.OpenManifest(); !opened) return opened.error();
  if (const auto done = run.Go(list, stop); !done) return done.error();
  report.EndProgress();
  return report.Finish(task.directory, (fs::path(task.directory) / kManifestName).string());
}

}  // namespace cityid::cli
