#include "codec/picture/picture.h"

#include <algorithm>
#include <array>

#include "codec/city_id.h"
#include "codec/named.h"
#include "codec/shown_text.h"
#include "codec/text.h"

namespace cityid {
namespace {

constexpr std::uint8_t kCoseSign1 = 0xD2;

/// Returns true for an identifier in any way in which a person or a program may write it: in either
/// case, percent-encoded, with check characters that need not be right.
bool LooksLikeIdentifier(std::string_view segment) {
  std::string plain;
  for (std::size_t i = 0; i < segment.size() && plain.size() <= CityId::kMaxLength + 3; ++i) {
    const auto code = segment[i] == '%' && i + 2 < segment.size()
                          ? FromHex(segment.substr(i + 1, 2))
                          : std::nullopt;
    plain += code ? static_cast<char>(code->front()) : segment[i];
    if (code) i += 2;
  }
  if (const auto slash = plain.find('/'); slash != std::string::npos) plain.resize(slash);
  if (const auto dash = plain.find('-'); dash != std::string::npos) plain.resize(dash);
  return CityId::ParseTyped(plain).ok();
}

/// Returns true for a text that has the path of a code in it, whatever stands before: telephones
/// leave out blanks and marks, and mend addresses.
bool HasPathOfCode(std::string_view text) {
  constexpr std::size_t kFewestDigits = 100;
  constexpr std::string_view kSlashes = "/\\";
  while (true) {
    const std::size_t slash = text.find_first_of(kSlashes);
    if (slash == std::string_view::npos) return false;
    text.remove_prefix(slash + 1);
    const std::size_t end = std::min(text.find_first_of(kSlashes), text.size());
    if (!LooksLikeIdentifier(text.substr(0, end)) || end == text.size()) continue;
    const std::string_view token = text.substr(end + 1);
    if (std::min(token.find_first_not_of("0123456789"), token.size()) >= kFewestDigits) return true;
  }
}

/// Returns the host of an authority: without user and port, in lower case.
std::string HostIn(std::string_view authority) {
  if (const auto at = authority.rfind('@'); at != std::string_view::npos)
    authority.remove_prefix(at + 1);
  std::string host = LowerCase(authority.substr(0, authority.find(':')));
  if (host.ends_with('.')) host.pop_back();
  return host;
}

PicturePoint Centre(const PictureCorners& corners) {
  std::int64_t x = 0;
  std::int64_t y = 0;
  for (const PicturePoint& point : corners) {
    x += point.x;
    y += point.y;
  }
  return {static_cast<std::int32_t>(x / 4), static_cast<std::int32_t>(y / 4)};
}

bool SamePlace(const PictureCorners& a, const PictureCorners& b) {
  return Covers(a, Centre(b), -0.2) && Covers(b, Centre(a), -0.2);
}

/// What is said of a trouble.
constexpr Named<PictureTrouble> kTroubles[] = {
    {PictureTrouble::kCutOff, "the file is cut off or damaged; what comes before that was read"},
    {PictureTrouble::kTooManySymbols, "there are more symbols than are read from one picture"},
    {PictureTrouble::kTooManyPatterns, "there are more marks of QR codes than are looked at"},
    {PictureTrouble::kNotAllTried,
     "not every way to find symbols could be tried; cut the code out of the picture"},
    {PictureTrouble::kMoreFrames, "of a moving picture the first frame alone was read"},
    {PictureTrouble::kTooLong, "reading took too long and was stopped"},
    {PictureTrouble::kReaderDied, "the program that reads pictures broke down over it"},
};

}  // namespace

std::string_view Name(SymbolFormat format) {
  return NameIn<SymbolFormat>({{SymbolFormat::kQrCode, "QR code"},
                               {SymbolFormat::kDataMatrix, "Data Matrix"},
                               {SymbolFormat::kAztec, "Aztec"}},
                              format);
}

std::string WhyIncomplete(const PictureResult& result) {
  std::string why;
  const auto add = [&why](std::string_view words) {
    if (!why.empty()) why += "; ";
    why += words;
  };
  if (const std::size_t count = result.unread.size(); count > 0) {
    const PicturePoint at = Centre(result.unread.front());
    add((count == 1 ? "something that looks like a QR code could not be read, at "
                    : std::to_string(count) +
                          " things that look like QR codes could not be read, one at ") +
        std::to_string(at.x) + "," + std::to_string(at.y) + " of " + std::to_string(result.width) +
        " x " + std::to_string(result.height) + " pixels");
  }
  for (const PictureTrouble trouble : result.troubles) add(NameIn(kTroubles, trouble));
  return why;
}

bool IsCityContent(ByteView content, const std::vector<std::string>& hosts) {
  if (content.empty()) return false;
  if (content.front() == kCoseSign1) return true;
  std::string_view text = AsText(content);
  if (HasPathOfCode(text)) return true;
  const std::string scheme = LowerCase(text.substr(0, 8));
  if (scheme.starts_with("http://")) {
    text.remove_prefix(7);
  } else if (scheme == "https://") {
    text.remove_prefix(8);
  } else {
    return false;
  }
  const std::size_t end = std::min(text.find_first_of("/?#\\"), text.size());
  if (std::ranges::count(hosts, HostIn(text.substr(0, end))) != 0) return true;
  text.remove_prefix(end);
  while (text.starts_with('/') || text.starts_with("./")) text.remove_prefix(1);
  return LooksLikeIdentifier(text.substr(0, text.find_first_of("/?#")));
}

std::string ShortContent(ByteView content) {
  constexpr std::size_t kShown = 100;  // bytes
  std::string_view shown = AsText(content);
  const bool cut = shown.size() > kShown;
  if (cut) {
    shown = shown.substr(0, kShown);
    // Not in the middle of a character.
    while (!shown.empty() && (static_cast<unsigned char>(shown.back()) & 0xC0) == 0x80)
      shown.remove_suffix(1);
    if (!shown.empty() && static_cast<unsigned char>(shown.back()) >= 0xC0) shown.remove_suffix(1);
  }
  if (!IsUtf8(shown)) return std::to_string(content.size()) + " bytes, not text";
  return Printable(shown) + (cut ? "... (shortened)" : "");
}

bool AddSymbol(std::vector<PictureSymbol>& symbols, PictureSymbol symbol,
               const std::vector<std::string>& hosts) {
  for (const PictureSymbol& other : symbols) {
    if (other.format != symbol.format || !SamePlace(other.corners, symbol.corners)) continue;
    if (other.content == symbol.content) return false;
    if (!IsCityContent(other.content, hosts) && !IsCityContent(symbol.content, hosts)) return false;
  }
  symbols.push_back(std::move(symbol));
  return true;
}

bool Covers(const PictureCorners& corners, PicturePoint point, double margin) {
  // Each corner is moved away from the centre; then the point must be on the same side of all
  // edges.
  const PicturePoint centre = Centre(corners);
  const auto x = [&](std::size_t i) {
    return centre.x + (corners[i].x - centre.x) * (1 + 2 * margin);
  };
  const auto y = [&](std::size_t i) {
    return centre.y + (corners[i].y - centre.y) * (1 + 2 * margin);
  };
  int left = 0;
  int right = 0;
  for (std::size_t i = 0; i < 4; ++i) {
    const std::size_t next = (i + 1) % 4;
    const double side = (x(next) - x(i)) * (point.y - y(i)) - (y(next) - y(i)) * (point.x - x(i));
    if (side > 0) ++left;
    if (side < 0) ++right;
  }
  return (left == 0) != (right == 0);
}

}  // namespace cityid
