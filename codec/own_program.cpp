#include "codec/own_program.h"

#include <unistd.h>

#include <system_error>

namespace cityid {

namespace fs = std::filesystem;

Result<fs::path> FindOwnProgram(std::string_view name) {
  std::error_code error;
  const fs::path self = fs::read_symlink("/proc/self/exe", error);
  if (error) return Error{Errc::kIo, "cannot read /proc/self/exe: " + error.message()};
  const fs::path beside = self.parent_path() / name;
  const fs::path installed = (self.parent_path() / CITYID_LIBEXEC / name).lexically_normal();
  for (const fs::path& program : {beside, installed}) {
    if (::access(program.c_str(), X_OK) == 0) return program;
  }
  return Error{Errc::kNotFound, std::string(name) + " is not installed (neither " +
                                    beside.string() + " nor " + installed.string() + ")"};
}

}  // namespace cityid
