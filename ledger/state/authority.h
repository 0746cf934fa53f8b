// Authorisation: who must sign a record, by its type and by the place of its subject in the state
// (docs/ledger-format.md 5.1): a policy the institutes, a change of holding the holder, a recovery
// the institutes or who stands above, and so on. The table is in authority.cpp; whether a signature
// is good was checked before (`Draft::Verify`), and what the record may change is in rules.h.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "codec/result.h"
#include "ledger/record/signed_record.h"
#include "ledger/state/state.h"

namespace cityid {

/// A party that may act: `threshold` of its members must sign, all in one role.
struct Quorum {
  Role role;
  std::vector<PublicKey> members;
  std::size_t threshold;
  std::string who;  ///< for people: "institutes", "registrar of MA.156", "MA.156.1301"
};

/// The signatures that make a record final: those of exactly one of the quorums, no more and no
/// fewer, and those of every new key.
struct Requirement {
  std::vector<Quorum> any_of;
  std::vector<PublicKey> new_keys;
};

/// Returns the quorums that may sign `record`, by its type and its subject's place in `state`.
/// Leaves `new_keys` empty. Errors: kRefused if the subject is malformed or unknown; those of the
/// state.
Result<Requirement> RequiredSigners(const State& state, const Policy& policy, const Record& record);

/// Checks that exactly the required signers signed. Errors: kRefused, with the rule's name.
Result<void> CheckSigners(const Requirement& requirement, const std::vector<Signer>& signers);

/// Chooses the signers that make the record final: one whole quorum and every new key, and nobody
/// else. Returns nothing if there are not enough yet.
std::optional<std::vector<Signer>> FinalSigners(const Requirement& requirement,
                                                const std::vector<Signer>& signers);

/// Returns true if the signer is in one of the quorums, in its role, or is one of the new keys.
bool HasASay(const Requirement& requirement, const Signer& signer);

/// The signatures that a record still needs: those of the quorum that most of the signers belong
/// to, or of the first quorum if none has signed.
struct Missing {
  std::string who;
  std::size_t signatures = 0;       ///< number that the quorum lacks
  std::vector<PublicKey> new_keys;  ///< new keys that have not signed
  bool none() const { return signatures == 0 && new_keys.empty(); }
};
Missing MissingSigners(const Requirement& requirement, const std::vector<Signer>& signers);

}  // namespace cityid
