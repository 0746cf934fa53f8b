// Where a batch keeps what it needs to go on: a directory of its own beside what it writes.
#pragma once

#include <filesystem>

#include "codec/result.h"

namespace cityid::cli {

struct BatchPlace {
  std::filesystem::path plan;       ///< for `BatchPlan`
  std::filesystem::path temporary;  ///< a directory for what isn't whole yet

  /// Makes the directory. Errors: kRefused for a link; kIo, kFull.
  static Result<BatchPlace> Make(const std::filesystem::path& folder);

  /// Removes what a run that was stopped had not written to its end. To be called by the one that
  /// has the plan.
  void RemoveTemporaries() const;
};

}  // namespace cityid::cli
