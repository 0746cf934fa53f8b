#include "ledger/consortium/sequencer.h"

#include <algorithm>

#include "ledger/proof/trust.h"

namespace cityid {
namespace {

using std::chrono::sys_seconds;

constexpr std::size_t kBatch = 256;
/// The greatest age of the quorum's time with which this machine's clock is compared.
constexpr std::chrono::minutes kQuorumAge{15};
constexpr std::chrono::seconds kClockSkew{60};

}  // namespace

Result<Sequencer::Outcome> Sequencer::Sequence(SignedRecord record, sys_seconds now) {
  std::shared_ptr<Item> item;
  {
    const std::scoped_lock lock(queue_mutex_);
    if (stuck_) return Unpublished(record.verified.draft_id());
    std::shared_ptr<Item>& known = in_flight_[record.verified.draft_id()];
    if (!known) {
      known = std::make_shared<Item>(Item{std::move(record), now, {}});
      queue_.push_back(known);
    }
    item = known;
  }
  const std::scoped_lock running(running_);
  // The first thread that comes here runs the records of those that wait.
  while (!item->outcome) {
    // Those that came while it was tried in vain don't try it once more, one after the other.
    if (stuck_) {
      LeaveAll();
    } else {
      Run(TakeItems());
    }
  }
  return *item->outcome;
}

Sequencer::Outcome Sequencer::Unpublished(const DraftId& id) const {
  const auto place = places_.find(id);
  return {{}, place == places_.end() ? std::nullopt : std::optional(place->second), false};
}

void Sequencer::LeaveAll() {
  const std::scoped_lock lock(queue_mutex_);
  for (const auto& item : queue_) {
    item->outcome = Unpublished(item->id());
    in_flight_.erase(item->id());
  }
  queue_.clear();
}

Sequencer::Items Sequencer::TakeItems() {
  const std::scoped_lock lock(queue_mutex_);
  Items items;
  while (!queue_.empty() && items.size() < kBatch) {
    items.push_back(std::move(queue_.front()));
    queue_.pop_front();
  }
  return items;
}

void Sequencer::Run(const Items& items) {
  sys_seconds now;
  for (const auto& item : items) now = std::max(now, item->now);
  if (const auto run = RunBatch(items, now); !run) {
    for (const auto& item : items) {
      if (!item->outcome) item->outcome = run.error();
    }
  }
  const std::scoped_lock lock(queue_mutex_);
  // The records after a policy come first in the next batch.
  for (auto item = items.rbegin(); item != items.rend(); ++item) {
    if ((*item)->outcome) {
      in_flight_.erase((*item)->id());
    } else {
      queue_.push_front(*item);
    }
  }
}

Result<bool> Sequencer::FinishPending(const Items& items, sys_seconds now) {
  const auto view = replica_.Read();
  if (!view) return view.error();
  const auto pending = ReadPendingBatch(*view);
  if (!pending) return pending.error();
  if ((*pending)->entries().empty()) return true;
  const auto published = Finish(*view, **pending, now);
  if (published) return true;
  if (published.error().code != Errc::kBusy) return published.error();
  for (const auto& item : items) {
    const auto place = (*pending)->FindDraft(item->id());
    if (!place) return place.error();
    item->outcome = Outcome{{}, *place, false};
  }
  return false;
}

Result<std::vector<Sequencer::Placed>> Sequencer::PlaceItems(const Items& items, Batch& batch,
                                                             TreeSize base) {
  std::vector<Placed> placed;
  for (const auto& item : items) {
    // The same record may have come with other signatures a moment ago.
    const auto place = batch.FindDraft(item->id());
    if (!place) return place.error();
    if (*place && **place < Index{base.value}) {
      item->outcome = Outcome{{}, *place, true};
      continue;
    }
    const SignedRecord& record = item->record;
    const auto added = batch.Add(record.entry, record.verified, Refused::kLeftOut);
    if (!added) return added.error();
    if (added->refused) {
      item->outcome = Outcome{added->refused, {}, false};
      continue;
    }
    placed.push_back({item, Outcome{{}, added->index, false}});
    // A policy ends its batch, so that each policy has a first checkpoint of its own.
    if (record.verified.record().type() == RecordType::kPolicy) break;
  }
  return placed;
}

Result<void> Sequencer::RunBatch(const Items& items, sys_seconds now) {
  const auto free = FinishPending(items, now);
  if (!free) return free.error();
  if (!*free) return {};
  auto view = replica_.Read();
  if (!view) return view.error();
  if (const auto clock = CheckClock(*view, now); !clock) {
    if (clock.error().code != Errc::kBusy) return clock;
    for (const auto& item : items) item->outcome = Outcome{};
    HoldUp(clock.error().detail);
    return {};
  }
  HoldUp({});
  last_ = {now, std::chrono::steady_clock::now()};
  view = replica_.Read();
  if (!view) return view.error();
  Batch batch(*view);
  auto placed = PlaceItems(items, batch, view->head().size);
  if (!placed) return placed.error();
  if (placed->empty()) return {};
  if (const auto closed = batch.Close(now); !closed) return closed;
  if (const auto hashed = batch.HashTree(); !hashed) return hashed;
  if (publish_) {
    if (const auto staged = replica_.Stage(batch); !staged) return staged;
  }
  const auto finished = Finish(*view, batch, now);
  // A batch that was staged is durable and has its places, also while it waits for its quorum.
  if (!finished && (!publish_ || finished.error().code != Errc::kBusy)) return finished;
  const std::scoped_lock lock(queue_mutex_);
  places_.clear();
  for (Placed& each : *placed) {
    each.outcome.published = finished.ok();
    if (!finished) places_[each.item->id()] = *each.outcome.index;
    each.item->outcome = std::move(each.outcome);
  }
  return {};
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

std::optional<std::string> Sequencer::held_up() const {
  const std::scoped_lock lock(queue_mutex_);
  return held_up_;
}

void Sequencer::HoldUp(std::optional<std::string> why) {
  const std::scoped_lock lock(queue_mutex_);
  held_up_ = std::move(why);
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
    stuck_ = !published && published.error().code == Errc::kBusy && !batch.entries().empty();
    if (!published) return published.error();
    publication = *std::move(published);
  } else if (batch.entries().empty()) {
    // A head with a checkpoint has the time of a quorum, which this process can't confirm.
    const auto note = view.Note(view.head().size);
    if (!note) return note.error();
    if (*note) return {};
  }
  const bool ahead =
      view.head().time > now + kCosignatureSkew;  // a clock was wrong then, or is now
  return replica_.Commit(batch, publication, ahead ? now : std::max(now, view.head().time));
}

Result<void> Sequencer::Confirm(sys_seconds now) {
  const std::scoped_lock running(running_);
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
