// http_server ours|httplib LEDGER: the same route table behind our listener, with its cache, or
// behind cpp-httplib's server, without one. Prints its port; serves until standard input ends.
// http_server verify: prints the nanoseconds of processor time that libsodium takes to verify what
// a code signs, on all cores at once, as the server's loops do it.
#include <httplib.h>
#include <sodium.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <exception>
#include <thread>

#include "resolver/http/listener.h"
#include "resolver/routes/routes.h"
#include "resolver/serve/responder.h"
#include "tests/bench/sample_ledger.h"

namespace {

using namespace cityid;

/// A worker for every connection of the benchmark: with fewer, cpp-httplib lets the rest wait.
constexpr std::size_t kWorkers = 640;

/// As long as what a code of a city signs (docs/city-code.md 3).
constexpr std::size_t kSignedBytes = 86;

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
  const auto metrics = MakeMetrics(ResolverRouter());
  ListenerOptions options;
  options.settings.limits.loopback = true;
  options.settings.limits.client_connections = 1'000'000;
  options.settings.limits.client_requests = 1'000'000;
  options.settings.limits.client_burst = 1'000'000;
  const auto listener = bench::Must(Listener::Start(
      options, RespondWith(ResolverRouter(), service, metrics.get()),
      [&](const Request& head) { return ResolverRouter().TermsOf(service, head); }));
  PrintPort(listener->port());
  WaitForEndOfInput();
}

void Answer(const Service& service, const httplib::Request& asked, httplib::Response& answered) {
  Request request;
  request.method = asked.method;
  request.target = asked.target;
  for (const auto& [name, value] : asked.headers) request.headers.emplace_back(name, value);
  request.body = asked.body;
  Response response = ResolverRouter().Handle(service, request).response;
  answered.status = response.status;
  for (const auto& [name, value] : response.headers.list())
    answered.set_header(std::string(name), std::string(value));
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
  const Replica replica = bench::Must(Replica::Open(ledger, Replica::Mode::kRead));
  const Service service{
      &replica,
      [] { return std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now()); },
      AgeLimits{}};
  which == "ours" ? ServeOurs(service) : ServeHttplib(service);
}

double ThreadNanoseconds() {
  timespec time;
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) * 1e9 + static_cast<double>(time.tv_nsec);
}

void MeasureVerify() {
  constexpr int kVerifications = 6000;  // a third of a second
  unsigned char public_key[crypto_sign_PUBLICKEYBYTES];
  unsigned char secret_key[crypto_sign_SECRETKEYBYTES];
  if (::sodium_init() < 0) throw std::runtime_error("no libsodium");
  crypto_sign_keypair(public_key, secret_key);
  const Bytes message(kSignedBytes, 7);
  unsigned char signature[crypto_sign_BYTES];
  crypto_sign_detached(signature, nullptr, message.data(), message.size(), secret_key);
  std::vector<double> nanoseconds(std::max(1u, std::thread::hardware_concurrency()));
  std::vector<std::thread> threads;
  for (double& taken : nanoseconds) {
    threads.emplace_back([&] {
      int failed = 0;
      for (int i = 0; i < kVerifications; ++i) {
        failed |=
            crypto_sign_verify_detached(signature, message.data(), message.size(), public_key);
      }
      taken = failed == 0 ? ThreadNanoseconds() : 0;
    });
  }
  for (std::thread& thread : threads) thread.join();
  double sum = 0;
  for (const double taken : nanoseconds) sum += taken;
  std::printf("%.1f\n", sum / static_cast<double>(nanoseconds.size()) / kVerifications);
}

}  // namespace

int main(int count, char** arguments) {
  const std::string_view which = count > 1 ? arguments[1] : "";
  const bool serves = count == 3 && (which == "ours" || which == "httplib");
  if (!serves && !(count == 2 && which == "verify")) {
    std::fprintf(stderr, "usage: http_server ours|httplib LEDGER | verify\n");
    return 2;
  }
  try {
    serves ? Serve(which, arguments[2]) : MeasureVerify();
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "http_server: %s\n", error.what());
    return 3;
  }
}
