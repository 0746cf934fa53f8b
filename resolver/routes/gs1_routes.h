// The rows of the route table for GS1 Digital Links: what a GS1-Conformant resolver (standard 1.2)
// does for locations. The identifier is the one that has the GLN as its alias.
#pragma once

#include "resolver/routing/route.h"

namespace cityid {

/// Describes this resolver (GS1-Conformant resolver 1.2, resolver description file).
HandlerResult GetGs1Description(const Call& call);
/// Leads to the default link of a location, to the link that `linkType` asks for, or gives its
/// linkset.
HandlerResult GetGs1Path(const Call& call);
/// The same for an EPC binary string in hexadecimal.
HandlerResult GetGs1Hex(const Call& call);
/// The same for an EPC binary string in base 64.
HandlerResult GetGs1Base64(const Call& call);

}  // namespace cityid
