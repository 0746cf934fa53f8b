#include "cli/serving/notices.h"

#include <algorithm>

#include "codec/files/file.h"
#include "codec/text.h"

namespace cityid::cli {
namespace {

constexpr std::size_t kMaxRobots = 512 * 1024;  // crawlers read less (RFC 9309, 2.5)

/// Returns true for an address that fits on a line of its own.
bool IsContact(std::string_view uri) {
  return (uri.starts_with("mailto:") || uri.starts_with("https://") || uri.starts_with("tel:")) &&
         std::ranges::all_of(uri, [](char c) { return c > 0x20 && c < 0x7F; });
}

bool IsTag(std::string_view tag) {
  return !tag.empty() && std::ranges::all_of(tag, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-';
  });
}

}  // namespace

Result<Notices> ReadNotices(const ServeOptions& options) {
  Notices notices{{}, options.security_contacts, options.security_languages};
  for (const std::string& contact : notices.contacts) {
    if (!IsContact(contact)) {
      return Error{Errc::kUsage,
                   "security-contact: '" + contact + "' is no mailto:, https: or tel: address"};
    }
  }
  for (const std::string& tag : notices.languages) {
    if (!IsTag(tag))
      return Error{Errc::kUsage, "security-language: '" + tag + "' is no language tag"};
  }
  if (options.robots.empty()) return notices;
  const auto text = ReadFile(options.robots, kMaxRobots);
  if (!text) return text.error().In("robots");
  notices.robots = AsText(*text);
  return notices;
}

}  // namespace cityid::cli
