#include "resolver/serve/operations.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <latch>
#include <optional>
#include <stdexcept>
#include <thread>

#include "resolver/http/client.h"
#include "resolver/http/listener.h"
#include "resolver/routes/routes.h"
#include "resolver/serve/responder.h"
#include "tests/world/consortium.h"
#include "tests/world/temporary_directory.h"

namespace cityid {
namespace {

constexpr const char* kLocal = "127.0.0.1:0";

Response Text(std::string body) { return Response{200, {{"Content-Type", "text/plain"}}, body}; }

std::vector<OperationsRoute> Routes() {
  return {
      {"/metrics", [](const Request&) { return Text("counted\n"); }},
      {"/healthz", [](const Request&) { return Text("ok\n"); }},
      {"/readyz", [](const Request&) { return Text("ready\n"); }},
      {"/fails", [](const Request&) -> Response { throw std::runtime_error("broken"); }},
      {"/inbox", [](const Request& request) { return Text(std::string(request.query()) + "\n"); },
       "DELETE"}};
}

std::unique_ptr<Operations> Start(const std::string& address) {
  auto started = Operations::Start(address, Routes());
  EXPECT_TRUE(started) << started.error().detail;
  return *std::move(started);
}

std::optional<Errc> ErrorOf(const std::string& address) {
  const auto started = Operations::Start(address, Routes());
  return started ? std::nullopt : std::optional(started.error().code);
}

/// A connection to a Unix socket.
class UnixClient {
 public:
  explicit UnixClient(const std::string& path) {
    ::sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.copy(address.sun_path, sizeof(address.sun_path) - 1);
    connected_ = ::connect(socket_, reinterpret_cast<::sockaddr*>(&address), sizeof(address)) == 0;
  }
  UnixClient(const UnixClient&) = delete;
  UnixClient& operator=(const UnixClient&) = delete;
  ~UnixClient() { ::close(socket_); }

  bool connected() const { return connected_; }
  std::string Ask(const std::string& request) {
    EXPECT_EQ(::send(socket_, request.data(), request.size(), MSG_NOSIGNAL),
              static_cast<ssize_t>(request.size()));
    std::string reply;
    char buffer[4096];
    for (ssize_t got; (got = ::recv(socket_, buffer, sizeof(buffer), 0)) > 0;)
      reply.append(buffer, static_cast<std::size_t>(got));
    return reply;
  }

 private:
  const int socket_ = ::socket(AF_UNIX, SOCK_STREAM, 0);
  bool connected_ = false;
};

/// Leaves a socket at `path` that nobody listens on, as a killed process does.
void LeaveStaleSocket(const std::string& path) {
  ::sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof(address.sun_path) - 1);
  const int socket = ::socket(AF_UNIX, SOCK_STREAM, 0);
  ASSERT_EQ(::bind(socket, reinterpret_cast<::sockaddr*>(&address), sizeof(address)), 0);
  ::close(socket);
}

/// A listener whose loops and workers all wait inside its handler until `Release`.
class StuckListener {
 public:
  StuckListener() {
    ListenerOptions options;
    options.threads = kLoops;
    options.workers = kWorkers;
    auto started = Listener::Start(
        options, [this] { return MakeHandler(); }, [](const Request&) { return BodyTerms{9}; });
    EXPECT_TRUE(started);
    listener_ = *std::move(started);
    base_ = "http://127.0.0.1:" + std::to_string(listener_->port());
    for (unsigned i = 0; i < kWorkers; ++i)
      clients_.emplace_back([this] { (void)Post(base_, "/", "text/plain", "x"); });
    workers_.wait();  // a stuck loop would hand nothing to them
    // The kernel spreads connections over the loops: enough of them reach every one.
    for (unsigned i = 0; i < 8 * kLoops; ++i) {
      clients_.emplace_back([this] {
        while (!all_) (void)Fetch(base_, "/", "*/*", {.total = std::chrono::seconds(1)});
      });
    }
    loops_.wait();
    all_ = true;
  }
  ~StuckListener() {
    released_.count_down();
    for (std::thread& client : clients_) client.join();
  }
  const Listener& operator*() const { return *listener_; }

 private:
  static constexpr unsigned kLoops = 3;
  static constexpr unsigned kWorkers = 2;

  /// The first GET holds the loop, each POST a worker.
  Handler MakeHandler() {
    return [this, held = std::make_shared<std::atomic<bool>>(false)](const Request& request,
                                                                     Thread thread) {
      const bool post = request.method == "POST";
      if (post && thread == Thread::kLoop) return SharedReply();
      if (post || !held->exchange(true)) {
        (post ? workers_ : loops_).count_down();
        released_.wait();
      }
      return Prepare(Text(""));
    };
  }

  std::latch workers_{kWorkers};
  std::latch loops_{kLoops};
  std::latch released_{1};
  std::atomic<bool> all_ = false;
  std::unique_ptr<Listener> listener_;
  std::string base_;
  std::vector<std::thread> clients_;
};

TEST(Operations, AnswersEveryRouteWhileAllLoopsAndWorkersAreStuck) {
  const testing::Consortium consortium;
  const TemporaryDirectory scratch;
  const auto replica =
      Replica::Create(scratch.path() / "ledger", consortium.genesis(), testing::kNow);
  ASSERT_TRUE(replica);
  Service service;
  service.replica = &*replica;
  service.now = [] { return testing::kNow; };
  const auto metrics = MakeMetrics(ResolverRouter());
  const StuckListener listener;
  const auto dispatch = [&](const Request& request) {
    return ResolverRouter().Handle(service, request).response;
  };
  const auto operations = Operations::Start(
      kLocal, {{"/metrics",
                [&](const Request&) {
                  return Text(metrics->Text(*replica, {}, (*listener).counters(), testing::kNow));
                }},
               {"/healthz", dispatch},
               {"/readyz", dispatch}});
  ASSERT_TRUE(operations);
  for (const auto& [path, text] : {std::pair("/metrics", "\ncityid_ledger_readable 1\n"),
                                   {"/healthz", "ok\n"},
                                   {"/readyz", "ready\n"}}) {
    const auto reply = Fetch((*operations)->url(), path, "*/*");
    ASSERT_TRUE(reply) << path << ": " << reply.error().detail;
    EXPECT_EQ(reply->status, 200) << path;
    EXPECT_NE(reply->body.find(text), std::string::npos) << path << ": " << reply->body;
  }
}

TEST(Operations, AnswersOnlyWhatIsARoute) {
  const auto operations = Start(kLocal);
  for (const char* path : {"/", "/metrics/", "/MA.156.1301", "/metricsx", "/../metrics"})
    EXPECT_EQ(Fetch(operations->url(), path, "*/*")->status, 404) << path;
  EXPECT_NE(Fetch(operations->url(), "/", "*/*")
                ->body.find("here are /metrics, /healthz, /readyz and /fails"),
            std::string::npos);
  EXPECT_EQ(Post(operations->url(), "/metrics", "text/plain", "")->status, 405);
  EXPECT_EQ(Post(operations->url(), "/metrics", "text/plain", "x")->status, 413);
  EXPECT_EQ(Fetch(operations->url(), "/fails", "*/*")->status, 500);
}

TEST(Operations, AnswersWhileMoreConnectionsThanThreadsSendNothing) {
  const TemporaryDirectory scratch;
  const std::string path = scratch.path() / "metrics.sock";
  const auto operations = Start("unix:" + path);
  std::vector<std::unique_ptr<UnixClient>> silent;
  for (int i = 0; i < 6; ++i) silent.push_back(std::make_unique<UnixClient>(path));
  EXPECT_TRUE(UnixClient(path).Ask("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n").ends_with("ok\n"));
}

TEST(Operations, SurvivesLongAndOddHeads) {
  const auto operations = Start(kLocal);
  for (const std::string& path : {"/" + std::string(7000, 'x'), std::string("/%%%?&=&#\x01")})
    (void)Fetch(operations->url(), path, "*/*");
  const TemporaryDirectory scratch;
  const std::string path = scratch.path() / "metrics.sock";
  const auto on_path = Start("unix:" + path);
  std::string ranges = "bytes=0-0";
  while (ranges.size() < 8000) ranges += ",1-1";
  for (const std::string& field :
       {"Range: " + ranges, "X: " + std::string(9000, 'x'), std::string("no colon")}) {
    (void)UnixClient(path).Ask("GET /healthz HTTP/1.1\r\n" + field + "\r\n\r\n");
  }
  EXPECT_EQ(Fetch(operations->url(), "/healthz", "*/*")->body, "ok\n");
}

TEST(Operations, ChangesNothingByAPort) {
  const std::string request = "DELETE /inbox?client=1 HTTP/1.1\r\nHost: localhost\r\n\r\n";
  const TemporaryDirectory scratch;
  const std::string path = scratch.path() / "metrics.sock";
  const auto on_path = Start("unix:" + path);
  const std::string reply = UnixClient(path).Ask(request);
  EXPECT_NE(reply.find(" 200 "), std::string::npos) << reply;
  EXPECT_NE(reply.find("client=1\n"), std::string::npos) << reply;
  EXPECT_NE(UnixClient(path).Ask("GET /inbox HTTP/1.1\r\n\r\n").find(" 405 "), std::string::npos);
  const auto on_port = Start(kLocal);
  EXPECT_EQ(Fetch(on_port->url(), "/inbox", "*/*")->status, 404);
}

TEST(Operations, RefusesAnAddressThatOthersReach) {
  for (const char* address :
       {"0.0.0.0:0", "[::]:0", "192.0.2.1:0", "localhost:0", "example.cn:0"}) {
    const auto started = Operations::Start(address, Routes());
    ASSERT_FALSE(started) << address;
    EXPECT_EQ(started.error().code, Errc::kUsage);
    EXPECT_NE(started.error().detail.find("loopback"), std::string::npos) << address;
    EXPECT_NE(started.error().detail.find("unix:/PATH"), std::string::npos) << address;
  }
  for (const char* address : {"", "127.0.0.1", "127.0.0.1:x", "unix:", "unix:metrics.sock"})
    EXPECT_EQ(ErrorOf(address), Errc::kUsage) << address;
  EXPECT_EQ(ErrorOf("unix:/" + std::string(200, 'x')), Errc::kUsage);
  EXPECT_EQ(ErrorOf("unix:/nowhere/at/all"), Errc::kIo);
}

TEST(Operations, SharesItsPortWithNobody) {
  const auto first = Start(kLocal);
  EXPECT_EQ(ErrorOf(first->url().substr(7)), Errc::kBusy);
}

TEST(Operations, OpensAUnixSocketForItsGroupAndRemovesItAtTheEnd) {
  const TemporaryDirectory scratch;
  const std::string path = scratch.path() / "metrics.sock";
  const mode_t before = ::umask(0027);
  {
    const auto operations = Start("unix:" + path);
    struct ::stat file {};
    ASSERT_EQ(::lstat(path.c_str(), &file), 0);
    EXPECT_TRUE(S_ISSOCK(file.st_mode));
    EXPECT_EQ(file.st_mode & 07777, 0660u);
    EXPECT_EQ(operations->url(), "http://unix:" + path + ":");
    EXPECT_TRUE(
        UnixClient(path).Ask("GET /readyz HTTP/1.1\r\nHost: x\r\n\r\n").ends_with("ready\n"));
  }
  ::umask(before);
  EXPECT_FALSE(std::filesystem::exists(path));
}

TEST(Operations, ReplacesAStaleSocketAndNothingElse) {
  const TemporaryDirectory scratch;
  const std::string path = scratch.path() / "metrics.sock";
  LeaveStaleSocket(path);
  {
    const auto operations = Start("unix:" + path);
    EXPECT_TRUE(UnixClient(path).connected());
    EXPECT_EQ(ErrorOf("unix:" + path), Errc::kBusy);
    EXPECT_TRUE(UnixClient(path).connected());
    // Somebody else's socket at the path is left alone at the end.
    std::filesystem::remove(path);
    LeaveStaleSocket(path);
  }
  EXPECT_TRUE(std::filesystem::exists(path));
  const std::string file = scratch.path() / "file";
  std::ofstream(file) << "kept";
  EXPECT_EQ(ErrorOf("unix:" + file), Errc::kUsage);
  EXPECT_TRUE(std::filesystem::exists(file));
}

}  // namespace
}  // namespace cityid
