// Trust files (C2SP tlog-policy): the keys of a log and its witnesses, and the quorum that a
// checkpoint must have.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "codec/result.h"
#include "ledger/state/state.h"
#include "ledger/tlog/note.h"

namespace cityid {

/// The most that a cosignature may be ahead of the reader's clock. A later one doesn't count.
inline constexpr std::chrono::seconds kCosignatureSkew{300};

/// A checkpoint that the log signed and a quorum cosigned.
struct TrustedCheckpoint {
  Checkpoint checkpoint;
  /// A lower bound on when this was the newest checkpoint: the latest time from which on there are
  /// enough cosignatures for the quorum. With k of n, the time of the k-th newest.
  std::chrono::sys_seconds time;
  std::string note;  ///< the note as it was read
};

/// The keys of logs and witnesses, and the quorum of the witnesses. Immutable and thread-safe.
class Trust {
 public:
  /// Parses a trust file strictly. A key of a type that is not known here can never sign. Errors:
  /// kMalformed, naming the line; kUnsupported if without such keys no log or no quorum can sign;
  /// kTooLarge over 64 KiB, 32 logs, 64 witnesses or 32 groups.
  static Result<Trust> Parse(std::string_view text);

  /// Returns what a policy asks of checkpoints of the log with this origin.
  static Trust Of(const std::string& origin, const Policy& policy);
  static Trust Of(const PolicyState& state) { return Of(state.origin, state.policy); }

  /// Writes the text that `Parse` reads, without comments: the same text for the same policy.
  std::string text() const;

  /// Verifies a note. A known log key whose name is the origin line must have signed it, a quorum
  /// must have cosigned it, and no line of a known key may be wrong or there twice. Lines of
  /// unknown keys are ignored. Errors: kMalformed; kTooLarge; kForged; kRefused if no quorum
  /// cosigned it.
  Result<TrustedCheckpoint> Open(std::string_view note, std::chrono::sys_seconds now) const;

  /// Verifies a note that was parsed, or is being made.
  Result<TrustedCheckpoint> Open(const Note& note, std::chrono::sys_seconds now) const;

  /// Returns the note with one log signature and only those cosignatures that the quorum needs, the
  /// newest. Then no line of it can be changed without notice. `note` must have a quorum: errors
  /// are those of `Open`.
  Result<std::string> Minimal(std::string_view note, std::chrono::sys_seconds now) const;

  const std::vector<NoteKey>& logs() const { return logs_; }
  /// Returns the known keys of the witnesses, in the order of the text.
  std::vector<NoteKey> WitnessKeys() const;
  friend bool operator==(const Trust&, const Trust&) = default;

 private:
  // A witness, or a group whose members were defined before it.
  struct Party {
    std::string name;
    std::optional<NoteKey> key;        // of a witness
    std::vector<std::size_t> members;  // of a group: positions in `parties_`
    std::size_t threshold = 0;
    std::string unknown_key;  // of a witness whose key has an unknown type: as the file has it
    bool IsWitness() const { return members.empty(); }
    friend bool operator==(const Party&, const Party&) = default;
  };
  // Times by position in `parties_`; nothing for a witness that did not cosign.
  using Times = std::vector<std::optional<std::chrono::sys_seconds>>;

  Result<void> ParseLine(const std::vector<std::string_view>& items);
  Result<void> AddLog(const std::vector<std::string_view>& items);
  Result<void> AddWitness(const std::vector<std::string_view>& items);
  Result<void> AddGroup(const std::vector<std::string_view>& items);
  // Refuses a file by which nothing could ever be signed.
  Result<void> CheckPossible() const;
  std::optional<std::size_t> Find(std::string_view name) const;
  // Returns the times of the cosignatures that verify and are not from the future.
  Result<Times> ReadTimes(const Note& note, std::chrono::sys_seconds now) const;
  // Returns the time of the quorum.
  std::optional<std::chrono::sys_seconds> QuorumTime(Times times) const;

  std::vector<NoteKey> logs_;
  std::vector<std::string> unknown_logs_;  // keys of unknown types, as the file has them
  std::vector<Party> parties_;
  std::optional<std::size_t> quorum_;  // position in `parties_`; nothing for `quorum none`
  bool has_quorum_line_ = false;
};

/// Checks that one of the log's keys signed the note for this origin, and that no line of one of
/// them is wrong or there twice. Errors: kForged, kMalformed.
Result<void> CheckSignedByLog(const std::vector<NoteKey>& logs, const Note& note,
                              const std::string& origin);

/// Returns the keys by which the witnesses of a policy cosign, under their names: the institutes',
/// those outside the consortium, and both.
std::vector<NoteKey> InstituteWitnesses(const Policy& policy);
std::vector<NoteKey> OutsideWitnesses(const Policy& policy);
std::vector<NoteKey> WitnessesOf(const Policy& policy);

/// Returns the note with only those lines that verify by a key of one of `trusts`, one a key.
/// Nobody here can check the others, so they are neither kept nor passed on.
Note VerifiedLines(const Note& note, const std::vector<Trust>& trusts);

/// Returns the fewest lines of a note that satisfies both policies, as the first checkpoint after a
/// change must. If that is over `kMaxNoteSignatures`, the change could never be published.
std::size_t LinesOfChange(const Policy& before, const Policy& after);

}  // namespace cityid
