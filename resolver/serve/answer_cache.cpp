#include "resolver/serve/answer_cache.h"

namespace cityid {

void AnswerCache::Forget(std::uint64_t version) {
  young_.clear();
  old_.clear();
  young_bytes_ = 0;
  version_ = version;
}

Answered AnswerCache::Find(std::string_view key, std::uint64_t version,
                           std::chrono::sys_seconds now) {
  if (version != version_) Forget(version);
  if (const auto found = young_.find(key); found != young_.end())
    return found->second.reply->fresh_until > now ? found->second : Answered{};
  const auto found = old_.find(key);
  if (found == old_.end() || found->second.reply->fresh_until <= now) return {};
  Answered answered = found->second;
  old_.erase(found);
  Put(key, answered);
  return answered;
}

void AnswerCache::Offer(std::string_view key, std::uint64_t version, const Answered& answered) {
  if (limit_ == 0 || version != version_) return;
  if (asked_(key)) Put(key, answered);
}

void AnswerCache::Put(std::string_view key, Answered answered) {
  constexpr std::size_t kOverhead = 256;  // of the map, of strings and of the reply
  const std::size_t bytes =
      key.size() + answered.reply->fields.size() + answered.reply->body.size() + kOverhead;
  if (bytes > limit_) return;
  if (young_bytes_ + bytes > limit_) {
    old_ = std::move(young_);
    young_ = {};
    young_bytes_ = 0;
  }
  if (young_.insert_or_assign(std::string(key), std::move(answered)).second) young_bytes_ += bytes;
}

}  // namespace cityid
