// cityid ledger release
#include "ledger/cosigning/release.h"

#include <algorithm>
#include <cstdio>

#include "cli/checking/mirror.h"
#include "cli/console/clock.h"
#include "cli/console/key_files.h"
#include "cli/console/terminal.h"
#include "cli/records/changes.h"
#include "cli/records/record_target.h"
#include "cli/serving/branch.h"
#include "cli/serving/commands.h"
#include "codec/files/file.h"
#include "ledger/consortium/inbox_rules.h"
#include "ledger/consortium/waiting_room.h"
#include "ledger/cosigning/leaving.h"
#include "ledger/store/batch.h"
#include "ledger/store/replica.h"
#include "ledger/sync/replay.h"
#include "resolver/remote/http_witness.h"

namespace cityid::cli {
namespace {

/// Makes a release after a fork, or signs one that is there (docs/release.md 2).
struct LedgerRelease {
  std::string file, ledger, key, keep, instead;
  std::vector<std::string> give_up, from;
  SigningOptions signing;

  void Declare(Command& command) {
    command.Argument("FILE", &file, "The release: signed if it is there, else made with --give-up");
    command.Required("--ledger", &ledger, "A ledger with the last head that a quorum has cosigned");
    command.Required("--key", &key, "An institute's record key, which signs");
    command.Option("--give-up", &give_up,
                   "Address of a witness that has cosigned a tree that is given up; several times");
    command.Option("--keep", &keep, "Address of a witness that has cosigned the tree that stays");
    command.Option("--from", &from,
                   "Address of a witness, or directory with files of a log, that shows what is in "
                   "a tree that is given up; several times");
    command.Option(
        "--instead-of-witness", &instead,
        "'cosigned' or 'never': the institute's witness is gone for good and had cosigned "
        "these trees or none; prints a promise in its place");
    signing.Declare(command);
  }

  Result<int> Run() const;
  Result<Release> Make(const LedgerView& view, const PolicyState& policy) const;
  Result<int> PromiseInstead(const Release& release, const std::string& name) const;
  Result<Note> ReadNote(const LedgerView& view, const PolicyState& policy) const;
  Result<std::vector<std::unique_ptr<Source>>> Sources(const std::string& origin) const;
  Result<Shown> What(const LedgerView& view, const Release& release, const std::string& name) const;
};

/// Returns the institute that has this record key.
Result<std::string> InstituteOf(const PolicyState& policy, const PublicKey& key) {
  for (const Institute& institute : policy.policy.institutes) {
    if (institute.record_key == key) return institute.name;
  }
  return Error{Errc::kRefused, "the key is no institute's record key"};
}

Result<Release> LedgerRelease::Make(const LedgerView& view, const PolicyState& policy) const {
  const Checkpoint base{policy.origin, view.head().size, view.head().root};
  Release release{base, base, {}};
  for (const std::string& url : give_up) {
    const auto branch = FindBranch(url, view);
    if (!branch) return branch.error();
    if (std::ranges::count(release.given_up, branch->checkpoint) == 0)
      release.given_up.push_back(branch->checkpoint);
  }
  if (!keep.empty()) {
    const auto branch = FindBranch(keep, view);
    if (!branch) return branch.error();
    release.kept = branch->checkpoint;
  }
  if (const auto parsed = Release::Parse(release.text()); !parsed)
    return Usage("what is kept can't be given up, and at most " + std::to_string(kMaxGivenUp) +
                 " trees are given up");
  return release;
}

/// Returns where trees can be read that are given up or kept.
Result<std::vector<std::unique_ptr<Source>>> LedgerRelease::Sources(
    const std::string& origin) const {
  std::vector<std::unique_ptr<Source>> sources;
  std::vector<std::string> all = give_up;
  all.insert(all.end(), from.begin(), from.end());
  if (!keep.empty()) all.push_back(keep);
  for (const std::string& location : all) {
    if (location.find("://") == std::string::npos) {
      auto directory = OpenMirror(location);
      if (!directory) return directory.error();
      sources.push_back(*std::move(directory));
      continue;
    }
    const auto address = PeerUrl::Parse(location);
    if (!address) return address.error();
    sources.push_back(HttpWitness(*address).Log(origin));
  }
  return sources;
}

using Entries = std::optional<std::vector<Bytes>>;

/// Returns the entries of a tree beyond the ledger's head; nothing if nobody shows them.
Result<Entries> EntriesOf(const LedgerView& view, const Checkpoint& tree,
                          const std::vector<std::unique_ptr<Source>>& sources) {
  const auto pending = ReadPendingLog(view);
  if (!pending) return pending.error();
  if ((*pending)->head().size == tree.size && (*pending)->head().root == tree.root)
    return Entries((*pending)->entries());
  for (const auto& source : sources) {
    auto fetched = FetchBatch(view, *source, tree.size, tree.root);
    if (fetched) return Entries(*std::move(fetched));
  }
  return Entries();
}

/// Returns why a record can't be handed in again; nothing if it can. Then `ledger` has it.
Result<std::optional<std::string>> WhyNot(Batch& ledger, ByteView entry, const Draft& draft,
                                          std::chrono::sys_seconds now) {
  const auto place = ledger.FindDraft(draft.id());
  if (!place) return place.error();
  if (*place) return std::optional<std::string>("what is kept has it, too");
  const auto fits =
      CheckForInbox(draft.record(), now, ledger.head().rules_time, RegistryLimits().longest_wait);
  if (!fits) return std::optional(fits.error().detail);
  const auto added = ledger.Add(entry, VerifyRecord(entry), Refused::kLeftOut);
  if (!added) return added.error();
  return added->refused ? std::optional(added->refused->detail) : std::nullopt;
}

/// Adds a record of a tree that is given up. `why_not`: why it can't be handed in again after the
/// release; nothing if it can.
void AddRecord(Shown& shown, JsonText& json, const Draft& draft,
               const std::optional<std::string>& why_not) {
  const std::string id = Hex(draft.id());
  const std::string words = Summary(draft.record());
  shown.text += "  " + Printable(words) + "\n    " +
                (why_not ? "can't be handed in again: " + Printable(*why_not)
                         : "application " + id + ", which can be handed in again") +
                "\n";
  json.BeginObject().Member("id", id).Member("record", words);
  json.Name("again").Bool(!why_not).Member("why_not", why_not).EndObject();
}

/// Adds a tree that is given up. Its records are judged in order on top of what is kept. `entries`:
/// nothing if nobody shows them. Errors: those of the ledger.
Result<void> AddTree(Shown& shown, JsonText& json, const Checkpoint& tree, const Entries& entries,
                     const Ledger& kept, std::chrono::sys_seconds now) {
  shown.text += "given up: " + TreeText(tree) + "\n";
  BeginTree(json, tree);
  if (!entries) {
    shown.text += "  nothing here shows what is in it: see it with --from, a witness that has it\n";
    json.EndObject();
    return {};
  }
  json.Name("records").BeginArray();
  Batch ledger(kept);
  for (const Bytes& entry : *entries) {
    const auto draft = Draft::Parse(entry);
    if (!draft || draft->record().type() == RecordType::kStateRoot) continue;
    const auto why_not = WhyNot(ledger, entry, *draft, now);
    if (!why_not) return why_not.error();
    AddRecord(shown, json, *draft, *why_not);
  }
  json.EndArray().EndObject();
  return {};
}

/// Returns what `name` signs: the trees, and the records that are lost with them.
Result<Shown> LedgerRelease::What(const LedgerView& view, const Release& release,
                                  const std::string& name) const {
  const auto sources = Sources(release.base.origin);
  if (!sources) return sources.error();
  const auto now = Now();
  const auto kept_entries = EntriesOf(view, release.kept, *sources);
  if (!kept_entries) return kept_entries.error();
  // If no source has what is kept, the base takes its place.
  const auto kept = MakeBatch(view, kept_entries->value_or(std::vector<Bytes>()));
  if (!kept) return kept.error();
  const bool keeps = release.kept != release.base;
  Shown shown{name + " signs a release of " + Printable(release.base.origin) +
                  "\nbase, the last head with a quorum: " + TreeText(release.base) +
                  "\nkept: " + (keeps ? TreeText(release.kept) : "nothing but the base") + "\n",
              {}};
  JsonText json(shown.json);
  json.BeginObject().Member("signs", name).Member("origin", release.base.origin);
  BeginTree(json.Name("base"), release.base).EndObject();
  BeginTree(json.Name("keep"), release.kept).EndObject();
  json.Name("give_up").BeginArray();
  for (const Checkpoint& tree : release.given_up) {
    const auto entries = EntriesOf(view, tree, *sources);
    if (!entries) return entries.error();
    if (const auto added = AddTree(shown, json, tree, *entries, **kept, now); !added)
      return added.error();
  }
  json.EndArray().EndObject();
  return shown;
}

/// Returns what an institute promises in the place of its witness.
Shown PromisedInstead(const Promise& promise, const std::string& name) {
  Shown shown{name +
                  " promises in the place of its witness, whose key is destroyed; if this is "
                  "not true, two trees may get a quorum each:\n",
              {}};
  JsonText json(shown.json);
  json.BeginObject().Member("signs", name).Name("promises").BeginArray();
  for (const GivenUp& each : promise.trees) {
    shown.text += "  it " + std::string(each.had_cosigned ? "had" : "never had") +
                  " cosigned the tree of " + TreeText(each.tree) + "\n";
    BeginTree(json, each.tree).Name("cosigned").Bool(each.had_cosigned).EndObject();
  }
  json.EndArray().EndObject();
  return shown;
}

Result<int> LedgerRelease::PromiseInstead(const Release& release, const std::string& name) const {
  Promise promise;
  for (const Checkpoint& tree : release.given_up)
    promise.trees.push_back({tree, instead == "cosigned"});
  const auto agreed = ShowAndAsk(PromisedInstead(promise, name), "Sign this?", signing);
  if (!agreed) return agreed.error();
  if (!*agreed) return 0;
  const auto secret = OpenKey(key, signing.passphrase);
  if (!secret) return secret.error();
  const std::string text = promise.text();
  std::fputs(WriteNote({text, {SignNote(text, name, *secret)}}).c_str(), stdout);
  return 0;
}

/// Reads the release, or makes it.
Result<Note> LedgerRelease::ReadNote(const LedgerView& view, const PolicyState& policy) const {
  if (!give_up.empty()) {
    const auto made = Make(view, policy);
    if (!made) return made.error();
    return Note{made->text(), {}};
  }
  const auto bytes = ReadFile(file, kMaxReleaseFile);
  if (!bytes) return bytes.error();
  auto note = ParseNote(AsText(*bytes));
  if (!note) return note.error().In(file);
  return note;
}

Result<int> LedgerRelease::Run() const {
  if (!instead.empty() && instead != "cosigned" && instead != "never")
    return Usage("--instead-of-witness is 'cosigned' or 'never'");
  const auto replica = Replica::Open(ledger, Replica::Mode::kRead);
  if (!replica) return replica.error();
  const auto view = replica->Read();
  if (!view) return view.error();
  const auto policy = FindPolicy(*view);
  if (!policy) return policy.error();
  if (!*policy) return Error{Errc::kRefused, "the ledger is empty"};
  const auto found = FindKeyFiles({key});
  if (!found) return found.error();
  const auto name = InstituteOf(**policy, found->front().key);
  if (!name) return name.error();
  auto note = ReadNote(*view, **policy);
  if (!note) return note.error();
  const auto release = Release::Parse(note->text);
  if (!release) return release.error().In(file);
  if (release->base.origin != (*policy)->origin)
    return Error{Errc::kForged, file + ": it is of another log"};
  if (const auto fits = CheckFits(*view, *release); !fits) return fits.error().In(file);
  if (!instead.empty()) return PromiseInstead(*release, *name);
  const auto shown = What(*view, *release, *name);
  if (!shown) return shown.error();
  const auto agreed = ShowAndAsk(*shown, "Sign this?", signing);
  if (!agreed) return agreed.error();
  if (!*agreed) return 0;
  const auto secret = OpenKey(key, signing.passphrase);
  if (!secret) return secret.error();
  AddSignature(*note, SignNote(note->text, *name, *secret));
  const std::string bytes = WriteNote(*note);
  const auto written =
      give_up.empty() ? WriteFile(file, AsBytes(bytes)) : CreateFile(file, AsBytes(bytes), 0644);
  if (!written) return written.error();
  return 0;
}

}  // namespace

void AddLedgerRelease(Command& ledger) {
  ledger.Add("release", "After a fork: make or sign the release by which witnesses leave a tree",
             LedgerRelease());
}

}  // namespace cityid::cli
