#include "ledger/witness/witness.h"

#include <algorithm>

#include "ledger/proof/policy_chain.h"
#include "ledger/sync/fork.h"
#include "ledger/sync/replay.h"
#include "ledger/tlog/tree_proof.h"
#include "ledger/witness/witness_reasons.h"

namespace cityid {
namespace {

using std::chrono::sys_seconds;

/// For so long the same cosignature is the reply to the same request.
constexpr std::chrono::seconds kCosignAgain{2};

/// For so long a request that the log signed waits for its turn to ask the log.
constexpr std::chrono::seconds kTurnPatience{3};
/// The most requests that wait: fewer than the threads of a witness, so that it answers others.
constexpr int kMaxWaiting = 2;
/// For so long a checkpoint with a wrong proof is not compared with the log's tiles again.
constexpr std::chrono::seconds kCompareAgain{10};

WitnessReply RefuseGivenUp(const Checkpoint& tree) {
  return Reply(kGivenUp, "this witness has promised never to cosign this tree of " +
                             std::to_string(tree.size.value) + " entries");
}

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
  {
    std::unique_lock lock(mutex_);
    if (caught_up_) {
      if (auto reply = AnswerAlone(*asked, now)) return *std::move(reply);
    }
    if (auto refusal = TakeTurn(*asked, lock, now)) return *std::move(refusal);
  }
  const Turn turn(*this);
  return AnswerWithLog(*asked, now);
}

Witness::Turn::~Turn() {
  {
    const std::scoped_lock lock(witness_.mutex_);
    witness_.fetching_ = false;
  }
  witness_.turn_.notify_all();
}

Witness::Refusal Witness::TakeTurn(const Asked& asked, std::unique_lock<std::mutex>& lock,
                                   sys_seconds now) {
  const auto trust = TrustNow();
  if (!trust) return Trouble(trust.error());
  const bool is_signed = CheckSignedByLog(trust->logs(), asked.note, asked.checkpoint.origin).ok();
  // Anybody can send such a note: the log isn't asked for each.
  if (!caught_up_ && !is_signed && !MayFollow(now))
    return Reply(kNotCompared, "this witness has not seen yet what the log has published");
  if (is_signed && waiting_ < kMaxWaiting) {
    ++waiting_;
    turn_.wait_for(lock, parts_.stop, kTurnPatience, [&] { return !fetching_; });
    --waiting_;
  }
  if (fetching_ || (!is_signed && waiting_ > 0))
    return Reply(kBusyFetching, "the log is being asked because of another request; ask again");
  fetching_ = true;
  return {};
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

Witness::Refusal Witness::AnswerAlone(const Asked& asked, sys_seconds now) {
  {
    const auto view = replica_.Read();
    if (!view) return Trouble(view.error());
    if (view->head().frozen) return Reply(kEvidence, "there is evidence against the log");
  }
  const auto trust = TrustNow();
  if (!trust) return Trouble(trust.error());
  const bool is_signed = CheckSignedByLog(trust->logs(), asked.note, asked.checkpoint.origin).ok();
  if (!is_signed && MayFollow(now)) return {};
  auto refusal = CheckSigned(asked, *trust, is_signed);
  if (refusal) return refusal;
  if (IsGivenUp(asked.checkpoint)) return RefuseGivenUp(asked.checkpoint);
  // Anybody can ask for the same once more, and each cosignature costs a write to the disk.
  if (asked.IsAgain() && last_ && last_->text == asked.note.text && last_->time <= now &&
      now < last_->time + kCosignAgain) {
    return last_->reply;
  }
  if (IsNewestSigned(asked)) refusal = AnswerRepeat(asked, *trust, now);
  if (!refusal) refusal = CheckJournal(asked);
  if (!refusal) refusal = CheckSize(asked);
  if (!refusal) refusal = CheckProof(asked, now);
  return refusal;
}

WitnessReply Witness::AnswerWithLog(const Asked& asked, sys_seconds now) {
  auto trust = TrustNow();
  if (!trust) return Trouble(trust.error());
  if (!caught_up_) {
    const auto caught_up = CompareWithLog(now);
    if (!caught_up)
      return Reply(caught_up.error().code == Errc::kForged ? kEvidence : kNotCompared,
                   caught_up.error().detail);
  } else if (!CheckSignedByLog(trust->logs(), asked.note, asked.checkpoint.origin) &&
             MayFollow(now)) {
    // The log may have other keys by a policy that this witness has missed.
    const auto followed = CompareWithLog(now);
    if (!followed && followed.error().code != Errc::kNetwork) return Trouble(followed.error());
  }
  Refusal refusal;
  {
    // The replica may have moved.
    const std::scoped_lock lock(mutex_);
    refusal = AnswerAlone(asked, now);
    if (!refusal) trust = TrustNow();
  }
  if (!trust) return Trouble(trust.error());
  if (!refusal) refusal = CheckContinuesJournal(asked);
  if (!refusal) refusal = CheckConsistent(asked, now);
  if (!refusal) refusal = CheckNotGivenUp(asked.checkpoint);
  if (!refusal) refusal = ReplayTo(asked, *trust, now);
  if (refusal) return *std::move(refusal);
  const std::scoped_lock lock(mutex_);
  return Cosign(asked, *trust, now);
}

Witness::Refusal Witness::CheckSigned(const Asked& asked, const Trust& trust,
                                      bool is_signed) const {
  const Checkpoint& checkpoint = asked.checkpoint;
  if (trust.logs().empty() || trust.logs().front().name != checkpoint.origin)
    return Reply(kUnknownLog, "this witness does not know the log '" + checkpoint.origin + "'");
  const auto repeats = IsRepeated(asked);
  if (!repeats) return Trouble(repeats.error());
  if (!*repeats && !is_signed)
    return Reply(kUnsigned, "no key of the log has signed this checkpoint");
  if (checkpoint.size < asked.request.old_size)
    return Reply(kMalformed, "the old size is the larger one");
  return {};
}

Result<bool> Witness::IsRepeated(const Asked& asked) const {
  const auto view = replica_.Read();
  if (!view) return view.error();
  const Head& head = view->head();
  const auto policy = TrustInForce(*view, parts_.trust.trust);
  if (!policy) return policy.error();
  return head.size == asked.checkpoint.size && head.root == asked.checkpoint.root &&
         CheckSignedByLog(policy->logs(), asked.note, asked.checkpoint.origin).ok();
}

bool Witness::IsNewestSigned(const Asked& asked) const {
  const auto& newest = parts_.journal.newest();
  return newest && newest->checkpoint == asked.checkpoint && asked.IsAgain();
}

Witness::Refusal Witness::CheckJournal(const Asked& asked) {
  if (!parts_.journal.known() || !parts_.journal.Covers(parts_.key.public_key())) {
    const auto view = replica_.Read();
    if (!view) return Trouble(view.error());
    // What the log has published is no news. A new batch comes from a registry that has asked its
    // witnesses, and a log that has published nothing is new: the journal begins with it.
    if (asked.checkpoint.size > view->head().size) return {};
    return Reply(kNoJournal, "this witness does not know what its key has cosigned (no " +
                                 parts_.journal.file().filename().string() +
                                 "); it cosigns from the next batch on, or after a start with "
                                 "--nothing-newer");
  }
  return {};
}

Result<std::optional<Checkpoint>> Witness::JournalAhead() const {
  std::optional<Checkpoint> none;
  if (!parts_.journal.newest()) return none;
  const Checkpoint& newest = parts_.journal.newest()->checkpoint;
  const auto view = replica_.Read();
  if (!view) return view.error();
  return view->head().size < newest.size ? std::optional(newest) : none;
}

Witness::Refusal Witness::CheckContinuesJournal(const Asked& asked) {
  const auto ahead = JournalAhead();
  if (!ahead) return Trouble(ahead.error());
  if (!*ahead) return {};
  const auto continues = Continues(*parts_.log, **ahead, asked.checkpoint);
  if (!continues) return Trouble(continues.error());
  if (*continues) return {};
  return Reply(kHistory, "this witness has cosigned another history of " +
                             std::to_string((*ahead)->size.value) + " entries");
}

bool Witness::IsGivenUp(const Checkpoint& checkpoint) const {
  return std::ranges::count(parts_.journal.given_up(), checkpoint, &GivenUp::tree) > 0;
}

Witness::Refusal Witness::AnswerRepeat(const Asked& asked, const Trust& trust, sys_seconds now) {
  if (!parts_.journal.given_up().empty()) {
    const auto view = replica_.Read();
    if (!view) return Trouble(view.error());
    if (view->head().size < asked.checkpoint.size) return {};
    if (auto given_up = CheckOwnNotGivenUp(*view, asked.checkpoint.size)) return given_up;
  }
  return Cosign(asked, trust, now);
}

Witness::Refusal Witness::CheckOwnNotGivenUp(const LedgerView& view, TreeSize size) const {
  for (const GivenUp& each : parts_.journal.given_up()) {
    if (each.tree.size >= size) continue;
    const auto contains = Contains(view, each.tree);
    if (!contains) return Trouble(contains.error());
    if (*contains) return RefuseGivenUp(each.tree);
  }
  return {};
}

Witness::Refusal Witness::CheckNotGivenUp(const Checkpoint& checkpoint) {
  if (parts_.journal.given_up().empty()) return {};
  const auto view = replica_.Read();
  if (!view) return Trouble(view.error());
  if (auto own = CheckOwnNotGivenUp(*view, checkpoint.size)) return own;
  for (const GivenUp& each : parts_.journal.given_up()) {
    if (each.tree.size <= view->head().size || each.tree.size >= checkpoint.size) continue;
    // Before anything is replayed, for a replica never goes back.
    const auto continues = Continues(*parts_.log, each.tree, checkpoint);
    if (!continues) return Trouble(continues.error());
    if (*continues) return RefuseGivenUp(each.tree);
  }
  return {};
}

Witness::Refusal Witness::CheckSize(const Asked& asked) const {
  const auto ahead = JournalAhead();
  if (!ahead) return Trouble(ahead.error());
  if (*ahead) {
    // What is not smaller must be compared with the log's tiles.
    if (asked.checkpoint.size >= (*ahead)->size) return {};
    return ReplySize((*ahead)->size);
  }
  const auto view = replica_.Read();
  if (!view) return Trouble(view.error());
  if (asked.request.old_size == view->head().size) return {};
  return ReplySize(view->head().size);
}

Witness::Refusal Witness::CheckProof(const Asked& asked, sys_seconds now) const {
  const auto view = replica_.Read();
  if (!view) return Trouble(view.error());
  const Head& head = view->head();
  const Checkpoint& checkpoint = asked.checkpoint;
  // Where the journal is ahead, the log's tiles tell first.
  if (asked.request.old_size != head.size) return {};
  if (checkpoint.size.value == 0) return Reply(kHistory, "an empty tree is not cosigned");
  if (head.size.value == 0) {
    if (asked.request.consistency.empty()) return {};
    return Reply(kHistory, "nothing is consistent with an empty tree");
  }
  const auto consistent = VerifyConsistency(head.size, head.root, checkpoint.size, checkpoint.root,
                                            asked.request.consistency);
  if (consistent) return {};
  // Anybody can send a public checkpoint with a wrong proof. It may be a fork, though.
  const bool is_head = checkpoint.size == head.size && checkpoint.root == head.root;
  const bool is_known = std::ranges::any_of(no_forks_, [&](const NoFork& each) {
    return each.checkpoint == checkpoint && each.time <= now && now < each.time + kCompareAgain;
  });
  if (is_head || is_known) return Reply(kHistory, consistent.error().detail);
  return {};
}

Witness::Refusal Witness::CheckConsistent(const Asked& asked, sys_seconds now) {
  const auto view = replica_.Read();
  if (!view) return Trouble(view.error());
  const Head& head = view->head();
  const Checkpoint& checkpoint = asked.checkpoint;
  if (asked.request.old_size != head.size) return ReplySize(head.size);
  if (head.size.value == 0) return {};
  const auto consistent = VerifyConsistency(head.size, head.root, checkpoint.size, checkpoint.root,
                                            asked.request.consistency);
  if (consistent) return {};
  return RefuseHistory(*view, asked, consistent.error().detail, now);
}

Witness::Refusal Witness::ReplayTo(const Asked& asked, const Trust& before, sys_seconds now) {
  const Checkpoint& checkpoint = asked.checkpoint;
  // What the log has published since: a registry that lost a policy's proof takes it from here.
  if (const auto kept = proofs_.Complete(*parts_.log, kAfterAll); !kept)
    return Trouble(kept.error());
  {
    const auto view = replica_.Read();
    if (!view) return Trouble(view.error());
    if (checkpoint.size == view->head().size) return {};
  }
  // Before anything is written.
  if (auto refusal = CheckTimeOrFollow(asked, now)) return refusal;
  // The log's note is kept with the head, so that evidence against the log is complete.
  const Publication record{asked.request.note, now, {}, false};
  const auto replayed = Replay(
      replica_, *parts_.log, {checkpoint.size, checkpoint.root, record, before}, {{}, parts_.stop});
  if (replayed) return {};
  switch (replayed.error().code) {
    case Errc::kForged:
    case Errc::kWrongState:
    case Errc::kUnsupported:
      return Reply(kState, replayed.error().detail);
    default:
      return Reply(kEntries, replayed.error().detail);
  }
}

}  // namespace cityid
