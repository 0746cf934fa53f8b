// TLS of the listener; internal to resolver/http.
#pragma once

#include <boost/asio/ssl/context.hpp>
#include <memory>
#include <string>
#include <utility>  // Asio 1.74 needs it first in C++20

#include "codec/result.h"

namespace cityid {

/// A context for TLS 1.2 and 1.3 without renegotiation and compression, in the sense of RFC 9325.
/// `certificate`: PEM file with the chain, the server's own first. Errors: kUsage if one of the
/// files can't be read as what it should be, or the key is another one's.
Result<std::shared_ptr<boost::asio::ssl::context>> MakeTlsContext(const std::string& certificate,
                                                                  const std::string& key);

}  // namespace cityid
