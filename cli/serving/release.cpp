// cityid ledger release
#include "ledger/consortium/release.h"

#include <algorithm>
#include <cstdio>

#include "cli/console/key_files.h"
#include "cli/console/terminal.h"
#include "cli/serving/branch.h"
#include "cli/serving/commands.h"
#include "codec/file.h"
#include "ledger/store/replica.h"

namespace cityid::cli {
namespace {

/// Makes a release after a fork, or signs one that is there (docs/release.md 2).
struct LedgerRelease {
  std::string file, ledger, key, keep, instead;
  std::vector<std::string> give_up;
  PassphraseOptions passphrase;
  bool yes = false;

  void Declare(Command& command) {
    command.Argument("FILE", &file, "The release: signed if it is there, else made with --give-up");
    command.Required("--ledger", &ledger, "A ledger with the last head that a quorum has cosigned");
    command.Required("--key", &key, "An institute's record key, which signs");
    command.Option("--give-up", &give_up,
                   "Address of a witness that has cosigned a tree that is given up; several times");
    command.Option("--keep", &keep, "Address of a witness that has cosigned the tree that stays");
    command.Option(
        "--instead-of-witness", &instead,
        "'cosigned' or 'never': the institute's witness is gone for good and had cosigned "
        "these trees or none; prints a promise in its place");
    command.Option("--passphrase-file", &passphrase.file,
                   "File with the key's passphrase on its first line");
    command.Option("--yes", &yes, "Don't ask");
  }

  Result<int> Run() const;
  Result<Release> Make(const LedgerView& view, const PolicyState& policy) const;
  Result<int> PromiseInstead(const Release& release, const std::string& name) const;
  Result<SecretKey> OpenKey() const;
};

/// Returns the institute that has this record key.
Result<std::string> InstituteOf(const PolicyState& policy, const PublicKey& key) {
  for (const Institute& institute : policy.policy.institutes) {
    if (institute.record_key == key) return institute.name;
  }
  return Error{Errc::kRefused, "the key is no institute's record key"};
}

/// Checks that a release is about this ledger: it has the base, and nothing that is given up.
Result<void> CheckAgainst(const LedgerView& view, const PolicyState& policy,
                          const Release& release) {
  if (release.base.origin != policy.origin) return Error{Errc::kForged, "it is of another log"};
  const auto has = [&](const Checkpoint& tree) -> Result<bool> {
    if (view.head().size < tree.size) return false;
    const auto root = RootOf(view, tree.size);
    if (!root) return root.error();
    return *root == tree.root;
  };
  const auto based = has(release.base);
  if (!based) return based.error();
  if (!*based) return Error{Errc::kRefused, "the ledger does not have the base"};
  for (const Checkpoint& tree : release.given_up) {
    const auto is_published = has(tree);
    if (!is_published) return is_published.error();
    if (*is_published) return Error{Errc::kRefused, "a tree that is given up is published"};
  }
  return {};
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
    return Error{Errc::kUsage, "what is kept can't be given up, and at most " +
                                   std::to_string(kMaxGivenUp) + " trees are given up"};
  return release;
}

Result<SecretKey> LedgerRelease::OpenKey() const {
  auto keys = OpenKeys({key}, passphrase);
  if (!keys) return keys.error();
  return std::move(keys->front());
}

Result<int> LedgerRelease::PromiseInstead(const Release& release, const std::string& name) const {
  Promise promise;
  for (const Checkpoint& tree : release.given_up)
    promise.trees.push_back({tree, instead == "cosigned"});
  std::fprintf(
      stderr,
      "%s promises in the place of its witness, whose key is destroyed; if this is not true, "
      "two trees may get a quorum each:\n\n%s\n",
      name.c_str(), promise.text().c_str());
  if (!yes && InputIsTerminal() && !AskYesOrNo("Sign?"))
    return Error{Errc::kUsage, "nothing was signed"};
  const auto secret = OpenKey();
  if (!secret) return secret.error();
  const std::string text = promise.text();
  std::fputs(WriteNote({text, {SignNote(text, name, *secret)}}).c_str(), stdout);
  return 0;
}

Result<int> LedgerRelease::Run() const {
  if (!instead.empty() && instead != "cosigned" && instead != "never")
    return Error{Errc::kUsage, "--instead-of-witness is 'cosigned' or 'never'"};
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
  Note note;
  if (give_up.empty()) {
    const auto bytes = ReadFile(file, kMaxReleaseFile);
    if (!bytes) return bytes.error();
    auto parsed = ParseNote(AsText(*bytes));
    if (!parsed) return parsed.error().In(file);
    note = *std::move(parsed);
  } else {
    const auto made = Make(*view, **policy);
    if (!made) return made.error();
    note.text = made->text();
  }
  const auto release = Release::Parse(note.text);
  if (!release) return release.error().In(file);
  if (const auto fits = CheckAgainst(*view, **policy, *release); !fits)
    return fits.error().In(file);
  if (!instead.empty()) return PromiseInstead(*release, *name);
  std::fprintf(stderr, "%s signs that the trees are given up that this names:\n\n%s\n",
               name->c_str(), note.text.c_str());
  if (!yes && InputIsTerminal() && !AskYesOrNo("Sign?"))
    return Error{Errc::kUsage, "nothing was signed"};
  const auto secret = OpenKey();
  if (!secret) return secret.error();
  AddSignature(note, SignNote(note.text, *name, *secret));
  const std::string bytes = WriteNote(note);
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
