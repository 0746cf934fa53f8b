// Leaving a fork (docs/release.md): what a release says, what a witness promises, and which trees
// can't get a quorum any more.
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "codec/result.h"
#include "ledger/state/state.h"
#include "ledger/tlog/note.h"

namespace cityid {

/// The most trees that one release gives up.
inline constexpr std::size_t kMaxGivenUp = 16;
/// The most trees that one witness promises never to cosign.
inline constexpr std::size_t kMaxPromised = 64;
/// The most bytes of a file with releases and promises.
inline constexpr std::size_t kMaxReleaseFile = std::size_t{1} << 20;

/// What institutes agree on after a fork: which trees that the log's key has signed are given up.
/// `kept` is another one, or `base` again if none is kept.
struct Release {
  Checkpoint base;  ///< the last head that a quorum has cosigned
  Checkpoint kept;
  std::vector<Checkpoint> given_up;  ///< 1 to `kMaxGivenUp`

  /// Writes the text that institutes sign.
  std::string text() const;
  /// Parses what `text` writes. Errors: kMalformed.
  static Result<Release> Parse(std::string_view text);
};

/// A tree that a witness never cosigns from now on, nor any tree that continues it.
struct GivenUp {
  Checkpoint tree;
  bool had_cosigned = false;  ///< it, or what continues it, before the promise; also if unknown

  template <class F, class Self>
  static void Fields(F& f, Self& s) {
    f(1, "checkpoint", s.tree);
    f(2, "had_cosigned", s.had_cosigned);
  }
};

/// What a witness promises: all that it has promised so far.
struct Promise {
  std::vector<GivenUp> trees;  ///< of one log; 1 to `kMaxPromised`

  std::string text() const;
  static Result<Promise> Parse(std::string_view text);
};

/// A promise, and the names of the policy's witnesses that have made it.
struct SignedPromise {
  Promise promise;
  std::set<std::string> by;
};

/// Splits a file into its notes: each begins with the first line of a release or a promise.
std::vector<std::string> SplitNotes(std::string_view file);
/// Returns true if a note begins as a release does.
bool IsReleaseNote(std::string_view note);

/// Parses a release that k institutes of the policy have signed with their record keys. Errors:
/// kMalformed; kForged for another log; kRefused, naming those whose signature is missing.
Result<Release> OpenRelease(std::string_view note, const PolicyState& policy);

/// Parses a promise. A witness signs it as it cosigns. An institute whose witness is gone for good
/// signs in its place, with its record key. Errors: kMalformed; kForged for another log, or if no
/// witness of the policy has signed it.
Result<SignedPromise> OpenPromise(std::string_view note, const PolicyState& policy);

/// Checks that no quorum of the policy can ever stand on `tree`: those who had cosigned it and
/// those who have not promised are too few. Errors: kRefused, naming both.
Result<void> CheckDead(const Checkpoint& tree, const std::vector<SignedPromise>& promises,
                       const Policy& policy);

}  // namespace cityid
