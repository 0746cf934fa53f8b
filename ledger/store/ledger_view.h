// A ledger directory at one head, to be read.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "codec/bytes.h"
#include "codec/result.h"
#include "ledger/proof/trust_file.h"
#include "ledger/record/fields.h"
#include "ledger/state/ledger.h"

namespace cityid {

class ReadTransaction;

/// A trust file that a replica has still to reach (docs/proof.md 4.4).
struct TrustAhead {
  TrustFile file;
  /// Checkpoints are judged by it, not by the replica's policy: that is older, or in the middle of
  /// a replay.
  bool judges = false;
  /// The replica is older than the file says: nothing is answered from it.
  bool behind = false;
};

/// Two notes that can't belong to one history, or a note that its own entries contradict. Kept for
/// people to look at.
struct Evidence {
  std::string reason;              ///< one line
  std::vector<std::string> notes;  ///< one or two signed notes
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

/// A consistent view of a ledger at one head, whatever is written meanwhile. Destroy it soon: while
/// it exists, the database can't reuse the pages that it sees. Not thread-safe.
class LedgerView : public Ledger {
 public:
  /// Is called by scans; returns false to stop, or an error that ends the scan.
  template <class... Arguments>
  using Visit = std::function<Result<bool>(Arguments...)>;

  LedgerView(LedgerView&&) noexcept;
  LedgerView& operator=(LedgerView&&) noexcept;
  ~LedgerView() override;

  Result<std::optional<ByteView>> Get(ByteView key) const override;
  Result<ByteView> Entry(Index index) const override;
  Result<std::optional<ByteView>> Tile(TileId id) const override;
  Result<std::optional<ByteView>> Node(ByteView edge) const override;
  Result<std::optional<Index>> FindDraft(const DraftId& id) const override;
  const Head& head() const override { return head_; }

  /// Returns `Replica::Version` as it was when this view was made.
  std::uint64_t version() const;

  /// Returns the signed note of a published size; for the head, the newest with all cosignatures.
  Result<std::optional<std::string>> Note(TreeSize size) const;

  /// Returns the proof document of the first checkpoint under a version of the policy
  /// (docs/proof.md 4).
  Result<std::optional<Bytes>> PolicyProof(std::uint64_t version) const;

  /// Returns the evidence against the log, if any was found.
  Result<std::optional<Evidence>> FindEvidence() const;

  /// Returns the trust file that this replica has still to reach (`Replica::Demand`), if any.
  Result<std::optional<TrustAhead>> FindTrustAhead() const;

  /// Refuses a replica from which nothing may be answered yet. Errors: kBusy if it has no entries,
  /// or is older than the trust file that it has to reach; kCorrupt; kIo.
  Result<void> CheckReached() const;

  /// Returns by what the next checkpoints are judged: a trust file that judges, the policy, or
  /// `initial` before there is a policy. Errors: kCorrupt, kIo.
  Result<Trust> TrustNow(const Trust& initial) const;

  /// Returns the entries of a batch that is durable and waits for its quorum; none if none waits.
  Result<std::vector<Bytes>> Pending() const;

  /// Returns true if names and relations of all identifiers can be searched. A replica that was
  /// made from a snapshot, or was written by a program that folds names in another way, can search
  /// after `Replica::IndexTerms`.
  Result<bool> HasTerms() const;

  /// Visits all notes by size, up or down, and all policy proofs by version. Errors: kCorrupt; kIo;
  /// those of `visit`.
  Result<void> ScanNotes(const Visit<TreeSize, std::string_view>& visit) const;
  Result<void> ScanNotesBack(const Visit<TreeSize, std::string_view>& visit) const;
  Result<void> ScanPolicyProofs(const Visit<std::uint64_t, ByteView>& visit) const;

  /// Visits all identifiers by depth, then by text. Errors: kCorrupt; kIo; those of `visit`.
  Result<void> ScanIdentifiers(const Visit<const CityId&, const IdentifierState&>& visit) const;

  /// Visits the identifiers of one depth by text, from `first` on. Errors: kCorrupt; kIo; those of
  /// `visit`.
  Result<void> ScanLevel(std::size_t depth, std::string_view first,
                         const Visit<CityId>& visit) const;

  /// Work that was done with this view, in units: a row that was read, or 256 bytes of an entry.
  /// Reading fails with kTooLarge once it is more than the bound, at first without end: so no
  /// request costs more than its row of the route table says.
  std::uint64_t work() const { return work_; }
  void Bound(std::uint64_t units) { bound_ = units; }
  /// Counts work. Errors: kTooLarge over the bound.
  Result<void> Count(std::uint64_t units) const;
  static constexpr std::uint64_t kBytesOfUnit = 256;

  /// The rows of all tables, for ledger/store/ only.
  const ReadTransaction& rows() const { return *rows_; }

 private:
  friend class Replica;
  LedgerView(ReadTransaction rows, const Head& head);
  /// Makes the view of the transaction's head. Errors: kCorrupt, kIo.
  static Result<LedgerView> Of(ReadTransaction rows);

  std::unique_ptr<const ReadTransaction> rows_;
  Head head_;
  mutable std::uint64_t work_ = 0;
  std::uint64_t bound_ = UINT64_MAX;
};

}  // namespace cityid
