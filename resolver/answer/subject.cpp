#include "resolver/answer/subject.h"

namespace cityid {

Result<std::shared_ptr<const Subject>> UncachedReader::ReadSubject(const State& state,
                                                                   const CityId& id) {
  auto subject = std::make_shared<Subject>();
  for (std::optional<CityId> level = id; level; level = level->Parent()) {
    const auto found = FindIdentifier(state, *level);
    if (!found) return found.error();
    if (!*found) return std::shared_ptr<const Subject>();
    auto content = ReadContent(state, **found);
    if (!content) return content.error();
    if (subject->levels.empty()) subject->aliases = std::move(content->aliases);
    subject->levels.push_back({*level, **found, std::move(content->holding)});
    Level& made = subject->levels.back();
    for (const KeyGrant& grant : made.holding.keys)
      made.key_hashes.push_back(Sha256(grant.key.view()));
  }
  return std::shared_ptr<const Subject>(std::move(subject));
}

Result<std::shared_ptr<const PolicyState>> UncachedReader::ReadPolicy(const State& state) {
  auto policy = PolicyInForce(state);
  if (!policy) return policy.error();
  return std::make_shared<const PolicyState>(*std::move(policy));
}

}  // namespace cityid
