#include "cli/checking/trust_file.h"

#include "cli/console/streams.h"
#include "codec/file.h"
#include "codec/text.h"
#include "codec/time_text.h"

namespace cityid::cli {
namespace {

using std::chrono::sys_seconds;

constexpr std::size_t kMaxTrustFile = 64 * 1024;
constexpr std::size_t kMaxKeptHead = 1024;
constexpr std::string_view kConfirmed = "# confirmed ";

}  // namespace

Result<TrustFile> ReadTrustFile(const std::string& path) {
  const auto text = ReadInput(path, kMaxTrustFile);
  if (!text) return text.error();
  auto trust = Trust::Parse(AsText(*text));
  if (!trust) return trust.error().In(path);
  TrustFile file{*std::move(trust), {}};
  for (std::string_view rest = AsText(*text); !rest.empty();) {
    const std::string_view line = TakeUntil(rest, '\n');
    if (!line.starts_with(kConfirmed)) continue;
    const std::string_view time = line.substr(kConfirmed.size());
    file.confirmed = ParseTime(time);
    if (!file.confirmed) {
      return Error{Errc::kMalformed, path + ": '" + std::string(time.substr(0, 40)) +
                                         "' is not a time like 2026-11-22T06:50:09Z"};
    }
  }
  return file;
}

Result<void> WriteTrustFile(const std::string& path, const Trust& trust, std::uint64_t version,
                            sys_seconds confirmed) {
  const std::string text = "# policy " + std::to_string(version) + "\n" + std::string(kConfirmed) +
                           TimeText(confirmed) + "\n" + trust.text();
  return WriteOutput(path, AsBytes(text));
}

Result<std::optional<KeptHead>> ReadKeptHead(const std::string& path) {
  if (path.empty()) return std::optional<KeptHead>();
  const auto text = ReadFile(path, kMaxKeptHead);
  if (!text && text.error().code == Errc::kNotFound) return std::optional<KeptHead>();
  if (!text) return text.error();
  auto kept = KeptHead::Parse(AsText(*text));
  if (!kept) return kept.error().In(path);
  return std::optional(*std::move(kept));
}

Result<void> KeepHead(const std::string& path, const Checkpoint& checkpoint) {
  if (path.empty()) return {};
  return WriteFile(path, AsBytes(checkpoint.text()));
}

}  // namespace cityid::cli
