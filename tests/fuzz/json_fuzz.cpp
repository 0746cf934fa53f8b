// Claim: JSON of somebody else is taken or not, and what was taken is written as JSON that says the
// same.
#include <cstdlib>

#include "cli/console/remote_json.h"

using namespace cityid;       // NOLINT: a fuzz target
using namespace cityid::cli;  // NOLINT

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const RemoteJson json =
      RemoteJson::Parse(std::string_view(reinterpret_cast<const char*>(data), size));
  if (!json.IsPresent()) return 0;
  const std::string text = json.Json();
  const RemoteJson again = RemoteJson::Parse(text);
  if (!again.IsPresent() || again.Json() != text) std::abort();
  return 0;
}
