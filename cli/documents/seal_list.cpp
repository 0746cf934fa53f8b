#include "cli/documents/seal_list.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <set>

#include "cli/batch/list.h"
#include "cli/codes/document_claims.h"
#include "cli/console/clock.h"
#include "codec/shown_text.h"
#include "codec/text.h"
#include "ledger/terms/normal_text.h"

namespace cityid::cli {
namespace {

enum Column : std::size_t { kFile, kId, kType, kNumber, kDate, kPage, kAt, kOutput, kColumns };

constexpr std::array<std::string_view, kColumns> kNames = {"file", "id",   "type", "number",
                                                           "date", "page", "at",   "output"};
constexpr std::string_view kFact = "fact:";

Error Wrong(std::string detail) { return Error{Errc::kMalformed, std::move(detail)}; }

/// What the columns of a list are: places in `kNames`, or labels of facts.
struct Header {
  std::vector<std::size_t> columns;  // `kColumns` for a fact
  std::vector<std::string> labels;   // of the same length
};

Result<Header> ReadHeader(const std::vector<std::string>& fields) {
  Header header;
  std::set<std::string> seen;
  for (const std::string& field : fields) {
    const std::string name(Trim(field));
    const bool fact = name.starts_with(kFact);
    const auto found = static_cast<std::size_t>(std::ranges::find(kNames, name) - kNames.begin());
    if (!fact && found == kColumns) {
      return Wrong(
          "unknown column '" + name.substr(0, 64) +
          "'; the known ones are file, id, type, number, date, fact:LABEL, page, at, output");
    }
    if (fact && (name.size() == kFact.size() || name.find('=') != std::string::npos))
      return Wrong("a column 'fact:LABEL' names a label, without '='");
    if (!seen.insert(name).second) return Wrong("the column '" + name + "' is there twice");
    header.columns.push_back(fact ? kColumns : found);
    header.labels.push_back(fact ? name.substr(kFact.size()) : "");
  }
  if (!seen.contains("file")) return Wrong("there is no column 'file'");
  return header;
}

/// Returns the name of a document's output. Errors: kMalformed for one that is none.
Result<std::string> OutputName(const std::string& given, const std::string& file) {
  const std::string name = given.empty() ? std::filesystem::path(file).filename().string() : given;
  if (name.empty()) return Wrong("output is no name of a file");
  if (const auto checked = CheckFileName(name); !checked) return checked.error().In("output");
  return name;
}

Sha256Hash DigestOf(const SealRow& row) {
  Bytes text;
  const auto put = [&text](std::string_view part) {
    AppendBigEndian(text, part.size(), 4);
    Append(text, AsBytes(part));
  };
  put(row.claims.subject.text());
  AppendBigEndian(text, row.claims.days, 2);
  put(AsText(WriteDocumentClaims(*row.claims.document)));
  put(row.file);
  put(row.output);
  put(std::to_string(row.page));
  put(std::to_string(static_cast<int>(row.at.kind)) + " " + std::to_string(row.at.x_mm) + " " +
      std::to_string(row.at.y_mm));
  return Sha256(text);
}

/// Returns what a row's code says of its document.
Result<DocumentClaims> DocumentOf(const std::array<std::string, kColumns>& fields,
                                  const std::vector<std::string>& facts,
                                  const DocumentClaims& defaults) {
  DocumentClaims document = defaults;
  if (!fields[kType].empty()) document.type = NormalText(fields[kType]);
  if (!fields[kNumber].empty()) document.number = NormalText(fields[kNumber]);
  if (!fields[kDate].empty()) {
    const auto day = ParseDay(fields[kDate]);
    if (!day) return day.error().In("date");
    document.date = *day;
  }
  if (facts.empty()) return document;
  auto parsed = ParseFacts(facts);
  if (!parsed) return parsed.error();
  document.facts = *std::move(parsed);
  return document;
}

Result<SealRow> Understand(const CsvRow& row, const Header& header, const SealDefaults& defaults) {
  if (row.fields.size() != header.columns.size()) {
    return Wrong("the row has " + std::to_string(row.fields.size()) + " fields, and the header " +
                 std::to_string(header.columns.size()));
  }
  std::array<std::string, kColumns> fields;
  std::vector<std::string> facts;
  for (std::size_t i = 0; i < row.fields.size(); ++i) {
    const std::string text(Trim(row.fields[i]));
    if (header.columns[i] != kColumns) {
      fields[header.columns[i]] = text;
    } else if (!text.empty()) {
      facts.push_back(header.labels[i] + "=" + text);
    }
  }
  if (fields[kFile].empty()) return Wrong("file is empty");
  const auto id = CityId::Parse(fields[kId].empty() ? defaults.id : fields[kId]);
  if (!id) return id.error().In("id");
  auto document = DocumentOf(fields, facts, defaults.document);
  if (!document) return document.error();
  SealRow read{
      row.line, 0, {*id, Purpose::kDocument, {}, 0, {}, defaults.days, *std::move(document)}};
  if (const auto checked = CheckClaims(read.claims); !checked) return checked.error();
  read.file = fields[kFile];
  auto output = OutputName(fields[kOutput], read.file);
  if (!output) return output.error();
  read.output = *std::move(output);
  const auto page = fields[kPage].empty() ? defaults.page : ParsePage(fields[kPage]);
  if (!page) return page.error();
  read.page = *page;
  const auto at = fields[kAt].empty() ? defaults.at : StampAt::Parse(fields[kAt]);
  if (!at) return at.error();
  read.at = *at;
  read.digest = DigestOf(read);
  return read;
}

}  // namespace

Result<int> ParsePage(const std::string& text) {
  if (text == "last") return -1;
  const auto number = ParseDecimal(text);
  if (!number || *number < 1 || *number > 1'000'000)
    return Usage("--page is a number from 1, or last");
  return static_cast<int>(*number);
}

Result<SealRows> ReadSealList(const std::string& file, const SealDefaults& defaults) {
  auto reader = CsvReader::Open(file);
  if (!reader) return reader.error();
  const auto first = reader->Next();
  if (!first) return first.error();
  const auto header = ReadHeader(*first ? (*first)->fields : std::vector<std::string>());
  if (!header) return reader->At(1, header.error().detail);
  SealRows list;
  std::set<std::string> outputs;
  for (std::uint64_t number = 2;; ++number) {
    const auto row = reader->Next();
    if (row && !row->has_value()) return list;
    if (!row && row.error().code != Errc::kMalformed) return row.error();
    if (number > kMaxSealRows + 1) {
      return Error{Errc::kTooLarge, "the list has over " + std::to_string(kMaxSealRows) +
                                        " documents; make several of it"};
    }
    auto read = row ? Understand(**row, *header, defaults) : Result<SealRow>(row.error());
    if (read && !outputs.insert(LowerCase(read->output)).second)
      read = Wrong(read->output + " is the output of an earlier row, too; name another in output");
    if (!read) {
      const std::string detail =
          row ? reader->At(reader->line(), read.error().detail).detail : read.error().detail;
      list.wrong.emplace_back(reader->line(), detail);
      continue;
    }
    read->number = number;
    list.rows.push_back(*std::move(read));
  }
}

}  // namespace cityid::cli
