#include "ledger/sync/log_files.h"

#include <algorithm>

#include "codec/text.h"

namespace cityid {
namespace {

constexpr std::uint64_t kGroup = 1000;
/// From this number on, positions would have over 64 bits.
constexpr std::uint64_t kMaxNumber = std::uint64_t{1} << 56;

/// Writes "x001/x234/067".
std::string NumberPath(std::uint64_t number) {
  const auto digits = [](std::uint64_t n) {
    const std::string text = std::to_string(n);
    return std::string(3 - text.size(), '0') + text;
  };
  std::string path = digits(number % kGroup);
  for (number /= kGroup; number > 0; number /= kGroup)
    path = "x" + digits(number % kGroup) + "/" + path;
  return path;
}

}  // namespace

LogFile LogFile::In(TreeSize size, std::optional<std::uint8_t> level, std::uint64_t number) {
  const std::uint64_t left = (size.value >> (8 * level.value_or(0))) - number * kTileWidth;
  return {level, number, static_cast<std::uint32_t>(std::min<std::uint64_t>(left, kTileWidth))};
}

std::string LogFile::path() const {
  std::string text = "tile/" + (level ? std::to_string(*level) : std::string("entries")) + "/" +
                     NumberPath(number);
  if (width < kTileWidth) text += ".p/" + std::to_string(width);
  return text;
}

bool LogFile::IsIn(TreeSize size) const {
  const std::uint64_t count = size.value >> (8 * level.value_or(0));
  return number <= count / kTileWidth && number * kTileWidth + width <= count;
}

std::optional<LogFile> LogFile::Parse(std::string_view path) {
  constexpr std::size_t kLongest = 64;
  if (path.size() > kLongest) return std::nullopt;
  LogFile file;
  const std::size_t slash = path.find('/');
  if (slash == std::string_view::npos) return std::nullopt;
  if (const std::string_view level = path.substr(0, slash); level != "entries") {
    const auto parsed = ParseDecimal(level);
    if (!parsed || *parsed > 7) return std::nullopt;
    file.level = static_cast<std::uint8_t>(*parsed);
  }
  std::string_view rest = path.substr(slash + 1);
  if (const std::size_t partial = rest.find(".p/"); partial != std::string_view::npos) {
    const auto width = ParseDecimal(rest.substr(partial + 3));
    if (!width || *width == 0 || *width >= kTileWidth) return std::nullopt;
    file.width = static_cast<std::uint32_t>(*width);
    rest = rest.substr(0, partial);
  }
  for (const char c : rest) {
    if (c >= '0' && c <= '9') {
      if (file.number >= kMaxNumber) return std::nullopt;
      file.number = file.number * 10 + static_cast<std::uint64_t>(c - '0');
    }
  }
  if (file.number >= kMaxNumber) return std::nullopt;
  // Only the form in which `path` writes it.
  if (file.path().substr(5) != path) return std::nullopt;
  return file;
}

Result<std::optional<Bytes>> ReadLogFile(const Ledger& ledger, TreeSize size, const LogFile& file) {
  const std::uint64_t first = file.number * kTileWidth;
  if (!file.IsIn(size)) return std::optional<Bytes>();
  if (file.level) {
    const auto tile = ledger.Tile({*file.level, file.number});
    if (!tile) return tile.error();
    const std::size_t bytes = file.width * NodeHash::kSize;
    const bool before = first + file.width <= (ledger.head().base.value >> (8 * *file.level));
    if (before && (!*tile || (*tile)->size() < bytes)) return std::optional<Bytes>();
    if (!*tile || (*tile)->size() < bytes) {
      return Error{Errc::kCorrupt, "ledger: " + file.path() + " is missing"};
    }
    return std::optional(ToBytes((*tile)->first(bytes)));
  }
  Bytes bundle;
  for (std::uint64_t i = first; i < first + file.width; ++i) {
    const auto entry = ledger.Entry(Index{i});
    if (!entry) return entry.error();
    AppendBigEndian(bundle, entry->size(), 2);
    Append(bundle, *entry);
  }
  return std::optional(std::move(bundle));
}

Result<std::uint64_t> LogFileLength(const Ledger& ledger, const LogFile& file) {
  if (file.level) return std::uint64_t{file.width} * NodeHash::kSize;
  std::uint64_t length = 0;
  for (std::uint32_t i = 0; i < file.width; ++i) {
    const auto entry = ledger.Entry(Index{file.number * kTileWidth + i});
    if (!entry) return entry.error();
    length += 2 + entry->size();
  }
  return length;
}

std::vector<LogFile> LogFilesSince(TreeSize old_size, TreeSize size) {
  std::vector<LogFile> files;
  const auto add = [&](std::optional<std::uint8_t> level) {
    const unsigned shift = 8 * level.value_or(0);
    const std::uint64_t before = old_size.value >> shift;
    const std::uint64_t count = size.value >> shift;
    if (before == count) return;
    for (std::uint64_t n = before / kTileWidth; n * kTileWidth < count; ++n)
      files.push_back(LogFile::In(size, level, n));
  };
  add(std::nullopt);
  for (std::uint8_t level = 0; size.value >> (8 * level) > 0 && level < 8; ++level) add(level);
  return files;
}

Result<std::vector<ByteView>> ParseBundle(ByteView bundle, std::uint32_t width) {
  const Error malformed{Errc::kMalformed, "entry bundle: it doesn't hold " + std::to_string(width) +
                                              " entries and nothing else"};
  if (bundle.size() > kMaxBundle) return Error{Errc::kTooLarge, "entry bundle: too large"};
  std::vector<ByteView> entries;
  while (!bundle.empty()) {
    if (bundle.size() < 2) return malformed;
    const std::size_t size = ReadBigEndian(bundle.first(2));
    bundle = bundle.subspan(2);
    if (size > bundle.size()) return malformed;
    entries.push_back(bundle.first(size));
    bundle = bundle.subspan(size);
  }
  if (entries.size() != width) return malformed;
  return entries;
}

}  // namespace cityid
