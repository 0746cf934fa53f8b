// The ledger's rows of the route table: the log as files, single keys and entries, and proofs.
#pragma once

#include "resolver/routes/routes.h"

namespace cityid {

/// The newest checkpoint with its cosignatures (C2SP tlog-checkpoint).
Response GetCheckpoint(const Service& service, const Request& request, const PathParameters& path);
/// A tile or an entry bundle (C2SP tlog-tiles). Immutable.
Response GetLogFile(const Service& service, const Request& request, const PathParameters& path);
/// The proof document of a version of the policy (docs/proof.md 4). Immutable.
Response GetPolicyProof(const Service& service, const Request& request, const PathParameters& path);
/// A snapshot that the operator made, by the size of its log. Immutable.
Response GetSnapshot(const Service& service, const Request& request, const PathParameters& path);
/// The value of a state key (hexadecimal), as it is stored: what a program needs to make a record.
Response GetState(const Service& service, const Request& request, const PathParameters& path);
/// One entry of the log (application/cose).
Response GetEntry(const Service& service, const Request& request, const PathParameters& path);
/// The proof of what `/{id}` answers (docs/proof.md); `?since=SIZE` adds consistency.
Response GetIdentifierProof(const Service& service, const Request& request,
                            const PathParameters& path);
/// The same for a code.
Response GetCodeProof(const Service& service, const Request& request, const PathParameters& path);

/// The media type of proof documents.
inline constexpr const char* kProofType = "application/cityid-proof+cbor";

}  // namespace cityid
