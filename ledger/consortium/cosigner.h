// Cosigning a checkpoint, as a witness is asked for it (C2SP tlog-witness): request, reply, and who
// is asked.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "codec/result.h"
#include "ledger/tlog/merkle.h"
#include "ledger/tlog/note.h"

namespace cityid {

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

/// What a witness answered to `add-checkpoint`.
struct WitnessReply {
  int status = 0;
  std::string body;  ///< 200: cosignature lines; 409: the size that it cosigned last
};

/// A witness that is asked to cosign: over HTTP, or in this process.
class Cosigner {
 public:
  virtual ~Cosigner() = default;
  /// Sends one `add-checkpoint`. May be called from any thread, one call at a time. Errors:
  /// kNetwork.
  virtual Result<WitnessReply> AddCheckpoint(const std::string& request) = 0;
  /// Returns the name for messages: its address.
  virtual std::string name() const = 0;
};

}  // namespace cityid
