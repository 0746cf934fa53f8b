#include "cli/batch/file_on_disk.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

namespace cityid::cli {
namespace {

constexpr std::size_t kPiece = std::size_t{1} << 20;

}  // namespace

Result<FileOnDisk> FileOnDisk::Create(const std::filesystem::path& temporary,
                                      const std::filesystem::path& path) {
  FileDescriptor file(::open(temporary.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0644));
  if (!file) return SystemError("write", path);
  return FileOnDisk(temporary, path, std::move(file));
}

FileOnDisk::~FileOnDisk() {
  if (file_) ::unlink(temporary_.c_str());
}

Result<void> FileOnDisk::Put(ByteView content) { return WriteAll(file_.get(), content, path_); }

Result<void> FileOnDisk::Publish() {
  if (::fsync(file_.get()) != 0 || ::rename(temporary_.c_str(), path_.c_str()) != 0)
    return SystemError("write", path_);
  file_ = FileDescriptor();
  return {};
}

Result<bool> FileOnDisk::PublishNew() {
  if (::fsync(file_.get()) != 0) return SystemError("write", path_);
  // A second name, which never replaces anything; the first one is removed with the object.
  if (::link(temporary_.c_str(), path_.c_str()) == 0) return true;
  if (errno == EEXIST) return false;
  if (errno != EPERM && errno != EOPNOTSUPP) return SystemError("write", path_);
  // Disks for cameras and the like have no second names.
  struct stat there;
  if (::lstat(path_.c_str(), &there) == 0) return false;
  if (auto published = Publish(); !published) return published.error();
  return true;
}

Result<Sha256Hash> DigestOfFile(const std::filesystem::path& path) {
  const FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file) return SystemError("open", path);
  Sha256Stream digest;
  Bytes piece(kPiece);
  while (true) {
    const ssize_t got = ::read(file.get(), piece.data(), piece.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return SystemError("read", path);
    if (got == 0) return digest.Finish();
    digest.Add(ByteView(piece).first(static_cast<std::size_t>(got)));
  }
}

}  // namespace cityid::cli
