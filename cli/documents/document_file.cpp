#include "cli/documents/document_file.h"

#include <filesystem>

#include "cli/console/command_line.h"

namespace cityid::cli {

Result<void> CheckOtherFile(const std::string& option, const std::string& output,
                            const std::string& input) {
  std::error_code ignored;
  if (!std::filesystem::equivalent(output, input, ignored)) return {};
  return Usage(option + " would write over " + input + "; choose another file");
}

}  // namespace cityid::cli
