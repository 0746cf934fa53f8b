// cityid suspend | resume | supersede | revoke | aliases | revoke-codes
#include <algorithm>

#include "cli/console/clock.h"
#include "cli/records/commands.h"
#include "cli/records/deliver.h"
#include "cli/records/existing.h"
#include "codec/text.h"

namespace cityid::cli {
namespace {

/// Every command here but revoke-codes: they have one identifier, and little else.
struct ChangeStatus {
  std::string what;  ///< the command's name
  RecordTarget target = {};
  std::string id = {}, reason = {}, successor = {};
  std::vector<std::string> aliases = {};
  bool as_holder = false;

  void Declare(Command& command) {
    target.Declare(command);
    command.Argument("ID", &id, "Identifier");
    if (what == "aliases") {
      command.Option("--alias", &aliases, "SCHEME=VALUE; all of them");
      return;
    }
    command.Option("--reason", &reason, "For people to read");
    if (what == "supersede") command.Required("--by", &successor, "The identifier that follows");
    if (what == "suspend") command.Option("--as-holder", &as_holder, "By the identifier's own key");
  }

  Result<int> Run() const;
  Result<RecordBody> Body() const;
};

Result<RecordBody> ChangeStatus::Body() const {
  std::optional<std::string> given;
  if (!reason.empty()) given = reason;
  if (what == "suspend") return RecordBody(Suspend{given});
  if (what == "resume") return RecordBody(Resume{given});
  if (what == "revoke") return RecordBody(Revoke{given});
  if (what == "supersede") return RecordBody(Supersede{successor, given});
  auto parsed = ParseAliases(aliases);
  if (!parsed) return parsed.error();
  return RecordBody(Aliases{*std::move(parsed)});
}

Result<int> ChangeStatus::Run() const {
  auto source = OpenStateSource(target);
  if (!source) return source.error();
  const auto existing = FindExisting(*source->state, id);
  if (!existing) return existing.error();
  auto body = Body();
  if (!body) return body.error();
  Record record = About(existing->id, *std::move(body));
  record.previous = existing->state.authority.hash;
  if (as_holder) {
    record.previous = existing->state.holder.hash;
    record.authority = existing->state.authority.hash;
  }
  return Deliver(*std::move(source), std::move(record), target, {}, Now());
}

struct TakeBackCodes {
  RecordTarget target = {};
  std::string id, code_key, serials, issued_before;
  std::optional<std::uint32_t> serial_below;

  void Declare(Command& command) {
    target.Declare(command);
    command.Argument("ID", &id, "Identifier whose key it is");
    command.Required("--code-key", &code_key,
                     "The key (file or hexadecimal) that signed the codes");
    command.Option("--serials", &serials, "Serials, e.g. 1,5-9");
    command.Option("--issued-before", &issued_before,
                   "Every code issued before this day, e.g. 2026-11-22");
    command.Option("--serial-below", &serial_below, "Every code with a smaller serial");
  }

  Result<int> Run() const;
};

std::optional<std::uint32_t> ParseSerial(std::string_view text) {
  const auto number = ParseDecimal(text);
  if (!number || *number > UINT32_MAX) return std::nullopt;
  return static_cast<std::uint32_t>(*number);
}

/// Parses "1,5-9". Returns no range for an empty text. Errors: kUsage.
Result<std::vector<SerialRange>> ParseSerials(std::string_view text) {
  std::vector<SerialRange> ranges;
  while (!text.empty()) {
    const bool ends_in_comma = text.back() == ',';
    const std::string_view part = TakeUntil(text, ',');
    const bool single = part.find('-') == std::string_view::npos;
    const auto first = ParseSerial(part.substr(0, part.find('-')));
    const auto last = single ? first : ParseSerial(part.substr(part.find('-') + 1));
    if (!first || !last || ends_in_comma) return Usage("--serials looks like 1,5-9");
    ranges.push_back({*first, *last});
  }
  std::ranges::sort(ranges, {}, &SerialRange::first);
  return ranges;
}

Result<int> TakeBackCodes::Run() const {
  auto source = OpenStateSource(target);
  if (!source) return source.error();
  const auto existing = FindExisting(*source->state, id);
  if (!existing) return existing.error();
  const auto key = KeyNamed(code_key);
  if (!key) return key.error();
  auto ranges = ParseSerials(serials);
  if (!ranges) return ranges.error();
  RevokeCodes revoke{*key, *std::move(ranges), {}, serial_below};
  if (!issued_before.empty()) {
    const auto day = ParseDay(issued_before);
    if (!day) return day.error();
    revoke.issued_before = Seconds(*day);
  }
  return Deliver(*std::move(source), About(existing->id, std::move(revoke)), target, {}, Now());
}

}  // namespace

void AddStatus(Command& top) {
  const auto add = [&](const char* name, const char* help) {
    top.Add(name, help, ChangeStatus{name});
  };
  add("suspend", "Suspend an identifier: no code of it or below it holds");
  add("resume", "End a suspension");
  add("supersede", "Replace an identifier by another");
  add("revoke", "Withdraw an identifier for ever");
  add("aliases", "Set an identifier's aliases, all of them");
  top.Add("revoke-codes", "Take back codes of one key", TakeBackCodes());
}

}  // namespace cityid::cli
