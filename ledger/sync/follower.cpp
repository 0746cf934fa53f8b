#include "ledger/sync/follower.h"

#include <algorithm>

#include "ledger/proof/proof.h"
#include "ledger/store/batch.h"
#include "ledger/sync/fork.h"

namespace cityid {
namespace {

using std::chrono::sys_seconds;

/// Versions of the policy in a row that may never have been published.
constexpr std::uint64_t kMaxGap = 16;
/// So many entries are replayed in one transaction, or none is.
constexpr std::uint64_t kOneStep = 1024;

/// Whether an error is this machine's, or of the program: then no other mirror helps.
bool IsOwn(Errc code) {
  return code == Errc::kIo || code == Errc::kFull || code == Errc::kCorrupt ||
         code == Errc::kBusy || code == Errc::kUnsupported;
}

}  // namespace

/// While a long replay is under way the policy of where it stands may be long retired: what counts
/// is who was trusted when it began.
Result<Trust> Follower::TrustNow(const LedgerView& view) const {
  const auto begun = view.TrustOfReplay();
  if (!begun) return begun.error();
  if (*begun) return Trust::Parse(**begun);
  const auto policy = FindPolicy(view);
  if (!policy) return policy.error();
  if (!*policy) return trust_;
  return Trust::Of((*policy)->origin, (*policy)->policy);
}

Result<FollowStep> Follower::Poll(sys_seconds now, const ReplayProgress& progress) {
  FollowStep step;
  {
    const auto view = replica_.Read();
    if (!view) return view.error();
    const auto evidence = view->FindEvidence();
    if (!evidence) return evidence.error();
    if (*evidence && (*evidence)->frozen) {
      step.kind = FollowStep::Kind::kFrozen;
      return step;
    }
  }
  for (std::size_t i = 0; i < mirrors_.size(); ++i) {
    const std::size_t turn = (first_ + i) % mirrors_.size();
    const auto kind = Ask(*mirrors_[turn], now, progress);
    if (!kind && IsOwn(kind.error().code)) return kind.error();
    if (!kind) {
      step.complaints.push_back(mirrors_[turn]->name() + ": " + kind.error().detail);
      continue;
    }
    step.kind = *kind;
    if (*kind == FollowStep::Kind::kNothing) continue;
    first_ = turn;
    return step;
  }
  return step;
}

Result<FollowStep::Kind> Follower::Ask(Source& mirror, sys_seconds now,
                                       const ReplayProgress& progress) {
  const auto note = mirror.Note();
  if (!note) return Error{Errc::kNetwork, note.error().detail};
  if (!*note) return Error{Errc::kNetwork, "it publishes no checkpoint"};
  if (!(*note)->empty() && **note == last_note_) return FollowStep::Kind::kNothing;
  std::optional<Trust> trust;
  {
    const auto view = replica_.Read();
    if (!view) return view.error();
    auto present = TrustNow(*view);
    if (!present) return present.error();
    trust = *std::move(present);
  }
  auto opened = trust->Open(**note, now);
  if (!opened) {
    // One from before a policy that this replica has come to already is nothing new.
    const auto known = IsKnown(**note);
    if (!known) return known.error();
    if (*known) return FollowStep::Kind::kNothing;
  }
  auto kind = opened ? Take(mirror, *opened, *trust, {}, now, progress)
                     : FollowPolicies(mirror, **note, now, progress);
  // The mirror's reason is why the note doesn't hold, not that there is no further policy.
  if (!opened && kind && *kind == FollowStep::Kind::kNothing) return opened.error();
  if (opened && kind) last_note_ = **note;
  return kind;
}

/// True if the note is of an earlier head of this ledger's own tree.
Result<bool> Follower::IsKnown(const std::string& bytes) const {
  const auto note = ParseNote(bytes);
  const auto checkpoint = note ? Checkpoint::Parse(note->text) : note.error();
  if (!checkpoint) return false;
  const auto view = replica_.Read();
  if (!view) return view.error();
  const TreeSize size = checkpoint->size;
  if (size.value == 0 || size < view->head().base || size > view->head().size) return false;
  const auto root = RootOf(*view, size);
  if (!root) return root.error();
  return *root == checkpoint->root;
}

Result<FollowStep::Kind> Follower::FollowPolicies(Source& mirror, const std::string& note,
                                                  sys_seconds now, const ReplayProgress& progress) {
  auto result = FollowStep::Kind::kNothing;
  while (true) {
    std::optional<Trust> trust;
    std::uint64_t version = 0;
    TreeSize size;
    {
      const auto view = replica_.Read();
      if (!view) return view.error();
      const auto policy = FindPolicy(*view);
      if (!policy) return policy.error();
      version = *policy ? (*policy)->policy.version : 0;
      size = view->head().size;
      auto present = TrustNow(*view);
      if (!present) return present.error();
      trust = *std::move(present);
    }
    if (result == FollowStep::Kind::kAdvanced) {
      const auto opened = trust->Open(note, now);
      if (opened) return Take(mirror, *opened, *trust, {}, now, progress);
    }
    // The next policy that was published and leads on; a replay that was interrupted may stand in
    // the middle of one.
    std::optional<TrustedCheckpoint> next;
    std::optional<Bytes> proof;
    for (std::uint64_t v = std::max<std::uint64_t>(version, 1); !next && v <= version + kMaxGap;
         ++v) {
      auto fetched = mirror.PolicyProof(v);
      if (!fetched) return Error{Errc::kNetwork, fetched.error().detail};
      if (!*fetched) continue;
      const auto proven = ProvenState::Open(**fetched, *trust, now);
      if (!proven || proven->head().size <= size) continue;
      // Whatever else it proves, it is kept and served as the proof of this policy.
      const auto policy = FindPolicy(*proven);
      if (!policy || !*policy || (*policy)->policy.version != v) continue;
      if (!Trust::Of((*policy)->origin, (*policy)->policy).Open(proven->checkpoint().note, now))
        continue;
      next = proven->checkpoint();
      proof = *std::move(fetched);
    }
    if (!next) return result;
    const auto taken = Take(mirror, *next, *trust, std::move(proof), now, progress);
    if (!taken || *taken == FollowStep::Kind::kFrozen) return taken;
    if (*taken != FollowStep::Kind::kAdvanced) return result;
    result = FollowStep::Kind::kAdvanced;
  }
}

Result<FollowStep::Kind> Follower::Take(Source& mirror, const TrustedCheckpoint& newest,
                                        const Trust& trust, std::optional<Bytes> policy_proof,
                                        sys_seconds now, const ReplayProgress& progress) {
  const Checkpoint& checkpoint = newest.checkpoint;
  if (checkpoint.size.value == 0) return Error{Errc::kForged, "its checkpoint is of an empty tree"};
  TreeSize base;
  {
    const auto view = replica_.Read();
    if (!view) return view.error();
    const Head& head = view->head();
    base = head.size;
    if (checkpoint.size < head.base) return FollowStep::Kind::kNothing;
    if (checkpoint.size <= head.size) {
      const auto fork = IsFork(*view, mirror, checkpoint);
      if (!fork) return fork.error();
      if (*fork) return Freeze(*view, newest.note, "a quorum cosigned two histories", now);
      if (checkpoint.size < head.size || newest.time <= head.time)
        return FollowStep::Kind::kNothing;
      const Batch same(*view);
      const auto confirmed = replica_.Commit(same, Publication{newest.note, newest.time, {}}, now);
      if (!confirmed) return confirmed.error();
      return FollowStep::Kind::kConfirmed;
    }
  }
  if (checkpoint.size.value - base.value > kOneStep) {
    if (const auto kept = replica_.KeepTrustOfReplay(trust.text()); !kept) return kept.error();
  }
  const auto replayed = Replay(replica_, mirror,
                               {checkpoint.size, checkpoint.root,
                                Publication{newest.note, newest.time, std::move(policy_proof)}},
                               progress);
  if (!replayed) {
    if (replayed.error().code != Errc::kForged) return replayed.error();
    const auto view = replica_.Read();
    if (!view) return view.error();
    const auto fork = IsFork(*view, mirror, checkpoint);
    if (!fork) return fork.error();
    if (*fork) return Freeze(*view, newest.note, "a quorum cosigned two histories", now);
    // The tree proves the entries, a quorum the tree: what they come to is not the mirror's doing.
    if (replayed.error().detail.starts_with("state root"))
      return Freeze(*view, newest.note, replayed.error().detail, now);
    return replayed.error();
  }
  if (const auto kept = KeepPolicyProofs(mirror, now); !kept) return kept.error();
  return FollowStep::Kind::kAdvanced;
}

/// Those that this replica lacks, for those who follow it: each proves itself, and is of this
/// replica's own tree.
Result<void> Follower::KeepPolicyProofs(Source& mirror, sys_seconds now) {
  const auto view = replica_.Read();
  if (!view) return view.error();
  const auto policy = FindPolicy(*view);
  if (!policy) return policy.error();
  if (!*policy) return {};
  const std::uint64_t present = (*policy)->policy.version;
  std::optional<Trust> before;  // of the last version that is known
  for (std::uint64_t v = present > kMaxGap ? present - kMaxGap : 1; v <= present; ++v) {
    const auto known = view->PolicyProof(v);
    if (!known) return known.error();
    if (*known) {
      const auto claimed = ClaimedPolicy(**known);
      if (!claimed) return claimed.error();
      before = Trust::Of(claimed->origin, claimed->policy);
      continue;
    }
    const auto proof = mirror.PolicyProof(v);
    if (!proof || !*proof) continue;
    const auto claimed = ClaimedPolicy(**proof);
    if (!claimed || claimed->policy.version != v || claimed->log != (*policy)->log) continue;
    const auto proven =
        ProvenState::Open(**proof, Trust::Of(claimed->origin, claimed->policy), now);
    if (!proven || proven->head().size > view->head().size ||
        proven->head().size < view->head().base)
      continue;
    const auto root = RootOf(*view, proven->head().size);
    if (!root) return root.error();
    if (*root != proven->head().root) continue;
    // A link must satisfy the policy before it as well: a later checkpoint need not.
    if (before && !before->Open(proven->checkpoint().note, now)) continue;
    before = Trust::Of(claimed->origin, claimed->policy);
    if (const auto kept = replica_.KeepPolicyProof(v, **proof); !kept) return kept.error();
  }
  return {};
}

Result<FollowStep::Kind> Follower::Freeze(const LedgerView& view, const std::string& note,
                                          const std::string& reason, sys_seconds now) {
  Evidence evidence{reason, {}, 0, true};
  const auto own = view.Note(view.head().size);
  if (!own) return own.error();
  if (*own) evidence.notes.push_back(**own);
  evidence.notes.push_back(note);
  evidence.time = static_cast<std::uint64_t>(now.time_since_epoch().count());
  if (const auto kept = replica_.KeepEvidence(evidence); !kept) return kept.error();
  return FollowStep::Kind::kFrozen;
}

}  // namespace cityid
