#include "ledger/consortium/sequencer.h"

#include <algorithm>

namespace cityid {
namespace {

using std::chrono::sys_seconds;

constexpr std::size_t kBatch = 256;
/// So old the quorum's word on the time may be.
constexpr std::chrono::minutes kQuorumAge{15};
constexpr std::chrono::seconds kClockSkew{60};

}  // namespace

Result<Sequencer::Outcome> Sequencer::Sequence(const DraftId& id, ByteView entry, sys_seconds now) {
  std::shared_ptr<Item> item;
  {
    const std::scoped_lock lock(queue_mutex_);
    std::shared_ptr<Item>& known = in_flight_[id];
    if (!known) {
      known = std::make_shared<Item>(Item{id, Bytes(entry.begin(), entry.end()), now, {}});
      queue_.push_back(known);
    }
    item = known;
  }
  const std::scoped_lock running(running_);
  // Whoever comes first takes along those that came meanwhile.
  while (!item->outcome) Run(TakeItems());
  return *item->outcome;
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
  // What a policy cut off goes first into the next batch.
  for (auto item = items.rbegin(); item != items.rend(); ++item) {
    if ((*item)->outcome) {
      in_flight_.erase((*item)->id);
    } else {
      queue_.push_front(*item);
    }
  }
}

Result<void> Sequencer::RunBatch(const Items& items, sys_seconds now) {
  auto view = replica_.Read();
  if (!view) return view.error();
  const auto pending = view->PendingBatch();
  if (!pending) return pending.error();
  if (!(*pending)->entries().empty()) {
    const auto published = Finish(*view, **pending, now);
    if (!published && published.error().code != Errc::kBusy) return published;
    if (!published) {
      // Nothing gets a place before the batch that waits; what is in it has one.
      for (const auto& item : items) {
        const auto place = (*pending)->FindDraft(item->id);
        if (!place) return place.error();
        item->outcome = Outcome{{}, *place, false};
      }
      return {};
    }
    view = replica_.Read();
    if (!view) return view.error();
  }
  if (const auto clock = CheckClock(*view, now); !clock) {
    if (clock.error().code != Errc::kBusy) return clock;
    for (const auto& item : items) item->outcome = Outcome{};
    return {};
  }
  view = replica_.Read();
  if (!view) return view.error();
  Batch batch(*view);
  std::vector<ByteView> entries;
  for (const auto& item : items) entries.emplace_back(item->entry);
  const auto verified = VerifyRecords(entries);
  std::vector<std::pair<Item*, Outcome>> placed;
  for (std::size_t i = 0; i < items.size(); ++i) {
    // The same record may have come with other signatures a moment ago.
    const auto place = batch.FindDraft(items[i]->id);
    if (!place) return place.error();
    if (*place && **place < Index{view->head().size.value}) {
      items[i]->outcome = Outcome{{}, *place, true};
      continue;
    }
    const auto added = batch.Add(entries[i], verified[i], Refused::kLeftOut);
    if (!added) return added.error();
    if (added->refused) {
      items[i]->outcome = Outcome{added->refused, {}, false};
      continue;
    }
    placed.emplace_back(items[i].get(), Outcome{{}, added->index, false});
    // A policy ends its batch, so that each has a first checkpoint of its own.
    if (verified[i]->record().type() == RecordType::kPolicy) break;
  }
  if (placed.empty()) return {};
  if (const auto closed = batch.Close(now); !closed) return closed;
  if (const auto hashed = batch.HashTree(); !hashed) return hashed;
  if (publish_) {
    if (const auto staged = replica_.Stage(batch); !staged) return staged;
  }
  const auto finished = Finish(*view, batch, now);
  // It is durable: what it lacks is public attention.
  for (auto& [item, outcome] : placed) {
    outcome.published = finished.ok();
    item->outcome = outcome;
  }
  if (!finished && finished.error().code != Errc::kBusy) return finished;
  return {};
}

/// A batch's time is for ever: a clock that is far from the quorum's stamps none.
Result<void> Sequencer::CheckClock(const LedgerView& view, sys_seconds now) {
  if (!publish_ || now - view.head().time < kQuorumAge) return {};
  const Batch same(view);
  if (const auto confirmed = Finish(view, same, now); !confirmed) return confirmed;
  const auto fresh = replica_.Read();
  if (!fresh) return fresh.error();
  if (now - fresh->head().time > kClockSkew)
    return Error{Errc::kBusy,
                 "this machine's clock is ahead of the quorum's by more than a minute"};
  return {};
}

Result<void> Sequencer::Finish(const LedgerView& view, const Batch& batch, sys_seconds now) {
  std::optional<Publication> publication;
  if (publish_) {
    auto published = publish_(view, batch, now);
    if (!published) return published.error();
    publication = *std::move(published);
  } else if (batch.entries().empty()) {
    // A head with a checkpoint has the quorum's time; this process can't confirm it.
    const auto note = view.Note(view.head().size);
    if (!note) return note.error();
    if (*note) return {};
  }
  return replica_.Commit(batch, publication, std::max(now, view.head().time));
}

Result<void> Sequencer::Confirm(sys_seconds now) {
  const std::scoped_lock running(running_);
  replica_.DropDeadReaders();
  const auto view = replica_.Read();
  if (!view) return view.error();
  const auto batch = view->PendingBatch();
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
