// Signing: every command that signs shows first what it will sign, with which key and in which
// role, and asks.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "cli/console/key_files.h"
#include "cli/records/record_target.h"
#include "codec/result.h"
#include "ledger/record/signed_record.h"
#include "ledger/state/authority.h"
#include "ledger/state/state.h"

namespace cityid::cli {

/// A key file that signs, and in which role.
struct RoleKey {
  Role role;
  KeyFile file;
};

/// Returns lines that say what a draft says, as a difference to `state`, who has signed it so far,
/// and who signs it now. `state`: null if what holds now isn't known. Errors: those of the state.
Result<std::string> DraftText(const State* state, const Draft& draft,
                              const std::vector<RoleKey>& signing);

/// Returns the same as one line of JSON: `record`, `changes` if the state is known, and `signs`.
/// Errors: those of the state.
Result<std::string> DraftJson(const State* state, const Draft& draft,
                              const std::vector<RoleKey>& signing);

/// Shows `draft`, asks, opens the keys, and signs. With --json prints the JSON instead and signs
/// nothing. Returns true if it was signed. Errors: kRefused if a key has signed already; those of
/// the state, of asking (console/asking.h) and of opening.
Result<bool> ShowAndSign(const State* state, Draft& draft, const std::vector<RoleKey>& signing,
                         const SigningOptions& options);

/// Returns "2 of institutes, 1 new keys (8d3b07a1c2e4f506)".
std::string MissingText(const Missing& missing);

/// Returns what the rules still ask for in `state`. Errors: those of the rules.
Result<Missing> MissingOf(const State& state, const Draft& draft, std::chrono::sys_seconds now);

/// Signs `draft` with `keys`, each in the role that the rules give it in `state`, as `ShowAndSign`
/// does. Returns what the record still lacks, and nothing if nothing was signed. Errors: those of
/// the rules and of `ShowAndSign`; kUsage for a key that has no say.
Result<std::optional<Missing>> SignDraft(const State& state, Draft& draft,
                                         const std::vector<KeyFile>& keys,
                                         const SigningOptions& options,
                                         std::chrono::sys_seconds now);

}  // namespace cityid::cli
