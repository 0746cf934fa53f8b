#include "cli/records/state_source.h"

#include "ledger/tlog/note.h"
#include "resolver/http/client.h"

namespace cityid::cli {

Result<std::optional<ByteView>> RemoteState::Fetched(const std::string& path) const {
  if (const auto known = fetched_.find(path); known != fetched_.end()) {
    return known->second ? std::optional<ByteView>(*known->second) : std::nullopt;
  }
  auto fetched = Fetch(base_, path, "*/*");
  if (!fetched) return fetched.error();
  std::optional<Bytes>& kept = fetched_[path];
  if (fetched->status == 200) kept.emplace(fetched->body.begin(), fetched->body.end());
  if (fetched->status != 200 && fetched->status != 404) {
    return Error{Errc::kNetwork, base_ + path + " answered " + std::to_string(fetched->status)};
  }
  return kept ? std::optional<ByteView>(*kept) : std::nullopt;
}

Result<std::optional<ByteView>> RemoteState::Get(ByteView key) const {
  return Fetched("/ledger/state/" + Hex(key));
}

Result<ByteView> RemoteState::Entry(Index index) const {
  const auto entry = Fetched("/ledger/entry/" + std::to_string(index.value));
  if (!entry) return entry.error();
  if (!*entry) return Error{Errc::kCorrupt, base_ + " lacks an entry that its state names"};
  return **entry;
}

Result<std::optional<std::chrono::sys_seconds>> RemoteState::RulesTime() const {
  using Time = std::optional<std::chrono::sys_seconds>;
  const auto note = Fetched("/ledger/checkpoint");
  if (!note) return note.error();
  if (!*note) return Time();
  const auto parsed = ParseNote(AsText(**note));
  const auto checkpoint = parsed ? Checkpoint::Parse(parsed->text) : parsed.error();
  if (!checkpoint || checkpoint->size.value == 0) return Time();
  const auto last = Entry(Index{checkpoint->size.value - 1});
  if (!last) return last.error();
  const auto root = ParseStateRoot(*last);
  if (!root || root->root.time > INT64_MAX) return Time();
  return Time(std::chrono::seconds(static_cast<std::int64_t>(root->root.time)));
}

Result<StateSource> OpenStateSource(const RecordTarget& target) {
  if (target.ledger.empty() == target.registry.empty())
    return Usage("give either --ledger DIR or --registry URL");
  StateSource source;
  if (!target.registry.empty()) {
    auto remote = std::make_unique<RemoteState>(target.registry);
    const auto time = remote->RulesTime();
    if (!time) return time.error();
    if (*time) source.rules_time = **time;
    source.state = std::move(remote);
    return source;
  }
  auto replica = Replica::Open(target.ledger, Replica::Mode::kRead);
  if (!replica) return replica.error();
  source.replica = std::make_unique<Replica>(*std::move(replica));
  auto view = source.replica->Read();
  if (!view) return view.error();
  if (const auto reached = view->CheckReached(); !reached) return reached.error().In(target.ledger);
  source.rules_time = view->head().rules_time;
  source.state = std::make_unique<LedgerView>(*std::move(view));
  return source;
}

}  // namespace cityid::cli
