#include "resolver/serve/operations.h"

#include <fcntl.h>
#include <httplib.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <exception>
#include <semaphore>
#include <thread>
#include <utility>

#include "resolver/http/log.h"
#include "resolver/serve/local_socket.h"

namespace cityid {
namespace {

constexpr std::size_t kThreads = 4;
constexpr std::ptrdiff_t kConnections = 16;  // accepted and not yet answered
constexpr std::time_t kTimeout = 2;          // seconds without a byte

/// The library's pool of threads with a bound: `enqueue` waits while too many connections are open,
/// so that the kernel's backlog holds the rest.
class BoundedPool : public httplib::TaskQueue {
 public:
  using Task = std::function<void()>;
  // Returns void in 0.11, bool in 0.18.
  using Enqueued = decltype(std::declval<httplib::TaskQueue&>().enqueue(Task()));

  Enqueued enqueue(Task task) override {
    free_.acquire();
    return pool_.enqueue([this, task = std::move(task)] {
      task();
      free_.release();
    });
  }
  void shutdown() override { pool_.shutdown(); }

 private:
  std::counting_semaphore<kConnections> free_{kConnections};
  httplib::ThreadPool pool_{kThreads};
};

/// Answers from `routes`. A body is refused before it is read.
Response Answer(const std::vector<OperationsRoute>& routes, const httplib::Request& request) {
  if (request.has_header("Transfer-Encoding") ||
      (request.has_header("Content-Length") && request.get_header_value("Content-Length") != "0"))
    return Problem(413, "nothing here takes a body");
  const auto route = std::ranges::find(routes, request.path, &OperationsRoute::path);
  if (route == routes.end()) {
    std::string here = "here are";
    for (std::size_t i = 0; i < routes.size(); ++i) {
      here += i == 0 ? " " : i + 1 < routes.size() ? ", " : " and ";
      here += routes[i].path;
    }
    return Problem(404, here);
  }
  const bool gets = route->method == "GET";
  if (request.method != route->method && !(gets && request.method == "HEAD")) {
    Response response = Problem(405, "this is asked for with " + std::string(route->method));
    response.headers.Add("Allow", gets ? "GET, HEAD" : route->method);
    return response;
  }
  Request asked;
  asked.method = route->method;
  asked.target = request.target;
  try {
    return route->handle(asked);
  } catch (const std::exception& error) {
    LogError("internal error", {{"what", error.what()}});
    return Problem(500, "an internal error; the operator's log says more");
  }
}

}  // namespace

/// Debian's cpp-httplib can't open a Unix socket, so the socket is made by us in both cases, and
/// the library accepts on a copy of it.
class Operations::Server : private httplib::Server {
 public:
  Server(LocalSocket socket, std::vector<OperationsRoute> routes)
      : socket_(std::move(socket)), routes_(std::move(routes)) {
    new_task_queue = [] { return new BoundedPool; };
    set_read_timeout(kTimeout);
    set_write_timeout(kTimeout);
    set_keep_alive_timeout(kTimeout);
    set_keep_alive_max_count(1);
    set_payload_max_length(0);
    // Before the library's own routing, which matches regular expressions.
    set_pre_routing_handler([this](const httplib::Request& asked, httplib::Response& answered) {
      // A request for a thousand overlapping ranges would get as many copies.
      const_cast<httplib::Request&>(asked).ranges.clear();
      Response response = Answer(routes_, asked);
      answered.status = response.status;
      for (const auto& [name, value] : response.headers.list())
        answered.set_header(std::string(name), std::string(value));
      answered.body = std::move(response.body);
      return HandlerResponse::Handled;
    });
    thread_ = std::thread([this] { Run(); });
  }

  ~Server() override {
    stopping_ = true;
    svr_sock_ = -1;
    ::shutdown(socket_.descriptor(), SHUT_RDWR);  // ends `accept`
    thread_.join();
  }

  const std::string& url() const { return socket_.url(); }

 private:
  void Run() {
    while (!stopping_) {
      const int copy = ::fcntl(socket_.descriptor(), F_DUPFD_CLOEXEC, 0);
      svr_sock_ = copy;
      // The library gives up, and closes the copy, when the system is out of memory or files.
      if (copy >= 0 && listen_after_bind()) {
        ::close(copy);
      } else if (!stopping_) {
        std::this_thread::sleep_for(std::chrono::milliseconds(100));
      }
    }
  }

  const LocalSocket socket_;
  const std::vector<OperationsRoute> routes_;
  std::atomic<bool> stopping_ = false;
  std::thread thread_;
};

Result<std::unique_ptr<Operations>> Operations::Start(const std::string& address,
                                                      std::vector<OperationsRoute> routes) {
  auto socket = LocalSocket::Open(address);
  if (!socket) return socket.error().In("metrics");
  if (!address.starts_with("unix:"))
    std::erase_if(routes, [](const OperationsRoute& route) { return route.method != "GET"; });
  auto server = std::make_unique<Server>(*std::move(socket), std::move(routes));
  return std::unique_ptr<Operations>(new Operations(std::move(server)));
}

Operations::Operations(std::unique_ptr<Server> server) : server_(std::move(server)) {}
Operations::~Operations() = default;
const std::string& Operations::url() const { return server_->url(); }

}  // namespace cityid
