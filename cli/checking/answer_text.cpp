#include "cli/checking/answer_text.h"

#include <vector>

#include "cli/console/terminal.h"
#include "codec/text.h"
#include "resolver/answer/fact.h"

namespace cityid::cli {
namespace {

constexpr std::size_t kNameWidth = 11;

/// Appends a line with its name, unless there is nothing to say. `shown` may be shown as it is.
void AddShown(std::string& out, std::string name, const std::string& shown) {
  if (shown.empty()) return;
  name.resize(kNameWidth, ' ');
  out += "  " + name + shown + "\n";
}

void AddLine(std::string& out, std::string name, const std::string& value) {
  AddShown(out, std::move(name), Printable(value));
}

std::string IdText(const RemoteJson& json) {
  const RemoteJson& check = json["check"];
  return json["id"].Plain() + (check.IsPresent() ? "-" + check.Plain() : "");
}

std::string PositionText(const RemoteJson& position) {
  if (!position.IsPresent()) return {};
  return position["latitude"].Plain() + ", " + position["longitude"].Plain();
}

std::string EndpointText(const RemoteJson& endpoint) {
  const RemoteJson& href = endpoint["href"];
  return (href.IsPresent() ? href.Plain() : "private address") + " (" + endpoint["rel"].Plain() +
         ", " + endpoint["access"].Plain() + ")";
}

std::string LedgerText(const RemoteJson& ledger) {
  if (!ledger.IsPresent()) return {};
  return ledger["origin"].Plain() + ", " + ledger["size"].Plain() + " entries, as of " +
         ledger["time"].Plain() + (ledger["stale"].IsTrue() ? ", more than an hour old" : "") +
         (ledger["frozen"].IsTrue() ? ", FROZEN: there is evidence against the log" : "");
}

/// Returns the lines of a fact's value, which may be shown. None: there is nothing to tell.
std::vector<std::string> ValueLines(FactKind kind, const RemoteJson& value) {
  std::vector<std::string> lines;
  if (kind == FactKind::kLabelled) {
    for (const RemoteJson& one : value.items())
      lines.push_back(Printable(one["label"].Plain()) + ": " + Printable(one["value"].Plain()));
  } else if (value.IsPresent()) {
    lines.push_back(Printable(value.Plain()));
  }
  return lines;
}

}  // namespace

std::string NamesText(const RemoteJson& names) {
  std::string text;
  for (const RemoteJson& name : names.items())
    text += (text.empty() ? "" : " · ") + Printable(name.Plain());
  return text;
}

std::string FactLines(const RemoteJson& code, std::string_view indent, std::size_t width,
                      bool all) {
  constexpr auto kEnglish = static_cast<std::size_t>(Language::kEnglish);
  std::string lines;
  for (const Fact& fact : FactTable()) {
    if (!fact.for_people && !all) continue;
    const RemoteJson& group = fact.of_document ? code["document"] : code;
    std::vector<std::string> values = ValueLines(fact.kind, group[fact.member]);
    if (values.empty() && !fact.absent[kEnglish].empty()) values.emplace_back(fact.absent[kEnglish]);
    std::string name(fact.kind == FactKind::kHash ? std::string(fact.name[kEnglish])
                                                  : LowerCase(fact.name[kEnglish]));
    for (const std::string& value : values) {
      name.resize(width, ' ');
      lines += std::string(indent) + name + value + "\n";
      name.clear();
    }
  }
  return lines;
}

/// Returns the lines of an answer's code; none if there is no code.
static std::string CodeLines(Verdict verdict, const RemoteJson& code) {
  if (!code.IsObject()) return {};
  // What a code says that isn't valid is no fact.
  if (verdict == Verdict::kValid) return FactLines(code, "  ", kNameWidth, false);
  return "  the code claims, though it is not valid:\n" +
         FactLines(code, "    ", kNameWidth, false);
}

std::string AnswerText(Verdict verdict, std::string_view answer) {
  const RemoteJson json = RemoteJson::Parse(answer);
  const std::string names = NamesText(json["names"]);
  std::string out = std::string(Name(verdict)) + ": " +
                    std::string(Text(verdict, Language::kEnglish).title) + "\n";
  // What is to be compared with a document comes first.
  const std::string code = CodeLines(verdict, json["code"]);
  const bool of_document = json["code"]["document"].IsObject();
  if (of_document) out += code;
  AddShown(out, "name", names);
  AddLine(out, "id", IdText(json));
  AddLine(out, "why", json["detail"].Plain());
  AddLine(out, "reason", json["endedBy"]["reason"].Plain());
  AddLine(out, "nearest", json["nearest"].Plain());
  for (const RemoteJson& id : json["suggestions"].items()) AddLine(out, "perhaps", id.Plain());
  AddLine(out, "successor", json["successor"].Plain());
  AddLine(out, "level", json["level"].Plain());
  AddLine(out, "population", json["population"].Plain());
  AddLine(out, "position", PositionText(json["position"]));
  for (const RemoteJson& endpoint : json["endpoints"].items())
    AddLine(out, "endpoint", EndpointText(endpoint));
  if (!of_document) out += code;
  AddLine(out, "ledger", LedgerText(json["ledger"]));
  return out;
}

}  // namespace cityid::cli
