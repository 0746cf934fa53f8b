#include "cli/batch/list.h"

#include <algorithm>
#include <array>
#include <filesystem>

#include "cli/console/clock.h"
#include "cli/console/command_line.h"
#include "codec/shown_text.h"
#include "codec/text.h"
#include "ledger/terms/normal_text.h"

namespace cityid::cli {
namespace {

enum Column : std::size_t {
  kId,
  kPurpose,
  kDays,
  kDocumentType,
  kDocumentNumber,
  kDocumentDate,
  kDocumentFile,
  kCaption,
  kFile,
  kFormat,
  kColumns
};

constexpr auto kNames = std::to_array<std::string_view>(
    {"id", "purpose", "days", "document_type", "document_number", "document_date", "document_file",
     "caption", "file", "format"});
static_assert(kNames.size() == kColumns);

constexpr std::array<std::string_view, 3> kFormats = {"svg", "png", "pdf"};

constexpr std::size_t kMaxFileName = 200;    // bytes
constexpr std::size_t kMaxPartOfName = 100;  // bytes of a default name
constexpr std::size_t kDigitsOfNumber = 6;

constexpr std::string_view kFactColumn = "fact:";  // and the label

/// What a row says, by columns.
struct Fields {
  std::array<std::string, kColumns> texts;
  std::vector<DocumentFact> facts;  ///< those that aren't empty

  const std::string& operator[](Column column) const { return texts[column]; }
};

Error Wrong(std::string detail) { return Error{Errc::kMalformed, std::move(detail)}; }

std::string KnownColumns() {
  std::string known;
  for (const std::string_view name : kNames) known += std::string(name) + ", ";
  return known + std::string(kFactColumn) + "LABEL";
}

/// Returns a text as a part of a file's name, at most so many bytes of it.
std::string AsPartOfName(std::string_view text) {
  std::string name;
  for (const char c : text.substr(0, kMaxPartOfName)) {
    const bool plain = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
                       c == '.' || c == '-' || static_cast<unsigned char>(c) >= 0x80;
    name += plain ? c : '_';
  }
  // The cut may have gone through a character.
  while (!IsUtf8(name)) name.pop_back();
  return HasForbiddenCharacter(name) ? "code" : name;
}

/// Returns the ending of a name without its point, if it is one of a format.
std::string_view FormatOfName(std::string_view name) {
  const std::size_t point = name.rfind('.');
  if (point == std::string_view::npos || !FormatNamed(name.substr(point + 1))) return {};
  return name.substr(point + 1);
}

/// Finds out the name and the format of a row's file.
Result<void> NameFile(const Fields& fields, const ListDefaults& defaults, BatchRow& row) {
  std::string name = fields[kFile];
  if (!name.empty()) {
    if (const auto checked = CheckFileName(name); !checked) return checked.error().In("file");
  }
  std::string format = fields[kFormat];
  const std::string_view ending = FormatOfName(name);
  if (!ending.empty() && !format.empty() && ending != format)
    return Wrong("file: the name ends in ." + std::string(ending) + ", and format is " + format);
  if (format.empty()) format = ending.empty() ? defaults.format : std::string(ending);
  const auto known = FormatNamed(format);
  if (!known) return Wrong("format is one of svg, png, pdf");
  row.format = *known;
  if (name.empty()) {
    name = std::to_string(row.number);
    name.insert(0, kDigitsOfNumber - std::min(name.size(), kDigitsOfNumber), '0');
    const auto& document = row.claims.document;
    name += "-" + AsPartOfName(document ? document->number : row.claims.subject.text());
  }
  if (ending.empty()) name += "." + format;
  row.file = std::move(name);
  return {};
}

Result<std::vector<CaptionText>> ReadCaption(std::string_view text) {
  std::vector<CaptionText> caption;
  while (!text.empty()) {
    const std::size_t end = text.find_first_of("|\n");
    const std::string_view line = Trim(text.substr(0, end), " \t\r");
    text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
    if (line.empty()) continue;
    if (caption.size() == kMaxCaptionTexts)
      return Wrong("caption: over " + std::to_string(kMaxCaptionTexts) + " lines");
    caption.push_back({CaptionRole::kLine, "", CaptionTextOf(line)});
  }
  return caption;
}

Result<std::optional<DocumentClaims>> ReadDocument(const Fields& fields) {
  const std::string& date = fields[kDocumentDate];
  if (fields[kDocumentType].empty() && fields[kDocumentNumber].empty() && date.empty() &&
      fields[kDocumentFile].empty() && fields.facts.empty()) {
    return std::optional<DocumentClaims>();
  }
  DocumentClaims document{
      NormalText(fields[kDocumentType]), NormalText(fields[kDocumentNumber]), {}, {}, fields.facts};
  if (!date.empty()) {
    const auto day = ParseDay(date);
    if (!day) return day.error().In("document_date");
    document.date = *day;
  }
  return std::optional(std::move(document));
}

Result<CodeClaims> ReadClaims(const Fields& fields, const ListDefaults& defaults) {
  const std::string& id = fields[kId].empty() ? defaults.id : fields[kId];
  if (id.empty()) return Wrong("id is empty, and there is no --id");
  const auto subject = CityId::Parse(id);
  if (!subject) return subject.error().In("id");
  const std::string& purpose = fields[kPurpose].empty() ? defaults.purpose : fields[kPurpose];
  const auto known = PurposeFromName(purpose);
  if (!known) return Wrong("purpose is one of city, unit, device, document");
  std::uint16_t days = defaults.days;
  if (!fields[kDays].empty()) {
    const auto number = ParseDecimal(fields[kDays]);
    if (!number || *number > UINT16_MAX) return Wrong("days is a number up to 65535");
    days = static_cast<std::uint16_t>(*number);
  }
  auto document = ReadDocument(fields);
  if (!document) return document.error();
  CodeClaims claims{*subject, *known, {}, 0, {}, days, *std::move(document)};
  if (const auto checked = CheckClaims(claims); !checked) return checked.error();
  return claims;
}

/// Returns the digest of what a row says; empty columns don't count.
Sha256Hash DigestOf(const BatchRow& row) {
  Bytes text;
  const auto put = [&text](std::string_view part) {
    AppendBigEndian(text, part.size(), 4);
    Append(text, AsBytes(part));
  };
  put(row.claims.subject.text());
  AppendBigEndian(text, static_cast<std::uint64_t>(row.claims.purpose), 1);
  AppendBigEndian(text, row.claims.days, 2);
  put(row.claims.document ? AsText(WriteDocumentClaims(*row.claims.document)) : "");
  put(row.document_file);
  AppendBigEndian(text, row.caption.size(), 1);
  for (const CaptionText& line : row.caption) put(line.text);
  put(row.file);
  AppendBigEndian(text, static_cast<std::uint64_t>(row.format), 1);
  return Sha256(text);
}

}  // namespace

Result<void> CheckFileName(const std::string& name) {
  if (name.size() > kMaxFileName)
    return Wrong("the name has over " + std::to_string(kMaxFileName) + " bytes");
  // Hidden, an option, or a formula in the spreadsheet that opens the manifest.
  if (std::string_view(".-=+@").find(name.front()) != std::string_view::npos)
    return Wrong("the name begins with one of . - = + @");
  if (name.find_first_of("/\\:*?<>|\"") != std::string::npos || HasForbiddenCharacter(name)) {
    return Wrong("give a name without a directory, and without any of \\ : * ? < > | and quotes");
  }
  // With any ending these are devices of Windows.
  const std::string stem = LowerCase(std::string_view(name).substr(0, name.find('.')));
  const bool numbered = stem.size() == 4 && (stem.starts_with("com") || stem.starts_with("lpt")) &&
                        stem[3] >= '0' && stem[3] <= '9';
  if (numbered || stem == "con" || stem == "prn" || stem == "aux" || stem == "nul")
    return Wrong("no file can be called " + name + " on Windows");
  return {};
}

std::optional<DrawingFormat> FormatNamed(std::string_view name) {
  const auto found = std::ranges::find(kFormats, name);
  if (found == kFormats.end()) return std::nullopt;
  return static_cast<DrawingFormat>(found - kFormats.begin());
}

Result<BatchList> BatchList::Open(const std::string& file, const ListDefaults& defaults) {
  std::error_code ignored;
  if (file == "-" ||
      (std::filesystem::exists(file, ignored) && !std::filesystem::is_regular_file(file, ignored)))
    return Usage("the list must be a file: it is read more than once");
  if (!defaults.id.empty()) {
    if (const auto id = CityId::Parse(defaults.id); !id) return Usage("--id: " + id.error().detail);
  }
  if (!PurposeFromName(defaults.purpose))
    return Usage("--purpose is one of city, unit, device, document");
  if (!FormatNamed(defaults.format)) return Usage("--format is one of svg, png, pdf");
  auto reader = CsvReader::Open(file);
  if (!reader) return reader.error();
  BatchList list(*std::move(reader), defaults);
  if (const auto header = list.ReadHeader(); !header) return header.error();
  return list;
}

Result<void> BatchList::ReadHeader() {
  const auto header = reader_.Next();
  if (!header) return header.error();
  if (!header->has_value())
    return reader_.At(1, "the list is empty; its first row names the columns: " + KnownColumns());
  number_ = 1;
  for (const std::string& field : (*header)->fields) {
    const std::string_view name = Trim(field);
    if (name.starts_with(kFactColumn)) {
      if (const auto added = AddFactColumn(name.substr(kFactColumn.size())); !added)
        return added.error();
      continue;
    }
    const auto found = std::ranges::find(kNames, name);
    if (found == kNames.end()) {
      const bool other = name.find_first_of(";\t") != std::string_view::npos;
      return Here("unknown column '" + std::string(name.substr(0, 64)) + "'; " +
                  (other ? "columns are separated by commas, and " : "") + "the known ones are " +
                  KnownColumns());
    }
    const auto column = static_cast<std::size_t>(found - kNames.begin());
    if (std::ranges::count(columns_, column) > 0)
      return Here("the column '" + std::string(name) + "' is there twice");
    if (!defaults_.files && (column == kFile || column == kFormat))
      return Here("the column '" + std::string(name) +
                  "' is for files; there are none with --sheet");
    columns_.push_back(column);
  }
  return {};
}

Result<void> BatchList::AddFactColumn(std::string_view label) {
  std::string normal = NormalText(std::string(Trim(label)));
  if (normal.empty()) return Here("a column 'fact:' names no label; write fact:LABEL");
  if (std::ranges::count(facts_, normal) > 0)
    return Here("the column 'fact:" + normal + "' is there twice");
  columns_.push_back(kColumns + facts_.size());
  facts_.push_back(std::move(normal));
  return {};
}

Result<BatchRow> BatchList::Understand(const CsvRow& row) const {
  if (row.fields.size() != columns_.size()) {
    return Wrong("the row has " + std::to_string(row.fields.size()) + " fields, and the header " +
                 std::to_string(columns_.size()));
  }
  Fields fields;
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    // What stands around a word in a spreadsheet is an accident.
    const std::string_view text = Trim(row.fields[i]);
    if (columns_[i] < kColumns) {
      fields.texts[columns_[i]] = std::string(text);
    } else if (!text.empty()) {
      fields.facts.push_back({facts_[columns_[i] - kColumns], NormalText(text)});
    }
  }
  auto claims = ReadClaims(fields, defaults_);
  if (!claims) return claims.error();
  auto caption = ReadCaption(fields[kCaption]);
  if (!caption) return caption.error();
  BatchRow read{row.line, number_, *std::move(claims)};
  read.document_file = fields[kDocumentFile];
  read.caption = *std::move(caption);
  if (defaults_.files) {
    if (const auto named = NameFile(fields, defaults_, read); !named) return named.error();
  }
  read.digest = DigestOf(read);
  return read;
}

Result<std::optional<BatchRow>> BatchList::Next() {
  while (true) {
    const auto row = reader_.Next();
    if (row && !row->has_value()) return std::optional<BatchRow>();
    if (!row && row.error().code != Errc::kMalformed) return row.error();
    const auto has_text = [](const std::string& field) { return !Trim(field).empty(); };
    if (row && std::ranges::none_of((*row)->fields, has_text)) continue;
    if (++number_ > kMaxBatchRows + 1) {
      return Error{Errc::kTooLarge, "the list has over " + std::to_string(kMaxBatchRows) +
                                        " rows; make several of it"};
    }
    if (!row) return row.error();
    auto read = Understand(**row);
    if (!read) return Here(read.error().detail);
    return std::optional(*std::move(read));
  }
}

}  // namespace cityid::cli
