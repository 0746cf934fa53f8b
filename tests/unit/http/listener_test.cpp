#include "resolver/http/listener.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <stdexcept>
#include <thread>

namespace cityid {
namespace {

/// A connection that sends nothing.
class Silent {
 public:
  Silent(std::uint16_t port, const std::string& source) {
    ::sockaddr_in from{};
    from.sin_family = AF_INET;
    ::inet_pton(AF_INET, source.c_str(), &from.sin_addr);
    ::bind(socket_, reinterpret_cast<::sockaddr*>(&from), sizeof(from));
    ::sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(port);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(::connect(socket_, reinterpret_cast<::sockaddr*>(&to), sizeof(to)), 0);
  }
  Silent(const Silent&) = delete;
  Silent& operator=(const Silent&) = delete;
  ~Silent() { ::close(socket_); }

  /// Waits until the listener ends it.
  void WaitForEnd() const {
    char byte;
    EXPECT_LE(::recv(socket_, &byte, 1, 0), 0);
  }

 private:
  const int socket_ = ::socket(AF_INET, SOCK_STREAM, 0);
};

std::unique_ptr<Listener> Start(const ListenerLimits& limits) {
  ListenerOptions options;
  options.threads = 1;
  options.settings.limits = limits;
  options.settings.limits.loopback = true;
  auto started = Listener::Start(
      options, [] { return [](const Request&) {
                      return Prepare(Response{200, {}, {}});
                    }; },
      [](std::string_view, std::string_view) { return std::size_t{0}; });
  EXPECT_TRUE(started);
  return *std::move(started);
}

std::uint64_t Refused(const Listener& listener, Refusal refusal) {
  return listener.counters().refused[static_cast<std::size_t>(refusal)];
}

void WaitUntil(const std::function<bool()>& holds) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (!holds() && std::chrono::steady_clock::now() < deadline)
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  EXPECT_TRUE(holds());
}

/// Returns the whole reply to a request that ends its connection.
std::string ReplyTo(std::uint16_t port, std::string_view request) {
  const int socket = ::socket(AF_INET, SOCK_STREAM, 0);
  ::sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(port);
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  EXPECT_EQ(::connect(socket, reinterpret_cast<::sockaddr*>(&to), sizeof(to)), 0);
  EXPECT_EQ(::send(socket, request.data(), request.size(), 0), ::ssize_t(request.size()));
  std::string reply;
  char bytes[4096];
  for (::ssize_t count; (count = ::recv(socket, bytes, sizeof(bytes), 0)) > 0;)
    reply.append(bytes, static_cast<std::size_t>(count));
  ::close(socket);
  return reply;
}

TEST(Listener, AHandlerThatThrowsIsA500ThatScriptsMayRead) {
  const auto handler = [] {
    return [](const Request&) -> SharedReply { throw std::runtime_error("a defect"); };
  };
  ListenerOptions options;
  options.threads = 1;
  const auto listener = *Listener::Start(
      options, handler, [](std::string_view, std::string_view) { return std::size_t{0}; });
  const std::string reply =
      ReplyTo(listener->port(), "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  EXPECT_TRUE(reply.starts_with("HTTP/1.1 500 ")) << reply;
  EXPECT_NE(reply.find("Access-Control-Allow-Origin: *\r\n"), std::string::npos) << reply;
  EXPECT_EQ(reply.find("a defect"), std::string::npos) << reply;
}

TEST(Listener, AClientAtItsLimitEvictsNobodyWhenAllPlacesAreTaken) {
  ListenerLimits limits;
  limits.connections = 3;
  limits.client_connections = 2;
  const auto listener = Start(limits);
  const Silent other(listener->port(), "127.0.0.3");
  const Silent first(listener->port(), "127.0.0.2");
  const Silent second(listener->port(), "127.0.0.2");
  WaitUntil([&] { return listener->counters().open == 3; });
  for (int i = 0; i < 5; ++i) Silent(listener->port(), "127.0.0.2").WaitForEnd();
  EXPECT_EQ(Refused(*listener, Refusal::kClientConnections), 5u);
  EXPECT_EQ(Refused(*listener, Refusal::kEvicted), 0u);
  EXPECT_EQ(listener->counters().open, 3u);
}

}  // namespace
}  // namespace cityid
