// A ledger directory: the log, its tree and its state in LMDB, appended to in batches
// (docs/ledger-format.md 6).
#pragma once

#include <chrono>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "codec/bytes.h"
#include "codec/result.h"
#include "ledger/lmdb.h"
#include "ledger/merkle.h"
#include "ledger/state.h"

namespace cityid {

/// What the log has come to after a batch.
struct Head {
  TreeSize size;
  RootHash root;
  std::chrono::sys_seconds time;  ///< when the batch was made or last confirmed
  friend bool operator==(const Head&, const Head&) = default;
};

/// One consistent head with its state. Keep it short: an open view keeps old pages alive.
class LedgerView : public State, public TileStore {
 public:
  Result<std::optional<ByteView>> Get(ByteView key) const override;
  Result<ByteView> Entry(Index index) const override;
  Result<std::optional<ByteView>> Tile(TileId id) const override;
  const Head& head() const { return head_; }

  /// Where the record of a draft stands, whoever signed it; nothing if it was not sequenced or was
  /// refused.
  Result<std::optional<Index>> FindDraft(const DraftId& id) const;

  /// Calls `visit` for every identifier from the first, by depth and then by text, until it
  /// returns false.
  Result<void> ScanIdentifiers(
      const std::function<bool(const CityId&, const IdentifierState&)>& visit) const;

 private:
  friend class Replica;
  LedgerView(ReadTransaction transaction, Head head)
      : transaction_(std::move(transaction)), head_(head) {}
  ReadTransaction transaction_;
  Head head_;
};

/// Whether `Append` puts a refused entry into the log, as a replica must that follows one, or
/// leaves it out, as a sequencer does.
enum class Refused { kKept, kLeftOut };

/// What became of one entry of a batch.
struct Sequenced {
  std::optional<Index> index;    ///< where it stands; absent if it was left out
  std::optional<Error> refused;  ///< the rule that refused it
};

/// An open ledger. Thread-safe; writers wait for each other.
class Replica {
 public:
  /// Founds a ledger in a new or empty directory. Errors: kRefused if there is one, or the rules
  /// refuse the genesis; kForged; kMalformed; kIo; kFull; kBusy.
  static Result<Replica> Create(const std::filesystem::path& directory, ByteView genesis,
                                std::chrono::sys_seconds now);

  /// Errors: kFormat if it is no ledger or one of another format; kBusy if `mode` is kWrite and
  /// another process writes; kCorrupt; kIo.
  static Result<Replica> Open(const std::filesystem::path& directory, Lmdb::Mode mode,
                              std::size_t map_size = std::size_t{64} << 30);

  Result<LedgerView> Read() const;

  /// Sequences entries, in one transaction: when it returns, all of them are on disk, or none is
  /// in the ledger. An empty batch confirms the head at `now`. Time never goes back: an earlier
  /// `now` counts as the head's time. Errors: kIo, kFull, kCorrupt; refusals are no errors.
  Result<std::vector<Sequenced>> Append(const std::vector<Bytes>& entries,
                                        std::chrono::sys_seconds now, Refused refused);

 private:
  explicit Replica(std::unique_ptr<Lmdb> db) : db_(std::move(db)) {}
  std::unique_ptr<Lmdb> db_;  // on the heap: transactions point to it
};

/// The format of ledger directories that this program reads and writes.
inline constexpr std::string_view kLedgerFormat = "cityid-ledger 1 (no map, no checkpoints)";

}  // namespace cityid
