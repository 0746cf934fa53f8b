#include "codec/document_claims.h"

#include <algorithm>

#include "codec/cbor.h"
#include "codec/record_text.h"
#include "codec/shown_text.h"

namespace cityid {
namespace {

using std::chrono::days;
using std::chrono::sys_days;

// Keys of the map.
constexpr std::uint64_t kType = 1;
constexpr std::uint64_t kNumber = 2;
constexpr std::uint64_t kDate = 3;
constexpr std::uint64_t kDigest = 4;
constexpr std::uint64_t kFacts = 5;
constexpr std::uint64_t kMaxDay = 0xFFFFF;

Error Malformed(const std::string& detail) {
  return Error{Errc::kMalformed, "code: document " + detail};
}

/// Reads a text of 1 to `most` bytes. `name`: "type", for errors.
Result<std::string> ReadText(CborReader& in, const char* name, std::size_t most) {
  const auto text = in.Text();
  if (!text) return text.error();
  if (text->empty() || text->size() > most)
    return Malformed(std::string(name) + " must have 1 to " + std::to_string(most) + " bytes");
  if (HasForbiddenCharacter(*text))
    return Malformed(std::string(name) + " must not have a control character");
  return std::string(*text);
}

Result<void> ReadFact(CborReader& in, std::vector<DocumentFact>& facts) {
  const auto parts = in.Array();
  if (!parts) return parts.error();
  if (*parts != 2) return Malformed("fact must be a label and a value");
  auto label = ReadText(in, "label", kMaxDocumentText);
  if (!label) return label.error();
  auto value = ReadText(in, "value", kMaxFactValue);
  if (!value) return value.error();
  if (std::ranges::find(facts, *label, &DocumentFact::label) != facts.end())
    return Malformed("has two facts with one label");
  facts.push_back({*std::move(label), *std::move(value)});
  return {};
}

Result<void> ReadFacts(CborReader& in, std::vector<DocumentFact>& facts) {
  const auto count = in.Array();
  if (!count) return count.error();
  if (*count < 1 || *count > kMaxFacts) return Malformed("facts must be 1 to 8");
  std::size_t bytes = 0;
  for (std::uint64_t i = 0; i < *count; ++i) {
    if (const auto read = ReadFact(in, facts); !read) return read;
    bytes += facts.back().label.size() + facts.back().value.size();
  }
  if (bytes > kMaxFactBytes) return Malformed("facts must have at most 256 bytes");
  return {};
}

Result<void> ReadMember(CborReader& in, std::uint64_t key, DocumentClaims& document) {
  if (key == kType || key == kNumber) {
    auto text = ReadText(in, key == kType ? "type" : "number", kMaxDocumentText);
    if (!text) return text.error();
    (key == kType ? document.type : document.number) = *std::move(text);
  } else if (key == kDate) {
    const auto day = in.Uint();
    if (!day) return day.error();
    if (*day > kMaxDay) return Malformed("date is out of range");
    document.date = sys_days(days(*day));
  } else if (key == kDigest) {
    const auto digest = in.ByteString();
    if (!digest) return digest.error();
    document.digest = Sha256Hash::From(*digest);
    if (!document.digest) return Malformed("digest is not 32 bytes");
  } else {
    return ReadFacts(in, document.facts);
  }
  return {};
}

/// Checks the characters of a text that is to be signed. `what`: "type", for errors.
Result<void> CheckText(const std::string& what, const std::string& text) {
  if (text.empty()) return {};  // which its length forbids
  if (const auto checked = CheckRecordText(text, TextKind::kWords); !checked)
    return Error{Errc::kUsage, "code: document " + what + ": " + checked.error().detail};
  return {};
}

}  // namespace

Bytes WriteDocumentClaims(const DocumentClaims& document) {
  CborWriter out;
  out.Map(2 + (document.date ? 1 : 0) + (document.digest ? 1 : 0) +
          (document.facts.empty() ? 0 : 1));
  out.Uint(kType).Text(document.type).Uint(kNumber).Text(document.number);
  if (document.date) out.Uint(kDate).Int(document.date->time_since_epoch().count());
  if (document.digest) out.Uint(kDigest).ByteString(document.digest->view());
  if (!document.facts.empty()) {
    out.Uint(kFacts).Array(document.facts.size());
    for (const DocumentFact& fact : document.facts) out.Array(2).Text(fact.label).Text(fact.value);
  }
  return std::move(out).bytes();
}

Result<DocumentClaims> ParseDocumentClaims(ByteView item) {
  CborReader in(item);
  DocumentClaims document;
  const auto count = in.Map();
  if (!count) return count.error();
  std::uint64_t last = 0;
  for (std::uint64_t i = 0; i < *count; ++i) {
    const auto key = in.Uint();
    if (!key) return key.error();
    if (*key <= last || *key > kFacts) return Malformed("has an unknown or repeated member");
    last = *key;
    if (const auto read = ReadMember(in, *key, document); !read) return read.error();
  }
  if (document.type.empty() || document.number.empty()) return Malformed("has no type or number");
  if (const auto end = in.End(); !end) return end.error();
  return document;
}

Result<void> CheckDocumentClaims(const DocumentClaims& document) {
  // Texts first: what is said of them names the text and the character.
  if (const auto type = CheckText("type", document.type); !type) return type;
  if (const auto number = CheckText("number", document.number); !number) return number;
  for (const DocumentFact& fact : document.facts) {
    if (const auto label = CheckText("label", fact.label); !label) return label;
    if (const auto value = CheckText("value of '" + fact.label + "'", fact.value); !value)
      return value;
  }
  const auto again = ParseDocumentClaims(WriteDocumentClaims(document));
  if (!again) return Error{Errc::kUsage, again.error().detail};
  return {};
}

}  // namespace cityid
