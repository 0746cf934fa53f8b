#include "cli/batch/read_back.h"

#include <algorithm>

#include "cli/batch/file_on_disk.h"
#include "cli/batch/output.h"
#include "cli/batch/printed_picture.h"
#include "cli/batch/workers.h"
#include "cli/checking/pdf_pages.h"
#include "cli/codes/code_picture.h"
#include "codec/files/file.h"
#include "codec/text.h"

namespace cityid::cli {
namespace {

constexpr int kPrintedDpi = 100;
constexpr std::size_t kFilesAtOnce = 256;
constexpr std::size_t kMaxFile = std::size_t{64} << 20;
constexpr double kPixels = kPrintedDpi / 25.4;  // a millimetre

// Places in a row of a manifest.
constexpr std::size_t kLine = 1;
constexpr std::size_t kUrl = 6;
constexpr std::size_t kFile = 7;
constexpr std::size_t kDigest = 8;
constexpr std::size_t kPage = 9;
constexpr std::size_t kLabel = 10;

constexpr const char* kUnreadable = "the code can't be read at 100 dpi; make it larger";

std::uint64_t NumberIn(const CsvRow& row, std::size_t place) {
  return ParseDecimal(row.fields[place]).value_or(0);
}

/// Reads a manifest row by row.
class Manifest {
 public:
  static Result<Manifest> Open(const std::filesystem::path& path, std::size_t columns) {
    auto reader = CsvReader::Open(path.string());
    if (!reader) return reader.error();
    if (const auto header = reader->Next(); !header) return header.error();
    return Manifest(*std::move(reader), columns);
  }

  /// Returns the next row, or nothing at the end.
  Result<std::optional<CsvRow>> Next() {
    auto row = reader_.Next();
    if (row && row->has_value() && (*row)->fields.size() != columns_)
      return reader_.At((*row)->line, "no row of a manifest");
    return row;
  }

 private:
  Manifest(CsvReader reader, std::size_t columns) : reader_(std::move(reader)), columns_(columns) {}
  CsvReader reader_;
  std::size_t columns_;
};

/// Returns how many rows a manifest has.
Result<std::uint64_t> CountRows(const std::filesystem::path& path, std::size_t columns) {
  auto manifest = Manifest::Open(path, columns);
  if (!manifest) return manifest.error();
  for (std::uint64_t count = 0;; ++count) {
    const auto row = manifest->Next();
    if (!row) return row.error();
    if (!row->has_value()) return count;
  }
}

Error Stopped() {
  return Error{Errc::kStopped, "stopped while codes were read back; all of them are written"};
}

bool Has(const PictureResult& result, const std::string& url) {
  return std::ranges::any_of(
      result.symbols, [&](const PictureSymbol& symbol) { return AsText(symbol.content) == url; });
}

/// The codes of one page.
struct Page {
  std::uint64_t number = 0;
  std::vector<CsvRow> labels = {};
  std::vector<std::string> troubles = {};  ///< of each label
};

/// Takes the rows of a manifest page by page.
class Pages {
 public:
  explicit Pages(Manifest manifest) : manifest_(std::move(manifest)) {}

  /// Returns up to so many pages; none at the end.
  Result<std::vector<Page>> Next(std::size_t most) {
    std::vector<Page> pages;
    while (true) {
      if (!next_) {
        auto row = manifest_.Next();
        if (!row) return row.error();
        if (!row->has_value()) return pages;
        next_ = **std::move(row);
      }
      const std::uint64_t number = NumberIn(*next_, kPage);
      if (pages.empty() || pages.back().number != number) {
        if (pages.size() == most) return pages;
        pages.push_back({number});
      }
      pages.back().labels.push_back(*std::exchange(next_, std::nullopt));
    }
  }

 private:
  Manifest manifest_;
  std::optional<CsvRow> next_;
};

/// Returns true if a code is read from a picture.
bool Reads(PictureReaders& readers, ByteView picture, const std::string& url) {
  auto reader = readers.TryAcquire();
  if (!reader) return false;
  const auto result = reader->Read(picture, {});
  return result && Has(*result, url);
}

/// Returns what is wrong with a file; nothing if its code is read.
std::string TroubleOfFile(PictureReaders& readers, const std::filesystem::path& file,
                          const std::string& url, const std::string& digest, const CodeLook& look) {
  const auto content = ReadFile(file, kMaxFile);
  if (!content) return content.error().detail;
  if (Hex(Sha256(*content)) != digest) return "it is not the file that was written";
  const std::string ending = file.extension().string();
  if (ending == ".pdf") {
    const auto page = DrawPage(file, 1, kPrintedDpi);
    if (!page) return page.error().detail;
    return Reads(readers, *page, url) ? "" : kUnreadable;
  }
  if (ending == ".svg") {
    const auto drawn = ReadSvg(AsText(*content));
    if (!drawn) return "it is no drawing of a code";
    return Reads(readers, DrawPgm(drawn->symbol, drawn->module_mm * kPixels), url) ? ""
                                                                                   : kUnreadable;
  }
  const auto symbol = EncodeQr(CodeUrlSegments(url), look.level);
  if (!symbol) return symbol.error().detail;
  const double module = ModuleMillimetres(*symbol, look.size);
  const bool good =
      Reads(readers, *content, url) && Reads(readers, DrawPgm(*symbol, module * kPixels), url);
  return good ? "" : kUnreadable;
}

/// Finds out what is wrong with the labels of a page.
void CheckPage(PictureReaders& readers, const std::filesystem::path& pdf, const SheetLayout& layout,
               Page& page) {
  page.troubles.assign(page.labels.size(), "");
  const auto drawn = DrawPage(pdf, page.number, kPrintedDpi);
  if (!drawn) return page.troubles.assign(page.labels.size(), drawn.error().detail);
  auto reader = readers.TryAcquire();
  const auto all = reader ? reader->Read(*drawn, {}) : Error{Errc::kBusy, "no reader"};
  reader.reset();
  for (std::size_t i = 0; i < page.labels.size(); ++i) {
    const std::string& url = page.labels[i].fields[kUrl];
    if (all && Has(*all, url)) continue;
    const std::size_t place = NumberIn(page.labels[i], kLabel) - 1;
    const Bytes label = CutPgm(*drawn, layout.x(place) * kPixels, layout.y(place) * kPixels,
                               layout.label_width * kPixels, layout.label_height * kPixels);
    if (!Reads(readers, label, url)) page.troubles[i] = kUnreadable;
  }
}

}  // namespace

Result<void> ReadFilesBack(PictureReaders& readers, const std::filesystem::path& directory,
                           const CodeLook& look, BatchReport& report, const std::stop_token& stop) {
  const auto path = directory / kManifestName;
  const auto total = CountRows(path, kFileManifest.size());
  if (!total) return total.error();
  auto manifest = Manifest::Open(path, kFileManifest.size());
  if (!manifest) return manifest.error();
  Progress progress("reading back:");
  while (true) {
    std::vector<CsvRow> rows;
    while (rows.size() < kFilesAtOnce) {
      auto row = manifest->Next();
      if (!row) return row.error();
      if (!row->has_value()) break;
      rows.push_back(**std::move(row));
    }
    if (rows.empty()) return {};
    if (stop.stop_requested()) return Stopped();
    std::vector<std::string> troubles(rows.size());
    ForEachInThreads(Cores(), rows.size(), [&](std::size_t, std::size_t i) {
      const auto& fields = rows[i].fields;
      troubles[i] =
          TroubleOfFile(readers, directory / fields[kFile], fields[kUrl], fields[kDigest], look);
    });
    progress.Hide();
    for (std::size_t i = 0; i < rows.size(); ++i)
      report.Checked(NumberIn(rows[i], kLine), rows[i].fields[kFile], troubles[i]);
    report.ShowChecking(progress, *total);
  }
}

Result<void> ReadSheetsBack(PictureReaders& readers, const std::filesystem::path& pdf,
                            const std::filesystem::path& manifest_path, const SheetLayout& layout,
                            BatchReport& report, const std::stop_token& stop) {
  const auto total = CountRows(manifest_path, kLabelManifest.size());
  if (!total) return total.error();
  const auto digest = DigestOfFile(pdf);
  if (!digest) return digest.error();
  auto manifest = Manifest::Open(manifest_path, kLabelManifest.size());
  if (!manifest) return manifest.error();
  Pages rest(*std::move(manifest));
  Progress progress("reading back:");
  while (true) {
    auto pages = rest.Next(2 * Cores());
    if (!pages) return pages.error();
    if (pages->empty()) return {};
    if (stop.stop_requested()) return Stopped();
    if (pages->front().labels.front().fields[kDigest] != Hex(*digest)) {
      return Error{Errc::kRefused, pdf.string() + " is not the file that " +
                                       manifest_path.string() +
                                       " lists; remove it, and the same command draws it again"};
    }
    ForEachInThreads(Cores(), pages->size(), [&](std::size_t, std::size_t i) {
      CheckPage(readers, pdf, layout, (*pages)[i]);
    });
    progress.Hide();
    for (const Page& page : *pages) {
      const std::string where = "page " + std::to_string(page.number) + ", label ";
      for (std::size_t i = 0; i < page.labels.size(); ++i) {
        report.Checked(NumberIn(page.labels[i], kLine), where + page.labels[i].fields[kLabel],
                       page.troubles[i]);
      }
    }
    report.ShowChecking(progress, *total);
  }
}

}  // namespace cityid::cli
