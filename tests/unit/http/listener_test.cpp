#include "resolver/http/listener.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <latch>
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
      options, [] { return [](const Request&, Thread) {
                      return Prepare(Response{200, {}, {}});
                    }; },
      [](const Request&) { return BodyTerms{}; });
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
    return [](const Request&, Thread) -> SharedReply { throw std::runtime_error("a defect"); };
  };
  ListenerOptions options;
  options.threads = 1;
  const auto listener = *Listener::Start(
      options, handler, [](const Request&) { return BodyTerms{}; });
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

/// A connection that sends requests and reads replies.
class Talk {
 public:
  Talk(std::uint16_t port, std::string_view request) {
    ::sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(port);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(::connect(socket_, reinterpret_cast<::sockaddr*>(&to), sizeof(to)), 0);
    EXPECT_EQ(::send(socket_, request.data(), request.size(), 0), ::ssize_t(request.size()));
  }
  Talk(const Talk&) = delete;
  Talk& operator=(const Talk&) = delete;
  ~Talk() { ::close(socket_); }

  /// Reads until `end` has come, or the listener ends the connection.
  std::string ReadTo(std::string_view end) {
    std::string got;
    char byte;
    while (!got.ends_with(end) && ::recv(socket_, &byte, 1, 0) == 1) got += byte;
    return got;
  }

 private:
  const int socket_ = ::socket(AF_INET, SOCK_STREAM, 0);
};

std::string Get(std::string_view path) {
  return "GET " + std::string(path) + " HTTP/1.1\r\nHost: x\r\n\r\n";
}

/// One loop and one worker. The worker handles what begins with "/long", each only after `Release`.
class OneWorker : public ::testing::Test {
 protected:
  void Start(ListenerLimits limits) {
    limits.loopback = true;
    ListenerOptions options;
    options.threads = options.workers = 1;
    options.settings.limits = limits;
    const auto handler = [this](const Request& request, Thread thread) -> SharedReply {
      if (request.path().starts_with("/long")) {
        if (thread == Thread::kLoop) return nullptr;
        ++handled_;
        release_.wait();
      }
      return Prepare(Response{200, {}, std::string(request.path()) + "!"});
    };
    auto started = Listener::Start(
        options, [handler] { return handler; },
        [](const Request&) { return BodyTerms{}; });
    ASSERT_TRUE(started);
    listener_ = *std::move(started);
  }
  void Release() {
    if (!release_.try_wait()) release_.count_down();
  }
  void TearDown() override { Release(); }
  std::uint16_t port() const { return listener_->port(); }

  std::latch release_{1};
  std::atomic<int> handled_ = 0;
  std::unique_ptr<Listener> listener_;
};

TEST_F(OneWorker, WhatTakesLongHoldsUpNobodyElseOnItsLoop) {
  Start({});
  Talk slow(port(), Get("/long"));
  WaitUntil([&] { return handled_ == 1; });
  Talk other(port(), Get("/short"));
  EXPECT_TRUE(other.ReadTo("!").ends_with("\r\n\r\n/short!"));
  Release();
  EXPECT_TRUE(slow.ReadTo("!").ends_with("\r\n\r\n/long!"));
}

TEST_F(OneWorker, RepliesKeepTheOrderOfAConnection) {
  Start({});
  Talk both(port(), Get("/long") + Get("/short") + Get("/long2"));
  WaitUntil([&] { return handled_ == 1; });
  Release();
  for (const char* end : {"/long!", "/short!", "/long2!"})
    EXPECT_TRUE(both.ReadTo("!").ends_with(end)) << end;
}

TEST_F(OneWorker, TakesAsManyAsTheQueueHolds) {
  ListenerLimits limits;
  limits.queue = 2;
  Start(limits);
  Talk first(port(), Get("/long"));
  WaitUntil([&] { return handled_ == 1; });
  Talk second(port(), Get("/short") + Get("/long"));
  second.ReadTo("!");
  Talk third(port(), Get("/long") + Get("/short"));
  const std::string refused = third.ReadTo("!");
  EXPECT_TRUE(refused.starts_with("HTTP/1.1 503 ")) << refused;
  EXPECT_NE(refused.find("Retry-After: 1\r\n"), std::string::npos) << refused;
  EXPECT_TRUE(refused.ends_with("/short!")) << "the connection goes on: " << refused;
  EXPECT_EQ(Refused(*listener_, Refusal::kQueue), 1U);
  Release();
  EXPECT_TRUE(second.ReadTo("!").ends_with("/long!"));
  Talk later(port(), Get("/long"));
  EXPECT_TRUE(later.ReadTo("!").ends_with("/long!"));
}

TEST_F(OneWorker, AClientFillsTheQueueOnlyUpToItsShare) {
  ListenerLimits limits;
  limits.client_queue = 1;
  Start(limits);
  Talk first(port(), Get("/long"));
  WaitUntil([&] { return handled_ == 1; });
  Talk second(port(), Get("/long") + Get("/short"));
  const std::string refused = second.ReadTo("!");
  EXPECT_TRUE(refused.starts_with("HTTP/1.1 429 ")) << refused;
  Release();
  EXPECT_TRUE(first.ReadTo("!").ends_with("/long!"));
  Talk later(port(), Get("/long"));
  EXPECT_TRUE(later.ReadTo("!").ends_with("/long!"));
}

TEST_F(OneWorker, NothingIsDoneForWhoLeftWhileWaiting) {
  Start({});
  Talk first(port(), Get("/long"));
  WaitUntil([&] { return handled_ == 1; });
  {
    Talk leaves(port(), Get("/short") + Get("/long"));
    leaves.ReadTo("!");
  }
  // There is one loop: when it answers somebody else, it has put the other request into the queue.
  Talk(port(), Get("/short")).ReadTo("!");
  Release();
  EXPECT_TRUE(first.ReadTo("!").ends_with("/long!"));
  Talk last(port(), Get("/long"));
  EXPECT_TRUE(last.ReadTo("!").ends_with("/long!"));
  EXPECT_EQ(handled_, 2);
  WaitUntil([&] { return listener_->counters().open == 2; });
}

TEST(Listener, AnEmptyLineBehindARequestIsNoBeginningOfTheNext) {
  ListenerLimits limits;
  limits.head_time = std::chrono::milliseconds(300);
  const auto listener = Start(limits);
  Talk client(listener->port(), Get("/") + "\r\n");
  client.ReadTo("\r\n\r\n");
  // A head that is late is counted, an idle connection isn't.
  Talk late(listener->port(), "GET / HT");
  EXPECT_EQ(late.ReadTo("!"), "");
  EXPECT_EQ(Refused(*listener, Refusal::kTimeout), 1U);
  WaitUntil([&] { return listener->counters().open == 1; });
}

}  // namespace
}  // namespace cityid
