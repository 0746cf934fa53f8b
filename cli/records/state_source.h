// The state that a record is made against: a ledger directory, or a registry's over HTTP.
#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "cli/records/record_target.h"
#include "ledger/state/state.h"
#include "ledger/store/replica.h"

namespace cityid::cli {

/// A registry's state. Keys and entries are fetched when they are asked for, and kept. Nothing of
/// it is proved: a registry that lies can put keys into a record that the holder then signs. Use a
/// registry that you trust, over https, or a ledger directory.
class RemoteState : public State {
 public:
  explicit RemoteState(std::string base) : base_(std::move(base)) {}
  Result<std::optional<ByteView>> Get(ByteView key) const override;
  Result<ByteView> Entry(Index index) const override;
  /// Returns the time of the last state root; nothing if the registry has no checkpoint.
  Result<std::optional<std::chrono::sys_seconds>> RulesTime() const;

 private:
  Result<std::optional<ByteView>> Fetched(const std::string& path) const;
  std::string base_;
  mutable std::map<std::string, std::optional<Bytes>> fetched_;
};

/// The state of the target, and what it reads from.
struct StateSource {
  std::unique_ptr<Replica> replica;
  std::unique_ptr<State> state;
  std::chrono::sys_seconds rules_time = {};  ///< at which the ledger judges the next record

  /// Closes the directory, so that it can be opened for writing: a process has it open only once.
  void Close() {
    state.reset();
    replica.reset();
  }
};

/// Opens the state. Errors: kUsage unless exactly one of --ledger and --registry is given; those of
/// opening.
Result<StateSource> OpenStateSource(const RecordTarget& target);

}  // namespace cityid::cli
