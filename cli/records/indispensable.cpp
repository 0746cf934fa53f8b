#include "cli/records/indispensable.h"

namespace cityid::cli {
namespace {

template <class Parties>
std::string NamesOf(const Parties& parties) {
  std::string names;
  for (const auto& party : parties) names += (names.empty() ? "" : ", ") + party.name;
  return names;
}

}  // namespace

std::vector<std::string> Indispensable(const Policy& policy) {
  std::vector<std::string> reasons;
  const auto count = [](std::size_t number) { return std::to_string(number); };
  if (policy.quorum == policy.institutes.size()) {
    reasons.push_back("each of the institutes (" + NamesOf(policy.institutes) +
                      "), because the quorum is " + count(policy.quorum) + " of " +
                      count(policy.institutes.size()));
  }
  if (policy.witness_quorum > 0 && policy.witness_quorum == policy.witnesses.size()) {
    reasons.push_back("each of the outside witnesses (" + NamesOf(policy.witnesses) +
                      "), because witness_quorum is " + count(policy.witness_quorum) + " of " +
                      count(policy.witnesses.size()));
  }
  if (policy.log_keys.size() == 1)
    reasons.push_back("the log key, because log_keys lists no spare one");
  return reasons;
}

Result<void> CheckDispensable(const Policy& policy, bool meant) {
  const std::vector<std::string> reasons = Indispensable(policy);
  if (meant || reasons.empty()) return {};
  std::string text = "this policy can't do without ";
  for (const std::string& reason : reasons) text += (&reason == &reasons[0] ? "" : "; ") + reason;
  return Error{Errc::kRefused,
               text +
                   ". If one is lost, nothing is ever published again; --indispensable takes it "
                   "nevertheless"};
}

}  // namespace cityid::cli
