// Judgement about endpoint addresses, for inbox and serving; the ledger's rules know nothing of it.
#pragma once

#include <string_view>

namespace cityid {

/// The host of an absolute URI, without port and userinfo, brackets of IPv6 taken off; empty if it
/// has none.
std::string_view HostOf(std::string_view uri);

/// True if the URI has a host that is, as far as its text says, on the public internet: no private,
/// loopback, link-local or otherwise special IP address (RFC 6890), no
/// `localhost`, no name without a dot, none below .local, .internal, .home.arpa or .lan.
bool IsPublicAddress(std::string_view uri);

}  // namespace cityid
