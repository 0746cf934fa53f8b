#include "cli/records/existing.h"

#include "cli/console/command_line.h"

namespace cityid::cli {

Result<Existing> FindExisting(const State& state, const std::string& text) {
  const auto id = CityId::Parse(text);
  if (!id) return Usage(id.error().detail);
  const auto found = FindIdentifier(state, *id);
  if (!found) return found.error();
  if (!*found) return Error{Errc::kRefused, id->text() + " is not registered"};
  auto holding = ReadHolding(state, **found);
  if (!holding) return holding.error();
  return Existing{*id, **found, *std::move(holding)};
}

Record About(const CityId& id, RecordBody body) {
  return {{}, id.text(), {}, {}, {}, std::move(body)};
}

Result<TextMap> ParseAliases(const std::vector<std::string>& pairs) {
  TextMap aliases;
  for (const std::string& pair : pairs) {
    const std::size_t equals = pair.find('=');
    if (equals == std::string::npos)
      return Usage("--alias is SCHEME=VALUE, such as gbt2260=130100");
    const auto [alias, added] = aliases.emplace(pair.substr(0, equals), pair.substr(equals + 1));
    if (!added) return Usage("--alias names " + alias->first + " twice");
  }
  return aliases;
}

}  // namespace cityid::cli
