// TLS of the listener; internal to resolver/http.
#pragma once

#include <boost/asio/ssl/context.hpp>
#include <memory>
#include <string>
#include <utility>  // Asio 1.74 needs it first in C++20

#include "codec/result.h"

namespace cityid {

/// Makes a server's context for TLS 1.2 and 1.3, without renegotiation and compression (RFC 9325).
/// `certificate` is a PEM file with the chain, the server's own certificate first.
/// Errors: kUsage if a file can't be read or parsed, or the key belongs to another certificate.
Result<std::shared_ptr<boost::asio::ssl::context>> MakeTlsContext(const std::string& certificate,
                                                                  const std::string& key);

}  // namespace cityid
