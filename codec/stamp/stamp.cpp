#include "codec/stamp/stamp.h"

#include <array>
#include <cmath>

#include "codec/cbor.h"
#include "codec/shown_text.h"
#include "codec/stamp/layout.h"

namespace cityid {
namespace {

constexpr double kNanometres = 1e6;                         // a millimetre
constexpr std::uint64_t kMaxLength = 100'000'000'000;       // 100 m, of places and pages
constexpr std::uint64_t kMaxPage = std::uint64_t{1} << 30;  // no file within the bound has as many
constexpr std::size_t kMaxConcern = 200;

/// The kinds of errors that are sent, by their number.
constexpr std::array kErrors = {Errc::kUsage, Errc::kRefused, Errc::kMalformed, Errc::kTooLarge};

Error NoAnswer(const char* what) { return Error{Errc::kCorrupt, std::string("stamp: ") + what}; }

/// Returns a length in whole nanometres; what is out of range becomes so large that a reader
/// refuses it.
std::uint64_t Nanometres(double millimetres) {
  const double length = millimetres * kNanometres;
  if (!(length >= 0 && length < 1e15)) return std::uint64_t{1} << 62;
  return static_cast<std::uint64_t>(std::llround(length));
}

double Millimetres(std::uint64_t nanometres) {
  return static_cast<double>(nanometres) / kNanometres;
}

int ReadPage(CborItems& in) {
  const std::int64_t page = in.Int();
  if (page != -1 && (page < 1 || page > static_cast<std::int64_t>(kMaxPage)))
    in.Fail("no such number of a page");
  return static_cast<int>(page);
}

double ReadLength(CborItems& in) {
  return Millimetres(in.UintUpTo(kMaxLength, "a length is out of range"));
}

StampAsked ReadStampAsked(CborItems& in) {
  StampAsked stamp;
  stamp.page = ReadPage(in);
  stamp.x_mm = ReadLength(in);
  stamp.y_mm = ReadLength(in);
  stamp.modules = static_cast<int>(in.UintUpTo(177, "too many modules"));
  stamp.module_mm = ReadLength(in);
  const std::uint64_t lines = in.Array();
  if (lines > kMaxStampLines) in.Fail("the caption has too many lines");
  for (std::uint64_t i = 0; in.ok() && i < lines; ++i) stamp.caption.emplace_back(in.Text());
  stamp.region = static_cast<std::size_t>(in.UintUpTo(kMaxSealRegion, "the region is too large"));
  if (stamp.region == 0) in.Fail("a region has at least one byte");
  if (const auto size = SizeOfStamp(stamp); !size) in.Fail(size.error());
  return stamp;
}

Bytes WriteError(const Error& error) {
  std::uint64_t kind = 1;
  for (std::size_t i = 0; i < kErrors.size(); ++i) {
    if (kErrors[i] == error.code) kind = i;
  }
  CborWriter writer;
  writer.Array(3).Uint(1).Uint(kind).Text(Printable(error.detail));
  return std::move(writer).bytes();
}

/// Reads a length in an answer. Returns false if there is none.
bool ReadLength(CborReader& reader, double& millimetres) {
  const auto length = reader.Uint();
  if (length) millimetres = Millimetres(*length);
  return length && *length <= kMaxLength;
}

/// Reads how an answer begins: nothing for one that goes on with `parts` items, or the error that
/// it is.
std::optional<Error> ReadKind(CborReader& reader, std::uint64_t parts) {
  const auto count = reader.Array();
  const auto kind = count ? reader.Uint() : count;
  if (!kind) return NoAnswer("an answer is no list");
  if (*kind == 0 && *count == parts + 1) return std::nullopt;
  if (*kind != 1 || *count != 3) return NoAnswer("an answer has another shape");
  const auto code = reader.Uint();
  if (!code || *code >= kErrors.size()) return NoAnswer("there is no such error");
  const auto detail = reader.Text();
  if (!detail || Printable(*detail) != *detail || !reader.End())
    return NoAnswer("an error has another shape");
  return Error{kErrors[*code], std::string(*detail)};
}

Result<std::vector<PdfConcern>> ReadConcerns(CborReader& reader) {
  std::vector<PdfConcern> concerns;
  const auto count = reader.Array();
  if (!count) return NoAnswer("concerns are no list");
  for (std::uint64_t i = 0; i < *count; ++i) {
    const auto parts = reader.Array();
    if (!parts || *parts != 2) return NoAnswer("a concern has another shape");
    const auto kind = reader.Uint();
    if (!kind || *kind > static_cast<std::uint64_t>(PdfConcern::Kind::kOutside))
      return NoAnswer("there is no such concern");
    if (!concerns.empty() && static_cast<std::uint64_t>(concerns.back().kind) >= *kind)
      return NoAnswer("concerns are out of order");
    const auto what = reader.Text();
    if (!what || what->empty() || what->size() > kMaxConcern || Printable(*what) != *what)
      return NoAnswer("a concern has no text");
    concerns.push_back({static_cast<PdfConcern::Kind>(*kind), std::string(*what)});
  }
  return concerns;
}

Result<std::vector<PagePart>> ReadParts(CborReader& reader) {
  std::vector<PagePart> parts;
  const auto count = reader.Array();
  if (!count || *count > kMaxTaken) return NoAnswer("parts of a page are no list");
  for (std::uint64_t i = 0; i < *count; ++i) {
    const auto sides = reader.Array();
    if (!sides || *sides != 4) return NoAnswer("a part of a page has another shape");
    PagePart part;
    for (double* side : {&part.x_mm, &part.y_mm, &part.width_mm, &part.height_mm}) {
      if (!ReadLength(reader, *side)) return NoAnswer("a part of a page has no size");
    }
    parts.push_back(part);
  }
  return parts;
}

}  // namespace

Bytes WriteStampQuestion(const StampQuestion& question) {
  CborWriter writer;
  if (const auto* look = std::get_if<LookAsked>(&question)) {
    writer.Array(2).Uint(0).Int(look->page);
    return std::move(writer).bytes();
  }
  const auto& stamp = std::get<StampAsked>(question);
  writer.Array(8).Uint(1).Int(stamp.page);
  writer.Uint(Nanometres(stamp.x_mm)).Uint(Nanometres(stamp.y_mm)).Int(stamp.modules);
  writer.Uint(Nanometres(stamp.module_mm)).Array(stamp.caption.size());
  for (const std::string& line : stamp.caption) writer.Text(line);
  writer.Uint(stamp.region);
  return std::move(writer).bytes();
}

Result<StampQuestion> ParseStampQuestion(ByteView message) {
  CborItems in(CborReader(message), "stamp: ");
  if (message.size() > kMaxStampQuestion) in.Fail("a question is too long");
  const std::uint64_t parts = in.Array();
  const std::uint64_t kind = in.UintUpTo(1, "there is no such question");
  if (parts != (kind == 0 ? 2u : 8u)) in.Fail("a question has another shape");
  StampQuestion question;
  if (kind == 0) {
    question = LookAsked{ReadPage(in)};
  } else {
    question = ReadStampAsked(in);
  }
  return in.Finish(std::move(question));
}

Bytes WriteOpened(const Result<void>& opened) {
  if (!opened) return WriteError(opened.error());
  CborWriter writer;
  writer.Array(1).Uint(0);
  return std::move(writer).bytes();
}

Bytes WriteLook(const Result<PdfLook>& look) {
  if (!look) return WriteError(look.error());
  CborWriter writer;
  writer.Array(7).Uint(0).Int(look->pages).Int(look->page);
  writer.Uint(Nanometres(look->width_mm)).Uint(Nanometres(look->height_mm));
  writer.Array(look->concerns.size());
  for (const PdfConcern& concern : look->concerns)
    writer.Array(2).Uint(static_cast<std::uint64_t>(concern.kind)).Text(concern.what);
  writer.Array(look->taken.size());
  for (const PagePart& part : look->taken) {
    writer.Array(4);
    for (const double side : {part.x_mm, part.y_mm, part.width_mm, part.height_mm})
      writer.Uint(Nanometres(side));
  }
  return std::move(writer).bytes();
}

Bytes WriteStamp(const Result<Stamp>& stamp) {
  if (!stamp) return WriteError(stamp.error());
  CborWriter writer;
  writer.Array(3).Uint(0).ByteString(stamp->before).ByteString(stamp->after);
  return std::move(writer).bytes();
}

Result<void> ParseOpened(ByteView message) {
  CborReader reader(message);
  if (auto error = ReadKind(reader, 0)) return *std::move(error);
  if (!reader.End()) return NoAnswer("an answer has another shape");
  return {};
}

Result<PdfLook> ParseLook(ByteView message) {
  CborReader reader(message);
  if (auto error = ReadKind(reader, 6)) return *std::move(error);
  PdfLook look;
  const auto pages = reader.Uint();
  const auto page = pages ? reader.Uint() : pages;
  if (!page || *pages > kMaxPage || *page == 0 || *page > *pages)
    return NoAnswer("a page is out of range");
  look.pages = static_cast<int>(*pages);
  look.page = static_cast<int>(*page);
  for (double* field : {&look.width_mm, &look.height_mm}) {
    if (!ReadLength(reader, *field) || *field <= 0) return NoAnswer("a page has no size");
  }
  auto concerns = ReadConcerns(reader);
  if (!concerns) return concerns.error();
  look.concerns = *std::move(concerns);
  auto taken = ReadParts(reader);
  if (!taken) return taken.error();
  look.taken = *std::move(taken);
  if (!reader.End()) return NoAnswer("an answer has another shape");
  return look;
}

Result<Stamp> ParseStamp(ByteView message) {
  CborReader reader(message);
  if (auto error = ReadKind(reader, 2)) return *std::move(error);
  const auto before = reader.ByteString();
  const auto after = before ? reader.ByteString() : before;
  if (!after || !reader.End()) return NoAnswer("an answer has another shape");
  if (before->empty() || after->empty() || after->size() > kMaxSealRest)
    return NoAnswer("an update is empty or too large");
  return Stamp{ToBytes(*before), ToBytes(*after)};
}

}  // namespace cityid
