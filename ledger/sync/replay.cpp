#include "ledger/sync/replay.h"

#include <future>

#include "ledger/store/batch.h"

namespace cityid {
namespace {

/// Entries in a step, about: enough to keep all cores busy while the step before is written.
constexpr std::size_t kStep = 1024;
/// Entries in one replay: their hashes are held in memory.
constexpr std::uint64_t kMaxLeaves = std::uint64_t{1} << 25;

/// A source, and whether fetching from it is to stop.
struct Origin {
  Source& source;
  const std::stop_token& stop;
  std::string name() const { return source.name(); }
};

Result<Bytes> Fetch(const Origin& origin, const LogFile& file) {
  Source& source = origin.source;
  if (origin.stop.stop_requested())
    return Error{Errc::kStopped, "stopped before the end; the next replay goes on from there"};
  // Every error of a source is one of the network, so that it isn't taken for the replica's.
  auto content = source.File(file);
  if (!content)
    return Error{Errc::kNetwork,
                 source.name() + ": " + file.path() + ": " + content.error().detail};
  if (!*content) return Error{Errc::kNetwork, source.name() + " lacks " + file.path()};
  return **std::move(content);
}

/// Fetches the leaf hashes from the head to the target and verifies them against the target's root.
Result<std::vector<LeafHash>> FetchLeaves(const LedgerView& ledger, const Origin& source,
                                          const ReplayTarget& target) {
  std::vector<LeafHash> leaves;
  const TreeSize base = ledger.head().size;
  for (std::uint64_t next = base.value; next < target.size.value;) {
    const LogFile file = LogFile::In(target.size, 0, next / kTileWidth);
    const auto tile = Fetch(source, file);
    if (!tile) return tile.error();
    if (tile->size() != file.width * LeafHash::kSize) {
      return Error{Errc::kForged, source.name() + ": " + file.path() + " has a wrong length"};
    }
    const std::uint64_t start = file.number * kTileWidth;
    for (std::uint64_t i = next - start; i < file.width; ++i) {
      leaves.push_back(
          *LeafHash::From(ByteView(*tile).subspan(i * LeafHash::kSize, LeafHash::kSize)));
    }
    next = start + file.width;
  }
  MemoryTiles tree(&ledger);
  if (const auto appended = AppendLeaves(tree, base, leaves); !appended) return appended.error();
  const auto root = RootOf(tree, target.size);
  if (!root) return root.error();
  if (*root != target.root) {
    return Error{Errc::kForged, source.name() + ": its tiles do not lead from the replica's " +
                                    std::to_string(base.value) + " entries to the checkpoint's " +
                                    std::to_string(target.size.value)};
  }
  return leaves;
}

/// Returns the number of entries up to the last state root of this log.
std::size_t WholeBatches(const std::vector<Bytes>& entries, const RecordHash& log) {
  for (std::size_t count = entries.size(); count > 0; --count) {
    const auto root = ParseStateRoot(entries[count - 1]);
    if (root && root->log == log) return count;
  }
  return 0;
}

/// Entries that are those in the tree and end with a state root, and the results of verifying them.
struct Step {
  std::vector<Bytes> entries;
  std::vector<LeafHash> leaves;
  std::vector<Result<VerifiedRecord>> verified;
};

/// Fetches entries from `first` on and verifies them. `leaves` are their hashes.
Result<Step> FetchStep(const Origin& source, TreeSize size, Index first, const LeafHash* leaves,
                       std::optional<RecordHash> log) {
  Step step;
  std::uint64_t next = first.value;
  while (next < size.value &&
         (step.entries.size() < kStep || WholeBatches(step.entries, *log) == 0)) {
    if (step.entries.size() > kMaxBatch) {
      return Error{Errc::kForged, source.name() + ": no state root in " +
                                      std::to_string(kMaxBatch + 1) + " entries"};
    }
    const LogFile file = LogFile::In(size, std::nullopt, next / kTileWidth);
    const auto bundle = Fetch(source, file);
    if (!bundle) return bundle.error();
    const auto parsed = ParseBundle(*bundle, file.width);
    if (!parsed) return Error{Errc::kForged, source.name() + ": " + parsed.error().detail};
    const std::uint64_t start = file.number * kTileWidth;
    for (; next < start + file.width; ++next) {
      const ByteView entry = (*parsed)[next - start];
      if (HashLeaf(entry) != leaves[next - first.value]) {
        return Error{Errc::kForged, source.name() + ": " + file.path() + ": entry " +
                                        std::to_string(next) + " is not the one in the tree"};
      }
      step.entries.push_back(ToBytes(entry));
    }
    if (!log) log = HashRecord(step.entries.front());  // the genesis names the log
  }
  if (next < size.value) step.entries.resize(WholeBatches(step.entries, *log));
  step.leaves.assign(leaves, leaves + step.entries.size());
  step.verified = VerifyRecords(step.entries);
  return step;
}

/// Removes the last batch from a step. Returns the removed entries.
Step CutLastBatch(Step& step, const RecordHash& log) {
  std::vector<Bytes> before = step.entries;
  before.pop_back();
  const auto count = static_cast<std::ptrdiff_t>(WholeBatches(before, log));
  Step last{{step.entries.begin() + count, step.entries.end()},
            {step.leaves.begin() + count, step.leaves.end()},
            {step.verified.begin() + count, step.verified.end()}};
  step.entries.erase(step.entries.begin() + count, step.entries.end());
  step.leaves.erase(step.leaves.begin() + count, step.leaves.end());
  step.verified.erase(step.verified.begin() + count, step.verified.end());
  return last;
}

/// Returns the target's publication for a head with this state.
Result<std::optional<Publication>> PublicationOf(const ReplayTarget& target, const State& state) {
  if (!target.publication) return target.publication;
  const auto note = ParseNote(target.publication->note);
  if (!note) return note.error();
  const auto policy = FindPolicy(state);
  if (!policy) return policy.error();
  std::vector<Trust> trusts;
  if (target.trust) trusts.push_back(*target.trust);
  if (*policy) trusts.push_back(Trust::Of(**policy));
  std::optional<Publication> publication = target.publication;
  publication->note = WriteNote(VerifiedLines(*note, trusts));
  return publication;
}

/// Applies a step and writes it; the last one as the target says.
Result<void> WriteStep(Replica& replica, const Source& source, const Step& step,
                       const ReplayTarget& target) {
  const auto view = replica.Read();
  if (!view) return view.error();
  Batch batch(*view);
  for (std::size_t i = 0; i < step.entries.size(); ++i) {
    const auto added = batch.Add(step.entries[i], step.verified[i], Refused::kKept);
    if (!added) return added.error();
  }
  if (!batch.closed()) {
    return Error{Errc::kForged, source.name() + ": the checkpoint does not end with a state root"};
  }
  if (const auto hashed = batch.HashTree(step.leaves); !hashed) return hashed;
  std::optional<Publication> publication;
  if (batch.head().size == target.size) {
    if (target.stage_last) return replica.Stage(batch);
    auto last = PublicationOf(target, batch);
    if (!last) return last.error();
    publication = *std::move(last);
  }
  return replica.Commit(batch, publication, view->head().time);
}

}  // namespace

Result<void> Replay(Replica& replica, Source& source, const ReplayTarget& target,
                    const ReplayControl& control) {
  const Origin origin{source, control.stop};
  std::vector<LeafHash> leaves;
  Index first;
  std::optional<RecordHash> log;
  {
    const auto view = replica.Read();
    if (!view) return view.error();
    first.value = view->head().size.value;
    const auto policy = FindPolicy(*view);
    if (!policy) return policy.error();
    if (*policy) log = (*policy)->log;
    if (target.size.value - first.value > kMaxLeaves)
      return Error{Errc::kTooLarge, source.name() + ": it claims more entries than can be taken"};
    auto fetched = FetchLeaves(*view, origin, target);
    if (!fetched) return fetched.error();
    leaves = *std::move(fetched);
  }
  const std::uint64_t base = first.value;
  const auto fetch = [&](Index from) {
    return FetchStep(origin, target.size, from, leaves.data() + (from.value - base), log);
  };
  // While one step is applied, the next is fetched and verified.
  auto next = std::async(std::launch::async, fetch, first);
  while (true) {
    auto step = next.get();
    if (!step) return step.error();
    first.value += step->entries.size();
    const bool last = first.value == target.size.value;
    if (!log) log = HashRecord(step->entries.front());
    if (!last) next = std::async(std::launch::async, fetch, first);
    Result<void> written;
    if (last && target.stage_last) {
      const Step staged = CutLastBatch(*step, *log);
      if (!step->entries.empty()) written = WriteStep(replica, source, *step, target);
      if (written) written = WriteStep(replica, source, staged, target);
    } else {
      written = WriteStep(replica, source, *step, target);
    }
    if (!written) {
      if (next.valid()) next.wait();
      return written;
    }
    if (control.progress) control.progress(TreeSize{first.value});
    if (last) return {};
  }
}

Result<std::vector<Bytes>> FetchBatch(const LedgerView& ledger, Source& source, TreeSize size,
                                      const RootHash& root) {
  const TreeSize base = ledger.head().size;
  if (size < base || size.value - base.value > kMaxBatch + 1)
    return Error{Errc::kTooLarge, source.name() + ": more entries than a batch has"};
  const std::stop_token never;
  const Origin origin{source, never};
  const auto leaves = FetchLeaves(ledger, origin, {size, root, {}});
  if (!leaves) return leaves.error();
  const auto policy = FindPolicy(ledger);
  if (!policy) return policy.error();
  if (!*policy) return Error{Errc::kRefused, "the ledger is empty"};
  auto step = FetchStep(origin, size, Index{base.value}, leaves->data(), (*policy)->log);
  if (!step) return step.error();
  return std::move(step->entries);
}

}  // namespace cityid
