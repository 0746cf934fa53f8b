#include "resolver/routing/gs1.h"

#include <algorithm>
#include <cstdint>

#include "codec/text.h"
#include "resolver/message/form.h"

namespace cityid {
namespace {

constexpr std::size_t kGlnDigits = 13;
constexpr std::size_t kMaxExtension = 20;
constexpr std::string_view kBase64 =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

/// Returns the check digit for the digits before it (GS1 General Specifications, 7.9).
char CheckDigit(std::string_view digits) {
  int sum = 0;
  int weight = 3;
  for (std::size_t i = digits.size(); i-- > 0; weight = 4 - weight)
    sum += weight * (digits[i] - '0');
  return static_cast<char>('0' + (10 - sum % 10) % 10);
}

/// What set 82 has beside letters and digits (GS1 General Specifications, figure 7.11-1).
constexpr std::string_view kSigns = "!\"%&'()*+,-./:;<=>?_";

Error Wrong(std::string detail) { return {Errc::kMalformed, std::move(detail)}; }

Result<Gs1Location> MakeLocation(std::string gln, std::optional<std::string> extension) {
  if (gln.size() != kGlnDigits || !std::ranges::all_of(gln, IsDigit))
    return Wrong("a GLN has 13 digits: /414/9521141123454");
  const std::string_view digits = gln;
  if (CheckDigit(digits.substr(0, kGlnDigits - 1)) != gln.back())
    return Wrong("the last digit of the GLN is not its check digit");
  if (extension && (extension->size() > kMaxExtension || !IsMadeOf(*extension, kSigns))) {
    return Wrong("the extension of a GLN (254) has 1 to 20 characters of GS1's set");
  }
  return Gs1Location{std::move(gln), std::move(extension)};
}

/// The bits of an EPC binary string, the most significant first.
class Bits {
 public:
  explicit Bits(std::string bits) : bits_(std::move(bits)) {}
  std::size_t left() const { return bits_.size() - at_; }
  /// Takes up to 64 bits. After the end they are zero and `cut_short` is true.
  std::uint64_t Take(std::size_t count) {
    std::uint64_t value = 0;
    for (; count > 0; --count) {
      cut_short_ = cut_short_ || at_ >= bits_.size();
      value = value * 2 + (at_ < bits_.size() ? static_cast<std::uint64_t>(bits_[at_++]) : 0);
    }
    return value;
  }
  bool cut_short() const { return cut_short_; }

 private:
  std::string bits_;  // a byte of 0 or 1 for each
  std::size_t at_ = 0;
  bool cut_short_ = false;
};

std::optional<Bits> BitsOf(std::string_view text, EpcAlphabet alphabet) {
  constexpr std::string_view kHex = "0123456789abcdef";
  const std::string_view letters = alphabet == EpcAlphabet::kHex ? kHex : kBase64;
  const int width = alphabet == EpcAlphabet::kHex ? 4 : 6;
  std::string bits;
  for (const char c : text) {
    const std::size_t value = letters.find(c);
    if (value == std::string_view::npos) return std::nullopt;
    for (int i = width; i-- > 0;) bits += static_cast<char>(value >> i & 1);
  }
  return Bits(std::move(bits));
}

/// Returns a number with zeros before it; nothing if it has more digits.
std::optional<std::string> Padded(std::uint64_t number, std::size_t digits) {
  std::string text = number == 0 && digits == 0 ? "" : std::to_string(number);
  if (text.size() > digits) return std::nullopt;
  return std::string(digits - text.size(), '0') + text;
}

/// Company prefix and location, as the partition value divides them (TDS, table of SGLN).
std::optional<std::string> TakePartitionedGln(Bits& bits) {
  struct Row {
    std::size_t prefix_bits, prefix_digits, location_bits, location_digits;
  };
  constexpr Row kPartitions[] = {{40, 12, 1, 0}, {37, 11, 4, 1}, {34, 10, 7, 2}, {30, 9, 11, 3},
                                 {27, 8, 14, 4}, {24, 7, 17, 5}, {20, 6, 21, 6}};
  const std::uint64_t partition = bits.Take(3);
  if (partition >= std::size(kPartitions)) return std::nullopt;
  const Row& row = kPartitions[partition];
  const auto prefix = Padded(bits.Take(row.prefix_bits), row.prefix_digits);
  const auto location = Padded(bits.Take(row.location_bits), row.location_digits);
  if (!prefix || !location) return std::nullopt;
  const std::string digits = *prefix + *location;
  return digits + CheckDigit(digits);
}

/// Takes characters of 7 bits, of which zeros at the end are padding (SGLN-195).
std::string TakePaddedText(Bits& bits) {
  std::string text;
  for (std::size_t i = 0; i < kMaxExtension; ++i) text += static_cast<char>(bits.Take(7));
  text.erase(text.find_last_not_of('\0') + 1);
  return text;
}

/// Takes a number of `digits` digits, in as few bits as hold the largest one.
std::optional<std::string> TakeNumber(Bits& bits, std::size_t digits) {
  if (digits > kMaxExtension) return std::nullopt;
  __extension__ using Wide = unsigned __int128;
  Wide largest = 0;
  for (std::size_t i = 0; i < digits; ++i) largest = largest * 10 + 9;
  std::size_t width = 0;
  while (largest >> width != 0) ++width;
  const std::size_t high_bits = width > 64 ? width - 64 : 0;
  Wide number = bits.Take(high_bits);
  number = (number << (width - high_bits)) | bits.Take(width - high_bits);
  if (number > largest) return std::nullopt;
  std::string text(digits, '0');
  for (std::size_t i = digits; i > 0; --i, number /= 10)
    text[i - 1] = static_cast<char>('0' + static_cast<int>(number % 10));
  return text;
}

/// Takes three characters in 16 bits each (URN Code 40).
std::optional<std::string> TakeCode40(Bits& bits, std::size_t length) {
  constexpr std::string_view kLetters("\0ABCDEFGHIJKLMNOPQRSTUVWXYZ-.:0123456789", 40);
  std::string text;
  for (std::size_t i = 0; i < (length + 2) / 3; ++i) {
    const std::uint64_t code = bits.Take(16);
    if (code == 0 || code > 64'000) return std::nullopt;
    for (const std::uint64_t letter : {(code - 1) / 1600, (code - 1) / 40 % 40, (code - 1) % 40}) {
      if (letter != 0) text += kLetters[letter];
    }
  }
  return text.size() == length ? std::optional(text) : std::nullopt;
}

/// Takes a value with its encoding and its length (TDS 14.5.6).
std::optional<std::string> TakeText(Bits& bits) {
  const std::uint64_t encoding = bits.Take(3);
  const std::size_t length = bits.Take(5);
  if (length > kMaxExtension) return std::nullopt;
  if (encoding == 0) return TakeNumber(bits, length);
  if (encoding == 5) return TakeCode40(bits, length);
  std::string text;
  for (std::size_t i = 0; i < length; ++i) {
    if (encoding == 1) text += "0123456789ABCDEF"[bits.Take(4)];
    if (encoding == 2) text += "0123456789abcdef"[bits.Take(4)];
    if (encoding == 3) text += kBase64[bits.Take(6)];
    if (encoding == 4) text += static_cast<char>(bits.Take(7));
  }
  return encoding > 5 ? std::nullopt : std::optional(text);
}

std::optional<std::string> TakeDigits(Bits& bits) {
  std::string digits;
  for (std::size_t i = 0; i < kGlnDigits; ++i) {
    const std::uint64_t digit = bits.Take(4);
    if (digit > 9) return std::nullopt;
    digits += static_cast<char>('0' + digit);
  }
  return digits;
}

}  // namespace

std::string Gs1Location::path() const {
  std::string path = "/414/" + gln;
  if (extension) path += "/254/" + EncodeField(*extension);
  return path;
}

Result<Gs1Location> ParseGs1Path(std::string_view path) {
  if (path.ends_with('/')) path.remove_suffix(1);
  const bool qualified = path.find('/') != std::string_view::npos;
  auto gln = PathText(TakeUntil(path, '/'), kGlnDigits + 1);
  if (!gln) return Wrong("a GLN has 13 digits: /414/9521141123454");
  if (!qualified) return MakeLocation(*std::move(gln), std::nullopt);
  if (TakeUntil(path, '/') != "254" || path.find('/') != std::string_view::npos)
    return Wrong("a GLN has no qualifier but its extension: /414/<GLN>/254/<extension>");
  auto extension = PathText(path, kMaxExtension + 1);
  if (!extension) return Wrong("the extension of a GLN (254) is not percent-encoded text");
  return MakeLocation(*std::move(gln), *std::move(extension));
}

Result<Gs1Location> DecodeEpc(std::string_view text, EpcAlphabet alphabet) {
  constexpr std::size_t kMost = 512;  // characters; more bits than any EPC memory has
  if (text.size() > kMost) return Wrong("an EPC binary string has at most 512 characters");
  auto bits = BitsOf(text, alphabet);
  if (!bits) return Wrong("eh is followed by lower-case hexadecimal, ex by base 64 for URLs");
  constexpr std::uint64_t kSgln96 = 0x32, kSgln195 = 0x39, kSglnPlus = 0xF2, kSglnPlusPlus = 0xE9;
  const std::uint64_t header = bits->Take(8);
  const bool old = header == kSgln96 || header == kSgln195;
  std::optional<std::string> gln;
  std::optional<std::string> extension;
  if (old) {
    bits->Take(3);  // filter
    gln = TakePartitionedGln(*bits);
    if (gln) extension = header == kSgln96 ? std::to_string(bits->Take(41)) : TakePaddedText(*bits);
  } else if (header == kSglnPlus || header == kSglnPlusPlus) {
    bits->Take(4);  // whether data follow, filter
    gln = TakeDigits(*bits);
    if (gln) extension = TakeText(*bits);
  } else if (!bits->cut_short()) {
    return Error{Errc::kNotFound, "no EPC scheme but those of locations (SGLN) is resolved here"};
  }
  if (bits->cut_short()) return Wrong("the EPC binary string is cut short");
  bool rest = false;
  while (old && bits->left() > 0) rest = bits->Take(1) != 0 || rest;
  if (!gln || !extension || rest) return Wrong("the EPC binary string is no location (SGLN)");
  // "0" says that there is none (TDS, SGLN).
  if (*extension == "0") extension.reset();
  return MakeLocation(*std::move(gln), std::move(extension));
}

}  // namespace cityid
