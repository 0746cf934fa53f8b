// Sources of a log: a web server, a directory of files, or a ledger on this machine. No source is
// trusted; what it gives is verified against a checkpoint.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "codec/bytes.h"
#include "codec/result.h"
#include "ledger/store/ledger_view.h"
#include "ledger/sync/log_files.h"

namespace cityid {

/// Errors of all calls: kNetwork, kIo, kTooLarge; for a ledger on this machine kCorrupt.
class Source {
 public:
  virtual ~Source() = default;
  /// Returns the newest note, as the source says; nothing if it publishes none.
  virtual Result<std::optional<std::string>> Note() = 0;
  /// Returns a tile or bundle; nothing if there is none. If a partial one is gone, it returns the
  /// beginning of the full one.
  virtual Result<std::optional<Bytes>> File(const LogFile& file) = 0;
  /// Returns the proof document of a version of the policy; nothing if there is none.
  virtual Result<std::optional<Bytes>> PolicyProof(std::uint64_t version) = 0;
  /// Returns the name for messages: "https://id.example.cn", a path.
  virtual std::string name() const = 0;
};

/// A directory that `ExportLog` wrote.
class DirectorySource : public Source {
 public:
  explicit DirectorySource(std::filesystem::path directory) : directory_(std::move(directory)) {}
  Result<std::optional<std::string>> Note() override;
  Result<std::optional<Bytes>> File(const LogFile& file) override;
  Result<std::optional<Bytes>> PolicyProof(std::uint64_t version) override;
  std::string name() const override { return directory_.string(); }

 private:
  std::filesystem::path directory_;
};

/// A ledger on this machine, which outlives this.
class LedgerSource : public Source {
 public:
  explicit LedgerSource(const LedgerView& ledger) : ledger_(ledger) {}
  Result<std::optional<std::string>> Note() override { return ledger_.Note(ledger_.head().size); }
  Result<std::optional<Bytes>> File(const LogFile& file) override {
    return ReadLogFile(ledger_, ledger_.head().size, file);
  }
  Result<std::optional<Bytes>> PolicyProof(std::uint64_t version) override {
    return ledger_.PolicyProof(version);
  }
  std::string name() const override { return "the ledger"; }

 private:
  const LedgerView& ledger_;
};

/// Returns the first `width` hashes or entries of a file that has more. Errors: kMalformed.
Result<Bytes> Narrow(const LogFile& wanted, ByteView full);

}  // namespace cityid
