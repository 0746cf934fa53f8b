// cityid ledger adopt
#include <cstdio>
#include <filesystem>

#include "cli/console/clock.h"
#include "cli/console/terminal.h"
#include "cli/serving/commands.h"
#include "ledger/consortium/cosigner.h"
#include "ledger/consortium/journal.h"
#include "ledger/proof/trust.h"
#include "ledger/store/batch.h"
#include "ledger/store/inbox.h"
#include "ledger/store/replica.h"
#include "ledger/sync/replay.h"
#include "resolver/remote/http_witness.h"

namespace cityid::cli {
namespace {

/// After a fork of a batch that has no quorum: takes the branch that a witness has, in place of the
/// batch that waits here (docs/signing-journal.md 5).
struct LedgerAdopt {
  std::string from, ledger, journal;
  bool yes = false;

  void Declare(Command& command) {
    command.Required("--from", &from, "Address of a witness that has cosigned the branch");
    command.Required("--ledger", &ledger, "The registry's ledger directory");
    command.Option("--signed", &journal, "Journal of what the keys have signed");
    command.Option("--yes", &yes, "Don't ask");
  }

  Result<int> Run() const;
};

/// A branch that the log's key signed, and what shows it.
struct Branch {
  std::unique_ptr<Source> source;
  std::string note;
  Checkpoint checkpoint;
};

/// Asks the witness for its newest checkpoint. Errors: kForged if the log's key didn't sign it;
/// kRefused if it is no more than the published head.
Result<Branch> FindBranch(const std::string& from, const LedgerView& view) {
  const auto address = PeerUrl::Parse(from);
  if (!address) return address.error();
  const auto policy = FindPolicy(view);
  if (!policy) return policy.error();
  if (!*policy) return Error{Errc::kRefused, "the ledger is empty"};
  Branch branch{HttpWitness(*address).Log((*policy)->origin), {}, {}};
  const auto text = branch.source->Note();
  if (!text) return text.error();
  if (!*text) return Error{Errc::kNotFound, from + " has cosigned nothing of this log"};
  const auto note = ParseNote(**text);
  const auto checkpoint = note ? Checkpoint::Parse(note->text) : note.error();
  if (!checkpoint) return checkpoint.error();
  if (!SignedByLog(Trust::Of(**policy).logs(), *note, (*policy)->origin))
    return Error{Errc::kForged, from + ": the log's key has not signed its checkpoint"};
  if (checkpoint->size <= view.head().size)
    return Error{Errc::kRefused, from + " has no more than what is published here"};
  branch.note = **text;
  branch.checkpoint = *checkpoint;
  return branch;
}

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

Result<int> LedgerAdopt::Run() const {
  auto replica = Replica::Open(ledger, Replica::Mode::kWrite);
  if (!replica) return replica.error();
  auto signed_here = Journal::Open(Journal::FileOf(ledger, journal));
  if (!signed_here) return signed_here.error();
  std::vector<Bytes> given_up;
  std::optional<Branch> branch;
  {
    const auto view = replica->Read();
    if (!view) return view.error();
    auto found = FindBranch(from, *view);
    if (!found) return found.error();
    branch = *std::move(found);
    auto pending = view->Pending();
    if (!pending) return pending.error();
    given_up = *std::move(pending);
    std::fprintf(
        stderr,
        "the ledger here has %llu published entries; %s has a branch of %llu, signed by "
        "the log's key\n%zu entries that wait here are given up; their records go into the "
        "inbox\n",
        static_cast<unsigned long long>(view->head().size.value), from.c_str(),
        static_cast<unsigned long long>(branch->checkpoint.size.value), given_up.size());
  }
  if (!yes && InputIsTerminal() && !AskYesOrNo("Take this branch?"))
    return Error{Errc::kUsage, "nothing was changed"};
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
  std::fprintf(stderr,
               "start the registry with --without for each witness that has cosigned another "
               "branch, and give it a new key by a policy\n");
  return 0;
}

}  // namespace

void AddLedgerAdopt(Command& ledger) {
  ledger.Add("adopt", "After a fork without a quorum: take the branch that a witness has",
             LedgerAdopt());
}

}  // namespace cityid::cli
