#include "resolver/answer/subject.h"

#include "resolver/show/represent.h"

namespace cityid {

namespace {

/// Bytes of memory, about.
std::size_t WeightOf(const Subject& subject) {
  const auto texts = [](const TextMap& map) {
    std::size_t bytes = 0;
    for (const auto& [key, text] : map) bytes += 128 + key.size() + text.size();
    return bytes;
  };
  std::size_t bytes = sizeof(Subject) + subject.json.size() + texts(subject.aliases);
  for (const Level& level : subject.levels) {
    bytes += sizeof(Level) + texts(level.holding.metadata.names) +
             level.state.predecessors.size() * sizeof(CityId) +
             level.holding.keys.size() * (sizeof(KeyGrant) + 16);
    for (const Endpoint& endpoint : level.holding.endpoints)
      bytes += sizeof(Endpoint) + 2 * endpoint.href.size() + texts(endpoint.title) + 256;
  }
  return bytes;
}

}  // namespace

Result<std::shared_ptr<const Subject>> ReadSubject(const State& state, const CityId& id) {
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
  subject->json = SubjectMembers(*subject);
  return std::shared_ptr<const Subject>(std::move(subject));
}

Result<std::shared_ptr<const KnownPolicy>> ReadPolicy(const State& state) {
  auto policy = FindPolicy(state);
  if (!policy) return policy.error();
  if (!*policy) return Error{Errc::kCorrupt, "ledger: it has no policy"};
  auto known = std::make_shared<KnownPolicy>();
  static_cast<PolicyState&>(*known) = **std::move(policy);
  known->json = PolicyMembers(*known);
  return std::shared_ptr<const KnownPolicy>(std::move(known));
}

void SubjectCache::Use(std::uint64_t version) {
  if (version == version_) return;
  version_ = version;
  policy_.reset();
  subjects_.clear();
  bytes_ = 0;
}

Result<std::shared_ptr<const Subject>> SubjectCache::Subjects(const State& state,
                                                              const CityId& id) {
  if (const auto known = subjects_.find(id.text()); known != subjects_.end()) return known->second;
  auto read = ReadSubject(state, id);
  if (!read || !*read || !asked_(id.text())) return read;
  bytes_ += WeightOf(**read);
  if (bytes_ > kMost) {
    subjects_.clear();
    bytes_ = WeightOf(**read);
  }
  subjects_[id.text()] = *read;
  return read;
}

Result<std::shared_ptr<const KnownPolicy>> SubjectCache::Policy(const State& state) {
  if (!policy_) {
    auto read = ReadPolicy(state);
    if (!read) return read;
    policy_ = *std::move(read);
  }
  return policy_;
}

}  // namespace cityid
