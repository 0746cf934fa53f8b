#include "resolver/http/loop.h"

#include <boost/asio/post.hpp>
#include <exception>
#include <iterator>

#include "resolver/http/log.h"

namespace cityid {
namespace {

namespace net = boost::asio;
using boost::system::error_code;
using net::ip::tcp;
using ReusePort = net::detail::socket_option::boolean<SOL_SOCKET, SO_REUSEPORT>;

/// How late a deadline may be noticed.
constexpr std::chrono::milliseconds kTick{100};

}  // namespace

error_code Loop::Listen(const tcp::endpoint& endpoint, ListenKind kind) {
  auto& socket = acceptors_.emplace_back(io_, kind).socket;
  error_code error;
  socket.open(endpoint.protocol(), error);
  if (!error) socket.set_option(net::socket_base::reuse_address(true), error);
  if (!error) socket.set_option(ReusePort(true), error);
  if (!error) socket.bind(endpoint, error);
  if (!error) socket.listen(4096, error);
  return error;
}

std::uint16_t Loop::port(std::size_t i) const {
  return std::next(acceptors_.begin(), static_cast<std::ptrdiff_t>(i))
      ->socket.local_endpoint()
      .port();
}

void Loop::Run() {
  for (Acceptor& acceptor : acceptors_) Accept(acceptor);
  Tick();
  thread_ = std::thread([this] {
    // An exception that leaves a connection means exhaustion: it ends the connection, not the loop.
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

void Loop::Change(std::shared_ptr<const ActiveSettings> settings) {
  net::post(io_, [this, settings = std::move(settings)] { settings_ = settings; });
}

void Loop::Drain() {
  net::post(io_, [this] {
    context_.draining = true;
    error_code ignored;
    for (Acceptor& acceptor : acceptors_) acceptor.socket.close(ignored);
    for (Connection* connection : context_.connections) {
      if (connection->idle) connection->Close();
    }
  });
}

void Loop::Stop() {
  io_.stop();
  if (thread_.joinable()) thread_.join();
}

void Loop::Accept(Acceptor& acceptor) {
  acceptor.socket.async_accept([this, &acceptor](const error_code& error, LoopSocket socket) {
    if (!error) {
      try {
        Admit(std::move(socket), acceptor.kind);
      } catch (const std::exception& what) {  // exhaustion: the next one may fare better
        LogError("internal error", {{"what", what.what()}});
      }
      return Accept(acceptor);
    }
    if (error == net::error::operation_aborted) return;
    // Out of files or memory: closes an idle connection and tries again a little later.
    MakeRoom();
    acceptor.retry.expires_after(std::chrono::milliseconds(50));
    acceptor.retry.async_wait([this, &acceptor](const error_code& stopped) {
      if (!stopped && acceptor.socket.is_open()) Accept(acceptor);
    });
  });
}

/// Starts a session if the limits allow it; else closes the socket and counts why.
void Loop::Admit(LoopSocket socket, ListenKind kind) {
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
  // First, because a client at its own limit must not evict others.
  if (!exempt && !shared.connections.Enter(client.key, settings.limits.client_connections))
    return shared.Count(Refusal::kClientConnections);
  Admission admission(shared, client.key, !exempt);
  // Counts itself: loops that looked before they counted would all take the last place.
  if (shared.open.load(std::memory_order_relaxed) > settings.limits.connections && !MakeRoom())
    return shared.Count(Refusal::kConnections);
  // A handshake costs more than most requests.
  if (kind == ListenKind::kTls && !exempt &&
      shared.rate.Wait(client.key, RateOf(settings.limits), Connection::Clock::now()).count() > 0)
    return shared.Count(Refusal::kRate);
  shared.accepted.fetch_add(1, std::memory_order_relaxed);
  StartSession({std::move(admission), std::move(socket), std::move(peer), client, exempt, kind},
               context_, settings_);
}

/// Closes the connection with the earliest deadline among a few that wait for a request. False if
/// none of them does.
bool Loop::MakeRoom() {
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

/// Closes the connections that are past their deadline, and those that are displaced, again and again.
void Loop::Tick() {
  ticker_.expires_after(kTick);
  ticker_.async_wait([this](const error_code& stopped) {
    if (stopped) return;
    Tick();
    const auto now = Connection::Clock::now();
    for (Connection* connection : context_.connections) {
      if (connection->deadline >= now && !connection->IsDisplaced()) continue;
      if (!connection->idle) context_.shared.Count(Refusal::kTimeout);
      connection->deadline = Connection::Clock::time_point::max();
      connection->Close();
    }
  });
}

}  // namespace cityid
