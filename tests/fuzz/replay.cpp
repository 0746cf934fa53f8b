// Runs a fuzz target over every file of its corpus, and over every truncation of each.
#include <cstdio>
#include <filesystem>

#include "codec/files/file.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  int files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(argv[1])) {
    const auto content = cityid::ReadFile(entry.path(), 1 << 20);
    if (!content) return 3;
    const std::size_t step = content->size() / 512 + 1;
    for (std::size_t size = 0; size <= content->size(); size += step) {
      LLVMFuzzerTestOneInput(content->data(), size);
    }
    LLVMFuzzerTestOneInput(content->data(), content->size());
    ++files;
  }
  std::printf("replayed %d files\n", files);
  return files > 0 ? 0 : 4;
}
