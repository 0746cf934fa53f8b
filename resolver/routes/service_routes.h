// The rows of the route table about the service itself.
#pragma once

#include "resolver/routing/route.h"

namespace cityid {

/// Says that the process answers.
HandlerResult GetHealth(const Call& call);
/// Says whether this resolver should get requests: its ledger can be read, is not past the hard age
/// and not frozen. A line a reason.
HandlerResult GetReady(const Call& call);
/// Says what crawlers may index.
HandlerResult GetRobots(const Call& call);
/// Says whom to tell of a weakness, if the operator named somebody.
HandlerResult GetSecurity(const Call& call);
/// Says what a type of problem means, to programs and people.
HandlerResult GetProblem(const Call& call);
/// Says what an extension relation is called, and where to find who has it.
HandlerResult GetRelation(const Call& call);
/// Describes the route table as OpenAPI 3.1.
HandlerResult GetOpenApi(const Call& call);

}  // namespace cityid
