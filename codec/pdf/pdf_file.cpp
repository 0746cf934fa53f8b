#include "codec/pdf/pdf_file.h"

#include <charconv>

namespace cityid {
namespace {

constexpr std::string_view kHead = "%PDF-";

/// How much of a file's end may hold `startxref`: as qpdf does.
constexpr std::size_t kTail = 1054;

/// More objects than this no reader promises to take (PDF 1.7, annex C).
constexpr long long kMaxObjects = 8'388'607;

bool IsSpace(char c) {
  return c == ' ' || c == '\n' || c == '\r' || c == '\t' || c == '\f' || c == '\0';
}

std::size_t SkipSpaces(std::string_view text, std::size_t at) {
  while (at < text.size() && IsSpace(text[at])) ++at;
  return at;
}

/// Returns true for a first line as "%PDF-1.7". qpdf goes on looking if there is another one, and
/// counts offsets from where it finds it.
bool HasVersion(std::string_view text) {
  const std::size_t begin = kHead.size();
  const std::size_t point = text.find_first_not_of("0123456789", begin);
  return text.starts_with(kHead) && point != std::string_view::npos && point > begin &&
         text[point] == '.' && point + 1 < text.size() && text[point + 1] >= '0' &&
         text[point + 1] <= '9';
}

}  // namespace

Result<PdfFile> PdfFile::Open(ByteView file) {
  const std::string_view text = AsText(file);
  if (!HasVersion(text)) {
    if (text.substr(0, 1024).find(kHead) == std::string_view::npos)
      return Error{Errc::kMalformed, "this is no PDF"};
    return Damaged("it doesn't begin with a line as %PDF-1.7");
  }
  PdfFile opened;
  opened.bytes_ = file;
  if (const auto found = opened.FindLastSection(); !found) return found.error();
  const Error encrypted{Errc::kRefused,
                        "the PDF is encrypted; take that away first, as with: qpdf --decrypt "
                        "IN.pdf OUT.pdf"};
  try {
    opened.qpdf_ = OpenQpdf(file);
  } catch (const QPDFExc& error) {
    if (error.getErrorCode() == qpdf_e_password) return encrypted;
    return DamagedAs(error);
  }
  QPDF& qpdf = *opened.qpdf_;
  if (qpdf.isEncrypted()) return encrypted;
  if (const auto sized = opened.CheckSize(); !sized) return sized.error();
  auto concerns = FindConcerns(qpdf, file);
  if (!concerns) return concerns.error();
  if (auto error = Warnings(qpdf)) return *std::move(error);
  opened.concerns_ = *std::move(concerns);
  return opened;
}

/// Errors: kMalformed.
Result<void> PdfFile::FindLastSection() {
  const std::string_view text = AsText(bytes_);
  constexpr std::string_view kWord = "startxref";
  const std::size_t tail = text.size() - std::min(text.size(), kTail);
  std::size_t at = text.rfind(kWord);
  if (at == std::string_view::npos || at < tail) return Damaged("there is no startxref at its end");
  at = SkipSpaces(text, at + kWord.size());
  std::uint64_t place = 0;
  const auto read = std::from_chars(text.data() + at, text.data() + text.size(), place);
  if (read.ec != std::errc() || place == 0 || place >= at)
    return Damaged("its startxref leads nowhere");
  last_section_ = place;
  const std::string_view section = text.substr(static_cast<std::size_t>(place));
  has_section_stream_ = !section.starts_with("xref");
  // qpdf finds a stream's object after spaces; other readers may not.
  if (has_section_stream_ && !(section[0] >= '0' && section[0] <= '9'))
    return Damaged("its startxref leads nowhere");
  return {};
}

/// Errors: kMalformed, kTooLarge.
Result<void> PdfFile::CheckSize() {
  QPDFObjectHandle size = qpdf_->getTrailer().getKey("/Size");
  if (!size.isInteger() || size.getIntValue() < 1) return Damaged("its trailer has no size");
  if (size.getIntValue() > kMaxObjects - 8)
    return Error{Errc::kTooLarge, "the PDF has too many objects"};
  next_object_ = static_cast<int>(size.getIntValue());
  const auto table = qpdf_->getXRefTable();
  if (!table.empty() && table.rbegin()->first.getObj() >= next_object_)
    return Damaged("it has objects beyond its size");
  return {};
}

}  // namespace cityid
