// The rows of the route table about the service itself.
#pragma once

#include "resolver/routes/routes.h"

namespace cityid {

/// That the process answers.
Response GetHealth(const Service& service, const Request& request, const PathParameters& path);
/// What a type of problem means, for programs and people.
Response GetProblem(const Service& service, const Request& request, const PathParameters& path);
/// What an extension relation is called, and who has it.
Response GetRelation(const Service& service, const Request& request, const PathParameters& path);
/// The route table as OpenAPI 3.1.
Response GetOpenApi(const Service& service, const Request& request, const PathParameters& path);

}  // namespace cityid
