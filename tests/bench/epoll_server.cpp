// epoll_server FILE: answers every request with the bytes of FILE, a whole HTTP response. The limit
// of what a server can do on this machine: one epoll loop a core, keep-alive, nothing parsed but
// the empty line that ends a request. Prints its port; serves until standard input ends.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <unordered_map>

namespace {

constexpr std::string_view kEnd = "\r\n\r\n";

/// Returns the result of a system call, or ends the program with its error.
int Must(int result, const char* what) {
  if (result < 0) {
    std::perror(what);
    std::exit(3);
  }
  return result;
}

struct Connection {
  std::string tail;      ///< the last bytes that were received, which may begin an end
  std::size_t owed = 0;  ///< bytes of answers that are still to be sent
};

/// Returns a socket that listens on `port` beside those of the other loops.
int Listen(std::uint16_t port) {
  const int listener =
      Must(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), "socket");
  const int on = 1;
  Must(::setsockopt(listener, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on), "SO_REUSEPORT");
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port);
  Must(::bind(listener, reinterpret_cast<sockaddr*>(&address), sizeof address), "bind");
  Must(::listen(listener, 1024), "listen");
  return listener;
}

std::uint16_t PortOf(int listener) {
  sockaddr_in address{};
  socklen_t size = sizeof address;
  Must(::getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size), "getsockname");
  return ntohs(address.sin_port);
}

class Loop {
 public:
  Loop(int listener, const std::string& answer)
      : listener_(listener), answer_(answer), epoll_(Must(::epoll_create1(0), "epoll_create1")) {
    Watch(EPOLL_CTL_ADD, listener_, EPOLLIN);
  }

  [[noreturn]] void Run() {
    std::array<epoll_event, 256> events;
    while (true) {
      const int count = ::epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), -1);
      for (int i = 0; i < count; ++i) {
        const int fd = events[static_cast<std::size_t>(i)].data.fd;
        if (fd == listener_) {
          Accept();
        } else if (!Serve(fd, connections_[fd])) {
          ::close(fd);
          connections_.erase(fd);
        }
      }
    }
  }

 private:
  void Watch(int operation, int fd, std::uint32_t events) {
    epoll_event event{};
    event.events = events;
    event.data.fd = fd;
    Must(::epoll_ctl(epoll_, operation, fd, &event), "epoll_ctl");
  }

  void Accept() {
    while (true) {
      const int fd = ::accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
      if (fd < 0) return;
      const int on = 1;
      ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
      connections_[fd] = {};
      Watch(EPOLL_CTL_ADD, fd, EPOLLIN);
    }
  }

  /// Receives requests, and sends answers. False if the connection is over.
  bool Serve(int fd, Connection& connection) {
    const bool waited = connection.owed > 0;
    if (!waited && !Receive(fd, connection)) return false;
    while (connection.owed > 0) {
      const std::size_t left = (connection.owed - 1) % answer_.size() + 1;
      const ssize_t sent = ::send(fd, answer_.data() + (answer_.size() - left), left, MSG_NOSIGNAL);
      if (sent < 0 && errno == EAGAIN) break;
      if (sent <= 0) return false;
      connection.owed -= static_cast<std::size_t>(sent);
    }
    // Nothing is received from a client that doesn't take its answers.
    const bool waits = connection.owed > 0;
    if (waits != waited) Watch(EPOLL_CTL_MOD, fd, waits ? EPOLLOUT : EPOLLIN);
    return true;
  }

  /// Counts the requests that have come. Several may come at once, and the end of one in two parts.
  bool Receive(int fd, Connection& connection) {
    const std::size_t kept = connection.tail.size();
    std::copy(connection.tail.begin(), connection.tail.end(), buffer_.begin());
    const ssize_t got = ::recv(fd, buffer_.data() + kept, buffer_.size() - kept, 0);
    if (got <= 0) return got < 0 && errno == EAGAIN;
    std::string_view received(buffer_.data(), kept + static_cast<std::size_t>(got));
    for (std::size_t end; (end = received.find(kEnd)) != std::string_view::npos;) {
      received.remove_prefix(end + kEnd.size());
      connection.owed += answer_.size();
    }
    connection.tail = received.substr(received.size() - std::min(received.size(), kEnd.size() - 1));
    return true;
  }

  int listener_;
  const std::string& answer_;
  int epoll_;
  std::array<char, 1 << 16> buffer_;
  std::unordered_map<int, Connection> connections_;
};

}  // namespace

int main(int count, char** arguments) {
  if (count != 2) {
    std::fputs("usage: epoll_server FILE\n", stderr);
    return 2;
  }
  std::ifstream file(arguments[1], std::ios::binary);
  const std::string answer{std::istreambuf_iterator<char>(file), {}};
  if (answer.empty()) {
    std::fprintf(stderr, "epoll_server: nothing in %s\n", arguments[1]);
    return 3;
  }
  const int first = Listen(0);
  const std::uint16_t port = PortOf(first);
  const unsigned cores = std::max(1u, std::thread::hardware_concurrency());
  for (unsigned i = 0; i < cores; ++i) {
    std::thread([listener = i == 0 ? first : Listen(port), &answer] {
      std::make_unique<Loop>(listener, answer)->Run();
    }).detach();
  }
  std::printf("%d\n", port);
  std::fflush(stdout);
  char byte;
  while (::read(STDIN_FILENO, &byte, 1) > 0) {
  }
  std::_Exit(0);
}
