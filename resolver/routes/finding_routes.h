// The rows of the route table that find identifiers and tell their past: lists in pages.
#pragma once

#include "resolver/routes/routes.h"

namespace cityid {

/// `?q=`: names in any language by how a word begins, identifiers, values of other schemes.
Response GetSearch(const Service& service, const Request& request, const PathParameters& path);
/// Identifiers one level below an identifier or a prefix.
Response GetChildren(const Service& service, const Request& request, const PathParameters& path);
/// `?rel=`, `?conformsTo=`: such endpoints of active identifiers beside an identifier
/// (`scope=siblings`), below it or a prefix (`below`), or above it (`above`).
Response GetPeers(const Service& service, const Request& request, const PathParameters& path);
/// The entries of the log that concern an identifier, newest first.
Response GetHistory(const Service& service, const Request& request, const PathParameters& path);

}  // namespace cityid
