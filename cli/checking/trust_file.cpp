#include "cli/checking/trust_file.h"

#include "cli/console/streams.h"
#include "codec/files/file.h"
#include "codec/time_text.h"

namespace cityid::cli {
namespace {

using std::chrono::sys_seconds;

constexpr std::size_t kMaxTrustFile = 64 * 1024;

}  // namespace

Result<TrustFile> ReadTrustFile(const std::string& path) {
  const auto text = ReadInput(path, kMaxTrustFile);
  if (!text) return text.error();
  auto file = TrustFile::Parse(AsText(*text));
  if (!file) return file.error().In(path);
  return file;
}

void WarnIfAhead(const TrustFile& file, const std::string& path, sys_seconds now) {
  if (!file.IsAhead(now)) return;
  Say("cityid: " + path + " was confirmed at " + TimeText(*file.confirmed) +
      ", which is ahead of this clock: a clock was wrong then, or is now; that time is not held "
      "against the log");
}

Result<TrustFile> ReadTrustFile(const std::string& path, sys_seconds now) {
  auto file = ReadTrustFile(path);
  if (!file) return file;
  WarnIfAhead(*file, path, now);
  if (file->IsAhead(now)) file->confirmed.reset();
  return file;
}

Result<void> WriteTrustFile(const std::string& path, const TrustFile& file) {
  return WriteOutput(path, AsBytes(file.text()));
}

Result<std::optional<KeptHead>> ReadKeptHead(const std::string& path) {
  if (path.empty()) return std::optional<KeptHead>();
  const auto text = ReadFile(path, KeptHead::kMaxText);
  if (!text && text.error().code == Errc::kNotFound) return std::optional<KeptHead>();
  if (!text) return text.error();
  auto kept = KeptHead::Parse(AsText(*text));
  if (!kept) return kept.error().In(path);
  return std::optional(*std::move(kept));
}

Result<void> KeepHead(const std::string& path, const KeptHead& kept) {
  if (path.empty()) return {};
  return WriteFile(path, AsBytes(kept.text()));
}

}  // namespace cityid::cli
