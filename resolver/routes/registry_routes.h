// The registry's rows of the route table.
#pragma once

#include "resolver/routes/route.h"

namespace cityid {

/// POST a record with one signature or more (application/cose): 201 with its index when it was
/// sequenced, 202 with what is missing while it waits.
HandlerResult PostApplication(const Call& call);
/// A page of what waits: `?after=` (from the page before), `?limit=` up to 100.
HandlerResult GetApplications(const Call& call);
/// One application's entry with the signatures so far (application/cose).
HandlerResult GetApplication(const Call& call);

}  // namespace cityid
