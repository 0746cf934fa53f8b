// The terminal: asks for passphrases, shows progress, and keeps foreign text from controlling it.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "codec/result.h"
#include "codec/shown_text.h"

namespace cityid::cli {

/// How a secret key's passphrase is given.
struct PassphraseOptions {
  bool none = false;      ///< --no-passphrase: a new key is not encrypted
  std::string file = {};  ///< --passphrase-file: its first line; empty: the terminal is asked
};

/// Returns the passphrase of an existing key, or nothing if the key is not encrypted. Asks on the
/// terminal unless a file is given. Errors: kPassphrase without a terminal; those of the file.
Result<std::optional<std::string>> PassphraseFor(const std::string& key_file,
                                                 const PassphraseOptions& options);

/// Returns the passphrase for a new key, asked for twice, or nothing with --no-passphrase. Errors:
/// kPassphrase without a terminal, or if the two differ; those of the file.
Result<std::optional<std::string>> NewPassphrase(const PassphraseOptions& options);

/// Shows "assigning cities: 256 of 577" on standard error while it lives, rewritten in place, if
/// that is a terminal and the work takes over half a second.
class Progress {
 public:
  explicit Progress(std::string doing) : doing_(std::move(doing)) {}
  ~Progress();
  /// `total`: 0 if it isn't known.
  void Show(std::uint64_t done, std::uint64_t total);

 private:
  std::string doing_;
  std::chrono::steady_clock::time_point shown_ = std::chrono::steady_clock::now();
  bool visible_ = false;
};

using cityid::Printable;

/// Returns true if standard output is a terminal.
bool OutputIsTerminal();

/// Returns true if standard input is a terminal.
bool InputIsTerminal();

/// Asks on standard error and reads a line of standard input. Returns true for "y" and "yes".
bool AskYesOrNo(const std::string& question);

/// Asks on standard error and returns the line that is typed, or `otherwise` for an empty line.
std::string AskLine(const std::string& question, const std::string& otherwise);

}  // namespace cityid::cli
