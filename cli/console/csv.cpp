#include "cli/console/csv.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

#include "codec/text.h"

namespace cityid::cli {
namespace {

constexpr int kEnd = -1;

}  // namespace

Result<CsvReader> CsvReader::Open(const std::string& file) {
  FileDescriptor descriptor(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
  if (!descriptor) return SystemError("open", file);
  return CsvReader(file, std::move(descriptor));
}

Error CsvReader::At(std::uint64_t line, const std::string& detail, Errc code) const {
  return Error{code, name_ + ":" + std::to_string(line) + ": " + detail};
}

void CsvReader::Wrong(std::string what) {
  if (!wrong_) wrong_ = std::move(what);
}

void CsvReader::Stop(Errc code, std::uint64_t line, const std::string& what) {
  if (!stopped_) stopped_ = At(line, what, code);
}

int CsvReader::Peek() {
  if (stopped_) return kEnd;
  if (at_ == filled_) {
    ssize_t got = 0;
    do {
      got = ::read(file_.get(), buffer_.data(), buffer_.size());
    } while (got < 0 && errno == EINTR);
    if (got < 0) stopped_ = SystemError("read", name_);
    at_ = 0;
    filled_ = static_cast<std::size_t>(std::max<ssize_t>(got, 0));
    if (filled_ == 0) return kEnd;
  }
  return buffer_[at_];
}

int CsvReader::Take() {
  const int c = Peek();
  if (c == kEnd) return c;
  ++at_;
  ++offset_;
  if (c == '\n') ++line_;
  return c;
}

/// Skips the byte order mark, and refuses those of other encodings.
void CsvReader::Begin() {
  begun_ = true;
  const int first = Peek();
  if (first == 0xFF || first == 0xFE)
    return Stop(Errc::kUnsupported, 1, "the file is UTF-16; save it as CSV in UTF-8");
  if (first != 0xEF) return;
  for (const int byte : {0xEF, 0xBB, 0xBF}) {
    if (Take() != byte)
      return Stop(Errc::kUnsupported, 1, "the file is not UTF-8; save it as CSV in UTF-8");
  }
}

/// Takes the line end, if there is one here or the file ends. Returns true if it did.
bool CsvReader::TakeRowEnd() {
  int c = Peek();
  if (c == '\r') {
    Take();
    c = Peek();
    if (c != '\n') Wrong("a carriage return stands alone; put the field in quotes");
  }
  if (c == '\n') Take();
  ended_with_line_ = c == '\n';
  return c == '\n' || c == kEnd;
}

void CsvReader::ReadPlain(std::string& field) {
  for (int c = Peek(); c != ',' && c != '\n' && c != '\r' && c != kEnd; c = Peek()) {
    // Somebody meant quotes, and where the field ends nobody knows.
    if (c == '"' && !field.empty() && field.find_first_not_of(' ') == std::string::npos)
      return Stop(Errc::kCorrupt, line_, "a blank stands before the quote of a field; take it away");
    if (c == '"') Wrong("a quote stands in a field without quotes; put \"...\" around it");
    if (field.size() == kMaxCsvField) {
      Wrong("a field has over " + std::to_string(kMaxCsvField) + " bytes");
    } else {
      field += static_cast<char>(c);
    }
    Take();
  }
}

void CsvReader::ReadQuoted(std::string& field) {
  const std::uint64_t opened = line_;
  Take();
  for (int c = Take();; c = Take()) {
    if (c == '"' && Peek() != '"') break;
    if (c == '"') Take();
    if (c == kEnd) return Stop(Errc::kCorrupt, opened, "a quote that is opened here is not closed");
    if (field.size() == kMaxCsvField) {
      return Stop(Errc::kCorrupt, opened,
                  "a quote that is opened here is not closed within " +
                      std::to_string(kMaxCsvField) + " bytes");
    }
    field += static_cast<char>(c);
  }
  const int next = Peek();
  if (next != ',' && next != '\n' && next != '\r' && next != kEnd) {
    Stop(Errc::kCorrupt, line_,
         "something follows the quote that ends a field; a quote within quotes is doubled");
  }
}

Result<std::optional<CsvRow>> CsvReader::Next() {
  if (!begun_) Begin();
  wrong_.reset();
  while (!wrong_ && (Peek() == '\n' || Peek() == '\r')) TakeRowEnd();
  if (Peek() == kEnd && !stopped_ && !wrong_) return std::optional<CsvRow>();
  ended_with_line_ = false;
  row_line_ = line_;
  CsvRow row{line_, {}};
  bool more = true;
  std::size_t columns = 0;
  while (more && !stopped_) {
    std::string field;
    Peek() == '"' ? ReadQuoted(field) : ReadPlain(field);
    if (!IsUtf8(field)) Wrong("the row is not UTF-8; save the file as CSV in UTF-8");
    if (field.find('\0') != std::string::npos) Wrong("a field has a zero byte");
    if (++columns <= kMaxCsvColumns) row.fields.push_back(std::move(field));
    more = !TakeRowEnd();
    if (more && Peek() == ',') Take();
  }
  if (stopped_) return *stopped_;
  if (columns > kMaxCsvColumns)
    Wrong("the row has over " + std::to_string(kMaxCsvColumns) + " columns");
  if (wrong_) return At(row.line, *wrong_);
  return std::optional(std::move(row));
}

void AppendCsvRow(std::string& out, const std::vector<std::string_view>& fields) {
  for (std::size_t i = 0; i < fields.size(); ++i) {
    if (i > 0) out += ',';
    // A row of one empty field would be an empty line.
    const bool quoted = fields[i].find_first_of(",\"\r\n") != std::string_view::npos ||
                        (fields.size() == 1 && fields[i].empty());
    if (!quoted) {
      out += fields[i];
      continue;
    }
    out += '"';
    for (const char c : fields[i]) {
      if (c == '"') out += '"';
      out += c;
    }
    out += '"';
  }
  out += '\n';
}

}  // namespace cityid::cli
