#include "ledger/sync/verify.h"

#include <map>

#include "ledger/proof/proof.h"
#include "ledger/proof/trust.h"
#include "ledger/store/tables.h"

namespace cityid {
namespace {

Error Corrupt(const std::string& what) { return Error{Errc::kCorrupt, "ledger: " + what}; }

/// Recomputes hashes from the leaves up.
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

Result<std::uint64_t> CountRows(const LedgerView& ledger, Table table) {
  std::uint64_t rows = 0;
  const auto scanned = ledger.ScanTable(table, [&](ByteView, ByteView) {
    ++rows;
    return true;
  });
  if (!scanned) return scanned.error();
  return rows;
}

Result<void> CompareTables(const LedgerView& ledger, const LedgerView& replayed, Table table,
                           const char* name) {
  std::optional<Error> error;
  const auto scanned = ledger.ScanTable(table, [&](ByteView key, ByteView value) {
    const auto other = replayed.Find(table, key);
    if (!other) error = other.error();
    if (other && (!*other || !Equal(**other, value))) {
      error = Corrupt("table " + std::string(name) + ", key " + Hex(key) +
                      ": it does not follow from the log");
    }
    return !error;
  });
  if (!scanned) return scanned;
  if (error) return *error;
  const auto rows = CountRows(ledger, table);
  if (!rows) return rows.error();
  const auto expected = CountRows(replayed, table);
  if (!expected) return expected.error();
  if (*rows != *expected) {
    return Corrupt("table " + std::string(name) + " lacks " + std::to_string(*expected - *rows) +
                   " of its " + std::to_string(*expected) + " rows");
  }
  return {};
}

/// Long after everything: cosignatures are not judged by how fresh they are.
constexpr std::chrono::sys_seconds kAtTheEnd =
    std::chrono::sys_seconds::max() - 2 * kCosignatureSkew;

/// The policies that were published, by the size of their first checkpoint.
using Trusts = std::map<TreeSize, Trust>;

Result<Trusts> CheckPolicyProofs(const LedgerView& ledger) {
  Trusts trusts;
  std::optional<Error> error;
  const auto scanned = ledger.ScanTable(Table::kPolicies, [&](ByteView key, ByteView value) {
    const auto state = ClaimedPolicy(value);
    if (!state || !Equal(NumberKey(state->policy.version), key)) {
      error = Corrupt("a policy proof can't be read");
      return false;
    }
    const Trust trust = Trust::Of(state->origin, state->policy);
    const auto opened = ProvenState::Open(value, trust, kAtTheEnd);
    if (!opened) error = opened.error().In("policy proof");
    if (opened) trusts.emplace(opened->head().size, trust);
    return !error;
  });
  if (!scanned) return scanned.error();
  if (error) return *error;
  return trusts;
}

/// One stored note: of this tree, and signed by whom the policy of its time asks for.
Result<void> CheckNote(const LedgerView& ledger, const Trusts& trusts, ByteView key,
                       std::string_view note) {
  const auto parsed = ParseNote(note);
  const auto checkpoint = parsed ? Checkpoint::Parse(parsed->text) : parsed.error();
  if (!checkpoint || !Equal(NumberKey(checkpoint->size.value), key) ||
      checkpoint->size > ledger.head().size) {
    return Corrupt("a checkpoint can't be read");
  }
  const std::string name = "the checkpoint of size " + std::to_string(checkpoint->size.value);
  const auto root = RootOf(ledger, checkpoint->size);
  if (!root) return root.error();
  if (*root != checkpoint->root) return Corrupt(name + " is of another tree");
  const auto after = trusts.upper_bound(checkpoint->size);
  if (after == trusts.begin()) return {};
  const auto opened = std::prev(after)->second.Open(note, kAtTheEnd);
  // A witness keeps what the log and it have signed, whether or not it became a quorum.
  if (!opened && opened.error().code == Errc::kRefused) return {};
  if (!opened) return Corrupt(name + ": " + opened.error().detail);
  if (checkpoint->size == ledger.head().size && opened->time != ledger.head().time)
    return Corrupt("the head's time is not that of its checkpoint");
  return {};
}

Result<void> CheckNotes(const LedgerView& ledger, const Trusts& trusts) {
  std::optional<Error> error;
  const auto scanned = ledger.ScanTable(Table::kCheckpoints, [&](ByteView key, ByteView value) {
    if (const auto checked = CheckNote(ledger, trusts, key, AsText(value)); !checked)
      error = checked.error();
    return !error;
  });
  if (!scanned) return scanned;
  if (error) return *error;
  return {};
}

}  // namespace

Result<void> VerifyMap(const LedgerView& ledger) {
  MapHasher hasher(ledger);
  const auto top = ReadNode(ledger, EdgeOf({}, 0));
  if (!top) return top.error();
  const auto root = *top ? hasher.Hash(**top) : Result(EmptyMap());
  if (!root) return root.error();
  if (*root != ledger.head().map) return Corrupt("the state is not the one of the last state root");
  const auto rows = CountRows(ledger, Table::kState);
  if (!rows) return rows.error();
  if (*rows != hasher.leaves) return Corrupt("the state has keys that the map lacks");
  return {};
}

Result<void> VerifyLedger(const LedgerView& ledger, const std::filesystem::path& scratch,
                          const ReplayProgress& progress) {
  if (ledger.head().base.value > 0) {
    return Error{Errc::kRefused,
                 "the replica began with a snapshot and lacks the entries before, so it can't be "
                 "replayed; its state was proved when it was restored, and is at every start"};
  }
  auto replica = Replica::CreateEmpty(scratch);
  if (!replica) return replica.error();
  LedgerSource source(ledger);
  const Head& head = ledger.head();
  const auto replayed = Replay(*replica, source, {head.size, head.root, {}}, progress);
  if (!replayed) return replayed;
  const auto view = replica->Read();
  if (!view) return view.error();
  if (view->head().map != head.map || view->head().rules_time != head.rules_time) {
    return Corrupt("the head is not what the log comes to");
  }
  struct Row {
    Table table;
    const char* name;
  };
  for (const Row& row :
       {Row{Table::kEntries, "entries"}, Row{Table::kTiles, "tiles"}, Row{Table::kState, "state"},
        Row{Table::kMap, "map"}, Row{Table::kDrafts, "drafts"}, Row{Table::kTerms, "terms"},
        Row{Table::kHistory, "history"}}) {
    if (const auto same = CompareTables(ledger, *view, row.table, row.name); !same) return same;
  }
  const auto trusts = CheckPolicyProofs(ledger);
  if (!trusts) return trusts.error();
  return CheckNotes(ledger, *trusts);
}

}  // namespace cityid
