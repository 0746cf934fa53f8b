// A batch as labels on sheets: one PDF, with a manifest (docs/batch.md 3).
#pragma once

#include <filesystem>
#include <memory>
#include <vector>

#include "cli/batch/file_on_disk.h"
#include "cli/batch/output.h"
#include "cli/batch/sheet_layout.h"
#include "codec/drawing/sheet_pdf.h"

namespace cityid::cli {

/// The columns of a manifest of labels: those of one of files, and where each label is.
inline constexpr std::array<std::string_view, 11> kLabelManifest = {
    "row", "line", "id", "purpose", "serial", "iat", "url", "file", "sha256", "page", "label"};

class SheetOutput : public BatchOutput {
 public:
  /// `temporary`: a directory on the same file system as the PDF and its manifest, for what isn't
  /// whole yet. Errors: kIo, kFull.
  static Result<std::unique_ptr<SheetOutput>> Open(const std::filesystem::path& pdf,
                                                   const std::filesystem::path& manifest,
                                                   const std::filesystem::path& temporary,
                                                   const SheetLayout& layout);

  bool IsDone(std::uint64_t) const override { return false; }
  bool IsWritten(const BatchRow&) const override { return was_there_; }
  Result<void> CheckNew(const BatchRow&) const override { return {}; }
  Result<void> Draw(BatchItem& item, CodeDrawer& drawer) override;
  Result<void> Take(std::span<BatchItem> items) override;
  /// Writes the last sheet, and gives both files their names. Without any label there is no file.
  Result<void> Finish() override;

 private:
  SheetOutput(FileOnDisk pdf, FileOnDisk manifest, FileOnDisk rows, const SheetLayout& layout,
              std::string name)
      : pdf_file_(std::move(pdf)),
        manifest_(std::move(manifest)),
        rows_(std::move(rows)),
        layout_(layout),
        marks_(CutMarks(layout)),
        name_(std::move(name)),
        pdf_(layout.width, layout.height, [this](ByteView part) { return pdf_file_.Put(part); }) {}
  Result<void> WriteSheets(bool all);
  Result<void> WriteManifest(const Sha256Hash& digest);

  FileOnDisk pdf_file_, manifest_;
  FileOnDisk rows_;  ///< the manifest without the digest, which is known in the end
  SheetLayout layout_;
  std::string marks_, name_;
  SheetPdf pdf_;
  std::uint64_t labels_ = 0;
  bool was_there_ = false;  ///< a PDF of an earlier run, which may have been printed
  std::vector<Bytes> waiting_;  ///< labels of sheets that aren't written yet
};

}  // namespace cityid::cli
