#include "cli/checking/ledger_log.h"

#include <algorithm>
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

/// Returns a text with blanks behind it, so that it is at least `width` long.
std::string Padded(std::string text, std::size_t width) {
  text.resize(std::max(width, text.size()), ' ');
  return text;
}

std::string NumberOf(Index index) {
  constexpr std::size_t kWidth = 6;
  const std::string digits = std::to_string(index.value);
  return std::string(kWidth - std::min(kWidth, digits.size()), ' ') + digits + "  ";
}

/// Returns an entry as one line. `accepted`: false if the rules refused it.
std::string LineOf(Index index, const Draft& draft, bool accepted, bool json) {
  const Record& record = draft.record();
  if (json) {
    std::string line;
    JsonText text(line);
    text.BeginObject().Member("index", index.value).Name("accepted").Bool(accepted);
    const std::string members = RecordJson(record, draft.signers()).substr(1);
    text.Raw(members);
    return line;
  }
  return NumberOf(index) + Padded(std::string(Name(record.type())), 12) + "  " +
         Padded(Printable(record.subject.value_or("-")), 20) + "  signed by " +
         SignersText(draft.signers()) + (accepted ? "" : "  (refused)");
}

/// Returns the line of the entry at `index`; nothing if it isn't wanted.
Result<std::optional<std::string>> LineAt(const LedgerView& view, Index index,
                                          const std::optional<Prefix>& wanted, bool json) {
  const auto entry = view.Entry(index);
  if (!entry) return entry.error();
  const auto draft = Draft::Parse(*entry);
  if (!draft && wanted) return std::optional<std::string>();
  if (!draft) return std::optional(NumberOf(index) + "(not a record)");
  if (!IsAbout(draft->record(), wanted)) return std::optional<std::string>();
  const auto place = view.FindDraft(draft->id());
  if (!place) return place.error();
  const bool state_root = draft->record().type() == RecordType::kStateRoot;
  return std::optional(LineOf(index, *draft, *place == index || state_root, json));
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
      if (!prefix) return Usage(prefix.error().detail);
      wanted = *prefix;
    }
    const auto replica = Replica::Open(ledger, Replica::Mode::kRead);
    if (!replica) return replica.error();
    {
      const auto view = replica->Read();
      if (!view) return view.error();
      if (const auto reached = view->CheckReached(); !reached) return reached.error().In(ledger);
    }
    if (const auto printed = PrintLog(*replica, wanted, json); !printed) return printed.error();
    return 0;
  }
};

}  // namespace

void AddLedgerLog(Command& ledger) {
  ledger.Add("log", "Print its records, oldest first", LedgerLog());
}

Result<void> PrintLog(const Replica& replica, const std::optional<Prefix>& wanted, bool json) {
  constexpr std::uint64_t kStep = 256;
  Index next;
  TreeSize size;
  do {
    std::string lines;
    {
      // Whoever reads the output may stop for hours, and meanwhile nothing must be kept open.
      const auto view = replica.Read();
      if (!view) return view.error();
      if (next.value == 0) size = view->head().size;
      const std::uint64_t end = std::min(next.value + kStep, size.value);
      for (; next.value < end; ++next.value) {
        const auto line = LineAt(*view, next, wanted, json);
        if (!line) return line.error();
        if (*line) lines += **line + "\n";
      }
    }
    std::fwrite(lines.data(), 1, lines.size(), stdout);
  } while (next.value < size.value);
  return {};
}

}  // namespace cityid::cli
