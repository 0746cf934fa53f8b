// A ledger directory: the log, its tree, the state and its map in LMDB, extended batch by batch
// (docs/ledger-format.md 6).
#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "codec/bytes.h"
#include "codec/result.h"
#include "ledger/record/fields.h"
#include "ledger/state/ledger.h"
#include "ledger/store/lmdb.h"

namespace cityid {

class Batch;

/// Two notes that can't both be of one history, or a note whose entries don't come to what they
/// say: kept for people to look at.
struct Evidence {
  std::string reason;              ///< one line
  std::vector<std::string> notes;  ///< signed; one or two
  std::uint64_t time = 0;          ///< when it was found; seconds since 1970
  bool frozen = false;             ///< the replica takes no further entries

  template <class F, class Self>
  static void Fields(F& f, Self& s) {
    f(1, "reason", s.reason);
    f(2, "notes", s.notes);
    f(3, "time", s.time);
    f(4, "frozen", s.frozen);
  }
};

/// One consistent head with its state. Keep it short: an open view keeps old pages alive.
class LedgerView : public Ledger {
 public:
  Result<std::optional<ByteView>> Get(ByteView key) const override;
  Result<ByteView> Entry(Index index) const override;
  Result<std::optional<ByteView>> Tile(TileId id) const override;
  Result<std::optional<ByteView>> Node(ByteView edge) const override;
  const Head& head() const override { return head_; }
  /// `Replica::Version` as it was.
  std::uint64_t version() const { return transaction_.version(); }

  /// The signed note of a size that was published: the newest one with all its cosignatures.
  Result<std::optional<std::string>> Note(TreeSize size) const;

  /// What was found against the log; nothing usually.
  Result<std::optional<Evidence>> FindEvidence() const;

  /// The trust file's text by which the target of a replay that is under way was verified.
  Result<std::optional<std::string>> TrustOfReplay() const;

  /// The entries of a batch that was made durable and waits for its quorum; none usually.
  Result<std::vector<Bytes>> Pending() const;
  /// The ledger as it will be with them, every record checked; without any, as it is. Uses this
  /// view. Errors: kCorrupt.
  Result<std::unique_ptr<Batch>> PendingBatch() const;
  /// The log as it will be with them, and nothing but the log.
  Result<std::unique_ptr<Batch>> PendingLog() const;

  /// The proof document of the first checkpoint under a version of the policy (docs/proof.md 4).
  Result<std::optional<Bytes>> PolicyProof(std::uint64_t version) const;

  Result<std::optional<Index>> FindDraft(const DraftId& id) const override;

  /// Calls `visit` for every identifier from the first, by depth and then by text, until it
  /// returns false.
  Result<void> ScanIdentifiers(
      const std::function<bool(const CityId&, const IdentifierState&)>& visit) const;

  /// The value of a key of any table.
  Result<std::optional<ByteView>> Find(Table table, ByteView key) const {
    return transaction_.Get(table, key);
  }

  /// Calls `visit` for every pair of a table from `first` on in order of keys, until it returns
  /// false.
  Result<void> ScanFrom(Table table, ByteView first,
                        const std::function<bool(ByteView key, ByteView value)>& visit) const {
    return transaction_.Scan(table, first, visit);
  }
  Result<void> ScanTable(Table table,
                         const std::function<bool(ByteView key, ByteView value)>& visit) const {
    return transaction_.Scan(table, {}, visit);
  }

  /// Whether the table `terms` is complete; it is made anew after a snapshot (`IndexTerms`).
  Result<bool> HasTerms() const;

 private:
  friend class Replica;
  LedgerView(ReadTransaction transaction, Head head)
      : transaction_(std::move(transaction)), head_(head) {}
  ReadTransaction transaction_;
  Head head_;
};

/// Whether an entry that the rules refuse is put into the log, as a replica must that follows one,
/// or is left out, as a sequencer does.
enum class Refused { kKept, kLeftOut };

/// What became of one entry of a batch.
struct Sequenced {
  std::optional<Index> index;    ///< where it stands; absent if it was left out
  std::optional<Error> refused;  ///< the rule that refused it
};

/// A head's checkpoint, signed and cosigned, and the time of its quorum.
struct Publication {
  std::string note;
  std::chrono::sys_seconds time;
  /// The policy's proof document, if this is the first checkpoint under it.
  std::optional<Bytes> policy_proof;
};

/// An open ledger. Thread-safe; writers wait for each other.
class Replica {
 public:
  /// Makes a head public: signs it and gathers cosignatures. `before` is the ledger as it is,
  /// `after` as it is to be. Called before anything is written; an error leaves the ledger as it
  /// was.
  using Publish = std::function<Result<Publication>(const LedgerView& before, const Batch& after)>;

  /// Founds a ledger in a new or empty directory. Errors: kRefused if there is one, or the rules
  /// refuse the genesis; kForged; kMalformed; kIo; kFull; kBusy.
  static Result<Replica> Create(const std::filesystem::path& directory, ByteView genesis,
                                std::chrono::sys_seconds now);

  /// Founds a ledger with what `fill` puts into its tables, without syncing on the way; `fill`
  /// returns the head that these have. Errors: as `Create`, and those of `fill`.
  static Result<void> Found(const std::filesystem::path& directory,
                            const std::function<Result<Head>(Lmdb&)>& fill);

  /// An empty directory for a log that is to be followed. Errors: as `Create`.
  static Result<Replica> CreateEmpty(const std::filesystem::path& directory);

  /// Checks the head: its root against the right edge of the tree, its map against the last state
  /// root. Errors: kFormat if it is no ledger or one of another format; kBusy if `mode` is kWrite
  /// and another process writes; kCorrupt; kIo.
  static Result<Replica> Open(const std::filesystem::path& directory, Lmdb::Mode mode,
                              std::size_t map_size = std::size_t{64} << 30);

  Result<LedgerView> Read() const;

  /// Another number with every change of the directory, by whatever process; cheap.
  std::uint64_t Version() const { return db_->Version(); }

  /// For bulk loads and tests; a registry has a `Sequencer`.
  /// Sequences entries and ends them with a state root, in one transaction: when it returns, all of
  /// them are on disk, or none is in the ledger. Without entries the head is confirmed, without a
  /// new leaf. The rules' time never goes back. Without `publish` there is no checkpoint of the new
  /// head. Errors: kUsage over `kMaxBatch` entries; kIo, kFull, kCorrupt, those of `publish`;
  /// refusals are no errors.
  Result<std::vector<Sequenced>> Append(const std::vector<Bytes>& entries,
                                        std::chrono::sys_seconds now, Refused refused,
                                        const Publish& publish = {});

  /// Keeps the entries of a batch, so that a head which the log has signed is never lost; the
  /// ledger stays as it is until `Commit`. Errors: kIo, kFull, kCorrupt.
  Result<void> Stage(const Batch& batch);

  /// Keeps whom a replay that begins was verified by, until a published head is reached. Errors:
  /// kIo, kFull, kCorrupt.
  Result<void> KeepTrustOfReplay(const std::string& trust);

  /// Keeps the proof document of a version of the policy; one that is there already stays. Errors:
  /// kIo, kFull, kCorrupt.
  Result<void> KeepPolicyProof(std::uint64_t version, ByteView proof);

  /// Keeps evidence; what was found first stays. Errors: kIo, kFull, kCorrupt.
  Result<void> KeepEvidence(const Evidence& evidence);

  /// Makes the table `terms` if it is not complete, in steps. `progress` is called with how many
  /// identifiers are done, and of how many. Errors: kIo, kFull, kCorrupt.
  Result<void> IndexTerms(
      const std::function<void(std::uint64_t done, std::uint64_t total)>& progress = {});

  /// Frees the slots of readers that were killed.
  void DropDeadReaders() { db_->DropDeadReaders(); }

  /// Writes a batch that was made on top of the present head. Errors: kIo, kFull, kCorrupt.
  Result<void> Commit(const Batch& batch, const std::optional<Publication>& publication,
                      std::chrono::sys_seconds time);

 private:
  explicit Replica(std::unique_ptr<Lmdb> db)
      : db_(std::move(db)), writing_(std::make_unique<std::mutex>()) {}
  std::unique_ptr<Lmdb> db_;  // on the heap: transactions point to it
  std::unique_ptr<std::mutex> writing_;
};

/// The most entries that may stand before a state root: what a replica takes in one step.
inline constexpr std::size_t kMaxBatch = 4095;

/// The format of ledger directories that this program reads and writes.
inline constexpr std::string_view kLedgerFormat = "cityid-ledger 3";

}  // namespace cityid
