#include "resolver/http/client.h"

#include <httplib.h>

namespace cityid {

Result<Fetched> Fetch(const std::string& base, const std::string& path, const std::string& accept,
                      const FetchLimits& limits) {
  const bool known = base.starts_with("http://") || base.starts_with("https://");
  if (!known || base.find('/', base.find("//") + 2) != std::string::npos) {
    return Error{Errc::kUsage,
                 "'" + base + "' is not the address of a resolver, such as https://id.example.cn"};
  }
  httplib::Client client(base);
  if (!client.is_valid()) return Error{Errc::kUsage, "'" + base + "' is not a valid address"};
  client.set_connection_timeout(limits.connect);
  client.set_read_timeout(limits.read);
  client.set_follow_location(false);
  Fetched fetched;
  bool too_large = false;
  const auto result =
      client.Get(path, {{"Accept", accept}}, [&](const char* data, std::size_t size) {
        too_large = size > limits.body - fetched.body.size();
        if (!too_large) fetched.body.append(data, size);
        return !too_large;
      });
  if (too_large) return Error{Errc::kTooLarge, base + " sent more than it should"};
  if (!result)
    return Error{Errc::kNetwork,
                 "cannot reach " + base + ": " + httplib::to_string(result.error())};
  fetched.status = result->status;
  fetched.content_type = result->get_header_value("Content-Type");
  return fetched;
}

}  // namespace cityid
