// http_server ours|httplib LEDGER: the same route table behind our listener or behind cpp-httplib's
// server, so that only the server differs. Prints its port; serves until standard input ends.
#include <httplib.h>
#include <unistd.h>

#include <cstdio>
#include <exception>
#include <thread>

#include "resolver/http/listener.h"
#include "resolver/responder.h"
#include "tests/bench/sample_ledger.h"

namespace {

using namespace cityid;

/// A worker for every connection of the benchmark: with fewer, cpp-httplib lets the rest wait.
constexpr std::size_t kWorkers = 256;

void PrintPort(int port) {
  std::printf("%d\n", port);
  std::fflush(stdout);
}

void WaitForEndOfInput() {
  char byte;
  while (::read(STDIN_FILENO, &byte, 1) > 0) {
  }
}

void ServeOurs(const Service& service) {
  // As a server on the internet has it: everything is counted, and limits hold, for loopback, too.
  Metrics metrics;
  ListenerOptions options;
  options.settings.limits.loopback = true;
  options.settings.limits.client_connections = 1'000'000;
  options.settings.limits.client_requests = 1'000'000;
  options.settings.limits.client_burst = 1'000'000;
  const auto listener =
      bench::Must(Listener::Start(options, RespondWith(service, &metrics), BodyLimit));
  PrintPort(listener->port());
  WaitForEndOfInput();
}

void Answer(const Service& service, const httplib::Request& asked, httplib::Response& answered) {
  Request request;
  request.method = asked.method;
  request.target = asked.target;
  for (const auto& [name, value] : asked.headers) request.headers.emplace_back(name, value);
  request.body = asked.body;
  Response response = Dispatch(service, request);
  answered.status = response.status;
  for (const auto& [name, value] : response.headers) answered.set_header(name, value);
  if (response.fresh_until) answered.set_header("Cache-Control", "public, max-age=60");
  answered.body = std::move(response.body);
}

void ServeHttplib(const Service& service) {
  httplib::Server server;
  server.new_task_queue = [] { return new httplib::ThreadPool(kWorkers); };
  server.set_keep_alive_max_count(1'000'000'000);
  server.set_tcp_nodelay(true);
  // Before its own routing, which matches regular expressions.
  server.set_pre_routing_handler(
      [&service](const httplib::Request& asked, httplib::Response& answered) {
        Answer(service, asked, answered);
        return httplib::Server::HandlerResponse::Handled;
      });
  const int port = server.bind_to_any_port("127.0.0.1");
  std::thread loop([&server] { server.listen_after_bind(); });
  PrintPort(port);
  WaitForEndOfInput();
  server.stop();
  loop.join();
}

void Serve(std::string_view which, const char* ledger) {
  const Replica replica = bench::Must(Replica::Open(ledger, Lmdb::Mode::kRead));
  const Service service{
      &replica,
      [] { return std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now()); },
      AgeLimits{}};
  which == "ours" ? ServeOurs(service) : ServeHttplib(service);
}

}  // namespace

int main(int count, char** arguments) {
  const std::string_view which = count == 3 ? arguments[1] : "";
  if (which != "ours" && which != "httplib") {
    std::fprintf(stderr, "usage: http_server ours|httplib LEDGER\n");
    return 2;
  }
  try {
    Serve(which, arguments[2]);
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "http_server: %s\n", error.what());
    return 3;
  }
}
