// cityid ledger status
#include <cstdio>
#include <nlohmann/json.hpp>

#include "cli/commands.h"
#include "ledger/replica.h"
#include "resolver/time_text.h"

namespace cityid::cli {

Result<int> LedgerStatus(const LedgerStatusOptions& options, std::chrono::sys_seconds now) {
  const auto replica = Replica::Open(options.ledger, Lmdb::Mode::kRead);
  if (!replica) return replica.error();
  const auto view = replica->Read();
  if (!view) return view.error();
  const auto policy = FindPolicy(*view);
  if (!policy) return policy.error();
  if (!*policy) return Error{Errc::kCorrupt, "ledger: it has no policy"};
  std::uint64_t identifiers = 0;
  const auto scanned = view->ScanIdentifiers([&](const CityId&, const IdentifierState&) {
    ++identifiers;
    return true;
  });
  if (!scanned) return scanned.error();

  const Head& head = view->head();
  nlohmann::ordered_json json = {{"origin", (*policy)->origin},
                                 {"log", Hex((*policy)->log)},
                                 {"format", kLedgerFormat},
                                 {"size", head.size.value},
                                 {"root", Hex(head.root)},
                                 {"time", TimeText(head.time)},
                                 {"age", std::max<std::int64_t>((now - head.time).count(), 0)},
                                 {"identifiers", identifiers},
                                 {"policy", (*policy)->policy.version},
                                 {"quorum", (*policy)->policy.quorum}};
  for (const Institute& institute : (*policy)->policy.institutes)
    json["institutes"].push_back(institute.name);
  json["hosts"] = (*policy)->policy.hosts;
  if (options.json) {
    std::printf("%s\n", json.dump().c_str());
    return 0;
  }
  for (const auto& [name, value] : json.items()) {
    std::printf("%-12s %s\n", name.c_str(),
                (value.is_string() ? value.get<std::string>() : value.dump()).c_str());
  }
  return 0;
}

}  // namespace cityid::cli
