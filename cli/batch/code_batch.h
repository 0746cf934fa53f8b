// cityid code batch: codes by the thousand, from a list (docs/batch.md).
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "cli/batch/batch_run.h"
#include "cli/batch/read_back.h"
#include "cli/batch/sheet_layout.h"
#include "cli/console/command_line.h"

namespace cityid::cli {

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

  void Declare(Command& command);
  Result<int> Run() const;

 private:
  /// What was opened for a run.
  struct Opened {
    SecretKey key;
    CodeLook look;
    std::optional<ReadBack> read_back;
  };

  bool OnSheets() const { return !sheet.sheet.empty(); }
  ListDefaults Defaults() const;
  Result<CodeLook> Look() const;
  Result<void> CheckOutput() const;
  std::string Terms(const SecretKey& opened) const;
  BatchTask Task(const Opened& opened, BatchPlan& plan) const;
  Result<int> WriteFiles(Opened opened) const;
  Result<int> WriteSheets(Opened opened, const SheetLayout& layout) const;
  Result<void> DrawSheets(const BatchTask& task, const SheetLayout& layout,
                          const std::filesystem::path& folder, BatchReport& report,
                          const std::stop_token& stop) const;
};

}  // namespace cityid::cli
