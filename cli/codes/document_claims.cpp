#include "cli/codes/document_claims.h"

#include <algorithm>

#include "cli/console/clock.h"
#include "codec/files/file.h"
#include "codec/seal/seal.h"
#include "codec/text.h"
#include "ledger/terms/normal_text.h"

namespace cityid::cli {
namespace {

Error Wrong(const std::string& detail) { return Usage("--fact: " + detail); }

/// Checks one part of a fact. `what`: "label".
Result<void> CheckLength(const std::string& what, const std::string& text, const std::string& given,
                         std::size_t most) {
  if (text.empty()) return Wrong("'" + given + "' has no " + what + "; write LABEL=VALUE");
  if (text.size() > most)
    return Wrong("the " + what + " '" + text + "' has " + std::to_string(text.size()) +
                 " bytes in UTF-8; shorten it to " + std::to_string(most));
  return {};
}

Result<DocumentFact> ParseFact(const std::string& given) {
  // First the normal form, which knows one kind of blank.
  const std::string normal = NormalText(given);
  const std::size_t end = normal.find('=');
  if (end == std::string::npos) return Wrong("'" + given + "' has no '='; write LABEL=VALUE");
  const std::string_view text = normal;
  DocumentFact fact{std::string(Trim(text.substr(0, end))),
                    std::string(Trim(text.substr(end + 1)))};
  if (auto label = CheckLength("label", fact.label, given, kMaxDocumentText); !label)
    return label.error();
  if (auto value = CheckLength("value", fact.value, given, kMaxFactValue); !value)
    return value.error();
  return fact;
}

}  // namespace

Result<std::vector<DocumentFact>> ParseFacts(const std::vector<std::string>& texts) {
  if (texts.size() > kMaxFacts)
    return Wrong(std::to_string(texts.size()) + " are given, and a code holds " +
                 std::to_string(kMaxFacts) + "; leave some out");
  std::vector<DocumentFact> facts;
  std::size_t bytes = 0;
  for (const std::string& text : texts) {
    auto fact = ParseFact(text);
    if (!fact) return fact.error();
    if (std::ranges::find(facts, fact->label, &DocumentFact::label) != facts.end())
      return Wrong("the label '" + fact->label + "' is given twice; give it once");
    bytes += fact->label.size() + fact->value.size();
    facts.push_back(*std::move(fact));
  }
  if (bytes > kMaxFactBytes)
    return Wrong("labels and values have " + std::to_string(bytes) +
                 " bytes in UTF-8 together; shorten them to " + std::to_string(kMaxFactBytes));
  return facts;
}

void DocumentOptions::Declare(Command& command) {
  command.Option(prefix_ + "type", &type_, "Kind of the document: \"permit\"");
  command.Option(prefix_ + "number", &number_, "Number of the document");
  command.Option(prefix_ + "date", &date_, "Date of the document: 2026-11-22");
  command.Option(
      "--fact", &facts_,
      "LABEL=VALUE, to be compared with the document; up to 8, 256 bytes in all. Whoever "
      "scans the code reads it: no personal data");
}

void DocumentOptions::DeclareFile(Command& command) {
  command.Option(prefix_ + "file", &file_,
                 "Put the SHA-256 of the document, this file, into the code");
}

Result<Sha256Hash> DigestOfDocument(const std::filesystem::path& file) {
  const auto content = ReadFile(file, kMaxDocument);
  if (!content) return content.error();
  if (!FindSeals(*content).seals.empty())
    return Error{Errc::kRefused, file.string() +
                                     " is sealed already, or has a seal of its own in "
                                     "it; take its original"};
  return Sha256(*content);
}

Result<std::optional<DocumentClaims>> DocumentOptions::Claims() const {
  if (type_.empty() && number_.empty() && date_.empty() && file_.empty() && facts_.empty())
    return std::optional<DocumentClaims>();
  DocumentClaims document{NormalText(type_), NormalText(number_), {}, {}};
  if (!date_.empty()) {
    const auto date = ParseDay(date_);
    if (!date) return date.error();
    document.date = *date;
  }
  auto facts = ParseFacts(facts_);
  if (!facts) return facts.error();
  document.facts = *std::move(facts);
  if (!file_.empty()) {
    const auto digest = DigestOfDocument(file_);
    if (!digest) return digest.error();
    document.digest = *digest;
  }
  return std::optional(std::move(document));
}

}  // namespace cityid::cli
