#include "ledger/consortium/registry.h"

#include <algorithm>
#include <map>

#include "ledger/consortium/inbox_rules.h"
#include "ledger/proof/policy_chain.h"

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

bool IsOfficial(const std::vector<Signer>& signers) {
  return std::ranges::any_of(signers,
                             [](const Signer& signer) { return signer.role == Role::kInstitute; });
}

/// A page of applications ends after so many bytes of records.
constexpr std::size_t kPageBytes = 192 * 1024;
constexpr std::size_t kMostConflicts = 64;  // that are named of one application

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
  if (const auto loaded = registry->LoadRefusals(); !loaded) return loaded.error();
  if (const auto hashed = registry->OpenClients(inbox / "clients.key"); !hashed)
    return hashed.error();
  if (const auto places = registry->sequencer_.ReadPlaces(); !places) return places.error();
  if (confirmed) {
    registry->confirmed_ = std::move(confirmed);
    registry->standing_ = Standing::Kind::kUnconfirmed;
    registry->waited_ = Waited{"unconfirmed: its witnesses have not been asked yet", now,
                               Standing::Kind::kUnconfirmed};
  }
  return registry;
}

Result<void> Registry::Load() {
  const auto view = replica_->Read();
  if (!view) return view.error();
  const auto version = PolicyVersion(*view);
  if (!version) return version.error();
  loaded_policy_ = *version;
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
    const auto known = waiting_.find(id);
    // One that was complete, and that the rules refuse by now, is told so when its turn comes.
    const bool complete = judgement ? FinalSigners(judgement->requirement, signers).has_value()
                                    : known != waiting_.end() && known->second.complete;
    const bool supported = complete || (judgement && Supported(judgement->requirement, signers));
    waiting_[id] = {record.subject.value_or(""),
                    record.not_after.value_or(0),
                    supported,
                    complete,
                    IsOfficial(signers),
                    item.received,
                    item.client};
    return true;
  });
  if (!scanned) return scanned;
  return Drop(done);
}

Result<void> Registry::OpenClients(const std::filesystem::path& secret) {
  const auto counts = [](const auto& each) { return each.second.client != 0; };
  const bool used = std::ranges::any_of(waiting_, counts) || std::ranges::any_of(refusals_, counts);
  auto opened = ClientHash::Open(secret, !used);
  if (!opened) return opened.error();
  clients_ = *std::move(opened);
  return {};
}

Result<void> Registry::MakeRoom(const Waiting& waiting, const DraftId& id, sys_seconds now) {
  // It has its room already, unless by its signatures it now waits among others.
  if (const auto known = waiting_.find(id); known != waiting_.end() &&
                                            known->second.supported == waiting.supported &&
                                            known->second.complete == waiting.complete) {
    return {};
  }
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
  // What is complete has room of its own, and what institutes have signed has it, too: so a holder
  // keeps out no suspension.
  const auto same_kind = [&](const Waiting& each) {
    return each.supported == waiting.supported && each.complete == waiting.complete &&
           (!each.complete || each.official == waiting.official);
  };
  if (waiting.complete && !waiting.official && count([&](const Waiting& each) {
                                                 return same_kind(each) &&
                                                        each.subject == waiting.subject;
                                               }) >= limits_.per_subject) {
    return Error{Errc::kBusy, "too many records about " + waiting.subject +
                                  " wait for their place; hand it in when one has it"};
  }
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
  if (const auto put = inbox_.Put({draft, waiting.received, waiting.client}); !put) return put;
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

Result<Requirement> Registry::JudgeSubmission(const LedgerView& view, const Record& record,
                                              sys_seconds now) const {
  if (const auto fit = CheckForInbox(record, now, view.head().rules_time, limits_.longest_wait);
      !fit)
    return fit.error();
  return JudgeForPlace(view, record);
}

Result<Requirement> Registry::JudgeForPlace(const LedgerView& view, const Record& record) const {
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
  if (!draft.is_signed()) return RefusedBy("signer-stranger: nobody with a say in it signed");
  return {};
}

Result<Submission> Registry::Submit(ByteView submitted, sys_seconds now, std::uint64_t client) {
  auto draft = Draft::Parse(submitted);
  if (!draft) return draft.error();
  if (!draft->is_signed()) return Error{Errc::kMalformed, "record: nobody signed"};
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
    if (const auto unpublished = sequencer_.PlaceOf(id))
      return Submission{id, unpublished, false, {}};
    const auto known = waiting_.find(id);
    if (known != waiting_.end() && known->second.complete) return Submission{id, {}, false, {}};
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
                  IsOfficial(signers),
                  now,
                  clients_.Of(client)};
  // To hand it in again doesn't let it wait for longer.
  if (const auto known = waiting_.find(id); known != waiting_.end()) {
    if (!complete) waiting.received = known->second.received;
    waiting.client = known->second.client;
  }
  const auto trouble = complete ? waited() : std::nullopt;
  if (trouble && (trouble->code == Errc::kIo || trouble->code == Errc::kFull))
    return Error{trouble->code, trouble->what};
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
  do {
    const auto done = PublishPending(now);
    if (!done && done.error().code == Errc::kBusy) break;
    if (!done) return done.error();
  } while (has_work());
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
    bytes += draft.payload().size();
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
