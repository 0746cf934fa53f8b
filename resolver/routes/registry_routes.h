// The registry's rows of the route table.
#pragma once

#include "resolver/routing/route.h"

namespace cityid {

/// Takes a record with one signature or more (application/cose). 201 with its index if it was
/// sequenced and published; 202 with what is missing while it waits.
HandlerResult PostApplication(const Call& call);
/// Lists what waits, in pages: `after` (from the page before), `limit`.
HandlerResult GetApplications(const Call& call);
/// Gives one application's entry with its signatures so far (application/cose).
HandlerResult GetApplication(const Call& call);
/// Says where an application stands: waiting, sequenced, withdrawn or rejected.
HandlerResult GetStanding(const Call& call);
/// Takes a signed statement (application/cose) that withdraws or rejects an application.
HandlerResult PostStatement(const Call& call);
/// Removes from the inbox, for its operator, the applications of one `client` (as metrics name it),
/// those below a `prefix`, or one `application`, that nobody with a say has signed. Says how many.
Response DropApplications(Registry& registry, const Request& request);
/// Gives the statement by which an application was withdrawn or rejected.
HandlerResult GetStatement(const Call& call);

}  // namespace cityid
