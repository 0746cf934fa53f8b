// The rule of each record type, and what rules have in common. Internal to state/: `Judge` and
// `Apply` (apply.h) call them.
//
// A rule checks a record against the state and collects what it writes. It is an overload of `Rule`
// for the record's body. A rule about an identifier that must exist also takes that `RegisteredId`,
// and has a row of statuses. `policy_rules.cpp` and `identifier_rules.cpp` have the rules.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "ledger/state/apply.h"

namespace cityid {

/// What a rule reads, and where it puts its writes and the new keys that must sign.
struct RuleContext {
  const State& state;
  const Record& record;
  const Placement& placement;
  const PolicyState* policy;  ///< null for genesis
  std::vector<PublicKey> new_keys;
  std::map<Bytes, Bytes> writes;

  const RecordRef& ref() const { return placement.ref; }
};

/// An identifier that exists, with its state.
struct RegisteredId {
  CityId id;
  IdentifierState state;
};

/// The statuses of its subject from which a record may follow. None may follow from withdrawn.
struct Statuses {
  bool active = false;
  bool suspended = false;
  bool superseded = false;
};
constexpr Statuses MayFollow(const Update&) { return {.active = true}; }
constexpr Statuses MayFollow(const Recover&) { return {.active = true, .suspended = true}; }
constexpr Statuses MayFollow(const Suspend&) { return {.active = true}; }
constexpr Statuses MayFollow(const Resume&) { return {.suspended = true}; }
constexpr Statuses MayFollow(const Supersede&) { return {.active = true, .suspended = true}; }
constexpr Statuses MayFollow(const Revoke&) { return {true, true, true}; }
constexpr Statuses MayFollow(const RevokeCodes&) { return {true, true, true}; }
constexpr Statuses MayFollow(const Aliases&) { return {.active = true, .suspended = true}; }

Result<void> Rule(RuleContext& c, const Genesis& genesis);
Result<void> Rule(RuleContext& c, const PolicyChange& change);
Result<void> Rule(RuleContext& c, const Delegate& delegate);
Result<void> Rule(RuleContext& c, const StateRoot& root);
Result<void> Rule(RuleContext& c, const Assign& assign);
Result<void> Rule(RuleContext& c, RegisteredId subject, const Update& update);
Result<void> Rule(RuleContext& c, RegisteredId subject, const Recover& recover);
Result<void> Rule(RuleContext& c, RegisteredId subject, const Suspend& suspend);
Result<void> Rule(RuleContext& c, RegisteredId subject, const Resume& resume);
Result<void> Rule(RuleContext& c, RegisteredId subject, const Supersede& supersede);
Result<void> Rule(RuleContext& c, RegisteredId subject, const Revoke& revoke);
Result<void> Rule(RuleContext& c, RegisteredId subject, const RevokeCodes& revoke);
Result<void> Rule(RuleContext& c, RegisteredId subject, const Aliases& aliases);

/// Returns the identifier that the record is about. Errors: kRefused.
Result<CityId> SubjectId(const RuleContext& c);

/// Marks keys as used by `owner` for ever. Errors: kRefused if one is used already; those of the
/// state.
Result<void> UseKeys(RuleContext& c, const std::vector<PublicKey>& keys, const std::string& owner);

/// Marks keys as used by `owner`, and asks each for a signature in the role `kNewKey`. Errors:
/// those of `UseKeys`.
Result<void> IntroduceKeys(RuleContext& c, const std::vector<PublicKey>& keys,
                           const std::string& owner);

/// Returns the error for a record that doesn't extend the head of a chain.
Error Stale(const char* chain);

}  // namespace cityid
