// Claim: a key file that can be looked at is opened with the key that it says, needs a passphrase,
// or is refused.
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <string>

#include "codec/files/key_file.h"

using namespace cityid;  // NOLINT: a fuzz target

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const int fd = ::memfd_create("key", MFD_CLOEXEC);
  if (fd < 0 || ::fchmod(fd, 0600) != 0) std::abort();
  if (::write(fd, data, size) != static_cast<ssize_t>(size)) std::abort();
  const std::string path = "/proc/self/fd/" + std::to_string(fd);
  const auto info = InspectKeyFile(path);
  const auto key = OpenKeyFile(path, std::nullopt);
  ::close(fd);
  if (key && (!info || info->public_key != key->public_key() || info->encrypted)) std::abort();
  if (!info && key) std::abort();
  return 0;
}
