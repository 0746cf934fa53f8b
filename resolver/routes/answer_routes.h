// What handlers share that answer about an identifier.
#pragma once

#include "codec/result.h"
#include "resolver/answer/resolve.h"
#include "resolver/routing/route.h"

namespace cityid {

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
