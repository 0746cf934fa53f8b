#include "resolver/serve/local_socket.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <optional>

#include "resolver/http/client_limits.h"
#include "resolver/http/listen_address.h"

namespace cityid {
namespace {

constexpr std::string_view kUnix = "unix:";
constexpr int kBacklog = 16;

Error Failed(const std::string& where) {
  const int error = errno;
  if (error == EADDRINUSE) return Error{Errc::kBusy, where + " is in use"};
  return Error{Errc::kIo, "cannot listen on " + where + ": " + std::strerror(error)};
}

/// Returns device and inode of the file at `path` itself, not of what a link there points to.
std::optional<struct ::stat> Look(const std::string& path) {
  struct ::stat file {};
  if (::lstat(path.c_str(), &file) != 0) return std::nullopt;
  return file;
}

std::pair<std::uint64_t, std::uint64_t> Identity(const struct ::stat& file) {
  return {file.st_dev, file.st_ino};
}

/// Removes the socket at `address` if no process listens there any more.
Result<void> RemoveStale(const ::sockaddr_un& address) {
  const std::string path = address.sun_path;
  const auto file = Look(path);
  if (!file) return {};
  if (!S_ISSOCK(file->st_mode))
    return Error{Errc::kUsage, path + " exists and is no socket; it is left alone"};
  const int probe = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (probe < 0) return Failed(path);
  const bool refused =
      ::connect(probe, reinterpret_cast<const ::sockaddr*>(&address), sizeof(address)) != 0 &&
      errno == ECONNREFUSED;
  ::close(probe);
  if (!refused) return Error{Errc::kBusy, path + " is in use"};
  if (::unlink(path.c_str()) != 0 && errno != ENOENT) return Failed(path);
  return {};
}

/// `address` as the system takes it, with its length.
std::pair<::sockaddr_storage, ::socklen_t> SystemAddress(const ListenAddress& address) {
  ::sockaddr_storage storage{};
  auto& v4 = reinterpret_cast<::sockaddr_in&>(storage);
  if (::inet_pton(AF_INET, address.address.c_str(), &v4.sin_addr) == 1) {
    v4.sin_family = AF_INET;
    v4.sin_port = htons(address.port);
    return {storage, sizeof(v4)};
  }
  auto& v6 = reinterpret_cast<::sockaddr_in6&>(storage);
  ::inet_pton(AF_INET6, address.address.c_str(), &v6.sin6_addr);
  v6.sin6_family = AF_INET6;
  v6.sin6_port = htons(address.port);
  return {storage, sizeof(v6)};
}

}  // namespace

Result<LocalSocket> LocalSocket::Open(const std::string& address) {
  return address.starts_with(kUnix) ? OpenUnix(address.substr(kUnix.size())) : OpenTcp(address);
}

Result<LocalSocket> LocalSocket::OpenTcp(const std::string& text) {
  const auto address = ParseListen(text);
  if (!address) return address.error();
  const auto client = ParseClient(address->address);
  if (!client || !client->loopback) {
    return Error{Errc::kUsage, "'" + text +
                                   "' is not on this machine; use loopback (127.0.0.1:PORT or "
                                   "[::1]:PORT) or a Unix socket (unix:/PATH)"};
  }
  auto [storage, length] = SystemAddress(*address);
  auto* const raw = reinterpret_cast<::sockaddr*>(&storage);
  LocalSocket made(::socket(storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
  constexpr int kOn = 1;
  if (made.descriptor_ < 0 ||
      ::setsockopt(made.descriptor_, SOL_SOCKET, SO_REUSEADDR, &kOn, sizeof(kOn)) != 0 ||
      ::bind(made.descriptor_, raw, length) != 0 || ::listen(made.descriptor_, kBacklog) != 0 ||
      ::getsockname(made.descriptor_, raw, &length) != 0)
    return Failed(text);
  // The port has the same place in both families.
  made.url_ = BaseUrl(*address, ntohs(reinterpret_cast<::sockaddr_in&>(storage).sin_port));
  return made;
}

Result<LocalSocket> LocalSocket::OpenUnix(const std::string& path) {
  ::sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.empty() || path[0] != '/' || path.size() >= sizeof(address.sun_path) ||
      path.find('\0') != std::string::npos) {
    return Error{Errc::kUsage, "'unix:" + path +
                                   "': the path of a Unix socket begins with '/' "
                                   "and has at most " +
                                   std::to_string(sizeof(address.sun_path) - 1) + " bytes"};
  }
  path.copy(address.sun_path, path.size());
  if (const auto free = RemoveStale(address); !free) return free.error();
  LocalSocket made(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (made.descriptor_ < 0 ||
      ::bind(made.descriptor_, reinterpret_cast<::sockaddr*>(&address), sizeof(address)) != 0)
    return Failed(path);
  made.path_ = path;
  if (const auto file = Look(path)) made.file_ = Identity(*file);
  // Whatever the umask is. Nobody can connect before `listen`.
  if (::chmod(path.c_str(), 0660) != 0 || ::listen(made.descriptor_, kBacklog) != 0)
    return Failed(path);
  made.url_ = "http://" + std::string(kUnix) + path + ":";
  return made;
}

LocalSocket::LocalSocket(LocalSocket&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)),
      url_(std::move(other.url_)),
      path_(std::exchange(other.path_, {})),
      file_(other.file_) {}

LocalSocket::~LocalSocket() {
  // Another process may have put its own socket there in the meantime.
  if (const auto file = Look(path_); file && Identity(*file) == file_) ::unlink(path_.c_str());
  if (descriptor_ >= 0) ::close(descriptor_);
}

}  // namespace cityid
