#include "cli/console/csv_log.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

namespace cityid::cli {
namespace {

/// Holds the lock on a file while it lives.
class Locked {
 public:
  explicit Locked(int file) : file_(file) {
    while (::flock(file_, LOCK_EX) != 0 && errno == EINTR) {
    }
  }
  ~Locked() { ::flock(file_, LOCK_UN); }
  Locked(const Locked&) = delete;
  Locked& operator=(const Locked&) = delete;

 private:
  int file_;
};

/// Returns the size of a file, or nothing.
std::optional<off_t> SizeOf(int file) {
  struct stat status;
  if (::fstat(file, &status) != 0) return std::nullopt;
  return status.st_size;
}

}  // namespace

Result<CsvLog> CsvLog::Open(const std::filesystem::path& path,
                            const std::vector<std::string_view>& header, const Visit& visit) {
  FileDescriptor file(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644));
  if (!file) return SystemError("write", path);
  std::string first;
  AppendCsvRow(first, header);
  CsvLog log(path, std::move(file), std::move(first));
  const Locked locked(log.file_.get());
  if (auto mended = log.Mend(visit); !mended) return mended.error();
  return log;
}

/// Reads the file from its beginning and cuts off what was not written to its end.
Result<void> CsvLog::Mend(const Visit& visit) {
  const std::string& first = header_;
  const auto size = SizeOf(file_.get());
  std::string begin(first.size(), '\0');
  const ssize_t got = size ? ::pread(file_.get(), begin.data(), begin.size(), 0) : -1;
  if (got < 0) return SystemError("read", path_);
  begin.resize(static_cast<std::size_t>(got));
  if (!first.starts_with(begin)) {
    return Error{Errc::kMalformed,
                 path_.string() + ": its first row is not " + first.substr(0, first.size() - 1) +
                     ", or ends with CRLF; give the file as it was before another program saved "
                     "it, or a new one"};
  }
  if (begin.size() < first.size()) {
    if (::ftruncate(file_.get(), 0) != 0) return SystemError("write", path_);
    if (auto added = Add(first); !added) return added;
    return SyncParent(path_);
  }
  auto reader = CsvReader::Open(path_.string());
  if (!reader) return reader.error();
  std::uint64_t whole = 0;
  while (true) {
    const auto row = reader->Next();
    if (row && !row->has_value()) break;
    const bool torn =
        !reader->ended_with_line() && reader->offset() == static_cast<std::uint64_t>(*size);
    if (torn) break;
    if (!row) return row.error();
    const bool is_header = std::exchange(whole, reader->offset()) == 0;
    if (is_header || !visit) continue;
    if (auto visited = visit(**row); !visited) return visited;
  }
  if (whole != static_cast<std::uint64_t>(*size) &&
      ::ftruncate(file_.get(), static_cast<off_t>(whole)) != 0)
    return SystemError("write", path_);
  return {};
}

/// Adds at the end, or leaves the file as it was.
Result<void> CsvLog::Add(std::string_view rows) {
  const auto size = SizeOf(file_.get());
  if (!size) return SystemError("read", path_);
  Result<void> done = WriteAllAt(file_.get(), AsBytes(rows), *size, path_);
  if (done && ::fsync(file_.get()) != 0) done = SystemError("write", path_);
  if (!done) (void)!::ftruncate(file_.get(), *size);
  return done;
}

Result<void> CsvLog::Append(std::string_view rows) {
  const Locked locked(file_.get());
  // Another process may have died in the middle of a row.
  const auto size = SizeOf(file_.get());
  char last = '\n';
  if (!size || (*size > 0 && ::pread(file_.get(), &last, 1, *size - 1) != 1))
    return SystemError("read", path_);
  if (last != '\n') {
    if (auto mended = Mend({}); !mended) return mended;
  }
  return Add(rows);
}

}  // namespace cityid::cli
