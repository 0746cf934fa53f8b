#include "cli/serving/leave_fork.h"

#include <cstdio>
#include <filesystem>
#include <optional>

#include "cli/checking/trust_file.h"
#include "cli/console/clock.h"
#include "cli/console/key_files.h"
#include "cli/console/stop.h"
#include "cli/console/streams.h"
#include "cli/serving/branch.h"
#include "cli/serving/follow.h"
#include "codec/files/file.h"
#include "ledger/cosigning/journal.h"
#include "ledger/cosigning/leaving.h"
#include "resolver/remote/http_source.h"

namespace cityid::cli {
namespace {

namespace fs = std::filesystem;

Result<std::vector<std::string>> ReadNotes(const std::string& file) {
  const auto bytes = ReadFile(file, kMaxReleaseFile);
  if (!bytes) return bytes.error();
  return SplitNotes(AsText(*bytes));
}

/// Returns what this witness is about to promise.
Shown ShownPromise(const Promise& promise) {
  Shown shown{
      "this witness promises never to cosign, from now on, these trees or what continues "
      "them:\n",
      {}};
  JsonText json(shown.json);
  json.BeginObject().Name("promises").BeginArray();
  for (const GivenUp& each : promise.trees) {
    shown.text += "  " + TreeText(each.tree) + ": " +
                  (each.had_cosigned ? "it has cosigned it, or may have" : "it never has") + "\n";
    BeginTree(json, each.tree).Name("cosigned").Bool(each.had_cosigned).EndObject();
  }
  json.EndArray().EndObject();
  return shown;
}

/// Returns what this witness is about to leave.
Shown ShownLeave(const Checkpoint& left, const Checkpoint& published) {
  Shown shown{"this witness leaves the tree that it has cosigned: " + TreeText(left) +
                  "\nand goes back to the published one: " + TreeText(published) + "\n",
              {}};
  JsonText json(shown.json);
  json.BeginObject();
  BeginTree(json.Name("leaves"), left).EndObject();
  BeginTree(json.Name("for"), published).EndObject();
  json.EndObject();
  return shown;
}

/// Refuses the directory of a registry, which has more than the witness's key signed.
Result<void> CheckIsWitness(const Journal& journal, const Trust& trust) {
  for (const NoteKey& log : trust.logs()) {
    if (!journal.Covers(log.key)) continue;
    return Error{Errc::kRefused, journal.file().string() +
                                     " is a registry's journal; only a witness with a directory of "
                                     "its own can leave a tree: give the institute a new witness "
                                     "key by a policy"};
  }
  return {};
}

/// Replays what the log has published into a replica.
Result<void> FollowPublished(Replica& replica, const WitnessConfig& config) {
  std::stop_source stopping;
  const StopOnSignal stops(stopping);
  auto follower = MakeFollower(replica, {config.ledger, {config.log}, config.trust});
  if (!follower) return follower.error();
  while (true) {
    const auto step = follower->Poll(Now(), {{}, stopping.get_token()});
    if (!step) return step.error();
    if (step->kind == FollowStep::Kind::kAdvanced) continue;
    if (step->kind == FollowStep::Kind::kFrozen)
      return Error{Errc::kForged, "there is evidence against the log"};
    if (!step->complaints.empty()) return Error{Errc::kNetwork, step->complaints.front()};
    return {};
  }
}

fs::path AsidePath(const fs::path& ledger, int number) {
  return ledger.string() + ".given-up-" + std::to_string(number);
}

/// Returns the first number that no directory put aside has.
int NextAside(const fs::path& ledger) {
  int number = 1;
  while (Exists(AsidePath(ledger, number))) ++number;
  return number;
}

Result<void> Rename(const fs::path& from, const fs::path& to) {
  std::error_code error;
  fs::rename(from, to, error);
  if (error) return Error{Errc::kIo, "cannot rename " + from.string() + ": " + error.message()};
  return SyncParent(to);
}

/// Puts the directory aside, where everything that was cosigned stays, and the new one in its
/// place. After an error everything is as before.
Result<fs::path> PutAside(const fs::path& ledger, const fs::path& fresh) {
  const fs::path aside = AsidePath(ledger, NextAside(ledger));
  auto put = Rename(ledger, aside);
  if (put) put = Rename(fresh, ledger);
  if (put) return aside;
  std::error_code ignored;
  if (!Exists(ledger)) fs::rename(aside, ledger, ignored);
  return put.error();
}

/// Puts back what a `PutAside` that was interrupted has put aside.
Result<void> PutBack(const fs::path& ledger, const fs::path& fresh) {
  const int last = NextAside(ledger) - 1;
  if (last == 0 || Exists(ledger) || !Exists(fresh)) return {};
  return Rename(AsidePath(ledger, last), ledger);
}

fs::path WithoutSlash(const std::string& directory) {
  const fs::path path = fs::path(directory).lexically_normal();
  return path.has_filename() ? path : path.parent_path();
}

}  // namespace

Result<int> PromiseForRelease(const WitnessConfig& config, const std::string& file,
                              const AskingOptions& asking) {
  const auto notes = ReadNotes(file);
  if (!notes) return notes.error();
  const auto note =
      notes->empty() ? Error{Errc::kMalformed, "the file is empty"} : ParseNote(notes->front());
  const auto release = note ? Release::Parse(note->text) : note.error();
  if (!release) return release.error().In(file);
  const auto address = PeerUrl::Parse(config.log);
  if (!address) return address.error().In("log");
  const auto trust = ReadTrustFile(config.trust, Now());
  if (!trust) return trust.error();
  const auto replica = Replica::Open(config.ledger, Replica::Mode::kWrite);
  if (!replica) return replica.error();
  const auto view = replica->Read();
  if (!view) return view.error();
  const auto known = view->TrustNow(trust->trust);
  if (!known) return known.error();
  if (known->logs().empty() || known->logs().front().name != release->base.origin)
    return Error{Errc::kRefused, file + " is about another log"};
  HttpSource log(*address / "ledger");
  if (const auto fits = CheckAgainstLog(log, *release, *known); !fits) return fits.error();
  auto journal = Journal::Open(Journal::FileOf(config.ledger, config.journal));
  if (!journal) return journal.error();
  if (const auto own = CheckIsWitness(*journal, *known); !own) return own.error();
  const auto file_of_key = FindKeyFiles({config.key});
  if (!file_of_key) return file_of_key.error();
  const auto promise = MakePromise(*journal, *view, *release, file_of_key->front().key);
  if (!promise) return promise.error();
  const auto agreed = ShowAndAsk(ShownPromise(*promise), "Promise this?", asking);
  if (!agreed) return agreed.error();
  if (!*agreed) return 0;
  const auto keys = OpenKeys({config.key}, config.passphrase);
  if (!keys) return keys.error();
  const auto signed_now = SignPromise(*journal, *promise, keys->front(), *known, Now());
  if (!signed_now) return signed_now.error();
  std::fputs(signed_now->c_str(), stdout);
  return 0;
}

Result<int> LeaveByRelease(const WitnessConfig& config, const std::vector<std::string>& files,
                           const AskingOptions& asking) {
  std::vector<std::string> notes;
  for (const std::string& file : files) {
    const auto read = ReadNotes(file);
    if (!read) return read.error();
    notes.insert(notes.end(), read->begin(), read->end());
  }
  const fs::path ledger = WithoutSlash(config.ledger);
  const fs::path fresh = ledger.string() + ".released";
  if (const auto back = PutBack(ledger, fresh); !back) return back.error();
  // Whoever has the directory's lock has the journal to itself. So it is read after that, and both
  // locks are held to the end: what a witness signs in between would be forgotten.
  const auto replica = Replica::Open(ledger, Replica::Mode::kWrite);
  if (!replica) return replica.error();
  auto journal = Journal::Open(Journal::FileOf(config.ledger, config.journal));
  if (!journal) return journal.error();
  auto log = OpenFollowing(fresh.string(), config.map_size);
  if (!log) return log.error();
  std::optional<SignedTree> published;
  bool leaves = false;
  {
    const auto view = replica->Read();
    if (!view) return view.error();
    if (const auto followed = FollowPublished(*log, config); !followed) return followed.error();
    const auto head = log->Read();
    if (!head) return head.error();
    const auto checked = CheckRelease(*journal, *view, *head, notes);
    if (!checked) return checked.error();
    leaves = *checked;
    const auto policy = FindPolicy(*head);
    if (!policy) return policy.error();
    const Checkpoint tree{(*policy)->origin, head->head().size, head->head().root};
    published = SignedTree{tree, tree.text(), tree.size, {}};
  }
  if (!leaves) {
    std::error_code error;
    fs::remove_all(fresh, error);
    if (const auto kept = journal->GoBack({}, notes); !kept) return kept.error();
    Say("this witness stands on no tree that is given up; the release is kept");
    return 0;
  }
  const auto agreed = ShowAndAsk(ShownLeave(journal->newest()->checkpoint, published->checkpoint),
                                 "Leave it?", asking);
  if (!agreed) return agreed.error();
  if (!*agreed) return 0;
  const auto aside = PutAside(ledger, fresh);
  if (!aside) return aside.error();
  if (const auto back = journal->GoBack(published, notes); !back) return back.error();
  Say("done; what it had is in " + aside->string() + "; start it again");
  return 0;
}

}  // namespace cityid::cli
