// The identifier that a record is about, and aliases as they are typed.
#pragma once

#include <string>
#include <vector>

#include "codec/city_id.h"
#include "codec/result.h"
#include "ledger/record/record.h"
#include "ledger/state/state.h"

namespace cityid::cli {

/// A registered identifier as it is now.
struct Existing {
  CityId id;
  IdentifierState state;
  Holding holding;
};

/// Finds an identifier in the state. Errors: kUsage for text that is no identifier; kRefused if it
/// is not registered; those of the state.
Result<Existing> FindExisting(const State& state, const std::string& text);

/// Returns a record with a subject and a body, and nothing else yet.
Record About(const CityId& id, RecordBody body);

/// Parses "gbt2260=130100" and the like. Errors: kUsage.
Result<TextMap> ParseAliases(const std::vector<std::string>& pairs);

}  // namespace cityid::cli
