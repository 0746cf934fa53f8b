// Packs: everything of a ledger below a prefix, as one proof document (docs/proof.md 5.1).
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "codec/bytes.h"
#include "codec/city_id.h"
#include "codec/result.h"
#include "ledger/proof/proof.h"
#include "ledger/store/replica.h"

namespace cityid {

/// Keeps the large parts of packs as long as the ledger has the same head, in bounded memory.
/// Thread-safe.
class PackCache {
 public:
  /// `bytes`: of all parts together.
  explicit PackCache(std::size_t bytes = std::size_t{64} << 20) : bytes_(bytes) {}

  /// Returns the parts of the pack that is about `about`. Null if they are not kept for this head.
  std::shared_ptr<const ProofParts> Find(const std::string& about, const Head& head);

  /// Keeps parts of a head. Those of another head are forgotten, and the oldest if there are too
  /// many.
  void Offer(const std::string& about, const Head& head, std::shared_ptr<const ProofParts> parts);

 private:
  struct Kept {
    std::string about;
    std::size_t size;
    std::shared_ptr<const ProofParts> parts;
  };
  const std::size_t bytes_;
  std::mutex mutex_;
  RootHash root_;
  std::deque<Kept> kept_;  // the oldest first
  std::size_t used_ = 0;
};

/// Makes the pack of a prefix: everything at and below it, its ancestors, the policy, and all
/// revocations of their keys. `since`: also prove consistency with the log of this size. `cache`
/// may be null. Errors: kNotFound if the head has no checkpoint; kTooLarge over `kMaxPack`; kUsage
/// if `since` is larger than the log; those of the ledger.
Result<Bytes> MakePack(const Prefix& prefix, const LedgerView& ledger, std::chrono::sys_seconds now,
                       const std::optional<TreeSize>& since = {}, PackCache* cache = nullptr);

}  // namespace cityid
