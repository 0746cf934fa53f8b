// The rows of the route table for DID and JWK Sets: documents at addresses of their own, and DID
// Resolution over HTTP.
#pragma once

#include "resolver/routes/route.h"

namespace cityid {

/// Gives the DID document of an identifier, where did:web looks for it.
HandlerResult GetDidDocument(const Call& call);
/// Gives the active keys of an identifier as a JWK Set.
HandlerResult GetJwks(const Call& call);
/// Resolves a DID, or dereferences a DID URL (DID Resolution, HTTP binding).
HandlerResult GetDid(const Call& call);

}  // namespace cityid
