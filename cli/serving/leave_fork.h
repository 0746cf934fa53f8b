// How a witness leaves a tree that a release gives up (docs/release.md).
#pragma once

#include <string>
#include <vector>

#include "cli/console/asking.h"
#include "cli/console/terminal.h"
#include "codec/result.h"

namespace cityid::cli {

/// What the configuration of `cityid witness` says (docs/witness.md 1).
struct WitnessConfig {
  std::string ledger, key, log, trust, journal, metrics;
  unsigned map_size = 0;
  std::string listen = "127.0.0.1:8081";
  PassphraseOptions passphrase;
};

/// Makes and prints the promise of this witness for a release (docs/release.md 3).
Result<int> PromiseForRelease(const WitnessConfig& config, const std::string& file,
                              const AskingOptions& asking);

/// Leaves a tree by a release and the promises of others, in `files`, or keeps them for the public
/// if this witness has nothing to leave (docs/release.md 4).
Result<int> LeaveByRelease(const WitnessConfig& config, const std::vector<std::string>& files,
                           const AskingOptions& asking);

}  // namespace cityid::cli
