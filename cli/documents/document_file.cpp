#include "cli/documents/document_file.h"

#include <filesystem>

namespace cityid::cli {

Result<void> CheckOtherFile(const std::string& option, const std::string& output,
                            const std::string& input) {
  std::error_code ignored;
  if (!std::filesystem::equivalent(output, input, ignored)) return {};
  return Error{Errc::kUsage, option + " would write over " + input + "; choose another file"};
}

}  // namespace cityid::cli
