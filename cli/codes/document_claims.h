// What a code says about its document: the options of the commands that make document codes.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "cli/console/command_line.h"
#include "codec/document_claims.h"

namespace cityid::cli {

/// The largest file that is read for its digest: to put that into a code, to seal it, to verify it.
inline constexpr std::size_t kMaxDocument = std::size_t{1} << 30;

/// A member of such a command.
struct DocumentOptions {
  /// Options are called `prefix` + "type" and so on. `prefix`: "--" or "--document-".
  explicit DocumentOptions(std::string prefix) : prefix_(std::move(prefix)) {}

  void Declare(Command& command);
  /// Declares the option that puts a file's SHA-256 into the code.
  void DeclareFile(Command& command);

  /// Returns what the options say, or nothing if none of them is given. Texts are in Normalization
  /// Form C. Errors: kUsage for facts that no code holds; those of reading the file. What else
  /// can't be signed, `CheckClaims` tells.
  Result<std::optional<DocumentClaims>> Claims() const;

 private:
  std::string prefix_;
  std::string type_, number_, date_, file_;
  std::vector<std::string> facts_;
};

/// Returns the SHA-256 of a document's file for its code. Errors: kRefused for a file that is
/// sealed already: its seal has another digest, and this would be one of a file without its region;
/// those of reading a file of at most 1 GiB.
Result<Sha256Hash> DigestOfDocument(const std::filesystem::path& file);

/// Parses facts of a command line, "LABEL=VALUE" each. Errors: kUsage, in a line that says what to
/// change.
Result<std::vector<DocumentFact>> ParseFacts(const std::vector<std::string>& texts);

}  // namespace cityid::cli
