// What a witness shows of a log that was forked.
#pragma once

#include <memory>
#include <string>

#include "ledger/proof/trust.h"
#include "ledger/store/ledger_view.h"
#include "ledger/sync/source.h"
#include "resolver/answer/json_text.h"

namespace cityid::cli {

/// A branch that the log's key signed, and what shows it.
struct Branch {
  std::unique_ptr<Source> source;
  std::string note;
  Checkpoint checkpoint;
};

/// Asks the witness for its newest checkpoint. Errors: kForged if the log's key didn't sign it;
/// kRefused if it is no more than the published head.
Result<Branch> FindBranch(const std::string& from, const LedgerView& view);

/// Returns "11 entries, root BASE64".
std::string TreeText(const Checkpoint& tree);

/// Begins an object, and writes its members "size" and "root".
JsonText& BeginTree(JsonText& json, const Checkpoint& tree);

}  // namespace cityid::cli
