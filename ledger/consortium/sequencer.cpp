#include "ledger/consortium/sequencer.h"

#include <algorithm>

#include "ledger/proof/trust.h"

namespace cityid {
namespace {

using std::chrono::sys_seconds;

/// The greatest age of the quorum's time with which this machine's clock is compared.
constexpr std::chrono::minutes kQuorumAge{15};
constexpr std::chrono::seconds kClockSkew{60};

}  // namespace

Result<std::vector<Sequenced>> Sequencer::Sequence(const std::vector<SignedRecord>& records,
                                                   sys_seconds now) {
  auto view = replica_.Read();
  if (!view) return view.error();
  if (const auto clock = CheckClock(*view, now); !clock) return clock.error();
  last_ = {now, std::chrono::steady_clock::now()};
  view = replica_.Read();
  if (!view) return view.error();
  Batch batch(*view);
  auto outcomes = Place(records, batch, view->head().size);
  if (!outcomes || batch.entries().empty()) return outcomes;
  if (const auto closed = batch.Close(now); !closed) return closed.error();
  if (const auto hashed = batch.HashTree(); !hashed) return hashed.error();
  if (publish_) {
    if (const auto staged = replica_.Stage(batch); !staged) return staged.error();
  }
  if (const auto finished = Finish(*view, batch, now); !finished) return finished.error();
  return outcomes;
}

Result<std::vector<Sequenced>> Sequencer::Place(const std::vector<SignedRecord>& records,
                                                Batch& batch, TreeSize base) {
  std::vector<Sequenced> outcomes(records.size());
  for (std::size_t i = 0; i < records.size(); ++i) {
    const SignedRecord& record = records[i];
    // The same record may have come with other signatures a moment ago.
    const auto place = batch.FindDraft(record.verified.draft_id());
    if (!place) return place.error();
    if (*place && **place < Index{base.value}) {
      outcomes[i].index = **place;
      continue;
    }
    auto added = batch.Add(record.entry, record.verified, Refused::kLeftOut);
    if (!added) return added.error();
    outcomes[i] = *std::move(added);
    // A policy ends its batch, so that each policy has a first checkpoint of its own.
    if (!outcomes[i].refused && record.verified.record().type() == RecordType::kPolicy) break;
  }
  return outcomes;
}

Result<void> Sequencer::CheckClock(const LedgerView& view, sys_seconds now) {
  // The time of a batch can't be changed later, so the clock is compared with the quorum's.
  const bool jumped = Jumped(now);
  const std::chrono::seconds age = last_ ? kQuorumAge : kClockSkew;
  if (!publish_ || (now - view.head().time < age && !jumped)) return {};
  const std::string why = jumped ? "this machine's clock has jumped; " : "";
  if (const auto confirmed = Finish(view, Batch(view), now); !confirmed)
    return Error{confirmed.error().code, why + confirmed.error().detail};
  const auto fresh = replica_.Read();
  if (!fresh) return fresh.error();
  if (now - fresh->head().time > kClockSkew) {
    return Error{Errc::kBusy,
                 why + "this machine's clock is ahead of the quorum's by more than a minute"};
  }
  return {};
}

bool Sequencer::Jumped(sys_seconds now) const {
  if (!last_) return false;
  const auto passed = std::chrono::steady_clock::now() - last_->second;
  const auto jump = (now - last_->first) - std::chrono::floor<std::chrono::seconds>(passed);
  return std::chrono::abs(jump) > kClockSkew;
}

Result<void> Sequencer::Finish(const LedgerView& view, const Batch& batch, sys_seconds now) {
  std::optional<Publication> publication;
  if (publish_) {
    auto published = publish_(view, batch, now);
    if (!published) {
      KeepPlaces(view.head().size, batch.entries());
      return published.error();
    }
    publication = *std::move(published);
  } else if (batch.entries().empty()) {
    // A head with a checkpoint has the time of a quorum, which this process can't confirm.
    const auto note = view.Note(view.head().size);
    if (!note) return note.error();
    if (*note) return {};
  }
  const bool ahead =
      view.head().time > now + kCosignatureSkew;  // a clock was wrong then, or is now
  auto committed =
      replica_.Commit(batch, publication, ahead ? now : std::max(now, view.head().time));
  if (committed) KeepPlaces({}, {});
  return committed;
}

Result<void> Sequencer::ReadPlaces() {
  const auto view = replica_.Read();
  if (!view) return view.error();
  const auto pending = view->Pending();
  if (!pending) return pending.error();
  KeepPlaces(view->head().size, *pending);
  return {};
}

void Sequencer::KeepPlaces(TreeSize base, const std::vector<Bytes>& entries) {
  std::map<DraftId, Index> places;
  for (std::size_t i = 0; i < entries.size(); ++i) {
    const auto draft = Draft::Parse(entries[i]);  // the state root is none
    if (draft) places.emplace(draft->id(), Index{base.value + i});
  }
  const std::scoped_lock lock(places_mutex_);
  places_ = std::move(places);
}

std::optional<Index> Sequencer::PlaceOf(const DraftId& id) const {
  const std::scoped_lock lock(places_mutex_);
  const auto place = places_.find(id);
  return place == places_.end() ? std::nullopt : std::optional(place->second);
}

Result<void> Sequencer::Confirm(sys_seconds now) {
  const auto view = replica_.Read();
  if (!view) return view.error();
  const auto batch = ReadPendingBatch(*view);
  if (!batch) return batch.error();
  return Finish(*view, **batch, now);
}

Result<bool> Sequencer::Waits() const {
  const auto view = replica_.Read();
  if (!view) return view.error();
  const auto pending = view->Pending();
  if (!pending) return pending.error();
  return !pending->empty();
}

}  // namespace cityid
