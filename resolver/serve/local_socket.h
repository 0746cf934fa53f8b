// A listening socket that only this machine can reach.
#pragma once

#include <cstdint>
#include <string>
#include <utility>

#include "codec/result.h"

namespace cityid {

/// A socket that listens on loopback or on a Unix path; closed, and its path removed, with this
/// object.
class LocalSocket {
 public:
  /// Opens "127.0.0.1:9090", "[::1]:9090" (port 0: any free port) or
  /// "unix:/run/cityid/metrics.sock". A Unix socket gets mode 0660, so that its group may connect;
  /// a socket that a dead process left at its path is replaced.
  /// Errors: kUsage for any other address, for a path that is too long or is a file of another
  /// kind; kBusy if a process listens there already; kIo.
  static Result<LocalSocket> Open(const std::string& address);

  LocalSocket(LocalSocket&& other) noexcept;
  LocalSocket& operator=(LocalSocket&&) = delete;
  ~LocalSocket();

  int descriptor() const { return descriptor_; }
  /// Where paths begin: "http://127.0.0.1:9090", or "http://unix:/run/cityid/metrics.sock:" as
  /// nginx writes it.
  const std::string& url() const { return url_; }

 private:
  explicit LocalSocket(int descriptor) : descriptor_(descriptor) {}
  static Result<LocalSocket> OpenTcp(const std::string& address);
  static Result<LocalSocket> OpenUnix(const std::string& path);

  int descriptor_;
  std::string url_;
  std::string path_;                              ///< of a Unix socket; empty for TCP
  std::pair<std::uint64_t, std::uint64_t> file_;  ///< device and inode at `path_`
};

}  // namespace cityid
