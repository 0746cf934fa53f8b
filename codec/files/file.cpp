#include "codec/files/file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <system_error>

namespace cityid {
namespace {

namespace fs = std::filesystem;

/// Calls `write` with what isn't written yet until nothing is left.
template <class Write>
Result<void> WriteOn(ByteView content, const fs::path& path, Write write) {
  while (!content.empty()) {
    const ssize_t written = write(content);
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return SystemError("write", path);
    content = content.subspan(static_cast<std::size_t>(written));
  }
  return {};
}

/// Writes a file under a temporary name in the same directory; `publish` gives it its real name.
template <class Publish>
Result<void> WriteThen(const fs::path& path, ByteView content, mode_t mode, Publish publish) {
  // Each call has a name of its own. A file that has it already belongs to somebody else.
  static std::atomic<unsigned> calls = 0;
  fs::path temporary;
  FileDescriptor fd;
  do {
    temporary = path;
    temporary += ".tmp" + std::to_string(::getpid()) + "." + std::to_string(calls++);
    fd = FileDescriptor(::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode));
  } while (!fd && errno == EEXIST);
  if (!fd) return SystemError("write", path);
  Result<void> done = WriteAll(fd.get(), content, path);
  if (done && ::fsync(fd.get()) != 0) done = SystemError("write", path);
  if (done && !publish(temporary)) done = SystemError("write", path);
  if (!done) {
    ::unlink(temporary.c_str());
    return done;
  }
  return SyncParent(path);
}

Result<Bytes> ReadChecked(const fs::path& path, std::size_t limit, mode_t forbidden,
                          std::size_t room) {
  const FileDescriptor fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd) return SystemError("open", path);
  struct stat status;
  if (::fstat(fd.get(), &status) != 0) return SystemError("read", path);
  if (S_ISDIR(status.st_mode)) return Error{Errc::kIo, path.string() + " is a directory"};
  if (forbidden != 0 && !S_ISREG(status.st_mode))
    return Error{Errc::kRefused, path.string() + " is no regular file"};
  if ((status.st_mode & forbidden) != 0) {
    return Error{Errc::kRefused,
                 path.string() + " can be read by others; run: chmod 600 " + path.string()};
  }
  const Error too_large{Errc::kTooLarge,
                        path.string() + " is larger than " + std::to_string(limit) + " bytes"};
  if (S_ISREG(status.st_mode) && static_cast<std::uintmax_t>(status.st_size) > limit) {
    return too_large;
  }
  // Read to the end, whatever the size says: pipes have none, and files grow.
  Bytes content;
  content.reserve(static_cast<std::size_t>(status.st_size) + 1 + room);
  std::size_t used = 0;
  while (true) {
    if (used == content.size()) {
      content.resize(
          std::max<std::size_t>(used + 65536, static_cast<std::size_t>(status.st_size) + 1));
    }
    const ssize_t got = ::read(fd.get(), content.data() + used, content.size() - used);
    if (got < 0) {
      if (errno == EINTR) continue;
      return SystemError("read", path);
    }
    if (got == 0) break;
    used += static_cast<std::size_t>(got);
    if (used > limit) return too_large;
  }
  content.resize(used);
  return content;
}

}  // namespace

FileDescriptor& FileDescriptor::operator=(FileDescriptor&& other) noexcept {
  if (fd_ >= 0 && fd_ != other.fd_) ::close(fd_);
  fd_ = std::exchange(other.fd_, -1);
  return *this;
}

FileDescriptor::~FileDescriptor() {
  if (fd_ >= 0) ::close(fd_);
}

Result<Bytes> ReadFile(const fs::path& path, std::size_t limit, std::size_t room) {
  return ReadChecked(path, limit, 0, room);
}

Result<Bytes> ReadPrivateFile(const fs::path& path, std::size_t limit) {
  return ReadChecked(path, limit, 077, 0);
}

Result<void> WriteFile(const fs::path& path, ByteView content, mode_t mode) {
  return WriteThen(path, content, mode, [&](const fs::path& temporary) {
    return ::rename(temporary.c_str(), path.c_str()) == 0;
  });
}

Result<void> CreateFile(const fs::path& path, ByteView content, mode_t mode) {
  bool exists = false;
  const auto done = WriteThen(path, content, mode, [&](const fs::path& temporary) {
    // link(2) fails where rename(2) would replace.
    if (::link(temporary.c_str(), path.c_str()) != 0) {
      exists = errno == EEXIST;
      return false;
    }
    return ::unlink(temporary.c_str()) == 0;
  });
  if (exists) {
    return Error{Errc::kRefused, path.string() + " exists; choose another name or move it away"};
  }
  return done;
}

Result<void> CreateDirectories(const fs::path& directory) {
  std::error_code error;
  if (directory.empty() || fs::is_directory(directory, error)) return {};
  if (const auto above = CreateDirectories(directory.parent_path()); !above) return above;
  if (::mkdir(directory.c_str(), 0777) != 0 && errno != EEXIST)
    return SystemError("create", directory);
  return SyncParent(directory);
}

Result<void> SyncParent(const fs::path& path) {
  const fs::path directory = path.has_parent_path() ? path.parent_path() : fs::path(".");
  const FileDescriptor fd(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd || ::fsync(fd.get()) != 0) return SystemError("write", directory);
  return {};
}

Error SystemError(const std::string& doing, const fs::path& path) {
  const int error = errno;
  Errc code = Errc::kIo;
  if (error == ENOENT) code = Errc::kNotFound;
  if (error == ENOSPC || error == EDQUOT || error == EFBIG) code = Errc::kFull;
  return Error{code, "cannot " + doing + " " + path.string() + ": " +
                         std::generic_category().message(error) +
                         (error == EFBIG ? "; raise the limit of ulimit -f" : "")};
}

Result<void> WriteAll(int file, ByteView content, const fs::path& path) {
  return WriteOn(content, path,
                 [&](ByteView rest) { return ::write(file, rest.data(), rest.size()); });
}

Result<void> WriteAllAt(int file, ByteView content, off_t at, const fs::path& path) {
  const std::uint8_t* const begin = content.data();
  return WriteOn(content, path, [&](ByteView rest) {
    return ::pwrite(file, rest.data(), rest.size(), at + (rest.data() - begin));
  });
}

}  // namespace cityid
