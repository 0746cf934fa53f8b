#include "resolver/http/listener.h"

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/thread_pool.hpp>
#include <optional>
#include <thread>
#include <utility>  // Asio 1.74 needs it first in C++20

#include "codec/named.h"
#include "resolver/http/connection.h"
#include "resolver/http/loop.h"
#include "resolver/http/tls.h"

namespace cityid {
namespace {

namespace net = boost::asio;
using boost::system::error_code;
using net::ip::tcp;

/// Binds `endpoint` once without SO_REUSEPORT, with which a second process of ours would silently
/// share the port. Returns the error if another process has it.
error_code CheckIsFree(const tcp::endpoint& endpoint) {
  net::io_context io;
  tcp::acceptor probe(io);
  error_code error;
  probe.open(endpoint.protocol(), error);
  if (!error) probe.set_option(net::socket_base::reuse_address(true), error);
  if (!error) probe.bind(endpoint, error);
  if (!error) probe.listen(1, error);
  return error;
}

/// Checks the settings and loads what they name.
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
  static constexpr Named<Refusal> kNames[] = {
      {Refusal::kConnections, "connections"},
      {Refusal::kClientConnections, "client-connections"},
      {Refusal::kEvicted, "evicted"},
      {Refusal::kRate, "rate"},
      {Refusal::kQueue, "queue"},
      {Refusal::kTimeout, "timeout"},
      {Refusal::kMalformed, "malformed"},
      {Refusal::kTooLarge, "too-large"},
      {Refusal::kHost, "host"},
      {Refusal::kSlowReader, "slow-reader"},
      {Refusal::kTls, "tls"},
  };
  static_assert(std::size(kNames) == kRefusals);
  return NameIn(kNames, refusal);
}

class Listener::Impl {
 public:
  explicit Impl(unsigned workers) {
    if (workers > 0) {
      workers_.emplace(workers);
      shared_.workers = &*workers_;
      shared_.worker_count = workers;
    }
  }

  ~Impl() {
    // Handlers that run are finished, those that wait are dropped: `Drain` comes first if their
    // replies matter.
    if (workers_) {
      workers_->stop();
      workers_->join();
    }
    for (const auto& loop : loops_) loop->Stop();
    workers_.reset();  // before the loops: its queue holds sessions of theirs
  }

  Result<void> Start(const ListenerOptions& options, const HandlerFactory& make_handler,
                     BodyTermsOf body_terms) {
    shared_.body_terms = std::move(body_terms);
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
  /// Checks the settings against the addresses, and activates them.
  Result<std::shared_ptr<const ActiveSettings>> Check(const ListenerSettings& settings) const {
    const auto listens = [&](ListenKind kind) {
      return std::ranges::find(kinds_, kind) != kinds_.end();
    };
    if (listens(ListenKind::kTls) && (settings.certificate.empty() || settings.key.empty()))
      return Error{Errc::kUsage, "TLS needs a certificate and its key"};
    if (listens(ListenKind::kRedirect) && settings.names.empty())
      return Error{Errc::kUsage, "a redirect to HTTPS needs a host name: give the server one"};
    return Activate(settings);
  }

  /// Opens one address in every loop, all with the same port.
  Result<void> Open(const ListenAddress& wanted) {
    error_code error;
    const auto address = net::ip::make_address(wanted.address, error);
    if (error) return Error{Errc::kUsage, "'" + wanted.address + "' is no IP address"};
    tcp::endpoint endpoint(address, wanted.port);
    if (wanted.port != 0) error = CheckIsFree(endpoint);
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
                                                  BodyTermsOf body_terms) {
  auto impl = std::make_unique<Impl>(options.workers);
  const auto started = impl->Start(options, make_handler, std::move(body_terms));
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
