// The rows of the route table that take questions in a request's body.
#pragma once

#include "resolver/routing/route.h"

namespace cityid {

/// Verifies a code that was scanned: as text, in a form, in JSON, or as COSE bytes; or every code
/// in a picture.
HandlerResult PostVerify(const Call& call);
/// Resolves up to 256 identifiers or codes: a list in JSON or CBOR.
HandlerResult PostResolve(const Call& call);

}  // namespace cityid
