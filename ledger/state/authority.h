// Who may say what: the authorisation table (docs/ledger-format.md 5.1).
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "codec/city_id.h"
#include "codec/result.h"
#include "ledger/record/record.h"
#include "ledger/state/state.h"

namespace cityid {

/// A party that may act: `threshold` different ones of `members` must sign, all in `role`.
struct Quorum {
  Role role;
  std::vector<PublicKey> members;
  std::size_t threshold;
  std::string who;  ///< for people: "institutes", "registrar of MA.156", "MA.156.1301"
};

/// Whose signatures make a record final: those of exactly one of the quorums, no more and no fewer,
/// and of every new key.
struct Requirement {
  std::vector<Quorum> any_of;
  std::vector<PublicKey> new_keys;
};

/// The parties that the table lets say what `record` says about its subject, in `state`.
/// `new_keys` is left empty. Errors: kRefused for a subject that is none; those of the state.
Result<Requirement> RequiredSigners(const State& state, const Policy& policy, const Record& record);

/// Errors: kRefused, with the rule's name.
Result<void> CheckSigners(const Requirement& requirement, const std::vector<Signer>& signers);

/// Those of `signers` that make the record final: one whole quorum and every new key, and nobody
/// else; nothing if there are not enough yet.
std::optional<std::vector<Signer>> FinalSigners(const Requirement& requirement,
                                                const std::vector<Signer>& signers);

/// True if the signer is in one of the quorums, in its role, or is one of the new keys.
bool HasASay(const Requirement& requirement, const Signer& signer);

/// The quorum of `requirement` that these signers have begun to form and how many it still lacks;
/// the first quorum if nobody of any has signed yet.
struct Missing {
  std::string who;
  std::size_t signatures = 0;       ///< of the quorum
  std::vector<PublicKey> new_keys;  ///< that have not introduced themselves
  bool none() const { return signatures == 0 && new_keys.empty(); }
};
Missing MissingSigners(const Requirement& requirement, const std::vector<Signer>& signers);

}  // namespace cityid
