// Who judges codes, as commands name it: a resolver, a ledger on this machine, or proofs and packs in
// files.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "cli/checking/remote_answer.h"
#include "cli/checking/resolver.h"
#include "cli/console/command_line.h"
#include "codec/bytes.h"
#include "codec/result.h"

namespace cityid::cli {

/// Whoever judges codes.
struct Judgement {
  /// Judges the content of a symbol: a URL or COSE bytes.
  std::function<Result<RenderedAnswer>(const Bytes& content)> judge;
  /// Returns the hosts of the policy.
  std::function<Result<std::vector<std::string>>()> hosts;
};

/// The options of commands that judge codes.
struct JudgementOptions {
  ResolverOptions asked;
  std::vector<std::string> proofs, packs;  ///< files

  void Declare(Command& command);
  /// Returns what judges the codes. Errors: kUsage unless one is named; those of opening.
  Result<Judgement> Open() const;
};

}  // namespace cityid::cli
