// What a ledger says of an identifier, read and decoded once.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "codec/city_id.h"
#include "codec/result.h"
#include "ledger/state/state.h"
#include "resolver/show/seen_before.h"

namespace cityid {

/// An identifier and what holds for it.
struct Level {
  CityId id;
  IdentifierState state;
  Holding holding;
  std::vector<Sha256Hash> key_hashes = {};  ///< of `holding.keys`
};

/// A registered identifier all of whose ancestors are registered. Immutable, shared.
struct Subject {
  std::vector<Level> levels;  ///< itself first, then its ancestors, nearest first
  TextMap aliases;            ///< its own
  std::string json;           ///< the members that every JSON answer about it has

  const Level& self() const { return levels.front(); }
};

/// Null if the identifier or one of its ancestors is not registered. Errors: those of the state.
Result<std::shared_ptr<const Subject>> ReadSubject(const State& state, const CityId& id);

/// The policy in force. Immutable, shared.
struct KnownPolicy : PolicyState {
  std::string json;  ///< the members that every JSON answer has of it
};

/// Errors: those of the state; kCorrupt if there is none.
Result<std::shared_ptr<const KnownPolicy>> ReadPolicy(const State& state);

/// What was read of one version of a ledger, bounded in bytes; subjects from the second time on.
/// Not thread-safe.
class SubjectCache {
 public:
  /// Whatever is asked from now on is of this version.
  void Use(std::uint64_t version);
  Result<std::shared_ptr<const Subject>> Subjects(const State& state, const CityId& id);
  Result<std::shared_ptr<const KnownPolicy>> Policy(const State& state);

 private:
  static constexpr std::size_t kMost = std::size_t{64} << 20;
  std::uint64_t version_ = 0;
  std::shared_ptr<const KnownPolicy> policy_;
  std::unordered_map<std::string, std::shared_ptr<const Subject>> subjects_;
  std::size_t bytes_ = 0;  ///< that they take, about
  SeenBefore asked_;
};

}  // namespace cityid
