#include "ledger/consortium/confirmation.h"

#include <algorithm>
#include <future>

#include "ledger/proof/policy_chain.h"
#include "ledger/sync/replay.h"

namespace cityid {
namespace {

/// The most names that a message lists.
constexpr std::size_t kNamesShown = 8;

std::string Entries(TreeSize size) { return std::to_string(size.value) + " entries"; }

/// Adds the names of the policy's witnesses whose lines verify.
void AddNames(std::set<std::string>& names, const std::string& text,
              const std::vector<NoteSignature>& lines, const Policy& policy) {
  for (const NoteKey& key : WitnessesOf(policy)) {
    for (const NoteSignature& line : lines) {
      if (VerifyNoteSignature(text, line, key)) names.insert(key.name);
    }
  }
}

/// Calls `ask` with each of them at the same time, and waits for all.
template <class Shown, class Ask>
void AskAtOnce(std::vector<Shown>& all, const Ask& ask) {
  std::vector<std::future<void>> asked;
  for (Shown& shown : all) asked.push_back(std::async(std::launch::async, [&] { ask(shown); }));
  for (auto& each : asked) each.wait();
}

std::string Joined(const std::set<std::string>& names) {
  std::string text;
  std::size_t count = 0;
  for (const std::string& name : names) {
    if (count++ == kNamesShown) return text + " and others";
    text += (text.empty() ? "" : ", ") + name;
  }
  return text;
}

}  // namespace

Result<Standing> Confirmation::Step(const std::stop_token& stop) {
  using Kind = Standing::Kind;
  if (confirmed_) return Standing{Kind::kConfirmed, {}};
  const auto view = replica_.Read();
  if (!view) return view.error();
  const auto policy = PolicyInForce(*view);
  if (!policy) return policy.error();
  if (const auto named = CheckNames(policy->policy); !named) return named.error();
  for (const auto& why : {CompareTree(*view), CompareKeys(*view)}) {
    if (!why) return why.error();
    if (*why && !unconfirmed_) unconfirmed_ = **why;
  }
  // The journal's batch may just have been staged.
  const auto fresh = replica_.Read();
  if (!fresh) return fresh.error();
  auto all = AskAll(*policy);
  const auto taken = TakeBack(*fresh, all, stop);
  if (!taken) return taken.error();
  const Kind kind = unconfirmed_ ? Kind::kUnconfirmed : Kind::kAsking;
  const std::string why = unconfirmed_ ? "unconfirmed: " + *unconfirmed_ : "";
  if (!taken->empty()) return Standing{kind, why + (why.empty() ? "" : "; ") + *taken};
  for (const Shown& shown : all) {
    if (!shown.trouble.empty()) continue;
    const auto kept = proofs_.Complete(*shown.log, kAfterAll);
    if (!kept) return kept.error();
  }
  const auto has_key = HasLogKey(*fresh);
  if (!has_key) return has_key.error();
  if (!*has_key)
    return Standing{Kind::kUnconfirmed, "none of the log keys given is one of the policy's"};
  const auto missing = Missing(*fresh, *policy, all);
  if (!missing) return missing.error();
  if (!missing->empty()) return Standing{kind, why + (why.empty() ? "" : "; ") + *missing};
  return Confirm(*fresh);
}

Result<bool> Confirmation::HasLogKey(const LedgerView& view) const {
  const auto trust = view.TrustNow({});
  if (!trust) return trust.error();
  const auto& keys = publisher_.parts().log_keys;
  return std::ranges::any_of(trust->logs(), [&](const NoteKey& log) {
    return std::ranges::count(keys, log.key, &SecretKey::public_key) > 0;
  });
}

Result<void> Confirmation::CheckNames(const Policy& policy) const {
  const auto witnesses = WitnessesOf(policy);
  for (const std::string& name : without_) {
    if (std::ranges::count(witnesses, name, &NoteKey::name) > 0) continue;
    return Error{Errc::kUsage, "without: '" + name + "' is no institute or witness of the policy"};
  }
  return {};
}

Result<std::optional<std::string>> Confirmation::CompareTree(const LedgerView& view) {
  const Journal& journal = *publisher_.parts().journal;
  const auto because = [](std::string why) { return std::optional(std::move(why)); };
  if (!journal.known()) {
    return because("nothing is known of what its keys have signed (" + journal.file().string() +
                   ")");
  }
  const auto published = view.Note(view.head().size);
  if (!published) return published.error();
  const TreeSize signed_size = journal.newest() ? journal.newest()->checkpoint.size : TreeSize{0};
  stale_ |= *published && signed_size < view.head().size;
  if (stale_) return because(journal.file().string() + " is older than the ledger");
  const auto pending = ReadPendingBatch(view);
  if (!pending) return pending.error();
  const auto checked = journal.Check(**pending);
  if (checked) return std::optional<std::string>();
  const Errc code = checked.error().code;
  if (code != Errc::kForged && code != Errc::kRefused) return checked.error();
  const SignedTree& newest = *journal.newest();
  if (newest.base == (*pending)->head().size && !(*pending)->entries().empty()) {
    const auto batch = MakeBatch(**pending, newest.entries);
    if (batch && (*batch)->head().root == newest.checkpoint.root) {
      // What waits here had a quorum, or the key would not have signed what follows.
      const auto kept = replica_.Commit(**pending, std::nullopt, view.head().time);
      if (!kept) return kept.error();
      return because("the journal was ahead by two batches");
    }
  }
  if (newest.base == view.head().size && !newest.entries.empty()) {
    const auto batch = MakeBatch(view, newest.entries);
    if (!batch) return batch.error();
    if ((*batch)->head().root == newest.checkpoint.root) {
      // A batch that waits here was never signed.
      if (const auto staged = replica_.Stage(**batch); !staged) return staged.error();
      return std::optional<std::string>();
    }
  }
  if (code == Errc::kForged) return checked.error();
  return because(checked.error().detail);
}

Result<std::optional<std::string>> Confirmation::CompareKeys(const State& state) const {
  const Journal& journal = *publisher_.parts().journal;
  const auto trust = TrustInForce(state, {});
  if (!trust) return trust.error();
  for (const PublicKey& key : publisher_.Keys()) {
    const auto is_key = [&](const NoteKey& known) { return known.key == key; };
    // A key that the policy doesn't have can't have signed for this log.
    const bool counts = std::ranges::any_of(trust->logs(), is_key) ||
                        std::ranges::any_of(trust->WitnessKeys(), is_key);
    if (counts && !journal.Covers(key)) {
      return std::optional("nothing is known of what one of its keys has signed (" +
                           journal.file().string() + ")");
    }
  }
  return std::optional<std::string>();
}

std::vector<Confirmation::Shown> Confirmation::AskAll(const PolicyState& policy) const {
  std::vector<Shown> all;
  for (const auto& cosigner : publisher_.parts().cosigners) all.push_back({cosigner.get(), {}, {}});
  AskAtOnce(all, [&](Shown& shown) { Ask(shown, policy); });
  return all;
}

void Confirmation::Ask(Shown& shown, const PolicyState& policy) const {
  shown.log = shown.cosigner->Log(policy.origin);
  const auto text = shown.log->Note();
  if (!text) {
    shown.trouble = text.error().detail;
    return;
  }
  if (!*text) return;
  const auto note = ParseNote(**text);
  const auto checkpoint = note ? Checkpoint::Parse(note->text) : note.error();
  std::vector<NoteKey> logs = Trust::Of(policy).logs();
  for (const SecretKey& key : publisher_.parts().log_keys)
    logs.push_back({policy.origin, NoteKeyType::kEd25519, key.public_key()});
  // A claim counts only with the log's signature: else one liar could stop the ledger.
  if (!checkpoint || checkpoint->origin != policy.origin ||
      !CheckSignedByLog(logs, *note, policy.origin)) {
    shown.trouble = "shows no checkpoint of this log";
    return;
  }
  shown.note = *note;
  shown.checkpoint = *checkpoint;
  AddNames(shown.names, note->text, note->signatures, policy.policy);
}

Result<std::string> Confirmation::TakeBack(const LedgerView& view, const std::vector<Shown>& all,
                                           const std::stop_token& stop) {
  const auto pending = ReadPendingBatch(view);
  if (!pending) return pending.error();
  const Head& head = (*pending)->head();
  std::vector<const Shown*> ahead;
  for (const Shown& shown : all) {
    if (!shown.note) continue;
    // Only if nobody else has signed it: a published note has lines of many.
    const auto named = [&](const std::string& name) { return without_.contains(name); };
    if (!shown.names.empty() && std::ranges::all_of(shown.names, named)) continue;
    if (shown.checkpoint.size > head.size) {
      ahead.push_back(&shown);
      continue;
    }
    const auto root = RootOf(**pending, shown.checkpoint.size);
    if (!root) return root.error();
    if (*root == shown.checkpoint.root) continue;
    return Error{Errc::kForged,
                 shown.cosigner->name() + " has another history of " +
                     Entries(shown.checkpoint.size) +
                     ", signed by this log's key; see 'Two histories' in docs/operations.md"};
  }
  if (ahead.empty()) return std::string();
  // A key that signed more than its journal has was set back together with it.
  const Journal& journal = *publisher_.parts().journal;
  std::ranges::stable_sort(ahead, std::ranges::greater(),
                           [](const Shown* shown) { return shown->checkpoint.size.value; });
  const Checkpoint& newest = ahead.front()->checkpoint;
  if (!journal.newest() || newest.size > journal.newest()->checkpoint.size) {
    stale_ = true;
    if (!unconfirmed_) unconfirmed_ = "its journal is older than what a witness has";
  }
  std::string words;
  for (const Shown* shown : ahead) {
    // A batch on which the journal's tree stands had a quorum; the last one may lack it.
    const Checkpoint& checkpoint = shown->checkpoint;
    const bool known = journal.newest() && journal.newest()->base >= checkpoint.size;
    const auto replayed = Replay(replica_, *shown->log,
                                 {checkpoint.size, checkpoint.root, {}, {}, !known}, {{}, stop});
    words += (words.empty() ? "" : "; ") + shown->cosigner->name() + " has " +
             Entries(checkpoint.size) + " that the log's key signed: ";
    // The journal is written when it is certain that nobody has more.
    if (replayed) return words + "they are here now";
    words += replayed.error().detail;
  }
  return words;
}

Result<std::string> Confirmation::Missing(const LedgerView& view, const PolicyState& policy,
                                          std::vector<Shown>& all) const {
  const auto pending = ReadPendingBatch(view);
  if (!pending) return pending.error();
  const Journal& journal = *publisher_.parts().journal;
  if (const auto reached = journal.Check(**pending); !reached) {
    if (reached.error().code != Errc::kRefused) return reached.error();
    return std::string(
        "nobody has shown what is missing; stop the registry and bring the ledger up to date with: "
        "cityid follow --from MIRROR --ledger DIR --once");
  }
  const auto published = view.Note(view.head().size);
  if (!published) return published.error();
  AskAtOnce(all, [&](Shown& shown) { AskToConfirm(shown, *published, policy); });
  std::set<std::string> confirming, heard(without_);
  std::size_t nameless = 0, new_logs = 0;
  std::string words;
  for (const Shown& shown : all) {
    if (!shown.trouble.empty()) words += "; " + shown.cosigner->name() + ": " + shown.trouble;
    if (shown.answered && shown.confirmed_by.empty()) ++nameless;
    if (shown.confirms && shown.confirmed_by.empty()) ++new_logs;
    if (shown.confirms && !shown.confirmed_by.empty()) confirming.insert(shown.confirmed_by);
  }
  heard.insert(confirming.begin(), confirming.end());
  // For a key on this machine the journal confirms, or the operator's word. What may have lost its
  // memory doesn't confirm itself, unless there are too few others.
  const auto here = publisher_.Keys();
  const auto is_elsewhere = [&](const Institute& institute) {
    return std::ranges::count(here, institute.witness_key) == 0;
  };
  const bool counts_here =
      !unconfirmed_ ||
      std::ranges::count_if(policy.policy.institutes, is_elsewhere) < policy.policy.quorum;
  std::size_t institutes = new_logs;
  for (const NoteKey& witness : WitnessesOf(policy.policy)) {
    const bool ours = std::ranges::count(here, witness.key) > 0;
    if (ours && !stale_ && journal.Covers(witness.key)) heard.insert(witness.name);
  }
  for (const Institute& institute : policy.policy.institutes) {
    const bool ours = !is_elsewhere(institute) && counts_here && heard.contains(institute.name);
    if (confirming.contains(institute.name) || ours) ++institutes;
  }
  std::set<std::string> silent;
  for (const NoteKey& witness : WitnessesOf(policy.policy)) {
    if (!heard.contains(witness.name)) silent.insert(witness.name);
  }
  const bool all_heard = !unconfirmed_ || silent.size() <= nameless;
  if (institutes >= policy.policy.quorum && all_heard) return std::string();
  std::string missing = std::to_string(institutes) + " of " + std::to_string(policy.policy.quorum) +
                        " institutes have confirmed that they cosigned nothing newer";
  if (!all_heard)
    missing += "; not heard of: " + Joined(silent) + " (--without NAME goes on without one)";
  return missing + words;
}

void Confirmation::AskToConfirm(Shown& shown, const std::optional<std::string>& published,
                                const PolicyState& policy) const {
  if (!shown.trouble.empty()) return;
  shown.answered = true;
  // Before the first checkpoint a witness confirms by having none.
  shown.confirms = !shown.note && !published;
  if (shown.confirms) return;
  // It is asked to cosign again what it shows, or what is published if it shows nothing: one that
  // doesn't remember, or has cosigned more since, does not.
  const auto note = shown.note ? Result<Note>(*shown.note) : ParseNote(*published);
  const auto checkpoint = note ? Checkpoint::Parse(note->text) : note.error();
  if (!checkpoint) {
    shown.trouble = checkpoint.error().detail;
    return;
  }
  Note sent{note->text, {}};
  for (const NoteSignature& line : note->signatures) {
    if (line.name == policy.origin) sent.signatures.push_back(line);
  }
  const CosignRequest request{checkpoint->size, {}, WriteNote(sent)};
  const auto reply = shown.cosigner->AddCheckpoint(request.text());
  if (!reply) {
    shown.answered = false;
    shown.trouble = reply.error().detail;
    return;
  }
  if (reply->status != 200) {
    shown.trouble = "answered " + reply->words();
    return;
  }
  // One address is one party, whatever lines it repeats: the one that has signed just now.
  std::chrono::sys_seconds newest;
  for (const NoteKey& key : WitnessesOf(policy.policy)) {
    for (const NoteSignature& line : ReadableLines(reply->body)) {
      const auto time = VerifyNoteSignature(sent.text, line, key);
      if (!time || *time < newest) continue;
      newest = *time;
      shown.confirmed_by = key.name;
    }
  }
  shown.confirms = !shown.confirmed_by.empty();
  if (!shown.confirms) shown.trouble = "sent no cosignature of a key of the policy";
}

Result<Standing> Confirmation::Confirm(const LedgerView& view) {
  const auto pending = ReadPendingBatch(view);
  if (!pending) return pending.error();
  const auto policy = PolicyInForce(view);
  if (!policy) return policy.error();
  Journal& journal = *publisher_.parts().journal;
  Result<void> kept;
  if (unconfirmed_) {
    const Head& head = (*pending)->head();
    const Checkpoint checkpoint{policy->origin, head.size, head.root};
    kept = journal.Replace(publisher_.Keys(), SignedTree{checkpoint, checkpoint.text(),
                                                         view.head().size, (*pending)->entries()});
  } else {
    kept = journal.Cover(publisher_.Keys());
  }
  if (!kept) return kept.error();
  confirmed_ = true;
  return Standing{Standing::Kind::kConfirmed, {}};
}

}  // namespace cityid
