#include "ledger/consortium/registry.h"

#include <algorithm>
#include <map>

#include "ledger/consortium/inbox_rules.h"

namespace cityid {
namespace {

using std::chrono::seconds;
using std::chrono::sys_seconds;

/// Returns true if a party with a say has signed, not only new keys.
bool Supported(const Requirement& requirement, const std::vector<Signer>& signers) {
  return std::ranges::any_of(signers, [&](const Signer& signer) {
    return signer.role != Role::kNewKey && HasASay(requirement, signer);
  });
}

/// A page of applications ends after so many bytes of records.
constexpr std::size_t kPageBytes = 192 * 1024;
constexpr std::size_t kMostConflicts = 64;  // that are named of one application
constexpr std::size_t kBatch = 256;         // records that are sequenced together
constexpr std::size_t kRemembered = 1024;   // that the rules refused

Result<Judgement> JudgeNow(const LedgerView& view, const Record& record) {
  return Judge(view, record, {{view.head().size.value, RecordHash{}}, view.head().rules_time});
}

}  // namespace

Result<std::unique_ptr<Registry>> Registry::Open(const std::filesystem::path& inbox,
                                                 Replica& replica, Publish publish,
                                                 const RegistryLimits& limits, Confirmed confirmed,
                                                 sys_seconds now) {
  auto opened = Inbox::Open(inbox);
  if (!opened) return opened.error();
  std::unique_ptr<Registry> registry(
      new Registry(*std::move(opened), replica, std::move(publish), limits));
  if (const auto loaded = registry->Load(); !loaded) return loaded.error();
  if (confirmed) {
    registry->confirmed_ = std::move(confirmed);
    registry->standing_ = Standing::Kind::kUnconfirmed;
    registry->waited_ = Waited{"unconfirmed: its witnesses have not been asked yet", now,
                               Standing::Kind::kUnconfirmed};
  }
  return registry;
}

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
  return done;
}

Result<void> Registry::AskWhetherConfirmed() {
  if (!confirmed_) return {};
  const auto standing = confirmed_();
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

Result<void> Registry::Load() {
  const auto view = replica_->Read();
  if (!view) return view.error();
  std::vector<DraftId> done;
  const auto scanned = inbox_.Scan({}, [&](const Inbox::Item& item) -> Result<bool> {
    const DraftId& id = item.draft.id();
    const auto place = view->FindDraft(id);
    if (!place) return place.error();
    if (*place) {
      // It was sequenced, and the machine stopped before it was removed.
      done.push_back(id);
      return true;
    }
    const Record& record = item.draft.record();
    const std::vector<Signer> signers = item.draft.signers();
    const auto judgement = JudgeNow(*view, record);
    const bool supported = judgement && Supported(judgement->requirement, signers);
    const bool complete = judgement && FinalSigners(judgement->requirement, signers).has_value();
    waiting_[id] = {record.subject.value_or(""), record.not_after.value_or(0), supported, complete,
                    item.received};
    return true;
  });
  if (!scanned) return scanned;
  return Drop(done);
}

Result<void> Registry::MakeRoom(const Waiting& waiting, const DraftId& id, sys_seconds now) {
  if (waiting_.contains(id)) return {};
  if (const auto dropped = Drop(WaitedTooLong(waiting_, limits_, now)); !dropped) return dropped;
  const auto count = [&](const auto& counts) {
    return static_cast<std::size_t>(
        std::ranges::count_if(waiting_, [&](const auto& each) { return counts(each.second); }));
  };
  const auto same_subject = [&] {
    return count(
        [&](const Waiting& each) { return !each.supported && each.subject == waiting.subject; });
  };
  if (!waiting.supported && same_subject() >= limits_.per_subject) {
    if (const auto dropped = DropRefused(waiting.subject); !dropped) return dropped.error();
    if (same_subject() >= limits_.per_subject)
      return Error{Errc::kBusy,
                   "too many applications for " + waiting.subject + " are waiting already"};
  }
  if (!waiting.supported && waiting.client != 0 &&
      CountOfClient(waiting_, waiting.client) >= limits_.per_client) {
    return Error{Errc::kBusy,
                 "too many applications from your address wait for a signature of somebody with a "
                 "say"};
  }
  // What is complete has room of its own: nobody keeps out a suspension.
  const auto same_kind = [&](const Waiting& each) {
    return each.supported == waiting.supported && each.complete == waiting.complete;
  };
  if (count(same_kind) < limits_.applications) return {};
  const auto leaves = waiting.complete ? std::nullopt : WhoLeaves(waiting_, waiting);
  if (!leaves) return Error{Errc::kBusy, "the inbox is full; try again later"};
  return Drop({*leaves});
}

Result<std::size_t> Registry::DropRefused(const std::string& subject) {
  const auto view = replica_->Read();
  if (!view) return view.error();
  std::vector<DraftId> refused;
  for (const auto& [id, waiting] : waiting_) {
    if (waiting.subject != subject || waiting.supported) continue;
    const auto item = inbox_.Find(id);
    if (!item) return item.error();
    if (!*item || !JudgeNow(*view, (*item)->draft.record())) refused.push_back(id);
  }
  if (const auto dropped = Drop(refused); !dropped) return dropped.error();
  return refused.size();
}

Result<void> Registry::Store(const Draft& draft, const Waiting& waiting) {
  if (const auto put = inbox_.Put({draft, waiting.received}); !put) return put;
  waiting_[draft.id()] = waiting;
  return {};
}

Result<void> Registry::Drop(const std::vector<DraftId>& ids) {
  if (const auto removed = inbox_.Remove(ids); !removed) return removed;
  for (const DraftId& id : ids) waiting_.erase(id);
  return {};
}

Result<std::size_t> Registry::DropUnsupported(
    const std::function<bool(const DraftId&, const Waiting&)>& drops) {
  const std::scoped_lock lock(mutex_);
  std::vector<DraftId> dropped;
  for (const auto& [id, waiting] : waiting_) {
    if (!waiting.supported && drops(id, waiting)) dropped.push_back(id);
  }
  if (const auto done = Drop(dropped); !done) return done.error();
  return dropped.size();
}

Result<void> Registry::PublishPending(sys_seconds now) {
  const std::scoped_lock publishing(publishing_);
  return Keep(PublishAndSequence(now), now);
}

Result<void> Registry::Confirm(sys_seconds now) {
  const std::scoped_lock publishing(publishing_);
  auto may = AskWhetherConfirmed();
  return Keep(may ? sequencer_.Confirm(now) : std::move(may), now);
}

Result<void> Registry::PublishAndSequence(sys_seconds now) {
  {
    const std::scoped_lock lock(mutex_);
    work_ = false;
  }
  if (const auto may = AskWhetherConfirmed(); !may) return may;
  const auto waits = sequencer_.Waits();
  if (!waits) return waits.error();
  if (*waits) {
    if (const auto published = sequencer_.Confirm(now); !published) return published;
  }
  while (true) {
    const auto records = TakeComplete(now);
    if (!records) return records.error();
    if (records->empty()) return {};
    const auto outcomes = sequencer_.Sequence(*records, now);
    if (!outcomes) return outcomes.error();
    std::vector<DraftId> placed;
    for (std::size_t i = 0; i < records->size(); ++i) {
      const DraftId& id = (*records)[i].verified.draft_id();
      if ((*outcomes)[i].index) placed.push_back(id);
      if (!(*outcomes)[i].refused) continue;
      if (const auto kept = RefuseByRule(id, *(*outcomes)[i].refused); !kept) return kept;
    }
    const std::scoped_lock lock(mutex_);
    if (const auto dropped = Drop(placed); !dropped) return dropped;
  }
}

void Registry::WaitForWork(const std::stop_token& stop, std::chrono::milliseconds longest) {
  std::unique_lock lock(mutex_);
  work_came_.wait_for(lock, stop, longest, [this] { return work_ && !waited(); });
}

Result<std::vector<SignedRecord>> Registry::TakeComplete(sys_seconds now) {
  std::vector<std::pair<sys_seconds, DraftId>> complete;
  {
    const std::scoped_lock lock(mutex_);
    for (const auto& [id, waiting] : waiting_) {
      if (waiting.complete) complete.emplace_back(waiting.received, id);
    }
  }
  std::ranges::sort(complete);
  const auto view = replica_->Read();
  if (!view) return view.error();
  std::vector<SignedRecord> records;
  std::vector<DraftId> placed;
  for (const auto& [received, id] : complete) {
    if (records.size() == kBatch) break;
    const auto place = view->FindDraft(id);
    if (!place) return place.error();
    if (*place) {
      placed.push_back(id);
      continue;
    }
    auto record = Complete(*view, id, now);
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

Result<std::optional<SignedRecord>> Registry::Complete(const LedgerView& view, const DraftId& id,
                                                       sys_seconds now) {
  auto item = inbox_.Find(id);
  if (!item) return item.error();
  if (!*item) return std::optional<SignedRecord>();
  Draft& draft = (*item)->draft;
  const auto requirement = JudgeSubmission(view, draft.record(), now);
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

Result<Requirement> Registry::JudgeSubmission(const LedgerView& view, const Record& record,
                                              sys_seconds now) const {
  if (const auto fit = CheckForInbox(record, now, view.head().rules_time, limits_.longest_wait);
      !fit)
    return fit.error();
  if (const auto change = CheckPolicyChange(view, record, publishes_); !change)
    return change.error();
  auto judgement = JudgeNow(view, record);
  if (!judgement) return judgement.error();
  if (const auto known = CheckRulesVersion(record); !known) return known.error();
  return std::move(judgement->requirement);
}

Result<void> Registry::Gather(Draft& draft, const Requirement& requirement) const {
  const auto stored = inbox_.Find(draft.id());
  if (!stored) return stored.error();
  if (*stored) {
    if (const auto merged = draft.Merge((*stored)->draft); !merged) return merged;
  }
  // Anybody could add signatures, and with those of parties without a say the rules would refuse
  // it.
  draft.KeepSigners([&](const Signer& signer) { return HasASay(requirement, signer); });
  if (draft.signers().empty()) return RefusedBy("signer-stranger: nobody with a say in it signed");
  return {};
}

Result<Submission> Registry::Submit(ByteView submitted, sys_seconds now, std::uint64_t client) {
  auto draft = Draft::Parse(submitted);
  if (!draft) return draft.error();
  if (draft->signers().empty()) return Error{Errc::kMalformed, "record: nobody signed"};
  if (const auto verified = draft->Verify(); !verified) return verified.error();
  const DraftId id = draft->id();
  if (standing() == Standing::Kind::kUnconfirmed) {
    const auto why = waited();
    return Error{Errc::kBusy,
                 "this registry takes nothing in yet: " + (why ? why->what : std::string())};
  }

  const std::scoped_lock lock(mutex_);
  std::optional<Requirement> requirement;
  sys_seconds time;
  {
    const auto view = replica_->Read();
    if (!view) return view.error();
    time = std::max(now, view->head().rules_time);
    const auto place = view->FindDraft(id);
    if (!place) return place.error();
    if (*place) {
      if (waiting_.contains(id)) {
        if (const auto dropped = Drop({id}); !dropped) return dropped.error();
      }
      return Submission{id, *place, true, {}};
    }
    const auto known = waiting_.find(id);
    if (known != waiting_.end() && known->second.complete)
      return Submission{id, sequencer_.PlaceOf(id), false, {}};
    const auto refused = FindRefused(*view, id);
    if (!refused) return refused.error();
    if (*refused) return RefusedBy("inbox-refused: it was " + *(*refused)->refused);
    auto judged = JudgeSubmission(*view, draft->record(), now);
    if (!judged) return judged.error();
    requirement = *std::move(judged);
  }
  if (const auto gathered = Gather(*draft, *requirement); !gathered) return gathered.error();
  const std::vector<Signer> signers = draft->signers();
  const bool complete = FinalSigners(*requirement, signers).has_value();
  const Record& record = draft->record();
  Waiting waiting{record.subject.value_or(""),
                  *record.not_after,
                  complete || Supported(*requirement, signers),
                  complete,
                  now,
                  clients_.Of(client)};
  // To hand it in again doesn't let it wait for longer.
  if (const auto known = waiting_.find(id); known != waiting_.end()) {
    waiting.received = known->second.received;
    waiting.client = known->second.client;
  }
  if (const auto room = MakeRoom(waiting, id, time); !room) return room.error();
  if (const auto done = Store(*draft, waiting); !done) return done.error();
  if (!complete) return Submission{id, std::nullopt, false, MissingSigners(*requirement, signers)};
  work_ = true;
  work_came_.notify_all();
  return Submission{id, {}, false, {}};
}

Result<Submission> Registry::SubmitAndPublish(ByteView entry, sys_seconds now) {
  auto submission = Submit(entry, now);
  if (!submission || submission->index || !submission->missing.none()) return submission;
  if (const auto done = PublishPending(now); !done && done.error().code != Errc::kBusy)
    return done.error();
  const auto state = StateOf(submission->id);
  if (!state) return state.error();
  if (*state && (*state)->refused) return Error{Errc::kRefused, *(*state)->refused};
  if (*state) submission->index = (*state)->index;
  submission->published = *state && (*state)->state == kSequenced;
  return submission;
}

Result<ApplicationPage> Registry::List(const std::optional<DraftId>& from,
                                       std::size_t count) const {
  const std::scoped_lock lock(mutex_);
  const auto view = replica_->Read();
  if (!view) return view.error();
  ApplicationPage page;
  std::size_t bytes = 0;
  const auto scanned = inbox_.Scan(from, [&](const Inbox::Item& item) {
    const Draft& draft = item.draft;
    if (sequencer_.PlaceOf(draft.id())) return true;  // it waits only to be public
    if (page.applications.size() == count || bytes > kPageBytes) {
      page.next = draft.id();
      return false;
    }
    bytes += draft.size();
    Application application{draft.id(), draft.record(), draft.signers(), item.received, {}, {}, {}};
    const auto judgement = JudgeNow(*view, application.record);
    if (judgement)
      application.missing = MissingSigners(judgement->requirement, application.signers);
    if (!judgement) application.refused = judgement.error();
    page.applications.push_back(std::move(application));
    return true;
  });
  if (!scanned) return scanned.error();
  AddConflicts(page.applications);
  return page;
}

void Registry::AddConflicts(std::vector<Application>& applications) const {
  std::map<std::string, std::vector<Application*>> listed;
  for (Application& application : applications) {
    if (application.record.subject) listed[*application.record.subject].push_back(&application);
  }
  for (const auto& [id, other] : waiting_) {
    const auto found = listed.find(other.subject);
    if (found == listed.end()) continue;
    for (Application* application : found->second) {
      if (application->id != id && application->conflicts.size() < kMostConflicts)
        application->conflicts.push_back(id);
    }
  }
}

Result<std::optional<Bytes>> Registry::Find(const DraftId& id) const {
  const auto item = inbox_.Find(id);
  if (!item) return item.error();
  if (!*item) return std::optional<Bytes>();
  auto entry = (*item)->draft.Write();
  if (!entry) return entry.error();
  return std::optional(*std::move(entry));
}

}  // namespace cityid
