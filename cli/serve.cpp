// cityid serve
#include <cstdio>

#include "cli/commands.h"
#include "cli/listen.h"

namespace cityid::cli {

Result<int> Serve(const ServeOptions& options) {
  auto listen = ParseListen(options.listen);
  if (!listen) return listen.error();
  listen->threads = options.threads;
  const auto replica = Replica::Open(options.ledger, Lmdb::Mode::kRead);
  if (!replica) return replica.error();
  BlockSignals();
  const auto listener = StartServing(*replica, *listen);
  if (!listener) return listener.error();
  std::fprintf(stderr, "serving %s on %s; stop with Ctrl-C\n", options.ledger.c_str(),
               BaseUrl(*listen, (*listener)->port()).c_str());
  WaitForSignal();
  return 0;
}

}  // namespace cityid::cli
