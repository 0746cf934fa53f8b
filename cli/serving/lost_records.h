// What is in the trees that a release gives up: an institute sees it before it signs.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "codec/result.h"
#include "ledger/cosigning/release.h"
#include "ledger/store/ledger_view.h"
#include "ledger/sync/source.h"

namespace cityid::cli {

/// A record of a tree that is given up.
struct LostRecord {
  std::string id;     ///< as an application has it
  std::string words;  ///< "suspend MA.156.1301: suspends it: no code of it holds"
  /// Why it can't be handed in again after the release; nothing if it can.
  std::optional<std::string> why_not;
};

/// A tree that is given up, and its records beyond the base; nothing if no source has it.
struct LostTree {
  Checkpoint tree;
  std::optional<std::vector<LostRecord>> records;
};

/// Reads what the release gives up, from the batch that waits in the ledger and from the sources.
/// Each tree's records are judged in order on top of what is kept, if a source has that, else on
/// top of the base. Errors: those of the ledger.
Result<std::vector<LostTree>> FindLostRecords(const LedgerView& view, const Release& release,
                                              const std::vector<std::unique_ptr<Source>>& sources,
                                              std::chrono::sys_seconds now);

}  // namespace cityid::cli
