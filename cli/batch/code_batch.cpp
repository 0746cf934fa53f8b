#include "cli/batch/code_batch.h"

#include <filesystem>
#include <optional>
#include <string>

#include "cli/batch/batch_run.h"
#include "cli/batch/output.h"
#include "cli/batch/read_back.h"
#include "cli/batch/sheet_layout.h"
#include "cli/batch/workers.h"
#include "cli/checking/scanned.h"
#include "cli/codes/code_picture.h"
#include "cli/console/key_files.h"
#include "cli/console/stop.h"
#include "cli/console/streams.h"

namespace cityid::cli {
namespace {

namespace fs = std::filesystem;

fs::path FolderOfSheets(const std::string& output) { return output + ".batch"; }
fs::path ManifestOfSheets(const std::string& output) { return output + ".csv"; }

struct CodeBatch {
  std::string list, output, key, host;
  ListDefaults defaults;
  std::string level = "M";
  int scale = 8;
  unsigned size = 0;
  bool bare = false;
  SheetOptions sheet;
  bool check = false;
  bool json = false;
  PassphraseOptions passphrase;

  void Declare(Command& command) {
    command.Argument("LIST", &list, "A CSV file whose header row names its columns: docs/batch.md");
    command.Required("-o,--output", &output, "A directory for files; with --sheet FILE.pdf");
    command.Required("--key", &key, "Key file of the identifiers or of a level above");
    command.Required("--host", &host, "Host of the resolver, e.g. id.example.cn");
    command.Option("--passphrase-file", &passphrase.file,
                   "Take the passphrase from this file's first line");
    command.Option("--id", &defaults.id, "Identifier of rows that have none");
    command.Option("--purpose", &defaults.purpose,
                   "city, unit, device or document, of rows that have none");
    command.Option("--days", &defaults.days,
                   "Valid so many days, of rows that have none; 0: no end");
    command.Option("--format", &defaults.format, "svg, png or pdf, of rows that have none");
    command.Option("--level", &level, "Error correction L, M, Q or H; Q outdoors");
    command.Option("--scale", &scale, "Pixels a module in a PNG");
    command.Option("--size", &size,
                   "Millimetres across in print, with the white margin; 0: 0.8 mm a module, or as "
                   "large as the label has room for");
    command.Option("--bare", &bare, "No captions");
    command.Option("--sheet", &sheet.sheet,
                   "Labels on sheets, in one PDF: paper, columns and rows, a4:3x8; a3, a5, letter, "
                   "or 210x297 in mm");
    command.Option("--label", &sheet.label, "Width and height of a label in mm, 70x37");
    command.Option("--margin", &sheet.margin,
                   "Of a sheet, in mm; 10, or with --label what is left over");
    command.Option("--gap", &sheet.gap, "Between labels, in mm; 0");
    command.Option("--cut-marks", &sheet.cut_marks, "Marks at the edges of a sheet to cut at");
    command.Option("--check", &check, "Read every code back, as it is in print at 100 dpi");
    command.Option("--json", &json, "For programs: a line for each row, and a summary");
  }

  Result<int> Run() const;

  /// What was opened for a run.
  struct Opened {
    SecretKey key;
    CodeLook look;
    std::unique_ptr<PictureReaders> readers;  ///< null: nothing is read back
  };

  bool OnSheets() const { return !sheet.sheet.empty(); }
  ListDefaults Defaults() const;
  Result<CodeLook> Look() const;
  Result<void> CheckOutput() const;
  std::string Terms(const SecretKey& opened) const;
  BatchTask Task(const Opened& opened, BatchPlan& plan) const;
  Result<int> WriteFiles(Opened opened) const;
  Result<int> WriteSheets(Opened opened, const SheetLayout& layout) const;
  Result<void> DrawSheets(const BatchTask& task, const SheetLayout& layout, const fs::path& folder,
                          BatchReport& report, const std::stop_token& stop) const;
};

Result<CodeLook> CodeBatch::Look() const {
  const auto correction = ParseLevel(level);
  if (!correction) return correction.error();
  if (scale < 1 || scale > kMaxScale) return Usage("--scale must be 1 to 64");
  if (size > kMaxMillimetres)
    return Usage("--size must be at most " + std::to_string(kMaxMillimetres));
  if (!IsHostName(host)) return Usage("'" + host + "' is no host name");
  return CodeLook{*correction, scale, size, bare, host};
}

ListDefaults CodeBatch::Defaults() const {
  ListDefaults all = defaults;
  all.files = !OnSheets();
  return all;
}

/// Checks that what is written is what was asked for.
Result<void> CodeBatch::CheckOutput() const {
  const bool pdf = fs::path(output).extension() == ".pdf";
  std::error_code ignored;
  if (OnSheets()) {
    if (!pdf) return Usage("with --sheet, -o is a file that ends in .pdf");
    if (fs::is_directory(output, ignored)) return Usage("-o: " + output + " is a directory");
    if (Exists(output) && !Exists(FolderOfSheets(output) / "plan"))
      return Error{Errc::kRefused, output + " exists already, and is not of a batch"};
    const fs::path manifest = ManifestOfSheets(output);
    if (fs::equivalent(manifest, list, ignored))
      return Usage("-o: the list of what is written would replace " + list + "; give another -o");
    if (Exists(manifest) && !Exists(FolderOfSheets(output) / "plan"))
      return Error{Errc::kRefused, manifest.string() + " exists already, and is not of a batch"};
    return {};
  }
  if (pdf)
    return Usage("-o is a directory; for one PDF say how its sheets are divided: --sheet a4:3x8");
  if (!sheet.label.empty() || !sheet.margin.empty() || !sheet.gap.empty() || sheet.cut_marks)
    return Usage("--label, --margin, --gap and --cut-marks are for sheets; give --sheet a4");
  return {};
}

/// Returns what holds for every code of a batch, and is signed.
std::string CodeBatch::Terms(const SecretKey& opened) const {
  return "host " + host + "\nkey " + Hex(opened.public_key()) + "\n--id " + defaults.id +
         "\n--purpose " + defaults.purpose + "\n--days " + std::to_string(defaults.days) +
         "\n--format " + defaults.format + "\n";
}

BatchTask CodeBatch::Task(const Opened& opened, BatchPlan& plan) const {
  return {list, Defaults(), key, host, opened.look, &opened.key, &plan};
}

Result<int> CodeBatch::Run() const {
  auto look = Look();
  if (!look) return look.error();
  if (const auto checked = CheckOutput(); !checked) return checked.error();
  std::optional<SheetLayout> layout;
  if (OnSheets()) {
    const auto divided = DivideSheet(sheet);
    if (!divided) return divided.error();
    layout = *divided;
    const double room = std::min(layout->label_width, layout->label_height);
    if (size > room)
      return Usage("--size: a label has room for " + std::to_string(static_cast<unsigned>(room)) +
                   " mm");
  }
  if (const auto readable = BatchList::Open(list, Defaults()); !readable) return readable.error();
  if (!bare || defaults.format == "pdf") {
    // Otherwise each row would say so, and have its serial.
    if (const auto printer = Printer::Start(); !printer) return printer.error();
  }
  auto secret_key = OpenKey(key, passphrase);
  if (!secret_key) return secret_key.error();
  Opened opened{*std::move(secret_key), *std::move(look), {}};
  if (check) {
    auto readers = StartPictureReaders(Cores());
    if (!readers) return readers.error();
    opened.readers = *std::move(readers);
  }
  return layout ? WriteSheets(std::move(opened), *layout) : WriteFiles(std::move(opened));
}

Result<int> CodeBatch::WriteFiles(Opened opened) const {
  const fs::path directory(output);
  const std::string terms = Terms(opened.key) + "--level " + level + "\n--scale " +
                            std::to_string(scale) + "\n--size " + std::to_string(size) +
                            (bare ? "\n--bare\n" : "\n");
  auto place = BatchPlace::Open(directory / ".cityid-batch", terms, output);
  if (!place) return place.error();
  const auto files = OpenDirectory(directory, place->temporary);
  if (!files) return files.error();
  const BatchTask task = Task(opened, place->plan);
  BatchReport report(json, list);
  const std::stop_source stop;
  {
    const StopOnSignal on_signal(stop);
    const auto survey = SurveyList(task);
    if (!survey) return survey.error();
    const auto done = RunBatch(task, *survey, **files, report, stop.get_token());
    if (!done) return done.error();
    report.EndProgress();
    if (opened.readers) {
      const auto checked =
          ReadFilesBack(*opened.readers, directory, opened.look, report, stop.get_token());
      if (!checked) return checked.error();
    }
  }
  return report.Finish(output, (directory / kManifestName).string());
}

/// Draws the sheets, unless they are there as they would be drawn.
Result<void> CodeBatch::DrawSheets(const BatchTask& task, const SheetLayout& layout,
                                   const fs::path& folder, BatchReport& report,
                                   const std::stop_token& stop) const {
  const auto survey = SurveyList(task);
  if (!survey) return survey.error();
  const fs::path drawn_before = folder / "drawn";
  const std::string drawn = sheet.sheet + "\n" + sheet.label + "\n" + sheet.margin + "\n" +
                            sheet.gap + "\n" + (sheet.cut_marks ? "marks" : "") + "\n" + level +
                            "\n" + std::to_string(size) + "\n" + (bare ? "bare" : "") + "\n" +
                            Hex(survey->digest) + "\n";
  const fs::path manifest = ManifestOfSheets(output);
  std::error_code ignored;
  const auto before = ReadFile(drawn_before, drawn.size());
  if (before && AsText(*before) == drawn && survey->wrong == 0 && Exists(output) &&
      Exists(manifest)) {
    report.Skipped(survey->rows);
    return {};
  }
  fs::remove(drawn_before, ignored);
  const auto sheets = OpenSheets(output, manifest, folder / "tmp", layout);
  if (!sheets) return sheets.error();
  const auto done = RunBatch(task, *survey, **sheets, report, stop);
  if (!done || report.counts().failed > 0) return done;
  return WriteFile(drawn_before, AsBytes(drawn));
}

Result<int> CodeBatch::WriteSheets(Opened opened, const SheetLayout& layout) const {
  const fs::path folder = FolderOfSheets(output);
  auto place = BatchPlace::Open(folder, Terms(opened.key), output);
  if (!place) return place.error();
  BatchReport report(json, list);
  const fs::path manifest = ManifestOfSheets(output);
  const std::stop_source stop;
  {
    const StopOnSignal on_signal(stop);
    const auto done =
        DrawSheets(Task(opened, place->plan), layout, folder, report, stop.get_token());
    if (!done) return done.error();
    report.EndProgress();
    if (opened.readers && Exists(output)) {
      const auto checked =
          ReadSheetsBack(*opened.readers, output, manifest, layout, report, stop.get_token());
      if (!checked) return checked.error();
    }
  }
  return report.Finish(output, manifest.string());
}

}  // namespace

void AddCodeBatch(Command& code) {
  code.Add("batch", "Sign and draw the codes of a list, as files or on sheets", CodeBatch());
}

}  // namespace cityid::cli
