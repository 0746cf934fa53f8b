#include "ledger/state/apply.h"

#include "codec/time_text.h"
#include "ledger/record/texts.h"
#include "ledger/state/rules.h"

namespace cityid {
namespace {

using std::chrono::sys_seconds;

Result<RegisteredId> ExistingSubject(const RuleContext& c) {
  const auto id = SubjectId(c);
  if (!id) return id.error();
  const auto found = FindIdentifier(c.state, *id);
  if (!found) return found.error();
  if (!*found) return RefusedBy("subject-unknown: " + id->text() + " does not exist");
  return RegisteredId{*id, **found};
}

Result<void> CheckStatus(const RuleContext& c, const RegisteredId& subject, Statuses may_follow) {
  const IdStatus status = subject.state.status;
  const bool allowed = (status == IdStatus::kActive && may_follow.active) ||
                       (status == IdStatus::kSuspended && may_follow.suspended) ||
                       (status == IdStatus::kSuperseded && may_follow.superseded);
  // The authority may take over a suspension that the holder made.
  const bool takes_over = c.record.type() == RecordType::kSuspend && !c.record.authority &&
                          status == IdStatus::kSuspended && subject.state.suspended_by_holder;
  if (!allowed && !takes_over) {
    return RefusedBy("status: " + subject.id.text() + " is " + std::string(Name(status)));
  }
  return {};
}

/// Checks the reason of a record that has one.
template <class Body>
Result<void> CheckReason(const Body& body) {
  if constexpr (requires { body.reason; }) {
    if (body.reason && !IsPlainText(*body.reason)) {
      return RefusedBy("reason: must be 1 to 512 bytes without control characters");
    }
  }
  return {};
}

Result<void> CheckRule(RuleContext& c) {
  return std::visit(
      [&](const auto& body) -> Result<void> {
        if constexpr (requires(RegisteredId subject) { Rule(c, subject, body); }) {
          auto subject = ExistingSubject(c);
          if (!subject) return subject.error();
          if (const auto status = CheckStatus(c, *subject, MayFollow(body)); !status) return status;
          if (const auto reason = CheckReason(body); !reason) return reason;
          return Rule(c, *std::move(subject), body);
        } else {
          return Rule(c, body);
        }
      },
      c.record.body);
}

/// Returns the version of the rules that judges a record: the one in force before it, and for
/// genesis its own.
std::uint64_t RulesVersion(const RuleContext& c) {
  const auto* genesis = std::get_if<Genesis>(&c.record.body);
  return genesis ? genesis->policy.rules : c.policy->policy.rules;
}

}  // namespace

Result<void> CheckRulesVersion(const Record& record) {
  const Policy* policy = nullptr;
  if (const auto* genesis = std::get_if<Genesis>(&record.body)) policy = &genesis->policy;
  if (const auto* change = std::get_if<PolicyChange>(&record.body)) policy = &change->policy;
  if (policy != nullptr && policy->rules > kNewestRules) {
    return Error{Errc::kUnsupported, "policy-rules: this program knows versions 1 to " +
                                         std::to_string(kNewestRules) + " of the rules, not " +
                                         std::to_string(policy->rules) + "; install a newer one"};
  }
  return {};
}

Result<Judgement> Judge(const State& state, const Record& record, const Placement& placement) {
  RuleContext c{state, record, placement, nullptr, {}, {}};
  std::optional<PolicyState> policy;
  if (record.type() != RecordType::kGenesis) {
    auto found = FindPolicy(state);
    if (!found) return found.error();
    if (!*found) return RefusedBy("log-unfounded: the first record must be genesis");
    policy = *std::move(found);
    c.policy = &*policy;
    if (record.log != policy->log) return RefusedBy("log-other: the record belongs to another log");
    const auto time = SecondsOf(placement.time);
    if (record.not_after.value_or(time) < time) {
      return RefusedBy("not-after: the record came too late");
    }
  }
  if (const auto rule = CheckRule(c); !rule) return rule.error();
  if (RulesVersion(c) >= kRulesOfTexts) {
    if (const auto texts = CheckTexts(record); !texts) return texts.error();
  }
  auto requirement = RequiredSigners(state, policy ? policy->policy : Policy{}, record);
  if (!requirement) return requirement.error();
  requirement->new_keys = std::move(c.new_keys);
  return Judgement{{std::move(c.writes)}, *std::move(requirement)};
}

Result<Change> Apply(const State& state, const VerifiedRecord& verified, Index index,
                     sys_seconds time) {
  auto judgement = Judge(state, verified.record(), {{index.value, verified.hash()}, time});
  if (!judgement) return judgement.error();
  const auto signers = CheckSigners(judgement->requirement, verified.signers());
  if (!signers) return signers.error();
  if (const auto known = CheckRulesVersion(verified.record()); !known) return known.error();
  return std::move(judgement->change);
}

}  // namespace cityid
