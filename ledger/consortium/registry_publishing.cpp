// What a registry's publishing thread does.
#include <algorithm>
#include <tuple>

#include "ledger/consortium/registry.h"
#include "ledger/proof/policy_chain.h"

namespace cityid {
namespace {

using std::chrono::sys_seconds;

constexpr std::size_t kBatch = 256;        // records that are sequenced together
constexpr std::size_t kRemembered = 1024;  // that the rules refused

}  // namespace

std::optional<Waited> Registry::waited() const {
  const std::scoped_lock lock(waited_mutex_);
  return waited_;
}

Standing::Kind Registry::standing() const {
  const std::scoped_lock lock(waited_mutex_);
  return standing_;
}

Result<void> Registry::Keep(Result<void> done, sys_seconds now) {
  const std::scoped_lock lock(waited_mutex_);
  if (done) {
    waited_.reset();
    return done;
  }
  // The time counts from when it began to wait, whatever it waits for by now.
  if (!waited_ || waited_->standing != standing_) waited_ = Waited{"", now, standing_};
  waited_->what = done.error().detail;
  waited_->code = done.error().code;
  return done;
}

Result<void> Registry::AskWhetherConfirmed(const std::stop_token& stop) {
  if (!confirmed_) return {};
  const auto standing = confirmed_(stop);
  const std::scoped_lock lock(waited_mutex_);
  if (!standing) {
    standing_ = Standing::Kind::kUnconfirmed;
    return standing.error();
  }
  standing_ = standing->kind;
  if (standing_ != Standing::Kind::kConfirmed) return Error{Errc::kBusy, standing->waits_for};
  confirmed_ = {};
  return {};
}

Result<void> Registry::PublishPending(sys_seconds now, bool confirm, const std::stop_token& stop) {
  const std::scoped_lock publishing(publishing_);
  const auto published = PublishBatch(now, stop);
  if (!published) return Keep(published.error(), now);
  // A head that was just published has fresh cosignatures.
  return Keep(confirm && !*published ? sequencer_.Confirm(now) : Result<void>(), now);
}

Result<bool> Registry::PublishBatch(sys_seconds now, const std::stop_token& stop) {
  {
    const std::scoped_lock lock(mutex_);
    work_ = false;
  }
  if (const auto may = AskWhetherConfirmed(stop); !may) return may.error();
  const auto waits = sequencer_.Waits();
  if (!waits) return waits.error();
  if (*waits) {
    if (const auto published = sequencer_.Confirm(now); !published) return published.error();
  }
  if (const auto loaded = LoadIfPolicyChanged(); !loaded) return loaded.error();
  const auto records = TakeComplete();
  if (!records) return records.error();
  if (records->empty()) return *waits;
  const auto outcomes = sequencer_.Sequence(*records, now);
  if (!outcomes) return outcomes.error();
  std::vector<DraftId> placed;
  for (std::size_t i = 0; i < records->size(); ++i) {
    const DraftId& id = (*records)[i].verified.draft_id();
    if ((*outcomes)[i].index) placed.push_back(id);
    if (!(*outcomes)[i].refused) continue;
    if (const auto kept = RefuseByRule(id, *(*outcomes)[i].refused); !kept) return kept.error();
  }
  const std::scoped_lock lock(mutex_);
  if (const auto dropped = Drop(placed); !dropped) return dropped.error();
  work_ = true;  // there may be more
  return !placed.empty();
}

Result<void> Registry::LoadIfPolicyChanged() {
  const auto view = replica_->Read();
  if (!view) return view.error();
  const auto version = PolicyVersion(*view);
  if (!version) return version.error();
  const std::scoped_lock lock(mutex_);
  // By another policy others have a say.
  return *version == loaded_policy_ ? Result<void>() : Load();
}

bool Registry::has_work() const {
  const std::scoped_lock lock(mutex_);
  return work_;
}

void Registry::WaitForWork(const std::stop_token& stop, std::chrono::milliseconds longest) {
  std::unique_lock lock(mutex_);
  work_came_.wait_for(lock, stop, longest, [this] { return work_ && !waited(); });
}

Result<std::vector<SignedRecord>> Registry::TakeComplete() {
  // Institutes first, then in the order in which they were complete.
  std::vector<std::tuple<bool, sys_seconds, DraftId>> complete;
  {
    const std::scoped_lock lock(mutex_);
    for (const auto& [id, waiting] : waiting_) {
      if (waiting.complete) complete.emplace_back(!waiting.official, waiting.received, id);
    }
  }
  std::ranges::sort(complete);
  const auto view = replica_->Read();
  if (!view) return view.error();
  std::vector<SignedRecord> records;
  std::vector<DraftId> placed;
  for (const auto& [unofficial, received, id] : complete) {
    if (records.size() == kBatch) break;
    const auto place = view->FindDraft(id);
    if (!place) return place.error();
    if (*place) {
      placed.push_back(id);
      continue;
    }
    auto record = Complete(*view, id);
    if (record) {
      if (*record) records.push_back(**std::move(record));
      continue;
    }
    const Errc code = record.error().code;
    if (code != Errc::kRefused && code != Errc::kUnsupported) return record.error();
    if (const auto kept = RefuseByRule(id, record.error()); !kept) return kept.error();
  }
  const std::scoped_lock lock(mutex_);
  if (const auto dropped = Drop(placed); !dropped) return dropped.error();
  return records;
}

Result<std::optional<SignedRecord>> Registry::Complete(const LedgerView& view, const DraftId& id) {
  auto item = inbox_.Find(id);
  if (!item) return item.error();
  if (!*item) return std::optional<SignedRecord>();
  Draft& draft = (*item)->draft;
  const auto requirement = JudgeForPlace(view, draft.record());
  if (!requirement) return requirement.error();
  const auto chosen = FinalSigners(*requirement, draft.signers());
  if (!chosen) {
    // By a policy that came in between it needs others.
    const std::scoped_lock lock(mutex_);
    if (const auto found = waiting_.find(id); found != waiting_.end())
      found->second.complete = false;
    return std::optional<SignedRecord>();
  }
  draft.KeepSigners(
      [&](const Signer& signer) { return std::ranges::find(*chosen, signer) != chosen->end(); });
  auto record = std::move(draft).Finish();
  if (!record) return record.error().In("inbox");
  return std::optional(*std::move(record));
}

Result<void> Registry::RefuseByRule(const DraftId& id, const Error& rule) {
  const std::scoped_lock lock(mutex_);
  if (const auto dropped = Drop({id}); !dropped) return dropped;
  if (!refused_.insert_or_assign(id, rule.detail).second) return {};
  refused_order_.push_back(id);
  if (refused_order_.size() <= kRemembered) return {};
  refused_.erase(refused_order_.front());
  refused_order_.pop_front();
  return {};
}

}  // namespace cityid
