// Who may say what: the authorisation table (docs/ledger-format.md 5.1).
#pragma once

#include <vector>

#include "codec/city_id.h"
#include "codec/result.h"
#include "ledger/record.h"
#include "ledger/state.h"

namespace cityid {

/// Succeeds if exactly k different institutes of `policy` are among `signers`, and nobody signed as
/// one without being one. Other roles are ignored. Errors: kRefused.
Result<void> CheckInstitutes(const Policy& policy, const std::vector<Signer>& signers);

/// Succeeds if `signers` are the authority of `subject` in `state`: an active record key of its
/// parent, or k institutes; and nobody in a role that has no part in it. New keys are not looked
/// at. Errors: kRefused; those of the state.
Result<void> CheckAuthority(const State& state, const Policy& policy, const CityId& subject,
                            const std::vector<Signer>& signers);

/// Succeeds if those who signed as new keys are exactly `keys`. Errors: kRefused.
Result<void> CheckIntroductions(std::vector<PublicKey> keys, const std::vector<Signer>& signers);

}  // namespace cityid
