// The route tables of our servers.
#pragma once

#include "resolver/routing/router.h"

namespace cityid {

/// The routes of a resolver. Immutable, thread-safe.
const Router& ResolverRouter();

/// The routes of a witness (C2SP tlog-witness). POSTs may wait and belong on workers.
const Router& WitnessRouter();

}  // namespace cityid
