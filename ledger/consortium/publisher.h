// Publishes a head: the log's signature and the cosignatures of a quorum (docs/ledger-format.md 8).
#pragma once

#include <chrono>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "codec/result.h"
#include "ledger/cosigning/cosigner.h"
#include "ledger/cosigning/journal.h"
#include "ledger/proof/trust.h"
#include "ledger/store/batch.h"
#include "ledger/store/replica.h"
#include "ledger/tlog/note.h"

namespace cityid {

/// The keys and witnesses of a publisher. A consortium whose institutes have machines of their own
/// has no witness keys here.
struct PublisherParts {
  std::vector<SecretKey> log_keys;      ///< one; the old and the new one during a change
  std::vector<SecretKey> witness_keys;  ///< of witnesses on this machine
  std::vector<std::unique_ptr<Cosigner>> cosigners;
  /// What these keys have signed. Without it nothing stops them from signing two histories: for
  /// tests.
  std::optional<Journal> journal = {};
  std::chrono::milliseconds patience = std::chrono::seconds(10);  ///< for all cosigners together
};

/// Publishes one head at a time.
class Publisher {
 public:
  explicit Publisher(PublisherParts parts);
  /// Waits for the witnesses that are still being asked.
  ~Publisher();

  /// Signs the head of `after` and gathers cosignatures, from all witnesses at once, until there is
  /// a quorum. The first checkpoint under a policy also satisfies the policy before it, so that
  /// trust files can follow. The journal has the head before anything is signed. Errors: kBusy
  /// without a quorum, naming who is missing, or without a key of the policy's log; kForged if the
  /// journal contradicts the head; those of the ledger.
  Result<Publication> Publish(const LedgerView& before, const Batch& after,
                              std::chrono::sys_seconds now);

  /// The keys, the cosigners and the journal, for `Confirmation`.
  PublisherParts& parts() { return parts_; }
  /// Returns the public keys of all keys on this machine.
  std::vector<PublicKey> Keys() const;

 private:
  /// A witness, and what is known about it.
  struct Asked {
    Cosigner* cosigner;
    TreeSize size;  // that it cosigned last, as far as is known
    std::future<Result<WitnessReply>> reply;
    std::string trouble;  // why it did not cosign the last time; empty if it did
    int busy = 0;         // how often it said 503 in this round
    std::chrono::steady_clock::time_point pause = {};  // until when it is not asked again
  };
  /// What a checkpoint must satisfy, and whether it is the first under its policy.
  struct Judges {
    std::vector<Trust> trusts;
    bool first = false;
  };
  /// Returns what the first or a later checkpoint under `policy` must satisfy: the policy, and for
  /// the first what was in force before it. A trust file that the ledger has still to reach
  /// (`Replica::Demand`) takes the place of a policy before it: so a consortium goes on whose
  /// policy nobody can satisfy any more.
  static Result<Judges> JudgesOf(const LedgerView& before, const PolicyState& policy);
  /// Adds the signatures of the log keys that are on this machine.
  void SignByLog(Note& note, const std::vector<Trust>& trusts) const;
  /// Asks all witnesses and adds their cosignatures.
  void Gather(Note& note, const Batch& after, const std::vector<Trust>& trusts,
              std::chrono::sys_seconds now);
  Result<void> Ask(Asked& witness, const Note& note, const Batch& after);
  /// Adds what a witness replied. Returns true if it must be asked again, from the size that it
  /// named.
  bool AddReply(Asked& witness, Note& note, TreeSize size, const std::vector<Trust>& trusts);
  /// Shortens the note and opens it with every policy.
  Result<Publication> Finish(const Note& cosigned, const std::vector<Trust>& trusts,
                             std::chrono::sys_seconds now) const;

  PublisherParts parts_;
  std::vector<Asked> witnesses_;
};

}  // namespace cityid
