// A code of a batch on its way from the list to its file.
#pragma once

#include <optional>
#include <string>

#include "cli/batch/list.h"
#include "cli/batch/plan.h"
#include "codec/bytes.h"
#include "codec/result.h"

namespace cityid::cli {

struct BatchItem {
  BatchRow row;
  PlannedRow plan = {};
  std::string url = {};
  Bytes drawn = {};                  ///< a file, or what stands in a label
  Sha256Hash digest = {};            ///< of the file
  std::optional<Error> failed = {};  ///< why there is no code; of this row alone
};

}  // namespace cityid::cli
