// What a loop keeps of one version of a ledger: subjects, the policy, and the JSON of subjects.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

#include "resolver/answer/subject.h"
#include "resolver/show/seen_before.h"

namespace cityid {

/// Reads of one version of a ledger, kept. Bounded in bytes; a subject is kept from the second time
/// on that it is asked for. Not thread-safe.
class SubjectCache : public SubjectReader {
 public:
  /// Says which version every state has that is read from now on; drops what was kept of another.
  void Use(std::uint64_t version);

  Result<std::shared_ptr<const Subject>> ReadSubject(const State& state, const CityId& id) override;
  Result<std::shared_ptr<const PolicyState>> ReadPolicy(const State& state) override;

  /// Returns `SubjectMembers(subject)`, written once, if the subject is kept; else an empty text.
  std::string_view JsonOf(const Subject& subject);

 private:
  struct Entry {
    std::shared_ptr<const Subject> subject;
    std::string json;
  };
  static constexpr std::size_t kMost = std::size_t{64} << 20;  ///< bytes
  void Weigh(std::size_t bytes);

  std::uint64_t version_ = 0;
  UncachedReader reader_;
  std::shared_ptr<const PolicyState> policy_;
  std::unordered_map<std::string, Entry> subjects_;
  std::size_t bytes_ = 0;  ///< what the entries take, about
  SeenBefore asked_;
};

}  // namespace cityid
