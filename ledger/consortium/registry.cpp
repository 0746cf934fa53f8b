#include "ledger/consortium/registry.h"

#include <algorithm>
#include <future>

#include "codec/address.h"
#include "ledger/proof/trust.h"
#include "ledger/store/tables.h"

namespace cityid {
namespace {

using std::chrono::seconds;
using std::chrono::sys_seconds;

constexpr std::size_t kInboxMap = std::size_t{2} << 30;
constexpr std::size_t kTimeSize = 8;

Error Refusal(std::string rule) { return Error{Errc::kRefused, std::move(rule)}; }

/// Before each entry of the inbox stands the time at which it came, 8 bytes, big-endian.
Bytes StoredValue(sys_seconds received, ByteView entry) {
  Bytes value = NumberKey(static_cast<std::uint64_t>(received.time_since_epoch().count()));
  value.insert(value.end(), entry.begin(), entry.end());
  return value;
}

sys_seconds ReceivedAt(ByteView value) {
  const std::uint64_t time = ReadIndex(value.first(kTimeSize)).value;
  return sys_seconds(seconds(static_cast<std::int64_t>(time)));
}

const std::vector<Endpoint>* EndpointsOf(const Record& record) {
  if (const auto* assign = std::get_if<Assign>(&record.body)) return &assign->holding.endpoints;
  if (const auto* update = std::get_if<Update>(&record.body)) return &update->holding.endpoints;
  return nullptr;
}

/// What the inbox asks of a record beyond the rules.
Result<void> CheckManners(const Record& record, sys_seconds now, seconds longest_wait) {
  if (!record.not_after)
    return Refusal("inbox-not-after: an application says how long it may wait");
  const sys_seconds not_after(seconds(
      static_cast<std::int64_t>(std::min<std::uint64_t>(*record.not_after, INT64_MAX / 2))));
  if (not_after < now) return Refusal("inbox-not-after: it is too late for this record");
  if (not_after > now + longest_wait)
    return Refusal("inbox-not-after: no application may wait that long");
  if (const auto* endpoints = EndpointsOf(record)) {
    for (const Endpoint& endpoint : *endpoints) {
      if (!IsPublicAddress(endpoint.href))
        return Refusal("inbox-address: '" + endpoint.href + "' is not on the public internet");
    }
  }
  return {};
}

/// A change of the policy whose first checkpoint could never be published would stop the ledger.
Result<void> CheckChange(const LedgerView& view, const Record& record) {
  const auto* change = std::get_if<PolicyChange>(&record.body);
  if (change == nullptr) return {};
  const auto policy = FindPolicy(view);
  if (!policy) return policy.error();
  if (!*policy) return {};
  const std::size_t lines = LinesOfChange((*policy)->policy, change->policy);
  if (lines <= kMaxNoteSignatures) return {};
  return Refusal("inbox-policy: its first checkpoint would need " + std::to_string(lines) +
                 " signatures of the old and the new policy, and notes have at most " +
                 std::to_string(kMaxNoteSignatures) + "; change it in steps");
}

bool Supported(const Requirement& requirement, const std::vector<Signer>& signers) {
  return std::ranges::any_of(signers, [&](const Signer& signer) {
    return signer.role != Role::kNewKey && HasASay(requirement, signer);
  });
}

Result<Judgement> JudgeNow(const LedgerView& view, const Record& record) {
  return Judge(view, record, {{view.head().size.value, RecordHash{}}, view.head().rules_time});
}

}  // namespace

Result<std::unique_ptr<Registry>> Registry::Open(const std::filesystem::path& inbox,
                                                 Replica& replica, Publish publish,
                                                 const RegistryLimits& limits) {
  auto db = Lmdb::Open(inbox, Lmdb::Mode::kCreate, {Table::kInbox}, kInboxMap);
  if (!db) return db.error();
  std::unique_ptr<Registry> registry(
      new Registry(*std::move(db), replica, std::move(publish), limits));
  if (const auto loaded = registry->Load(); !loaded) return loaded.error();
  return registry;
}

Result<void> Registry::Load() {
  const auto view = replica_->Read();
  if (!view) return view.error();
  std::vector<DraftId> done;
  std::optional<Error> error;
  {
    const auto transaction = inbox_.Read();
    if (!transaction) return transaction.error();
    const auto scanned = transaction->Scan(Table::kInbox, {}, [&](ByteView key, ByteView value) {
      const auto id = DraftId::From(key);
      const auto draft = ParseDraft(value.subspan(std::min(kTimeSize, value.size())));
      if (!id || !draft) {
        error = Error{Errc::kCorrupt, "inbox: an application can't be read"};
        return false;
      }
      // Sequenced, and then the machine stopped before it was taken out of here.
      const auto place = view->FindDraft(*id);
      if (!place) {
        error = place.error();
        return false;
      }
      if (*place) {
        done.push_back(*id);
        return true;
      }
      const Record& record = draft->claimed.record;
      const auto judgement = JudgeNow(*view, record);
      const bool supported = judgement && Supported(judgement->requirement, draft->claimed.signers);
      const bool complete =
          judgement && FinalSigners(judgement->requirement, draft->claimed.signers).has_value();
      waiting_[*id] = {record.subject.value_or(""), record.not_after.value_or(0), supported,
                       complete};
      return true;
    });
    if (!scanned) return scanned;
    if (error) return *error;
  }
  return Drop(done);
}

Result<void> Registry::MakeRoom(const Waiting& waiting, const DraftId& id, sys_seconds now) {
  if (waiting_.contains(id)) return {};
  std::vector<DraftId> expired;
  std::size_t same_kind = 0;
  std::size_t same_subject = 0;
  for (const auto& [other, entry] : waiting_) {
    if (sys_seconds(seconds(static_cast<std::int64_t>(entry.not_after))) < now) {
      expired.push_back(other);
      continue;
    }
    if (entry.supported == waiting.supported) ++same_kind;
    if (entry.subject == waiting.subject && !entry.supported) ++same_subject;
  }
  if (const auto dropped = Drop(expired); !dropped) return dropped;
  if (!waiting.supported && same_subject >= limits_.per_subject) {
    const auto dropped = DropRefused(waiting.subject);
    if (!dropped) return dropped.error();
    same_subject -= *dropped;
    same_kind -= *dropped;
  }
  if (same_kind >= limits_.applications) {
    return Error{Errc::kBusy, "the inbox is full; try again later"};
  }
  if (!waiting.supported && same_subject >= limits_.per_subject) {
    return Error{Errc::kBusy,
                 "too many applications for " + waiting.subject + " are waiting already"};
  }
  return {};
}

Result<std::size_t> Registry::DropRefused(const std::string& subject) {
  const auto view = replica_->Read();
  if (!view) return view.error();
  std::vector<DraftId> refused;
  for (const auto& [id, waiting] : waiting_) {
    if (waiting.subject != subject || waiting.supported) continue;
    const auto entry = Find(id);
    if (!entry) return entry.error();
    const auto draft = ParseDraft(entry->value_or(Bytes()));
    if (!draft || !JudgeNow(*view, draft->claimed.record)) refused.push_back(id);
  }
  if (const auto dropped = Drop(refused); !dropped) return dropped.error();
  return refused.size();
}

Result<void> Registry::Store(const DraftId& id, const Waiting& waiting, ByteView entry,
                             sys_seconds now) {
  auto transaction = inbox_.Write();
  if (!transaction) return transaction.error();
  const auto put = transaction->Put(Table::kInbox, id.view(), StoredValue(now, entry));
  if (!put) return put;
  if (const auto committed = std::move(*transaction).Commit(); !committed) return committed;
  waiting_[id] = waiting;
  return {};
}

Result<void> Registry::Drop(const std::vector<DraftId>& ids) {
  if (ids.empty()) return {};
  auto transaction = inbox_.Write();
  if (!transaction) return transaction.error();
  for (const DraftId& id : ids) {
    if (const auto removed = transaction->Remove(Table::kInbox, id.view()); !removed)
      return removed;
  }
  if (const auto committed = std::move(*transaction).Commit(); !committed) return committed;
  for (const DraftId& id : ids) waiting_.erase(id);
  return {};
}

Result<void> Registry::GoOn(sys_seconds now) {
  const auto waits = sequencer_.Waits();
  if (!waits) return waits.error();
  if (*waits) {
    if (const auto published = sequencer_.Confirm(now); !published) return published;
  }
  std::vector<DraftId> complete;
  {
    const std::scoped_lock lock(mutex_);
    for (const auto& [id, waiting] : waiting_) {
      if (waiting.complete) complete.push_back(id);
    }
  }
  // Handed in at once, so that they share batches.
  constexpr std::size_t kAtOnce = 32;
  for (std::size_t start = 0; start < complete.size(); start += kAtOnce) {
    std::vector<std::future<Result<void>>> submissions;
    for (std::size_t i = start; i < std::min(start + kAtOnce, complete.size()); ++i) {
      submissions.push_back(std::async(
          std::launch::async, [this, now, id = complete[i]] { return SubmitAgain(id, now); }));
    }
    std::optional<Error> error;
    for (auto& submission : submissions) {
      if (const auto done = submission.get(); !done) error = done.error();
    }
    if (error) return *error;
  }
  return {};
}

Result<void> Registry::SubmitAgain(const DraftId& id, sys_seconds now) {
  const auto entry = Find(id);
  if (!entry) return entry.error();
  if (!*entry) return {};
  const auto submitted = Submit(**entry, now);
  if (submitted) return {};
  const Errc code = submitted.error().code;
  if (code != Errc::kRefused && code != Errc::kUnsupported) return submitted.error();
  // The rules refuse it by now: nobody waits for it any more.
  const std::scoped_lock lock(mutex_);
  return Drop({id});
}

/// A record with all signatures. If an earlier batch stands in its way it waits in the inbox.
Result<Submission> Registry::Sequence(const DraftId& id, const Waiting& waiting, ByteView entry,
                                      sys_seconds now) {
  const auto outcome = sequencer_.Sequence(id, entry, now);
  if (!outcome) return outcome.error();
  const std::scoped_lock lock(mutex_);
  if (!outcome->index && !outcome->refused) {
    if (const auto stored = Store(id, waiting, entry, now); !stored) return stored.error();
    return Submission{id, {}, false, {}};
  }
  if (waiting_.contains(id)) {
    if (const auto dropped = Drop({id}); !dropped) return dropped.error();
  }
  if (outcome->refused) return *outcome->refused;
  return Submission{id, outcome->index, outcome->published, {}};
}

Result<Submission> Registry::Submit(ByteView submitted, sys_seconds now) {
  const auto verified = VerifyRecord(submitted);
  if (!verified) return verified.error();
  const DraftId id = verified->draft_id();
  const Record& record = verified->record();

  std::unique_lock lock(mutex_);
  std::optional<Judgement> judgement;
  Bytes entry(submitted.begin(), submitted.end());
  {
    const auto view = replica_->Read();
    if (!view) return view.error();
    const auto place = view->FindDraft(id);
    if (!place) return place.error();
    if (*place) {
      if (waiting_.contains(id)) {
        if (const auto dropped = Drop({id}); !dropped) return dropped.error();
      }
      return Submission{id, *place, true, {}};
    }
    if (const auto manners = CheckManners(record, now, limits_.longest_wait); !manners)
      return manners.error();
    if (const auto change = CheckChange(*view, record); !change) return change.error();
    auto judged = JudgeNow(*view, record);
    if (!judged) return judged.error();
    if (const auto known = CheckRulesVersion(record); !known) return known.error();
    judgement = *std::move(judged);
  }
  {
    const auto transaction = inbox_.Read();
    if (!transaction) return transaction.error();
    const auto stored = transaction->Get(Table::kInbox, id.view());
    if (!stored) return stored.error();
    if (*stored) {
      auto merged = MergeSignatures(entry, (*stored)->subspan(kTimeSize));
      if (!merged) return merged.error();
      entry = *std::move(merged);
    }
  }
  // Signatures of people without a say would spoil the record: anybody could add them.
  const Requirement& requirement = judgement->requirement;
  auto kept =
      KeepSignatures(entry, [&](const Signer& signer) { return HasASay(requirement, signer); });
  if (!kept) return kept.error();
  const auto draft = ParseDraft(*kept);
  if (!draft) return draft.error();
  const std::vector<Signer>& signers = draft->claimed.signers;
  if (signers.empty()) return Refusal("signer-stranger: nobody with a say in it signed");

  const auto final_signers = FinalSigners(requirement, signers);
  if (!final_signers) {
    const Waiting waiting{record.subject.value_or(""), *record.not_after,
                          Supported(requirement, signers)};
    if (const auto room = MakeRoom(waiting, id, now); !room) return room.error();
    if (const auto done = Store(id, waiting, *kept, now); !done) return done.error();
    return Submission{id, std::nullopt, false, MissingSigners(requirement, signers)};
  }
  const auto finished = KeepSignatures(*kept, [&](const Signer& signer) {
    return std::ranges::find(*final_signers, signer) != final_signers->end();
  });
  if (!finished) return finished.error();
  const Waiting waiting{record.subject.value_or(""), *record.not_after, true, true};
  lock.unlock();
  return Sequence(id, waiting, *finished, now);
}

Result<ApplicationPage> Registry::List(const std::optional<DraftId>& from,
                                       std::size_t count) const {
  const std::scoped_lock lock(mutex_);
  const auto view = replica_->Read();
  if (!view) return view.error();
  const auto transaction = inbox_.Read();
  if (!transaction) return transaction.error();
  ApplicationPage page;
  std::optional<Error> error;
  const auto scanned = transaction->Scan(
      Table::kInbox, from ? from->view() : ByteView(), [&](ByteView key, ByteView value) {
        const auto id = DraftId::From(key);
        auto draft = ParseDraft(value.subspan(std::min(kTimeSize, value.size())));
        if (!id || !draft) {
          error = Error{Errc::kCorrupt, "inbox: an application can't be read"};
          return false;
        }
        if (page.applications.size() == count) {
          page.next = id;
          return false;
        }
        Application application{*id,
                                std::move(draft->claimed.record),
                                std::move(draft->claimed.signers),
                                ReceivedAt(value),
                                {},
                                {},
                                {}};
        const auto judgement = JudgeNow(*view, application.record);
        if (judgement)
          application.missing = MissingSigners(judgement->requirement, application.signers);
        if (!judgement) application.refused = judgement.error();
        page.applications.push_back(std::move(application));
        return true;
      });
  if (!scanned) return scanned.error();
  if (error) return *error;
  for (Application& application : page.applications) {
    for (const auto& [id, other] : waiting_) {
      if (id != application.id && !other.subject.empty() &&
          other.subject == application.record.subject) {
        application.conflicts.push_back(id);
      }
    }
  }
  return page;
}

Result<std::optional<Bytes>> Registry::Find(const DraftId& id) const {
  const auto transaction = inbox_.Read();
  if (!transaction) return transaction.error();
  const auto stored = transaction->Get(Table::kInbox, id.view());
  if (!stored) return stored.error();
  if (!*stored) return std::optional<Bytes>();
  const ByteView entry = (*stored)->subspan(kTimeSize);
  return std::optional(Bytes(entry.begin(), entry.end()));
}

}  // namespace cityid
