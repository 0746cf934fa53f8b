// The registry's rows of the route table.
#pragma once

#include "resolver/routes/routes.h"

namespace cityid {

/// POST a record with one signature or more (application/cose): 201 with its index when it was
/// sequenced, 202 with what is missing while it waits.
Response PostApplication(const Service& service, const Request& request,
                         const PathParameters& path);
/// A page of what waits: `?after=` (from the page before), `?limit=` up to 100.
Response GetApplications(const Service& service, const Request& request,
                         const PathParameters& path);
/// One application's entry with the signatures so far (application/cose).
Response GetApplication(const Service& service, const Request& request, const PathParameters& path);

}  // namespace cityid
