// What a witness signs, and what it keeps of it: journal and notes.
#include <algorithm>

#include "ledger/proof/policy_chain.h"
#include "ledger/store/batch.h"
#include "ledger/witness/witness.h"
#include "ledger/witness/witness_reasons.h"

namespace cityid {
namespace {

using std::chrono::sys_seconds;

/// Returns the reply with these cosignatures, or the refusal if there are none.
WitnessReply ReplyLines(const Note& cosigned) {
  if (cosigned.signatures.empty())
    return Reply(kNoMember, "this witness's key is not in the policy");
  WitnessReply reply{200, {}, {}};
  for (const NoteSignature& line : cosigned.signatures) reply.body += WriteSignatureLine(line);
  return reply;
}

}  // namespace

WitnessReply Witness::Cosign(const Asked& asked, const Trust& before, sys_seconds now) {
  auto reply =
      IsNewestSigned(asked) ? CosignAgain(asked, before, now) : CosignHead(asked, before, now);
  if (reply.status == 200) last_ = LastReply{asked.note.text, now, reply};
  return reply;
}

WitnessReply Witness::CosignAgain(const Asked& asked, const Trust& before, sys_seconds now) {
  const auto view = replica_.Read();
  if (!view) return Trouble(view.error());
  if (view->head().size == asked.checkpoint.size && !fetching_)
    return CosignHead(asked, before, now);
  // The replica has replayed more than was cosigned, was set back, or is being written to: nothing
  // new is said, and nothing is kept.
  Note lines{asked.note.text, {}};
  AddCosignatures(lines, {before}, {&parts_.key, 1}, now);
  return ReplyLines(lines);
}

WitnessReply Witness::CosignHead(const Asked& asked, const Trust& before, sys_seconds now) {
  const auto view = replica_.Read();
  if (!view) return Trouble(view.error());
  // The replay may have brought a new policy, in which this witness has another name.
  const auto present = view->TrustNow(parts_.trust.trust);
  if (!present) return Trouble(present.error());
  Note lines{asked.note.text, {}};
  AddCosignatures(lines, {*present, before}, {&parts_.key, 1}, now);
  if (lines.signatures.empty()) return ReplyLines(lines);
  // The note is kept with everything that the log signed, now or when it asked for this size
  // before, by its keys of both policies.
  const std::string& origin = asked.checkpoint.origin;
  Note cosigned{lines.text, {}};
  for (const NoteSignature& line : asked.note.signatures) {
    const Note alone{lines.text, {line}};
    if (CheckSignedByLog(before.logs(), alone, origin) ||
        CheckSignedByLog(present->logs(), alone, origin))
      AddSignature(cosigned, line);
  }
  const auto stored = view->Note(asked.checkpoint.size);
  if (!stored) return Trouble(stored.error());
  const auto old = *stored ? ParseNote(**stored) : Error{Errc::kNotFound, ""};
  if (old && old->text == lines.text) {
    for (const NoteSignature& line : old->signatures) {
      if (line.name == origin) AddSignature(cosigned, line);
    }
  }
  for (const NoteSignature& line : lines.signatures) AddSignature(cosigned, line);
  if (auto refusal = KeepInJournal(*view, asked, cosigned)) return *std::move(refusal);
  const auto kept =
      replica_.Commit(Batch(*view), Publication{WriteNote(cosigned), now, {}, false}, now);
  if (!kept) return Trouble(kept.error());
  return ReplyLines(lines);
}

Witness::Refusal Witness::KeepInJournal(const LedgerView& view, const Asked& asked,
                                        const Note& cosigned) {
  const TreeSize size = asked.checkpoint.size;
  SignedTree tree{asked.checkpoint, WriteNote(cosigned), asked.request.old_size, {}};
  // Where the journal is ahead of the directory, the key has cosigned more than that: it must not
  // be forgotten when this tree is left.
  if (const auto& before = parts_.journal.newest(); before && before->checkpoint.size < size)
    tree.base = std::max(tree.base, before->checkpoint.size);
  // A witness that was brought forward over more than a batch can take them from anybody.
  if (size.value - tree.base.value > kMaxBatch + 1) tree.base = size;
  for (std::uint64_t i = tree.base.value; i < size.value; ++i) {
    const auto entry = view.Entry(Index{i});
    if (!entry) return Trouble(entry.error());
    tree.entries.push_back(ToBytes(*entry));
  }
  const auto kept = parts_.journal.Keep(view, std::move(tree), {parts_.key.public_key()});
  if (kept) return {};
  if (kept.error().code == Errc::kForged) return Reply(kHistory, kept.error().detail);
  if (kept.error().code == Errc::kRefused) {
    return ReplySize(parts_.journal.newest()->checkpoint.size);
  }
  return Trouble(kept.error());
}

std::string Witness::Release() const {
  std::string text;
  for (const std::string& note : parts_.journal.release()) text += note;
  return text;
}

Result<std::optional<std::string>> Witness::NewestCosigned() {
  if (ahead_) {
    const auto view = replica_.Read();
    if (!view) return view.error();
    if (view->head().size < ahead_->checkpoint.size) return std::optional(ahead_->note);
  }
  return cosigned_.Newest();
}

Result<void> Witness::TakeBackFromJournal(sys_seconds now) {
  const std::scoped_lock lock(mutex_);
  Journal& journal = parts_.journal;
  if (!journal.known()) return {};
  const auto view = replica_.Read();
  if (!view) return view.error();
  const auto checked = journal.Check(*view);
  if (checked) return ShowFromJournal(*view, now);
  if (checked.error().code != Errc::kRefused) return checked;
  const SignedTree& newest = *journal.newest();
  if (newest.entries.empty() || newest.base != view->head().size) {
    ahead_ = newest;
    return {};
  }
  const auto batch = MakeBatch(*view, newest.entries);
  if (!batch) return batch.error();
  if ((*batch)->head().root != newest.checkpoint.root) {
    return Error{Errc::kForged,
                 "this witness has cosigned another history than that of its directory (" +
                     journal.file().string() + ")"};
  }
  return replica_.Commit(**batch, Publication{newest.note, now, {}, false}, now);
}

Result<void> Witness::ShowFromJournal(const LedgerView& view, sys_seconds now) {
  const auto& newest = parts_.journal.newest();
  if (!newest || newest->checkpoint.size != view.head().size || IsGivenUp(newest->checkpoint))
    return {};
  const auto shown = view.Note(newest->checkpoint.size);
  if (!shown) return shown.error();
  if (*shown == newest->note) return {};
  return replica_.Commit(Batch(view), Publication{newest->note, now, {}, false}, now);
}

}  // namespace cityid
