// cityid serve
#include <cstdio>
#include <filesystem>

#include "cli/clock.h"
#include "cli/commands.h"
#include "cli/follow.h"
#include "cli/listen.h"
#include "cli/publish.h"
#include "cli/terminal.h"
#include "ledger/registry.h"
#include "ledger/verify.h"

namespace cityid::cli {

Result<int> Serve(const ServeOptions& options) {
  auto listen = ParseListen(options.listen);
  if (!listen) return listen.error();
  listen->threads = options.threads;
  const bool follows = !options.follow.from.empty();
  if (follows && options.registry)
    return Error{Errc::kUsage, "a registry sequences, it can't --follow"};
  auto replica = follows ? OpenFollowing(options.ledger)
                         : Replica::Open(options.ledger,
                                         options.registry ? Lmdb::Mode::kWrite : Lmdb::Mode::kRead);
  if (!replica) return replica.error();
  std::unique_ptr<Registry> registry;
  bool confirmed = true;
  if (options.registry) {
    const auto view = replica->Read();
    if (!view) return view.error();
    if (view->head().base.value > 0) {
      return Error{Errc::kRefused, options.ledger +
                                       " began with a snapshot and lacks the entries "
                                       "before; a registry needs the whole log"};
    }
    auto publish = PublishWith(options.publish);
    if (!publish) return publish.error();
    if (options.publish.log_keys.empty()) {
      std::fprintf(stderr,
                   "cityid: without --log-key new heads get no checkpoint: nothing of them "
                   "can be proved or followed\n");
    }
    auto opened = Registry::Open(std::filesystem::path(options.ledger) / "inbox", *replica,
                                 *std::move(publish));
    if (!opened) return opened.error();
    registry = *std::move(opened);
    const auto done = registry->Confirm(Now());
    if (!done && done.error().code != Errc::kBusy) return done.error();
    if (!done)
      std::fprintf(stderr, "cityid: waiting: %s\n", Printable(done.error().detail).c_str());
    confirmed = done.ok();
  }
  {
    const auto view = replica->Read();
    if (!view) return view.error();
    if (const auto verified = VerifyMap(*view); !verified) {
      return verified.error().In(options.ledger + ": restore it, or follow the log anew");
    }
  }
  BlockSignals();
  std::optional<Following> following;
  if (follows) {
    auto follower = MakeFollower(*replica, options.follow);
    if (!follower) return follower.error();
    following.emplace(*std::move(follower), std::chrono::milliseconds(options.follow.interval));
  }
  const auto serving = StartServing(*replica, registry.get(), *listen, options.snapshots);
  if (!serving) return serving.error();
  std::fprintf(stderr, "serving %s on %s; stop with Ctrl-C\n", options.ledger.c_str(),
               BaseUrl(*listen, serving->listener->port()).c_str());
  ServeUntilSignal(registry.get(), confirmed);
  return 0;
}

}  // namespace cityid::cli
