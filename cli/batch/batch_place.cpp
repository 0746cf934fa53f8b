#include "cli/batch/batch_place.h"

#include "codec/files/file.h"

namespace cityid::cli {

namespace fs = std::filesystem;

Result<BatchPlace> BatchPlace::Make(const fs::path& folder) {
  BatchPlace place{folder / "plan", folder / "tmp"};
  for (const fs::path& path : {folder, place.temporary}) {
    std::error_code ignored;
    if (fs::is_symlink(path, ignored))
      return Error{Errc::kRefused, path.string() + " is a link; remove it"};
  }
  if (const auto made = CreateDirectories(place.temporary); !made) return made.error();
  return place;
}

void BatchPlace::RemoveTemporaries() const {
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(temporary, ignored))
    if (entry.is_regular_file(ignored)) fs::remove(entry.path(), ignored);
}

}  // namespace cityid::cli
