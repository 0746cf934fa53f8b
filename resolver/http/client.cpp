#include "resolver/http/client.h"

#include <httplib.h>

namespace cityid {
namespace {

Result<Fetched> Send(const std::string& base, httplib::Request request, const FetchLimits& limits) {
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
  request.content_receiver = [&](const char* data, std::size_t size, std::uint64_t, std::uint64_t) {
    too_large = size > limits.body - fetched.body.size();
    if (!too_large) fetched.body.append(data, size);
    return !too_large;
  };
  const auto result = client.send(request);
  if (too_large) return Error{Errc::kTooLarge, base + " sent more than it should"};
  if (!result) {
    return Error{Errc::kNetwork,
                 "cannot reach " + base + ": " + httplib::to_string(result.error())};
  }
  fetched.status = result->status;
  fetched.content_type = result->get_header_value("Content-Type");
  return fetched;
}

}  // namespace

Result<Fetched> Fetch(const std::string& base, const std::string& path, const std::string& accept,
                      const FetchLimits& limits) {
  httplib::Request request;
  request.method = "GET";
  request.path = path;
  request.headers = {{"Accept", accept}};
  return Send(base, std::move(request), limits);
}

Result<Fetched> Post(const std::string& base, const std::string& path,
                     const std::string& content_type, const std::string& body,
                     const FetchLimits& limits) {
  httplib::Request request;
  request.method = "POST";
  request.path = path;
  request.headers = {{"Content-Type", content_type}};
  request.body = body;
  return Send(base, std::move(request), limits);
}

}  // namespace cityid
