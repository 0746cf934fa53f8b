// The terminal: asking for a passphrase, and progress of work that takes over a second.
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>

#include "cli/commands.h"
#include "codec/result.h"

namespace cityid::cli {

/// The passphrase for an existing key: nothing if the key is not encrypted. Asks on the terminal
/// unless a file was named. Errors: kPassphrase if there is nobody to ask; those of the file.
Result<std::optional<std::string>> PassphraseFor(const std::string& key_file,
                                                 const PassphraseOptions& options);

/// The passphrase for a new key, asked twice; nothing with --no-passphrase.
Result<std::optional<std::string>> NewPassphrase(const PassphraseOptions& options);

/// "assigning 256 of 577" on standard error, rewritten in place; silent unless that is a terminal.
class Progress {
 public:
  Progress(std::string doing, std::size_t total) : doing_(std::move(doing)), total_(total) {}
  ~Progress();
  void Advance(std::size_t by = 1);

 private:
  std::string doing_;
  std::size_t total_;
  std::size_t done_ = 0;
  std::chrono::steady_clock::time_point shown_ = std::chrono::steady_clock::now();
  bool visible_ = false;
};

/// Foreign text as it may be shown: control characters and marks that turn the direction of what
/// follows are replaced by '?'.
std::string Printable(std::string_view text);

/// True if standard output is a terminal.
bool OutputIsTerminal();

}  // namespace cityid::cli
