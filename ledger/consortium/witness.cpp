#include "ledger/consortium/witness.h"

#include <algorithm>

#include "ledger/consortium/witness_reasons.h"
#include "ledger/proof/policy_chain.h"
#include "ledger/sync/follower.h"
#include "ledger/sync/fork.h"
#include "ledger/sync/replay.h"
#include "ledger/tlog/tree_proof.h"

namespace cityid {
namespace {

using std::chrono::sys_seconds;

/// The least time between two looks at the log because of a note that no known log key signed.
constexpr std::chrono::seconds kFollowAgain{10};

/// For so long the same cosignature is the reply to the same request.
constexpr std::chrono::seconds kCosignAgain{2};

/// A source that somebody else owns.
class BorrowedSource : public Source {
 public:
  explicit BorrowedSource(Source& source) : source_(source) {}
  Result<std::optional<std::string>> Note() override { return source_.Note(); }
  Result<std::optional<Bytes>> File(const LogFile& file) override { return source_.File(file); }
  Result<std::optional<Bytes>> PolicyProof(std::uint64_t version) override {
    return source_.PolicyProof(version);
  }
  std::string name() const override { return source_.name(); }

 private:
  Source& source_;
};

}  // namespace

Result<Trust> Witness::TrustNow() const {
  const auto view = replica_.Read();
  if (!view) return view.error();
  return view->TrustNow(parts_.trust.trust);
}

WitnessReply Witness::AddCheckpoint(std::string_view text, sys_seconds now) {
  WitnessReply reply = Answer(text, now);
  if (!reply.refused.empty()) {
    const std::scoped_lock lock(refusals_mutex_);
    WitnessRefusals& counted = refusals_[reply.refused];
    ++counted.count;
    counted.words = reply.words();
  }
  return reply;
}

std::map<std::string_view, WitnessRefusals> Witness::refusals() const {
  const std::scoped_lock lock(refusals_mutex_);
  return refusals_;
}

WitnessReply Witness::Answer(std::string_view text, sys_seconds now) {
  const auto request = CosignRequest::Parse(text);
  if (!request) return Reply(kMalformed, request.error().detail);
  const auto asked = Parse(*request);
  if (!asked) return Reply(kMalformed, asked.error().detail);
  // Trouble with the disk or the network says nothing about the checkpoint.
  const auto reply_or_trouble = [](Result<WitnessReply> reply) {
    return reply ? *std::move(reply) : Reply(kTrouble, reply.error().detail);
  };
  {
    const std::scoped_lock lock(mutex_);
    if (caught_up_) {
      auto reply = AnswerAlone(*asked, now);
      if (!reply) return reply_or_trouble(reply.error());
      if (*reply) return **std::move(reply);
    }
    if (fetching_)
      return Reply(kBusyFetching, "the log is being asked because of another request; ask again");
    fetching_ = true;
  }
  WitnessReply reply = reply_or_trouble(AnswerWithLog(*asked, now));
  const std::scoped_lock lock(mutex_);
  fetching_ = false;
  return reply;
}

Result<Witness::Asked> Witness::Parse(const CosignRequest& request) {
  auto note = ParseNote(request.note);
  if (!note) return note.error();
  auto checkpoint = Checkpoint::Parse(note->text);
  if (!checkpoint) return checkpoint.error();
  // Nobody here could check what extension lines say.
  if (checkpoint->text() != note->text)
    return Error{Errc::kMalformed, "extension lines are not cosigned"};
  return Asked{request, *std::move(note), *std::move(checkpoint)};
}

Result<Witness::Refusal> Witness::AnswerAlone(const Asked& asked, sys_seconds now) {
  {
    const auto view = replica_.Read();
    if (!view) return view.error();
    if (view->head().frozen) return Refusal(Reply(kEvidence, "there is evidence against the log"));
  }
  const auto trust = TrustNow();
  if (!trust) return trust.error();
  const bool is_signed = SignedByLog(trust->logs(), asked.note, asked.checkpoint.origin);
  if (!is_signed && MayFollow(now)) return Refusal();
  auto refusal = CheckSigned(asked, *trust, is_signed);
  if (!refusal || *refusal) return refusal;
  // Anybody can ask for the same once more, and each cosignature costs a write to the disk.
  if (asked.IsAgain() && last_ && last_->text == asked.note.text && last_->time <= now &&
      now < last_->time + kCosignAgain) {
    return Refusal(last_->reply);
  }
  if (IsNewestSigned(asked)) {
    auto reply = Cosign(asked, *trust, now);
    if (!reply) return reply.error();
    return Refusal(*std::move(reply));
  }
  refusal = CheckJournal(asked);
  if (!refusal || *refusal) return refusal;
  return CheckSize(asked);
}

Result<WitnessReply> Witness::AnswerWithLog(const Asked& asked, sys_seconds now) {
  auto trust = TrustNow();
  if (!trust) return trust.error();
  if (!caught_up_) {
    const auto caught_up = CompareWithLog(now);
    if (!caught_up)
      return Reply(caught_up.error().code == Errc::kForged ? kEvidence : kNotCompared,
                   caught_up.error().detail);
  } else if (!SignedByLog(trust->logs(), asked.note, asked.checkpoint.origin) && MayFollow(now)) {
    // The log may have other keys by a policy that this witness has missed.
    const auto followed = CompareWithLog(now);
    if (!followed && followed.error().code != Errc::kNetwork) return followed.error();
  }
  Result<Refusal> refusal = Refusal();
  {
    // The replica may have moved.
    const std::scoped_lock lock(mutex_);
    refusal = AnswerAlone(asked, now);
    if (refusal && !*refusal) trust = TrustNow();
  }
  if (!trust) return trust.error();
  if (refusal && !*refusal) refusal = CheckContinuesJournal(asked);
  if (refusal && !*refusal) refusal = CheckConsistent(asked, now);
  if (refusal && !*refusal) refusal = ReplayTo(asked, *trust, now);
  if (!refusal) return refusal.error();
  if (*refusal) return **std::move(refusal);
  const std::scoped_lock lock(mutex_);
  return Cosign(asked, *trust, now);
}

Result<Witness::Refusal> Witness::CheckSigned(const Asked& asked, const Trust& trust,
                                              bool is_signed) const {
  const Checkpoint& checkpoint = asked.checkpoint;
  if (trust.logs().empty() || trust.logs().front().name != checkpoint.origin)
    return Refusal(
        Reply(kUnknownLog, "this witness does not know the log '" + checkpoint.origin + "'"));
  const auto repeats = IsRepeated(asked);
  if (!repeats) return repeats.error();
  if (!*repeats && !is_signed)
    return Refusal(Reply(kUnsigned, "no key of the log has signed this checkpoint"));
  if (checkpoint.size < asked.request.old_size)
    return Refusal(Reply(kMalformed, "the old size is the larger one"));
  return Refusal();
}

Result<bool> Witness::IsRepeated(const Asked& asked) const {
  const auto view = replica_.Read();
  if (!view) return view.error();
  const Head& head = view->head();
  const auto policy = TrustInForce(*view, parts_.trust.trust);
  if (!policy) return policy.error();
  return head.size == asked.checkpoint.size && head.root == asked.checkpoint.root &&
         SignedByLog(policy->logs(), asked.note, asked.checkpoint.origin);
}

bool Witness::IsNewestSigned(const Asked& asked) const {
  return parts_.journal && parts_.journal->newest() &&
         parts_.journal->newest()->checkpoint == asked.checkpoint && asked.IsAgain();
}

Result<Witness::Refusal> Witness::CheckJournal(const Asked& asked) {
  if (!parts_.journal) return Refusal();
  if (!parts_.journal->known() || !parts_.journal->Covers(parts_.key.public_key())) {
    const auto view = replica_.Read();
    if (!view) return view.error();
    // What the log has published is no news. A new batch comes from a registry that has asked its
    // witnesses, and a log that has published nothing is new: the journal begins with it.
    if (asked.checkpoint.size > view->head().size) return Refusal();
    return Refusal(
        Reply(kNoJournal, "this witness does not know what its key has cosigned (no " +
                              parts_.journal->file().filename().string() +
                              "); it cosigns from the next batch on, or after a start with "
                              "--nothing-newer"));
  }
  return Refusal();
}

Result<std::optional<Checkpoint>> Witness::JournalAhead() const {
  std::optional<Checkpoint> none;
  if (!parts_.journal || !parts_.journal->newest()) return none;
  const Checkpoint& newest = parts_.journal->newest()->checkpoint;
  const auto view = replica_.Read();
  if (!view) return view.error();
  return view->head().size < newest.size ? std::optional(newest) : none;
}

Result<Witness::Refusal> Witness::CheckContinuesJournal(const Asked& asked) {
  const auto ahead = JournalAhead();
  if (!ahead) return ahead.error();
  if (!*ahead) return Refusal();
  const auto continues = Continues(*parts_.log, **ahead, asked.checkpoint);
  if (!continues) return continues.error();
  if (*continues) return Refusal();
  return Refusal(Reply(kHistory, "this witness has cosigned another history of " +
                                     std::to_string((*ahead)->size.value) + " entries"));
}

Result<Witness::Refusal> Witness::CheckSize(const Asked& asked) const {
  const auto ahead = JournalAhead();
  if (!ahead) return ahead.error();
  if (*ahead) {
    // What is not smaller must be compared with the log's tiles.
    if (asked.checkpoint.size >= (*ahead)->size) return Refusal();
    return Refusal(ReplySize((*ahead)->size));
  }
  const auto view = replica_.Read();
  if (!view) return view.error();
  if (asked.request.old_size == view->head().size) return Refusal();
  return Refusal(ReplySize(view->head().size));
}

Result<Witness::Refusal> Witness::CheckConsistent(const Asked& asked, sys_seconds now) {
  const auto view = replica_.Read();
  if (!view) return view.error();
  const Head& head = view->head();
  const Checkpoint& checkpoint = asked.checkpoint;
  if (asked.request.old_size != head.size) return Refusal(ReplySize(head.size));
  if (checkpoint.size.value == 0) return Refusal(Reply(kHistory, "an empty tree is not cosigned"));
  if (head.size.value == 0) {
    if (asked.request.consistency.empty()) return Refusal();
    return Refusal(Reply(kHistory, "nothing is consistent with an empty tree"));
  }
  const auto consistent = VerifyConsistency(head.size, head.root, checkpoint.size, checkpoint.root,
                                            asked.request.consistency);
  if (consistent) return Refusal();
  auto refused = RefuseHistory(*view, asked, consistent.error().detail, now);
  if (!refused) return refused.error();
  return Refusal(*std::move(refused));
}

Result<Witness::Refusal> Witness::CheckTime(const Checkpoint& checkpoint, sys_seconds now) {
  const std::uint64_t last = checkpoint.size.value - 1;
  const std::uint64_t number = last / kTileWidth;
  const auto width = static_cast<std::uint32_t>(checkpoint.size.value - number * kTileWidth);
  const auto bundle = parts_.log->File({std::nullopt, number, width});
  if (!bundle) return bundle.error();
  if (!*bundle) return Refusal(Reply(kEntries, "the entries can't be fetched yet"));
  const auto entries = ParseBundle(**bundle, width);
  if (!entries) return Refusal(Reply(kEntries, entries.error().detail));
  const auto state_root = ParseStateRoot(entries->back());
  if (!state_root) return Refusal(Reply(kState, "the checkpoint does not end with a state root"));
  const auto view = replica_.Read();
  if (!view) return view.error();
  // A time that has been cosigned can be repeated: otherwise a clock that was ahead for an hour
  // would stop the ledger until then.
  const sys_seconds latest = std::max(now + kStateRootSkew, view->head().rules_time);
  const sys_seconds time(std::chrono::seconds(
      static_cast<std::int64_t>(std::min<std::uint64_t>(state_root->root.time, INT64_MAX / 2))));
  if (time <= latest) return Refusal();
  // The words stay the same for a while, so that the log says them once.
  return Refusal(Reply(kTime, "its time is more than a minute ahead of this witness's clock" +
                                  TimeAhead(time, now)));
}

Result<Witness::Refusal> Witness::CheckTimeOrFollow(const Asked& asked, sys_seconds now) {
  auto refusal = CheckTime(asked.checkpoint, now);
  if (!refusal || !*refusal || (*refusal)->status != 422 || !MayFollow(now)) return refusal;
  // A quorum may have taken such a time while this witness was away.
  const auto followed = CompareWithLog(now);
  if (!followed && followed.error().code != Errc::kNetwork) return followed.error();
  const auto view = replica_.Read();
  if (!view) return view.error();
  if (view->head().size == asked.request.old_size) return refusal;
  return Refusal(ReplySize(view->head().size));
}

bool Witness::MayFollow(sys_seconds now) const {
  // A clock may have been set back.
  const sys_seconds at = followed_at_;
  return now - at >= kFollowAgain || at - now >= kFollowAgain;
}

Result<Witness::Refusal> Witness::ReplayTo(const Asked& asked, const Trust& before,
                                           sys_seconds now) {
  const Checkpoint& checkpoint = asked.checkpoint;
  // What the log has published since: a registry that lost a policy's proof takes it from here.
  if (const auto kept = proofs_.Complete(*parts_.log, kAfterAll); !kept) return kept.error();
  {
    const auto view = replica_.Read();
    if (!view) return view.error();
    if (checkpoint.size == view->head().size) return Refusal();
  }
  // Before anything is written.
  if (auto refusal = CheckTimeOrFollow(asked, now); !refusal || *refusal) return refusal;
  // The log's note is kept with the head, so that evidence against the log is complete.
  const Publication record{asked.request.note, now, {}, false};
  const auto replayed = Replay(
      replica_, *parts_.log, {checkpoint.size, checkpoint.root, record, before}, {{}, parts_.stop});
  if (replayed) return Refusal();
  switch (replayed.error().code) {
    case Errc::kForged:
    case Errc::kWrongState:
    case Errc::kUnsupported:
      return Refusal(Reply(kState, replayed.error().detail));
    default:
      return Refusal(Reply(kEntries, replayed.error().detail));
  }
}

Result<WitnessReply> Witness::RefuseHistory(const LedgerView& view, const Asked& asked,
                                            const std::string& reason, sys_seconds now) {
  const auto fork = IsFork(view, *parts_.log, asked.checkpoint);
  if (!fork) return fork.error();
  if (!*fork) return Reply(kHistory, reason);
  const auto own = view.Note(view.head().size);
  if (!own) return own.error();
  Evidence evidence{"the log signed two histories", {}, 0, false};
  if (*own) evidence.notes.push_back(**own);
  const auto trust = TrustNow();
  if (!trust) return trust.error();
  evidence.notes.push_back(WriteNote(VerifiedLines(asked.note, {*trust})));
  evidence.time = static_cast<std::uint64_t>(now.time_since_epoch().count());
  if (const auto kept = replica_.KeepEvidence(evidence); !kept) return kept.error();
  return Reply(kEvidence, "the log signed two histories; the evidence is kept");
}

Result<void> Witness::CatchUp(sys_seconds now) {
  {
    const std::scoped_lock lock(mutex_);
    if (fetching_) return Error{Errc::kBusy, "the log is being asked because of a request"};
    fetching_ = true;
  }
  auto caught_up = CompareWithLog(now);
  const std::scoped_lock lock(mutex_);
  fetching_ = false;
  return caught_up;
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
  std::vector<std::unique_ptr<Source>> log;
  log.push_back(std::make_unique<BorrowedSource>(*parts_.log));
  constexpr auto kWhateverTheTime = std::chrono::seconds(std::chrono::years(100));
  Follower follower(replica_, parts_.trust, std::move(log), kWhateverTheTime);
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
