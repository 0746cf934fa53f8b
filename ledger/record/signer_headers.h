// The headers that records and statements share (docs/ledger-format.md 2): the body's protected
// header says what is signed, each signer's header with which key and in which role. Both are
// covered by every signature, so what was signed as a statement is never valid as a record.
// Internal to ledger/record/.
#pragma once

#include <vector>

#include "codec/bytes.h"
#include "codec/cose.h"
#include "codec/result.h"
#include "ledger/record/signed_record.h"

namespace cityid {

/// Returns the protected header of a signer: algorithm, public key, role.
Bytes SignerHeader(const Signer& signer);

/// Checks that the protected header is `body_header` and the unprotected ones are empty, and parses
/// the signers, which must be in order. Errors: kMalformed, kUnsupported; they begin with `what`.
Result<std::vector<Signer>> ReadSigners(const CoseSign& sign, ByteView body_header,
                                        const char* what);

}  // namespace cityid
