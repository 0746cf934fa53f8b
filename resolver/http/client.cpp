#include "resolver/http/client.h"

#include <algorithm>
#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <future>
#include <thread>
#include <utility>  // Asio 1.74 needs it first in C++20

#include "codec/text.h"
#include "resolver/http/peer_url.h"
#include "resolver/message/gzip.h"

namespace cityid {
namespace {

namespace net = boost::asio;
namespace ssl = net::ssl;
namespace http = boost::beast::http;
using boost::system::error_code;
using net::ip::tcp;
using Clock = std::chrono::steady_clock;
using Request = http::request<http::string_body>;
using Reply = http::response<http::string_body>;

constexpr std::size_t kMaxHead = 16 * 1024;

/// Returns the most bytes that a body of at most `limit` bytes has in gzip: what can't be
/// compressed becomes a little longer.
std::size_t OnTheWire(std::size_t limit) { return limit + limit / 1024 + 128; }

struct Found {
  error_code error = {};
  tcp::resolver::results_type endpoints = {};
};

/// Finds a host's addresses. What is late is left behind: nothing ends it before the system does,
/// Asio's own resolver waits for it in its destructor, and so does `std::async`.
Found LookUp(const std::string& host, const std::string& port, Clock::time_point deadline) {
  error_code no_address;
  const auto address = net::ip::make_address(host, no_address);
  const auto number = ParseDecimal(port);
  if (!no_address && number && *number <= 0xFFFF) {
    const tcp::endpoint endpoint(address, static_cast<std::uint16_t>(*number));
    return {{}, tcp::resolver::results_type::create(endpoint, host, port)};
  }
  std::promise<Found> promise;
  std::future<Found> future = promise.get_future();
  try {
    std::thread([promise = std::move(promise), host, port]() mutable {
      net::io_context io;
      Found found;
      found.endpoints = tcp::resolver(io).resolve(host, port, found.error);
      promise.set_value(std::move(found));
    }).detach();
  } catch (const std::system_error&) {  // no more threads may be made
    return {net::error::no_memory, {}};
  }
  if (future.wait_until(deadline) == std::future_status::ready) return future.get();
  return {net::error::timed_out, {}};
}

/// One request and its reply on a connection of its own. One deadline counts for everything, so a
/// peer that sends byte by byte gains nothing.
class Exchange {
 public:
  Exchange(PeerUrl peer, const FetchLimits& limits)
      : peer_(std::move(peer)),
        limits_(limits),
        tls_(ssl::context::tls_client),
        stream_(io_, tls_),
        deadline_(Clock::now() + limits.total) {}

  /// Errors: kNetwork, kTooLarge.
  Result<Fetched> Run(const Request& request) {
    if (const auto connected = Connect(); !connected) return connected.error();
    return peer_.tls() ? Talk(stream_, request) : Talk(stream_.next_layer(), request);
  }

 private:
  /// Starts an operation and runs it to its end. At the deadline closes the socket and returns
  /// `timed_out`.
  template <class Start>
  error_code Await(Clock::time_point deadline, Start start) {
    std::optional<error_code> result;
    start([&](const error_code& error, const auto&...) { result = error; });
    io_.restart();
    io_.run_until(deadline);
    if (result) return *result;
    error_code ignored;
    stream_.lowest_layer().close(ignored);
    io_.restart();
    io_.run();
    return net::error::timed_out;
  }

  Result<void> Connect() {
    const auto deadline = std::min(deadline_, Clock::now() + limits_.connect);
    auto [error, endpoints] = LookUp(peer_.host(), peer_.port(), deadline);
    if (!error) {
      error = Await(deadline, [&, &found = endpoints](auto done) {
        net::async_connect(stream_.lowest_layer(), found, done);
      });
    }
    if (error || !peer_.tls()) return Checked(error);
    tls_.set_default_verify_paths(error);
    stream_.set_verify_mode(ssl::verify_peer, error);
    stream_.set_verify_callback(ssl::host_name_verification(peer_.host()), error);
    if (SSL_set_tlsext_host_name(stream_.native_handle(), peer_.host().c_str()) != 1)
      error = net::error::invalid_argument;
    if (!error) {
      error = Await(deadline,
                    [&](auto done) { stream_.async_handshake(ssl::stream_base::client, done); });
    }
    return Checked(error);
  }

  template <class Stream>
  Result<Fetched> Talk(Stream& stream, const Request& request) {
    error_code error =
        Await(deadline_, [&](auto done) { http::async_write(stream, request, done); });
    http::response_parser<http::string_body> parser;
    parser.header_limit(static_cast<std::uint32_t>(kMaxHead));
    parser.body_limit(OnTheWire(limits_.body));
    boost::beast::flat_buffer buffer(kMaxHead + 64 * 1024);
    if (!error) {
      error = Await(deadline_,
                    [&](auto done) { http::async_read_header(stream, buffer, parser, done); });
    }
    if (!error && parser.content_length() && *parser.content_length() > OnTheWire(limits_.body))
      return TooLarge();
    // Piece by piece, so that the bound holds whatever the framing is.
    while (!error && !parser.is_done()) {
      error =
          Await(deadline_, [&](auto done) { http::async_read_some(stream, buffer, parser, done); });
      if (parser.get().body().size() > OnTheWire(limits_.body)) return TooLarge();
    }
    if (error == http::error::body_limit) return TooLarge();
    if (const auto checked = Checked(error); !checked) return checked.error();
    auto& reply = parser.get();
    const auto field = [&](http::field name) {
      return std::string(reply[name].data(), reply[name].size());
    };
    Fetched fetched;
    fetched.status = static_cast<int>(reply.result_int());
    fetched.content_type = field(http::field::content_type);
    fetched.etag = field(http::field::etag);
    auto body = Decoded(reply);
    if (!body) return body.error();
    fetched.body = *std::move(body);
    return fetched;
  }

  /// Takes the body of a reply and undoes its content coding. Servers of logs may use gzip whether
  /// or not they were asked for it (C2SP tlog-tiles).
  Result<std::string> Decoded(Reply& reply) const {
    std::string body = std::move(reply.body());
    std::string coding;
    for (const auto& field : reply) {
      if (field.name() != http::field::content_encoding) continue;
      coding += (coding.empty() ? "" : ", ") + std::string(field.value());
    }
    coding = LowerCase(coding);
    if (body.empty() || coding.empty() || coding == "identity") {
      if (body.size() > limits_.body) return TooLarge();
      return body;
    }
    if (coding != "gzip" && coding != "x-gzip") {
      return Error{Errc::kNetwork, peer_.text() + " sent a body in the encoding '" +
                                       coding.substr(0, 40) + "'; only gzip can be decoded"};
    }
    auto plain = Gunzip(body, limits_.body);
    if (plain) return plain;
    if (plain.error().code == Errc::kTooLarge) return TooLarge();
    return Error{Errc::kNetwork,
                 peer_.text() + " sent a body that can't be decoded: " + plain.error().detail};
  }

  Error TooLarge() const {
    return Error{Errc::kTooLarge, peer_.text() + " sent more than it should"};
  }

  Result<void> Checked(const error_code& error) const {
    if (!error) return {};
    return Error{Errc::kNetwork, "cannot reach " + peer_.text() + ": " + error.message()};
  }

  PeerUrl peer_;
  FetchLimits limits_;
  net::io_context io_{1};
  ssl::context tls_;
  ssl::stream<tcp::socket> stream_;
  Clock::time_point deadline_;
};

Result<Fetched> Send(const std::string& base, const std::string& path, Request request,
                     const FetchLimits& limits) {
  auto peer = PeerUrl::Parse(base);
  if (!peer) return peer.error();
  request.target(peer->path() + path);
  request.version(11);
  request.keep_alive(false);
  request.set(http::field::host, peer->authority());
  request.set(http::field::user_agent, "cityid");
  request.set(http::field::accept_encoding, "gzip, identity");
  request.prepare_payload();
  return Exchange(*std::move(peer), limits).Run(request);
}

}  // namespace

Result<Fetched> Fetch(const std::string& base, const std::string& path, const std::string& accept,
                      const FetchLimits& limits, const std::string& etag) {
  Request request;
  request.method(http::verb::get);
  request.set(http::field::accept, accept);
  if (!etag.empty()) request.set(http::field::if_none_match, etag);
  return Send(base, path, std::move(request), limits);
}

Result<Fetched> Post(const std::string& base, const std::string& path,
                     const std::string& content_type, const std::string& body,
                     const FetchLimits& limits) {
  Request request;
  request.method(http::verb::post);
  request.set(http::field::content_type, content_type);
  request.body() = body;
  return Send(base, path, std::move(request), limits);
}

}  // namespace cityid
