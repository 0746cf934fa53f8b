// Whom to believe: a trust file, the text of C2SP tlog-policy, and what it makes of a checkpoint.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "codec/result.h"
#include "ledger/record/content.h"
#include "ledger/tlog/note.h"

namespace cityid {

/// How far ahead of the reader's clock a cosignature may be; a later one does not count.
inline constexpr std::chrono::seconds kCosignatureSkew{300};

/// A checkpoint that the log signed and a quorum cosigned.
struct TrustedCheckpoint {
  Checkpoint checkpoint;
  /// So fresh it is at least: the largest time at which the quorum holds if only cosignatures of
  /// then and later count; with k of n, the k-th newest.
  std::chrono::sys_seconds time;
  std::string note;  ///< as it was read
};

/// Keys of a log and of witnesses, and which of the latter make a quorum. Immutable, thread-safe.
class Trust {
 public:
  /// Strict tlog-policy. Errors: kMalformed with the line; kUnsupported for key types that are not
  /// known; kTooLarge over 64 KiB, 32 logs, 64 witnesses or 32 groups.
  static Result<Trust> Parse(std::string_view text);

  /// What a policy record asks of checkpoints of the log with this origin.
  static Trust Of(const std::string& origin, const Policy& policy);

  /// The text that `Parse` reads, without comments: one text for one policy.
  std::string text() const;

  /// Verifies a note: signed by a known log key whose name is the origin line, by a quorum, and no
  /// signature of a known key wrong. Lines of unknown keys are ignored. Errors: kMalformed,
  /// kTooLarge, kForged, kRefused if no quorum cosigned it.
  Result<TrustedCheckpoint> Open(std::string_view note, std::chrono::sys_seconds now) const;

  /// The same for a note that was not written yet, with any number of lines.
  Result<TrustedCheckpoint> Open(const Note& note, std::chrono::sys_seconds now) const;

  /// The note with the log's signature and no more cosignatures than the quorum needs, the newest.
  /// `note` can be opened. So nothing in it can be changed unnoticed.
  Result<std::string> Minimal(std::string_view note, std::chrono::sys_seconds now) const;

  /// The same for a note that was not written yet.
  Result<Note> Minimal(Note note, std::chrono::sys_seconds now) const;

  const std::vector<NoteKey>& logs() const { return logs_; }
  /// The keys of its witnesses, in the order of the text.
  std::vector<NoteKey> WitnessKeys() const;
  friend bool operator==(const Trust&, const Trust&) = default;

 private:
  /// A witness, or a group of members that were defined before it.
  struct Party {
    std::string name;
    std::optional<NoteKey> key;        ///< of a witness
    std::vector<std::size_t> members;  ///< of a group: positions in `parties_`
    std::size_t threshold = 0;
    friend bool operator==(const Party&, const Party&) = default;
  };
  /// Times by position in `parties_`; nothing for a witness that did not cosign.
  using Times = std::vector<std::optional<std::chrono::sys_seconds>>;

  Result<void> ParseLine(const std::vector<std::string_view>& items);
  Result<void> AddLog(const std::vector<std::string_view>& items);
  Result<void> AddWitness(const std::vector<std::string_view>& items);
  Result<void> AddGroup(const std::vector<std::string_view>& items);
  std::optional<std::size_t> Find(std::string_view name) const;
  /// The cosignatures that verify and are not from the future.
  Result<Times> ReadTimes(const Note& note, std::chrono::sys_seconds now) const;
  /// The time of the quorum, groups filled in.
  std::optional<std::chrono::sys_seconds> QuorumTime(Times times) const;

  std::vector<NoteKey> logs_;
  std::vector<Party> parties_;
  std::optional<std::size_t> quorum_;  ///< position in `parties_`; nothing: `quorum none`
  bool has_quorum_line_ = false;
};

/// The fewest lines of a note that satisfies both policies, as the first checkpoint after a change
/// must: over `kMaxNoteSignatures` it can't be published.
std::size_t LinesOfChange(const Policy& before, const Policy& after);

}  // namespace cityid
