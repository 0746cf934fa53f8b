// docs/document-seal.md 1.1 and 2: the marker, and how a file is verified.
#include "codec/seal/seal.h"

#include <array>

#include "codec/city_code.h"
#include "codec/named.h"
#include "codec/text.h"

namespace cityid {
namespace {

constexpr std::string_view kMark = "%CityID-Seal ";
constexpr std::string_view kVersion = "1 ";
constexpr std::array<std::size_t, 4> kDigits = {12, 12, 8, 8};
/// What a comment with a URL has at most: a host, an identifier and a token, and more than enough.
constexpr std::size_t kMaxComment = 8192;

/// Reads a marker, of which `line` has as many bytes as one has. Returns nothing for another form,
/// or for a number that is out of its bounds.
std::optional<SealPlace> ReadMarker(std::string_view line) {
  if (line.size() != kSealMarkerSize) return std::nullopt;
  line.remove_prefix(kMark.size());
  if (!line.starts_with(kVersion)) return std::nullopt;
  line.remove_prefix(kVersion.size());
  std::array<std::uint64_t, kDigits.size()> numbers{};
  for (std::size_t i = 0; i < kDigits.size(); ++i) {
    const auto number = ParseDigits(line.substr(0, kDigits[i]));
    const char end = i + 1 == kDigits.size() ? '\n' : ' ';
    if (!number || line[kDigits[i]] != end) return std::nullopt;
    numbers[i] = *number;
    line.remove_prefix(kDigits[i] + 1);
  }
  const SealPlace place{numbers[0], numbers[1], numbers[2], numbers[3]};
  if (place.original == 0 || place.original >= place.begin || place.length == 0 ||
      place.length > kMaxSealRegion || place.rest == 0 || place.rest > kMaxSealRest)
    return std::nullopt;
  return place;
}

/// What the first line of a region says.
struct Comment {
  int mask;
  std::string url;
  ClaimedCode code;
};

Result<Comment> ReadComment(std::string_view region) {
  const Error none{Errc::kMalformed, "the seal has no code"};
  const std::size_t end = region.substr(0, kMaxComment).find('\n');
  if (end == std::string_view::npos || end < 4 || region[0] != '%' || region[2] != ' ' ||
      region[1] < '0' || region[1] > '7')
    return none;
  const std::string_view url = region.substr(3, end - 3);
  auto code = ParseCodeUrl(url);
  if (!code) return code.error();
  return Comment{region[1] - '0', std::string(url), std::move(code->code)};
}

/// A hash of the file's beginning, which grows from one seal to the next.
class Beginning {
 public:
  explicit Beginning(ByteView file) : file_(file) {}
  /// Hashes a part of the file after its first `end` bytes; `end` never goes back.
  Sha256Hash With(std::uint64_t end, ByteView rest) {
    hash_.Add(file_.subspan(done_, end - done_));
    done_ = end;
    Sha256Stream whole = hash_;
    whole.Add(rest);
    return whole.Finish();
  }

 private:
  ByteView file_;
  std::uint64_t done_ = 0;
  Sha256Stream hash_;
};

/// Returns why a seal is not what its office made, or nothing. Fills in what is known of it.
std::optional<std::string> Compare(ByteView file, std::size_t at, Beginning& beginning,
                                   FoundSeal& seal) {
  const auto place = ReadMarker(AsText(file).substr(at, kSealMarkerSize));
  if (!place) return "the seal's marker was changed";
  if (place->begin != at + kSealMarkerSize) return "the seal was made for another place in a file";
  if (place->end() > file.size()) return "the file was cut off";
  const std::string_view region = AsText(file.subspan(place->begin, place->length));
  const auto comment = ReadComment(region);
  if (!comment) return comment.error().detail;
  seal.place = *place;
  seal.url = comment->url;
  seal.subject = comment->code.claims.subject;
  const auto drawn = DrawRegion(comment->url, comment->mask, place->length);
  if (!drawn || *drawn != region) return "what the seal shows is not its code";
  const auto& document = comment->code.claims.document;
  if (!document || !document->digest) return "its code says nothing of any file";
  const ByteView rest = file.subspan(place->begin + place->length, place->rest);
  if (beginning.With(place->begin, rest) != *document->digest)
    return "its bytes are not those that were sealed";
  return std::nullopt;
}

/// Notes after which seals there is what a digital signature of PDF begins with.
void NoteSignatures(std::string_view file, std::vector<FoundSeal>& seals) {
  const std::size_t last = seals.empty() ? std::string_view::npos : file.rfind("/ByteRange");
  if (last == std::string_view::npos) return;
  for (FoundSeal& seal : seals)
    seal.looks_signed = seal.state == SealState::kAddedTo && last >= seal.place.end();
}

/// Notes which additions are those of whoever sealed the file before.
void NoteSealedAgain(std::vector<FoundSeal>& seals) {
  if (seals.empty() || seals.back().state != SealState::kUnchanged) return;
  for (FoundSeal& seal : seals)
    seal.sealed_again = seal.state == SealState::kAddedTo && seal.subject == seals.back().subject;
}

}  // namespace

std::string SealMarker(const SealPlace& place) {
  std::string line = std::string(kMark) + std::string(kVersion);
  const std::array numbers = {place.original, place.begin, place.length, place.rest};
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    line += ZeroFilled(numbers[i], kDigits[i]);
    line += i + 1 == numbers.size() ? '\n' : ' ';
  }
  return line;
}

Sha256Hash SealDigest(ByteView before, ByteView rest) { return Sha256({before, rest}); }

std::string_view Name(SealState state) {
  return NameIn<SealState>({{SealState::kUnchanged, "unchanged"},
                            {SealState::kChanged, "changed"},
                            {SealState::kAddedTo, "added-to"}},
                           state);
}

bool FoundSeals::intact() const {
  return !seals.empty() && !more && std::ranges::all_of(seals, [](const FoundSeal& seal) {
    return seal.state == SealState::kUnchanged || seal.sealed_again;
  });
}

FoundSeals FindSeals(ByteView file) {
  FoundSeals found;
  Beginning beginning(file);
  const std::string mark = "\n" + std::string(kMark);
  const std::string_view text = AsText(file);
  std::size_t at = text.find(mark);
  for (; at != std::string_view::npos; at = text.find(mark, at + mark.size())) {
    found.more = found.seals.size() == kMaxSeals;
    if (found.more) break;
    FoundSeal& seal = found.seals.emplace_back();
    if (auto why = Compare(file, at + 1, beginning, seal)) {
      seal.why = *std::move(why);
      continue;
    }
    seal.added = file.size() - seal.place.end();
    seal.state = seal.added == 0 ? SealState::kUnchanged : SealState::kAddedTo;
  }
  NoteSignatures(text, found.seals);
  NoteSealedAgain(found.seals);
  return found;
}

}  // namespace cityid
