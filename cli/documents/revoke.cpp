// cityid document revoke: takes back the codes of a document, whose serials the office's register
// knows.
#include <algorithm>

#include "cli/console/clock.h"
#include "cli/console/key_files.h"
#include "cli/console/streams.h"
#include "cli/console/terminal.h"
#include "cli/documents/commands.h"
#include "cli/documents/register.h"
#include "cli/records/deliver.h"
#include "cli/records/existing.h"
#include "ledger/terms/normal_text.h"

namespace cityid::cli {
namespace {

struct TakeBackDocument {
  RecordTarget target = {};
  std::string number, type, file, code_key;
  std::vector<std::string> serials;
  bool all = false;

  void Declare(Command& command) {
    target.Declare(command);
    command.Required("--number", &number, "Number of the document");
    command.Required("--register", &file, "The register that document seal has written");
    command.Option("--type", &type, "Type of the document, if others have the same number");
    command.Option("--serial", &serials, "Only the code with this serial; may be repeated");
    command.Option("--all", &all, "Every code of this document, if it was sealed more than once");
    command.Exclude("--serial", "--all");
    command.Option("--code-key", &code_key,
                   "The key (file or hexadecimal) that signed the codes, if the ledger has several "
                   "that it could be");
  }

  Result<int> Run() const;
  Result<std::vector<RegisterEntry>> Choose() const;
};

/// A key that signs codes, and whose it is.
struct CodeKey {
  CityId holder;
  PublicKey key;
};

std::string EntryText(const RegisterEntry& entry) {
  return "  serial " + std::to_string(entry.serial) + "  " + entry.time + "  " + entry.id + "  " +
         entry.type + " " + entry.number + "  " + entry.file;
}

/// Returns the rows of the register whose codes are to be taken back. Errors: kRefused if there are
/// none; kUsage if there are several, and nobody said which; those of the register.
Result<std::vector<RegisterEntry>> TakeBackDocument::Choose() const {
  // As seal writes them.
  auto found = FindInRegister(file, NormalText(number), NormalText(type));
  if (!found) return found.error();
  for (const std::string& line : found->unread) Say("warning: " + Printable(line));
  std::vector<RegisterEntry> chosen;
  for (RegisterEntry& entry : found->entries) {
    if (serials.empty() || std::ranges::count(serials, std::to_string(entry.serial)) > 0)
      chosen.push_back(std::move(entry));
  }
  if (chosen.empty()) {
    return Error{Errc::kRefused, file + " has no document with the number " + number +
                                     (type.empty() ? "" : " of the type " + type) +
                                     (serials.empty() ? "" : " and such a serial") +
                                     "; by serial: cityid revoke-codes"};
  }
  for (const RegisterEntry& entry : chosen) Say(Printable(EntryText(entry)));
  if (chosen.size() > 1 && !all && serials.empty()) {
    return Usage("there are " + std::to_string(chosen.size()) +
                 " codes of this number; say --all, or --serial N of those that are meant");
  }
  const auto other = [&](const RegisterEntry& entry) {
    return entry.kid != chosen[0].kid || entry.id != chosen[0].id;
  };
  if (std::ranges::any_of(chosen, other)) {
    return Usage(
        "these codes are of several keys or identifiers, and a record is about one; name those of "
        "one with --serial");
  }
  return chosen;
}

/// Finds the key that a code names by its hint, among those of its identifier and the levels above.
/// Errors: kRefused if there is none; kUsage if there are several; those of the state.
Result<CodeKey> FindCodeKey(const State& state, const RegisterEntry& entry,
                            const std::string& named) {
  std::optional<PublicKey> wanted;
  if (!named.empty()) {
    const auto key = KeyNamed(named);
    if (!key) return key.error();
    if (HintOf(*key) != entry.kid)
      return Usage("--code-key: another key signed this document's code");
    wanted = *key;
  }
  std::optional<CodeKey> only;
  for (auto id = std::optional(*CityId::Parse(entry.id)); id; id = id->Parent()) {
    const auto found = FindIdentifier(state, *id);
    if (!found) return found.error();
    if (!*found) continue;
    const auto holding = ReadHolding(state, **found);
    if (!holding) return holding.error();
    for (const KeyGrant& grant : holding->keys) {
      if (grant.use != KeyUse::kCode ||
          (wanted ? grant.key != *wanted : HintOf(grant.key) != entry.kid))
        continue;
      if (only) return Usage("several keys look like the one that signed; name it with --code-key");
      only = CodeKey{*id, grant.key};
    }
  }
  if (only) return *only;
  return Error{Errc::kRefused, "the ledger has no code key " + Hex(entry.kid) + " of " + entry.id +
                                   " or a level above it"};
}

/// Returns serials as ranges, ascending and apart.
std::vector<SerialRange> RangesOf(const std::vector<RegisterEntry>& entries) {
  std::vector<std::uint32_t> serials;
  for (const RegisterEntry& entry : entries) serials.push_back(entry.serial);
  std::ranges::sort(serials);
  std::vector<SerialRange> ranges;
  for (const std::uint32_t serial : serials) {
    if (!ranges.empty() && serial <= std::uint64_t{ranges.back().last} + 1) {
      ranges.back().last = serial;
    } else {
      ranges.push_back({serial, serial});
    }
  }
  return ranges;
}

Result<int> TakeBackDocument::Run() const {
  const auto chosen = Choose();
  if (!chosen) return chosen.error();
  auto source = OpenStateSource(target);
  if (!source) return source.error();
  const auto key = FindCodeKey(*source->state, chosen->front(), code_key);
  if (!key) return key.error();
  RevokeCodes revoke{key->key, RangesOf(*chosen), {}, {}};
  return Deliver(*std::move(source), About(key->holder, std::move(revoke)), target, {}, Now());
}

}  // namespace

void AddRevoke(Command& document) {
  document.Add("revoke", "Take back the codes of a document, by its number", TakeBackDocument());
}

}  // namespace cityid::cli
