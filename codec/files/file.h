// Files: read with a bound, and written so that a crash leaves either the old content or the new.
#pragma once

#include <sys/types.h>

#include <filesystem>

#include "codec/bytes.h"
#include "codec/result.h"

namespace cityid {

/// An owned file descriptor, closed when it is destroyed; -1 is none. Move-only.
class FileDescriptor {
 public:
  FileDescriptor() = default;
  explicit FileDescriptor(int fd) : fd_(fd) {}
  FileDescriptor(FileDescriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  FileDescriptor& operator=(FileDescriptor&& other) noexcept;
  ~FileDescriptor();

  int get() const { return fd_; }
  explicit operator bool() const { return fd_ >= 0; }

 private:
  int fd_ = -1;
};

/// Reads a whole file of at most `limit` bytes. `room`: for so many bytes that are added to it no
/// other memory is needed. Errors: kNotFound, kIo, kTooLarge.
Result<Bytes> ReadFile(const std::filesystem::path& path, std::size_t limit, std::size_t room = 0);

/// Reads a secret: the same, but a file that others can read is refused. What is checked is what is
/// read, whatever the name means a moment later. Errors: also kRefused.
Result<Bytes> ReadPrivateFile(const std::filesystem::path& path, std::size_t limit);

/// Replaces or creates a file. After success the content is on disk under its name. If it fails, or
/// the machine stops, the old content is there. Errors: kNotFound (no such directory); kIo; kFull,
/// also at the limit on the size of files (`ulimit -f`), if SIGXFSZ is ignored.
Result<void> WriteFile(const std::filesystem::path& path, ByteView content, mode_t mode = 0644);

/// Creates a file as `WriteFile` does, and never replaces one. Errors: kRefused if the file exists;
/// kIo; kFull.
Result<void> CreateFile(const std::filesystem::path& path, ByteView content, mode_t mode);

/// Creates a directory and those above it that are missing, and writes their entries to disk.
/// Errors: kIo, kFull.
Result<void> CreateDirectories(const std::filesystem::path& directory);

/// Writes the directory entry of `path` to disk. Errors: kIo.
Result<void> SyncParent(const std::filesystem::path& path);

/// Returns the error of the last failed system call, "cannot open FILE: no such file or directory".
Error SystemError(const std::string& doing, const std::filesystem::path& path);

/// Writes all of `content` where an open file stands, or at a place of it. `path`: its name in
/// errors. Errors: kIo, kFull.
Result<void> WriteAll(int file, ByteView content, const std::filesystem::path& path);
Result<void> WriteAllAt(int file, ByteView content, off_t at, const std::filesystem::path& path);

}  // namespace cityid
