// Founding a ledger with a plan: a file that all institutes share. Each runs `ledger init` with it
// until it says that nothing is left to do; a run makes what is missing and says what comes next.
#pragma once

#include <string>
#include <vector>

#include "cli/records/record_target.h"
#include "codec/bytes.h"
#include "codec/result.h"

namespace cityid::cli {

/// What the institutes have agreed on (docs/start/institute.md).
struct FoundingPlan {
  std::string origin;                   ///< name of the log, "id.example.cn/ledger"
  std::vector<std::string> hosts;       ///< host names of codes
  std::vector<std::string> institutes;  ///< names
  std::vector<std::string> titles;      ///< for people, in the same order; may be left out
  unsigned quorum = 0;                  ///< 0: the smallest majority
  std::string log_operator;             ///< the institute with the registry and the log keys

  /// Reads a plan: flat TOML. Errors: kUsage, naming what is wrong; those of reading.
  static Result<FoundingPlan> Read(const std::string& file);
  /// Asks on the terminal. Errors: kUsage for an answer that makes no plan.
  static Result<FoundingPlan> Ask();
  /// Writes the text that `Read` reads.
  std::string text() const;

 private:
  Result<void> Complete();
};

/// How a party takes part.
struct FoundingOptions {
  std::string plan;            ///< the file; everything else is beside it
  std::string me;              ///< the name of the institute that runs this
  bool no_passphrase = false;  ///< new keys are not encrypted
  bool indispensable = false;  ///< the policy may depend on one party
  SigningOptions signing;
};

/// Founds a ledger on a genesis that everybody has signed, in a new directory, with the journal of
/// what its keys sign beside it. Errors: kRefused if either exists; those of the rules and of
/// writing.
Result<void> CreateLedgerOn(ByteView genesis, const std::string& directory,
                            std::chrono::sys_seconds now);

/// Does all that can be done on this machine now, and prints what comes next. Errors: kUsage;
/// kRefused if the genesis is not what the plan says, or the answer was no; those of files and
/// keys.
Result<int> ContinueFounding(const FoundingOptions& options, std::chrono::sys_seconds now);

}  // namespace cityid::cli
