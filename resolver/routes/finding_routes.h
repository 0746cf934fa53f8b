// The rows of the route table that give lists, in pages: what is found, and what was.
#pragma once

#include <cstddef>

#include "resolver/routes/route.h"

namespace cityid {

/// The longest text that is searched for, in bytes of UTF-8.
inline constexpr std::size_t kMaxSearchText = 256;

/// `?q=`: names in any language by how a word begins, identifiers, values of other schemes.
HandlerResult GetSearch(const Call& call);
/// Identifiers one level below an identifier or a prefix.
HandlerResult GetChildren(const Call& call);
/// `?rel=`, `?conformsTo=`: such endpoints of active identifiers beside an identifier
/// (`scope=siblings`), below it or a prefix (`below`), or above it (`above`).
HandlerResult GetPeers(const Call& call);
/// The entries of the log that concern an identifier, newest first.
HandlerResult GetHistory(const Call& call);

}  // namespace cityid
