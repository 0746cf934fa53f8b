// cityid ledger status | evidence
#include <algorithm>
#include <cstdio>

#include "cli/commands.h"
#include "cli/console/clock.h"
#include "cli/console/exit_status.h"
#include "cli/console/terminal.h"
#include "codec/text.h"
#include "codec/time_text.h"
#include "ledger/store/replica.h"
#include "resolver/answer/json_text.h"

namespace cityid::cli {
namespace {

/// Names and values, in the order in which they are printed.
class Facts {
 public:
  void AddText(const std::string& name, const std::string& text) {
    std::string json;
    JsonText(json).Text(text);
    facts_.push_back({name, text, json});
  }
  void Add(const std::string& name, std::uint64_t number) { AddJson(name, std::to_string(number)); }
  void AddJson(const std::string& name, const std::string& json) {
    facts_.push_back({name, json, json});
  }
  void AddList(const std::string& name, const std::vector<std::string>& texts) {
    std::string list;
    JsonText json(list);
    json.BeginArray();
    for (const std::string& text : texts) json.Text(text);
    json.EndArray();
    AddJson(name, list);
  }

  void Print(bool as_json) const {
    std::string out;
    JsonText json(out);
    json.BeginObject();
    for (const Fact& fact : facts_) {
      if (!as_json) std::printf("%-12s %s\n", fact.name.c_str(), Printable(fact.text).c_str());
      json.Name(fact.name).Raw(fact.json);
    }
    json.EndObject();
    if (as_json) std::printf("%s\n", out.c_str());
  }

 private:
  struct Fact {
    std::string name, text, json;
  };
  std::vector<Fact> facts_;
};

Result<std::uint64_t> CountIdentifiers(const LedgerView& view) {
  std::uint64_t count = 0;
  const auto scanned = view.ScanIdentifiers([&](const CityId&, const IdentifierState&) {
    ++count;
    return true;
  });
  if (!scanned) return scanned.error();
  return count;
}

Result<Facts> FactsOf(const LedgerView& view) {
  const auto policy = FindPolicy(view);
  if (!policy) return policy.error();
  if (!*policy) return Error{Errc::kCorrupt, "ledger: it has no policy"};
  const auto pending = view.Pending();
  if (!pending) return pending.error();
  const auto identifiers = CountIdentifiers(view);
  if (!identifiers) return identifiers.error();
  const Head& head = view.head();
  const auto note = view.Note(head.size);
  if (!note) return note.error();
  Facts facts;
  facts.AddText("origin", (*policy)->origin);
  facts.AddText("log", Hex((*policy)->log));
  facts.AddText("format", std::string(kLedgerFormat));
  facts.Add("size", head.size.value);
  facts.AddText("root", Hex(head.root));
  facts.AddText("map", Hex(head.map));
  facts.AddText("time", TimeText(head.time));
  const auto age = std::max<std::int64_t>((Now() - head.time).count(), 0);
  facts.Add("age", static_cast<std::uint64_t>(age));
  facts.Add("identifiers", *identifiers);
  facts.Add("policy", (*policy)->policy.version);
  facts.Add("quorum", (*policy)->policy.quorum);
  facts.AddJson("checkpoint", note->has_value() ? "true" : "false");
  if (!pending->empty()) facts.Add("pending", pending->size());
  if (head.base.value > 0) facts.Add("base", head.base.value);
  if (head.frozen) facts.AddJson("frozen", "true");
  const auto ahead = view.FindTrustAhead();
  if (!ahead) return ahead.error();
  if (*ahead && (*ahead)->behind) facts.AddJson("behind_trust_file", "true");
  std::vector<std::string> institutes;
  for (const Institute& institute : (*policy)->policy.institutes)
    institutes.push_back(institute.name);
  facts.AddList("institutes", institutes);
  facts.AddList("hosts", (*policy)->policy.hosts);
  return facts;
}

Result<int> PrintStatus(const LedgerView& view, bool json) {
  if (view.head().size.value == 0 && !json) {
    std::printf("size         0: it is still empty; fill it with: cityid follow\n");
    return 0;
  }
  if (view.head().size.value == 0) {
    std::printf("{\"format\":\"%s\",\"size\":0}\n", std::string(kLedgerFormat).c_str());
    return 0;
  }
  const auto facts = FactsOf(view);
  if (!facts) return facts.error();
  facts->Print(json);
  return 0;
}

Result<int> PrintEvidence(const LedgerView& view, bool json) {
  const auto evidence = view.FindEvidence();
  if (!evidence) return evidence.error();
  if (!*evidence) {
    if (json) std::printf("null\n");
    if (!json) std::printf("there is no evidence against the log\n");
    return 0;
  }
  const std::string found = TimeText(TimeOf((*evidence)->time));
  if (json) {
    std::string line;
    JsonText text(line);
    text.BeginObject().Member("reason", (*evidence)->reason).Member("found", found);
    text.Name("frozen").Bool((*evidence)->frozen).Name("notes").BeginArray();
    for (const std::string& note : (*evidence)->notes) text.Text(note);
    text.EndArray().EndObject();
    std::printf("%s\n", line.c_str());
    return kNo;
  }
  std::printf("%s\nfound  %s\nfrozen %s\n", Printable((*evidence)->reason).c_str(), found.c_str(),
              (*evidence)->frozen ? "yes" : "no");
  for (const std::string& note : (*evidence)->notes) {
    std::printf("\n");
    for (std::string_view rest = note; !rest.empty();)
      std::printf("%s\n", Printable(TakeUntil(rest, '\n')).c_str());
  }
  return kNo;
}

/// A command that prints something of a ledger as it is now.
struct LedgerQuestion {
  Result<int> (*print)(const LedgerView& view, bool json);
  std::string ledger = {};
  bool json = false;

  void Declare(Command& command) {
    command.Required("--ledger", &ledger, "Ledger directory");
    command.Option("--json", &json, "For programs");
  }

  Result<int> Run() const {
    const auto replica = Replica::Open(ledger, Replica::Mode::kRead);
    if (!replica) return replica.error();
    const auto view = replica->Read();
    if (!view) return view.error();
    return print(*view, json);
  }
};

}  // namespace

void AddLedgerStatus(Command& ledger) {
  ledger.Add("status", "Print its head, age and policy", LedgerQuestion{PrintStatus});
}

void AddLedgerEvidence(Command& ledger) {
  ledger.Add("evidence", "Print what was found against the log", LedgerQuestion{PrintEvidence});
}

}  // namespace cityid::cli
