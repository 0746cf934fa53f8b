// Gives records their place: gathers them into batches, makes each batch durable, then public.
#pragma once

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
#include "ledger/store/batch.h"
#include "ledger/store/replica.h"

namespace cityid {

/// The one sequencer of a ledger. Thread-safe: whoever comes while a batch is being made public is
/// in the next one.
class Sequencer {
 public:
  /// Makes the head of `after` public at a time; see `Publisher`.
  using Publish = std::function<Result<Publication>(const LedgerView& before, const Batch& after,
                                                    std::chrono::sys_seconds now)>;

  /// What became of a record.
  struct Outcome {
    std::optional<Error> refused;  ///< the rule that refused it; nothing below then
    std::optional<Index> index;    ///< its place, durable; nothing if it could not get one yet
    bool published = false;        ///< and a quorum has cosigned it
  };

  /// `replica` was opened for writing and outlives this. Without `publish` every batch is final at
  /// once, and there are no checkpoints.
  explicit Sequencer(Replica& replica, Publish publish = {})
      : replica_(replica), publish_(std::move(publish)) {}

  /// Sequences a record that has all its signatures, and waits until it is public. While an
  /// earlier batch lacks its quorum nothing gets a place. Errors: those of the ledger.
  Result<Outcome> Sequence(const DraftId& id, ByteView entry, std::chrono::sys_seconds now);

  /// Makes the batch public that waits for its quorum; without one, confirms the head with fresh
  /// cosignatures. Errors: kBusy without a quorum, with who is missing; those of the ledger.
  Result<void> Confirm(std::chrono::sys_seconds now);

  /// True if a batch waits for its quorum. Errors: those of the ledger.
  Result<bool> Waits() const;

 private:
  struct Item {
    DraftId id;
    Bytes entry;
    std::chrono::sys_seconds now;
    std::optional<Result<Outcome>> outcome;
  };
  using Items = std::vector<std::shared_ptr<Item>>;

  Items TakeItems();
  void Run(const Items& items);
  Result<void> RunBatch(const Items& items, std::chrono::sys_seconds now);
  Result<void> CheckClock(const LedgerView& view, std::chrono::sys_seconds now);
  Result<void> Finish(const LedgerView& view, const Batch& batch, std::chrono::sys_seconds now);

  Replica& replica_;
  Publish publish_;
  std::mutex running_;  ///< held while a batch is made; taken before `queue_mutex_`
  std::mutex queue_mutex_;
  std::deque<std::shared_ptr<Item>> queue_;
  std::map<DraftId, std::shared_ptr<Item>> in_flight_;
};

}  // namespace cityid
