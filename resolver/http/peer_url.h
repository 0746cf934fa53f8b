// Addresses of peers, as operators write them: witnesses, mirrors, registries, resolvers.
#pragma once

#include <string>
#include <string_view>

#include "codec/result.h"

namespace cityid {

/// A prefix of URLs: "https://id.example.cn", "http://10.0.0.7:8081/witness". What is asked of the
/// peer lies below it.
class PeerUrl {
 public:
  /// Parses an address: http or https, a host, and perhaps a port and a path. Slashes at the end
  /// don't count. Errors: kUsage, saying what is wrong.
  static Result<PeerUrl> Parse(std::string_view text);

  /// Returns the address without a slash at its end.
  const std::string& text() const { return text_; }
  bool tls() const { return tls_; }
  /// Returns a name or an IP address, without brackets.
  const std::string& host() const { return host_; }
  const std::string& port() const { return port_; }
  /// Returns the value of the Host field.
  const std::string& authority() const { return authority_; }
  /// Returns "/witness", or nothing.
  const std::string& path() const { return path_; }

  /// Returns the address of `segment`, one segment of a path, below this one.
  PeerUrl operator/(std::string_view segment) const;
  friend bool operator==(const PeerUrl&, const PeerUrl&) = default;

 private:
  PeerUrl() = default;
  std::string text_, host_, port_, authority_, path_;
  bool tls_ = false;
};

}  // namespace cityid
