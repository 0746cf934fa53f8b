// An answer for a terminal.
#pragma once

#include <string>
#include <vector>

#include "resolver/answer/resolve.h"

namespace cityid::cli {

/// What is printed of an answer, member by member. An empty member has no line. It may come from a
/// stranger: `AnswerText` replaces control characters.
struct AnswerLines {
  Verdict verdict = Verdict::kMalformed;
  std::string names;  ///< as they may be shown
  std::string id, why, nearest, level, population, position;
  std::vector<std::string> endpoints;
  std::string code, expires, ledger;

  void AddName(const std::string& name);
  void AddEndpoint(const std::string& href, const std::string& rel, const std::string& access);
  void SetCode(const std::string& purpose, const std::string& serial, const std::string& issued,
               const std::string& signed_by);
  void SetLedger(const std::string& origin, const std::string& size, const std::string& time,
                 bool stale, bool frozen);
};

/// Returns a few aligned lines, the verdict first.
std::string AnswerText(const AnswerLines& lines);
std::string AnswerText(const Answer& answer);

}  // namespace cityid::cli
