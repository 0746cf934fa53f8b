#include "ledger/sync/verify.h"

#include <map>

#include "ledger/proof/policy_chain.h"
#include "ledger/store/compare.h"
#include "ledger/store/replica.h"

namespace cityid {
namespace {

namespace fs = std::filesystem;

Error Corrupt(const std::string& what) { return Error{Errc::kCorrupt, "ledger: " + what}; }

/// Recomputes the map's hashes from the leaves up.
class MapHasher {
 public:
  explicit MapHasher(const LedgerView& ledger) : ledger_(ledger) {}

  Result<MapHash> Hash(const MapNode& node) {
    if (node.leaf) {
      const auto value = ledger_.Value(node.key);
      if (!value) return value.error();
      if (!*value) return Corrupt("the map has a key that the state lacks");
      ++leaves;
      return HashMapLeaf(node.key, **value);
    }
    for (const bool side : {false, true}) {
      const auto child = ReadChild(ledger_, node, side);
      if (!child) return child.error();
      const auto hash = Hash(*child);
      if (!hash) return hash;
      if (*hash != node.child[side]) return Corrupt("a value of the state is not the map's");
    }
    return HashMapNode(node.bit, node.child[0], node.child[1]);
  }

  std::uint64_t leaves = 0;

 private:
  const LedgerView& ledger_;
};

/// What the published policies ask of checkpoints, by the size of their first checkpoint.
using Trusts = std::map<TreeSize, Trust>;

Result<Trusts> CheckPolicyProofs(const LedgerView& ledger) {
  Trusts trusts;
  const auto scanned =
      ledger.ScanPolicyProofs([&](std::uint64_t version, ByteView proof) -> Result<bool> {
        const auto claimed = ClaimedPolicy(proof);
        if (!claimed || claimed->policy.version != version)
          return Corrupt("a policy proof can't be read");
        const auto link = OpenPolicyLink(proof, nullptr, kAfterAll);
        if (!link) return link.error().In("policy proof");
        trusts.emplace(link->checkpoint.checkpoint.size, link->trust);
        return true;
      });
  if (!scanned) return scanned.error();
  return trusts;
}

/// Checks a stored note: it is of this tree, and signed as the policy of its time asks.
Result<void> CheckNote(const LedgerView& ledger, const Trusts& trusts, TreeSize size,
                       std::string_view note) {
  const auto parsed = ParseNote(note);
  const auto checkpoint = parsed ? Checkpoint::Parse(parsed->text) : parsed.error();
  if (!checkpoint || checkpoint->size != size || size > ledger.head().size) {
    return Corrupt("a checkpoint can't be read");
  }
  const std::string name = "the checkpoint of size " + std::to_string(size.value);
  const auto root = RootOf(ledger, size);
  if (!root) return root.error();
  if (*root != checkpoint->root) return Corrupt(name + " is of another tree");
  const auto after = trusts.upper_bound(size);
  if (after == trusts.begin()) return {};
  const auto opened = std::prev(after)->second.Open(note, kAfterAll);
  // A witness keeps what the log and it have signed, whether or not there was a quorum.
  if (!opened && opened.error().code == Errc::kRefused) return {};
  if (!opened) return Corrupt(name + ": " + opened.error().detail);
  if (size == ledger.head().size && opened->time != ledger.head().time)
    return Corrupt("the head's time is not that of its checkpoint");
  return {};
}

/// A directory that is removed at the end, with what an interrupted creation leaves beside it.
class ScratchDirectory {
 public:
  explicit ScratchDirectory(fs::path path) : path_(std::move(path)) {}
  ~ScratchDirectory() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
    fs::remove_all(path_.string() + ".founding", ignored);
  }
  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

/// Replays the log beside the ledger and compares the two.
Result<void> CompareWithReplay(const LedgerView& ledger, const fs::path& scratch,
                               const ReplayControl& control) {
  auto created = Replica::CreateEmpty(scratch);
  if (!created) return created.error();
  const ScratchDirectory removed(scratch);
  Replica replica = *std::move(created);
  LedgerSource source(ledger);
  const Head& head = ledger.head();
  const auto replayed = Replay(replica, source, {head.size, head.root, {}}, control);
  if (!replayed) return replayed;
  const auto view = replica.Read();
  if (!view) return view.error();
  if (view->head().map != head.map || view->head().rules_time != head.rules_time) {
    return Corrupt("the head is not what the log comes to");
  }
  return CompareTables(ledger, *view);
}

}  // namespace

Result<void> VerifyMap(const LedgerView& ledger) {
  MapHasher hasher(ledger);
  const auto top = ReadNode(ledger, EdgeOf({}, 0));
  if (!top) return top.error();
  const auto root = *top ? hasher.Hash(**top) : Result(EmptyMap());
  if (!root) return root.error();
  if (*root != ledger.head().map) return Corrupt("the state is not the one of the last state root");
  const auto rows = CountStateKeys(ledger);
  if (!rows) return rows.error();
  if (*rows != hasher.leaves) return Corrupt("the state has keys that the map lacks");
  return {};
}

Result<void> VerifyLedger(const LedgerView& ledger, const fs::path& scratch,
                          const ReplayControl& control) {
  if (ledger.head().base.value > 0) {
    return Error{Errc::kRefused,
                 "the replica began with a snapshot and lacks the entries before, so it can't be "
                 "replayed; its state was proved when it was restored, and is at every start"};
  }
  if (ledger.head().size.value == 0)
    return Error{Errc::kNotFound, "the replica is empty: there are no entries to verify yet"};
  if (const auto same = CompareWithReplay(ledger, scratch, control); !same) return same;
  const auto trusts = CheckPolicyProofs(ledger);
  if (!trusts) return trusts.error();
  return ledger.ScanNotes([&](TreeSize size, std::string_view note) -> Result<bool> {
    if (const auto checked = CheckNote(ledger, *trusts, size, note); !checked)
      return checked.error();
    return true;
  });
}

}  // namespace cityid
