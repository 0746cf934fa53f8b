// What an operator tells crawlers and whoever finds a weakness.
#pragma once

#include "cli/serving/serve_options.h"
#include "codec/result.h"
#include "resolver/routing/route.h"

namespace cityid::cli {

/// Returns what the options say. Errors: kUsage for a contact or a language that can't stand in
/// security.txt (RFC 9116); those of reading the file for crawlers.
Result<Notices> ReadNotices(const ServeOptions& options);

}  // namespace cityid::cli
