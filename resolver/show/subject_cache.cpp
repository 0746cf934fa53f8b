#include "resolver/show/subject_cache.h"

#include "resolver/answer/answer_json.h"

namespace cityid {

namespace {

std::size_t WeightOf(const TextMap& texts) {
  std::size_t bytes = 0;
  for (const auto& [key, text] : texts) bytes += 128 + key.size() + text.size();
  return bytes;
}

/// Returns about how many bytes of memory a subject takes.
std::size_t WeightOf(const Subject& subject) {
  std::size_t bytes = sizeof(Subject) + WeightOf(subject.aliases);
  for (const Level& level : subject.levels) {
    bytes += sizeof(Level) + WeightOf(level.holding.metadata.names) +
             level.state.predecessors.size() * sizeof(CityId) +
             level.holding.keys.size() * (sizeof(KeyGrant) + 16);
    for (const Endpoint& endpoint : level.holding.endpoints)
      bytes += sizeof(Endpoint) + 2 * endpoint.href.size() + WeightOf(endpoint.title) + 256;
  }
  return bytes;
}

}  // namespace

void SubjectCache::Use(std::uint64_t version) {
  if (version == version_) return;
  version_ = version;
  policy_.reset();
  subjects_.clear();
  bytes_ = 0;
}

void SubjectCache::Weigh(std::size_t bytes) {
  if (bytes_ + bytes > kMost) {
    subjects_.clear();
    bytes_ = 0;
  }
  bytes_ += bytes;
}

Result<std::shared_ptr<const Subject>> SubjectCache::ReadSubject(const State& state,
                                                                 const CityId& id) {
  if (const auto known = subjects_.find(id.text()); known != subjects_.end())
    return known->second.subject;
  auto read = reader_.ReadSubject(state, id);
  if (!read || !*read || !asked_(id.text())) return read;
  Weigh(WeightOf(**read));
  subjects_[id.text()] = {*read, {}};
  return read;
}

Result<std::shared_ptr<const PolicyState>> SubjectCache::ReadPolicy(const State& state) {
  if (!policy_) {
    auto read = reader_.ReadPolicy(state);
    if (!read) return read;
    policy_ = *std::move(read);
  }
  return policy_;
}

std::string_view SubjectCache::JsonOf(const Subject& subject) {
  const auto known = subjects_.find(subject.self().id.text());
  if (known == subjects_.end() || known->second.subject.get() != &subject) return {};
  if (std::string& json = known->second.json; json.empty()) {
    json = SubjectMembers(subject);
    bytes_ += json.size();
  }
  return known->second.json;
}

}  // namespace cityid
