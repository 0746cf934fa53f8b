// The rows of the route table that give lists, in pages: what is found, and what was.
#pragma once

#include <cstddef>

#include "resolver/routing/route.h"

namespace cityid {

/// The longest text that is searched for, in bytes of UTF-8.
inline constexpr std::size_t kMaxSearchText = 256;

/// Searches for `q`: names in any language by how a word begins, identifiers, values of other
/// schemes.
HandlerResult GetSearch(const Call& call);
/// Lists the identifiers one level below an identifier or a prefix.
HandlerResult GetChildren(const Call& call);
/// Lists endpoints with the relation `rel` or the specification `conformsTo`: of active identifiers
/// beside an identifier (`scope=siblings`), below it or a prefix (`below`), or above it (`above`).
HandlerResult GetPeers(const Call& call);
/// Lists the entries of the log that concern an identifier, the newest first.
HandlerResult GetHistory(const Call& call);

}  // namespace cityid
