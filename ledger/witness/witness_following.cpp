// What a witness learns from the log: what is published, the time of a batch, and forks.
#include <algorithm>

#include "codec/time_text.h"
#include "ledger/sync/follower.h"
#include "ledger/sync/fork.h"
#include "ledger/sync/replay.h"
#include "ledger/witness/witness.h"
#include "ledger/witness/witness_reasons.h"

namespace cityid {
namespace {

using std::chrono::sys_seconds;

/// The least time between two looks at the log because of a note that no known log key signed.
constexpr std::chrono::seconds kFollowAgain{10};

/// The most checkpoints that are remembered because they are no fork.
constexpr std::size_t kMaxNoForks = 16;

}  // namespace

Witness::Refusal Witness::CheckTime(const Checkpoint& checkpoint, sys_seconds now) {
  const std::uint64_t last = checkpoint.size.value - 1;
  const LogFile file = LogFile::In(checkpoint.size, std::nullopt, last / kTileWidth);
  const auto bundle = parts_.log->File(file);
  if (!bundle) return Trouble(bundle.error());
  if (!*bundle) return Reply(kEntries, "the entries can't be fetched yet");
  const auto entries = ParseBundle(**bundle, file.width);
  if (!entries) return Reply(kEntries, entries.error().detail);
  const auto state_root = ParseStateRoot(entries->back());
  if (!state_root) return Reply(kState, "the checkpoint does not end with a state root");
  const auto view = replica_.Read();
  if (!view) return Trouble(view.error());
  // A time that has been cosigned can be repeated: otherwise a clock that was ahead for an hour
  // would stop the ledger until then.
  const sys_seconds latest = std::max(now + kStateRootSkew, view->head().rules_time);
  const sys_seconds time = TimeOf(std::min<std::uint64_t>(state_root->root.time, INT64_MAX / 2));
  if (time <= latest) return {};
  // The words stay the same for a while, so that the log says them once.
  return Reply(
      kTime, "its time is more than a minute ahead of this witness's clock" + TimeAhead(time, now));
}

Witness::Refusal Witness::CheckTimeOrFollow(const Asked& asked, sys_seconds now) {
  auto refusal = CheckTime(asked.checkpoint, now);
  if (!refusal || refusal->status != 422 || !MayFollow(now)) return refusal;
  // A quorum may have taken such a time while this witness was away.
  const auto followed = CompareWithLog(now);
  if (!followed && followed.error().code != Errc::kNetwork) return Trouble(followed.error());
  const auto view = replica_.Read();
  if (!view) return Trouble(view.error());
  if (view->head().size == asked.request.old_size) return refusal;
  return ReplySize(view->head().size);
}

bool Witness::MayFollow(sys_seconds now) const {
  // A clock may have been set back.
  const sys_seconds at = followed_at_;
  return now - at >= kFollowAgain || at - now >= kFollowAgain;
}

WitnessReply Witness::RefuseHistory(const LedgerView& view, const Asked& asked,
                                    const std::string& reason, sys_seconds now) {
  const auto fork = IsFork(view, *parts_.log, asked.checkpoint);
  if (!fork) return Trouble(fork.error());
  if (!*fork) {
    const std::scoped_lock lock(mutex_);
    if (no_forks_.size() == kMaxNoForks) no_forks_.erase(no_forks_.begin());
    no_forks_.push_back({asked.checkpoint, now});
    return Reply(kHistory, reason);
  }
  const auto own = view.Note(view.head().size);
  if (!own) return Trouble(own.error());
  Evidence evidence{"the log signed two histories", {}, 0, false};
  if (*own) evidence.notes.push_back(**own);
  const auto trust = TrustNow();
  if (!trust) return Trouble(trust.error());
  evidence.notes.push_back(WriteNote(VerifiedLines(asked.note, {*trust})));
  evidence.time = SecondsOf(now);
  if (const auto kept = replica_.KeepEvidence(evidence); !kept) return Trouble(kept.error());
  return Reply(kEvidence, "the log signed two histories; the evidence is kept");
}

Result<void> Witness::CatchUp(sys_seconds now) {
  {
    const std::scoped_lock lock(mutex_);
    if (fetching_) return Error{Errc::kBusy, "the log is being asked because of a request"};
    fetching_ = true;
  }
  const Turn turn(*this);
  return CompareWithLog(now);
}

Result<void> Witness::CompareWithLog(sys_seconds now) {
  // Also if it gives no answer: a log that hangs isn't asked for each note that nobody knows.
  followed_at_ = now;
  const auto published = parts_.log->Note();
  if (!published) return published.error();
  if (!*published) {
    if (parts_.trust.version > 1)
      return Error{Errc::kNetwork, parts_.log->name() +
                                       " shows no checkpoint, and the trust file is of policy " +
                                       std::to_string(parts_.trust.version)};
    caught_up_ = true;
    return {};
  }
  constexpr auto kWhateverTheTime = std::chrono::seconds(std::chrono::years(100));
  Follower follower(replica_, parts_.trust, {parts_.log}, kWhateverTheTime);
  while (true) {
    const auto step = follower.Poll(now, {{}, parts_.stop});
    if (!step) return step.error();
    if (step->kind == FollowStep::Kind::kFrozen) {
      const auto view = replica_.Read();
      if (!view) return view.error();
      const auto evidence = view->FindEvidence();
      if (!evidence) return evidence.error();
      return Error{Errc::kForged, "there is evidence against the log, and nothing is cosigned: " +
                                      (*evidence ? (*evidence)->reason : std::string())};
    }
    if (!step->complaints.empty()) return Error{Errc::kNetwork, step->complaints.front()};
    if (step->kind == FollowStep::Kind::kAdvanced) continue;
    caught_up_ = true;
    return {};
  }
}

}  // namespace cityid
