// The checkpoints in a replica that one witness has cosigned.
#pragma once

#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "codec/ed25519.h"
#include "codec/result.h"
#include "ledger/store/replica.h"

namespace cityid {

/// Finds the newest checkpoint that a witness has cosigned, for those who watch it. A replica also
/// has notes without its line: that of a batch which it replayed and did not cosign, and what the
/// log published meanwhile. Thread-safe.
class CosignedNotes {
 public:
  /// `replica` outlives this.
  CosignedNotes(const Replica& replica, const PublicKey& witness)
      : replica_(replica), witness_(witness) {}

  /// Returns the newest note with a cosignature by the witness's key, under whatever name; nothing
  /// if there is none. Errors: those of the replica.
  Result<std::optional<std::string>> Newest();

 private:
  /// Returns the newest such note of at least `least` entries, and keeps its size.
  Result<std::optional<std::string>> Search(const LedgerView& view, TreeSize least);
  bool IsCosigned(std::string_view note) const;

  const Replica& replica_;
  PublicKey witness_;
  std::mutex mutex_;
  TreeSize looked_;                // smaller notes were looked at, and don't change any more
  std::optional<TreeSize> found_;  // the size of the newest
};

}  // namespace cityid
