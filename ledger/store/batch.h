// A batch: entries on top of a ledger, and everything that they change, in memory until one
// transaction writes it.
//
// This is the one place where entries change a ledger. A sequencer, a follower and the creation of
// a ledger all call `Add` for each entry in order, `Close` if the batch must end with a new state
// root, and `HashTree`; then `Replica::Commit` writes the batch.
#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "codec/bytes.h"
#include "codec/result.h"
#include "ledger/record/signed_record.h"
#include "ledger/state/apply.h"
#include "ledger/state/ledger.h"
#include "ledger/store/history.h"
#include "ledger/tlog/map.h"
#include "ledger/tlog/merkle.h"

namespace cityid {

class LedgerView;
class WriteTransaction;

/// The most entries before a state root: what a replica takes in one step.
inline constexpr std::size_t kMaxBatch = 4095;

/// Returns `VerifyRecord` of each entry. Works on all cores.
std::vector<Result<VerifiedRecord>> VerifyRecords(const std::vector<Bytes>& entries);

/// What happens to an entry that the rules refuse: a follower keeps it in the log, a sequencer
/// leaves it out.
enum class Refused { kKept, kLeftOut };

/// The outcome for one entry of a batch.
struct Sequenced {
  std::optional<Index> index;    ///< its place; nothing if it was left out
  std::optional<Error> refused;  ///< the rule that refused it
};

/// A ledger with more entries on top of it. Each record sees what the ones before it changed. Not
/// thread-safe; the base outlives it. After an error from `Add` the batch must not be used.
class Batch : public Ledger, public MemoryTiles, public MapSink {
 public:
  explicit Batch(const Ledger& base) : MemoryTiles(&base), base_(base), head_(base.head()) {}

  /// Adds the next entry. `verified` is the result of `VerifyRecord`. A state root is compared with
  /// the state that this batch has. Errors: kWrongState for a wrong state root; with `kKept`,
  /// kUnsupported for rules that this program lacks; those of the ledger.
  Result<Sequenced> Add(ByteView entry, const Result<VerifiedRecord>& verified, Refused refused);

  /// Adds the next entry to the log alone. The state doesn't change.
  void Push(ByteView entry);

  /// Ends the batch with a state root, unless it ends with one already. `now` becomes the rules'
  /// time unless that is later. Errors: kRefused without genesis; those of the ledger.
  Result<void> Close(std::chrono::sys_seconds now);

  /// Puts the added entries into the tree, and its root into the head. `leaves` are their hashes,
  /// if they are known.
  Result<void> HashTree(std::vector<LeafHash> leaves = {});

  /// The head: `size` and `map` are always current, `root` after `HashTree`.
  const Head& head() const override { return head_; }
  /// The entries that were added, with the state root.
  const std::vector<Bytes>& entries() const { return entries_; }
  /// True if the last entry is a state root, as it must be in every published head.
  bool closed() const { return closed_; }

  /// Writes everything into a transaction. Call `HashTree` before.
  Result<void> Write(WriteTransaction& transaction) const;

  Result<std::optional<ByteView>> Get(ByteView key) const override;
  Result<ByteView> Entry(Index index) const override;
  Result<std::optional<Index>> FindDraft(const DraftId& id) const override;
  Result<std::optional<ByteView>> Node(ByteView edge) const override;
  Result<void> PutNode(ByteView edge, ByteView node) override;

 private:
  // Hash and equality for look-ups by a view, which copy nothing.
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(ByteView key) const {
      return std::hash<std::string_view>()(AsText(key));
    }
  };
  struct Same {
    using is_transparent = void;
    bool operator()(ByteView a, ByteView b) const { return Equal(a, b); }
  };
  using Writes = std::unordered_map<Bytes, Bytes, Hash, Same>;
  /// Applies a record. Returns the rule that refuses it; other errors are trouble with the ledger.
  Result<std::optional<Error>> ApplyRecord(const Result<VerifiedRecord>& verified);
  /// Records what identifiers were before `change`.
  Result<void> RecordHistory(const Record& record, const Change& change);
  /// Replaces the terms by which the record's subject is found.
  Result<void> IndexTerms(const Record& record);
  /// Sets the time of the history since the last state root.
  void DateHistory(std::chrono::sys_seconds time);
  /// Brings the map up to date with the state.
  Result<void> HashState();
  Result<void> CheckStateRoot(const StateRoot& root);

  const Ledger& base_;
  Head head_;
  bool closed_ = true;
  std::vector<Bytes> entries_;  // from the base's size on
  Writes state_, map_, drafts_, history_;
  std::map<Bytes, bool> terms_;                        // rows to put (true) or to remove
  std::vector<std::pair<Bytes, HistoryRow>> undated_;  // since the last state root
  std::vector<Bytes> unhashed_;  // keys of the state that changed since the last state root
};

/// Returns the ledger with these entries on top, every record verified. Errors: kCorrupt if they
/// aren't a batch of it.
Result<std::unique_ptr<Batch>> MakeBatch(const Ledger& base, const std::vector<Bytes>& entries);

/// Returns the ledger as it will be with the batch that waits for its quorum, every record verified
/// again; without one, the ledger as it is. `view` outlives it. Errors: kCorrupt.
Result<std::unique_ptr<Batch>> ReadPendingBatch(const LedgerView& view);

/// Returns the same with the log and the tree alone, and nothing verified.
Result<std::unique_ptr<Batch>> ReadPendingLog(const LedgerView& view);

}  // namespace cityid
