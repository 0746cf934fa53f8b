#include "resolver/routes/scanner_files.h"

#include <algorithm>
#include <filesystem>
#include <map>

#include "codec/files/file.h"
#include "codec/sha256.h"
#include "resolver/message/gzip.h"

namespace cityid {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxFiles = 64;
constexpr std::size_t kMaxFile = std::size_t{4} << 20;
constexpr std::string_view kStart = "main.js";  // what the page loads

/// What a file may do by itself: a worker has the policy that it comes with, and not the page's.
constexpr std::string_view kNothing = "default-src 'none'";
constexpr std::string_view kWorker =
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'";

/// A kind of file by the end of its name. The first that fits counts.
struct KindRow {
  std::string_view end, type;
  std::string_view policy = kNothing;
};
constexpr KindRow kKinds[] = {
    {".worker.js", "text/javascript; charset=utf-8", kWorker},
    {".js", "text/javascript; charset=utf-8"},
    {".css", "text/css; charset=utf-8"},
    {".wasm", "application/wasm"},
    {".webmanifest", "application/manifest+json"},
    {".svg", "image/svg+xml"},
    {".png", "image/png"},
    {".txt", "text/plain; charset=utf-8"},
};

Error Wrong(const fs::path& file, const std::string& why) {
  return Error{Errc::kUsage, "web: " + file.string() + " " + why};
}

bool IsPlainName(std::string_view name) {
  return !name.starts_with('.') && std::ranges::all_of(name, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '_';
  });
}

/// Reads every file by its name. Errors: kUsage for anything that is no file with a plain name.
Result<std::map<std::string, std::string>> ReadAll(const std::string& directory) {
  std::map<std::string, std::string> contents;
  std::error_code error;
  for (fs::directory_iterator entry(directory, error), end; !error && entry != end;
       entry.increment(error)) {
    const fs::path path = entry->path();
    if (!IsPlainName(path.filename().string())) return Wrong(path, "has a name that no URL has");
    if (std::error_code none; !entry->is_regular_file(none)) return Wrong(path, "is no file");
    if (contents.size() == 2 * kMaxFiles)
      return Wrong(directory, "has more than " + std::to_string(kMaxFiles) + " files");
    const auto content = ReadFile(path, kMaxFile);
    if (!content) return content.error();
    contents.emplace(path.filename().string(), AsText(*content));
  }
  if (error) return Wrong(directory, "can't be read: " + error.message());
  return contents;
}

}  // namespace

Result<ScannerFiles> ScannerFiles::Read(const std::string& directory) {
  constexpr std::string_view kPacked = ".gz";
  auto contents = ReadAll(directory);
  if (!contents) return contents.error();
  ScannerFiles read;
  std::string all;
  for (auto& [name, content] : *contents) {
    const fs::path path = fs::path(directory) / name;
    if (name.ends_with(kPacked)) {
      if (!contents->contains(name.substr(0, name.size() - kPacked.size())))
        return Wrong(path, "has no file that it is the compressed form of");
      continue;
    }
    const auto* kind =
        std::ranges::find_if(kKinds, [&](const KindRow& row) { return name.ends_with(row.end); });
    if (kind == std::end(kKinds)) return Wrong(path, "is of no type that is served");
    ScannerFile file{name, kind->type, kind->policy, content, {}};
    if (const auto packed = contents->find(name + std::string(kPacked));
        packed != contents->end()) {
      const auto plain = Gunzip(packed->second, kMaxFile);
      if (!plain || *plain != content) return Wrong(path, "and its compressed form differ");
      file.gzip = packed->second;
    }
    all += name + '\n' + Hex(Sha256(AsBytes(content))) + '\n';
    read.files_.push_back(std::move(file));
  }
  if (read.Find(kStart) == nullptr)
    return Wrong(directory, "has no " + std::string(kStart) + "; ./dev web builds it");
  read.version_ = Hex(Sha256(AsBytes(all)).view().first(8));
  return read;
}

const ScannerFile* ScannerFiles::Find(std::string_view name) const {
  const auto found = std::ranges::lower_bound(files_, name, {}, &ScannerFile::name);
  return found != files_.end() && found->name == name ? &*found : nullptr;
}

}  // namespace cityid
