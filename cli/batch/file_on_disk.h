// A file that is written piece by piece under another name, and gets its own when it is whole.
#pragma once

#include <filesystem>

#include "codec/files/file.h"
#include "codec/sha256.h"

namespace cityid::cli {

class FileOnDisk {
 public:
  /// Creates a file in a directory for what isn't whole yet. `path`: its name in errors, and later.
  /// Errors: kIo, kFull.
  static Result<FileOnDisk> Create(const std::filesystem::path& temporary,
                                   const std::filesystem::path& path);
  FileOnDisk(FileOnDisk&&) noexcept = default;
  /// Removes the file unless it has its own name.
  ~FileOnDisk();

  /// Adds to the file. Errors: kIo, kFull.
  Result<void> Put(ByteView content);
  /// Writes the content to disk and gives the file its name; one that has the name is replaced. The
  /// entry of the directory is not on disk yet: `SyncParent`. Errors: kIo, kFull.
  Result<void> Publish();
  /// The same, but returns false if there is something of that name.
  Result<bool> PublishNew();

  const std::filesystem::path& temporary() const { return temporary_; }
  const std::filesystem::path& path() const { return path_; }

 private:
  FileOnDisk(std::filesystem::path temporary, std::filesystem::path path, FileDescriptor file)
      : temporary_(std::move(temporary)), path_(std::move(path)), file_(std::move(file)) {}

  std::filesystem::path temporary_, path_;
  FileDescriptor file_;
};

/// Returns the digest of a file of any size, which is read piece by piece. Errors: kNotFound, kIo.
Result<Sha256Hash> DigestOfFile(const std::filesystem::path& path);

}  // namespace cityid::cli
