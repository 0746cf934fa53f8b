// The sequencer: gives records their place in the log. It gathers them into batches, and makes each
// batch durable, then public.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include "codec/bytes.h"
#include "codec/result.h"
#include "ledger/record/signed_record.h"
#include "ledger/store/batch.h"
#include "ledger/store/replica.h"

namespace cityid {

/// The one sequencer of a ledger. One thread calls it, but for `PlaceOf`.
class Sequencer {
 public:
  /// Publishes the head of `after` at a time; see `Publisher`.
  using Publish = std::function<Result<Publication>(const LedgerView& before, const Batch& after,
                                                    std::chrono::sys_seconds now)>;

  /// `replica` was opened for writing and outlives this. Without `publish` every batch is final at
  /// once, and there are no checkpoints.
  explicit Sequencer(Replica& replica, Publish publish = {})
      : replica_(replica), publish_(std::move(publish)) {}

  /// Publishes a batch of these records, which are different ones and have all their signatures,
  /// while no batch waits for its quorum. Returns their outcomes in the same order: the place of a
  /// record that is public, or the rule that refused it; neither if its turn comes in the next
  /// batch. Errors: kBusy without a quorum, naming who is missing: a record has its place then if
  /// `PlaceOf` says so; kBusy if this machine's clock is ahead of the quorum's; those of the
  /// ledger.
  Result<std::vector<Sequenced>> Sequence(const std::vector<SignedRecord>& records,
                                          std::chrono::sys_seconds now);

  /// Publishes the batch that waits for its quorum; without one, confirms the head with fresh
  /// cosignatures. Errors: kBusy without a quorum, naming who is missing; those of the ledger.
  Result<void> Confirm(std::chrono::sys_seconds now);

  /// Returns true if a batch waits for its quorum. Errors: those of the ledger.
  Result<bool> Waits() const;

  /// Reads the places in a batch that waits for its quorum since before. Call it at the start.
  /// Errors: those of the ledger.
  Result<void> ReadPlaces();

  /// Returns the place of a record in the batch that has no quorum yet. Thread-safe; waits for
  /// nobody.
  std::optional<Index> PlaceOf(const DraftId& id) const;

 private:
  /// Puts records into a batch, up to a policy.
  static Result<std::vector<Sequenced>> Place(const std::vector<SignedRecord>& records,
                                              Batch& batch, TreeSize base);
  /// Confirms the head before a batch whose time could be wrong. Errors: kBusy without a quorum, or
  /// if this machine's clock is ahead of the quorum's.
  Result<void> CheckClock(const LedgerView& view, std::chrono::sys_seconds now);
  /// Returns true if the clock has jumped by more than a minute since the batch before.
  bool Jumped(std::chrono::sys_seconds now) const;
  /// Publishes a batch and commits it.
  Result<void> Finish(const LedgerView& view, const Batch& batch, std::chrono::sys_seconds now);
  /// Keeps which places the entries of a batch have, from `base` on.
  void KeepPlaces(TreeSize base, const std::vector<Bytes>& entries);

  Replica& replica_;
  Publish publish_;
  /// When the batch before was made, by this machine's clock and by one that never jumps.
  std::optional<std::pair<std::chrono::sys_seconds, std::chrono::steady_clock::time_point>> last_;
  mutable std::mutex places_mutex_;
  std::map<DraftId, Index> places_;  // in the batch that waits for its quorum
};

}  // namespace cityid
