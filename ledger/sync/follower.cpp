#include "ledger/sync/follower.h"

#include "codec/time_text.h"
#include "ledger/store/batch.h"
#include "ledger/sync/fork.h"

namespace cityid {
namespace {

using std::chrono::sys_seconds;

/// For how long a mirror that failed is only asked if no other one answers.
constexpr std::chrono::seconds kAfterFailure{30};

/// The most entries that are replayed in one transaction.
constexpr std::uint64_t kOneStep = 1024;

/// Returns true for an error of this machine or this program, against which no other mirror helps.
bool IsOwn(Errc code) {
  return code == Errc::kIo || code == Errc::kFull || code == Errc::kCorrupt ||
         code == Errc::kBusy || code == Errc::kUnsupported || code == Errc::kStopped;
}

/// The policy proofs of a mirror. An error of the mirror is one of the network.
PolicyProofSource ProofsOf(Source& mirror) {
  return [&mirror](std::uint64_t version) -> Result<std::optional<Bytes>> {
    auto proof = mirror.PolicyProof(version);
    if (!proof) return Error{Errc::kNetwork, proof.error().detail};
    return proof;
  };
}

/// Returns true for a file that was made by hand for the policy that comes next
/// (docs/proof.md 4.4): no mirror can have it yet.
bool IsMadeForTheNext(const TrustFile& file, const LedgerView& view) {
  const auto version = PolicyVersion(view);
  return version && *version > 0 && !file.confirmed && file.version == *version + 1;
}

/// Says what a replica lacks that has not reached its trust file.
std::string Unreached(const TrustFile& file, const LedgerView& view) {
  const auto version = PolicyVersion(view);
  if (version && *version < file.version)
    return "policy " + std::to_string(*version) + ", not " + std::to_string(file.version);
  return "as of " + TimeText(view.head().time) + ", not " + TimeText(*file.confirmed);
}

/// Returns the lines of a note that `trust` verifies. Adds those of `kept`, if that is of the same
/// tree and all of them together are no more than every verifier reads.
Result<Note> LinesToKeep(const std::string& bytes, const std::optional<std::string>& kept,
                         const Trust& trust) {
  const auto parsed = ParseNote(bytes);
  if (!parsed) return parsed.error();
  Note note = VerifiedLines(*parsed, {trust});
  const auto old = kept ? ParseNote(*kept) : Error{Errc::kNotFound, ""};
  if (!old || old->text != note.text) return note;
  Note both = note;
  for (const NoteSignature& line : VerifiedLines(*old, {trust}).signatures)
    AddSignature(both, line);
  return both.signatures.size() <= kMaxNoteSignatures ? both : note;
}

}  // namespace

Result<FollowStep> Follower::Poll(sys_seconds now, const ReplayControl& control) {
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
  const std::size_t begin = first_;
  std::size_t answered = 0;
  std::vector<bool> failed;
  // A clock may have been set back.
  for (const sys_seconds time : not_before_)
    failed.push_back(now < time && time <= now + kAfterFailure);
  // Who failed a moment ago is only asked if nobody else answers.
  for (const bool failed_before : {false, true}) {
    if (answered > 0) break;
    for (std::size_t i = 0; i < mirrors_.size(); ++i) {
      const std::size_t turn = (begin + i) % mirrors_.size();
      if (failed[turn] != failed_before) continue;
      const auto kind = Ask(*mirrors_[turn], now, control);
      if (!kind && IsOwn(kind.error().code)) return kind.error();
      if (!kind) {
        not_before_[turn] = now + kAfterFailure;
        step.complaints.push_back(mirrors_[turn]->name() + ": " + kind.error().detail);
        continue;
      }
      ++answered;
      step.kind = *kind;
      if (*kind == FollowStep::Kind::kNothing) continue;
      first_ = turn;
      return step;
    }
  }
  return step;
}

Result<FollowStep::Kind> Follower::Ask(Source& mirror, sys_seconds now,
                                       const ReplayControl& control) {
  const auto note = mirror.Note();
  if (!note) return Error{Errc::kNetwork, note.error().detail};
  if (!*note) return Error{Errc::kNetwork, "it publishes no checkpoint"};
  if (!(*note)->empty() && **note == last_note_) return CheckNotBehind();
  const auto position = Position();
  if (!position) return position.error();
  auto opened = position->trust.Open(**note, now + ahead_);
  if (!opened) {
    // A note from before a policy that the replica has already is nothing new.
    const auto known = IsKnown(**note);
    if (!known) return known.error();
    if (*known) return CheckNotBehind();
  }
  auto kind = opened ? Take(mirror, *opened, *position, {}, now, control)
                     : FollowPolicies(mirror, **note, now, control);
  // The complaint is why the note doesn't hold, not that there is no further policy.
  if (!opened && kind && *kind == Kind::kNothing) return opened.error();
  if (kind && *kind == Kind::kNothing) kind = CheckNotBehind();
  if (opened && kind) last_note_ = **note;
  return kind;
}

Result<FollowStep::Kind> Follower::CheckNotBehind() const {
  const auto view = replica_.Read();
  if (!view) return view.error();
  const auto ahead = view->FindTrustAhead();
  if (!ahead) return ahead.error();
  if (!*ahead || !(*ahead)->behind || IsMadeForTheNext((*ahead)->file, *view))
    return Kind::kNothing;
  return Error{Errc::kRefused,
               "what it shows is older than the trust file: " + Unreached((*ahead)->file, *view)};
}

Result<PolicyPosition> Follower::Position() const {
  const auto view = replica_.Read();
  if (!view) return view.error();
  const auto ahead = view->FindTrustAhead();
  if (!ahead) return ahead.error();
  const auto policy = FindPolicy(*view);
  if (!policy) return policy.error();
  if (*ahead && (*ahead)->judges)
    return PolicyPosition{(*ahead)->file.trust, (*ahead)->file.version};
  if (!*policy) return PolicyPosition{trust_.trust, trust_.version};
  return PolicyPosition{Trust::Of(**policy), (*policy)->policy.version, view->head().size,
                        (*policy)->log};
}

Result<bool> Follower::IsKnown(const std::string& bytes) const {
  const auto note = ParseNote(bytes);
  const auto checkpoint = note ? Checkpoint::Parse(note->text) : note.error();
  if (!checkpoint) return false;
  const auto view = replica_.Read();
  if (!view) return view.error();
  if (checkpoint->size.value == 0 || checkpoint->size < view->head().base) return false;
  return Contains(*view, *checkpoint);
}

Result<std::optional<PolicyLink>> Follower::NextLink(Source& mirror, PolicyPosition& position,
                                                     sys_seconds now) const {
  const auto proofs = ProofsOf(mirror);
  if (position.size.value > 0) return NextPolicy(proofs, position, now);
  // The trust file judges, so its place in the chain comes first, unless the replica is past it in
  // the middle of a replay.
  TreeSize size;
  {
    const auto view = replica_.Read();
    if (!view) return view.error();
    size = view->head().size;
  }
  auto own = FindPosition(proofs, {position.trust, position.version}, now);
  if (!own) return own.error();
  if (own->checkpoint.checkpoint.size > size) return std::optional(*std::move(own));
  position = PolicyPosition::At(*own);
  while (true) {
    auto next = NextPolicy(proofs, position, now);
    if (!next || !*next || (*next)->checkpoint.checkpoint.size > size) return next;
    position = PolicyPosition::At(**next);
  }
}

Result<FollowStep::Kind> Follower::FollowPolicies(Source& mirror, const std::string& note,
                                                  sys_seconds now, const ReplayControl& control) {
  auto result = Kind::kNothing;
  while (true) {
    auto position = Position();
    if (!position) return position.error();
    if (result == Kind::kAdvanced) {
      const auto opened = position->trust.Open(note, now + ahead_);
      if (opened) return Take(mirror, *opened, *position, {}, now, control);
    }
    auto next = NextLink(mirror, *position, now + ahead_);
    if (!next && next.error().code == Errc::kNetwork) return next.error();
    if (!next) return result;
    if (!*next) {
      // The chain may have led past what judged at first.
      const auto opened = position->trust.Open(note, now + ahead_);
      return opened ? Take(mirror, *opened, *position, {}, now, control) : Result<Kind>(result);
    }
    const auto taken =
        Take(mirror, (*next)->checkpoint, *position, std::move((*next)->proof), now, control);
    if (!taken || *taken == Kind::kFrozen) return taken;
    if (*taken != Kind::kAdvanced) return result;
    result = Kind::kAdvanced;
  }
}

Result<FollowStep::Kind> Follower::Take(Source& mirror, const TrustedCheckpoint& newest,
                                        const PolicyPosition& position,
                                        std::optional<Bytes> policy_proof, sys_seconds now,
                                        const ReplayControl& control) {
  const Checkpoint& checkpoint = newest.checkpoint;
  if (checkpoint.size.value == 0) return Error{Errc::kForged, "its checkpoint is of an empty tree"};
  TreeSize base;
  {
    const auto view = replica_.Read();
    if (!view) return view.error();
    base = view->head().size;
    if (checkpoint.size <= base) return Confirm(*view, mirror, newest, now);
  }
  if (checkpoint.size.value - base.value > kOneStep) {
    const auto kept = replica_.DemandForReplay({position.trust, position.version});
    if (!kept) return kept.error();
  }
  const auto replayed =
      Replay(replica_, mirror,
             {checkpoint.size, checkpoint.root,
              Publication{newest.note, newest.time, std::move(policy_proof)}, position.trust},
             control);
  if (!replayed) return JudgeFailure(replayed.error(), mirror, newest, now);
  if (const auto kept = proofs_.Complete(mirror, now + ahead_); !kept) return kept.error();
  return Kind::kAdvanced;
}

Result<FollowStep::Kind> Follower::Confirm(const LedgerView& view, Source& mirror,
                                           const TrustedCheckpoint& newest, sys_seconds now) {
  const Checkpoint& checkpoint = newest.checkpoint;
  const Head& head = view.head();
  if (checkpoint.size < head.base) return Kind::kNothing;
  const auto fork = IsFork(view, mirror, checkpoint);
  if (!fork) return fork.error();
  if (*fork) return Freeze(view, newest.note, "a quorum cosigned two histories", now);
  // A time that is ahead of this clock was taken when one of the two was wrong: it is no bound.
  const bool ahead = head.time > now + kCosignatureSkew;
  if (checkpoint.size < head.size || (newest.time <= head.time && !ahead)) return Kind::kNothing;
  // A witness that follows its log keeps its own line, even if the log published without it.
  const auto kept = view.Note(head.size);
  const auto trust = view.TrustNow(trust_.trust);
  if (!kept || !trust) return kept ? trust.error() : kept.error();
  const auto note = LinesToKeep(newest.note, *kept, *trust);
  const auto both = note ? trust->Open(*note, now + ahead_) : note.error();
  if (!both) return both.error();
  const auto confirmed = replica_.Commit(Batch(view), Publication{both->note, both->time, {}}, now);
  if (!confirmed) return confirmed.error();
  return Kind::kConfirmed;
}

Result<FollowStep::Kind> Follower::JudgeFailure(const Error& failure, Source& mirror,
                                                const TrustedCheckpoint& newest, sys_seconds now) {
  if (failure.code != Errc::kForged && failure.code != Errc::kWrongState) return failure;
  const auto view = replica_.Read();
  if (!view) return view.error();
  const auto fork = IsFork(*view, mirror, newest.checkpoint);
  if (!fork) return fork.error();
  if (*fork) return Freeze(*view, newest.note, "a quorum cosigned two histories", now);
  // The tree proves the entries, and a quorum the tree. So a wrong state is not the mirror's doing.
  if (failure.code == Errc::kWrongState) return Freeze(*view, newest.note, failure.detail, now);
  return failure;
}

Result<FollowStep::Kind> Follower::Freeze(const LedgerView& view, const std::string& note,
                                          const std::string& reason, sys_seconds now) {
  Evidence evidence{reason, {}, 0, true};
  const auto own = view.Note(view.head().size);
  if (!own) return own.error();
  if (*own) evidence.notes.push_back(**own);
  const auto trust = view.TrustNow(trust_.trust);
  if (!trust) return trust.error();
  const auto other = LinesToKeep(note, {}, *trust);
  if (!other) return other.error();
  evidence.notes.push_back(WriteNote(*other));
  evidence.time = SecondsOf(now);
  if (const auto kept = replica_.KeepEvidence(evidence); !kept) return kept.error();
  return FollowStep::Kind::kFrozen;
}

}  // namespace cityid
