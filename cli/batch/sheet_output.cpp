// A batch as labels on sheets: one PDF, with a manifest.
#include <vector>

#include "cli/batch/file_on_disk.h"
#include "cli/batch/output.h"
#include "cli/batch/workers.h"
#include "cli/console/csv.h"
#include "cli/console/streams.h"
#include "codec/drawing/label.h"
#include "codec/drawing/sheet_pdf.h"
#include "codec/time_text.h"

namespace cityid::cli {
namespace {

constexpr std::size_t kPlaceOfDigest = 8;  // in a row of the manifest

class SheetOutput : public BatchOutput {
 public:
  SheetOutput(FileOnDisk pdf, FileOnDisk manifest, FileOnDisk rows, const SheetLayout& layout,
              bool was_there)
      : pdf_file_(std::move(pdf)),
        manifest_(std::move(manifest)),
        rows_(std::move(rows)),
        layout_(layout),
        marks_(CutMarks(layout)),
        name_(pdf_file_.path().filename().string()),
        was_there_(was_there),
        pdf_(layout.width, layout.height, [this](ByteView part) { return pdf_file_.Put(part); }) {}

  bool IsDone(std::uint64_t) const override { return false; }
  bool IsWritten(const BatchRow&) const override { return was_there_; }
  Result<void> CheckNew(const BatchRow&) const override { return {}; }
  Result<void> Draw(BatchItem& item, CodeDrawer& drawer) override;
  Result<void> Take(std::span<BatchItem> items) override;
  /// Writes the last sheet, and gives both files their names. Without any label there is no file.
  Result<void> Finish() override;

 private:
  Result<void> WriteSheets(bool all);
  Result<void> WriteManifest(const Sha256Hash& digest);

  FileOnDisk pdf_file_, manifest_;
  FileOnDisk rows_;  ///< the manifest without the digest, which is known in the end
  SheetLayout layout_;
  std::string marks_, name_;
  bool was_there_;  ///< a PDF of an earlier run, which may have been printed
  SheetPdf pdf_;
  std::uint64_t labels_ = 0;
  std::vector<Bytes> waiting_;  ///< labels of sheets that aren't written yet
};

Result<void> SheetOutput::Draw(BatchItem& item, CodeDrawer& drawer) {
  auto drawn = drawer.DrawLabel(item.row, item.url, layout_.label_width, layout_.label_height);
  if (drawn) {
    item.drawn = *std::move(drawn);
  } else {
    item.failed = drawn.error();
  }
  return {};
}

Result<void> SheetOutput::Take(std::span<BatchItem> items) {
  std::string rows;
  for (BatchItem& item : items) {
    if (item.failed) continue;
    const CodeClaims& claims = item.row.claims;
    AppendCsvRow(rows, {std::to_string(item.row.number), std::to_string(item.row.line),
                        claims.subject.text(), Name(claims.purpose),
                        std::to_string(item.plan.serial), TimeText(item.plan.issued_at), item.url,
                        name_, std::to_string(labels_ / layout_.labels() + 1),
                        std::to_string(labels_ % layout_.labels() + 1)});
    ++labels_;
    waiting_.push_back(std::move(item.drawn));
  }
  if (const auto put = rows_.Put(AsBytes(rows)); !put) return put;
  return WriteSheets(false);
}

/// Writes the sheets that are full, or all.
Result<void> SheetOutput::WriteSheets(bool all) {
  const std::size_t each = layout_.labels();
  const std::size_t sheets = all ? (waiting_.size() + each - 1) / each : waiting_.size() / each;
  std::vector<Bytes> pages(sheets);
  ForEachInThreads(Cores(), sheets, [&](std::size_t, std::size_t sheet) {
    std::string operators = marks_;
    for (std::size_t place = 0; place < each && sheet * each + place < waiting_.size(); ++place) {
      operators += "q 1 0 0 1 " + PdfNumber(layout_.x(place)) + ' ' + PdfNumber(layout_.y(place));
      operators += " cm\n";
      operators += AsText(waiting_[sheet * each + place]);
      operators += "Q\n";
    }
    pages[sheet] = pdf_.Compress(operators);
  });
  for (const Bytes& page : pages) {
    if (const auto added = pdf_.AddPage(page); !added) return added;
  }
  waiting_.erase(waiting_.begin(), waiting_.begin() + static_cast<std::ptrdiff_t>(std::min(
                                                          sheets * each, waiting_.size())));
  return {};
}

Result<void> SheetOutput::WriteManifest(const Sha256Hash& digest) {
  const std::string hex = Hex(digest);
  std::string text;
  AppendCsvRow(text, {kLabelManifest.begin(), kLabelManifest.end()});
  auto rows = CsvReader::Open(rows_.temporary().string());
  if (!rows) return rows.error();
  while (true) {
    const auto row = rows->Next();
    if (!row) return row.error();
    if (!row->has_value()) break;
    std::vector<std::string_view> fields((*row)->fields.begin(), (*row)->fields.end());
    fields.insert(fields.begin() + kPlaceOfDigest, hex);
    AppendCsvRow(text, fields);
    if (text.size() < std::size_t{1} << 20) continue;
    if (const auto put = manifest_.Put(AsBytes(text)); !put) return put;
    text.clear();
  }
  return manifest_.Put(AsBytes(text));
}

Result<void> SheetOutput::Finish() {
  if (labels_ == 0) return {};
  if (const auto written = WriteSheets(true); !written) return written;
  if (const auto finished = pdf_.Finish(); !finished) return finished;
  const auto digest = DigestOfFile(pdf_file_.temporary());
  if (!digest) return digest.error();
  if (const auto written = WriteManifest(*digest); !written) return written;
  if (const auto published = pdf_file_.Publish(); !published) return published;
  if (const auto published = manifest_.Publish(); !published) return published;
  return SyncParent(pdf_file_.path());
}

}  // namespace

Result<std::unique_ptr<BatchOutput>> OpenSheets(const std::filesystem::path& pdf,
                                                const std::filesystem::path& manifest,
                                                const std::filesystem::path& temporary,
                                                const SheetLayout& layout) {
  auto pdf_file = FileOnDisk::Create(temporary / "pdf", pdf);
  if (!pdf_file) return pdf_file.error();
  auto manifest_file = FileOnDisk::Create(temporary / "manifest", manifest);
  if (!manifest_file) return manifest_file.error();
  auto rows = FileOnDisk::Create(temporary / "rows", manifest);
  if (!rows) return rows.error();
  return std::unique_ptr<BatchOutput>(std::make_unique<SheetOutput>(
      *std::move(pdf_file), *std::move(manifest_file), *std::move(rows), layout, Exists(pdf)));
}

}  // namespace cityid::cli
