#include "cli/serving/lost_records.h"

#include "cli/records/changes.h"
#include "ledger/consortium/inbox_rules.h"
#include "ledger/consortium/waiting_room.h"
#include "ledger/store/batch.h"
#include "ledger/sync/replay.h"

namespace cityid::cli {
namespace {

using Entries = std::optional<std::vector<Bytes>>;

/// Returns the entries of a tree beyond the ledger's head; nothing if nobody shows them.
Result<Entries> EntriesOf(const LedgerView& view, const Checkpoint& tree,
                          const std::vector<std::unique_ptr<Source>>& sources) {
  const auto pending = ReadPendingLog(view);
  if (!pending) return pending.error();
  if ((*pending)->head().size == tree.size && (*pending)->head().root == tree.root)
    return Entries((*pending)->entries());
  for (const auto& source : sources) {
    auto fetched = FetchBatch(view, *source, tree.size, tree.root);
    if (fetched) return Entries(*std::move(fetched));
  }
  return Entries();
}

/// Returns why a record can't be handed in again; nothing if it can. Then `ledger` has it.
Result<std::optional<std::string>> WhyNot(Batch& ledger, ByteView entry, const Draft& draft,
                                          std::chrono::sys_seconds now) {
  const auto place = ledger.FindDraft(draft.id());
  if (!place) return place.error();
  if (*place) return std::optional<std::string>("what is kept has it, too");
  const auto fits =
      CheckForInbox(draft.record(), now, ledger.head().rules_time, RegistryLimits().longest_wait);
  if (!fits) return std::optional(fits.error().detail);
  const auto added = ledger.Add(entry, VerifyRecord(entry), Refused::kLeftOut);
  if (!added) return added.error();
  return added->refused ? std::optional(added->refused->detail) : std::nullopt;
}

/// Returns the records among a tree's entries, judged on top of `kept`.
Result<std::vector<LostRecord>> RecordsOf(const Ledger& kept, const std::vector<Bytes>& entries,
                                          std::chrono::sys_seconds now) {
  std::vector<LostRecord> records;
  Batch ledger(kept);
  for (const Bytes& entry : entries) {
    const auto draft = Draft::Parse(entry);
    if (!draft || draft->record().type() == RecordType::kStateRoot) continue;
    const Record& record = draft->record();
    auto why_not = WhyNot(ledger, entry, *draft, now);
    if (!why_not) return why_not.error();
    records.push_back({Hex(draft->id()),
                       std::string(Name(record.type())) +
                           (record.subject ? " " + *record.subject : "") + ": " +
                           std::string(Meaning(record)),
                       *std::move(why_not)});
  }
  return records;
}

}  // namespace

Result<std::vector<LostTree>> FindLostRecords(const LedgerView& view, const Release& release,
                                              const std::vector<std::unique_ptr<Source>>& sources,
                                              std::chrono::sys_seconds now) {
  const auto kept_entries = EntriesOf(view, release.kept, sources);
  if (!kept_entries) return kept_entries.error();
  const auto kept = MakeBatch(view, kept_entries->value_or(std::vector<Bytes>()));
  if (!kept) return kept.error();
  std::vector<LostTree> trees;
  for (const Checkpoint& tree : release.given_up) {
    LostTree lost{tree, {}};
    const auto entries = EntriesOf(view, tree, sources);
    if (!entries) return entries.error();
    if (*entries) {
      auto records = RecordsOf(**kept, **entries, now);
      if (!records) return records.error();
      lost.records = *std::move(records);
    }
    trees.push_back(std::move(lost));
  }
  return trees;
}

}  // namespace cityid::cli
