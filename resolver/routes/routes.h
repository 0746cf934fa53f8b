// The route tables of our servers.
//
// A request comes to them so: http/session reads it (http/request_reader), serve/responder looks
// for a kept answer, else routing/router finds its row here and calls the row's handler
// (routes/handlers.h), most of which open the ledger (routes/open_ledger), ask answer/resolve, and
// show what it says (show/represent).
#pragma once

#include "resolver/routing/router.h"

namespace cityid {

/// The routes of a resolver. Immutable, thread-safe.
const Router& ResolverRouter();

/// The routes of a witness (C2SP tlog-witness). POSTs may wait and belong on workers.
const Router& WitnessRouter();

}  // namespace cityid
