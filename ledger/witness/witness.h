// An institute's witness (C2SP tlog-witness). It cosigns a head only after it has replayed every
// record up to that head itself.
//
// A checkpoint is refused by the first of these that it fails (docs/witness.md 2): a key of the log
// signed it; the journal knows what this key signed before; it begins at the size that was cosigned
// last; it continues no tree that was given up; its proof shows that it continues the cosigned
// history; its time is not ahead; the records, replayed, give its state root. witness.cpp has the
// request and its order, witness_following.cpp what needs the log, witness_cosigning.cpp what is
// done once all is well.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "codec/ed25519.h"
#include "codec/result.h"
#include "ledger/cosigning/cosigner.h"
#include "ledger/cosigning/journal.h"
#include "ledger/proof/trust_file.h"
#include "ledger/store/replica.h"
#include "ledger/sync/policy_proofs.h"
#include "ledger/sync/source.h"
#include "ledger/tlog/note.h"
#include "ledger/witness/cosigned_notes.h"

namespace cityid {

/// The key and the source of a witness.
struct WitnessParts {
  SecretKey key;
  /// Has the log's keys and the witness's own name until the ledger has a policy.
  TrustFile trust;
  std::shared_ptr<Source> log;  ///< gives entries, also those of a batch that waits
  Journal journal;              ///< what the key has cosigned
  std::stop_token stop;         ///< ends a replay
};

/// How often checkpoints were refused for one reason.
struct WitnessRefusals {
  std::uint64_t count = 0;
  std::string words;  ///< of the last reply, on one line
};

/// Thread-safe. One request at a time asks the log, with no lock held. Meanwhile two others that
/// the log signed wait a few seconds for their turn, the rest of those that need the log get 503 at
/// once, and all others their answer.
class Witness {
 public:
  /// `replica` was opened for writing, holds only what this witness replayed, and outlives it.
  Witness(Replica& replica, WitnessParts parts)
      : replica_(replica),
        parts_(std::move(parts)),
        cosigned_(replica, parts_.key.public_key()),
        proofs_(replica) {}

  /// Answers one `add-checkpoint`: 200 with cosignature lines; 400 malformed; 403 not signed by the
  /// log; 404 another log; 409 with the size that was cosigned last; 422 for a wrong proof, another
  /// history, a wrong state root, or a time ahead; 503 not replayed yet. A cosignature is on disk
  /// before it is returned.
  WitnessReply AddCheckpoint(std::string_view request, std::chrono::sys_seconds now);

  /// Returns what was refused since the start, by reason: "time", "history" (docs/witness.md 2).
  /// Waits for no request.
  std::map<std::string_view, WitnessRefusals> refusals() const;
  /// Returns the newest checkpoint with this witness's own cosignature; nothing if it never
  /// cosigned. If the replica doesn't reach what the journal had at the start, it is the journal's.
  /// Waits for no request. Errors: those of the replica.
  Result<std::optional<std::string>> NewestCosigned();

  /// Returns what everybody may see of its promise and release, as notes one after another; empty
  /// if it has promised nothing (docs/release.md 5). Waits for no request.
  std::string Release() const;

  /// Follows what the log has published, as a replica does. So a witness whose disk was set back
  /// learns again what it may have cosigned. Call it at the start: until it has succeeded, here or
  /// before a request, the witness cosigns nothing. Errors: kForged if there is evidence against
  /// the log, which is kept; those of source and replica.
  Result<void> CatchUp(std::chrono::sys_seconds now);

  /// Brings the replica to the tree that the key cosigned last, if the journal has the entries, and
  /// shows its note: this process may have ended between the two. Call it before everything else.
  /// Errors: kForged if it has cosigned another history than the replica's; those of journal and
  /// replica.
  Result<void> TakeBackFromJournal(std::chrono::sys_seconds now);

 private:
  /// A request that was parsed.
  struct Asked {
    CosignRequest request;
    Note note;
    Checkpoint checkpoint;
    /// Returns true if it asks for a cosignature of what was cosigned already.
    bool IsAgain() const {
      return request.old_size == checkpoint.size && request.consistency.empty();
    }
  };
  WitnessReply Answer(std::string_view request, std::chrono::sys_seconds now);
  static Result<Asked> Parse(const CosignRequest& request);

  // The steps of a request. Each returns nothing if the request passes, or the reply that ends it.
  // Trouble with the disk or the network says nothing about the checkpoint, and is a reply, too.
  using Refusal = std::optional<WitnessReply>;
  /// Answers with what is here; nothing if the log has to be asked. `mutex_` is locked.
  Refusal AnswerAlone(const Asked& asked, std::chrono::sys_seconds now);
  /// Waits for the turn to ask the log, if the log signed the request, with `lock` on `mutex_`.
  /// Returns the refusal if the turn doesn't come; otherwise `fetching_` is set.
  Refusal TakeTurn(const Asked& asked, std::unique_lock<std::mutex>& lock,
                   std::chrono::sys_seconds now);
  /// Answers after asking the log. `fetching_` was set for it; `mutex_` is not locked.
  WitnessReply AnswerWithLog(const Asked& asked, std::chrono::sys_seconds now);
  Refusal CheckSigned(const Asked& asked, const Trust& trust, bool is_signed) const;
  /// Refuses what the journal can't know.
  Refusal CheckJournal(const Asked& asked);
  /// Refuses what doesn't begin at the size that was cosigned last.
  Refusal CheckSize(const Asked& asked) const;
  /// Returns the journal's tree if that is ahead of the replica.
  Result<std::optional<Checkpoint>> JournalAhead() const;
  /// Refuses what contradicts the journal where that is ahead of the replica.
  Refusal CheckContinuesJournal(const Asked& asked);
  bool IsGivenUp(const Checkpoint& checkpoint) const;
  /// Answers a repeat of what the key cosigned last. Returns nothing if the log must be asked first
  /// whether that continues a tree that was given up.
  Refusal AnswerRepeat(const Asked& asked, const Trust& trust, std::chrono::sys_seconds now);
  /// Refuses a tree of this size that continues `view`, or is part of it, if `view` has a smaller
  /// tree that this witness has promised never to cosign.
  Refusal CheckOwnNotGivenUp(const LedgerView& view, TreeSize size) const;
  /// Refuses what continues a tree that this witness has promised never to cosign. The checkpoint
  /// continues the replica's head.
  Refusal CheckNotGivenUp(const Checkpoint& checkpoint);
  /// Refuses a wrong consistency proof, as far as that needs no log.
  Refusal CheckProof(const Asked& asked, std::chrono::sys_seconds now) const;
  Refusal CheckConsistent(const Asked& asked, std::chrono::sys_seconds now);
  /// `before` is what the log was trusted by before.
  Refusal ReplayTo(const Asked& asked, const Trust& before, std::chrono::sys_seconds now);
  Refusal CheckTime(const Checkpoint& checkpoint, std::chrono::sys_seconds now);
  /// Checks the time, if need be after what the log has published.
  Refusal CheckTimeOrFollow(const Asked& asked, std::chrono::sys_seconds now);
  /// Returns true if the log may be asked again, and wasn't just now.
  bool MayFollow(std::chrono::sys_seconds now) const;

  /// Cosigns what was checked, under the names of both policies. `before` is what the log was
  /// trusted by before the replay. `mutex_` is locked.
  WitnessReply Cosign(const Asked& asked, const Trust& before, std::chrono::sys_seconds now);
  /// Cosigns the replica's head and keeps the note.
  WitnessReply CosignHead(const Asked& asked, const Trust& before, std::chrono::sys_seconds now);
  /// Keeps in the replica the note that the journal has of the replica's tree.
  Result<void> ShowFromJournal(const LedgerView& view, std::chrono::sys_seconds now);
  /// Keeps the note in the journal. Returns the reply that refuses what contradicts it.
  Refusal KeepInJournal(const LedgerView& view, const Asked& asked, const Note& cosigned);
  /// The reply for a checkpoint that doesn't continue this ledger. Keeps both notes if that is a
  /// fork.
  WitnessReply RefuseHistory(const LedgerView& view, const Asked& asked, const std::string& reason,
                             std::chrono::sys_seconds now);
  /// Returns true for the head of the replica, signed by a key of the policy in force: it may be
  /// cosigned again, whatever a trust file made by hand says of the next policy.
  Result<bool> IsRepeated(const Asked& asked) const;
  /// Returns true if the key has cosigned exactly this, and nothing newer.
  bool IsNewestSigned(const Asked& asked) const;
  /// Cosigns once more what the key cosigned last, wherever the replica is.
  WitnessReply CosignAgain(const Asked& asked, const Trust& before, std::chrono::sys_seconds now);
  /// By what the log's checkpoints are judged.
  Result<Trust> TrustNow() const;
  Result<void> CompareWithLog(std::chrono::sys_seconds now);

  /// Ends the turn of who asks the log.
  class Turn {
   public:
    explicit Turn(Witness& witness) : witness_(witness) {}
    ~Turn();
    Turn(const Turn&) = delete;
    Turn& operator=(const Turn&) = delete;

   private:
    Witness& witness_;
  };

  /// A checkpoint that the log's tiles didn't show to be a fork.
  struct NoFork {
    Checkpoint checkpoint;
    std::chrono::sys_seconds time;
  };

  /// The last cosignature, to be repeated.
  struct LastReply {
    std::string text;  // of the note
    std::chrono::sys_seconds time;
    WitnessReply reply;
  };

  // Never locked while the log is asked. Who has set `fetching_` alone asks the log, moves the
  // replica's head and, with the lock, changes the journal.
  std::mutex mutex_;
  bool fetching_ = false;
  int waiting_ = 0;                   // for `fetching_`
  std::condition_variable_any turn_;  // `fetching_` was reset
  std::vector<NoFork> no_forks_;      // the newest at the end
  std::optional<LastReply> last_;
  std::atomic<bool> caught_up_ = false;
  std::atomic<std::chrono::sys_seconds> followed_at_ = {};  // when the log was last followed
  Replica& replica_;
  WitnessParts parts_;
  mutable std::mutex refusals_mutex_;
  std::map<std::string_view, WitnessRefusals> refusals_;
  CosignedNotes cosigned_;
  PolicyProofs proofs_;
  std::optional<SignedTree> ahead_;  // of the replica, at the start; not changed afterwards
};

}  // namespace cityid
