#include "ledger/proof/trust_file.h"

#include <limits>

#include "codec/text.h"
#include "codec/time_text.h"

namespace cityid {
namespace {

constexpr std::string_view kPolicy = "# policy ";
/// So that a version fits a signed number of every language.
constexpr std::uint64_t kMaxVersion = std::numeric_limits<std::int64_t>::max();
constexpr std::string_view kConfirmed = "# confirmed ";

Error Malformed(std::string_view what, std::string_view line) {
  return Error{Errc::kMalformed,
               "trust file: " + std::string(what) + ": '" + std::string(line.substr(0, 60)) + "'"};
}

/// Reads a comment that means something; any other is for people.
Result<void> ReadComment(std::string_view line, TrustFile& file) {
  if (line.starts_with(kPolicy)) {
    const auto version = ParseDecimal(line.substr(kPolicy.size()));
    if (!version || *version == 0 || *version > kMaxVersion)
      return Malformed("no version of a policy, which is 1 or more", line);
    if (file.version != 0) return Malformed("a second version", line);
    file.version = *version;
  } else if (line.starts_with(kConfirmed)) {
    const auto time = ParseTime(line.substr(kConfirmed.size()));
    if (!time || *time < std::chrono::sys_seconds{})
      return Malformed("not a time like 2026-11-22T06:50:09Z", line);
    if (file.confirmed) return Malformed("a second time", line);
    file.confirmed = time;
  }
  return {};
}

}  // namespace

Result<TrustFile> TrustFile::Parse(std::string_view text) {
  auto trust = Trust::Parse(text);
  if (!trust) return trust.error();
  TrustFile file{*std::move(trust)};
  while (!text.empty()) {
    if (const auto read = ReadComment(TakeUntil(text, '\n'), file); !read) return read.error();
  }
  return file;
}

std::string TrustFile::text() const {
  std::string text;
  if (version != 0) text += std::string(kPolicy) + std::to_string(version) + "\n";
  if (confirmed) text += std::string(kConfirmed) + TimeText(*confirmed) + "\n";
  return text + trust.text();
}

Result<void> TrustFile::CheckAge(std::chrono::sys_seconds now, std::chrono::seconds max_age) const {
  if (confirmed && now - *confirmed <= max_age) return {};
  return Error{Errc::kRefused,
               (confirmed ? "it was last confirmed at " + TimeText(*confirmed)
                          : std::string("it doesn't say when it was confirmed")) +
                   "; keys that old may have been stolen since, so get a new file by hand from an "
                   "institute"};
}

}  // namespace cityid
