// cityid ledger adopt
#include <filesystem>

#include "cli/console/asking.h"
#include "cli/console/clock.h"
#include "cli/console/streams.h"
#include "cli/console/terminal.h"
#include "cli/serving/branch.h"
#include "cli/serving/commands.h"
#include "ledger/cosigning/journal.h"
#include "ledger/store/batch.h"
#include "ledger/store/inbox.h"
#include "ledger/store/replica.h"
#include "ledger/sync/replay.h"

namespace cityid::cli {
namespace {

/// After a fork of a batch that has no quorum: takes the branch that a witness has, in place of the
/// batch that waits here (docs/signing-journal.md 5).
struct LedgerAdopt {
  std::string from, ledger, journal;
  AskingOptions asking;

  void Declare(Command& command) {
    command.Required("--from", &from, "Address of a witness that has cosigned the branch");
    command.Required("--ledger", &ledger, "The registry's ledger directory");
    command.Option("--signed", &journal, "Journal of what the keys have signed");
    asking.Declare(command);
  }

  Result<int> Run() const;
  Shown What(const LedgerView& view, const Branch& branch, std::size_t given_up) const;
};

/// Puts the records of a batch that is given up back into the inbox, from where they are sequenced
/// again. Returns their number.
Result<std::size_t> KeepRecords(const std::string& ledger, const std::vector<Bytes>& entries) {
  auto inbox = Inbox::Open(std::filesystem::path(ledger) / "inbox");
  if (!inbox) return inbox.error();
  std::size_t count = 0;
  for (const Bytes& entry : entries) {
    auto draft = Draft::Parse(entry);
    if (!draft) continue;  // the state root
    if (const auto put = inbox->Put({*std::move(draft), Now()}); !put) return put.error();
    ++count;
  }
  return count;
}

/// Refuses a branch if a witness key of this machine may have cosigned another one: with it, the
/// two could get a quorum each.
Result<void> CheckNoWitnessKey(const Journal& journal, const LedgerView& view,
                               const Checkpoint& branch) {
  const auto& newest = journal.newest();
  if (!newest || newest->checkpoint.size <= view.head().size || newest->checkpoint == branch)
    return {};
  const auto policy = FindPolicy(view);
  if (!policy) return policy.error();
  std::vector<std::pair<std::string, PublicKey>> witnesses;
  for (const Institute& institute : (*policy)->policy.institutes)
    witnesses.emplace_back(institute.name, institute.witness_key);
  for (const OutsideWitness& outside : (*policy)->policy.witnesses)
    witnesses.emplace_back(outside.name, outside.key);
  for (const auto& [name, key] : witnesses) {
    if (!journal.Covers(key)) continue;
    return Error{Errc::kRefused,
                 "the witness key of " + name +
                     " is on this machine and may have cosigned the tree that would "
                     "be given up (" +
                     journal.file().string() +
                     "); adopt the branch where that key isn't, without it"};
  }
  return {};
}

/// Returns what is taken and what is given up.
Shown LedgerAdopt::What(const LedgerView& view, const Branch& branch, std::size_t given_up) const {
  Shown shown{"published here: " + std::to_string(view.head().size.value) + " entries\n" +
                  Printable(from) + " has a branch, signed by the log's key: " +
                  TreeText(branch.checkpoint) + "\n" + std::to_string(given_up) +
                  " entries that wait here are given up; their records go into the inbox\n",
              {}};
  JsonText json(shown.json);
  json.BeginObject().Member("published", view.head().size.value).Member("from", from);
  BeginTree(json.Name("branch"), branch.checkpoint).EndObject();
  json.Member("given_up_entries", given_up).EndObject();
  return shown;
}

Result<int> LedgerAdopt::Run() const {
  auto replica = Replica::Open(ledger, Replica::Mode::kWrite);
  if (!replica) return replica.error();
  auto signed_here = Journal::Open(Journal::FileOf(ledger, journal));
  if (!signed_here) return signed_here.error();
  std::vector<Bytes> given_up;
  std::optional<Branch> branch;
  Shown shown;
  {
    const auto view = replica->Read();
    if (!view) return view.error();
    auto found = FindBranch(from, *view);
    if (!found) return found.error();
    branch = *std::move(found);
    const auto free = CheckNoWitnessKey(*signed_here, *view, branch->checkpoint);
    if (!free) return free.error();
    auto pending = view->Pending();
    if (!pending) return pending.error();
    given_up = *std::move(pending);
    shown = What(*view, *branch, given_up.size());
  }
  const auto agreed = ShowAndAsk(shown, "Take this branch?", asking);
  if (!agreed) return agreed.error();
  if (!*agreed) return 0;
  // First the records: after a crash they are there twice, which is no harm.
  const auto kept = KeepRecords(ledger, given_up);
  if (!kept) return kept.error();
  const auto replayed = Replay(*replica, *branch->source,
                               {branch->checkpoint.size, branch->checkpoint.root, {}, {}, true});
  if (!replayed) return replayed.error();
  const auto view = replica->Read();
  if (!view) return view.error();
  const auto entries = view->Pending();
  if (!entries) return entries.error();
  const auto written = signed_here->Replace(
      signed_here->keys(),
      SignedTree{branch->checkpoint, branch->note, view->head().size, *entries});
  if (!written) return written.error();
  Say("start the registry with --without for each witness that has cosigned another branch, and "
      "give it a new key by a policy");
  return 0;
}

}  // namespace

void AddLedgerAdopt(Command& ledger) {
  ledger.Add("adopt", "After a fork without a quorum: take the branch that a witness has",
             LedgerAdopt());
}

}  // namespace cityid::cli
