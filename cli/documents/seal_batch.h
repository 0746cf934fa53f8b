// Sealing the documents of a list (docs/documents.md 5), on all cores. A batch that was stopped
// goes on where it was: what is written is not written again, and what had its serial keeps it.
#pragma once

#include <optional>
#include <stop_token>
#include <string>

#include "cli/batch/report.h"
#include "cli/documents/register.h"
#include "cli/documents/seal_list.h"
#include "cli/documents/sealing.h"
#include "codec/ed25519.h"

namespace cityid::cli {

/// What a batch of documents needs.
struct SealTask {
  std::string list;
  std::string directory;  ///< of the sealed files
  std::string key_file;
  std::string host;
  const SecretKey* key = nullptr;
  SealTerms terms;                                  ///< page and place are those of the rows
  std::optional<std::vector<std::string>> caption;  ///< else identifier and host
};

/// Seals every document of a list that isn't sealed yet. Says of each row that failed why. Returns
/// the exit status. Errors: kStopped if that was asked for; those of the list, the directory, the
/// serials and the register. What was reported as written stays.
Result<int> SealList(const SealTask& task, const SealRows& list, std::optional<Register>& office,
                     BatchReport& report, const std::stop_token& stop);

}  // namespace cityid::cli
