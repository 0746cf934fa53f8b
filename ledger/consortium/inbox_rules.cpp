#include "ledger/consortium/inbox_rules.h"

#include <algorithm>

#include "codec/time_text.h"
#include "ledger/proof/trust.h"
#include "ledger/record/texts.h"
#include "ledger/record/uris.h"
#include "ledger/terms/normal_text.h"

namespace cityid {
namespace {

using std::chrono::seconds;
using std::chrono::sys_seconds;

/// Refuses texts that a ledger of the newest rules wouldn't take, and those of another form.
Result<void> CheckShown(const Record& record) {
  for (const auto check : {CheckTexts, CheckNormalTexts}) {
    if (const auto texts = check(record); !texts) return RefusedBy("inbox-" + texts.error().detail);
  }
  return {};
}

Result<void> CheckAddresses(const Record& record) {
  Result<void> all;
  ForEachUri(record, [&](UriKind kind, const char* where, const std::string& uri) {
    if (!all || IsPublicUri(kind, uri)) return;
    all = RefusedBy(std::string("inbox-address: ") + where + ": '" + uri +
                    "' is not on the public internet, names a user, or is of a scheme that is not "
                    "taken");
  });
  return all;
}

}  // namespace

Result<void> CheckForInbox(const Record& record, sys_seconds now, sys_seconds rules_time,
                           seconds longest_wait) {
  if (!record.not_after)
    return RefusedBy("inbox-not-after: an application says how long it may wait");
  const sys_seconds time = std::max(now, rules_time);
  const sys_seconds not_after = TimeOf(std::min<std::uint64_t>(*record.not_after, INT64_MAX / 2));
  if (not_after < time) {
    return RefusedBy("inbox-not-after: it is too late for this record" +
                     TimeAhead(rules_time, now));
  }
  if (not_after > time + longest_wait)
    return RefusedBy("inbox-not-after: no application may wait that long");
  if (const auto shown = CheckShown(record); !shown) return shown;
  return CheckAddresses(record);
}

Result<void> CheckPolicyChange(const LedgerView& view, const Record& record, bool publishes) {
  const auto* change = std::get_if<PolicyChange>(&record.body);
  if (change == nullptr) return {};
  const auto policy = FindPolicy(view);
  if (!policy) return policy.error();
  if (!*policy) return {};
  const auto proof = view.PolicyProof((*policy)->policy.version);
  if (!proof) return proof.error();
  if (*proof && !publishes) {
    return RefusedBy(
        "inbox-policy: this registry runs without log keys, so the policy would have no checkpoint "
        "and nobody could follow it");
  }
  const auto ahead = view.FindTrustAhead();
  if (!ahead) return ahead.error();
  if (*ahead && (*ahead)->judges && change->policy.version == (*ahead)->file.version &&
      Trust::Of((*policy)->origin, change->policy) != (*ahead)->file.trust) {
    return RefusedBy(
        "inbox-policy: it is another policy than the trust file says by which this registry goes "
        "on, and nobody who has the file could follow it");
  }
  const std::size_t lines = LinesOfChange((*policy)->policy, change->policy);
  if (lines <= kMaxNoteSignatures) return {};
  return RefusedBy("inbox-policy: its first checkpoint would need " + std::to_string(lines) +
                   " signatures of the old and the new policy, and notes have at most " +
                   std::to_string(kMaxNoteSignatures) + "; change it in steps");
}

}  // namespace cityid
