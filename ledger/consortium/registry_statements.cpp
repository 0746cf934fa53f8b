// The registry's statements: applications that are withdrawn or rejected (docs/ledger-format.md 7).
#include <algorithm>

#include "codec/record_text.h"
#include "codec/time_text.h"
#include "ledger/consortium/registry.h"

namespace cityid {
namespace {

/// Returns the application that a statement is about; null for a kind that is about none.
const DraftId* DraftOf(const Statement& statement) {
  return std::visit(
      [](const auto& body) -> const DraftId* {
        if constexpr (requires { body.draft; }) {
          return &body.draft;
        } else {
          return nullptr;
        }
      },
      statement.body);
}

/// Returns what an application is after a statement of this kind.
std::string_view StateAfter(const StatementBody& body) {
  return std::holds_alternative<Reject>(body) ? "rejected" : "withdrawn";
}

/// Returns the name of an institute, or the role and first digits of any other key.
std::string SignerName(const Policy& policy, const Signer& signer) {
  const auto institute = std::ranges::find(policy.institutes, signer.key, &Institute::record_key);
  if (signer.role == Role::kInstitute && institute != policy.institutes.end())
    return institute->name;
  return std::string(Name(signer.role)) + " " + Hex(signer.key).substr(0, 16);
}

std::string Words(const Policy& policy, const VerifiedStatement& verified) {
  const StatementBody& body = verified.statement().body;
  std::string words(StateAfter(body));
  words += " by " + SignerName(policy, verified.signers().front());
  if (const auto* reject = std::get_if<Reject>(&body)) words += ": " + reject->reason;
  return words;
}

/// Refuses a rejection by anybody but institutes, and one without a reason for people.
Result<void> CheckSigned(const Reject& reject, const Policy& policy,
                         const std::vector<Signer>& signers, const std::vector<Signer>&) {
  for (const Signer& signer : signers) {
    const bool member = std::ranges::find(policy.institutes, signer.key, &Institute::record_key) !=
                        policy.institutes.end();
    if (signer.role != Role::kInstitute || !member)
      return RefusedBy("signer-stranger: only an institute rejects an application");
  }
  if (!IsPlainText(reject.reason))
    return RefusedBy("reject-reason: empty, too long, or with control characters");
  if (const auto text = CheckRecordText(reject.reason, TextKind::kWords); !text)
    return RefusedBy("reject-reason: " + text.error().detail);
  return {};
}

/// Refuses a withdrawal by anybody but those who signed the application when it came first.
Result<void> CheckSigned(const Withdraw&, const Policy&, const std::vector<Signer>& signers,
                         const std::vector<Signer>& makers) {
  for (const Signer& signer : signers) {
    if (std::ranges::find(makers, signer) == makers.end())
      return RefusedBy("signer-stranger: only who made an application withdraws it");
  }
  return {};
}

}  // namespace

Result<void> Registry::CheckStatement(const VerifiedStatement& verified, const DraftId& id) const {
  const auto view = replica_->Read();
  if (!view) return view.error();
  const auto policy = PolicyInForce(*view);
  if (!policy) return policy.error();
  const Statement& statement = verified.statement();
  if (statement.log != policy->log) return RefusedBy("log: the statement is about another log");
  const auto waiting = waiting_.find(id);
  if (waiting == waiting_.end()) return Error{Errc::kNotFound, "no such application waits"};
  if (waiting->second.complete)
    return RefusedBy("complete: it has every signature and waits only for its place");
  const auto makers = inbox_.Makers(id);
  if (!makers) return makers.error();
  return std::visit(
      [&](const auto& body) -> Result<void> {
        if constexpr (requires { body.draft; }) {
          return CheckSigned(body, policy->policy, verified.signers(), *makers);
        } else {
          return {};
        }
      },
      statement.body);
}

Result<void> Registry::LoadRefusals() {
  return inbox_.ScanRefusals([&](const Inbox::Refusal& refusal) -> Result<bool> {
    // The signatures were verified when it was stored.
    const auto claimed = ClaimedStatement(refusal.statement);
    if (!claimed) return Error{Errc::kCorrupt, "inbox: a statement can't be read"};
    refusals_[refusal.draft] = {refusal.not_after, claimed->body.index(), refusal.client};
    return true;
  });
}

Result<std::vector<DraftId>> Registry::RoomForRefusal(const KeptRefusal& refusal,
                                                      std::chrono::sys_seconds now) const {
  std::vector<DraftId> expired;
  std::size_t same_kind = 0;
  std::size_t same_client = 0;
  const auto time = SecondsOf(now);
  for (const auto& [id, kept] : refusals_) {
    if (kept.not_after < time) {
      expired.push_back(id);
    } else if (kept.kind == refusal.kind) {
      ++same_kind;
      if (kept.client == refusal.client) ++same_client;
    }
  }
  if (same_kind >= limits_.refusals)
    return Error{Errc::kBusy, "too many applications were withdrawn or rejected; try again later"};
  if (refusal.client != 0 && same_client >= limits_.per_client)
    return Error{Errc::kBusy,
                 "too many applications were withdrawn from your address; try again later"};
  return expired;
}

Result<ApplicationState> Registry::TakeStatement(ByteView bytes, std::chrono::sys_seconds now,
                                                 std::uint64_t client) {
  const auto verified = VerifyStatement(bytes);
  if (!verified) return verified.error();
  const DraftId* about = DraftOf(verified->statement());
  if (about == nullptr) return RefusedBy("kind: a registry takes no such statement");
  const DraftId& id = *about;
  const std::scoped_lock lock(mutex_);
  if (const auto checked = CheckStatement(*verified, id); !checked) return checked.error();
  const StatementBody& body = verified->statement().body;
  // Only institutes reject, so nobody else counts.
  const std::uint64_t counted = std::holds_alternative<Withdraw>(body) ? clients_.Of(client) : 0;
  const KeptRefusal kept{waiting_.at(id).not_after, body.index(), counted};
  const auto expired = RoomForRefusal(kept, now);
  if (!expired) return expired.error();
  const auto refused = inbox_.Refuse({id, kept.not_after, ToBytes(bytes), counted}, *expired);
  if (!refused) return refused.error();
  for (const DraftId& old : *expired) refusals_.erase(old);
  refusals_[id] = kept;
  waiting_.erase(id);
  return ApplicationState{{}, {}, StateAfter(body)};
}

Result<std::optional<ApplicationState>> Registry::FindRefused(const LedgerView& view,
                                                              const DraftId& id) const {
  const auto refusal = inbox_.FindRefusal(id);
  if (!refusal) return refusal.error();
  if (!*refusal) return std::optional<ApplicationState>();
  const auto verified = VerifyStatement((*refusal)->statement);
  if (!verified) return Error{Errc::kCorrupt, "inbox: a statement can't be read"};
  const auto policy = PolicyInForce(view);
  if (!policy) return policy.error();
  return std::optional(ApplicationState{
      {}, Words(policy->policy, *verified), StateAfter(verified->statement().body)});
}

Result<std::optional<ApplicationState>> Registry::StateOf(const DraftId& id) const {
  // A record leaves the inbox after it came into the ledger, so the ledger is read under the lock.
  const std::scoped_lock lock(mutex_);
  const auto view = replica_->Read();
  if (!view) return view.error();
  const auto place = view->FindDraft(id);
  if (!place) return place.error();
  if (*place) return std::optional(ApplicationState{**place, {}, kSequenced});
  if (const auto unpublished = sequencer_.PlaceOf(id))
    return std::optional(ApplicationState{unpublished, {}, "unpublished"});
  if (waiting_.contains(id)) return std::optional(ApplicationState{{}, {}, "waiting"});
  if (const auto rule = refused_.find(id); rule != refused_.end())
    return std::optional(ApplicationState{{}, rule->second, "refused"});
  return FindRefused(*view, id);
}

Result<std::optional<Bytes>> Registry::FindStatement(const DraftId& id) const {
  auto refusal = inbox_.FindRefusal(id);
  if (!refusal) return refusal.error();
  if (!*refusal) return std::optional<Bytes>();
  return std::optional(std::move((*refusal)->statement));
}

}  // namespace cityid
