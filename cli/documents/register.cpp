#include "cli/documents/register.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>

#include "codec/shown_text.h"
#include "codec/text.h"
#include "codec/time_text.h"

namespace cityid::cli {
namespace {

enum Column : std::size_t { kTime, kSerial, kKid, kId, kType, kNumber, kDate, kDigest, kFile };

const std::vector<std::string_view> kHeader = {"time",   "serial", "kid",    "id",  "type",
                                               "number", "date",   "digest", "file"};

/// Returns true if the last row of a file has all that a row has, but no line end: somebody has
/// edited it. A row that was not written to its end has no file, which is its last column.
Result<bool> LacksLineEnd(const std::filesystem::path& path) {
  auto reader = CsvReader::Open(path.string());
  if (!reader && reader.error().code == Errc::kNotFound) return false;
  if (!reader) return reader.error();
  bool whole = false;
  while (true) {
    const auto row = reader->Next();
    if (row && !row->has_value()) return whole && !reader->ended_with_line();
    if (!row && row.error().code != Errc::kMalformed) return false;
    whole = row && (*row)->fields.size() == kHeader.size() && !(*row)->fields[kFile].empty();
  }
}

/// Adds the line end that the last row lacks.
Result<void> EndLastRow(const std::filesystem::path& path) {
  const FileDescriptor file(::open(path.c_str(), O_RDWR | O_APPEND | O_CLOEXEC));
  if (!file || ::flock(file.get(), LOCK_EX) != 0) return SystemError("write", path);
  // Somebody else may have done it, or added rows, while this process waited.
  const auto lacks = LacksLineEnd(path);
  if (!lacks) return lacks.error();
  if (*lacks && (::write(file.get(), "\n", 1) != 1 || ::fsync(file.get()) != 0))
    return SystemError("write", path);
  return {};
}

/// Reads a row. Errors: kMalformed, with what is wrong.
Result<RegisterEntry> Understand(const CsvRow& row) {
  const auto wrong = [](std::string_view column) {
    return Error{Errc::kMalformed, "this is no " + std::string(column)};
  };
  if (row.fields.size() != kHeader.size()) {
    return Error{Errc::kMalformed, "the row has " + std::to_string(row.fields.size()) +
                                       " fields instead of " + std::to_string(kHeader.size())};
  }
  const auto serial = ParseDecimal(row.fields[kSerial]);
  if (!serial || *serial > UINT32_MAX) return wrong("serial");
  const auto kid = FromHex(row.fields[kKid]);
  if (!kid || kid->size() != KeyHint::kSize) return wrong("kid");
  if (!CityId::Parse(row.fields[kId])) return wrong("id");
  return RegisterEntry{row.line,
                       row.fields[kTime],
                       static_cast<std::uint32_t>(*serial),
                       *KeyHint::From(*kid),
                       row.fields[kId],
                       row.fields[kType],
                       row.fields[kNumber],
                       row.fields[kDate],
                       row.fields[kDigest],
                       row.fields[kFile]};
}

}  // namespace

Result<Register> Register::Open(const std::filesystem::path& path) {
  const auto lacks = LacksLineEnd(path);
  if (!lacks) return lacks.error();
  if (*lacks) {
    if (const auto ended = EndLastRow(path); !ended) return ended.error();
  }
  auto log = CsvLog::Open(path, kHeader);
  if (!log) return log.error();
  return Register(*std::move(log));
}

Result<void> Register::Add(const CodeClaims& claims, const std::string& file) {
  const DocumentClaims& document = *claims.document;
  const std::string time = TimeText(claims.issued_at);
  const std::string serial = std::to_string(claims.serial);
  const std::string kid = Hex(claims.kid);
  const std::string date = document.date ? DateText(*document.date) : "";
  const std::string digest = document.digest ? Hex(*document.digest) : "";
  // A row that is no UTF-8 could not be read again.
  const std::string name = IsUtf8(file) ? file : Printable(file);
  std::string row;
  AppendCsvRow(row, {time, serial, kid, claims.subject.text(), document.type, document.number, date,
                     digest, name});
  return log_.Append(row);
}

Result<RegisterContents> FindInRegister(const std::filesystem::path& path,
                                        const std::string& number, const std::string& type) {
  auto reader = CsvReader::Open(path.string());
  if (!reader) return reader.error();
  const auto header = reader->Next();
  if (!header || !header->has_value() || !std::ranges::equal((*header)->fields, kHeader)) {
    return Error{Errc::kMalformed,
                 path.string() + " is no register, whose first row is time,serial,kid,..."};
  }
  RegisterContents found;
  while (true) {
    const auto row = reader->Next();
    if (row && !row->has_value()) break;
    if (!row) {
      found.unread.push_back(row.error().detail);
      if (row.error().code == Errc::kMalformed) continue;
      found.unread.back() += "; what follows was not read";
      break;
    }
    auto entry = Understand(**row);
    if (!entry) {
      found.unread.push_back(reader->At((*row)->line, entry.error().detail).detail);
    } else if (entry->number == number && (type.empty() || entry->type == type)) {
      // A batch that was stopped adds a row again when it goes on.
      const auto same = [&](const RegisterEntry& other) {
        return other.serial == entry->serial && other.kid == entry->kid;
      };
      if (std::ranges::none_of(found.entries, same)) found.entries.push_back(*std::move(entry));
    }
  }
  return found;
}

}  // namespace cityid::cli
