#include "resolver/message/chunks.h"

#include <algorithm>
#include <charconv>

#include "codec/text.h"
#include "resolver/message/head.h"

namespace cityid {
namespace {

constexpr std::size_t kMaxIgnored = 4096;
constexpr std::size_t kMaxDigits = 15;  // a size below 2^60

}  // namespace

ChunkReader::Step ChunkReader::Read(std::string_view& bytes, std::string& body, std::size_t most) {
  while (!done()) {
    const Step step = ReadPart(bytes, body, most);
    if (step != Step::kDone) return step;
  }
  return Step::kDone;
}

ChunkReader::Step ChunkReader::ReadPart(std::string_view& bytes, std::string& body,
                                        std::size_t most) {
  if (part_ == Part::kData) {
    if (left_ > most - body.size()) return Step::kTooLarge;
    const std::size_t count =
        static_cast<std::size_t>(std::min<std::uint64_t>(left_, bytes.size()));
    body += bytes.substr(0, count);
    bytes.remove_prefix(count);
    left_ -= count;
    if (left_ > 0) return Step::kNeedMore;
    part_ = Part::kEndOfData;
  }
  const std::size_t end = bytes.find('\n');
  if (end == std::string_view::npos) return Step::kNeedMore;
  const std::string_view line = bytes.substr(0, end);
  if (!line.ends_with('\r')) return Step::kMalformed;
  bytes.remove_prefix(end + 1);
  const std::string_view text = line.substr(0, line.size() - 1);
  if (part_ == Part::kSize) return ReadSize(text);
  if (part_ == Part::kTrailer) return ReadTrailer(text);
  part_ = Part::kSize;
  return text.empty() ? Step::kDone : Step::kMalformed;
}

ChunkReader::Step ChunkReader::ReadSize(std::string_view line) {
  const std::string_view digits = line.substr(0, line.find(';'));
  if (digits.empty() || digits.size() > kMaxDigits || HasControlCharacter(line))
    return Step::kMalformed;
  const auto parsed = std::from_chars(digits.data(), digits.data() + digits.size(), left_, 16);
  if (parsed.ec != std::errc() || parsed.ptr != digits.data() + digits.size())
    return Step::kMalformed;
  part_ = left_ == 0 ? Part::kTrailer : Part::kData;
  return CountIgnored(line.size() - digits.size());
}

ChunkReader::Step ChunkReader::ReadTrailer(std::string_view line) {
  if (line.empty()) {
    part_ = Part::kNothing;
    return Step::kDone;
  }
  const std::string_view name = line.substr(0, line.find(':'));
  for (const char* of_head : {"content-length", "transfer-encoding", "host"}) {
    if (EqualIgnoringCase(name, of_head)) return Step::kMalformed;
  }
  return WrongWithField(line) != nullptr ? Step::kMalformed : CountIgnored(line.size());
}

ChunkReader::Step ChunkReader::CountIgnored(std::size_t bytes) {
  ignored_ += bytes;
  return ignored_ > kMaxIgnored ? Step::kTooLarge : Step::kDone;
}

}  // namespace cityid
