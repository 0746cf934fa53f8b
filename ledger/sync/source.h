// Where a log is read from: a web server, a directory of files, or a ledger on this machine. None
// of them is believed; what they give is checked against a checkpoint.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "codec/bytes.h"
#include "codec/result.h"
#include "ledger/store/replica.h"
#include "ledger/sync/log_files.h"

namespace cityid {

/// Errors of all calls: kNetwork, kIo, kTooLarge; kCorrupt of a ledger on this machine.
class Source {
 public:
  virtual ~Source() = default;
  /// What it says is the newest note; nothing if it publishes none.
  virtual Result<std::optional<std::string>> Note() = 0;
  /// A tile or bundle as it is stored; nothing if there is none. Where a partial one is gone, the
  /// beginning of the full one.
  virtual Result<std::optional<Bytes>> File(const LogFile& file) = 0;
  /// The proof document of a version of the policy; nothing if there is none.
  virtual Result<std::optional<Bytes>> PolicyProof(std::uint64_t version) = 0;
  /// For messages: "https://id.example.cn", a path.
  virtual std::string name() const = 0;
};

/// A directory as `cityid ledger export` writes it.
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

/// A ledger on this machine. Not owned.
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

/// The first `width` hashes, or entries, of a file that holds more. Errors: kMalformed.
Result<Bytes> Narrow(const LogFile& wanted, ByteView full);

/// Writes the log as files that any web server or object store can serve: everything that is not
/// there yet, the checkpoint last. Returns how many files were written. Errors: kNotFound if the
/// ledger has no checkpoint; kIo, kFull, kCorrupt.
Result<std::size_t> ExportLog(const LedgerView& ledger, const std::filesystem::path& directory);

}  // namespace cityid
