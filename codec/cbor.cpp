#include "codec/cbor.h"

#include <algorithm>
#include <limits>

#include "codec/text.h"

namespace cityid {
namespace {

constexpr int kMaxNesting = 16;
constexpr std::uint8_t kFalse = 20;
constexpr std::uint8_t kTrue = 21;
constexpr std::uint8_t kNull = 22;

Error Malformed(const char* detail) {
  return Error{Errc::kMalformed, std::string("cbor: ") + detail};
}

}  // namespace

CborWriter& CborWriter::Head(std::uint8_t major, std::uint64_t argument) {
  const auto begin = [&](std::uint64_t low) {
    bytes_.push_back(static_cast<std::uint8_t>(std::uint64_t{major} << 5 | low));
  };
  if (argument < 24) {
    begin(argument);
    return *this;
  }
  // 24 to 27 say that the argument follows, in 1, 2, 4 or 8 bytes.
  unsigned shift = 0;
  while (shift < 3 && argument >> (8u << shift) != 0) ++shift;
  begin(24 + shift);
  AppendBigEndian(bytes_, argument, std::size_t{1} << shift);
  return *this;
}

CborWriter& CborWriter::Int(std::int64_t value) {
  if (value >= 0) return Head(0, static_cast<std::uint64_t>(value));
  return Head(1, static_cast<std::uint64_t>(-(value + 1)));
}

CborWriter& CborWriter::ByteString(ByteView value) {
  Head(2, value.size());
  return Encoded(value);
}

CborWriter& CborWriter::Text(std::string_view value) {
  Head(3, value.size());
  return Encoded(AsBytes(value));
}

CborWriter& CborWriter::Bool(bool value) { return Head(7, value ? kTrue : kFalse); }
CborWriter& CborWriter::Null() { return Head(7, kNull); }

CborWriter& CborWriter::Encoded(ByteView item) {
  Append(bytes_, item);
  return *this;
}

Result<CborReader::Head> CborReader::ReadHead() {
  if (AtEnd()) return Malformed("truncated");
  const std::uint8_t initial = bytes_[position_++];
  Head head{static_cast<std::uint8_t>(initial >> 5), static_cast<std::uint64_t>(initial & 31)};
  if (head.argument >= 24) {
    if (head.argument > 27) return Malformed("indefinite length or reserved head");
    if (head.major == 7) return Malformed("floating point or a simple value with no use here");
    const std::size_t length = std::size_t{1} << (head.argument - 24);
    if (bytes_.size() - position_ < length) return Malformed("truncated");
    head.argument = ReadBigEndian(bytes_.subspan(position_, length));
    position_ += length;
    const std::uint64_t least = length == 1 ? 24 : std::uint64_t{1} << (length * 4);
    if (head.argument < least) return Malformed("a number that is not in its shortest form");
  }
  if (head.major == 7 && head.argument != kFalse && head.argument != kTrue &&
      head.argument != kNull) {
    return Malformed("a simple value with no use here");
  }
  return head;
}

Result<std::uint64_t> CborReader::Expect(std::uint8_t major, const char* name) {
  const auto head = ReadHead();
  if (!head) return head.error();
  if (head->major != major) return Error{Errc::kMalformed, std::string("cbor: not ") + name};
  return head->argument;
}

Result<ByteView> CborReader::Take(std::uint64_t length) {
  if (length > bytes_.size() - position_) return Malformed("truncated");
  const ByteView taken = bytes_.subspan(position_, static_cast<std::size_t>(length));
  position_ += taken.size();
  return taken;
}

Result<std::uint64_t> CborReader::Uint() { return Expect(0, "an unsigned number"); }

Result<std::int64_t> CborReader::Int() {
  const auto head = ReadHead();
  if (!head) return head.error();
  if (head->major > 1) return Malformed("not a number");
  if (head->argument > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) {
    return Malformed("a number out of range");
  }
  const auto value = static_cast<std::int64_t>(head->argument);
  return head->major == 0 ? value : -1 - value;
}

Result<ByteView> CborReader::ByteString() {
  const auto length = Expect(2, "a byte string");
  if (!length) return length.error();
  return Take(*length);
}

Result<std::string_view> CborReader::Text() {
  const auto length = Expect(3, "a text");
  if (!length) return length.error();
  const auto bytes = Take(*length);
  if (!bytes) return bytes.error();
  if (!IsUtf8(AsText(*bytes))) return Malformed("a text that is not UTF-8");
  return AsText(*bytes);
}

Result<std::uint64_t> CborReader::Array() {
  const auto count = Expect(4, "an array");
  if (count && *count > bytes_.size() - position_) return Malformed("truncated");
  return count;
}

Result<std::uint64_t> CborReader::Map() {
  const auto count = Expect(5, "a map");
  if (count && *count > (bytes_.size() - position_) / 2) return Malformed("truncated");
  return count;
}

Result<std::uint64_t> CborReader::Tag() { return Expect(6, "a tag"); }

Result<bool> CborReader::Bool() {
  const auto value = Expect(7, "true or false");
  if (!value) return value.error();
  if (*value == kNull) return Malformed("not true or false");
  return *value == kTrue;
}

Result<CborType> CborReader::Peek() const {
  CborReader ahead = *this;
  const auto head = ahead.ReadHead();
  if (!head) return head.error();
  if (head->major < 7) return static_cast<CborType>(head->major);
  return head->argument == kNull ? CborType::kNull : CborType::kBool;
}

Result<ByteView> CborReader::NestedItem(int nesting) {
  if (nesting > kMaxNesting) return Error{Errc::kTooLarge, "cbor: nested deeper than 16"};
  const std::size_t start = position_;
  const auto type = Peek();
  if (!type) return type.error();
  switch (*type) {
    case CborType::kText:
      if (const auto text = Text(); !text) return text.error();
      break;
    case CborType::kByteString:
      if (const auto string = ByteString(); !string) return string.error();
      break;
    case CborType::kArray: {
      const auto count = Array();
      if (!count) return count.error();
      for (std::uint64_t i = 0; i < *count; ++i) {
        if (const auto item = NestedItem(nesting + 1); !item) return item.error();
      }
      break;
    }
    case CborType::kMap: {
      const auto count = Map();
      if (!count) return count.error();
      ByteView previous;
      for (std::uint64_t i = 0; i < *count; ++i) {
        const auto key = NestedItem(nesting + 1);
        if (!key) return key.error();
        if (!previous.empty() && !std::ranges::lexicographical_compare(previous, *key)) {
          return Malformed("map keys out of order or twice");
        }
        previous = *key;
        if (const auto value = NestedItem(nesting + 1); !value) return value.error();
      }
      break;
    }
    case CborType::kTag:
      if (const auto tag = Tag(); !tag) return tag.error();
      if (const auto item = NestedItem(nesting + 1); !item) return item.error();
      break;
    default:
      if (const auto head = ReadHead(); !head) return head.error();
  }
  return bytes_.subspan(start, position_ - start);
}

Result<void> CborReader::End() const {
  if (!AtEnd()) return Malformed("trailing bytes");
  return {};
}

std::uint64_t CborItems::UintUpTo(std::uint64_t most, std::string_view otherwise) {
  const std::uint64_t number = Uint();
  if (number <= most) return number;
  Fail(otherwise);
  return 0;
}

void CborItems::Fail(Error error) {
  if (ok()) error_ = std::move(error);
}

void CborItems::Fail(std::string_view what) {
  if (ok()) error_ = Error{Errc::kMalformed, std::string(prefix_) + std::string(what)};
}

Result<void> CborItems::End() const {
  if (!ok()) return *error_;
  return reader_.End();
}

}  // namespace cityid
