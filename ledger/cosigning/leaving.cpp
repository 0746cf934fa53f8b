#include "ledger/cosigning/leaving.h"

#include <algorithm>

#include "ledger/cosigning/cosigner.h"
#include "ledger/proof/policy_chain.h"
#include "ledger/sync/fork.h"

namespace cityid {
namespace {

std::string Entries(TreeSize size) { return std::to_string(size.value) + " entries"; }

/// Returns the error of a release that gives up a tree which a quorum has cosigned.
Error IsPublished(const Checkpoint& tree) {
  return Error{Errc::kRefused, "release: a quorum has cosigned the tree of " + Entries(tree.size) +
                                   ", which is to be given up"};
}

/// Returns true if the key has cosigned a tree on top of `base` or one that continues it, or may
/// have.
Result<bool> HadCosigned(const Journal& journal, const LedgerView& ledger, const Checkpoint& base,
                         const Checkpoint& tree, const PublicKey& key) {
  for (const GivenUp& before : journal.given_up()) {
    if (before.tree == tree) return before.had_cosigned;
  }
  // The tree can't have been cosigned before its base was published. A journal that began later
  // doesn't know of it.
  if (!journal.Covers(key) || !journal.began() || *journal.began() >= base.size) return true;
  if (journal.newest()->checkpoint.size < tree.size) return false;
  const Checkpoint& newest = journal.newest()->checkpoint;
  if (newest.size == tree.size) return newest.root == tree.root;
  if (ledger.head().size < newest.size) return true;
  return Contains(ledger, tree);
}

/// Opens the promises among the notes, and the journal's own one.
Result<std::vector<SignedPromise>> OpenPromises(const Journal& journal,
                                                const std::vector<std::string>& notes,
                                                const PolicyState& policy) {
  std::vector<SignedPromise> promises;
  std::vector<std::string> all = notes;
  all.push_back(journal.release().front());
  for (const std::string& note : all) {
    if (IsReleaseNote(note)) continue;
    auto promise = OpenPromise(note, policy);
    if (!promise) return promise.error();
    promises.push_back(*std::move(promise));
  }
  return promises;
}

/// Checks that what this key has cosigned before its newest tree is part of what is published.
Result<void> CheckPublished(const SignedTree& newest, const Release& release,
                            const LedgerView& ledger, const LedgerView& published) {
  if (published.head().size < release.base.size) {
    return Error{Errc::kRefused, "release: the log shows " + Entries(published.head().size) +
                                     ", less than the base"};
  }
  if (ledger.head().size < newest.base) {
    return Error{Errc::kRefused,
                 "release: the directory is behind the journal; start the witness once"};
  }
  const auto own = RootOf(ledger, newest.base);
  if (!own) return own.error();
  const auto shared = Contains(published, {release.base.origin, newest.base, *own});
  if (!shared) return shared.error();
  // Otherwise the key would also leave what a quorum may stand on.
  if (*shared && newest.base <= release.base.size) return {};
  return Error{Errc::kRefused, "release: this witness came to the tree from " +
                                   Entries(newest.base) + ", which is not part of the base"};
}

}  // namespace

Result<void> CheckFits(const LedgerView& published, const Release& release) {
  const auto based = Contains(published, release.base);
  if (!based) return based.error();
  if (!*based) return Error{Errc::kRefused, "release: its base is not part of what is published"};
  for (const Checkpoint& tree : release.given_up) {
    const auto is_published = Contains(published, tree);
    if (!is_published) return is_published.error();
    if (*is_published) return IsPublished(tree);
  }
  return {};
}

Result<void> CheckAgainstLog(Source& log, const Release& release, const Trust& trust) {
  const auto note = log.Note();
  if (!note) return note.error();
  const auto opened = *note ? trust.Open(**note, kAfterAll) : Error{Errc::kNotFound, ""};
  const auto based = opened && opened->checkpoint.size >= release.base.size
                         ? Continues(log, release.base, opened->checkpoint)
                         : false;
  if (!based) return based.error();
  if (!*based)
    return Error{Errc::kRefused, "release: the log does not show its base with a quorum"};
  for (const Checkpoint& tree : release.given_up) {
    if (opened->checkpoint.size < tree.size) continue;
    const auto continues = Continues(log, tree, opened->checkpoint);
    if (!continues) return continues.error();
    if (!*continues) continue;
    return IsPublished(tree);
  }
  return {};
}

Result<Promise> MakePromise(const Journal& journal, const LedgerView& ledger,
                            const Release& release, const PublicKey& key) {
  const auto based = Contains(ledger, release.base);
  if (!based) return based.error();
  if (!*based) {
    return Error{Errc::kRefused,
                 "release: this witness does not have its base; start it once, so "
                 "that it catches up"};
  }
  Promise promise{journal.given_up()};
  for (const Checkpoint& tree : release.given_up) {
    const auto had_cosigned = HadCosigned(journal, ledger, release.base, tree, key);
    if (!had_cosigned) return had_cosigned.error();
    if (std::ranges::count(promise.trees, tree, &GivenUp::tree) == 0)
      promise.trees.push_back({tree, *had_cosigned});
  }
  if (promise.trees.size() > kMaxPromised)
    return Error{Errc::kTooLarge, "release: this witness has given up too many trees"};
  return promise;
}

Result<std::string> SignPromise(Journal& journal, const Promise& promise, const SecretKey& key,
                                const Trust& trust, std::chrono::sys_seconds now) {
  Note note{promise.text(), {}};
  AddCosignatures(note, {trust}, {&key, 1}, now);
  if (note.signatures.empty())
    return Error{Errc::kRefused, "release: this witness's key is not in the policy"};
  std::string bytes = WriteNote(note);
  if (const auto kept = journal.KeepPromise(promise.trees, bytes); !kept) return kept.error();
  return bytes;
}

Result<bool> CheckRelease(const Journal& journal, const LedgerView& ledger,
                          const LedgerView& published, const std::vector<std::string>& notes) {
  const auto policy = FindPolicy(published);
  if (!policy) return policy.error();
  if (!*policy) return Error{Errc::kRefused, "release: the log has published nothing"};
  const auto is_release = [](const std::string& note) { return IsReleaseNote(note); };
  if (std::ranges::count_if(notes, is_release) != 1)
    return Error{Errc::kUsage, "release: give one release, and the promises of the others"};
  const auto release = OpenRelease(*std::ranges::find_if(notes, is_release), **policy);
  if (!release) return release.error();
  if ((*policy)->record.index >= release->base.size.value) {
    return Error{Errc::kRefused,
                 "release: the policy has changed since the base; this witness needs a new key"};
  }
  if (const auto fits = CheckFits(published, *release); !fits) return fits.error();
  for (const Checkpoint& tree : release->given_up) {
    if (std::ranges::count(journal.given_up(), tree, &GivenUp::tree) == 0)
      return Error{Errc::kRefused, "release: this witness has not promised yet: --promise"};
  }
  const auto promises = OpenPromises(journal, notes, **policy);
  if (!promises) return promises.error();
  for (const Checkpoint& tree : release->given_up) {
    if (!journal.newest() || journal.newest()->checkpoint != tree) continue;
    const auto dead = CheckDead(tree, *promises, (*policy)->policy);
    if (!dead) return dead.error();
    const auto fits = CheckPublished(*journal.newest(), *release, ledger, published);
    if (!fits) return fits.error();
    return true;
  }
  return false;
}

}  // namespace cityid
