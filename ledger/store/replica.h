// A ledger directory (docs/ledger-format.md 6): the log, its tree, the state and its map, in one
// LMDB database.
//
// A replica is opened once a process and shared by all threads. To read, call `Read`: the
// `LedgerView` that it returns is one head with everything below it, whatever is written meanwhile.
// To write, put entries on top of a view in a `Batch`, and `Commit` the batch; a batch that must
// first become public is kept with `Stage` before. A directory is created by `Create` (with a
// genesis), by `CreateEmpty` (for a log that is to be followed) or from a snapshot
// (snapshot/snapshot.h).
//
// A commit is one transaction: after a crash the whole batch is there, or nothing of it. A replica
// never decides what an entry may do (that is `Batch`), never fetches anything (that is sync/), and
// never takes an entry away again. With evidence against the log it is frozen: it takes nothing
// newer, and is read as before; whoever shows what it says has to say so (`LedgerView::head`).
#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "codec/bytes.h"
#include "codec/result.h"
#include "ledger/store/batch.h"
#include "ledger/store/ledger_view.h"

namespace cityid {

class Lmdb;
enum class Table : std::uint8_t;

/// The format of ledger directories that this program reads and writes.
inline constexpr std::string_view kLedgerFormat = "cityid-ledger 3";

/// The signed and cosigned checkpoint of a head.
struct Publication {
  std::string note;
  std::chrono::sys_seconds time;  ///< of its quorum
  /// The proof document of the policy, if this is the first checkpoint under it.
  std::optional<Bytes> policy_proof;
  /// False for a witness's own record of what it cosigned, whose time is its clock's.
  bool has_quorum = true;
};

/// An open ledger directory. Thread-safe; writers wait for each other.
class Replica {
 public:
  enum class Mode { kRead, kWrite };

  /// Publishes a head: signs it and gathers cosignatures. `before` is the ledger as it is, `after`
  /// as it will be. It is called before anything is written; after an error the ledger stays as it
  /// was.
  using Publish = std::function<Result<Publication>(const LedgerView& before, const Batch& after)>;

  /// Creates a ledger with its genesis in a new or empty directory. Errors: kRefused if there is a
  /// ledger already, or the rules refuse the genesis; kForged; kMalformed; kIo; kFull; kBusy.
  static Result<Replica> Create(const std::filesystem::path& directory, ByteView genesis,
                                std::chrono::sys_seconds now);

  /// Creates a ledger without entries, for a log that is to be followed. Errors: those of `Create`.
  static Result<Replica> CreateEmpty(const std::filesystem::path& directory,
                                     std::size_t map_size = 0);

  /// Opens a ledger and checks its head: the root against the right edge of the tree, the map
  /// against the last state root. `map_size` bounds the database's size in bytes; 0: the
  /// most that it was ever written with, at least 64 GiB. Errors: kFormat if it is no ledger or one
  /// of another format; kBusy if `mode` is `kWrite` and another process writes; kCorrupt; kIo.
  static Result<Replica> Open(const std::filesystem::path& directory, Mode mode,
                              std::size_t map_size = 0);

  Replica(Replica&&) noexcept;
  Replica& operator=(Replica&&) noexcept;
  ~Replica();

  /// Returns a view of the present head. Errors: kCorrupt, kIo, kBusy.
  Result<LedgerView> Read() const;

  /// Returns a number that grows with every change of the directory by any process. Makes no system
  /// call.
  std::uint64_t Version() const;

  /// Returns the least version that any living reader of any process still reads: what was removed
  /// since can't be overwritten, so the file grows instead. `Version()` if nobody reads.
  std::uint64_t OldestRead() const;

  /// Adds entries, ends them with a state root and commits them, in one transaction: for bulk loads
  /// and tests; a registry has a `Sequencer`. Without entries it confirms the head, without a new
  /// entry. Without `publish` the new head has no checkpoint. Entries that the rules refuse are no
  /// error. Errors: kUsage over `kMaxBatch` entries; kIo; kFull; kCorrupt; those of `publish`.
  Result<std::vector<Sequenced>> Append(const std::vector<Bytes>& entries,
                                        std::chrono::sys_seconds now, Refused refused,
                                        const Publish& publish = {});

  /// Keeps the entries of a batch on disk before the log signs its head, so that a signed head is
  /// never lost. The ledger stays as it is until `Commit`. Errors: kIo, kFull, kCorrupt.
  Result<void> Stage(const Batch& batch);

  /// Writes a batch that is on top of the present head. `time` is when its head was the newest, if
  /// there is no publication. Errors: kIo, kFull, kCorrupt.
  Result<void> Commit(const Batch& batch, const std::optional<Publication>& publication,
                      std::chrono::sys_seconds time);

  /// Makes a trust file the one that the replica has to reach (`LedgerView::FindTrustAhead`),
  /// unless it has reached it, or one is kept that asks for more. It is forgotten with the first
  /// published head that is not older than it. Errors: kIo, kFull, kCorrupt.
  Result<void> Demand(const TrustFile& file);

  /// Keeps the trust that verified the target of a long replay in the same way, until the replay
  /// reaches that target: on its way the policy may be retired. Keeps what is there already.
  Result<void> DemandForReplay(const TrustFile& file);

  /// Keeps the proof document of a version of the policy. Errors: kIo, kFull, kCorrupt.
  Result<void> KeepPolicyProof(std::uint64_t version, ByteView proof);

  /// Keeps evidence against the log, unless there is some. Evidence that freezes the replica takes
  /// the place of evidence that doesn't. Errors: kIo, kFull, kCorrupt.
  Result<void> KeepEvidence(const Evidence& evidence);

  /// Makes the table of terms anew if it isn't complete or was made by another folding, in steps.
  /// `progress` is called with the number of identifiers that are done, and of all. Errors:
  /// kStopped, then the next call goes on from there; kIo; kFull; kCorrupt.
  Result<void> IndexTerms(
      const std::function<void(std::uint64_t done, std::uint64_t total)>& progress = {},
      const std::stop_token& stop = {});

 private:
  explicit Replica(std::unique_ptr<Lmdb> db);
  Result<void> Put(Table table, ByteView key, ByteView value);

  std::unique_ptr<Lmdb> db_;  // on the heap: transactions point to it
  std::unique_ptr<std::mutex> writing_;
};

}  // namespace cityid
