// The journal of what keys have signed (docs/signing-journal.md): the newest tree of a log that the
// keys of this machine signed or cosigned. It lies outside the ledger directory and is in no backup
// of it, so a directory that is put back can't make a key sign a second history.
//
// A signer opens the journal, compares it with its ledger, and calls `Keep` before each signature
// leaves. A journal that is missing says nothing about what was signed: `Confirmation` finds out.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "codec/bytes.h"
#include "codec/ed25519.h"
#include "codec/result.h"
#include "ledger/cosigning/release.h"
#include "ledger/state/ledger.h"
#include "ledger/tlog/note.h"

namespace cityid {

/// The newest tree that was signed, and how to come to it again.
struct SignedTree {
  Checkpoint checkpoint;
  std::string note;            ///< the checkpoint, with the lines of who signed it here, if any
  TreeSize base;               ///< the size of the head before
  std::vector<Bytes> entries;  ///< from `base` to the checkpoint's size; none if they are not kept
};

/// Not thread-safe. One process uses a journal at a time: the one that writes to its ledger.
class Journal {
 public:
  /// Returns `given`, or if that is empty where the journal of a ledger directory is by default:
  /// "DIR.signed".
  static std::filesystem::path FileOf(const std::filesystem::path& ledger,
                                      const std::filesystem::path& given = {});

  /// Reads a journal. A file that isn't there is no error. Errors: kCorrupt; kUnsupported for
  /// another version; kIo.
  static Result<Journal> Open(std::filesystem::path file);

  /// Makes the journal of a log that these keys have not signed yet. Errors: kRefused if there is
  /// one; kIo; kFull.
  static Result<void> Create(const std::filesystem::path& file, const std::vector<PublicKey>& keys);

  const std::filesystem::path& file() const { return file_; }
  /// False if the file wasn't there: then nothing is known about what was signed.
  bool known() const { return known_; }
  /// The keys that the journal is about.
  const std::vector<PublicKey>& keys() const { return keys_; }
  /// True if the journal is also about what this key signed.
  bool Covers(const PublicKey& key) const;
  /// The size of the head when the journal began to know what all of its keys sign: what they
  /// signed on top of an earlier head is in it. Nothing before the first tree.
  const std::optional<TreeSize>& began() const { return began_; }
  /// The newest tree; nothing if none was signed yet, or nothing is known.
  const std::optional<SignedTree>& newest() const { return newest_; }

  /// The trees that the keys never sign from now on, nor what continues them (docs/release.md).
  const std::vector<GivenUp>& given_up() const { return given_up_; }
  /// What everybody may see of that: the signed promise and, after it, the release with the
  /// promises of others by which the keys left a tree.
  const std::vector<std::string>& release() const { return release_; }

  /// Keeps a promise: these trees are given up. `note` is the signed promise. Call it before the
  /// note leaves. Errors: kIo, kFull.
  Result<void> KeepPromise(std::vector<GivenUp> given_up, const std::string& note);
  /// Keeps the notes of a release, and goes back to `tree` if that is given: who calls it has
  /// checked that the newest tree is given up and can't get a quorum. Errors: kIo, kFull.
  Result<void> GoBack(std::optional<SignedTree> tree, std::vector<std::string> release);

  /// Checks that `ledger` has the newest tree or continues it. Errors: kForged if it contradicts
  /// it; kRefused if it is older; those of the ledger.
  Result<void> Check(const Ledger& ledger) const;

  /// Keeps a tree of `ledger` as the newest, on disk, after `Check`, unless it is given up. Call it
  /// before a signature of that tree leaves. From then on the journal is also about `keys`. Writes
  /// nothing if the tree is the newest already. Errors: those of `Check`; kForged if it is given
  /// up; kIo; kFull.
  Result<void> Keep(const Ledger& ledger, SignedTree tree, const std::vector<PublicKey>& keys = {});

  /// Replaces everything: these keys have signed nothing newer than `tree`. Errors: kIo, kFull.
  Result<void> Replace(const std::vector<PublicKey>& keys, SignedTree tree);

  /// Adds keys that have signed nothing of this log elsewhere. Begins the journal if it isn't
  /// known. Errors: kIo, kFull.
  Result<void> Cover(const std::vector<PublicKey>& keys);

 private:
  explicit Journal(std::filesystem::path file) : file_(std::move(file)) {}
  /// Adds the keys that the journal isn't about. Returns true if there are any.
  bool AddKeys(const std::vector<PublicKey>& keys);
  Result<void> Write() const;
  Result<void> CheckNotGivenUp(const Ledger& ledger, TreeSize size) const;

  std::filesystem::path file_;
  bool known_ = false;
  std::vector<PublicKey> keys_;
  std::optional<TreeSize> began_;
  std::optional<SignedTree> newest_;
  std::vector<GivenUp> given_up_;
  std::vector<std::string> release_;
};

}  // namespace cityid
