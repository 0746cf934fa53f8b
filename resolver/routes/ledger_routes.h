// The rows of the route table that give the ledger itself: the log as files, single keys and
// entries, and proofs.
#pragma once

#include "resolver/routing/route.h"

namespace cityid {

/// Gives the newest checkpoint with its cosignatures (C2SP tlog-checkpoint).
HandlerResult GetCheckpoint(const Call& call);
/// Gives the policy in force as a trust file (docs/proof.md 3.1).
HandlerResult GetTrust(const Call& call);
/// Returns a text as a response: caches ask whether it is still the newest.
Response NewestText(const std::string& text);
/// Gives a tile or an entry bundle (C2SP tlog-tiles). Immutable.
HandlerResult GetLogFile(const Call& call);
/// Gives the proof document of a version of the policy (docs/proof.md 4). Immutable.
HandlerResult GetPolicyProof(const Call& call);
/// Gives a snapshot that the operator made, by the size of its log. Immutable.
HandlerResult GetSnapshot(const Call& call);
/// Gives the stored value of a state key (in hexadecimal): a program needs it to make a record.
HandlerResult GetState(const Call& call);
/// Gives one entry of the log (application/cose).
HandlerResult GetEntry(const Call& call);
/// Proves what `/{id}` answers (docs/proof.md); `since` adds consistency with a log of that size.
HandlerResult GetIdentifierProof(const Call& call);
/// Proves what `/{id}/{token}` answers.
HandlerResult GetCodeProof(const Call& call);
/// Proves everything at and below a prefix; `since` as above.
HandlerResult GetPack(const Call& call);

/// The media type of proof documents.
inline constexpr const char* kProofType = "application/cityid-proof+cbor";

}  // namespace cityid
