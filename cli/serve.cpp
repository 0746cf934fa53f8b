// cityid serve
#include <cstdio>
#include <filesystem>

#include "cli/clock.h"
#include "cli/commands.h"
#include "cli/listen.h"
#include "ledger/registry.h"

namespace cityid::cli {

Result<int> Serve(const ServeOptions& options) {
  auto listen = ParseListen(options.listen);
  if (!listen) return listen.error();
  listen->threads = options.threads;
  auto replica =
      Replica::Open(options.ledger, options.registry ? Lmdb::Mode::kWrite : Lmdb::Mode::kRead);
  if (!replica) return replica.error();
  std::unique_ptr<Registry> registry;
  if (options.registry) {
    auto opened = Registry::Open(std::filesystem::path(options.ledger) / "inbox", *replica);
    if (!opened) return opened.error();
    registry = *std::move(opened);
    const auto confirmed = replica->Append({}, Now(), Refused::kLeftOut);
    if (!confirmed) return confirmed.error();
  }
  BlockSignals();
  const auto serving = StartServing(*replica, registry.get(), *listen);
  if (!serving) return serving.error();
  std::fprintf(stderr, "serving %s on %s; stop with Ctrl-C\n", options.ledger.c_str(),
               BaseUrl(*listen, serving->listener->port()).c_str());
  ServeUntilSignal(registry ? &*replica : nullptr);
  return 0;
}

}  // namespace cityid::cli
