#include "cli/checking/mirror.h"

#include <filesystem>

#include "cli/console/command_line.h"
#include "resolver/remote/http_source.h"

namespace cityid::cli {

Result<std::unique_ptr<Source>> OpenMirror(const std::string& location) {
  if (location.find("://") != std::string::npos) {
    const auto peer = PeerUrl::Parse(location);
    if (!peer) return peer.error();
    return std::unique_ptr<Source>(std::make_unique<HttpSource>(*peer / "ledger"));
  }
  const std::filesystem::path directory(location);
  std::error_code error;
  if (!directory.is_absolute() && !std::filesystem::is_directory(directory, error)) {
    return Usage("'" + location +
                 "' is neither a directory nor an address such as https://id.example.cn");
  }
  return std::unique_ptr<Source>(std::make_unique<DirectorySource>(directory));
}

}  // namespace cityid::cli
