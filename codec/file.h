// Files: read with a bound, written so that a crash leaves either the old content or the new.
#pragma once

#include <sys/types.h>

#include <filesystem>

#include "codec/bytes.h"
#include "codec/result.h"

namespace cityid {

/// A file descriptor that is closed when it is dropped; -1 holds nothing. Move-only.
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

/// The whole file, at most `limit` bytes. Errors: kNotFound, kIo, kTooLarge.
Result<Bytes> ReadFile(const std::filesystem::path& path, std::size_t limit);

/// Replaces or creates the file. When it returns, the content is on disk under its name; if it
/// fails or the machine stops, the old content is. Errors: kNotFound (no such directory), kIo,
/// kFull.
Result<void> WriteFile(const std::filesystem::path& path, ByteView content, mode_t mode = 0644);

/// Like `WriteFile`, but refuses to replace. Errors: kRefused if the file exists, kIo, kFull.
Result<void> CreateFile(const std::filesystem::path& path, ByteView content, mode_t mode);

/// Makes the name of `path` in its directory durable. Errors: kIo.
Result<void> SyncParent(const std::filesystem::path& path);

/// The error for the last failed system call: "cannot open FILE: no such file or directory".
Error SystemError(const std::string& doing, const std::filesystem::path& path);

}  // namespace cityid
