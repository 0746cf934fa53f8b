// A batch: what entries do to a ledger, worked out beside it and then written in one transaction.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "codec/bytes.h"
#include "codec/result.h"
#include "ledger/find/past.h"
#include "ledger/record/record.h"
#include "ledger/state/apply.h"
#include "ledger/state/state.h"
#include "ledger/store/lmdb.h"
#include "ledger/store/replica.h"
#include "ledger/tlog/map.h"
#include "ledger/tlog/merkle.h"

namespace cityid {

/// A ledger with more entries on top of it, in memory. Each record sees what the ones before it
/// did. Not thread-safe; the base outlives it.
class Batch : public Ledger, public TileSink, public MapSink {
 public:
  explicit Batch(const Ledger& base) : base_(base), head_(base.head()) {}

  /// The next entry with what `VerifyRecord` said of it. A state root among the entries is checked
  /// against what this program has come to itself. `refused` says what becomes of an entry that the
  /// rules refuse. Errors: kForged for a state root that is wrong; kUnsupported for rules that this
  /// program lacks (kKept only); those of the ledger. After an error the batch is of no use.
  Result<Sequenced> Add(ByteView entry, const Result<VerifiedRecord>& verified, Refused refused);

  /// The next entry as it is: for the tree alone, the state does not change.
  void Push(ByteView entry);

  /// Ends the batch with a state root, if entries stand behind the last one. `now` becomes the
  /// rules' time unless it lies before it. Errors: those of the ledger.
  Result<void> Close(std::chrono::sys_seconds now);

  /// Where the log is: `size` and `map` are current; `root` after `HashTree`.
  const Head& head() const override { return head_; }
  /// Puts the entries that were added into the tree, and its root into the head. `leaves`: their
  /// hashes, if they are known.
  Result<void> HashTree(std::vector<LeafHash> leaves = {});
  /// The entries that were added, the state root last.
  const std::vector<Bytes>& entries() const { return entries_; }
  /// True if the last entry is a state root, as it must be in every published head.
  bool closed() const { return closed_; }

  /// Puts everything into a transaction. `HashTree` came before it.
  Result<void> Write(WriteTransaction& transaction) const;

  Result<std::optional<ByteView>> Get(ByteView key) const override;
  Result<ByteView> Entry(Index index) const override;
  Result<std::optional<Index>> FindDraft(const DraftId& id) const override;
  Result<std::optional<ByteView>> Tile(TileId id) const override;
  Result<std::optional<ByteView>> Node(ByteView edge) const override;
  Result<void> PutTile(TileId id, ByteView hashes) override;
  Result<void> PutNode(ByteView edge, ByteView node) override;

 private:
  /// Looked up by a view, so that a look-up copies nothing.
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
  Result<std::optional<Error>> ApplyRecord(const Result<VerifiedRecord>& verified);
  /// Keeps what identifiers were and what they are found by, before `change` is made.
  Result<void> Remember(const Record& record, const Change& change);
  /// The time at which what came since the last state root took effect.
  void Date(std::chrono::sys_seconds time);
  /// Brings the map up to date with the state.
  Result<void> HashState();
  Result<void> CheckStateRoot(const StateRoot& root);

  const Ledger& base_;
  Head head_;
  bool closed_ = true;
  std::vector<Bytes> entries_;  ///< from the base's size on
  Writes state_, map_, drafts_, history_;
  std::map<Bytes, bool> terms_;                        ///< rows to put (true) or to remove
  std::vector<std::pair<Bytes, HistoryRow>> undated_;  ///< since the last state root
  std::map<TileId, Bytes> tiles_;
  std::vector<Bytes> unhashed_;  ///< keys of the state that changed since the last state root
};

}  // namespace cityid
