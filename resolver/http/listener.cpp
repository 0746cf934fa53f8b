#include "resolver/http/listener.h"

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <exception>
#include <list>
#include <optional>
#include <random>
#include <thread>
#include <utility>  // Asio 1.74 needs it first in C++20

#include "resolver/http/log.h"
#include "resolver/http/session.h"
#include "resolver/http/tls.h"

namespace cityid {
namespace {

namespace net = boost::asio;
using boost::system::error_code;
using net::ip::tcp;
using ReusePort = net::detail::socket_option::boolean<SOL_SOCKET, SO_REUSEPORT>;
using LoopTimer = net::basic_waitable_timer<std::chrono::steady_clock,
                                            net::wait_traits<std::chrono::steady_clock>,
                                            net::io_context::executor_type>;

/// How late a deadline may be noticed.
constexpr std::chrono::milliseconds kTick{100};

/// One core's loop with its accepting sockets; everything in it runs on one thread.
class Loop {
 public:
  Loop(SharedContext& shared, Handler handler, std::shared_ptr<const ActiveSettings> settings)
      : context_(shared, std::move(handler)), settings_(std::move(settings)), ticker_(io_) {}

  error_code Listen(const tcp::endpoint& endpoint, ListenKind kind) {
    Door& door = doors_.emplace_back(io_, kind);
    error_code error;
    door.acceptor.open(endpoint.protocol(), error);
    if (!error) door.acceptor.set_option(net::socket_base::reuse_address(true), error);
    if (!error) door.acceptor.set_option(ReusePort(true), error);
    if (!error) door.acceptor.bind(endpoint, error);
    if (!error) door.acceptor.listen(4096, error);
    return error;
  }

  std::uint16_t port(std::size_t door) const {
    return std::next(doors_.begin(), static_cast<std::ptrdiff_t>(door))
        ->acceptor.local_endpoint()
        .port();
  }

  void Run() {
    for (Door& door : doors_) Accept(door);
    Tick();
    thread_ = std::thread([this] {
      // What escapes a connection, exhaustion, ends that connection and not the loop.
      while (true) {
        try {
          io_.run();
          return;
        } catch (const std::exception& error) {
          LogError("internal error", {{"what", error.what()}});
        }
      }
    });
  }

  void Change(std::shared_ptr<const ActiveSettings> settings) {
    net::post(io_, [this, settings = std::move(settings)] { settings_ = settings; });
  }

  void Drain() {
    net::post(io_, [this] {
      context_.draining = true;
      error_code ignored;
      for (Door& door : doors_) door.acceptor.close(ignored);
      for (Connection* connection : context_.connections) {
        if (connection->idle) connection->Close();
      }
    });
  }

  void Stop() {
    io_.stop();
    if (thread_.joinable()) thread_.join();
  }

 private:
  struct Door {
    Door(net::io_context& io, ListenKind what) : acceptor(io), retry(io), kind(what) {}
    net::basic_socket_acceptor<tcp, net::io_context::executor_type> acceptor;
    LoopTimer retry;
    ListenKind kind;
  };

  void Accept(Door& door) {
    door.acceptor.async_accept([this, &door](const error_code& error, LoopSocket socket) {
      if (!error) {
        try {
          Greet(std::move(socket), door.kind);
        } catch (const std::exception& what) {  // exhaustion: the next one may fare better
          LogError("internal error", {{"what", what.what()}});
        }
        return Accept(door);
      }
      if (error == net::error::operation_aborted) return;
      // Out of descriptors or memory: go on when some are free again.
      MakeRoom();
      door.retry.expires_after(std::chrono::milliseconds(50));
      door.retry.async_wait([this, &door](const error_code& stopped) {
        if (!stopped && door.acceptor.is_open()) Accept(door);
      });
    });
  }

  void Greet(LoopSocket socket, ListenKind kind) {
    if (context_.draining) return;
    SharedContext& shared = context_.shared;
    const ListenerSettings& settings = settings_->settings;
    error_code error;
    const auto remote = socket.remote_endpoint(error);
    if (error) return;
    std::string peer = remote.address().to_string();
    const Client client = ParseClient(peer).value_or(Client{});
    const bool exempt =
        !settings.limits.loopback && (client.loopback || settings.proxies.Contains(peer));
    if (shared.open.load(std::memory_order_relaxed) >= settings.limits.connections && !MakeRoom())
      return shared.Count(Refusal::kConnections);
    if (!exempt && !shared.connections.Enter(client.key, settings.limits.client_connections))
      return shared.Count(Refusal::kClientConnections);
    Admission admission(shared, client.key, !exempt);
    // A handshake costs more than most requests.
    if (kind == ListenKind::kTls && !exempt &&
        shared.rate.Wait(client.key, RateOf(settings.limits), Connection::Clock::now()).count() > 0)
      return shared.Count(Refusal::kRate);
    shared.accepted.fetch_add(1, std::memory_order_relaxed);
    StartSession({std::move(admission), std::move(socket), std::move(peer), client, exempt, kind},
                 context_, settings_);
  }

  /// Closes the idlest of a few connections; false if none of them waits for a request.
  bool MakeRoom() {
    constexpr int kLookedAt = 16;
    Connection* idlest = nullptr;
    for (int i = 0; i < kLookedAt && !context_.connections.empty(); ++i) {
      Connection* one = context_.connections[random_() % context_.connections.size()];
      if (one->replaceable && (idlest == nullptr || one->deadline < idlest->deadline)) idlest = one;
    }
    if (idlest == nullptr) return false;
    context_.shared.Count(Refusal::kEvicted);
    idlest->replaceable = false;
    idlest->Close();
    return true;
  }

  void Tick() {
    ticker_.expires_after(kTick);
    ticker_.async_wait([this](const error_code& stopped) {
      if (stopped) return;
      Tick();
      const auto now = Connection::Clock::now();
      for (Connection* connection : context_.connections) {
        if (connection->deadline >= now) continue;
        if (!connection->idle) context_.shared.Count(Refusal::kTimeout);
        connection->deadline = Connection::Clock::time_point::max();
        connection->Close();
      }
    });
  }

  LoopContext context_;  // outlives the connections, which end with `io_`
  std::shared_ptr<const ActiveSettings> settings_;
  std::minstd_rand random_{std::random_device{}()};
  net::io_context io_{1};
  std::list<Door> doors_;
  LoopTimer ticker_;
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

Result<std::shared_ptr<const ActiveSettings>> Activate(const ListenerSettings& settings) {
  const ListenerLimits& limits = settings.limits;
  if (limits.head < 1024 || limits.head > kMaxHead)
    return Error{Errc::kUsage, "the head of a request may have 1024 to 16384 bytes"};
  if (limits.client_requests == 0 || limits.client_burst == 0)
    return Error{Errc::kUsage, "a client must be allowed at least one request a second"};
  auto active = std::make_shared<ActiveSettings>();
  active->settings = settings;
  if (!settings.certificate.empty()) {
    auto tls = MakeTlsContext(settings.certificate, settings.key);
    if (!tls) return tls.error();
    active->tls = *std::move(tls);
  }
  return std::shared_ptr<const ActiveSettings>(std::move(active));
}

}  // namespace

std::string_view Name(Refusal refusal) {
  constexpr std::array<std::string_view, kRefusals> kNames = {
      "connections", "client-connections", "evicted", "rate",        "timeout",
      "malformed",   "too-large",          "host",    "slow-reader", "tls"};
  return kNames[static_cast<std::size_t>(refusal)];
}

class Listener::Impl {
 public:
  explicit Impl(unsigned workers) {
    if (workers > 0) {
      workers_.emplace(workers);
      shared_.workers = &*workers_;
    }
  }

  ~Impl() {
    // What runs is finished, what waits is dropped. Whoever wants the replies drains before.
    if (workers_) {
      workers_->stop();
      workers_->join();
    }
    for (const auto& loop : loops_) loop->Stop();
    workers_.reset();  // sessions in its queue need their loops
  }

  Result<void> Start(const ListenerOptions& options, const HandlerFactory& make_handler,
                     BodyLimitOf body_limit) {
    shared_.body_limit = std::move(body_limit);
    for (const ListenAddress& wanted : options.addresses) kinds_.push_back(wanted.kind);
    const auto settings = Check(options.settings);
    if (!settings) return settings.error();
    const unsigned threads =
        options.threads != 0 ? options.threads : std::max(1u, std::thread::hardware_concurrency());
    shared_.loops = threads;
    for (unsigned i = 0; i < threads; ++i)
      loops_.push_back(std::make_unique<Loop>(shared_, make_handler(), *settings));
    for (const ListenAddress& wanted : options.addresses) {
      if (const auto opened = Open(wanted); !opened) return opened;
    }
    for (const auto& loop : loops_) loop->Run();
    return {};
  }

  Result<void> Change(const ListenerSettings& settings) {
    const auto active = Check(settings);
    if (!active) return active.error();
    for (const auto& loop : loops_) loop->Change(*active);
    return {};
  }

  void Drain(std::chrono::milliseconds patience) {
    const auto deadline = std::chrono::steady_clock::now() + patience;
    for (const auto& loop : loops_) loop->Drain();
    while (shared_.open.load() > 0 && std::chrono::steady_clock::now() < deadline)
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }

  ListenerCounters counters() const {
    ListenerCounters counters{
        shared_.accepted.load(), shared_.open.load(), shared_.held.load(), {}};
    for (std::size_t i = 0; i < kRefusals; ++i) counters.refused[i] = shared_.refused[i].load();
    return counters;
  }

  const std::vector<std::uint16_t>& ports() const { return ports_; }

 private:
  Result<std::shared_ptr<const ActiveSettings>> Check(const ListenerSettings& settings) const {
    const auto listens = [&](ListenKind kind) {
      return std::ranges::find(kinds_, kind) != kinds_.end();
    };
    if (listens(ListenKind::kTls) && (settings.certificate.empty() || settings.key.empty()))
      return Error{Errc::kUsage, "TLS needs a certificate and its key"};
    if (listens(ListenKind::kRedirect) && settings.names.empty())
      return Error{Errc::kUsage, "who is sent to HTTPS must be told a name: give the server one"};
    return Activate(settings);
  }

  /// The same port for each loop.
  Result<void> Open(const ListenAddress& wanted) {
    error_code error;
    const auto address = net::ip::make_address(wanted.address, error);
    if (error) return Error{Errc::kUsage, "'" + wanted.address + "' is no IP address"};
    tcp::endpoint endpoint(address, wanted.port);
    if (wanted.port != 0) error = TryExclusively(endpoint);
    for (const auto& loop : loops_) {
      if (!error) error = loop->Listen(endpoint, wanted.kind);
      if (!error) endpoint.port(loop->port(ports_.size()));
    }
    const std::string where = wanted.address + " port " + std::to_string(wanted.port);
    if (error == net::error::address_in_use)
      return Error{Errc::kBusy, where + " is in use; choose another with --listen"};
    if (error) return Error{Errc::kIo, "cannot listen on " + where + ": " + error.message()};
    ports_.push_back(endpoint.port());
    return {};
  }

  SharedContext shared_;
  std::optional<net::thread_pool> workers_;
  std::vector<std::unique_ptr<Loop>> loops_;
  std::vector<ListenKind> kinds_;
  std::vector<std::uint16_t> ports_;
};

Result<std::unique_ptr<Listener>> Listener::Start(const ListenerOptions& options,
                                                  const HandlerFactory& make_handler,
                                                  BodyLimitOf body_limit) {
  auto impl = std::make_unique<Impl>(options.workers);
  const auto started = impl->Start(options, make_handler, std::move(body_limit));
  if (!started) return started.error();
  return std::unique_ptr<Listener>(new Listener(std::move(impl)));
}

Listener::Listener(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Listener::~Listener() = default;
std::vector<std::uint16_t> Listener::ports() const { return impl_->ports(); }
Result<void> Listener::Change(const ListenerSettings& settings) { return impl_->Change(settings); }
void Listener::Drain(std::chrono::milliseconds patience) { impl_->Drain(patience); }
ListenerCounters Listener::counters() const { return impl_->counters(); }

}  // namespace cityid
