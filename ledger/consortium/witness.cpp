#include "ledger/consortium/witness.h"

#include <algorithm>

#include "ledger/proof/policy_chain.h"
#include "ledger/store/batch.h"
#include "ledger/sync/follower.h"
#include "ledger/sync/fork.h"
#include "ledger/sync/replay.h"
#include "ledger/tlog/tree_proof.h"

namespace cityid {
namespace {

using std::chrono::sys_seconds;

/// The least time between two looks at the log because of a note that no known log key signed.
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

/// Returns true if a log key of `trust` for this origin signed the note, and none of them wrongly.
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

Result<Trust> Witness::TrustNow() const {
  const auto view = replica_.Read();
  if (!view) return view.error();
  return TrustInForce(*view, parts_.trust);
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
  const auto asked = Parse(*request);
  if (!asked) return Reply(400, asked.error().detail);
  auto reply = Judge(*asked, now);
  // Trouble with the disk or the network says nothing about the checkpoint.
  return reply ? *std::move(reply) : Reply(503, reply.error().detail);
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

Result<WitnessReply> Witness::Judge(const Asked& asked, sys_seconds now) {
  auto refusal = CheckSigned(asked, now);
  if (!refusal) return refusal.error();
  if (*refusal) return **std::move(refusal);
  const auto before = TrustNow();
  if (!before) return before.error();
  refusal = CheckConsistent(asked, now);
  if (refusal && !*refusal) refusal = ReplayTo(asked, now);
  if (!refusal) return refusal.error();
  if (*refusal) return **std::move(refusal);
  return Cosign(asked, *before, now);
}

Result<Witness::Refusal> Witness::CheckSigned(const Asked& asked, sys_seconds now) {
  const Checkpoint& checkpoint = asked.checkpoint;
  {
    const auto view = replica_.Read();
    if (!view) return view.error();
    if (view->head().frozen) return Refusal(Reply(422, "there is evidence against the log"));
  }
  auto trust = TrustNow();
  if (!trust) return trust.error();
  if (!SignedByLog(*trust, asked.note, checkpoint.origin) && now - followed_at_ >= kFollowAgain) {
    // The log may have other keys by a policy that this witness has missed.
    const auto followed = CompareWithLog(now);
    if (!followed && followed.error().code != Errc::kNetwork) return followed.error();
    trust = TrustNow();
    if (!trust) return trust.error();
  }
  if (trust->logs().empty() || trust->logs().front().name != checkpoint.origin)
    return Refusal(Reply(404, "this witness does not know the log '" + checkpoint.origin + "'"));
  if (!SignedByLog(*trust, asked.note, checkpoint.origin))
    return Refusal(Reply(403, "no key of the log has signed this checkpoint"));
  if (checkpoint.size < asked.request.old_size)
    return Refusal(Reply(400, "the old size is the larger one"));
  return Refusal();
}

Result<Witness::Refusal> Witness::CheckConsistent(const Asked& asked, sys_seconds now) {
  const auto view = replica_.Read();
  if (!view) return view.error();
  const Head& head = view->head();
  const Checkpoint& checkpoint = asked.checkpoint;
  if (asked.request.old_size != head.size)
    return Refusal(Reply(409, std::to_string(head.size.value)));
  if (checkpoint.size.value == 0) return Refusal(Reply(422, "an empty tree is not cosigned"));
  if (head.size.value == 0) {
    if (asked.request.consistency.empty()) return Refusal();
    return Refusal(Reply(422, "nothing is consistent with an empty tree"));
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
  if (!*bundle) return Refusal(Reply(503, "the entries can't be fetched yet"));
  const auto entries = ParseBundle(**bundle, width);
  if (!entries) return Refusal(Reply(503, entries.error().detail));
  const auto state_root = ParseStateRoot(entries->back());
  if (!state_root) return Refusal(Reply(422, "the checkpoint does not end with a state root"));
  const auto latest = static_cast<std::uint64_t>((now + kStateRootSkew).time_since_epoch().count());
  if (state_root->root.time > latest)
    return Refusal(Reply(422, "its time is more than a minute ahead"));
  return Refusal();
}

Result<Witness::Refusal> Witness::ReplayTo(const Asked& asked, sys_seconds now) {
  const Checkpoint& checkpoint = asked.checkpoint;
  {
    const auto view = replica_.Read();
    if (!view) return view.error();
    if (checkpoint.size == view->head().size) return Refusal();
  }
  // Before anything is written.
  if (auto refusal = CheckTime(checkpoint, now); !refusal || *refusal) return refusal;
  // The log's note is kept with the head, so that evidence against the log is complete.
  const Publication record{asked.request.note, now, {}};
  const auto replayed = Replay(replica_, *parts_.log, {checkpoint.size, checkpoint.root, record});
  if (replayed) return Refusal();
  switch (replayed.error().code) {
    case Errc::kForged:
    case Errc::kWrongState:
    case Errc::kUnsupported:
      return Refusal(Reply(422, replayed.error().detail));
    default:
      return Refusal(Reply(503, replayed.error().detail));
  }
}

Result<WitnessReply> Witness::Cosign(const Asked& asked, const Trust& before, sys_seconds now) {
  const auto view = replica_.Read();
  if (!view) return view.error();
  // The replay may have brought a new policy, in which this witness has another name.
  const auto present = TrustInForce(*view, parts_.trust);
  if (!present) return present.error();
  Note lines{asked.note.text, {}};
  for (const Trust& trust : {*present, before}) {
    for (const NoteKey& witness : trust.WitnessKeys()) {
      if (witness.key == parts_.key.public_key())
        AddSignature(lines, CosignNote(lines.text, witness.name, parts_.key, now));
    }
  }
  if (lines.signatures.empty()) return Reply(422, "this witness's key is not in the policy");
  // The note is kept with everything that the log signed, now or when it asked for this size
  // before, by its keys of both policies.
  const std::string& origin = asked.checkpoint.origin;
  Note cosigned{lines.text, {}};
  for (const NoteSignature& line : asked.note.signatures) {
    const Note alone{lines.text, {line}};
    if (SignedByLog(before, alone, origin) || SignedByLog(*present, alone, origin))
      AddSignature(cosigned, line);
  }
  const auto stored = view->Note(asked.checkpoint.size);
  if (!stored) return stored.error();
  const auto old = *stored ? ParseNote(**stored) : Error{Errc::kNotFound, ""};
  if (old && old->text == lines.text) {
    for (const NoteSignature& line : old->signatures) {
      if (line.name == origin) AddSignature(cosigned, line);
    }
  }
  std::string reply;
  for (const NoteSignature& line : lines.signatures) {
    AddSignature(cosigned, line);
    reply += WriteSignatureLine(line);
  }
  const auto kept = replica_.Commit(Batch(*view), Publication{WriteNote(cosigned), now, {}}, now);
  if (!kept) return kept.error();
  return WitnessReply{200, reply};
}

Result<WitnessReply> Witness::RefuseHistory(const LedgerView& view, const Asked& asked,
                                            const std::string& reason, sys_seconds now) {
  const auto fork = IsFork(view, *parts_.log, asked.checkpoint);
  if (!fork) return fork.error();
  if (!*fork) return Reply(422, reason);
  const auto own = view.Note(view.head().size);
  if (!own) return own.error();
  Evidence evidence{"the log signed two histories", {}, 0, false};
  if (*own) evidence.notes.push_back(**own);
  evidence.notes.push_back(asked.request.note);
  evidence.time = static_cast<std::uint64_t>(now.time_since_epoch().count());
  if (const auto kept = replica_.KeepEvidence(evidence); !kept) return kept.error();
  return Reply(422, "the log signed two histories; the evidence is kept");
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
