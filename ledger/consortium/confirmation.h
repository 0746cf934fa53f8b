// Finds out whether a registry may sign (docs/signing-journal.md 3): whether its keys have signed
// more than its directory has, because the directory was put back, moved, or lost.
//
// As long as this isn't known, the registry is unconfirmed: it takes nothing in and signs nothing.
// `Step` asks the witnesses, brings the ledger up to what they have, and says what it waits for.
#pragma once

#include <optional>
#include <set>
#include <stop_token>
#include <string>
#include <vector>

#include "codec/result.h"
#include "ledger/consortium/publisher.h"
#include "ledger/store/replica.h"
#include "ledger/sync/policy_proofs.h"

namespace cityid {

/// Whether a registry may sign.
struct Standing {
  enum class Kind {
    kUnconfirmed,  ///< it may have signed more than it has: it takes nothing in
    kAsking,       ///< journal and ledger agree, and k institutes have not said so yet
    kConfirmed,
  };
  Kind kind = Kind::kUnconfirmed;
  std::string waits_for;  ///< and whom; empty if it is confirmed
};

/// Not thread-safe. While `Step` runs, nobody publishes.
class Confirmation {
 public:
  /// `replica` was opened for writing; it and `publisher`, which has a journal, outlive this.
  /// `without` has names of the policy's institutes and outside witnesses that can't be asked: the
  /// operator's word that they have nothing that isn't in the ledger.
  Confirmation(Replica& replica, Publisher& publisher, std::vector<std::string> without)
      : replica_(replica),
        publisher_(publisher),
        without_(without.begin(), without.end()),
        proofs_(replica) {}

  /// Goes on. Returns what is known by now; kConfirmed from the first time on. A stop ends the
  /// replay of what a witness has, and the next step goes on from there. Errors: kForged if
  /// the keys signed two histories; kUsage if `without` names nobody of the policy; those of the
  /// ledger.
  Result<Standing> Step(const std::stop_token& stop = {});

 private:
  /// What one witness showed.
  struct Shown {
    Cosigner* cosigner = nullptr;
    std::unique_ptr<Source> log;
    std::string trouble;               // why it gave no answer; empty if it did
    std::optional<Note> note = {};     // that it cosigned, signed by the log; nothing if none
    Checkpoint checkpoint = {};        // of the note
    std::set<std::string> names = {};  // of the policy's witnesses whose lines the note has
    bool answered = false;             // with anything at all
    bool confirms = false;             // that it has cosigned nothing newer
    std::string confirmed_by = {};     // the name under which it does; empty for a new log
  };
  /// Compares the journal's tree with the ledger. Stages the journal's batch again if it is the
  /// next one. Returns why the registry is unconfirmed, if the journal can't tell; nothing if
  /// journal and ledger agree.
  Result<std::optional<std::string>> CompareTree(const LedgerView& view);
  /// Returns the same about the keys.
  Result<std::optional<std::string>> CompareKeys(const State& state) const;
  std::vector<Shown> AskAll(const PolicyState& policy) const;
  void Ask(Shown& shown, const PolicyState& policy) const;
  /// Fetches what a witness has, if that is more than the ledger has. Returns words about it; empty
  /// if nobody has more.
  Result<std::string> TakeBack(const LedgerView& view, const std::vector<Shown>& all,
                               const std::stop_token& stop);
  /// Returns what is still missing until it is certain that the keys signed nothing newer; empty if
  /// nothing is.
  Result<std::string> Missing(const LedgerView& view, const PolicyState& policy,
                              std::vector<Shown>& all) const;
  /// Asks a witness whether it has cosigned nothing newer than what it shows.
  void AskToConfirm(Shown& shown, const std::optional<std::string>& published,
                    const PolicyState& policy) const;
  Result<bool> HasLogKey(const LedgerView& view) const;
  Result<void> CheckNames(const Policy& policy) const;
  /// Writes the journal: the keys have signed nothing newer than the ledger has.
  Result<Standing> Confirm(const LedgerView& view);

  Replica& replica_;
  Publisher& publisher_;
  std::set<std::string> without_;
  PolicyProofs proofs_;
  bool confirmed_ = false;
  bool stale_ = false;                      // the journal was set back
  std::optional<std::string> unconfirmed_;  // why, if it was found out already
};

}  // namespace cityid
