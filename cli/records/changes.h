// What a record changes, as a list of single facts: the record's fields beside the ledger's present
// ones. Built on the `Fields` of the records, so that no type of record has a printer of its own.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "codec/result.h"
#include "ledger/record/record.h"
#include "ledger/state/state.h"

namespace cityid::cli {

/// One fact that a record sets, adds or removes.
struct Change {
  std::string name;                   ///< "metadata.names.en", "institutes a.example: quorum"
  std::optional<std::string> before;  ///< nothing if it is added
  std::optional<std::string> after;   ///< nothing if it is removed
};

/// Returns in a few words what a record does: "suspend MA.156.1301: suspends it: no code of it
/// holds".
std::string Summary(const Record& record);

/// Returns what the record changes in `state`; without a state, all that it says, as additions.
/// What stays as it is isn't listed. Errors: those of the state.
Result<std::vector<Change>> ChangesOf(const State* state, const Record& record);

}  // namespace cityid::cli
