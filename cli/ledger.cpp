// cityid ledger status | export | evidence | snapshot | restore | verify
#include <unistd.h>

#include <cstdio>
#include <filesystem>

#include "cli/checking/commands.h"
#include "cli/checking/trust_file.h"
#include "cli/commands.h"
#include "cli/console/clock.h"
#include "cli/console/stop.h"
#include "cli/console/streams.h"
#include "cli/console/terminal.h"
#include "cli/serving/commands.h"
#include "codec/time_text.h"
#include "ledger/snapshot/snapshot.h"
#include "ledger/store/replica.h"
#include "ledger/sync/export.h"
#include "ledger/sync/verify.h"

namespace cityid::cli {
namespace {

struct LedgerExport {
  std::string ledger, output;
  bool check = false;

  void Declare(Command& command) {
    command.Required("--ledger", &ledger, "Ledger directory");
    command.Required("-o,--output", &output,
                     "Directory; files that are missing or have a wrong length are written");
    command.Option("--check", &check, "Compare what the files hold, too");
  }

  Result<int> Run() const {
    const auto replica = Replica::Open(ledger, Replica::Mode::kRead);
    if (!replica) return replica.error();
    const auto view = replica->Read();
    if (!view) return view.error();
    const auto done =
        ExportLog(*view, output, check ? ExportCheck::kContent : ExportCheck::kLength);
    if (!done) return done.error();
    std::printf("%llu entries, %zu files written",
                static_cast<unsigned long long>(view->head().size.value), done->written);
    if (done->repaired > 0) std::printf(", %zu of them repaired", done->repaired);
    std::printf("\n");
    return 0;
  }
};

SnapshotProgress ShowIn(Progress& progress) {
  return [&progress](std::uint64_t done, std::uint64_t total) { progress.Show(done, total); };
}

struct LedgerSnapshot {
  std::string ledger, output;

  void Declare(Command& command) {
    command.Required("--ledger", &ledger, "Ledger directory");
    command.Required("-o,--output", &output, "The file; in a directory it is named by its size");
  }

  Result<int> Run() const {
    const auto replica = Replica::Open(ledger, Replica::Mode::kRead);
    if (!replica) return replica.error();
    const auto view = replica->Read();
    if (!view) return view.error();
    std::filesystem::path file = output;
    std::error_code error;
    if (std::filesystem::is_directory(file, error)) file /= std::to_string(view->head().size.value);
    Progress progress("writing rows:");
    const auto written = WriteSnapshot(*view, file, ShowIn(progress));
    if (!written) return written.error();
    std::printf("%s\n", file.c_str());
    return 0;
  }
};

struct LedgerRestore {
  std::string file, ledger, trust;
  unsigned map_size = 0;

  void Declare(Command& command) {
    command.Argument("FILE", &file, "A snapshot");
    command.Required("--ledger", &ledger, "The directory to make");
    command.Required("--trust", &trust, "Trust file (tlog-policy)");
    command.Option("--map-size", &map_size, "GiB that it may grow to; 0: 64");
  }

  Result<int> Run() const {
    const auto read = ReadTrustFile(trust, Now());
    if (!read) return read.error();
    std::stop_source stopping;
    const StopOnSignal stops(stopping);
    const std::size_t bytes = std::size_t{map_size} << 30;
    Progress progress("restoring rows:");
    const auto restored = RestoreSnapshot(file, ledger, *read, Now(),
                                          {ShowIn(progress), bytes, stopping.get_token()});
    if (!restored) return restored.error();
    auto replica = Replica::Open(ledger, Replica::Mode::kWrite, bytes);
    if (!replica) return replica.error();
    Progress names("indexing names:");
    const auto indexed = replica->IndexTerms(ShowIn(names), stopping.get_token());
    if (!indexed) return indexed.error();
    const auto view = replica->Read();
    if (!view) return view.error();
    std::printf("%llu entries, as of %s\n",
                static_cast<unsigned long long>(view->head().size.value),
                TimeText(view->head().time).c_str());
    if (const auto reached = view->CheckReached(); !reached) SayError(reached.error());
    return 0;
  }
};

struct LedgerVerify {
  std::string ledger, copy_in;

  void Declare(Command& command) {
    command.Required("--ledger", &ledger, "Ledger directory");
    command.Option(
        "--copy-in", &copy_in,
        "Where there is room for the copy that it makes; if not given, beside the ledger");
  }

  Result<int> Run() const {
    const auto replica = Replica::Open(ledger, Replica::Mode::kRead);
    if (!replica) return replica.error();
    const auto view = replica->Read();
    if (!view) return view.error();
    const TreeSize total = view->head().size;
    std::stop_source stopping;
    const StopOnSignal stops(stopping);
    Progress progress("verifying entries:");
    const auto verified = VerifyLedger(
        *view, CopyPath(),
        {[&](TreeSize size) { progress.Show(size.value, total.value); }, stopping.get_token()});
    if (!verified) return verified.error();
    const auto indexed = view->HasTerms();
    if (!indexed) return indexed.error();
    if (!*indexed)
      Say("its names are not indexed, or by another version: that table was left out; the next "
          "`serve` or `follow` makes it");
    std::printf("%llu entries: every signature, rule, hash and stored value is right\n",
                static_cast<unsigned long long>(view->head().size.value));
    return 0;
  }

  /// Returns the directory in which the log is replayed.
  std::filesystem::path CopyPath() const {
    const auto path = std::filesystem::absolute(ledger).lexically_normal();
    const auto named = path.has_filename() ? path : path.parent_path();
    return (copy_in.empty() ? named.parent_path() : std::filesystem::path(copy_in)) /
           (named.filename().string() + ".verify-" + std::to_string(::getpid()));
  }
};

}  // namespace

void AddLedger(Command& top) {
  Command ledger = top.Group("ledger", "Found a ledger and look at it");
  AddLedgerInit(ledger);
  AddLedgerStatus(ledger);
  ledger.Add("export", "Write the log as files for any web server", LedgerExport());
  AddLedgerEvidence(ledger);
  AddLedgerAdopt(ledger);
  AddLedgerRelease(ledger);
  ledger.Add("snapshot", "Write the state as one file that proves itself", LedgerSnapshot());
  ledger.Add("restore", "Make a replica out of a snapshot", LedgerRestore());
  ledger.Add("verify", "Replay the whole log and compare every byte", LedgerVerify());
  AddLedgerLog(ledger);
}

}  // namespace cityid::cli
