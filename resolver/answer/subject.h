// What a ledger says of an identifier and of everything above it, read and decoded once.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "codec/city_id.h"
#include "codec/result.h"
#include "ledger/state/state.h"

namespace cityid {

/// An identifier and what holds for it.
struct Level {
  CityId id;
  IdentifierState state;
  Holding holding;
  std::vector<Sha256Hash> key_hashes = {};  ///< SHA-256 of each of `holding.keys`, in their order
};

/// A registered identifier all of whose ancestors are registered. Immutable, shared.
struct Subject {
  std::vector<Level> levels;  ///< the identifier first, then its ancestors, the nearest first
  TextMap aliases;            ///< of the identifier

  const Level& self() const { return levels.front(); }
};

/// Where `Resolve` gets subjects and the policy from: the state, or what was read of it before. An
/// object is for one state; results are immutable and may be kept. Not thread-safe.
class SubjectReader {
 public:
  virtual ~SubjectReader() = default;
  /// Reads an identifier. Null if it or one of its ancestors is not registered. Errors: those of
  /// the state.
  virtual Result<std::shared_ptr<const Subject>> ReadSubject(const State& state,
                                                             const CityId& id) = 0;
  /// Reads the policy in force. Errors: those of the state; kCorrupt if there is none.
  virtual Result<std::shared_ptr<const PolicyState>> ReadPolicy(const State& state) = 0;
};

/// Reads everything anew each time.
class UncachedReader : public SubjectReader {
 public:
  Result<std::shared_ptr<const Subject>> ReadSubject(const State& state, const CityId& id) override;
  Result<std::shared_ptr<const PolicyState>> ReadPolicy(const State& state) override;
};

}  // namespace cityid
