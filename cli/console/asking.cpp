#include "cli/console/asking.h"

#include <cstdio>

#include "cli/console/terminal.h"

namespace cityid::cli {

Result<bool> ShowAndAsk(const Shown& shown, const std::string& question,
                        const AskingOptions& options) {
  if (options.json) {
    std::printf("%s\n", shown.json.c_str());
    return false;
  }
  if (!options.yes && !InputIsTerminal()) {
    return Usage(
        "nothing was done, because there is no terminal to ask on: look at it with --json, then "
        "pass --yes");
  }
  std::fprintf(stderr, "%s", shown.text.c_str());
  if (options.yes || AskYesOrNo(question + " [y/N] ")) return true;
  return Error{Errc::kRefused, "the answer was not yes; nothing was done"};
}

}  // namespace cityid::cli
