#include "ledger/consortium/witness.h"

#include <algorithm>

#include "ledger/store/batch.h"
#include "ledger/sync/follower.h"
#include "ledger/sync/fork.h"
#include "ledger/sync/replay.h"
#include "ledger/tlog/tree_proof.h"

namespace cityid {
namespace {

using std::chrono::sys_seconds;

/// A note with a wrong signature costs a look at the log only so often.
constexpr std::chrono::seconds kFollowAgain{10};

WitnessReply Reply(int status, std::string body) { return {status, std::move(body) + "\n"}; }

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

/// True if a log key of `trust` for this origin signed the note, and none of them wrongly.
bool SignedByLog(const Trust& trust, const Note& note, const std::string& origin) {
  bool is_signed = false;
  for (const NoteKey& log : trust.logs()) {
    for (const NoteSignature& line : note.signatures) {
      if (!IsBy(line, log)) continue;
      if (!VerifyNoteSignature(note.text, line, log)) return false;
      is_signed |= log.name == origin;
    }
  }
  return is_signed;
}

}  // namespace

Result<Trust> Witness::TrustNow(const LedgerView& view) const {
  const auto policy = FindPolicy(view);
  if (!policy) return policy.error();
  if (!*policy) return parts_.trust;
  return Trust::Of((*policy)->origin, (*policy)->policy);
}

WitnessReply Witness::AddCheckpoint(std::string_view text, sys_seconds now) {
  const auto request = CosignRequest::Parse(text);
  if (!request) return Reply(400, request.error().detail);
  const std::scoped_lock lock(mutex_);
  if (!caught_up_) {
    const auto caught_up = CompareWithLog(now);
    if (!caught_up)
      return Reply(caught_up.error().code == Errc::kForged ? 422 : 503, caught_up.error().detail);
  }
  auto reply = Judge(*request, now);
  // Trouble with the disk or the network: not a verdict on the checkpoint.
  return reply ? *std::move(reply) : Reply(503, reply.error().detail);
}

Result<WitnessReply> Witness::Judge(const CosignRequest& request, sys_seconds now) {
  const auto note = ParseNote(request.note);
  if (!note) return Reply(400, note.error().detail);
  const auto checkpoint = Checkpoint::Parse(note->text);
  if (!checkpoint) return Reply(400, checkpoint.error().detail);
  // Extension lines say what nobody here could have checked.
  if (checkpoint->text() != note->text) return Reply(400, "extension lines are not cosigned");

  auto view = replica_.Read();
  if (!view) return view.error();
  if (view->head().frozen) return Reply(422, "there is evidence against the log");
  auto trust = TrustNow(*view);
  if (!trust) return trust.error();
  if (!SignedByLog(*trust, *note, checkpoint->origin) && now - followed_at_ >= kFollowAgain) {
    // The log may have other keys by a policy that this witness has missed.
    const auto followed = CompareWithLog(now);
    if (!followed && followed.error().code != Errc::kNetwork) return followed.error();
    view = replica_.Read();
    if (!view) return view.error();
    trust = TrustNow(*view);
    if (!trust) return trust.error();
  }
  if (trust->logs().empty() || trust->logs().front().name != checkpoint->origin)
    return Reply(404, "this witness does not know the log '" + checkpoint->origin + "'");
  if (!SignedByLog(*trust, *note, checkpoint->origin))
    return Reply(403, "no key of the log has signed this checkpoint");
  if (checkpoint->size < request.old_size) return Reply(400, "the old size is the larger one");

  const Head head = view->head();
  if (request.old_size != head.size) return Reply(409, std::to_string(head.size.value));
  if (checkpoint->size.value == 0) return Reply(422, "an empty tree is not cosigned");
  if (head.size.value == 0) {
    if (!request.consistency.empty()) return Reply(422, "nothing is consistent with an empty tree");
  } else {
    const auto consistent = VerifyConsistency(head.size, head.root, checkpoint->size,
                                              checkpoint->root, request.consistency);
    if (!consistent)
      return Refuse(*view, *checkpoint, request.note, consistent.error().detail, now);
  }
  if (checkpoint->size > head.size) {
    auto replayed = ReplayTo(*checkpoint, request.note, now);
    if (!replayed || replayed->status != 200) return replayed;
    view = replica_.Read();
    if (!view) return view.error();
  }
  // The policy may have changed on the way; the name is that of the present one.
  const auto present = TrustNow(*view);
  if (!present) return present.error();
  std::vector<NoteSignature> lines;
  for (const Trust& names : {*present, *trust}) {
    for (const NoteKey& witness : names.WitnessKeys()) {
      if (witness.key != parts_.key.public_key()) continue;
      NoteSignature line = CosignNote(note->text, witness.name, parts_.key, now);
      if (std::ranges::find(lines, line) == lines.end()) lines.push_back(std::move(line));
    }
  }
  if (lines.empty()) return Reply(422, "this witness's key is not in the policy");
  // Kept before it is given away, with what the log signed by its keys of before and after a
  // change, now or when it asked for this size before.
  Note cosigned{note->text, {}};
  const auto keep = [&](const NoteSignature& line) {
    const bool there = std::ranges::any_of(cosigned.signatures, [&](const NoteSignature& other) {
      return other.name == line.name && other.id == line.id;
    });
    if (!there) cosigned.signatures.push_back(line);
  };
  for (const NoteSignature& signature : note->signatures) {
    const Note alone{note->text, {signature}};
    if (SignedByLog(*trust, alone, checkpoint->origin) ||
        SignedByLog(*present, alone, checkpoint->origin))
      keep(signature);
  }
  const auto stored = view->Note(checkpoint->size);
  if (!stored) return stored.error();
  const auto before = *stored ? ParseNote(**stored) : Error{Errc::kNotFound, ""};
  if (before && before->text == note->text) {
    for (const NoteSignature& signature : before->signatures) {
      if (signature.name == checkpoint->origin) keep(signature);
    }
  }
  std::string reply;
  for (const NoteSignature& line : lines) {
    keep(line);
    reply += WriteSignatureLine(line);
  }
  const Batch same(*view);
  const auto kept = replica_.Commit(same, Publication{WriteNote(cosigned), now, {}}, now);
  if (!kept) return kept.error();
  return WitnessReply{200, reply};
}

/// A checkpoint of the log that doesn't continue this ledger. If that can be shown, both notes are
/// kept.
Result<WitnessReply> Witness::Refuse(const LedgerView& view, const Checkpoint& checkpoint,
                                     const std::string& note, const std::string& reason,
                                     sys_seconds now) {
  const auto fork = IsFork(view, *parts_.log, checkpoint);
  if (!fork) return fork.error();
  if (!*fork) return Reply(422, reason);
  const auto own = view.Note(view.head().size);
  if (!own) return own.error();
  Evidence evidence{"the log signed two histories", {}, 0, false};
  if (*own) evidence.notes.push_back(**own);
  evidence.notes.push_back(note);
  evidence.time = static_cast<std::uint64_t>(now.time_since_epoch().count());
  if (const auto kept = replica_.KeepEvidence(evidence); !kept) return kept.error();
  return Reply(422, "the log signed two histories; the evidence is kept");
}

Result<WitnessReply> Witness::ReplayTo(const Checkpoint& checkpoint, const std::string& note,
                                       sys_seconds now) {
  // The last entry says the time before anything is written.
  const std::uint64_t last = checkpoint.size.value - 1;
  const std::uint64_t number = last / kTileWidth;
  const auto width = static_cast<std::uint32_t>(checkpoint.size.value - number * kTileWidth);
  const auto bundle = parts_.log->File({std::nullopt, number, width});
  if (!bundle) return bundle.error();
  if (!*bundle) return Reply(503, "the entries can't be fetched yet");
  const auto entries = ParseBundle(**bundle, width);
  if (!entries) return Reply(503, entries.error().detail);
  const auto state_root = ParseStateRoot(entries->back());
  if (!state_root) return Reply(422, "the checkpoint does not end with a state root");
  const auto latest = static_cast<std::uint64_t>((now + kStateRootSkew).time_since_epoch().count());
  if (state_root->root.time > latest) return Reply(422, "its time is more than a minute ahead");

  // Its own record of the head: with it, evidence against the log is complete.
  const Publication record{note, now, {}};
  const auto replayed = Replay(replica_, *parts_.log, {checkpoint.size, checkpoint.root, record});
  if (replayed) return Reply(200, "");
  switch (replayed.error().code) {
    case Errc::kForged:
    case Errc::kUnsupported:
      return Reply(422, replayed.error().detail);
    default:
      return Reply(503, replayed.error().detail);
  }
}

Result<void> Witness::CatchUp(sys_seconds now) {
  const std::scoped_lock lock(mutex_);
  return CompareWithLog(now);
}

Result<void> Witness::CompareWithLog(sys_seconds now) {
  const auto published = parts_.log->Note();
  if (!published) return published.error();
  followed_at_ = now;
  if (!*published) {
    caught_up_ = true;
    return {};
  }
  std::vector<std::unique_ptr<Source>> log;
  log.push_back(std::make_unique<BorrowedSource>(*parts_.log));
  Follower follower(replica_, parts_.trust, std::move(log));
  while (true) {
    const auto step = follower.Poll(now);
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
