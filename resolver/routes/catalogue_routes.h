// The rows of the route table for programs that gather catalogues.
#pragma once

#include "resolver/routing/route.h"

namespace cityid {

/// Gives an identifier as a catalogue of what it shares; for a prefix, and with `scope=below`, a
/// page of the catalogues of all active identifiers below that share something.
HandlerResult GetDcat(const Call& call);
/// Lists the interfaces of this resolver (RFC 9727).
HandlerResult GetApiCatalog(const Call& call);

}  // namespace cityid
