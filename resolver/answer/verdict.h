// The verdict table: what a code or a look-up comes to, and how that is said to programs and people
// (docs/problems.md).
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace cityid {

/// In the order in which they are decided; the last four stand for no failure of a code.
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
};

/// The languages that pages and texts come in.
enum class Language : std::uint8_t { kEnglish, kChinese, kArabic };
inline constexpr std::size_t kLanguages = 3;

/// "en", "zh-CN" (never zh-Hans), "ar".
std::string_view Tag(Language language);

/// How a verdict is told to a person.
struct VerdictText {
  std::string_view title;   ///< a few words
  std::string_view advice;  ///< one or two sentences: what it means, what to do
};

/// One row.
struct VerdictRow {
  Verdict verdict;
  std::string_view name;  ///< "wrong-host": in JSON, in metrics, and the end of the problem type
  int http_status;
  int exit_status;  ///< of `cityid scan`: 0 valid or registered, 1 no, 3 could not tell
  std::array<VerdictText, kLanguages> text;
};

std::span<const VerdictRow> VerdictTable();
const VerdictRow& Row(Verdict verdict);
std::optional<Verdict> VerdictFromName(std::string_view name);

inline std::string_view Name(Verdict verdict) { return Row(verdict).name; }
inline const VerdictText& Text(Verdict verdict, Language language) {
  return Row(verdict).text[static_cast<std::size_t>(language)];
}

}  // namespace cityid
