// The terminal: asks for passphrases, shows progress, and keeps foreign text from controlling it.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

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
  ~Progress() { Hide(); }
  /// `total`: 0 if it isn't known.
  void Show(std::uint64_t done, std::uint64_t total);
  /// The same, and how fast it goes and how long the rest takes: ", 950 a second, 9 s left".
  /// `before`: how many of `done` an earlier run did.
  void ShowRate(std::uint64_t done, std::uint64_t total, std::uint64_t before);
  /// Clears the line, so that another one can be written. The next call shows it again.
  void Hide();

 private:
  bool IsDue();
  void Rewrite(const std::string& rest);

  std::string doing_;
  std::chrono::steady_clock::time_point begun_ = std::chrono::steady_clock::now();
  std::chrono::steady_clock::time_point shown_ = begun_;
  bool visible_ = false;
};

/// Returns a time for people: "9 s", "5 min", "2 h 5 min".
std::string TimeLeft(std::chrono::seconds left);

/// Returns true if standard output is a terminal.
bool OutputIsTerminal();

/// Returns true if standard input is a terminal.
bool InputIsTerminal();

/// Asks on standard error and reads a line of standard input. Returns true for "y" and "yes".
bool AskYesOrNo(const std::string& question);

/// Asks on standard error and returns the line that is typed, or `otherwise` for an empty line.
std::string AskLine(const std::string& question, const std::string& otherwise);

}  // namespace cityid::cli
