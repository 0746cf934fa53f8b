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

/// Reads a text of 1 to `most` bytes. `name`: "type", for errors.
std::string ReadText(CborItems& in, const std::string& name, std::size_t most) {
  const std::string_view text = in.Text();
  if (text.empty() || text.size() > most)
    in.Fail(name + " must have 1 to " + std::to_string(most) + " bytes");
  if (HasForbiddenCharacter(text)) in.Fail(name + " must not have a control character");
  return std::string(text);
}

void ReadFacts(CborItems& in, std::vector<DocumentFact>& facts) {
  const std::uint64_t count = in.Array();
  if (count < 1 || count > kMaxFacts) in.Fail("facts must be 1 to 8");
  std::size_t bytes = 0;
  for (std::uint64_t i = 0; in.ok() && i < count; ++i) {
    if (in.Array() != 2) in.Fail("fact must be a label and a value");
    DocumentFact fact{ReadText(in, "label", kMaxDocumentText),
                      ReadText(in, "value", kMaxFactValue)};
    if (std::ranges::find(facts, fact.label, &DocumentFact::label) != facts.end())
      in.Fail("has two facts with one label");
    bytes += fact.label.size() + fact.value.size();
    facts.push_back(std::move(fact));
  }
  if (bytes > kMaxFactBytes) in.Fail("facts must have at most 256 bytes");
}

void ReadMember(CborItems& in, std::uint64_t key, DocumentClaims& document) {
  if (key == kType) {
    document.type = ReadText(in, "type", kMaxDocumentText);
  } else if (key == kNumber) {
    document.number = ReadText(in, "number", kMaxDocumentText);
  } else if (key == kDate) {
    document.date = sys_days(days(in.UintUpTo(kMaxDay, "date is out of range")));
  } else if (key == kDigest) {
    document.digest = Sha256Hash::From(in.ByteString());
    if (!document.digest) in.Fail("digest is not 32 bytes");
  } else {
    ReadFacts(in, document.facts);
  }
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
  CborItems in(CborReader(item), "code: document ");
  DocumentClaims document;
  std::uint64_t last = 0;
  for (std::uint64_t left = in.Map(); in.ok() && left > 0; --left) {
    const std::uint64_t key = in.Uint();
    if (key <= last || key > kFacts) in.Fail("has an unknown or repeated member");
    last = key;
    if (in.ok()) ReadMember(in, key, document);
  }
  if (document.type.empty() || document.number.empty()) in.Fail("has no type or number");
  return in.Finish(std::move(document));
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
