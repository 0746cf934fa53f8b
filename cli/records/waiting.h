// Applications at a registry: fetching one, and where it stands.
#pragma once

#include <string>

#include "cli/console/remote_json.h"
#include "codec/result.h"
#include "ledger/record/signed_record.h"

namespace cityid::cli {

/// Returns true if the text has the form of an application's id: 64 hexadecimal digits.
bool IsDraftId(const std::string& text);

/// Fetches where an application stands: an object with `state`. Errors: kRefused if the registry
/// doesn't know it; kNetwork.
Result<RemoteJson> FetchStanding(const std::string& registry, const std::string& id);

/// Fetches an application that waits, with its signatures so far. Errors: kRefused if it doesn't
/// wait, with what became of it, or if the registry hands out another one; kNetwork.
Result<Draft> FetchDraft(const std::string& registry, const std::string& id);

/// Returns what a standing says, for people: "sequenced 12", "rejected by a.example: why".
std::string StandingText(const RemoteJson& standing);

}  // namespace cityid::cli
