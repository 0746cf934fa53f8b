#include "resolver/http/listener.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstdio>
#include <exception>
#include <optional>
#include <thread>
#include <utility>  // Asio 1.74 needs it first in C++20
#include <vector>

#include "resolver/http/session.h"

namespace cityid {
namespace {

namespace net = boost::asio;
using boost::system::error_code;
using net::ip::tcp;
using ReusePort = net::detail::socket_option::boolean<SOL_SOCKET, SO_REUSEPORT>;

/// One core's loop with its accepting socket; everything in it runs on one thread.
class Loop {
 public:
  explicit Loop(const SessionContext& context) : acceptor_(io_), retry_(io_), context_(context) {}

  error_code Listen(const tcp::endpoint& endpoint) {
    error_code error;
    acceptor_.open(endpoint.protocol(), error);
    if (!error) acceptor_.set_option(net::socket_base::reuse_address(true), error);
    if (!error) acceptor_.set_option(ReusePort(true), error);
    if (!error) acceptor_.bind(endpoint, error);
    if (!error) acceptor_.listen(4096, error);
    return error;
  }

  std::uint16_t port() const { return acceptor_.local_endpoint().port(); }

  void Run() {
    Accept();
    thread_ = std::thread([this] {
      // What escapes a connection, exhaustion, ends that connection and not the loop.
      while (true) {
        try {
          io_.run();
          return;
        } catch (const std::exception& error) {
          std::fprintf(stderr, "cityid: internal error: %s\n", error.what());
        }
      }
    });
  }

  void Stop() {
    io_.stop();
    if (thread_.joinable()) thread_.join();
  }

 private:
  void Accept() {
    acceptor_.async_accept([this](const error_code& error, LoopSocket socket) {
      if (!error) {
        StartSession(std::move(socket), context_);
        return Accept();
      }
      if (error == net::error::operation_aborted) return;
      // Out of descriptors or memory: go on when some are free again.
      retry_.expires_after(std::chrono::milliseconds(50));
      retry_.async_wait([this](const error_code& stopped) {
        if (!stopped) Accept();
      });
    });
  }

  net::io_context io_{1};
  net::basic_socket_acceptor<tcp, net::io_context::executor_type> acceptor_;
  net::basic_waitable_timer<std::chrono::steady_clock, net::wait_traits<std::chrono::steady_clock>,
                            net::io_context::executor_type>
      retry_;
  const SessionContext& context_;
  std::thread thread_;
};

/// With SO_REUSEPORT a second process would quietly share the port: so it is tried without first.
error_code TryExclusively(const tcp::endpoint& endpoint) {
  net::io_context io;
  tcp::acceptor probe(io);
  error_code error;
  probe.open(endpoint.protocol(), error);
  if (!error) probe.set_option(net::socket_base::reuse_address(true), error);
  if (!error) probe.bind(endpoint, error);
  if (!error) probe.listen(1, error);
  return error;
}

}  // namespace

class Listener::Impl {
 public:
  Impl(const ListenerOptions& options, Handler handler, BodyLimitOf body_limit)
      : context_{std::move(handler), std::move(body_limit), options.limits, nullptr} {
    if (options.workers > 0) {
      workers_.emplace(options.workers);
      context_.workers = &*workers_;
    }
  }

  ~Impl() {
    // What runs is finished, and its reply goes out through the loops; what waits is dropped.
    if (workers_) {
      workers_->stop();
      workers_->join();
    }
    for (const auto& loop : loops_) loop->Stop();
    workers_.reset();  // sessions in its queue need their loops
  }

  error_code Start(tcp::endpoint endpoint, unsigned threads) {
    for (unsigned i = 0; i < threads; ++i) {
      auto loop = std::make_unique<Loop>(context_);
      if (const error_code error = loop->Listen(endpoint); error) return error;
      endpoint.port(loop->port());
      loops_.push_back(std::move(loop));
    }
    for (const auto& loop : loops_) loop->Run();
    return {};
  }

  std::uint16_t port() const { return loops_.front()->port(); }

 private:
  SessionContext context_;
  std::optional<net::thread_pool> workers_;
  std::vector<std::unique_ptr<Loop>> loops_;
};

Result<std::unique_ptr<Listener>> Listener::Start(const ListenerOptions& options, Handler handler,
                                                  BodyLimitOf body_limit) {
  error_code error;
  const auto address = net::ip::make_address(options.address, error);
  if (error) return Error{Errc::kUsage, "'" + options.address + "' is no IP address"};
  const tcp::endpoint endpoint(address, options.port);
  const std::string where = options.address + " port " + std::to_string(options.port);
  if (options.port != 0) error = TryExclusively(endpoint);
  auto impl = std::make_unique<Impl>(options, std::move(handler), std::move(body_limit));
  const unsigned threads =
      options.threads != 0 ? options.threads : std::max(1u, std::thread::hardware_concurrency());
  if (!error) error = impl->Start(endpoint, threads);
  if (error == net::error::address_in_use) {
    return Error{Errc::kBusy, where + " is in use; choose another with --listen"};
  }
  if (error) return Error{Errc::kIo, "cannot listen on " + where + ": " + error.message()};
  return std::unique_ptr<Listener>(new Listener(std::move(impl)));
}

Listener::Listener(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Listener::~Listener() = default;
std::uint16_t Listener::port() const { return impl_->port(); }

}  // namespace cityid
