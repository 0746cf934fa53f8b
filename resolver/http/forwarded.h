// The client that a proxy forwards a request for (X-Forwarded-For; docs/operations.md 4).
#pragma once

#include <string>

#include "resolver/http/listener.h"

namespace cityid {

/// Sets `peer`, `client` and `limited` of a request that came from a proxy of the settings: to the
/// rightmost address of X-Forwarded-For that is not such a proxy, since only proxies can be trusted
/// to have added what stands to their right. Without the field the request stays the proxy's own.
/// If the address can't be read, it stays the proxy's own and is limited. `storage` keeps the text
/// that `peer` points into.
void SetForwardedClient(const ListenerSettings& settings, std::string& storage, Request& request);

}  // namespace cityid
