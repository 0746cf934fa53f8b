// Cosigning a checkpoint, as a witness is asked for it (C2SP tlog-witness): request, reply, and who
// is asked.
#pragma once

#include <chrono>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "codec/ed25519.h"
#include "codec/result.h"
#include "ledger/proof/trust.h"
#include "ledger/sync/source.h"
#include "ledger/tlog/merkle.h"
#include "ledger/tlog/note.h"

namespace cityid {

/// Cosigns a note with those keys that are of witnesses of `trusts`, under their names there.
void AddCosignatures(Note& note, const std::vector<Trust>& trusts, std::span<const SecretKey> keys,
                     std::chrono::sys_seconds now);

/// The most bytes of an `add-checkpoint`: the note, and a proof of 63 lines before it.
inline constexpr std::size_t kMaxCosignRequest = 8 * 1024 + kMaxNote;

/// The body of `add-checkpoint`.
struct CosignRequest {
  TreeSize old_size;                  ///< the size that the witness cosigned last
  std::vector<NodeHash> consistency;  ///< proof from that size
  std::string note;                   ///< the checkpoint, signed by the log

  /// Writes the body.
  std::string text() const;
  /// Parses a body. Errors: kMalformed, kTooLarge.
  static Result<CosignRequest> Parse(std::string_view text);
};

/// The most that the time of a state root may be ahead of a witness's clock. A time that is behind
/// is taken, because a batch may have waited for its quorum; the rules ask only that time doesn't
/// go back. A time that repeats the one before is always taken: it advances nothing.
inline constexpr std::chrono::seconds kStateRootSkew{60};

/// What a witness answered to `add-checkpoint`.
struct WitnessReply {
  int status = 0;
  std::string body;               ///< 200: cosignature lines; 409: the size that it cosigned last
  std::string_view refused = {};  ///< the reason, as this program's witness counts it

  /// Returns the status and the first line of the body, cut and printable: "422 a wrong state".
  std::string words() const;
};

/// A witness that is asked to cosign: over HTTP, or in this process.
class Cosigner {
 public:
  virtual ~Cosigner() = default;
  /// Sends one `add-checkpoint`. May be called from any thread, one call at a time. Errors:
  /// kNetwork.
  virtual Result<WitnessReply> AddCheckpoint(const std::string& request) = 0;
  /// Returns what the witness shows of the log with this origin: the newest checkpoint that it
  /// cosigned, and the entries that it replayed (C2SP tlog-witness, monitoring prefix).
  virtual std::unique_ptr<Source> Log(const std::string& origin) const = 0;
  /// Returns the name for messages: its address.
  virtual std::string name() const = 0;
};

}  // namespace cityid
