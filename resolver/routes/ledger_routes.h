// The ledger's rows of the route table: the log as files, single keys and entries, and proofs.
#pragma once

#include "resolver/routes/route.h"

namespace cityid {

/// The newest checkpoint with its cosignatures (C2SP tlog-checkpoint).
HandlerResult GetCheckpoint(const Call& call);
/// A tile or an entry bundle (C2SP tlog-tiles). Immutable.
HandlerResult GetLogFile(const Call& call);
/// The proof document of a version of the policy (docs/proof.md 4). Immutable.
HandlerResult GetPolicyProof(const Call& call);
/// A snapshot that the operator made, by the size of its log. Immutable.
HandlerResult GetSnapshot(const Call& call);
/// The value of a state key (hexadecimal), as it is stored: what a program needs to make a record.
HandlerResult GetState(const Call& call);
/// One entry of the log (application/cose).
HandlerResult GetEntry(const Call& call);
/// The proof of what `/{id}` answers (docs/proof.md); `?since=SIZE` adds consistency.
HandlerResult GetIdentifierProof(const Call& call);
/// The same for a code.
HandlerResult GetCodeProof(const Call& call);

/// The media type of proof documents.
inline constexpr const char* kProofType = "application/cityid-proof+cbor";

}  // namespace cityid
