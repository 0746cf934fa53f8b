#include "cli/checking/ledger_log.h"

#include <cstdio>

#include "cli/checking/commands.h"
#include "cli/console/terminal.h"
#include "resolver/answer/json_text.h"
#include "resolver/show/record_json.h"

namespace cityid::cli {
namespace {

/// Returns "2 institute, 1 new-key".
std::string SignersText(const std::vector<Signer>& signers) {
  std::string text;
  for (std::size_t i = 0; i < signers.size();) {
    std::size_t same = i;
    while (same < signers.size() && signers[same].role == signers[i].role) ++same;
    text += (text.empty() ? "" : ", ") + std::to_string(same - i) + " " +
            std::string(Name(signers[i].role));
    i = same;
  }
  return text;
}

bool IsAbout(const Record& record, const std::optional<Prefix>& wanted) {
  if (!wanted) return true;
  const auto subject = Prefix::Parse(record.subject.value_or(""));
  return subject && wanted->Covers(*subject);
}

/// Prints an entry on one line. `accepted`: false if the rules refused it.
void PrintEntry(Index index, const Draft& draft, bool accepted, bool json) {
  const Record& record = draft.record();
  if (json) {
    std::string line;
    JsonText text(line);
    text.BeginObject().Member("index", index.value).Name("accepted").Bool(accepted);
    const std::string members = RecordJson(record, draft.signers()).substr(1);
    text.Raw(members);
    std::printf("%s\n", line.c_str());
    return;
  }
  std::printf("%6llu  %-12s  %-20s  signed by %s%s\n", static_cast<unsigned long long>(index.value),
              std::string(Name(record.type())).c_str(),
              Printable(record.subject.value_or("-")).c_str(), SignersText(draft.signers()).c_str(),
              accepted ? "" : "  (refused)");
}

struct LedgerLog {
  std::string ledger, id;
  bool json = false;

  void Declare(Command& command) {
    command.Required("--ledger", &ledger, "Ledger directory");
    command.Option("--id", &id, "Only those about this identifier and below it");
    command.Option("--json", &json, "One JSON object a record, with all that it says");
  }

  Result<int> Run() const {
    std::optional<Prefix> wanted;
    if (!id.empty()) {
      const auto typed = CityId::ParseTyped(id);
      const auto prefix = typed ? Result<Prefix>(Prefix(*typed)) : Prefix::Parse(id);
      if (!prefix) return Error{Errc::kUsage, prefix.error().detail};
      wanted = *prefix;
    }
    const auto replica = Replica::Open(ledger, Replica::Mode::kRead);
    if (!replica) return replica.error();
    if (const auto printed = PrintLog(*replica, wanted, json); !printed) return printed.error();
    return 0;
  }
};

}  // namespace

void AddLedgerLog(Command& ledger) {
  ledger.Add("log", "Print its records, oldest first", LedgerLog());
}

Result<void> PrintLog(const Replica& replica, const std::optional<Prefix>& wanted, bool json) {
  const auto view = replica.Read();
  if (!view) return view.error();
  for (Index index; index.value < view->head().size.value; ++index.value) {
    const auto entry = view->Entry(index);
    if (!entry) return entry.error();
    const auto draft = Draft::Parse(*entry);
    if (!draft) {
      if (!wanted)
        std::printf("%6llu  (not a record)\n", static_cast<unsigned long long>(index.value));
      continue;
    }
    if (!IsAbout(draft->record(), wanted)) continue;
    const auto place = view->FindDraft(draft->id());
    if (!place) return place.error();
    const bool state_root = draft->record().type() == RecordType::kStateRoot;
    PrintEntry(index, *draft, *place == index || state_root, json);
  }
  return {};
}

}  // namespace cityid::cli
