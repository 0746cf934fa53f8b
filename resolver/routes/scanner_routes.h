// The rows of the route table for the scanner (docs/scanner.md).
#pragma once

#include "resolver/routing/route.h"

namespace cityid {

/// Gives the page on which codes are scanned.
HandlerResult GetScanner(const Call& call);
/// Gives a file of its program under the version that the page names. Immutable.
HandlerResult GetScannerFile(const Call& call);

}  // namespace cityid
