// The verdict table: what the check of a code or the look-up of an identifier can come to, and how
// that is told to programs and people (docs/problems.md).
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace cityid {

/// Every verdict, in the order in which they are decided; but kLedgerStale is decided right after
/// kUnsupported, before the subject is looked up.
enum class Verdict : std::uint8_t {
  kMalformed,
  kUnsupported,
  kWrongHost,
  kUnknownId,
  kSuspended,
  kSuperseded,
  kWithdrawn,
  kUnknownKey,
  kForged,
  kWrongPurpose,
  kNotYetValid,
  kExpired,
  kRevoked,
  kValid,        ///< a code that holds
  kRegistered,   ///< an identifier that exists, asked without a code
  kLedgerStale,  ///< the replica is too old to say anything
  kLast = kLedgerStale,
};

/// How much a person should trust what a verdict is about; a page shows it as a colour.
enum class Tone : std::uint8_t {
  kGood,       ///< a code that holds
  kPlain,      ///< a fact, and no code was checked
  kUncertain,  ///< nothing could be checked
  kBad,        ///< do not rely on it
};

/// The languages that pages and texts come in.
enum class Language : std::uint8_t { kEnglish, kChinese, kArabic };
inline constexpr std::size_t kLanguages = 3;

/// Returns the language tag (BCP 47) of pages in this language: "en", "zh-CN", "ar".
std::string_view Tag(Language language);

/// How a verdict is told to a person.
struct VerdictText {
  std::string_view title;   ///< a few words
  std::string_view advice;  ///< one or two sentences: what it means, what to do
};

/// Everything that the program knows of a verdict. A new verdict is an enumerator, a row of the
/// table in verdict.cpp, and the rule in resolve.cpp that decides it.
struct VerdictRow {
  Verdict verdict;
  std::string_view name;  ///< "wrong-host": in JSON, in metrics, and the end of the problem type
  int http_status;
  int exit_status;  ///< of `cityid scan`: 0 valid or registered, 1 no, 3 could not tell
  Tone tone;
  bool cacheable;  ///< false: sent with `no-store`, because clients can make up any number of
                   ///< such requests, or because it is about to change
  std::array<VerdictText, kLanguages> text;
};

/// Returns all rows.
std::span<const VerdictRow> VerdictTable();
/// Returns the row of a verdict.
const VerdictRow& Row(Verdict verdict);
/// Returns the verdict with this name, if there is one.
std::optional<Verdict> VerdictFromName(std::string_view name);

inline std::string_view Name(Verdict verdict) { return Row(verdict).name; }
inline const VerdictText& Text(Verdict verdict, Language language) {
  return Row(verdict).text[static_cast<std::size_t>(language)];
}

}  // namespace cityid
