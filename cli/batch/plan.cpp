#include "cli/batch/plan.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "codec/text.h"

namespace cityid::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kMagic = "cityid-batch 1\n";
constexpr std::size_t kHeader = 1024;
constexpr std::size_t kCheck = 8;
constexpr std::size_t kContent = Sha256Hash::kSize * 2 + 4 + 4;
constexpr std::size_t kPlace = kContent + kCheck;

off_t PlaceOf(std::uint64_t number) { return static_cast<off_t>(kHeader + (number - 1) * kPlace); }

/// Returns the bytes of a place: the content, and the beginning of its digest with the number.
Bytes WritePlace(const PlannedRow& row) {
  Bytes place;
  Append(place, row.row.view());
  Append(place, row.document.view());
  AppendBigEndian(place, row.serial, 4);
  AppendBigEndian(place, static_cast<std::uint64_t>(row.issued_at.time_since_epoch().count()), 4);
  Bytes number;
  AppendBigEndian(number, row.number);
  Append(place, Sha256({number, place}).view().first(kCheck));
  return place;
}

/// Returns what a place holds; nothing if it was not written to its end.
std::optional<PlannedRow> ReadPlace(std::uint64_t number, ByteView place) {
  PlannedRow row;
  row.number = number;
  row.row = *Sha256Hash::From(place.first(Sha256Hash::kSize));
  row.document = *Sha256Hash::From(place.subspan(Sha256Hash::kSize, Sha256Hash::kSize));
  row.serial = static_cast<std::uint32_t>(ReadBigEndian(place.subspan(2 * Sha256Hash::kSize, 4)));
  row.issued_at = std::chrono::sys_seconds(
      std::chrono::seconds(ReadBigEndian(place.subspan(2 * Sha256Hash::kSize + 4, 4))));
  if (!Equal(WritePlace(row), place)) return std::nullopt;
  return row;
}

/// Reads up to so many bytes. Returns nothing if that fails.
std::optional<Bytes> ReadAt(int file, std::size_t size, off_t at) {
  Bytes content(size);
  ssize_t got = 0;
  do {
    got = ::pread(file, content.data(), size, at);
  } while (got < 0 && errno == EINTR);
  if (got < 0) return std::nullopt;
  content.resize(static_cast<std::size_t>(got));
  return content;
}

/// Returns the first line of `now` that isn't the same in `before`, with what stood there before.
std::pair<std::string, std::string> FirstDifference(std::string_view before, std::string_view now) {
  while (true) {
    const std::string_view was = TakeUntil(before, '\n');
    const std::string_view is = TakeUntil(now, '\n');
    if (was != is || (before.empty() && now.empty())) return {std::string(was), std::string(is)};
  }
}

}  // namespace

Result<BatchPlan> BatchPlan::Open(const fs::path& path, const std::string& terms,
                                  const std::string& output) {
  FileDescriptor file(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644));
  if (!file) return SystemError("write", path);
  if (::flock(file.get(), LOCK_EX | LOCK_NB) != 0) {
    return Error{Errc::kBusy, "another batch is writing " + output + "; wait until it is done"};
  }
  BatchPlan plan(path, std::move(file));
  if (const auto checked = plan.CheckTerms(terms, output); !checked) return checked.error();
  return plan;
}

Result<void> BatchPlan::CheckTerms(const std::string& terms, const std::string& output) {
  std::string header = std::string(kMagic) + terms;
  header.resize(kHeader, '\0');
  const auto before = ReadAt(file_.get(), kHeader, 0);
  if (!before) return SystemError("read", path_);
  const std::string_view there = AsText(*before);
  if (there.size() < kHeader && header.starts_with(there)) {
    // New, or stopped before it was used.
    if (const auto written = WriteAllAt(file_.get(), AsBytes(header), 0, path_); !written)
      return written;
    if (::fsync(file_.get()) != 0) return SystemError("write", path_);
    return SyncParent(path_);
  }
  if (there == header) return {};
  if (!there.starts_with(kMagic))
    return Error{Errc::kMalformed, path_.string() + " is not the plan of a batch"};
  const auto [was, is] = FirstDifference(there.substr(0, there.find('\0')),
                                         std::string_view(header).substr(0, header.find('\0')));
  return Error{Errc::kRefused, output + " was begun with '" + was + "', and not with '" + is +
                                   "'; give the same options, or another -o"};
}

Result<std::optional<PlannedRow>> BatchPlan::Find(std::uint64_t number) const {
  const auto place = ReadAt(file_.get(), kPlace, PlaceOf(number));
  if (!place) return SystemError("read", path_);
  if (place->size() < kPlace) return std::optional<PlannedRow>();
  return ReadPlace(number, *place);
}

Result<std::optional<std::uint64_t>> BatchPlan::FindBehind(std::uint64_t number) const {
  struct stat status;
  if (::fstat(file_.get(), &status) != 0) return SystemError("read", path_);
  while (PlaceOf(++number) < status.st_size) {
    const auto planned = Find(number);
    if (!planned) return planned.error();
    if (*planned) return std::optional(number);
  }
  return std::optional<std::uint64_t>();
}

Result<void> BatchPlan::MakeRoom(std::uint64_t number) {
  const off_t end = PlaceOf(number + 1);
  int failed = 0;
  do {
    failed = ::posix_fallocate(file_.get(), 0, end);
  } while (failed == EINTR);
  if (failed == 0) return {};
  errno = failed;
  return SystemError("write", path_);
}

Result<void> BatchPlan::Forget(std::span<const std::uint64_t> numbers) {
  const Bytes nothing(kPlace);
  for (const std::uint64_t number : numbers) {
    if (const auto written = WriteAllAt(file_.get(), nothing, PlaceOf(number), path_); !written)
      return written;
  }
  if (::fsync(file_.get()) != 0) return SystemError("write", path_);
  return {};
}

Result<void> BatchPlan::Write(std::span<const PlannedRow> rows) {
  for (const PlannedRow& row : rows) {
    if (const auto written = WriteAllAt(file_.get(), WritePlace(row), PlaceOf(row.number), path_);
        !written)
      return written;
  }
  if (::fsync(file_.get()) != 0) return SystemError("write", path_);
  return {};
}

Result<BatchPlace> BatchPlace::Open(const fs::path& folder, const std::string& terms,
                                    const std::string& output) {
  const fs::path temporary = folder / "tmp";
  std::error_code ignored;
  for (const fs::path& path : {folder, temporary}) {
    if (fs::is_symlink(path, ignored))
      return Error{Errc::kRefused, path.string() + " is a link; remove it"};
  }
  if (const auto made = CreateDirectories(temporary); !made) return made.error();
  auto plan = BatchPlan::Open(folder / "plan", terms, output);
  if (!plan) return plan.error();
  // Nobody else has the plan, so nobody is writing these.
  for (const auto& entry : fs::directory_iterator(temporary, ignored))
    if (entry.is_regular_file(ignored)) fs::remove(entry.path(), ignored);
  return BatchPlace{temporary, *std::move(plan)};
}

}  // namespace cityid::cli
