// The sequencer: gives records their place in the log. It gathers them into batches, and makes each
// batch durable, then public.
#pragma once

#include <atomic>
#include <chrono>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "codec/bytes.h"
#include "codec/result.h"
#include "ledger/record/signed_record.h"
#include "ledger/store/batch.h"
#include "ledger/store/replica.h"

namespace cityid {

/// The one sequencer of a ledger. Thread-safe: a record that comes while a batch is being published
/// is in the next one.
class Sequencer {
 public:
  /// Publishes the head of `after` at a time; see `Publisher`.
  using Publish = std::function<Result<Publication>(const LedgerView& before, const Batch& after,
                                                    std::chrono::sys_seconds now)>;

  /// What happened to a record.
  struct Outcome {
    std::optional<Error> refused;  ///< the rule that refused it
    std::optional<Index> index;    ///< its place, on disk; nothing if it could not get one yet
    bool published = false;        ///< a quorum has cosigned it
  };

  /// `replica` was opened for writing and outlives this. Without `publish` every batch is final at
  /// once, and there are no checkpoints.
  explicit Sequencer(Replica& replica, Publish publish = {})
      : replica_(replica), publish_(std::move(publish)) {}

  /// Sequences a record that has all its signatures, and waits until it is public. While an earlier
  /// batch waits for its quorum, no record gets a place; once it was asked for in vain, the answer
  /// comes at once, and `Confirm` finds out when it goes on. Errors: those of the ledger.
  Result<Outcome> Sequence(SignedRecord record, std::chrono::sys_seconds now);

  /// Publishes the batch that waits for its quorum; without one, confirms the head with fresh
  /// cosignatures. Errors: kBusy without a quorum, naming who is missing; those of the ledger.
  Result<void> Confirm(std::chrono::sys_seconds now);

  /// Returns true if a batch waits for its quorum. Errors: those of the ledger.
  Result<bool> Waits() const;

  /// Returns why records get no place although no batch waits; nothing if they get one.
  std::optional<std::string> held_up() const;

 private:
  struct Item {
    SignedRecord record;
    std::chrono::sys_seconds now;
    std::optional<Result<Outcome>> outcome;

    const DraftId& id() const { return record.verified.draft_id(); }
  };
  using Items = std::vector<std::shared_ptr<Item>>;
  struct Placed {
    std::shared_ptr<Item> item;
    Outcome outcome;
  };

  /// Returns the place of a record in the batch that waits for its quorum, if it is known to be
  /// there. `queue_mutex_` is held.
  Outcome Unpublished(const DraftId& id) const;
  /// Ends the wait of all that are in the queue.
  void LeaveAll();
  Items TakeItems();
  void Run(const Items& items);
  Result<void> RunBatch(const Items& items, std::chrono::sys_seconds now);
  /// Publishes the batch that waits for its quorum, if there is one. Returns false if it goes on
  /// waiting; then the items get the places that they have in it.
  Result<bool> FinishPending(const Items& items, std::chrono::sys_seconds now);
  /// Puts items into a batch, up to a policy. Returns the outcomes of those that got a place.
  Result<std::vector<Placed>> PlaceItems(const Items& items, Batch& batch, TreeSize base);
  /// Confirms the head before a batch whose time could be wrong. Errors: kBusy without a quorum, or
  /// if this machine's clock is ahead of the quorum's.
  Result<void> CheckClock(const LedgerView& view, std::chrono::sys_seconds now);
  void HoldUp(std::optional<std::string> why);
  /// Returns true if the clock has jumped by more than a minute since the batch before.
  bool Jumped(std::chrono::sys_seconds now) const;
  /// Publishes a batch and commits it.
  Result<void> Finish(const LedgerView& view, const Batch& batch, std::chrono::sys_seconds now);

  Replica& replica_;
  Publish publish_;
  /// When the batch before was made, by this machine's clock and by one that never jumps.
  std::optional<std::pair<std::chrono::sys_seconds, std::chrono::steady_clock::time_point>> last_;
  std::atomic<bool> stuck_ = false;  // the last attempt to publish ended without a quorum
  std::mutex running_;               // held while a batch is made; taken before `queue_mutex_`
  mutable std::mutex queue_mutex_;
  std::optional<std::string> held_up_;
  std::deque<std::shared_ptr<Item>> queue_;
  std::map<DraftId, std::shared_ptr<Item>> in_flight_;
  std::map<DraftId, Index> places_;  // in the batch that waits for its quorum
};

}  // namespace cityid
