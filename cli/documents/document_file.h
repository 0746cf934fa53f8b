// The files that documents are: how large they may be, and that none is written over by accident.
#pragma once

#include <string>

#include "codec/bytes.h"
#include "codec/result.h"

namespace cityid::cli {

/// The largest file that is sealed or verified.
inline constexpr std::size_t kMaxDocument = std::size_t{1} << 30;

/// Checks that `output` isn't the file `input` under whatever name. `option`: what the output was
/// given with. Errors: kUsage.
Result<void> CheckOtherFile(const std::string& option, const std::string& output,
                            const std::string& input);

}  // namespace cityid::cli
