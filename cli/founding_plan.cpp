#include <algorithm>
#include <sstream>

#include "cli/console/terminal.h"
#include "cli/founding.h"
#include "cli/serving/config.h"
#include "ledger/record/content.h"
#include "resolver/answer/json_text.h"

namespace cityid::cli {
namespace {

std::vector<std::string> WordsOf(const std::string& line) {
  std::istringstream words(line);
  std::vector<std::string> found;
  for (std::string word; words >> word;) found.push_back(word);
  return found;
}

/// A text or a list of texts as TOML has it, which is as JSON has it.
std::string Quoted(const std::string& text) {
  std::string out;
  JsonText(out).Text(text);
  return out;
}
std::string Quoted(const std::vector<std::string>& texts) {
  std::string out;
  for (const std::string& text : texts) out += (out.empty() ? "" : ", ") + Quoted(text);
  return "[" + out + "]";
}

}  // namespace

/// Checks what was given, and adds what follows from it.
Result<void> FoundingPlan::Complete() {
  if (origin.empty()) return Usage("origin is missing: the log's name, e.g. id.example.cn/ledger");
  if (hosts.empty()) return Usage("hosts is missing: the host names of codes");
  if (institutes.empty()) return Usage("institutes is missing: their names");
  if (titles.empty()) titles = institutes;
  if (titles.size() != institutes.size()) return Usage("titles must have one for each institute");
  for (const std::string& name : institutes) {
    if (!IsKeyName(name) || name.find('/') != std::string::npos)
      return Usage("'" + name + "' is no name for an institute: no blanks, '+' and '/'");
  }
  if (log_operator.empty()) log_operator = institutes.front();
  if (std::ranges::find(institutes, log_operator) == institutes.end())
    return Usage("operator must be one of the institutes");
  if (quorum == 0) quorum = static_cast<unsigned>(institutes.size() / 2 + 1);
  if (quorum > institutes.size() || 2 * quorum <= institutes.size())
    return Usage("quorum must be more than half of the institutes, and not more than there are");
  return {};
}

Result<FoundingPlan> FoundingPlan::Read(const std::string& file) {
  FoundingPlan plan;
  const auto read = ReadConfig(file, {{"origin", &plan.origin},
                                      {"hosts", &plan.hosts},
                                      {"institutes", &plan.institutes},
                                      {"titles", &plan.titles},
                                      {"quorum", &plan.quorum},
                                      {"operator", &plan.log_operator}});
  if (!read) return read.error();
  if (const auto complete = plan.Complete(); !complete) return complete.error().In(file);
  return plan;
}

Result<FoundingPlan> FoundingPlan::Ask() {
  FoundingPlan plan;
  const std::string host = AskLine("Host name of the resolver, e.g. id.example.cn: ", "");
  if (host.empty()) return Usage("the host name is in every code: it must be decided first");
  plan.hosts = {host};
  plan.origin = AskLine("Name of the log [" + host + "/ledger]: ", host + "/ledger");
  plan.institutes =
      WordsOf(AskLine("Names of the institutes, e.g. a.example b.example c.example: ", ""));
  if (plan.institutes.empty()) return Usage("a ledger needs an institute");
  const std::string& first = plan.institutes.front();
  plan.log_operator = AskLine("Which of them runs the registry? [" + first + "]: ", first);
  const std::string majority = std::to_string(plan.institutes.size() / 2 + 1);
  const std::string quorum = AskLine("How many must sign? [" + majority + "]: ", majority);
  plan.quorum = static_cast<unsigned>(std::min(std::strtoul(quorum.c_str(), nullptr, 10), 255ul));
  if (const auto complete = plan.Complete(); !complete) return complete.error();
  return plan;
}

std::string FoundingPlan::text() const {
  return "origin = " + Quoted(origin) + "\nhosts = " + Quoted(hosts) +
         "\ninstitutes = " + Quoted(institutes) + "\ntitles = " + Quoted(titles) +
         "\nquorum = " + std::to_string(quorum) + "\noperator = " + Quoted(log_operator) + "\n";
}

}  // namespace cityid::cli
