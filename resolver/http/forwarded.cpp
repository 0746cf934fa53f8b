#include "resolver/http/forwarded.h"

#include "codec/text.h"

namespace cityid {
namespace {

/// Returns the address in "192.0.2.1:4711", "[2001:db8::1]:4711" or "[2001:db8::1]".
std::string_view WithoutPort(std::string_view address) {
  if (address.starts_with('[')) return address.substr(1, address.find(']') - 1);
  const std::size_t colon = address.find(':');
  const bool one = colon != std::string_view::npos && colon == address.rfind(':');
  return one ? address.substr(0, colon) : address;
}

/// Takes the last element off a list and returns it.
std::string_view TakeLast(std::string_view& list) {
  const std::size_t comma = list.rfind(',');
  const bool one = comma == std::string_view::npos;
  const std::string_view last = one ? list : list.substr(comma + 1);
  list = one ? std::string_view() : list.substr(0, comma);
  return Trim(last, " ");
}

}  // namespace

void SetForwardedClient(const ListenerSettings& settings, std::string& storage, Request& request) {
  storage = request.list("x-forwarded-for");
  for (std::string_view list = storage; !list.empty();) {
    const std::string_view address = WithoutPort(TakeLast(list));
    const auto client = ParseClient(address);
    if (!client) {
      request.limited = true;
      return;
    }
    request.peer = address;
    request.client = client->key;
    request.limited = settings.limits.loopback || !client->loopback;
    if (!settings.proxies.Contains(address)) return;
  }
}

}  // namespace cityid
