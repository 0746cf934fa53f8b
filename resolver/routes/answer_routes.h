// The rows of the route table that resolve one identifier, code or alias.
#pragma once

#include "codec/result.h"
#include "resolver/answer/resolve.h"
#include "resolver/routing/route.h"

namespace cityid {

/// Says what this service is.
HandlerResult GetFront(const Call& call);
/// Resolves an identifier as somebody typed it. `versionTime`: as it was then; `linkType`: its
/// links, or where one of them leads.
HandlerResult GetIdentifier(const Call& call);
/// The same in the one representation that the row names, without `linkType`.
HandlerResult GetIdentifierAs(const Call& call);
/// Resolves a code by the path of its URL.
HandlerResult GetCode(const Call& call);
/// Resolves the identifier that has a value of another scheme.
HandlerResult GetAlias(const Call& call);

/// Returns the relation that a `linkType` means. An extension may be named by its URI, as in
/// linksets, and a link type of GS1 as "gs1:x" or by any address of the vocabulary.
std::string RelationOf(std::string_view link_type, const Policy& policy);

/// Runs `Resolve` on a state, and adds the reason why something ended.
Result<Answer> ResolveFor(const Service& service, const Query& query, const State& state,
                          const Head& head, std::chrono::sys_seconds clock, SubjectReader* reader);

/// Shows an answer in what was negotiated. `document` holds an `Answer`.
Handled ShowAnswer(const Document& document, const Shown& shown);

/// Returns a 400 if the query has `linkType` or `versionTime`: a forged sign must lead nowhere, and
/// a code is judged now.
std::optional<Failure> RefuseLinks(const Request& request);

}  // namespace cityid
