// DID Resolution over HTTP, a row of the route table.
#pragma once

#include "resolver/routing/route.h"

namespace cityid {

/// Resolves a DID, or dereferences a DID URL (DID Resolution, HTTP binding).
HandlerResult GetDid(const Call& call);

}  // namespace cityid
